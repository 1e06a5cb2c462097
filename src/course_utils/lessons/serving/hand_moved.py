"""An event loop whose time is moved by hand: seconds of waiting pass at once, and no test of them depends on a clock.

Time stands still while anything can run, and jumps to the next timer when nothing can.
"""

from __future__ import annotations

import asyncio
import selectors
import threading
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

Result = TypeVar("Result")
TURNS = 10  # of the loop, in which tasks that are told to end may do so


class Stuck(RuntimeError):
    """Everybody waits, and no timer will ever wake anybody."""


class _Jumping(selectors.DefaultSelector):
    """A selector that lets a loop's time jump instead of waiting."""

    loop: HandMoved

    def select(self, timeout: float | None = None) -> list:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise Stuck("everybody waits for an answer that nobody is going to give")
            self.loop.now += timeout
        return ready


class HandMoved(asyncio.SelectorEventLoop):
    """An asyncio loop that begins at second 0 and never really waits; what it would say on stderr is left out."""

    def __init__(self) -> None:
        selector = _Jumping()
        selector.loop, self.now = self, 0.0
        super().__init__(selector)
        self.set_exception_handler(lambda loop, context: None)

    def time(self) -> float:
        return self.now

    def pending_timers(self) -> int:
        """Return how many timers are still to ring."""
        return sum(not handle.cancelled() for handle in self._scheduled)


def in_thread(call: Callable[[], Result]) -> Result:
    """Return ``call()``, made in a thread of its own: a notebook's own thread has a loop that runs already."""
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.extend((True, call()))
        except BaseException as error:
            outcome.extend((False, error))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    good, value = outcome
    if not good:
        raise value
    return value


def by_hand(play: Callable[[HandMoved], Awaitable[Result]]) -> Result:
    """Return what ``play(loop)`` comes to on a loop of this kind.

    Raises:
        Stuck: it never comes to anything.
    """

    def run() -> Result:
        loop = HandMoved()
        asyncio.set_event_loop(loop)
        try:
            return loop.run_until_complete(play(loop))
        finally:
            _end(loop)
            asyncio.set_event_loop(None)
            loop.close()

    return in_thread(run)


async def others_have_run() -> None:
    """Let whatever can run now do so, for a few turns."""
    for _ in range(TURNS):
        await asyncio.sleep(0)


def _end(loop: HandMoved) -> None:
    """Cancel what is left, and wait for it."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.wait(left, timeout=1))
