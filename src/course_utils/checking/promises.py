"""Every promise a lesson makes, checked: real grading, answers, rules, and the time the solution takes."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from course_utils.authoring.answers import Answer, read_answers
from course_utils.authoring.lesson import LessonCell, read_lesson
from course_utils.authoring.release import build
from course_utils.authoring.rules import RULES, Draft, breaches
from course_utils.authoring.rules.frame import POINTS
from course_utils.checking.real_grading import STEPS, Graded, grade_for_real
from course_utils.checking.trial import try_answers
from course_utils.layout import Lesson

SECONDS = 60  # the longest a solution may run, demonstrations included

Lost = dict[str, str]


@dataclass
class Report:
    """What was found; the lesson keeps its promises where ``problems`` is empty."""

    lesson: str
    solution: float | None = None
    release: float | None = None
    wrong: tuple[int, int] = (0, 0)
    right: tuple[int, int] = (0, 0)
    rules: tuple[int, int] = (0, 0)
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)


def check(lesson: Lesson, on_step: Callable[[int, int], None] = lambda done, total: None) -> Report:
    """Check one lesson.

    Args:
        on_step: called with the steps done and the number of all.

    Raises:
        CourseError: the lesson or its answers cannot be read, or nbgrader refuses the lesson.
    """
    start = time.perf_counter()
    cells = read_lesson(lesson.text)
    answers = read_answers(lesson, cells)
    built = build(lesson)
    done, total = 0, STEPS + len(answers) + 1

    def step() -> None:
        nonlocal done
        done += 1
        on_step(done, total)

    sample = next((answer for answer in reversed(answers) if not answer.is_right), None)
    with tempfile.TemporaryDirectory(prefix="check-") as scratch, ThreadPoolExecutor(1) as beside:
        trials = beside.submit(_tried, cells, answers, step)
        graded = grade_for_real(lesson, built, sample, Path(scratch), step)
        lost = trials.result()

    report = Report(lesson.id)
    _judge_grading(report, graded)
    _judge_answers(report, answers, lost)
    _judge_agreement(report, cells, sample, graded, lost)
    draft = Draft(lesson, cells, json.loads(built.release)["cells"], answers, _of_demos(cells, graded))
    _judge_rules(report, draft)
    report.seconds = time.perf_counter() - start
    return report


def _tried(cells: list[LessonCell], answers: list[Answer], step: Callable[[], None]) -> dict[int | None, Lost]:
    lost: dict[int | None, Lost] = {}
    for answer, tests in try_answers(cells, answers):
        lost[answer.line if answer else None] = tests
        step()
    return lost


def _judge_grading(report: Report, graded: Graded) -> None:
    report.solution, report.release = graded.plain["solution"].score, graded.plain["release"].score
    for results, how in ((graded.plain, ""), (graded.shown, ", with demonstrations")):
        for name, due in (("solution", POINTS), ("release", 0)):
            result = results[name]
            if result.error or result.score != due:
                reason = result.error or f"earns {result.score:g} of {POINTS}, not {due}"
                report.problems.append(f"the {name}{how}: {reason}")
    seconds = graded.shown["solution"].seconds
    if seconds > SECONDS:
        report.problems.append(f"the solution runs for {seconds:.0f} s; {SECONDS} s is the most")


def _judge_answers(report: Report, answers: list[Answer], lost: dict[int | None, Lost]) -> None:
    for test, reason in lost[None].items():
        report.problems.append(f"the solution itself loses {test}: {reason}")
    kept = {True: 0, False: 0}
    for answer in answers:
        tests = lost[answer.line]
        if set(tests) == answer.loses:
            kept[answer.is_right] += 1
            continue
        kind = "right" if answer.is_right else "wrong"
        found = "; ".join(f"{test} ({reason.splitlines()[0]})" for test, reason in tests.items()) or "nothing"
        must = ", ".join(sorted(answer.loses)) or "nothing"
        report.problems.append(
            f"{kind} answer to {answer.exercise}, {answer.name!r} (line {answer.line}): must lose {must}; loses {found}"
        )
    right = sum(answer.is_right for answer in answers)
    report.right, report.wrong = (kept[True], right), (kept[False], len(answers) - right)


def _judge_agreement(
    report: Report, cells: list[LessonCell], sample: Answer | None, graded: Graded, lost: dict[int | None, Lost]
) -> None:
    if sample is None:
        return
    missed = lost[sample.line].keys() | lost[None].keys()
    due = POINTS - sum(cell.points for cell in cells if cell.id in missed)
    result = graded.plain["answer"]
    if result.score != due:
        reason = result.error or f"{result.score:g} points"
        report.problems.append(f"{sample.name!r} through nbgrader: {reason}; tried on the lesson: {due:g} points")


def _of_demos(cells: list[LessonCell], graded: Graded) -> dict:
    return {cell.id: graded.outputs.get(cell.id, []) for cell in cells if cell.role == "demo"}


def _judge_rules(report: Report, draft: Draft) -> None:
    broken = breaches(draft)
    report.rules = (sum(not sentences for sentences in broken.values()), len(RULES))
    for rule, sentences in broken.items():
        report.problems += [f"{rule}: {sentence}" for sentence in sentences]
