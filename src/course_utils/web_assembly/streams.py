"""The few calls of WASI that a program needs which reads its standard input and writes its standard output.

wasmtime's own would do, and start threads that outlive the call.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

MODULE = "wasi_snapshot_preview1"
OUTPUT = 1 << 20  # bytes that are kept
DONE, BAD_DESCRIPTOR, NO_PIPE = 0, 8, 29
CHARACTER_DEVICE, ALL_RIGHTS = 2, (1 << 30) - 1
MOST_PARTS = 1024  # of one call's list


class Ended(Exception):
    """The program has called exit."""


class Streams:
    """A program's standard streams; ``memory`` is to be set before it runs.

    Attributes:
        output: what it wrote to standard output.
        status: what it exited with; None before.
    """

    def __init__(self, given: bytes) -> None:
        self.given, self.place = given, 0
        self.output = bytearray()
        self.status: int | None = None
        self.memory: Any = None

    def define(self, wasmtime: Any, linker: Any) -> None:
        """Give a linker the calls."""
        small, large = wasmtime.ValType.i32(), wasmtime.ValType.i64()
        calls = {
            "fd_read": (self._read, [small] * 4),
            "fd_write": (self._write, [small] * 4),
            "fd_fdstat_get": (self._describe, [small] * 2),
            "fd_seek": (lambda *_: NO_PIPE, [small, large, small, small]),
            "fd_close": (lambda *_: DONE, [small]),
            "args_sizes_get": (self._none_given, [small] * 2),
            "environ_sizes_get": (self._none_given, [small] * 2),
            "args_get": (lambda *_: DONE, [small] * 2),
            "environ_get": (lambda *_: DONE, [small] * 2),
        }
        for name, (call, given) in calls.items():
            kind = wasmtime.FuncType(given, [small])
            linker.define_func(MODULE, name, kind, call, access_caller=True)
        linker.define_func(MODULE, "proc_exit", wasmtime.FuncType([small], []), self._exit, access_caller=True)

    def _read(self, caller: Any, descriptor: int, parts: int, count: int, got: int) -> int:
        if descriptor != 0:
            return BAD_DESCRIPTOR
        before = self.place
        for start, length in self._parts(caller, parts, count):
            part = self.given[self.place : self.place + length]
            self.memory.write(caller, part, start)
            self.place += len(part)
        self._put(caller, "<I", got, self.place - before)
        return DONE

    def _write(self, caller: Any, descriptor: int, parts: int, count: int, put: int) -> int:
        if descriptor not in (1, 2):
            return BAD_DESCRIPTOR
        total = 0
        for start, length in self._parts(caller, parts, count):
            if descriptor == 1 and len(self.output) < OUTPUT:
                self.output += self.memory.read(caller, start, start + min(length, OUTPUT - len(self.output)))
            total += length
        self._put(caller, "<I", put, total & 0xFFFFFFFF)
        return DONE

    def _describe(self, caller: Any, descriptor: int, where: int) -> int:
        if descriptor not in (0, 1, 2):
            return BAD_DESCRIPTOR
        self._put(caller, "<BxHxxxxQQ", where, CHARACTER_DEVICE, 0, ALL_RIGHTS, 0)
        return DONE

    def _none_given(self, caller: Any, count: int, size: int) -> int:
        self._put(caller, "<I", count, 0)
        self._put(caller, "<I", size, 0)
        return DONE

    def _exit(self, caller: Any, status: int) -> None:
        self.status = status
        raise Ended

    def _parts(self, caller: Any, parts: int, count: int) -> Iterator[tuple[int, int]]:
        count = min(count & 0xFFFFFFFF, MOST_PARTS)
        where = parts & 0xFFFFFFFF
        return struct.iter_unpack("<II", bytes(self.memory.read(caller, where, where + 8 * count)))

    def _put(self, caller: Any, form: str, where: int, *values: int) -> None:
        self.memory.write(caller, struct.pack(form, *values), where & 0xFFFFFFFF)
