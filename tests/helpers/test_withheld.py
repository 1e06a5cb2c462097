"""A helper that answers an exercise rests in that exercise's lesson, and nowhere else."""

import pytest

from course_utils import withheld
from course_utils.data import digits
from course_utils.errors import CourseError


@withheld.answer_to("5.1")
def count(path: str) -> int:
    """Count."""
    return len(path)


@pytest.fixture(autouse=True)
def outside_any_lesson():
    yield
    withheld.working_on(None)


def test_it_names_the_exercise_in_its_own_lesson():
    withheld.working_on("05")
    with pytest.raises(CourseError, match=r"count: this is what exercise 5\.1 asks"):
        count("abc")


@pytest.mark.parametrize("lesson", ["06", "15", None])
def test_it_works_everywhere_else_and_keeps_its_name(lesson):
    withheld.working_on(lesson)
    assert count("abc") == 3
    assert (count.__name__, count.__doc__) == ("count", "Count.")


def test_the_judged_digits_rest_where_an_entry_is_trained():
    withheld.working_on("16")
    with pytest.raises(CourseError, match="train on those that entry is given"):
        digits()
    withheld.working_on("15")
    assert len(digits().test_labels) == 450


def test_the_packages_own_code_may_always_call_what_lies_beneath():
    withheld.working_on("05")
    assert count.__wrapped__("abc") == 3
