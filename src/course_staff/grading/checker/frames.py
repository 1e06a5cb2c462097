"""Messages on a stream: their length, then their bytes, never more than was agreed."""

from __future__ import annotations

import socket
import struct

LENGTH = struct.Struct("!Q")
LARGEST = 160_000_000


class Ended(Exception):
    """The other side is gone, or says what no message is."""


class Frames:
    """Whole messages over a connected socket."""

    def __init__(self, connection: socket.socket, largest: int = LARGEST) -> None:
        self.connection, self.largest = connection, largest
        self.received = self.sent = 0
        self.waiting = bytearray()

    def send(self, message: bytes) -> None:
        """Send a message. Raises Ended, and TimeoutError where the socket has a timeout."""
        if len(message) > self.largest:
            raise ValueError(f"{len(message):,} bytes are more than fit into one message, {self.largest:,}")
        self.sent += len(message)
        try:
            self.connection.sendall(LENGTH.pack(len(message)) + message)
        except TimeoutError:
            raise
        except OSError as error:
            raise Ended(f"the connection is lost ({error.strerror})") from None

    def receive(self) -> bytes:
        """Return the next message. Raises Ended, and TimeoutError where the socket has a timeout."""
        self._have(LENGTH.size)
        (length,) = LENGTH.unpack_from(self.waiting)
        if length > self.largest:
            raise Ended(f"a message of {length:,} bytes is announced")
        end = LENGTH.size + length
        self._have(end)
        message = bytes(memoryview(self.waiting)[LENGTH.size : end])
        del self.waiting[:end]
        self.received += length
        return message

    def _have(self, count: int) -> None:
        # Grows with what comes, not with what was announced.
        while len(self.waiting) < count:
            try:
                part = self.connection.recv(1 << 16 if count < 1 << 16 else 1 << 20)
            except TimeoutError:
                raise
            except OSError as error:
                raise Ended(f"the connection is lost ({error.strerror})") from None
            if not part:
                raise Ended("the connection was closed")
            self.waiting += part
