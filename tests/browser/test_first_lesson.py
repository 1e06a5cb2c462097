"""The course's first lesson in JupyterLab: one exercise typed right, and typed wrong."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from jupyter_driver import Lab, running_lab
from playwright.sync_api import Page, expect

from course_staff.authoring.release import build
from course_utils.layout import MARKER, Course, Lesson

RIGHT = "def dense(x, w, b, activation):\n    return activation(x @ w + b)"
WRONG = "def dense(x, w, b, activation):\n    return activation(x @ w)"
SECONDS_TO_RUN = 300


@pytest.fixture
def first(course: Course, tmp_path: Path) -> Lesson:
    """The first lesson as a student has it who has solved every exercise but the first."""
    (kept,) = course.choose(("01",), course.authored())
    lesson = Lesson(tmp_path / "course", kept.id)
    lesson.release.parent.mkdir(parents=True)
    shutil.copy(course.root / MARKER, lesson.root)
    built = build(kept)
    source = {cell["id"]: "".join(cell["source"]) for cell in json.loads(built.source)["cells"]}
    notebook = nbformat.reads(built.release, as_version=4)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution") and cell.id != "dense":
            cell.source = source[cell.id]
    nbformat.write(notebook, lesson.release)
    return lesson


@pytest.fixture
def lab(first: Lesson, tmp_path: Path) -> Iterator[Lab]:
    with running_lab(Course(first.root), tmp_path / "home") as running:
        yield running


def test_the_right_answer_passes_validate(lab: Lab, first: Lesson, page: Page):
    notebook = lab.open_lesson(page, first)
    notebook.write("dense", RIGHT)
    notebook.run_all()
    notebook.wait_for_last_cell(SECONDS_TO_RUN)
    expect(notebook.output("dense_one_example")).to_have_text("Passed: one example through three units.")
    expect(page.get_by_alt_text("Left: bars of how many of the four points")).to_be_visible()
    page.set_default_timeout(SECONDS_TO_RUN * 1000)
    assert "Success! Your notebook passes all the tests." in notebook.validate()


def test_the_wrong_answer_is_explained(lab: Lab, first: Lesson, page: Page):
    notebook = lab.open_lesson(page, first)
    notebook.write("dense", WRONG)
    notebook.run_all()
    shown = notebook.output("dense_one_example")
    expect(shown).to_contain_text("Not yet: dense(x, w, b, np.square)")
    expect(shown).to_contain_text("likely    b is not added")
    expect(shown).not_to_contain_text("Traceback")
