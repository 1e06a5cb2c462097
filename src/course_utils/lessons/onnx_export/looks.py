"""Tables and lines about files: how large, what is in them, what a tool says of them."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils import graphs, runtime, tables
from course_utils.data import digits
from course_utils.lessons.onnx_export.fixtures import DESCRIBED
from course_utils.lessons.onnx_export.given import results_of

if TYPE_CHECKING:
    import torch


def show_sizes(module: torch.nn.Module, file: Path) -> int:
    """Show how many bytes a module's weights, PyTorch's file of them, and its ONNX file take.

    Returns:
        What the ONNX file takes beside the weights, in bytes.
    """
    import torch

    saved = io.BytesIO()
    torch.save(module.state_dict(), saved)
    weights = sum(weight.nbytes for weight in module.parameters())
    sizes = {
        "the weights themselves, 4 bytes each": weights,
        "PyTorch's file: weights, no graph": saved.getbuffer().nbytes,
        "the ONNX file: weights and graph": file.stat().st_size,
    }
    tables.show([{"what": what, "bytes": f"{size:,}"} for what, size in sizes.items()], f"{weights // 4:,} weights")
    return file.stat().st_size - weights


def show_descriptions(describe: Callable[[Path], Mapping[str, Any]], files: Mapping[str, Path]) -> None:
    """Show what a student's ``describe`` says of several files, a column for each."""
    found = {name: describe(file) for name, file in files.items()}
    rows = [{"": key} | {name: str(each[key]) for name, each in found.items()} for key in DESCRIBED[:4]]
    rows.append({"": "nodes"} | {name: str(sum(each["operators"].values())) for name, each in found.items()})
    rows.append({"": "weight_bytes"} | {name: f"{each['weight_bytes']:,}" for name, each in found.items()})
    tables.show(rows, "One network, described by your function")


def labels_changed(module: torch.nn.Module, file: Path, images: torch.Tensor) -> int:
    """Return for how many images the most probable class differs between a module and its file."""
    import torch

    with torch.no_grad():
        labels = module(images).argmax(dim=1).numpy()
    return int((results_of(file, images)[0].argmax(axis=1) != labels).sum())


def added(before: Path, after: Path) -> str:
    """Return which operators the second file has more of, such as ``"2 Cast, 1 Softmax"``."""
    had, has = graphs.operators(before), graphs.operators(after)
    return ", ".join(f"{count - had.get(op, 0)} {op}" for op, count in has.items() if count > had.get(op, 0))


def sizes_in(folder: Path) -> str:
    """Return each file of a folder with its size, such as ``"net.onnx 900 bytes, net.onnx.data 4,000 bytes"``."""
    return ", ".join(f"{each.name} {each.stat().st_size:,} bytes" for each in sorted(folder.iterdir()))


def try_to_load(file: Path) -> None:
    """Print what three tools say when they load a file that lacks its weights."""
    import onnx
    import onnxruntime

    for tool, attempt in (
        ("onnx", onnx.load),
        ("ONNX Runtime", onnxruntime.InferenceSession),
        ("the course", runtime.session),
    ):
        try:
            attempt(file)
            print(f"{tool}: loaded")
        except Exception as error:
            print(f"{tool}: {type(error).__name__}: {str(error)[:160]}")


def compare_classifiers(classifier: Path, network: Path) -> float:
    """Show the size of two files, and how many test digits each gets right.

    Args:
        classifier: takes (n, 64), the pixels of 8×8 digits, and gives labels first.
        network: takes (n, 1, 16, 16) and gives scores.

    Returns:
        What the classifier gets right, in percent.
    """
    small, large = digits(8), digits(16)
    found = {
        "logistic regression": (classifier, results_of(classifier, small.test_images.reshape(-1, 64))[0]),
        "DigitCNN": (network, results_of(network, large.test_images)[0].argmax(axis=1)),
    }
    right = {name: 100 * float((labels == small.test_labels).mean()) for name, (_, labels) in found.items()}
    rows = [
        {"file": name, "bytes": f"{file.stat().st_size:,}", "test images right": f"{right[name]:.1f}%"}
        for name, (file, _) in found.items()
    ]
    tables.show(rows, f"{len(small.test_labels)} test images; 8×8 pixels for the first, 16×16 for the second")
    return right["logistic regression"]
