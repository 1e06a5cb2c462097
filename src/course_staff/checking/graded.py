"""A lesson graded for real, in a scratch course: its solution, its release and all answers in the sandbox, as a class
is graded; and once more the first two, with demonstrations, and one wrong answer, as plain nbgrader does."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from course_staff.grading.autograde import Grader, Result
from course_staff.grading.engine import Workers, grade_class
from course_staff.grading.marks import gradebook
from course_staff.grading.prepare import Prepared
from course_utils.converters import configuration
from course_utils.files import write_whole
from course_utils.layout import MARKER, Course, Lesson

BUDGET = 600  # seconds; a lesson that is too slow is said to be so elsewhere
PATIENCE = {True: 180, False: 60}  # seconds for a cell; demonstrations train networks, on a machine that may be busy
ON_STDERR = "on stderr: "
Step = Callable[[], None]


@dataclass(frozen=True)
class Graded:
    """What grading gave, by submission.

    Attributes:
        results: the marks, or why there are none.
        lost: the tests that do not get all their points, each with what was said there.
        outputs: of each cell of an executed notebook, by the cell's id.
    """

    results: dict[str, Result]
    lost: dict[str, dict[str, str]] = field(default_factory=dict)
    outputs: dict[str, dict[str, list[Any]]] = field(default_factory=dict)


class _PartGrader(Grader):
    """A grader that spares itself the tests that nobody asks about."""

    def __init__(self, course: Course, lesson: Lesson, judges: dict[str, frozenset[str]], timeout: int) -> None:
        super().__init__(course, lesson, timeout, sandbox="bubblewrap", budget=BUDGET)
        self._judges = judges

    def prepare(self, student: str) -> Prepared | Result:
        prepared = super().prepare(student)
        if isinstance(prepared, Result) or student not in self._judges:
            return prepared
        return replace(prepared, attempt=replace(prepared.attempt, tests=self._judges[student]))


def grade_in_sandbox(
    lesson: Lesson,
    notebooks: dict[str, str],
    judges: dict[str, frozenset[str]],
    scratch: Path,
    on_step: Step,
    timeout: int = 60,
    fleet: bool = False,
) -> Graded:
    """Grade these notebooks, by name, as ``course grade`` does.

    Args:
        judges: by notebook, the only tests to run; a test that is not run counts as passed.
        timeout: seconds that a cell may take.
        fleet: by workers on all processors; else by this process, which need not warm up twice.

    Raises:
        CourseError: the lesson cannot be entered in a gradebook, or there is no sandbox here.
    """
    there = _scratch_course(lesson, notebooks, scratch)
    names = sorted(notebooks)
    with _PartGrader(Course(scratch), there, judges, timeout) as grader:
        if fleet:
            results = grade_class(grader, names, Workers(), lambda *_: on_step())
        else:
            results = [_told(grader.grade(name), on_step) for name in names]
    return _graded({result.student: result for result in results}, scratch, there)


def _told(result: Result, on_step: Step) -> Result:
    on_step()
    return result


def grade_plainly(lesson: Lesson, notebooks: dict[str, str], demonstrated: set[str], scratch: Path) -> Graded:
    """Grade these notebooks, by name, in plain kernels; those named in ``demonstrated`` with their demonstrations.

    Raises:
        CourseError: the lesson cannot be entered in a gradebook.
    """
    there = _scratch_course(lesson, notebooks, scratch)
    results = {}
    for shown in (True, False):
        with Grader(Course(scratch), there, PATIENCE[shown], demonstrations=shown) as grader:
            for name in notebooks:
                if (name in demonstrated) is shown:
                    results[name] = _by_processor_time(grader, name)
    return _graded(results, scratch, there)


def _by_processor_time(grader: Grader, name: str) -> Result:
    """Grade; the seconds are those of the processor that the kernel took: a busy machine makes no lesson slow."""
    before = os.times()
    result = grader.grade(name)
    after = os.times()
    taken = after.children_user + after.children_system - before.children_user - before.children_system
    return replace(result, seconds=taken)


def _scratch_course(lesson: Lesson, notebooks: dict[str, str], scratch: Path) -> Lesson:
    scratch.mkdir(parents=True, exist_ok=True)
    shutil.copy(lesson.root / MARKER, scratch)
    shutil.copytree(lesson.text.parent, scratch / "solutions" / lesson.id)
    for name, text in notebooks.items():
        write_whole(scratch / "grading" / "submitted" / name / lesson.id / f"{lesson.slug}.ipynb", text)
    return Lesson(scratch, lesson.id)


def _graded(results: dict[str, Result], scratch: Path, lesson: Lesson) -> Graded:
    graded = Graded(results)
    with gradebook(configuration(scratch)) as book:
        for submission in book.assignment_submissions(lesson.id):
            name = submission.student_id
            graded.outputs[name] = _outputs(scratch / "grading" / "autograded" / name / lesson.id, lesson.slug)
            grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
            missed = [grade.name for grade in grades if grade.auto_score != grade.max_score]
            graded.lost[name] = {test: _said(graded.outputs[name].get(test, [])) for test in missed}
    return graded


def _outputs(folder: Path, slug: str) -> dict[str, list[Any]]:
    import nbformat

    path = folder / f"{slug}.ipynb"
    if not path.is_file():
        return {}
    cells = nbformat.read(path, as_version=4).cells
    return {
        cell.metadata.get("nbgrader", {}).get("grade_id", cell.id): cell.outputs for cell in cells if "outputs" in cell
    }


def _said(outputs: list[Any]) -> str:
    for output in outputs:
        if output["output_type"] == "error":
            return f"{output['ename']}: {output['evalue']}"
        if output["output_type"] == "stream" and output["name"] == "stderr":
            return f"{ON_STDERR}{output['text']}"
        if output["output_type"] == "execute_result":
            return f"the cell ends in a value, {output['data'].get('text/plain')}, which is taken for its score"
    return "nothing was said"
