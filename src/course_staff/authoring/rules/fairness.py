"""What makes a mark fair: no clock, no chance, fresh inputs, and nothing given away."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from course_staff.authoring.rules.draft import HIDDEN, SOLUTION, Draft, at, outside, regions

CLOCKS = {"time", "time_ns", "perf_counter", "perf_counter_ns", "monotonic", "process_time", "sleep", "now"}
CLOCK_MODULES = {"time", "timeit", "datetime"}
UNSEEDED = {"rand", "randn", "randint", "random", "normal", "uniform", "choice", "permutation", "shuffle", "randperm"}
TELLING = 16  # characters; a shorter line, such as `return total`, gives nothing away


def tests_ask_no_clock(draft: Draft) -> Iterator[str]:
    """No mark depends on a wall-clock time."""
    for cell in draft.of("test"):
        for node in ast.walk(ast.parse(cell.source)):
            module = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id
            if module in CLOCK_MODULES and node.attr in CLOCKS:
                yield f"{at(cell)}: {cell.id!r} asks {module}.{node.attr}; judge by structure or an injected clock."


def tests_draw_with_seeds(draft: Draft) -> Iterator[str]:
    """Chance comes from fresh_draw(), which can be repeated, and never from a global generator."""
    for cell in draft.of("test"):
        for node in ast.walk(ast.parse(cell.source)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            owner, name = ast.unparse(node.func.value), node.func.attr
            unseeded = owner in ("np.random", "random", "torch") and name in UNSEEDED
            if unseeded or (name == "default_rng" and not node.args):
                yield f"{at(cell)}: {cell.id!r} draws with {owner}.{name} unseeded; use `with fresh_draw() as rng:`."


def hidden_tests_draw_afresh(draft: Draft) -> Iterator[str]:
    """A table of known answers earns nothing: each exercise has a hidden test with fresh_draw()."""
    for cell in draft.of("solution"):
        tests = [test for test in draft.of("test") if test.exercise == cell.id]
        if tests and not any("fresh_draw()" in regions(HIDDEN, test.source) for test in tests):
            yield f"{at(cell)}: no hidden test of {cell.id!r} draws fresh inputs (`with fresh_draw() as rng:`)."


def tests_end_in_no_value(draft: Draft) -> Iterator[str]:
    """nbgrader takes a test cell's last value for its score, so there must be none."""
    for cell in draft.of("test"):
        last = ast.parse(cell.source).body[-1:]
        if last and isinstance(last[0], ast.Expr) and not isinstance(last[0].value, ast.Call):
            yield f"{at(cell)}: {cell.id!r} ends in a value; end it in a call that returns nothing."


def release_gives_nothing_away(draft: Draft) -> Iterator[str]:
    """No line of a solution or of a hidden test stands in what students get."""
    released = {line.strip() for cell in draft.release for line in "".join(cell["source"]).splitlines()}
    shown = {
        line.strip() for cell in draft.cells for line in outside(SOLUTION, outside(HIDDEN, cell.source)).splitlines()
    }
    for cell in draft.of("solution", "test"):
        secret = regions(SOLUTION, cell.source) + regions(HIDDEN, cell.source)
        for line in {line.strip() for line in secret.splitlines()} - shown:
            if len(line) >= TELLING and line in released:
                yield f"{at(cell)}: the released notebook shows a line of {cell.id!r}: {line!r}."
