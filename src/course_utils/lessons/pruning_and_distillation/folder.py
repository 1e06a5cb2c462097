"""What the notebook sets up before its first file."""

from __future__ import annotations

from pathlib import Path

from course_utils.lessons.working import empty_once, new_path_below
from course_utils.withheld import working_on

FOLDER = Path("work10")


def begin() -> None:
    """Set the notebook up: an empty folder work10, one thread, this lesson's answers at rest.

    The folder is emptied once in a process: whoever runs the cell again keeps the files that later cells need.
    """
    import torch

    working_on("10")
    torch.set_num_threads(1)
    empty_once(FOLDER)


def new_path(name: str) -> Path:
    """Return a path for a file of this name, in a new folder below work10."""
    return new_path_below(FOLDER, name)
