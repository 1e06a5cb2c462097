"""Time that runs faster for an answer: whatever limit it sets to its waiting is over while others are still at work."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from course_utils.lessons.beside import beside_the_answer
from course_utils.lessons.input_pipelines.within import Signs, patient, told, within

FASTER = 10_000
HOLD = 0.25  # seconds that a slow one works: 40 minutes, by the faster clock
ITEMS = 9
_sleep = time.sleep  # as it was
CLOCKS = ("monotonic", "perf_counter", "time")


@beside_the_answer
def unhurried(run_pipeline: Callable[..., list], fails: bool, depth: int) -> dict[str, Any]:
    """Run a pipeline in which now the camera, now a function takes very long, by a clock that runs fast.

    Args:
        fails: whether the second function fails on the first item, while the others are at work for long.

    Returns:
        "results"; "error": as text; "at work": how many were still at work when it returned or raised; "hung".
    """
    signs, begun, found = Signs(), threading.Event(), {"at work": 0}
    busy: list[str] = []

    def long(who: str) -> None:
        busy.append(who)
        _sleep(HOLD)
        signs()
        busy.remove(who)

    def camera() -> Iterator[int]:
        for number in range(ITEMS):
            if number == 2:
                long("the camera")
            yield number

    def first(item: int) -> int:
        if item == 1:
            begun.set()
            long("the first function")
        return item

    def second(item: int) -> int:
        signs()
        if item == 0 and fails:
            patient(begun, signs)
            raise ValueError(f"item {item}")
        if item in (0, 3):  # while it works on 3, all before it wait: there is no room
            long("the second function")
        return item

    def run() -> Any:
        with hurried(run_pipeline):
            try:
                return run_pipeline([first, second], camera(), depth)
            finally:
                found["at work"] = len(busy)

    ended = within(run, signs)
    return found | {"results": ended["value"], "error": told(ended["error"]), "hung": ended["hung"]}


@contextmanager
def hurried(answer: Callable[..., Any]) -> Iterator[None]:
    """Let clocks, limits and naps pass faster for this thread, and for those that it starts."""
    others = set(threading.enumerate()) - {threading.current_thread()}
    wait, join = threading.Condition.wait, threading.Thread.join

    def rate() -> int:
        return 1 if threading.current_thread() in others else FASTER

    def faster(clock: Callable[[], float]) -> Callable[[], float]:
        start = clock()
        return lambda: start + (clock() - start) * rate()

    def limit(timeout: float | None) -> float | None:
        return None if timeout is None else timeout / rate()

    changes = {(time, name): faster(getattr(time, name)) for name in CLOCKS}
    changes |= {(time, "sleep"): lambda seconds: _sleep(seconds / rate())}
    changes |= dict.fromkeys(((queue, "time"), (threading, "_time")), changes[time, "monotonic"])
    changes |= {(threading.Condition, "wait"): lambda self, timeout=None: wait(self, limit(timeout))}
    changes |= {(threading.Thread, "join"): lambda self, timeout=None: join(self, limit(timeout))}
    names = getattr(answer, "__globals__", {})  # what the answer has imported by name is changed there
    own = {name: new for name, old in names.items() for (at, what), new in changes.items() if _is(old, at, what)}
    before = {key: getattr(*key) for key in changes}, {name: names[name] for name in own}
    try:
        names.update(own)
        for (at, what), new in changes.items():
            setattr(at, what, new)
        yield
    finally:
        names.update(before[1])
        for (at, what), old in before[0].items():
            setattr(at, what, old)


def _is(old: Any, at: Any, what: str) -> bool:
    return at is time and old is getattr(time, what)
