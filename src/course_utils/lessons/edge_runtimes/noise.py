"""Layers whose whole drops as well; imported where it is needed, for torch comes with it."""

from __future__ import annotations

import torch
from torch import nn


class Noisy(nn.Sequential):
    """Layers one after the other, and dropout of its own in training: no list of layers that drop has this one."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the last layer's outputs; in training, some of them are 0."""
        return nn.functional.dropout(super().forward(x), 0.5, self.training)
