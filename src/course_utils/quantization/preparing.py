"""A float model, read for a conversion: functions written out, weights where a quantizer looks for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils import graphs, runtime
from course_utils.errors import CourseError
from course_utils.graphs import constants
from course_utils.quiet import quiet

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto

LARGEST_HALF = 65504.0  # the largest finite float16


def float_model(path: Path, opset: int = 0) -> ModelProto:
    """Return the model with its functions written out, its ``Constant`` nodes turned into initializers.

    Args:
        opset: the lowest version of the ONNX operators that will do; an older model is converted.

    Raises:
        CourseError: no such file, one that cannot be opened, one that is quantized already or cannot be converted.
    """
    import onnx
    from onnx import inliner

    graphs.load(path)  # tells what is no ONNX
    runtime.session(path)  # tells what is wrong with it: weights that are missing, an unknown operator
    model = onnx.load(path)
    if model.functions:
        model = inliner.inline_local_functions(model)
    done = [node.op_type for node in graphs.nodes(model.graph) if _is_quantized(node.op_type)]
    if done:
        raise CourseError(f"{path}: it is quantized already ({done[0]} in it); start from the float model.")
    model = _raised(model, opset, path)
    _lift(model.graph)
    # The exporter notes shapes that quantize_dynamic, which transposes weights, would trip over.
    del model.graph.value_info[:]
    return model


def must_fit_half(model: ModelProto, path: Path) -> None:
    """Raise a CourseError where float16 cannot hold a weight of the model."""
    import numpy as np
    from onnx import TensorProto, numpy_helper

    for name, tensor in constants.of(model):
        if tensor.data_type == TensorProto.FLOAT:
            numbers = numpy_helper.to_array(tensor)
            largest = float(np.abs(numbers[np.isfinite(numbers)]).max(initial=0))  # it has inf of its own
            if largest > LARGEST_HALF:
                raise CourseError(
                    f"{path}: {name} holds {largest:g}, and float16 ends at {LARGEST_HALF:g}; keep float32, or "
                    "scale the weights."
                )


def shape_arithmetic(graph: GraphProto) -> list[str]:
    """Return the names of the nodes that no value of an input reaches, only its shape; they get names.

    Rounded to 8 bits, a size or a scale of a ``Resize`` is another one.
    """
    reached, found = {value.name for value in graphs.inputs(graph)}, []
    for number, node in enumerate(graph.node):
        reads = {name for inner in graphs.nodes_of(node) for name in inner.input}
        if node.op_type in ("Shape", "Size") or not reads & reached:
            node.name = node.name or f"shape_arithmetic_{number}"
            found.append(node.name)
        else:
            reached.update(node.output)
    return found


def _is_quantized(operator: str) -> bool:
    return "Quantize" in operator or operator.startswith(("QLinear", "QGemm"))


def _raised(model: ModelProto, opset: int, path: Path) -> ModelProto:
    import onnx
    from onnx import version_converter

    written = next((each.version for each in model.opset_import if each.domain in ("", "ai.onnx")), opset)
    if written >= opset:
        return model
    try:
        with quiet():
            newer = version_converter.convert_version(model, opset)
            onnx.checker.check_model(newer)
    except Exception as error:
        raise CourseError(
            f"{path}: it is written in opset {written}, this preset needs {opset}, and onnx.version_converter cannot "
            f"convert it; export it again with opset {opset} or later."
        ) from error
    return newer


def _lift(graph: GraphProto) -> None:
    """Turn ``Constant`` nodes into initializers, but those that are an output of their graph."""
    for inner in _graphs_in(graph):
        ends = {value.name for value in inner.output}
        for node in [node for node in inner.node if node.op_type == "Constant" and node.output[0] not in ends]:
            held = list(constants.of_node(node))
            if len(held) == 1:  # not a text, nor a sparse one
                inner.initializer.append(held[0].tensor)
                inner.initializer[-1].name = node.output[0]
                inner.node.remove(node)


def _graphs_in(graph: GraphProto) -> Iterator[GraphProto]:
    yield graph
    for node in graph.node:
        for entry in node.attribute:
            for inner in (*([entry.g] if entry.HasField("g") else ()), *entry.graphs):
                yield from _graphs_in(inner)
