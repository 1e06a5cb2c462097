"""Points by test of an executed notebook, as `course grade` reads them."""

from __future__ import annotations

import nbformat
from nbgrader.utils import determine_grade, is_grade, is_solution

from course_utils.judging import without_stderr


def lost(notebook: str) -> dict[str, str]:
    """Return the tests that do not get all their points, each with the last line that tells why."""
    found = {}
    for cell in nbformat.reads(notebook, 4).cells:
        if is_grade(cell) and not is_solution(cell):
            points, most = determine_grade(without_stderr(cell))
            if points != most:
                found[cell.metadata.nbgrader.grade_id] = _reason(cell.outputs)
    return found


def total(notebook: str) -> float:
    """Return the points of all tests."""
    cells = nbformat.reads(notebook, 4).cells
    return sum(determine_grade(without_stderr(cell))[0] for cell in cells if is_grade(cell) and not is_solution(cell))


def _reason(outputs: list) -> str:
    texts = [output.get("text") or f"{output.get('ename')}: {output.get('evalue')}" for output in outputs]
    return " | ".join(texts)[-600:]
