"""Pictures of samples: the first calls of a session, the tail of many, a function against itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from course_utils import plots, tables
from course_utils.lessons.onnx_runtime.clocks import FakeClock, sampler
from course_utils.lessons.onnx_runtime.given import Network, opened

DRIFTS = (0, 0.002, 0.004, 0.006, 0.008, 0.01)  # by call
BESIDE = {"loc": "center left", "bbox_to_anchor": (1, 0.5)}


def draw_first_calls(time_calls: Callable[..., np.ndarray], net: Network, sessions: int = 12, calls: int = 30) -> float:
    """Draw the time of the first calls of fresh sessions, one image each.

    Args:
        time_calls: the student's.

    Returns:
        The first call over the warm ones (those after the tenth), the median of the sessions.
    """
    take, image = sampler(time_calls), {"input": net.images[1].numpy()}
    runs = np.array([take(partial(opened(net.path).run, None, image), 0, calls) for _ in range(sessions)])
    ratios = runs[:, 0] / np.median(runs[:, 10:], axis=1)

    fig, axes = plots.figure(width=6.5, height=2.8)
    places = range(1, calls + 1)
    axes.plot([*places] * sessions, runs.ravel() / 1e6, ".", color="0.7", markersize=3, label="single calls")
    axes.plot(places, np.median(runs, axis=0) / 1e6, color=plots.BLUE, marker="o", markersize=3, label="median")
    axes.set(yscale="log", title=f"The first {calls} calls of {sessions} sessions", xlabel="call", ylabel="ms")
    axes.legend(**BESIDE)
    said = f"{np.median(ratios):.1f} warm calls (range {ratios.min():.1f} to {ratios.max():.1f})"
    plots.show(fig, f"Time of the first {calls} calls of {sessions} sessions: the first lasts {said}.")
    return float(np.median(ratios))


def draw_tail(samples_ns: np.ndarray, told: Mapping[str, float], loop: int = 100) -> float:
    """Tell the same samples as the mean of loops and as percentiles, in a table and on a log scale.

    Args:
        samples_ns: (n,) nanoseconds, n a multiple of ``loop``.
        told: the student's summary of them.
        loop: how many in a row make a loop.

    Returns:
        The slowest call over the median.
    """
    ms = samples_ns / 1e6
    loops = ms.reshape(-1, loop).mean(axis=1)
    shown = {key.removesuffix("_ms"): told[key] for key in ("median_ms", "p95_ms", "p99_ms")}
    below = float((ms < loops.mean()).mean())
    rows = {
        f"mean ± standard deviation of {len(loops)} loops": f"{loops.mean():.4f} ± {loops.std():.4f} ms",
        "your median, p95, p99": ", ".join(f"{value:.4f} ms" for value in shown.values()),
        "slowest call, slowest loop": f"{ms.max():.4f} ms, {loops.max():.4f} ms",
        "calls faster than the mean of the loops": f"{below:.0%}",
        "your spread": f"{told['spread']:.1%}",
    }
    tables.show([{"told as": name, "value": value} for name, value in rows.items()])

    edges = np.geomspace(ms.min(), ms.max(), 70)
    fig, axes = plots.figure(width=6.5, height=2.8)
    axes.hist(ms, bins=edges, color=plots.SKY, label="single calls")
    axes.hist(loops, bins=edges, color=plots.ORANGE, label=f"means of {loop}")
    for (name, value), dash in zip(shown.items(), ("-", "--", ":"), strict=True):
        axes.axvline(value, color=plots.BLACK, linestyle=dash, linewidth=1, label=name)
    axes.set(xscale="log", yscale="log", title=f"{len(ms):,} calls, on log scales", xlabel="ms", ylabel="how many")
    axes.legend(**BESIDE)
    said = ", ".join(f"{name} {value:.3f} ms" for name, value in shown.items())
    plots.show(
        fig,
        f"Histogram of {len(ms):,} calls: {said}, slowest {ms.max():.2f} ms; means of {loop} calls lie between "
        f"{loops.min():.3f} and {loops.max():.3f} ms.",
    )
    return float(ms.max() / told["median_ms"])


def draw_against_itself(
    time_calls: Callable[..., np.ndarray],
    paired_speedup: Callable[..., tuple[float, float, float]],
    fn: Callable[[], Any],
    turns: int = 16,
    rounds: int = 41,
) -> str:
    """Draw what blocks and turns say of a machine that slows down, and of a function against itself.

    Args:
        time_calls, paired_speedup: the student's.
        fn: called without arguments.

    Returns:
        The ratios of ``fn`` to itself that each method gave, lowest to highest, in words.
    """
    take = sampler(time_calls)
    said: dict[str, list[float]] = {"in blocks": [], "by turns": []}
    for drift in DRIFTS:
        watched = FakeClock(drift=drift)
        tasks = watched.task([3_000_000]), watched.task([2_000_000])
        first, second = (np.median(take(task, 0, rounds, watched)) for task in tasks)
        said["in blocks"].append(float(first / second))
        watched = FakeClock(drift=drift)
        tasks = watched.task([3_000_000]), watched.task([2_000_000])
        said["by turns"].append(float(paired_speedup(*tasks, rounds, watched)[0]))
    block = lambda: np.median(take(fn, 5, rounds))  # noqa: E731
    real = {"in blocks": [float(block() / block()) for _ in range(turns)]}
    real["by turns"] = [float(paired_speedup(fn, fn, rounds, time.perf_counter_ns)[0]) for _ in range(turns)]
    reach = "; ".join(f"{name} {min(values):.3f} to {max(values):.3f}" for name, values in real.items())

    fig, (left, right) = plots.figure(columns=2, width=7.5, height=2.8)
    percent = [100 * drift for drift in DRIFTS]
    labels = {"title": "A machine that slows down", "xlabel": "slower by, % per call", "ylabel": "speed-up"}
    plots.curves(left, said, x=percent, levels={"true": 1.5}, marks=True, **labels)
    for place, values in enumerate(real.values()):
        right.plot(values, [place] * len(values), plots.MARKS[place], color=plots.CYCLE[place], alpha=0.6)
    right.axvline(1, color="0.6", linewidth=0.8)
    right.set(title="A function against itself", xlabel="ratio (truth: 1)", ylim=(-0.5, 1.5))
    right.set_yticks([0, 1], list(real))
    plots.show(
        fig,
        f"Left: with a slow-down of 1 % per call the blocks say {said['in blocks'][-1]:.2f}, the turns "
        f"{said['by turns'][-1]:.2f}, the truth is 1.5. Right: a function against itself, {turns} times each: {reach}.",
    )
    return reach
