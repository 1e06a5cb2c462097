"""What a student meets in JupyterLab: a lesson, tests that teach, Validate, and nothing of an instructor's."""

from __future__ import annotations

import json
import re
import sys
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest
from jupyter_driver import Lab
from playwright.sync_api import Page, expect

from course_utils.layout import Lesson

HALF = 'def half(x):\n    """Return half of x."""\n    return x / 2'
QUARTER = "def quarter(x):\n    if x:\n        return half(half(x))\n    return x"
WHOLE_HALF = "def half(x):\n    return x // 2"


def test_right_answers_pass_validate(student: Lab, lesson: Lesson, page: Page):
    before = _grading_metadata(lesson)
    notebook = student.open_lesson(page, lesson)
    notebook.write("half", HALF)
    notebook.write("quarter", QUARTER)
    notebook.run_all()
    notebook.wait_for_last_cell()
    assert "Success! Your notebook passes all the tests." in notebook.validate()
    assert _sources(lesson)["quarter"] == QUARTER
    assert _grading_metadata(lesson) == before


def test_wrong_answer_is_explained(student: Lab, lesson: Lesson, page: Page):
    notebook = student.open_lesson(page, lesson)
    notebook.write("half", WHOLE_HALF)
    notebook.write("quarter", QUARTER)
    notebook.run_all()
    expect(notebook.output("half_odd")).to_contain_text("half(5) is 2.5, yours gives 2")
    said = notebook.validate()
    assert "half(5) is 2.5, yours gives 2" in said
    assert "half(4)" not in said
    assert "quarter(8)" not in said
    assert "Success" not in said


def test_nothing_of_an_instructor_is_offered(student: Lab, lesson: Lesson, page: Page):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    student.open_lesson(page, lesson)
    page.locator(".validate-button").wait_for()  # the same extension: what it offers is there now
    for name in ("Nbgrader", "Formgrader", "Assignment List", "Course List", "Create Assignment", "Jupytext"):
        expect(page.get_by_text(name, exact=True)).to_have_count(0)
    page.keyboard.press("Control+Shift+C")
    palette = page.locator(".lm-CommandPalette")
    palette.locator("input").fill("run all cells")
    expect(palette.locator(".lm-CommandPalette-itemLabel").first).to_be_visible()
    for name in ("formgrader", "assignment list", "course list", "create assignment"):
        palette.locator("input").fill(name)
        expect(palette.locator(".lm-CommandPalette-itemLabel")).to_have_count(0)
    for service in ("formgrader", "assignments", "formgraders"):
        assert _status(f"{student.url}{service}?token={student.token}") == 404
    assert [url for url in asked if not url.startswith((student.url, "data:", "blob:"))] == []
    assert [url for url in asked if re.search(r"/lab/api/(news|update)", url)] == []
    expect(page.get_by_text("official Jupyter news")).to_have_count(0)


def test_only_lessons_are_shown(student: Lab, page: Page):
    student.open(page)
    names = page.locator(".jp-DirListing-itemName")
    expect(names).to_have_text(["01_halves", "start.md"])
    assert _status(f"{student.url}api/contents/solutions?token={student.token}") == 404


@pytest.fixture
def another_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel of the same name that cannot start, where Jupyter looks first."""
    folder = tmp_path / "elsewhere" / "kernels" / "python3"
    folder.mkdir(parents=True)
    kernel = {"argv": ["no-such-python", "{connection_file}"], "display_name": "Other", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(kernel))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "elsewhere"))


def test_kernel_is_this_environment(another_kernel: None, student: Lab, lesson: Lesson, page: Page):
    notebook = student.open_lesson(page, lesson)
    notebook.write("half", "import sys\nprint(sys.prefix)")
    notebook.run_all()
    expect(notebook.output("half")).to_have_text(sys.prefix)


def _status(url: str) -> int:
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def _sources(lesson: Lesson) -> dict[str, str]:
    return {cell.id: cell.source for cell in nbformat.read(lesson.release, as_version=4).cells}


def _grading_metadata(lesson: Lesson) -> list[dict]:
    return [cell.metadata.get("nbgrader") for cell in nbformat.read(lesson.release, as_version=4).cells]
