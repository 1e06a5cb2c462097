"""The lesson's two figures: nodes over levels, and time over levels and batch sizes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from course_utils import plots

if TYPE_CHECKING:
    from course_utils.timing import Comparison

NAMED = ("Conv", "FusedConv", "BatchNormalization", "Relu", "Add")
HATCHES = ("", "//", "..", "\\\\", "xx", "oo")
MARKS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 20)


def draw_levels(counts: Mapping[str, Mapping[str, int]]) -> None:
    """Draw how many nodes of each operator there are at each level, as stacked bars.

    Args:
        counts: nodes by operator, by level.
    """
    import numpy as np

    totals = {level: sum(ops.values()) for level, ops in counts.items()}
    heights = {kind: [ops.get(kind, 0) for ops in counts.values()] for kind in NAMED}
    heights["others"] = [sum(count for kind, count in ops.items() if kind not in NAMED) for ops in counts.values()]
    fig, axes = plots.figure(width=6.5, height=3.2)
    base = np.zeros(len(totals))
    for (kind, height), colour, hatch in zip(heights.items(), plots.CYCLE, HATCHES, strict=False):
        axes.bar(list(totals), height, bottom=base, label=kind, color=colour, hatch=hatch, edgecolor="white", width=0.6)
        base += height
    for place, total in enumerate(totals.values()):
        axes.annotate(str(total), (place, total), ha="center", va="bottom")
    axes.set(title="DigitResNet: nodes over levels", ylabel="nodes", ylim=(0, 1.12 * max(totals.values())))
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    words = [
        f"{level}: {totals[level]}, of them {', '.join(f'{count} {kind}' for kind, count in ops.items())}"
        for level, ops in counts.items()
    ]
    plots.show(fig, f"Stacked bars of DigitResNet's nodes over the levels. {'; '.join(words)}.")


def draw_latency(found: Mapping[tuple[str, int], Comparison]) -> None:
    """Draw the times over eager PyTorch's, one panel a network, with 95 % intervals.

    Args:
        found: by network and number of images, as ``latency`` returns it; all with the same functions.
    """
    import numpy as np

    nets, batches = (list(dict.fromkeys(key[place] for key in found)) for place in (0, 1))
    names = list(next(iter(found.values())).timings)[1:]
    ratios = [turns.ratio(name) for turns in found.values() for name in names]
    # A wide interval leaves the frame; a nan, of few rounds, does not.
    bottom, top = min(1.0, *(each.value for each in ratios)) / 1.2, max(1.0, *(each.value for each in ratios)) * 1.2
    notes = ["An interval without a cap goes on beyond the frame."]
    notes *= any(each.low < bottom or each.high > top for each in ratios)
    notes += ["A point without an interval: too few rounds."] * any(np.isnan(each.low) for each in ratios)
    fig, panels = plots.figure(columns=len(nets), width=9, height=3.8)
    for axes, net in zip(np.atleast_1d(panels), nets, strict=True):
        for number, name in enumerate(names):
            _points(axes, number, name, np.array([found[net, batch].ratio(name) for batch in batches]), len(names))
        axes.axhline(1, color="0.4", linewidth=0.8)
        axes.set_xticks(range(len(batches)), [f"{batch} image{'s' * (batch > 1)}" for batch in batches])
        axes.set(title=net, yscale="log", ylim=(bottom, top))
        marks = [mark for mark in MARKS if bottom < mark < top]
        axes.set_yticks(marks, [f"{mark:g}" for mark in marks])
        axes.set_yticks([], minor=True)
    np.atleast_1d(panels)[0].set_ylabel("time over eager PyTorch")
    np.atleast_1d(panels)[-1].legend(loc="center left", bbox_to_anchor=(1, 0.5))
    fig.supxlabel(" ".join(notes), fontsize=9)
    said = []
    for (net, batch), turns in found.items():
        told = ", ".join(f"{name} {turns.ratio(name).value:.2f}" for name in names)
        said.append(f"{net}, {batch} image{'s' * (batch > 1)}: {told}")
    what = "Time over eager PyTorch's (below 1 is faster, log axis), with 95 % intervals."
    plots.show(fig, " ".join([what, *notes, f"{'; '.join(said)}."]))


def _points(axes: Any, number: int, name: str, ratios: Any, count: int) -> None:
    import numpy as np

    value, low, high = ratios.T
    style = {"fmt": plots.MARKS[number], "color": plots.CYCLE[number], "markersize": 5, "capsize": 3}
    places = np.arange(len(value)) + 0.13 * (number - (count - 1) / 2)
    axes.errorbar(places, value, yerr=[value - low, high - value], label=name, **style)
