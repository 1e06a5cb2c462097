"""The answer key: built from the text, entered in the gradebook, and nothing else touched."""

import shutil

import pytest
from classroom import find

from course_staff.grading.autograde import Grader
from course_staff.grading.key import register
from course_staff.grading.marks import gradebook
from course_utils.converters import configuration
from course_utils.errors import CourseError


def change(lesson, old, new):
    text = lesson.text.read_text()
    assert old in text
    lesson.text.write_text(text.replace(old, new))


def test_registers_without_touching_the_notebooks(room):
    before = sorted(path.relative_to(room.course.root) for path in room.course.root.rglob("*.*"))
    key = register(room.lesson)
    after = sorted(path.relative_to(room.course.root) for path in room.course.root.rglob("*.*"))
    assert [str(path) for path in after if path not in before] == ["grading/gradebook.db"]
    assert key.points == {"half_even": 10, "half_odd": 5, "quarter_values": 5}
    assert key.max_score == 20
    assert "return x / 2" in find(key.source, "half").source
    assert find(key.notebook, "half").source == find(key.release, "half").source
    assert "BEGIN HIDDEN TESTS" in find(key.notebook, "half_even").source
    with gradebook(configuration(room.course.root)) as book:
        assert book.find_assignment(room.lesson.id).max_score == 20


def test_says_that_the_text_is_missing(room):
    lesson = room.lesson
    shutil.rmtree(lesson.text.parent)
    with pytest.raises(CourseError, match=r"halves\.nb\.py: no such file, and grading needs it"):
        register(lesson)


def test_a_changed_lesson_with_marks_is_refused_in_one_sentence(room):
    room.submit("ann", room.solved())
    with Grader(room.course, room.lesson) as grader:
        assert grader.grade("ann").score == 20
    change(room.lesson, 'test="half_odd" points=5', 'test="half_odd" points=4')
    assert register(room.lesson).max_score == 19
    change(room.lesson, 'test="half_odd"', 'test="half_uneven"')
    with pytest.raises(CourseError, match="gradebook, which holds submissions already; restore the cells' ids"):
        register(room.lesson)
