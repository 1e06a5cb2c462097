"""Where the boxes and lines of a drawn graph go: a row for each step, long chains wrapped into columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

STRETCH = 0.35  # how far from its ideal place a column may end, as a share of its length


@dataclass
class Box:
    """An input, an operator or an output, with the tensors it reads and writes."""

    reads: Sequence[str]
    writes: Sequence[str]
    given: bool = False  # starts the graph
    row: int = 0
    column: int = 0
    lane: int = 0


@dataclass
class Wire:
    """One tensor within one column: its places (row, lane) from the box, or the mark, where it comes from."""

    tensor: str
    column: int
    path: list[tuple[int, int]] = field(default_factory=list)
    ends: list[tuple[tuple[int, int], Box]] = field(default_factory=list)  # (last place, box that reads it below)
    enters: bool = False  # from an earlier column, at the first place
    leaves: bool = False  # to a later column, at the last place


def arrange(boxes: list[Box], columns: int) -> list[Wire]:
    """Give every box its column, row and lane, and return the wires between them.

    A box stands below all that it reads (longest path), an input just above its first reader. A column ends where
    few tensors cross. A wire keeps its lane where it can, and the longest way on keeps it before others.

    Args:
        boxes: in topological order, as ONNX keeps its nodes.
        columns: how many are wanted.
    """
    maker = {tensor: box for box in boxes for tensor in box.writes}
    readers: dict[str, list[Box]] = {tensor: [] for tensor in maker}
    for box in boxes:
        for tensor in dict.fromkeys(box.reads):
            if tensor in maker:
                readers[tensor].append(box)
    heights = _levels(boxes, maker, readers)
    depth = 1 + max(box.row for box in boxes)
    spans = {name: (maker[name].row, max(box.row for box in users)) for name, users in readers.items() if users}
    starts = _starts(depth, columns, spans.values())
    for box in boxes:
        box.column = sum(start <= box.row for start in starts) - 1
    wires = []
    for column in range(len(starts)):
        inside = [box for box in boxes if box.column == column]
        wires += _lanes(column, starts[column], inside, maker, readers, heights)
    return wires


def _levels(boxes: list[Box], maker: dict[str, Box], readers: dict[str, list[Box]]) -> dict[int, int]:
    """Set each box's row; return its distance from the end, by id."""
    for box in boxes:
        box.row = 1 + max((maker[tensor].row for tensor in box.reads if tensor in maker), default=-1)
    heights: dict[int, int] = {}
    for box in reversed(boxes):
        after = [reader for tensor in box.writes for reader in readers[tensor]]
        heights[id(box)] = 1 + max((heights[id(reader)] for reader in after), default=0)
        if after and box.given:
            box.row = min(reader.row for reader in after) - 1
    return heights


def _starts(depth: int, columns: int, spans: Iterable[tuple[int, int]]) -> list[int]:
    spans, length = list(spans), depth / columns
    starts = [0]
    for number in range(1, columns):
        ideal = number * length
        reach = [row for row in range(1, depth) if abs(row - ideal) <= STRETCH * length and row > starts[-1]]
        if reach:
            crossing = {row: sum(first < row <= last for first, last in spans) for row in reach}
            starts.append(min(reach, key=lambda row: (crossing[row], abs(row - ideal))))
    return starts


def _lanes(
    column: int,
    start: int,
    boxes: list[Box],
    maker: dict[str, Box],
    readers: dict[str, list[Box]],
    heights: dict[int, int],
) -> list[Wire]:
    """Set the lane of each box of a column, and lead the wires down through it."""
    tensors = dict.fromkeys(tensor for box in boxes for tensor in (*box.reads, *box.writes) if readers.get(tensor))
    wires = {tensor: Wire(tensor, column) for tensor in tensors}
    last = max(box.row for box in boxes)
    until = {}
    for tensor, wire in wires.items():
        wire.enters = maker[tensor].column < column
        wire.leaves = any(reader.column > column for reader in readers[tensor]) and not wire.enters
        inside = [reader.row for reader in readers[tensor] if reader.column == column]
        until[tensor] = last + 1 if wire.leaves else max(inside)
    taken: set[int] = set()
    for wire in wires.values():
        if wire.enters:
            lane = _free(0, taken)
            taken.add(lane)
            wire.path.append((start - 1, lane))
    for row in range(start, last + 2):
        taken = set()
        here = sorted((box for box in boxes if box.row == row), key=lambda box: -heights[id(box)])
        passing = [wire for wire in wires.values() if wire.path and row < until[wire.tensor] + wire.leaves]
        straight = [wire for wire in passing if len(wire.path) > 1]
        for wire in straight:
            _step(wire, row, taken)
        for box in here:
            sources = sorted(_above(wires[tensor], row)[1] for tensor in box.reads if tensor in wires)
            box.lane = _free(sources[(len(sources) - 1) // 2] if sources else 0, taken)
            taken.add(box.lane)
        for wire in passing:
            if wire not in straight:
                _step(wire, row, taken)
        for box in here:
            for tensor in dict.fromkeys(box.reads):
                if tensor in wires:
                    wires[tensor].ends.append((_above(wires[tensor], row), box))
            for tensor in box.writes:
                if tensor in wires:
                    wires[tensor].path.append((row, box.lane))
    return list(wires.values())


def _above(wire: Wire, row: int) -> tuple[int, int]:
    """Where the wire is just before ``row``."""
    return next(place for place in reversed(wire.path) if place[0] < row)


def _step(wire: Wire, row: int, taken: set[int]) -> None:
    lane = _free(wire.path[-1][1], taken)
    taken.add(lane)
    wire.path.append((row, lane))


def _free(wanted: int, taken: set[int]) -> int:
    """The free lane nearest to the one wanted, to the right where two are as near."""
    free = (lane for lane in range(wanted + len(taken) + 2) if lane not in taken)
    return min(free, key=lambda lane: (abs(lane - wanted), -lane))
