"""What a network takes, read from its ONNX file: numbers to keep, and multiply-accumulates for one image."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from course_utils import runtime, training
from course_utils.data import digits
from course_utils.errors import CourseError
from course_utils.export import to_onnx, to_onnx_torchscript
from course_utils.lessons.beside import beside_the_answer
from course_utils.seeds import seeded

if TYPE_CHECKING:
    import torch

RECIPE: dict[str, Any] = {"epochs": 8, "lr": 0.03, "batch_size": 32}  # what fit gets in exercise 9.8
FLOATS = {1, 10, 11, 16}  # onnx.TensorProto.FLOAT, FLOAT16, DOUBLE and BFLOAT16
OUTER = {"Mul", "Div"}  # counted where each number of one input meets many of the other, as in a sum of products
NOT_COUNTED = {"Einsum", "LSTM", "GRU", "RNN", "Attention", "MultiHeadAttention", "QLinearConv", "MatMulInteger"}


class Cost(NamedTuple):
    """What a network takes.

    Attributes:
        parameters: numbers in its file, those that BatchNorm only keeps in mind left out.
        macs: multiply-accumulates for one image.
    """

    parameters: int
    macs: int


@beside_the_answer
def net_file(make: Any, path: Path, train: bool = True, seed: int = 0) -> Path:
    """Write the network that ``make()`` returns, once the course's ``fit`` has trained it, as an ONNX file.

    Args:
        train: False writes it as it is made; seed: of its first weights, and of the order of the images.

    Raises:
        CourseError: it is no module, or cannot be trained or exported.
    """
    import torch

    seeded(seed)
    net = make()
    if not isinstance(net, torch.nn.Module):
        raise CourseError(f"a torch.nn.Module is wanted here, and a {type(net).__name__} came: is a `return` missing?")
    given = digits(28, as_tensors=True)
    if train:
        training.fit(net, given.train_images, given.train_labels, seed=seed, **RECIPE)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return to_onnx_torchscript(net, given.train_images[:2], path)
    except CourseError:  # the newer exporter is slow, and knows more operators
        return to_onnx(net, given.train_images[:2], path)


def weigh(path: Path) -> Cost:
    """Return what the network in an ONNX file takes, whose first axis is the batch.

    Raises:
        CourseError: an operator whose products this cannot count.
    """
    import onnx
    from onnx.inliner import inline_local_functions

    model = inline_local_functions(onnx.load(path))
    graph = model.graph
    for node in graph.node:
        _refuse(node)
    shapes = _shapes(model)
    held = {each.name: math.prod(each.dims) for each in graph.initializer if each.data_type in FLOATS}
    kept = {name for node in graph.node if node.op_type == "BatchNormalization" for name in node.input[3:5]}
    numbers = sum(many for name, many in held.items() if name not in kept)
    written = sum(map(_written_in, graph.node))
    return Cost(numbers + written, sum(_macs(node, shapes) for node in graph.node))


def file_accuracy(path: Path, places: Any = slice(None)) -> float:
    """Return the share of the test images (or of those at ``places``) that a file labels rightly."""
    given, session = digits(28), runtime.session(path, optimize="disabled")
    name = session.get_inputs()[0].name
    scores = lambda images: session.run(None, {name: images})[0]  # noqa: E731
    return training.accuracy(scores, given.test_images[places], given.test_labels[places])


def multiplications(net: torch.nn.Module, example: torch.Tensor) -> int:
    """Return the multiply-accumulates that PyTorch's own counter sees for one example, (1, …)."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counted, torch.inference_mode():
        net(example)
    return counted.get_total_flops() // 2


def _written_in(node: Any) -> int:
    """Return how many numbers a constant amid the operators holds, if it is not a single one."""
    held = [each.t for each in node.attribute if node.op_type == "Constant" and each.name == "value"]
    return sum(math.prod(each.dims) for each in held if each.data_type in FLOATS and math.prod(each.dims) > 1)


def _refuse(node: Any) -> None:
    """Refuse an operator whose products are not counted, and a branch or loop that has products inside."""
    inner = {each.op_type for attribute in node.attribute for each in attribute.g.node}
    if node.op_type in NOT_COUNTED or inner & {"Conv", "ConvTranspose", "MatMul", "Gemm", *OUTER, *NOT_COUNTED}:
        raise CourseError(f"{node.op_type}: the products of this operator are not counted here; use another.")


def _shapes(model: Any) -> dict[str, tuple[int, ...]]:
    """Return the shape of every tensor of a graph for one image, as it comes when the graph is run.

    Shape inference leaves sides open after a slice, and what is open would count as nothing.
    """
    import numpy as np
    import onnx

    graph = model.graph
    there = {value.name for value in graph.output}
    results = [name for node in graph.node for name in node.output if name and name not in there]
    for name in results:
        graph.output.append(onnx.ValueInfoProto(name=name))
    session = runtime.session(model.SerializeToString(), optimize="disabled")
    feeds = {each.name: np.zeros((1, *each.shape[1:]), np.float32) for each in session.get_inputs()}
    names = [each.name for each in session.get_outputs()]
    shapes = {name: value.shape for name, value in feeds.items()}
    shapes |= {name: np.shape(value) for name, value in zip(names, session.run(names, feeds), strict=True)}
    return shapes | {each.name: tuple(each.dims) for each in graph.initializer}


def _macs(node: Any, shapes: dict[str, tuple[int, ...]]) -> int:
    if node.op_type == "Conv":
        return math.prod(shapes[node.output[0]]) * math.prod(shapes[node.input[1]][1:])
    if node.op_type == "ConvTranspose":
        return math.prod(shapes[node.input[0]]) * math.prod(shapes[node.input[1]][1:])
    if node.op_type in OUTER:
        out, *given = (math.prod(shapes.get(name, ())) for name in (*node.output, *node.input))
        return out if out > max(given) else 0
    if node.op_type == "MatMul":
        return math.prod(shapes[node.output[0]]) * shapes[node.input[0]][-1]
    if node.op_type == "Gemm":
        transposed = any(each.name == "transA" and each.i for each in node.attribute)
        return math.prod(shapes[node.output[0]]) * shapes[node.input[0]][0 if transposed else 1]
    return 0
