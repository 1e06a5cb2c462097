"""Which process runs a cell of the notebook."""

from __future__ import annotations

from course_staff.authoring.notebook import DEMONSTRATION


def role(cell: dict, demonstrations: bool, tests: frozenset[str] | None) -> str:
    """Return where a notebook's cell runs: "student", "shared" (both sides), "test" (the checker), or "skip".

    Args:
        tests: the grade ids of those to run; None for all.
    """
    if cell.get("cell_type") != "code":
        return "skip"
    metadata = cell.get("metadata", {})
    grading = metadata.get("nbgrader", {})
    if grading.get("grade") and not grading.get("solution"):
        return "test" if tests is None or grading.get("grade_id") in tests else "skip"
    if grading.get("locked") and not grading.get("solution"):
        return "shared"
    if DEMONSTRATION in metadata.get("tags", []) and not demonstrations:
        return "skip"
    return "student"
