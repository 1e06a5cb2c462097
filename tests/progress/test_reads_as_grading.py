"""`course progress` reads what grading reads: other editors' notebooks, marks at their start, keys that are missing."""

from __future__ import annotations

import codecs
import json
from pathlib import Path

import pytest
from sample_course import make_sample

from course_staff.authoring.release import build, release
from course_utils.progress import progress


def without_metadata(notebook: dict) -> None:
    for cell in notebook["cells"]:
        if "nbgrader" not in cell["metadata"]:
            del cell["metadata"]


def ids_of_another_editor(notebook: dict) -> None:
    for place, cell in enumerate(notebook["cells"]):
        cell["id"] = f"{place}/#VSC-{place:08}"


def without_ids(notebook: dict) -> None:
    notebook["nbformat_minor"] = 2
    for cell in notebook["cells"]:
        del cell["id"]


def strange_keys(notebook: dict) -> None:
    for cell in notebook["cells"]:
        cell |= {"outputs": None, "execution_count": "soon", "vscode": {"languageId": "python"}, "attachments": 7}


def solutions_without_marks(notebook: dict) -> None:
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["metadata"] = {}


CHANGES = [without_metadata, ids_of_another_editor, without_ids, strange_keys, solutions_without_marks]


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize("change", CHANGES)
def test_a_solved_notebook_is_done(tmp_path: Path, change, mark: bytes):
    (lesson,) = make_sample(tmp_path / "course").authored()
    release(lesson)
    notebook = json.loads(build(lesson).source)
    change(notebook)
    lesson.release.write_bytes(mark + json.dumps(notebook).encode())
    exercises = progress(lesson.release)
    assert [exercise.points for exercise in exercises] == [15, 5]
    assert {test.message for exercise in exercises for test in exercise.tests} <= {
        "",
        "this test was edited; grading takes the original",
    }


def test_a_stub_without_marks_is_not_written(tmp_path: Path):
    (lesson,) = make_sample(tmp_path / "course").authored()
    release(lesson)
    notebook = json.loads(lesson.release.read_text())
    solutions_without_marks(notebook)
    lesson.release.write_text(json.dumps(notebook))
    assert [(each.number, each.state, each.points) for each in progress(lesson.release)] == [
        ("1.1", "not written", 15),
        ("1.2", "not written", 5),
    ]
