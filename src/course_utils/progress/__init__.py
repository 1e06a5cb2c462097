"""How far a student is: the notebook's own visible tests, run on a copy."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course_utils.errors import CourseError
from course_utils.notebook_files import cells_of, dict_of, read_notebook, text_of
from course_utils.progress.kept import keep, kept
from course_utils.progress.rehearsal import ENDED, STOPPED, STUB, rehearse

POINTS = r"(?:\((?P<points>[\d.]+) points?\b[^()]*\))?"
BOX = re.compile(rf"#+\s*Exercise\s+(?P<number>\d+\.\d+)\s*·\s*(?P<title>.+?)\s*{POINTS}\s*$", re.M)
GONE = "a test was deleted here; grading has it, a fresh copy of the lesson too"


@dataclass(frozen=True)
class TestOutcome:
    """One visible test; ``message`` is empty where it passed."""

    __test__ = False  # no test of pytest's

    name: str
    points: float
    passed: bool
    message: str


@dataclass
class ExerciseProgress:
    """One exercise.

    Attributes:
        number: such as "1.3".
        exercise: the grade id of its solution cell.
        boxed: the points that its box promises.
    """

    number: str
    title: str
    exercise: str
    written: bool
    boxed: float = 0
    tests: list[TestOutcome] = field(default_factory=list)

    @property
    def points(self) -> float:
        """What its box promises, whatever tests are left."""
        return max(self.boxed, sum(test.points for test in self.tests))

    @property
    def message(self) -> str:
        """What to look at first."""
        if self.state != "failing":
            return ""
        return next((test.message for test in self.tests if not test.passed), GONE)

    @property
    def state(self) -> str:
        """One of "done", "failing", "not written"."""
        if self.tests and points_of([self]) == self.points:
            return "done"
        return "failing" if self.written else "not written"


def progress(
    notebook: Path, timeout: int = 60, on_cell: Callable[[int, int], None] | None = None, again: bool = False
) -> list[ExerciseProgress]:
    """Run a copy of a lesson's notebook, and of the folder it lies in, and say which exercises are done.

    Demonstrations are left out, as in grading. Answers that a person marks do not appear. What was found is kept, and
    told again while nothing has changed.

    Args:
        notebook: a released lesson, as the student left it on disk.
        timeout: seconds a cell may take before it is interrupted.
        on_cell: called with the cells run so far and the number of all.
        again: run it whatever is kept.

    Raises:
        CourseError: the file is missing, or is no notebook, or has no exercise.
    """
    copy = _read(notebook)
    exercises = _exercises(copy.cells, {})
    if not exercises:
        raise CourseError(f"{notebook}: no cell in it is known as an exercise; copy your answers into a fresh lesson.")
    places, failures = _worth_running(copy.cells, exercises)
    before = kept(notebook, copy.cells) if places and not again else None
    if places and before is None:
        cells = deepcopy(copy.cells)  # without outputs
        failures |= rehearse(copy, places, notebook.parent, timeout, on_cell or (lambda done, total: None))
        if not any(said == ENDED or said.startswith(STOPPED) for said in failures.values()):
            keep(notebook, cells, failures, points_of(_exercises(cells, failures)))
    return _exercises(copy.cells, failures if before is None else before)


def points_of(exercises: list[ExerciseProgress]) -> float:
    """Return the points of the visible tests that pass."""
    return sum(test.points for each in exercises for test in each.tests if test.passed)


def _read(path: Path) -> Any:
    """Return the notebook as grading reads it: from any editor, of any format, whatever else its cells hold."""
    from nbformat import v4

    if not path.exists():
        raise CourseError(f"{path}: no such notebook; take the lesson afresh.")
    make = {"code": v4.new_code_cell, "markdown": v4.new_markdown_cell, "raw": v4.new_raw_cell}
    cells = []
    for cell in cells_of(read_notebook(path)):
        given = dict_of(cell.get("metadata"))
        metadata = {name: given[name] for name in ("nbgrader", "tags") if name in given}
        if not dict_of(metadata.get("nbgrader")):
            metadata.pop("nbgrader", None)
        cells.append(make[cell["cell_type"]](text_of(cell.get("source")), metadata=metadata))
    return v4.new_notebook(cells=cells)


def _worth_running(cells: list, exercises: list[ExerciseProgress]) -> tuple[list[int], dict[int, str]]:
    """Return the places of the cells to run, and what is known of the others: an unwritten exercise costs no time."""
    written = {test.name for each in exercises if each.written for test in each.tests}
    unwritten = {test.name for each in exercises for test in each.tests} - written
    names = [cell.metadata.get("nbgrader", {}).get("grade_id", "") for cell in cells]
    end = max((place + 1 for place, name in enumerate(names) if name in written), default=0)
    known = {place: STUB for place, name in enumerate(names) if name in unwritten}
    return [place for place in range(end) if place not in known], known


def _exercises(cells: list, failures: dict[int, str]) -> list[ExerciseProgress]:
    from nbgrader import utils

    exercises: list[ExerciseProgress] = []
    number, title, boxed, blocked = "", "", 0.0, ""
    own: list[str] = []  # code since the last box that nothing marks as what it is
    seen: set[str] = set()
    for place, cell in enumerate(cells):
        if cell.cell_type == "markdown":
            for box in BOX.finditer(cell.source):
                number, title, boxed, own = box["number"], box["title"], float(box["points"] or 0), []
        grade = cell.metadata.get("nbgrader", {})
        name = grade.get("grade_id", "")
        if cell.cell_type == "code" and not grade and "demonstration" not in cell.metadata.get("tags", ()):
            own.append(cell.source)
        if cell.cell_type != "code" or name in seen or utils.is_grade(cell) == utils.is_solution(cell):
            continue
        seen.add(name)
        if utils.is_grade(cell) and number and number not in [each.number for each in exercises]:
            # Its solution cell has lost its marks, by which alone it is known.
            written = any(not _is_stub(source) for source in own)
            exercises.append(ExerciseProgress(number, title, "", written, boxed))
            blocked = ""
        failure = failures.get(place, "")
        if utils.is_solution(cell):
            exercises.append(ExerciseProgress(number, title or name, name, not _is_stub(cell.source), boxed))
            blocked, boxed = failure, 0.0
        elif exercises:
            if grade.get("checksum", checksum := utils.compute_checksum(cell)) != checksum:
                failure = "this test was edited; grading takes the original"
            message = failure and (blocked or failure)
            exercises[-1].tests.append(TestOutcome(name, float(grade.get("points", 0)), not message, message))
    return exercises


def _is_stub(source: str) -> bool:
    """Say whether the stub's line still stands where it can be reached."""
    try:
        blocks: list[Any] = [ast.parse(source).body]
    except SyntaxError:
        return False
    while blocks:
        for statement in blocks.pop():
            if isinstance(statement, ast.Raise):
                if STUB in ast.unparse(statement):
                    return True
                break
            if isinstance(statement, ast.Return):
                break
            blocks.extend(getattr(statement, name, []) for name in ("body", "orelse", "finalbody"))
    return False
