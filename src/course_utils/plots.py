"""The course's figures: a palette that colour-blind readers can tell apart, and words for who cannot see them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito, "Color Universal Design" (2008).
BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, YELLOW, BLACK = "#CC79A7", "#56B4E9", "#F0E442", "#000000"
CYCLE = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, BLACK)
DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))
MARKS = ("o", "s", "^", "D", "v", "P", "X")

STYLE = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "figure.constrained_layout.use": True,
    "font.size": 10,
    "legend.frameon": False,
}


def figure(columns: int = 1, rows: int = 1, width: float = 7.0, height: float = 3.0) -> tuple[Figure, Any]:
    """Return a figure in the course's style and its axes (one, or an array of them).

    Args:
        width, height: of the whole figure, in inches.
    """
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    matplotlib.rcParams.update(STYLE)
    drawn = Figure(figsize=(width, height))
    FigureCanvasAgg(drawn)
    return drawn, drawn.subplots(rows, columns)


def show(drawn: Figure, alt: str) -> None:
    """Display ``drawn`` in the notebook; ``alt`` says in words what it shows and stays with it in every export.

    Raises:
        ValueError: ``alt`` says nothing.
    """
    from IPython.display import display

    from course_utils.markup import figure_html

    if len(alt.split()) < 5:
        raise ValueError("alt: say in a sentence what the figure shows, for a reader who cannot see it")
    display({"text/html": figure_html(drawn, alt), "text/plain": alt}, raw=True)


def curves(
    axes: Axes,
    lines: Mapping[str, Sequence[float]],
    *,
    x: Sequence[float] | None = None,
    title: str = "",
    xlabel: str = "",
    ylabel: str = "",
    levels: Mapping[str, float] | None = None,
    marks: bool = False,
) -> None:
    """Draw named lines, told apart by colour and dash, and named grey levels to read them against.

    Args:
        lines: values by name, each of the length of ``x`` (default: 0, 1, 2, …).
        levels: heights by name, drawn as thin horizontal lines.
        marks: mark each value, where there are few.
    """
    for number, (name, values) in enumerate(lines.items()):
        places = range(len(values)) if x is None else x
        style = {"color": CYCLE[number % len(CYCLE)], "linestyle": DASHES[number % len(DASHES)]}
        if marks:
            style |= {"marker": MARKS[number % len(MARKS)], "markersize": 4}
        axes.plot(places, values, label=name, **style)
    for name, height in (levels or {}).items():
        axes.axhline(height, color="0.6", linewidth=0.8)
        axes.annotate(
            name,
            (0.01, height),
            xycoords=("axes fraction", "data"),
            ha="left",
            va="bottom",
            color="0.35",
            fontsize=8,
        )
    axes.set(title=title, xlabel=xlabel, ylabel=ylabel)
    if len(lines) > 1:
        axes.legend()


def surface(
    axes: Axes,
    predict: Callable[[np.ndarray], np.ndarray],
    points: np.ndarray,
    labels: np.ndarray,
    *,
    title: str = "",
    margin: float = 0.4,
) -> Any:
    """Colour the plane by a classifier's probability, with its points; the black line is p = ½.

    Args:
        predict: takes (n, 2) points, returns n probabilities.
        points: (n, 2).
        labels: n zeros and ones: circles and squares.

    Returns:
        The coloured image, for a colour bar.
    """
    import numpy as np

    low, high = points.min(0) - margin, points.max(0) + margin
    across, up = (np.linspace(a, b, 121) for a, b in zip(low, high, strict=True))
    grid = np.stack(np.meshgrid(across, up), axis=-1)
    heights = np.asarray(predict(grid.reshape(-1, 2)), dtype=float).reshape(grid.shape[:2])
    box = (low[0], high[0], low[1], high[1])
    image = axes.imshow(heights, extent=box, origin="lower", vmin=0, vmax=1, cmap="cividis", aspect="equal")
    if heights.min() < 0.5 < heights.max():
        axes.contour(across, up, heights, levels=[0.5], colors="black", linewidths=1.2)
    for label, mark in ((0, "o"), (1, "s")):
        chosen = points[np.ravel(labels) == label]
        axes.scatter(*chosen.T, marker=mark, s=60, color="white", edgecolor="black", label=f"y = {label}", zorder=3)
    axes.set(title=title, xlabel="$x_1$", ylabel="$x_2$")
    return image
