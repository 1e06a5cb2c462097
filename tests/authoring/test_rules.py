"""Each rule, and a bad lesson that breaks it and no other."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from bad_lessons import ALSO_BREAKS, BAD_TEXT

from course_staff.authoring.answers import read_answers
from course_staff.authoring.lesson import read_lesson
from course_staff.authoring.release import build
from course_staff.authoring.rules import RULES, Draft, breaches
from course_staff.authoring.rules.draft import definitions


@pytest.fixture
def draft(sample):
    """Make the sample lesson's draft, after a replacement in its text."""

    def make(right: str = "", wrong: str = "") -> Draft:
        lesson = sample.authored()[0]
        text = lesson.text.read_text(encoding="utf-8")
        assert right in text
        lesson.text.write_text(text.replace(right, wrong, 1), encoding="utf-8")
        cells = read_lesson(lesson.text)
        return Draft(lesson, cells, [], read_answers(lesson, cells))

    return make


def broken(draft: Draft) -> dict[str, list[str]]:
    return {rule: sentences for rule, sentences in breaches(draft).items() if sentences}


def test_a_good_lesson_breaks_none(draft):
    lesson = draft()
    lesson = replace(lesson, release=json.loads(build(lesson.lesson).release)["cells"])
    assert broken(lesson) == {}
    assert set(breaches(lesson)) == {rule.__name__ for rule in RULES}


@pytest.mark.parametrize(
    ("rule", "right", "wrong", "message"),
    [(rule, *case) for rule, cases in BAD_TEXT.items() for case in cases],
)
def test_a_bad_lesson_breaks_it(draft, rule, right, wrong, message):
    found = broken(draft(right, wrong))
    assert any(message in sentence for sentence in found.get(rule, [])), found
    assert set(found) <= {rule, ALSO_BREAKS.get(rule)}


def test_a_coroutine_and_a_class_show_a_signature_too():
    for kind in ("async def half(x):", "class Half:"):
        (found,) = definitions(f'{kind}\n    """Half of x."""\n    ### BEGIN SOLUTION\n    x\n    ### END SOLUTION\n')
        assert found.name.lower() == "half"


def test_an_exercise_needs_answers(draft):
    lesson = draft()
    fewer = replace(lesson, answers=[answer for answer in lesson.answers if answer.name != "doubles"])
    assert (
        "'half' has 3 wrong and 1 right answers; 4 and 1 are the least"
        in broken(fewer)["every_exercise_has_answers"][0]
    )
    doubled = replace(lesson, answers=[*lesson.answers, lesson.answers[0]])
    assert "two answers to 'half' have one name" in broken(doubled)["every_exercise_has_answers"][0]


@pytest.mark.parametrize("line", ["    return half(half(x))", '    assert math.isclose(quarter(x), 0.25 * x), "no"'])
def test_a_release_that_gives_something_away(draft, line):
    lesson = draft('), f"quarter({x}) is {0.25 * x}"', '), "no"')
    leaky = replace(lesson, release=[{"source": ["def quarter(x):\n", line]}])
    assert set(broken(leaky)) == {"release_gives_nothing_away"}


@pytest.mark.parametrize(
    ("output", "fine"),
    [
        ({"data": {"image/png": "…"}}, False),
        ({"data": {"image/png": "…"}, "metadata": {"image/png": {"alt": "A line."}}}, True),
        ({"data": {"text/html": '<img src="data:">'}}, False),
        ({"data": {"text/html": ['<img alt="A line." ', 'src="data:">']}}, True),
        ({"text": "no picture"}, True),
    ],
)
def test_figures_need_words(draft, output, fine):
    found = broken(replace(draft(), outputs={"halving": [output]}))
    assert found.keys() == (set() if fine else {"figures_have_words"})


def test_every_rule_has_a_lesson_that_breaks_it():
    elsewhere = {"every_exercise_has_answers", "release_gives_nothing_away", "figures_have_words"}
    assert {rule.__name__ for rule in RULES} == BAD_TEXT.keys() | elsewhere
