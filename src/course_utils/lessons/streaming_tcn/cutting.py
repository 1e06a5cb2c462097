"""What a student's 11.4 makes of its arrays in many draws, told where it runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from course_utils.lessons.beside import beside_the_answer
from course_utils.lessons.streaming_tcn.otherwise import apart, by_columns

if TYPE_CHECKING:
    import numpy as np


@beside_the_answer
def numbers_taken(
    clip_and_stitch: Callable[..., Any],
    most: int,
    t: int,
    seeds: Sequence[int],
    draws: int = 1,
    generator: str = "PCG64",
    loud: int = 1,
) -> list[int]:
    """Return how many samples are replaced in each draw, of a sequence below 0 by samples above 0.

    Args:
        t: samples of the sequence, and of the other.
        seeds: of one generator each.
        draws: from each generator, one after the other; the samples are others each time.
        generator: NumPy's name for the generator's bits.
        loud: how far below 0 the first sequence is.
    """
    import numpy as np

    found = []
    for seed in seeds:
        rng = np.random.Generator(getattr(np.random, generator)(seed))
        for size in range(loud, loud + draws):
            one, other = np.full((1, t), -size, np.float32), np.full((1, t), 1 / size, np.float32)
            made = np.asarray(clip_and_stitch(one, other, most, rng))
            found.append(int((made > 0).sum()))
    return found


@beside_the_answer
def misfits(
    clip_and_stitch: Callable[..., Any], one: np.ndarray, other: np.ndarray, most: int, seed: int, draws: int
) -> list[list]:
    """Return the results that are not the end of ``other`` before what is left of ``one``, the first three of them.

    Draw by draw, the arrays lie in memory row after row, column after column, and apart in a larger one.
    """
    import numpy as np

    rng, lays = np.random.default_rng(seed), (np.array, by_columns, apart)
    known = {np.hstack([other[:, other.shape[1] - m :], one[:, m:]]).tobytes() for m in range(most + 1)}
    made = [np.asarray(clip_and_stitch(*map(lays[k % 3], (one, other)), most, rng)) for k in range(draws)]
    return [each.tolist() for each in made if each.shape != one.shape or each.tobytes() not in known][:3]
