"""Which stages let go of the GIL: each once, and twice at the same time in two threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from course_utils import plots
from course_utils.lessons.input_pipelines.stages import frames_of
from course_utils.timing import compare

if TYPE_CHECKING:
    from course_utils.lessons.input_pipelines.running import Run

EACH = 4  # frames a thread
ROUNDS, SECONDS = 9, 2.5
LOOP = "a loop in Python"


def draw_gil(run: Run) -> str:
    """Draw, for each stage, how long two threads take for twice the work, over one thread's time for once.

    Returns:
        in words, that ratio for each stage.
    """
    ratios = {name: _ratio(work) for name, work in _works(run).items()}
    fig, axes = plots.figure(width=6.5, height=2.5)
    names = list(ratios)
    values = [ratio.value for ratio in ratios.values()]
    reach = [[r.value - r.low for r in ratios.values()], [r.high - r.value for r in ratios.values()]]
    axes.errorbar(values, names, xerr=reach, fmt="o", color=plots.BLUE, capsize=4)
    for place, said in ((1, "lets go"), (2, "holds")):
        axes.axvline(place, color="0.6", linewidth=0.8)
        axes.annotate(said, (place, 1.0), xycoords=("data", "axes fraction"), fontsize=8, color="0.35", ha="center")
    axes.set(xlabel="time of twice the work in two threads, over once in one", xlim=(0.5, max(2.5, 1.1 * max(values))))
    axes.invert_yaxis()
    said = ", ".join(f"{name} {value:.2f}" for name, value in zip(names, values, strict=True))
    plots.show(
        fig, f"Points with intervals, near 1 where a stage lets go of the GIL, near 2 where it holds it: {said}."
    )
    return said


def _works(run: Run) -> dict[str, Callable[[], Any]]:
    """Return what each stage does for a few frames, as functions that several threads may run at once."""
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


def _ratio(work: Callable[[], Any]) -> Any:
    def twice() -> None:
        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def once() -> None:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

    return compare({"once": once, "twice": twice}, rounds=ROUNDS, time_limit_s=SECONDS, warmup=1).ratio("twice")
