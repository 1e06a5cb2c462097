"""Inputs drawn for a model that nobody gave examples for: within its types and shapes, in sizes that it takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils.errors import CourseError
from course_utils.quantization import batches, feeds

if TYPE_CHECKING:
    import numpy as np
    import onnxruntime as ort

SIZES = ((2, 16), (1, 16), (1, 64), (1, 256), (1, 1))  # of the batch, and of any other free axis
SEED = 0


class NothingDrawn(CourseError):
    """No inputs were found that the model takes."""


def drawn(session: ort.InferenceSession, path: Path) -> tuple[feeds.Feed, list[Any]]:
    """Return inputs for a model, and its outputs for them.

    Floats are drawn from the normal distribution, bytes and truths evenly; other whole numbers are 0 or 1, which any
    table holds.

    Raises:
        NothingDrawn: the model takes none of what was tried.
    """
    import numpy as np

    try:
        wanted = feeds.wanted_by(path)
    except (KeyError, TypeError) as error:  # an input that is no tensor
        raise _needs_examples(path) from error
    axes = batches.axes(wanted)
    for batch, size in SIZES:
        rng = np.random.default_rng(SEED)
        feed = {name: _draw(each, axes[name], batch, size, rng) for name, each in wanted.items()}
        try:
            return feed, session.run(None, feed)
        except Exception:  # a size that the model does not take
            continue
    raise _needs_examples(path)


def _needs_examples(path: Path) -> NothingDrawn:
    return NothingDrawn(f"{path}: it takes none of the inputs that were drawn for it; give examples, by a reader.")


def _draw(wanted: feeds.Wanted, axis: int | None, batch: int, size: int, rng: np.random.Generator) -> np.ndarray:
    import numpy as np

    sizes = [each if isinstance(each, int) else size for each in wanted.shape or ()]
    if axis is not None and sizes and not isinstance(wanted.shape[axis], int):
        sizes[axis] = batch
    kind = np.dtype(wanted.dtype)
    if kind.kind == "f":
        return np.asarray(rng.normal(size=sizes)).astype(kind)
    return np.asarray(rng.integers(0, 256 if kind == np.uint8 else 2, size=sizes)).astype(kind)
