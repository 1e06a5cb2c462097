"""Graphs of sums, of operators that are free, and of several, of known multiply-adds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from course_utils.lessons.capstone import making
from course_utils.lessons.capstone.making import FLOAT, Made

if TYPE_CHECKING:
    import numpy as np


def sums_file(rng: np.random.Generator, kind: str, axes: Sequence[int] = (2, 3), sides: int = 4) -> Made:
    """Return a graph of one operator, of the judge's sums or of those that are free.

    Args:
        axes: what a ReduceMean goes over.
        sides: of Add, Sub and Mul: the axes of the weight; of 4 it is stretched over the rows, and the rows over it.
    """
    channels, side = int(rng.integers(2, 7)), int(rng.integers(6, 12))
    numbers, held, names, settings = channels * side * side, [], ["x"], {}
    if kind in ("Add", "Sub", "Mul"):
        times = int(rng.integers(2, 5)) if sides == 4 else 1
        held = [making.weights("w", (times, channels, 1, 1) if sides == 4 else (side,)[:sides])]
        names, due = ["x", "w"], times * numbers
    elif kind == "AveragePool":
        kernel, stride = (rng.permutation(each).tolist() for each in ([2, 3], [1, 2]))
        pads = rng.integers(0, 2, size=4).tolist()
        room = (pads[0] + pads[2], pads[1] + pads[3])
        outer = [(side + more - each) // step + 1 for more, each, step in zip(room, kernel, stride, strict=True)]
        due = channels * math.prod(outer) * math.prod(kernel)
        settings = {"kernel_shape": kernel, "strides": stride, "pads": pads}
    elif kind in ("GlobalAveragePool", "ReduceMean"):
        keep = int(rng.integers(2))
        due, settings = numbers, {"axes": list(axes), "keepdims": keep} if kind == "ReduceMean" else {}
    elif kind == "Clip":  # with an upper end alone
        names, held, due = ["x", "", "high"], [making.scalar("high", 0.5)], 0
    else:
        due, settings = 0, {"kernel_shape": [2, 2]} if kind == "MaxPool" else {}
    words = f"{kind}, one example {(channels, side, side)}, {settings or (held and tuple(held[0].dims))}"
    return making.written(
        [making.node(kind, names, **settings)], held, (channels, side, side), FLOAT, FLOAT, due, words
    )


def joined(rng: np.random.Generator) -> Made:
    """Return a graph of several operators, some of them twice, with the same weights or the same inputs, and a
    difference that nobody reads."""
    channels, side = int(rng.integers(2, 6)), int(rng.integers(5, 9))
    nodes = [
        making.node("Conv", ["x", "w"], out="a", pads=[1, 1, 1, 1]),
        making.node("Relu", ["a"], out="b"),
        making.node("Conv", ["b", "w"], out="c", pads=[1, 1, 1, 1]),  # the same weights
        making.node("Conv", ["b", "w"], out="again", pads=[1, 1, 1, 1]),  # the same in all
        making.node("Sub", ["c", "again"], out="unread"),
        making.node("Add", ["b", "c"], out="d"),
        making.node("Add", ["d", "d"], out="doubled"),
        making.node("GlobalAveragePool", ["doubled"], out="e"),
        making.node("Flatten", ["e"], out="f"),
        making.node("Gemm", ["f", "v"], transB=1),
    ]
    numbers = channels * side * side
    due = 3 * numbers * channels * 9 + 3 * numbers + numbers + 10 * channels
    held = [making.weights("w", (channels, channels, 3, 3)), making.weights("v", (10, channels))]
    words = f"three Convs, Relu, Sub, two Adds, GlobalAveragePool, Flatten and Gemm on {(channels, side, side)}"
    return making.written(nodes, held, (channels, side, side), FLOAT, FLOAT, due, words)
