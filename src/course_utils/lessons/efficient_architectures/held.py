"""A net that holds its convolutions in many ways, and what it gives once those to be replaced give known numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn


class Held(nn.Module):
    """Dense 3×3 convolutions by name, in a list, in a dict and deep inside; two of one shape; one to one channel.

    Takes and returns (n, c, h, w).
    """

    def __init__(self, channels: int) -> None:
        super().__init__()

        def dense(wide: int) -> nn.Module:
            return nn.Conv2d(channels, wide, 3, padding=1)

        self.conv, self.twin = dense(channels), dense(channels)
        self.many = nn.ModuleList([nn.Identity(), dense(channels)])
        deep = nn.Sequential(nn.Sequential(nn.Sequential(nn.Sequential(dense(1)))))
        self.named = nn.ModuleDict({"deep": deep})
        self.point = nn.Conv2d(channels, channels, 1)
        self.point.weight.requires_grad_(False)
        self.register_module("missing", None)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.joined(x, self.conv(x), self.twin(x))
        return self.ended(y, self.many[1](y), self.named["deep"](y))

    def joined(self, x: torch.Tensor, one: Any, other: Any) -> torch.Tensor:
        return x + 2 * one - 3 * other

    def ended(self, y: torch.Tensor, listed: Any, deep: Any) -> torch.Tensor:
        return torch.sigmoid(self.point(y)) + 5 * listed + 7 * deep


def held(
    rng: np.random.Generator,
) -> tuple[nn.Module, torch.Tensor, dict[str, float], torch.Tensor]:
    """Return a drawn ``Held``, an example, a number for each convolution to be replaced, and what the net gives then.

    Returns:
        the net, in eval mode but for two of its convolutions; images; by name the number that what stands for each
        convolution is to give everywhere; the net's output where it does.
    """
    torch.manual_seed(int(rng.integers(2**31)))
    net = Held(int(rng.integers(2, 5))).eval()
    net.twin.train()
    net.many[1].train()
    n, h, w = (int(each) for each in rng.integers(2, 6, 3))
    x = torch.from_numpy(rng.normal(size=(n, net.conv.in_channels, h, w)).astype("f4"))
    names = ("conv", "twin", "many.1", "named.deep.0.0.0.0")
    gives = dict(zip(names, rng.uniform(0.1, 1, len(names)).tolist(), strict=True))
    one, other, listed, deep = gives.values()
    with torch.no_grad():
        due = net.ended(net.joined(x, one, other), listed, deep)
    return net, x, gives, due


def giving(state: dict[str, torch.Tensor], gives: dict[str, float]) -> dict[str, torch.Tensor]:
    """Return a state in which the normalizations below each name give that number, whatever comes in."""
    put = dict(state)
    for name, tensor in state.items():
        number = next((number for place, number in gives.items() if name.startswith(f"{place}.")), None)
        if number is not None and tensor.ndim == 1 and name.endswith(("weight", "bias")):
            put[name] = torch.full_like(tensor, number if name.endswith("bias") else 0.0)
    return put
