"""Where the lesson's files go, and what a notebook sets up before the first of them."""

from __future__ import annotations

from pathlib import Path

from course_utils.lessons.working import empty_once, keep_exporters_quiet
from course_utils.withheld import working_on

FOLDER = Path("work12")


def begin() -> None:
    """Set the notebook up: an empty folder work12, and the package's own answers to this lesson rest."""
    working_on("12")
    empty_once(FOLDER)


def prepare_for_torch() -> None:
    """Let torch use one thread, and its exporters keep their remarks to themselves."""
    import torch

    torch.set_num_threads(1)
    keep_exporters_quiet()
