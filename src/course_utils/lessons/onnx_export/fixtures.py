"""What the tests export, describe and split: small models whose results are known by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils import expect
from course_utils.lessons.onnx_export.folder import new_path, saved

if TYPE_CHECKING:
    import torch

# Models in ONNX's text form. The first multiplies its columns by 2 and by 1.5.
SCALING = (
    '<ir_version: 8, opset_import: ["" : 18]> scaling (float[n,2] pixels) => (float[n,2] sums) '
    "<float[2,2] w = {2, 0, 0, 1.5}> {sums = MatMul(pixels, w)}"
)
# Adds to each row the sum of all rows, and so doubles a batch of one row, and no other.
ADDING_UP = (
    '<ir_version: 8, opset_import: ["" : 18]> adding_up (float[n,2] pixels) => (float[n,2] sums) '
    "<int64[1] axes = {0}> {total = ReduceSum(pixels, axes) sums = Add(pixels, total)}"
)
# Two domains, a weight among the inputs, weights of two types in none of which raw_data is used.
JOINED = (
    '<ir_version: 9, opset_import: ["ai.onnx.ml" : 3, "" : 17]> '
    "joined (float[n,2] left, uint8[n,3,4] right, float[2,2] w) => (float[n,2] sums, int64[k] shape) "
    "<float[2,2] w = {1, 2, 3, 4}, int8[5] q = {1, 2, 3, 4, 5}> "
    "{a = MatMul(left, w) b = Relu(a) sums = Relu(b) shape = Shape(right)}"
)
DESCRIBED = ("opset", "ir_version", "inputs", "outputs", "operators", "weight_bytes")  # the keys of 3.3
TABLE = np.array([[0, 0, 1], [0, 1, 0], [4, 4, 1], [5, 4, 0], [0, 9, 1], [1, 9, 0]], np.float32)
OUTSIDE = ("b.bin", "a.bin", "b.bin", "parts/c.bin", "d.bin", "parts/e.bin")  # where many_missing's weights are
PIXELS = (
    (115, 95, 40, 25),
    (120, 15, 45, 65),
    (65, 50, 100, 85),
    (20, 80, 95, 0),
    (55, 15, 110, 80),
    (100, 25, 125, 40),
)


def doubling() -> torch.nn.Module:
    """Return a module that doubles (n, 2) float32; its weights ask for gradients, as any layer's do."""
    import torch

    layer = torch.nn.Linear(2, 2, bias=False)
    layer.weight.data = 2 * torch.eye(2)
    return layer


def scorer() -> torch.nn.Module:
    """Return a module that gives three scores (n, 3) to each 2×2 image of (n, 1, 2, 2) float32, in eval mode."""
    import torch

    module = torch.nn.Sequential(torch.nn.Conv2d(1, 3, 2), torch.nn.Flatten()).eval()
    kernels = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0]]
    module[0].weight.data = torch.tensor(kernels).reshape(3, 1, 2, 2)
    module[0].bias.data = torch.tensor([0.0, 5.0, 0.0])
    return module


def raw_images() -> torch.Tensor:
    """Return six images for ``scorer``, as a camera gives them: (6, 2, 2) uint8."""
    import torch

    return torch.tensor(PIXELS, dtype=torch.uint8).reshape(6, 2, 2)


def mixed_batches() -> dict[str, np.ndarray]:
    """Return two batches (3, 8, 8) of images that differ, by what a wrong graph makes of each.

    One is the other inverted, and so both should come out the same.
    """
    images = np.full((3, 8, 8), 0.5, np.float32)
    images[0, :4], images[0, 4:], images[2] = 1.0, 0.25, 0.125
    return {
        "dark on the whole; the graph inverts it": images,
        "bright on the whole; the graph leaves it, or stretches before it decides": 1 - images,
    }


def parted(ends: Any, what: str) -> list[list]:
    """Return names, types and shapes of what 3.3 says of a graph's ends: a list of tuples (name, type, shape).

    Raises:
        expect.Unmet: it is no such list.
    """
    expect.true(type(ends) is list, what, expected="a list", got=ends)
    for end in ends:
        expect.true(type(end) is tuple and len(end) == 3, what, expected="tuples, (name, type, shape)", got=end)
    return [[end[place] for end in ends] for place in range(3)]


def small_net(arrays: Sequence[np.ndarray]) -> Any:
    """Return an ``onnx.ModelProto`` with these weights, named w0, w1, …; it gives back its input."""
    import onnx

    text = '<ir_version: 8, opset_import: ["" : 18]> net (float[n,3] x) => (float[n,3] y) {y = Identity(x)}'
    net = onnx.parser.parse_model(text)
    weights = [onnx.numpy_helper.from_array(array, f"w{place}") for place, array in enumerate(arrays)]
    net.graph.initializer.extend(weights)
    return net


def point_outside(net: Any, locations: Sequence[str]) -> Any:
    """Replace each weight's bytes in the model by a reference to a file of that name, and return the model."""
    import onnx

    for weight, location in zip(net.graph.initializer, locations, strict=True):
        onnx.external_data_helper.set_external_data(weight, location, offset=0, length=16)
        weight.ClearField("raw_data")
    return net


def laid_out(name: str, arrays: Sequence[np.ndarray]) -> tuple[Path, Path]:
    """Write a model of that file name with these weights inside; return its path, and another new folder."""
    folder = new_path("elsewhere")
    folder.mkdir()
    return saved(small_net(arrays), name), folder


def many_missing() -> Path:
    """Write a model with one weight inside and six at ``OUTSIDE``, of whose files two are there; return its path."""
    import onnx

    net = point_outside(small_net([np.ones(4, np.float32)] * len(OUTSIDE)), OUTSIDE)
    net.graph.initializer.append(onnx.numpy_helper.from_array(np.ones(3, np.float32), "inside"))
    path = saved(net, "big.onnx")
    (path.parent / "parts").mkdir()
    for present in ("d.bin", "parts/e.bin"):
        (path.parent / present).write_bytes(bytes(16))
    return path
