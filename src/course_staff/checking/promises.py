"""Every promise a lesson makes, checked: real grading, answers, vandals, rules, and the time the solution takes."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

from course_staff.authoring.answers import Answer, read_answers
from course_staff.authoring.lesson import read_lesson
from course_staff.authoring.release import build
from course_staff.authoring.rules import RULES, Draft, breaches
from course_staff.authoring.rules.frame import POINTS
from course_staff.checking.batches import Batch, batches
from course_staff.checking.graded import ON_STDERR, Graded, grade_in_sandbox, grade_plainly
from course_staff.checking.redrawn import draw_again
from course_staff.checking.vandals import vandals
from course_staff.grading.checker.plan import needs
from course_staff.grading.runners import runner
from course_utils import c_compiler
from course_utils.layout import Lesson

SECONDS = 60  # of the processor, that a solution may take, demonstrations included; one that takes more is named
LONGEST = 180  # more is a broken promise
WHOLE = {"solution": POINTS, "release": 0}

OnStep = Callable[[int, int], None]


@dataclass
class Report:
    """What was found; the lesson keeps its promises where ``problems`` is empty.

    Attributes:
        wrong, vandals, right, rules: how many got what they must, and how many there are.
        slow: seconds of the processor that the solution took, where they are more than it should take.
    """

    lesson: str
    solution: float | None = None
    release: float | None = None
    wrong: tuple[int, int] = (0, 0)
    vandals: tuple[int, int] = (0, 0)
    right: tuple[int, int] = (0, 0)
    rules: tuple[int, int] = (0, 0)
    seconds: float = 0.0
    slow: float | None = None
    problems: list[str] = field(default_factory=list)


def check(lesson: Lesson, on_step: OnStep = lambda done, total: None, every_test: bool = False) -> Report:
    """Check one lesson.

    Args:
        on_step: called with the steps done and the number of all.
        every_test: ask of a wrong answer, too, that it loses no other test than those it must lose.

    Raises:
        CourseError: the lesson or its answers cannot be read, nbgrader refuses the lesson, or there is no sandbox here.
    """
    start = time.perf_counter()
    cells = read_lesson(lesson.text)
    kept = read_answers(lesson, cells)
    built = build(lesson)
    if "compiler" in needs(json.loads(built.source)["cells"]):
        c_compiler.warm()  # else a plain kernel's first cell that compiles would run out of time
    answers = kept + vandals(cells, built.release, runner("bubblewrap"))
    whole = {"solution": built.source, "release": built.release}
    groups = batches(cells, built.source, answers, due=not every_test)
    found = {f"{number:03}": batch for number, batch in enumerate(groups)}
    sample = _sample(kept, found)
    plain = whole | ({sample: found[sample].notebook} if sample else {})
    done, total = 0, len(whole) + len(found) + 1

    def step() -> None:
        nonlocal done
        done += 1
        on_step(done, total)

    beside = ProcessPoolExecutor(1, get_context("spawn"))  # nbgrader changes its process's working folder
    with tempfile.TemporaryDirectory(prefix="check-") as scratch, beside:
        of_nbgrader = beside.submit(grade_plainly, lesson, plain, set(whole), Path(scratch, "plain"))
        texts = whole | {name: batch.notebook for name, batch in found.items()}
        judges = {name: batch.judges for name, batch in found.items() if name != sample}
        graded = grade_in_sandbox(lesson, texts, judges, Path(scratch, "class"), step)
        draw_again(lesson, found, graded, Path(scratch, "again"))
        plainly = of_nbgrader.result()
        step()

    report = Report(lesson.id, graded.results["solution"].score, graded.results["release"].score)
    _judge_marks(report, graded, plainly)
    _judge_answers(report, found, graded)
    _judge_agreement(report, graded, plainly)
    shown = plainly.outputs.get("solution", {})
    demos = {cell.id: shown.get(cell.id, []) for cell in cells if cell.role == "demo"}
    _judge_rules(report, Draft(lesson, cells, json.loads(built.release)["cells"], kept, demos))
    report.seconds = time.perf_counter() - start
    return report


def _sample(answers: list[Answer], found: dict[str, Batch]) -> str | None:
    """Return the batch that plain nbgrader grades too: the one with the last wrong answer."""
    last = next((answer for answer in reversed(answers) if not answer.is_right), None)
    return next((name for name, batch in found.items() if last in [each for each, _ in batch.answers]), None)


def _judge_marks(report: Report, graded: Graded, plainly: Graded) -> None:
    for graded_so, how in ((graded, ""), (plainly, " with demonstrations, by nbgrader")):
        for name, due in WHOLE.items():
            result = graded_so.results[name]
            if result.error or result.score != due:
                reason = result.error or f"earns {result.score:g} of {POINTS}, not {due}"
                report.problems.append(f"the {name}{how}: {reason}")
    for test, reason in graded.lost.get("solution", {}).items():
        report.problems.append(f"the solution loses {test}: {reason}")
    seconds = plainly.results["solution"].seconds
    report.slow = seconds if seconds > SECONDS else None
    if seconds > LONGEST:
        report.problems.append(f"the solution runs for {seconds:.0f} s; {LONGEST} s is the most")


def _judge_answers(report: Report, found: dict[str, Batch], graded: Graded) -> None:
    counts = {kind: [0, 0] for kind in ("right", "wrong", "vandal")}
    for name, batch in found.items():
        for answer, judges in batch.answers:
            lost = {test: why for test, why in graded.lost.get(name, {}).items() if test in judges}
            kind = "vandal" if answer.is_vandal else "right" if answer.is_right else "wrong"
            good = answer.loses <= lost.keys() if answer.is_vandal else answer.loses == lost.keys()
            counts[kind][good] += 1
            if not good:
                report.problems.append(_verdict(kind, answer, lost, graded.results[name].error))
    of_all = {kind: (kept, kept + missed) for kind, (missed, kept) in counts.items()}
    report.right, report.wrong, report.vandals = of_all["right"], of_all["wrong"], of_all["vandal"]


def _verdict(kind: str, answer: Answer, lost: dict[str, str], error: str | None) -> str:
    found = "; ".join(f"{test} ({reason.splitlines()[0]})" for test, reason in lost.items()) or error or "nothing"
    must = ", ".join(sorted(answer.loses)) or "nothing"
    where = "" if answer.is_vandal else f" (line {answer.line})"
    return f"{kind} answer to {answer.exercise}, {answer.name!r}{where}: must lose {must}; loses {found}"


def _judge_agreement(report: Report, graded: Graded, plainly: Graded) -> None:
    for name in plainly.results.keys() - WHOLE.keys():
        ours, theirs = graded.lost.get(name, {}), plainly.lost.get(name, {})
        for test in sorted(ours.keys() ^ theirs.keys()):
            by, reason = ("course grade", ours[test]) if test in ours else ("nbgrader", theirs[test])
            if reason.startswith(ON_STDERR):
                continue  # there the two differ, and mean to: see grading/scoring.py
            report.problems.append(f"answers of batch {name}: only {by} takes the points of {test} ({reason})")


def _judge_rules(report: Report, draft: Draft) -> None:
    broken = breaches(draft)
    report.rules = (sum(not sentences for sentences in broken.values()), len(RULES))
    for rule, sentences in broken.items():
        report.problems += [f"{rule}: {sentence}" for sentence in sentences]
