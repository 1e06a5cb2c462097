"""One graph on a page: its boxes and wires laid out, painted where there is room for it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from course_utils import graphs
from course_utils.errors import CourseError
from course_utils.graphs import constants
from course_utils.graphs import kinds as graph_kinds
from course_utils.graphs import layout as graph_layout
from course_utils.graphs import wires as graph_wires
from course_utils.graphs.layout import Box, Wire

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from onnx import ModelProto, NodeProto

LIMIT = 300  # nodes: beyond it nobody can read the drawing
FONT = 7.5  # points
# Inches: from box to box, a box's height, a lane with a wire alone, and around.
ROW, BOX, NARROW, GAP, MARGIN, TITLE, LINE = 0.56, 0.36, 0.2, 0.22, 0.16, 0.25, 0.2
TALLEST, WIDEST = 7.5, 9.6  # inches: beyond the first the chain is wrapped, unless that goes beyond the second

Words = tuple[graph_kinds.Kind, str, str]  # of a box: what kind it is, and its two lines


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


@dataclass
class Part:
    """A graph laid out, from top to bottom, in several columns where it is long.

    Attributes:
        hidden: nodes that are not drawn, because no input reaches them.
        lanes: the middle of each lane, by column, in inches from the left.
        width, height: in inches; the title takes its own room above.
    """

    title: str
    signs: list[Sign]
    hidden: int
    wires: list[Wire]
    lanes: list[list[float]]
    width: float

    @classmethod
    def of(
        cls,
        model: ModelProto,
        title: str,
        columns: int | None = None,
        *,
        widest: float = WIDEST,
        relabel: Callable[[NodeProto, Words], Words] = lambda node, words: words,
    ) -> Part:
        """Lay a graph out.

        Args:
            columns: how many, at most (default: as many as keep it on a screen, and within ``widest`` inches).
            relabel: takes a node and the words of its box, and gives others.

        Raises:
            CourseError: more than 300 nodes.
        """
        if (count := len(model.graph.node)) > LIMIT:
            raise CourseError(
                f"{title or model.graph.name or 'graph'}: {count} nodes, too many to read in a drawing"
                f" (at most {LIMIT}); count them with graphs.operators, or open the file in netron."
            )
        signs, hidden = read(model, relabel)
        return cls(title, signs, hidden, *_arrange(signs, columns, widest))

    @property
    def tops(self) -> list[int]:
        """The first row of each column."""
        columns = range(len(self.lanes))
        return [min(sign.row for sign in self.signs if sign.column == column) for column in columns]

    @property
    def height(self) -> float:
        tops = self.tops
        rows = max(sign.row - tops[sign.column] + 1 for sign in self.signs)
        return (rows + 1.7 * (len(tops) > 1)) * ROW

    def paint(self, axes: Axes, left: float, top: float) -> None:
        """Draw it with its left edge and its top at these places, in inches; its title goes above ``top``."""
        tops = self.tops
        wrapped = len(tops) > 1

        def at(column: int, row: int, lane: int) -> tuple[float, float]:
            return left + self.lanes[column][lane], top + (row - tops[column] + 0.5 + 0.8 * wrapped) * ROW

        axes.text(left + MARGIN, top - TITLE + 0.05, self.title, fontsize=10, va="center")
        graph_wires.draw(axes, self.wires, at, ROW, BOX)
        for sign in self.signs:
            x, y = at(sign.column, sign.row, sign.lane)
            graph_kinds.draw(axes, sign.kind, x, y, sign.width, BOX)
            style = {"fontsize": FONT, "ha": "center", "va": "center", "zorder": 4}
            axes.text(x, y - (0.075 if sign.shape else 0), sign.title, fontweight="bold", **style)
            axes.text(x, y + 0.085, sign.shape, **style)


def read(model: ModelProto, relabel: Callable[[NodeProto, Words], Words]) -> tuple[list[Sign], int]:
    """Return what is drawn, and how many nodes are not, because no input reaches them."""
    graph = model.graph
    weights = {name: tuple(tensor.dims) for name, tensor in constants.of(model)}
    shapes = graph_kinds.shapes(model)

    def end(name: str, **more: Any) -> Sign:
        return Sign(title=name, shape=shapes.get(name, ""), **more)

    starts = [value.name for value in graphs.inputs(graph)]
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
        shape = shapes.get(writes[0], "") if writes else ""
        kind, title, shape = relabel(node, (graph_kinds.of(node.op_type), graph_kinds.title(node, weights), shape))
        signs.append(Sign(reads, writes, given=given and not reads, kind=kind, title=title, shape=shape))
    return signs + [end(value.name, reads=[value.name], writes=[]) for value in graph.output], hidden


def left_out(hidden: int) -> str:
    """Say how many nodes are not drawn; nothing where all are."""
    if not hidden:
        return ""
    return f"Not drawn: {hidden} {'node that prepares' if hidden == 1 else 'nodes that prepare'} constants."


def _arrange(signs: list[Sign], columns: int | None, widest: float) -> tuple[list[Wire], list[list[float]], float]:
    """Lay the signs out, wrapped into fewer columns where these get too wide for a screen."""
    wires = graph_layout.arrange(signs, columns or 1)
    if columns is None:
        depth = 1 + max(sign.row for sign in signs)
        for tried in range(math.ceil(depth * ROW / TALLEST), 0, -1):
            wires = graph_layout.arrange(signs, tried)
            if _lanes(signs, wires)[1] <= widest:
                break
    return wires, *_lanes(signs, wires)


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
