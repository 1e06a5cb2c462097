"""The places where an attempt's two processes run: cells of a warm process, or containers."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import ExitStack
from dataclasses import replace

from course_staff.grading.checker.plan import given, needs
from course_staff.grading.sandbox import container, kernel
from course_staff.grading.sandbox.container import Container
from course_staff.grading.sandbox.limits import Limits
from course_staff.grading.sandbox.listening import PATIENCE, Heard, listen
from course_staff.grading.sandbox.relay import Relay
from course_staff.grading.sandbox.warm import Warm

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
    warm.ready(needs(given(cells)))
    # The two take turns, thousands of times: on two processors each turn would have to wake one up.
    limits = replace(limits, processor=kernel.this_processor())
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
    """Run an order in two containers, made for it.

    Raises:
        CourseError: they cannot be started.
        Gone: they were not ready in time, or the engine was lost.
    """
    wanted = needs(given(cells))
    deadline = time.monotonic() + TO_START
    with Container("student", wanted, limits) as student, Container("checker", wanted, limits) as checker:
        try:
            for each in (student, checker):
                each.ready(deadline)
        except TimeoutError:
            raise Gone(f"its containers were not ready in {TO_START:.0f} s") from None
        heard = _relayed(student, checker, order, timeout)
    if heard.trouble and not container.answers():
        raise Gone("the Docker engine was lost")
    return heard


def _relayed(student: Container, checker: Container, order: dict, timeout: float) -> Heard:
    ours, reporting = socket.socketpair()
    carrying = threading.Thread(target=Relay(student, checker, reporting).carry, daemon=True)
    with ours, reporting:
        carrying.start()
        try:
            return listen(ours, order, timeout + PATIENCE)
        finally:
            ours.close()
            carrying.join()
