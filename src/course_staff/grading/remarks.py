"""What is said of a submission beside its marks: in its row, in the executed notebook and in the feedback."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from course_staff.grading.cells import defined_functions


def doubles(cells: list[Any], numbers: dict[str, int]) -> list[str]:
    """Return for each function that an exercise's cell and one of the student's own define which one its tests met.

    Args:
        cells: of the rebuilt notebook, in the order in which they run.
        numbers: of the student's own cells, by id, as the student counts them.
    """
    remarks = []
    own = {place: defined_functions(cell.source) for place, cell in enumerate(cells) if _runs_own(cell, numbers)}
    for place, cell in enumerate(cells):
        if not _is_exercise(cell):
            continue
        tests = _tests_of(cells, place)
        for other, names in own.items():
            number, after = numbers[cells[other].id], [test for test in tests if test > other]
            for name in sorted(names & defined_functions(cell.source)):
                if place < other and after:
                    since = "" if after == tests else f" from {_grading(cells[after[0]])['grade_id']} on"
                    again = f"again in your own cell {number}, which ran later and counted{since}"
                    what = f"in the exercise's cell and {again}"
                else:
                    what = f"in your own cell {number} too; what counted is the exercise's cell"
                remarks.append(f"{_grading(cell)['grade_id']}: {name} is defined {what}")
    return remarks


def tell(notebook: Any, notes: Iterable[str]) -> None:
    """Show the student each note on a cell, after what the cell shows itself: marks have been taken from it already."""
    from nbformat import v4

    told = [note.partition(": ") for note in notes]
    for cell in notebook.cells:
        name = _grading(cell).get("grade_id")
        for of, colon, what in told:
            if colon and of == name and cell.cell_type == "code":
                cell.outputs.append(v4.new_output("stream", name="stdout", text=f"Note: {what}.\n"))


def timeouts(notebook: Any) -> list[str]:
    """Return which cells of an executed notebook took too long."""
    late = [
        _grading(cell).get("grade_id", f"cell {number}")
        for number, cell in enumerate(notebook.cells, 1)
        if any(output.get("ename") == "CellTimeoutError" for output in cell.get("outputs", []))
    ]
    return [f"ran out of time: {', '.join(late)}"] if late else []


def _runs_own(cell: Any, numbers: dict[str, int]) -> bool:
    return cell.cell_type == "code" and cell.id in numbers


def _tests_of(cells: list[Any], place: int) -> list[int]:
    """Return where the tests of the exercise at ``place`` stand: all up to the next exercise."""
    end = next((later for later in range(place + 1, len(cells)) if _is_exercise(cells[later])), len(cells))
    return [later for later in range(place + 1, end) if _is_test(cells[later])]


def _is_exercise(cell: Any) -> bool:
    return bool(cell.cell_type == "code" and _grading(cell).get("solution"))


def _is_test(cell: Any) -> bool:
    return bool(_grading(cell).get("grade") and not _grading(cell).get("solution"))


def _grading(cell: Any) -> dict[str, Any]:
    return cell.metadata.get("nbgrader", {})
