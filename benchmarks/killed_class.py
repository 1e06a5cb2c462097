"""A class of 200 mixed submissions of lesson 01, graded while a worker and then the coordinator are killed.

The test suite does the same with a smaller class of a smaller lesson (tests/grading/test_class.py).
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[1]
sys.path += [str(ROOT / "tests"), str(ROOT / "tests" / "grading")]

from mixed_class import make_class, one_lesson  # noqa: E402
from ordeal import ordeal  # noqa: E402


@click.command(help=__doc__)
@click.option("--lesson", default="01_xor_and_adam", show_default=True)
@click.option("--size", default=200, show_default=True, help="Submissions.")
@click.option("--kinds", default=70, show_default=True, help="How many of the lesson's answers to use.")
@click.option("--sandbox", default="bubblewrap", show_default=True)
def main(lesson: str, size: int, kinds: int, sandbox: str) -> None:
    with tempfile.TemporaryDirectory(prefix="class-") as folder:
        course, chosen = one_lesson(Path(folder), ROOT, lesson)
        due = make_class(course, chosen, size, kinds)
        marks = sorted({mark for mark in due.values() if mark is not None})
        print(f"{size} submissions of {lesson}, marks from {marks[0]:g} to {marks[-1]:g}", flush=True)
        start = time.perf_counter()
        ordeal(course, chosen, due, "--sandbox", sandbox)
        print(
            f"every mark is right, after a killed worker and a killed coordinator: {time.perf_counter() - start:.0f} s"
        )


if __name__ == "__main__":
    main()
