"""Entries drawn for the tests of 16.4, and what tells right answers to 16.1 and 16.4 from wrong ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from course_utils.lessons.beside import beside_the_answer

if TYPE_CHECKING:
    import numpy as np

Entries = dict[str, tuple[float, int, int]]


def drawn_entries(rng: np.random.Generator, count: int, apart: bool = False) -> Entries:
    """Return entries by name, of few different values, so that many are equal in some.

    Args:
        apart: no two are equal in any of the three.
    """
    import numpy as np

    columns = [rng.permutation(9000)[:count] if apart else rng.integers(0, most, count) for most in (4, 5, 5)]
    values = np.stack(columns, axis=1)
    names = rng.permutation(1000)[:count].tolist()
    rows = zip(names, values.tolist(), strict=True)
    return {f"net {name}": (0.5 + right / 20_000, 4000 + size, 10_000 + 7 * many) for name, (right, size, many) in rows}


def unbeaten(entries: Entries) -> list[str]:
    """Return the names of the entries on the front, told by how many others are nowhere worse."""
    import numpy as np

    table = np.array([(-right, *rest) for right, *rest in entries.values()]).reshape(-1, 3)
    no_worse = (table[:, None] <= table[None]).all(2)  # row: nowhere worse than column
    equal = (table[:, None] == table[None]).all(2)
    return [name for name, beaten in zip(entries, (no_worse & ~equal).any(0), strict=True) if not beaten]


def drawn_images(rng: np.random.Generator, kind: str, *shape: int) -> np.ndarray:
    """Return images (n, 1, h, w) of a type that NumPy names so, of all its values but zero; floats of either sign."""
    import numpy as np

    kind = np.dtype(kind)
    if kind.kind == "f":
        images = 100 * rng.standard_normal(shape)
    elif kind.kind == "b":
        images = np.ones(shape)
    else:
        images = rng.integers(np.iinfo(kind).min, np.iinfo(kind).max, size=shape, dtype=kind, endpoint=True)
    return np.where(images == 0, 1, images).astype(kind)


def moves_of(moved: np.ndarray, images: np.ndarray, most: int = 4) -> list[tuple[int, int] | None]:
    """Return for each image the way that it was moved, (down, right), the shortest of several; None where no way fits.

    Args:
        moved, images: (n, 1, h, w), the images without zeros.
    """
    import numpy as np

    from course_utils.lessons.capstone.shifting import moved as by

    found: list[tuple[int, int] | None] = [None] * len(images)
    ways = [(down, right) for down in range(-most, most + 1) for right in range(-most, most + 1)]
    for way in sorted(ways, key=lambda each: -abs(each[0]) - abs(each[1])):
        same = (by(images, np.tile(way, (len(images), 1))) == moved).all((1, 2, 3))
        found = [way if hit else old for hit, old in zip(same.tolist(), found, strict=True)]
    return found


@beside_the_answer
def again_and_again(
    function: Callable[..., np.ndarray], images: np.ndarray, seed: int, times: int = 2
) -> list[np.ndarray]:
    """Call ``function(images, rng)`` so many times with one generator; return all results."""
    import numpy as np

    rng = np.random.default_rng(seed)
    return [function(images.copy(), rng) for _ in range(times)]
