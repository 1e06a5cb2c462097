"""A student may call things as the trusted cells do: what is in such a name costs only the tests that ask for it."""

from __future__ import annotations

import ast
import json

import pytest
from marks_of import lost, total
from sample_course import ROOT
from small_notebooks import notebook

from course_staff.authoring.release import build
from course_staff.grading.attempt import Attempt
from course_staff.grading.checker import names
from course_staff.grading.checker.plan import plan
from course_staff.grading.runners import runner
from course_utils.layout import Course

LESSONS = Course(ROOT).authored()
HUGE = "np.zeros(10_000_000)"


def executed(*cells: tuple[str, str]) -> str:
    return runner("bubblewrap")(Attempt(notebook(*cells))).notebook


def role_of(cell: dict) -> dict:
    return cell["metadata"].get("nbgrader", {})


def inner(source: str) -> set[str]:
    """Return the names that a cell mentions anywhere."""
    return {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}


def test_what_a_function_or_a_comprehension_binds_is_its_own():
    function = "def f(a):\n    b = a + c\n    return [d for d in b if e] + (lambda g: g + h)(b)"
    source = f"{function}\nk = [m for m in n]\nclass P: q = r"
    assert names.free(source) == {"c", "e", "h", "n", "r"}


def test_a_cell_needs_what_the_helpers_that_it_reads_need():
    helper, other, test = "def twice(x): return half(x) + own", "own = 2", "assert twice(1) and third(3)"
    assert names.foreign([helper, other, test]) == [{"half"}, set(), {"half", "third"}]


@pytest.mark.parametrize("lesson", LESSONS, ids=[lesson.id for lesson in LESSONS])
def test_only_what_a_solution_defines_is_fetched(lesson):
    cells = json.loads(build(lesson).source)["cells"]
    students = [cell["source"] for cell in cells if cell["cell_type"] == "code" and not role_of(cell).get("locked")]
    fetched = {name for cell in plan(cells, False)["cells"] for name in cell.get("names", ())}
    assert fetched <= set().union(*(names.bound("".join(source)) for source in students))


def test_every_name_that_the_trusted_cells_of_a_lesson_use_inside_may_be_taken():
    cells = json.loads(build(LESSONS[0]).source)["cells"]
    planned = plan(cells, False)["cells"]
    trusted = [cell for cell in planned if cell["role"] in ("shared", "test")]
    used = set().union(*(inner(cell["source"]) - names.free(cell["source"]) for cell in trusted))
    used |= {"value", "key", "weight"} - {name for cell in trusted for name in cell["names"]}
    own = "import numpy as np\n" + "\n".join(f"{name} = {HUGE}" for name in sorted(used))
    made = {"cell_type": "code", "id": "own-1", "metadata": {}, "outputs": [], "execution_count": None, "source": own}
    given = {"metadata": {}, "nbformat": 4, "nbformat_minor": 5, "cells": [cells[0], made, *cells[1:]]}
    assert len(used) > 10
    assert total(runner("bubblewrap")(Attempt(json.dumps(given))).notebook) == 20


def test_what_cannot_be_sent_costs_the_tests_that_ask_for_it():
    outcome = lost(
        executed(
            ("solution", f"import numpy as np\nbig = {HUGE}\ndef f(x): return x"),
            ("test", "assert f(1) == 1"),
            ("test", "assert len(big) == 10"),
            ("test", "assert f(2) == 2"),
        )
    )
    assert list(outcome) == ["test2"]
    assert "big cannot be graded: " in outcome["test2"] and "80,000,000 bytes" in outcome["test2"]


def test_what_is_too_much_to_return_costs_the_test_that_asked():
    cells = [
        ("solution", f"import numpy as np\ndef f(x): return [{HUGE}[:4_000_000] + k for k in range(x)]"),
        ("test", "assert len(f(9)) == 9"),
        ("test", "assert len(f(2)) == 2"),
    ]
    assert list(lost(executed(*cells))) == ["test1"]


KEEPS = """
kept = []
def keeps(x):
    global value
    value = x
    kept.append(x)
    return x
def again(): return kept[0]
"""


@pytest.mark.parametrize("made", ["torch.nn.Linear(2, 2)", "math.sin", "lambda x: 3", "np.ones(3)", "torch.ones(2)"])
def test_what_a_test_lends_may_be_kept_and_handed_back(made):
    cells = [
        ("readonly", "import math, torch, numpy as np"),
        ("solution", KEEPS),
        ("test", f"x = {made}\ny = keeps(x)\nassert y is x or (y == x).all()"),
        ("test", "x = again()"),
        ("test", "value"),
        ("test", "assert keeps(5) == 5"),
    ]
    assert set(lost(executed(*cells))) <= {"test3", "test4"}


def test_what_a_test_lends_and_forgets_is_not_made_up():
    cells = [
        ("readonly", "import torch\ndef lend(): return keeps(torch.nn.Linear(2, 2)) and None"),
        ("solution", KEEPS),
        ("test", "lend()"),
        ("test", "again()"),
        ("test", "assert keeps(5) == 5"),
    ]
    assert list(lost(executed(*cells))) == ["test3"]
