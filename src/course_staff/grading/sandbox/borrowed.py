"""What the student's process holds of the checker's objects, and how it writes its own for the checker."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from io import BytesIO
from typing import Any

import msgpack

from course_staff.grading.checker import arrays, codec

Ask = Callable[..., Any]


class Borrowed:
    """An object that lives with the checker: it can be called, and its public attributes can be read."""

    def __init__(self, ask: Ask, number: int, name: str, doc: str | None) -> None:
        self.__dict__.update(_ask=ask, _number=number, __name__=name, __qualname__=name, __doc__=doc)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("call", self, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name == "bind_input":
            return self._bind_input
        return self._ask("get", self, name)

    def _bind_input(self, name: str, device: str, number: int, kind: Any, shape: Any, pointer: int) -> None:
        """Bind an input by a pointer: it points into this process, so what is there is sent."""
        import ctypes

        import numpy as np

        count = int(np.prod(shape)) * np.dtype(kind).itemsize
        array = np.frombuffer(ctypes.string_at(pointer, count), kind).reshape(shape)
        self.bind_cpu_input(name, array)

    def __iter__(self) -> Any:
        return iter(self._ask("list", self))

    def __len__(self) -> int:
        return self._ask("len", self)

    def __getitem__(self, key: Any) -> Any:
        return self._ask("item", self, key)

    def __enter__(self) -> Any:
        return self._ask("enter", self)

    def __exit__(self, *_: Any) -> None:
        self._ask("exit", self)

    def __bool__(self) -> bool:
        return True


def _borrowed(ask: Ask, number: int, name: str, doc: str | None, methods: list[str]) -> Borrowed:
    """Return a borrowed object; its class has the methods, for libraries that ask the class what it can do."""
    made = {method: _method(method) for method in methods}
    kind = type(name, (Borrowed,), made) if made else Borrowed
    return kind(ask, number, name, doc)


def _method(name: str) -> Callable[..., Any]:
    def method(self: Borrowed, *args: Any, **kwargs: Any) -> Any:
        return self._ask("get", self, name)(*args, **kwargs)

    return method


class Wire:
    """Writes and reads values on the student's side."""

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self.own: list[Any] = []
        self.numbers: dict[int, int] = {}
        self.borrowed: dict[int, Borrowed] = {}
        self.pickled: dict[int, tuple[Any, bytes]] = {}
        self.inner: dict[int, tuple[Any, bytes]] = {}

    def encode(self, value: Any) -> bytes:
        return codec.encode(value, self._refer)

    def decode(self, data: bytes) -> Any:
        return codec.decode(data, self._resolve)

    def _refer(self, item: Any) -> msgpack.ExtType | None:
        if isinstance(item, Borrowed):
            return msgpack.ExtType(codec.CHECKERS, msgpack.packb(item.__dict__["_number"]))
        if id(item) in self.pickled:
            return msgpack.ExtType(codec.PICKLE, self.pickled[id(item)][1])
        if type(item).__name__ == "RunOptions" and type(item).__module__.startswith("onnxruntime"):
            return None  # they cannot travel; the usual ones will do
        number = self.numbers.get(id(item))
        if number is None:
            self.own.append(item)  # and so its id stays its own
            number = self.numbers[id(item)] = len(self.own) - 1
        return msgpack.ExtType(codec.STUDENTS, msgpack.packb([number, _kind(item), type(item).__name__]))

    def _resolve(self, kind: int, content: bytes) -> Any:
        if kind == codec.PICKLE:
            item = _Unpickler(BytesIO(content), self).load()
            self.pickled[id(item)] = item, content
            return item
        said = msgpack.unpackb(content)
        if kind == codec.STUDENTS:
            return self.own[said[0]]
        number, name, doc, methods = said
        if number not in self.borrowed:
            self.borrowed[number] = _borrowed(self.ask, number, name, doc, methods)
        return self.borrowed[number]


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: BytesIO, wire: Wire) -> None:
        super().__init__(file)
        self.wire = wire

    def persistent_load(self, reference: Any) -> Any:
        kind, content, *rest = reference
        if kind == "tensor":
            if content not in self.wire.inner:
                self.wire.inner[content] = arrays.decode(*rest), rest[1]
            return self.wire.inner[content][0]
        if kind == "global":
            import __main__

            return getattr(__main__, content)
        return self.wire._resolve(kind, content)


def _kind(item: Any) -> str:
    import types

    if isinstance(item, type):
        return "class"
    plain = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.MethodWrapperType)
    return "function" if type(item) in plain else "object"
