"""A graph written into a file, with the multiply-adds that it has by how it was made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from course_utils.lessons.capstone.folder import new_path

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto

FLOAT, UINT8, INT8, INT32 = 1, 2, 3, 6  # onnx.TensorProto's numbers of types
OPSET = 17


class Made(NamedTuple):
    """A graph in a file.

    Attributes:
        due: its multiply-adds for one example; what: the call and the graph in words.
    """

    file: Path
    due: int
    what: str


def written(
    nodes: list[NodeProto],
    held: list[TensorProto],
    shape: tuple[int, ...],
    first: int,
    last: int,
    due: int,
    words: str,
    batch: bool = True,
) -> Made:
    """Return a graph of these nodes and weights, from "x" (batch, and ``shape``) to "y", in a file of its own.

    Args:
        first, last: the types of both; batch: whether the batch is free, else it is 1.
    """
    import onnx
    from onnx import helper

    x = helper.make_tensor_value_info("x", first, ["n" if batch else 1, *shape])
    y = helper.make_tensor_value_info("y", last, None)
    graph = helper.make_graph(nodes, "g", [x], [y], held)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    model = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    del model.graph.value_info[:]
    onnx.checker.check_model(model, full_check=True)
    path = new_path("graph.onnx")
    onnx.save(model, path)
    return Made(path, due, f"multiply_adds of {words}")


def node(kind: str, names: list[str], out: str = "y", **settings: Any) -> NodeProto:
    """Return an operator that reads ``names``."""
    from onnx import helper

    return helper.make_node(kind, names, [out], **settings)


def weights(name: str, shape: tuple[int, ...], kind: int = FLOAT) -> TensorProto:
    """Return weights, all alike, in float32 or int8."""
    import numpy as np
    from onnx import numpy_helper

    return numpy_helper.from_array(
        np.full(shape, 0.5, np.float32) if kind == FLOAT else np.full(shape, 3, np.int8), name
    )


def scalar(name: str, value: float, kind: int = FLOAT) -> TensorProto:
    """Return one number without an axis."""
    import numpy as np
    from onnx import numpy_helper

    return numpy_helper.from_array(np.array(value, {FLOAT: np.float32, UINT8: np.uint8, INT8: np.int8}[kind]), name)


def whole(name: str, values: Sequence[int]) -> TensorProto:
    """Return whole numbers, as Reshape takes its sides."""
    import numpy as np
    from onnx import numpy_helper

    return numpy_helper.from_array(np.array(values, np.int64), name)
