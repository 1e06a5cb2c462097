"""Where the lesson's files go, and what a notebook has to set up before the first of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from course_utils import tensorrt
from course_utils.lessons.working import empty_once, leave_out_preprocessing_advice, new_path_below
from course_utils.withheld import working_on

FOLDER = Path("work07")


def begin() -> Any:
    """Set the notebook up and return ``tensorrt_rtx``, or its stand-in; print which of them it is.

    That is: an empty folder work07, one thread, a remark turned off, this lesson's answers at rest. The folder is
    emptied once in a process: whoever runs the cell again keeps the files that later cells need.
    """
    import torch

    working_on("07")
    torch.set_num_threads(1)
    leave_out_preprocessing_advice()
    empty_once(FOLDER)
    trt = tensorrt.library_or_stand_in("tensorrt_rtx")
    try:
        print("here:", tensorrt.version(tensorrt.library("tensorrt_rtx")))
    except tensorrt.NotHere as error:
        print(error, "Tests that need it count as passed here, and demonstrations stop with this sentence.")
    return trt


def new_path(name: str) -> Path:
    """Return a path for a file of this name, in a new folder below work07."""
    return new_path_below(FOLDER, name)
