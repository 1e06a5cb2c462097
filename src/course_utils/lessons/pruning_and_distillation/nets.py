"""The lesson's networks: one that is cut and taught, and one that remembers what its forward passes met."""

from __future__ import annotations

import torch
from torch import nn


class PlainNet(nn.Sequential):
    """Three convolutions, each with batch normalization, for 16×16 digits.

    Takes (n, 1, 16, 16) float32; returns scores (n, 10), softmax not yet applied.

    Args:
        channels: of the three convolutions.
    """

    def __init__(self, *channels: int) -> None:
        layers: list[nn.Module] = []
        for before, after in zip((1, *channels), channels, strict=False):
            layers += [nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU(), nn.MaxPool2d(2)]
        super().__init__(*layers[:-1], nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels[-1], 10))


class OnPixels(nn.Linear):
    """A dense layer on flattened images: its parameters' names have no dot."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return super().forward(images.flatten(1))


class Watched(nn.Module):
    """A network that remembers, in its buffer ``seen``, the largest magnitude that its off weights had when it was run.

    Args:
        net: the network.
        masks: bool tensors by the names of the network's own parameters; False is off.
    """

    def __init__(self, net: nn.Module, masks: dict[str, torch.Tensor]) -> None:
        super().__init__()
        self.net = net
        self.names = list(masks)
        self.register_buffer("seen", torch.zeros((), dtype=torch.float64))
        self.register_buffer("calls", torch.zeros((), dtype=torch.int64))
        for place, mask in enumerate(masks.values()):
            self.register_buffer(f"off{place}", ~mask)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            for place, name in enumerate(self.names):
                module, _, own = name.rpartition(".")
                weights = getattr(self.net.get_submodule(module), own)[getattr(self, f"off{place}")]
                self.seen.copy_(torch.maximum(self.seen, weights.abs().max().double()))
            self.calls += 1
        return self.net(x)
