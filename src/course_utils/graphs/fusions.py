"""Which operators of an optimized graph stand for which nodes of the original."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from course_utils import graphs
from course_utils.graphs import constants

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto

BLOCKED = "_nchwc"  # ONNX Runtime names a node in its blocked layout after the tensor that it gives, with this ending


@dataclass(frozen=True)
class Fusion:
    """One operator of the optimized graph, with what it stands for.

    Attributes:
        operator: its name, with the last part of its domain: ``nchwc.Conv``, ``microsoft.FusedConv``, ``Conv``.
        output: its first output, by which it is told from others.
        parts: names of the original's nodes, in their order; none where it has no counterpart, as a change of layout.
        replaced: the first outputs of those nodes.
        kept: the first output of the original's node that it still is; empty where it is another. The nodes before
            that one have been dropped, then, not fused into it.
    """

    operator: str
    output: str
    parts: tuple[str, ...]
    replaced: tuple[str, ...]
    kept: str

    def __str__(self) -> str:
        return f"{self.operator} ← {' + '.join(self.parts) or 'nothing'}"


def operator(node: NodeProto) -> str:
    """Return the operator's name; outside ONNX's own domain with the last part of its domain before it."""
    domain = "" if node.domain == "ai.onnx" else node.domain.rpartition(".")[2]
    return f"{domain}.{node.op_type}" if domain else node.op_type


def of(before: str | os.PathLike | ModelProto, after: str | os.PathLike | ModelProto) -> list[Fusion]:
    """Return for each node of ``after`` what it stands for in ``before``, in the order of the nodes.

    Nodes that prepare constants, because no input reaches them, are left out on both sides.

    Tensors are followed by their names, which optimizers keep where a fused operator ends; for ONNX Runtime's
    blocked layout also by its nodes' names, sums and activations. A node whose output cannot be followed
    stands for nothing, and its part is counted with the next one's.

    Args:
        before, after: of one model, such as the two files of ``levels.save_optimized`` and its input.

    Raises:
        CourseError: no such file, or no ONNX model in it.
    """
    tracer, optimized = _Tracer(graphs.load(before).graph), graphs.load(after).graph
    fed = _fed(optimized)
    return [tracer.follow(node) for number, node in enumerate(optimized.node) if number in fed]


def summary(before: str | os.PathLike | ModelProto, after: str | os.PathLike | ModelProto) -> dict[str, int]:
    """Count what stands for what: ``{"nchwc.Conv ← Conv + Add + Relu": 4, …}``, without the nodes that were kept.

    Raises:
        CourseError: no such file, or no ONNX model in it.
    """
    return dict(Counter(str(fusion) for fusion in of(before, after) if not fusion.kept).most_common())


def _fed(graph: GraphProto) -> set[int]:
    """The nodes that inputs reach, by number; all of them where there is no input."""
    reached = {value.name for value in graphs.inputs(graph)}
    if not reached:
        return set(range(len(graph.node)))
    fed = set()
    for number, node in enumerate(graph.node):
        if reached.intersection(name for inner in graphs.nodes_of(node) for name in inner.input):
            fed.add(number)
            reached.update(node.output)
    return fed


class _Tracer:
    """Follows an optimized graph, node by node, and remembers which tensor of the original each of its tensors is."""

    def __init__(self, graph: GraphProto) -> None:
        self.nodes = list(graph.node)
        self.maker = {name: number for number, node in enumerate(self.nodes) for name in node.output if name}
        self.by_name = {node.name: node.output[0] for node in self.nodes if node.name and node.output}
        self.weights = {name for name, _ in constants.of_graph(graph)}
        self.means = {value.name: value.name for value in graphs.inputs(graph)}
        self.fed = _fed(graph)

    def follow(self, node: NodeProto) -> Fusion:
        known = set(self.means.values())
        found = {output: self._original(node, output) for output in node.output if output}
        found = {output: tensor for output, tensor in found.items() if tensor}
        inside = set().union(*(self._behind(tensor, known) for tensor in found.values() if tensor not in known))
        self.means.update(found)
        members = [self.nodes[number] for number in sorted(inside)]
        parts, replaced = tuple(map(operator, members)), tuple(member.output[0] for member in members)
        output = node.output[0] if node.output else ""
        kept = replaced[0] if parts == (operator(node),) else output if self._still(node, output) else ""
        return Fusion(operator(node), output, parts, replaced, kept)

    def _still(self, node: NodeProto, output: str) -> bool:
        """Whether the original has this node, with this output and these weights."""
        if output not in self.maker:
            return False
        original = self.nodes[self.maker[output]]
        inputs = list(zip(original.input, node.input, strict=False))
        same = operator(original) == operator(node) and len(original.input) == len(node.input)
        return same and all(one == other for one, other in inputs if one in self.weights)

    def _original(self, node: NodeProto, output: str) -> str:
        """The original's tensor that this output is; empty where that cannot be told."""
        if output in self.maker:
            return output
        if node.op_type in ("ReorderInput", "ReorderOutput"):
            return self.means.get(node.input[0], "")
        named = node.name.removesuffix(BLOCKED)
        tensor = named if named in self.maker else self.by_name.get(node.name, "")
        if not tensor:
            return ""
        if node.op_type == "Conv" and len(node.input) > 3:  # a fourth input is added to the sum
            tensor = self._next(tensor, "Add", self.means.get(node.input[3], "")) or tensor
        activation = next((entry.s.decode() for entry in node.attribute if entry.name == "activation"), "")
        if activation and self.nodes[self.maker[tensor]].op_type != activation:
            tensor = self._next(tensor, activation) or tensor
        return tensor

    def _next(self, tensor: str, kind: str, other: str = "") -> str:
        """The output of the node of this kind that reads the tensor, and the other one; empty where there is none."""
        readers = (node for node in self.nodes if node.op_type == kind and tensor in node.input)
        return next((node.output[0] for node in readers if not other or other in node.input), "")

    def _behind(self, tensor: str, known: set[str]) -> set[int]:
        """The nodes that make the tensor out of known ones."""
        inside: set[int] = set()
        waiting = [tensor]
        while waiting:
            number = self.maker.get(waiting.pop())
            if number is None or number in inside or number not in self.fed:
                continue
            inside.add(number)
            reads = {name for inner in graphs.nodes_of(self.nodes[number]) for name in inner.input}
            waiting += sorted(reads - known)
        return inside
