"""ONNX files and networks: small ones to test with, trained ones to look at."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from course_utils.lessons.tensorrt_engines.folder import FOLDER, new_path

if TYPE_CHECKING:
    import numpy as np
    import torch

HEAD = '<ir_version: 10, opset_import: ["" : 20, "own.ops" : 1]>'
# A node that TensorRT lacks; a product that SM75 lacks.
DET = "net (float[2, 3, 3] x) => (float[2] y, float[2, 3, 3] z) { z = Relu (x)\n y = Det (z) }"
# So many hidden units that, whatever the weights, some are awake.
MIXED = """net (float[N, 2, 7, 9] pixels) => (float[N, 3] y)
<float[4, 2, 3, 3] w = {0}, float[4] b = {0}, float[4, 1, 3, 3] w2 = {0}, float[4, 2000] w3 = {0},
 float[2000, 3] w4 = {0},
 float[3] b4 = {0}> {
    a = Conv (pixels, w, b)
    r = Relu (a)
    c = Conv <group: int = 4> (r, w2)
    g = GlobalAveragePool (c)
    f = Flatten (g)
    m = MatMul (f, w3)
    s = Relu (m)
    y = Gemm (s, w4, b4)
}"""
# No bias, one axis to move along, a weight that is read across.
PLAIN = """net (float[N, 2, 9] pixels) => (float[N, 24] y, float[N, 24] z, float[N, 4, 7] q)
<float[18, 24] w = {0}, float[24, 18] v = {0}, float[4, 2, 3] u = {0}> {
    f = Flatten (pixels)
    p = MatMul (f, w)
    y = Relu (p)
    z = Gemm <transB: int = 1> (f, v)
    q = Conv (pixels, u)
}"""
DENSE = "net (float[N, 8] x) => (float[N, 4] y) <float[8, 4] w = {0}> { a = MatMul (x, w)\n y = Relu (a) }"


def write_graph(text: str, path: Path, **made_by: str) -> Path:
    """Write a graph from ONNX's text form, weights all 1; return path.

    Args:
        made_by: by value, the name of the node that makes it; other nodes get none.
    """
    import numpy as np
    import onnx

    model = onnx.parser.parse_model(f"{HEAD} {text}")
    for weight in model.graph.initializer:
        kind = onnx.helper.tensor_dtype_to_np_dtype(weight.data_type)
        weight.CopyFrom(onnx.numpy_helper.from_array(np.ones(tuple(weight.dims), kind), weight.name))
    for node in model.graph.node:
        node.name = made_by.get(node.output[0], "")
    onnx.save(model, path)
    return path


def draw_weights(path: Path, rng: np.random.Generator, biases: float = 1.0) -> bytes:
    """Give a model normal weights, drawn from rng; return what its file then holds.

    Args:
        biases: the standard deviation of what has one axis; where it is far above that of the inputs, all scores are
            nearly the same, and what int8 loses of them is large beside their range.
    """
    import onnx

    model = onnx.load(path)
    for weight in model.graph.initializer:
        kind = onnx.helper.tensor_dtype_to_np_dtype(weight.data_type)
        drawn = rng.normal(scale=biases if len(weight.dims) == 1 else 1, size=tuple(weight.dims))
        weight.CopyFrom(onnx.numpy_helper.from_array(drawn.astype(kind), weight.name))
    onnx.save(model, path)
    return path.read_bytes()


def call_otherwise(path: Path, new: Callable[[str], str]) -> Path:
    """Give each input, weight, output and value of a model another name, new(name); return path."""
    import onnx

    model = onnx.load(path)
    for each in (*model.graph.input, *model.graph.output, *model.graph.initializer):
        each.name = new(each.name)
    for node in model.graph.node:
        node.input[:], node.output[:] = map(new, node.input), map(new, node.output)
    onnx.save(model, path)
    return path


def reader_of(images: np.ndarray, name: str = "input") -> SimpleNamespace:
    """Return a calibration reader that gives the images 50 at a time, then None."""
    batches = iter([{name: images[k : k + 50]} for k in range(0, len(images), 50)])
    return SimpleNamespace(get_next=lambda: next(batches, None))


def training_images() -> SimpleNamespace:
    """Return a calibration reader of 200 images that the ResNet was trained on."""
    return reader_of(images().train_images[:200])


@functools.cache
def images() -> Any:
    """Return the digits at 28 × 28."""
    from course_utils.data import digits

    return digits(28)


def dense_net(seed: int, width: int = 800) -> tuple[torch.nn.Module, torch.Tensor]:
    """Return an untrained net from images (n, 1, 28, 28) to scores (n, 10), and 16 images for it."""
    import torch

    torch.manual_seed(seed)
    layers = torch.nn.Flatten(), torch.nn.Linear(784, width), torch.nn.ReLU(), torch.nn.Linear(width, 10)
    return torch.nn.Sequential(*layers).eval(), torch.rand(16, 1, 28, 28)


def two_convs(seed: int) -> Path:
    """Return the file of an untrained net of two convolutions and a dense layer, images (n, 1, 28, 28)."""
    import torch

    from course_utils.export import to_onnx_torchscript

    torch.manual_seed(seed)
    layers = torch.nn.Conv2d(1, 8, 3, 2), torch.nn.ReLU(), torch.nn.Conv2d(8, 16, 3, 2), torch.nn.ReLU()
    net = torch.nn.Sequential(*layers, torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(16, 10))
    return to_onnx_torchscript(net.eval(), torch.rand(2, 1, 28, 28), new_path("float.onnx"))


def resnet() -> torch.nn.Module:
    """Return the trained ResNet."""
    from course_utils.training import trained

    return trained("resnet")


def networks() -> dict[str, Path]:
    """Write three networks as ONNX files below work07 and return their paths by name.

    The trained ResNet is exported as in lesson 03; a MobileNet and a CNN, untrained, by the older exporter, which
    leaves batch normalizations in the graph.
    """
    import torch

    from course_utils.export import to_onnx, to_onnx_torchscript
    from course_utils.models import DigitCNN, DigitMobileNet

    torch.manual_seed(7)
    image = torch.rand(2, 1, 28, 28)
    return {
        "ResNet": to_onnx(resnet(), image, FOLDER / "resnet.onnx"),
        "MobileNet": to_onnx_torchscript(DigitMobileNet(), image, FOLDER / "mobilenet.onnx"),
        "CNN": to_onnx_torchscript(DigitCNN(), torch.rand(2, 1, 16, 16), FOLDER / "cnn.onnx"),
    }
