"""``Timing``: the samples of one function, and what they say."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from course_utils import markup
from course_utils.errors import CourseError
from course_utils.timing import intervals

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False, repr=False)
class Timing:
    """How long one call of a function took, time after time.

    Where ``calls`` is above 1 a sample is the mean of so many calls in a row, so ``p95_ns`` and ``p99_ns`` are of
    such means and hide what single calls do.

    Attributes:
        name: of the function.
        samples_ns: (n,) float64, nanoseconds per call, in the order in which they were measured.
        calls: how many calls each sample holds.
        asked: the relative precision asked for (half the interval's width over the median), or None.
    """

    name: str
    samples_ns: np.ndarray
    calls: int = 1
    asked: float | None = None

    def __post_init__(self) -> None:
        """Raise a CourseError where there is nothing to describe, or a time that no clock gives."""
        import numpy as np

        kept = np.array(self.samples_ns, dtype=np.float64)  # a copy, so that no one changes what was measured
        kept.setflags(write=False)
        if kept.ndim != 1 or not len(kept):
            raise CourseError(f"{self.name}: no samples; call it at least once.")
        if not np.all(np.isfinite(kept)) or kept.min() < 0:
            raise CourseError(f"{self.name}: a sample is negative or not a number; pass a clock that never goes back.")
        object.__setattr__(self, "samples_ns", kept)

    def __len__(self) -> int:
        return len(self.samples_ns)

    def percentile_ns(self, percent: float) -> float:
        """Return the time per call, in ns, that ``percent`` % of the samples do not exceed (linear between two)."""
        import numpy as np

        return float(np.percentile(self.samples_ns, percent))

    @cached_property
    def median_ns(self) -> float:
        return self.percentile_ns(50)

    @cached_property
    def p95_ns(self) -> float:
        return self.percentile_ns(95)

    @cached_property
    def p99_ns(self) -> float:
        return self.percentile_ns(99)

    @cached_property
    def spread(self) -> float:
        """Interquartile range over median: 0.02 is quiet, 0.3 is a busy machine. nan where the median is 0."""
        width = self.percentile_ns(75) - self.percentile_ns(25)
        return width / self.median_ns if self.median_ns else float("nan")

    @cached_property
    def interval_ns(self) -> tuple[float, float]:
        """A 95 % interval of the median, in ns: (low, high), or (nan, nan) for fewer than 6 samples.

        It tells what more samples in this run would change. What another run, process or machine would change is
        not in it.
        """
        return intervals.median_interval(self.samples_ns)

    @cached_property
    def precision(self) -> float:
        """Half the interval's width over the median; nan where there is no interval."""
        low, high = self.interval_ns
        return (high - low) / 2 / self.median_ns if self.median_ns else float("nan")

    def row(self) -> dict[str, str]:
        """The numbers as words, by heading."""
        low, high = map(markup.duration, self.interval_ns)
        return {
            "function": self.name,
            "median": markup.duration(self.median_ns),
            "95 % interval": f"{low} to {high}",
            "p95": markup.duration(self.p95_ns),
            "p99": markup.duration(self.p99_ns),
            "spread": "–" if self.spread != self.spread else f"{self.spread:.1%}",
            "samples": f"{len(self)} × {self.calls} call{'s' if self.calls > 1 else ''}",
        }

    def missed(self) -> str:
        """Return a sentence where the precision asked for was not reached, else nothing."""
        if self.asked is None or self.precision <= self.asked:
            return ""
        reached = f"±{self.precision:.1%}" if self.precision == self.precision else "too few samples for an interval"
        return f"The time limit came before the precision: {reached}, asked ±{self.asked:.1%}."

    def __repr__(self) -> str:
        lines = [markup.table_text([self.row()]), self.missed()]
        return "\n".join(line for line in lines if line)

    def _repr_html_(self) -> str:
        return markup.table_html([self.row()], self.missed())

    def draw(self) -> tuple[Figure, str]:
        """Return a histogram of the samples, on log scales where the tail is long, and in words what it shows."""
        import numpy as np

        from course_utils import plots

        unit, size = markup.unit_of(self.median_ns)
        shown, bins = self.samples_ns / size, min(60, max(10, len(self) // 8))
        long_tail = shown.min() > 0 and shown.max() > 3 * np.median(shown)
        drawn, axes = plots.figure()
        edges = np.geomspace(shown.min(), shown.max(), bins + 1) if long_tail else bins
        axes.hist(shown, bins=edges, color=plots.SKY)
        for label, ns, color, dash in (
            ("median", self.median_ns, plots.BLACK, "-"),
            ("p95", self.p95_ns, plots.VERMILION, "--"),
        ):
            axes.axvline(ns / size, color=color, linestyle=dash, label=f"{label} {markup.duration(ns)}")
        if long_tail:
            axes.set(xscale="log", yscale="log")
            axes.xaxis.set_major_formatter("{x:g}")
            axes.yaxis.set_major_formatter("{x:g}")
        scales = ", log scales" if long_tail else ""
        axes.set(title=f"{self.name}: {len(self)} samples{scales}", xlabel=f"{unit} per call", ylabel="samples")
        axes.legend()
        said = ", ".join(f"{key} {value}" for key, value in self.row().items() if key in ("median", "p95", "p99"))
        slowest = markup.duration(float(self.samples_ns.max()))
        return drawn, f"Histogram of {len(self)} samples of {self.name}{scales}: {said}, slowest {slowest}."

    def plot(self) -> None:
        """Display a histogram of the samples."""
        from course_utils import plots

        plots.show(*self.draw())
