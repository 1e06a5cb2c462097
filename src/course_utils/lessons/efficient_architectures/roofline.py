"""The roofline of this processor, and the convolutions of two networks on it, as ONNX Runtime's profiler times them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from course_utils import plots, tables
from course_utils.export import to_onnx_torchscript
from course_utils.hardware import processor
from course_utils.hardware.kept_peaks import machine
from course_utils.lessons.efficient_architectures import networks
from course_utils.lessons.efficient_architectures.folder import passing_path
from course_utils.lessons.efficient_architectures.layers import LOOKS
from course_utils.profiling import kernels_of, microseconds

RUNS = 150
SHAPES = {"dense 3×3": "s", "pointwise 1×1": "o", "depthwise 3×3": "^"}
NUMBER = 4  # bytes of a float32


class Point(NamedTuple):
    """A convolution that ran: of which network, what kind, its MACs, bytes moved, and seconds."""

    network: str
    kind: str
    macs: int
    moved: int
    seconds: float

    @property
    def intensity(self) -> float:
        """MACs a byte."""
        return self.macs / self.moved

    @property
    def rate(self) -> float:
        """MACs a second."""
        return self.macs / self.seconds


def draw_roofline(attainable: Callable[..., tuple[float, str]]) -> dict[str, str]:
    """Draw this processor's roofline and each convolution of both networks as a point; show what limits which kind.

    Args:
        attainable: takes MACs, bytes, peak and bandwidth.

    Returns:
        both peaks in words.
    """
    can, points = machine(), [*_points("ResNet", networks.resnet()), *_points("MobileNet", networks.mobilenet())]
    peak, band = can["float32"], can["cache"]
    fig, axes = plots.figure(height=3.9)
    reach = [10 ** (place / 20) for place in range(-24, 36)]
    roof = [attainable(each, 1, peak, band)[0] / 1e9 for each in reach]
    axes.plot(reach, roof, color=plots.BLACK, label="float32, from cache: your function")
    axes.plot(reach, [min(peak, each * can["memory"]) / 1e9 for each in reach], color="0.5", linestyle="--")
    low = {"xytext": (9, -5), "textcoords": "offset points", "color": "0.35", "fontsize": 8}
    axes.annotate("from memory", (0.15, 0.15 * can["memory"] / 1e9), **low)
    axes.axhline(can["int8"] / 1e9, color=plots.PURPLE, linestyle=":", label=f"int8 peak: {can['int8'] / 1e9:.0f}")
    for kind, mark in SHAPES.items():
        mine = [point for point in points if point.kind == kind]
        style = {"color": LOOKS[kind][0], "marker": mark, "linestyle": "", "markerfacecolor": "none"}
        axes.plot([p.intensity for p in mine], [p.rate / 1e9 for p in mine], label=kind, **style)
    axes.set(xscale="log", yscale="log", xlabel="intensity, MACs a byte", ylabel="billion MACs a second")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_title(f"{processor().name}, one core: float32 peak {peak / 1e9:.0f}")
    axes.legend(fontsize=8, loc="lower right")
    said = _show_kinds(points, attainable, peak, band)
    told = "; ".join(f"{kind}: {words}" for kind, words in said.items())
    plots.show(fig, f"Roofline of this core, float32 peak {peak / 1e9:.0f} billion MACs a second. {told}.")
    peaks = ", ".join(f"{kind} {can[kind] / 1e9:.0f}" for kind in ("float32", "int8"))
    return {f"{processor().kind}, billion MACs a second": peaks}


def _show_kinds(
    points: list[Point], attainable: Callable[..., tuple[float, str]], peak: float, band: float
) -> dict[str, str]:
    """Show, for each kind of convolution, its intensity, what it reaches, what it could, and what limits it."""
    rows, said = [], {}
    for kind in SHAPES:
        mine = [point for point in points if point.kind == kind]
        limits = [attainable(point.macs, point.moved, peak, band) for point in mine]
        bound = sum(limit == "memory" for _, limit in limits)
        reached = statistics.median(point.rate for point in mine)
        could = statistics.median(rate for rate, _ in limits)
        said[kind] = f"{reached / 1e9:.1f} of {could / 1e9:.1f}"
        rows.append(
            {
                "convolutions": kind,
                "how many": len(mine),
                "MACs a byte": f"{statistics.median(point.intensity for point in mine):.1f}",
                "reached, billion a second": f"{reached / 1e9:.1f}",
                "attainable": f"{could / 1e9:.1f}",
                "under the slope": f"{bound} of {len(mine)}",
            }
        )
    tables.show(rows, "Medians; bytes from the cache")
    return said


def _points(name: str, net: Any) -> Iterator[Point]:
    """Run a network often with the profiler on, and yield what it says of each convolution."""
    x = networks.images()
    with passing_path("profiled.onnx") as path:
        to_onnx_torchscript(net, x.expand(2, -1, -1, -1), path)
        kernels = kernels_of(path, x.numpy(), RUNS)
    for ran in kernels.values():
        if ran[0]["args"]["op_name"] in ("Conv", "FusedConv"):
            yield _point(name, ran)


def _point(name: str, ran: list[dict[str, Any]]) -> Point:
    shapes = [next(iter(each.values())) for each in ran[0]["args"]["input_type_shape"]]
    out = next(iter(ran[0]["args"]["output_type_shape"][0].values()))
    given, weight = shapes[:2]
    kind = "pointwise 1×1" if weight[2:] == [1, 1] else "dense 3×3"
    if weight[1] == 1 < given[1]:
        kind = "depthwise 3×3"
    macs = math.prod(out) * math.prod(weight[1:])
    moved = NUMBER * (sum(map(math.prod, shapes)) + math.prod(out))
    return Point(name, kind, macs, moved, max(microseconds(ran), 0.5) / 1e6)
