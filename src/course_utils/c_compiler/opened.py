"""Which files of a folder are opened meanwhile, as the Linux kernel tells it."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

IN_OPEN, IN_NONBLOCK = 0x20, 0x800
EVENT = struct.Struct("iIII")
MOST = 1 << 20  # bytes of events


@contextmanager
def opened_below(folder: Path) -> Iterator[set[str]]:
    """Yield a set that holds, afterwards, the names of the files in ``folder`` that any process opened.

    Raises:
        OSError: this is not Linux, or the folder is not there.
    """
    if not hasattr(os, "pidfd_open"):
        raise OSError("inotify is Linux's")
    libc = ctypes.CDLL(None, use_errno=True)
    watch = libc.inotify_init1(IN_NONBLOCK)
    names: set[str] = set()
    try:
        if watch < 0 or libc.inotify_add_watch(watch, os.fsencode(folder), IN_OPEN) < 0:
            raise OSError(ctypes.get_errno(), f"{folder} cannot be watched")
        yield names
        names |= _names(_read(watch))
    finally:
        if watch >= 0:
            os.close(watch)


def _read(watch: int) -> bytes:
    said = b""
    while True:
        try:
            said += os.read(watch, MOST)
        except BlockingIOError:
            return said


def _names(events: bytes) -> set[str]:
    found, place = set(), 0
    while place < len(events):
        *_, length = EVENT.unpack_from(events, place)
        place += EVENT.size
        found.add(os.fsdecode(events[place : place + length].rstrip(b"\0")))
        place += length
    return found - {""}
