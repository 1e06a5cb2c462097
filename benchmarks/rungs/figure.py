"""The ladder drawn: speed-ups over eager PyTorch at each batch size, and below them the published ones, hollow."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils import plots
from rungs.quoted import QUOTED


def draw(report: dict[str, Any]) -> tuple[Figure, str]:
    """Return the figure of a report and in words what it shows."""
    sizes, names = report["batch_sizes"], [rung["name"] for rung in report["rungs"]]
    quoted = [f"{name} ({ladder.hardware})" for ladder in QUOTED for name in list(ladder.rungs)[1:]]
    drawn, _ = plots.figure(width=10, height=2.2 + 0.27 * (len(names) + len(quoted)))
    drawn.clear()
    grid = drawn.add_gridspec(2, max(2, len(sizes)), height_ratios=[len(names), len(quoted) + 1])
    for column, size in enumerate(sizes):
        _measured(drawn.add_subplot(grid[0, column]), report, size, names if column == 0 else [])
    _quoted(drawn.add_subplot(grid[1, 0]), quoted)
    note = drawn.add_subplot(grid[1, 1:])
    note.axis("off")
    note.text(0, 0.95, _note(report), va="top", fontsize=8, color="0.25", wrap=True)
    said = "; ".join(f"{rung['name']} " + _speedups(rung) for rung in report["rungs"][1:])
    batches = ", ".join(map(str, sizes))
    return drawn, f"Speed-up over {names[0]} at batches {batches}: {said}. Below, hollow, published ladders as quoted."


def _measured(axes: Axes, report: dict[str, Any], size: int, labels: list[str]) -> None:
    for height, rung in enumerate(report["rungs"]):
        at = next(row for row in rung["batches"] if row["batch"] == size)
        low, high = at["interval"]
        slower = high < 1
        axes.errorbar(
            at["speedup"],
            height,
            xerr=[[at["speedup"] - low], [high - at["speedup"]]],
            fmt="v" if slower else "o",
            color=plots.VERMILION if slower else plots.BLUE,
            markerfacecolor=None if rung["keeps_floor"] else "white",
            markersize=5,
            capsize=3,
        )
        axes.annotate(f"{at['speedup']:.2f}×", (at["speedup"], height), (6, 4), textcoords="offset points", fontsize=7)
    _dress(axes, labels, len(report["rungs"]), f"batch {size}")


def _quoted(axes: Axes, labels: list[str]) -> None:
    height = 0
    for number, ladder in enumerate(QUOTED):
        for name in list(ladder.rungs)[1:]:
            value, color = ladder.speedup(name), plots.CYCLE[number + 1]
            axes.plot(value, height, marker=plots.MARKS[number + 1], color=color, markerfacecolor="white")
            axes.annotate(f"{value:.1f}×", (value, height), (6, 3), textcoords="offset points", fontsize=7)
            height += 1
    _dress(axes, labels, len(labels), "quoted, not measured here")


def _dress(axes: Axes, labels: list[str], count: int, title: str) -> None:
    axes.axvline(1, color="0.6", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_xlim(0.15, 400)  # another network in place of this one is some 80 times as fast
    axes.set_xticks([0.2, 1, 5, 20, 100], ["0.2", "1", "5", "20", "100"])
    axes.minorticks_off()
    axes.set_yticks(range(count), labels or [""] * count, fontsize=8)
    axes.set_ylim(count - 0.5, -0.7)
    axes.set_title(title)
    axes.set_xlabel("times as fast")


def _speedups(rung: dict[str, Any]) -> str:
    return " / ".join(f"{row['speedup']:.2f}" for row in rung["batches"])


def _note(report: dict[str, Any]) -> str:
    lines = [
        "Above: measured, interleaved in one process, one thread; bars are 95 % intervals.",
        "Circles: faster than the first row. Triangles: slower. Hollow: below the accuracy floor.",
        f"{report['model']}, digits 28×28. {report['hardware_line']}.",
        "Left: published ladders, each over its own first row, on their models and hardware:",
        *(f"   {ladder.hardware}: {ladder.source}, over {next(iter(ladder.rungs))}" for ladder in QUOTED),
    ]
    return "\n".join(lines)
