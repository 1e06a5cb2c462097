"""Many answers tried on one lesson in plain IPython, by nbgrader's rules: what grading must agree with.

The lesson runs once, and every answer in a copy of it forked at its exercise. Run as a script it reads a job as JSON
and writes a line of JSON for each trial.
"""

from __future__ import annotations

import functools
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from typing import Any, TextIO

from course_staff.authoring.answers import Answer
from course_staff.authoring.lesson import LessonCell

SECONDS_PER_CELL = 60
SECONDS_PER_ANSWER = 300


def job_of(cells: list[LessonCell], answers: list[Answer], patience: int = 1) -> dict[str, Any]:
    """Return what ``run`` takes: the cells without demonstrations, and which answers meet more than their own tests.

    Args:
        patience: how many times the usual limits to wait, as on an emulated processor.
    """
    return {
        "cells": [[c.role, c.id, c.exercise, c.source] for c in cells if c.is_code and c.role != "demo"],
        "answers": [[a.exercise, a.source, a.is_right] for a in answers],
        "patience": patience,
    }


def try_answers(cells: list[LessonCell], answers: list[Answer]) -> Iterator[tuple[Answer | None, dict[str, str]]]:
    """Yield each answer, as it is tried, with the tests it loses and why; None stands for the solution.

    A wrong answer meets the tests of its own exercise, a right one all tests that follow. Demonstrations are left out.

    Raises:
        RuntimeError: the trial itself broke, or this system cannot fork.
    """
    job = job_of(cells, answers)
    with tempfile.TemporaryDirectory(prefix="trial-") as folder, tempfile.TemporaryFile("w+") as noise:
        process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=noise,
            text=True,
            cwd=folder,
            env=os.environ | {"IPYTHONDIR": folder, "MPLBACKEND": "agg"},
        )
        process.stdin.write(json.dumps(job))
        process.stdin.close()
        for line in process.stdout:
            number, lost = json.loads(line)
            yield (None if number is None else answers[number]), lost
        if process.wait():
            noise.seek(0)
            raise RuntimeError(f"the trial broke: {noise.read().strip()[-2000:]}")


def main() -> None:
    """Run the job that stands on standard input."""
    job = json.load(sys.stdin)
    report = os.fdopen(os.dup(1), "w")
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 1)
    run(job, report)


def run(job: dict[str, Any], report: TextIO) -> None:
    """Run a job of ``job_of`` in this process; write a line of JSON to ``report`` for each answer, then the solution.

    An answer's line is [its number, {test: why it is lost}], the solution's [None, {…}].
    """
    shell, patience = _shell(), job.get("patience", 1)
    cells, lost = job["cells"], {}
    for place, (role, name, _, source) in enumerate(cells):
        if role == "solution":
            for number, (exercise, answer, is_right) in enumerate(job["answers"]):
                if exercise == name:
                    rest = cells[place + 1 :]
                    met = rest if is_right else rest[: _own(name, rest)]
                    work = functools.partial(_run_rest, shell, answer, met, patience)
                    outcome = _in_a_fork(work, SECONDS_PER_ANSWER * patience)
                    print(json.dumps([number, outcome]), file=report, flush=True)
        failure = _run(shell, source, patience)
        if failure:
            lost[name or source.partition("\n")[0]] = failure
    print(json.dumps([None, lost]), file=report, flush=True)


def _own(exercise: str, cells: list[list[str]]) -> int:
    """Return how many cells follow up to the exercise's last test; given cells between the tests are among them."""
    return max(place for place, cell in enumerate(cells, 1) if cell[0] == "test" and cell[2] == exercise)


def _shell() -> Any:
    import torch
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    torch.set_num_threads(1)  # no thread pool survives a fork
    # History is saved by a thread, and qemu may lose a fork that is made beside one.
    return InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))


def _run_rest(shell: Any, answer: str, cells: list[list[str]], patience: int) -> dict[str, str]:
    _run(shell, answer, patience)  # as in a notebook, a cell that fails to run is found out by its tests
    outcomes = {name: _run(shell, source, patience) for _, name, _, source in cells}
    return {name: failure for name, failure in outcomes.items() if failure}


def _run(shell: Any, source: str, patience: int) -> str:
    """Run a cell; return why it would score 0, or nothing: an error, or a value that would be taken for a score."""
    signal.signal(signal.SIGALRM, _out_of_time)
    signal.alarm(SECONDS_PER_CELL * patience)
    try:
        result = shell.run_cell(source)
    finally:
        signal.alarm(0)
    error = result.error_before_exec or result.error_in_exec
    if error is not None:
        return f"{type(error).__name__}: {error}"
    if result.result is not None:
        return f"the cell ends in a value, {result.result!r}, which nbgrader would take for its score"
    return ""


def _in_a_fork(work: Callable[[], dict[str, str]], seconds: int) -> dict[str, str]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        status = 1
        try:
            with os.fdopen(writing, "w") as pipe:
                json.dump(work(), pipe)
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    # An alarm in the child cannot interrupt native code, such as a thread pool that did not survive the fork.
    in_time = select.select([reading], [], [], seconds)[0]
    if not in_time:
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    if not in_time:
        return {"": f"no end after {seconds} s, and no way to interrupt it"}
    return json.loads(text) if status == 0 else {"": f"the process died with status {status}"}


def _out_of_time(*_: Any) -> None:
    raise TimeoutError("no end in time")


if __name__ == "__main__":
    main()
