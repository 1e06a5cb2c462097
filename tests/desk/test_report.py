"""`course report`: the figures of a class that was really graded, each by another computation; no name unless asked."""

from __future__ import annotations

import csv
import json
import re

import numpy as np
import pytest
from click.testing import CliRunner
from sample_course import make_sample

from course_staff.authoring.release import build
from course_staff.checking.graded import grade_in_sandbox
from course_staff.commands import report
from course_staff.desk.items import Item, items, likely, separation, strongest
from course_utils.errors import CourseError
from course_utils.layout import Course, Lesson

HALVES = {  # what a student writes for `half`; what is left of the tests half_even, half_odd, quarter_values
    "right": ("return x / 2", (1, 1, 1)),
    "whole": ("return x // 2", (1, 0, 0)),
    "nothing": ("return 0", (0, 0, 0)),
    "told": ("assert False, 'Not yet: half\\n  expected  2\\n  got       3\\n  likely    it is doubled'", (0, 0, 0)),
    "endless": ("while True: pass", (0, 0, 0)),
}
CLASS = ["right"] * 6 + ["whole"] * 4 + ["nothing", "told", "told", "endless"]
TESTS = ("half_even", "half_odd", "quarter_values")


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class of 14, graded in the sandbox."""
    folder = tmp_path_factory.mktemp("report")
    (lesson,) = make_sample(folder / "sample").authored()
    notebooks = {}
    for number, kind in enumerate(CLASS):
        notebook = json.loads(build(lesson).source)
        for cell in notebook["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == "half":
                cell["source"] = f"def half(x):\n    {HALVES[kind][0]}"
        notebooks[f"student{number:02}"] = json.dumps(notebook)
    grade_in_sandbox(lesson, notebooks, {}, folder / "class", lambda: None, timeout=2)
    return Lesson(folder / "class", lesson.id)


def test_every_figure_by_another_computation(graded):
    found = items(Course(graded.root), graded)
    due = np.array([HALVES[kind][1] for kind in CLASS], float)
    points = np.array([10, 5, 5])
    assert [item.test for item in found] == list(TESTS)
    for place, item in enumerate(found):
        assert list(item.shares.values()) == due[:, place].tolist()
        assert item.passed == due[:, place].sum()
        rest = (due * points).sum(1) - due[:, place] * points[place]
        value, low, high = item.separates
        assert value == pytest.approx(np.corrcoef(due[:, place], rest)[0, 1])
        middle, half = np.arctanh(min(value, 1 - 1e-9)), 1.959964 / np.sqrt(len(CLASS) - 3)
        assert (low, high) == pytest.approx((np.tanh(middle - half), np.tanh(middle + half)), abs=1e-6)
        assert item.remark == "" and item.strong == 1
    assert found[0].causes == {"it is doubled": 2}
    assert found[0].late == 1


def test_the_command_writes_a_page_and_a_table_without_names(graded, tmp_path, monkeypatch):
    monkeypatch.chdir(graded.root)
    page, run = tmp_path / "report.html", CliRunner()
    done = run.invoke(report, ["01", "--page", str(page)], catch_exceptions=False)
    assert done.exit_code == 0 and "half_odd" in done.output and "6 of 14" in done.output
    text = page.read_text()
    assert "it is doubled" in text and 'alt="Bars of how many passed each test' in text
    assert not re.search(r"student\d\d", text) and not re.search(r"(src|href)=.https?:", text)
    with page.with_suffix(".csv").open() as file:
        rows = list(csv.DictReader(file))
    assert (rows[0]["test"], rows[0]["passed"], rows[0]["late"]) == ("half_even", "10", "1")
    assert rows[0]["likely_causes"] == "2 × it is doubled"
    run.invoke(report, ["01", "--names", "--page", str(page)], catch_exceptions=False)
    assert "student13" in page.read_text()


def test_whoever_graded_nobody_is_told(sample):
    with pytest.raises(CourseError, match="nobody has been graded yet; run `course grade 01_halves` first"):
        items(sample, sample.authored()[0])


def test_too_few_or_all_alike_tell_nothing():
    few, many = {str(k): k % 2 for k in range(9)}, {str(k): k % 2 for k in range(10)}
    rest = {str(k): k for k in range(10)}
    assert separation(few, rest) is None and strongest(few, rest) is None
    assert separation(dict.fromkeys(many, 1), rest) is None
    value, low, high = separation(many, many)  # the same, so 1: its interval still holds it
    assert low <= value <= high <= 1
    assert separation(many, rest)[1] < separation(many, rest)[0] < separation(many, rest)[2]
    assert strongest(many, rest) == 0.5  # students 9 and 8
    assert likely("Not yet: x\n  got 1\n  likely    a, not b\nlikely not") == ["a, not b"]


@pytest.mark.parametrize(
    ("shares", "separates", "strong", "remark"),
    [
        ([1, 1], None, None, "nobody fails it"),
        ([1, 0], (0.1, -0.2, 0.3), 0.25, "strong students fail it"),
        ([1, 0], (-0.8, -0.9, -0.1), 0.5, "weak students pass it more often than strong ones"),
        ([1, 0.5], (0.5, 0.2, 0.7), 1, ""),
        ([], None, None, ""),
    ],
)
def test_what_an_instructor_should_look_at_is_named(shares, separates, strong, remark):
    item = Item("t", "e", 1, dict(enumerate(map(float, shares))), separates, strong)
    assert (item.remark, item.passed) == (remark, shares.count(1))
