"""Sums as text, one character a token: "123+456=9750" and an end mark; the answer's digits stand in reverse.

In reverse, a digit depends on digits to be read and on the carry of the digit just written; forwards, the first digit
of an answer depends on all carries.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

CHARACTERS = "0123456789+=\n"  # a token is a place in it
END = CHARACTERS.index("\n")  # the token that ends an answer
DIGITS = 3  # of a summand; an answer has one more
PROMPT = 2 * DIGITS + 2  # tokens up to "="
LENGTH = PROMPT + DIGITS + 2  # tokens of a sum, END included
UNSEEN = 1_000  # sums that no training sees


def tokens_of(text: str) -> list[int]:
    """Return a text as tokens.

    Raises:
        ValueError: a character that no token stands for.
    """
    return [CHARACTERS.index(character) for character in text]


def text_of(tokens: list[int]) -> str:
    """Return tokens as a text."""
    return "".join(CHARACTERS[token] for token in tokens)


def written(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return sums as tokens (n, LENGTH) int64.

    Args:
        one, other: (n,) ints, from 0 to 10**DIGITS - 1.
    """
    import numpy as np

    plus, equals, end = (np.full(len(one), CHARACTERS.index(character)) for character in "+=\n")
    front = [*_digits(one, DIGITS)[::-1], plus, *_digits(other, DIGITS)[::-1], equals]
    return np.stack([*front, *_digits(one + other, DIGITS + 1), end], axis=1).astype(np.int64)


def unseen() -> np.ndarray:
    """Return the 1,000 sums that are kept unseen, as tokens (1000, LENGTH): always the same, no two of them equal."""
    return written(*_summands(_kept_unseen()))


def drawn(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return sums to learn from, as tokens (count, LENGTH): drawn with ``rng`` from all that are not kept unseen."""
    import numpy as np

    hidden, pairs = _kept_unseen(), rng.integers(10 ** (2 * DIGITS), size=count)
    while (known := np.isin(pairs, hidden)).any():
        pairs[known] = rng.integers(10 ** (2 * DIGITS), size=int(known.sum()))
    return written(*_summands(pairs))


@cache
def _kept_unseen() -> np.ndarray:
    """Return the unseen sums as numbers: both summands, one behind the other."""
    import numpy as np

    return np.random.default_rng(15).choice(10 ** (2 * DIGITS), UNSEEN, replace=False)


def _summands(pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return pairs // 10**DIGITS, pairs % 10**DIGITS


def _digits(numbers: np.ndarray, count: int) -> list[np.ndarray]:
    """Return the digits of numbers, the ones first."""
    return [numbers // 10**place % 10 for place in range(count)]
