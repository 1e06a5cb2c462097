"""A network that is something else in training: for what an export must not note."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def noisy_net(seed: int, width: int = 5) -> torch.nn.Module:
    """Return a dense layer from (n, 6) to (n, width), a part with BatchNorm and dropout, and dropout of the whole."""
    import torch
    from torch import nn

    from course_utils.lessons.edge_runtimes.noise import Noisy
    from course_utils.seeds import seeded

    seeded(seed)
    part = nn.Sequential(nn.BatchNorm1d(width), nn.Dropout(0.5))
    with torch.no_grad():
        part[0].running_mean.uniform_(-1, 1)
        part[0].running_var.uniform_(0.3, 3)
    return Noisy(nn.Linear(6, width), part).train()
