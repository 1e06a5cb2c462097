"""A queue that tells what passes through it, and at which nobody waits: it refuses, or raises, instead."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from typing import Any

from course_utils.lessons.input_pipelines.within import Signs, Starved

MOST_ASKED = 1_000  # of a queue in which nothing comes any more
# Of a slow neighbour: so often it refuses who sets a limit, and who only looks, before it moves.
LIMITS, LOOKS = 300, 20


class Patience:
    """A neighbour that keeps others waiting, again each time: who waits without a limit sees nothing of it."""

    def __init__(self, slow: bool) -> None:
        self.slow = slow
        self.begin()

    def begin(self) -> None:
        self.limits, self.looks = (LIMITS, LOOKS) if self.slow else (0, 0)

    def refuses(self, block: bool, timeout: float | None) -> bool:
        """Say whether who asks so is refused once more."""
        if block and timeout is None:
            return False
        if block and timeout > 0:
            self.limits -= 1
            return self.limits >= 0
        self.looks -= 1
        return self.looks >= 0


class Noting(queue.Queue):
    """A queue that tells ``put`` and ``got`` what passes, and does not wait for what never comes.

    Args:
        maxsize: how many it holds; who takes from it is slow, and takes one when it is full and has refused for long.
        slow: whether each item comes late.
    """

    def __init__(
        self,
        got: Callable[[Any], None],
        put: Callable[[Any], None],
        signs: Signs,
        maxsize: int = 0,
        slow: bool = False,
    ) -> None:
        super().__init__(maxsize)
        self.got, self.noted, self.signs = got, put, signs
        self.asked = self.told = 0  # how often in vain, and how often it was told so
        self.coming, self.taking = Patience(slow), Patience(bool(maxsize))

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        self.signs()
        if self._qsize() and self.coming.refuses(block, timeout):
            raise queue.Empty
        try:
            item = super().get(block=False)
        except queue.Empty:
            self.asked += 1
            if (block and timeout is None) or self.asked > MOST_ASKED:
                self.told += 1
                if self.told > 3:
                    time.sleep(3_600)  # it goes on asking, whatever it is told
                raise Starved("nothing comes any more") from None
            raise
        self.coming.begin()
        self.got(item)
        return item

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        self.signs()
        if self._is_full():
            if self.taking.refuses(block, timeout):
                raise queue.Full
            self._taken()
        self.noted(item)
        super().put(item, block, timeout)

    def empty(self) -> bool:
        return not self._qsize() or self.coming.refuses(False, None)

    def full(self) -> bool:
        if self._is_full() and not self.taking.refuses(False, None):
            self._taken()
        return self._is_full()

    def qsize(self) -> int:
        if self._is_full():
            return self.maxsize if self.full() else self._qsize()
        return 0 if self.empty() else self._qsize()

    def _is_full(self) -> bool:
        return 0 < self.maxsize <= self._qsize()

    def _taken(self) -> None:
        """Let the neighbour behind take one."""
        super().get(block=False)
        self.taking.begin()
