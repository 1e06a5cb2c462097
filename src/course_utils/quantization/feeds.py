"""What a calibration reader hands over, checked against what the model takes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from course_utils import graphs
from course_utils.errors import CourseError

if TYPE_CHECKING:
    import numpy as np
    from onnx import ModelProto

Feed = dict[str, "np.ndarray"]


class Wanted(NamedTuple):
    """An input of a model: NumPy's name of its type, and its shape, None for an axis that is free."""

    dtype: str
    shape: tuple[int | None, ...]

    def __str__(self) -> str:
        return f"{self.dtype} ({', '.join('any' if size is None else str(size) for size in self.shape)})"


def wanted_by(model: str | os.PathLike | ModelProto) -> dict[str, Wanted]:
    """Return the inputs of a model by name, those that are weights left out.

    Raises:
        CourseError: no such file, or no ONNX model in it.
    """
    from onnx import helper

    graph = graphs.load(model).graph
    weights = {tensor.name for tensor in graph.initializer}
    found = {}
    for each in graph.input:
        kind = each.type.tensor_type
        sizes = tuple(axis.dim_value if axis.HasField("dim_value") else None for axis in kind.shape.dim)
        if each.name not in weights:
            found[each.name] = Wanted(str(helper.tensor_dtype_to_np_dtype(kind.elem_type)), sizes)
    return found


def check(feed: Any, wanted: Mapping[str, Wanted], where: str) -> Feed:
    """Return a batch that the model takes.

    Raises:
        CourseError: it is no dict, has other names, or arrays of another type or shape, empty, or not finite.
    """
    import numpy as np

    names = ", ".join(map(repr, wanted))
    if not isinstance(feed, Mapping):
        raise CourseError(
            f"{where}: a batch is a {type(feed).__name__}; give a dict of arrays by input name ({names})."
        )
    if set(feed) != set(wanted):
        given = ", ".join(repr(name) for name in feed) or "none"
        raise CourseError(f"{where}: the inputs given are {given}; the model's are {names}: use its names.")
    for name, (dtype, shape) in wanted.items():
        array = feed[name]
        told = f"{where}: input {name!r} is"
        if not isinstance(array, np.ndarray):
            raise CourseError(f"{told} a {type(array).__name__}; give a NumPy array.")
        if array.dtype != dtype:
            raise CourseError(f"{told} {array.dtype}; convert it with .astype(np.{dtype}).")
        fits = len(array.shape) == len(shape) and all(
            size in (None, given) for size, given in zip(shape, array.shape, strict=True)
        )
        if not fits:
            raise CourseError(f"{told} of shape {array.shape}; the model takes {wanted[name]}.")
        if not array.size:
            raise CourseError(f"{told} empty; give at least one example.")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise CourseError(f"{told} not finite: nan or inf would become the range; clean the data first.")
    return dict(feed)


class Checked:
    """A reader whose every batch is checked, from its beginning where it can go back there.

    ONNX Runtime takes it for a ``CalibrationDataReader``: it has ``get_next``.

    Raises:
        CourseError: there is no reader, or nothing to read, or the first batch does not fit the model.
    """

    def __init__(self, reader: Any, wanted: Mapping[str, Wanted], where: str) -> None:
        if not callable(getattr(reader, "get_next", None)):
            raise CourseError(f"{where}: it is calibrated; give a reader, Reader(images, path).")
        self._reader, self._wanted, self._where = reader, wanted, where
        if callable(getattr(reader, "rewind", None)):
            reader.rewind()
        self._first = reader.get_next()
        if self._first is None:
            raise CourseError(f"{where}: the reader has nothing to read; give it examples, or rewind() it.")
        check(self._first, wanted, where)

    def get_next(self) -> Feed | None:
        """Return the next batch, None after the last."""
        feed, self._first = self._first, None
        if feed is None:
            feed = self._reader.get_next()
        return None if feed is None else check(feed, self._wanted, self._where)

    def __iter__(self) -> Iterator[Feed]:
        return iter(self.get_next, None)


def label(path: str | os.PathLike) -> str:
    """Return how messages call a reader for the model at ``path``."""
    return f"Reader for {Path(path)}"
