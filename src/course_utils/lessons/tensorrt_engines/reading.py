"""What stands in engines, logs and files: read for tests and tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils import runtime, tensorrt

if TYPE_CHECKING:
    import numpy as np
    import torch

TENSOR = (
    "{ Name: %s, Dimensions: [-1,8], Strides: [8,1], StrideOrder: [1,0], Datatype: %s, Format: (Linear) Row major }",
    "{ Name: %s, Dimensions: [1,4,1,1], Strides: [4,1,4,4], StrideOrder: [3,0,2,1], Datatype: %s, "
    "Format: (NHWC) Channel major format }",
    "{ Name: %s, Dimensions: [], Strides: [], StrideOrder: [], Datatype: %s, Format: (Linear) Row major }",
)
KINDS = "kgen", "correlation", "gemm", "runtime_fusion", "shape_call", "signal", "wait"
KERNELS = "__myl_Relu_0x28df", "", "__myelin_CASK_STUB", "sm80_xmma_gemm_f32f32"


def as_lists(made: Mapping[str, Sequence[Sequence[int]]]) -> dict[str, list[list[int]]]:
    """Return a profile with lists for tuples, to be compared."""
    return {name: [list(map(int, shape)) for shape in three] for name, three in made.items()}


def targets_of(engine: bytes) -> list[str]:
    """Return the compute capabilities that are written in an engine, such as ["sm86"]."""
    found = re.search(rb"accelerators=\{([^}*]*)\}", engine)
    return found[1].decode().split() if found else []


def shapes_of(log: str) -> dict[str, list[list[int]]]:
    """Return the profile that a build's log tells of, as {name: [min, opt, max]}; {} if it tells no details."""
    three = r"Name: (\S+), IOMode: Input.*MinShape: \[([\d,]*)\], OptShape: \[([\d,]*)\], MaxShape: \[([\d,]*)\]"
    return {name: [list(map(int, shape.split(","))) for shape in shapes] for name, *shapes in re.findall(three, log)}


def layer_line(
    name: str,
    inputs: Sequence[str],
    weights: Sequence[str],
    outputs: Sequence[str],
    nodes: Sequence[str],
    form: int = 0,
) -> str:
    """Return a line as TensorRT-RTX 1.7 writes it: types of inputs, weights and outputs, names of ONNX nodes.

    Args:
        form: decides what such lines differ in besides: the layer's kind, the kernel, the stream, the tensors' formats.
    """

    def tensors(kinds: Sequence[str]) -> str:
        told = [TENSOR[(form + k) % len(TENSOR)] % (f"t{k}", kind) for k, kind in enumerate(kinds)]
        return " " + ", ".join(told) if kinds else ""

    origins = "\x1f".join(f"[ONNX Layer: {node}]" for node in nodes)
    return (
        f"Name: {name}, LayerType: {KINDS[form % len(KINDS)]}, Inputs: [{tensors(inputs)}], "
        f"Constants: [{tensors(weights)}], Outputs: [{tensors(outputs)}], "
        f"TacticName: {KERNELS[form % len(KERNELS)]}, StreamId: {form % 3}, Metadata: {origins}"
    )


def written_log(lines: Sequence[str]) -> str:
    """Return a log with these layers in it, and with what else such a log has."""
    before = ["Name: not_a_layer", "ForeignNode metadata: [ONNX Layer: not_here]", "Total Weights Memory: 512 bytes"]
    after = ["", "I/O Tensors:", " Name: x, IOMode: Input, DataType: Float", "Name: nor_this, LayerType: none"]
    return "\n".join([*before, "Layers:", *lines, *after])


def column(engine_layers: Callable[[str], list], key: str, lines: Sequence[str]) -> list[Any]:
    """Return the column of what engine_layers reads from a log with these lines."""
    return [layer[key] for layer in engine_layers(written_log(lines))]


def scores_of(path: Path | str, x: torch.Tensor) -> np.ndarray:
    """Return the scores that a file means for images, the same on every processor: Q/DQ pairs computed in float.

    x: (n, 1, 28, 28); returns (n, 10) in float32.
    """
    import numpy as np

    session = runtime.session(path, optimize="disabled")
    given = session.get_inputs()[0]
    kind = np.float16 if given.type == "tensor(float16)" else np.float32
    return session.run(None, {given.name: x.numpy().astype(kind)})[0].astype(np.float32)


def weigh_images(path: Path | str) -> tensorrt.Weighed:
    """Return the measures of an engine for up to 32 images, whatever the file calls its input; ``refused`` if none."""
    import onnx

    (given,) = onnx.load(path).graph.input
    return tensorrt.weigh(path, {given.name: ((1, 1, 28, 28), (8, 1, 28, 28), (32, 1, 28, 28))})


def quantized_parts(path: Path | str) -> tuple[list[str], list[int]]:
    """Return which inputs and weights of a file in Q/DQ form are not int8, and the zero points of all others."""
    import numpy as np
    import onnx

    from course_utils.graphs import constants

    graph, others, zeros = onnx.load(path).graph, [], set()
    maker = {name: node for node in graph.node for name in node.output}
    held = {name: onnx.numpy_helper.to_array(constant) for name, constant in constants.of(onnx.load(path))}

    def zero_of(node: Any) -> Any:
        """The zero point of a Q or DQ node; where it has none, 0 of the type that it takes or gives."""
        if len(node.input) > 2 and node.input[2]:
            return held[node.input[2]]
        if node.op_type == "QuantizeLinear":
            kinds = [each.i for each in node.attribute if each.name == "output_dtype" and each.i]
            return np.zeros(1, onnx.helper.tensor_dtype_to_np_dtype(kinds[0]) if kinds else np.uint8)
        name = node.input[0]
        return np.zeros(1, held[name].dtype) if name in held else zero_of(maker[name])

    for node in [node for node in graph.node if node.op_type in ("Conv", "Gemm", "MatMul", "QLinearConv", "QGemm")]:
        for part, name in zip(("input", "weight"), node.input, strict=False):
            pair = maker.get(name)
            zero = zero_of(pair) if pair is not None and pair.op_type == "DequantizeLinear" else None
            if zero is None or zero.dtype != np.int8:
                others.append(f"{node.op_type}, {part}: {'not in Q/DQ form' if zero is None else zero.dtype}")
            else:
                zeros |= {int(each) for each in np.ravel(zero)}
    return others, sorted(zeros)


def largest_held(path: Path | str, name: str) -> list[float]:
    """Return the largest magnitude that each QuantizeLinear of the value ``name`` holds, whatever its zero point."""
    import numpy as np
    import onnx

    from course_utils.graphs import constants

    model = onnx.load(path)
    held = {each: onnx.numpy_helper.to_array(constant).ravel() for each, constant in constants.of(model)}
    found = []
    for node in model.graph.node:
        if node.op_type == "QuantizeLinear" and node.input[0] == name:
            zero = held[node.input[2]][0] if len(node.input) > 2 and node.input[2] else np.int8(0)
            steps = max(np.iinfo(zero.dtype).max - int(zero), int(zero) - np.iinfo(zero.dtype).min - 1)
            found.append(float(steps * held[node.input[1]][0]))
    return found
