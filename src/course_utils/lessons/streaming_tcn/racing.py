"""The race of 11.8: a step against windows of several lengths, side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from course_utils import plots, runtime, streaming
from course_utils.lessons.streaming_tcn import nets
from course_utils.lessons.streaming_tcn.folder import new_path
from course_utils.lessons.streaming_tcn.stepping import LENGTHS, streaming_file
from course_utils.timing import compare

if TYPE_CHECKING:
    from course_utils.timing import Comparison

STEP, BOUND = "step", "step, bound"


def race(export_streaming: Callable[..., Any], rounds: int = 60, seconds: float = 6) -> Comparison:
    """Return the times of one more answer in turns: a step, one with its states bound, and windows."""
    import numpy as np

    model = nets.wide_net()
    window = runtime.session(streaming.export_window(model, new_path("window.onnx")))
    path = streaming_file(export_streaming, model, "step.onnx")
    session, push = runtime.session(path), streaming.bound.__wrapped__(runtime.session(path))
    sample = np.full((1, 1, 1), 0.5, np.float32)
    states = {end.name: np.zeros(end.shape, np.float32) for end in session.get_inputs() if end.name != "sample"}
    names = ["scores", *(f"next_{name}" for name in states)]

    def plain() -> None:
        _, *after = session.run(names, {"sample": sample} | states)
        states.update(zip(states, after, strict=True))

    def whole(length: int) -> Callable[[], Any]:
        feed = {"window": np.random.default_rng(0).random((1, 1, length), np.float32)}
        return lambda: window.run(None, feed)

    calls = {STEP: plain, BOUND: lambda: push(sample)} | {f"window of {n:,}": whole(n) for n in LENGTHS}
    return compare(calls, rounds=rounds, time_limit_s=seconds)


def draw_race(turns: Comparison) -> dict[str, float]:
    """Draw how many times as long as a step each window takes, beside how many times as many multiplications.

    Returns:
        how many times as long as a step each window takes, by its length; and that of 784 as a bound step.
    """
    times = {n: turns.ratio(f"window of {n:,}") for n in LENGTHS}
    fig, axes = plots.figure(width=6.5, height=3.2)
    axes.plot(LENGTHS, LENGTHS, color=plots.BLACK, linestyle=":", label="multiplications")
    reach = [[r.value - r.low for r in times.values()], [r.high - r.value for r in times.values()]]
    values = [r.value for r in times.values()]
    dots = {"color": plots.BLUE, "marker": "o", "markersize": 4, "capsize": 4}
    axes.errorbar(LENGTHS, values, yerr=reach, **dots, label="time (bars: 95 % interval)")
    bound = turns.ratio(BOUND).value
    over = [value / bound for value in values]
    axes.plot(LENGTHS, over, color=plots.ORANGE, linestyle="--", marker="s", markersize=4, label="time, states bound")
    axes.set(xscale="log", yscale="log", xlabel="samples in the window", ylabel="window ÷ step")
    axes.set_xticks(LENGTHS, [f"{n:,}" for n in LENGTHS])
    axes.set_yticks((1, 10, 100, 1_000), ("1", "10", "100", "1,000"))
    axes.minorticks_off()
    axes.axhline(1, color="0.6", linewidth=0.8)
    axes.text(LENGTHS[-1], 1.1, "as long as a step", ha="right", fontsize=8, color="0.4")
    axes.legend()
    words = "; ".join(f"{n:,} samples {r.value:.3g}× ({r.low:.3g} to {r.high:.3g})" for n, r in times.items())
    plots.show(
        fig, f"Two rising lines below a third, the multiplications. Time of a window over that of a step: {words}."
    )
    print(f"window ÷ step: {words}. {turns.conditions()}")
    return {f"{n}": value for n, value in zip(LENGTHS, values, strict=True)} | {"bound": over[2]}
