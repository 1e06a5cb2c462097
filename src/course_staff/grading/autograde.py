"""A lesson's submissions graded one by one, each rebuilt on the answer key: read, run, recorded."""

from __future__ import annotations

import dataclasses
import re
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from course_staff.grading.apart import Apart, TooMuch
from course_staff.grading.attempt import Executed
from course_staff.grading.key import Key, register
from course_staff.grading.ledger import digest, versions
from course_staff.grading.prepare import Preparation, Prepared
from course_staff.grading.record import Recorder
from course_staff.grading.runners import runner
from course_utils.converters import configuration
from course_utils.errors import CourseError
from course_utils.layout import Course, Lesson

# A name that is a plain folder name to every system, holds nothing that glob reads, and fits the gradebook's column.
STUDENT = re.compile(r"\w(?:[\w.@+,' -]{0,126}[\w.@+,'-])?")
LARGE = 1_000_000  # bytes of a notebook; a smaller one is read in this process


@dataclass(frozen=True)
class Result:
    """What became of one submission; ``score`` is None where ``error`` says why nothing could be graded."""

    student: str
    score: float | None
    max_score: float
    notes: tuple[str, ...]
    error: str | None
    seconds: float
    unchanged: bool = False


def check_student(student: str) -> None:
    """Raise CourseError where ``student`` cannot be the name of a student's folder."""
    if not STUDENT.fullmatch(student):
        raise CourseError(f"{student!r}: no name for a student's folder; use letters, digits, blanks and . @ + - , '")


class Grader:
    """Grades submissions to one lesson; a context manager, which enters the answer key in the gradebook once.

    ``grade`` does all of it in this process. ``prepare`` and ``record`` are its two ends, for runs that happen
    elsewhere.

    Args:
        course: the course, whose ``grading/submitted`` holds the submissions.
        lesson: one of the course's lessons; its text must be there.
        timeout: seconds that one cell may take.
        demonstrations: run the demonstration cells too.
        sandbox: where the cells run (see runners.py).
        budget: seconds that a whole submission may take; None for what a few times the answer key would take.
    """

    def __init__(
        self,
        course: Course,
        lesson: Lesson,
        timeout: int = 60,
        demonstrations: bool = False,
        sandbox: str = "none",
        budget: int | None = None,
    ) -> None:
        self.course, self.lesson = course, lesson
        self.timeout, self.demonstrations, self.sandbox, self.budget = timeout, demonstrations, sandbox, budget
        self._config = configuration(course.root)
        self.key: Key | None = None

    def __enter__(self) -> Self:
        """Raises CourseError where the lesson has no answer key, or the gradebook refuses it."""
        key = register(self.lesson)
        self._recorder = Recorder(self._config, self.lesson).__enter__()
        try:
            self.key = dataclasses.replace(key, notebook=self._recorder.sanitized(key.notebook))
        except BaseException:
            self._recorder.__exit__(None, None, None)
            raise
        self._preparation = Preparation(
            self.lesson, self.key.notebook, self.timeout, self.demonstrations, self.sandbox, versions(), self.budget
        )
        self._apart = Apart(Preparation.prepare, self._preparation)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.key = None
        self._apart.stop()
        self._recorder.__exit__(kind, error, trace)

    def students(self) -> list[str]:
        """Return who has a folder for this lesson, sorted; what is in it shows when it is graded."""
        found = self._recorder.folder("_", "submitted").parents[1].glob(f"*/{self.lesson.id}")
        return sorted(path.parent.name for path in found if path.parent.name[0] != ".")

    def grade(self, student: str) -> Result:
        """Grade one submission. What is wrong with it stands in the result; an earlier result then stays as it was."""
        start = time.perf_counter()
        prepared = self.prepare(student)
        if isinstance(prepared, Result):
            return prepared
        try:
            executed = runner(self.sandbox)(prepared.attempt)
        except Exception as error:  # one student's strange submission must not stop the class
            executed = Executed(None, error=_our_fault(student, error))
        return self.record(prepared, executed, time.perf_counter() - start)

    def prepare(self, student: str) -> Prepared | Result:
        """Return the student's attempt, or the result where there is nothing to run."""
        try:
            check_student(student)
            folder = self._recorder.folder(student, "submitted")
            return (self._apart if _is_large(folder) else self._preparation.prepare)(student, folder)
        except TooMuch as error:
            return self.failed(student, CourseError(f"{folder}: {error}"))
        except Exception as error:
            return self.failed(student, error)

    def key_to_run(self) -> Prepared | float:
        """Return the answer key as an attempt, or what it took where this very attempt has been run before."""
        attempt = self._preparation.attempt(self.key.source, self._data())
        made_from = digest(attempt, self.sandbox, self._preparation.versions)
        seconds = self._recorder.key_seconds(made_from)
        return Prepared("the answer key", attempt, self.key.source, (), made_from) if seconds is None else seconds

    def record_key(self, prepared: Prepared, seconds: float) -> None:
        """Keep what the answer key took."""
        self._recorder.record_key(prepared.digest, seconds)

    def _data(self) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in self.lesson.data}

    def unchanged(self, prepared: Prepared) -> Result | None:
        """Return the result that this very attempt had before, or None where it has to run."""
        found = self._recorder.unchanged(prepared.student, prepared.digest)
        if found is None:
            return None
        return Result(prepared.student, found[0], self.key.max_score, found[1], None, 0.0, unchanged=True)

    def record(self, prepared: Prepared, executed: Executed, seconds: float) -> Result:
        """Enter what a run gave in the gradebook; ``seconds`` is what it took."""
        student = prepared.student
        if executed.notebook is None:
            return self.failed(student, CourseError(executed.error or "the run gave nothing"), prepared.notes, seconds)
        try:
            score, notes = self._recorder.record(
                student, prepared.notebook, executed, prepared.attempt.files, prepared.digest, prepared.notes
            )
        except Exception as error:
            return self.failed(student, error, prepared.notes, seconds)
        return Result(student, score, self.key.max_score, notes, executed.error, seconds)

    def failed(self, student: str, error: Exception, notes: tuple[str, ...] = (), seconds: float = 0.0) -> Result:
        """Return the result of a submission that could not be graded."""
        reason = str(error) if isinstance(error, CourseError) else _our_fault(student, error)
        return Result(student, None, self.key.max_score, notes, reason, seconds)


def _is_large(folder: Path) -> bool:
    """Say whether it may take much to read what lies there."""
    try:
        return any(path.suffix.lower() == ".ipynb" and path.lstat().st_size > LARGE for path in folder.iterdir())
    except OSError:
        return False  # which is said where it is read


def _our_fault(student: str, error: Exception) -> str:
    return f"{student}: grading itself failed ({type(error).__name__}: {error}); please report this."
