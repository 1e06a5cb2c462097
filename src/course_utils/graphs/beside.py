"""A graph before and after it was optimized, side by side, with what changed marked."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from course_utils import graphs, plots
from course_utils.graphs import drawing as graph_drawing
from course_utils.graphs import fusions as graph_fusions
from course_utils.graphs.kinds import Kind
from course_utils.graphs.parts import GAP, Part, Words, left_out

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from onnx import ModelProto, NodeProto

# Told by sign and outline as well as by colour.
KEPT = Kind("in both", "0.55", "square,pad=0")
REMOVED = Kind("− removed", plots.VERMILION, "round,pad=0,rounding_size=0.08", "--", 1.4)
ADDED = Kind("+ added, with what it stands for", plots.BLUE, "square,pad=0", "-", 2.4)
TITLES = ("before", "after")
MOST_COLUMNS = 4
WIDEST = 11.5  # inches, of both together


@dataclass(frozen=True)
class Change:
    """What became of the nodes, those that prepare constants left out.

    Attributes:
        kept: first outputs of the nodes that both graphs have, by the name in the first.
        removed: operators that only the first graph has, counted.
        added: operators that only the second has, counted.
        stands_for: what a node of the second graph that was added stands for, by its first output.
        still: first outputs of the nodes that both graphs have, by the name in the second.
    """

    kept: frozenset[str]
    removed: dict[str, int]
    added: dict[str, int]
    stands_for: dict[str, tuple[str, ...]]
    still: frozenset[str]


def change(before: str | os.PathLike | ModelProto, after: str | os.PathLike | ModelProto) -> Change:
    """Find which nodes both graphs have, and which only one of them has.

    A node is in both where it stands for one of the same operator, or is still there with the same output and weights
    though others before it have gone; see ``fusions.of``.

    Raises:
        CourseError: no such file, or no ONNX model in it.
    """
    first, second = graphs.load(before), graphs.load(after)
    found = graph_fusions.of(first, second)
    kept = frozenset(fusion.kept for fusion in found if fusion.kept)
    fed = {output for fusion in graph_fusions.of(first, first) for output in fusion.replaced}
    gone = [node for node in first.graph.node if node.output and node.output[0] in fed - kept]
    added = [fusion for fusion in found if not fusion.kept]
    return Change(
        kept,
        dict(Counter(map(graph_fusions.operator, gone)).most_common()),
        dict(Counter(fusion.operator for fusion in added).most_common()),
        {fusion.output: fusion.parts for fusion in added},
        frozenset(fusion.output for fusion in found if fusion.kept),
    )


def show(
    before: str | os.PathLike | ModelProto,
    after: str | os.PathLike | ModelProto,
    titles: tuple[str, str] = TITLES,
    *,
    columns: tuple[int | None, int | None] = (None, None),
) -> None:
    """Display both graphs in the notebook, with ``describe`` as their words.

    Args, Raises:
        as for ``draw``.
    """
    first, second = graphs.load(before), graphs.load(after)
    plots.show(draw(first, second, titles, columns=columns), describe(first, second, titles))


def describe(
    before: str | os.PathLike | ModelProto,
    after: str | os.PathLike | ModelProto,
    titles: tuple[str, str] = TITLES,
) -> str:
    """Say in words what ``draw`` shows: nodes before and after, how many are in both, what went and what came.

    Raises:
        CourseError: no such file, or no ONNX model in it.
    """
    first, second = graphs.load(before), graphs.load(after)
    found = change(first, second)
    counts = len(found.kept) + sum(found.removed.values()), len(found.still) + sum(found.added.values())
    stands = Counter(" + ".join(parts) or "nothing" for parts in found.stands_for.values())
    told = "; ".join(f"{count} for {parts}" for parts, count in stands.most_common())
    return (
        f"Two graphs side by side. {titles[0]}: {counts[0]} operators; {titles[1]}: {counts[1]}; {len(found.kept)} are "
        f"in both. Removed: {_listed(found.removed)}. Added: {_listed(found.added)}"
        f"{f', which stand for what was there: {told}' if told else ''}."
    )


def draw(
    before: str | os.PathLike | ModelProto,
    after: str | os.PathLike | ModelProto,
    titles: tuple[str, str] = TITLES,
    *,
    columns: tuple[int | None, int | None] = (None, None),
) -> Figure:
    """Draw both graphs: dashed with a minus what was removed, thick with a plus what was added.

    Below the name of an operator that was added stands what it replaces.

    Args:
        titles: of the two graphs.
        columns: of each, at most (default: as many as keep the drawing on a screen).

    Raises:
        CourseError: no such file, no ONNX model in it, or more than 300 nodes.
    """
    first, second = graphs.load(before), graphs.load(after)
    found = change(first, second)

    def left(node: NodeProto, words: Words) -> Words:
        if node.output[0] in found.kept:
            return KEPT, *words[1:]
        return REMOVED, f"− {words[1]}", words[2]

    def right(node: NodeProto, words: Words) -> Words:
        if node.output[0] in found.still:
            return KEPT, *words[1:]
        return ADDED, f"+ {words[1]}", " + ".join(found.stands_for.get(node.output[0], ())) or "(layout)"

    parts = _fitted(
        [Part.of(first, titles[0], count, relabel=left) for count in _tries(columns[0])],
        [Part.of(second, titles[1], count, relabel=right) for count in _tries(columns[1])],
    )
    return graph_drawing.page(parts, [left_out(sum(part.hidden for part in parts))])


def _tries(columns: int | None) -> Iterable[int]:
    return range(1, MOST_COLUMNS + 1) if columns is None else [columns]


def _fitted(firsts: list[Part], seconds: list[Part]) -> tuple[Part, Part]:
    """The page of the smallest width and height together that is not too wide; the narrowest where all are."""
    pages = list(product(firsts, seconds))
    widths = {id(page): sum(part.width for part in page) + GAP for page in pages}
    fitting = [page for page in pages if widths[id(page)] <= WIDEST]
    narrowest = min(pages, key=lambda page: widths[id(page)])
    return min(fitting or [narrowest], key=lambda page: max(part.height for part in page) + widths[id(page)])


def _listed(counted: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counted.items()) or "nothing"
