"""No sandbox: the whole notebook, tests included, in one kernel that may do what its user may."""

from __future__ import annotations

import resource
import tempfile
from pathlib import Path
from typing import Any

from course_staff.authoring.notebook import DEMONSTRATION
from course_staff.grading.attempt import Attempt, Executed, spent_note
from course_utils.errors import CourseError
from course_utils.published import FIGURES

NO_TAG = "\0"


def run(attempt: Attempt) -> Executed:
    """Run an attempt as nbgrader does."""
    import nbformat

    from course_staff.grading.execution import ExecuteLesson

    notebook = nbformat.reads(attempt.notebook, 4)
    before = _seconds()
    step = ExecuteLesson(timeout=attempt.timeout, budget=attempt.budget)
    step.skip_cells_with_tag = NO_TAG if attempt.demonstrations else DEMONSTRATION
    with tempfile.TemporaryDirectory(prefix="grade-", ignore_cleanup_errors=True) as folder:
        for name, content in attempt.files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        try:
            executed, _ = step.preprocess(notebook, {"metadata": {"path": folder}})
        except CourseError as error:
            return Executed(None, error=str(error), cpu_seconds={"kernel": _seconds() - before})
    _drop_figures(executed)
    notes = () if step.spent is None else (spent_note(executed.cells[step.spent], step.spent + 1),)
    return Executed(nbformat.writes(executed), notes, cpu_seconds={"kernel": _seconds() - before})


def _drop_figures(notebook: Any) -> None:
    """Leave out what only a trusted process may show (``course_utils.published``): here students' code could, too."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(FIGURES, None)


def _seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
