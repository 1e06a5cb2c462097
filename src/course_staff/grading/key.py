"""The answer key: what a submission is rebuilt on, and what nbgrader's gradebook knows of the lesson."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_staff.authoring.release import Built, build
from course_staff.grading import gradebooks
from course_utils.converters import configuration, convert
from course_utils.errors import CourseError
from course_utils.files import write_whole
from course_utils.layout import Lesson


@dataclass(frozen=True)
class Key:
    """A lesson's notebooks, as nbformat objects, and its points.

    Attributes:
        source: solutions and hidden tests.
        release: what students got.
        notebook: the source with the release's stubs in place of the solutions.
        points: points per graded cell, by grade id.
    """

    lesson: Lesson
    source: Any
    release: Any
    notebook: Any
    points: dict[str, float]

    @property
    def max_score(self) -> float:
        return sum(self.points.values())


def register(lesson: Lesson) -> Key:
    """Build the lesson from its text and enter it in the gradebook; nothing in ``notebooks/`` is touched.

    Raises:
        CourseError: the text is not here or breaks a rule, or the gradebook holds submissions to another version.
    """
    if not lesson.text.is_file():
        raise CourseError(f"{lesson.text}: no such file, and grading needs it: it holds the hidden tests.")
    built = build(lesson)
    _enter(lesson, built)
    return _key(lesson, built)


def _enter(lesson: Lesson, built: Built) -> None:
    from nbgrader.converters import GenerateAssignment

    gradebooks.ready()
    with tempfile.TemporaryDirectory(prefix="key-") as scratch:
        there = Lesson(Path(scratch), lesson.id)
        write_whole(there.source, built.source)
        folders = {"source_directory": there.source.parents[1], "release_directory": there.release.parents[1]}
        config = configuration(lesson.root, **{name: str(folder) for name, folder in folders.items()})
        try:
            convert(GenerateAssignment, config, lesson.id)
        except CourseError as error:
            if "submissions associated with it" not in str(error):
                raise
            raise CourseError(
                f"{lesson.text}: its graded cells are not those of the gradebook, which holds submissions already; "
                f"restore the cells' ids, or drop its old marks: `nbgrader db assignment remove {lesson.id} --force`."
            ) from error


def _key(lesson: Lesson, built: Built) -> Key:
    import nbformat

    source, release, notebook = (nbformat.reads(text, 4) for text in (built.source, built.release, built.source))
    stubs = {name: cell.source for name, cell in _by_grade_id(release)}
    points = {}
    for name, cell in _by_grade_id(notebook):
        grading = cell.metadata.nbgrader
        if grading.solution:
            cell.source = stubs[name]
        if grading.grade:
            points[name] = float(grading.points)
    return Key(lesson, source, release, notebook, points)


def _by_grade_id(notebook: Any) -> list[tuple[str, Any]]:
    return [(cell.metadata.nbgrader.grade_id, cell) for cell in notebook.cells if "nbgrader" in cell.metadata]
