"""``Comparison``: functions measured in the same rounds, and the ratio of each to the first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from course_utils import markup
from course_utils.errors import CourseError
from course_utils.timing import intervals
from course_utils.timing.samples import Timing

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Ratio(NamedTuple):
    """The time of a function over the time of the first, and a 95 % interval: below 1 is faster."""

    value: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        if self.high < 1:
            return "faster"
        if self.low > 1:
            return "slower"
        return "no difference shown" if self.low == self.low else "too few rounds to tell"

    def __str__(self) -> str:
        value, low, high = (markup.significant(number, digits=4) for number in self)
        return f"{value} ({low} to {high})"


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Functions timed in the same rounds, so that what disturbs a round disturbs them together.

    Attributes:
        timings: by name, in the order given; all have one sample a round.
        order: of each round, the names as they came.
        edge: the part of a sample, at most, that its own beginning and end may have cost; see ``ratio``.
        asked: rounds asked for.
        seed: of the order and of the bootstrap.
        hardware: the machine, in one line.
    """

    timings: Mapping[str, Timing]
    order: tuple[tuple[str, ...], ...] = field(default=())
    edge: float = 0.0
    asked: int = 0
    seed: int = 0
    hardware: str = ""

    def __post_init__(self) -> None:
        """Raise a CourseError where rounds cannot be paired."""
        if len(self.timings) < 2:
            raise CourseError(f"compare: {len(self.timings)} function; give two or more, by name.")
        if len({len(timing) for timing in self.timings.values()}) > 1:
            raise CourseError("compare: the functions have different numbers of samples; give each one a round.")
        for name, timing in self.timings.items():
            if timing.samples_ns.min() <= 0:
                raise CourseError(f"compare: {name} took no time in some round; pass a clock that counts finely.")

    @property
    def first(self) -> str:
        """The name that the others are compared with."""
        return next(iter(self.timings))

    @property
    def rounds(self) -> int:
        return len(self.timings[self.first])

    def ratio(self, name: str) -> Ratio:
        """Return the time of ``name`` over that of the first, with a 95 % interval.

        The value is the median, over rounds, of the ratio within the round: a slow second slows both. The interval
        is a block bootstrap of that median over rounds (``intervals.paired_interval``), widened by ``edge`` at both
        ends, because a constant cost per sample does not shrink with the number of rounds. Each interval holds by
        itself, not all of them at once. It is about more rounds of this run: the same code with its data at other
        addresses can be 1 % faster or slower, and no interval tells (Mytkowicz et al., "Producing wrong data without
        doing anything obviously wrong!", ASPLOS 2009).

        Raises:
            CourseError: no function of that name.
        """
        if name not in self.timings:
            raise CourseError(f"compare: no function named {name}; there are: {', '.join(self.timings)}.")
        return self._ratios[name]

    @cached_property
    def _ratios(self) -> dict[str, Ratio]:
        import numpy as np

        reference = self.timings[self.first].samples_ns
        found = {self.first: Ratio(1.0, 1.0, 1.0)}
        for name in list(self.timings)[1:]:
            logs = np.log(self.timings[name].samples_ns / reference)
            low, high = intervals.paired_interval(logs, seed=self.seed)
            ends = np.exp([np.median(logs), low - self.edge, high + self.edge])
            found[name] = Ratio(*map(float, ends))
        return found

    def rows(self) -> list[dict[str, str]]:
        """The numbers as words, one row a function."""
        rows = []
        for name, timing in self.timings.items():
            ratio, first = self.ratio(name), name == self.first
            rows.append(
                {
                    "function": name,
                    "median": markup.duration(timing.median_ns),
                    "p95": markup.duration(timing.p95_ns),
                    "time over the first": "1" if first else str(ratio),
                    "speed-up": "1" if first else str(Ratio(1 / ratio.value, 1 / ratio.high, 1 / ratio.low)),
                    "verdict": "the first" if first else ratio.verdict,
                }
            )
        return rows

    def conditions(self) -> str:
        """How it was measured, in a sentence or two."""
        stopped = f" of {self.asked}, the time limit came first" if self.rounds < self.asked else ""
        calls = ", ".join(str(timing.calls) for timing in self.timings.values())
        words = f"{self.rounds} rounds{stopped}; calls per timing: {calls}. In brackets: 95 % intervals."
        return f"{words} {self.hardware}".strip()

    def __repr__(self) -> str:
        return f"{markup.table_text(self.rows())}\n{self.conditions()}"

    def _repr_html_(self) -> str:
        return markup.table_html(self.rows(), self.conditions()) + markup.figure_html(*self.draw())

    def draw(self) -> tuple[Figure, str]:
        """Return a figure of the ratios and their intervals, and in words what it shows."""
        from matplotlib.ticker import LogLocator

        from course_utils import plots

        names = list(self.timings)[1:]
        drawn, axes = plots.figure(height=1.1 + 0.35 * len(names))
        axes.axvline(1, color="0.6", linewidth=0.8)
        for height, name in enumerate(names):
            ratio = self.ratio(name)
            reach = [[ratio.value - ratio.low], [ratio.high - ratio.value]]
            axes.errorbar([ratio.value], [height], xerr=reach, fmt="o", markersize=3, capsize=5, color=plots.BLUE)
        ends = [end for name in names for end in self.ratio(name)]
        if max(ends) > 4 * min(ends):
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.xaxis.set_major_formatter("{x:g}")
            axes.xaxis.set_minor_formatter("")
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set(xlabel=f"time over that of {self.first}, and its 95 % interval (left of 1: faster)")
        said = "; ".join(f"{name} {self.ratio(name)}, {self.ratio(name).verdict}" for name in names)
        return drawn, f"Time over that of {self.first}, with 95 % intervals, {self.rounds} rounds: {said}."

    def plot(self) -> None:
        """Display the ratios and their intervals."""
        from course_utils import plots

        plots.show(*self.draw())
