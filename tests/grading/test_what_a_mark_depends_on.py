"""A row is what this attempt deserves now: nothing of an earlier attempt or deadline is left in it."""

import datetime

import pytest
from recording import ran

from course_staff.grading.autograde import Grader
from course_staff.grading.marks import gradebook
from course_utils.converters import configuration

DATE = "2025-02-03 04:05:06 UTC"
DUE = datetime.datetime(2025, 1, 1)


def due(room, date):
    with gradebook(configuration(room.course.root)) as book:
        book.update_or_create_assignment(room.lesson.id, duedate=date)


def attempt(room):
    """Grade ann's submission; return the result, and whether an earlier one would have stood."""
    with Grader(room.course, room.lesson) as grader:
        prepared = grader.prepare("ann")
        stood = grader.unchanged(prepared)
        return grader.record(prepared, ran(prepared), 0.0), stood is not None


def test_a_deadline_that_moved_is_noticed(room):
    room.submit("ann", room.solved())
    attempt(room)
    assert attempt(room)[1]
    due(room, DUE)
    assert not attempt(room)[1]
    assert attempt(room)[1]
    due(room, DUE + datetime.timedelta(days=1))
    assert not attempt(room)[1]


def test_an_attempt_without_a_date_has_none_and_no_penalty_of_an_earlier_one(room):
    config = room.course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + "\nc.LateSubmissionPlugin.penalty_method = 'zero'\n")
    room.submit("ann", room.solved())
    date = room.folder("ann") / "timestamp.txt"
    date.write_text(DATE)
    attempt(room)
    due(room, DUE)
    assert attempt(room)[0].score == 0
    date.unlink()
    assert attempt(room)[0].score == 20
    with gradebook(configuration(room.course.root)) as book:
        assert book.find_submission(room.lesson.id, "ann").timestamp is None


@pytest.mark.parametrize("wrong_name", ["halves final.ipynb"])
def test_a_corrected_attempt_has_no_note_of_the_earlier_one(room, wrong_name):
    path = room.submit("ann", room.solved())
    path.rename(path.with_name(wrong_name))
    assert "keep the name next time" in attempt(room)[0].notes[0]
    path.with_name(wrong_name).rename(path)
    result, stood = attempt(room)
    assert (result.notes, stood) == ((), False)
