"""The judge's ruler: what a graph multiplies and adds for one image."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING

from course_utils import graphs
from course_utils.lessons.capstone.shapes import tensor_shapes
from course_utils.withheld import answer_to

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

Shapes = dict[str, tuple[int, ...]]


@answer_to("16.2")
def multiply_adds(file: str | os.PathLike | ModelProto) -> int:
    """Return the multiply-adds that a graph takes for one example.

    Nothing that adds numbers up is free: else a product could be spelled in operators that are not counted.
    """
    return sum(many for _, many in by_node(file))


def by_node(file: str | os.PathLike | ModelProto) -> list[tuple[NodeProto, int]]:
    """Return every node with its multiply-adds for one example, in the file's order."""
    model = graphs.load(file)
    shapes = tensor_shapes(model)
    return [(node, _of(node, shapes)) for node in model.graph.node]


def _of(node: NodeProto, shapes: Shapes) -> int:
    kind, given = node.op_type, [shapes.get(name, ()) for name in node.input]
    out = math.prod(shapes[node.output[0]]) if node.output else 0
    if kind in ("Conv", "ConvInteger", "QLinearConv"):
        return out * math.prod(given[3 if kind == "QLinearConv" else 1][1:])
    if kind in ("MatMul", "MatMulInteger", "QLinearMatMul"):
        return out * given[0][-1]
    if kind == "Gemm":
        transposed = any(each.name == "transA" and each.i for each in node.attribute)
        return out * given[0][0 if transposed else 1]
    if kind in ("Add", "Sub", "Mul"):
        return out
    if kind == "AveragePool":
        return out * math.prod(next(each.ints for each in node.attribute if each.name == "kernel_shape"))
    return math.prod(given[0]) if kind in ("GlobalAveragePool", "ReduceMean") else 0
