"""The lesson's figures: each takes what the student wrote, draws it, and returns what it found."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from course_utils import plots
from course_utils.lessons.activation_tables.given import to_integers, xor_net
from course_utils.lessons.activation_tables.unwritten import or_else, tanh_tables

if TYPE_CHECKING:
    import numpy as np

    Fn = Callable[..., np.ndarray]

FLOOR = math.tanh(6) - math.tanh(4)  # what a table that ends at 4 misses at 6
ON_THE_FLOOR = 1.02
BITS = range(2, 17)


def draw_codes(reals: np.ndarray, low: float, high: float) -> str:
    """Draw the reals that codes stand for, above as many values spread evenly from ``low`` to ``high``.

    Args:
        reals: (n,), ascending.

    Returns:
        in words, how near each row comes to 0.
    """
    import numpy as np

    grids = {"yours": reals, "from end to end": np.linspace(low, high, len(reals))}
    said = ", ".join(f"{name} {np.abs(grid).min():.3f}" for name, grid in grids.items())
    fig, axes = plots.figure(width=6.5, height=1.8)
    for row, (name, color, mark) in enumerate(zip(grids, (plots.BLUE, plots.ORANGE), "os", strict=True)):
        axes.plot(grids[name], [row] * len(reals), mark, color=color)
    axes.axvline(0, color="0.6", linewidth=0.8)
    span = f"{low:g} to {high:g}".replace("-", "−")
    axes.set(title=f"{len(reals)} codes for the range {span}", xlabel="real value", ylim=(1.5, -0.5))
    axes.set_yticks((0, 1), list(grids))
    plots.show(fig, f"Two rows of {len(reals)} dots from about {span}; distance of the nearest to 0: {said}.")
    return said


def draw_there_and_back(back: Fn, scale: float, zero_point: int, bits: int = 3) -> str:
    """Draw what comes back from codes, and its error, for reals from −2 to 4.

    Args:
        back: quantizes reals of shape (n,) and makes reals of the codes again.
        scale, zero_point: of the codes, to tell rounding from clipping.

    Returns:
        in words, half a step and the largest error within the codes' reach and over all.
    """
    import numpy as np

    x = np.linspace(-2, 4, 1201)
    error = back(x) - x
    reached = (x >= -scale * zero_point) & (x <= scale * (2**bits - 1 - zero_point))
    inside, beyond = np.abs(error[reached]).max(), np.abs(error).max()
    said = f"half a step is {scale / 2:.3f}; error within reach {inside:.3f}, beyond it {beyond:.3f}"
    fig, (left, right) = plots.figure(columns=2, width=7.5, height=2.7)
    plots.curves(left, {"x": x, "there and back": x + error}, x=x, title=f"{bits} bits", xlabel="x")
    plots.curves(right, {"error": error}, x=x, title="What comes back, less x; grey: ± half a step", xlabel="x")
    for height in (-scale / 2, scale / 2):
        right.axhline(height, color="0.6", linewidth=0.8)
    words = (
        "Left: a staircase along the diagonal, flat at both ends. Right: its error, a saw that grows beyond the ends"
    )
    plots.show(fig, f"{words}: {said}.")
    return said


def draw_staircase(lookup: Fn, build_table: Fn) -> str:
    """Draw tanh beside a table of 16 entries, and the errors of 16 and of 256, on −6 to 6.

    Returns:
        in words, the largest error of each.
    """
    import numpy as np

    x = np.linspace(-6, 6, 4001)
    found = {
        f"{len(table)} entries": lookup(table, x, low, high)
        for table, low, high in tanh_tables(build_table, (4, 8)).values()
    }
    errors = {name: values - np.tanh(x) for name, values in found.items()}
    said = ", ".join(f"{name} {np.abs(error).max():.4f}" for name, error in errors.items())
    fig, (left, right) = plots.figure(columns=2, width=7.5, height=2.7)
    name = next(iter(found))
    plots.curves(left, {"tanh": np.tanh(x), name: found[name]}, x=x, title="Your lookup", xlabel="x")
    plots.curves(right, errors, x=x, title="Its error", xlabel="x")
    plots.show(
        fig,
        "Left: tanh and a staircase of 16 steps around it. Right: the errors, saws that are highest in the middle and "
        f"shrink to both sides. Largest error: {said}.",
    )
    return said


def draw_errors(lookup_linear: Fn, lookup: Fn, build_table: Fn) -> int:
    """Draw the largest error on −6 to 6 of tables from 2 to 16 bits, interpolated and, if 2.4 is written, nearest.

    Returns:
        from how many bits on interpolation is within 2 % of the floor, tanh 6 − tanh 4.
    """
    import numpy as np

    x = np.linspace(-6, 6, 20_001)
    entries = tanh_tables(build_table, BITS)

    def errors_of(find: Fn) -> list[float]:
        return [float(np.abs(find(table, x, *ends) - np.tanh(x)).max()) for table, *ends in entries.values()]

    said = "Exercise 2.4 is not written yet: interpolation is drawn alone."
    nearest = or_else(lambda: {"nearest entry": errors_of(lookup)}, dict, said)
    errors = nearest | {"interpolated": errors_of(lookup_linear)}
    fig, axes = plots.figure(width=6, height=3)
    plots.curves(axes, errors, x=BITS, title="Largest error on −6 to 6", xlabel="bits", ylabel="error", marks=True)
    axes.axhline(FLOOR, color="0.6", linewidth=0.8)
    axes.annotate("tanh 6 − tanh 4", (2, FLOOR), va="top", color="0.35", fontsize=8)
    axes.set(yscale="log", ylim=(3e-4, None))
    words = ", ".join(f"{name} from {e[0]:.1e} to {e[-1]:.1e}" for name, e in errors.items())
    reached = next(bits for bits, e in zip(BITS, errors["interpolated"], strict=True) if e < ON_THE_FLOOR * FLOOR)
    plots.show(
        fig, f"Largest error from 2 to 16 bits, falling: {words}. The floor is {FLOOR:.1e}, met at {reached} bits."
    )
    return reached


def draw_ends(error_bound: Callable[..., float], lookup: Fn, build_table: Fn) -> float:
    """Draw, for 256 entries that end anywhere from 1 to 6, the student's bound, the clipping error, and what is seen.

    Returns:
        the end with the least error seen; without 2.3 or 2.4, with the least of bound and clipping error.
    """
    import numpy as np

    ends, x = np.linspace(1, 6, 41), np.linspace(-8, 8, 16_001)

    def worst(end: float) -> float:
        return float(np.abs(lookup(build_table(np.tanh, -end, end, 8), x, -end, end) - np.tanh(x)).max())

    bound, clipping = [float(error_bound(1.0, -end, end, 8)) for end in ends], 1 - np.tanh(ends)
    said = "Exercises 2.3 and 2.4 are not both written yet: the errors seen are left out."
    seen: Any = or_else(lambda: [worst(end) for end in ends], list, said)
    fig, axes = plots.figure(width=6, height=3)
    lines = {"your bound": bound, "clipping": clipping}
    plots.curves(axes, lines, x=ends, title="256 entries from −end to end", xlabel="end of the table", ylabel="error")
    if seen:
        axes.plot(ends[::2], seen[::2], "o", color=plots.BLACK, markersize=3, label="largest error seen")
    axes.legend()
    axes.set(yscale="log", ylim=(2e-3, 0.5))
    least = seen or np.maximum(bound, clipping)
    best = float(ends[np.argmin(least)])
    words = "The error falls along the clipping error, then rises along the bound"
    plots.show(fig, f"{words}. The lowest is {min(least):.4f}, for a table that ends at {best:.2f}.")
    return best


def draw_planes(integer_xor: Fn) -> str:
    """Draw the float net's probability beside the answers of its integers, over the plane, in steps of 1/32.

    Returns:
        at how many points of the plane both answer the same, in words.
    """
    import numpy as np

    net, points = xor_net()
    whole = to_integers(net, x_scale=1 / 32)

    def probability(x: np.ndarray) -> np.ndarray:
        z = np.tanh(x @ net["w1"] + net["b1"]) @ net["w2"] + net["b2"]
        return 0.5 + 0.5 * np.tanh(0.5 * z[:, 0])

    def answers(x: np.ndarray) -> np.ndarray:
        return np.asarray(integer_xor(whole, np.rint(x * 32).astype(np.int8)))

    plane = np.stack(np.meshgrid(np.arange(-13, 46), np.arange(-13, 46)), axis=-1).reshape(-1, 2) / 32
    same = (answers(plane) == (probability(plane) > 0.5)).mean()
    said = f"{same:.2%} of {len(plane):,}"
    fig, (left, right) = plots.figure(columns=2, width=7, height=2.9)
    labels = np.array([0, 1, 1, 0])
    plots.surface(left, probability, points.astype(float), labels, title="Floats and tanh")
    plots.surface(right, answers, points.astype(float), labels, title="Integers and 256 bytes")
    right.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plots.show(
        fig,
        "Two planes, nearly alike: the corners around (1, 0) and (0, 1) answer 1, a diagonal band between them answers "
        f"0. Left the change is smooth, right a step. The same answer at {said} points.",
    )
    return said
