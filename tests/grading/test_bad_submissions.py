"""What becomes of each bad submission; and a good one, graded after each, never notices."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from classroom import HALF, QUARTER, Classroom, code, find

from course_staff.grading.autograde import Grader, Result
from course_staff.grading.marks import gradebook
from course_utils.converters import configuration

LOOP = "def quarter(x):\n    while True:\n        pass"
WARNS = "import warnings\ndef half(x):\n    if x == 5:\n        warnings.warn('noise')\n    return x / 2"
FLOODS = "def half(x):\n    if x == 5:\n        print('x' * 40_000_000)\n    return x / 2"
DEAF = "import signal\ndef quarter(x):\n    signal.signal(signal.SIGINT, signal.SIG_IGN)\n    while True:\n        pass"


@dataclass(frozen=True)
class Case:
    """A submission, and the result it must have: its score, or words of its error; and words of its notes."""

    submit: Callable[[Classroom, str], Any]
    score: float | None = None
    error: str = ""
    notes: tuple[str, ...] = ()


def solution(**sources: str | None) -> Callable[[Classroom, str], Any]:
    return lambda room, student: room.submit(student, room.solved(**sources))


def edited(edit: Callable[[Any], Any], **sources: str | None) -> Callable[[Classroom, str], Any]:
    def submit(room: Classroom, student: str) -> None:
        notebook = room.solved(**sources)
        edit(notebook)
        room.submit(student, notebook)

    return submit


def content(text: str) -> Callable[[Classroom, str], Any]:
    return lambda room, student: (room.folder(student) / "halves.ipynb").write_text(text)


def renamed(room: Classroom, student: str) -> None:
    room.submit(student, room.solved()).rename(room.folder(student) / "halves final.ipynb")


def copy_test(notebook: Any) -> None:
    notebook.cells.append(copy.deepcopy(find(notebook, "half_even")))
    notebook.cells[-1].update(id="copy", source="pass")


def delete(grade_id: str) -> Callable[[Any], Any]:
    return lambda notebook: notebook.cells.remove(find(notebook, grade_id))


def rename_id(notebook: Any) -> None:
    find(notebook, "half").update(id="other")
    find(notebook, "half").metadata.nbgrader.grade_id = "mine"


def tag_tests(tag: str) -> Callable[[Any], Any]:
    def edit(notebook: Any) -> None:
        for name in ("half_even", "half_odd", "quarter_values"):
            find(notebook, name).metadata.tags = [tag]

    return edit


def no_nbgrader(notebook: Any) -> None:
    for cell in notebook.cells:
        cell.metadata.pop("nbgrader", None)


def edit_test(notebook: Any) -> None:
    find(notebook, "half_even").source = "10"
    find(notebook, "half_even").metadata.nbgrader.points = 1000


CASES = {
    "honest": Case(solution(), 20),
    "unsolved": Case(solution(half=None, quarter=None), 0),
    "endless_loop": Case(solution(quarter=LOOP), 15, notes=("ran out of time: quarter_values",)),
    "deaf_loop": Case(solution(quarter=DEAF), error="(quarter_values) ran longer than"),
    "sys_exit": Case(solution(quarter="import sys\ndef quarter(x):\n    sys.exit()"), 15),
    "quit": Case(solution(quarter="def quarter(x):\n    quit()"), 15),
    "input": Case(solution(quarter="def quarter(x):\n    return input()"), 15),
    "os_exit": Case(
        solution(quarter="import os\ndef quarter(x):\n    os._exit(0)"), error="(quarter_values) ended the"
    ),
    "killed": Case(solution(half="import os\nos.kill(os.getpid(), 9)"), error="(half) ended the Python process"),
    "syntax_error": Case(solution(quarter="def quarter(x:\n    return"), 15),
    "stderr": Case(solution(half=WARNS), 20),
    "flood": Case(solution(half=FLOODS), 20),
    "empty_file": Case(content(""), error="is empty"),
    "corrupt": Case(content('{"cells": [{"cell_'), error="is damaged"),
    "no_notebook": Case(content(json.dumps({"a": 1})), error="no notebook"),
    "no_cells": Case(content(json.dumps({"cells": []})), 0, notes=("solution cell is missing", "was deleted")),
    "missing": Case(lambda room, student: room.folder(student), error="no such file"),
    "renamed": Case(renamed, 20, notes=("halves final.ipynb: taken for halves.ipynb",)),
    "copied_test": Case(edited(copy_test), 20, notes=("half_even: stands 2 times",)),
    "copied_test_unsolved": Case(edited(copy_test, half=None), 0, notes=("half_even: stands 2 times",)),
    "deleted_test": Case(edited(delete("half_even"), half=None), 0, notes=("half_even: was deleted",)),
    "deleted_solution": Case(edited(delete("quarter")), 15, notes=("quarter: the solution cell is missing",)),
    "changed_id": Case(edited(rename_id), 20, notes=("half: the solution cell had lost its grade id",)),
    "no_nbgrader": Case(edited(no_nbgrader), 20, notes=("half: the solution", "quarter: the solution")),
    "tag_demonstration": Case(edited(tag_tests("demonstration"), half=None), 0),
    "tag_skip": Case(edited(tag_tests("skip-execution"), half=None), 0),
    "edited_test": Case(edited(edit_test, half=None), 0, notes=("half_even: was edited",)),
    "own_error": Case(edited(lambda notebook: notebook.cells.insert(0, code("1 / 0"))), 20),
    "kernel": Case(edited(lambda notebook: notebook.metadata.update(kernelspec={"name": "none"})), 20),
}


@pytest.fixture(scope="module")
def outcome(shared_room: Classroom) -> Iterator[Callable[[str], tuple[Result, Result]]]:
    """A case's result, and that of the good submission graded right after it; each graded once."""
    with (shared_room.course.root / "nbgrader_config.py").open("a") as config:
        config.write("c.Execute.iopub_timeout = 5\n")
    with Grader(shared_room.course, shared_room.lesson, timeout=5) as grader:

        @cache
        def grade(name: str) -> tuple[Result, Result]:
            CASES[name].submit(shared_room, name)
            shared_room.submit("good", shared_room.solved(HALF, QUARTER))
            return grader.grade(name), grader.grade("good")

        yield grade


@pytest.mark.parametrize("name", CASES)
def test_outcome(outcome, name):
    case, (result, _) = CASES[name], outcome(name)
    assert (result.student, result.max_score) == (name, 20)
    assert result.score == case.score
    assert case.error in (result.error or "")
    assert bool(result.error) == bool(case.error)
    for words in case.notes:
        assert any(words in note for note in result.notes), result.notes
    assert bool(result.notes) == bool(case.notes), result.notes
    assert all("\n" not in sentence for sentence in (*result.notes, result.error or ""))


@pytest.mark.parametrize("name", CASES)
def test_the_next_student_notices_nothing(outcome, name):
    _, good = outcome(name)
    assert (good.score, good.notes, good.error) == (20, (), None)


def test_a_flood_is_bounded_on_disk(outcome, shared_room):
    assert outcome("flood")[0].error is None
    assert shared_room.autograded("flood").stat().st_size < 1_000_000
    assert "output cut" in shared_room.autograded("flood").read_text()


def test_the_gradebook_holds_what_the_results_say(outcome, shared_room):
    results = {name: outcome(name)[0] for name in CASES}
    with gradebook(configuration(shared_room.course.root)) as book:
        held = {each.student_id: each.score for each in book.assignment_submissions(shared_room.lesson.id)}
    assert held == {name: result.score for name, result in results.items() if result.error is None} | {"good": 20}
