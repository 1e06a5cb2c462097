"""A lesson's submissions graded one by one, each rebuilt on the answer key and run by nbgrader's own Autograde."""

from __future__ import annotations

import copy
import re
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from course_utils.converters import configuration, convert
from course_utils.errors import CourseError
from course_utils.grading.key import Key, register
from course_utils.grading.marks import final_score, gradebook
from course_utils.grading.sanitize import rebuild
from course_utils.grading.submission import Submission, read
from course_utils.layout import Course, Lesson

OUR_EXECUTE = "course_utils.grading.execution.ExecuteLesson"
EXECUTES = {"nbgrader.preprocessors.Execute", OUR_EXECUTE}
# A name that is a plain folder name to every system, holds nothing that glob reads, and fits the gradebook's column.
STUDENT = re.compile(r"\w(?:[\w.@+,' -]{0,126}[\w.@+,'-])?")
NO_TAG = "\0"


@dataclass(frozen=True)
class Result:
    """What became of one submission; ``score`` is None where ``error`` says why nothing could be graded."""

    student: str
    score: float | None
    max_score: float
    notes: tuple[str, ...]
    error: str | None
    seconds: float


def check_student(student: str) -> None:
    """Raise CourseError where ``student`` cannot be the name of a student's folder."""
    if not STUDENT.fullmatch(student):
        raise CourseError(f"{student!r}: no name for a student's folder; use letters, digits, blanks and . @ + - , '")


class Grader:
    """Grades submissions to one lesson; a context manager, which enters the answer key in the gradebook once.

    Args:
        course: the course, whose ``grading/submitted`` holds the submissions.
        lesson: one of the course's lessons; its text must be there.
        timeout: seconds that one cell may take.
        demonstrations: run the demonstration cells too.
        execute: the preprocessor that runs a notebook, by its dotted name (see execution.py).
    """

    def __init__(
        self,
        course: Course,
        lesson: Lesson,
        timeout: int = 60,
        demonstrations: bool = False,
        execute: str = OUR_EXECUTE,
    ) -> None:
        self.course, self.lesson = course, lesson
        self._config = configuration(course.root)
        self._config.Execute.timeout = timeout
        if demonstrations:
            self._config.ExecutePreprocessor.skip_cells_with_tag = NO_TAG
        steps = self._config.Autograde.autograde_preprocessors
        self._config.Autograde.autograde_preprocessors = [execute if step in EXECUTES else step for step in steps]
        self.key: Key | None = None

    def __enter__(self) -> Self:
        """Raises CourseError where the lesson has no answer key, or the gradebook refuses it."""
        self.key = register(self.lesson)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.key = None

    def students(self) -> list[str]:
        """Return who has a folder for this lesson, sorted; what is in it shows when it is graded."""
        found = self._folder("submitted_directory", "_").parents[1].glob(f"*/{self.lesson.id}")
        return sorted(path.parent.name for path in found if path.parent.name[0] != ".")

    def grade(self, student: str) -> Result:
        """Grade one submission. What is wrong with it stands in the result; an earlier result then stays as it was."""
        start = time.perf_counter()
        score, error, notes = None, None, []
        try:
            check_student(student)
            submission = read(self._folder("submitted_directory", student), self.lesson)
            notes.extend(submission.notes)
            score = self._grade(student, submission, notes)
        except CourseError as reason:
            error = str(reason)
        except Exception as reason:  # one student's strange submission must not stop the class
            error = f"{student}: grading itself failed ({type(reason).__name__}: {reason}); please report this."
        seconds = time.perf_counter() - start
        return Result(student, score, self.key.max_score, tuple(notes), error, seconds)

    def _grade(self, student: str, submission: Submission, notes: list[str]) -> float | None:
        notebook, mended = rebuild(self.key.notebook, submission.notebook)
        notes.extend(mended)
        with tempfile.TemporaryDirectory(prefix="grade-", ignore_cleanup_errors=True) as scratch:
            box = Path(scratch).resolve()
            submitted = self._write(box / "submitted" / student / self.lesson.id, student, submission, notebook)
            executed = self._autograde(student, box)
            notes.extend(_timeouts(executed))
            self._keep(student, executed, submitted)
        with gradebook(self._config) as book:
            graded = book.find_submission(self.lesson.id, student)
            if graded.needs_manual_grade:
                notes.append("some cells await grading by a person")
            return final_score(graded)

    def _write(self, folder: Path, student: str, submission: Submission, notebook: Any) -> Path:
        import nbformat

        original = self._folder("submitted_directory", student)
        for file in submission.files:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(original / file, folder / file, follow_symlinks=False)
        folder.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, folder / f"{self.lesson.slug}.ipynb")
        return folder

    def _autograde(self, student: str, box: Path) -> Path:
        """Run nbgrader's Autograde in ``box``; return the executed notebook."""
        from nbgrader.converters import Autograde

        config = copy.deepcopy(self._config)  # Config.copy shares the sections
        config.CourseDirectory.submitted_directory = str(box / "submitted")
        config.CourseDirectory.autograded_directory = str(box / "autograded")
        known = self._is_known(student)
        try:
            convert(Autograde, config, self.lesson.id, student)
        except CourseError as error:
            if not known:
                self._forget(student)
            raise CourseError(str(error).removeprefix("course_utils.errors.CourseError: ")) from error
        return box / "autograded" / student / self.lesson.id / f"{self.lesson.slug}.ipynb"

    def _keep(self, student: str, executed: Path, submitted: Path) -> None:
        """Put the executed notebook beside the files as they were submitted, in place of an earlier result."""
        final = self._folder("autograded_directory", student)
        fresh, old = final.with_name(f".{final.name}.new"), final.with_name(f".{final.name}.old")
        for leftover in (fresh, old):
            shutil.rmtree(leftover, ignore_errors=True)
        shutil.copytree(submitted, fresh)
        shutil.copyfile(executed, fresh / executed.name)
        if final.exists():
            final.rename(old)
        fresh.rename(final)
        shutil.rmtree(old, ignore_errors=True)

    def _is_known(self, student: str) -> bool:
        from nbgrader.api import MissingEntry

        with gradebook(self._config) as book:
            try:
                return bool(book.find_submission(self.lesson.id, student))
            except MissingEntry:
                return False

    def _forget(self, student: str) -> None:
        # nbgrader enters a submission before it runs it; left there, it would read as 0 points.
        if self._is_known(student):
            with gradebook(self._config) as book:
                book.remove_submission(self.lesson.id, student)

    def _folder(self, step: str, student: str) -> Path:
        from nbgrader.coursedir import CourseDirectory

        directory = CourseDirectory(config=self._config)
        return Path(directory.format_path(getattr(directory, step), student, self.lesson.id))


def _timeouts(executed: Path) -> list[str]:
    import nbformat

    notebook = nbformat.read(executed, 4)
    late = [
        cell.metadata.get("nbgrader", {}).get("grade_id", f"cell {number}")
        for number, cell in enumerate(notebook.cells, 1)
        if any(output.get("ename") == "CellTimeoutError" for output in cell.get("outputs", []))
    ]
    return [f"ran out of time: {', '.join(late)}"] if late else []
