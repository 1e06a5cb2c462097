"""The demonstration of 15.6: calls that guesses save, and the time that they take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from course_utils import plots, sums
from course_utils.lessons.transformer_decoding import nets
from course_utils.timing import compare

GUESSES = (0, 1, 2, 3, 4, 6, 8)
ASKED = 100  # sums
TIMED = 10


def draw_speculation(speculate: Callable[..., Any], rounds: int = 15, seconds: float = 8) -> dict[str, Any]:
    """Draw the calls of both models for a sum and END, and the time, over k guesses a round.

    Returns:
        "times as fast": time without guesses over that with the best k of 1 and more; "saved": at k = 4, in words.
    """
    draft, target = nets.answering(nets.draft()), nets.answering(nets.adder())
    prompts = [row[: sums.PROMPT].tolist() for row in sums.split()[1][:ASKED]]
    counted = {k: _count(speculate, draft, target, prompts, k) for k in GUESSES}

    def timed(k: int) -> Callable[[], Any]:
        return lambda: [speculate(lambda tokens: draft(tokens)[-1], target, prompt, k) for prompt in prompts[:TIMED]]

    turns = compare({f"k = {k}": timed(k) for k in GUESSES}, rounds=rounds, time_limit_s=seconds)
    speed = {k: 1 / turns.ratio(f"k = {k}").value if k else 1.0 for k in GUESSES}
    _draw(counted, speed)
    best = max(GUESSES[1:], key=speed.__getitem__)
    saved = f"{counted[0][0]:.2f} → {counted[4][0]:.2f} a sum"
    print(f"Calls of the target, k = 0 and 4: {saved}. Best of the others: k = {best}. {turns.conditions()}")
    return {"times as fast": speed[best], "saved": saved}


def _count(
    speculate: Callable[..., Any], draft: Any, target: Any, prompts: list[list[int]], k: int
) -> tuple[float, float]:
    """Return how often the target and the draft are called for a sum, in the mean."""
    calls = {"target": 0, "draft": 0}

    def said(tokens: list[int]) -> list[int]:
        calls["target"] += 1
        return target(tokens)

    def guessed(tokens: list[int]) -> int:
        calls["draft"] += 1
        return draft(tokens)[-1]

    for prompt in prompts:
        speculate(guessed, said, list(prompt), k)
    return calls["target"] / len(prompts), calls["draft"] / len(prompts)


def _draw(counted: dict[int, tuple[float, float]], speed: dict[int, float]) -> None:
    fig, (left, right) = plots.figure(columns=2, width=7.0, height=2.9)
    lines = {
        "target": [target for target, _ in counted.values()],
        "draft": [draft for _, draft in counted.values()],
    }
    plots.curves(left, lines, x=GUESSES, xlabel="k, guesses a round", ylabel="calls a sum", marks=True)
    plots.curves(
        right, {"": list(speed.values())}, x=GUESSES, xlabel="k, guesses a round", ylabel="times as fast", marks=True
    )
    right.axhline(1, color="0.6", linewidth=0.8)
    right.set_ylim(0, 1.1 * max(speed.values()))
    left.set_ylim(0)
    words = "; ".join(
        f"k = {k}: target {target:.2f}, draft {draft:.2f}, {speed[k]:.2f} times as fast"
        for k, (target, draft) in counted.items()
    )
    plots.show(fig, f"Left, calls of the target fall and those of the draft rise; right, the time. Each sum, {words}.")
