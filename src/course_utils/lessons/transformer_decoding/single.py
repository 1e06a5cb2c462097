"""One thread for NumPy's products, whatever its library would take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def single_thread() -> Iterator[None]:
    """Hold NumPy's library to one thread meanwhile, as the course's other clocks are held."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield
