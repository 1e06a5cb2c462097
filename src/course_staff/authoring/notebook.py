"""A lesson's cells as the source notebook that nbgrader reads."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any

from course_staff.authoring.lesson import LessonCell

DEMONSTRATION, PREDICTION = "demonstration", "prediction"
# JupyterLab and Colab; Jupyter Book, which makes pages of notebooks. VS Code keeps no such state in a file.
FOLDED = {"jupyter": {"source_hidden": True}, "cellView": "form", "tags": ["hide-input"]}
BOX = re.compile(r"^### Exercise (\d+\.\d+) ", re.M)
PASSED = re.compile(r'^expect\.passed\("([^"]+)"\)$', re.M)
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def source_notebook(cells: Iterable[LessonCell]) -> Any:
    """Return the cells as an nbformat notebook; the same cells give the same bytes.

    A test is folded, and begins with the sentence that a folded cell shows.
    """
    from nbformat import v4

    notebook = v4.new_notebook(metadata={"kernelspec": KERNEL, "language_info": {"name": "python"}})
    taken: set[str] = set()
    box = ""
    for cell in cells:
        found = BOX.search(cell.source)
        box = found[1] if found else box
        source = f"{_sentence(cell, box)}\n{cell.source}" if cell.role == "test" else cell.source
        make = v4.new_code_cell if cell.is_code else v4.new_markdown_cell
        notebook.cells.append(make(source, id=_cell_id(cell, taken), metadata=_metadata(cell)))
    return notebook


def write(notebook: Any) -> str:
    """Return the notebook's file text."""
    import nbformat

    return nbformat.writes(notebook) + "\n"


def _metadata(cell: LessonCell) -> dict:
    if cell.role == "demo":
        return {"tags": [DEMONSTRATION]}
    if cell.role == "predict":  # grading leaves it out, as it does a demonstration
        return {"tags": [DEMONSTRATION, PREDICTION]}
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
    return {"nbgrader": grading} | (FOLDED if cell.role == "test" else {})


def _sentence(cell: LessonCell, box: str) -> str:
    said = PASSED.findall(cell.source)
    what = said[-1] if said else cell.id.replace("_", " ")
    return f"# Test {box} · {what} ({cell.points:g} {'point' if cell.points == 1 else 'points'})"


def _cell_id(cell: LessonCell, taken: set[str]) -> str:
    # jupytext loses cell ids, so they are derived: a cell inserted elsewhere then changes no other cell's id.
    base = cell.id or hashlib.sha256(cell.source.encode()).hexdigest()[:12]
    name, copy = base, 1
    while name in taken:
        copy += 1
        name = f"{base}-{copy}"
    taken.add(name)
    return name
