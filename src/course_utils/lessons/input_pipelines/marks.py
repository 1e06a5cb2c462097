"""The end mark of a stream of items, an item that is hard to tell from it, and errors that functions raise in tests."""

from __future__ import annotations

from queue import Empty, Full


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


END = _End()
ERRORS = {kind.__name__: kind for kind in (ValueError, KeyError, StopIteration, Empty, Full, TimeoutError, Exception)}
