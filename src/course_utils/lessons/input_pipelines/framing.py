"""A frame as a decoder hands it out, and what a function makes of it: where it wrote, and what it took meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from course_utils.lessons.allocated import traced
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
    """Preprocess a frame into a buffer full of NaN, one of a batch of three, and tell what was seen.

    Another frame, mean and std lay in the same memory before, as when a camera goes on. And before that, frames of two
    other sizes were preprocessed, each for the first time.

    Args:
        gap: pixels between the end of a row and the start of the next, as decoders leave some.
        named: hand the arguments over by their names.

    Returns:
        "values": what stands in the buffer; "same": whether the very buffer came back; "beside": whether the rest of
        the batch, and what lies between the rows, is as it was; "frame", "mean", "std": whether each is; "bytes": the
        most that was allocated at any time, in the first calls with frames of its size and of one 2 pixels wider.
    """
    import numpy as np

    def lent(wider: int) -> tuple[dict[str, Any], Any, Any]:
        h, w = frame.shape[0], frame.shape[1] + wider
        rows = np.full((h, w + gap, 3), 255, np.uint8)
        batch = np.empty((3, 3, h // 2, w // 2), np.float32)
        parts = {"frame": rows[:, :w], "mean": mean.copy(), "std": std.copy(), "out": batch[1]}
        return parts, rows, batch

    def run(parts: dict[str, Any]) -> tuple[Any, int]:
        return traced(lambda: preprocess(**parts) if named else preprocess(*parts.values()))

    tiny = np.zeros((2, 2, 3), np.uint8), mean / 2 + 3, 2 * std, np.empty((3, 3, 1, 1), np.float32)[1]
    preprocess(*tiny)  # what Python makes for any first call
    _, wider = run(lent(2)[0])
    given, rows, batch = lent(0)
    before = {"frame": frame, "mean": mean, "std": std}
    earlier = {"frame": frame[::-1, ::-1] // 2, "mean": mean[::-1] / 2 + 1, "std": 3 * std[::-1]}
    unchanged, allocated = dict.fromkeys(before, True), [wider]
    for contents in (earlier, before):
        for name, array in contents.items():
            given[name][...] = array
        batch[...] = np.nan
        returned, most = run(given)
        allocated.append(most)
        for name, array in before.items():
            unchanged[name] &= bool((given[name] == contents[name].astype(array.dtype)).all())
    return unchanged | {
        "values": batch[1].copy(),
        "same": returned is given["out"],
        "beside": bool(np.isnan(batch[[0, 2]]).all() and (rows[:, frame.shape[1] :] == 255).all()),
        "bytes": min(allocated[:2]),  # what another thread allocates by chance is in one of them
    }


def allocated_by(call: Callable[[], Any]) -> int:
    """Return the most bytes that Python and NumPy had allocated at any time of a call, beyond those before it.

    Of three calls the one that took least: what another thread allocates meanwhile would be counted, too.
    """
    return min(traced(call)[1] for _ in range(3))
