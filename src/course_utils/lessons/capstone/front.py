"""Entries that none of the others beats, and how they are drawn: accuracy, bytes and multiply-adds in one figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from course_utils import plots
from course_utils.withheld import answer_to

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Entry = tuple[float, int, int]  # right, bytes, multiply-adds
NAMED = 6  # entries on the front whose names find room in the figure; of more it has the numbers


@answer_to("16.4")
def front(entries: Mapping[str, Entry]) -> list[str]:
    """Return the names of the entries that none of the others beats, in their order."""
    return [name for name, mine in entries.items() if not any(_beats(other, mine) for other in entries.values())]


def figure_of(entries: Mapping[str, Entry]) -> tuple[Figure, str]:
    """Return a figure of entries and, in words, what it shows: accuracy over bytes, and over multiply-adds.

    Those on the front are squares with their names, or with their numbers on the front where they are many; the others
    are small circles.
    """
    from matplotlib.ticker import LogLocator, NullLocator

    best = front.__wrapped__(entries)
    fig, (left, right) = plots.figure(columns=2, width=8.4, height=3.6)
    for axes, place, label in ((left, 1, "bytes of the file"), (right, 2, "multiply-adds for one image")):
        for on, look in ((False, (plots.SKY, "o", 5)), (True, (plots.VERMILION, "s", 7 if len(best) <= NAMED else 10))):
            chosen = [each for name, each in entries.items() if (name in best) == on]
            color, mark, size = look
            words = "on the front" if on else "beaten by another"
            across, up = [each[place] for each in chosen], [each[0] for each in chosen]
            axes.plot(across, up, mark, color=color, markersize=size, markeredgecolor="black", label=words)
        for number, name in enumerate(best):
            spot = (entries[name][place], entries[name][0])
            if len(best) > NAMED:
                inside = {"ha": "center", "va": "center", "color": "white", "weight": "bold"}
                axes.annotate(f"{number + 1}", spot, fontsize=7, **inside)
            else:
                above = {"xytext": (5, 5 if number % 2 else -11), "textcoords": "offset points"}
                axes.annotate(name, spot, fontsize=8, **above)
        axes.set(xscale="log", xlabel=label, ylabel="share of the images right")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.xaxis.set_minor_locator(NullLocator())
        axes.tick_params(axis="x", labelsize=8, labelrotation=30)
        axes.margins(0.18)
    handles, labels = left.get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside upper center", ncols=2, fontsize=8)
    told = "; ".join(f"{name} {each[0]:.3f}, {each[1]:,} bytes, {each[2]:,}" for name, each in entries.items())
    return fig, f"Accuracy over bytes and over multiply-adds: {told}. On the front: {', '.join(best)}."


def _beats(one: Entry, other: Entry) -> bool:
    """Say whether one entry is nowhere worse than another, and somewhere better."""
    (right, *least), (other_right, *other_least) = one, other
    better = (right >= other_right, *(mine <= theirs for mine, theirs in zip(least, other_least, strict=True)))
    return all(better) and tuple(one) != tuple(other)
