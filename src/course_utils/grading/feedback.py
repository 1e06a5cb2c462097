"""What a student gets back: the graded notebook as a web page, without the hidden tests."""

from __future__ import annotations

from pathlib import Path

from course_utils.converters import configuration, convert
from course_utils.errors import CourseError
from course_utils.grading.autograde import check_student
from course_utils.layout import Course, Lesson


def feedback(course: Course, lesson: Lesson) -> list[tuple[str, Path | CourseError]]:
    """Write the feedback of everyone graded; return each student with the page, or with why there is none."""
    from nbgrader.coursedir import CourseDirectory

    directory = CourseDirectory(config=configuration(course.root))
    graded = Path(directory.format_path(directory.autograded_directory, "_", lesson.id)).parents[1]
    students = sorted(path.parent.name for path in graded.glob(f"*/{lesson.id}"))
    return [(student, _page(course, lesson, student)) for student in students]


def _page(course: Course, lesson: Lesson, student: str) -> Path | CourseError:
    from nbgrader.converters import GenerateFeedback
    from nbgrader.coursedir import CourseDirectory

    config = configuration(course.root)
    directory = CourseDirectory(config=config)
    try:
        check_student(student)
        convert(GenerateFeedback, config, lesson.id, student)
    except CourseError as error:
        return error
    folder = Path(directory.format_path(directory.feedback_directory, student, lesson.id))
    return folder / f"{lesson.slug}.html"
