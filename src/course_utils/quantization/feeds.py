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
    """An input of a model: NumPy's name of its type, and its shape.

    A free axis is its name in the model, or None where it has none; the whole shape is None where the model does not
    say how many axes there are.
    """

    dtype: str
    shape: tuple[int | str | None, ...] | None

    def takes(self, shape: tuple[int, ...]) -> bool:
        """Whether arrays of this shape fit."""
        if self.shape is None:
            return True
        pairs = zip(self.shape, shape, strict=False)
        return len(shape) == len(self.shape) and all(given == size for size, given in pairs if isinstance(size, int))

    def __str__(self) -> str:
        sizes = ["any"] if self.shape is None else [str(s) if isinstance(s, int) else "any" for s in self.shape]
        return f"{self.dtype} ({', '.join(sizes)})"


def wanted_by(model: str | os.PathLike | ModelProto) -> dict[str, Wanted]:
    """Return the inputs of a model by name, those that are weights left out.

    Raises:
        CourseError: no such file, or no ONNX model in it.
    """
    from onnx import helper

    found = {}
    for each in graphs.inputs(graphs.load(model).graph):
        kind = each.type.tensor_type
        sizes = (axis.dim_value if axis.HasField("dim_value") else axis.dim_param or None for axis in kind.shape.dim)
        shape = tuple(sizes) if kind.HasField("shape") else None
        found[each.name] = Wanted(str(helper.tensor_dtype_to_np_dtype(kind.elem_type)), shape)
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
    for name, (dtype, _) in wanted.items():
        array = feed[name]
        told = f"{where}: input {name!r} is"
        if not isinstance(array, np.ndarray):
            raise CourseError(f"{told} a {type(array).__name__}; give a NumPy array.")
        if array.dtype != dtype:
            raise CourseError(f"{told} {array.dtype}; convert it with .astype(np.{dtype}).")
        if not wanted[name].takes(array.shape):
            raise CourseError(f"{told} of shape {array.shape}; the model takes {wanted[name]}.")
        if not array.size:
            raise CourseError(f"{told} empty; give at least one example.")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise CourseError(f"{told} not finite: nan or inf would become the range; clean the data first.")
    return dict(feed)


class Checked:
    """A reader whose every batch is checked, from its beginning where it can go back there.

    ONNX Runtime takes it for a ``CalibrationDataReader``: it has ``get_next``. ``first`` is its first batch.

    Raises:
        CourseError: there is no reader, or nothing to read, or the first batch does not fit the model.
    """

    def __init__(self, reader: Any, wanted: Mapping[str, Wanted], where: str) -> None:
        if not callable(getattr(reader, "get_next", None)):
            raise CourseError(f"{where}: it is calibrated; give a reader, Reader(images, path).")
        self._reader, self._wanted, self._where = reader, wanted, where
        if callable(getattr(reader, "rewind", None)):
            reader.rewind()
        first = reader.get_next()
        if first is None:
            raise CourseError(f"{where}: the reader has nothing to read; give it examples, or rewind() it.")
        self._next: Feed | None = check(first, wanted, where)
        self.first = dict(self._next)

    def get_next(self) -> Feed | None:
        """Return the next batch, None after the last."""
        feed, self._next = self._next, None
        if feed is None:
            feed = self._reader.get_next()
        return None if feed is None else check(feed, self._wanted, self._where)

    def __iter__(self) -> Iterator[Feed]:
        return iter(self.get_next, None)


def label(path: str | os.PathLike) -> str:
    """Return how messages call a reader for the model at ``path``."""
    return f"Reader for {Path(path)}"
