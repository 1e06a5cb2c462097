"""The sandbox is there or it is refused, it comes back when it is lost, and nothing of it stays."""

import contextlib
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from marks_of import lost
from small_notebooks import notebook

from course_staff.grading import runners
from course_staff.grading.attempt import Attempt
from course_staff.grading.runners import runner
from course_staff.grading.sandbox import bubblewrap
from course_staff.grading.sandbox.warm import Warm
from course_utils.errors import CourseError

HONEST = Attempt(notebook(("solution", "def f(): return 1"), ("test", "assert f() == 1")))


def warm_processes():
    return [child for child in psutil.Process().children(recursive=True) if child.status() != psutil.STATUS_ZOMBIE]


def lose_warm_processes():
    """Kill each; one that ended with another that was killed, before its turn came, is lost as well."""
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def test_without_the_program_it_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        CourseError, match=r"bwrap is not on the PATH; install bubblewrap .*or take --sandbox container"
    ):
        bubblewrap.command(3)


def test_elsewhere_than_on_linux_it_is_refused(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(CourseError, match="works on Linux only"):
        bubblewrap.command(3)


def test_a_runtime_below_a_folder_that_is_covered_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(bubblewrap, "runtime", lambda: ["/opt/python", "/cache/src/course_utils"])
    with pytest.raises(CourseError, match="/cache/src/course_utils lies where the sandbox has its own files"):
        bubblewrap.command(3)


def test_where_it_cannot_start_its_last_words_are_told(monkeypatch, tmp_path):
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho bwrap: No permissions to create new namespace >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    runners._runner.cache_clear()
    try:
        with pytest.raises(CourseError, match=r"could not be started .*No permissions to create new namespace"):
            runner("bubblewrap")
    finally:
        runners._runner.cache_clear()


def test_no_secret_of_the_caller_is_in_the_sandboxs_environment(monkeypatch):
    monkeypatch.setenv("NBGRADER_DB_URL", "postgresql://secret")
    cells = [
        ("solution", "import os\ndef f(): return dict(os.environ)"),
        ("test", "assert 'NBGRADER_DB_URL' not in f()"),
    ]
    runners._runner.cache_clear()
    assert lost(runner("bubblewrap")(Attempt(notebook(*cells))).notebook) == {}


def test_a_lost_warm_process_is_replaced():
    run = runner("bubblewrap")
    assert lost(run(HONEST).notebook) == {}
    lose_warm_processes()
    assert lost(run(HONEST).notebook) == {}


def test_a_sandbox_that_is_lost_each_time_is_no_fault_of_the_submission(monkeypatch):
    run = runner("bubblewrap")
    start = Warm.cell

    def lose(warm, *request):
        lose_warm_processes()
        start(warm, *request)

    monkeypatch.setattr(Warm, "cell", lose)
    executed = run(HONEST)
    assert executed.notebook is None
    assert executed.error.startswith("the sandbox failed twice (it was lost), which is no fault of the submission")
    monkeypatch.undo()
    assert lost(run(HONEST).notebook) == {}


def test_memory_stays_flat_and_no_process_stays():
    run = runner("bubblewrap")
    sizes = []
    for _ in range(2):
        for _ in range(10):
            assert lost(run(HONEST).notebook) == {}
        sizes.append(sum(process.memory_info().rss for process in warm_processes()))
    assert len(warm_processes()) <= 3  # bubblewrap, its own process 1, and the warm process
    assert sizes[1] < sizes[0] + 5_000_000


def test_nothing_outlives_a_runner_that_is_killed(tmp_path):
    code = (
        "from small_notebooks import notebook\n"
        "from course_staff.grading.attempt import Attempt\n"
        "from course_staff.grading.runners import runner\n"
        "cells = ('solution', 'while True: pass'), ('test', '1')\n"
        "run = runner('bubblewrap'); print('ready', flush=True); run(Attempt(notebook(*cells), timeout=300))\n"
    )
    paths = {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=os.environ | paths) as process:
        process.stdout.readline()
        deadline = time.monotonic() + 60
        children = []
        while len(children) < 6 and time.monotonic() < deadline:  # the warm process's own, and two cells with guardians
            children = psutil.Process(process.pid).children(recursive=True)
            time.sleep(0.1)
        process.send_signal(signal.SIGKILL)
    assert len(children) >= 6
    assert not psutil.wait_procs(children, timeout=30)[1]


def test_no_socket_but_of_unix_can_be_made():
    code = """
import errno, socket
def families():
    made, refused = set(), set()
    for family in range(50):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
            try: socket.socket(family, kind).close(); made.add(family)
            except OSError as error: refused.add(error.errno) if family != socket.AF_UNIX else None
    return made, refused, [end.close() for end in socket.socketpair()]
"""
    cells = notebook(("solution", code), ("test", "import errno, socket\nassert families() == ({1}, {97}, [None] * 2)"))
    assert lost(runner("bubblewrap")(Attempt(cells)).notebook) == {}
