"""The one writer: marks, notebook and ledger stand together or not at all, on either database."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from classroom import grade_id_of
from recording import enter

from course_staff.grading.autograde import Grader
from course_staff.grading.feedback import feedback
from course_staff.grading.ledger import versions
from course_staff.grading.marks import gradebook, write_marks
from course_utils.converters import configuration

# Enters a run of the student named, with the outputs named; dies at the place named.
RECORD = """
import os, sys
from course_staff.grading import autograde, record
from course_staff.grading.autograde import Grader
from course_utils.layout import Course
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from recording import ran
place = sys.argv[3]
autograde.versions = lambda: sys.argv[4]  # the code may be edited while this test runs
die = lambda *_: os.kill(os.getpid(), 9)
course = Course(Path(sys.argv[2]))
with Grader(course, course.authored()[0]) as grader:
    prepared = grader.prepare("ann")
    if place == "before the commit":
        real = record.stage
        record.stage = lambda *a: (real(*a), die())
    elif place == "after the commit":
        record.settle = die
    elif place == "between the renames":
        real = Path.rename
        Path.rename = lambda self, to: die() if self.name.endswith(".new") else real(self, to)
    grader.record(prepared, ran(prepared), 0.0)
"""


def state(room, student):
    """A student's marks, the executed notebook's failed tests, and the tests that the two agree on."""
    with gradebook(configuration(room.course.root)) as book:
        submission = book.find_submission(room.lesson.id, student)
        marks = {grade.name: grade.auto_score for grade in submission.notebooks[0].grades}
    cells = nbformat.read(room.autograded(student), 4).cells
    failed = {grade_id_of(cell) for cell in cells if cell.get("outputs")}
    return {name for name, mark in marks.items() if not mark}, failed


def test_marks_notebook_feedback_and_export(room, either):
    room.submit("ann", room.solved())
    (room.folder("ann") / "timestamp.txt").write_text("2025-02-03 04:05:06 UTC")
    room.submit("bob", room.solved())
    assert enter(room, "ann", "half_odd").score == 15
    assert enter(room, "bob").score == 20
    assert state(room, "ann") == ({"half_odd"}, {"half_odd"})
    assert sorted(path.name for path in room.autograded("ann").parent.iterdir()) == ["halves.ipynb", "timestamp.txt"]
    pages = dict(feedback(room.course, room.lesson))
    assert "(Score: 15.0 / 20.0)" in pages["ann"].read_text()
    write_marks(room.course, room.course.root / "marks.csv")
    with (room.course.root / "marks.csv").open() as file:
        rows = [(row["student"], row["score"], row["submitted"]) for row in csv.DictReader(file)]
    assert rows == [("ann", "15", "2025-02-03 04:05:06"), ("bob", "20", "")]
    assert ((room.course.root / "grading" / "gradebook.db").exists()) == (either == "sqlite")


@pytest.mark.parametrize("place", ["before the commit", "after the commit", "between the renames"])
def test_killed_anywhere_it_is_the_old_or_the_new(room, either, place):
    room.submit("ann", room.solved())
    assert enter(room, "ann", "half_odd").score == 15
    here = str(Path(__file__).parent)
    command = [sys.executable, "-c", RECORD, here, str(room.course.root), place, versions()]
    killed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    with Grader(room.course, room.lesson) as grader:
        known = grader.unchanged(grader.prepare("ann"))
    lost = {"half_odd"} if place == "before the commit" else set()
    assert state(room, "ann") == (lost, lost)
    assert known.score == 20 - 5 * len(lost)
    assert [path.name for path in room.autograded("ann").parents[1].iterdir()] == [room.lesson.id]


def test_what_did_not_change_is_known(room, either):
    room.submit("ann", room.solved())
    enter(room, "ann", "half_odd")
    with Grader(room.course, room.lesson) as grader:
        assert grader.unchanged(grader.prepare("ann")).score == 15
    for changed in ({"timeout": 5}, {"sandbox": "bubblewrap"}, {"demonstrations": True}):
        with Grader(room.course, room.lesson, **changed) as grader:
            assert grader.unchanged(grader.prepare("ann")) is None
    (room.folder("ann") / "two.txt").write_text("2")
    with Grader(room.course, room.lesson) as grader:
        assert grader.unchanged(grader.prepare("ann")) is None


def test_a_changed_answer_key_is_graded_again(room):
    room.submit("ann", room.solved())
    enter(room, "ann")
    text = room.lesson.text
    text.write_text(text.read_text().replace("assert half(-7) == -3.5", "assert half(-9) == -4.5"))
    with Grader(room.course, room.lesson) as grader:
        assert grader.unchanged(grader.prepare("ann")) is None


def test_a_mark_taken_away_by_hand_is_not_known(room, either):
    room.submit("ann", room.solved())
    enter(room, "ann")
    with gradebook(configuration(room.course.root)) as book:
        book.remove_submission(room.lesson.id, "ann")
    with Grader(room.course, room.lesson) as grader:
        assert grader.unchanged(grader.prepare("ann")) is None
    enter(room, "ann")
    room.autograded("ann").unlink()
    with Grader(room.course, room.lesson) as grader:
        assert grader.unchanged(grader.prepare("ann")) is None


def test_a_persons_mark_survives_and_asks_for_a_look(room, either):
    room.submit("ann", room.solved())
    enter(room, "ann", "half_odd")
    with gradebook(configuration(room.course.root)) as book:
        book.find_grade("half_odd", "halves", room.lesson.id, "ann").manual_score = 3
        book.db.commit()
    result = enter(room, "ann", "half_odd")
    assert result.score == 18
    assert result.notes == ("some cells await grading by a person",)


def test_nothing_handed_in_is_said(room):
    room.submit("ann", room.solved(half=None))
    enter(room, "ann", "half_odd")
    with gradebook(configuration(room.course.root)) as book:
        comments = {name: book.find_comment(name, "halves", room.lesson.id, "ann") for name in ("half", "quarter")}
        assert {name: each.auto_comment for name, each in comments.items()} == {"half": "No response.", "quarter": None}


def test_a_configured_late_penalty_is_taken(room, either):
    with (room.course.root / "nbgrader_config.py").open("a") as config:
        config.write("c.LateSubmissionPlugin.penalty_method = 'zero'\n")
    room.submit("ann", room.solved())
    (room.folder("ann") / "timestamp.txt").write_text("2025-02-03 04:05:06 UTC")
    assert enter(room, "ann").score == 20
    with gradebook(configuration(room.course.root)) as book:
        book.update_or_create_assignment(room.lesson.id, duedate="2025-02-01 00:00:00 UTC")
    assert enter(room, "ann", "half_odd").score == 0
