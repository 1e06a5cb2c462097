"""How many samples a student's 11.4 replaces, told where it runs, in many draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from course_utils.lessons.beside import beside_the_answer

if TYPE_CHECKING:
    import numpy as np


@beside_the_answer
def numbers_taken(
    clip_and_stitch: Callable[..., Any],
    one: np.ndarray,
    other: np.ndarray,
    most: int,
    seeds: Sequence[int],
    draws: int = 1,
    generator: str = "PCG64",
) -> list[int]:
    """Return how many samples of ``one`` are replaced by the end of ``other`` in each draw; -1 where it is neither.

    Args:
        one, other: no number comes twice in them.
        seeds: of one generator each.
        draws: from each generator, one after the other.
        generator: NumPy's name for the generator's bits.
    """
    import numpy as np

    ends = {m: other[:, other.shape[1] - m :] for m in range(most + 1)}
    known = {np.hstack([end, one[:, m:]]).tobytes(): m for m, end in ends.items()}
    found = []
    for seed in seeds:
        rng = np.random.Generator(getattr(np.random, generator)(seed))
        for _ in range(draws):
            made = np.asarray(clip_and_stitch(one.copy(), other.copy(), most, rng))
            found.append(known.get(made.tobytes(), -1) if made.shape == one.shape else -1)
    return found
