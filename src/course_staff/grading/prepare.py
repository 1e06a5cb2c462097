"""From a student's folder to an attempt: everything that is done before a student's code may run."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from course_staff.grading.attempt import Attempt
from course_staff.grading.ledger import digest
from course_staff.grading.sanitize import rebuild
from course_staff.grading.submission import read
from course_utils.errors import CourseError
from course_utils.layout import Lesson
from course_utils.notebook_files import MEGABYTE

LARGEST = 10 * MEGABYTE


@dataclass(frozen=True)
class Prepared:
    """A submission to run, and what recording it will need."""

    student: str
    attempt: Attempt
    notebook: Any
    notes: tuple[str, ...]
    digest: str


@dataclass(frozen=True)
class Preparation:
    """How this lesson's submissions are prepared, by ``prepare``.

    Args:
        notebook: the key's notebook to rebuild on, sanitized by nbgrader.
        sandbox, versions: what else the marks depend on, in words.
        budget: seconds for a whole submission; None where that is settled later.
    """

    lesson: Lesson
    notebook: Any
    timeout: int
    demonstrations: bool
    sandbox: str
    versions: str
    budget: int | None = None

    def prepare(self, student: str, folder: Path) -> Prepared:
        """Return the attempt that a folder holds.

        Raises:
            CourseError: there is nothing gradable; the sentence says which file and why.
        """
        submission = read(folder, self.lesson)
        notebook, mended = rebuild(self.notebook, submission.notebook)
        files = {file.as_posix(): _content(folder / file) for file in submission.files}
        attempt = self.attempt(notebook, files)
        if len(attempt.notebook) > LARGEST:
            size, most = len(attempt.notebook) // MEGABYTE, LARGEST // MEGABYTE
            raise CourseError(f"{folder}: the notebook's cells hold {size} MB without their outputs, more than {most}.")
        notes = (*submission.notes, *mended)
        return Prepared(student, attempt, notebook, notes, digest(attempt, self.sandbox, self.versions, notes))

    def attempt(self, notebook: Any, files: dict[str, bytes]) -> Attempt:
        """Return the attempt that these make."""
        attempt = Attempt(json.dumps(notebook), files, self.timeout, self.demonstrations)
        return attempt if self.budget is None else replace(attempt, budget=self.budget)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CourseError(f"{path}: cannot be read ({error.strerror}); make the file readable.") from None
