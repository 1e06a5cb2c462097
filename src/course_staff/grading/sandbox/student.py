"""The student's process: it runs the student's cells, and calls the student's functions when the checker asks.

Nothing here is trusted by anyone: it shares a process with the student's code. What it says is judged by the checker.
"""

from __future__ import annotations

import operator
import os
import socket
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

import msgpack

from course_staff.grading.checker import arrays, ears, raised
from course_staff.grading.checker.codec import Unsendable
from course_staff.grading.checker.folder import Folder, may_concern_files
from course_staff.grading.checker.frames import Ended, Frames
from course_staff.grading.checker.gradients import Graphs, wanting
from course_staff.grading.checker.patches import patched
from course_staff.grading.sandbox.borrowed import Wire
from course_staff.grading.sandbox.shell import Recorder, Shell


def main(descriptor: int) -> None:
    """Serve the checker at the other end of the socket until it hangs up."""
    sys.path.insert(0, "")  # as in a kernel: a student's own module lies beside the notebook
    agent = Agent(Frames(socket.socket(fileno=descriptor)), Recorder(Shell.instance()))
    try:
        agent.serve()
    except Ended:
        os._exit(0)


SHORT = 300  # characters of a reason
LARGEST = 100_000_000  # bytes of one answer; outputs and files travel beside it


class Agent:
    """Answers one request after the other; a request may come while another waits for the checker's answer."""

    def __init__(self, frames: Frames, recorder: Recorder) -> None:
        self.frames, self.recorder = frames, recorder
        self.folder = Folder(Path.cwd())
        self.wire = Wire(self.ask)
        self.graphs = Graphs()
        self.turn = threading.RLock()  # a thread's question must not come between another's and its answer

    def serve(self) -> None:
        while True:
            self._answer(self._receive())

    def ask(self, *question: Any) -> Any:
        """Ask the checker about one of its objects; return its answer, or raise what it raised."""
        with self.turn:
            about_files = question[0] == "call" and (may_concern_files(question[2]) or bool(question[3]))
            self._send("ask", self.wire.encode(list(question)), b"", about_files)
            while True:
                message = self._receive()
                if message[0] != "answer":
                    self._answer(message)
                    continue
                _, good, value, _ = message
                if good:
                    return self.wire.decode(value)
                raise raised.rebuilt(self.wire.decode(value))

    def _answer(self, message: list) -> None:
        kind, *parts, _ = message
        try:
            before, self.recorder.interruptible = self.recorder.interruptible, True
            try:
                value, changed = getattr(self, f"_do_{kind}")(*parts)
            finally:
                self.recorder.interruptible = before
            self._reply(True, value, changed)
        except BaseException as error:
            self._reply(False, raised.described(error), b"")

    def _reply(self, good: bool, value: Any, changed: bytes) -> None:
        try:
            data = self.wire.encode(value)
            if len(data) > LARGEST:
                raise Unsendable(f"{len(data):,} bytes are more than {LARGEST:,}")
        except BaseException as error:  # the student's own objects can raise anything when they are looked at
            good, data = False, self.wire.encode(raised.described(_refusal(error)))
        self._send("good" if good else "bad", data, changed)

    def _send(self, kind: str, data: bytes, changed: bytes, about_files: bool = True) -> None:
        changes = self.folder.changes() if about_files else []
        self.frames.send(msgpack.packb([kind, data, changed, self.recorder.take(), changes]))

    def _receive(self) -> list:
        message = msgpack.unpackb(self.frames.receive(), strict_map_key=False)
        self.folder.take(message[-1])
        return message

    def _do_run(self, source: str) -> tuple[Any, bytes]:
        return self.recorder.run(source), b""

    def _do_fetch(self, names: list[str]) -> tuple[Any, bytes]:
        space = self.recorder.shell.user_ns
        return {name: self._written(space[name]) for name in names if name in space}, b""

    def _written(self, value: Any) -> bytes | str:
        """Return a variable as the checker reads it, or why it cannot be: that costs only the tests that ask for it."""
        try:
            return self.wire.encode(value)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # the student's own objects can raise anything when they are looked at
            return str(_refusal(error))[:SHORT]

    def _do_call(self, function: bytes, given: bytes, beside: bytes) -> tuple[Any, bytes]:
        call = self.wire.decode(function)
        self.wire.inner = {}
        positional, named = self.wire.decode(given)
        patches, ear, number = self.wire.decode(beside) if beside else ([], None, 0)
        inner, self.wire.inner = self.wire.inner, {}
        inputs = wanting([positional, named]) if number else []
        with warnings.catch_warnings():
            pass  # makes Python forget which warnings it has given, as happens all the time in a kernel
        if patches or ear:
            with patched(patches), ears.told(ear):
                result = call(*positional, **named)
        else:
            result = call(*positional, **named)
        if number:
            self.graphs.keep(number, inputs, result)
        return result, self._changed(given, [positional, named], inner)

    def _do_backward(self, number: int, gradients: bytes) -> tuple[Any, bytes]:
        return self.graphs.backward(number, self.wire.decode(gradients)), b""

    def _changed(self, given: bytes, now: Any, inner: dict[int, tuple[Any, bytes]]) -> bytes:
        """Return what the call changed: the arguments, or None, and by place the tensors inside of pickled ones."""
        try:
            after = self.wire.encode(now)
            changed = {place: tensor for place, (tensor, sent) in inner.items() if _differs(tensor, sent)}
            return self.wire.encode([None if after == given else now, changed]) if after != given or changed else b""
        except Unsendable:
            return b""

    def _do_get(self, owner: bytes, name: str) -> tuple[Any, bytes]:
        return getattr(self.wire.decode(owner), name), b""

    def _do_special(self, what: str, given: bytes) -> tuple[Any, bytes]:
        return SPECIAL[what](*self.wire.decode(given)), b""


def _differs(tensor: Any, sent: bytes) -> bool:
    now = arrays.encode(tensor)
    return now is not None and now.data != sent


def _exit(item: Any, reason: str | None) -> bool:
    error = None if reason is None else RuntimeError(reason)
    return bool(item.__exit__(type(error) if error else None, error, None))


SPECIAL = {
    "iter": iter,
    "next": next,
    "len": len,
    "getitem": operator.getitem,
    "contains": operator.contains,
    "enter": lambda item: item.__enter__(),
    "exit": _exit,
}


def _refusal(error: BaseException) -> BaseException:
    if isinstance(error, Unsendable):
        return TypeError(f"the result cannot be graded: {error}")
    return error
