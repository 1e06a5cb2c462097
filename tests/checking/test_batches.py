"""Which tests judge an answer, and which answers share a notebook."""

from __future__ import annotations

import pytest

from course_staff.authoring.answers import Answer
from course_staff.authoring.lesson import read_lesson
from course_staff.authoring.release import build
from course_staff.checking.batches import batches

TOLD = '# %% test="quarter_told" points=1\nassert made == 1, f"made is {made}"\n\n'  # of what another test has made


@pytest.fixture
def judges(sample):
    """Return which tests judge a wrong answer to `half` or `quarter` that must lose some."""
    (lesson,) = sample.authored()
    text = lesson.text.read_text()
    at = text.index("# %%", text.index('# %% test="quarter_values"') + 4)
    lesson.text.write_text(text[:at] + TOLD + text[at:])
    cells = read_lesson(lesson.text)
    source = build(lesson).source

    def judge(exercise: str, *loses: str, due: bool = True) -> frozenset[str]:
        answer = Answer("wrong", exercise, f"def {exercise}(x):\n    return 0", frozenset(loses), 7)
        return batches(cells, source, [answer], due=due)[0].judges

    return judge


def test_all_tests_of_its_exercise_judge_an_answer(judges):
    assert judges("half", "half_odd", due=False) == {"half_even", "half_odd"}


def test_where_only_the_due_ones_are_asked_for_the_others_do_not_run(judges):
    assert judges("half", "half_odd") == {"half_odd"}


def test_a_test_that_does_not_use_the_answer_has_those_that_do_run_before_it(judges):
    assert judges("quarter", "quarter_told") == {"quarter_values", "quarter_told"}
    assert judges("quarter", "quarter_values") == {"quarter_values"}
