"""A clock that a test moves itself."""

from __future__ import annotations


class FakeClock:
    """Time passes only where a function says so, and ``cost`` ns at every reading."""

    def __init__(self, cost: int = 0) -> None:
        self.now, self.cost = 0, cost

    def __call__(self) -> int:
        self.now += self.cost
        return self.now

    def work(self, ns, called=None, name=""):
        """A function that takes ``ns``: a number, or a list whose items come in turn, the last for ever."""
        left = list(ns) if isinstance(ns, list) else [ns]

        def fn():
            self.now += left.pop(0) if len(left) > 1 else left[0]
            if called is not None:
                called.append(name)
            return "result"

        return fn
