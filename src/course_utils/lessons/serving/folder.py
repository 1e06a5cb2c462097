"""Where the lesson's files go, and what a notebook sets up before the first of them."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from course_utils.errors import CourseError
from course_utils.lessons.working import empty_once, keep_exporters_quiet, new_path_below
from course_utils.withheld import working_on

FOLDER = Path("work13")
NEEDED = ("fastapi", "httpx", "uvicorn")


def begin() -> None:
    """Set the notebook up: an empty folder work13, one thread, exporters that keep their remarks to themselves.

    The folder is emptied once in a process. What the package has as answers to this lesson's exercises rests.

    Raises:
        CourseError: a package of the extra ``serving`` is missing; with the line that installs it.
    """
    import torch

    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise CourseError(f"Lesson 13 needs {' and '.join(missing)}: pip install {' '.join(NEEDED)}")
    working_on("13")
    torch.set_num_threads(1)
    keep_exporters_quiet()
    empty_once(FOLDER)


def new_path(name: str) -> Path:
    """Return a path for a file of this name, in a new folder below work13."""
    return new_path_below(FOLDER, name)
