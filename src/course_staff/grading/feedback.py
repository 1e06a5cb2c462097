"""What a student gets back: the graded notebook as a web page, without hidden tests, that asks nobody for anything."""

from __future__ import annotations

import re
from pathlib import Path

from course_staff.grading.apart import Apart
from course_staff.grading.autograde import check_student
from course_staff.grading.marks import gradebook
from course_utils.converters import configuration, convert
from course_utils.errors import CourseError
from course_utils.files import write_whole
from course_utils.layout import Course, Lesson

# MathJax from a server (formulas stay as they were typed), and a font that lies nowhere.
LOADS = re.compile(r"<script\b.*?</script>|@font-face\s*\{[^}]*\}", re.DOTALL)
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"  # a browser then asks no address at all


def feedback(course: Course, lesson: Lesson) -> list[tuple[str, Path | CourseError]]:
    """Write the feedback of everyone graded; return each student with the page, or with why there is none.

    Who was removed from the gradebook gets none, whatever is left of earlier runs.
    """
    from nbgrader.coursedir import CourseDirectory

    config = configuration(course.root)
    directory = CourseDirectory(config=config)
    graded = Path(directory.format_path(directory.autograded_directory, "_", lesson.id)).parents[1]
    with gradebook(config) as book:
        marked = {submission.student_id for submission in book.assignment_submissions(lesson.id)}
    students = sorted(path.parent.name for path in graded.glob(f"*/{lesson.id}"))
    page = Apart(_page, course, lesson)
    try:
        return [(student, _outcome(page, student)) for student in students if student in marked]
    finally:
        page.stop()


def _outcome(page: Apart, student: str) -> Path | CourseError:
    try:
        return page(student)
    except CourseError as error:
        return error


def _page(course: Course, lesson: Lesson, student: str) -> Path:
    from nbgrader.converters import GenerateFeedback
    from nbgrader.coursedir import CourseDirectory

    config = configuration(course.root)
    directory = CourseDirectory(config=config)
    check_student(student)
    convert(GenerateFeedback, config, lesson.id, student)
    folder = Path(directory.format_path(directory.feedback_directory, student, lesson.id))
    path = folder / f"{lesson.slug}.html"
    text = LOADS.sub("", path.read_text(encoding="utf-8"))
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}" />'
    write_whole(path, text.replace("<head>", f"<head>\n{policy}", 1))
    return path
