"""What 16 and 8 bits make of the ResNet's engine, and where the five optimizations of it stand in the log."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from course_utils import plots, tables, tensorrt
from course_utils.lessons.tensorrt_engines.calls import Shapes
from course_utils.lessons.tensorrt_engines.files import images
from course_utils.lessons.tensorrt_engines.instead import layers_or_own, log_of
from course_utils.lessons.tensorrt_engines.reading import scores_of, weigh_images

KERNELS = {"made now": "__myl_", "left to the GPU that loads it": "__myelin_CASK_STUB"}
Engines = dict[str, tensorrt.Weighed]


def show_engines(files: Mapping[str, Path]) -> Engines:
    """Show what the engines of the ResNet's files consist of, and how many test images each file gets right.

    Accuracy is that of the file in ONNX Runtime, optimizations off: the file alone decides, and not this processor.

    Args:
        files: by name; those that begin with ResNet are shown.

    Returns:
        The measures of the engines for SM86, by the names of the files.
    """
    engines = {name: _weighed(path, _state(path)) for name, path in files.items() if name.startswith("ResNet")}
    rows = []
    for name, each in engines.items():
        row = {"file": _said(name), "types": ", ".join(each.types), "layers that work": each.engine_layers}
        row |= {"weights, bytes": f"{each.weights_bytes:,}", "engine, bytes": f"{each.engine_bytes:,}"}
        rows.append(row | {"test images right": f"{_right(files[name], _state(files[name])):.1%}"})
    tables.show(rows, "Engines for SM86")
    return engines


def draw_engines(files: Mapping[str, Path]) -> Engines:
    """Show and draw what the engines of the ResNet's files consist of; takes and returns what show_engines does."""
    engines = show_engines(files)
    fig, axes = plots.figure(width=6.5, height=2.4)
    names = [_said(name) for name in engines]
    weights = [each.weights_bytes / 1e6 for each in engines.values()]
    others = [(each.engine_bytes - each.weights_bytes) / 1e6 for each in engines.values()]
    axes.barh(names, weights, color=plots.BLUE, label="weights")
    axes.barh(names, others, left=weights, color=plots.ORANGE, hatch="//", edgecolor="white", label="kernels and plan")
    axes.invert_yaxis()
    axes.set(title="What the ResNet's engines consist of", xlabel="MB")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    said = "; ".join(f"{n} {w:.2f} MB and {o:.2f} MB" for n, w, o in zip(names, weights, others, strict=True))
    plots.show(fig, f"Bars of {len(names)} engines, weights and everything else: {said}.")
    return engines


def show_refusal(parse: Callable[[Path], dict], path: Path) -> None:
    """Print why TensorRT refuses a file: in its own words, if a student's parse is written, and in the course's."""
    try:
        told = parse(path)["errors"]
        print("in TensorRT's words:", told[0][:300] if told else "no error")
    except NotImplementedError:
        print("Exercise 7.1 is not written yet: TensorRT's own words are left out here.")
    print("in the course's words:", weigh_images(path).refused or "it takes the file")


def show_five(
    engine_layers: Callable[[str], list],
    build_engine: Callable[[Path, Shapes, str], bytes],
    files: Mapping[str, Path],
    shapes: Shapes,
) -> str:
    """Show where the log tells of TensorRT's five optimizations, for the ResNet in float32 and in int8.

    Args:
        files: "ResNet", and "ResNet, int8" where there is one.

    Returns:
        How many kernels of the last engine shown are made now, and how many on the GPU, in words.
    """
    wanted = {name: files[name] for name in ("ResNet", "ResNet, int8") if name in files}
    logs = {name: log_of(build_engine, path, shapes) for name, path in wanted.items()}
    engines = {name: _weighed(path, _state(path)) for name, path in wanted.items()}
    read = layers_or_own(engine_layers)
    joined = {name: sum(len(layer["nodes"]) > 1 for layer in read(log)) for name, log in logs.items()}
    kernels = {name: _kernels(log) for name, log in logs.items()}
    traces = {
        "layer and tensor fusion": ("Metadata", lambda name: f"{joined[name]} layers of several nodes"),
        "precision": ("Datatype", lambda name: ", ".join(engines[name].types)),
        "dynamic tensor memory": (
            "Total Activation Memory",
            lambda name: f"{engines[name].activation_bytes:,} bytes for 32 images",
        ),
        "kernel auto-tuning": ("TacticName", kernels.get),
        "multi-stream execution": ("StreamId", lambda name: f"streams: {engines[name].streams}"),
    }
    rows = [
        {"optimization": what, "in the log": where} | {name: found(name) for name in wanted}
        for what, (where, found) in traces.items()
    ]
    tables.show(rows, "The ResNet's engines for SM86")
    if len(wanted) == 1:
        print("There is no int8 file: exercise 7.6 makes one.")
    last = list(wanted)[-1]
    return f"{last}: {kernels[last]}"


def _kernels(log: str) -> str:
    counts = {what: len(re.findall(f"TacticName: {key}", log)) for what, key in KERNELS.items()}
    return ", ".join(f"{count} {what}" for what, count in counts.items())


def _said(name: str) -> str:
    return name if "," in name else f"{name}, float32"


def _state(path: Path) -> tuple[int, int]:
    """What tells that a file is still the same."""
    state = path.stat()
    return state.st_mtime_ns, state.st_size


@functools.cache
def _weighed(path: Path, state: tuple[int, int]) -> tensorrt.Weighed:
    return weigh_images(path)


@functools.cache
def _right(path: Path, state: tuple[int, int]) -> float:
    import torch

    from course_utils.training import accuracy

    digits: Any = images()
    return accuracy(lambda x: scores_of(path, torch.from_numpy(x)), digits.test_images, digits.test_labels)
