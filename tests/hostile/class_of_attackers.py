"""A class of attackers, and honest students between them, graded by one `course grade`; and what was left after it."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from running import Running
from sample_course import make_sample
from yard import Attack, attacks, notebook

from course_staff.authoring.release import Built, build
from course_staff.grading.sandbox import kernel
from course_utils.layout import Course

SECONDS, BUDGET = 4, 40
ENDING = 10  # seconds that a process may take to end, once nothing keeps it
TOGETHER, HONEST = 4, 2  # after so many attacks, so many honest students: one for each worker
PR_SET_CHILD_SUBREAPER = 36
WRITTEN = ("autograded", "feedback", "gradebook.db", ".grade.lock")  # below grading/, by the two commands


@dataclass
class Graded:
    """What the run was given, and what it did.

    Attributes:
        due: marks by student; attackers: students by attack; honest: students.
        rows: what it printed for each student, in order.
        changed: files outside of grading/'s own that are there, gone or different after it.
        left: processes that go on after it.
        outlived: students after whose row a process that their attack started went on.
        reached: whether anything came over the network.
    """

    course: Course
    due: dict[str, float] = field(default_factory=dict)
    attackers: dict[str, str] = field(default_factory=dict)
    honest: list[str] = field(default_factory=list)
    rows: dict[str, str] = field(default_factory=dict)
    errors: str = ""
    code: int = 0
    seconds: float = 0.0
    changed: set[str] = field(default_factory=set)
    left: list[str] = field(default_factory=list)
    outlived: list[str] = field(default_factory=list)
    reached: bool = False

    def autograded(self, student: str) -> Path:
        lesson = self.course.authored()[0]
        return self.course.root / "grading" / "autograded" / student / lesson.id / f"{lesson.slug}.ipynb"

    def feedback(self, student: str) -> Path:
        lesson = self.course.authored()[0]
        return self.course.root / "grading" / "feedback" / student / lesson.id / f"{lesson.slug}.html"


def grade_attackers(root: Path) -> Graded:
    """Make the class below ``root``, grade it with two workers, and write its feedback."""
    graded = Graded(make_sample(root / "course"))
    home, scratch = root / "home", root / "scratch"
    for folder in (home, scratch):
        folder.mkdir()
    settings = {"HOME": str(home), "TMPDIR": str(scratch), "COURSE_YARD": "1"}
    with socket.create_server(("127.0.0.1", 0)) as listener, _adopting():
        listener.settimeout(0.01)
        _submit(graded, {"PORT": listener.getsockname()[1], "ROOT": root})
        before, there = _files(graded.course.root, home), set(_family())
        _grade(graded, settings)
        _, alive = psutil.wait_procs(set(_family()) - there, timeout=ENDING)
        graded.left = [_said(each) for each in alive]
        feedback = Running(graded.course.root, "feedback", "01", settings=settings)
        code, errors = feedback.end()
        assert code == 0, errors
        after = _files(graded.course.root, home)
        graded.changed = {path for path in before | after if before.get(path) != after.get(path)}
        try:
            listener.accept()
            graded.reached = True
        except TimeoutError:
            pass
    return graded


def _submit(graded: Graded, places: dict[str, object]) -> None:
    built, found = build(graded.course.authored()[0]), attacks()
    honest = next(attack for attack in found if attack.name == "honest_beside")
    line: list[Attack] = []
    for place in range(0, len(found), TOGETHER):
        line += [*found[place : place + TOGETHER], *[honest] * HONEST]
    for number, attack in enumerate(line):
        student = f"{number:03}-{attack.name}"
        if attack is honest:
            graded.honest.append(student)
        else:
            graded.attackers[attack.name] = student
        graded.due[student] = attack.earns
        _write(graded, built, student, attack, places)


def _write(graded: Graded, built: Built, student: str, attack: Attack, places: dict[str, object]) -> None:
    lesson = graded.course.authored()[0]
    folder = graded.course.root / "grading" / "submitted" / student / lesson.id
    folder.mkdir(parents=True)
    (folder / f"{lesson.slug}.ipynb").write_text(notebook(built, attack, **places), encoding="utf-8")


def _grade(graded: Graded, settings: dict[str, str]) -> None:
    start = time.monotonic()
    command = ("grade", "01", "--workers", "2", "--timeout", str(SECONDS), "--budget", str(BUDGET))
    run = Running(graded.course.root, *command, settings=settings)
    for number, student in enumerate(sorted(graded.due), 1):
        run.until(number)
        if student in graded.attackers.values() and any("4321" in _said(each) for each in _family()):
            graded.outlived.append(student)
    graded.code, graded.errors = run.end()
    graded.rows = dict(row.split(": ", 1) for row in run.rows[: len(graded.due)])
    graded.seconds = time.monotonic() - start


@contextmanager
def _adopting() -> Iterator[None]:
    """Become the parent of every process whose own parent ends, so that none is out of sight."""
    kernel.prctl(PR_SET_CHILD_SUBREAPER, 1)
    try:
        yield
    finally:
        kernel.prctl(PR_SET_CHILD_SUBREAPER, 0)


def _family() -> list[psutil.Process]:
    """Return all processes that come from this one and live."""
    found = psutil.Process().children(recursive=True)
    return [each for each in found if _said(each)]


def _said(process: psutil.Process) -> str:
    """Return a process's command; nothing where it has ended."""
    try:
        return "" if process.status() == psutil.STATUS_ZOMBIE else " ".join(process.cmdline()) or process.name()
    except psutil.Error:
        return ""


def _files(course: Path, home: Path) -> dict[str, bytes]:
    """Return what files hold, but those that grading is there to write."""
    kept = [course / "grading" / name for name in WRITTEN]
    files = [path for root in (course, home) for path in root.rglob("*") if path.is_file()]
    return {str(path): path.read_bytes() for path in files if not any(path.is_relative_to(each) for each in kept)}
