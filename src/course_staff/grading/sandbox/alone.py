"""One role in a process tree of its own, as in a container, with nothing but standard input and output to speak by.

Run as ``python -m course_staff.grading.sandbox.alone ROLE [NEED …]``; ROLE is "student" or "checker". A parent that
runs no one's code carries packets (see packets.py) between the pipes and its child's sockets: the wire between student
and checker, the checker's reports and its order, the checker's leash. Its first packet says that the role has begun,
with the hash of our code, or why it has not.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from contextlib import suppress

from course_staff.grading.sandbox.cell import BOX
from course_staff.grading.sandbox.packets import (
    BEGUN,
    CHUNK,
    FAILED,
    LEASH,
    REPORTS,
    WIRE,
    Outlet,
    Packets,
    pack,
    read,
    wait,
)

CHANNELS = {"student": (WIRE,), "checker": (REPORTS, WIRE, LEASH)}


def main() -> None:
    """Fork the role, and carry packets until either side ends."""
    role, *needs = sys.argv[1:]
    try:
        sockets, child = _begin(role, needs)
        handle = os.pidfd_open(child)
    except BaseException as error:
        os.write(1, pack(FAILED, f"{type(error).__name__}: {error}".encode()[:CHUNK]))
        os._exit(1)
    Carrier(sockets, handle).carry()
    os._exit(0)  # the container's first process ends then, and with it all others


def _begin(role: str, needs: list[str]) -> tuple[dict[bytes, socket.socket], int]:
    from course_staff.grading.own_code import own_code
    from course_staff.grading.sandbox import roles

    os.chdir(BOX)  # as an engine's working folder it would be root's
    roles.warm(frozenset(needs))
    pairs = {channel: socket.socketpair() for channel in CHANNELS[role]}
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    child = os.fork()
    if child == 0:
        _live(role, pairs)
    signal.signal(signal.SIGINT, lambda *_: _interrupt(child))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    for _, theirs in pairs.values():
        theirs.close()
    os.write(1, pack(BEGUN, own_code().encode()))
    return {channel: ours for channel, (ours, _) in pairs.items()}, child


def _live(role: str, pairs: dict[bytes, tuple[socket.socket, socket.socket]]) -> None:
    from course_staff.grading.sandbox import roles

    try:
        for ours, _ in pairs.values():
            ours.close()
        nothing = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nothing, standard)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
        roles.WORK[role]([theirs.fileno() for _, theirs in pairs.values()])
    finally:
        os._exit(0)


def _interrupt(child: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGINT)


class Carrier:
    """Carries packets between standard input and output and the child's sockets, and waits for none of them.

    Args:
        sockets: by channel; handle: a pidfd of the child.
    """

    def __init__(self, sockets: dict[bytes, socket.socket], handle: int) -> None:
        self.sockets, self.handle = sockets, handle
        self.channels = {connection.fileno(): channel for channel, connection in sockets.items()}
        self.out = Outlet(1)
        self.outlets = {channel: Outlet(connection.fileno()) for channel, connection in sockets.items()}
        self.ending: set[bytes] = set()
        self.packets = Packets()

    def carry(self) -> None:
        """Carry until standard input or the child has ended."""
        while True:
            reading = [self.handle]
            if not any(outlet.full for outlet in self.outlets.values()):
                reading.append(0)
            if not self.out.full:
                reading += self.channels
            ready = wait(reading, [self.out, *self.outlets.values()])
            for descriptor in ready:
                if descriptor in self.channels:
                    self._speak(descriptor)
            if 0 in ready and not self._hear():
                return
            if self.handle in ready or not self.channels:
                return self._last_words()
            self._end_channels()

    def _last_words(self) -> None:
        """Write what the ended child has left in its sockets: a report, say."""
        for descriptor in list(self.channels):
            while descriptor in self.channels and not self.out.full and self._speak(descriptor):
                pass
        while self.out.waiting:
            if 0 in wait([0], [self.out]) and not read(0):
                return

    def _speak(self, descriptor: int) -> bool:
        content = read(descriptor)
        if content:
            self.out.add(pack(self.channels[descriptor], content))
        elif content is not None:
            del self.channels[descriptor]
        return bool(content)

    def _hear(self) -> bool:
        content = read(0)
        for channel, part in self.packets.feed(content or b""):
            if part:
                self.outlets[channel].add(part)
            else:
                self.ending.add(channel)
        return content != b""

    def _end_channels(self) -> None:
        for channel in [channel for channel in self.ending if not self.outlets[channel].waiting]:
            self.ending.remove(channel)
            with suppress(OSError):  # the child has ended it, too
                self.sockets[channel].shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    main()
