"""Every kept answer of every lesson earns through `course grade` what `course check` says it earns under nbgrader.

`course check` tries each answer in a plain kernel and scores it as nbgrader does. Here all answers of a lesson, its
solution and its release are handed in by one class each and graded by one command, and what each earns is read from
nbgrader's gradebook.
"""

import shutil
from dataclasses import dataclass

import pytest
from batches import Batch, batches
from running import Running
from sample_course import ROOT

from course_utils.authoring.release import build
from course_utils.converters import configuration
from course_utils.files import write_whole
from course_utils.grading.marks import gradebook
from course_utils.layout import MARKER, Course

LESSONS = Course(ROOT).authored()


@dataclass
class Graded:
    """What became of a lesson's class: the rows that were printed, and the tests that each student lost."""

    batches: dict[str, Batch]
    rows: dict[str, str]
    errors: str
    lost: dict[str, set[str]]
    tests: set[str]


@pytest.fixture(scope="module", params=LESSONS, ids=lambda lesson: lesson.id)
def graded(request, tmp_path_factory):
    lesson, root = request.param, tmp_path_factory.mktemp("answers")
    shutil.copy(lesson.root / MARKER, root)
    shutil.copytree(lesson.text.parent, root / "solutions" / lesson.id)
    built, found = build(lesson), {f"{number:03}": batch for number, batch in enumerate(batches(lesson))}
    texts = {"solution": built.source, "release": built.release}
    for student, text in (texts | {student: batch.notebook for student, batch in found.items()}).items():
        write_whole(root / "grading" / "submitted" / student / lesson.id / f"{lesson.slug}.ipynb", text)
    run = Running(root, "grade", lesson.id, "--workers", "2")
    _, errors = run.end()
    rows = dict(row.split(": ", 1) for row in run.rows if ": " in row)
    return Graded(found, rows, errors, *_lost(root, lesson.id))


def _lost(root, lesson):
    lost, tests = {}, set()
    with gradebook(configuration(root)) as book:
        for submission in book.assignment_submissions(lesson):
            grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
            tests = {grade.name for grade in grades}
            lost[submission.student_id] = {grade.name for grade in grades if grade.auto_score != grade.max_score}
    return lost, tests


def test_every_answer_is_graded(graded):
    assert graded.errors == ""
    assert set(graded.lost) == set(graded.rows) == {"solution", "release", *graded.batches}


def test_the_solution_earns_everything_and_the_release_nothing(graded):
    assert graded.rows["solution"].startswith("20 of 20 in ")
    assert graded.rows["release"].startswith("0 of 20 in ")
    assert (graded.lost["solution"], graded.lost["release"]) == (set(), graded.tests)


def test_every_answer_loses_what_it_must(graded):
    wrong = []
    for student, batch in graded.batches.items():
        for test in (graded.lost[student] & batch.tests) ^ batch.loses:
            names = [answer.name for answer in batch.answers]
            wrong.append((test, "lost" if test in graded.lost[student] else "kept", names, graded.rows[student]))
    assert not wrong
