"""A function that stands twice: the row, the executed notebook and the feedback say which one counted."""

import json

import pytest
from classroom import HALF, QUARTER, code
from test_engine import grade, rows_by_student

from course_staff.grading.feedback import feedback
from course_staff.grading.sanitize import rebuild

STUB = "the exercise's cell"


@pytest.fixture
def said(grader, shared_room):
    """What is said of a notebook with one cell more, at that place."""

    def notes(place: int, source: str, half: str | None = HALF, **metadata) -> list[str]:
        notebook = shared_room.solved(half=half)
        notebook.cells.insert(place, code(source, **metadata))
        return rebuild(grader.key.notebook, json.loads(json.dumps(notebook)))[1]

    return notes


def places(room) -> dict[str, int]:
    """Where the cells of the release stand, by grade id."""
    return {cell.metadata.get("nbgrader", {}).get("grade_id"): place for place, cell in enumerate(room.release.cells)}


def test_above_the_stub_the_stub_counts(said, shared_room):
    at = places(shared_room)["half"]
    assert said(at, HALF, half=None) == [f"half: half is defined in your own cell {at + 1} too; what counted is {STUB}"]


def test_between_the_exercise_and_its_tests_the_own_one_counts(said, shared_room):
    at = places(shared_room)["half_even"]
    assert said(at, HALF.replace("2", "3")) == [
        f"half: half is defined in {STUB} and again in your own cell {at + 1}, which ran later and counted"
    ]


def test_between_two_tests_the_own_one_counts_from_there_on(said, shared_room):
    at = places(shared_room)["half_odd"]
    (note,) = said(at, HALF.replace("2", "3"))
    assert note.endswith(f"again in your own cell {at + 1}, which ran later and counted from half_odd on")


def test_below_the_tests_the_exercise_counts(said, shared_room):
    at = places(shared_room)["half_odd"] + 1
    assert said(at, HALF) == [f"half: half is defined in your own cell {at + 1} too; what counted is {STUB}"]


@pytest.mark.parametrize(
    "source", ["x = 3", "def other(x): return x", "# def half", "half(3)", "y = half", "import half"]
)
def test_nothing_else_is_a_double(said, source):
    assert said(2, source) == []


def test_a_demonstration_does_not_run_and_is_no_double(said, shared_room):
    demo = next(cell for cell in shared_room.release.cells if "demonstration" in cell.metadata.get("tags", []))
    assert said(2, HALF, tags=demo.metadata.tags) == []


def test_row_notebook_and_feedback_say_so(room):
    notebook = room.solved(half=None, quarter=QUARTER)
    at = places(room)["half"]
    notebook.cells.insert(at, code(HALF))
    room.submit("ann", notebook)
    _, rows, _ = grade(room, "--sandbox", "none")
    what = f"half is defined in your own cell {at + 1} too; what counted is {STUB}"
    assert rows_by_student(rows)["ann"].startswith("0 of 20 in ") and f"half: {what}" in rows_by_student(rows)["ann"]
    assert f"Note: {what}." in room.autograded("ann").read_text()
    ((_, page),) = feedback(room.course, room.lesson)
    assert f"Note: {what}." in page.read_text()
