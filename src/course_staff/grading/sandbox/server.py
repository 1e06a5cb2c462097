"""The warm process: it has imported what lessons import, runs no student's code, and forks a cell for each request.

Run inside bubblewrap as ``python -m course_staff.grading.sandbox.server FD UID [NEED …]``; FD is a socket on which a
request is one packet of JSON, its descriptors beside it. It ends when the other end is closed.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import selectors
import signal
import socket
import sys
import time
from dataclasses import dataclass

from course_staff.grading.sandbox import kernel, roles
from course_staff.grading.sandbox.cell import start
from course_staff.grading.sandbox.limits import Limits, members, private_memory

PACKET = 65_536
LOOK = 0.1  # seconds between two looks at how much memory a cell has


@dataclass
class Cell:
    """A running cell; ``leash`` is a socket on which the checker interrupts or ends it."""

    role: str
    guardian: int
    first: int
    handle: int
    ending: int
    limits: Limits
    leash: socket.socket | None
    reason: str = ""


class Server:
    """Serves one socket."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.cells: list[Cell] = []
        self.selector = selectors.DefaultSelector()
        self.selector.register(control, selectors.EVENT_READ, self._request)
        self.own = private_memory(os.getpid())
        self.looked = self.used = time.process_time()

    def serve(self) -> None:
        while True:
            for key, _ in self.selector.select(LOOK if self.cells else None):
                key.data()
            if self.cells and time.monotonic() - self.looked > LOOK:
                self._look()

    def _request(self) -> None:
        message, descriptors, _, _ = socket.recv_fds(self.control, PACKET, 8)
        if not message:
            sys.exit(0)  # the namespace of this process ends with it, and every cell in there
        request = json.loads(message)
        if request["do"] == "end":
            for cell in self.cells:
                self._end(cell, "")
            return
        self._start(request["role"], descriptors, Limits(**request["limits"]))

    def _start(self, role: str, descriptors: list[int], limits: Limits) -> None:
        leash = socket.socket(fileno=descriptors.pop()) if role == "student" else None
        try:
            guardian, first = start(roles.WORK[role], descriptors, limits)
        except OSError as error:
            self._say(role=role, failed=str(error))
            return
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        cell = Cell(role, guardian, first, _handle(first), os.pidfd_open(guardian), limits, leash)
        self.cells.append(cell)
        self.selector.register(cell.ending, selectors.EVENT_READ, lambda: self._ended(cell))
        if leash is not None:
            self.selector.register(leash, selectors.EVENT_READ, lambda: self._pulled(cell))

    def _pulled(self, cell: Cell) -> None:
        if cell.leash is None:
            return
        try:
            order = cell.leash.recv(1)
        except OSError:
            order = b""
        if order == b"i":
            _signal(cell, signal.SIGINT)
            return
        self._drop_leash(cell)
        self._end(cell, "ended by the checker" if order else "")

    def _look(self) -> None:
        self.looked = time.monotonic()
        for cell in self.cells:
            # Pages shared with this process count as private in a copy of it until one of the two writes.
            own = sum(max(0, private_memory(pid) - self.own) for pid in members(cell.first))
            if own > cell.limits.memory:
                self._end(cell, "used too much memory")

    def _end(self, cell: Cell, reason: str) -> None:
        cell.reason = cell.reason or reason
        _signal(cell, signal.SIGKILL)

    def _ended(self, cell: Cell) -> None:
        _, status, used = os.wait4(cell.guardian, 0)
        self.selector.unregister(cell.ending)
        for descriptor in (cell.ending, cell.handle):
            if descriptor >= 0:
                os.close(descriptor)
        self._drop_leash(cell)
        self.cells.remove(cell)
        now = time.process_time()
        own, self.used = now - self.used, now
        code = os.waitstatus_to_exitcode(status)
        self._say(role=cell.role, ended=code, reason=cell.reason, cpu=used.ru_utime + used.ru_stime, own=own)

    def _drop_leash(self, cell: Cell) -> None:
        if cell.leash is not None:
            self.selector.unregister(cell.leash)
            cell.leash.close()
            cell.leash = None

    def _say(self, **what: object) -> None:
        self.control.send(json.dumps(what).encode())


def _handle(pid: int) -> int:
    """Return a descriptor that stands for the process, whoever gets its number next; -1 where it has ended."""
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return -1


def _signal(cell: Cell, number: int) -> None:
    if cell.handle >= 0:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(cell.handle, number)


def main() -> None:
    """Become an ordinary user where started by root, warm up, say so, and serve."""
    control = socket.socket(fileno=int(sys.argv[1]))
    user = int(sys.argv[2])
    if os.getuid() == 0 and user != 0:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    kernel.prctl(kernel.PR_SET_DUMPABLE, 1)  # else /proc/self/uid_map belongs to root
    roles.warm(frozenset(sys.argv[3:]))
    gc.collect()
    gc.freeze()  # a collection in a cell would touch, and so copy, every page
    kernel.collapse_memory()
    control.send(json.dumps({"ready": True}).encode())
    Server(control).serve()


if __name__ == "__main__":
    main()
