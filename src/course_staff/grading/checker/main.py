"""The checker's process: it takes an attempt, runs it cell by cell, and says after each cell what it showed."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any

import msgpack

from course_staff.grading.checker.aside import Aside
from course_staff.grading.checker.clock import CellTimeoutError, Clock
from course_staff.grading.checker.conversation import Conversation, Lost
from course_staff.grading.checker.folder import Folder
from course_staff.grading.checker.frames import Frames
from course_staff.grading.checker.routing import route
from course_staff.grading.sandbox.shell import Recorder, Shell
from course_utils.expect import aftermath


def main(runner: int, student: int, leash: int) -> None:
    """Run the attempt that comes over ``runner``, with the student's process at the other end of ``student``."""
    report = Frames(socket.socket(fileno=runner))
    attempt = msgpack.unpackb(report.receive())
    folder = Folder(Path.cwd(), Aside(Path.cwd(), attempt["files"].keys()))
    for name, content in attempt["files"].items():
        path = folder.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    recorder = Recorder(Shell.instance())
    talk = Conversation(
        Frames(socket.socket(fileno=student)), socket.socket(fileno=leash), folder, lambda outputs: None
    )
    talk.watched.places, talk.watched.names = attempt["places"], attempt["replaced"]
    checker = Checker(attempt["cells"], Clock(attempt["timeout"], attempt["budget"]), recorder, talk)
    for number in range(len(checker.cells)):
        outputs = checker.cell(number)
        if outputs is not None:
            report.send(json.dumps({"cell": number, "outputs": outputs, "good": checker.good}).encode())
    counts = {"calls": talk.calls, "questions": talk.questions, "bytes": talk.frames.received + talk.frames.sent}
    seconds = {name: round(value, 4) for name, value in checker.seconds.items()}
    ended = {"done": True, "lost": talk.lost, "spent": checker.spent, "counts": counts, "seconds": seconds}
    report.send(json.dumps(ended).encode())


class Checker:
    """Runs the cells of a notebook, each where it belongs.

    Args:
        cells: as ``plan`` gives them; clock: limits each cell, and all.

    Attributes:
        spent: the cell in which the time for all cells was over; None where it was enough.
    """

    def __init__(self, cells: list[dict], clock: Clock, recorder: Recorder, talk: Conversation) -> None:
        self.cells, self.clock, self.recorder, self.talk = cells, clock, recorder, talk
        self.names = {name for cell in cells for name in cell.get("names", ())}
        self.good = False
        self.spent: int | None = None
        self.seconds = {"student cells": 0.0, "shared cells": 0.0, "test cells": 0.0}

    def cell(self, number: int) -> list[dict] | None:
        """Run a cell; return its outputs, or None where it is not run."""
        cell = self.cells[number]
        role = cell["role"]
        if role == "skip":
            return None
        self.recorder.outputs.begin()
        self.good = False
        start = time.process_time()
        try:
            with self.clock.cell():
                getattr(self, f"_{role}")(cell)
        except CellTimeoutError as error:
            if self.spent is None and self.clock.is_spent():
                self.spent = number
            self._late(error)
        except Lost as error:
            self._fail("Lost", str(error))
        except BaseException as error:  # the student's side can make any request fail; the next cell is another matter
            self._fail(type(error).__name__, str(error))
        self.seconds[f"{role} cells"] += time.process_time() - start
        return self.recorder.take()

    def _student(self, cell: dict) -> None:
        self.talk.show = self._show_all
        self.talk.run(cell["source"])

    def _shared(self, cell: dict) -> None:
        """Run a read-only cell on both sides; shown is what it shows here, or why it fails there."""
        self.talk.packing.shared.update(cell["classes"])
        there: list[dict] = []
        self.talk.show = there.extend
        if not self.talk.lost and not self.talk.run(cell["source"]):
            self._show_all([output for output in there if output["output_type"] == "error"])
        self._test(cell)
        self.talk.watched.share(self.recorder.shell.user_ns, cell["bound"])
        route(self.recorder.shell.user_ns, cell["bound"], self.talk)

    def _test(self, cell: dict) -> None:
        space = self.recorder.shell.user_ns
        self.talk.show = self._show_harmless
        if self.talk.lost:
            raise Lost(self.talk.lost)
        found, refused = self.talk.fetch(cell["names"]) if cell["names"] else ({}, {})
        for name in self.names:
            space.pop(name, None)
        space.update(found)
        self.talk.watched.remember(space)
        aftermath.forget()
        self.good = self.recorder.run(cell["source"])
        for name, reason in refused.items() if not self.good else ():
            self._fail("TypeError", f"{name} cannot be graded: {reason}")

    def _show_all(self, outputs: list[dict]) -> None:
        for output in outputs:
            self._show(output)

    def _show_harmless(self, outputs: list[dict]) -> None:
        """Show what a student's function shows while a trusted cell calls it: that is never the cell's own result."""
        for output in outputs:
            if output["output_type"] == "execute_result":
                output["output_type"] = "display_data"
            if output["output_type"] != "error":
                self._show(output)

    def _show(self, output: dict[str, Any]) -> None:
        if output["output_type"] == "stream":
            self.recorder.outputs.text(output["name"], output["text"])
        else:
            self.recorder.outputs.add(output)

    def _late(self, error: CellTimeoutError) -> None:
        name = type(error).__name__
        if not any(output.get("ename") == name for output in self.recorder.outputs.list):
            self._fail(name, str(error))

    def _fail(self, name: str, text: str) -> None:
        output = {"output_type": "error", "ename": name, "evalue": text, "traceback": [f"{name}: {text}"]}
        self.recorder.outputs.list.append(output)
