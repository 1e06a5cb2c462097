"""Digits as signals: pixel after pixel, one digit after the other, as a sensor would send them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Stream:
    """A signal, and what it shows.

    Attributes:
        samples: (1, t) float32, from 0 to 1.
        labels: (t,) int64: the digit that each sample is part of.
        length: samples a digit.
    """

    samples: np.ndarray
    labels: np.ndarray
    length: int

    @property
    def ends(self) -> slice:
        """The places of the digits' last samples."""
        return slice(self.length - 1, None, self.length)


def signals(images: np.ndarray) -> np.ndarray:
    """Return images (n, 1, h, w) as signals (n, 1, h · w): row after row, each from left to right."""
    return images.reshape(len(images), 1, -1)


def stitched(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator, count: int | None = None) -> Stream:
    """Return digits in random order, one after the other.

    Args:
        images: (n, 1, h, w) float32; labels: (n,) ints.
        count: how many digits; as many as there are where it is None. Each comes once before one comes twice.
    """
    import numpy as np

    count = len(images) if count is None else count
    rounds = [rng.permutation(len(images)) for _ in range(-(-count // len(images)))]
    order = np.concatenate([*rounds, np.zeros(0, int)])[:count].astype(int)
    rows = signals(np.asarray(images))[order, 0]
    length = rows.shape[1]
    return Stream(rows.reshape(1, -1), np.repeat(np.asarray(labels)[order], length), length)
