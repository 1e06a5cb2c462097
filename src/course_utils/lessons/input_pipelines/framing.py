"""A frame as a decoder hands it out, and what a function makes of it: where it wrote, and what it took meanwhile."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from course_utils.lessons.beside import beside_the_answer

if TYPE_CHECKING:
    import numpy as np


@beside_the_answer
def preprocessed(
    preprocess: Callable[..., Any],
    frame: np.ndarray,
    mean: np.ndarray,
    std: np.ndarray,
    gap: int = 0,
    named: bool = False,
) -> dict[str, Any]:
    """Preprocess a frame twice into a buffer full of NaN, one of a batch of three, and tell what was seen.

    Args:
        gap: pixels between the end of a row and the start of the next, as decoders leave some.
        named: hand the arguments over by their names.

    Returns:
        "values": what stands in the buffer; "same": whether the very buffer came back; "beside": whether the rest of
        the batch, and what lies between the rows, is as it was; "frame", "mean", "std": whether each is; "bytes": the
        most that was allocated at any time, in the call of both that took less.
    """
    import numpy as np

    h, w, _ = frame.shape
    rows = np.full((h, w + gap, 3), 255, np.uint8)
    before = {"frame": frame, "mean": mean, "std": std}
    given = {"frame": rows[:, :w], "mean": mean.copy(), "std": std.copy()}
    batch = np.empty((3, 3, h // 2, w // 2), np.float32)
    handed = given | {"out": batch[1]}
    call = (lambda: preprocess(**handed)) if named else lambda: preprocess(*handed.values())
    unchanged, allocated = dict.fromkeys(before, True), []
    for _ in range(2):  # what is made once for all frames is made in the first call
        for name, array in before.items():
            given[name][...] = array
        batch[...] = np.nan
        returned, most = _traced(call)
        allocated.append(most)
        for name, array in before.items():
            unchanged[name] &= bool((given[name] == array).all())
    return unchanged | {
        "values": batch[1].copy(),
        "same": returned is handed["out"],
        "beside": bool(np.isnan(batch[[0, 2]]).all() and (rows[:, w:] == 255).all()),
        "bytes": min(allocated),  # what another thread allocates by chance is in one of them
    }


def _traced(call: Callable[[], Any]) -> tuple[Any, int]:
    """Return what a call returns, and the most bytes that it had allocated at any time."""
    mine = not tracemalloc.is_tracing()
    if mine:
        tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        returned = call()
        return returned, tracemalloc.get_traced_memory()[1] - before
    finally:
        if mine:
            tracemalloc.stop()


def allocated_by(call: Callable[[], Any]) -> int:
    """Return the most bytes that Python and NumPy had allocated at any time of a call, beyond those before it.

    Of three calls the one that took least: what another thread allocates meanwhile would be counted, too.
    """
    return min(_traced(call)[1] for _ in range(3))
