"""Answers put together into few notebooks, where no exercise of one notebook depends on another's answer."""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from course_staff.authoring.answers import Answer
from course_staff.authoring.lesson import LessonCell
from course_staff.grading.cells import defined_names
from course_staff.grading.checker.names import free, reached


@dataclass(frozen=True)
class Batch:
    """The solved notebook with these answers in it, each with the tests that are to judge it."""

    answers: list[tuple[Answer, frozenset[str]]]
    notebook: str

    @property
    def judges(self) -> frozenset[str]:
        """All tests that are to judge any of the answers."""
        return frozenset().union(*(judges for _, judges in self.answers))


def batches(cells: list[LessonCell], source: str, answers: list[Answer], due: bool = False) -> list[Batch]:
    """Return all answers to a lesson in batches; an answer's tests find every exercise solved that they depend on.

    A wrong answer is judged by its own exercise's tests; a right one that others use by all tests, alone.

    Args:
        source: the lesson's solved notebook.
        due: judge a kept wrong answer only by the tests that it must lose, and by what these need to run first.
    """
    notebook, uses = json.loads(source), _uses(cells, answers)
    shared = {one for exercise, used in uses.items() for one in used - {exercise}}

    def whole(answer: Answer) -> bool:
        return answer.is_right and answer.exercise in shared

    def apart(one: Answer, other: Answer) -> bool:
        return one.exercise in uses[other.exercise] or other.exercise in uses[one.exercise] or whole(other)

    groups: list[list[Answer]] = []
    for answer in answers:
        fitting = (group for group in groups if not any(apart(answer, other) for other in group))
        group = None if whole(answer) else next(fitting, None)
        if group is None:
            groups.append(group := [])
        group.append(answer)

    def judges(answer: Answer) -> frozenset[str]:
        tests = [cell for cell in cells if cell.role == "test" and (whole(answer) or cell.exercise == answer.exercise)]
        every = frozenset(cell.id for cell in tests)
        return every if not due or answer.is_right or answer.is_vandal else _due(answer, cells, tests)

    return [_batch(notebook, group, judges) for group in groups]


def _due(answer: Answer, cells: list[LessonCell], tests: list[LessonCell]) -> frozenset[str]:
    """Return what the answer must lose; a test that does not use it judges what the tests before made of it."""
    written = next(cell.source for cell in cells if cell.id == answer.exercise)
    uses = [test.id for test in tests if test.is_code and _free(test.source) & defined_names(written)]
    return answer.loses if answer.loses <= set(uses) else answer.loses | set(uses)


def _uses(cells: list[LessonCell], answers: list[Answer]) -> dict[str, set[str]]:
    """Return for each exercise itself and those that it, its tests or its answers use, at first or at second hand."""
    texts: dict[str, list[str]] = {}
    for cell in cells:
        if cell.role in ("solution", "test") and cell.is_code:
            texts.setdefault(cell.exercise if cell.role == "test" else cell.id, []).append(cell.source)
    for answer in answers:
        texts[answer.exercise].append(answer.source)
    given = helpers(cells)
    needs = {exercise: reached(set().union(*map(_free, sources)), given) for exercise, sources in texts.items()}
    defined = {cell.id: defined_names(cell.source) for cell in cells if cell.role == "solution" and cell.is_code}
    direct = {other: {one for one in defined if defined[one] & needs[other]} for other in needs}
    return {exercise: reached({exercise}, direct) for exercise in needs}


def helpers(cells: list[LessonCell]) -> dict[str, set[str]]:
    """Return what each helper in a read-only cell reads: an answer may call it, and through it another exercise's."""
    trees = [ast.parse(cell.source).body for cell in cells if cell.role == "readonly" and cell.is_code]
    nodes = [node for body in trees for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    return {node.name: free(ast.unparse(node)) for node in nodes}


def _free(source: str) -> set[str]:
    try:
        return free(source)
    except SyntaxError:
        return set(source.replace("(", " ").split())


def _batch(source: dict[str, Any], group: list[Answer], judges: Callable[[Answer], frozenset[str]]) -> Batch:
    notebook, replaced = copy.deepcopy(source), {answer.exercise: answer.source for answer in group}
    for cell in notebook["cells"]:
        cell["source"] = replaced.get(_name(cell), cell["source"])
    return Batch([(answer, judges(answer)) for answer in group], json.dumps(notebook))


def _name(cell: dict[str, Any]) -> str:
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")
