"""How fast a class is graded: `course grade` beside plain `nbgrader autograde`, on the same submissions, in one run.

Each is run on a few submissions and on many; the difference is what one more costs once all is warm. CPU seconds are
those of every process that took part. A submission's own cost is that of its solution and test cells, in a process
forked from one that has imported torch already. What the coordinator alone can carry is told by a run whose attempts
cost nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import click
from accounting import Cost, own_seconds, per_submission, run
from coordinator import carried, in_words

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
sys.path += [str(ROOT / "tests"), str(ROOT / "tests" / "grading")]

from mixed_class import make_class, one_lesson  # noqa: E402
from running import marks  # noqa: E402

from course_staff.grading.key import register  # noqa: E402
from course_utils.hardware import hardware, hardware_line  # noqa: E402
from course_utils.layout import Course  # noqa: E402
from course_utils.markup import table_text  # noqa: E402

LESSON = "01_xor_and_adam"
BEYOND, FASTER = 0.25, 8.0  # what the project promises: CPU seconds beyond the own ones, and the ratio of the rates


@click.command(help=__doc__)
@click.option("--many", default=200, show_default=True, help="Submissions that `course grade` grades.")
@click.option("--plain", default=24, show_default=True, help="How many of them plain nbgrader grades.")
@click.option("--kinds", default=40, show_default=True, help="How many of the lesson's answers they hold.")
@click.option("--few", default=4, show_default=True, help="Submissions in the run that shows what a start costs.")
@click.option("--workers", default=2, show_default=True, help="Worker processes of `course grade`.")
@click.option("--sandbox", default="bubblewrap", show_default=True, help="The sandbox of `course grade`.")
@click.option("--save", is_flag=True, help="Write benchmarks/results/grading.json, with the hardware.")
def main(many: int, plain: int, kinds: int, few: int, workers: int, sandbox: str, save: bool) -> None:
    load = round(os.getloadavg()[0], 1)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        whole, due = prepared(Path(folder, "whole"), many, kinds)
        notebooks = sorted(whole.root.glob(f"grading/submitted/*/{LESSON}/*.ipynb"))[:plain]
        own = statistics.mean(own_seconds(notebooks))
        ours = ["course", "grade", LESSON, "--workers", str(workers), "--sandbox", sandbox]
        theirs = ["nbgrader", "autograde", LESSON]
        costs = {
            "plain, few": run(theirs, part(whole, Path(folder, "a"), few), few),
            "ours, few": run(ours, part(whole, Path(folder, "b"), few), few),
            "plain, many": run(theirs, part(whole, Path(folder, "c"), plain), plain),
        }
        classes = [
            (part(whole, Path(folder, name), size), size) for name, size in (("d", few), ("e", few), ("f", many))
        ]
        coordinator = carried(LESSON, classes, workers)
        costs["ours, many"] = run(ours, whole, many)
        found = {"ours": marks(whole.root, LESSON), "plain": marks(Path(folder, "c"), LESSON)}
        wrong = [
            f"{student}, {who}: {mark}, not {due[student]:g}"
            for who, all_ in found.items()
            for student, mark in all_.items()
            if mark != due[student]
        ]
    rows = [summary(name, costs[f"{name}, few"], costs[f"{name}, many"], own) for name in ("plain", "ours")]
    memory = costs["ours, many"].memory
    promises = {
        "every mark right, in both": not wrong and [len(each) for each in found.values()] == [many, plain],
        f"at most {BEYOND} CPU s beyond the own cells": rows[1]["CPU s beyond own"] <= BEYOND,
        f"at least {FASTER:g} times as many a minute": rows[1]["per minute"] >= FASTER * rows[0]["per minute"],
        "memory flat: the last quarter needs at most 5 % more than the second": flat(memory),
    }
    print(hardware_line(), end="\n\n")
    print(f"Lesson {LESSON}: {many} submissions by `course grade`, {plain} of them by plain nbgrader")
    print(f"Own cells: {own:.2f} CPU s each. {workers} workers, {sandbox}. Load before: {load}.", end="\n\n")
    print(
        table_text(
            [{key: value if isinstance(value, str) else f"{value:.2f}" for key, value in r.items()} for r in rows]
        )
    )
    print(f"\n{rows[1]['per minute'] / rows[0]['per minute']:.1f} times as many a minute\n")
    print(in_words(coordinator, rows[1]["per minute"], workers), end="\n\n")
    for promise, kept in promises.items():
        print(f"{'kept  ' if kept else 'BROKEN'}  {promise}")
    for each in wrong:
        print(f"        {each}")
    if save:
        RESULTS.mkdir(exist_ok=True)
        report = {"when": datetime.now(UTC).isoformat(timespec="seconds"), "hardware": hardware()}
        report |= {"lesson": LESSON, "workers": workers, "sandbox": sandbox, "own_cpu_seconds": own, "rows": rows}
        report |= {"load_before": load, "coordinator": coordinator}
        report |= {"runs": {name: cost.plain() for name, cost in costs.items()}, "promises": promises}
        (RESULTS / "grading.json").write_text(json.dumps(report, indent=2) + "\n")
    sys.exit(not all(promises.values()))


def prepared(root: Path, size: int, kinds: int) -> tuple[Course, dict[str, float]]:
    """Make a course with one lesson, its answer key entered, and a class."""
    course, lesson = one_lesson(root, ROOT, LESSON)
    due = make_class(course, lesson, size, kinds=kinds, mangled=False)
    register(lesson)
    return course, due


def part(whole: Course, root: Path, size: int) -> Course:
    """Copy a course with the first ``size`` of its students."""
    leave = shutil.ignore_patterns("submitted", "autograded")
    shutil.copytree(whole.root, root, ignore=leave)
    for student in sorted((whole.root / "grading" / "submitted").iterdir())[:size]:
        shutil.copytree(student, root / "grading" / "submitted" / student.name)
    return Course(root)


def summary(name: str, few: Cost, many: Cost, own: float) -> dict[str, str | float]:
    """Return what a submission costs, once all is warm and from a cold start."""
    more = per_submission(few, many)
    cpu = more["CPU s each"]
    return {
        "grader": "nbgrader autograde" if name == "plain" else "course grade",
        "per minute": more["per minute"],
        "per minute, start included": 60 * many.submissions / many.wall,
        "CPU s each": cpu,
        "CPU s beyond own": cpu - own,
        "start, CPU s": few.cpu - few.submissions * cpu,
    }


def flat(memory: list[tuple[float, float]]) -> bool:
    """Say whether memory in the last quarter of a run is what it was in the second."""
    quarter = max(1, len(memory) // 4)
    early = statistics.median(each for _, each in memory[quarter : 2 * quarter])
    return statistics.median(each for _, each in memory[-quarter:]) <= 1.05 * early


if __name__ == "__main__":
    main()
