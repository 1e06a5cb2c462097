"""Pictures of many trainings: over learning rates, over widths, and where they end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from course_utils import plots, tables
from course_utils.lessons.xor_and_adam.given import Net, random_net

RATES = (0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30)
WIDTHS, STARTS = (2, 3, 4, 8), 30
LEARNED = 0.1
Method = Callable[[Net, float], Net]


def draw_rates(
    methods: Mapping[str, Method],
    loss: Callable[[Net], float],
    rates: Sequence[float] = RATES,
    starts: int = 8,
) -> dict[str, float]:
    """Draw the median loss of each method over learning rates; a table compares them at the best rate of each.

    Args:
        methods: by name, each takes (net, lr) and returns a trained net.
        loss: of a net.
        starts: how many nets of four hidden units each is tried on.

    Returns:
        The median loss at its best rate, by method.
    """
    nets = [random_net(4, seed) for seed in range(starts)]
    medians = {
        name: [float(np.median([loss(run(net, lr)) for net in nets])) for lr in rates] for name, run in methods.items()
    }
    best = {name: int(np.argmin(values)) for name, values in medians.items()}
    rows = [{"learning rate": rates[k]} | {name: f"{medians[name][k]:.4f}" for name in medians} for k in best.values()]
    tables.show(rows, "Median loss at the best rate of each")

    fig, axes = plots.figure(width=6, height=3)
    labels = {"xlabel": "learning rate", "ylabel": "median loss"}
    plots.curves(axes, medians, x=rates, levels={"learned": LEARNED}, marks=True, **labels)
    axes.set(xscale="log", yscale="log", title="Loss after training")
    said = " and ".join(f"{name} ends at {medians[name][k]:.4f} with rate {rates[k]:g}" for name, k in best.items())
    plots.show(fig, f"Median loss over learning rate, best where {said}; beyond that each gets far worse.")
    return {name: medians[name][k] for name, k in best.items()}


def draw_widths(
    loss_after: Callable[[Net], float], widths: Sequence[int] = WIDTHS, starts: int = STARTS
) -> dict[int, int]:
    """Draw how many random starts learn, by width, and print where the others end.

    Args:
        loss_after: trains a net and returns its last loss; below 0.1 it has learned.

    Returns:
        How many of the starts have learned, by the number of hidden units.
    """
    ends = {width: [loss_after(random_net(width, seed)) for seed in range(starts)] for width in widths}
    solved = {width: sum(loss < LEARNED for loss in losses) for width, losses in ends.items()}
    stuck = sorted({f"{loss:.2f}" for losses in ends.values() for loss in losses if loss >= LEARNED})

    fig, axes = plots.figure(width=5, height=2.6)
    bars = axes.bar([str(width) for width in widths], solved.values(), color=plots.BLUE)
    axes.bar_label(bars)
    axes.set(title=f"Starts out of {starts} that learn XOR", xlabel="hidden units", ylim=(0, 1.1 * starts))
    said = ", ".join(f"{count} with {width} units" for width, count in solved.items())
    plots.show(fig, f"Bars of how many of {starts} starts learn XOR: {said}.")
    print("The other runs end at a loss of", ", ".join(stuck) or "nothing: there are none")
    return solved


def draw_plateaus(levels: Mapping[str, float], losses: Sequence[float]) -> str:
    """Draw the last losses of many runs as dots, and the levels by name as lines.

    Args:
        losses: sorted.

    Returns:
        How many runs have learned and how many ended at each level, in words.
    """
    fig, axes = plots.figure(width=6, height=3)
    title = f"Where {len(losses)} trainings of a relu net end"
    plots.curves(axes, {}, title=title, levels=levels, xlabel="run, sorted by loss", ylabel="loss")
    axes.plot(losses, "o", color=plots.BLUE, markersize=4)
    counts = {"learn": sum(loss < 0.01 for loss in losses)}
    counts |= {name: sum(abs(loss - level) < 0.01 for loss in losses) for name, level in levels.items()}
    said = "; ".join(f"{count} {name}" for name, count in counts.items())
    plots.show(fig, f"Last losses of {len(losses)} runs, sorted: {said}.")
    return said
