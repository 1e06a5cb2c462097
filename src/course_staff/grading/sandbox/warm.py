"""The warm process as the runner sees it: started at the first attempt, asked for cells, replaced when it is lost."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from course_staff.grading.sandbox.limits import Limits
from course_utils.errors import CourseError

PACKET = 65_536
SECONDS_TO_START = 120
Start = Callable[[int, int, frozenset[str]], subprocess.Popen]


class Warm:
    """A warm process of this process's own.

    Args:
        name: the sandbox's, for messages.
        start: starts the process on a socket and a log, with what it should have used before it forks.
        how: what to do where it cannot be started.
    """

    def __init__(self, name: str, start: Start, how: str) -> None:
        self.name, self.start, self.how = name, start, how
        self.process: subprocess.Popen | None = None
        self.needs: frozenset[str] = frozenset()

    def ready(self, needs: frozenset[str] = frozenset()) -> None:
        """Start the process where it is not running, or is not warm enough for ``needs``. Raises CourseError."""
        if self.process is not None and self.process.poll() is None and needs <= self.needs:
            return
        self.stop()
        self.needs |= needs
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.log = tempfile.TemporaryFile()  # noqa: SIM115  # as long as the process
        with theirs:
            self.process = self.start(theirs.fileno(), self.log.fileno(), self.needs)
        if self.hear(SECONDS_TO_START) != {"ready": True}:
            self.stop()
            raise CourseError(f"--sandbox {self.name}: could not be started ({self.last_words()}); {self.how}.")

    def last_words(self) -> str:
        """Return the last line that the process wrote."""
        self.log.seek(0)
        lines = self.log.read().decode(errors="replace").strip().splitlines() or ["it said nothing"]
        return lines[-1][:300]

    def cell(self, role: str, descriptors: list[int], limits: Limits) -> None:
        """Ask for a cell with these descriptors; whether it was made is told when it has ended."""
        request = {"do": "start", "role": role, "limits": asdict(limits)}
        with contextlib.suppress(OSError):
            socket.send_fds(self.control, [json.dumps(request).encode()], descriptors)

    def end(self) -> None:
        """End all cells."""
        with contextlib.suppress(OSError):
            self.control.send(json.dumps({"do": "end"}).encode())

    def hear(self, seconds: float) -> dict[str, Any]:
        """Return what the process says next; nothing where it is silent for so long, or is lost."""
        self.control.settimeout(max(0.001, seconds))
        try:
            message = self.control.recv(PACKET)
        except OSError:
            return {}
        return json.loads(message) if message else {}

    def ended(self, count: int, seconds: float = 30.0) -> list[dict[str, Any]]:
        """Wait for ``count`` cells to end; return what is told of each, and less where the process was lost."""
        told, deadline = [], time.monotonic() + seconds
        while len(told) < count:
            said = self.hear(deadline - time.monotonic())
            if not said:
                self.stop()
                break
            told.append(said)
        return told

    def stop(self) -> None:
        """End the process, and with it every process in its namespace."""
        if self.process is not None:
            self.control.close()
            self.process.kill()
            self.process.wait()
            self.process = None
