"""One submission as one task without side effects, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field

LEAST_BUDGET = 300.0  # seconds: a right notebook with an endless loop in one exercise still ends in time


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


def spent_note(cell: dict, number: int) -> str:
    """Return what is said of an attempt whose time was over in this cell."""
    name = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id")
    return f"its time was over in cell {number}{f' ({name})' if name else ''}; the tests from there on earn nothing"
