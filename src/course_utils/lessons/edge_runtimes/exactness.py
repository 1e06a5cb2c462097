"""Pictures of what rounding costs: of a factor made a multiplier and a shift, of a sum made a code."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from course_utils import plots

if TYPE_CHECKING:
    import numpy as np

FACTORS = 300
HATCHES = ("", "//", "..", "xx")


def draw_factor_errors(fixed_point: Callable[[float], tuple[int, int]]) -> str:
    """Draw how far off the pair for each of 300 factors is, beside the best that 15 and 7 bits allow.

    Returns:
        the largest error, relative, in words.
    """
    import numpy as np

    scales = np.exp(np.random.default_rng(0).uniform(np.log(1e-6), np.log(10), FACTORS))
    yours = [_off(scale, *fixed_point(float(scale))) for scale in scales]
    coarse = {f"{bits} bits": [_nearest(scale, bits) for scale in scales] for bits in (15, 7)}
    fig, axes = plots.figure(height=2.8)
    for (name, errors), color, mark in zip(
        [("yours", yours), *coarse.items()], (plots.BLUE, plots.ORANGE, plots.VERMILION), "o^s", strict=True
    ):
        axes.plot(scales, np.maximum(errors, 1e-14), mark, color=color, markersize=3, label=name)
    axes.axhline(2.0**-31, color=plots.BLACK, linewidth=1)
    axes.annotate("2⁻³¹", (scales.min(), 2.0**-31), xytext=(0, 3), textcoords="offset points", fontsize=9)
    axes.set(xscale="log", yscale="log", xlabel="factor", ylabel="relative error", ylim=(1e-14, 3e-1))
    axes.set_title("Factors as whole numbers")
    fig.legend(loc="outside right center")
    most = max(yours)
    worst = {name: max(errors) for name, errors in coarse.items()}
    said = f"largest relative error of {FACTORS} factors: yours {most:.1e}, bound {2.0**-31:.1e}"
    plots.show(fig, f"Points on logarithmic axes; {said}; {', '.join(f'{k} {v:.1e}' for k, v in worst.items())}.")
    return f"{most:.2g} of the factor"


def draw_rounding(requantize: Callable[..., np.ndarray]) -> str:
    """Draw the mean error of four ways to round sums of which a quarter lies halfway between two codes.

    Returns:
        the mean error of ``requantize``, in codes.
    """
    import numpy as np

    sums = np.random.default_rng(0).integers(-200, 201, 20_000).astype(np.int32)
    exact = sums / 4
    ways: dict[str, Any] = {
        "yours": requantize(sums, 2**30, 32, 0).astype(float),
        "halves up": np.floor(exact + 0.5),
        "toward zero": np.trunc(exact),
        "down": np.floor(exact),
    }
    sides = {"sums below 0": sums < 0, "all sums": slice(None), "sums above 0": sums > 0}
    means = {name: [float((way - exact)[side].mean()) for side in sides.values()] for name, way in ways.items()}
    fig, axes = plots.figure(height=2.8)
    places = np.arange(len(sides))
    for k, (name, values) in enumerate(means.items()):
        axes.bar(places + 0.2 * (k - 1.5), values, 0.18, label=name, color=plots.CYCLE[k], hatch=HATCHES[k])
    axes.axhline(0, color=plots.BLACK, linewidth=0.8)
    axes.set_xticks(places, list(sides))
    axes.set(ylabel="mean error, codes", title="Rounding quarters to whole codes")
    fig.legend(loc="outside right center")
    told = "; ".join(f"{name} {', '.join(f'{v:+.3f}' for v in values)}" for name, values in means.items())
    plots.show(fig, f"Bars: mean error for sums below 0, all sums, and sums above 0: {told}.")
    return f"{means['yours'][1]:+.3f} codes; halves up {means['halves up'][1]:+.3f}"


def _off(scale: float, multiplier: int, shift: int) -> float:
    return abs(math.ldexp(int(multiplier), -int(shift)) / scale - 1)


def _nearest(scale: float, bits: int) -> float:
    part, _ = math.frexp(scale)
    return abs(round(part * 2**bits) / 2**bits / part - 1)
