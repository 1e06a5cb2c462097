"""One role in a process tree of its own, as in a container, with nothing but standard input and output to speak by.

Run as ``python -m course_utils.grading.sandbox.alone student`` or ``… checker``. A packet is one byte that names a
channel, four of length, and so many bytes: "w" the wire between student and checker, "r" the checker's reports and its
order, "l" the checker's leash. A parent that runs no one's code carries packets between the pipes and its child's
sockets.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import struct
import sys

HEADER = struct.Struct("!cI")
CHUNK = 1 << 16
CHANNELS = {"student": b"w", "checker": b"rwl"}


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
            if channel not in (b"w", b"r", b"l") or length > CHUNK:
                raise ValueError("no packet")
            if len(self.waiting) < HEADER.size + length:
                break
            found.append((channel, bytes(self.waiting[HEADER.size : HEADER.size + length])))
            del self.waiting[: HEADER.size + length]
        return found


def main() -> None:
    """Fork the role, and carry packets until either side ends."""
    from course_utils.grading.sandbox import roles

    role = sys.argv[1]
    roles.warm()
    pairs = {channel.to_bytes(): socket.socketpair() for channel in CHANNELS[role]}
    child = os.fork()
    if child == 0:
        for ours, _ in pairs.values():
            ours.close()
        nothing = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nothing, standard)
        try:
            roles.WORK[role]([theirs.fileno() for _, theirs in pairs.values()])
        finally:
            os._exit(0)
    signal.signal(signal.SIGINT, lambda *_: os.kill(child, signal.SIGINT))
    for _, theirs in pairs.values():
        theirs.close()
    _carry({channel: ours for channel, (ours, _) in pairs.items()})
    os._exit(0)


def _carry(sockets: dict[bytes, socket.socket]) -> None:
    packets = Packets()
    selector = selectors.DefaultSelector()
    selector.register(0, selectors.EVENT_READ, b"")
    for channel, connection in sockets.items():
        selector.register(connection, selectors.EVENT_READ, channel)
    while True:
        for key, _ in selector.select():
            content = os.read(key.fd, CHUNK)
            if not key.data:
                if not content:
                    return
                for channel, part in packets.feed(content):
                    if part:
                        sockets[channel].sendall(part)
                    else:  # the other side of this channel is gone
                        sockets[channel].shutdown(socket.SHUT_WR)
            elif content:
                _write(1, pack(key.data, content))
            elif key.data in (b"r", b"w"):
                return
            else:
                selector.unregister(key.fileobj)


def _write(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]


if __name__ == "__main__":
    main()
