"""Where the lesson's files go, and what a notebook has to set up before the first of them."""

from __future__ import annotations

import atexit
import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from course_utils.lessons.working import empty_once, new_path_below
from course_utils.withheld import working_on

FOLDER = Path("work09")


def begin() -> None:
    """Set the notebook up: an empty folder work09, one thread, this lesson's answers at rest.

    The folder is emptied once in a process: whoever runs the cell again keeps the files that later cells need.
    """
    import torch

    working_on("09")
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", message=".*legacy TorchScript", category=DeprecationWarning)
    empty_once(FOLDER)


def new_path(name: str) -> Path:
    """Return a path for a file of this name, in a new folder below work09, which goes when the process ends."""
    path = new_path_below(FOLDER, name)
    atexit.register(_remove, path.parent.absolute(), os.getpid())
    return path


@contextmanager
def passing_path(name: str) -> Iterator[Path]:
    """Give a path for a file of this name that is read within the block: its folder goes with it."""
    path = new_path_below(FOLDER, name)
    try:
        yield path
    finally:
        shutil.rmtree(path.parent, ignore_errors=True)


def _remove(folder: Path, process: int) -> None:
    if os.getpid() == process:  # no fork of it
        shutil.rmtree(folder, ignore_errors=True)
