"""An attempt carried out by two processes that see nothing but each other: the student's and the checker's."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

from course_staff.grading.attempt import Attempt, Executed, spent_note
from course_staff.grading.checker.plan import plan
from course_staff.grading.sandbox.harmless import bound_all, outputs_of
from course_staff.grading.sandbox.listening import Heard
from course_staff.grading.sandbox.markup import Cleaner
from course_staff.grading.sandbox.places import Gone

UNTESTED = "this test was not run"
AGAIN = "grade it again, with more memory or fewer workers if it stays so"
Place = Callable[[dict, list[dict], float], Heard]  # plan and files, the notebook's cells, seconds for a cell

_one_at_a_time = threading.Lock()


def carry_out(place: Place, attempt: Attempt) -> Executed:
    """Run an attempt where ``place`` runs it.

    Raises:
        CourseError: the sandbox cannot be had.
    """
    notebook = json.loads(attempt.notebook)
    start = time.process_time()
    planned = plan(notebook["cells"], attempt.demonstrations, attempt.tests)
    roles = [cell["role"] for cell in planned["cells"]]
    order = planned | {"files": attempt.files, "timeout": attempt.timeout, "budget": attempt.budget}
    try:
        with _one_at_a_time:
            heard = _twice(place, order, notebook["cells"], attempt.timeout)
    except Gone as error:
        return Executed(None, (), f"the sandbox failed twice ({error}), which is no fault of the submission; {AGAIN}.")
    cleaner = Cleaner()
    for number, cell in enumerate(notebook["cells"]):
        if cell.get("cell_type") == "code":
            _fill(cell, roles[number], heard.reports.get(number), number + 1, cleaner)
    bound_all(notebook)
    seconds = _seconds(heard) | {"runner": time.process_time() - start}
    return Executed(json.dumps(notebook), _notes(notebook["cells"], roles, heard), None, seconds)


def _twice(place: Place, *order: Any) -> Heard:
    try:
        return place(*order)
    except Gone:
        return place(*order)


def _fill(cell: dict, where: str, report: dict | None, number: int, cleaner: Cleaner) -> None:
    cell["outputs"] = [] if report is None else outputs_of(report["outputs"], cleaner)
    cell["execution_count"] = None if report is None else number
    for output in cell["outputs"]:
        if output["output_type"] == "execute_result":
            output["execution_count"] = number
    if where != "test":
        return
    # nbgrader gives full marks for no output.
    if report is None or (report.get("good") is not True and not _has_error(cell)):
        lines = [f"NotRun: {UNTESTED}"]
        cell["outputs"].insert(0, {"output_type": "error", "ename": "NotRun", "evalue": UNTESTED, "traceback": lines})


def _has_error(cell: dict) -> bool:
    return any(output["output_type"] == "error" for output in cell["outputs"])


def _notes(cells: list[dict], roles: list[str], heard: Heard) -> tuple[str, ...]:
    notes = []
    if type(spent := heard.done.get("spent")) is int and 0 <= spent < len(cells):
        notes.append(spent_note(cells[spent], spent + 1))
    if heard.trouble:
        untested = sum(where == "test" and number not in heard.reports for number, where in enumerate(roles))
        notes.append(f"the checker {heard.trouble}; {untested} tests were not run and earn nothing")
    if lost := heard.done.get("lost"):
        reasons = [str(said["reason"]) for said in heard.told if said.get("role") == "student" and said.get("reason")]
        reason = next((reason for reason in reasons if reason != "ended by the checker"), str(lost)[:300])
        notes.append(f"{reason}; the tests from there on earn nothing")
    return tuple(notes)


def _seconds(heard: Heard) -> dict[str, float]:
    seconds: dict[str, Any] = {f"{said['role']}'s process": said["cpu"] for said in heard.told if "cpu" in said}
    seconds["warm process"] = sum(said.get("own", 0.0) for said in heard.told)
    own = heard.done.get("seconds")
    if type(own) is dict:
        seconds |= {str(name)[:40]: value for name, value in own.items() if type(value) is float}
    return seconds
