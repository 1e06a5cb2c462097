"""Reading the right and wrong answers."""

from __future__ import annotations

import pytest

from course_staff.authoring.answers import read_answers
from course_staff.authoring.lesson import read_lesson
from course_utils.errors import CourseError


def read(sample):
    lesson = sample.authored()[0]
    return read_answers(lesson, read_lesson(lesson.text))


def test_an_answer_says_what_it_replaces_and_loses(sample):
    first, second, *_ = read(sample)
    assert (first.name, first.exercise, first.is_right, first.line) == ("multiplies", "half", True, 1)
    assert (second.name, second.loses, second.is_right) == ("divides whole numbers", {"half_odd"}, False)
    assert second.source == "def half(x):\n    return x // 2"


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ('wrong="doubles"', 'bad="doubles"', "unknown tag 'bad'"),
        ('wrong="doubles" exercise', 'wrong="doubles" right="x" exercise', "either right=.* or wrong="),
        ('wrong="doubles" exercise="half"', 'wrong="doubles" exercise="third"', "'third' is not in the lesson"),
        (
            'right="multiplies" exercise="half"',
            'right="multiplies" exercise="half" loses="half_odd"',
            "a right one does not",
        ),
        ('exercise="half" loses="half_odd"', 'exercise="half"', "a wrong answer says loses="),
        ('loses="half_odd"', 'loses="quarter_values"', "quarter_values: no test of 'half'"),
    ],
)
def test_a_mistake_gets_one_sentence(sample, right, wrong, message):
    path = sample.authored()[0].answers
    text = path.read_text()
    assert right in text
    path.write_text(text.replace(right, wrong, 1))
    with pytest.raises(CourseError, match=rf"01_halves\.py:\d+: .*{message}"):
        read(sample)


def test_a_lesson_without_answers(sample):
    sample.authored()[0].answers.unlink()
    with pytest.raises(CourseError, match=r"01_halves\.py: no such file"):
        read(sample)
