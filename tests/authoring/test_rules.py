"""Each rule, and a bad lesson that breaks it and no other."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from course_staff.authoring.answers import read_answers
from course_staff.authoring.lesson import read_lesson
from course_staff.authoring.release import build
from course_staff.authoring.rules import RULES, Draft, breaches
from course_staff.authoring.rules.draft import definitions

LONG_CODE = "\n".join(f"a{n} = {n}" for n in range(26))
LONG_PROSE = "# " + "word " * 121

LONG_CELL = "# " + 100 * "word " + "\n\n# %% [markdown]\n"
SHOWN = """predictions.beside(guess_half_of_nine, half(9))
pass
pass
pass
pass

# %% demo="{}"
"""
GIVEN = """# %% readonly="given{}"
pass

"""

BAD_TEXT = {
    "begins_with_its_question": [
        ("# # What is half of it?", "# # Halves", "must begin with its question"),
        ("2 minutes · 20 points · you need: division", "20 points", "below the title"),
        ("**Lesson 01** ·", "**Lesson 07** ·", "it says lesson 07, 20 points; it is 01, 20"),
    ],
    "is_worth_twenty_points": [
        ('test="half_odd" points=5', 'test="half_odd" points=4', "the points add up to 19; a lesson is worth 20"),
    ],
    "closes_with_questions": [
        ("# ## Where to read on\n", "#\n", "the last three headings must be"),
        ("# <details><summary>Half of nothing?</summary>Nothing.</details>\n", "", "3 questions, each with its answer"),
    ],
    "every_exercise_has_a_box": [
        ("# ### Exercise 1.2 · Halve again (5 points · 1 min)", "#", "'quarter' needs one box before it"),
        ("Exercise 1.2 · Halve again", "Exercise 1.3 · Halve again", "exercise 1.3 is the lesson's 1.2"),
        ("(5 points · 1 min)", "(4 points · 1 min)", "the box says 4 points, the tests of 'quarter' give 5"),
    ],
    "every_exercise_shows_a_signature": [
        ('    """Return half of x."""\n', "", "'half' shows no signature with a docstring"),
        ("    return x / 2\n", "", "'half' has nothing between"),
    ],
    "every_test_is_seen_and_hidden": [
        ('assert half(-7) == -3.5, "half(-7) is -3.5"\n', "", "'half_odd' has no hidden test"),
        ('assert half(5) == 2.5, f"half(5) is 2.5, yours gives {half(5)}"\n', "", "'half_odd' has no visible test"),
    ],
    "every_sentence_is_covered": [
        ("Return half of x.", "Return half of x. Keep it exact.", "no hidden test of 'half' covers 'keep it exact.'"),
        ("half of it out |", "half of it away |", "'half_even' covers 'a float in, half of it away'"),
    ],
    "every_exercise_changes_something": [
        ('# %% demo="quartering"\n', "# %%\n", "no demonstration"),
        ('# %% demo="halving"\n', "# %%\n", "no demonstration"),
    ],
    "code_is_short": [("print([half(n) for n in range(5)])", LONG_CODE, "26 lines of code; 25 at most")],
    "prose_is_short": [("# Anywhere.", LONG_PROSE, "words; 120 at most")],
    "headings_are_questions": [("# Nothing but numbers.", "# ### Numbers", "the heading 'Numbers' asks nothing")],
    "nothing_is_decorated": [("# Anywhere.", "# Anywhere \U0001f680", "an emoji, U+1F680")],
    "little_is_open": [
        ("import math\n", "import math\n" + 115 * "pass\n", "open lines that are not the student's; 120 at most"),
        (
            '# %% predict="half_of_nine"',
            "".join(GIVEN.format(n) for n in range(6)) + '# %% predict="half_of_nine"',
            "7 given cells; 6 at most",
        ),
        ("import math\n", "import math\n" + 8 * "pass\n", "'imports' gives 11 lines; 10 at most"),
    ],
    "demonstrations_are_a_few_lines": [
        ("print([half(n) for n in range(5)])", 13 * "pass\n", "'halving' has 13 lines; 12 at most"),
        (
            "predictions.beside(guess_half_of_nine, half(9))\n",
            "".join(SHOWN.format(n) for n in "abcd"),
            "median is 5 lines",
        ),
    ],
    "nothing_scrolls_sideways": [("return x / 2", f"return x / 2  # {'x' * 80}", "1 lines of more than 88 characters")],
    "it_is_read_and_worked_in_time": [
        ("# Nothing but numbers.\n", 30 * LONG_CELL, "2,500 at most"),
        ("2 minutes", "91 minutes", "91 minutes; 90 at most"),
        ("(5 points · 1 min)", "(5 points · 9 min)", "the boxes take 10 minutes, the front says 2"),
    ],
    "it_asks_for_guesses": [
        ('# %% predict="half_of_six"\n', "# %%\n", "2 predictions; 3 are the least"),
        ("guess_half_of_six = None  # a number", "guess = 5  # a number", "a prediction is one line"),
        ("(guess_half_of_six, half(6))", "(None, half(6))", "no demonstration after it uses guess_half_of_six"),
    ],
    "every_exercise_has_a_hint": [
        ("# <details><summary>Hint</summary>\n# Twice.\n# </details>\n", "", "'quarter' has no hint"),
    ],
    "tests_ask_no_clock": [
        ("assert half(-7) == -3.5", "import time; t = time.perf_counter()\nassert half(-7) == -3.5", "asks time.perf"),
    ],
    "tests_draw_with_seeds": [
        ("assert half(-7) == -3.5", "import numpy as np; np.random.rand()\nassert half(-7) == -3.5", "np.random.rand"),
        ("assert half(-7) == -3.5", "rng = np.random.default_rng()\nassert half(-7) == -3.5", "np.random.default_rng"),
    ],
    "hidden_tests_draw_afresh": [
        (
            "with fresh_draw() as rng:\n    x = rng.normal()\n",
            "for x in (1.0, 3.0):\n",
            "no hidden test of 'quarter' draws",
        ),
    ],
    "tests_end_in_no_value": [
        ("### END HIDDEN TESTS\n\n# %% demo", "### END HIDDEN TESTS\n10\n\n# %% demo", "'half_odd' ends in a value"),
    ],
}

ALSO_BREAKS = {
    "begins_with_its_question": "headings_are_questions",
    "is_worth_twenty_points": "every_exercise_has_a_box",
    "every_exercise_shows_a_signature": "every_sentence_is_covered",
    "code_is_short": "demonstrations_are_a_few_lines",
    "little_is_open": "code_is_short",
}


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
