"""Races: layers and networks with fewer multiplications, or the same in another order, against what they were."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from course_utils import plots, tables
from course_utils.lessons.efficient_architectures import networks
from course_utils.lessons.efficient_architectures.files import multiplications
from course_utils.lessons.efficient_architectures.networks import eagerly, exported, images
from course_utils.timing import Comparison, compare
from course_utils.timing.comparison import Ratio

if TYPE_CHECKING:
    import torch
    from matplotlib.axes import Axes

CHANNELS, SIDE = 64, 14
WIDEST = 3  # of the axis of what is left: noise that goes further gets an arrow
RUNTIMES = {"eager PyTorch": eagerly, "ONNX Runtime": exported}


def race_block(separable: Callable[..., torch.nn.Module]) -> tuple[float, str]:
    """Race a dense 3×3 convolution with normalization and ReLU against a student's separable one, one image.

    Returns:
        how many times as fast the separable one is, in eager PyTorch, and in words, with its interval, in ONNX Runtime.
    """
    from torch import nn

    dense = nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1, bias=False), nn.BatchNorm2d(CHANNELS), nn.ReLU()
    nets = {"dense 3×3": nn.Sequential(*dense).eval(), "separable": separable(CHANNELS, CHANNELS).eval()}
    found = _raced(nets, images(1, CHANNELS, SIDE), rounds=150)
    _show(found, nets, images(1, CHANNELS, SIDE), f"{CHANNELS} channels, {SIDE}×{SIDE}")
    eager, graph = (each.ratio("separable") for each in found.values())
    return 1 / eager.value, _gain(graph)


def draw_swap(to_separable: Callable[..., torch.nn.Module]) -> str:
    """Draw what is left of the ResNet's MACs and times once its 3×3 convolutions are separable; say it of the times."""
    net = networks.resnet()
    nets, x = {"dense 3×3": net, "separable": to_separable(net).eval()}, images()
    found = _raced(nets, x, rounds=60)
    dense, swapped = (multiplications(each, x) for each in nets.values())
    ratios = {f"time, {runtime}": each.ratio("separable") for runtime, each in found.items()}
    said = {"MACs": f"{swapped / dense:.2f}"}
    said |= {name: f"{r.value:.2f} ({r.low:.2f} to {r.high:.2f})" for name, r in ratios.items()}
    fig, axes = plots.figure(height=1.9)
    end = min(WIDEST, 1.1 * max(1, *(r.high for r in ratios.values())))
    _bars(axes, {"MACs": swapped / dense} | {name: r.value for name, r in ratios.items()}, end)
    for place, ratio in enumerate(ratios.values(), 1):
        ends = [ratio.low, min(ratio.high, end)]
        axes.plot(ends, [place, place], color=plots.BLACK)
        for x, mark in zip(ends, ("|", ">" if ratio.high > end else "|"), strict=True):  # an arrow: it goes on
            axes.plot([x], [place], mark, color=plots.BLACK, markersize=8, clip_on=False)
    axes.set_yticks(range(len(said)), [f"{name}: {words}" for name, words in said.items()])
    words = "; ".join(f"{name} {value}" for name, value in said.items())
    plots.show(fig, f"What is left of the ResNet with separable 3×3 convolutions: {words}.")
    return ", ".join(f"{runtime} {said[f'time, {runtime}']}" for runtime in RUNTIMES)


def race_layouts() -> str:
    """Race both networks in eager PyTorch, channels-first against channels-last, one image; show a table, say gains."""
    import torch

    rows, said, x = [], [], images()
    other = x.contiguous(memory_format=torch.channels_last)
    for name, net in (("ResNet", networks.resnet()), ("MobileNet", networks.mobilenet())):
        last = copy.deepcopy(net).to(memory_format=torch.channels_last)
        calls = {"channels first": eagerly(net, x), "channels last": eagerly(last, other)}
        ratio = compare(calls, rounds=40, time_limit_s=2).ratio("channels last")
        rows.append({"network": name, "as fast, channels last": _gain(ratio), "that is": ratio.verdict})
        said.append(f"{name} {_gain(ratio)}")
    tables.show(rows, "Eager PyTorch, one image, one thread; times as fast as channels first, with 95 % intervals")
    return ", ".join(said)


def _bars(axes: Axes, left: Mapping[str, float], end: float) -> None:
    colors = [plots.SKY, *[plots.BLUE] * (len(left) - 1)]
    axes.barh(range(len(left)), [min(each, end) for each in left.values()], color=colors, height=0.6)
    axes.axvline(1, color="0.4", linewidth=0.8)
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.set(xlim=(0, end), xlabel="of the ResNet with dense 3×3 convolutions")


def _raced(nets: Mapping[str, torch.nn.Module], x: torch.Tensor, rounds: int) -> dict[str, Comparison]:
    """Return, by runtime, the times of networks in turns."""
    return {
        runtime: compare({name: call(net, x) for name, net in nets.items()}, rounds=rounds, time_limit_s=3)
        for runtime, call in RUNTIMES.items()
    }


def _show(found: Mapping[str, Comparison], nets: Mapping[str, Any], x: torch.Tensor, caption: str) -> None:
    many = [multiplications(net, x) for net in nets.values()]
    rows = [{"": "MACs", "dense 3×3": f"{many[0]:,}", "separable": f"{many[1]:,}", "gain": f"{many[0] / many[1]:.2f}×"}]
    for runtime, each in found.items():
        first, second = (row["median"] for row in each.rows())
        gain = _gain(each.ratio("separable"))
        rows.append({"": f"time, {runtime}", "dense 3×3": first, "separable": second, "gain": gain})
    tables.show(rows, caption)


def _gain(ratio: Ratio) -> str:
    """Say how many times as fast, where a ratio is one of times."""
    return f"{1 / ratio.value:.2f}× ({1 / ratio.high:.2f} to {1 / ratio.low:.2f})"
