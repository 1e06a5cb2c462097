"""The lesson's demonstrations: what shifts do, what networks take, what a file holds, who is on the front."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils import plots, tables, training
from course_utils.data import digits
from course_utils.errors import CourseError
from course_utils.lessons.capstone import limits, nets
from course_utils.lessons.capstone.folder import new_path
from course_utils.lessons.capstone.shifting import moved, shifted

if TYPE_CHECKING:
    from course_utils.lessons.capstone.handing_in import HandedIn

FARTHEST = 6  # pixels, in the figure
STILL, SHIFTED = "trained on images as they are", "trained on shifted ones"


def show_rules() -> None:
    """Show the tiers, the bounds that no entry may pass, and the operators that the judge runs."""
    tiers = [
        ("images right", map("{:.0%}".format, limits.ACCURACIES), ""),
        ("bytes", map("{:,}".format, limits.BYTES), f"{limits.LARGEST_FILE:,}"),
        ("multiply-adds", map("{:,}".format, limits.MULTIPLY_ADDS), f"{limits.MOST_MULTIPLY_ADDS:,}"),
    ]
    tables.show([{"what": what, "tiers": ", ".join(each), "never more than": most} for what, each, most in tiers])
    print("Operators:", ", ".join(sorted(limits.OPERATORS)))


def draw_shifts(move: Callable[..., np.ndarray]) -> float:
    """Draw how many held-out digits two networks get right, over how far the images are moved.

    Args:
        move: a student's ``shifted``; the second network is trained on what it makes.

    Returns:
        the share that the first gets right of shifted images.
    """
    from course_utils.seeds import seeded

    seeded(0)
    made = {STILL: nets.kept_net("still", nets.separable, still=True), SHIFTED: nets.taught(nets.separable(), move)}
    given, rng = digits.__wrapped__(limits.SIDE), np.random.default_rng(1)
    right: dict[str, list[float]] = {name: [] for name in made}
    for far in range(FARTHEST + 1):
        ways = rng.choice([-far, far], size=(len(given.test_images), 2))
        images = moved(given.test_images, ways)
        for name, net in made.items():
            right[name].append(training.accuracy(net, images, given.test_labels))
    fig, axes = plots.figure(height=2.8)
    title, across = "Held-out digits, moved aslant", "pixels moved, down or up and to a side"
    plots.curves(axes, right, title=title, xlabel=across, ylabel="share right", marks=True)
    axes.set_ylim(0, 1.02)
    told = "; ".join(f"{name}: {', '.join(f'{each:.2f}' for each in values)}" for name, values in right.items())
    plots.show(fig, f"Share right over 0 to {FARTHEST} pixels. {told}.")
    return training.accuracy(made[STILL], shifted.__wrapped__(given.test_images, rng), given.test_labels)


def show_costs(multiply_adds: Callable[..., int]) -> float:
    """Show what a student's ruler says of the course's networks, and return ResNet's over the smallest's."""
    from course_utils import models

    made: dict[str, Any] = {"DigitResNet": models.DigitResNet, "DigitMobileNet": models.DigitMobileNet}
    made |= {
        f"separable_net({widths})": lambda widths=widths: nets.separable(widths) for widths in (nets.WIDE, nets.SMALL)
    }
    made["one dense layer"] = nets.linear
    rows, found = [], {}
    for name, make in made.items():
        path = nets.exported(make(), new_path("net.onnx"))
        found[name] = multiply_adds(path)
        rows.append({"network": name, "multiply-adds": f"{found[name]:,}", "bytes": f"{path.stat().st_size:,}"})
    tables.show(rows)
    return found["DigitResNet"] / found[f"separable_net({nets.SMALL})"]


def show_bytes() -> float:
    """Show what the bytes of the entry hold, beside a small float file and the same with all in int8.

    Returns:
        how many times as large the second of those two is as the first.
    """
    from course_utils.quantization import Reader, quantize

    plain = nets.exported(nets.kept_net("small", nets.separable), new_path("float.onnx"))
    images = digits.__wrapped__(limits.SIDE).train_images[:256]
    whole = quantize(plain, new_path("int8.onnx"), "cpu_int8_without_vnni", Reader(images, plain))
    files = {"a small net, float32": plain.read_bytes(), "the same, all in int8": whole.read_bytes()}
    if (yours := _yours()) is not None:
        files["yours"] = yours.content
    rows = [{"file": name} | _held(each) for name, each in files.items()]
    tables.show(rows, caption="bytes")
    return len(files["the same, all in int8"]) / len(files["a small net, float32"])


def _held(content: bytes) -> dict[str, str]:
    """Return how many bytes of a file are weights, by type, and how many are all else."""
    import onnx

    model, found = onnx.ModelProto.FromString(content), Counter()
    for each in model.graph.initializer:
        kind = onnx.TensorProto.DataType.Name(each.data_type).lower()
        found[kind if kind in ("float", "int8") else "other numbers"] += onnx.numpy_helper.to_array(each).nbytes
    said = {name: f"{found[name]:,}" for name in ("float", "int8", "other numbers")}
    return {"all": f"{len(content):,}"} | said | {"the rest": f"{len(content) - sum(found.values()):,}"}


def draw_front(front: Callable[..., list[str]]) -> list[str]:
    """Draw a student's entry among the course's own, and return the names that a student's ``front`` gives."""
    from course_utils.lessons.capstone.front import figure_of

    entries = own_entries()
    if (yours := _yours()) is not None:
        entries["yours"] = astuple(yours.judged(np.random.default_rng(0)))
    best = list(front(dict(entries)))
    plots.show(*figure_of(entries))
    rows = [
        {"entry": name, **_row(each), "on the front": "yes" if name in best else ""} for name, each in entries.items()
    ]
    tables.show(rows)
    return best


def own_entries() -> dict[str, tuple[float, int, int]]:
    """Return the course's entries by name: each trained once and kept, judged here."""
    import torch

    from course_utils.export import to_onnx
    from course_utils.lessons.capstone.judging import judge

    makers: Mapping[str, Callable[[], Any]] = {
        "dense": nets.linear,
        "small": nets.separable,
        "wide": lambda: nets.separable(nets.WIDE),
    }
    made = {name: nets.kept_net(name, make) for name, make in makers.items()}
    files = {name: nets.exported(net, new_path("net.onnx")) for name, net in made.items()}
    files["small, remarks"] = to_onnx(made["small"], torch.zeros(2, 1, limits.SIDE, limits.SIDE), new_path("net.onnx"))
    given, rng, found = digits.__wrapped__(limits.SIDE), np.random.default_rng(0), {}
    images = shifted.__wrapped__(given.test_images, rng)
    for name, path in files.items():
        each = judge(path.read_bytes(), images, given.test_labels, rng)
        found[name] = astuple(each)
    return found


def _yours() -> HandedIn | None:
    """Return the entry that was handed in; where there is none, say why, and return None."""
    from course_utils.lessons.capstone.handing_in import handed_in

    try:
        return handed_in()
    except CourseError as error:
        print(f"Without yours: {error}")
        return None


def _row(each: tuple[float, int, int]) -> dict[str, str]:
    return {"right": f"{each[0]:.3f}", "bytes": f"{each[1]:,}", "multiply-adds": f"{each[2]:,}"}
