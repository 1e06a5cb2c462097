"""Pictures of planes: of the inputs, of the hidden activations, of two weights."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_utils import plots
from course_utils.lessons.xor_and_adam.given import Net

LINES = 20_000
MOMENTS = (0, 25, 75, 300)  # steps of training
Forward = Callable[[Net, np.ndarray], tuple[np.ndarray, np.ndarray]]


def draw_lines(dense: Callable[..., np.ndarray], activation: Callable, x: np.ndarray, y: np.ndarray) -> float:
    """Draw how many points 20,000 random lines get right, and one of the best; return its percent of the points.

    Args:
        dense: the student's, takes (x, w, b, activation).
        activation: 1 on one side of a line, 0 on the other.
        x, y: four points, (4, 2) and (4, 1).
    """
    rng = np.random.default_rng(1)
    w, b = rng.normal(size=(2, LINES)), rng.normal(size=LINES)
    accuracy = (dense(x, w, b, activation) == y).mean(axis=0)
    most = accuracy.max()
    clear_of_the_points = np.abs(x @ w + b).min(axis=0)
    best = np.where(accuracy == most, clear_of_the_points, -1).argmax()

    fig, (left, right) = plots.figure(columns=2, width=7, height=2.8)
    shares = [float((accuracy == right_of_4 / 4).mean()) for right_of_4 in range(5)]
    left.bar(["0%", "25%", "50%", "75%", "100%"], shares, color=plots.BLUE)
    left.set(title=f"{LINES:,} random lines", xlabel="points right", ylabel="share of the lines")
    title = f"One of the best: {most:.0%} (yellow: answers 1)"
    plots.surface(right, lambda points: dense(points, w[:, [best]], b[[best]], activation)[:, 0], x, y, title=title)
    right.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plots.show(
        fig,
        f"Left: bars of how many of the four points {LINES:,} random lines get right; the best reach {most:.0%}. "
        "Right: one of the best lines, with yellow where it answers 1, and the four points.",
    )
    return 100 * float(most)


def draw_hidden_plane(forward: Forward, net: Net, x: np.ndarray, y: np.ndarray) -> None:
    """Draw a net's answer over the inputs, and the same points in the plane of its two hidden units.

    Args:
        forward: the student's, takes (net, x) and returns (hidden, p).
        net: one with two hidden units.
        x, y: (n, 2) and (n, 1); the second and the third point are the ones named in the picture.
    """
    hidden, _ = forward(net, x)
    weights, bias = net["w2"][:, 0], net["b2"][0]

    fig, (left, right) = plots.figure(columns=2, width=7, height=2.9)
    image = plots.surface(left, lambda points: forward(net, points)[1][:, 0], x, y, title="The inputs")
    seen = lambda points: 1 / (1 + np.exp(-points @ weights - bias))  # noqa: E731
    plots.surface(right, seen, hidden, y, title="The same points, seen by the output")
    right.set(xlabel="first hidden unit: or", ylabel="second hidden unit: and")
    right.annotate("(1, 0) and (0, 1)", hidden[1], xytext=(16, -15), textcoords="offset points", ha="right", size=8)
    right.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    fig.colorbar(image, ax=left, label="p")
    plots.show(
        fig,
        "Left: in the plane of the inputs the network answers 1 in a diagonal band that holds (1, 0) and (0, 1). "
        "Right: in the plane of the hidden activations those two fall on one point, and one straight line separates "
        "it from the other two.",
    )


def draw_loss_surface(
    forward: Forward,
    loss: Callable[[np.ndarray, np.ndarray], float],
    gradients: Callable[..., Net],
    net: Net,
    x: np.ndarray,
    y: np.ndarray,
) -> None:
    """Draw the loss over the first hidden unit's two weights, with arrows along the negative gradient.

    Args:
        forward, loss, gradients: the student's; where ``loss`` is not written yet, PyTorch's stands in and it is said.
        x, y: (n, 2) and (n, 1).
    """
    side = np.linspace(-6, 6, 60)
    fewer = side[3:-3:5]

    def moved(a: float, b: float) -> Net:
        return net | {"w1": np.column_stack([[a, b], net["w1"][:, 1:]])}

    slopes = np.array([[gradients(moved(a, b), x, y)["w1"][:, 0] for a in fewer] for b in fewer])
    down = -slopes / np.linalg.norm(slopes, axis=-1, keepdims=True)
    loss = _written_or_torchs(loss)
    heights = [[loss(forward(moved(a, b), x)[1], y) for a in side] for b in side]

    fig, axes = plots.figure(width=5, height=3.6)
    shades = axes.contourf(side, side, heights, levels=14, cmap="Greys")
    axes.contour(shades, colors="0.5", linewidths=0.6)
    fig.colorbar(shades, label="loss")
    axes.quiver(fewer, fewer, down[..., 0], down[..., 1], color=plots.VERMILION, scale=24, width=0.004)
    axes.set(title="Loss over two of the weights", xlabel="$W_1[0, 0]$", ylabel="$W_1[1, 0]$", aspect="equal")
    plots.show(
        fig,
        "Height map of the loss over two weights, with an arrow every few units along the negative gradient: "
        "the arrows cross the height lines at right angles, away from the ridges and into the valleys.",
    )


def draw_learning(
    train: Callable[..., tuple[Net, list[float]]], forward: Forward, start: Net, x: np.ndarray, y: np.ndarray
) -> float:
    """Draw a net's answer after 0, 25, 75 and 300 steps of Adam (lr 0.05); return its loss after 300.

    Args:
        train: the student's, takes (net, x, y, steps, lr) and returns (net, losses).
        x, y: (n, 2) and (n, 1).
    """
    losses = train(start, x, y, MOMENTS[-1] + 1, 0.05)[1]  # each is measured before its step
    fig, axes = plots.figure(columns=len(MOMENTS), width=9, height=2.5)
    for one, steps in zip(axes, MOMENTS, strict=True):
        net = train(start, x, y, steps, 0.05)[0]
        title = f"{steps} steps, loss {losses[steps]:.3f}"
        image = plots.surface(one, lambda points, net=net: forward(net, points)[1][:, 0], x, y, title=title)
    fig.colorbar(image, ax=axes[-1], label="p")
    last = float(losses[-1])
    plots.show(
        fig,
        f"The network's answer over the plane after {', '.join(map(str, MOMENTS))} steps: at first near ½ "
        f"everywhere, at the end high around (1, 0) and (0, 1) and low around the others, with a loss of {last:.3f}.",
    )
    return last


def _written_or_torchs(loss: Callable[[np.ndarray, np.ndarray], float]) -> Callable[[np.ndarray, np.ndarray], float]:
    import torch

    try:
        loss(np.array([[0.5]]), np.array([[1.0]]))
    except NotImplementedError:
        print("binary_cross_entropy is not written yet: the heights are PyTorch's.")
        return lambda p, y: torch.nn.functional.binary_cross_entropy(torch.tensor(p), torch.tensor(y)).item()
    return loss
