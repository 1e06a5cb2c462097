"""A class that hands in everything: right and wrong answers, and notebooks mangled in every way, each with its mark.

The marks do not come from the grader. An answer's tests are tried by plain_trial, one process and one
fork each, and what a mangled notebook deserves follows from how it was mangled.
"""

from __future__ import annotations

import copy
import dataclasses
import json
import random
import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import nbformat
from plain_trial import try_answers

from course_staff.authoring.answers import Answer, read_answers
from course_staff.authoring.lesson import read_lesson
from course_staff.authoring.release import build
from course_utils.layout import MARKER, Course, Lesson

# What a mistake costs in the exercises that follow can depend on what a hidden test draws (Adam hardly minds a gradient
# that is four times too long): the class's lesson always draws the same.
FIXED = '__import__("contextlib").nullcontext(__import__("numpy").random.default_rng(7))'
STUB = 'raise NotImplementedError("not written yet")'


def one_lesson(root: Path, source: Path, lesson: str) -> tuple[Course, Lesson]:
    """Make a course at ``root`` with one lesson of the course at ``source``, and its answers."""
    shutil.copytree(source / "solutions" / lesson, root / "solutions" / lesson)
    (root / "tests" / "answers").mkdir(parents=True)
    shutil.copy(source / "tests" / "answers" / f"{lesson}.py", root / "tests" / "answers")
    shutil.copy(source / MARKER, root)
    return Course(root), Lesson(root, lesson)


def make_class(
    course: Course, lesson: Lesson, size: int, kinds: int = 40, seed: int = 0, mangled: bool = True
) -> dict[str, float | None]:
    """Write ``size`` submissions to ``course``; return each student's right mark, None where nothing can be graded.

    The lesson's text in ``course`` is changed: it draws nothing afresh any more.

    Args:
        kinds: how many of the lesson's answers to use, drawn with ``seed``.
        mangled: have mangled notebooks in it too, some of which plain nbgrader cannot take.
    """
    draw = random.Random(seed)
    lesson.text.write_text(lesson.text.read_text().replace("fresh_draw()", FIXED))
    answered = _answered(lesson, kinds, draw)
    sample = list(islice(_cycle(answered, _mangled(lesson, draw) if mangled else [], draw), size))
    due = {}
    for number, (kind, content, mark) in enumerate(sample):
        student = f"s{number:04} {kind}"[:100].rstrip()
        folder = course.root / "grading" / "submitted" / student / lesson.id
        folder.mkdir(parents=True)
        if content is not None:
            (folder / f"{lesson.slug}.ipynb").write_text(content, encoding="utf-8")
        due[student] = mark
    return due


Sample = tuple[str, str | None, float | None]


def _answered(lesson: Lesson, kinds: int, draw: random.Random) -> list[Sample]:
    cells, points = read_lesson(lesson.text), {}
    for cell in cells:
        points[cell.id] = cell.points if cell.role == "test" else 0
    answers = read_answers(lesson, cells)
    answers = draw.sample(answers, min(kinds, len(answers)))
    stubs = [Answer("not written", name, STUB, frozenset(), 0) for name in {each.exercise for each in answers}]
    # A trial takes an answer that loses nothing to all tests that follow, where a mistake may cost points too.
    tried = [dataclasses.replace(each, loses=frozenset()) for each in (*answers, *stubs)]
    solved = nbformat.reads(build(lesson).source, 4)
    found = []
    for answer, lost in try_answers(cells, tried):
        notebook = copy.deepcopy(solved)
        if answer is not None:
            _cell(notebook, answer.exercise).source = answer.source
        mark = sum(points.values()) - sum(points.get(name, 0) for name in lost)
        name = "solution" if answer is None else f"{answer.exercise} {answer.name}"
        found.append(("".join(c if c.isalnum() else "-" for c in name), nbformat.writes(notebook), mark))
    return found


def _mangled(lesson: Lesson, draw: random.Random) -> list[Sample]:
    built = build(lesson)
    full = sum(cell.points for cell in read_lesson(lesson.text))
    found = [
        (kind, text, None) for kind, text in (("empty", ""), ("corrupt", '{"cells": [{"ce'), ("no-notebook", "[]"))
    ]
    found += [("missing", None, None), ("release", built.release, 0), ("no-cells", '{"cells": []}', 0)]
    for mangle in (copy_test, delete_test, edit_test, lose_ids, lose_metadata, fail_alone, other_kernel):
        for text, mark in ((built.source, full), (built.release, 0)):
            notebook = json.loads(text)
            mangle(notebook, draw)
            found.append((f"{mangle.__name__}-{mark:g}".replace("_", "-"), json.dumps(notebook), mark))
    return found


def copy_test(notebook: dict, draw: random.Random) -> None:
    notebook["cells"].append(copy.deepcopy(draw.choice(_tests(notebook))) | {"source": "pass"})


def delete_test(notebook: dict, draw: random.Random) -> None:
    notebook["cells"].remove(draw.choice(_tests(notebook)))


def edit_test(notebook: dict, draw: random.Random) -> None:
    for cell in _tests(notebook):
        cell["source"] = "1000"


def lose_ids(notebook: dict, draw: random.Random) -> None:
    for number, cell in enumerate(notebook["cells"]):
        cell["id"] = f"other-{number}"


def lose_metadata(notebook: dict, draw: random.Random) -> None:
    for cell in notebook["cells"]:
        cell["metadata"] = {}


def fail_alone(notebook: dict, draw: random.Random) -> None:
    notebook["cells"].insert(0, json.loads(json.dumps(nbformat.v4.new_code_cell("1 / 0"))))


def other_kernel(notebook: dict, draw: random.Random) -> None:
    notebook["metadata"]["kernelspec"] = {"name": "fortran", "display_name": "Fortran"}


def _cycle(answered: list[Sample], mangled: list[Sample], draw: random.Random) -> Iterator[Sample]:
    while True:
        both = [*answered, *mangled]
        draw.shuffle(both)
        yield from both


def _tests(notebook: dict) -> list[dict]:
    graded = [cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade")]
    return [cell for cell in graded if not cell["metadata"]["nbgrader"]["solution"]]


def _cell(notebook: Any, grade_id: str) -> Any:
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id)
