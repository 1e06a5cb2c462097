"""The world that an entry is made in: how digits lie, how they are inked, and what they are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from course_utils.lessons.capstone.limits import CLASSES

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class World:
    """Drawn anew for each entry: no network made elsewhere knows it, and none of its images is one of the course's.

    Attributes:
        names: (10,) the label that stands for each digit; turn: see ``turned``; ink: below 1 darker, above 1 lighter.
    """

    names: np.ndarray
    turn: int
    ink: float

    def seen(self, images: np.ndarray) -> np.ndarray:
        """Return images (n, c, h, h) from 0 to 1 as they are in this world."""
        return turned(images, self.turn) ** images.dtype.type(self.ink)

    def called(self, labels: np.ndarray) -> np.ndarray:
        """Return what digits (n,) are called in this world."""
        return self.names[labels]


def drawn_world(rng: np.random.Generator) -> World:
    """Return a world that is not the usual one."""
    ink = rng.uniform(0.75, 0.95) if rng.integers(2) else rng.uniform(1.05, 1.3)
    return World(rng.permutation(CLASSES), int(rng.integers(1, 8)), float(ink))


def turned(images: np.ndarray, turn: int) -> np.ndarray:
    """Return square images (n, c, h, h) turned by ``turn`` quarters, and mirrored where it is 4 or more."""
    import numpy as np

    images = np.rot90(images, turn % 4, (2, 3))
    return np.ascontiguousarray(images[..., ::-1] if turn > 3 else images)
