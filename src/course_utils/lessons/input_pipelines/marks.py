"""The end mark of a stream of items, and the names of errors that tests let functions raise."""

from __future__ import annotations

from queue import Empty, Full


class _End:
    """What comes after the last item; there is one, and copies and pickles of it are that one."""

    def __reduce__(self) -> str:
        return "END"

    def __repr__(self) -> str:
        return "END"


END = _End()
ERRORS = {kind.__name__: kind for kind in (ValueError, KeyError, StopIteration, Empty, Full, TimeoutError, Exception)}
