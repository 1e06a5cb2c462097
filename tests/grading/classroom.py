"""A sample course with students who hand things in."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from course_utils.layout import Course, Lesson

HALF = "def half(x):\n    return x / 2"
QUARTER = "def quarter(x):\n    return half(half(x))"


def find(notebook: Any, grade_id: str) -> Any:
    """Return the notebook's cell of that grade id."""
    return next(cell for cell in notebook.cells if grade_id_of(cell) == grade_id)


def grade_id_of(cell: Any) -> str | None:
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def code(source: str, **metadata: Any) -> Any:
    return nbformat.v4.new_code_cell(source, metadata=metadata)


@dataclass(frozen=True)
class Classroom:
    """A course, its one lesson, and what students were given."""

    course: Course
    release: Any

    @property
    def lesson(self) -> Lesson:
        return self.course.authored()[0]

    def folder(self, student: str) -> Path:
        folder = self.course.root / "grading" / "submitted" / student / self.lesson.id
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def solved(self, half: str | None = HALF, quarter: str | None = QUARTER) -> Any:
        """Return the release with solutions written in; None leaves a stub."""
        notebook = copy.deepcopy(self.release)
        for name, source in (("half", half), ("quarter", quarter)):
            if source is not None:
                find(notebook, name).source = source
        return notebook

    def submit(self, student: str, notebook: Any) -> Path:
        path = self.folder(student) / f"{self.lesson.slug}.ipynb"
        nbformat.write(notebook, path)
        return path

    def autograded(self, student: str) -> Path:
        return self.course.root / "grading" / "autograded" / student / self.lesson.id / f"{self.lesson.slug}.ipynb"
