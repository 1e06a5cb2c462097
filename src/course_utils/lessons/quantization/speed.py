"""Variants of a network against each other: time, accuracy, size."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from course_utils import plots, quantization, runtime, tables
from course_utils.lessons.quantization import calibrating, instead, looks
from course_utils.lessons.quantization.folder import new_path
from course_utils.lessons.quantization.networks import digits28, labelled, of_float
from course_utils.lessons.standing_in import either
from course_utils.quiet import quiet
from course_utils.timing import Comparison, compare

STATIC, DYNAMIC = "static int8 (6.5)", "dynamic, dense (6.6)"
EVERYTHING = "dynamic, all operators"
GUESSED = (STATIC, EVERYTHING)  # the variants whose speed-up a student guesses
TICKS = {0.25: "1/4", 0.5: "1/2", 1: "1", 2: "2", 4: "4", 8: "8"}

Convert = Callable[..., Any]


def variants(paths: Sequence[Path], make_static: Convert, make_dynamic: Convert) -> dict[Path, dict[str, Path]]:
    """Return, for each float model, its int8 variants by name; the first is the float model itself.

    Yours are those of exercises 6.5 and 6.6, or the course's own where those are not written. The others: all operators
    quantized dynamically; a ``QLinearConv`` of signed by signed bytes; unsigned weights.
    """
    make_static = either("6.5", make_static, instead.static.__wrapped__)
    make_dynamic = either("6.6", make_dynamic, instead.dynamic.__wrapped__)
    made = {}
    for path in paths:
        out = {name: new_path(f"{path.stem}.onnx") for name in (STATIC, DYNAMIC)}
        make_static(path, out[STATIC], calibrating.reader(path))
        make_dynamic(path, out[DYNAMIC])
        made[path] = {"float": path} | out | _others(path)
    return made


def race(models: Mapping[str, Path], images: int = 1, rounds: int = 20, seconds: float = 10) -> Comparison:
    """Return the models' times for so many images a call, taken in turns."""
    feed = {"input": digits28().test_images[:images]}
    sessions = {name: runtime.session(path) for name, path in models.items()}
    calls = {name: partial(each.run, None, feed) for name, each in sessions.items()}
    return compare(calls, rounds=rounds, time_limit_s=seconds)


def show_race(turns: Comparison, name: str) -> str:
    """Show a race as a table; return which models are slower than the first, in words."""
    rows = [{key: row[key] for key in ("function", "median", "speed-up", "verdict")} for row in turns.rows()]
    tables.show(rows, f"{name}, {turns.rounds} rounds")
    verdicts = {each: turns.ratio(each).verdict for each in list(turns.timings)[1:]}
    undecided = "undecided: too few rounds" if "too few rounds to tell" in verdicts.values() else "none"
    return "; ".join(each for each, verdict in verdicts.items() if verdict == "slower") or undecided


def speed_up(turns: Comparison, name: str) -> float:
    """Return how many times as fast as the first of a race one is."""
    return 1 / turns.ratio(name).value


def show_kernels(models: Mapping[str, Path]) -> None:
    """Show how the convolutions of each variant run on this processor."""
    rows = [{"model": name, "convolutions run as": ", ".join(looks.kernels(p, "Conv"))} for name, p in models.items()]
    tables.show(rows)


def show_dense(path: Path, made: Path) -> str:
    """Show a dense network in float beside its dynamic int8, with times for one image; return what it gains."""
    reports = of_float(path), quantization.report(made, *labelled(), against=of_float(path))
    turns = race({"float": path, "dynamic int8": made}, rounds=60, seconds=3)
    rows = []
    for about, timing in zip(reports, turns.rows(), strict=True):
        kept = {"KB": f"{about.bytes / 1000:.0f}", "accuracy": f"{about.accuracy:.3f}"}
        rows.append({"dense network": timing["function"]} | kept | {"speed-up": timing["speed-up"]})
    tables.show(rows, turns.conditions())
    return f"{reports[1].size_ratio:.2f} of the file, {speed_up(turns, 'dynamic int8'):.1f}× as fast"


def draw_variants(models: Mapping[str, Path]) -> dict[str, str]:
    """Draw time, accuracy and size of a float model and its variants, one image a call.

    Args:
        models: at least two, by name; the first is the float model.

    Returns:
        Each variant's numbers in words, by its name.
    """
    origin = next(iter(models.values()))
    turns = race(models, rounds=100, seconds=6)
    fig, axes = plots.figure(width=7.8, height=3.2)
    said = {}
    for number, (name, path) in enumerate(models.items()):
        about, (value, low, high) = quantization.report(path, *labelled(), against=of_float(origin)), turns.ratio(name)
        style = {"color": plots.CYCLE[number], "marker": plots.MARKS[number], "markerfacecolor": "none"}
        label, reach = f"{name}: {about.accuracy:.3f}", [[value - low], [high - value]]
        size = about.bytes / 1000
        axes.errorbar([value], [size], xerr=reach, linestyle="", capsize=3, markersize=9, label=label, **style)
        said[f"ResNet, {name}"] = f"time × {value:.2f}, accuracy {about.accuracy:.3f}, {size:.0f} KB"
        if loss := calibrating.explained(about):
            print(f"{name}: {loss}")
    axes.set(xscale="log", xlabel="time over float, one image, 95 % intervals", ylabel="file, KB", title="ResNet")
    axes.set_ylim(0, None)
    axes.set_xticks(list(TICKS), list(TICKS.values()))
    axes.minorticks_off()
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8, title="accuracy", alignment="left")
    told = ". ".join(f"{name}: {numbers}" for name, numbers in said.items())
    plots.show(fig, f"Marks by time and size of the file. {told}.")
    return said


def _others(path: Path) -> dict[str, Path]:
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_dynamic, quantize_static

    recipes: dict[str, dict[str, Any]] = {
        "signed × signed, QOperator": {"quant_format": QuantFormat.QOperator},
        "unsigned × unsigned": {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QUInt8},
    }
    made = {name: new_path("other.onnx") for name in (EVERYTHING, *recipes)}
    with quiet():
        quantize_dynamic(path, made[EVERYTHING])
        for name, settings in recipes.items():
            images = quantization.Reader.__wrapped__(digits28().train_images, path, limit=calibrating.SAMPLE)
            quantize_static(path, made[name], images, **settings)
    return made
