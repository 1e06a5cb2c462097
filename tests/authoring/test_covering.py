"""A statement's sentences, and a lesson that leaves one of them to nobody."""

from __future__ import annotations

import pytest

from course_staff.authoring.lesson import read_lesson
from course_staff.authoring.rules.covering import every_sentence_is_covered, sentences
from course_staff.authoring.rules.draft import Draft

BOX = """### Exercise 1.1 · Halve (5 points · 1 min)

Write `half(x)`: half of it. *The trap:* dividing
twice; it gives a quarter.

1. Exact.
2. Of either sign

<details><summary>Hint</summary>
Divide.
</details>
"""
SOLUTION = '''def half(x):
    """Return half of x.

    x: a number;
        `int` or float
    returns: a float
    """
    ### BEGIN SOLUTION
    return x / 2
    ### END SOLUTION
'''
SAID = [
    "write half(x): half of it.",
    "the trap: dividing twice;",
    "it gives a quarter.",
    "exact.",
    "of either sign",
    "return half of x.",
    "x: a number;",
    "int or float",
    "returns: a float",
]
HIDDEN = "### BEGIN HIDDEN TESTS\n"
COVERED = """assert half(7.0) == 3.5  # covers: a `float` | x: a number | int or float
# covers: Half of it | dividing twice | exact. | of either sign
# explains: it gives a quarter
"""


def test_a_statement_is_its_box_and_its_docstrings():
    assert sentences(BOX, SOLUTION) == SAID


@pytest.fixture
def found(tmp_path):
    def breaches(covered: str) -> list[str]:
        text = "# %% [markdown]\n" + "".join(f"# {line}\n" for line in BOX.splitlines())
        text += f'\n# %% solution="half"\n{SOLUTION}\n# %% test="half_of" points=5\nassert half(4) == 2\n'
        path = tmp_path / "half.nb.py"
        path.write_text(f"{text}{HIDDEN}{covered}### END HIDDEN TESTS\n")
        return list(every_sentence_is_covered(Draft(None, read_lesson(path))))

    return breaches


def test_nothing_is_said_where_all_is_covered(found):
    assert found(COVERED.replace("Half of it", "half of it | Return half")) == []


def test_a_sentence_that_is_left_over_is_named(found):
    (left,) = found(COVERED)
    assert "no hidden test of 'half' covers 'return half of x.'" in left


def test_a_quote_of_no_sentence_is_named(found):
    *_, stale = sorted(found(COVERED.replace("exact.", "a third of it")), key=lambda each: "covers 'a third" in each)
    assert "'half_of' covers 'a third of it': no sentence of 'half'" in stale


def test_what_the_student_sees_covers_nothing(found):
    assert len(found("") + found(f"### END HIDDEN TESTS\n{COVERED}{HIDDEN}")) == 2 * len(SAID)
