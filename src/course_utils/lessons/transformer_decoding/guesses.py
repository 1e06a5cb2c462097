"""Drafts and targets whose every word is known, for the tests of 15.6: they note what they are asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from course_utils.sums import END

if TYPE_CHECKING:
    import numpy as np

MOST = 400  # calls, after which something goes round in circles
Target = Callable[[list[int]], list[int]]
Draft = Callable[[list[int]], int]


def scripted(prompt: list[int], text: list[int], beyond: Sequence[int] = ()) -> tuple[Target, list[list[int]]]:
    """Return a target that writes a text after a prompt, and the list where it notes what it was asked.

    Off its text it says END at once, and within the prompt something else than the prompt goes on with.

    Args:
        beyond: what it says after the text's END, where it is asked.
    """
    script, calls = [*prompt, *text, *beyond], []

    def target(tokens: list[int]) -> list[int]:
        tokens = _noted(tokens, calls)
        said = []
        for place in range(len(tokens)):
            if place + 1 < len(prompt):
                said.append((prompt[place + 1] + 1) % END)
            elif tokens[: place + 1] == script[: place + 1] and place + 1 < len(script):
                said.append(script[place + 1])
            else:
                said.append(END)
        return said

    return target, calls


def guessing(prompt: list[int], guesses: list[int]) -> tuple[Draft, list[list[int]]]:
    """Return a draft that guesses by place, 0 beyond its guesses, and the list where it notes what it was asked."""
    asked: list[list[int]] = []

    def draft(tokens: list[int]) -> int:
        place = len(_noted(tokens, asked)) - len(prompt)
        return guesses[place] if 0 <= place < len(guesses) else 0

    return draft, asked


def drawn_text(rng: np.random.Generator, long: int) -> tuple[list[int], list[int]]:
    """Return a prompt of 2 to 4 tokens and a text of ``long`` ones, the last of them END."""
    prompt = rng.integers(END, size=int(rng.integers(2, 5))).tolist()
    return prompt, [*rng.integers(END, size=long - 1).tolist(), END]


def spoiled(rng: np.random.Generator, text: list[int], share: float) -> list[int]:
    """Return guesses of a text of which about a share is right.

    Where it is neither 0 nor 1, one guess at least is right, and one is wrong, with an END behind it that is too early.
    """
    right = rng.random(len(text)) < share
    guesses = [
        token if good else (token + int(rng.integers(1, END))) % END for token, good in zip(text, right, strict=True)
    ]
    if 0 < share < 1 and len(text) > 3:
        one, other = rng.choice(len(text) - 2, 2, replace=False).tolist()
        if abs(one - other) > 1:
            guesses[one] = text[one]
        guesses[other], guesses[other + 1] = (text[other] + 1) % END, END
    return guesses


def starts(text: list[int], guesses: list[int], k: int) -> list[int]:
    """Return how much of the text is known when each round begins, if nothing is given away."""
    known, found = 0, []
    while known < len(text):
        found.append(known)
        agreed = [one == other for one, other in zip(guesses[known : known + k], text[known:], strict=False)]
        known += [*agreed, False].index(False) + 1
    return found


def leads(tokens: list[int], prompt: list[int], text: list[int], guesses: list[int], most: int) -> bool:
    """Say whether tokens are the prompt, the beginning of the text, and from there on guesses, at most so many."""
    rest = tokens[len(prompt) :]
    ways = (
        [*text[:known], *guesses[known:], *[0] * len(rest)][: len(rest)]
        for known in range(max(0, len(rest) - most), len(text))
    )
    return tokens[: len(prompt)] == prompt and any(rest == way for way in ways)


def wandering(rng: np.random.Generator) -> tuple[Target, Callable[[list[int]], list[int]]]:
    """Return a target whose next word depends on all words before, and its greedy answer to a prompt."""
    factors = rng.integers(1, 1_000, size=64).tolist()

    def following(tokens: list[int]) -> int:
        if len(tokens) > 20:
            return END
        mixed = sum(factor * (token + 1) ** 2 for factor, token in zip(factors, tokens, strict=False))
        return mixed % 97 % END if mixed % 11 else END

    def target(tokens: list[int]) -> list[int]:
        return [following([int(each) for each in tokens[: place + 1]]) for place in range(len(tokens))]

    def greedy(prompt: list[int]) -> list[int]:
        known = list(prompt)
        while len(known) == len(prompt) or known[-1] != END:
            known.append(following(known))
        return known[len(prompt) :]

    return target, greedy


def mostly(target: Target) -> Draft:
    """Return a draft that says what the target would, but where the place is a multiple of three."""

    def draft(tokens: list[int]) -> int:
        said = target(tokens)[-1]
        return said if len(tokens) % 3 else (said + 1) % END

    return draft


def _noted(tokens: list[int], calls: list[list[int]]) -> list[int]:
    if len(calls) >= MOST:
        raise RuntimeError(f"called {MOST} times for one short text: a round must give one token at least")
    calls.append([int(each) for each in tokens])
    return calls[-1]
