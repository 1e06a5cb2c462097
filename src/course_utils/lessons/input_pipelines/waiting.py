"""What waiting for company buys: the size of batches and the delay of frames, by a clock that is moved."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from course_utils import plots
from course_utils.lessons.input_pipelines.gathering import Arrivals

RATE, COUNT, MOST = 200.0, 2_000, 8  # frames a second on average, in all, in a batch
WAITS_MS = (0, 2, 5, 10, 20, 40)
ASKED_MS = 20


def draw_waiting(batches: Callable[..., Any]) -> float:
    """Draw the average batch and how long frames waited, over how long a batch may wait.

    Returns:
        the average batch at 20 ms; nan where 12.5 is not written.
    """
    import numpy as np

    times = np.cumsum(np.random.default_rng(0).exponential(1 / RATE, COUNT))
    try:
        found = {ms: waited(batches, times.tolist(), MOST, ms / 1000) for ms in WAITS_MS}
    except NotImplementedError:
        print("Exercise 12.5 is not written yet: there is nothing to draw.")
        return math.nan
    fig, (left, right) = plots.figure(columns=2, width=7.5, height=2.7)
    sizes = [COUNT / count for count, _ in found.values()]
    middle = [1000 * float(np.median(delays)) for _, delays in found.values()]
    late = [1000 * float(np.percentile(delays, 95)) for _, delays in found.values()]
    plots.curves(
        left, {"size": sizes}, x=WAITS_MS, title="Frames in a batch, on average", xlabel="wait, ms", marks=True
    )
    left.set_ylim(0, MOST + 0.5)
    left.axhline(MOST, color="0.6", linewidth=0.8)
    lines = {"median": middle, "95th percentile": late}
    plots.curves(right, lines, x=WAITS_MS, title="A frame waits, ms", xlabel="wait, ms", marks=True)
    said = "; ".join(
        f"{ms} ms: {size:.1f} frames, 95 % wait at most {slow:.0f} ms"
        for ms, size, slow in zip(WAITS_MS, sizes, late, strict=True)
    )
    plots.show(fig, f"Two rising curves over how long a batch may wait: size and delay. {said}.")
    return sizes[WAITS_MS.index(ASKED_MS)]


def waited(batches: Callable[..., Any], times: list[float], most: int, wait: float) -> tuple[int, list[float]]:
    """Return how many batches were made of frames that come at these times, and how long each frame waited, in s."""
    arrivals = Arrivals([(when, when) for when in times] + [(times[-1], "END")])
    delays: list[float] = []
    count = 0
    for batch in batches(arrivals.get, most, wait, arrivals.clock):
        count += 1
        delays += [arrivals.now - when for when in batch]
    return count, delays
