"""Feedback pages, and that plain nbgrader gives the same marks."""

import html
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from classroom import code

from course_staff.authoring.release import release
from course_staff.grading.autograde import Grader
from course_staff.grading.feedback import feedback
from course_staff.grading.hidden import split_hidden
from course_staff.grading.marks import gradebook
from course_utils.converters import configuration
from course_utils.errors import CourseError

# Wrong for one hidden test alone.
HALF_RIGHT = "def half(x):\n    return 0 if x == -7 else x / 2"
PEEKS = (
    "import sys, traceback\ndef half(x):\n    print(In[-1])\n    traceback.print_stack(file=sys.stdout)\n    return 7"
)


def shown(page):
    """The page's text as a reader sees it."""
    return html.unescape(re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def room(shared_room):
    shared_room.submit("ann", shared_room.solved(half=HALF_RIGHT))
    peeking = shared_room.solved(half=PEEKS)
    peeking.cells.append(code("print(In)\nraise Exception(In[4])"))
    shared_room.submit("bob", peeking)
    shared_room.submit("cat", shared_room.solved())
    return shared_room


@pytest.fixture(scope="module")
def grader(room):
    with Grader(room.course, room.lesson) as grader:
        yield grader


@pytest.fixture(scope="module")
def pages(room, grader):
    for student in ("ann", "bob", "cat"):
        assert grader.grade(student).error is None
    room.autograded("cat").write_text("{")
    (room.course.root / "grading" / "autograded" / "dan" / room.lesson.id).mkdir(parents=True)  # was removed
    return dict(feedback(room.course, room.lesson))


def test_every_graded_student_has_a_page(room, pages):
    folder = room.course.root / "grading" / "feedback"
    assert [pages[name] for name in ("ann", "bob")] == [
        folder / n / "01_halves" / "halves.html" for n in ("ann", "bob")
    ]


def test_one_who_cannot_have_a_page_hurts_nobody_and_one_who_was_removed_gets_none(pages):
    assert isinstance(pages["cat"], CourseError)
    assert list(pages) == ["ann", "bob", "cat"]


def test_a_page_may_ask_nobody_for_anything(pages):
    text = pages["ann"].read_text(encoding="utf-8")
    assert "default-src 'none'" in text and "<script" not in text


def test_the_teaching_message_is_there(pages):
    text = shown(pages["ann"])
    assert "AssertionError: half(-7) is -3.5" in text
    assert "(Score: 15.0 / 20.0)" in text


@pytest.mark.parametrize("student", ["ann", "bob"])
def test_no_hidden_line_is_there(pages, grader, student):
    text = re.sub(r"\s", "", shown(pages[student]))
    hidden = [line for cell in grader.key.source.cells for line in split_hidden(cell.source)[1]]
    assert len(hidden) >= 3
    for line in hidden:
        assert re.sub(r"\s", "", line) not in text
        assert re.sub(r"\s", "", line.split(",")[0]) not in text


def by_test(room, student):
    with gradebook(configuration(room.course.root)) as book:
        submission = book.find_submission(room.lesson.id, student)
        return {grade.name: grade.score for notebook in submission.notebooks for grade in notebook.grades}


def test_plain_nbgrader_gives_the_same_marks(room, grader):
    release(room.lesson)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    command = [sys.executable, "-m", "nbgrader", "autograde", room.lesson.id, "--student=ann", "--force"]
    done = subprocess.run(
        command, cwd=room.course.root, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    plain = by_test(room, "ann")
    with gradebook(configuration(room.course.root)) as book:
        book.remove_submission(room.lesson.id, "ann")
    shutil.rmtree(room.autograded("ann").parent)
    assert grader.grade("ann").score == 15
    assert by_test(room, "ann") == plain
    assert plain == {"half_even": 10, "half_odd": 0, "quarter_values": 5}
