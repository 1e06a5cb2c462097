"""The vandals of a lesson: answers that return the visible examples from memory, and compute all else from a wreck.

For every exercise whose functions can be given something that changes there are two, one that overwrites with 0 and
one with 1. They must lose every test that has hidden parts: else an expected value is computed from what an answer can
change, or a hidden test asks nothing that depends on the arguments.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from course_staff.authoring.answers import Answer
from course_staff.authoring.lesson import LessonCell
from course_staff.checking.batches import helpers
from course_staff.grading.attempt import Attempt, Executed
from course_staff.grading.cells import defined_names
from course_staff.grading.checker.names import free, reached

HIDDEN = "### BEGIN HIDDEN TESTS"
FILLS = (0, 1)
MARK = "calls by exercise: "
LAST = f"import json\nprint({MARK!r} + json.dumps(seen_by_exercise))"


def vandals(cells: list[LessonCell], release: str, run: Callable[[Attempt], Executed]) -> list[Answer]:
    """Return the vandals of a lesson.

    Args:
        release: the lesson's notebook as students get it: what its visible tests call is what a vandal knows.
        run: carries out an attempt.

    Raises:
        RuntimeError: the solution with the visible tests cannot be run.
    """
    solutions = {cell.id: cell.source for cell in cells if cell.role == "solution" and cell.is_code}
    called = _called(solutions, json.loads(release), run)
    return [
        Answer(f"vandal with {fill}", exercise, _vandal(source, called[exercise], fill), loses, 0)
        for exercise, source in solutions.items()
        if (loses := _hidden(exercise, cells, set(called[exercise].values())))
        for fill in FILLS
    ]


def _hidden(exercise: str, cells: list[LessonCell], wreckable: set[str]) -> frozenset[str]:
    """Return the exercise's tests with hidden parts that call, themselves or by a helper, what can be wrecked."""
    given = helpers(cells)
    tests = (cell for cell in cells if cell.role == "test" and cell.exercise == exercise and HIDDEN in cell.source)
    return frozenset(cell.id for cell in tests if reached(free(cell.source), given) & wreckable)


def _called(solutions: dict[str, str], notebook: dict, run: Callable[[Attempt], Executed]) -> dict[str, dict[str, str]]:
    """Return for each exercise the digests of the calls that its visible tests make, and what could be wrecked."""
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if name in solutions:
            cell["source"] = _remembering(name, solutions[name])
    notebook["cells"].append({"cell_type": "code", "metadata": {}, "outputs": [], "id": "seen", "source": LAST})
    executed = run(Attempt(json.dumps(notebook)))
    outputs = json.loads(executed.notebook)["cells"][-1]["outputs"] if executed.notebook else []
    said = "".join("".join(output.get("text", "")) for output in outputs)
    if not said.startswith(MARK):
        raise RuntimeError(
            f"what the visible tests call cannot be recorded: {executed.error or executed.notes or said}"
        )
    return json.loads(said.removeprefix(MARK))


def _remembering(exercise: str, source: str) -> str:
    return (
        f"{source}\n\nseen_by_exercise = globals().get('seen_by_exercise', {{}})\n"
        "from course_staff.checking.wrecking import remember\n"
        f"remember(globals(), {sorted(defined_names(source))}, seen_by_exercise.setdefault({exercise!r}, {{}}))"
    )


def _vandal(source: str, calls: dict[str, str], fill: int) -> str:
    return (
        f"{source}\n\nfrom course_staff.checking.wrecking import vandalize\n"
        f"vandalize(globals(), {sorted(defined_names(source))}, frozenset({' '.join(calls)!r}.split()), {fill})"
    )
