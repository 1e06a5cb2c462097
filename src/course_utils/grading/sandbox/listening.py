"""What the checker reports while it runs an attempt; it reads students' files, so it is not believed blindly."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass, field

import msgpack

from course_utils.grading.checker.frames import Ended, Frames
from course_utils.grading.sandbox.harmless import MOST_REPORTED

LARGEST_REPORT = 40_000_000
PATIENCE = 30.0  # seconds beyond a cell's time that the checker may be silent


@dataclass
class Heard:
    """What was heard of an attempt.

    Attributes:
        reports: the checker's, by cell.
        done: its last one; empty where it never came.
        trouble: why it did not come.
        told: what the sandbox told of each process when it ended.
    """

    reports: dict[int, dict] = field(default_factory=dict)
    done: dict = field(default_factory=dict)
    trouble: str = ""
    told: list[dict] = field(default_factory=list)


def listen(ours: socket.socket, order: dict, patience: float) -> Heard:
    """Send the order to the checker at the other end of ``ours``, and hear it out.

    Args:
        patience: seconds between two reports, at most.
    """
    heard, frames, count = Heard(), Frames(ours, LARGEST_REPORT), len(order["cells"])
    ours.settimeout(patience)
    try:
        Frames(ours).send(msgpack.packb(order))
        while not heard.done:
            _take(json.loads(frames.receive()), heard, count)
    except TimeoutError:
        heard.trouble = f"was silent for {patience:.0f} s and was ended"
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
    heard.reports[number] = report
