"""Work on what a student handed in, in a process of its own that may use only so much time and memory."""

from __future__ import annotations

import pickle
import resource
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from course_utils.errors import CourseError

SECONDS = 60  # of the class that one student may cost at most
TO_START = 120  # seconds, which are not the student's
MEMORY = 4_000_000_000  # bytes of addresses, most of which libraries take
LARGEST = 60_000_000  # bytes of what comes back


class TooMuch(CourseError):
    """The call was ended."""


class Apart:
    """A function that is called in a process beside this one, which starts anew after a call that used too much.

    Args:
        function: importable; given: what it is called with each time, before what differs.
        seconds: for one call.
    """

    def __init__(self, function: Callable, *given: Any, seconds: float = SECONDS) -> None:
        self.function, self.given, self.seconds = function, given, seconds
        self._process = self._connection = None

    def __call__(self, *arguments: Any) -> Any:
        """Return what the function returns, or raise the CourseError that it raises.

        Raises:
            TooMuch: the call took too long, or too much memory, or gave too much.
        """
        if self._process is None:
            self._start()
        try:
            self._connection.send(arguments)
            if not self._connection.poll(self.seconds):
                raise TooMuch(f"takes more than {self.seconds:.0f} s to be read; hand in less.")
            outcome = pickle.loads(self._connection.recv_bytes(LARGEST))
        except (EOFError, OSError):
            self.stop()
            raise TooMuch("takes more memory to be read than there is for one student; hand in less.") from None
        except BaseException:
            self.stop()
            raise
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._connection.close()
            self._process = self._connection = None

    def _start(self) -> None:
        context = get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self.function, self.given), daemon=True)
        self._process.start()
        theirs.close()
        if not self._connection.poll(TO_START):
            self.stop()
            raise TooMuch(f"cannot be read: no process has started for {TO_START} s; try again on a quieter machine.")
        self._connection.recv()


def _serve(connection: Connection, function: Callable, given: tuple) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    connection.send("ready")
    while True:
        try:
            arguments = connection.recv()
        except EOFError:
            return
        try:
            outcome = function(*given, *arguments)
        except CourseError as error:
            outcome = error
        except MemoryError:
            return
        except Exception as error:
            outcome = RuntimeError(f"{type(error).__name__}: {error}")
        connection.send(outcome)
