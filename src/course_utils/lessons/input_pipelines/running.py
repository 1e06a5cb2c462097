"""The film through the stages, one after the other and piped: who worked when, drawn as a Gantt chart."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from course_utils import plots
from course_utils.lessons.input_pipelines.stages import NAMES, session, stages

if TYPE_CHECKING:
    from course_utils.lessons.input_pipelines.film import Film

DEPTH, ROUNDS = 4, 3
FROM, FRAMES = 24, 9  # the frames that are drawn


@dataclass
class Run:
    """The film, run both ways.

    Attributes:
        calls: by way and stage, start and end of each call in the fastest round, in ms from the round's start.
        seconds: by way, of each round.
        labels: by way, what each frame was taken for.
        functions: the stages, and ``decoded``: some frames, to time them alone.
    """

    film: Film
    functions: dict[str, Callable[[Any], Any]]
    calls: dict[str, dict[str, list[tuple[float, float]]]] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    labels: dict[str, list[int]] = field(default_factory=dict)

    @property
    def speedup(self) -> float:
        """How many times as many frames a second get through the pipeline; nan where there is none."""
        if "piped" not in self.seconds:
            return float("nan")
        return statistics.median(a / b for a, b in zip(*self.seconds.values(), strict=True))

    def stage_ms(self) -> dict[str, float]:
        """Return the mean ms of each stage's calls when the stages took turns: a pace is made of means, not medians."""
        return {
            name: statistics.fmean(end - start for start, end in spans)
            for name, spans in self.calls["sequential"].items()
        }


def draw_gantt(run_pipeline: Callable[..., list], preprocess: Callable[..., Any], film: Film) -> Run:
    """Run the film both ways, in turns, draw a few frames' calls, and return all that was seen."""
    session()  # opened before anything is timed
    run = Run(film, stages(preprocess))
    ways: dict[str, Callable[..., list]] = {"sequential": one_after_the_other, "piped": run_pipeline}
    if not _is_written(run_pipeline):
        print("Exercise 12.4 is not written yet: the stages are run one after the other alone.")
        del ways["piped"]
    for _ in range(ROUNDS):
        for name, way in ways.items():
            _go(run, name, way)
    _draw(run)
    _say(run)
    return run


def one_after_the_other(functions: Iterable[Callable[[Any], Any]], items: Iterable[Any], depth: int) -> list:
    """Do for each item in turn what a pipeline does for several at once."""
    results = []
    for item in items:
        for function in functions:
            item = function(item)
        results.append(item)
    return results


def _is_written(run_pipeline: Callable[..., list]) -> bool:
    try:
        run_pipeline([lambda item: item], [0], 1)
    except NotImplementedError:
        return False
    return True


def _go(run: Run, name: str, way: Callable[..., list]) -> None:
    calls: dict[str, list[tuple[float, float]]] = {stage: [] for stage in NAMES}
    functions = [_noting(function, calls[stage]) for stage, function in run.functions.items()]
    start = time.perf_counter()
    labels = way(functions, _drawing(run.film.frames(), calls["decode"]), DEPTH)
    run.seconds.setdefault(name, []).append(time.perf_counter() - start)
    if run.seconds[name][-1] == min(run.seconds[name]):
        run.calls[name] = {
            stage: [(1e3 * (a - start), 1e3 * (b - start)) for a, b in spans] for stage, spans in calls.items()
        }
    run.labels[name] = labels


def _noting(function: Callable[[Any], Any], spans: list[tuple[float, float]]) -> Callable[[Any], Any]:
    def noted(item: Any) -> Any:
        begun = time.perf_counter()
        result = function(item)
        spans.append((begun, time.perf_counter()))
        return result

    return noted


def _drawing(frames: Iterator[Any], spans: list[tuple[float, float]]) -> Iterator[Any]:
    while True:
        begun = time.perf_counter()
        frame = next(frames, None)
        if frame is None:
            return
        spans.append((begun, time.perf_counter()))
        yield frame


def _draw(run: Run) -> None:
    fig, axes = plots.figure(rows=len(run.calls), width=7.5, height=1.9 * len(run.calls))
    panels = axes if len(run.calls) > 1 else [axes]
    colours = (plots.BLUE, plots.ORANGE, plots.GREEN)
    starts = {way: calls["decode"][FROM][0] for way, calls in run.calls.items()}
    ends = {way: calls["store"][FROM + FRAMES - 1][1] for way, calls in run.calls.items()}
    every = {way: 1000 * statistics.median(run.seconds[way]) / len(run.film.labels) for way in run.calls}
    width = 1.02 * max(ends[way] - starts[way] for way in run.calls)
    for panel, (way, calls) in zip(panels, run.calls.items(), strict=True):
        for row, stage in enumerate(NAMES):
            for number, (begun, ended) in enumerate(itertools.islice(calls[stage], FROM, FROM + FRAMES)):
                bar = [(begun - starts[way], ended - begun)]
                panel.broken_barh(bar, (row - 0.4, 0.8), color=colours[number % 3], linewidth=0.6)
        title = f"{way}: {FRAMES} of {len(run.film.labels)} frames"
        panel.set(title=title, yticks=range(len(NAMES)), yticklabels=NAMES, xlim=(0, width))
        panel.invert_yaxis()
    panels[-1].set_xlabel("ms; frames take turns in three colours")
    took = ", ".join(f"{way} {each:.1f} ms" for way, each in every.items())
    words = "Bars by stage over time. One after the other, one bar follows another, as a staircase"
    words += "; piped, bars of several stages stand above one another"
    plots.show(fig, f"{words}. A frame came out every: {took}.")


def _say(run: Run) -> None:
    for way, labels in run.labels.items():
        right = sum(one == other for one, other in zip(labels, run.film.labels, strict=True))
        pace = len(labels) / statistics.median(run.seconds[way])
        spans = run.calls[way]
        through = (stored[1] - begun[0] for begun, stored in zip(spans["decode"], spans["store"], strict=True))
        alone = statistics.median(through)  # of one frame, from decode to store
        all_of = f"{right} of {len(labels)} right"
        print(f"{way}: {pace:.0f} frames a second, {all_of}; {alone:.1f} ms from decode to store.")
