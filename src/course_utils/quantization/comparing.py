"""A conversion beside its origin: how far the outputs have moved, by what the file means and as it runs here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils import runtime
from course_utils.errors import CourseError
from course_utils.quantization import sampling

if TYPE_CHECKING:
    import numpy as np

MUCH = 0.1  # the course's networks move by at most 0.03, where nothing saturates and the ranges are right


@dataclass(frozen=True)
class Difference:
    """How far a conversion moved the output that moved most.

    Both are the largest difference as a share of the range that the original's output has, zero included; of whole
    numbers, such as labels, the share that differs. An output of another shape, or no longer finite, is inf.

    Attributes:
        output: its name.
        meant: with graph optimizations off, where Q/DQ is computed in float: the same on every processor. Operators
            that are integer themselves, as dynamic quantization writes them, run in this processor's kernels even so.
        here: with all of them, in the kernels of this processor; as ``meant`` where the file is for another device.
    """

    output: str
    meant: float
    here: float

    @property
    def share(self) -> float:
        """The larger one."""
        return max(self.meant, self.here)

    @property
    def much(self) -> bool:
        """Whether it is more than good ranges explain."""
        return self.share > MUCH

    def __str__(self) -> str:
        if self.share == float("inf"):
            return f"output {self.output!r} has another shape, or is no longer finite"
        moved = f"output {self.output!r} moved by up to {self.meant:.1%} of its range"
        return moved if self.here == self.meant else f"{moved}, and by {self.here:.1%} as this processor runs it"


def moved(
    path: str | os.PathLike,
    out: str | os.PathLike,
    sample: Mapping[str, np.ndarray] | None = None,
    *,
    device: str = "CPU",
) -> Difference:
    """Compare a conversion with the model that it was made from.

    Args:
        path, out: the original, and what was made of it.
        sample: arrays by input name, such as a reader's first batch; without it, numbers are drawn within the types
            and shapes of the inputs, in sizes that the original takes. What was calibrated needs real data: drawn
            numbers leave its ranges.
        device: what ``out`` is for; on any but the CPU, only what it means is compared.

    Raises:
        CourseError: no such file, no sample that ``path`` takes, an ``out`` with other outputs, or one that fails
            where ``path`` works.
    """
    original = runtime.session(path, optimize="disabled")
    if sample is None:
        sample, wanted = sampling.drawn(original, Path(path))
    else:
        wanted = _run(original, sample, f"{path}: it does not run on this sample")
    names = _outputs(original)
    levels = ("disabled", "all") if device == "CPU" else ("disabled",)
    shares = []
    for level in levels:
        converted = runtime.session(out, optimize=level)
        if _outputs(converted) != names:
            raise CourseError(f"{out}: its outputs are not those of {path}; compare what was made of that model.")
        found = _run(converted, sample, f"{out}: it fails where {path} works")
        shares.append([_share(new, old) for new, old in zip(found, wanted, strict=True)])
    each = [Difference(name, both[0], both[-1]) for name, both in zip(names, zip(*shares, strict=True), strict=True)]
    return max(each, key=lambda difference: difference.share)


def _outputs(session: Any) -> list[str]:
    return [output.name for output in session.get_outputs()]


def _run(session: Any, sample: Mapping[str, np.ndarray], failing: str) -> list[Any]:
    try:
        return session.run(None, dict(sample))
    except Exception as error:
        raise CourseError(f"{failing} ({runtime.plain(str(error))}); open it with graphs.open_in_netron.") from error


def _share(new: Any, old: Any) -> float:
    import numpy as np

    new, old = np.asarray(new), np.asarray(old)
    if new.shape != old.shape:
        return float("inf")
    if not old.size:
        return 0.0
    if old.dtype.kind not in "fc" or new.dtype.kind not in "fc":
        return float((new != old).mean())
    new, old = new.astype(np.float64), old.astype(np.float64)
    finite = np.isfinite(old)
    if not np.isfinite(new[finite]).all():
        return float("inf")
    exact = old[finite]
    span = max(exact.max(initial=0), 0) - min(exact.min(initial=0), 0)
    gap = np.abs(new[finite] - exact).max(initial=0)
    return float(gap / span) if span else float(np.inf if gap else 0)
