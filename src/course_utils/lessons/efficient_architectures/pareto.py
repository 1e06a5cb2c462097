"""Nets of one recipe beside each other: what each takes, and how many digits it gets right."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from course_utils import models, plots
from course_utils.data import digits
from course_utils.lessons.efficient_architectures.files import (
    RECIPE,
    Cost,
    file_accuracy,
    multiplications,
    net_file,
    weigh,
)
from course_utils.lessons.efficient_architectures.folder import passing_path
from course_utils.seeds import seeded
from course_utils.training import accuracy, fit, trained
from course_utils.training.keeping import kept

if TYPE_CHECKING:
    from torch import nn

YOURS, VERSION = "your small net", 1  # the version counts changes of what is kept
DENSE = {"dense 8-16": (8, 16), "dense 16-32": (16, 32), "dense 16-32-64": (16, 32, 64)}
SEPARABLE = {"separable 8-16-32": (8, 16, 32), "separable 16-32-64": (16, 32, 64)}
LOOKS = {YOURS: (plots.VERMILION, "D"), "one linear layer": (plots.BLACK, "o"), "ResNet": (plots.BLACK, "*")}
LOOKS |= {name: (plots.BLUE, mark) for name, mark in zip(DENSE, "sPX", strict=True)}
LOOKS |= {name: (plots.GREEN, mark) for name, mark in zip(SEPARABLE, "^v", strict=True)}
Found = dict[str, tuple[Cost, float]]


def draw_pareto(small_net: Callable[[], nn.Module]) -> dict[str, str]:
    """Draw accuracy over MACs of a student's net, trained now, and of others, trained once and kept.

    Returns:
        what the student's takes and reaches, in words.
    """
    with passing_path("yours.onnx") as path:
        net_file(small_net, path)
        found: Found = {YOURS: (weigh(path), file_accuracy(path))} | _others()
    front = _front(found)
    fig, axes = plots.figure(height=3.4)
    for name, (cost, right) in sorted(found.items(), key=lambda each: each[1][0].macs):
        color, mark = LOOKS[name]
        label = f"{name}: {right:.3f}\n{cost.macs:,} MACs, {cost.parameters:,} parameters"
        axes.plot([cost.macs], [right], mark, color=color, markersize=8, label=label)
    line = sorted((found[name][0].macs, found[name][1]) for name in front)
    axes.step(*zip(*line, strict=True), where="post", color="0.6", linewidth=0.8, zorder=0)
    axes.set(xscale="log", xlabel="MACs an image", ylabel="accuracy", ylim=(None, 1.005))
    axes.legend(fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5), title="fewest MACs first", title_fontsize=7)
    axes.set_title("The grey steps are the Pareto front")
    told = "; ".join(f"{name} {cost.macs:,} MACs, {right:.3f}" for name, (cost, right) in found.items())
    plots.show(fig, f"Accuracy over MACs: {told}. On the front: {', '.join(front)}.")
    mine, right = found[YOURS]
    return {YOURS: f"{mine.parameters:,} parameters, {mine.macs:,} MACs, {right:.3f}"}


def _front(found: Found) -> list[str]:
    """Return the nets that no other beats in one of both without losing in the other, fewest MACs first."""
    ordered = sorted(found, key=lambda name: (found[name][0].macs, -found[name][1]))
    front, best = [], 0.0
    for name in ordered:
        if found[name][1] > best:
            front.append(name)
            best = found[name][1]
    return front


def _others() -> Found:
    makers: dict[str, Callable[[], nn.Module]] = {"one linear layer": _linear}
    makers |= {name: partial(_dense, widths) for name, widths in DENSE.items()}
    makers |= {name: partial(models.separable_net.__wrapped__, widths) for name, widths in SEPARABLE.items()}
    nets = {name: _kept(name, make) for name, make in makers.items()} | {"ResNet": trained("resnet")}
    given = digits(28, as_tensors=True)
    return {
        name: (
            Cost(sum(each.numel() for each in net.parameters()), multiplications(net, given.test_images[:1])),
            accuracy(net, given.test_images, given.test_labels),
        )
        for name, net in nets.items()
    }


def _kept(name: str, make: Callable[[], Any]) -> Any:
    def build() -> Any:
        seeded(0)
        return make()

    def train(net: Any) -> None:
        given = digits(28)
        fit(net, given.train_images, given.train_labels, seed=0, **RECIPE)

    key = "-".join(str(part) for part in (VERSION, *RECIPE.values()))
    return kept(name.replace(" ", "-"), key, build, train).eval()


def _linear() -> nn.Module:
    from torch import nn

    return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))


def _dense(widths: tuple[int, ...]) -> nn.Module:
    from torch import nn

    layers: list[nn.Module] = []
    for place, (given, wide) in enumerate(zip((1, *widths), widths, strict=False)):
        stride = 2 if place < 2 else 1
        layers += [nn.Conv2d(given, wide, 3, stride, 1, bias=False), nn.BatchNorm2d(wide), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], 10))
