"""What a run returns is not believed: only outputs count, and nothing of them does anything in a browser."""

from __future__ import annotations

import json

import nbformat
import pytest
from classroom import code, find
from recording import enter, ran

from course_staff.grading.attempt import Executed
from course_staff.grading.autograde import Grader
from course_staff.grading.feedback import feedback


def swap(notebook):
    notebook.cells[0], notebook.cells[1] = notebook.cells[1], notebook.cells[0]


def rewrite(notebook):
    find(notebook, "half_odd").source = "pass"


def lengthen(notebook):
    notebook.cells.append(code("1"))


@pytest.mark.parametrize("forge", [swap, rewrite, lengthen])
def test_another_notebook_than_the_one_sent_is_refused(room, forge):
    room.submit("ann", room.solved())
    with Grader(room.course, room.lesson) as grader:
        prepared = grader.prepare("ann")
        notebook = nbformat.reads(ran(prepared).notebook, 4)
        forge(notebook)
        result = grader.record(prepared, Executed(nbformat.writes(notebook)), 0.0)
        assert result.score is None
        assert "other cells than the one that was sent" in result.error


def test_points_and_metadata_that_come_back_count_for_nothing(room):
    room.submit("ann", room.solved())
    with Grader(room.course, room.lesson) as grader:
        prepared = grader.prepare("ann")
        notebook = json.loads(ran(prepared, "half_odd").notebook)
        for cell in notebook["cells"]:
            if "nbgrader" in cell["metadata"]:
                cell["metadata"]["nbgrader"] |= {"points": 100, "grade": False}
        result = grader.record(prepared, Executed(json.dumps(notebook)), 0.0)
    assert result.score == 15
    assert find(nbformat.read(room.autograded("ann"), 4), "half_odd").metadata.nbgrader.points == 5


def test_what_a_student_writes_in_prose_does_nothing_in_a_browser(room):
    notebook = room.solved()
    notebook.cells.append(nbformat.v4.new_markdown_cell("see **this** <script>steal()</script>"))
    notebook.cells.append(nbformat.v4.new_raw_cell("<img src=x onerror=steal()>"))
    room.submit("ann", notebook)
    assert enter(room, "ann").score == 20
    kept = room.autograded("ann").read_text()
    assert "see **this**" in kept
    assert "<script>steal" not in kept
    given = [cell.source for cell in room.release.cells if cell.cell_type == "markdown"]
    assert set(given) <= {cell.source for cell in nbformat.read(room.autograded("ann"), 4).cells}
    page = dict(feedback(room.course, room.lesson))["ann"].read_text()
    assert "<script>steal" not in page and "<img src=x" not in page
