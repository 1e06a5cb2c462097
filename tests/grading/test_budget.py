"""A submission has one budget of time: some times what the answer key takes, or what was asked for."""

import pytest
from classroom import code
from marks_of import lost
from small_notebooks import notebook, outputs
from test_engine import grade, rows_by_student

from course_staff.grading.attempt import LEAST_BUDGET, Attempt
from course_staff.grading.autograde import Grader
from course_staff.grading.engine import TIMES, Workers, _Run
from course_staff.grading.runners import runner

SLEEPS = ("own", "import time\ntime.sleep(0.5)\nprint('slept')")


@pytest.mark.parametrize("sandbox", ["bubblewrap", "none"])
def test_cells_that_each_end_in_time_end_together(sandbox):
    cells = [
        ("solution", "def f(): return 1"),
        ("test", "assert f() == 1"),
        *[SLEEPS] * 60,
        ("test", "assert f() == 1"),
    ]
    executed = runner(sandbox)(Attempt(notebook(*cells), timeout=60, budget=5))
    slept = sum(bool(shown) for shown in outputs(executed.notebook)[2:-1] if shown[0]["output_type"] == "stream")
    assert slept < 30
    assert "test62" in lost(executed.notebook)
    assert "BudgetSpentError: the 5 s for the whole notebook were over" in lost(executed.notebook)["test62"]
    assert any("its time was over in cell" in note and "earn nothing" in note for note in executed.notes)


@pytest.mark.parametrize("sandbox", ["bubblewrap", "none"])
def test_where_nothing_is_left_for_the_first_cell_it_is_named(sandbox):
    cells = notebook(("solution", "def f(): return 1"), ("test", "assert f() == 1"))
    executed = runner(sandbox)(Attempt(cells, budget=0.001))
    assert list(lost(executed.notebook)) == ["test1"]
    assert any("its time was over in cell 1 (solution0)" in note for note in executed.notes)


def test_a_cell_that_cannot_be_interrupted_is_told_which_time_was_over():
    deaf = "import time\nwhile True:\n    try:\n        time.sleep(1)\n    except KeyboardInterrupt:\n        pass"
    executed = runner("none")(Attempt(notebook(("solution", deaf)), timeout=60, budget=3))
    assert "cell 1 (solution0) used up the 3 s for the whole notebook and could not be interrupted" in executed.error


def test_the_row_says_so_and_a_larger_budget_is_another_attempt(room):
    solved = room.solved()
    solved.cells[1:1] = [code(SLEEPS[1]) for _ in range(8)]
    room.submit("ann", solved)
    code_, rows, _ = grade(room, "--sandbox", "none", "--budget", "3")
    row = rows_by_student(rows)["ann"]
    assert code_ == 0 and row.startswith("0 of 20") and "its time was over in cell" in row
    _, rows, _ = grade(room, "--sandbox", "none", "--budget", "200")
    assert rows_by_student(rows)["ann"].startswith("20 of 20 in ")


def test_what_the_key_takes_is_measured_once_and_counts_several_times(room):
    room.submit("ann", room.solved())
    assert grade(room, "--sandbox", "none")[0] == 0
    with Grader(room.course, room.lesson) as grader:
        seconds = grader.key_to_run()
        assert isinstance(seconds, float) and 0 < seconds < LEAST_BUDGET
        grader.record_key(grader._preparation.prepare("ann", room.folder("ann")), 1.0)  # of another attempt: void
        assert not isinstance(grader.key_to_run(), float)
        for taken in (1.0, LEAST_BUDGET):
            grader.key_to_run = lambda taken=taken: taken
            run = _Run(grader, None, Workers(), 1, lambda *_: None, False)
            assert run._seconds_for_all() == max(LEAST_BUDGET, TIMES * taken)
