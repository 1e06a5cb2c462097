"""Figures of 11.1 to 11.3: where a sample is felt, and which samples an output has seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from course_utils import plots, tables

if TYPE_CHECKING:
    import numpy as np

DILATIONS = (1, 2, 4)
KERNEL = 3
LENGTHS = (64, 256, 784, 2_048)
SHOWN = 24  # samples in a picture


def draw_impulse(causal_conv: Callable[..., np.ndarray]) -> str:
    """Draw a signal that is 1 once, and what three causal convolutions in a row make of it.

    Returns:
        how many outputs feel the 1, after each of them.
    """
    import numpy as np

    x = np.zeros((1, SHOWN))
    x[0, 4] = 1
    rows = {"the signal": x[0]}
    for dilation in DILATIONS:
        x = np.asarray(causal_conv(x, np.ones((1, 1, KERNEL)), np.zeros(1), dilation))
        rows[f"{'then ' if dilation > 1 else ''}dilation {dilation}"] = x[0]
    top = max(3.0, *(values.max() for values in rows.values()))  # one scale for all rows
    fig, axes = plots.figure(rows=len(rows), width=6.5, height=3.6)
    for place, (row, (name, values)) in enumerate(zip(axes, rows.items(), strict=True)):
        row.vlines(range(SHOWN), 0, values, color=plots.CYCLE[place], linewidth=2)
        row.plot(values, plots.MARKS[place], color=plots.CYCLE[place], markersize=4)
        row.set(xlim=(-0.5, SHOWN - 0.5), ylim=(0, 1.1 * top), yticks=(0, 1, 2, 3), xticks=range(0, SHOWN, 4))
        row.set_ylabel(name, rotation=0, ha="right", va="center", labelpad=12)
        row.tick_params(labelbottom=place == len(rows) - 1)
    axes[-1].set_xlabel("sample")
    felt = [int((np.abs(values) > 1e-9).sum()) for values in rows.values()][1:]
    earlier = any(np.abs(values[:4]).max() > 1e-9 for values in rows.values())
    said = ", ".join(map(str, felt))
    seen = "some before the 1 itself" if earlier else "none before the 1 itself"
    plots.show(fig, f"Four rows of stems: a single 1, felt by {said} outputs after dilation 1, 2 and 4; {seen}.")
    return f"{said} outputs; {seen}"


def draw_receptive_field(receptive_field: Callable[..., int]) -> int:
    """Draw what the last output sees through dilations 1, 2, 4; show what blocks that double the dilation reach.

    Returns:
        how many such blocks it takes to see 784 samples.
    """
    _draw_tree(receptive_field)
    reach = {blocks: receptive_field(KERNEL, [2**power for power in range(blocks)]) for blocks in range(1, 12)}
    needed = {length: next((n for n, seen in reach.items() if seen >= length), None) for length in LENGTHS}
    rows = [
        {"samples to see": f"{length:,}", "blocks": n, "receptive field": f"{reach[n]:,}" if n else "–"}
        for length, n in needed.items()
    ]
    tables.show(rows, f"kernel {KERNEL}, two convolutions a block, dilations 1, 2, 4, …")
    return needed[784] or 0


def _draw_tree(receptive_field: Callable[..., int]) -> None:
    last = SHOWN - 1
    seen = [{last}]
    for dilation in DILATIONS[::-1]:
        seen.append({place - tap * dilation for place in seen[-1] for tap in range(KERNEL)})
    levels = dict(enumerate(seen[::-1]))  # inputs first
    fig, axes = plots.figure(width=6.5, height=2.4)
    for level, places in levels.items():
        axes.plot(range(SHOWN), [level] * SHOWN, "o", color="0.85", markersize=5)
        if level:
            dilation = DILATIONS[level - 1]
            for place in places:
                for tap in range(KERNEL):
                    axes.plot([place - tap * dilation, place], [level - 1, level], color=plots.BLUE, linewidth=0.8)
        axes.plot(sorted(places), [level] * len(places), "o", color=plots.BLUE, markersize=5)
    names = ["samples", *(f"dilation {dilation}" for dilation in DILATIONS)]
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="sample", title="What the last output sees: one convolution a block, kernel 3")
    axes.spines["left"].set_visible(False)
    axes.tick_params(left=False)
    field = receptive_field(KERNEL, list(DILATIONS), 1)
    plots.show(
        fig,
        f"A tree of lines from the last output through three layers down to {len(levels[0])} samples; your "
        f"receptive_field says {field}.",
    )


def draw_reach(temporal_block: Callable[..., Any]) -> str:
    """Draw which inputs the outputs of a block depend on, and of the same with padding on both sides.

    Returns:
        the share of each that comes from the future.
    """
    import numpy as np
    import torch

    torch.manual_seed(0)
    block = temporal_block(1, 8, KERNEL, 2)
    both = torch.nn.Sequential(
        torch.nn.Conv1d(1, 8, KERNEL, dilation=2, padding="same"),
        torch.nn.ReLU(),
        torch.nn.Conv1d(8, 8, KERNEL, dilation=2, padding="same"),
    )
    maps = {"your block": _gradients(block), "padded on both sides": _gradients(both)}
    future = {name: float(np.triu(seen, 1).sum() / seen.sum()) for name, seen in maps.items()}
    fig, axes = plots.figure(columns=2, width=6.5, height=3.0)
    for place, (name, seen) in zip(axes, maps.items(), strict=True):
        place.imshow(seen > 0, cmap="cividis", origin="lower", interpolation="nearest")
        place.plot([0.5, SHOWN - 0.5], [-0.5, SHOWN - 1.5], color="white", linewidth=1)
        place.text(17, 4, "future", color="white", ha="center")
        place.set(title=f"{name}: {future[name]:.0%} future", xlabel="input sample", ylabel="output")
    fig.suptitle("Yellow: the output depends on the input. Kernel 3, dilation 2", fontsize=10)
    said = ", ".join(f"{name} {share:.0%}" for name, share in future.items())
    words = "Two maps of which inputs each output depends on, bright where it does; right of the white diagonal lies"
    plots.show(fig, f"{words} the future. Share of the gradients from there: {said}.")
    return said


def _gradients(module: Any) -> np.ndarray:
    """Return how much each output depends on each input, at random signals: (outputs, inputs)."""
    import numpy as np
    import torch

    x = torch.randn(32, 1, SHOWN, requires_grad=True)
    y = module(x)
    rows = [
        torch.autograd.grad(y[:, :, t].abs().sum(), x, retain_graph=True)[0].abs().sum((0, 1)) for t in range(SHOWN)
    ]
    return np.stack([row.numpy() for row in rows])
