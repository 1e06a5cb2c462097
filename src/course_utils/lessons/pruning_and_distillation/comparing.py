"""Every seed of a comparison drawn, and the verdicts on tricks and their controls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from course_utils import plots, pruning, tables
from course_utils.lessons.pruning_and_distillation import experiments, instead, records, sizes
from course_utils.lessons.pruning_and_distillation.experiments import (
    AS_ALL,
    AS_TUNED,
    CUT,
    HARD,
    LABELS_ALONE,
    SAW_100,
    SAW_ALL,
    SOFT,
    TRAINED_ON,
)
from course_utils.lessons.standing_in import either

LIVE = 100  # a seed that is not among the recorded ones
HALF = "50%"
RACED = (0.5, 0.75)
ROUNDS = 10_000
LEAST, TICKS = 0.2, (0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)  # errors in percent; one of 450 images is 0.22


_live: dict[str, Any] = {}  # what this session ran, by comparison


def draw_cuts(cut_channels: Callable[..., Any]) -> float:
    """Draw accuracies with channels cut, of every recorded seed and of one that is run now.

    Returns:
        the live seed's accuracy with half of the channels cut, trained on, less that from scratch with as many epochs
        in all, in points.
    """
    cut = either("10.4", cut_channels, pruning.cut_channels.__wrapped__)
    live = _live["cut"] = experiments.cut_channels(LIVE, (0.5,), cut)
    columns = records.recorded()["cut"]
    fig, axes = plots.figure(width=7.5, height=3.6)
    shares = [row for row in columns if row != "none"]
    names, places = list(columns[shares[0]]), range(len(shares))
    errors = {name: [_errors(_mean(columns[row][name])) for row in shares] for name in names}
    for number, name in enumerate(names):
        for place, row in enumerate(shares):
            x = place + 0.16 * (number - 2)
            _dots(axes, x, [_errors(each) for each in columns[row][name]], number, label="" if place else name)
            axes.plot([x - 0.06, x + 0.06], [errors[name][place]] * 2, color=plots.BLACK)
    for number, name in enumerate(names):
        _today(axes, places[shares.index(HALF)] + 0.16 * (number - 2), _errors(live[HALF][name]), not number)
    whole = _errors(_mean(columns["none"][CUT]))
    axes.axhline(whole, color="0.6", linewidth=0.8)
    said = f"nothing cut, {experiments.EPOCHS} epochs"
    axes.annotate(said, (1.4, whole / 1.05), va="top", color="0.35", fontsize=8)
    axes.set(title="Channels of the first two convolutions cut", ylabel="errors, %", yscale="log", ylim=(None, 110))
    lowest = axes.get_ylim()[0]
    axes.set_yticks([each for each in TICKS if each > lowest], [f"{each:g}" for each in TICKS if each > lowest])
    axes.minorticks_off()
    axes.set_xticks(places, [f"{row} cut" for row in shares])
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8)
    said = "; ".join(f"{name} " + ", ".join(f"{v:.1f}" for v in values) for name, values in errors.items())
    plots.show(
        fig,
        f"Mean errors in percent with {', '.join(shares)} of the channels cut: {said}. A dot a seed, a ring today's.",
    )
    print(
        records.origin(),
        "\nand, in rings, one seed now, half cut, accuracy:",
        ", ".join(f"{name} {live[HALF][name]:.3f}" for name in (TRAINED_ON, AS_ALL)),
    )
    return 100 * (live[HALF][TRAINED_ON] - live[HALF][AS_ALL])


def race_cuts(cut_channels: Callable[..., Any]) -> str:
    """Show what cutting channels saves in a network four times as wide: weights, file, time in ONNX Runtime.

    Returns:
        the time with half of them cut, in words.
    """
    from course_utils.lessons.pruning_and_distillation.nets import PlainNet

    cut = either("10.4", cut_channels, pruning.cut_channels.__wrapped__)
    whole = PlainNet(*(4 * each for each in experiments.WIDE)).eval()
    nets = {"none": whole} | {f"{s:.0%}": pruning.without_channels(whole, s, cut) for s in RACED}
    files = {name: sizes.exported(each) for name, each in nets.items()}
    turns = sizes.race(files)
    rows = [
        {
            "cut": name,
            "channels": ", ".join(str(layer.out_channels) for layer in nets[name] if hasattr(layer, "out_channels")),
            "weights": f"{sum(each.numel() for each in nets[name].parameters()):,}",
            "file, kB": f"{path.stat().st_size / 1000:.0f}",
            "time over none": "1" if name == "none" else str(turns.ratio(name)),
        }
        for name, path in files.items()
    ]
    tables.show(rows, f"In ONNX Runtime, one image a call. {turns.conditions()}")
    return f"{turns.ratio(HALF).value:.2f} of the time"


def draw_taught(distillation_loss: Callable[..., Any]) -> None:
    """Draw accuracies of students by what they learned from, for every recorded seed; one is run now, with SAW_ALL."""
    loss = either("10.7", distillation_loss, instead.distillation_loss.__wrapped__)
    live = _live["taught"] = experiments.teach(LIVE, loss, (SAW_ALL,))
    columns = records.recorded()["taught"]
    fig, both = plots.figure(columns=2, width=8.5, height=2.9)
    least = min(value for found in columns.values() for values in found.values() for value in values)
    for axes, (teacher, found) in zip(both, columns.items(), strict=True):
        for number, values in enumerate(found.values()):
            _dots(axes, number, values, number, flat=True)
            axes.plot([_mean(values)] * 2, [number - 0.3, number + 0.3], color=plots.BLACK)
        for number, name in enumerate(live.get(teacher, ())):
            _today(axes, live[teacher][name], number)
        axes.set(title=teacher.capitalize(), xlabel="accuracy", ylim=(len(found) - 0.5, -0.5))
        axes.set_xlim(least - 0.005, 1.002)
        axes.set_xticks((0.9, 0.95, 1.0))
        axes.set_yticks(range(len(found)), list(found) if axes is both[0] else [""] * len(found))
    words = (f"{t}: " + ", ".join(f"{n} {_mean(v):.3f}" for n, v in found.items()) for t, found in columns.items())
    plots.show(fig, f"Accuracies, a dot a seed, a bar for the mean, a ring for today's. {'; '.join(words)}.")
    gained = 100 * (live[SAW_ALL][SOFT] - live[SAW_ALL][HARD])
    print(f"{records.origin()}\nand, in rings, one seed now: soft less hard targets {gained:+.1f} points")


def show_verdicts(earned: Callable[..., Any]) -> str:
    """Show for each trick whether it earned its accuracy over its control; return how many did, in words.

    The seeds are the recorded ones, and that of this session where it was drawn.
    """
    import numpy as np

    cuts, taught = (records.with_live(kind, _live.get(kind, {})) for kind in ("cut", "taught"))
    half, saw_all, saw_100 = cuts[HALF], taught[SAW_ALL], taught[SAW_100]
    tricks = [
        ("half cut", half, TRAINED_ON, AS_TUNED),
        ("half cut", half, TRAINED_ON, AS_ALL),
        (SAW_ALL, saw_all, SOFT, LABELS_ALONE),
        (SAW_ALL, saw_all, SOFT, HARD),
        (SAW_100, saw_100, SOFT, HARD),
    ]
    rows, verdicts = [], dict.fromkeys(("earned", "lost", "not shown"), 0)
    for number, (where, found, candidate, control) in enumerate(tricks):
        ours, theirs = (np.array(found[name]) for name in (candidate, control))
        both = min(len(ours), len(theirs))
        rng = np.random.default_rng(number)
        difference, low, high = (100 * each for each in earned(ours[:both], theirs[:both], ROUNDS, rng))
        verdict = "earned" if low > 0 else "lost" if high < 0 else "not shown"
        verdicts[verdict] += 1
        rows.append({"where": where, "trick": candidate, "control": control, "points": f"{difference:+.2f}"})
        rows[-1] |= {"95 %": f"{low:+.2f} to {high:+.2f}", "verdict": verdict}
    tables.show(rows, "The recorded seeds and today's, in points of accuracy")
    return ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items())


def _errors(accuracy: float) -> float:
    return max(100 * (1 - accuracy), LEAST)


def _today(axes: Any, x: float, y: float, named: bool = False) -> None:
    label = "today's seed" if named else None
    axes.scatter([x], [y], marker="o", s=60, facecolors="none", edgecolors=plots.BLACK, label=label, zorder=3)


def _dots(axes: Any, place: float, values: list[float], number: int, flat: bool = False, label: str = "") -> None:
    style = {"marker": plots.MARKS[number], "s": 14, "color": plots.CYCLE[number], "alpha": 0.6, "linewidth": 0}
    style["label"] = label or None
    where = [place] * len(values)
    axes.scatter(*((values, where) if flat else (where, values)), **style)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
