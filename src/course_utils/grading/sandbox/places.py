"""The places where an attempt's two processes run: cells of a warm process, or containers."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack

from course_utils.grading.checker.plan import needs
from course_utils.grading.sandbox.container import Container
from course_utils.grading.sandbox.limits import Limits
from course_utils.grading.sandbox.listening import PATIENCE, Heard, listen
from course_utils.grading.sandbox.relay import relay
from course_utils.grading.sandbox.warm import Warm

CELLS = 2
TO_START = 120.0  # seconds that a container has to import what lessons import


class Gone(Exception):
    """The sandbox itself failed: what was heard says nothing about the submission."""


def in_cells(warm: Warm, limits: Limits, order: dict, cells: list[dict], timeout: float) -> Heard:
    """Run an order in two cells of ``warm``.

    Raises:
        CourseError: it cannot be started.
        Gone: it made no cell, or was lost with its cells.
    """
    warm.ready(needs(cells))
    with ExitStack() as stack:
        pairs = [[stack.enter_context(end) for end in socket.socketpair()] for _ in range(3)]
        (ours, reporting), (checkers, students), (pulls, pulled) = pairs
        warm.cell("student", [students.fileno(), pulled.fileno()], limits)
        warm.cell("checker", [reporting.fileno(), checkers.fileno(), pulls.fileno()], limits)
        for end in (reporting, checkers, students, pulls, pulled):
            end.close()
        heard = listen(ours, order, timeout + PATIENCE)
        warm.end()
        heard.told = warm.ended(CELLS)
    failed = [f"it made no {said['role']}'s process: {said['failed']}" for said in heard.told if "failed" in said]
    if failed or len(heard.told) < CELLS:
        raise Gone("; ".join(failed) or "it was lost")
    return heard


def in_containers(limits: Limits, order: dict, cells: list[dict], timeout: float) -> Heard:
    """Run an order in two containers, made for it."""
    ours, reporting = socket.socketpair()
    with Container("student", limits) as student, Container("checker", limits) as checker, ours, reporting:
        carrying = threading.Thread(target=relay, args=(student, checker, reporting), daemon=True)
        carrying.start()
        heard = listen(ours, order, timeout + PATIENCE + TO_START)
        ours.close()
        carrying.join(PATIENCE)
    return heard
