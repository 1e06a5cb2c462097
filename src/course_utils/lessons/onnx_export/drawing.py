"""The lesson's figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course_utils import plots
from course_utils.lessons.onnx_export.given import results_of

if TYPE_CHECKING:
    import torch
    from matplotlib.axes import Axes

COUNTS = (1, 2, 7, 64, 450)  # images in a batch
Difference = Callable[["torch.nn.Module", Path, list["torch.Tensor"]], float]


def draw_differences(
    largest_difference: Difference,
    module: torch.nn.Module,
    file: Path,
    images: torch.Tensor,
    counts: Sequence[int] = COUNTS,
) -> float:
    """Draw the largest difference between a module and its file for batches of several sizes.

    Args:
        largest_difference: the student's.
        counts: how many of the images are in each batch.

    Returns:
        The difference of the last batch.
    """
    gaps = [largest_difference(module, file, [images[:n]]) for n in counts]
    fig, axes = plots.figure(width=5.5, height=2.6)
    bars = axes.bar([str(n) for n in counts], [1e6 * gap for gap in gaps], color=plots.BLUE)
    axes.bar_label(bars, [f"{1e6 * gap:.1f}" for gap in gaps], size=8)
    axes.set(title="Largest difference of any score", xlabel="images in the batch", ylabel="millionths")
    axes.margins(y=0.15)
    listed = ", ".join(f"{gap:.1e} at {n}" for n, gap in zip(counts, gaps, strict=True))
    plots.show(fig, f"Bars, the largest difference between PyTorch and ONNX Runtime by batch size: {listed}.")
    return gaps[-1]


def draw_scans(scans: torch.Tensor, labels: np.ndarray, probabilities: np.ndarray) -> None:
    """Draw the first four scans and the two whose labels are least sure, titled with label and probability.

    Args:
        scans: (n, h, w) uint8, n at least 6.
        labels, probabilities: (n,) each.
    """
    chosen = [*range(4), *probabilities.argsort()[:2].tolist()]
    fig, axes = plots.figure(columns=len(chosen), width=7.5, height=1.5)
    for place, each in zip(axes, chosen, strict=True):
        place.imshow(scans[each], cmap="gray")
        place.set_title(f"{labels[each]}, {probabilities[each]:.0%}", loc="center")
        place.axis("off")
    said = "; ".join(f"{labels[each]} at {probabilities[each]:.0%}" for each in chosen)
    plots.show(fig, f"Six scans of digits, titled with what the file says: {said}. The last two are its least sure.")


def draw_sides(module: torch.nn.Module, files: Mapping[str, Path], image: np.ndarray) -> str:
    """Draw what a module and files of it make of a dark scan, and of the same scan inverted.

    Args:
        module: from (n, h, w) float32 to the same.
        files: by what they are called.
        image: (h, w) float32 from 0 to 1, dark on the whole.

    Returns:
        For each file the share of the inverted scan's pixels that differ from the module's: ``"frozen 97%, yours 0%"``.
    """
    import torch

    fig, axes = plots.figure(columns=2 + len(files), rows=2, width=1.9 * (2 + len(files)), height=3.4)
    wrong: dict[str, str] = {}
    told = []
    for row, (kind, scan) in zip(axes, (("dark", image), ("bright", 1 - image)), strict=True):
        wanted = module(torch.from_numpy(scan[None].copy())).numpy()[0]
        _pixels(row[0], scan, f"a {kind} scan", 0)
        _pixels(row[1], wanted, type(module).__name__, -1)
        for place, (name, file) in zip(row[2:], files.items(), strict=True):
            found = results_of(file, scan[None])[0][0]
            wrong[name] = f"{(np.abs(found - wanted) > 1e-3).mean():.0%}"
            _pixels(place, found, f"{name}:\n{wrong[name]} wrong", -1)
            told.append(f"{name} has {wrong[name]} of the pixels of a {kind} scan wrong")
    plots.show(fig, f"A scan of a digit, dark and bright, and what becomes of it: {'; '.join(told)}.")
    return ", ".join(f"{name} {share}" for name, share in wrong.items())


def draw_swish(x: np.ndarray, hard: np.ndarray) -> float:
    """Draw swish and a graph's hard swish, and the difference of the two below.

    Args:
        x: (n,) float32, where; hard: (n,), what the graph gives there.

    Returns:
        The largest difference.
    """
    swish = x / (1 + np.exp(-x))
    gap = np.abs(hard - swish)
    most = int(gap.argmax())
    fig, (above, below) = plots.figure(rows=2, width=5.5, height=4.0)
    plots.curves(above, {"swish": swish, "your graph": hard}, x=x, title="Two activations")
    plots.curves(below, {"difference": hard - swish}, x=x, title="Your graph minus swish", xlabel="x")
    below.axhline(0, color="0.6", linewidth=0.8, zorder=0)
    below.plot(x[most], (hard - swish)[most], "o", color=plots.VERMILION)
    below.annotate(
        f"{gap[most]:.2f} at {x[most]:.1f}",
        (x[most], (hard - swish)[most]),
        xytext=(8, 0),
        textcoords="offset points",
        va="center",
    )
    below.margins(y=0.2)
    plots.show(
        fig,
        f"Above, swish and hard swish from {x[0]:.0f} to {x[-1]:.0f}, close together; hard swish has corners. Below, "
        f"their difference: it is largest, {gap[most]:.2f}, at x = {x[most]:.1f}.",
    )
    return float(gap[most])


def _pixels(axes: Axes, image: np.ndarray, title: str, low: float) -> None:
    axes.imshow(image, cmap="gray", vmin=low, vmax=1)
    axes.set_title(title, loc="center", size=9)
    axes.set(xticks=[], yticks=[])
    for side in axes.spines.values():  # or a white image has no edge on a white page
        side.set(visible=True, color="0.5")
