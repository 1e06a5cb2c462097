"""The same function in fewer operators, before it is quantized: what graph optimizers do not do by themselves.

Two rewrites, both exact: a mean over rows and columns gets the name that runtimes have an int8 kernel for; and a
convolution on a shortcut becomes a part of the one that it is added to.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import onnx
from onnx import GraphProto, NodeProto, helper, numpy_helper


def folded(path: Path, out: Path) -> Path:
    """Write the model of a file with both rewrites; return ``out``."""
    model = onnx.load(path)
    pool_by_name(model.graph)
    fold_shortcuts(model.graph)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, out)
    return out


def pool_by_name(graph: GraphProto) -> None:
    """Call a mean over the last two of four axes what it is, ``GlobalAveragePool``: in int8 it needs no way out."""
    constants = _constants(graph)
    for node in graph.node:
        keeps = node.op_type == "ReduceMean" and _attribute(node, "keepdims", 1) and len(node.input) == 2
        if keeps and sorted(constants[node.input[1]] % 4) == [2, 3]:
            node.op_type = "GlobalAveragePool"
            del node.input[1:], node.attribute[:]


def fold_shortcuts(graph: GraphProto) -> None:
    """Make of ``Conv(a) + Conv(b)``, both of 1 × 1, one convolution of a and b side by side.

    W·a + V·b is (W V)·(a b): a concatenation and one convolution in place of two and a sum, and as many products. A
    shortcut that takes every second row and column does so before, by a pooling of 1 × 1.
    """
    constants, makers = _constants(graph), {name: node for node in graph.node for name in node.output}
    readers = Counter(name for node in graph.node for name in node.input)
    nodes: list[NodeProto] = []
    for node in graph.node:
        pair = [makers.get(name) for name in node.input] if node.op_type == "Add" else []
        if len(pair) == 2 and all(_is_pointwise(each, constants) and readers[each.output[0]] == 1 for each in pair):
            nodes = [each for each in nodes if each not in pair] + _side_by_side(node, pair, graph, constants)
        else:
            nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)


def _side_by_side(
    add: NodeProto, pair: list[NodeProto], graph: GraphProto, constants: dict[str, np.ndarray]
) -> list[NodeProto]:
    made, sides = [], []
    for conv in pair:
        strides = _attribute(conv, "strides", [1, 1])
        sides.append(conv.input[0])
        if max(strides) > 1:
            sides[-1] = f"{conv.output[0]}_taken"
            made.append(helper.make_node("MaxPool", conv.input[:1], sides[-1:], kernel_shape=[1, 1], strides=strides))
    weight = np.concatenate([constants[conv.input[1]] for conv in pair], axis=1)
    bias = sum(
        constants[conv.input[2]] if len(conv.input) > 2 else np.zeros(len(weight), weight.dtype) for conv in pair
    )
    both, names = f"{add.output[0]}_both", [f"{add.output[0]}_weight", f"{add.output[0]}_bias"]
    graph.initializer.extend(map(numpy_helper.from_array, (weight, bias), names))
    made.append(helper.make_node("Concat", sides, [both], axis=1))
    made.append(helper.make_node("Conv", [both, *names], add.output, kernel_shape=[1, 1], name=add.name))
    return made


def _is_pointwise(node: NodeProto | None, constants: dict[str, np.ndarray]) -> bool:
    return (
        node is not None
        and node.op_type == "Conv"
        and all(name in constants for name in node.input[1:])
        and constants[node.input[1]].shape[2:] == (1, 1)
        and _attribute(node, "group", 1) == 1
        and not any(_attribute(node, "pads", []))
    )


def _constants(graph: GraphProto) -> dict[str, np.ndarray]:
    made = {node.output[0]: _attribute(node, "value", None) for node in graph.node if node.op_type == "Constant"}
    found = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    return found | {name: numpy_helper.to_array(value) for name, value in made.items() if value is not None}


def _attribute(node: NodeProto, name: str, default: object) -> object:
    return next((helper.get_attribute_value(each) for each in node.attribute if each.name == name), default)
