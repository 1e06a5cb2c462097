"""The demonstration of 15.6: calls that two drafts save, and the time that they take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from course_utils import plots, sums
from course_utils.lessons.transformer_decoding import nets
from course_utils.timing import compare

GUESSES = (0, 1, 2, 4, 8)
ASKED = 100  # sums whose calls are counted
TIMED = 10
RULE, MODEL = "rule", "model"
BEST = 4


def draw_speculation(speculate: Callable[..., Any], rounds: int = 12, seconds: float = 7) -> dict[str, Any]:
    """Draw the calls of the target for a sum and END, and the time, over k guesses a round, for two drafts.

    Returns:
        for each draft, "rule" and "model", time without guesses over that with k = 4; "saved": calls, in words.
    """
    target = nets.answering(nets.adder())
    drafts = {RULE: without_carry, MODEL: _last(nets.answering(nets.draft()))}
    prompts = [row[: sums.PROMPT].tolist() for row in sums.unseen()[:ASKED]]
    counted = {
        name: {k: _count(speculate, draft, target, prompts, k) for k in GUESSES} for name, draft in drafts.items()
    }

    def timed(draft: Callable[[list[int]], int], k: int) -> Callable[[], Any]:
        return lambda: [speculate(draft, target, list(prompt), k) for prompt in prompts[:TIMED]]

    calls = {"k = 0": timed(without_carry, 0)}
    calls |= {f"{name}, k = {k}": timed(draft, k) for name, draft in drafts.items() for k in GUESSES[1:]}
    turns = compare(calls, rounds=rounds, time_limit_s=seconds)
    speed = {name: {k: 1 / turns.ratio(f"{name}, k = {k}").value if k else 1.0 for k in GUESSES} for name in drafts}
    _draw(counted, speed)
    saved = ", ".join(f"{each[BEST]:.2f} with the {name}" for name, each in counted.items())
    saved = f"{counted[RULE][0]:.2f}; {saved}"
    print(f"Calls of the target a sum, without guesses and with 4 a round: {saved}. {turns.conditions()}")
    return {name: each[BEST] for name, each in speed.items()} | {"saved": saved}


def without_carry(tokens: list[int]) -> int:
    """Return a guess of the next token of a sum: its digits are added, and no carry is kept. That costs nothing."""
    place = len(tokens) - sums.PROMPT
    if place < sums.DIGITS:
        return (tokens[sums.DIGITS - 1 - place] + tokens[2 * sums.DIGITS - place]) % 10
    return 0 if place == sums.DIGITS else sums.END


def _last(said: Callable[[list[int]], list[int]]) -> Callable[[list[int]], int]:
    return lambda tokens: said(tokens)[-1]


def _count(
    speculate: Callable[..., Any],
    draft: Callable[[list[int]], int],
    target: Callable[[list[int]], list[int]],
    prompts: list[list[int]],
    k: int,
) -> float:
    """Return how often the target is called for a sum, in the mean."""
    calls = 0

    def said(tokens: list[int]) -> list[int]:
        nonlocal calls
        calls += 1
        return target(tokens)

    for prompt in prompts:
        speculate(draft, said, list(prompt), k)
    return calls / len(prompts)


def _draw(counted: dict[str, dict[int, float]], speed: dict[str, dict[int, float]]) -> None:
    fig, (left, right) = plots.figure(columns=2, width=7.0, height=2.9)
    axis = {"x": GUESSES, "xlabel": "k, guesses a round", "marks": True}
    plots.curves(left, {n: list(each.values()) for n, each in counted.items()}, ylabel="calls of the target", **axis)
    plots.curves(right, {n: list(each.values()) for n, each in speed.items()}, ylabel="times as fast", **axis)
    right.axhline(1, color="0.6", linewidth=0.8)
    left.set_ylim(0)
    right.set_ylim(0)
    words = "; ".join(
        f"{name}, k = {k}: {calls:.2f} calls, {speed[name][k]:.2f} times as fast"
        for name, each in counted.items()
        for k, calls in each.items()
    )
    plots.show(fig, f"Left, the target's calls for a sum fall with k; right, how many times as fast. {words}.")
