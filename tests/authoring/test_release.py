"""From text to release: the whole tree compared, twice the same bytes, nothing given away, nothing lost."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from sample_course import GOLDEN

from course_staff.authoring.release import build, is_fresh, release
from course_utils.errors import CourseError


def tree(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): path.read_text(encoding="utf-8")
        for room in ("solutions", "notebooks")
        for path in sorted((root / room).rglob("*"))
        if path.is_file()
    }


def test_the_sample_course_comes_out_as_the_golden_tree(sample):
    """After a change that is meant: python tests/golden/renew.py, and read the difference."""
    assert release(sample.authored()[0])
    expected = tree(GOLDEN / "expected") | {
        "solutions/01_halves/halves.nb.py": (GOLDEN / "solutions/01_halves/halves.nb.py").read_text(encoding="utf-8")
    }
    assert tree(sample.root) == expected


def test_built_twice_is_byte_identical(sample):
    lesson = sample.authored()[0]
    assert build(lesson) == build(lesson)


def test_no_file_beside_the_notebook_leaks(sample):
    lesson = sample.authored()[0]
    (lesson.text.parent / "notes.nb.py").write_text("secret = 1\n")
    release(lesson)
    assert [path.name for path in lesson.release.parent.iterdir()] == ["halves.ipynb"]


def test_the_release_is_a_valid_notebook_without_solutions_or_hidden_tests(sample):
    text = build(sample.authored()[0]).release
    nbformat.validate(json.loads(text))
    assert "return x / 2" not in text
    assert "HIDDEN" not in text
    assert "half(10)" not in text
    assert "not written yet" in text


def test_building_touches_nothing(sample):
    before = tree(sample.root)
    build(sample.authored()[0])
    assert tree(sample.root) == before
    assert not (sample.root / "grading" / "gradebook.db").exists()


def test_a_changed_word_makes_the_release_stale(sample):
    lesson = sample.authored()[0]
    assert not is_fresh(lesson)
    release(lesson)
    assert is_fresh(lesson)
    lesson.text.write_text(lesson.text.read_text().replace("a float in", "a number in"))
    assert not is_fresh(lesson)
    assert release(lesson)
    assert not release(lesson)


def test_data_beside_the_text_is_released_with_it_and_kept_fresh(sample):
    lesson = sample.authored()[0]
    data, released = lesson.text.parent / "records.json", lesson.release.parent / "records.json"
    data.write_text("[1]")
    release(lesson)
    assert released.read_text() == "[1]"
    data.write_text("[2]")
    assert not is_fresh(lesson)
    assert release(lesson) and is_fresh(lesson)
    assert released.read_text() == "[2]"
    assert [path.name for path in lesson.release.parent.iterdir() if path.suffix == ".py"] == []


def test_work_in_a_notebook_is_not_overwritten(sample):
    lesson = sample.authored()[0]
    release(lesson)
    notebook = nbformat.read(lesson.release, 4)
    notebook.cells[1].execution_count = 1
    nbformat.write(notebook, lesson.release)
    worked_in = lesson.release.read_text()
    with pytest.raises(CourseError, match="has outputs, so someone worked in it; keep a copy, then use --force"):
        release(lesson)
    assert lesson.release.read_text() == worked_in
    assert release(lesson, force=True)


def test_what_nbgrader_refuses_is_said_with_the_lesson(sample):
    lesson = sample.authored()[0]
    lesson.text.write_text(lesson.text.read_text().replace("    ### END SOLUTION\n", "", 1))
    with pytest.raises(CourseError, match=r"halves\.nb\.py: nbgrader refuses the lesson: .*end solution"):
        build(lesson)
