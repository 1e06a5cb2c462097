"""A ``CalibrationDataReader`` over arrays or over a PyTorch loader."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from course_utils.errors import CourseError
from course_utils.quantization import batches, feeds
from course_utils.withheld import answer_to

if TYPE_CHECKING:
    import numpy as np
    import torch


@answer_to("6.4")
class Reader:
    """Hands a model's calibration data to ONNX Runtime, batch by batch, as often as it is rewound.

    A representative sample of a few hundred examples is enough; labels are not needed. ONNX Runtime takes it for its
    ``CalibrationDataReader``, which is any class with ``get_next``.

    Args:
        source: an array or tensor (n, …) for a model with one input; a dict of them by input name, cut into batches
            along the axis that ``batches.axes`` finds and handed over whole where there is none; or a loader that
            can be iterated again and again, such as a ``torch.utils.data.DataLoader``, whose batches are an array or
            tensor, a dict, or a tuple that begins with either (then labels, which are left out).
        path: the ONNX model, for the names, types and shapes of its inputs.
        batch_size: examples at once; a loader has its own.
        limit: examples to read at most, whole batches of a loader.

    Raises:
        CourseError: no such model; data with other names, another type or shape, empty or not finite; a loader that
            can be iterated only once.
    """

    def __init__(
        self,
        source: np.ndarray | torch.Tensor | Mapping[str, Any] | Iterable[Any],
        path: str | os.PathLike,
        *,
        batch_size: int = 32,
        limit: int | None = None,
    ) -> None:
        self._wanted, self._where = feeds.wanted_by(path), feeds.label(path)
        self._axes = batches.axes(self._wanted)
        for what, number in (("batch_size", batch_size), ("limit", limit)):
            if number is not None and number < 1:
                raise CourseError(f"{self._where}: {what} is {number}; it must be at least 1.")
        self._batch_size, self._limit = batch_size, limit
        self._arrays: feeds.Feed | None = None
        self._loader: Iterable[Any] = ()
        if isinstance(source, Mapping) or hasattr(source, "shape"):
            self._arrays = self._whole(source)
        elif isinstance(source, Iterator) or not isinstance(source, Iterable):
            raise CourseError(
                f"{self._where}: a {type(source).__name__} cannot be read twice; give an array, a tensor, a dict of "
                "them, or a loader."
            )
        else:
            self._loader = source
        self.rewind()

    def get_next(self) -> feeds.Feed | None:
        """Return the next batch, arrays by input name; None after the last.

        Raises:
            CourseError: the batch of a loader does not fit the model, or the loader has none.
        """
        if self._limit is not None and self._read >= self._limit:
            return None
        feed = next(self._batches, None)
        if feed is None:
            if not self._read:
                raise CourseError(f"{self._where}: the loader has no batches; give it examples.")
            return None
        self._read += batches.count(feed, self._axes)
        return feed

    def rewind(self) -> None:
        """Begin again."""
        self._read = 0
        self._batches = self._slices() if self._arrays else self._loaded()

    def __iter__(self) -> Iterator[feeds.Feed]:
        return iter(self.get_next, None)

    def __len__(self) -> int:
        """How many examples there are to read.

        Raises:
            TypeError: a loader does not say.
        """
        if self._arrays is None:
            raise TypeError("a reader of a loader does not know how many examples there are")
        total = batches.count(self._arrays, self._axes)
        return total if self._limit is None else min(total, self._limit)

    def _slices(self) -> Iterator[feeds.Feed]:
        total = len(self)
        for start in range(0, total, self._batch_size):
            end = min(start + self._batch_size, total)
            yield batches.cut(self._arrays or {}, self._axes, start, end)

    def _loaded(self) -> Iterator[feeds.Feed]:
        for batch in self._loader:
            yield feeds.check(self._named(batch), self._wanted, self._where)

    def _whole(self, source: Any) -> feeds.Feed:
        """Check all the data at once."""
        # A model exported for one batch size takes slices of that size: the slice is checked, not the whole.
        loose = {name: batches.freed(each, self._axes[name]) for name, each in self._wanted.items()}
        checked = feeds.check(self._named(source), loose, self._where)
        counts = {name: checked[name].shape[axis] for name, axis in self._axes.items() if axis is not None}
        if len(set(counts.values())) > 1:
            sizes = ", ".join(f"{name}: {count}" for name, count in counts.items())
            raise CourseError(f"{self._where}: the inputs have different numbers of examples ({sizes}).")
        return checked

    def _named(self, batch: Any) -> Any:
        """Return arrays by input name, whatever form the batch has."""
        if isinstance(batch, (tuple, list)) and batch:
            batch = batch[0]
        if isinstance(batch, Mapping):
            return {name: _array(value) for name, value in batch.items()}
        if len(self._wanted) > 1:
            names = ", ".join(map(repr, self._wanted))
            raise CourseError(f"{self._where}: it has several inputs ({names}); give a dict of arrays by these names.")
        return {name: _array(batch) for name in self._wanted}


def _array(value: Any) -> Any:
    """Return an array where there is a tensor, or one of NumPy's numbers: anything else is for ``feeds.check``."""
    import numpy as np

    value = value.detach().cpu().numpy() if hasattr(value, "detach") else value
    return np.asarray(value) if isinstance(value, np.generic) else value
