"""ONNX graphs drawn in the notebook: operators as boxes, shapes of what they give, every export included."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from course_utils import graphs, plots
from course_utils.graphs import kinds as graph_kinds
from course_utils.graphs.parts import GAP, LINE, MARGIN, TITLE, WIDEST, Part, left_out, read

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from onnx import ModelProto

__all__ = ["WIDEST", "describe", "draw", "page", "show"]


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
    counted = graphs.operators.__wrapped__(loaded)
    total = sum(counted.values())
    listed = ", ".join(f"{count} {name}" for name, count in sorted(counted.items(), key=lambda item: -item[1]))
    signs, hidden = read(loaded, lambda node, words: words)
    first, last = (
        " and ".join(f"{sign.title} {sign.shape}".strip() for sign in signs if sign.kind is kind) or "nothing"
        for kind in (graph_kinds.START, graph_kinds.END)
    )
    words = f"{title or 'ONNX graph'}: from {first} through {total} operator{'s' * (total != 1)} ({listed}) to {last}."
    return f"{words} {left_out(hidden)}".strip()


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
    part = Part.of(graphs.load(model), title, columns)
    return page([part], [left_out(part.hidden)])


def page(parts: Sequence[Part], notes: Sequence[str] = ()) -> Figure:
    """Return a figure of graphs side by side, with one key to their kinds, and notes, below them."""
    notes = [note for note in notes if note]
    width = sum(part.width for part in parts) + GAP * (len(parts) - 1)
    key = graph_kinds.key_rows([sign.kind for part in parts for sign in part.signs], width - 2 * MARGIN)
    top = MARGIN + (TITLE if any(part.title for part in parts) else 0)
    bottom = top + max(part.height for part in parts) + 0.1
    height = bottom + LINE * (len(key) + len(notes)) + MARGIN / 2
    drawn, axes = plots.figure(width=width, height=height)
    drawn.set_layout_engine("none")
    axes.set_position((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    left = 0.0
    for part in parts:
        part.paint(axes, left, top)
        left += part.width + GAP
        if part is not parts[-1]:
            axes.plot([left - GAP / 2] * 2, [MARGIN, bottom - 0.1], color="0.8", linewidth=0.8)
    graph_kinds.draw_key(axes, key, MARGIN, bottom, LINE)
    for number, note in enumerate(notes, start=len(key)):
        axes.text(MARGIN, bottom + LINE * (number + 0.5), note, fontsize=7, va="center", color="0.25")
    return drawn
