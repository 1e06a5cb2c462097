"""A network that is something else in training: for what an export must not note."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def noisy_net(seed: int, width: int = 5) -> torch.nn.Module:
    """Return dense layers with BatchNorm and dropout between them, from (n, 6) to (n, 4), in training mode."""
    import torch
    from torch import nn

    from course_utils.seeds import seeded

    seeded(seed)
    net = nn.Sequential(nn.Linear(6, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(0.5), nn.Linear(width, 4))
    with torch.no_grad():
        net[1].running_mean.uniform_(-1, 1)
        net[1].running_var.uniform_(0.3, 3)
    return net.train()
