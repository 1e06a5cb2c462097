"""What a sparse network weighs and how fast it runs: bytes by form, files and zipped files, times in ONNX Runtime."""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from course_utils import plots, runtime, tables
from course_utils.export import to_onnx_torchscript
from course_utils.lessons.pruning_and_distillation import given, instead
from course_utils.lessons.pruning_and_distillation.folder import new_path
from course_utils.lessons.standing_in import either
from course_utils.timing import Comparison, compare

if TYPE_CHECKING:
    from pathlib import Path

    import torch

FORMS = ("dense", "bitmask", "csr")
SHARES = (0.0, 0.5, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995)
SESSIONS = 6  # of each file: where its data lies in memory is not the same twice
TURNS = 4  # of the sessions in one call: what other files left in the caches shows in the first of them
GUESSED = 0.9
GRID = 500  # numbers of zeros at which the smallest form is asked for, before it is told exactly


def draw_stored(stored_bytes: Callable[..., int], smallest_form: Callable[..., str], net: torch.nn.Module) -> str:
    """Draw the bytes of the largest layer's weights over sparsity; return from where on which form is smallest."""
    import numpy as np

    w = max(given.weights_of(net).values(), key=lambda each: each.size)
    rows = w.reshape(len(w), -1)

    def with_share_off(share: float) -> np.ndarray:
        flat = rows.ravel().copy()
        flat[: round(share * flat.size)] = 0
        return flat.reshape(rows.shape)

    def smallest(zeros: int) -> str:
        return smallest_form(with_share_off(zeros / rows.size))

    wins: dict[str, int] = {}
    below = 0
    for zeros in range(0, rows.size, rows.size // GRID):
        form = smallest(zeros)
        if form not in wins:
            places = range(below, zeros + 1)
            wins[form] = places[bisect_left(places, True, key=lambda each, form=form: smallest(each) == form)]
        below = zeros
    lines = {form: [stored_bytes(with_share_off(each), form) / 1000 for each in SHARES] for form in FORMS}
    fig, axes = plots.figure(width=6.5, height=3)
    left = [1 - each for each in SHARES]
    title = f"Weights of {rows.shape[0]} × {rows.shape[1]}"
    plots.curves(axes, lines, x=left, title=title, xlabel="zeros, %", ylabel="kB", marks=True)
    axes.set(xscale="log", yscale="log")
    axes.invert_xaxis()
    axes.set_xticks(left, [f"{100 * each:g}" for each in SHARES])
    axes.set_yticks((2, 10, 50, 200, 600), ("2", "10", "50", "200", "600"))
    axes.minorticks_off()
    said = ", ".join(f"{form} from {zeros / rows.size:.2%} zeros" for form, zeros in wins.items())
    plots.show(fig, f"Bytes over the share of zeros, falling but for dense. Smallest: {said}.")
    return said


def race_sparse(global_masks: Callable[..., Any], net: torch.nn.Module) -> tuple[float, float]:
    """Show files of the network with 50 and 90 % of its weights at 0, and their times in ONNX Runtime.

    Returns:
        with 90 % off: time over dense, and zipped size over that of dense.
    """
    choose = either("10.2", global_masks, instead.global_masks.__wrapped__)
    weights = given.weights_of(net)
    nets = {"dense": net}
    nets |= {f"{s:.0%} off": given.with_masks(net, choose(weights, s)) for s in (0.5, GUESSED)}
    files = {name: exported(each) for name, each in nets.items()}
    turns = race(files)
    zipped = {name: len(zlib.compress(path.read_bytes(), 9)) for name, path in files.items()}
    rows = [
        {
            "network": name,
            "file, kB": f"{path.stat().st_size / 1000:.0f}",
            "zipped, kB": f"{zipped[name] / 1000:.0f}",
            "time over dense": "1" if name == "dense" else str(turns.ratio(name)),
        }
        for name, path in files.items()
    ]
    tables.show(rows, f"Weights set to 0, in ONNX Runtime, one image a call. {turns.conditions()}")
    name = f"{GUESSED:.0%} off"
    return turns.ratio(name).value, zipped[name] / zipped["dense"]


def exported(net: torch.nn.Module) -> Path:
    """Return the path of a network for 16×16 images as an ONNX file."""
    return to_onnx_torchscript(net, given.digits16().test_images[:2], new_path("net.onnx"))


def race(files: Mapping[str, Path], rounds: int = 100) -> Comparison:
    """Return the times of one image through each file, in turns, several sessions of each in every call.

    A file against itself comes out at 1: each is the first to be loaded about as often as the others, and a call is so
    long that all have equally many in a sample, and so equally many runs that find another file's data in the caches.
    """
    image = given.digits16().test_images[:1].numpy()
    sessions: dict[str, list[Any]] = {name: [] for name in files}
    for turn in range(SESSIONS):
        for place in range(len(files)):
            name = list(files)[(turn + place) % len(files)]
            sessions[name].append(runtime.session(files[name]))
    return compare({name: _calls(each, image) for name, each in sessions.items()}, rounds=rounds, time_limit_s=4)


def _calls(sessions: Sequence[Any], image: Any) -> Callable[[], Any]:
    feed = {sessions[0].get_inputs()[0].name: image}
    return lambda: [each.run(None, feed) for _ in range(TURNS) for each in sessions]
