"""A small class of one lesson, tried in this process: the solution, the released cells and a third of the kept answers.

Run as ``python class_here.py LESSON EXERCISE …`` in the course's root, it prints as JSON the kind of processor, what a
grader's worker there would be known by, and the tests that each student loses of these exercises, with the reasons.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import nbformat
from answers_here import chosen, tried_here

from course_utils.authoring.answers import Answer
from course_utils.authoring.lesson import LessonCell
from course_utils.grading.ledger import versions
from course_utils.hardware import processor
from course_utils.layout import Course, Lesson


def released(lesson: Lesson, cells: list[LessonCell], exercises: tuple[str, ...]) -> list[Answer]:
    """Return the solution cells that students get, as answers that lose everything."""
    notebook = nbformat.read(lesson.release, 4)
    given = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell.source for cell in notebook.cells}
    tests = {name: {cell.id for cell in cells if cell.role == "test" and cell.exercise == name} for name in exercises}
    return [Answer("as released", name, given[name], frozenset(tests[name]), 0) for name in exercises]


def main(number: str, *exercises: str) -> None:
    """Try the class, and print what it loses."""
    course = Course(Path.cwd())
    (lesson,) = course.choose((number,), course.authored())
    cells, answers = chosen(lesson, exercises)
    answers = answers[::3] + released(lesson, cells, exercises)
    met = [cell for cell in cells if cell.role != "test" or cell.exercise in exercises]
    with tempfile.TemporaryDirectory() as folder:
        lost, outcomes = tried_here(met, answers, Path(folder))
    students = ["the solution", *(f"{answer.exercise}: {answer.name}" for answer in answers)]
    by_student = dict(zip(students, [lost, *outcomes], strict=True))
    print(json.dumps({"kind": processor().kind, "versions": versions(), "lost": by_student}))


if __name__ == "__main__":
    main(*sys.argv[1:])
