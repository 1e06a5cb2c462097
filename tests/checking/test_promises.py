"""`course check` on the sample lesson: what a good lesson gives, and what is said of broken ones."""

from __future__ import annotations

import pytest

from course_staff.checking.promises import check


def test_a_good_lesson_keeps_its_promises(sample):
    steps = []
    report = check(sample.authored()[0], lambda done, total: steps.append((done, total)))
    assert report.problems == []
    assert (report.solution, report.release) == (20, 0)
    assert (report.wrong, report.right) == ((8, 8), (2, 2))
    assert report.rules[0] == report.rules[1]
    assert (report.vandals, report.slow) == ((0, 0), None)
    assert steps[-1][0] == steps[-1][1] == len(steps)


def spoil(sample, right: str, wrong: str, answers: bool = False, every_test: bool = False) -> list[str]:
    lesson = sample.authored()[0]
    path = lesson.answers if answers else lesson.text
    text = path.read_text()
    assert right in text
    path.write_text(text.replace(right, wrong, 1))
    return check(lesson, every_test=every_test).problems


def test_a_broken_test_is_named(sample):
    problems = spoil(sample, "assert half(-7) == -3.5", "assert half(-7) == 3.5")
    assert any("the solution: earns 15 of 20, not 20" in problem for problem in problems)
    assert any("the solution loses half_odd: AssertionError" in problem for problem in problems)
    assert not any("only" in problem for problem in problems)  # both kinds of grading take the points


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("return x // 2", "return x / 2", "'divides whole numbers' (line 6): must lose half_odd; loses nothing"),
        ("return 0.5 * x", "return 0.6 * x", "'multiplies' (line 1): must lose nothing; loses"),
    ],
)
def test_an_answer_that_gets_the_wrong_verdict_is_named(sample, right, wrong, message):
    assert any(message in problem for problem in spoil(sample, right, wrong, answers=True))


def test_a_test_lost_by_chance_is_tried_again_and_one_lost_each_time_is_named(sample, monkeypatch):
    monkeypatch.setattr("course_staff.checking.redrawn.DRAWS", 40)
    by_chance = "def half(x, coin=__import__('os').urandom(1)[0] % 2):\n    return x // 2 + (x % 2 == 0 and coin)"
    assert spoil(sample, "def half(x):\n    return x // 2", by_chance, answers=True, every_test=True) == []
    monkeypatch.setattr("course_staff.checking.redrawn.DRAWS", 3)
    assert spoil(sample, " and coin)", ")", answers=True) == []  # it loses what it must
    always = check(sample.authored()[0], every_test=True).problems
    assert any("must lose half_odd; loses half_even" in problem for problem in always)


def test_a_release_that_earns_points_is_found(sample):
    problems = spoil(sample, 'assert half(5) == 2.5, f"half(5) is 2.5, yours gives {half(5)}"\n', "x = 1\n")
    assert problems == []  # the hidden test still asks
    problems = spoil(sample, 'assert half(-7) == -3.5, "half(-7) is -3.5"\n', "x = 1\n")
    assert any("the release: earns 5 of 20, not 0" in problem for problem in problems)


def test_grading_that_nbgrader_contradicts_is_found(sample):
    path = sample.authored()[0].answers
    elsewhere = '# %% wrong="knows the sandbox" exercise="quarter" loses="quarter_values"\nimport os\n'
    elsewhere += "def quarter(x):\n    return 0 if os.getcwd() == '/box' else x / 4\n"
    path.write_text(f"{path.read_text()}\n\n{elsewhere}")
    (problem,) = check(sample.authored()[0]).problems
    assert "only course grade takes the points of quarter_values" in problem


def test_a_slow_solution_is_named_and_a_very_slow_one_breaks_a_promise(sample, monkeypatch):
    monkeypatch.setattr("course_staff.checking.promises.SECONDS", 0.01)
    report = check(sample.authored()[0])
    assert report.slow > 0.01 and report.problems == []
    monkeypatch.setattr("course_staff.checking.promises.LONGEST", 0.01)
    assert any("the solution runs for" in problem for problem in check(sample.authored()[0]).problems)
