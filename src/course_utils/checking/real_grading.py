"""A lesson graded for real, in a scratch course: its solution, its release, and one wrong answer."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_utils.authoring.answers import Answer
from course_utils.authoring.release import Built
from course_utils.files import write_whole
from course_utils.grading.autograde import Grader, Result
from course_utils.layout import MARKER, Course, Lesson

SUBMISSIONS = ("solution", "release", "answer")
STEPS = 5


@dataclass(frozen=True)
class Graded:
    """What grading gave, without demonstrations and with them, and what the demonstrations displayed."""

    plain: dict[str, Result]
    shown: dict[str, Result]
    outputs: dict[str, list[Any]]


def grade_for_real(
    lesson: Lesson, built: Built, answer: Answer | None, scratch: Path, on_step: Callable[[], None]
) -> Graded:
    """Grade the lesson's solution and release, and the solution with ``answer`` in it, in a course made in ``scratch``.

    Raises:
        CourseError: the lesson cannot be entered in a gradebook.
    """
    shutil.copy(lesson.root / MARKER, scratch)
    shutil.copytree(lesson.text.parent, scratch / "solutions" / lesson.id)
    there = Lesson(scratch, lesson.id)
    texts = {"solution": built.source, "release": built.release}
    if answer is not None:
        texts["answer"] = _with_answer(built.source, answer)
    for name, text in texts.items():
        write_whole(scratch / "grading" / "submitted" / name / lesson.id / f"{lesson.slug}.ipynb", text)

    def graded(names: list[str], demonstrations: bool) -> dict[str, Result]:
        results = {}
        with Grader(Course(scratch), there, demonstrations=demonstrations) as grader:
            for name in names:
                results[name] = grader.grade(name)
                on_step()
        return results

    plain = graded(list(texts), demonstrations=False)
    shown = graded(["solution", "release"], demonstrations=True)
    return Graded(plain, shown, _outputs(scratch / "grading" / "autograded" / "solution" / lesson.id, lesson.slug))


def _with_answer(source: str, answer: Answer) -> str:
    import nbformat

    notebook = nbformat.reads(source, as_version=4)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == answer.exercise:
            cell.source = answer.source
    return nbformat.writes(notebook)


def _outputs(folder: Path, slug: str) -> dict[str, list[Any]]:
    import nbformat

    path = folder / f"{slug}.ipynb"
    if not path.is_file():
        return {}
    notebook = nbformat.read(path, as_version=4)
    return {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
