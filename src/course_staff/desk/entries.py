"""A class's entries, as the trusted process judged them: read from what grading wrote, and from no student's cell."""

from __future__ import annotations

from typing import Any

from course_staff.authoring.lesson import read_lesson
from course_staff.desk.executed import executed_cells
from course_staff.grading.ledger import graded_students
from course_staff.grading.marks import gradebook
from course_utils.converters import configuration
from course_utils.errors import CourseError
from course_utils.layout import Course, Lesson
from course_utils.lessons.capstone.front import Entry
from course_utils.published import FIGURES, figures_in

NAMES = ("right", "bytes", "multiply_adds")


def entries(course: Course, lesson: Lesson) -> dict[str, Entry]:
    """Return the entry of each student whom ``course grade`` has graded, by student; who has none is left out.

    Figures are taken from the outputs of the lesson's test cells alone: a student's process cannot show them there
    (``course_staff.grading.checker.shown``); where there is no such process, by ``--sandbox none``, nothing is kept.

    Raises:
        CourseError: nobody has been graded, or nobody's notebook holds an entry.
    """
    tests = {cell.id for cell in read_lesson(lesson.text) if cell.role == "test"}
    config = configuration(course.root)
    with gradebook(config) as book:
        students = graded_students(book.db, lesson.id)
    if not students:
        raise CourseError(f"{lesson.id}: nobody has been graded yet; run `course grade {lesson.id}` first.")
    found = {student: _entry(executed_cells(config, student, lesson), tests) for student in students}
    entered = {student: entry for student, entry in found.items() if entry}
    if not entered:
        raise CourseError(
            f"{lesson.id}: of {len(students)} graded, nobody has an entry that was accepted; their feedback says why,"
            " and only a lesson with a contest, such as 16, has entries."
        )
    return entered


def _entry(outputs: dict[str, list[dict[str, Any]]], tests: set[str]) -> Entry | None:
    """Return the last entry that a test cell of an executed notebook shows."""
    shown = [
        output.get("data", {}).get(FIGURES)
        for cell, those in outputs.items()
        if cell in tests
        for output in those
        if output.get("output_type") == "display_data"
    ]
    figures = [each for each in map(figures_in, shown) if each and set(each) == set(NAMES)]
    if not figures:
        return None
    right, size, many = (figures[-1][name] for name in NAMES)
    return float(right), int(size), int(many)
