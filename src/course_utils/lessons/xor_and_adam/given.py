"""Networks to start from, and what the tests of Adam compare with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

Net = dict[str, np.ndarray]


def example_net() -> Net:
    """Return a net with three hidden units, untrained; a new one each time."""
    return {
        "w1": np.array([[1.0, -1.0, 0.5], [0.5, 1.0, -1.0]]),
        "b1": np.array([0.0, 0.5, -0.5]),
        "w2": np.array([[1.0], [-1.0], [2.0]]),
        "b2": np.array([0.5]),
    }


def random_net(width: int, seed: int) -> Net:
    """Return a net of ``width`` hidden units with normal weights and no biases; the same seed gives the same net."""
    draw = np.random.default_rng(seed).normal
    return {"w1": draw(size=(2, width)), "b1": np.zeros(width), "w2": draw(size=(width, 1)), "b2": np.zeros(1)}


def fresh_net(rng: np.random.Generator, width: int) -> Net:
    """Return a net of ``width`` hidden units, drawn from ``rng``, biases included."""
    shapes = {"w1": (2, width), "b1": (width,), "w2": (width, 1), "b2": (1,)}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def torch_adam(param: Sequence[float] | np.ndarray, grads: Iterable[np.ndarray], **settings: Any) -> np.ndarray:
    """Return where PyTorch's Adam takes ``param`` when it is shown these gradients, one after the other.

    Args:
        param: numbers of any shape; each gradient has the same.
        settings: of ``torch.optim.Adam``: lr, betas, eps.
    """
    import torch

    weight = torch.tensor(param, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([weight], **settings)
    for grad in grads:
        weight.grad = torch.tensor(grad)
        optimizer.step()
    return weight.detach().numpy()


def many_steps(
    adam_step: Callable[..., tuple[np.ndarray, dict]], param: np.ndarray, grads: Iterable[np.ndarray], **settings: float
) -> np.ndarray:
    """Return where a student's ``adam_step`` takes ``param``, shown the same as ``torch_adam``.

    Args:
        settings: of ``adam_step``: lr, beta1, beta2, eps.
    """
    state = {"m": np.zeros_like(param), "v": np.zeros_like(param)}
    for step, grad in enumerate(grads, start=1):
        param, state = adam_step(param, grad, state, step, **settings)
    return param
