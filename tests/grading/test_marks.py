"""The CSV of all marks."""

import csv

import pytest
from classroom import HALF

from course_staff.grading import marks
from course_staff.grading.autograde import Grader
from course_staff.grading.marks import COLUMNS, gradebook, write_marks
from course_utils.converters import configuration


@pytest.fixture(scope="module")
def graded(shared_room):
    room = shared_room
    room.submit("zoe", room.solved(quarter=None))
    room.submit("Ann, B.", room.solved(half=HALF.replace("2", "3")))
    (room.folder("zoe") / "timestamp.txt").write_text("2025-02-03 04:05:06 UTC")
    with Grader(room.course, room.lesson) as grader:
        assert [grader.grade(student).score for student in grader.students()] == [0, 15]
    with gradebook(configuration(room.course.root)) as book:
        book.add_student("mia")
        book.add_assignment("00_other")
    return room


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_a_row_per_lesson_and_student(graded, tmp_path):
    write_marks(graded.course, tmp_path / "new" / "marks.csv")
    header, *body = rows(tmp_path / "new" / "marks.csv")
    assert tuple(header) == COLUMNS
    assert [row[:4] for row in body[:3]] == [["00_other", name, "", "0"] for name in ("Ann, B.", "mia", "zoe")]
    assert body[3:] == [
        ["01_halves", "Ann, B.", "0", "20", "0", "", "0"],
        ["01_halves", "mia", "", "20", "", "", ""],
        ["01_halves", "zoe", "15", "20", "0", "2025-02-03 04:05:06", "0"],
    ]


def test_an_interrupted_write_leaves_the_old_file(graded, tmp_path, monkeypatch):
    path = tmp_path / "marks.csv"
    path.write_text("old")
    monkeypatch.setattr(marks, "_rows", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_marks(graded.course, path)
    assert path.read_text() == "old"


def test_a_late_penalty_is_taken_off(graded, tmp_path):
    with gradebook(configuration(graded.course.root)) as book:
        book.find_submission("01_halves", "zoe").notebooks[0].late_submission_penalty = 2.5
        book.db.commit()
    try:
        write_marks(graded.course, tmp_path / "marks.csv")
        assert rows(tmp_path / "marks.csv")[-1][2:5] == ["12.5", "20", "2.5"]
    finally:
        with gradebook(configuration(graded.course.root)) as book:
            book.find_submission("01_halves", "zoe").notebooks[0].late_submission_penalty = None
            book.db.commit()
