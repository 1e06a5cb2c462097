"""The networks that the demonstrations quantize, as ONNX files in float, and the digits that they read."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from course_utils import data, quantization, tables, training
from course_utils.lessons.quantization import folder
from course_utils.quiet import quiet

DENSE_STEPS = 150
DENSE_SIZES = (784, 512, 256, 10)


@cache
def digits28() -> data.Digits:
    """Return the 28×28 digits, loaded once."""
    return data.digits(28)


def labelled() -> tuple[Any, Any]:
    """Return the test images (450, 1, 28, 28) and their labels (450,)."""
    return digits28().test_images, digits28().test_labels


def float_model(name: str) -> Path:
    """Return the path of a trained network, "resnet" or "mobilenet", as an ONNX file that is ready to quantize.

    ONNX Runtime's own preparation folds what can be folded (lesson 05) and notes every shape.
    """
    return _exported(training.trained(name), name)


def dense_model() -> Path:
    """Return the path of a dense network, 784–512–256–10, trained on the 28×28 digits, as an ONNX file."""
    import torch

    images, labels = (torch.from_numpy(each) for each in (digits28().train_images, digits28().train_labels))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        linear = [torch.nn.Linear(*each) for each in pairwise(DENSE_SIZES)]
    net = torch.nn.Sequential(torch.nn.Flatten(), linear[0], torch.nn.ReLU(), linear[1], torch.nn.ReLU(), linear[2])
    optimizer, draw = torch.optim.Adam(net.parameters()), torch.Generator().manual_seed(0)
    for _ in range(DENSE_STEPS):
        batch = torch.randint(0, len(images), (128,), generator=draw)
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(net(images[batch]), labels[batch]).backward()
        optimizer.step()
    return _exported(net, "dense")


@cache
def of_float(path: Path) -> quantization.Report:
    """Return the report of a float model on the test images, made once."""
    return quantization.report(path, *labelled())


def show_networks(*paths: Path) -> str:
    """Show float models as a table, below a line on this machine; return the line."""
    from course_utils.hardware import hardware_line

    print(hardware_line())
    tables.show([of_float(path).summary() for path in paths])
    return hardware_line()


def _exported(net: Any, name: str) -> Path:
    import torch
    from onnxruntime.quantization.shape_inference import quant_pre_process

    from course_utils.export import to_onnx_torchscript

    folder.FOLDER.mkdir(exist_ok=True)
    example, path = torch.from_numpy(digits28().train_images[:2]), folder.FOLDER / f"{name}.onnx"
    exported = to_onnx_torchscript(net, example, folder.FOLDER / f"{name}_exported.onnx")
    with quiet():
        quant_pre_process(exported, path, skip_symbolic_shape=True)
    return path
