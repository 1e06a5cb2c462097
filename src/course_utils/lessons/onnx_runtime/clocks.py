"""A clock that a test moves, and what stands in where the student's own is not written yet."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import cycle
from typing import Any, NoReturn

import numpy as np

Call = Callable[[], Any]


class FakeClock:
    """A clock that only its tasks move. Call it for the time in nanoseconds.

    Args:
        start: ns.
        drift: by how much each call of a task slows the machine for those after it: 0.01 is 1 %.
    """

    def __init__(self, start: int = 0, drift: float = 0.0) -> None:
        self.now, self.drift, self.names = start, drift, []

    def __call__(self) -> int:
        return self.now

    def __reduce__(self) -> NoReturn:
        # A copy would stand still while the tasks go on moving this one.
        raise TypeError("a FakeClock is not to be copied: its tasks move the original")

    def task(self, durations: Sequence[int], name: str = "fn") -> Call:
        """Return a function whose calls last so many ns, one after the other, then from the start again."""
        left = cycle(durations)

        def run() -> None:
            ns = next(left)  # exact where nothing drifts, however long it is
            self.now += round(ns * (1 + self.drift) ** len(self.names)) if self.drift else ns
            self.names.append(name)

        return run

    def calls(self) -> list[str]:
        """Return the names of the tasks called so far, in order."""
        return list(self.names)


_passed = [2**61]  # ns, of the clock that each process has


def now() -> int:
    """Return the time in ns of a clock that stands beside the code that asks: ``Lasting`` and ``growing`` move it.

    A ``FakeClock`` stays with the test that made it, and in grading each of its calls travels there. This clock and
    what moves it are where they are called, so that thousands of calls take no time.
    """
    return _passed[0]


class Lasting:
    """A function of no arguments whose calls last so many ns by ``now``, one after the other, then from the start.

    Args:
        durations: ns.
    """

    def __init__(self, durations: Sequence[int]) -> None:
        self.durations, self.called = list(durations), 0

    def __call__(self) -> None:
        _passed[0] += self.durations[self.called % len(self.durations)]
        self.called += 1


def growing(*args: Any, **kwargs: Any) -> Any:
    """Return the first argument, if there is one; by ``now`` each call lasts 1 ns longer than the one before it."""
    _grown[0] += 1
    _passed[0] += _grown[0]
    return next(iter([*args, *kwargs.values()]), None)


_grown = [0]  # ns of the latest call


def sampler(time_calls: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """Return the student's ``time_calls``; where it is not written yet, say so and return one by ``timing.timed``.

    Returns:
        A function of (fn, warmup, repeats, clock) that returns (repeats,) nanoseconds.
    """
    try:
        time_calls(lambda: None, 0, 1)
    except NotImplementedError:
        print("time_calls is not written yet: these samples are taken by course_utils.timing.timed.")
        return _timed
    return time_calls


def describer(summarize: Callable[[np.ndarray], dict[str, float]]) -> Callable[[np.ndarray], dict[str, float]]:
    """Return the student's ``summarize``; where it is not written yet, say so and return one by ``timing.Timing``.

    Returns:
        A function of nanoseconds that returns median_ms, p95_ms, p99_ms and spread.
    """
    try:
        summarize(np.array([1, 2, 3]))
    except NotImplementedError:
        print("summarize is not written yet: these numbers are those of course_utils.timing.Timing.")
        return _described
    return summarize


def _timed(fn: Call, warmup: int, repeats: int, clock: Callable[[], int] = time.perf_counter_ns) -> np.ndarray:
    from course_utils.timing import timed

    watched = timed(lambda: fn(), skip=warmup, clock=clock)
    for _ in range(warmup + repeats):
        watched()
    return watched.timing().samples_ns.astype(np.int64)


def _described(samples_ns: np.ndarray) -> dict[str, float]:
    from course_utils.timing import Timing

    timing = Timing("samples", samples_ns)
    in_ms = {name: getattr(timing, f"{name}_ns") / 1e6 for name in ("median", "p95", "p99")}
    return {f"{name}_ms": value for name, value in in_ms.items()} | {"spread": timing.spread}
