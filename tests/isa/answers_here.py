"""A lesson's kept answers, tried in a fork of this very process: under an emulator a fork stays emulated."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path

from plain_trial import job_of, run

from course_staff.authoring.answers import Answer, read_answers
from course_staff.authoring.lesson import LessonCell, read_lesson
from course_utils.layout import Lesson

SUITE = "PYTEST_XDIST_WORKER"
PATIENCE = 20  # an emulated processor takes 10 to 20 times as long


def on_one_processor() -> None:
    """Keep this process and what it starts to one processor: in an emulator, threads that spin and wait cost most.

    Which one depends on the process of the suite that this is, or two of them would share one.
    """
    if hasattr(os, "sched_setaffinity"):
        there = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {there[int(os.environ.get(SUITE, "gw0")[2:]) % len(there)]})


def chosen(lesson: Lesson, tests: tuple[str, ...], names: tuple[str, ...]) -> tuple[list[LessonCell], list[Answer]]:
    """Return the lesson's cells with these tests alone, and the answers of these names to the tests' exercises."""
    cells = read_lesson(lesson.text)
    met = [cell for cell in cells if cell.role != "test" or cell.id in tests]
    exercises = {cell.exercise for cell in met if cell.role == "test"}
    assert {cell.id for cell in met if cell.role == "test"} == set(tests), f"{lesson.id} has other tests"
    answers = [answer for answer in read_answers(lesson, cells) if answer.exercise in exercises]
    return met, [next(answer for answer in answers if answer.name == name) for name in names]


def tried_here(
    cells: list[LessonCell], answers: list[Answer], folder: Path
) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Return the tests that the solution loses, and those that each answer loses of its own exercise, and why.

    Args:
        folder: where to work; "outcomes" and "output" in it hold what was found and printed.
    """
    job = job_of(cells, [], PATIENCE) | {"answers": [[answer.exercise, answer.source, False] for answer in answers]}
    for slow in ("IPython", "onnxruntime.quantization", "torch"):
        importlib.import_module(slow)  # once, and each fork has it
    path = folder / "outcomes"
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.chdir(folder)
            on_one_processor()
            os.environ |= {"IPYTHONDIR": str(folder), "MPLBACKEND": "agg"}
            os.dup2(os.open(folder / "output", os.O_CREAT | os.O_WRONLY), 1)
            with path.open("w") as report:
                run(job, report)
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0, "the trial broke"
    outcomes = dict(json.loads(line) for line in path.read_text().splitlines())
    return outcomes[None], [outcomes[number] for number in range(len(answers))]
