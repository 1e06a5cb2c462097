"""ONNX graphs drawn in the notebook: operators as boxes, shapes of what they give, every export included."""

from __future__ import annotations

import math
import os
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from course_utils import graphs, plots
from course_utils.errors import CourseError
from course_utils.graphs import kinds as graph_kinds
from course_utils.graphs import layout as graph_layout
from course_utils.graphs import wires as graph_wires
from course_utils.graphs.layout import Box, Wire

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from onnx import ModelProto

LIMIT = 300  # nodes: beyond it nobody can read the drawing
FONT = 7.5  # points
# Inches: from box to box, a box's height, a lane with a wire alone, and around.
ROW, BOX, NARROW, GAP, MARGIN, TITLE, LINE = 0.56, 0.36, 0.2, 0.22, 0.16, 0.25, 0.2
TALLEST, WIDEST = 7.5, 9.6  # inches: beyond the first the chain is wrapped, unless that goes beyond the second


@dataclass
class Sign(Box):
    """A box with what is written in it."""

    kind: graph_kinds.Kind = graph_kinds.END
    title: str = ""
    shape: str = ""

    @property
    def width(self) -> float:
        """In inches."""
        return max(graph_kinds.width(self.title, FONT, bold=True), graph_kinds.width(self.shape, FONT)) + 0.2


def show(model: str | os.PathLike | ModelProto, title: str = "", *, columns: int | None = None) -> None:
    """Display the graph in the notebook, with ``describe(model)`` as its words.

    Args, Raises:
        as for ``draw``.
    """
    loaded = graphs.load(model)
    plots.show(draw(loaded, title, columns=columns), describe(loaded, title))


def describe(model: str | os.PathLike | ModelProto, title: str = "") -> str:
    """Say in a sentence what ``draw`` shows: inputs, operators counted, outputs.

    Raises:
        CourseError: no such file, or no ONNX model in it.
    """
    loaded = graphs.load(model)
    counted = graphs.operators(loaded)
    total = sum(counted.values())
    listed = ", ".join(f"{count} {name}" for name, count in sorted(counted.items(), key=lambda item: -item[1]))
    signs, hidden = _signs(loaded)
    first, last = (
        " and ".join(f"{sign.title} {sign.shape}".strip() for sign in signs if sign.kind is kind) or "nothing"
        for kind in (graph_kinds.START, graph_kinds.END)
    )
    words = f"{title or 'ONNX graph'}: from {first} through {total} operator{'s' * (total != 1)} ({listed}) to {last}."
    return f"{words} {_left_out(hidden)}".strip()


def draw(model: str | os.PathLike | ModelProto, title: str = "", *, columns: int | None = None) -> Figure:
    """Draw a graph from top to bottom, in several columns where it is long; needs neither network nor graphviz.

    Each box names an operator (with its kernel, stride and fused activation) and the shape of its first output.
    A letter in a circle ends a column, and goes on at the same letter. Weights, nodes that no input reaches,
    and the bodies of branches and loops are not drawn.

    Args:
        columns: how many, at most (default: as many as keep the drawing on a screen).

    Raises:
        CourseError: no such file, no ONNX model in it, or more than 300 nodes.
    """
    loaded = graphs.load(model)
    if (count := len(loaded.graph.node)) > LIMIT:
        raise CourseError(
            f"{title or loaded.graph.name or 'graph'}: {count} nodes, too many to read in a drawing"
            f" (at most {LIMIT}); count them with graphs.operators, or open the file in netron."
        )
    signs, hidden = _signs(loaded)
    wires, lanes, width = _arrange(signs, columns)
    tops = [min(sign.row for sign in signs if sign.column == column) for column in range(len(lanes))]
    wrapped = len(lanes) > 1
    rows = max(sign.row - tops[sign.column] + 1 for sign in signs) + 1.7 * wrapped
    key = graph_kinds.key_rows([sign.kind for sign in signs], width - 2 * MARGIN)
    notes = [_left_out(hidden)] if hidden else []
    top = MARGIN + (TITLE if title else 0)
    bottom = top + rows * ROW + 0.1
    height = bottom + LINE * (len(key) + len(notes)) + MARGIN / 2
    drawn, axes = plots.figure(width=width, height=height)
    drawn.set_layout_engine("none")
    axes.set_position((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")

    def at(column: int, row: int, lane: int) -> tuple[float, float]:
        return lanes[column][lane], top + (row - tops[column] + 0.5 + 0.8 * wrapped) * ROW

    axes.text(MARGIN, MARGIN + 0.05, title, fontsize=10, va="center")
    graph_wires.draw(axes, wires, at, ROW, BOX)
    for sign in signs:
        x, y = at(sign.column, sign.row, sign.lane)
        graph_kinds.draw(axes, sign.kind, x, y, sign.width, BOX)
        style = {"fontsize": FONT, "ha": "center", "va": "center", "zorder": 4}
        axes.text(x, y - (0.075 if sign.shape else 0), sign.title, fontweight="bold", **style)
        axes.text(x, y + 0.085, sign.shape, **style)
    graph_kinds.draw_key(axes, key, MARGIN, bottom, LINE)
    for number, note in enumerate(notes, start=len(key)):
        axes.text(MARGIN, bottom + LINE * (number + 0.5), note, fontsize=7, va="center", color="0.25")
    return drawn


def _arrange(signs: list[Sign], columns: int | None) -> tuple[list[Wire], list[list[float]], float]:
    """Lay the signs out, wrapped into fewer columns where these get too wide for a screen."""
    wires = graph_layout.arrange(signs, columns or 1)
    if columns is None:
        depth = 1 + max(sign.row for sign in signs)
        for tried in range(math.ceil(depth * ROW / TALLEST), 0, -1):
            wires = graph_layout.arrange(signs, tried)
            if _lanes(signs, wires)[1] <= WIDEST:
                break
    return wires, *_lanes(signs, wires)


def _left_out(hidden: int) -> str:
    if not hidden:
        return ""
    return f"Not drawn: {hidden} {'node that prepares' if hidden == 1 else 'nodes that prepare'} constants."


def _signs(model: ModelProto) -> tuple[list[Sign], int]:
    """Return what is drawn, and how many nodes are not, because no input reaches them."""
    graph = model.graph
    weights = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    shapes = graph_kinds.shapes(model)

    def end(name: str, **more: Any) -> Sign:
        return Sign(title=name, shape=shapes.get(name, ""), **more)

    starts = [value.name for value in graph.input if value.name not in weights]
    signs = [end(name, reads=[], writes=[name], given=True, kind=graph_kinds.START) for name in starts]
    reached, hidden = set(starts), 0
    for node in graph.node:
        reads = [name for inner in graphs.nodes_of(node) for name in inner.input if name]
        given = not starts or node.op_type.startswith("Random")
        if not given and not reached.intersection(reads):
            hidden += 1
            continue
        writes = [name for name in node.output if name]
        reached.update(writes)
        kind, title = graph_kinds.of(node.op_type), graph_kinds.title(node, weights)
        shape = shapes.get(writes[0], "") if writes else ""
        signs.append(Sign(reads, writes, given=given and not reads, kind=kind, title=title, shape=shape))
    return signs + [end(value.name, reads=[value.name], writes=[]) for value in graph.output], hidden


def _lanes(signs: list[Sign], wires: list[Wire]) -> tuple[list[list[float]], float]:
    """Return the middle of each lane, by column, and the whole width, in inches."""
    middles, edge = [], MARGIN
    for column in range(1 + max(sign.column for sign in signs)):
        widths: dict[int, float] = defaultdict(lambda: NARROW)
        for wire in wires:
            if wire.column == column:
                widths.update({lane: widths[lane] for _, lane in wire.path})
        for sign in signs:
            if sign.column == column:
                widths[sign.lane] = max(widths[sign.lane], sign.width)
        middles.append([])
        for lane in range(1 + max(widths)):
            width = widths[lane]
            middles[-1].append(edge + width / 2)
            edge += width + GAP / 2
        edge += GAP
    return middles, max(edge - 1.5 * GAP + MARGIN, 3.0)
