"""The time that a cell may take, and all of them together."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

AGAIN = 15.0  # seconds; longer than a student's process has to answer an interruption


class CellTimeoutError(KeyboardInterrupt):
    """A cell took too long; nbgrader calls it the same."""


class BudgetSpentError(CellTimeoutError):
    """The time for the whole notebook is over."""


class Clock:
    """Interrupts this process with CellTimeoutError when a cell's time is over.

    Args:
        per_cell: seconds; budget: seconds for all cells together.
    """

    def __init__(self, per_cell: float, budget: float) -> None:
        self.per_cell, self.budget = per_cell, budget
        self.end = time.monotonic() + budget
        self.running = False
        signal.signal(signal.SIGALRM, self._ring)

    @contextmanager
    def cell(self) -> Iterator[None]:
        """Limit the block. Raises BudgetSpentError at once where no time is left at all."""
        left = min(self.per_cell, self.end - time.monotonic())
        if left <= 0:
            raise self._spent()
        self.running = True
        # Rings again: the first ring may come where an exception goes unheard, as in a __del__.
        signal.setitimer(signal.ITIMER_REAL, left, AGAIN)
        try:
            yield
        finally:
            self.running = False
            signal.setitimer(signal.ITIMER_REAL, 0)

    def is_spent(self) -> bool:
        """Say whether the time for the whole notebook is over."""
        return time.monotonic() >= self.end

    def _spent(self) -> BudgetSpentError:
        return BudgetSpentError(f"the {self.budget:.0f} s for the whole notebook were over")

    def _ring(self, *_: Any) -> None:
        if self.running:
            raise self._spent() if self.is_spent() else CellTimeoutError("No reply before the cell's time was over")
