"""The rungs on the clock: in turns, in one process, on one thread."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_utils.timing import Comparison, compare, intervals
from course_utils.timing.clock import Call, take, undisturbed
from rungs import Rung

TURNS = 10  # in which single calls are taken, so that a slow minute hits every rung
FEWEST = 100  # single calls of each rung: below that a 95th percentile rests on fewer than five


@dataclass(frozen=True)
class Batch:
    """What one batch size gave.

    Attributes:
        size: images in a call.
        comparison: samples of many calls, in rounds; the speed-ups come from it.
        single_ns: by name, single calls: the latencies come from them.
    """

    size: int
    comparison: Comparison
    single_ns: Mapping[str, list[float]]

    def row(self, name: str) -> dict[str, Any]:
        """Return the numbers of a rung: milliseconds, images per second, and how many times as fast as the first."""
        singles, ratio = self.single_ns[name], self.comparison.ratio(name)
        return {
            "batch": self.size,
            "p50_ms": statistics.median(singles) / 1e6,
            "p95_ms": float(np.percentile(singles, 95)) / 1e6,
            "images_per_s": self.size * 1e9 / self.comparison.timings[name].median_ns,
            "speedup": 1 / ratio.value,
            "interval": [1 / ratio.high, 1 / ratio.low],
            "single_calls": len(singles),
            "rounds": self.comparison.rounds,
        }

    def step(self, before: str, after: str) -> tuple[float, float, float]:
        """Return how many times as fast ``after`` is as ``before``, and the 95 % interval, of the same rounds."""
        timings = self.comparison.timings
        ratio = Comparison({before: timings[before], after: timings[after]}, edge=self.comparison.edge).ratio(after)
        return 1 / ratio.value, 1 / ratio.high, 1 / ratio.low


def measure(rungs: list[Rung], images: np.ndarray, seconds: float, rounds: int = 200) -> Batch:
    """Time every rung on ``images``: half of ``seconds`` for the ratios, the other half for single calls."""
    calls = {rung.name: rung.call(images) for rung in rungs}
    comparison = compared(calls, seconds / 2, rounds)
    round_ns = sum(timing.median_ns for timing in comparison.timings.values())
    affordable = round(seconds / 2 * 1e9 / round_ns / TURNS)
    block = max(FEWEST // TURNS, min(100, affordable))
    return Batch(len(images), comparison, single_calls(calls, block))


def compared(calls: Mapping[str, Call], seconds: float, rounds: int = 200) -> Comparison:
    """Compare for ``seconds``; on a machine so busy that too few rounds fit in for an interval, for longer."""
    while True:
        comparison = compare(calls, rounds=rounds, time_limit_s=seconds, warmup=5)
        if comparison.rounds >= intervals.FEWEST:
            return comparison
        seconds *= 2


def single_calls(calls: Mapping[str, Call], block: int, turns: int = TURNS, seed: int = 0) -> dict[str, list[float]]:
    """Return nanoseconds of ``turns`` × ``block`` single calls each, the order within a turn drawn with ``seed``.

    The first call of a block finds the caches as another rung left them, and is not kept.
    """
    draw, taken = random.Random(seed), {name: [] for name in calls}
    with undisturbed():
        for _ in range(turns):
            for name in draw.sample(list(calls), len(calls)):
                calls[name]()
                taken[name] += [take(calls[name], 1, time.perf_counter_ns, None) for _ in range(block)]
    return taken
