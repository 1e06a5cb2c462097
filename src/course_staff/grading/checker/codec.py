"""Values on the wire: plain data of exact types, and references to what stays on its own side.

MessagePack carries them; what it has no form for travels in its extension types. Decoding builds nothing but the
types listed here, whatever the bytes say. Pickles go one way only, to the student: see ``packing.py``.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path, PosixPath
from typing import Any

import msgpack

from course_staff.grading.checker import arrays

TUPLE, SET, FROZENSET, INTEGER, COMPLEX, PATH, ORDERED = range(1, 8)
# 8 to 12 and 16 are those of arrays.py.
STUDENTS, CHECKERS, PICKLE = range(13, 16)  # an object of the student's, of the checker's, and one sent by value
LONGEST = 5_000_000
MOST_DIGITS = 1_000  # bytes of an integer
DEEPEST = 60
BUFFER = 4_096  # bytes to begin with

Hook = Callable[[int, bytes], Any]
Pack = Callable[[Any], bytes]


class Unreadable(ValueError):
    """The bytes are no value of this codec."""


class Unsendable(TypeError):
    """The value has no form on the wire."""


def encode(value: Any, refer: Callable[[Any], msgpack.ExtType]) -> bytes:
    """Return ``value`` as bytes.

    Args:
        refer: called with every object of another type; returns what stands for it.

    Raises:
        Unsendable: it is nested too deep.
    """

    def extend(item: Any) -> msgpack.ExtType:
        form = FORMS.get(type(item))
        return form(item, pack) if form else arrays.encode(item) or refer(item)

    def pack(item: Any) -> bytes:
        return msgpack.packb(item, default=extend, strict_types=True, unicode_errors="surrogatepass", buf_size=BUFFER)

    try:
        return pack(value)
    except (RecursionError, ValueError, OverflowError) as error:
        raise Unsendable(f"nested too deep, or too large ({error})") from None


def decode(data: bytes, refer: Hook) -> Any:
    """Return the value in ``data``.

    Args:
        refer: called with the kind (STUDENTS, CHECKERS, PICKLE) and the bytes of each reference; returns the object,
            or raises Unreadable.

    Raises:
        Unreadable: the bytes are not what ``encode`` writes, or say too much.
    """
    depth = 0

    def extended(kind: int, content: bytes) -> Any:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise Unreadable("nested too deep")
        try:
            return _extended(kind, content, unpack, refer)
        finally:
            depth -= 1

    def unpack(content: bytes) -> Any:
        return msgpack.unpackb(
            content,
            ext_hook=extended,
            strict_map_key=False,
            unicode_errors="surrogatepass",
            max_array_len=LONGEST,
            max_map_len=LONGEST,
        )

    try:
        return unpack(data)
    except Unreadable:
        raise
    except (ValueError, TypeError, RecursionError, OverflowError, MemoryError, msgpack.UnpackException) as error:
        raise Unreadable(f"{type(error).__name__}: {error}") from None


def _extended(kind: int, content: bytes, unpack: Callable[[bytes], Any], refer: Hook) -> Any:
    if kind in arrays.KINDS_OF_ARRAYS:
        return arrays.decode(kind, content)
    if kind in (STUDENTS, CHECKERS, PICKLE):
        return refer(kind, content)
    if kind == PATH:
        return _path(content)
    if kind == INTEGER:
        if len(content) > MOST_DIGITS:
            raise Unreadable("an integer too long")
        return int.from_bytes(content, "big", signed=True)
    inner = unpack(content)
    if type(inner) is not list:
        raise Unreadable("no list where one belongs")
    if kind == TUPLE:
        return tuple(inner)
    if kind in (SET, FROZENSET):
        items = [unpack(each) for each in inner if type(each) is bytes]
        return set(items) if kind == SET else frozenset(items)
    if kind == COMPLEX and [type(part) for part in inner] == [float, float]:
        return complex(*inner)
    if kind == ORDERED and all(type(pair) is list and len(pair) == 2 for pair in inner):
        return OrderedDict(inner)
    raise Unreadable(f"no extension {kind}")


def _integer(number: int, pack: Pack) -> msgpack.ExtType:
    size = number.bit_length() // 8 + 1
    if size > MOST_DIGITS:
        raise Unsendable(f"an integer of about {math.ceil(size * math.log10(256))} digits")
    return msgpack.ExtType(INTEGER, number.to_bytes(size, "big", signed=True))


def _set(items: set | frozenset, pack: Pack) -> msgpack.ExtType:
    return msgpack.ExtType(SET if type(items) is set else FROZENSET, pack(sorted(pack(each) for each in items)))


FORMS: dict[type, Callable[[Any, Pack], msgpack.ExtType]] = {
    tuple: lambda item, pack: msgpack.ExtType(TUPLE, pack(list(item))),
    set: _set,
    frozenset: _set,
    int: _integer,
    complex: lambda item, pack: msgpack.ExtType(COMPLEX, pack([item.real, item.imag])),
    PosixPath: lambda item, pack: msgpack.ExtType(PATH, str(item).encode("utf-8", "surrogatepass")),
    OrderedDict: lambda item, pack: msgpack.ExtType(ORDERED, pack([list(pair) for pair in item.items()])),
}


def _path(content: bytes) -> Path:
    text = content.decode("utf-8", "surrogatepass")
    if "\0" in text or len(text) > 1_000:
        raise Unreadable("no path")
    return Path(text)
