"""How a test cell is judged, by grading and by `course progress` alike."""

from __future__ import annotations

from typing import Any


def without_stderr(cell: Any) -> Any:
    """Return an executed cell as it is judged: by its test's own outcome.

    nbgrader alone takes all points where anything, a C library even, writes to stderr.
    """
    from nbformat import from_dict

    return from_dict({**cell, "outputs": [output for output in cell.outputs if output.get("name") != "stderr"]})
