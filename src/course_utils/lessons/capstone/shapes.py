"""How large every tensor of a graph is, for one image."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from course_utils.errors import CourseError

if TYPE_CHECKING:
    from onnx import ModelProto


def tensor_shapes(file: str | os.PathLike | ModelProto) -> dict[str, tuple[int, ...]]:
    """Return the shape of every tensor of an ONNX file by name, weights included, where the batch is one example.

    What the file itself says of its inner tensors is not believed: all is inferred from inputs, weights and operators.

    Raises:
        CourseError: no such file, no ONNX model, or a shape that depends on more than the operators' own settings.
    """
    from onnx import shape_inference

    from course_utils import graphs

    where = "the model" if not isinstance(file, (str, os.PathLike)) else str(file)
    model = type(loaded := graphs.load(file))()
    model.CopyFrom(loaded)
    graph = model.graph
    del graph.value_info[:]
    held = {each.name: tuple(each.dims) for each in graph.initializer}
    for value in graph.input:
        if value.name not in held and value.type.tensor_type.shape.dim:
            value.type.tensor_type.shape.dim[0].dim_value = 1
    for value in graph.output:
        value.type.tensor_type.ClearField("shape")
    try:
        graph = shape_inference.infer_shapes(model, strict_mode=True, data_prop=True).graph
    except (shape_inference.InferenceError, RuntimeError, ValueError) as error:
        told = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise CourseError(f"{where}: its shapes do not fit together ({told[:200].rstrip('.')}).") from None
    found = {value.name: value.type.tensor_type for value in (*graph.input, *graph.value_info, *graph.output)}
    shapes = {name: tuple(_side(dim) for dim in kind.shape.dim) for name, kind in found.items() if _known(kind)} | held
    open_ = [name for node in graph.node for name in node.output if name and name not in shapes]
    if open_:
        raise CourseError(
            f"{where}: the shape of {open_[0]!r} cannot be told from the file; export with fixed sides, all but the "
            "batch, and give Reshape and Slice their numbers as constants."
        )
    return shapes


def _known(kind: object) -> bool:
    return kind.HasField("shape") and all(dim.HasField("dim_value") for dim in kind.shape.dim)


def _side(dim: object) -> int:
    return dim.dim_value
