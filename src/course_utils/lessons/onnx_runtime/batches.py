"""Pictures over sizes: of the image, and of the batch."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils import plots, tables
from course_utils.lessons.onnx_runtime.given import Network, opened
from course_utils.timing import compare

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZES = (8, 16, 32, 64)
BUDGETS = (1.05, 5, 40)  # in latencies of one image
Interval = tuple[float, float, float]


def draw_sizes(
    paired_speedup: Callable[..., Interval], net: Network, folder: Path, sizes: Sequence[int] = SIZES, rounds: int = 61
) -> dict[int, float]:
    """Draw how many times as fast as PyTorch ONNX Runtime is for one square image, over its pixels a side.

    Args:
        paired_speedup: the student's.
        folder: where each size's file is written.

    Returns:
        The speed-up by pixels a side.
    """
    import torch

    from course_utils.export import to_onnx_torchscript

    found: dict[int, Interval] = {}
    for size in sizes:
        x = torch.rand(1, 1, size, size)
        session = opened(to_onnx_torchscript(net.module, x, folder / f"net_{size}.onnx"))
        pair = partial(net.eager, x), partial(session.run, None, {"input": x.numpy()})
        for fn in pair * 5:  # the warm-up
            fn()
        found[size] = paired_speedup(*pair, rounds, time.perf_counter_ns)

    fig, axes = plots.figure(width=5.5, height=2.8)
    _with_reach(axes, found)
    axes.axhline(1, color="0.6", linewidth=0.8)
    axes.set(title="ONNX Runtime against PyTorch, one image", xlabel="pixels a side", ylabel="times as fast")
    plots.show(fig, f"Speed-up of ONNX Runtime over PyTorch by pixels a side, 95 % intervals: {_in_words(found)}.")
    return {size: float(ratio) for size, (ratio, _, _) in found.items()}


def draw_throughput(
    best_batch: Callable[[Mapping[int, float], float], int], net: Network, rounds: int = 40, time_limit_s: float = 6
) -> tuple[dict[int, float], str]:
    """Draw throughput and latency of ONNX Runtime over batch sizes, and ask ``best_batch`` for three budgets.

    Args:
        best_batch: the student's.
        rounds, time_limit_s: of the package's ``compare``.

    Returns:
        Images per second over those of single images, by batch size; and the student's choices, in words.
    """
    calls = {str(n): partial(net.runtime, x) for n, x in net.images.items()}
    turns = compare(calls, rounds=rounds, time_limit_s=time_limit_s)
    latency = {n: turns.timings[str(n)].median_ns / 1e6 for n in net.images}
    ratios = {n: turns.ratio(str(n)) for n in net.images}
    gains = {n: (n / ratio.value, n / ratio.high, n / ratio.low) for n, ratio in ratios.items()}
    budgets = [latency[min(latency)] * factor for factor in BUDGETS]
    choices = {f"{budget:.2f} ms": best_batch(dict(latency), budget) for budget in budgets}
    tables.show([{"budget": name, "your best_batch": batch} for name, batch in choices.items()], turns.conditions())

    fig, (left, right) = plots.figure(columns=2, width=7.5, height=2.8)
    _with_reach(left, gains)
    left.set(title="Throughput (1: single images)", xlabel="images in a batch")
    right.plot(list(latency), list(latency.values()), "s-", markersize=4, color=plots.ORANGE)
    right.set(xscale="log", yscale="log", title="Latency, ms", xlabel="images in a batch")
    right.set_xticks(list(latency), [str(n) for n in latency])
    right.minorticks_off()
    right.set_ylim(min(latency.values()) / 3, max(latency.values()) * 3)
    spans = ", ".join(f"{n}: {value:.2f} ms" for n, value in latency.items())
    plots.show(
        fig,
        f"Left, images per second over those of single images, 95 % intervals: {_in_words(gains)}. "
        f"Right, latency by images in a batch: {spans}.",
    )
    said = ", ".join(f"{name}: {batch}" for name, batch in choices.items())
    return {n: value for n, (value, _, _) in gains.items()}, said


def _with_reach(axes: Axes, found: Mapping[int, Interval]) -> None:
    """Draw values with their intervals over sizes, on a log axis."""
    sizes, values = list(found), [value for value, _, _ in found.values()]
    reach = [[value - low for value, low, _ in found.values()], [high - value for value, _, high in found.values()]]
    axes.errorbar(sizes, values, yerr=reach, fmt="o-", markersize=4, capsize=4, color=plots.BLUE)
    axes.set(xscale="log", ylim=(0, None))
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.minorticks_off()


def _in_words(found: Mapping[int, Interval]) -> str:
    reach = {  # no interval where a busy machine left time for too few rounds
        size: f" ({low:.2f} to {high:.2f})" if low == low else "" for size, (_, low, high) in found.items()
    }
    return ", ".join(f"{size}: {value:.2f}{reach[size]}" for size, (value, _, _) in found.items())
