"""Where the lesson's files go, and what a notebook has to set up before the first of them."""

from __future__ import annotations

import warnings
from pathlib import Path

from course_utils.lessons.working import empty_once, leave_out_preprocessing_advice, new_path_below
from course_utils.withheld import working_on

FOLDER = Path("work06")


def begin() -> None:
    """Set the notebook up: an empty folder work06, one thread, two remarks turned off, this lesson's answers at rest.

    The folder is emptied once in a process: whoever runs the cell again keeps the files that later cells need.

    ONNX Runtime's quantizer recommends preparing every model, also where there is nothing to prepare, and its float16
    converter names every weight that it rounds to nothing. Both write to the error stream, where a test takes a word
    for a failure; no other warnings are turned off.
    """
    import onnxruntime
    import torch

    working_on("06")
    torch.set_num_threads(1)
    leave_out_preprocessing_advice()
    warnings.filterwarnings("ignore", message="the float32 number")
    onnxruntime.set_default_logger_severity(4)  # C++: fatal errors only, the others are raised
    empty_once(FOLDER)


def new_path(name: str) -> Path:
    """Return a path for a file of this name, in a new folder below work06."""
    return new_path_below(FOLDER, name)
