"""Edits of a solution: which are made, which the tests notice, and which are known to change nothing."""

from __future__ import annotations

import pytest

from course_staff.authoring.lesson import read_lesson
from course_staff.checking.mutants import mutants
from course_staff.checking.noticing import notice
from course_utils.errors import CourseError

HALF = "return x / 2"


def edits(sample, solution: str) -> set[str]:
    """Return the edits of the sample's first exercise, solved like this."""
    (lesson,) = sample.authored()
    text = lesson.text.read_text()
    lesson.text.write_text(text.replace(HALF, solution))
    return {mutant.edit for mutant in mutants(read_lesson(lesson.text)) if mutant.exercise == "half"}


@pytest.mark.parametrize(
    ("solution", "expected"),
    [
        (HALF, {"return x * 2", "return x / 3", "return x / 1"}),
        ("return x if x < 1 else -x", {"return x if x <= 1 else -x", "return -x if x < 1 else x"}),
        ("return max(x, 0)", {"return max(0, x)", "return max(x, 1)"}),
        ("return sorted(x, key=len)", {"return sorted(x)"}),
        ("return x is None or not x", {"return x is not None or not x", "return x is None and (not x)"}),
        ('return x["a"]', {"return x['']"}),
        ("x = 2 * x\n    x += 1\n    return x", {"pass", "x -= 1", "x = 3 * x", "x = 2 / x"}),
        ("for k in x:\n        k.go(True)\n    return x", {"k.go(False)", "pass"}),
    ],
)
def test_small_mistakes_are_made(sample, solution, expected):
    assert expected <= {edit.partition("  →  ")[2] for edit in edits(sample, solution)}


def test_a_coroutine_inside_is_edited_and_never_left_out(sample):
    found = edits(sample, "async def one():\n        return x / 2\n    return one()")
    assert {edit.partition("  →  ")[0] for edit in found} == {"return x / 2"}


def test_each_can_be_run_and_changes_one_place(sample):
    (lesson,) = sample.authored()
    made = mutants(read_lesson(lesson.text))
    assert len({(mutant.exercise, mutant.source) for mutant in made}) == len(made)
    for mutant in made:
        compile(mutant.source, mutant.edit, "exec")
        assert "Return " in mutant.source  # the docstring, which stands outside the marked part


def test_a_test_that_asks_little_is_found(sample):
    (lesson,) = sample.authored()
    text = lesson.text.read_text().replace("return half(half(x))", "return 0.25 * x")
    lesson.text.write_text(text)
    assert notice(lesson).unnoticed == []
    start, end = text.index("assert quarter(8)"), text.index("### END HIDDEN TESTS", text.index("assert quarter(8)"))
    lesson.text.write_text(f"{text[:start]}assert quarter(8)\n### BEGIN HIDDEN TESTS\nassert quarter(7)\n{text[end:]}")
    left = notice(lesson).unnoticed
    assert [mutant.exercise for mutant in left] == ["quarter"] * 3


def test_an_edit_that_shows_in_some_draws_alone_is_noticed(sample, monkeypatch):
    monkeypatch.setattr("course_staff.checking.noticing.DRAWS", 20)
    (lesson,) = sample.authored()
    text = lesson.text.read_text().replace("return half(half(x))", "return 0.25 * x")
    start, end = text.index("assert quarter(8)"), text.index("### END HIDDEN TESTS", text.index("assert quarter(8)"))
    coin = "import os\n\nassert quarter(7) == 1.75 or os.urandom(1)[0] % 2\n"
    lesson.text.write_text(f"{text[:start]}assert quarter(8)\n### BEGIN HIDDEN TESTS\n{coin}{text[end:]}")
    assert notice(lesson).unnoticed == []


def test_what_is_listed_needs_no_test_and_a_stale_line_is_named(sample):
    (lesson,) = sample.authored()
    lesson.text.write_text(lesson.text.read_text().replace(HALF, "return +x / 2"))
    (mutant,) = notice(lesson).unnoticed
    listed = lesson.answers.with_suffix(".toml")
    listed.write_text(f"[half]\n'{mutant.edit}' = 'a plus changes nothing'\n'x  →  y' = 'long gone'\n")
    found = notice(lesson)
    assert (found.unnoticed, found.known, found.stale) == ([], 1, ["half: x  →  y"])


def test_a_sample_is_drawn_with_its_seed(sample):
    steps = []
    (lesson,) = sample.authored()
    assert notice(lesson, 2, 7, lambda done, total: steps.append((done, total))).tried == 2
    assert steps[-1][0] == steps[-1][1]


@pytest.mark.parametrize("text", ["half", "half = 'x'"])
def test_a_list_that_is_none(sample, text):
    (lesson,) = sample.authored()
    lesson.answers.with_suffix(".toml").write_text(text)
    with pytest.raises(CourseError, match="why nothing changes"):
        notice(lesson)
