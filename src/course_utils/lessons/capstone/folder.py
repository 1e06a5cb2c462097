"""Where the lesson's files go, and what a notebook sets up before the first of them."""

from __future__ import annotations

from pathlib import Path

from course_utils.lessons.working import (
    empty_once,
    keep_exporters_quiet,
    leave_out_preprocessing_advice,
    new_path_below,
)
from course_utils.withheld import working_on

FOLDER = Path("work16")


def begin() -> None:
    """Set the notebook up: an empty folder work16, one thread, an exporter that keeps its remarks to itself.

    The folder is emptied once in a process. What the package has as answers to this lesson's exercises rests.
    """
    import torch

    working_on("16")
    torch.set_num_threads(1)
    keep_exporters_quiet()
    leave_out_preprocessing_advice()
    empty_once(FOLDER)


def new_path(name: str) -> Path:
    """Return a path for a file of this name, in a new folder below work16."""
    return new_path_below(FOLDER, name)
