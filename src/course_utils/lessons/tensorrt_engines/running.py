"""Engines kept and, where a GPU is, run: what was measured here beside what others published."""

from __future__ import annotations

import copy
import functools
import itertools
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from course_utils import plots, runtime, tables, tensorrt
from course_utils.lessons.tensorrt_engines.calls import Shapes
from course_utils.lessons.tensorrt_engines.files import images
from course_utils.lessons.tensorrt_engines.folder import FOLDER
from course_utils.lessons.tensorrt_engines.instead import build_or_own
from course_utils.lessons.tensorrt_engines.reading import scores_of

# Milliseconds for one sequence: a TCN for sequential digits, from a report on an RTX 2080 Ti.
REPORT = {"PyTorch": 3.13, "ONNX Runtime, GPU": 1.21, "TensorRT float32": 0.63, "TensorRT float16": 0.52}
REPORT |= {"the same in C++, float32": 0.53, "in C++, float16": 0.41}
# Frames per second of two face detectors, from a talk.
TALK = {"RetinaFace-ResNet50 640×480, float32": 81, "the same, int8": 190, "with MobileNet-0.25, float32": 400}
Build = Callable[[Path, Shapes, str], bytes]


def show_two_starts(cache_class: type, build_engine: Build, files: Mapping[str, Path]) -> str:
    """Start a service twice that asks a student's cache for the engines of all ResNets, for SM86 and SM89.

    Returns:
        How often each start built, in words.
    """
    import onnx

    wanted = {name: path for name, path in files.items() if name.startswith("ResNet")}
    shelf, rows, version = FOLDER / "engines", [], tensorrt.version(tensorrt.library("tensorrt_rtx"))
    shutil.rmtree(shelf, ignore_errors=True)
    build, builds = build_or_own(build_engine), []

    def built_now(path: Path, target: str) -> bytes:
        builds.append(target)
        (given,) = onnx.load(path).graph.input
        return build(path, {given.name: tuple((n, 1, 28, 28) for n in (1, 8, 32))}, target)

    for start in ("first start", "second start"):
        builds.clear()
        cache = cache_class(shelf)
        for path, target in itertools.product(wanted.values(), ("SM86", "SM89")):
            cache.get(path, target, version, functools.partial(built_now, path, target))
        rows.append({"": start, "engines asked for": 2 * len(wanted), "builds": len(builds)})
    kept = sum(each.stat().st_size for each in shelf.rglob("*") if each.is_file())
    tables.show(rows, f"{kept / 1e6:.1f} MB kept")
    return ", then ".join(str(row["builds"]) for row in rows)


def run_here(build_engine: Build, path: Path, shapes: Shapes) -> tuple[Any, bytes]:
    """Build for this machine's GPU, load, and print how far the scores are from ONNX Runtime's; (None, b"") without.

    Returns:
        The loaded engine, and its bytes.
    """
    import numpy as np
    import torch

    if not (gpu := tensorrt.gpu()):
        print("No GPU here that PyTorch can use. Not run, not measured: parity of scores, latency, data transfer.")
        return None, b""
    serialized = build_or_own(build_engine)(path, shapes, tensorrt.building.HERE)
    engine, some = tensorrt.load(serialized), images().test_images[:8]
    gap = np.abs(engine.run({"input": some})["output"] - scores_of(path, torch.from_numpy(some))).max()
    print(f"On {gpu}: scores differ by {gap:.1e} at most; EngineInspector tells of {len(engine.layers())} layers.")
    return engine, serialized


def show_transfer(serialized: bytes) -> None:
    """Show the GPU's own times of copying and running, from regular memory and from pinned; b"" shows nothing."""
    import numpy as np

    if not serialized:
        return
    rows, some = [], images().test_images[:8]
    for pinned in (False, True):
        loaded = tensorrt.load(serialized, pinned=pinned)
        times = [loaded.run({"input": some}) and list(loaded.milliseconds.values()) for _ in range(200)]
        to, run, back = np.median(times[20:], axis=0)
        rows.append({"host memory": "pinned" if pinned else "regular", "to, ms": to, "run, ms": run, "back, ms": back})
    tables.show(rows, tensorrt.gpu())


def show_latencies(module: Any, path: Path, engine: Any, rounds: int = 40) -> dict[str, float]:
    """Show how long 8 images take in eager PyTorch, in ONNX Runtime and, unless it is None, in an engine.

    Args:
        module: a torch.nn.Module from images (n, 1, 28, 28) to scores.
        path: of its file, whose input is called input.

    Returns:
        Median milliseconds by name.
    """
    import torch

    from course_utils.timing import compare

    gpu, some = tensorrt.gpu(), images().test_images[:8]
    place = "cuda" if gpu else "cpu"
    module = copy.deepcopy(module).to(place)
    session = runtime.session(path, "cuda" if "cuda" in runtime.providers() else "cpu")

    @torch.inference_mode()
    def eager() -> torch.Tensor:
        return module(torch.from_numpy(some).to(place)).cpu()

    calls = {"PyTorch, eager": eager, "ONNX Runtime": lambda: session.run(None, {"input": some})}
    if engine is not None:
        calls["TensorRT, float32"] = lambda: engine.run({"input": some})
    turns = compare(calls, rounds=rounds, time_limit_s=5)
    tables.show(turns.rows(), f"8 images, on {gpu or 'the CPU'}; {turns.conditions()}")
    return {name: turns.timings[name].median_ns / 1e6 for name in calls}


def draw_ladders(here: Mapping[str, float]) -> None:
    """Draw two published ladders and the one measured here, each as speed over its first; a table gives the times.

    Args:
        here: milliseconds by name.
    """
    from course_utils.hardware import hardware_line

    gpu = tensorrt.gpu()
    groups = {"quoted: report, RTX 2080 Ti": REPORT, f"measured here: {gpu or 'CPU'}": here}
    groups["quoted: talk, GTX 1080"] = {name: 1000 / rate for name, rate in TALK.items()}
    fig, axes = plots.figure(width=7.5, height=3.6)
    rows: list[dict[str, str]] = []
    ticks: list[int] = []
    for number, (group, times) in enumerate(groups.items()):
        first = next(iter(times.values()))
        speed = [first / each for each in times.values()]
        spots = [len(rows) + number + k for k in range(len(times))]  # a gap after each group
        axes.barh(spots, speed, color=plots.CYCLE[number], label=group)
        axes.bar_label(axes.containers[-1], [f"{each:.1f}×" for each in speed], padding=2, fontsize=8)
        ticks += spots
        for (name, each), factor in zip(times.items(), speed, strict=True):
            rows.append({"where": group, "what": name, "ms": f"{each:.2f}", "over the first": f"{factor:.1f}×"})
    tables.show(rows, hardware_line())
    axes.set_yticks(ticks, [row["what"] for row in rows], fontsize=8)
    axes.invert_yaxis()
    axes.set(title="Speed over the first of each group", xlim=(0, 9.5))
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=8)
    said = "; ".join(f"{row['where']}, {row['what']} {row['over the first']}" for row in rows)
    plots.show(fig, f"Bars of speed relative to the first of each group: {said}.")
