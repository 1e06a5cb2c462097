"""Images moved by whole pixels, as the judge moves them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from course_utils.lessons.capstone.limits import SHIFT
from course_utils.withheld import answer_to

if TYPE_CHECKING:
    import numpy as np


@answer_to("16.1")
def shifted(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return images (n, 1, h, w), each moved by numbers of its own, from -4 to 4 down and right."""
    moves = rng.integers(-SHIFT, SHIFT + 1, size=(len(images), 2))
    return moved(images, moves)


def moved(images: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """Return images (n, c, h, w), each moved by its row of ``moves`` (n, 2): down, and to the right."""
    import numpy as np

    out = np.zeros_like(images)
    for new, old, (down, right) in zip(out, images, moves, strict=True):
        height, width = old.shape[1:]
        to_row, from_row = slice(max(down, 0), height + min(down, 0)), slice(max(-down, 0), height + min(-down, 0))
        to_col, from_col = slice(max(right, 0), width + min(right, 0)), slice(max(-right, 0), width + min(-right, 0))
        new[:, to_row, to_col] = old[:, from_row, from_col]
    return out
