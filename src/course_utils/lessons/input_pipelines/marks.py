"""The end mark of a stream of items, items that are hard to tell from it, and errors that functions raise in tests."""

from __future__ import annotations

from queue import Empty, Full
from typing import Any


class _End:
    """What comes after the last item; there is one, and copies and pickles of it are that one."""

    def __reduce__(self) -> str:
        return "END"

    def __repr__(self) -> str:
        return "END"


class EqualToAll:
    """An item that is equal to everything."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None


class Incomparable:
    """An item that is not to be compared, nor asked whether it is true."""

    def __eq__(self, other: object) -> bool:
        raise TypeError("it cannot be compared")

    def __bool__(self) -> bool:
        raise TypeError("it is neither true nor false")

    __hash__ = None


class CalledEnd:
    """An item that is written as the mark is."""

    def __repr__(self) -> str:
        return "END"


class BrokenFrame(Exception):
    """An error that no library knows."""


END = _End()
ERRORS = {
    kind.__name__: kind
    for kind in (ValueError, KeyError, StopIteration, Empty, Full, TimeoutError, Exception, AssertionError, MemoryError)
} | {"BrokenFrame": BrokenFrame}


def odd_things() -> dict[str, Any]:
    """Return items that are unlike numbers, each by the words for it; new ones each time."""
    import numpy as np

    return {
        "equal to all": EqualToAll(),
        "never compared": Incomparable(),
        "an array": np.zeros(3),
        "called END": CalledEnd(),
        "the word END": "END",
        "a kind of error": ValueError,
        "a pair": (False, None),
        "a dict": {},
    }
