"""Pictures of how steep it is: two losses, and a narrow valley."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_utils import plots

SURE_AND_WRONG = -8.0
VALLEY = np.array([1.0, 100.0])  # the loss is (a² + 100 b²) / 2
STEPS, START = 60, np.array([-4.0, 0.6])


def draw_two_losses(loss: Callable[[np.ndarray, np.ndarray], float], sigmoid: Callable) -> float:
    """Draw the cross-entropy and the squared error of sigmoid(z) where the truth is 1.

    Args:
        loss: the student's, takes (1, 1) probabilities and truths.

    Returns:
        How many times as steep the cross-entropy is at z = −8, where the answer is sure and wrong.
    """
    truth = np.ones((1, 1))
    costs = {
        "cross-entropy": lambda z: loss(sigmoid(np.array([[z]])), truth),
        "squared error": lambda z: float((1 - sigmoid(z)) ** 2),
    }
    places = np.linspace(SURE_AND_WRONG, 4, 200)
    fig, axes = plots.figure(width=5.5, height=2.7)
    lines = {name: [cost(z) for z in places] for name, cost in costs.items()}
    plots.curves(axes, lines, x=places, title="The cost of an answer when y = 1", xlabel="z", ylabel="loss")
    plots.show(
        fig,
        "Loss against z for a truth of 1: far to the left, where the answer is sure and wrong, the cross-entropy rises "
        "in a straight line, while the squared error lies flat at 1.",
    )
    near = 1e-3
    steep, flat = (cost(SURE_AND_WRONG - near) - cost(SURE_AND_WRONG + near) for cost in costs.values())
    return steep / flat


def draw_valley(adam_step: Callable[..., tuple[np.ndarray, dict]], state: dict[str, np.ndarray]) -> str:
    """Draw 60 steps of gradient descent and of a student's Adam in a valley 100 times steeper across than along.

    Args:
        adam_step: takes (param, grad, state, step, lr).
        state: what Adam starts from, for a parameter of two numbers.

    Returns:
        Where both end, in words.
    """
    plain, adam = [START], [START]
    for step in range(1, STEPS + 1):
        plain.append(plain[-1] - 0.018 * VALLEY * plain[-1])
        moved, state = adam_step(adam[-1], VALLEY * adam[-1], state, step, lr=0.15)
        adam.append(moved)

    fig, axes = plots.figure(width=6.5, height=2.8)
    grid = np.stack(np.meshgrid(np.linspace(-4.6, 1.2, 100), np.linspace(-0.8, 0.8, 100)), axis=-1)
    axes.contour(grid[..., 0], grid[..., 1], _height(grid), levels=12, colors="0.8", linewidths=0.7)
    axes.plot(*np.array(plain).T, marker="o", markersize=3, color=plots.ORANGE, label="gradient descent, lr 0.018")
    axes.plot(*np.array(adam).T, marker="s", markersize=3, color=plots.BLUE, label="your Adam, lr 0.15")
    axes.set(title=f"{STEPS} steps; the minimum is at (0, 0)", xlabel="a, along", ylabel="b, across")
    axes.legend(loc="upper right")
    ends = f"gradient descent {_height(plain[-1]):.3f}, Adam {_height(adam[-1]):.3f}, both from {_height(START):.0f}"
    plots.show(fig, f"Paths in a narrow valley: descent zigzags, then crawls; Adam sweeps past and back. Loss: {ends}.")
    return ends


def _height(places: np.ndarray) -> np.ndarray:
    return (VALLEY * places**2).sum(axis=-1) / 2
