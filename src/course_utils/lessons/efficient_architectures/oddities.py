"""Nets with one thing in each that a profile easily trips over, and what a profile of each must say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

Row = tuple[str, str, int, int, int]  # name, kind, MACs, parameters, bytes
KEYS = ("name", "kind", "macs", "params", "out_bytes")


class Halved(nn.Module):
    """A layer whose output lies in the memory of its input: every other row; of another type where one is named."""

    def __init__(self, dtype: torch.dtype | None = None) -> None:
        super().__init__()
        self.dtype = dtype

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, :, ::2] if self.dtype is None else x.to(self.dtype)


class Named(nn.Module):
    """One dense layer, called by the name of its input, on five rows of an example and then on one; two results."""

    def __init__(self, wide: int) -> None:
        super().__init__()
        self.dense = nn.Linear(wide, wide)
        self.ends = nn.Sequential(nn.Identity())

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        y = self.dense(input=x)
        return {"all": self.ends(y), "last": self.dense(input=y[:, -1])}


class Moody(nn.Module):
    """A layer that counts how often it ran in training mode."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("ran", torch.zeros(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.training:
            self.ran += 1
        return x


class NoRoom(Exception):
    """An error of nobody's library."""


class Failing(nn.Module):
    """A layer that raises."""

    def __init__(self, error: type[Exception]) -> None:
        super().__init__()
        self.error = error

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise self.error("no room")


def odd(rng: np.random.Generator) -> Iterator[tuple[str, nn.Module, torch.Tensor, list[dict[str, Any]]]]:
    """Yield what is odd about a net, the net, an example of one or several, and the rows of its profile."""
    a, b, h, w = (int(each) for each in rng.permutation([2, 3, 4, 6]))
    nets: list[tuple[str, nn.Module, tuple[int, ...], list[Row]]] = []
    plain = nn.Sequential(nn.ReLU(), nn.Sequential(), nn.Flatten())
    here = 4 * a * h * w
    rows = [("0", "ReLU", 0, 0, here), ("1", "Sequential", 0, 0, here), ("2", "Flatten", 0, 0, here)]
    nets.append(("without parameters, an empty Sequential among its leaves", plain, (a, h, w), rows))
    rows = [("dense", "Linear", 5 * a * a, a * a + a, 20 * a), ("ends.0", "Identity", 0, 0, 20 * a)]
    rows += [("dense", "Linear", a * a, a * a + a, 4 * a)]
    nets.append(("whose Linear runs on 5 rows, then on 1, and is called by name", Named(a), (5, a), rows))
    views = nn.Sequential(nn.Conv2d(a, b, 1), Halved(torch.float64), Halved(), Halved(torch.uint8))
    here, half = b * h * w, b * -(-h // 2) * w
    rows = [("0", "Conv2d", a * here, a * b + b, 4 * here), ("1", "Halved", 0, 0, 8 * here)]
    rows += [("2", "Halved", 0, 0, 8 * half), ("3", "Halved", 0, 0, half)]
    nets.append(("whose layers give float32, float64, a part of their input, and uint8", views, (a, h, w), rows))
    tied = nn.Sequential(nn.Linear(a, a), nn.Linear(a, a), nn.Linear(a, 1), nn.Flatten(0))
    tied[1].weight = tied[0].weight
    rows = [(name, "Linear", a * a, a * a + a, 4 * a) for name in "01"]
    rows += [("2", "Linear", a, a + 1, 4), ("3", "Flatten", 0, 0, 4)]
    nets.append(("of two layers with one weight, whose last output is one number an example", tied, (a,), rows))
    for what, net, shape, due in nets:
        for n in (1, int(rng.integers(2, 5))):
            example = torch.from_numpy(rng.uniform(0, 9, (n, *shape)).astype("f4"))
            yield f"a net {what}, n = {n}", net, example, [dict(zip(KEYS, each, strict=True)) for each in due]


def moody(*last: nn.Module) -> nn.Module:
    """Return a net, all in training mode, of many layers that a run in training mode changes, and these at the end."""
    norms = nn.BatchNorm2d(2), nn.InstanceNorm2d(2, track_running_stats=True), Moody()
    return nn.Sequential(*norms, nn.Flatten(), nn.BatchNorm1d(2 * 4 * 4), *last)
