"""What a call allocates, in memory that Python and NumPy ask for."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any


def traced(call: Callable[[], Any]) -> tuple[Any, int]:
    """Return what a call returns, and the most bytes that it had allocated at any time."""
    mine = not tracemalloc.is_tracing()
    if mine:
        tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        returned = call()
        return returned, tracemalloc.get_traced_memory()[1] - before
    finally:
        if mine:
            tracemalloc.stop()
