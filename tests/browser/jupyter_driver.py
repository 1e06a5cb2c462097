"""JupyterLab started as `course lab` starts it, and driven through Chromium as a person would."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from course_utils.layout import Course, Lesson

SECONDS = 90  # the longest that anything waited for may take, on a busy machine
SECONDS_TO_STOP = 10  # a kernel that is still starting holds the server up for much longer
START = """
import sys
from pathlib import Path
from course_utils.lab import open_lab
from course_utils.layout import Course
sys.exit(open_lab(Course(Path(sys.argv[1])), instructor=sys.argv[2] == "instructor", port=0, browser=False))
"""
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def running_lab(course: Course, home: Path, instructor: bool = False) -> Iterator[Lab]:
    """Run the lab on a free port, with a home of its own, until the block ends.

    Raises:
        AssertionError: it did not start; the message is what it printed.
    """
    token = secrets.token_hex(16)
    _show_every_cell(home)
    env = {
        **os.environ,
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTER_TOKEN": token,
    }
    who = "instructor" if instructor else "student"
    with (home / "lab.log").open("w") as log:
        argv = [sys.executable, "-c", START, str(course.root), who]
        process = subprocess.Popen(argv, env=env, stdout=log, stderr=log, start_new_session=True)
        try:
            yield Lab(_address(process, home), token)
        finally:
            _stop(process)


def browser_here() -> str | None:
    """Return where the browser is, or None."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a headless Chromium until the block ends.

    Raises:
        AssertionError: there is none.
    """
    found = browser_here()
    assert found, f"No browser: none of {', '.join(CHROMIUM)} is on the PATH; install Debian's package `chromium`."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=OPTIONS)
        try:
            yield browser
        finally:
            browser.close()


class Lab:
    """A running lab's address."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token

    def open(self, page: Page, path: str = "lab") -> None:
        """Open an address of the lab and wait until JupyterLab stands."""
        page.set_default_timeout(SECONDS * 1000)
        expect.set_options(timeout=SECONDS * 1000)
        page.goto(f"{self.url}{path}?token={self.token}")
        page.locator(".lm-MenuBar-item", has_text="Run").wait_for()
        page.locator("#jupyterlab-splash").wait_for(state="detached")

    def open_lesson(self, page: Page, lesson: Lesson) -> Notebook:
        """Open a released lesson, wait for its cells and its kernel."""
        path = lesson.release.relative_to(lesson.root / "notebooks")
        self.open(page, f"lab/tree/{path.as_posix()}")
        return Notebook(page, lesson)


class Notebook:
    """An open notebook; its cells are named by their grade ids."""

    def __init__(self, page: Page, lesson: Lesson) -> None:
        cells = nbformat.read(lesson.release, as_version=4).cells
        self.places = {
            cell.metadata.nbgrader.grade_id: i for i, cell in enumerate(cells) if "nbgrader" in cell.metadata
        }
        self.page = page
        self.cells = page.locator(".jp-Notebook .jp-Cell")
        expect(self.cells).to_have_count(len(cells))
        # The notebook's own indicator says "idle" before there is a kernel.
        expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle")

    def cell(self, name: str) -> Locator:
        return self.cells.nth(self.places[name])

    def output(self, name: str) -> Locator:
        return self.cell(name).locator(".jp-OutputArea")

    def write(self, name: str, text: str) -> None:
        """Replace all that stands in a cell."""
        editor = self.cell(name).locator(".cm-content")
        editor.click()
        editor.press("ControlOrMeta+A")
        self.page.keyboard.insert_text(text)

    def run_all(self) -> None:
        """Start every cell; JupyterLab leaves out what follows one that fails."""
        menu(self.page, "Run", "Run All Cells")

    def wait_for_last_cell(self, seconds: int = SECONDS) -> None:
        """Wait until the last code cell has run."""
        last = self.page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").last
        expect(last).to_have_text(re.compile(r"\[\d+\]:"), timeout=seconds * 1000)

    def validate(self) -> str:
        """Press Validate; return what the dialog says, and close it."""
        self.page.locator(".validate-button").click()
        dialog = self.page.locator(".jp-Dialog")
        dialog.wait_for()
        said = dialog.inner_text()
        dialog.get_by_role("button", name="OK").click()
        dialog.wait_for(state="detached")
        return said


def menu(page: Page, name: str, item: str) -> None:
    """Choose an item of a menu in the menu bar."""
    page.locator(".lm-MenuBar-item").get_by_text(name, exact=True).click()
    page.locator(".lm-Menu-itemLabel").get_by_text(item, exact=True).click()


def _show_every_cell(home: Path) -> None:
    settings = home / "config" / "lab" / "user-settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')


def _address(process: subprocess.Popen, home: Path) -> str:
    deadline = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        for file in (home / "runtime").glob("jpserver-*.json"):
            try:
                return json.loads(file.read_text())["url"]
            except (ValueError, KeyError):
                break  # still being written
        time.sleep(0.1)
    raise AssertionError(f"JupyterLab did not start:\n{(home / 'lab.log').read_text()}")


def _stop(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
