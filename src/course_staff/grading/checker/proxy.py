"""What the checker holds of the student's objects: something to call, and to ask for its attributes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

ASKED = {"__name__", "__qualname__", "__doc__", "__module__", "__wrapped__"}
KINDS = ("function", "class", "object")
MOST_CLASSES = 200


class Peer(Protocol):
    """The other side, as proxies use it."""

    def call(self, proxy: Proxy, args: tuple, kwargs: dict) -> Any: ...

    def get(self, proxy: Proxy, name: str) -> Any: ...

    def call_named(self, name: str, args: tuple, kwargs: dict | None = None) -> Any: ...


class Proxy:
    """An object in the student's process. Nothing of it is here: not its class, not its equality, not its truth."""

    __slots__ = ("_kind", "_number", "_peer")

    def __init__(self, peer: Peer, number: int, kind: str) -> None:
        object.__setattr__(self, "_peer", peer)
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_kind", kind)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return _of(self, "_peer").call(self, args, kwargs)

    def __getattribute__(self, name: str) -> Any:
        if name in ASKED:
            return _of(self, "_peer").get(self, name)
        return _of(self, name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return _of(self, "_peer").get(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a test cannot set {name!r} on a student's object")

    def __len__(self) -> int:
        return self._of_kind("len", int)

    def __iter__(self) -> Iterator:
        return _Items(_of(self, "_peer").call_named("iter", (self,)), self)

    def __next__(self) -> Any:
        return _of(self, "_peer").call_named("next", (self,))

    def __getitem__(self, key: Any) -> Any:
        return _of(self, "_peer").call_named("getitem", (self, key))

    def __contains__(self, item: Any) -> bool:
        return self._of_kind("contains", bool, item)

    def __enter__(self) -> Any:
        return _of(self, "_peer").call_named("enter", (self,))

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        return bool(self._of_kind("exit", bool, None if error is None else str(error)))

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of the student's>"

    def __reduce__(self) -> Any:
        raise TypeError("a student's object cannot be pickled or copied")

    def _of_kind(self, what: str, kind: type, *args: Any) -> Any:
        value = _of(self, "_peer").call_named(what, (self, *args))
        if type(value) is not kind:
            raise TypeError(f"{what} gave {type(value).__name__}, not {kind.__name__}")
        return value


class _Items:
    """An iterator of the student's, or the student's object that stands for one."""

    def __init__(self, iterator: Any, owner: Proxy) -> None:
        if not isinstance(iterator, Proxy):
            raise TypeError(f"{type(owner).__name__!r} object is not iterable")
        self.iterator = iterator

    def __iter__(self) -> Iterator:
        return self

    def __next__(self) -> Any:
        return _of(self.iterator, "_peer").call_named("next", (self.iterator,))


_classes: dict[str, type[Proxy]] = {}


def make(peer: Peer, number: int, kind: str, name: str) -> Proxy:
    """Return a proxy whose class has the name that the student's has, for messages."""
    if not name.isidentifier() or len(name) > 60 or len(_classes) >= MOST_CLASSES:
        name = "object"
    if name not in _classes:
        _classes[name] = type(name, (Proxy,), {"__slots__": ()})
    return _classes[name](peer, number, kind)


def number_of(proxy: Proxy) -> int:
    """Return the student's own number for the object."""
    return _of(proxy, "_number")


def kind_of(proxy: Proxy) -> str:
    """Return "function", "class" or "object", as the student's process says."""
    return _of(proxy, "_kind")


_of = object.__getattribute__
