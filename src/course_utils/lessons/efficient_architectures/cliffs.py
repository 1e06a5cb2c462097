"""How long a convolution takes for each number of channels: a processor does not like all of them alike."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from course_utils import plots, tables
from course_utils.lessons.efficient_architectures.networks import exported, images

WIDTHS = range(24, 65)
SIDE = 14
ROUNDS, CALLS = 12, 3  # best of so many, in turns over all widths
ASKED = (30, 33, 50)  # widths that a scaled network could ask for


def draw_cliffs(round_channels: Callable[[int], int]) -> float:
    """Draw nanoseconds per thousand MACs of a dense 3×3 convolution over its channels; show what rounding gains.

    Returns:
        the time of 33 channels over that of 32.
    """
    took = _times()
    per_kmac = {width: ns / (9 * width**2 * SIDE**2 / 1000) for width, ns in took.items()}
    fig, axes = plots.figure(height=2.9)
    whole = [width for width in WIDTHS if width % 8 == 0]
    axes.plot(list(WIDTHS), list(per_kmac.values()), color=plots.BLUE, linewidth=1.2, label="every width")
    axes.plot(whole, [per_kmac[width] for width in whole], "s", color=plots.VERMILION, label="multiples of 8")
    axes.set(xlabel="channels in and out", ylabel="ns per thousand MACs", ylim=(0, None))
    axes.set_title(f"3×3 at {SIDE}×{SIDE}, ONNX Runtime, one thread, best of {ROUNDS * CALLS}")
    axes.set_xticks(whole)
    axes.legend()
    cheap, dear = (choose(per_kmac, key=per_kmac.get) for choose in (min, max))
    words = f"cheapest at {cheap} channels, {per_kmac[cheap]:.1f}, most expensive at {dear}, {per_kmac[dear]:.1f}"
    plots.show(fig, f"Nanoseconds per thousand MACs over 24 to 64 channels: {words}; at 32 {per_kmac[32]:.1f}.")
    rows = []
    for width in ASKED:
        rounded = round_channels(width)
        times = [f"{took[each] / 1000:.0f} µs" if each in took else "–" for each in (width, rounded)]
        rows.append({"channels asked for": width, "time": times[0], "rounded by you": rounded, "its time": times[1]})
    tables.show(rows)
    return took[33] / took[32]


def _times() -> dict[int, float]:
    """Return the best time of each width, in nanoseconds."""
    calls = {width: exported(_convolution(width), images(1, width, SIDE)) for width in WIDTHS}
    best = dict.fromkeys(WIDTHS, float("inf"))
    for _ in range(ROUNDS):
        for width, call in calls.items():
            call()  # the last width has used the caches
            for _ in range(CALLS):
                start = time.perf_counter_ns()
                call()
                best[width] = min(best[width], time.perf_counter_ns() - start)
    return best


def _convolution(width: int) -> Any:
    from torch import nn

    return nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.ReLU()).eval()
