"""Pictures of a lesson in JupyterLab, for the documentation: `python tests/browser/screenshots.py 01 --solved`.

It writes `docs/SLUG-wide.png` and `docs/SLUG-narrow.png` of the course that the working folder is in.
With `--solved` the lesson is run with its solutions first: the pictures show what it draws, and answers, so choose
the place with `--at`. Hidden tests are left out.
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
from pathlib import Path

import nbformat
from jupyter_driver import Notebook, chromium, running_lab

from course_staff.authoring.release import build
from course_utils.layout import MARKER, Course, Lesson

SIZES = {"wide": (1440, 900), "narrow": (900, 1000)}
SECONDS_TO_RUN = 600
NOT_TO_BE_SHOWN = re.compile(
    r"^### BEGIN HIDDEN TESTS$.*?^### END HIDDEN TESTS$\n?|^ *### (?:BEGIN|END) SOLUTION\n?", re.M | re.S
)


def main() -> None:
    """Take the pictures that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lesson", help="the lesson, such as 01")
    parser.add_argument("--solved", action="store_true", help="run the lesson with its solutions first")
    parser.add_argument("--at", default="", help="scroll to the first cell that holds this text")
    parser.add_argument("--out", type=Path, help="the folder to write to (default: the course's docs/)")
    asked = parser.parse_args()
    course = Course.find()
    (lesson,) = course.choose((asked.lesson,), course.released())
    out = asked.out or course.root / "docs"
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="screenshots-") as scratch:
        copy = _copy(course, lesson, Path(scratch) / "course", asked.solved)
        with running_lab(Course(copy.root), Path(scratch) / "home") as lab, chromium() as browser:
            page = browser.new_page()
            notebook = lab.open_lesson(page, copy)
            if asked.solved:
                notebook.run_all()
                notebook.wait_for_last_cell(SECONDS_TO_RUN)
            for name in SIZES:
                print(_picture(notebook, name, asked.at, out / f"{lesson.slug}-{name}.png"))


def _copy(course: Course, lesson: Lesson, root: Path, solved: bool) -> Lesson:
    shutil.copytree(course.root / "notebooks", root / "notebooks")
    shutil.copy(course.root / MARKER, root)
    copy = Lesson(root, lesson.id)
    if solved:
        notebook = nbformat.reads(build(lesson).source, as_version=4)
        for cell in notebook.cells:
            cell.source = NOT_TO_BE_SHOWN.sub("", cell.source).rstrip()
        nbformat.write(notebook, copy.release)
    return copy


def _picture(notebook: Notebook, size: str, at: str, path: Path) -> Path:
    page = notebook.page
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    side = page.locator("#jp-left-stack")
    if side.is_visible() != (size == "wide"):
        page.keyboard.press("ControlOrMeta+B")
        side.wait_for(state="visible" if size == "wide" else "hidden")
    cell = notebook.cells.filter(has_text=at).first
    cell.evaluate("cell => cell.scrollIntoView({block: 'start'})")
    page.screenshot(path=path)
    return path


if __name__ == "__main__":
    main()
