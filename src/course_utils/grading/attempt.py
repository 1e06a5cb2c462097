"""One submission as one task without side effects, and the runners that can carry it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial

from course_utils.errors import CourseError

LEAST_BUDGET = 300.0  # seconds: a right notebook with an endless loop in one exercise still ends in time
SANDBOXES = ("bubblewrap", "container", "none")


@dataclass(frozen=True)
class Attempt:
    """A submission, ready to run: plain data that can go to any machine.

    Attributes:
        notebook: JSON of the notebook rebuilt on the answer key (see sanitize.py), hidden tests included.
        files: the data files beside it, by relative path.
        timeout: seconds that one cell may take.
        demonstrations: run the demonstration cells too.
        budget: seconds for all cells together.
        tests: the test cells to run, by grade id; None for all. A plain kernel always runs all.
    """

    notebook: str
    files: dict[str, bytes] = field(default_factory=dict)
    timeout: int = 60
    demonstrations: bool = False
    budget: float = LEAST_BUDGET
    tests: frozenset[str] | None = None


@dataclass(frozen=True)
class Executed:
    """What became of an attempt.

    Attributes:
        notebook: JSON with the outputs filled in, bounded and harmless; None where nothing could be graded.
        notes: remarks for the instructor.
        error: why nothing could be graded, in one sentence.
        cpu_seconds: where the processor's time went, by name.
    """

    notebook: str | None
    notes: tuple[str, ...] = ()
    error: str | None = None
    cpu_seconds: dict[str, float] = field(default_factory=dict)


Runner = Callable[[Attempt], Executed]


def spent_note(cell: dict, number: int) -> str:
    """Return what is said of an attempt whose time was over in this cell."""
    name = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id")
    return f"its time was over in cell {number}{f' ({name})' if name else ''}; the tests from there on earn nothing"


def runner(sandbox: str = "bubblewrap") -> Runner:
    """Return what runs attempts in ``sandbox``; what it keeps warm is shared by all its calls in this process.

    Args:
        sandbox: "bubblewrap", "container", or "none": a plain kernel, which trusts the student with everything.

    Raises:
        CourseError: there is no such sandbox, or it cannot be had here; the sentence says how to get it.
    """
    if sandbox == "none":
        from course_utils.grading.sandbox.plain import run

        return run
    if sandbox not in SANDBOXES:
        raise CourseError(f"--sandbox {sandbox}: no such sandbox; choose {', '.join(SANDBOXES)}.")
    return _runner(sandbox)


@cache
def _runner(sandbox: str) -> Runner:
    from course_utils.grading.sandbox import bubblewrap, container, places
    from course_utils.grading.sandbox.carry_out import carry_out
    from course_utils.grading.sandbox.limits import Limits
    from course_utils.grading.sandbox.warm import Warm

    if sandbox == "container":
        container.check()
        return partial(carry_out, partial(places.in_containers, Limits()))
    warm = Warm(sandbox, bubblewrap.start, bubblewrap.HOW)
    warm.ready()
    return partial(carry_out, partial(places.in_cells, warm, Limits()))
