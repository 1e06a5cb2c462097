"""The course's networks, each small enough to train while you wait. Importing this file imports torch."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn

from course_utils.withheld import answer_to

CLASSES = 10


class XorNet(nn.Module):
    """The network of lesson 01: tanh units, then one sigmoid.

    Takes (n, 2) float tensors; returns probabilities (n, 1).

    Args:
        hidden: how many tanh units.
    """

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(2, hidden)
        self.output = nn.Linear(hidden, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.output(torch.tanh(self.hidden(x))))


class DigitCNN(nn.Sequential):
    """Three convolutions without batch normalization, 94 k parameters.

    Takes (n, 1, 16, 16) float32; returns scores (n, 10), softmax not yet applied.
    """

    def __init__(self) -> None:
        super().__init__(
            *(nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(64, 128, 3, padding=1), nn.ReLU()),
            *_head(128),
        )


class Bottleneck(nn.Module):
    """A residual block that is narrow in the middle: 1×1 to ``middle`` channels, 3×3, 1×1 to four times as many.

    Source: K. He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, figure 5; the stride is on the
    3×3 convolution, as in torchvision.

    Args:
        channels_in: channels of the input; the output has ``4 * middle``.
        stride: of the 3×3 convolution, and of the shortcut.
    """

    EXPANSION = 4

    def __init__(self, channels_in: int, middle: int, stride: int = 1) -> None:
        super().__init__()
        channels_out = self.EXPANSION * middle
        self.residual = nn.Sequential(
            *_conv(channels_in, middle, 1),
            nn.ReLU(),
            *_conv(middle, middle, 3, stride),
            nn.ReLU(),
            *_conv(middle, channels_out, 1),
        )
        same = channels_in == channels_out and stride == 1
        self.shortcut = nn.Identity() if same else nn.Sequential(*_conv(channels_in, channels_out, 1, stride))
        self.relu = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.relu(self.residual(x) + self.shortcut(x))


class DigitResNet(nn.Sequential):
    """A stem and four Bottleneck blocks, 15 convolutions, 203 k parameters at width 16.

    Takes (n, 1, 28, 28) float32; returns scores (n, 10), softmax not yet applied.

    Args:
        width: channels of the stem; the blocks have 8 and 16 times as many. Twice the width is four times the work.
    """

    def __init__(self, width: int = 16) -> None:
        narrow, wide = 8 * width, 16 * width
        super().__init__(
            *(*_conv(1, width, 3, stride=2), nn.ReLU()),  # 14×14
            *(Bottleneck(width, narrow // 4), Bottleneck(narrow, narrow // 4)),
            *(Bottleneck(narrow, wide // 4, stride=2), Bottleneck(wide, wide // 4)),  # 7×7
            *_head(wide),
        )


class DigitMobileNet(nn.Sequential):
    """A stem and nine depthwise-separable convolutions, 92 k parameters at width 16.

    Takes (n, 1, 28, 28) float32; returns scores (n, 10), softmax not yet applied.

    Source: A. Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications",
    arXiv:1704.04861, table 1, scaled down.

    Args:
        width: channels of the stem; the last layer has 8 times as many.
    """

    def __init__(self, width: int = 16) -> None:
        layers = [*_conv(1, width, 3), nn.ReLU()]  # 28×28
        channels = width
        for times, stride in ((2, 1), (2, 1), (4, 2), (4, 1), (8, 2), (8, 1), (8, 1), (8, 1), (8, 1)):
            layers += [*_conv(channels, channels, 3, stride, groups=channels), nn.ReLU()]
            layers += [*_conv(channels, times * width, 1), nn.ReLU()]
            channels = times * width
        super().__init__(*layers, *_head(channels))


@answer_to("9.8")
def separable_net(widths: Sequence[int] = (16, 32, 64, 64)) -> nn.Sequential:
    """Return a stem and depthwise-separable convolutions, 9 k parameters and 0.4 million multiply-adds at these widths.

    Takes (n, 1, 28, 28) float32; returns scores (n, 10), softmax not yet applied.

    Args:
        widths: channels of the stem, whose stride is 2, and of each separable convolution; the first has stride 2, too.
    """
    layers = [*_conv(1, widths[0], 3, stride=2), nn.ReLU()]  # 14×14
    for place, (channels, wider) in enumerate(pairwise(widths)):
        layers += [*_conv(channels, channels, 3, 1 if place else 2, groups=channels), nn.ReLU()]  # 7×7
        layers += [*_conv(channels, wider, 1), nn.ReLU()]
    return nn.Sequential(*layers, *_head(widths[-1]))


def _conv(channels_in: int, channels_out: int, size: int, stride: int = 1, groups: int = 1) -> tuple[nn.Module, ...]:
    # No bias: the normalization that follows has one.
    convolution = nn.Conv2d(channels_in, channels_out, size, stride, size // 2, groups=groups, bias=False)
    return convolution, nn.BatchNorm2d(channels_out)


def _head(channels: int) -> tuple[nn.Module, ...]:
    return nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, CLASSES)
