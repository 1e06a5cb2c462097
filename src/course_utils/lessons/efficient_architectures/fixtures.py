"""Small models that the tests are made of, with what a profile of each must say."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from course_utils import expect
from course_utils.lessons.plain import plain
from course_utils.models import Bottleneck

Rows = list[dict[str, Any]]


class Scaled(nn.Module):
    """A layer of nobody's library: one factor for each channel; (n, c, h, w) in and out."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.ones(channels, 1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.factor * x


class Tangled(nn.Module):
    """Layers that do not run in the order in which they stand: one twice, the second time on less; one never.

    Takes (n, c, h, w), returns (n, classes).

    Args:
        channels: of input and output of the convolutions: c, a, b.
        kernel, stride: of the first convolution; groups: of the second, 3×3 with padding 1, which runs twice.
    """

    def __init__(
        self, channels: tuple[int, int], kernel: tuple[int, int], stride: int, groups: int, classes: int
    ) -> None:
        super().__init__()
        given, wide = channels
        self.last = nn.Linear(wide, classes)
        self.unused = nn.Linear(3, 5)
        self.again = nn.Conv2d(wide, wide, 3, padding=1, groups=groups)
        self.act = nn.ReLU()
        first = nn.Conv2d(given, wide, kernel, stride, bias=False)
        self.block = nn.Sequential(first, nn.Sequential(nn.BatchNorm2d(wide), Scaled(wide)), nn.Dropout(0.5))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.block(x)
        y = self.act(self.again(self.again(y)[:, :, ::2]))
        return self.last(y.mean(dim=(2, 3)))


def tangled(rng: np.random.Generator, n: int = 2, size: int = 4) -> tuple[nn.Module, torch.Tensor, Rows]:
    """Return a drawn ``Tangled`` whose parts are in different modes, an example of n, and the rows of its profile.

    Args:
        size: bytes of a number: 4, or 8 for float64.
    """
    given, half, classes = (int(rng.integers(1, 5)) for _ in range(3))
    groups = int(rng.choice([1, 2, 2 * half]))
    wide, kernel, stride = 2 * half, (int(rng.integers(1, 4)), int(rng.integers(1, 4))), int(rng.integers(1, 3))
    torch.manual_seed(int(rng.integers(2**31)))
    net = Tangled((given, wide), kernel, stride, groups, classes)
    side = [int(rng.integers(5, 9)), int(rng.integers(5, 9))]
    h, w = ((length - each) // stride + 1 for length, each in zip(side, kernel, strict=True))
    here, less = wide * h * w, wide * -(-h // 2) * w
    fan, again = given * kernel[0] * kernel[1], 9 * wide // groups
    sizes = [  # name, kind, MACs, parameters, numbers that come out
        ("block.0", "Conv2d", here * fan, wide * fan, here),
        ("block.1.0", "BatchNorm2d", 0, 2 * wide, here),
        ("block.1.1", "Scaled", 0, wide, here),
        ("block.2", "Dropout", 0, 0, here),
        *(("again", "Conv2d", many * again, wide * again + wide, many) for many in (here, less)),
        ("act", "ReLU", 0, 0, less),
        ("last", "Linear", wide * classes, wide * classes + classes, classes),
    ]
    keys = ("name", "kind", "macs", "params", "out_bytes")
    rows = [dict(zip(keys, (*each[:4], size * each[4]), strict=True)) for each in sizes]
    example = torch.from_numpy(rng.normal(size=(n, given, *side)).astype({4: "f4", 8: "f8"}[size]))
    net = net.to(example.dtype)
    net.block[0].weight.requires_grad_(False)
    net.act._forward_hooks[10**9] = _unheard  # somebody's own; a number that no other process counts to
    for module in net.modules():
        module.training = bool(rng.integers(2))
    net.block[1][0].training, net.block[2].training, net.training = True, False, bool(rng.integers(2))
    return net, example, rows


def mixed(rng: np.random.Generator) -> tuple[nn.Module, torch.Tensor, dict[str, tuple[int, int, int]]]:
    """Return a drawn model of convolutions of many kinds, in different modes, an example, and which are to be replaced.

    Returns:
        the model, an example (n, 1, h, w), and for each dense 3×3 convolution of more than one input channel, by
        name: input channels, output channels, stride.
    """
    a, b, c = (2 * int(each) for each in rng.permutation([1, 2, 3]))
    strides = [int(each) for each in rng.permutation([1, 2, 1])]
    torch.manual_seed(int(rng.integers(2**31)))
    stem = nn.Conv2d(1, a, 3, padding=1)
    inner = nn.Sequential(nn.Conv2d(a, b, 3, strides[0], 1, bias=bool(rng.integers(2))), nn.BatchNorm2d(b), nn.ReLU())
    thin = nn.Sequential(nn.Conv2d(b, b, 3, padding=1, groups=b), nn.Conv2d(b, 2 * b, 3, strides[1], 1, groups=2))
    flat = nn.Sequential(nn.Conv2d(2 * b, c, 1), nn.Conv2d(c, c, (3, 1), padding=(1, 0)), nn.Conv2d(c, c, 5, padding=2))
    block = Bottleneck(c, 2, strides[2])
    net = nn.Sequential(stem, nn.Sequential(inner, thin), flat, block, nn.Conv2d(8, 3, 3, padding=1))
    net.add_module("head", nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(12, 4)))
    for module in net.modules():
        module.training = bool(rng.integers(2))
    block.residual[3].training, net[4].training = False, True
    replaced = {"1.0.0": (a, b, strides[0]), "3.residual.3": (2, 2, strides[2]), "4": (8, 3, 1)}
    size = int(rng.integers(1, 4)), 1, int(rng.integers(8, 13)), int(rng.integers(8, 13))
    return net, torch.from_numpy(rng.normal(size=size).astype("f4")), replaced


def _unheard(layer: nn.Module, inputs: Any, output: Any) -> None:
    """Do nothing, as a hook."""


def rows_of(got: Any, what: str) -> Rows:
    """Return a student's profile with Python's own integers, where it is a list of dicts.

    Raises:
        Unmet: it is something else.
    """
    is_list = type(got) is list and all(type(row) is dict for row in got)
    likely = "is a `return` missing?" if got is None else "one row, a dict, for each leaf that runs"
    expect.true(is_list, what, expected="a list of dicts", got=got, likely=likely)
    return plain(got)
