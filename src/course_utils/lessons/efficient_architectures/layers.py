"""Layers and what they take, as tables and bars: of single layers, and of the course's two networks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from course_utils import plots, tables
from course_utils.lessons.efficient_architectures import networks

SIDE = 14
LOOKS = {  # colour and hatch by kind of layer
    "dense 3×3": (plots.VERMILION, ""),
    "pointwise 1×1": (plots.BLUE, "///"),
    "depthwise 3×3": (plots.GREEN, "xxx"),
    "dense layer": (plots.BLACK, ""),
}
Profile = Callable[..., list[dict[str, Any]]]


def show_costs(macs: Callable[..., int]) -> float:
    """Show what layers of 64 channels take at 14×14; return how many times the pair a dense 3×3 convolution takes."""
    from torch import nn

    layers = {
        "dense 3×3": nn.Conv2d(64, 64, 3, padding=1),
        "depthwise 3×3": nn.Conv2d(64, 64, 3, padding=1, groups=64),
        "pointwise 1×1": nn.Conv2d(64, 64, 1),
        "BatchNorm2d": nn.BatchNorm2d(64),
    }
    found = {name: macs(layer, (64, SIDE, SIDE)) for name, layer in layers.items()}
    pair = found["depthwise 3×3"] + found["pointwise 1×1"]
    found["depthwise and pointwise"] = pair
    sizes = {name: sum(each.numel() for each in layer.parameters()) for name, layer in layers.items()}
    sizes["depthwise and pointwise"] = sizes["depthwise 3×3"] + sizes["pointwise 1×1"]
    rows = [{"layer": name, "MACs": f"{many:,}", "parameters": f"{sizes[name]:,}"} for name, many in found.items()]
    tables.show(rows, f"64 channels in, 64 out, {SIDE}×{SIDE}, by your function")
    return found["dense 3×3"] / pair


def kinds_of(net: Any) -> dict[str, str]:
    """Return for each layer that multiplies, by name, which kind it is."""
    from torch import nn

    found = {}
    for name, layer in net.named_modules():
        if isinstance(layer, nn.Linear):
            found[name] = "dense layer"
        elif isinstance(layer, nn.Conv2d):
            deep = layer.groups == layer.in_channels > 1
            found[name] = "depthwise 3×3" if deep else "pointwise 1×1" if layer.kernel_size == (1, 1) else "dense 3×3"
    return found


def draw_macs(profile: Profile) -> float:
    """Draw the MACs of both networks, layer by layer; return the share, in percent, of the MobileNet's 1×1 ones."""
    fig, panes = plots.figure(rows=2, height=4.4)
    share, told = 0.0, []
    for axes, (name, net) in zip(panes, _both(), strict=True):
        kinds = kinds_of(net)
        rows = [row for row in profile(net, networks.images()) if row["name"] in kinds]
        total = sum(row["macs"] for row in rows)
        shares = {}
        for kind, (color, hatch) in LOOKS.items():
            bars = [(place, row["macs"] / 1e6) for place, row in enumerate(rows, 1) if kinds[row["name"]] == kind]
            shares[kind] = 100e6 * sum(height for _, height in bars) / total
            style = {"color": color, "hatch": hatch, "edgecolor": "white", "label": f"{kind}: {shares[kind]:.0f} %"}
            axes.bar(*zip(*bars, strict=True), **style) if bars else None
        axes.set(title=f"{name}: {total:,} MACs", ylabel="million MACs", xlim=(0.3, 20.7))
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
        told.append(f"{name}, {total:,} MACs: " + ", ".join(f"{kind} {each:.0f} %" for kind, each in shares.items()))
        share = shares["pointwise 1×1"]
    tallest = max(axes.get_ylim()[1] for axes in panes)
    for axes in panes:
        axes.set_ylim(0, tallest)  # one scale, to compare the networks by eye
    panes[-1].set(xlabel="convolutions and dense layers, in the order they run")
    plots.show(fig, f"Bars for each layer, by your profile. {'. '.join(told)}.")
    return share


def show_totals(profile: Profile) -> None:
    """Show the MACs, parameters and bytes of both networks, and the share of bytes that layers without a MAC write."""
    shown = []
    for name, net in _both():
        rows = profile(net, networks.images())
        macs, params, written = (sum(row[key] for row in rows) for key in ("macs", "params", "out_bytes"))
        idle = sum(row["out_bytes"] for row in rows if not row["macs"]) / written
        sums = {"MACs": f"{macs:,}", "parameters": f"{params:,}", "bytes written": f"{written:,}"}
        shown.append({"network": name} | sums | {"of these by layers without a MAC": f"{idle:.0%}"})
    tables.show(shown, "One image, by your profile, Identity and Flatten included")


def _both() -> list[tuple[str, Any]]:
    return [("ResNet", networks.resnet()), ("MobileNet", networks.mobilenet())]
