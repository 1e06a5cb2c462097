"""Where the lesson's files go, and what a notebook sets up before the first of them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from course_utils.lessons.working import empty_once, keep_exporters_quiet, new_path_below

FOLDER = Path("work03")


def begin() -> Path:
    """Set the notebook up: an empty folder work03, one thread, and exporters that keep their remarks to themselves.

    What is wrong with a model still comes as an exception. The folder is emptied once in a process: whoever runs the
    cell again keeps the files that later cells need.

    Returns:
        The folder's path.
    """
    import torch

    torch.set_num_threads(1)
    keep_exporters_quiet()
    empty_once(FOLDER)
    return FOLDER


def new_path(name: str) -> Path:
    """Return a path for a file of this name, in a new folder below work03."""
    return new_path_below(FOLDER, name)


def empty_folder(name: str) -> Path:
    """Return the folder of this name below work03, empty whatever was in it."""
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def written(text: str) -> Path:
    """Write a model, given in ONNX's text form, to a new file; return its path."""
    import onnx

    return saved(onnx.parser.parse_model(text), "graph.onnx")


def saved(model: Any, name: str) -> Path:
    """Write an ``onnx.ModelProto`` to a new file of this name; return its path."""
    path = new_path(name)
    path.write_bytes(model.SerializeToString())
    return path
