"""What is said of a submission beside its marks: in its row, in the executed notebook and in the feedback."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from course_utils.grading.cells import defined_functions


def doubles(cells: list[Any], numbers: dict[str, int]) -> list[str]:
    """Return for each function that an exercise's cell and one of the student's own define which one its tests met.

    Args:
        cells: of the rebuilt notebook, in the order in which they run.
        numbers: of the student's own cells, by id, as the student counts them.
    """
    remarks = []
    own = {place: defined_functions(cell.source) for place, cell in enumerate(cells) if _runs_own(cell, numbers)}
    for place, cell in enumerate(cells):
        grading = cell.metadata.get("nbgrader", {})
        if not (grading.get("solution") and cell.cell_type == "code"):
            continue
        tested = next((later for later in range(place + 1, len(cells)) if _is_test(cells[later])), len(cells))
        for other, names in own.items():
            number = numbers[cells[other].id]
            for name in sorted(names & defined_functions(cell.source)):
                if place < other < tested:
                    what = f"in the exercise's cell and again in your own cell {number}, which ran later and counted"
                else:
                    what = f"in your own cell {number} too; what counted is the exercise's cell"
                remarks.append(f"{grading['grade_id']}: {name} is defined {what}")
    return remarks


def tell(notebook: Any, notes: Iterable[str]) -> None:
    """Show the student each note on a cell, after what the cell shows itself: marks have been taken from it already."""
    from nbformat import v4

    told = [note.partition(": ") for note in notes]
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        for of, colon, what in told:
            if colon and of == name and cell.cell_type == "code":
                cell.outputs.append(v4.new_output("stream", name="stdout", text=f"Note: {what}.\n"))


def timeouts(notebook: Any) -> list[str]:
    """Return which cells of an executed notebook took too long."""
    late = [
        cell.metadata.get("nbgrader", {}).get("grade_id", f"cell {number}")
        for number, cell in enumerate(notebook.cells, 1)
        if any(output.get("ename") == "CellTimeoutError" for output in cell.get("outputs", []))
    ]
    return [f"ran out of time: {', '.join(late)}"] if late else []


def _runs_own(cell: Any, numbers: dict[str, int]) -> bool:
    return cell.cell_type == "code" and cell.id in numbers


def _is_test(cell: Any) -> bool:
    grading = cell.metadata.get("nbgrader", {})
    return bool(grading.get("grade") and not grading.get("solution"))
