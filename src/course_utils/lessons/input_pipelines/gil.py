"""Which stages let go of the GIL: how often another thread gets its turn while a stage works."""

from __future__ import annotations

import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from course_utils import plots
from course_utils.lessons.input_pipelines.stages import frames_of

if TYPE_CHECKING:
    from course_utils.lessons.input_pipelines.running import Run

EACH = 8  # frames at a time
LEAST = 0.01  # seconds for each stage, in each round
ROUNDS = 9
NAP = 50e-6  # seconds between two turns of the other thread
NEVER = 1_000.0  # seconds after which Python would take the GIL from a thread that does not let go by itself
LOOP = "a loop in Python"


def draw_gil(run: Run) -> str:
    """Draw, for each stage, for what part of its time another thread could have run Python.

    Returns:
        in words, that part for each stage.
    """
    works = _works(run)
    shares: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        with ticking() as turns:
            free = pace(turns, lambda: time.sleep(0.02))
            for name, work in works.items():
                shares[name].append(pace(turns, work) / free)
    found = {name: min(1.0, statistics.median(each)) for name, each in shares.items()}
    fig, axes = plots.figure(width=6.5, height=2.3)
    bars = axes.barh(list(found), list(found.values()), color=plots.BLUE)
    axes.bar_label(bars, labels=[f"{share:.0%}" for share in found.values()], padding=3)
    axes.set(xlim=(0, 1.12), title="Part of its time in which another thread can run Python")
    axes.set_xticks((0, 0.5, 1), ("0%", "50%", "100%"))
    axes.invert_yaxis()
    said = ", ".join(f"{name} {share:.0%}" for name, share in found.items())
    plots.show(fig, f"Bars: for what part of its time each stage had let go of the GIL: {said}.")
    return said


@contextmanager
def ticking() -> Iterator[list[int]]:
    """Let another thread take turns, counted in a list of one number; Python itself takes the GIL from nobody."""
    turns, over, before = [0], threading.Event(), sys.getswitchinterval()

    def tick() -> None:
        while not over.is_set():
            turns[0] += 1
            time.sleep(NAP)

    thread = threading.Thread(target=tick, daemon=True)
    sys.setswitchinterval(NEVER)
    try:
        thread.start()
        yield turns
    finally:
        over.set()
        sys.setswitchinterval(before)
        thread.join()


def pace(turns: list[int], work: Callable[[], Any]) -> float:
    """Return how many turns a second the other thread gets while this one works, again and again for a while."""
    before, start = turns[0], time.perf_counter()
    while time.perf_counter() < start + LEAST:
        work()
    return (turns[0] - before) / (time.perf_counter() - start)


def _works(run: Run) -> dict[str, Callable[[], Any]]:
    """Return what each stage does for a few frames, each on its own."""
    frames = frames_of(run.film, EACH)
    prepare, infer, store = (run.functions[name] for name in ("preprocess", "infer", "store"))
    pictures = [prepare(frame).copy() for frame in frames]
    seen = [infer(picture) for picture in pictures]
    return {
        "decode": lambda: frames_of(run.film, EACH),
        "preprocess": lambda: [prepare(frame) for frame in frames],
        "infer": lambda: [infer(picture) for picture in pictures],
        "store": lambda: [store(each) for each in seen],
        LOOP: lambda: sum(number * number for number in range(60_000)),
    }
