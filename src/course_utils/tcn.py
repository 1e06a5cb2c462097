"""A temporal convolutional network (TCN) for streams of samples. Importing this file imports torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import nn

CLASSES = 10


class TCN(nn.Module):
    """Residual blocks of causal dilated convolutions, and scores after every sample.

    Takes (n, c_in, t) float32; returns scores (n, classes, t), softmax not yet applied: those at a sample depend on
    this sample and earlier ones. Its parts: ``blocks``, in the order they run, and ``head``, a 1×1 convolution.

    Source: S. Bai, J. Z. Kolter and V. Koltun, "An Empirical Evaluation of Generic Convolutional and Recurrent
    Networks for Sequence Modeling", arXiv:1803.01271, figure 1, without weight normalization and dropout.

    Args:
        dilations: one a block.
    """

    def __init__(
        self,
        c_in: int = 1,
        classes: int = CLASSES,
        width: int = 24,
        kernel: int = 3,
        dilations: Sequence[int] = (1, 2, 4, 8),
    ) -> None:
        super().__init__()
        widths = [c_in, *[width] * len(dilations)]
        places = zip(widths[:-1], widths[1:], dilations, strict=True)
        self.blocks = nn.ModuleList(_Block(one, other, kernel, dilation) for one, other, dilation in places)
        self.head = nn.Conv1d(widths[-1], classes, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for block in self.blocks:
            x = block(x)
        return self.head(x)

    def convolutions(self) -> Iterator[nn.Conv1d]:
        """Yield those that look back, in the order they run."""
        for block in self.blocks:
            yield from (block.first, block.second)


class _Block(nn.Module):
    """Two causal convolutions with a ReLU each beside a shortcut, and a ReLU of their sum."""

    def __init__(self, c_in: int, c_out: int, kernel: int, dilation: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(c_in, c_out, kernel, dilation=dilation)
        self.second = nn.Conv1d(c_out, c_out, kernel, dilation=dilation)
        self.shortcut = nn.Identity() if c_in == c_out else nn.Conv1d(c_in, c_out, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = x
        for layer in (self.first, self.second):
            y = torch.relu(layer(nn.functional.pad(y, (past(layer), 0))))
        return torch.relu(y + self.shortcut(x))


def past(layer: nn.Conv1d) -> int:
    """Return how many samples before the newest a convolution looks at, and so has to remember."""
    return (layer.kernel_size[0] - 1) * layer.dilation[0]


def multiplications(model: TCN) -> int:
    """Return how many multiplications one sample takes, all layers together."""
    return sum(layer.weight.numel() for layer in model.modules() if isinstance(layer, nn.Conv1d))
