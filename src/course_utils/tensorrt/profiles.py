"""Optimization profiles: for each input the smallest, the usual and the largest shape that an engine must take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from course_utils.errors import CourseError
from course_utils.withheld import answer_to

Shape = tuple[int, ...]
Profile = dict[str, tuple[Shape, Shape, Shape]]


@answer_to("7.2")
def profile(
    shapes_min: Mapping[str, Sequence[int]],
    shapes_opt: Mapping[str, Sequence[int]],
    shapes_max: Mapping[str, Sequence[int]],
) -> Profile:
    """Return ``{name: (min, opt, max)}``, shapes as tuples of ints.

    Args:
        shapes_min, shapes_opt, shapes_max: the shape of each input by name; the engine runs fastest at ``opt``.

    Raises:
        CourseError: the three do not name the same inputs, or a shape of one input has another rank, a number that is
            no positive int, or is not min <= opt <= max on every axis; with the input's name.
    """
    names = set(shapes_min) | set(shapes_opt) | set(shapes_max)
    made: Profile = {}
    for name in sorted(names):
        shapes = []
        for which, given in (("min", shapes_min), ("opt", shapes_opt), ("max", shapes_max)):
            if name not in given:
                raise CourseError(f"profile: no {which} shape for the input {name!r}; give min, opt and max of each.")
            shapes.append(_shape(name, which, given[name]))
        made[name] = _ordered(name, *shapes)
    return made


def fitting(inputs: Mapping[str, Sequence[int]], wanted: Mapping[str, Sequence[Sequence[int]]], path: str) -> Profile:
    """Return the profile ``wanted``, checked against a network's inputs, whose free axes are -1.

    Raises:
        CourseError: an input with a free axis has no shapes, shapes are for an input that is not there, or a shape
            contradicts the network's.
    """
    for name in wanted:
        if name not in inputs:
            there = ", ".join(inputs) or "none"
            raise CourseError(f"{path}: the profile names {name!r}, which is no input; there are: {there}.")
    made: Profile = {}
    for name, shape in inputs.items():
        if name not in wanted:
            if any(size < 0 for size in shape):
                raise CourseError(
                    f"{path}: the input {name!r} of shape {tuple(shape)} has a free axis and no profile; give its "
                    "smallest, usual and largest shape."
                )
            continue
        low, usual, high = wanted[name]
        made[name] = _ordered(name, _shape(name, "min", low), _shape(name, "opt", usual), _shape(name, "max", high))
        for which, given in zip(("min", "opt", "max"), made[name], strict=True):
            same = len(given) == len(shape) and all(b in (-1, a) for a, b in zip(given, shape, strict=True))
            if not same:
                raise CourseError(
                    f"{path}: the {which} shape {given} of {name!r} does not fit the network's {tuple(shape)} "
                    "(-1 is free); only free axes may differ."
                )
    return made


def _shape(name: str, which: str, shape: Sequence[int]) -> Shape:
    sizes = tuple(shape)
    if not all(isinstance(size, int) and not isinstance(size, bool) and size > 0 for size in sizes):
        raise CourseError(f"profile: the {which} shape {sizes} of {name!r} must be positive ints.")
    return sizes


def _ordered(name: str, low: Shape, usual: Shape, high: Shape) -> tuple[Shape, Shape, Shape]:
    if not len(low) == len(usual) == len(high):
        raise CourseError(f"profile: {name!r} has shapes of different rank: {low}, {usual}, {high}; one rank is due.")
    if not all(a <= b <= c for a, b, c in zip(low, usual, high, strict=True)):
        raise CourseError(f"profile: {name!r} must have min <= opt <= max on every axis, not {low}, {usual}, {high}.")
    return low, usual, high
