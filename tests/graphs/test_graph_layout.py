"""Where boxes and wires go: never one on another, and every reader reached."""

from __future__ import annotations

import random
from collections import Counter, defaultdict

import pytest

from course_utils.graphs import layout as graph_layout
from course_utils.graphs.layout import Box


def wild(seed: int) -> list[Box]:
    """A random graph of 2 inputs and 40 operators, each reading one to three earlier tensors."""
    draw = random.Random(seed)
    boxes = [Box([], [name], given=True) for name in ("t0", "t1")]
    for number in range(2, 42):
        known = [f"t{earlier}" for earlier in range(number)]
        recent = known[-4:] if draw.random() < 0.8 else known
        boxes.append(Box([*draw.sample(recent, min(len(recent), draw.randint(1, 3))), "weight"], [f"t{number}"]))
    read = {name for box in boxes for name in box.reads}
    return boxes + [Box([f"t{number}"], []) for number in range(42) if f"t{number}" not in read]


@pytest.mark.parametrize("columns", [1, 3])
@pytest.mark.parametrize("seed", range(6))
def test_layout_keeps_its_promises(seed: int, columns: int):
    boxes = wild(seed)
    wires = graph_layout.arrange(boxes, columns)
    maker = {name: box for box in boxes for name in box.writes}
    places = Counter((box.column, box.row, box.lane) for box in boxes)
    assert max(places.values()) == 1, "two boxes in one place"
    assert {box.column for box in boxes} == set(range(columns))
    for box in boxes:
        assert all(maker[name].row < box.row for name in box.reads if name in maker)
    for wire in wires:
        rows = [row for row, _ in wire.path]
        assert rows == list(range(rows[0], rows[0] + len(rows)))
        inside = wire.path[1:] if not wire.enters else wire.path
        assert not any((wire.column, *place) in places for place in inside), "a wire runs through a box"
    shared = Counter((wire.column, *place) for wire in wires for place in wire.path)
    doubled = [place for place, count in shared.items() if count > 1]
    assert not doubled, "two wires run in one place"
    led = {(wire.tensor, id(box)) for wire in wires for place, box in wire.ends if place[0] == box.row - 1}
    assert led == {(name, id(box)) for box in boxes for name in box.reads if name in maker}
    for wire in wires:
        rows = [box.row for box in boxes if box.column == wire.column]
        assert wire.leaves == (wire.path[-1][0] > max(rows)), "a wire that goes on does so below all boxes"
        assert wire.enters == (wire.path[0][0] < min(rows))
    crossing = defaultdict(set)
    for wire in wires:
        crossing[wire.tensor] |= {("out", wire.column)} if wire.leaves else set()
        crossing[wire.tensor] |= {("in", wire.column)} if wire.enters else set()
    for name, box in maker.items():
        later = {reader.column for reader in boxes if name in reader.reads} - {box.column}
        assert crossing[name] == ({("out", box.column)} | {("in", column) for column in later} if later else set())


def test_columns_end_where_one_tensor_crosses():
    """Four residual blocks of three steps each: a cut inside one would cross two tensors."""
    boxes, last = [Box([], ["x0"], given=True)], "x0"
    for number in range(4):
        names = [f"a{number}", f"b{number}", f"x{number + 1}"]
        boxes += [Box([last], names[:1]), Box(names[:1], names[1:2]), Box([names[1], last], names[2:])]
        last = names[2]
    wires = graph_layout.arrange(boxes, 2)
    assert [wire.tensor for wire in wires if wire.leaves] == ["x2"]


def test_straight_chain_stays_in_one_lane():
    boxes = [Box([], ["t0"], given=True)] + [Box([f"t{n}"], [f"t{n + 1}"]) for n in range(9)]
    graph_layout.arrange(boxes, 1)
    assert [(box.row, box.lane) for box in boxes] == [(row, 0) for row in range(10)]
