"""Several channels over one pipe, as containers have them: packets, and writing that never waits for a reader.

A packet is one byte that names a channel, four of length, and so many bytes. An empty one says that its channel ends.
"""

from __future__ import annotations

import os
import select
import struct
from collections.abc import Iterable

HEADER = struct.Struct("!cI")
CHUNK = 1 << 16
FULL = 1 << 20  # bytes that wait for a slow reader before the writer has to wait, too
WIRE, REPORTS, LEASH, BEGUN, FAILED = b"w", b"r", b"l", b"b", b"f"


def pack(channel: bytes, content: bytes) -> bytes:
    """Return a packet."""
    return HEADER.pack(channel, len(content)) + content


class Packets:
    """Packets cut out of a stream of bytes."""

    def __init__(self) -> None:
        self.waiting = bytearray()

    def feed(self, content: bytes) -> list[tuple[bytes, bytes]]:
        """Return the packets that are whole by now: channel and content. Raises ValueError."""
        self.waiting += content
        found = []
        while len(self.waiting) >= HEADER.size:
            channel, length = HEADER.unpack_from(self.waiting)
            if channel not in (WIRE, REPORTS, LEASH, BEGUN, FAILED) or length > CHUNK:
                raise ValueError("no packet")
            if len(self.waiting) < HEADER.size + length:
                break
            found.append((channel, bytes(self.waiting[HEADER.size : HEADER.size + length])))
            del self.waiting[: HEADER.size + length]
        return found


class Outlet:
    """Bytes on their way to a descriptor, which takes them when it can."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.waiting = bytearray()
        self.gone = False
        os.set_blocking(descriptor, False)

    def add(self, content: bytes) -> None:
        """Write what can be written, and keep the rest; nothing where the reader is gone."""
        self.waiting += content
        self.flush()

    def flush(self) -> None:
        """Write what can be written."""
        try:
            while self.waiting and not self.gone:
                del self.waiting[: os.write(self.descriptor, memoryview(self.waiting)[:CHUNK])]
        except BlockingIOError:
            return
        except OSError:
            self.gone = True
        if self.gone:
            self.waiting.clear()

    @property
    def full(self) -> bool:
        return len(self.waiting) > FULL


def wait(reading: Iterable[int], outlets: Iterable[Outlet]) -> list[int]:
    """Wait until something can be read or takes what waits; write that, and return the descriptors to read."""
    wanted = dict.fromkeys(reading, select.POLLIN)
    writers = {outlet.descriptor: outlet for outlet in outlets if outlet.waiting}
    poll = select.poll()
    for descriptor in {*wanted, *writers}:
        poll.register(descriptor, wanted.get(descriptor, 0) | (select.POLLOUT if descriptor in writers else 0))
    found = []
    for descriptor, event in poll.poll():
        if descriptor in writers and event & ~select.POLLIN:
            writers[descriptor].flush()
        if descriptor in wanted and event & ~select.POLLOUT:
            found.append(descriptor)
    return found


def read(descriptor: int) -> bytes | None:
    """Return what there is; nothing at the end, and None where there is nothing yet."""
    try:
        return os.read(descriptor, CHUNK)
    except BlockingIOError:
        return None
    except OSError:
        return b""
