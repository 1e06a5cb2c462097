"""The demonstration of 15.2: the time of one more token, with a cache and without, over the length of the text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from threadpoolctl import threadpool_limits

from course_utils import plots
from course_utils.lessons.standing_in import either
from course_utils.lessons.transformer_decoding import instead, nets
from course_utils.timing import compare

LENGTHS = (16, 64, 256, 512, 1_024)
ASKED = 512
WITH, WITHOUT = "with the cache", "without"


def draw_with_and_without(
    attention: Callable[..., Any], cached_step: Callable[..., Any], rounds: int = 12, seconds: float = 1.5
) -> float:
    """Draw the time of one more token after texts of several lengths, in NumPy; return without over with, at 512.

    Args:
        seconds: for each length.
    """
    import numpy as np

    params, rng = nets.wide_params(LENGTHS[-1] + 1), np.random.default_rng(0)
    layers, width = len(params["layers"]), params["tokens"].shape[1]
    attention = either("15.1", attention, instead.attention.__wrapped__)
    times: dict[str, list[float]] = {WITH: [], WITHOUT: []}
    over = {}
    for length in LENGTHS:
        tokens = rng.integers(len(params["tokens"]), size=length + 1).tolist()
        shape = layers, params["heads"], length, width // params["heads"]
        cache = {name: rng.normal(size=shape).astype(np.float32) for name in "kv"}
        calls = {
            WITH: lambda cache=cache: cached_step(1, cache, params),
            WITHOUT: lambda tokens=tokens: last_scores(tokens, params, attention),
        }
        with threadpool_limits(1):
            turns = compare(calls, rounds=rounds, time_limit_s=seconds)
        over[length] = turns.ratio(WITHOUT).value
        for name, timing in turns.timings.items():
            times[name].append(timing.median_ns / 1e6)
    _draw(times, over)
    print(turns.conditions())
    return over[ASKED]


def last_scores(tokens: list[int], params: dict[str, Any], attention: Callable[..., Any]) -> Any:
    """Return the scores after the last token, all tokens computed anew: in NumPy, to be fair to a step."""
    import numpy as np

    from course_utils.decoding import norm

    x = params["tokens"][tokens] + params["places"][: len(tokens)]
    for layer in params["layers"]:
        h = norm(x)
        q, k, v = ((h @ layer[n]).reshape(len(x), params["heads"], -1).swapaxes(0, 1) for n in ("q", "k", "v"))
        x = x + np.asarray(attention(q, k, v)).swapaxes(0, 1).reshape(x.shape) @ layer["out"]
        x = x + np.maximum(norm(x) @ layer["up"], 0) @ layer["down"]
    return norm(x[-1]) @ params["tokens"].T


def _draw(times: dict[str, list[float]], over: dict[int, float]) -> None:
    fig, axes = plots.figure(width=6.5, height=3.2)
    plots.curves(axes, times, x=LENGTHS, xlabel="tokens before", ylabel="ms for one more token", marks=True)
    axes.set(xscale="log", yscale="log")
    axes.set_xticks(LENGTHS, [f"{length:,}" for length in LENGTHS])
    axes.yaxis.set_major_formatter("{x:,g}")
    axes.minorticks_off()
    words = "; ".join(f"{length:,} tokens: {ratio:.3g}×" for length, ratio in over.items())
    plots.show(fig, f"Two lines of time over length: without a cache it rises steeply. Without over with: {words}.")
    print(f"Without over with: {words}.")
