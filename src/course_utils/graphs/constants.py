"""The constant tensors of a model, wherever it keeps them: a weight is a weight in a ``Constant`` node, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto, TensorProto

FLOAT, INT = ("value_float", "value_floats"), ("value_int", "value_ints")  # how a Constant node holds plain numbers


class Constant(NamedTuple):
    """A constant tensor, with the name by which nodes read it."""

    name: str
    tensor: TensorProto


def of(model: ModelProto) -> Iterator[Constant]:
    """Yield every constant tensor of a model.

    These are the initializers, the sparse ones (their values, then their indices), what ``Constant`` nodes hold, and
    tensors among other nodes' attributes (under the name of the node's output): in the graph, in the bodies of
    branches and loops, and in functions. Tensors are the model's own, but for a ``Constant`` of plain numbers.
    """
    yield from of_graph(model.graph)
    for function in model.functions:
        yield from _of_nodes(function.node)


def of_graph(graph: GraphProto) -> Iterator[Constant]:
    """Yield every constant tensor of a graph and of the bodies in it, as ``of`` does."""
    yield from (Constant(tensor.name, tensor) for tensor in graph.initializer)
    for sparse in graph.sparse_initializer:
        yield from (Constant(sparse.values.name, tensor) for tensor in (sparse.values, sparse.indices))
    yield from _of_nodes(graph.node)


def of_node(node: NodeProto) -> Iterator[Constant]:
    """Yield the constant tensors among a node's own attributes, those of its bodies left out."""
    from onnx import TensorProto, helper

    name = node.output[0] if node.output else node.name
    for entry in node.attribute:
        held = [*([entry.t] if entry.HasField("t") else ()), *entry.tensors]
        for sparse in (*([entry.sparse_tensor] if entry.HasField("sparse_tensor") else ()), *entry.sparse_tensors):
            held += [sparse.values, sparse.indices]
        if node.op_type == "Constant" and entry.name in FLOAT + INT:
            numbers = helper.get_attribute_value(entry)
            kind = TensorProto.FLOAT if entry.name in FLOAT else TensorProto.INT64
            many = isinstance(numbers, Iterable)
            held.append(helper.make_tensor(name, kind, [len(numbers)] if many else [], numbers if many else [numbers]))
        yield from (Constant(name, tensor) for tensor in held)


def _of_nodes(nodes: Iterable[NodeProto]) -> Iterator[Constant]:
    for node in nodes:
        yield from of_node(node)
        for entry in node.attribute:
            for graph in (*([entry.g] if entry.HasField("g") else ()), *entry.graphs):
                yield from of_graph(graph)
