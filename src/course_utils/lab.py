"""JupyterLab as the course wants it: lessons and Validate for a student, nbgrader's whole face for an instructor."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from course_utils.errors import CourseError
from course_utils.files import write_whole
from course_utils.layout import MINE, Course
from course_utils.start_page import NAME, write_start_page

# Parts of JupyterLab that are not loaded. The first asks whether to fetch news, and fetches.
NEWS = "@jupyterlab/apputils-extension:announcements"
NOT_FOR_STUDENTS = (
    "@jupyter/nbgrader:menu",
    "@jupyter/nbgrader:formgrader",
    "@jupyter/nbgrader:assignment-list",
    "@jupyter/nbgrader:course-list",
    "@jupyter/nbgrader:create-assignment",
    "jupyterlab-jupytext",
)
SERVICES_NOT_FOR_STUDENTS = (
    "nbgrader.server_extensions.formgrader",
    "nbgrader.server_extensions.assignment_list",
    "nbgrader.server_extensions.course_list",
    "jupyterlab_jupytext",
)
READING = {"@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {"markdown": "Markdown Preview"}}}
FORMGRADER_FIRST = {
    "metadata": {"id": "default"},
    "data": {
        "layout-restorer:data": {
            "main": {
                "dock": {
                    "type": "tab-area",
                    "currentIndex": 0,
                    "widgets": ["nbgrader-formgrader:nbgrader-formgrader"],
                },
                "current": "nbgrader-formgrader:nbgrader-formgrader",
            },
        },
        "nbgrader-formgrader:nbgrader-formgrader": {"data": {}},
    },
}


@dataclass(frozen=True)
class Start:
    """A program to start: its arguments, its environment, its working folder."""

    argv: list[str]
    env: dict[str, str]
    cwd: Path


def open_lab(course: Course, instructor: bool = False, port: int | None = None, browser: bool = True) -> int:
    """Run JupyterLab until it is stopped; return its exit code.

    Raises:
        CourseError: there are no lessons to open.
    """
    with tempfile.TemporaryDirectory(prefix="course-lab-") as folder:
        settings = Path(folder)
        write_settings(settings, course, instructor)
        start = command(course, settings, instructor, port, browser)
        if not instructor:
            write_start_page(course)
        return _run(start)


def command(
    course: Course, settings: Path, instructor: bool = False, port: int | None = None, browser: bool = True
) -> Start:
    """Return how JupyterLab is started, with what ``write_settings`` put into ``settings``.

    A student's server shows ``notebooks/`` and nothing else, and opens where they left off, at first on the start page;
    an instructor's shows the course and opens on Formgrader.

    Raises:
        CourseError: there are no lessons to open.
    """
    room = course.root if instructor else course.root / "notebooks"
    if not room.is_dir():
        raise CourseError(f"{room}: no such folder, so no lessons; an instructor makes them with `course release`.")
    argv = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={room}"]
    left = (settings if instructor else course.root / MINE) / "workspaces"
    argv.append(f"--LabApp.workspaces_dir={left}")
    if not instructor and not any(left.glob("*")):
        argv.append(f"--LabApp.default_url=/lab/tree/{NAME}")
    if port is not None:
        argv.append(f"--ServerApp.port={port}")
    if not browser:
        argv.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        argv.append("--allow-root")
    # nbgrader reads the nbgrader_config.py of the working folder.
    return Start(argv, _environment(settings), course.root)


def write_settings(settings: Path, course: Course, instructor: bool = False) -> None:
    """Write into ``settings`` what differs from Jupyter's own; make the exchange that an instructor's lists need."""
    disabled = (NEWS,) if instructor else (NEWS, *NOT_FOR_STUDENTS)
    services = () if instructor else SERVICES_NOT_FOR_STUDENTS
    kernels = {"KernelManager": {"transport_encryption": _encryption()}}
    page = {"buildAvailable": False, "buildCheck": False, "disabledExtensions": dict.fromkeys(disabled, True)}
    lab = {
        "check_for_updates_class": "jupyterlab.handlers.announcements.NeverCheckForUpdate",
        "extension_manager": "readonly",
        "news_url": None,
    }
    server = {"ServerApp": {"jpserver_extensions": dict.fromkeys(services, False)}, "LabApp": lab, **kernels}
    _write(settings / "labconfig" / "page_config.json", page)
    _write(settings / "jupyter_server_config.json", server)
    if not instructor:
        _write(settings / "labconfig" / "default_setting_overrides.json", READING)
        _write(settings / "nbgrader_config.json", kernels)
        return
    exchange = course.root / "grading" / "exchange"
    exchange.mkdir(parents=True, exist_ok=True)
    _write(settings / "nbgrader_config.json", {"Exchange": {"root": str(exchange)}, **kernels})
    _write(settings / "workspaces" / "default-37a8.jupyterlab-workspace", FORMGRADER_FIRST)


def _encryption() -> str:
    # A kernel reached over an open port of this machine warns in red about who may listen.
    import zmq

    return "auto" if zmq.has("curve") else "disabled"


def _environment(settings: Path) -> dict[str, str]:
    env = dict(os.environ)
    env["ORT_DISABLE_TELEMETRY"] = "1"
    # This environment's kernel and extensions come before any other of the same name.
    _prepend(env, "JUPYTER_PATH", Path(sys.prefix) / "share" / "jupyter")
    _prepend(env, "JUPYTER_CONFIG_PATH", settings)
    # nbgrader starts `alembic` by name.
    _prepend(env, "PATH", Path(sys.executable).parent)
    return env


def _prepend(env: dict[str, str], name: str, folder: Path) -> None:
    env[name] = os.pathsep.join(filter(None, [str(folder), env.get(name)]))


def _write(path: Path, content: dict) -> None:
    write_whole(path, json.dumps(content, indent=2) + "\n")


def _run(start: Start) -> int:
    process = subprocess.Popen(start.argv, env=start.env, cwd=start.cwd)
    before = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue  # Jupyter had it too, and asks whether to stop
    finally:
        signal.signal(signal.SIGTERM, before)
