"""Arrows point one way: what students import knows nothing of the staff, and no module reaches itself again."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from sample_course import ROOT

SOURCE = ROOT / "src"
# The staff's rooms, each of which imports those after it alone.
ORDER = ("commands", "checking", "desk", "grading", "authoring")
LONGEST = 200


def modules() -> dict[str, Path]:
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imported(path: Path) -> set[str]:
    """Return the course's modules that a file imports, in functions too; not what is for type checkers alone."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            node.body = []
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {name if name in MODULES else node.module for name in inner}
    return names & MODULES.keys()


GRAPH = {name: imported(path) for name, path in MODULES.items()}


def test_students_modules_know_nothing_of_the_staff():
    assert {
        name for name in GRAPH if name.startswith("course_utils.") and "course_staff" in " ".join(GRAPH[name])
    } == set()


@pytest.mark.parametrize("place", range(len(ORDER)), ids=ORDER)
def test_a_room_imports_none_that_stands_before_it(place):
    before = tuple(f"course_staff.{room}" for room in ORDER[:place])
    mine = [name for name in GRAPH if name.startswith(f"course_staff.{ORDER[place]}")]
    assert {(name, other) for name in mine for other in GRAPH[name] if other.startswith(before)} == set()


def test_no_module_reaches_itself():
    graph = {name: {other for other in found if other != name} for name, found in GRAPH.items()}
    TopologicalSorter(graph).prepare()  # raises a CycleError that names the ring


def test_a_file_is_one_idea():
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in MODULES.values()}
    assert {name: lines for name, lines in long.items() if lines > LONGEST} == {}
