"""A student's own visible tests, run on a copy of the notebook in a real kernel."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import nbformat
import pytest
from own_work import HALF, QUARTER, states, write

from course_utils.errors import CourseError
from course_utils.layout import Lesson
from course_utils.progress import ExerciseProgress, TestOutcome, progress

TOO_LATE = "stopped after 2 s: is there a loop that does not end?"


def messages(exercise: ExerciseProgress) -> list[str]:
    return [test.message for test in exercise.tests]


def test_fresh_lesson_is_not_written(lesson: Lesson):
    first, second = progress(lesson.release)
    assert (first.number, first.title, first.exercise, first.points) == ("1.1", "Halve", "half", 15)
    assert first.tests == [
        TestOutcome("half_even", 10, False, "not written yet"),
        TestOutcome("half_odd", 5, False, "not written yet"),
    ]
    assert (second.number, second.title, second.exercise, second.points) == ("1.2", "Halve again", "quarter", 5)
    assert states([first, second]) == ["not written", "not written"]


def test_right_answers_are_done(lesson: Lesson):
    exercises = progress(write(lesson, half=HALF, quarter=QUARTER))
    assert states(exercises) == ["done", "done"]
    assert [message for exercise in exercises for message in messages(exercise)] == ["", "", ""]


def test_wrong_answer_keeps_the_tests_it_passes(lesson: Lesson):
    first, second = progress(write(lesson, half="def half(x):\n    return x // 2"))
    assert (first.state, second.state) == ("failing", "not written")
    assert first.tests == [
        TestOutcome("half_even", 10, True, ""),
        TestOutcome("half_odd", 5, False, "half(5) is 2.5, yours gives 2"),
    ]


def test_stub_left_behind_an_answer_does_not_count(lesson: Lesson):
    stub = '\n    raise NotImplementedError("not written yet")'
    assert states(progress(write(lesson, half=HALF + stub, quarter="def quarter(x):\n    return x" + stub))) == [
        "done",
        "failing",
    ]


@pytest.mark.parametrize(
    ("half", "message"),
    [
        ("def half(x:\n    return x", "SyntaxError: '(' was never closed (line 1)"),
        ("def half(x):\n    return y", "NameError: name 'y' is not defined"),
        ("def half(x):\n    while True: pass", TOO_LATE),
        ("def half(x):\n    try:\n        while True: pass\n    except KeyboardInterrupt: return x / 2", TOO_LATE),
        (
            "def half(x):\n    return float(input())",
            "StdinNotImplementedError: raw_input was called, but this frontend does not support input requests.",
        ),
        ("def half(x):\n    assert x\n    assert x > 9\n    return x / 2", "this does not hold: assert x > 9"),
        (
            "from course_utils import expect\ndef half(x):\n    expect.equal(x, 1, 'x')",
            "Not yet: x\n  expected  1\n  got       4",
        ),
    ],
)
def test_failure_is_told_in_few_words(lesson: Lesson, half: str, message: str):
    exercises = progress(write(lesson, half=half, quarter="def quarter(x):\n    return x / 4"), timeout=2)
    assert states(exercises) == ["failing", "done"]
    assert messages(exercises[0])[0] == message


def test_what_is_written_to_stderr_costs_nothing(lesson: Lesson):
    half = "import sys\ndef half(x):\n    print('hm', file=sys.stderr)\n    return x / 2"
    assert states(progress(write(lesson, half=half, quarter=QUARTER))) == ["done", "done"]


def test_partial_credit_is_no_pass(lesson: Lesson):
    notebook = nbformat.read(write(lesson, half=HALF, half_even="7"), as_version=4)
    next(cell for cell in notebook.cells if cell.id == "half_even").metadata.nbgrader.pop("checksum")
    nbformat.write(notebook, lesson.release)
    assert messages(progress(lesson.release)[0]) == ["7 of 10 points", ""]


def test_cell_that_ends_python_leaves_the_rest_unrun(lesson: Lesson):
    first, second = progress(write(lesson, half="import os\ndef half(x):\n    os._exit(1)", quarter=QUARTER))
    assert messages(first)[0] == "Python ended here: was there too little memory?"
    assert messages(first)[1] == messages(second)[0] == "not run: the notebook stopped at an earlier cell"


def test_cell_that_cannot_be_interrupted_leaves_the_rest_unrun(lesson: Lesson, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("course_utils.progress.rehearsal.SECONDS_TO_SETTLE", 2)
    deaf = "import signal\ndef half(x):\n    signal.signal(signal.SIGINT, signal.SIG_IGN)\n    while True: pass"
    first, second = progress(write(lesson, half=deaf, quarter=QUARTER), timeout=2)
    assert messages(first)[0] == TOO_LATE
    assert messages(second) == ["not run: the notebook stopped at an earlier cell"]


def test_edited_test_does_not_count(lesson: Lesson):
    first, _ = progress(write(lesson, half=HALF, half_odd="pass"))
    assert messages(first) == ["", "this test was edited; grading takes the original"]


def test_copied_test_counts_once(lesson: Lesson):
    notebook = nbformat.read(write(lesson, half=HALF, quarter=QUARTER), as_version=4)
    copied = next(cell for cell in notebook.cells if cell.id == "half_even")
    notebook.cells.append(nbformat.from_dict(copied | {"id": "again"}))
    nbformat.write(notebook, lesson.release)
    assert [exercise.points for exercise in progress(lesson.release)] == [15, 5]


def test_nothing_of_the_students_is_written_over(lesson: Lesson):
    (lesson.release.parent / "mine.txt").write_text("mine")
    path = write(lesson, half="open('mine.txt', 'a').write('!')\nopen('new.txt', 'w').close()\n" + HALF)
    before = {file: file.read_bytes() for file in path.parent.iterdir()}
    assert progress(path)[0].state == "done"
    assert {file: file.read_bytes() for file in path.parent.iterdir()} == before


def test_files_beside_the_notebook_can_be_read(lesson: Lesson):
    (lesson.release.parent / "by.txt").write_text("2")
    half = "def half(x):\n    with open('by.txt') as file:\n        return x / int(file.read())"
    assert progress(write(lesson, half=half))[0].state == "done"


def test_demonstrations_are_left_out(lesson: Lesson):
    notebook = nbformat.read(write(lesson, half=HALF), as_version=4)
    demonstration = next(cell for cell in notebook.cells if "demonstration" in cell.metadata.get("tags", []))
    demonstration.source = "del half"
    nbformat.write(notebook, lesson.release)
    assert progress(write(lesson, quarter=QUARTER))[1].state == "done"


def test_every_cell_is_announced(lesson: Lesson):
    seen: list[tuple[int, int]] = []
    notebook = write(lesson, half=HALF, quarter=QUARTER)
    progress(notebook, on_cell=lambda done, total: seen.append((done, total)))
    total = 1 + [cell.get("id") for cell in nbformat.read(notebook, as_version=4).cells].index("quarter_values")
    assert seen == [(done, total) for done in range(1, total + 1)]


def test_a_lesson_that_nobody_touched_is_not_run(lesson: Lesson, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("course_utils.progress.rehearse", None)
    assert states(progress(lesson.release)) == ["not written", "not written"]


def test_kernel_is_this_python(lesson: Lesson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "elsewhere" / "kernels" / "python3"
    folder.mkdir(parents=True)
    kernel = {"argv": ["no-such-python", "{connection_file}"], "display_name": "Other", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(kernel))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "elsewhere"))
    half = f"import sys\nassert sys.prefix == {sys.prefix!r}\n{HALF}"
    assert progress(write(lesson, half=half))[0].state == "done"


def test_notebook_without_exercises_has_no_progress(lesson: Lesson):
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")]), lesson.release)
    with pytest.raises(CourseError, match="no cell in it is known as an exercise"):
        progress(lesson.release)
