"""Marks in the form that an LMS reads back: the very file that it gave out, with the marks in their columns.

Who is who stands in that file. Moodle's grading worksheet (one assignment) names a participant by a number, which
``course collect`` has noted; Canvas' gradebook (all assignments) names a user by a number that ends the student's name.

Sources: Moodle's ``mod/assign/feedback/offline/importgradeslib.php``, which reads the columns "Identifier", "Grade" and
"Last modified (grade)", in the site's language; Canvas' ``lib/gradebook_importer.rb``, which reads "ID" and for each
assignment a column "title (number)".
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from course_staff.grading.marks import marks_of, plain
from course_staff.grading.spreadsheets import csv_text, harmless
from course_utils.errors import CourseError
from course_utils.layout import Course, Lesson

TITLE = re.compile(r"(?P<title>.*) \(\d+\)")

Marks = Mapping[str, float | None]  # by student; None where nothing was graded


@dataclass
class Export:
    """A file to write, and who fell through.

    Attributes:
        text: the file.
        filled: how many marks it holds.
        strangers: students with a mark whom the LMS's file does not have.
    """

    text: str
    filled: int
    strangers: list[str] = field(default_factory=list)


def exported(course: Course, form: str, roster: Path | None, lesson: Lesson | None, column: str = "Grade") -> Export:
    """Return the course's marks for "table", "moodle" or "canvas".

    Args:
        roster: the file that the LMS gave out.
        lesson: that one alone.
        column: see ``for_moodle``.

    Raises:
        CourseError: the form needs a roster or a lesson, or the roster is not what it should be.
    """
    from course_staff.grading.collect import numbers

    lessons = marks_of(course)
    if lesson is not None:
        lessons = {lesson.id: lessons.get(lesson.id, {})}
    if form == "table":
        return table(lessons)
    if roster is None:
        raise CourseError(f"--for {form}: --roster FILE says which file the LMS gave out; it is filled in.")
    if form == "canvas":
        return for_canvas(roster, lessons)
    if lesson is None:
        raise CourseError("--for moodle: --lesson says which one; a grading worksheet is of one assignment.")
    return for_moodle(roster, lessons[lesson.id], numbers(course, lesson), column)


def table(lessons: Mapping[str, Marks]) -> Export:
    """Return a row for each who handed anything in and a column for each lesson; no name begins like a formula."""
    students = sorted({student for marks in lessons.values() for student in marks})
    rows = [[harmless(student), *(_mark(marks.get(student)) for marks in lessons.values())] for student in students]
    filled = sum(mark is not None for marks in lessons.values() for mark in marks.values())
    return Export(csv_text([["student", *lessons], *rows]), filled)


def for_moodle(worksheet: Path, marks: Marks, numbers: Mapping[str, str], column: str = "Grade") -> Export:
    """Fill a grading worksheet of Moodle's in; all else in it stays as it is.

    Args:
        worksheet: as Moodle gave it out for this assignment.
        marks: of this assignment.
        numbers: the participant's number, by student, where it is known; else a full name that nobody shares tells.
        column: what the site calls the column of grades.

    Raises:
        CourseError: the file is no grading worksheet.
    """
    header, *rows = _read(worksheet)
    if column not in header[2:] or not rows or not re.search(r"\d$", rows[0][0]):
        raise CourseError(
            f"{worksheet}: no grading worksheet of Moodle's: its first column ends in each participant's number, and "
            f"one column is called {column!r} (--column says what your site calls it)."
        )
    owners = {number: student for student, number in numbers.items() if number}
    called = Counter(_called(row[1]) for row in rows)

    def owner(row: list[str]) -> str | None:
        known, name = owners.get(re.search(r"\d*$", row[0])[0]), _called(row[1])
        alone = name in marks and not numbers.get(name) and called[name] == 1
        return known or (name if alone else None)

    return _filled([header, *rows], {header.index(column): marks}, owner, name=1)


def for_canvas(gradebook: Path, lessons: Mapping[str, Marks]) -> Export:
    """Fill a gradebook exported from Canvas in; an assignment belongs to the lesson whose folder its title begins with.

    Args:
        gradebook: as Canvas gave it out, with a column "ID"; a title is "06_quantization (78)", or begins with "06 ".
        lessons: marks by lesson, by its folder's name.

    Raises:
        CourseError: the file is no gradebook, or has no column for any of the lessons, or two for one.
    """
    header, *rows = _read(gradebook)
    if "ID" not in header:
        raise CourseError(f'{gradebook}: no gradebook of Canvas\': it has no column "ID"; export it from there first.')
    columns: dict[int, Marks] = {}
    for lesson, marks in lessons.items():
        found = [place for place, title in enumerate(header) if _names(title, lesson)]
        if len(found) > 1:
            raise CourseError(f"{gradebook}: {len(found)} columns for {lesson}; leave the one that marks go to.")
        columns |= dict.fromkeys(found, marks)
    if not columns:
        which = ", ".join(lessons) or "any lesson: nothing is graded"
        raise CourseError(f"{gradebook}: no column for {which}; an assignment's title begins with the lesson's number.")
    students = {student.rpartition("_")[2]: student for marks in columns.values() for student in marks}
    place = header.index("ID")
    return _filled([header, *rows], columns, lambda row: students.get(row[place].strip() or None), name=0)


def _filled(
    rows: list[list[str]], columns: Mapping[int, Marks], owner: Callable[[list[str]], str | None], name: int
) -> Export:
    met, filled = set(), 0
    for row in rows[1:]:
        student = owner(row)
        met.add(student)
        row[name] = harmless(row[name])  # which no LMS reads
        for place, marks in columns.items():
            if student is not None and marks.get(student) is not None:
                row[place] = _mark(marks[student])
                filled += 1
    strangers = {student for marks in columns.values() for student, mark in marks.items() if mark is not None}
    return Export(csv_text(rows), filled, sorted(strangers - met))


def _called(name: str) -> str:
    from course_staff.grading.collect.lms import student_called

    return student_called(name.replace("_", " "))


def _names(title: str, lesson: str) -> bool:
    found = TITLE.fullmatch(title)  # a total has no number
    return found is not None and re.match(rf"({lesson}|{lesson[:2]})(?!\w)", found["title"]) is not None


def _read(path: Path) -> list[list[str]]:
    try:
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    except (OSError, ValueError, csv.Error) as error:
        raise CourseError(f"{path}: cannot be read as CSV ({error}); take the file as the LMS gave it out.") from None
    rows = [row for row in rows if row]
    if not rows or any(len(row) != len(rows[0]) for row in rows):
        raise CourseError(f"{path}: empty, or its rows differ in length; take the file as the LMS gave it out.")
    return rows


def _mark(mark: float | None) -> str:
    return "" if mark is None else str(plain(mark))
