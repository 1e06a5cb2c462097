"""nbgrader's own steps after a run, on one gradebook and in one transaction: all of a submission's marks or none."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from nbgrader.preprocessors import AssignLatePenalties, CheckCellMetadata, Execute, SaveAutoGrades
from traitlets.utils.importstring import import_item

from course_staff.grading.attempt import Executed
from course_utils.judging import without_stderr

Made = tuple[Any, Any]


class SaveMarks(SaveAutoGrades):
    """SaveAutoGrades on the submission in ``resources``: no connection of its own, and no commit after each cell."""

    def preprocess(self, nb: Any, resources: Any) -> Made:
        self.notebook_id = self.assignment_id = self.student_id = None
        submitted = resources["nbgrader"]["submitted"]
        held = [*submitted.notebook.grade_cells, *submitted.notebook.solution_cells]  # else each is asked for by itself
        grades = {grade.cell.name: grade for grade in submitted.grades}
        comments = {comment.cell.name: comment for comment in submitted.comments}
        self.gradebook = SimpleNamespace(
            find_grade=lambda name, *_: grades[name],
            find_comment=lambda name, *_: comments[name],
            db=SimpleNamespace(commit=lambda: None),
        )
        for index, cell in enumerate(nb.cells):
            self.preprocess_cell(cell, resources, index)
        del held
        return nb, resources

    def _add_score(self, cell: Any, resources: Any) -> None:
        super()._add_score(without_stderr(cell), resources)


class SavePenalty(AssignLatePenalties):
    """AssignLatePenalties on the submission in ``resources``, likewise."""

    def preprocess(self, nb: Any, resources: Any) -> Made:
        submitted = resources["nbgrader"]["submitted"]
        submitted.late_submission_penalty = None
        late = submitted.assignment.total_seconds_late
        if late > 0:
            self.init_plugin()
            resources["nbgrader"]["refresh"]()  # the score is the database's sum of marks not yet flushed
            penalty = self.plugin_inst.late_submission_penalty(submitted.student.id, submitted.score, late)
            if penalty is not None:
                submitted.late_submission_penalty = self._check_late_penalty(submitted, penalty)
        return nb, resources


OURS = {SaveAutoGrades: SaveMarks, AssignLatePenalties: SavePenalty}


def sanitizing_steps(config: Any) -> list[Any]:
    """Return the configured preprocessors that come before a run."""
    return _steps(config, config.Autograde.sanitize_preprocessors)


def recording_steps(config: Any) -> list[Any]:
    """Return the configured preprocessors that come after a run.

    The cells' metadata are the key's own, which the first pass has checked: to check them again for each submission
    would take longer than all other steps together.
    """
    steps = _steps(config, config.Autograde.autograde_preprocessors)
    return [step for step in steps if type(step) is not CheckCellMetadata]


def fill(notebook: Any, executed: Executed) -> Any:
    """Put the outputs that a run returned into the notebook it was given; take nothing else from what it returned.

    Raises:
        ValueError: what was returned is not that notebook, executed.
    """
    from nbformat import reader, validate

    returned = reader.reads(executed.notebook)
    validate(returned)
    if [(cell.cell_type, cell.source) for cell in returned.cells] != [
        (cell.cell_type, cell.source) for cell in notebook.cells
    ]:
        raise ValueError("the notebook that came back has other cells than the one that was sent")
    for cell, run in zip(notebook.cells, returned.cells, strict=True):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = run.outputs, run.execution_count
    return notebook


def _steps(config: Any, names: list[Any]) -> list[Any]:
    classes = [import_item(each) if isinstance(each, str) else each for each in names]
    return [OURS.get(each, each)(config=config) for each in classes if not issubclass(each, Execute)]
