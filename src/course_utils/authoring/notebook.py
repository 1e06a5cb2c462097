"""A lesson's cells as the source notebook that nbgrader reads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from course_utils.authoring.lesson import LessonCell

DEMONSTRATION = "demonstration"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def source_notebook(cells: Iterable[LessonCell]) -> Any:
    """Return the cells as an nbformat notebook; the same cells give the same bytes."""
    from nbformat import v4

    notebook = v4.new_notebook(metadata={"kernelspec": KERNEL, "language_info": {"name": "python"}})
    taken: set[str] = set()
    for cell in cells:
        make = v4.new_code_cell if cell.is_code else v4.new_markdown_cell
        notebook.cells.append(make(cell.source, id=_cell_id(cell, taken), metadata=_metadata(cell)))
    return notebook


def write(notebook: Any) -> str:
    """Return the notebook's file text."""
    import nbformat

    return nbformat.writes(notebook) + "\n"


def _metadata(cell: LessonCell) -> dict:
    if cell.role == "demo":
        return {"tags": [DEMONSTRATION]}
    if not cell.role:
        return {}
    graded = cell.role in ("test", "manual")
    grading = {
        "grade": graded,
        "grade_id": cell.id,
        "locked": cell.role in ("readonly", "test"),
        "schema_version": 3,
        "solution": cell.role in ("solution", "manual"),
        "task": False,
    }
    if graded:
        grading["points"] = int(cell.points) if cell.points.is_integer() else cell.points
    return {"nbgrader": grading}


def _cell_id(cell: LessonCell, taken: set[str]) -> str:
    # jupytext loses cell ids, so they are derived: a cell inserted elsewhere then changes no other cell's id.
    base = cell.id or hashlib.sha256(cell.source.encode()).hexdigest()[:12]
    name, copy = base, 1
    while name in taken:
        copy += 1
        name = f"{base}-{copy}"
    taken.add(name)
    return name
