"""Kinds of ONNX operators, each with a colour and an outline of its own, and what a box says of its operator."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from course_utils import plots

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from onnx import ModelProto, NodeProto, TensorShapeProto


@dataclass(frozen=True)
class Kind:
    """What a group of operators does; told by its outline as well as by its colour."""

    name: str
    colour: str
    corners: str
    line: str = "-"
    weight: float = 1.2


START = Kind("input", plots.BLACK, "round,pad=0,rounding_size=0.18")
END = Kind("output", plots.BLACK, "round,pad=0,rounding_size=0.18")
WEIGHTED = Kind("weighted sum", plots.BLUE, "square,pad=0", weight=2.2)
POINTWISE = Kind("element by element", plots.ORANGE, "round,pad=0,rounding_size=0.08")
POOLING = Kind("pooling, reduction", plots.GREEN, "round,pad=0,rounding_size=0.08", "--")
MOVING = Kind("shape, type, place", "0.45", "square,pad=0", ":")
QUANTIZING = Kind("quantization", plots.PURPLE, "square,pad=0", "-.", 1.6)
OTHER = Kind("other", plots.SKY, "square,pad=0")

NAMES = {
    WEIGHTED: """
        Attention Conv ConvInteger ConvTranspose FusedConv FusedGemm FusedMatMul GRU Gemm LSTM
        MatMul MatMulInteger RNN
    """,
    POOLING: """
        ArgMax ArgMin AveragePool CumSum GlobalAveragePool GlobalMaxPool LpPool MaxPool TopK
    """,
    MOVING: """
        Cast Concat Constant ConstantOfShape Expand Flatten Gather GatherElements GatherND Identity
        Pad Range ReorderInput ReorderOutput Reshape Resize ScatterND Shape Size Slice Split Squeeze
        Tile Transpose Unsqueeze
    """,
    POINTWISE: """
        Abs Add And BatchNormalization Ceil Clip Div Dropout Elu Equal Erf Exp Floor Gelu Greater
        GreaterOrEqual HardSigmoid HardSwish InstanceNormalization LayerNormalization LeakyRelu Less
        LessOrEqual Log LogSoftmax Max Min Mod Mul Neg Not Or PRelu Pow QuickGelu Reciprocal Relu
        Round Selu Sigmoid Sign Sin Softmax Softplus Sqrt Sub Sum Tanh Where
    """,
}
KINDS = {name: kind for kind, names in NAMES.items() for name in names.split()}


def of(operator: str) -> Kind:
    """Return the kind of an operator of ONNX, or of ONNX Runtime's own."""
    if operator in KINDS:
        return KINDS[operator]
    if operator.startswith(("QLinear", "Quantize", "Dequantize", "DynamicQuantize", "QGemm")):
        return QUANTIZING
    return POOLING if operator.startswith("Reduce") else OTHER


def title(node: NodeProto, weights: dict[str, tuple[int, ...]]) -> str:
    """Return the operator's name with its kernel, stride, groups and fused activation, where it has them."""
    from onnx import helper

    from course_utils.graphs.fusions import operator

    attributes = {entry.name: entry for entry in node.attribute}

    def value(name: str, default: object) -> object:
        return helper.get_attribute_value(attributes[name]) if name in attributes else default

    kernel = value("kernel_shape", None)
    if kernel is None and "Conv" in node.op_type and len(node.input) > 1:
        kernel = weights.get(node.input[1], ())[2:]
    words = [operator(node)]
    if kernel:
        words.append("×".join(map(str, kernel)))
    if any(stride != 1 for stride in value("strides", ())):
        words.append(f"/{max(value('strides', (1,)))}")
    if value("group", 1) != 1:
        words.append(f"g{value('group', 1)}")
    if activation := value("activation", b""):
        words.append("+ " + activation.decode())
    return " ".join(words)


def shapes(model: ModelProto) -> dict[str, str]:
    """Return the shape of each tensor of which it is known, as ``batch×16×?×8``; a number alone is ``scalar``."""
    import onnx

    with suppress(Exception):  # it needs a weight, or an operator, that it cannot see: the shapes in the file remain
        model = onnx.shape_inference.infer_shapes(model)
    known = {}
    for value in (*model.graph.value_info, *model.graph.input, *model.graph.output):
        if value.type.tensor_type.HasField("shape"):
            axes = value.type.tensor_type.shape.dim
            known[value.name] = "×".join(map(_axis, axes)) or "scalar"
    return known


def _axis(axis: TensorShapeProto.Dimension) -> str:
    if axis.HasField("dim_value"):
        return str(axis.dim_value)
    # Shape inference makes up names such as unk__7, exporters write whole formulas.
    return axis.dim_param if axis.dim_param.isidentifier() and not axis.dim_param.startswith("unk__") else "?"


def draw(axes: Axes, kind: Kind, x: float, y: float, width: float, height: float) -> None:
    """Draw a box of this kind around (x, y)."""
    from matplotlib.colors import to_rgb
    from matplotlib.patches import FancyBboxPatch

    pale = [1 - 0.18 * (1 - part) for part in to_rgb(kind.colour)]
    if kind in (START, END):
        pale = (1, 1, 1)
    axes.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - height / 2),
            width,
            height,
            boxstyle=kind.corners,
            facecolor=pale,
            edgecolor=kind.colour,
            linestyle=kind.line,
            linewidth=kind.weight,
            zorder=3,
            mutation_aspect=1,
        )
    )


def key_rows(kinds: Sequence[Kind], room: float) -> list[list[tuple[Kind, float]]]:
    """Return the kinds to explain, each with its place, in rows that fit into ``room`` inches."""
    rows: list[list[tuple[Kind, float]]] = []
    edge = room
    for kind in dict.fromkeys(kind for kind in kinds if kind not in (START, END)):
        wide = 0.45 + width(kind.name, 7)
        if edge + wide > room:
            rows.append([])
            edge = 0.0
        rows[-1].append((kind, edge))
        edge += wide
    return rows


def draw_key(axes: Axes, rows: list[list[tuple[Kind, float]]], left: float, top: float, line: float) -> None:
    """Draw the rows from ``key_rows``, ``line`` inches each."""
    for number, row in enumerate(rows):
        y = top + line * (number + 0.5)
        for kind, edge in row:
            draw(axes, kind, left + edge + 0.1, y, 0.2, 0.11)
            axes.text(left + edge + 0.26, y, kind.name, fontsize=7, va="center", color="0.25")


@lru_cache(maxsize=1000)
def width(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide ``text`` is drawn, in inches, at ``size`` points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    if not text.strip():
        return 0.0
    font = FontProperties(weight="bold" if bold else "normal")
    return float(TextPath((0, 0), text, size=size, prop=font).get_extents().x1 / 72)
