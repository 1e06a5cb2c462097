"""`course check` on the sample lesson: what a good lesson gives, and what is said of broken ones."""

from __future__ import annotations

import pytest

from course_utils.checking.promises import check


def test_a_good_lesson_keeps_its_promises(sample):
    steps = []
    report = check(sample.authored()[0], lambda done, total: steps.append((done, total)))
    assert report.problems == []
    assert (report.solution, report.release) == (20, 0)
    assert (report.wrong, report.right) == ((8, 8), (2, 2))
    assert report.rules[0] == report.rules[1]
    assert sorted(steps)[-1] == (16, 16)


def spoil(sample, right: str, wrong: str, answers: bool = False) -> list[str]:
    lesson = sample.authored()[0]
    path = lesson.answers if answers else lesson.text
    text = path.read_text()
    assert right in text
    path.write_text(text.replace(right, wrong, 1))
    return check(lesson).problems


def test_a_broken_test_is_named(sample):
    problems = spoil(sample, "assert half(-7) == -3.5", "assert half(-7) == 3.5")
    assert any("the solution: earns 15 of 20, not 20" in problem for problem in problems)
    assert any("the solution itself loses half_odd: AssertionError" in problem for problem in problems)
    assert not any("through nbgrader" in problem for problem in problems)


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("return x // 2", "return x / 2", "'divides whole numbers' (line 6): must lose half_odd; loses nothing"),
        ("return 0.5 * x", "return 0.6 * x", "'multiplies' (line 1): must lose nothing; loses"),
    ],
)
def test_an_answer_that_gets_the_wrong_verdict_is_named(sample, right, wrong, message):
    assert any(message in problem for problem in spoil(sample, right, wrong, answers=True))


def test_a_release_that_earns_points_is_found(sample):
    problems = spoil(sample, 'assert half(5) == 2.5, f"half(5) is 2.5, yours gives {half(5)}"\n', "x = 1\n")
    assert problems == []  # the hidden test still asks
    problems = spoil(sample, 'assert half(-7) == -3.5, "half(-7) is -3.5"\n', "x = 1\n")
    assert any("the release: earns 5 of 20, not 0" in problem for problem in problems)


def test_a_trial_that_grading_contradicts_is_found(sample, monkeypatch):
    def lenient(cells, answers):
        yield from ((answer, dict.fromkeys(answer.loses, "lost")) for answer in answers[:-1])
        yield answers[-1], {}
        yield None, {}

    monkeypatch.setattr("course_utils.checking.promises.try_answers", lenient)
    problems = check(sample.authored()[0]).problems
    assert "'returns nothing' through nbgrader: 15 points; tried on the lesson: 20 points" in problems
