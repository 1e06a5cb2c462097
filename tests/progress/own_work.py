"""What a student writes into the sample lesson."""

from __future__ import annotations

from pathlib import Path

import nbformat

from course_utils.layout import Lesson
from course_utils.progress import ExerciseProgress

HALF = "def half(x):\n    return x / 2"
QUARTER = "def quarter(x):\n    return half(half(x))"


def write(lesson: Lesson, **cells: str) -> Path:
    """Replace cells of the released notebook, as a student does; return its path."""
    notebook = nbformat.read(lesson.release, as_version=4)
    for cell in notebook.cells:
        cell.source = cells.pop(cell.id, cell.source)
    assert not cells
    nbformat.write(notebook, lesson.release)
    return lesson.release


def states(exercises: list[ExerciseProgress]) -> list[str]:
    return [exercise.state for exercise in exercises]
