"""A draft and a target beside a student's ``speculate``: long texts, any tokens, and all that the two were asked."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from course_utils.lessons.beside import beside_the_answer
from course_utils.lessons.plain import plain
from course_utils.sums import END

if TYPE_CHECKING:
    import numpy as np

SLACK = 20  # calls more than there are rounds, after which something goes round in circles


def text_below(rng: np.random.Generator, many: int, long: int) -> list[int]:
    """Return ``long`` tokens below ``many``, and END behind them alone; of 12 or more, four in a row are the same."""
    text = [0 if token == END else token for token in rng.integers(many, size=long).tolist()]
    if long >= 12:
        text[8:12] = [max(text[8], 1)] * 4
    return [*text, END]


@beside_the_answer
def overheard(
    speculate: Callable[..., Any], prompt: list[int], text: list[int], k: int, wrong: Collection[int] = (), off: int = 1
) -> dict[str, Any]:
    """Return what ``speculate`` gives for a text whose every token is known, and what it asked on the way.

    The draft is wrong at some places of the text; and behind a wrong guess, until it is asked about the text again.

    Args:
        text: what the target says, the last token END.
        wrong: places of the text where the draft says ``off`` more than the target.

    Returns:
        "answer"; "calls" of the target; "asked": calls of the draft; "kinds": names of the types that the two were
        handed, sorted; "strays": lengths of what they were asked that is neither known nor guessed.
    """
    script = [*prompt, *text]
    guesses = [token + off if place in wrong else token for place, token in enumerate(text)]
    heard: dict[str, list[Any]] = {"draft": [], "target": []}

    def noted(name: str, tokens: Any) -> list[int]:
        if len(heard[name]) > (len(text) + SLACK) * (k + 1):
            raise RuntimeError(f"the {name} was called {len(heard[name])} times: a round must give one token at least")
        heard[name].append((type(tokens).__name__, tuple(map(int, tokens))))
        return list(heard[name][-1][1])

    def agreeing(tokens: list[int]) -> int:
        if tokens == script[: len(tokens)]:
            return len(tokens)
        pairs = zip(tokens, script, strict=False)
        return next((place for place, (one, other) in enumerate(pairs) if one != other), len(script))

    def target(tokens: list[int]) -> list[int]:
        tokens = noted("target", tokens)
        long = min(agreeing(tokens), len(script) - 1)
        said = [(each + 1) % END for each in script[1 : len(prompt)]] + script[len(prompt) : long + 1]
        return [each + 0 for each in said[: len(tokens)]] + [END] * (len(tokens) - len(said))

    def guessed(tokens: list[int]) -> int:
        place = len(tokens) - len(prompt)
        right = agreeing(tokens) == len(tokens) and 0 <= place < len(text)
        return guesses[place] + 0 if right else len(tokens) % END

    def draft(tokens: list[int]) -> int:
        return guessed(noted("draft", tokens))

    answer = speculate(draft, target, list(prompt), k)
    allowed: dict[str, set] = {"draft": set(), "target": set()}
    for known in range(len(text)):
        tokens = script[: len(prompt) + known]
        for _ in range(k):
            allowed["draft"].add(tuple(tokens))
            tokens = [*tokens, guessed(tokens)]
            if tokens[-1] == END:
                allowed["target"].add(tuple(tokens))
        allowed["target"].add(tuple(tokens))
    every = [(name, kind, tokens) for name, each in heard.items() for kind, tokens in each]
    return {
        "answer": plain(answer),
        "calls": len(heard["target"]),
        "asked": len(heard["draft"]),
        "kinds": sorted({kind for _, kind, _ in every}),
        "strays": [len(tokens) for name, _, tokens in every if tokens not in allowed[name]],
    }
