"""What resizing early saves: the bytes that live at once, step by step, and the time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from course_utils import plots
from course_utils.lessons.input_pipelines.framing import allocated_by
from course_utils.lessons.input_pipelines.stages import frames_of, mean_and_std, own_preprocess
from course_utils.lessons.standing_in import unusable
from course_utils.timing import compare

if TYPE_CHECKING:
    from course_utils.lessons.input_pipelines.film import Film

ROUNDS = 40
# What each step of the usual way leaves, in sizes of the frame: floats have four bytes.
STEPS = {"floats": 4.0, "less the mean": 4.0, "over std": 4.0, "halved": 1.0, "colours first": 1.0}


def draw_early(preprocess: Callable[..., Any], film: Film) -> float:
    """Draw what the usual way and the student's hold beside the frame at their worst moments; print their times.

    Returns:
        what the usual way holds, in sizes of the frame.
    """
    import numpy as np

    (frame,), (mean, std) = frames_of(film, 1), mean_and_std()
    out = np.empty((3, frame.shape[0] // 2, frame.shape[1] // 2), np.float32)

    def usual() -> Any:
        return own_preprocess(frame, mean, std, out)

    def yours() -> Any:
        return preprocess(frame, mean, std, out)

    calls = {"the usual way": usual}
    try:
        yours()
        calls["yours"] = yours
    except Exception as error:
        print(f"{unusable('12.1', error)}: the usual way is drawn alone.")
    held = {name: allocated_by(call) / frame.nbytes for name, call in calls.items()}
    _draw(held)
    if len(calls) > 1:
        turns = compare(calls, rounds=ROUNDS, time_limit_s=4)
        ratio = turns.ratio("yours")
        print(f"Time, yours over the usual way: {ratio.value:.2f} ({ratio.low:.2f} to {ratio.high:.2f}).")
    return held["the usual way"]


def _draw(held: dict[str, float]) -> None:
    fig, (left, right) = plots.figure(columns=2, width=7.5, height=2.4)
    left.barh(list(STEPS), list(STEPS.values()), color=plots.SKY)
    left.invert_yaxis()
    left.set(title="An array of each step, the usual way", xlabel="sizes of the frame (a byte a number)")
    left.axvline(1, color="0.6", linewidth=0.8)
    bars = right.barh(list(held), list(held.values()), color=[plots.SKY, plots.ORANGE][: len(held)])
    right.bar_label(bars, fmt="%.2f", padding=3)
    right.invert_yaxis()
    right.set(title="Allocated at the worst moment", xlabel="sizes of the frame")
    right.set_xlim(0, 1.25 * max(held.values()))
    said = ", ".join(f"{name} {size:.2f}" for name, size in held.items())
    plots.show(fig, f"Bars: steps on full-size floats take four sizes of the frame each. At the worst moment: {said}.")
