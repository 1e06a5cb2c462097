"""The time that a cell may take, and all of them together."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

AT_LEAST = 600  # seconds for a whole notebook
AGAIN = 15.0  # seconds; longer than a student's process has to answer an interruption


class CellTimeoutError(KeyboardInterrupt):
    """A cell took too long; nbgrader calls it the same."""


class Clock:
    """Interrupts this process with CellTimeoutError when a cell's time is over.

    Args:
        per_cell: seconds; all cells together have ten times that, at least ten minutes.
    """

    def __init__(self, per_cell: float) -> None:
        self.per_cell = per_cell
        self.end = time.monotonic() + max(10 * per_cell, AT_LEAST)
        self.running = False
        signal.signal(signal.SIGALRM, self._ring)

    @contextmanager
    def cell(self) -> Iterator[None]:
        """Limit the block. Raises CellTimeoutError at once where no time is left at all."""
        left = min(self.per_cell, self.end - time.monotonic())
        if left <= 0:
            raise CellTimeoutError("the time for the whole notebook is over")
        self.running = True
        # Rings again: the first ring may come where an exception goes unheard, as in a __del__.
        signal.setitimer(signal.ITIMER_REAL, left, AGAIN)
        try:
            yield
        finally:
            self.running = False
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _ring(self, *_: Any) -> None:
        if self.running:
            raise CellTimeoutError("No reply before the cell's time was over")
