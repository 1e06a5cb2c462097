"""The folder that a lesson's files go to, and remarks that would stand on the error stream."""

from __future__ import annotations

import logging
import shutil
import tempfile
import warnings
from pathlib import Path

REMARKS = (  # of PyTorch's exporters, about themselves
    ".*treespec, LeafSpec",
    ".*legacy TorchScript",
    ".*dynamic_axes",
    "Exporting a model while",
    "Constant folding",
)
_emptied: set[Path] = set()


def empty_once(folder: Path) -> None:
    """Make the folder, empty the first time in a process: whoever runs the cell again keeps what later cells need."""
    if folder.absolute() not in _emptied:
        shutil.rmtree(folder, ignore_errors=True)
        _emptied.add(folder.absolute())
    folder.mkdir(exist_ok=True)


def new_path_below(folder: Path, name: str) -> Path:
    """Return a path for a file of this name, in a new folder below ``folder``, which is made where it is not there."""
    folder.mkdir(exist_ok=True)
    return Path(tempfile.mkdtemp(dir=folder)) / name


def keep_exporters_quiet() -> None:
    """Turn off what PyTorch's exporters and ONNX Runtime remark; what is wrong with a model is an exception still."""
    import onnxruntime

    for name in ("torch.onnx", "onnxscript"):
        logging.getLogger(name).setLevel(logging.ERROR)
    for words in REMARKS:
        warnings.filterwarnings("ignore", words)
    onnxruntime.set_default_logger_severity(4)  # only what is fatal; all else is raised


def leave_out_preprocessing_advice() -> None:
    """Turn off what ONNX Runtime's quantizer recommends for every model, also where there is nothing to prepare."""
    logging.root.addFilter(_worth_telling)


def _worth_telling(record: logging.LogRecord) -> bool:
    return "pre-processing" not in record.getMessage()
