"""The lines of a drawn graph: down, across between two rows on a track of their own, down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING

from course_utils.graphs.layout import Wire

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Places = Callable[[int, int, int], tuple[float, float]]  # column, row, lane → the middle of a box there, in inches
STYLE = {"color": "0.35", "linewidth": 0.9, "solid_joinstyle": "round", "zorder": 1}
PORT, TRACK, HEAD, MARK = 0.13, 0.05, 0.06, 12  # inches, the last in points


def draw(axes: Axes, wires: list[Wire], at: Places, row: float, box: float) -> None:
    """Draw every wire, with an arrow where it is read and a circled letter where it changes columns.

    Args:
        row, box: from row to row, and the height of a box, in inches.
    """
    ports, tracks = _ports(wires, at), _tracks(wires)
    letters: dict[str, str] = {}
    for wire in sorted(wires, key=lambda wire: wire.column):
        line = [at(wire.column, *wire.path[0])]
        reached = {wire.path[0]: list(line)}

        def across(x: float, place: tuple[int, int], wire: Wire = wire) -> list[tuple[float, float]]:
            from_x, y = at(wire.column, *place)
            bend = y + row / 2 + tracks[wire.column, place[0], wire.tensor]
            return [(from_x, bend), (x, bend)] if abs(x - from_x) > 1e-9 else []

        for before, place in zip(wire.path, wire.path[1:], strict=False):
            x, y = at(wire.column, *place)
            line += [*across(x, before), (x, y)]
            reached[place] = list(line)
        axes.plot(*zip(*line, strict=True), **STYLE)
        for place, reader in wire.ends:
            x, y = at(reader.column, reader.row, reader.lane)
            x, y = x + ports[id(reader), wire.tensor], y - box / 2
            start = reached[place][-1]
            axes.plot(*zip(start, *across(x, place), (x, y), strict=True), **STYLE)
            axes.fill([x - HEAD / 2, x + HEAD / 2, x], [y - HEAD, y - HEAD, y], color=STYLE["color"], zorder=2)
        for place, crosses in ((wire.path[0], wire.enters), (wire.path[-1], wire.leaves)):
            if crosses:
                x, y = at(wire.column, *place)
                axes.plot([x], [y], "o", markersize=MARK, color="white", markeredgecolor=STYLE["color"], zorder=3)
                letter = letters.setdefault(wire.tensor, _letter(len(letters)))
                axes.text(x, y, letter, fontsize=7.5, ha="center", va="center", zorder=4)


def _ports(wires: list[Wire], at: Places) -> dict[tuple[int, str], float]:
    """Where each reader is entered, from its middle, so that its wires keep apart; one from above stays straight."""
    entering = defaultdict(list)
    for wire in wires:
        for place, reader in wire.ends:
            side = at(wire.column, *place)[0] - at(reader.column, reader.row, reader.lane)[0]
            entering[id(reader)].append((side, wire.tensor))
    ports = {}
    for reader, found in entering.items():
        found.sort()
        straight = [number for number, (side, _) in enumerate(found) if abs(side) < 1e-9]
        middle = straight[0] if straight else (len(found) - 1) / 2
        step = min(PORT, 0.5 / len(found))
        ports |= {(reader, tensor): (number - middle) * step for number, (_, tensor) in enumerate(found)}
    return ports


def _tracks(wires: list[Wire]) -> dict[tuple[int, int, str], float]:
    """How far from the middle between two rows each wire crosses, by column, row above and tensor."""
    crossing = defaultdict(list)
    for wire in wires:
        steps = list(zip(wire.path, wire.path[1:], strict=False))
        for row in sorted({place[0] for place, _ in (*steps, *wire.ends)}):
            moves = any(a[1] != b[1] for a, b in steps if a[0] == row)
            moves |= any(place[1] != reader.lane for place, reader in wire.ends if place[0] == row)
            crossing[wire.column, row].append((moves, wire.tensor))
    tracks = {}
    for (column, row), found in crossing.items():
        moving = [tensor for moves, tensor in found if moves]
        step = min(TRACK, 0.1 / max(1, len(moving) - 1))
        for _, tensor in found:
            number = moving.index(tensor) if tensor in moving else (len(moving) - 1) / 2
            tracks[column, row, tensor] = (number - (len(moving) - 1) / 2) * step - HEAD / 4
    return tracks


def _letter(number: int) -> str:
    return chr(ord("A") + number % 26) + "′" * (number // 26)
