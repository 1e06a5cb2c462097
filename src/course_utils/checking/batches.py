"""Answers put together into few notebooks, where no exercise of one notebook depends on another's answer."""

from __future__ import annotations

import ast
import copy
import json
from dataclasses import dataclass
from typing import Any

from course_utils.authoring.answers import Answer
from course_utils.authoring.lesson import LessonCell
from course_utils.grading.cells import defined_names
from course_utils.grading.checker.names import loaded


@dataclass(frozen=True)
class Batch:
    """The solved notebook with these answers in it, each with the tests that are to judge it."""

    answers: list[tuple[Answer, frozenset[str]]]
    notebook: str


def batches(cells: list[LessonCell], source: str, answers: list[Answer]) -> list[Batch]:
    """Return all answers to a lesson in batches; an exercise that others use is answered alone.

    A wrong answer is judged by its own exercise's tests; a right one that others use by all tests.

    Args:
        source: the lesson's solved notebook.
    """
    notebook = json.loads(source)
    shared = _used_by_others(cells, answers)
    alone = [[answer] for answer in answers if answer.exercise in shared]
    together: list[list[Answer]] = []
    for answer in answers:
        if answer.exercise not in shared:
            fitting = (group for group in together if answer.exercise not in {each.exercise for each in group})
            group = next(fitting, None)
            if group is None:
                together.append(group := [])
            group.append(answer)
    return [_batch(cells, notebook, group, shared) for group in [*together, *alone]]


def _used_by_others(cells: list[LessonCell], answers: list[Answer]) -> set[str]:
    texts: dict[str, list[str]] = {}
    for cell in cells:
        if cell.role in ("solution", "test") and cell.is_code:
            texts.setdefault(cell.exercise if cell.role == "test" else cell.id, []).append(cell.source)
    for answer in answers:
        texts[answer.exercise].append(answer.source)
    given = helpers(cells)
    needs = {exercise: reached(set().union(*map(_loaded, sources)), given) for exercise, sources in texts.items()}
    defined = {cell.id: defined_names(cell.source) for cell in cells if cell.role == "solution" and cell.is_code}
    return {one for one in defined for other in needs if one != other and defined[one] & needs[other]}


def helpers(cells: list[LessonCell]) -> dict[str, set[str]]:
    """Return what each helper in a read-only cell reads: an answer may call it, and through it another exercise's."""
    trees = [ast.parse(cell.source).body for cell in cells if cell.role == "readonly" and cell.is_code]
    nodes = [node for body in trees for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    return {node.name: loaded(ast.unparse(node)) for node in nodes}


def reached(needed: set[str], given: dict[str, set[str]]) -> set[str]:
    """Return the names, and those that the helpers among them read in turn."""
    todo = list(needed)
    while todo:
        new = given.get(todo.pop(), set()) - needed
        needed |= new
        todo.extend(new)
    return needed


def _loaded(source: str) -> set[str]:
    try:
        return loaded(source)
    except SyntaxError:
        return set(source.replace("(", " ").split())


def _batch(cells: list[LessonCell], source: dict[str, Any], group: list[Answer], shared: set[str]) -> Batch:
    notebook, replaced = copy.deepcopy(source), {answer.exercise: answer.source for answer in group}
    for cell in notebook["cells"]:
        cell["source"] = replaced.get(_name(cell), cell["source"])
    tests = [cell for cell in cells if cell.role == "test"]

    def judges(answer: Answer) -> frozenset[str]:
        whole = answer.is_right and answer.exercise in shared
        return frozenset(cell.id for cell in tests if whole or cell.exercise == answer.exercise)

    return Batch([(answer, judges(answer)) for answer in group], json.dumps(notebook))


def _name(cell: dict[str, Any]) -> str:
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")
