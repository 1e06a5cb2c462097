"""What the checker reports while it runs an attempt; it reads students' files, so it is not believed blindly."""

from __future__ import annotations

import json
import socket
import time
from dataclasses import dataclass, field

import msgpack

from course_staff.grading.checker.frames import Ended, Frames
from course_staff.grading.sandbox.harmless import MOST_REPORTED

LARGEST_REPORT = 40_000_000
MOST_BYTES = 60_000_000  # of a notebook's reports; from there on only what decides a score is kept
SHORT = 1_000  # characters
PATIENCE = 30.0  # seconds beyond a cell's time that the checker may be silent


@dataclass
class Heard:
    """What was heard of an attempt.

    Attributes:
        reports: the checker's, by cell.
        done: its last one; empty where it never came.
        trouble: why it did not come.
        told: what the sandbox told of each process when it ended.
        size: bytes of the reports.
    """

    reports: dict[int, dict] = field(default_factory=dict)
    done: dict = field(default_factory=dict)
    trouble: str = ""
    told: list[dict] = field(default_factory=list)
    size: int = 0


def listen(ours: socket.socket, order: dict, patience: float) -> Heard:
    """Send the order to the checker at the other end of ``ours``, and hear it out.

    Args:
        patience: seconds between two reports, at most, and that the whole may take beyond the order's budget.
    """
    heard, frames, count = Heard(), Frames(ours, LARGEST_REPORT), len(order["cells"])
    end = time.monotonic() + order["budget"] + patience
    ours.settimeout(patience)
    try:
        Frames(ours).send(msgpack.packb(order))
        while not heard.done:
            ours.settimeout(max(0.001, min(patience, end - time.monotonic())))
            report = frames.receive()
            heard.size += len(report)
            _take(json.loads(report), heard, count)
    except TimeoutError:
        heard.trouble = "was silent for too long and was ended"
    except (Ended, ValueError, RecursionError) as error:
        heard.trouble = f"ended early ({error})"
    return heard


def _take(report: object, heard: Heard, count: int) -> None:
    if type(report) is not dict:
        raise ValueError("no report")
    if report.get("done") is True:
        heard.done = report
        return
    number, outputs = report.get("cell"), report.get("outputs")
    if type(number) is not int or not 0 <= number < count or number in heard.reports:
        raise ValueError("a report on no cell")
    if type(outputs) is not list or len(outputs) > MOST_REPORTED:
        raise ValueError("a report without outputs")
    if heard.size > MOST_BYTES:
        report["outputs"] = _least(outputs)
    heard.reports[number] = report


def _least(outputs: list) -> list[dict]:
    """Return the one output that a score is read from, cut short."""
    for output in (each for each in outputs if type(each) is dict):
        kind, data = output.get("output_type"), output.get("data")
        if kind == "error":
            return [{"output_type": kind} | {name: str(output.get(name))[:SHORT] for name in ("ename", "evalue")}]
        if kind == "execute_result" and type(data) is dict:
            return [{"output_type": kind, "data": {"text/plain": str(data.get("text/plain"))[:SHORT]}}]
    return []
