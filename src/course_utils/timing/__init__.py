"""A clock that can be trusted: ``@timed``, ``benchmark`` and ``compare``.

What they do not tell: how long a call takes in another process, on another day or another machine. Their intervals
are about more samples of this run.
"""

from __future__ import annotations

import random
import threading
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial, update_wrapper
from typing import Any

from course_utils.errors import CourseError
from course_utils.hardware import hardware_line
from course_utils.timing import clock as clocks
from course_utils.timing.clock import Call, Clock
from course_utils.timing.comparison import Comparison
from course_utils.timing.intervals import FEWEST
from course_utils.timing.samples import Timing

__all__ = ["Comparison", "Timing", "benchmark", "compare", "timed"]

SAMPLE_NS = 200_000  # short enough that most samples of a busy machine are whole, long enough for EDGE_NS
EDGE_NS = 500  # reading the clock, and starting with caches that another function has used
MOST_SAMPLES = 1_000_000


def timed(
    fn: Callable[..., Any] | None = None, *, skip: int = 0, keep: int = 100_000, clock: Clock = clocks.DEFAULT
) -> Any:
    """Decorate a function so that it remembers how long its calls took: ``@timed`` or ``@timed(skip=3)``.

    It returns what it returned before. ``name.timing()`` gives its ``Timing``, ``name.forget()`` drops the samples.
    A call that raises is not remembered. Calls from several threads are all kept; each sample is the time from
    call to return, so it includes waiting for other threads. CUDA work that torch has queued is waited for.

    Args:
        skip: the first calls not to remember: the warm-up.
        keep: the newest samples to remember.
        clock: returns nanoseconds.

    Raises:
        CourseError: not a function, or a coroutine or generator function; from ``timing()``: no call so far.
    """
    if fn is None:
        return partial(timed, skip=skip, keep=keep, clock=clock)
    clocks.must_be_called(fn, "timed")
    clocks.must_be_positive("timed", keep=keep)
    name, lock = getattr(fn, "__qualname__", type(fn).__name__).split("<locals>.")[-1], threading.Lock()
    samples: deque[int] = deque(maxlen=keep)
    left = skip

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        nonlocal left
        wait = clocks.cuda_wait()
        if wait:
            wait()
        start = clock()
        result = fn(*args, **kwargs)
        wait = clocks.cuda_wait()
        if wait:
            wait()
        elapsed = clock() - start
        with lock:
            if left > 0:
                left -= 1
            else:
                samples.append(elapsed)
        return result

    def timing() -> Timing:
        """Return the samples so far as a ``Timing``."""
        with lock:
            return Timing(name, list(samples))

    def forget() -> None:
        """Drop the samples so far."""
        with lock:
            samples.clear()

    update_wrapper(wrapper, fn)
    wrapper.timing, wrapper.forget = timing, forget
    return wrapper


def benchmark(
    fn: Call,
    *,
    name: str = "",
    warmup: int = 10,
    precision: float = 0.02,
    time_limit_s: float = 5.0,
    min_samples: int = 30,
    min_time_s: float = 0.2,
    clock: Clock = clocks.DEFAULT,
) -> Timing:
    """Time ``fn()`` until its median is known well enough, or the time is up.

    Calls so short that reading the clock would show are put together in samples of many (``Timing.calls``). On a GPU
    the calls of one sample are queued and waited for together: their throughput. The garbage
    collector is off meanwhile. Sampling stops once half the median's 95 % interval is at most ``precision``
    of it; because it is looked at repeatedly, that interval covers slightly less often than one of a fixed length.

    Args:
        warmup: calls not measured, cut short after a fifth of the time limit.
        precision: relative: 0.02 is ±2 % of the median.
        time_limit_s: for warm-up and samples together; at least one call and one sample are made.
        min_samples, min_time_s: sample at least so often and so long, unless the time is up.
        clock: returns nanoseconds.

    Raises:
        CourseError: ``fn`` is not a function, a number is not above 0, or the clock stands still.
        Exception: what ``fn`` raises.
    """
    name = name or getattr(fn, "__name__", type(fn).__name__)
    clocks.must_be_called(fn, f"benchmark of {name}")
    clocks.must_be_positive("benchmark", precision=precision, time_limit_s=time_limit_s, min_samples=min_samples)
    with clocks.undisturbed():
        until = clock() + time_limit_s * 1e9
        clocks.warm_up(fn, max(1, warmup), time_limit_s * 2e8, clock)
        settle = clocks.cuda_wait()
        least = clocks.READINGS_PER_SAMPLE * clocks.grain_ns(clock)
        calls, _ = clocks.calls_for(fn, least, clock, settle)
        not_before = clock() + min_time_s * 1e9
        samples: list[float] = []
        look = max(FEWEST, min_samples)
        while True:
            samples.append(clocks.take(fn, calls, clock, settle) / calls)
            now = clock()
            over = now >= until or len(samples) >= MOST_SAMPLES
            if over or (len(samples) >= look and now >= not_before):
                timing = Timing(name, samples, calls, precision)
                if over or timing.precision <= precision:
                    return timing
                look = len(samples) * 5 // 4


def compare(
    functions: Mapping[str, Call],
    *,
    rounds: int = 200,
    time_limit_s: float = 20.0,
    warmup: int = 10,
    seed: int = 0,
    clock: Clock = clocks.DEFAULT,
) -> Comparison:
    """Time functions against the first of them, in rounds that take one sample of each in random order.

    Samples of all last about equally long (the slowest call, or 0.2 ms), so that whatever interrupts the process
    hits each as often. The order within a round is drawn with ``seed``. The garbage collector is off meanwhile.

    Args:
        functions: by name; each is called without arguments.
        rounds: fewer than 6 give no interval.
        time_limit_s: for warm-up and rounds together; at least one round is made.
        warmup: calls of each that are not measured, cut short after their share of a fifth of the time limit.
        clock: returns nanoseconds.

    Raises:
        CourseError: fewer than two functions, one that is none, a number not above 0, or a clock that stands still.
        Exception: what a function raises.
    """
    if not isinstance(functions, Mapping) or len(functions) < 2:
        raise CourseError('compare: give two or more functions by name, as in {"eager": run, "compiled": run_fast}.')
    for name, fn in functions.items():
        clocks.must_be_called(fn, f"compare, {name}")
    clocks.must_be_positive("compare", rounds=rounds, time_limit_s=time_limit_s)
    draw, names = random.Random(seed), list(functions)
    taken: dict[str, list[float]] = {name: [] for name in names}
    order: list[tuple[str, ...]] = []
    with clocks.undisturbed():
        until = clock() + time_limit_s * 1e9
        share = time_limit_s * 2e8 / len(names)
        once = {name: clocks.warm_up(fn, max(1, warmup), share, clock) for name, fn in functions.items()}
        settle = clocks.cuda_wait()
        least = max(SAMPLE_NS, clocks.READINGS_PER_SAMPLE * clocks.grain_ns(clock), *once.values())
        calls, shortest = {}, float("inf")
        for name, fn in functions.items():
            one = once[name] if once[name] >= least else clocks.calls_for(fn, SAMPLE_NS, clock, settle)[1]
            calls[name] = max(1, round(least / one))
            shortest = min(shortest, calls[name] * one)
        while len(order) < rounds and (not order or clock() < until):
            order.append(tuple(draw.sample(names, len(names))))
            for name in order[-1]:
                taken[name].append(clocks.take(functions[name], calls[name], clock, settle) / calls[name])
    timings = {name: Timing(name, taken[name], calls[name]) for name in names}
    return Comparison(timings, tuple(order), EDGE_NS / shortest, rounds, seed, hardware_line())
