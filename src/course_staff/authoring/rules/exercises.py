"""Every exercise: a box, a signature, visible and hidden tests, and something that it changes."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator

from course_staff.authoring.lesson import LessonCell
from course_staff.authoring.rules.draft import HIDDEN, SOLUTION, Draft, at, definitions, outside, regions
from course_staff.authoring.rules.frame import CLOSING

BOX = re.compile(r"^### Exercise (\d+)\.(\d+) · .+ \((\d+(?:\.\d+)?) points? · (\d+) min\)$", re.M)

WRONG_ANSWERS = 4


def every_exercise_has_a_box(draft: Draft) -> Iterator[str]:
    """Before each solution stands `### Exercise 6.3 · Title (3 points · 10 min)`, numbered on, with its true points."""
    boxes: list[tuple[LessonCell, re.Match[str]]] = []
    number = 0
    for cell in draft.cells:
        boxes += [(cell, match) for match in BOX.finditer(cell.source) if not cell.is_code]
        if cell.role != "solution":
            continue
        number += 1
        if len(boxes) != 1:
            yield f"{at(cell)}: {cell.id!r} needs one box before it, `### Exercise {draft.lesson.number}.{number} · …`."
            boxes = []
            continue
        box, found = boxes.pop()
        points = sum(test.points for test in draft.of("test") if test.exercise == cell.id)
        if (int(found[1]), int(found[2])) != (draft.lesson.number, number):
            yield f"{at(box)}: exercise {found[1]}.{found[2]} is the lesson's {draft.lesson.number}.{number}."
        if float(found[3]) != points:
            yield f"{at(box)}: the box says {found[3]} points, the tests of {cell.id!r} give {points:g}."


def every_exercise_shows_a_signature(draft: Draft) -> Iterator[str]:
    """What a student finds in the solution cell is a definition with a docstring; the solution is marked."""
    for cell in draft.of("solution"):
        if not regions(SOLUTION, cell.source).strip():
            yield f"{at(cell)}: {cell.id!r} has nothing between ### BEGIN SOLUTION and ### END SOLUTION."
            continue
        if not any(ast.get_docstring(node) for node in definitions(cell.source)):
            yield f"{at(cell)}: {cell.id!r} shows no signature with a docstring; put both outside the solution."


def every_test_is_seen_and_hidden(draft: Draft) -> Iterator[str]:
    """Each test cell has a visible part that teaches and a hidden part that decides; each exercise has a test."""
    for cell in draft.of("test"):
        if not outside(HIDDEN, cell.source).strip():
            yield f"{at(cell)}: {cell.id!r} has no visible test."
        if not regions(HIDDEN, cell.source).strip():
            yield f"{at(cell)}: {cell.id!r} has no hidden test (### BEGIN HIDDEN TESTS … ### END HIDDEN TESTS)."
    tested = {cell.exercise for cell in draft.of("test")}
    for cell in draft.of("solution"):
        if cell.id not in tested:
            yield f"{at(cell)}: {cell.id!r} has no test."


def every_exercise_changes_something(draft: Draft) -> Iterator[str]:
    """After its tests, and before the next box or the end, a demonstration uses what was written."""
    waiting: LessonCell | None = None
    for cell in itertools.takewhile(lambda cell: not cell.source.startswith(f"## {CLOSING[0]}"), draft.cells):
        if cell.role == "solution":
            if waiting is not None:
                yield f'{at(waiting)}: no demonstration (# %% demo="…") shows what {waiting.id!r} changes.'
            waiting = cell
        elif cell.role == "demo":
            waiting = None
    if waiting is not None:
        yield f'{at(waiting)}: no demonstration (# %% demo="…") shows what {waiting.id!r} changes.'


def every_exercise_has_answers(draft: Draft) -> Iterator[str]:
    """At least four wrong answers and one other right one for each exercise, each with a name of its own."""
    for cell in draft.of("solution"):
        mine = [answer for answer in draft.answers if answer.exercise == cell.id]
        right = sum(answer.is_right for answer in mine)
        wrong = len(mine) - right
        if wrong < WRONG_ANSWERS or right < 1:
            yield (
                f"{draft.lesson.answers.name}: {cell.id!r} has {wrong} wrong and {right} right answers; "
                f"{WRONG_ANSWERS} and 1 are the least."
            )
        if len({answer.name for answer in mine}) < len(mine):
            yield f"{draft.lesson.answers.name}: two answers to {cell.id!r} have one name."
