"""What the demonstrations prune: the trained digit CNN, its weights by name, its accuracy with some of them off."""

from __future__ import annotations

import copy
from functools import cache
from typing import TYPE_CHECKING

from course_utils import data, training

if TYPE_CHECKING:
    import numpy as np
    import torch

SIZE = 16
SPARSITIES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)


@cache
def digits16() -> data.Digits:
    """Return the 16×16 digits as tensors, loaded once."""
    return data.digits(SIZE, as_tensors=True)


def cnn() -> torch.nn.Module:
    """Return the course's digit CNN, three convolutions and a dense layer, trained on the 16×16 digits."""
    return training.trained("cnn")


def weights_of(net: torch.nn.Module) -> dict[str, np.ndarray]:
    """Return the weights of the convolutions and dense layers of a network by name, biases and norms left out."""
    return {name: value.detach().numpy().copy() for name, value in net.named_parameters() if value.ndim > 1}


def with_masks(net: torch.nn.Module, masks: dict[str, np.ndarray]) -> torch.nn.Module:
    """Return a copy of a network with the weights at 0 where their mask is False."""
    import torch

    net = copy.deepcopy(net)
    for name, mask in masks.items():
        net.get_parameter(name).data.masked_fill_(~torch.from_numpy(mask), 0.0)
    return net


def right(net: torch.nn.Module) -> float:
    """Return a network's accuracy on the 450 test digits."""
    return training.accuracy(net, digits16().test_images, digits16().test_labels)


def batches(epochs: int, seed: int = 0, size: int = 32) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Return the batches of so many epochs over the 1,347 training digits, in an order drawn with ``seed``."""
    import torch

    draw, digits = torch.Generator().manual_seed(seed), digits16()
    orders = (torch.randperm(len(digits.train_labels), generator=draw) for _ in range(epochs))
    return [(digits.train_images[b], digits.train_labels[b]) for order in orders for b in order.split(size)]
