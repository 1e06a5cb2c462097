"""Which axis of each input is the batch, and arrays cut along it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from course_utils.quantization.feeds import Feed, Wanted

if TYPE_CHECKING:
    import numpy as np

Axes = Mapping[str, int | None]


def axes(wanted: Mapping[str, Wanted]) -> dict[str, int | None]:
    """Return the axis of each input that is the batch; None for an input without one, such as a sampling rate.

    It is the free axis whose name most inputs share, in a state of shape (2, batch, 128) the second. Where no name is
    shared it is axis 0 where that is free, else the first axis that is. In a model of fixed shapes it is axis 0 of
    the inputs that are as long there as the first.
    """
    shapes = {name: (None,) if each.shape is None else each.shape for name, each in wanted.items()}
    leading = [shape[0] for shape in shapes.values() if shape]
    free = [size for size in leading if not isinstance(size, int)]
    names = Counter(axis for shape in shapes.values() for axis in {size for size in shape if isinstance(size, str)})
    shared = max(names, key=lambda name: (names[name], name in free), default="")

    def axis(shape: tuple[int | str | None, ...]) -> int | None:
        if not free:
            return 0 if shape and shape[0] == leading[0] else None
        if names[shared] > 1:
            return shape.index(shared) if shared in shape else None
        return next((place for place, size in enumerate(shape) if not isinstance(size, int)), None)

    return {name: axis(shape) for name, shape in shapes.items()}


def count(arrays: Feed, axes: Axes) -> int:
    """Return how many examples there are; 1 where no input has a batch."""
    return next((arrays[name].shape[axis] for name, axis in axes.items() if axis is not None), 1)


def cut(arrays: Feed, axes: Axes, start: int, end: int) -> Feed:
    """Return the examples from ``start`` to before ``end``; an input without a batch stays whole."""

    def part(array: np.ndarray, axis: int | None) -> np.ndarray:
        return array if axis is None else array[(slice(None),) * axis + (slice(start, end),)]

    return {name: part(array, axes[name]) for name, array in arrays.items()}


def freed(wanted: Wanted, axis: int | None) -> Wanted:
    """Return the input with any number of examples."""
    if axis is None or wanted.shape is None:
        return wanted
    return wanted._replace(shape=(*wanted.shape[:axis], None, *wanted.shape[axis + 1 :]))
