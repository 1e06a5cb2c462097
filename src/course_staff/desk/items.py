"""A lesson's tests as items: who passed, how well each tells strong students from weak ones, and what went wrong.

Source: F. Lord and M. Novick, "Statistical Theories of Mental Test Scores", 1968, on the item-rest correlation: the
point-biserial correlation of an item with the rest of the score, which the item itself has no part in.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import NormalDist, StatisticsError, correlation
from typing import Any

from course_staff.authoring.lesson import read_lesson
from course_staff.desk.executed import executed_cells
from course_staff.grading.ledger import graded_students
from course_staff.grading.marks import gradebook
from course_utils.converters import configuration
from course_utils.errors import CourseError
from course_utils.layout import Course, Lesson

FEWEST = 10  # students, below whom no correlation is told
WIDE = NormalDist().inv_cdf(0.975)
STRONG = 4  # the strongest quarter
CERTAIN = 1 - 1e-9  # the highest correlation; 1 has no interval
LATE = ("CellTimeoutError", "BudgetSpentError")
LOST = "NotRun"  # the student's process, or the checker, was gone


@dataclass(frozen=True)
class Item:
    """A test of a lesson.

    Attributes:
        points: what it is worth; shares: what each student got of it, from 0 to 1.
        separates: the point-biserial correlation with the rest of the score and its 95 % interval, or None where there
            are too few students or all got the same.
        strong: how much of its points the strongest quarter got, by the rest of the score; None for too few students.
        causes: likely causes that a failing test told, or what looks like one, with how many students saw it.
        late, lost: how many ran out of time here, and how many tests were not run.
    """

    test: str
    exercise: str
    points: float
    shares: Mapping[str, float]
    separates: tuple[float, float, float] | None
    strong: float | None
    causes: Counter[str] = field(default_factory=Counter)
    late: int = 0
    lost: int = 0

    @property
    def passed(self) -> int:
        """How many got all its points."""
        return sum(share == 1 for share in self.shares.values())

    @property
    def remark(self) -> str:
        """Return what an instructor should look at, or nothing."""
        if self.shares and self.passed == len(self.shares):
            return "nobody fails it"
        if self.strong is not None and self.strong < 0.5:
            return "strong students fail it"
        if self.separates is not None and self.separates[2] < 0:
            return "weak students pass it more often than strong ones"
        return ""


def items(course: Course, lesson: Lesson) -> list[Item]:
    """Return a lesson's tests in order, over all whom ``course grade`` has graded.

    Raises:
        CourseError: nobody has been graded.
    """
    config = configuration(course.root)
    tests = [cell for cell in read_lesson(lesson.text) if cell.role == "test"]
    worth = {cell.id: cell.points for cell in tests}
    with gradebook(config) as book:
        students = graded_students(book.db, lesson.id)
        shares = {
            submission.student_id: {
                grade.name: (grade.auto_score if grade.manual_score is None else grade.manual_score) / grade.max_score
                for notebook in submission.notebooks
                for grade in notebook.grades
                if grade.name in worth
            }
            for submission in book.assignment_submissions(lesson.id)
            if submission.student_id in students
        }
    if not students:
        raise CourseError(f"{lesson.id}: nobody has been graded yet; run `course grade {lesson.id}` first.")
    outputs = {student: executed_cells(config, student, lesson) for student in students}
    return [_item(cell, worth, shares, outputs) for cell in tests]


def _item(
    cell: Any, worth: Mapping[str, float], shares: Mapping[str, Mapping[str, float]], outputs: Mapping[str, Any]
) -> Item:
    own = {student: of[cell.id] for student, of in shares.items() if cell.id in of}
    rest = {
        student: sum(worth[test] * share for test, share in shares[student].items() if test != cell.id)
        for student in own
    }
    errors = [
        [output for output in outputs.get(student, {}).get(cell.id, []) if output.get("output_type") == "error"]
        for student in own
    ]
    names = Counter(output.get("ename") for those in errors for output in those)
    told = ({cause for output in those for cause in likely(output.get("evalue", ""))} for those in errors)
    causes = Counter(cause for each in told for cause in each)
    separates, strong = separation(own, rest), strongest(own, rest)
    late = sum(names[name] for name in LATE)
    return Item(cell.id, cell.exercise, cell.points, own, separates, strong, causes, late, names[LOST])


def likely(said: str) -> list[str]:
    """Return the likely causes that a failing test told."""
    return [line.split("likely", 1)[1].strip() for line in said.splitlines() if line.startswith("  likely ")]


def separation(own: Mapping[str, float], rest: Mapping[str, float]) -> tuple[float, float, float] | None:
    """Return the correlation of what students got of a test with the rest of their scores, and its 95 % interval.

    The interval is Fisher's, by the inverse hyperbolic tangent.
    """
    if len(own) < FEWEST:
        return None
    try:
        value = correlation(list(own.values()), [rest[student] for student in own])
    except StatisticsError:  # all got the same
        return None
    value = max(-CERTAIN, min(CERTAIN, value))
    middle = math.atanh(value)
    half = WIDE / math.sqrt(len(own) - 3)
    return value, math.tanh(middle - half), math.tanh(middle + half)


def strongest(own: Mapping[str, float], rest: Mapping[str, float]) -> float | None:
    """Return what the strongest quarter got of a test, on average, as a share; None for too few students."""
    if len(own) < FEWEST:
        return None
    best = sorted(own, key=lambda student: (-rest[student], student))[: len(own) // STRONG]
    return sum(own[student] for student in best) / len(best)
