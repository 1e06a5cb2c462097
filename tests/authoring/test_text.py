"""Cells and tags, and one sentence with file and line for each mistake."""

from __future__ import annotations

import re

import pytest

from course_staff.authoring.lesson import read_lesson
from course_staff.authoring.text import read_cells
from course_utils.errors import CourseError

GOOD = """# %% [markdown]
# # Title

# %% solution="half"
def half(x):
    ...

# %% test="half_even" points=1.5
half(2)
"""


@pytest.fixture
def text(tmp_path):
    """Write a lesson's text; return its path."""

    def write(content: str):
        path = tmp_path / "halves.nb.py"
        path.write_text(content, encoding="utf-8")
        return path

    return write


def test_cells_have_kind_tags_line_and_source(text):
    prose, solution, test = read_cells(text(GOOD), {"solution", "test", "points"})
    assert (prose.kind, prose.tags, prose.line, prose.source) == ("markdown", {}, 1, "# Title")
    assert (solution.kind, solution.tags, solution.line) == ("code", {"solution": "half"}, 4)
    assert test.tags == {"test": "half_even", "points": 1.5}


def test_a_comment_before_the_first_cell_is_no_cell(text):
    assert len(read_cells(text("# a remark\n\n" + GOOD), {"solution", "test", "points"})) == 3
    assert read_cells(text("# a remark\n\n" + GOOD), {"solution", "test", "points"})[0].line == 3


def test_roles_points_and_exercises(text):
    prose, solution, test = read_lesson(text(GOOD))
    assert (prose.role, solution.role, test.role) == ("", "solution", "test")
    assert (solution.exercise, test.exercise) == ("half", "half")
    assert (solution.points, test.points) == (0, 1.5)


MISTAKES = {
    "unknown tag": ('solution="half"', 'solutoin="half"', "4: unknown tag 'solutoin'; use one of demo, manual,"),
    "unquoted value": ('solution="half"', "solution=half", "4: cannot read 'solution=half'; write tags as key"),
    "inline JSON": ('solution="half"', '{"solution": "half"}', "4: cannot read"),
    "doubled tag": ("points=1.5", "points=1 points=2", "8: tag 'points' stands twice"),
    "no points": (" points=1.5", "", "8: test 'half_even' has no points; add points=2"),
    "points in words": ("points=1.5", 'points="two"', "8: test 'half_even' has no points"),
    "points where none belong": ('solution="half"', 'solution="half" points=2', "4: points belong to a test"),
    "two roles": ('solution="half"', 'solution="half" demo="x"', "4: a cell has one role"),
    "id that says nothing": ('solution="half"', 'solution="Half 1"', "4: solution='Half 1' is no id"),
    "number for an id": ('solution="half"', "solution=3", "4: solution=3 is no id"),
    "duplicate id": ('test="half_even" points=1.5', 'demo="half"', "8: id 'half' stands in line 4 already"),
    "test of nothing": ('test="half_even"', 'test="third_even"', "8: test 'third_even' belongs to no exercise"),
    "test in markdown": (
        '# %% test="half_even"',
        '# %% [markdown] test="half_even"',
        "8: test='half_even' is markdown",
    ),
    "cell inside a string": ("    ...", '    """\n# %% x\n"""', "a line inside a string starts with `# %%`"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_one_sentence_with_file_and_line(text, mistake):
    right, wrong, message = MISTAKES[mistake]
    assert right in GOOD
    path = text(GOOD.replace(right, wrong))
    with pytest.raises(CourseError) as caught:
        read_lesson(path)
    assert re.match(rf"{re.escape(str(path))}[: ]+{re.escape(message)}", str(caught.value)), str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_test_before_its_exercise(text):
    later = GOOD + '\n# %% solution="third"\n# %% test="third_of_six" points=1\n'
    assert len(read_lesson(text(later))) == 5
    early = GOOD + '\n# %% test="third_of_six" points=1\n# %% solution="third"\n'
    with pytest.raises(CourseError, match="11: test 'third_of_six' does not follow its exercise 'third'"):
        read_lesson(text(early))


def test_files_that_are_no_lesson(text, tmp_path):
    with pytest.raises(CourseError, match=r"none\.nb\.py: no such file; write the lesson there"):
        read_lesson(tmp_path / "none.nb.py")
    with pytest.raises(CourseError, match="no cells; start each with a line"):
        read_lesson(text("print(1)\n"))
    path = tmp_path / "latin.nb.py"
    path.write_bytes(b"# %%\nx = '\xe9'\n")
    with pytest.raises(CourseError, match="not UTF-8 at byte 10; save it as UTF-8"):
        read_lesson(path)
