"""Figures of single weights taken away: layer by layer, over all layers at once, with training after it and without."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from course_utils import plots, tables
from course_utils.lessons.pruning_and_distillation import given, instead
from course_utils.lessons.standing_in import either

if TYPE_CHECKING:
    import numpy as np

    Masks = dict[str, np.ndarray]

TUNED = (0.5, 0.8, 0.9, 0.95, 0.98)
EPOCHS, RATE = 2, 0.003
SHOWN = 0.8  # the sparsity that a student guesses about
LOST = 0.05  # of accuracy: here a layer begins to mind


def draw_sensitivity(magnitude_mask: Callable[..., Any], net: Any) -> str:
    """Draw the accuracy when one layer alone loses its smallest weights; return from where on each layer minds."""
    weights, whole = given.weights_of(net), given.right(net)
    lines, minds = {}, {}
    for number, (name, w) in enumerate(weights.items(), 1):
        called = f"{_called(number, w)}: {w.size:,}"
        found = [given.right(given.with_masks(net, {name: magnitude_mask(w, s)})) for s in given.SPARSITIES]
        lines[called] = found
        lost = (f"{s:.0%}" for s, each in zip(given.SPARSITIES, found, strict=True) if each < whole - LOST)
        minds[called.partition(":")[0]] = next(lost, "nowhere")
    fig, axes = plots.figure(width=6.5, height=3)
    percent = [100 * each for each in given.SPARSITIES]
    plots.curves(
        axes,
        lines,
        x=percent,
        title="One layer alone loses its smallest weights",
        xlabel="off, % of the layer",
        ylabel="accuracy",
        marks=True,
    )
    axes.legend(title="layer: its weights", fontsize=8, loc="lower left")
    said = ", ".join(f"{name} {where}" for name, where in minds.items())
    plots.show(fig, f"Accuracy over sparsity, a line a layer, all from {whole:.3f}. 5 points are lost at: {said}.")
    return said


def draw_sparsity(magnitude_mask: Callable[..., Masks], global_masks: Callable[..., Any], net: Any) -> float:
    """Draw the accuracy when all layers lose weights: each the same share, or by one threshold over all.

    Returns:
        the accuracy with 80 % off by one threshold.
    """
    weights = given.weights_of(net)
    one_by_one = either("10.1", magnitude_mask, instead.magnitude_mask.__wrapped__)
    lines: dict[str, list[float]] = {"one threshold": [], "each layer the same share": []}
    for sparsity in given.SPARSITIES:
        same = {name: one_by_one(w, sparsity) for name, w in weights.items()}
        for name, masks in zip(lines, (global_masks(weights, sparsity), same), strict=True):
            lines[name].append(given.right(given.with_masks(net, masks)))
    fig, axes = plots.figure(width=6.5, height=3)
    percent = [100 * each for each in given.SPARSITIES]
    title = "All layers lose their smallest weights; nothing is trained after it"
    plots.curves(axes, lines, x=percent, title=title, xlabel="off, % of all weights", ylabel="accuracy", marks=True)
    axes.legend(loc="lower left")
    said = "; ".join(f"{name}: " + ", ".join(f"{each:.3f}" for each in found) for name, found in lines.items())
    plots.show(fig, f"Accuracy at 0, 50, 60, 70, 80, 90, 95 and 98 % off, falling. {said}.")
    return lines["one threshold"][given.SPARSITIES.index(SHOWN)]


def show_layers(global_masks: Callable[..., Masks], net: Any, sparsity: float) -> None:
    """Show how much of each layer one threshold over all takes away."""
    weights = given.weights_of(net)
    masks = global_masks(weights, sparsity)
    rows = [
        {"layer": _called(number, w), "weights": f"{w.size:,}", "off": f"{1 - masks[name].mean():.1%}"}
        for number, (name, w) in enumerate(weights.items(), 1)
    ]
    tables.show(rows, f"One threshold, {sparsity:.0%} of all weights off")


def _called(number: int, w: np.ndarray) -> str:
    return f"{'conv' if w.ndim == 4 else 'dense'} {number}"


def draw_tuned(fine_tune: Callable[..., Any], global_masks: Callable[..., Masks], net: Any) -> str:
    """Draw accuracies before and after fine-tuning, beside the dense network trained on as long, which is the control.

    Returns:
        accuracy with 90 % off before and after, and the control's, in words.
    """
    weights, batches = given.weights_of(net), given.batches(EPOCHS)
    choose = either("10.2", global_masks, instead.global_masks.__wrapped__)
    control = given.right(fine_tune(net, {}, batches, RATE))
    before, after = [], []
    for sparsity in TUNED:
        masks = choose(weights, sparsity)
        before.append(given.right(given.with_masks(net, masks)))
        after.append(given.right(fine_tune(net, masks, batches, RATE)))
    fig, axes = plots.figure(width=6.5, height=3)
    lines = {"before": before, "after": after}
    levels = {f"control, nothing off, trained on: {control:.3f}": control}
    title = f"Pruned, and then {EPOCHS} epochs of fine-tuning"
    percent = [100 * each for each in TUNED]
    settings = {"x": percent, "title": title, "xlabel": "off, % of all weights", "ylabel": "accuracy", "marks": True}
    plots.curves(axes, lines, levels=levels, **settings)
    axes.set_ylim(0, 1.08)
    axes.legend(loc="lower left")
    pairs = zip(TUNED, before, after, strict=True)
    words = "; ".join(f"{s:.0%} off {old:.3f} and {new:.3f}" for s, old, new in pairs)
    plots.show(fig, f"Accuracy before and after fine-tuning: {words}. The control has {control:.3f}.")
    at = TUNED.index(0.9)
    return f"{before[at]:.3f} → {after[at]:.3f}; control {control:.3f}"


def show_patterns(two_of_four: Callable[..., Any], magnitude_mask: Callable[..., Any], net: Any) -> None:
    """Show accuracies with half of the weights off, two of every four and without a pattern, and what PyTorch does."""
    weights = {name: w for name, w in given.weights_of(net).items() if w[0].size % 4 == 0}
    one_by_one = either("10.1", magnitude_mask, instead.magnitude_mask.__wrapped__)
    masks = {
        "two of every four": {name: two_of_four(w.reshape(len(w), -1)).reshape(w.shape) for name, w in weights.items()},
        "half of the same layers, anywhere": {name: one_by_one(w, 0.5) for name, w in weights.items()},
        "nothing off": {},
    }
    found = {name: given.right(given.with_masks(net, each)) for name, each in masks.items()}
    tables.show([{"off": name, "accuracy": f"{each:.3f}"} for name, each in found.items()], "Nothing is trained after")
    print("PyTorch's kernel for it, on this CPU:", _semi_structured())


def _semi_structured() -> str:
    import torch
    from torch.sparse import to_sparse_semi_structured

    from course_utils.quiet import quiet

    w = torch.tensor([[0.0, 0.0, 1.0, 1.0] * 16] * 64, dtype=torch.float16)
    try:
        with quiet():
            to_sparse_semi_structured(w) @ torch.ones(64, 64, dtype=torch.float16)
    except Exception:
        return "refused, it is for GPUs"
    return "it runs"
