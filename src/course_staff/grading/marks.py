"""Marks, as nbgrader's gradebook holds them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from course_staff.grading import gradebooks
from course_staff.grading.spreadsheets import csv_text
from course_utils.converters import configuration
from course_utils.files import write_whole
from course_utils.layout import Course

COLUMNS = ("lesson", "student", "score", "max_score", "late_penalty", "submitted", "awaits_a_person")


@contextmanager
def gradebook(config: Any) -> Iterator[Any]:
    """Open the gradebook of a configuration from ``converters.configuration``."""
    from nbgrader.api import Gradebook
    from nbgrader.coursedir import CourseDirectory

    gradebooks.ready()
    directory = CourseDirectory(config=config)
    with Gradebook(directory.db_url, directory.course_id) as book:
        yield book


def final_score(submission: Any) -> float | None:
    """Return the points of one of nbgrader's submissions after its late penalty, or None where nothing was graded."""
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    if all(grade.auto_score is None and grade.manual_score is None for grade in grades):
        return None
    return max(0.0, submission.score - (submission.late_submission_penalty or 0.0))


def marks_of(course: Course) -> dict[str, dict[str, float | None]]:
    """Return by lesson and student what was earned, late penalties taken off; None where nothing was graded."""
    with gradebook(configuration(course.root)) as book:
        return {
            lesson.name: {each.student_id: final_score(each) for each in lesson.submissions}
            for lesson in sorted(book.assignments, key=lambda each: each.name)
        }


def write_marks(course: Course, path: Path) -> None:
    """Write all marks to ``path`` as CSV: one row per lesson and student, sorted by both, numbers as plain numbers.

    One row per mark is what a spreadsheet's pivot table, or a merge with a list of students, wants. Every student in
    the gradebook has a row for every lesson in it; where nothing was submitted or graded, the score is empty.
    ``awaits_a_person`` says how many cells are still to be graded by hand.
    """
    with gradebook(configuration(course.root)) as book:
        students = sorted(student.id for student in book.students)
        rows = [
            row for lesson in sorted(book.assignments, key=lambda each: each.name) for row in _rows(lesson, students)
        ]
    write_whole(path, csv_text([COLUMNS, *rows]))


def _rows(lesson: Any, students: list[str]) -> Iterator[list]:
    submissions = {submission.student_id: submission for submission in lesson.submissions}
    for student in students:
        start = [lesson.name, student]
        submission = submissions.get(student)
        if submission is None:
            yield [*start, "", plain(lesson.max_score), "", "", ""]
            continue
        score = final_score(submission)
        by_hand = sum(grade.needs_manual_grade for notebook in submission.notebooks for grade in notebook.grades)
        penalty, submitted = submission.late_submission_penalty or 0.0, submission.timestamp
        yield [
            *start,
            "" if score is None else plain(score),
            plain(lesson.max_score),
            plain(penalty),
            submitted.isoformat(sep=" ", timespec="seconds") if submitted else "",
            "" if score is None else by_hand,
        ]


def plain(number: float) -> int | float:
    """Return points as a spreadsheet shows them: whole ones without a point, others with six digits at most."""
    return int(number) if float(number).is_integer() else round(number, 6)
