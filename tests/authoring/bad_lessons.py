"""What makes the good lesson of the tests break a rule and no other: by rule, what is replaced and what is said."""

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
