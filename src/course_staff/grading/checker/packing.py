"""How the checker writes values for the student's process, and reads what comes back.

An argument that is no plain data is lent (functions, the notebook's own objects, sessions) or sent by value as a pickle
(modules, classifiers); what is the course's own and cannot be pickled (a reader amid its data) is lent, too.
Whatever comes back is read by the codec alone.
"""

from __future__ import annotations

import hashlib
import io
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakValueDictionary

import cloudpickle
import msgpack

from course_staff.grading.checker import arrays, codec
from course_staff.grading.checker.aftermath import KEPT
from course_staff.grading.checker.lent import Lent, lendable, methods
from course_staff.grading.checker.proxy import KINDS, Peer, Proxy, make, number_of

MOST_PROXIES = 100_000


class Packing:
    """Writes and reads values on the checker's side.

    Attributes:
        shared: names of classes that both sides have, because a read-only cell defines them.
    """

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.lent = Lent()
        self.shared: set[str] = set()
        self.proxies: dict[int, Proxy] = {}
        self.inner: list[Any] | None = None
        self.named: dict[int, bytes] = {}
        self.sent: WeakValueDictionary[bytes, Any] = WeakValueDictionary()  # what went as a pickle, by its digest

    @contextmanager
    def noting(self) -> Iterator[list[Any]]:
        """Yield a list that takes the tensors inside of what the block pickles, each at the place that is sent."""
        before, self.inner = self.inner, []
        try:
            yield self.inner
        finally:
            self.inner = before

    def encode(self, value: Any) -> bytes:
        """Return ``value`` as the student's process reads it. Raises codec.Unsendable."""
        return codec.encode(value, self.refer)

    def name(self, function: Any) -> bytes:
        """Return what is to be called; a student's function is named the same way each time."""
        if not isinstance(function, Proxy):
            return self.encode(function)
        number = number_of(function)
        if number not in self.named:
            self.named[number] = self.encode(function)
        return self.named[number]

    def decode(self, data: bytes) -> Any:
        """Return what the student's process wrote. Raises codec.Unreadable."""
        return codec.decode(data, self._resolve)

    def decode_arguments(self, data: bytes) -> Any:
        """Return arguments as a call left them; KEPT stands for each that was sent as a pickle."""
        return codec.decode(data, lambda kind, content: KEPT if kind == codec.PICKLE else self._resolve(kind, content))

    def refer(self, item: Any) -> msgpack.ExtType:
        """Return what stands for an object that is no plain data."""
        if isinstance(item, Proxy):
            return msgpack.ExtType(codec.STUDENTS, msgpack.packb([number_of(item), "", ""]))
        if _is_library_function(item):
            return msgpack.ExtType(codec.PICKLE, self._pickled(item))
        if lendable(item):
            return self._lend(item)
        known = len(self.lent.objects)
        try:
            return msgpack.ExtType(codec.PICKLE, self._pickled(item))
        except codec.Unsendable:
            self.lent.forget(known)
            if not methods(item):
                raise
            return self._lend(item)

    def _lend(self, item: Any) -> msgpack.ExtType:
        name, doc = getattr(item, "__name__", type(item).__name__), getattr(item, "__doc__", None)
        said = [self.lent.number(item), str(name), doc if isinstance(doc, str) else None, methods(item)]
        return msgpack.ExtType(codec.CHECKERS, msgpack.packb(said))

    def _pickled(self, item: Any) -> bytes:
        buffer = io.BytesIO()
        try:
            _Pickler(buffer, self).dump(item)
        except Exception as error:
            raise codec.Unsendable(f"a {type(item).__name__} cannot be sent to a student's function: {error}") from None
        content = buffer.getvalue()
        with suppress(TypeError):  # there are no weak references to some objects: such a one cannot be handed back
            self.sent[_digest(content)] = item
        return content

    def _resolve(self, kind: int, content: bytes) -> Any:
        if kind == codec.PICKLE:
            return self._handed_back(content)
        try:
            said = msgpack.unpackb(content)
        except Exception as error:
            raise codec.Unreadable(f"no reference ({type(error).__name__})") from None
        if kind == codec.CHECKERS:
            return self.lent.of(said)
        if type(said) is not list or [type(part) for part in said] != [int, str, str]:
            raise codec.Unreadable("no reference")
        number, what, name = said
        if number not in self.proxies:
            if not 0 <= number < MOST_PROXIES or what not in KINDS:
                raise codec.Unreadable("no such object")
            self.proxies[number] = make(self.peer, number, what, name)
        return self.proxies[number]

    def _handed_back(self, content: bytes) -> Any:
        """Return the object that was sent as this pickle, as it is here; a pickle of the student's is never read."""
        item = self.sent.get(_digest(content))
        if item is None:
            raise codec.Unreadable("an object that came from an earlier test, or from none")
        return item


class _Pickler(cloudpickle.Pickler):
    """By value, but for what must stay with the checker, above all the code of the tests."""

    def __init__(self, file: io.BytesIO, packing: Packing) -> None:
        super().__init__(file)
        self.packing = packing

    def persistent_id(self, item: Any) -> Any:
        if isinstance(item, Proxy):
            reference = self.packing.refer(item)
            return reference.code, reference.data
        if isinstance(item, type) and item.__module__ == "__main__" and item.__name__ in self.packing.shared:
            return "global", item.__name__
        if isinstance(item, types.FunctionType) and not _is_library_function(item):
            reference = self.packing.refer(item)
            return reference.code, reference.data
        return self._tensor(item)

    def _tensor(self, item: Any) -> Any:
        """Return what stands for a tensor inside of an object, so that what a call changes in it can come back."""
        inner, torch = self.packing.inner, sys.modules.get("torch")
        if inner is None or torch is None or type(item) not in (torch.Tensor, torch.nn.Parameter):
            return None
        if item.device.type != "cpu" or not item.is_leaf or not item.is_contiguous() or vars(item):
            return None
        sent = arrays.encode(item)
        if sent is None:
            return None
        place = next((place for place, each in enumerate(inner) if each is item), len(inner))
        inner[place:] = inner[place:] or [item]
        return "tensor", place, sent.code, sent.data


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()


def _is_library_function(item: Any) -> bool:
    """Say whether the student's process can import the same function."""
    if not isinstance(item, (types.FunctionType, types.BuiltinFunctionType)):
        return False
    owner = sys.modules.get(item.__module__ or "")
    if item.__module__ in (None, "__main__") or owner is None:
        return False
    found: Any = owner
    for part in item.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is item
