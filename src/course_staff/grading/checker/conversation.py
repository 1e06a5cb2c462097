"""The checker's talk with the student's process: a request, questions back, and an answer, all of it bounded."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgpack

from course_staff.grading.checker import ears, gradients, raised
from course_staff.grading.checker.aftermath import note_all
from course_staff.grading.checker.clock import CellTimeoutError
from course_staff.grading.checker.codec import Unreadable
from course_staff.grading.checker.folder import Folder, Refused, may_concern_files
from course_staff.grading.checker.frames import Ended, Frames
from course_staff.grading.checker.lent import Forbidden
from course_staff.grading.checker.packing import Packing
from course_staff.grading.checker.patches import Watched
from course_staff.grading.checker.proxy import Proxy
from course_staff.grading.checker.shown import shown

GRACE = 5.0  # seconds that an interrupted student's process has to answer
MOST_QUESTIONS = 200_000


class Lost(BaseException):
    """The student's process is gone, or broke the rules. No test may take this for the error that it expects."""


class Conversation:
    """Asks the student's process for what the tests need.

    Args:
        frames: to the student's process.
        leash: a byte "i" on it interrupts the student's process, "k" ends it.
        folder: the working folder of this process.
        show: called with the outputs that come with every message.
    """

    def __init__(self, frames: Frames, leash: socket.socket, folder: Folder, show: Callable[[list], None]) -> None:
        self.frames, self.leash, self.folder, self.show = frames, leash, folder, show
        self.packing = Packing(self)
        self.watched = Watched()
        self.lost = ""
        self.questions = self.calls = 0

    def run(self, source: str) -> bool:
        """Run a cell of the student's; say whether it ended without an error."""
        return self._request("run", source)[0] is True

    def fetch(self, names: list[str]) -> tuple[dict[str, Any], dict[str, str]]:
        """Return those of the names that the student's process has, as plain data or proxies; and why not others."""
        found, refused = {}, {}
        told, _ = self._request("fetch", names)
        if type(told) is not dict or not all(type(name) is str and name in names for name in told):
            self._lose("names were asked for, and something else came")
        for name, said in told.items():
            if type(said) is str:
                refused[name] = said
                continue
            try:
                found[name] = self.packing.decode(said)
            except Unreadable as error:
                refused[name] = str(error)
        return found, refused

    def call(self, function: Any, args: tuple, kwargs: dict) -> Any:
        """Call a student's object, or in the student's process a library's function, and return the result."""
        self.calls += 1
        number, arguments = self.calls, [list(args), kwargs]
        inputs = gradients.wanting(arguments)
        with ears.ear() as ear:
            with self.packing.noting() as inner:
                given = self.packing.encode(arguments)
                patches = [list(change) for change in self.watched.changed()]
                beside = [patches, ear, number if inputs else 0]
                sent = self.packing.encode(beside) if any(beside) else b""
            result, changed = self._request("call", self.packing.name(function), given, sent)
        if changed is not None:
            self._note(arguments, inner, changed)
        return gradients.attached(result, inputs, lambda ours: self._backward(number, ours))

    def _backward(self, number: int, ours: list) -> Any:
        return self._request("backward", number, self.packing.encode(ours))[0]

    def _note(self, arguments: list, inner: list, changed: Any) -> None:
        """Note what became of what was lent: the arguments, and the tensors inside of what went as pickles."""
        if type(changed) is not list or len(changed) != 2 or type(changed[1]) is not dict:
            self._lose("no arguments came back")
        if changed[0] is not None:
            note_all(arguments, changed[0])
        for place, tensor in changed[1].items():
            if type(place) is not int or not 0 <= place < len(inner):
                self._lose("no arguments came back")
            note_all(inner[place], tensor)

    def get(self, proxy: Proxy, name: str) -> Any:
        """Return an attribute of a student's object."""
        return self._request("get", self.packing.encode(proxy), name)[0]

    def call_named(self, name: str, args: tuple, kwargs: dict | None = None) -> Any:
        """Do what Python does by a special method, such as ``next``, on a student's object."""
        return self._request("special", name, self.packing.encode(list(args)))[0]

    def _request(self, *request: Any) -> tuple[Any, Any]:
        if self.lost:
            raise Lost(self.lost)
        try:
            self._send([*request])
            return self._answer()
        except (Ended, Refused, Unreadable, Forbidden) as error:
            self._lose(str(error))
        except CellTimeoutError:
            self._interrupt()
            raise

    def _answer(self) -> tuple[Any, Any]:
        while True:
            kind, data, changed = self._receive()
            if kind == "ask":
                self._tell(data)
                continue
            try:
                said = self.packing.decode(data)
                if kind == "good":
                    return said, self.packing.decode_arguments(changed) if changed else None
                error = raised.rebuilt(said)
            except ValueError as unreadable:  # it costs the test that asked, and no other
                raise TypeError(f"what came back cannot be graded: {unreadable}") from None
            raise error

    def _tell(self, data: bytes) -> None:
        """Answer a question of the student's process about one of this side's objects."""
        self.questions += 1
        if self.questions > MOST_QUESTIONS:
            raise Forbidden("too many questions")
        about_files = True
        try:
            question = self.packing.decode(data)
            if type(question) is list and len(question) == 4 and question[0] == "call":
                about_files = may_concern_files(question[2]) or bool(question[3])
            answer = [True, self.packing.encode(self.packing.lent.do(question))]
        except (Ended, Refused, Unreadable, Forbidden):
            raise
        except Exception as error:  # what the student's code may catch
            answer = [False, self.packing.encode(raised.described(error))]
        self._send(["answer", *answer], about_files)

    def _send(self, message: list, about_files: bool = True) -> None:
        changes = self.folder.changes() if about_files else []
        try:
            self.frames.send(msgpack.packb([*message, changes]))
        except ValueError as error:
            raise Ended(str(error)) from None

    def _receive(self) -> tuple[str, bytes, bytes]:
        try:
            message = msgpack.unpackb(self.frames.receive(), strict_map_key=True, max_array_len=100_000)
        except (ValueError, TypeError, RecursionError, msgpack.UnpackException) as error:
            raise Ended(f"what came is no message ({type(error).__name__})") from None
        wanted = [str, bytes, bytes, list, list]
        if type(message) is not list or [type(part) for part in message] != wanted:
            raise Ended("what came is no message")
        kind, data, changed, outputs, changes = message
        if kind not in ("good", "bad", "ask"):
            raise Ended("what came is no message")
        self.show(shown(outputs))
        self.folder.take(changes)
        return kind, data, changed

    def _interrupt(self) -> None:
        """Stop what the student's process is doing, so that it can be asked again; else end it."""
        self._pull(b"i")
        self.frames.connection.settimeout(GRACE)
        deadline = time.monotonic() + GRACE
        try:
            while self._receive()[0] == "ask":
                if time.monotonic() > deadline:
                    raise TimeoutError
                self._send(["answer", False, self.packing.encode(raised.described(TimeoutError("out of time")))])
        except (Ended, Refused, TimeoutError, CellTimeoutError):  # the last where a message never ends
            self._end("could not be interrupted when its time was over")
        finally:
            self.frames.connection.settimeout(None)

    def _lose(self, reason: str) -> None:
        self._end(reason)
        raise Lost(self.lost)

    def _end(self, reason: str) -> None:
        self.lost = f"the student's process is gone: {reason}"
        self._pull(b"k")

    def _pull(self, order: bytes) -> None:
        with suppress(OSError):
            self.leash.send(order)
