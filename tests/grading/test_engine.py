"""Workers, killed and not: what runs, what does not run again, and what is said."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager, suppress

import pytest
from running import Running, marks

from course_utils.files import write_whole

# Leaves a line each time it runs; without a sandbox a notebook can write where it likes.
LEAVES = "from pathlib import Path\nwith Path({path!r}).open('a') as file: file.write('ran\\n')\n"
KILLS = "import os\nos.kill(os.getppid(), 9)\n"
HALF = "def half(x):\n    return x / 2"


def grade(room, *arguments):
    run = Running(room.course.root, "grade", "01", *arguments)
    code, errors = run.end()
    return code, run.rows, errors


def rows_by_student(rows):
    return dict(row.split(": ", 1) for row in rows if ": " in row)


def count(path):
    return path.read_text().count("ran") if path.exists() else 0


def test_what_did_not_change_does_not_run_again(room, tmp_path):
    paths = {name: tmp_path / name for name in ("ann", "bob")}
    for name, path in paths.items():
        room.submit(name, room.solved(half=LEAVES.format(path=str(path)) + HALF))
    code, rows, _ = grade(room, "--sandbox", "none")
    assert (code, rows[-1]) == (0, "2 of 2 graded")
    room.submit("bob", room.solved(half=LEAVES.format(path=str(paths["bob"])) + HALF.replace("2", "3")))
    code, rows, _ = grade(room, "--sandbox", "none")
    assert rows[0] == "ann: 20 of 20, unchanged"
    assert rows[1].startswith("bob: 0 of 20 in ")
    assert {name: count(path) for name, path in paths.items()} == {"ann": 1, "bob": 2}
    grade(room, "--sandbox", "none", "--again", "--student", "ann")
    assert {name: count(path) for name, path in paths.items()} == {"ann": 2, "bob": 2}


def test_no_name_of_a_file_breaks_a_row_or_stops_the_class(room):
    for name in ("ann", "bob"):
        room.submit(name, room.solved())
    for name in (b"\xff.ipynb", b"a\nbob: 0 of 20.ipynb", b"\x1b[2J.csv", b"\xff.csv"):
        with open(os.fsencode(room.folder("ann")) + b"/" + name, "wb") as file:  # noqa: PTH123  # no text
            file.write(b"{}")
    (room.folder("ann").parents[1] / os.fsdecode(b"\xffzoe\n") / room.lesson.id).mkdir(parents=True)
    run = Running(room.course.root, "grade", "01", "--sandbox", "none", settings={"PYTHONIOENCODING": "utf-8:strict"})
    code, errors = run.end()
    assert (code, len(run.rows), run.rows[-1]) == (1, 4, "2 of 3 graded"), errors
    assert run.rows[0].startswith("ann: 20 of 20 in ") and "not read: " in run.rows[0]
    assert all(row.isprintable() for row in run.rows) and errors.count("\n") == 1


def test_one_that_kills_its_worker_runs_twice_and_hurts_nobody(room, tmp_path):
    left = tmp_path / "left"
    room.submit("ann", room.solved())
    room.submit("bad", room.solved(half=LEAVES.format(path=str(left)) + KILLS))
    for name in ("cat", "dan"):
        room.submit(name, room.solved(quarter=None))
    code, rows, errors = grade(room, "--sandbox", "none", "--workers", "2")
    said = rows_by_student(rows)
    assert said["bad"].startswith("not graded: its worker was killed twice")
    assert list(said)[-1] == "bad"
    assert count(left) == 2
    assert marks(room.course.root, room.lesson.id) == {"ann": 20, "cat": 15, "dan": 15}
    assert (code, rows[-1]) == (1, "3 of 4 graded")
    assert errors == "Error: not graded: bad; the rows above say why.\n"


def test_an_interrupt_says_how_to_go_on(room):
    for name in ("ann", "bob", "cat"):
        room.submit(name, room.solved(half="import time\ntime.sleep(3)\n" + HALF))
    run = Running(room.course.root, "grade", "01", "--sandbox", "none", "--workers", "1")
    run.until(1)
    os.killpg(run.process.pid, signal.SIGINT)  # as a terminal does it: to all of its processes
    code, errors = run.end()
    assert (code, errors) == (130, "interrupted; the same command goes on where this stopped\n")
    code, rows, _ = grade(room, "--sandbox", "none")
    assert (code, rows[0]) == (0, "ann: 20 of 20, unchanged")
    assert marks(room.course.root, room.lesson.id) == {"ann": 20, "bob": 20, "cat": 20}


def test_another_dask_on_this_machine_is_not_in_the_way(room):
    room.submit("ann", room.solved())
    with socket.socket() as taken:
        with suppress(OSError):  # in use already, which will do as well
            taken.bind(("", 8787))
            taken.listen()
        code, rows, errors = grade(room, "--sandbox", "none")
    assert (code, rows[-1], errors) == (0, "1 of 1 graded", "")


def test_two_coordinators_do_not_write_at_once(room):
    room.submit("ann", room.solved(half="import time\ntime.sleep(20)\n" + HALF))
    first = Running(room.course.root, "grade", "01", "--sandbox", "none")
    lock = room.course.root / "grading" / ".grade.lock"
    while not lock.exists() and first.process.poll() is None:
        pass
    code, _, errors = grade(room, "--sandbox", "none")
    first.process.kill()
    first.end()
    assert code == 1
    assert "another `course grade` is at work here; wait until it is done." in errors


@contextmanager
def started(folder):
    """A Dask scheduler and two workers, as their own commands start them; yield the scheduler and its address."""
    start = [sys.executable, "-m"]
    options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    scheduler = subprocess.Popen(
        [*start, "distributed.cli.dask_scheduler", *options], stderr=subprocess.PIPE, text=True, cwd=folder
    )
    address = next(line.split()[-1] for line in scheduler.stderr if "Scheduler at:" in line)
    options = ["--nworkers", "2", "--nthreads", "1", "--memory-limit", "0", "--no-dashboard"]
    workers = subprocess.Popen(
        [*start, "distributed.cli.dask_worker", address, *options], stderr=subprocess.DEVNULL, cwd=folder
    )
    try:
        yield scheduler, address
    finally:
        for process in (workers, scheduler):
            process.terminate()
            process.wait()


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    with started(tmp_path_factory.mktemp("dask")) as (_, address):
        yield address


def test_workers_of_a_scheduler(room, scheduler):
    for name in ("ann", "bob", "cat"):
        room.submit(name, room.solved(quarter=None if name == "bob" else "quarter = lambda x: x / 4"))
    code, rows, errors = grade(room, "--sandbox", "none", "--scheduler", scheduler)
    assert (code, rows[-1]) == (0, "3 of 3 graded"), errors
    assert marks(room.course.root, room.lesson.id) == {"ann": 20, "bob": 15, "cat": 20}


def test_a_worker_with_other_packages_is_refused(room, scheduler, tmp_path, monkeypatch):
    room.submit("ann", room.solved())
    # This coordinator believes in another version of torch than the workers have.
    write_whole(tmp_path / "torch-0.0.1.dist-info" / "METADATA", "Metadata-Version: 2.1\nName: torch\nVersion: 0.0.1\n")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    code, _, errors = grade(room, "--sandbox", "none", "--scheduler", scheduler)
    assert code == 1
    assert errors.startswith("Error: a worker has another Python, other packages or another version of this course")


def test_a_scheduler_that_goes_away_costs_nothing_but_time(room, tmp_path):
    room.submit("ann", room.solved())
    room.submit("bob", room.solved(half="import time\ntime.sleep(60)\n" + HALF))
    room.submit("cat", room.solved(half="import time\ntime.sleep(60)\n" + HALF))
    with started(tmp_path) as (scheduler, address):
        run = Running(room.course.root, "grade", "01", "--sandbox", "none", "--scheduler", address)
        run.until(1)
        scheduler.kill()
        code, errors = run.end()
    assert code == 1
    assert errors == "Error: the Dask scheduler went away; run the same command again, it goes on from here.\n"
    for student in ("bob", "cat"):
        room.submit(student, room.solved())
    code, rows, _ = grade(room, "--sandbox", "none")
    assert (code, rows[0]) == (0, "ann: 20 of 20, unchanged")
    assert marks(room.course.root, room.lesson.id) == {"ann": 20, "bob": 20, "cat": 20}


def test_no_scheduler_there(room):
    room.submit("ann", room.solved())
    code, _, errors = grade(room, "--scheduler", "tcp://127.0.0.1:9")
    assert code == 1
    assert errors.startswith("Error: --scheduler tcp://127.0.0.1:9: no Dask scheduler answers there")
    code, _, errors = grade(room, "--scheduler", "tcp://127.0.0.1:9", "--workers", "2")
    assert code == 2
    assert "give one of them" in errors
