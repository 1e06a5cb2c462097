"""The wire between two containers, which have none of their own: what one writes is carried to the other."""

from __future__ import annotations

import os
import selectors
import socket
from contextlib import suppress

from course_utils.grading.sandbox.alone import CHUNK, Packets, pack
from course_utils.grading.sandbox.container import Container


def relay(student: Container, checker: Container, reporting: socket.socket) -> None:
    """Carry packets until the checker's container ends or ``reporting``, the runner's end of its reports, is closed."""
    streams = {"student": Packets(), "checker": Packets()}
    selector = selectors.DefaultSelector()
    selector.register(student.process.stdout, selectors.EVENT_READ, "student")
    selector.register(checker.process.stdout, selectors.EVENT_READ, "checker")
    selector.register(reporting, selectors.EVENT_READ, "runner")
    while True:
        for key, _ in selector.select():
            try:
                content = os.read(key.fd, CHUNK)
            except OSError:
                content = b""
            if key.data == "runner":
                if not content:
                    return
                _send(checker, b"r", content)
            elif not content:
                if key.data == "checker":
                    return
                selector.unregister(key.fileobj)
                student.end()
                _close_wire(checker)
            else:
                _forward(key.data, streams[key.data], content, student, checker, reporting)


def _forward(
    who: str, packets: Packets, content: bytes, student: Container, checker: Container, reporting: socket.socket
) -> None:
    try:
        found = packets.feed(content)
    except ValueError:
        (student if who == "student" else checker).end()
        return
    for channel, part in found:
        if channel == b"w":
            _send(checker if who == "student" else student, b"w", part)
        elif who == "checker" and channel == b"r":
            with suppress(OSError):
                reporting.sendall(part)
        elif who == "checker":
            student.interrupt() if part == b"i" else student.end()


def _close_wire(checker: Container) -> None:
    # An empty packet closes the channel: the checker learns that the student's process is gone.
    _send(checker, b"w", b"")


def _send(container: Container, channel: bytes, content: bytes) -> None:
    with suppress(OSError):
        packet = pack(channel, content)
        while packet:
            packet = packet[os.write(container.process.stdin.fileno(), packet) :]
