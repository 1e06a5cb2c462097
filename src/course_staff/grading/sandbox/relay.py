"""The wire between two containers, which have none of their own: what one writes is carried to the other."""

from __future__ import annotations

import socket
from contextlib import suppress

from course_staff.grading.sandbox.container import Container
from course_staff.grading.sandbox.packets import LEASH, REPORTS, WIRE, Outlet, Packets, pack, read, wait


class Relay:
    """Carries packets, and waits for neither container: one that does not read must not keep the other from its end.

    Args:
        reporting: the runner's end of the checker's reports.
    """

    def __init__(self, student: Container, checker: Container, reporting: socket.socket) -> None:
        self.student, self.checker, self.reporting = student, checker, reporting
        self.to_student, self.to_checker = Outlet(student.writing), Outlet(checker.writing)
        self.from_student, self.from_checker = Packets(), Packets()
        self.there = True

    def carry(self) -> None:
        """Carry until the checker's container ends, or the other end of ``reporting`` is closed."""
        try:
            while self._step():
                pass
        finally:
            with suppress(OSError):
                self.reporting.shutdown(socket.SHUT_WR)  # nothing more will be reported

    def _step(self) -> bool:
        # The checker is always heard, because its word may be to end the student's process.
        reading = [self.checker.reading, self.reporting.fileno()]
        if self.there and not self.to_checker.full:
            reading.append(self.student.reading)
        ready = wait(reading, [self.to_student, self.to_checker])
        if self.reporting.fileno() in ready:
            order = read(self.reporting.fileno())
            if not order:
                return False
            self.to_checker.add(pack(REPORTS, order))
        if self.checker.reading in ready and not self._from_checker(read(self.checker.reading) or b""):
            return False
        if self.student.reading in ready:
            self._from_student(read(self.student.reading) or b"")
        return True

    def _from_student(self, content: bytes) -> None:
        try:
            found = self.from_student.feed(content)
        except ValueError:
            content, found = b"", []
        for channel, part in found:
            if channel == WIRE and part:
                self.to_checker.add(pack(WIRE, part))
        if not content:
            self._end_student()
            self.to_checker.add(pack(WIRE, b""))

    def _from_checker(self, content: bytes) -> bool:
        try:
            found = self.from_checker.feed(content)
        except ValueError:
            return False
        for channel, part in found:
            if channel == WIRE:
                self.to_student.add(pack(WIRE, part))
            elif channel == REPORTS:
                with suppress(OSError):
                    self.reporting.sendall(part)
            elif channel == LEASH and part.strip(b"i"):
                self._end_student()
            elif channel == LEASH and part:
                self.student.interrupt()
        return bool(content)

    def _end_student(self) -> None:
        self.there = False
        self.student.end()
