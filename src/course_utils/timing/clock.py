"""Reading a clock around calls: how finely it counts, how many calls it needs, and what must not get in its way."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise, repeat
from typing import Any

from course_utils.errors import CourseError

Clock = Callable[[], int]
Call = Callable[[], Any]

DEFAULT: Clock = time.perf_counter_ns
MOST_CALLS = 10_000_000
READINGS_PER_SAMPLE = 1000  # a sample lasts as long as so many readings, so that its own reading is 0.1 % of it


def take(fn: Call, calls: int, clock: Clock, settle: Call | None) -> int:
    """Call ``fn`` so many times and return the nanoseconds of all of them together.

    Args:
        settle: waits until the work that was started is done; None where a call returns only when it is.
    """
    times = repeat(None, calls)
    if settle is None:
        start = clock()
        for _ in times:
            fn()
        return clock() - start
    settle()
    start = clock()
    for _ in times:
        fn()
    settle()
    return clock() - start


def cuda_wait() -> Call | None:
    """Return ``torch.cuda.synchronize`` where this process has used CUDA through torch, else None."""
    torch = sys.modules.get("torch")
    return torch.cuda.synchronize if torch is not None and torch.cuda.is_initialized() else None


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep the garbage collector out of the samples, as ``timeit`` does."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def grain_ns(clock: Clock, readings: int = 200) -> int:
    """Return the smallest step seen between two readings: the clock's resolution or its cost, whichever is larger.

    It is 0 for a clock that stands still while nothing is timed.
    """
    times = [clock() for _ in range(readings)]
    return min((after - before for before, after in pairwise(times) if after > before), default=0)


def calls_for(fn: Call, least_ns: int, clock: Clock, settle: Call | None, tries: int = 3) -> tuple[int, float]:
    """Return how many calls last ``least_ns`` or longer, and the nanoseconds of one of them.

    The shortest of some tries counts: another process can only make a try longer.

    Raises:
        CourseError: the clock stands still.
    """
    calls, least_ns = 1, max(least_ns, 1)
    while calls <= MOST_CALLS:
        elapsed = take(fn, calls, clock, settle)
        if elapsed >= least_ns and calls > 1:
            elapsed = min(elapsed, *(take(fn, calls, clock, settle) for _ in range(tries - 1)))
        if elapsed >= least_ns:
            return calls, elapsed / calls
        wanted = 1.2 * least_ns / elapsed if elapsed > 0 else 10
        calls = round(calls * min(10, max(2, wanted)))
    raise CourseError(
        f"clock: it did not move by {least_ns} ns in {MOST_CALLS} calls; pass one that counts nanoseconds."
    )


def warm_up(fn: Call, calls: int, limit_ns: float, clock: Clock) -> float:
    """Call ``fn`` so many times, or for so long, and at least once; return the ns of the fastest call (inf for 0)."""
    fastest, until = float("inf"), clock() + limit_ns
    for _ in range(calls):
        fastest = min(fastest, take(fn, 1, clock, cuda_wait()))
        if clock() >= until:
            break
    return fastest


def must_be_called(fn: Any, name: str) -> None:
    """Raise a CourseError where ``fn`` is no function, or one whose call does not run its body."""
    import inspect

    if not callable(fn):
        raise CourseError(
            f"{name}: got a {type(fn).__name__}, not a function; pass what is to be called, as in lambda: model(x)."
        )
    if inspect.iscoroutinefunction(fn) or inspect.isgeneratorfunction(fn) or inspect.isasyncgenfunction(fn):
        raise CourseError(f"{name}: calling it does not run its body; pass a function that runs it to its end.")


def must_be_positive(name: str, **numbers: float) -> None:
    """Raise a CourseError that names the first argument which is not above 0."""
    for argument, number in numbers.items():
        if not number > 0:
            raise CourseError(f"{name}: {argument} is {number}; give a number above 0.")
