"""The rungs of the ladder: one model in many runtimes, each with the same two questions answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from torch import nn


@dataclass(frozen=True)
class Rung:
    """One way to run the model.

    Attributes:
        name: as the table shows it.
        taught: the lesson that teaches it.
        size: bytes of the file that holds the model.
        scores: images (n, 1, 28, 28) float32 → scores (n, 10), for the accuracy.
        call: images → a function of no arguments that runs them once and waits for the answer, for the clock.
        numbers: what the products are computed in, "float32" or "int8": the peak that it is held against.
        macs: multiply-adds for one image where it runs another network than the first rung; else 0.
    """

    name: str
    taught: str
    size: int
    scores: Callable[[np.ndarray], np.ndarray]
    call: Callable[[np.ndarray], Callable[[], Any]]
    numbers: str = "float32"
    macs: int = 0


@dataclass(frozen=True)
class NotMeasured:
    """A rung that this machine cannot run, and why."""

    name: str
    why: str


def macs_of(net: nn.Module) -> int:
    """Return the multiply-adds that a network takes for one image."""
    import torch

    from course_utils.lessons.efficient_architectures.files import multiplications

    return multiplications(net, torch.zeros(1, 1, 28, 28))
