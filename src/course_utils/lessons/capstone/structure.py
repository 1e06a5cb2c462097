"""What a model may be made of: operators of a published list, in one graph, from images to scores, nothing beside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from course_utils.errors import CourseError
from course_utils.lessons.capstone.limits import (
    CLASSES,
    MOST_MULTIPLY_ADDS,
    MOST_NODES,
    MOST_NUMBERS,
    OPERATORS,
    OPSETS,
    SIDE,
)
from course_utils.lessons.capstone.ruler import multiply_adds
from course_utils.lessons.capstone.shapes import tensor_shapes

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto, ValueInfoProto

STANDARD = ("", "ai.onnx")
BATCHWISE = {"DynamicQuantizeLinear": "its range depends on the other images of a batch; quantize with fixed scales"}
INSTEAD = BATCHWISE | {
    "Softmax": "scores are compared, and it changes no order; leave it out",
    "Div": "multiply by the reciprocal",
    "Einsum": "spell it with MatMul",
}


# Inputs that must be constants: of what is computed, they would be sums and products that count as nothing.
FIXED = {
    **{"Reshape": (1,), "Slice": (1, 2, 3, 4), "Pad": (1, 2), "Split": (1,), "Squeeze": (1,), "Unsqueeze": (1,)},
    **{"BatchNormalization": (1, 2, 3, 4), "Clip": (1, 2), "ReduceMean": (1,)},
    **dict.fromkeys(("QuantizeLinear", "DequantizeLinear"), (1, 2)),
    **dict.fromkeys(("QLinearConv", "QLinearMatMul"), (1, 2, 4, 5, 6, 7)),
    **dict.fromkeys(("ConvInteger", "MatMulInteger"), (2, 3)),
}


def refuse_what_is_not_plain(model: ModelProto, refused: type[CourseError]) -> None:
    """Raise ``refused`` with what is wrong with a model, and what to do, where it is not one that the judge runs."""
    for problems in (_around, _nodes, _weights, _ends, _by_the_standard, _amounts):
        for problem in problems(model):
            raise refused(problem)


def _around(model: ModelProto) -> Iterator[str]:
    if model.functions or model.training_info or model.graph.sparse_initializer:
        yield "the model has functions, training or sparse weights beside its graph; write one graph of dense weights."
    opsets = [(each.domain, each.version) for each in model.opset_import]
    if len(opsets) != 1 or opsets[0][0] not in STANDARD:
        yield "it asks for other operators than ONNX's own; export without custom domains."
    elif opsets[0][1] not in OPSETS:
        yield f"its opset is {opsets[0][1]}; export with one from {OPSETS[0]} to {OPSETS[-1]}."


def _nodes(model: ModelProto) -> Iterator[str]:
    from onnx import AttributeProto, TensorProto

    if len(model.graph.node) > MOST_NODES:
        yield f"it has more than {MOST_NODES} operators; take a smaller network."
    for node in model.graph.node:
        if node.domain not in STANDARD or node.op_type not in OPERATORS:
            advice = INSTEAD.get(node.op_type, "lesson.show_rules() lists those that are")
            yield f"the operator {node.domain or ''}{':' * bool(node.domain)}{node.op_type} is not allowed: {advice}."
        for each in node.attribute:
            if each.HasField("g") or each.graphs or each.HasField("tp") or each.type == AttributeProto.SPARSE_TENSOR:
                yield f"{node.op_type} has a graph or the like inside; write one flat graph."
            elif each.HasField("t") and not _is_inside(each.t):
                yield f"{node.op_type} holds strings, or numbers kept elsewhere; write numbers, inside the file."
            elif each.strings or (each.name == "training_mode" and each.i):
                yield f"{node.op_type} has the setting {each.name}, which is for training alone; take it away."
            elif node.op_type == "Cast" and each.name == "to" and each.i == TensorProto.STRING:
                yield "Cast makes strings; numbers alone are allowed."
    yield from _computed_settings(model.graph)


def _computed_settings(graph: GraphProto) -> Iterator[str]:
    constant = {each.name for each in graph.initializer}
    for node in graph.node:
        yield from _computed_in(node, constant)
        if all(name in constant for name in node.input if name):
            constant.update(node.output)


def _computed_in(node: NodeProto, given: set[str]) -> Iterator[str]:
    for place in FIXED.get(node.op_type, ()):
        if place < len(node.input) and node.input[place] and node.input[place] not in given:
            yield f"{node.op_type} takes its settings from what is computed; give them as constants."


def _weights(model: ModelProto) -> Iterator[str]:
    graph = model.graph
    if any(not _is_inside(each) for each in graph.initializer):
        yield "weights are strings, or lie in another file; write numbers, inside the one file."
    names = [each.name for each in graph.initializer] + [name for node in graph.node for name in node.output if name]
    names += [each.name for each in graph.input if each.name not in {each.name for each in graph.initializer}]
    if len(set(names)) < len(names):
        yield "two weights or results have one name; give each its own (is it two models in one file?)."


def _is_inside(tensor: object) -> bool:
    from onnx import TensorProto

    return tensor.data_type != TensorProto.STRING and not (
        tensor.external_data or tensor.data_location == TensorProto.EXTERNAL
    )


def _ends(model: ModelProto) -> Iterator[str]:
    from course_utils import graphs

    inputs, outputs = graphs.inputs(model.graph), model.graph.output
    if len(inputs) != 1 or _sides(inputs[0]) != [None, 1, SIDE, SIDE] or not _is_float(inputs[0]):
        yield f"it must have one input, float32 (n, 1, {SIDE}, {SIDE}) with n left free; export with a dynamic batch."
    if len(outputs) != 1 or not _is_float(outputs[0]):
        yield f"it must have one output, float32 scores (n, {CLASSES})."


def _sides(value: ValueInfoProto) -> list[int | None]:
    dims = value.type.tensor_type.shape.dim
    return [dim.dim_value if dim.HasField("dim_value") else None for dim in dims]


def _is_float(value: ValueInfoProto) -> bool:
    from onnx import TensorProto

    return value.type.tensor_type.elem_type == TensorProto.FLOAT


def _by_the_standard(model: ModelProto) -> Iterator[str]:
    import onnx

    try:
        onnx.checker.check_model(model)
    except (onnx.checker.ValidationError, ValueError, RuntimeError) as error:
        told = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
        yield f"onnx.checker does not accept it ({told[:200].rstrip('.')}); export it anew."


def _amounts(model: ModelProto) -> Iterator[str]:
    import math

    try:
        shapes = tensor_shapes(model)
        many = multiply_adds.__wrapped__(model)
    except CourseError as error:
        yield str(error)
        return
    except (IndexError, KeyError, StopIteration):
        yield "an operator lacks an input or a setting; export it anew."
        return
    if shapes[model.graph.output[0].name] != (1, CLASSES):
        yield f"its output for one image is {shapes[model.graph.output[0].name]}; it must be (1, {CLASSES})."
    if sum(map(math.prod, shapes.values())) > MOST_NUMBERS:
        yield f"its tensors hold more than {MOST_NUMBERS:,} numbers for one image; halve the image earlier."
    if many > MOST_MULTIPLY_ADDS:
        yield f"it takes {many:,} multiply-adds, and no entry may take more than {MOST_MULTIPLY_ADDS:,}."
