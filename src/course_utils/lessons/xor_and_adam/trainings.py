"""Trainings that the lesson compares its own with, and PyTorch's word on a gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from course_utils.lessons.xor_and_adam.given import Net, random_net

if TYPE_CHECKING:
    import torch

NUDGE = 1e-6  # of a weight, to see how the loss follows


def descend(gradients: Callable[..., Net], net: Net, x: np.ndarray, y: np.ndarray, steps: int, lr: float) -> Net:
    """Return the net after plain gradient descent: every step is ``lr`` times the student's gradient.

    Args:
        gradients: takes (net, x, y).
        x, y: (n, 2) and (n, 1).
    """
    for _ in range(steps):
        grads = gradients(net, x, y)
        net = {name: net[name] - lr * grads[name] for name in net}
    return net


def relu_losses(x: np.ndarray, y: np.ndarray, runs: int = 30, steps: int = 500, lr: float = 0.05) -> list[float]:
    """Train ``runs`` nets of two relu units with PyTorch, all at once; return their last losses, sorted.

    Args:
        x, y: (n, 2) and (n, 1).
        lr: Adam's, which steps each number by itself, so that the runs do not meet.
    """
    import torch

    starts = [random_net(2, seed) for seed in range(runs)]
    stacked = {name: np.stack([np.atleast_2d(start[name]) for start in starts]) for name in starts[0]}
    leaves = {name: torch.tensor(value, requires_grad=True) for name, value in stacked.items()}
    optimizer = torch.optim.Adam(leaves.values(), lr=lr)
    inputs, truth = torch.tensor(x), torch.tensor(y).expand(runs, -1, -1)

    def losses() -> torch.Tensor:
        units = torch.relu(inputs @ leaves["w1"] + leaves["b1"])
        logits = units @ leaves["w2"] + leaves["b2"]
        each = torch.nn.functional.binary_cross_entropy_with_logits(logits, truth, reduction="none")
        return each.mean(dim=(1, 2))

    for _ in range(steps):
        optimizer.zero_grad()
        losses().sum().backward()
        optimizer.step()
    return sorted(losses().tolist())


def gap_to_autograd(
    gradients: Callable[..., Net], net: Net, module: torch.nn.Module, x: np.ndarray, y: np.ndarray
) -> float:
    """Return the largest difference between a student's gradients and those that PyTorch finds.

    Where ``gradients`` is not written yet, a sentence says so and PyTorch's are compared with nudges of each weight.

    Args:
        gradients: takes (net, x, y).
        module: the same net in PyTorch, whatever its parameters are called: both sides are compared in order of size.
        x, y: (n, 2) and (n, 1).
    """
    import torch

    def loss() -> torch.Tensor:
        return torch.nn.functional.binary_cross_entropy(module(torch.tensor(x)), torch.tensor(y))

    module.zero_grad()
    loss().backward()
    theirs = [parameter.grad.numpy().ravel() for parameter in module.parameters()]
    try:
        mine = [grad.ravel() for grad in gradients(net, x, y).values()]
    except NotImplementedError:
        print("gradients is not written yet: here each weight is nudged instead, and the loss is seen to follow.")
        mine = [_nudged(parameter, loss) for parameter in module.parameters()]
    return float(np.abs(np.sort(np.concatenate(mine)) - np.sort(np.concatenate(theirs))).max())


def step_downhill(module: torch.nn.Module) -> None:
    """Move each parameter that stands on ``module`` itself by minus its gradient, if it has one: for ``net.apply``."""
    for parameter in module.parameters(recurse=False):
        if parameter.grad is not None:
            parameter.data -= parameter.grad


def _nudged(parameter: torch.Tensor, loss: Callable[[], torch.Tensor]) -> np.ndarray:
    import torch

    slopes = []
    with torch.no_grad():
        for place in np.ndindex(*parameter.shape):
            parameter[place] += NUDGE
            above = loss().item()
            parameter[place] -= 2 * NUDGE
            slopes.append((above - loss().item()) / (2 * NUDGE))
            parameter[place] += NUDGE
    return np.array(slopes)
