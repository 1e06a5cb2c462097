"""How JupyterLab is started, for a student and for an instructor."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from jupyterlab_server.config import get_page_config

from course_utils import lab
from course_utils.errors import CourseError
from course_utils.layout import Course

PREFIX = Path(sys.prefix)


@pytest.fixture
def released(sample: Course) -> Course:
    """A course with a place for lessons."""
    (sample.root / "notebooks").mkdir()
    return sample


def test_student_sees_the_lessons_only(released: Course, tmp_path: Path):
    start = lab.command(released, tmp_path)
    assert start.argv[:3] == [sys.executable, "-m", "jupyterlab"]
    assert f"--ServerApp.root_dir={released.root / 'notebooks'}" in start.argv
    assert start.cwd == released.root


def test_instructor_sees_the_course(released: Course, tmp_path: Path):
    start = lab.command(released, tmp_path, instructor=True)
    assert f"--ServerApp.root_dir={released.root}" in start.argv


def test_port_and_browser_are_jupyters_choice_unless_told(released: Course, tmp_path: Path):
    free = lab.command(released, tmp_path).argv
    told = lab.command(released, tmp_path, port=9999, browser=False).argv
    assert set(told) - set(free) == {"--ServerApp.port=9999", "--no-browser"}


@pytest.mark.parametrize(("user", "said"), [(0, True), (1000, False)])
def test_allow_root_is_said_to_root_only(
    released: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int, said: bool
):
    monkeypatch.setattr(os, "geteuid", lambda: user, raising=False)
    assert ("--allow-root" in lab.command(released, tmp_path).argv) is said


def test_environment_is_this_one(released: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "elsewhere")
    monkeypatch.setenv("JUPYTER_PATH", "theirs")
    monkeypatch.delenv("JUPYTER_CONFIG_PATH", raising=False)
    env = lab.command(released, tmp_path).env
    assert env["PATH"] == os.pathsep.join([str(Path(sys.executable).parent), "elsewhere"])
    assert env["JUPYTER_PATH"] == os.pathsep.join([str(PREFIX / "share" / "jupyter"), "theirs"])
    assert env["JUPYTER_CONFIG_PATH"] == str(tmp_path)
    assert env["ORT_DISABLE_TELEMETRY"] == "1"


def test_without_lessons_there_is_a_sentence(sample: Course, tmp_path: Path):
    with pytest.raises(CourseError, match="no such folder, so no lessons"):
        lab.command(sample, tmp_path)


def test_student_keeps_validate_alone_of_what_nbgrader_adds(released: Course, tmp_path: Path):
    lab.write_settings(tmp_path, released)
    extension = PREFIX / "share" / "jupyter" / "labextensions" / "@jupyter" / "nbgrader" / "static"
    plugins = set(re.findall(r'"(@jupyter/nbgrader:[a-z-]+)"', "".join(f.read_text() for f in extension.glob("*.js"))))
    assert plugins - set(_disabled(tmp_path)) == {"@jupyter/nbgrader:validate-assignment"}
    services = json.loads((PREFIX / "etc" / "jupyter" / "jupyter_server_config.d" / "nbgrader.json").read_text())
    named = set(services["ServerApp"]["jpserver_extensions"])
    off = json.loads((tmp_path / "jupyter_server_config.json").read_text())["ServerApp"]["jpserver_extensions"]
    assert named - set(off) == {"nbgrader.server_extensions.validate_assignment"}
    assert not any(off.values())


def test_jupyter_reads_the_settings(released: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    lab.write_settings(tmp_path, released)
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path))
    page = get_page_config([])
    assert set(_disabled(tmp_path)) <= set(page["disabledExtensions"])


def test_instructor_loses_the_news_alone(released: Course, tmp_path: Path):
    lab.write_settings(tmp_path, released, instructor=True)
    assert list(_disabled(tmp_path)) == [lab.NEWS]


def test_instructor_gets_an_exchange(released: Course, tmp_path: Path):
    lab.write_settings(tmp_path, released, instructor=True)
    exchange = released.root / "grading" / "exchange"
    assert exchange.is_dir()
    assert json.loads((tmp_path / "nbgrader_config.json").read_text())["Exchange"]["root"] == str(exchange)


def test_student_gets_no_exchange(released: Course, tmp_path: Path):
    lab.write_settings(tmp_path, released)
    assert not (released.root / "grading" / "exchange").exists()


def test_exit_code_comes_back_and_settings_go(released: Course, monkeypatch: pytest.MonkeyPatch):
    seen: list[Path] = []

    def stand_in(course: Course, settings: Path, *others: object) -> lab.Start:
        seen.append(settings)
        script = f"import sys, pathlib; sys.exit(7 if pathlib.Path({str(settings)!r}).is_dir() else 1)"
        return lab.Start([sys.executable, "-c", script], dict(os.environ), course.root)

    monkeypatch.setattr(lab, "command", stand_in)
    assert lab.open_lab(released) == 7
    assert not seen[0].exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize(("signals", "code"), [([signal.SIGTERM], 15), ([signal.SIGINT, signal.SIGTERM], 15)])
def test_a_signal_reaches_jupyter(released: Course, signals: list[int], code: int):
    # A stand-in that outlives an interrupt, as JupyterLab does, and says by its exit code that it was told to end.
    child = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(15))\n"
        "print('ready', flush=True)\n"
        "while True: time.sleep(60)\n"
    )
    parent = (
        "import os, signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where these tests run in the background\n"
        "from pathlib import Path\n"
        "from course_utils import lab\n"
        f"lab.command = lambda *_: lab.Start([sys.executable, '-c', {child!r}], dict(os.environ), Path.cwd())\n"
        f"sys.exit(lab.open_lab(lab.Course(Path({str(released.root)!r}))))\n"
    )
    start = [sys.executable, "-c", parent]
    process = subprocess.Popen(start, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert process.stdout.readline() == "ready\n"
        for number in signals:
            process.send_signal(number)
        assert process.wait(60) == code
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # the child too, where it was left behind
        process.communicate()


def _disabled(settings: Path) -> dict[str, bool]:
    return json.loads((settings / "labconfig" / "page_config.json").read_text())["disabledExtensions"]
