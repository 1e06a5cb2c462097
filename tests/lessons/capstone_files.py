"""Files for the judge of lesson 16 to be tried on: a trained network, and what becomes of it by a small change."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx
from onnx import ModelProto, helper, numpy_helper

from course_utils.data import digits
from course_utils.lessons.capstone import nets
from course_utils.lessons.capstone.judging import Verdict, judge
from course_utils.lessons.capstone.shifting import shifted

SIDES = 28


def trained(folder) -> ModelProto:
    """Return the course's small network, trained on shifted digits and exported."""
    path = nets.exported(nets.kept_net("small", nets.separable), folder / "trained.onnx")
    return onnx.load(path)


def changed(model: ModelProto, change: Callable[[ModelProto], object]) -> bytes:
    """Return a copy's bytes after ``change(copy)``, which may return another model."""
    copy = ModelProto()
    copy.CopyFrom(model)
    made = change(copy)
    return (made if isinstance(made, ModelProto) else copy).SerializeToString()


def judged(content: bytes, seed: int = 0, names: np.ndarray | None = None) -> Verdict:
    """Judge bytes on the held-out digits, shifted."""
    held, rng = digits(SIDES), np.random.default_rng(seed)
    names = np.arange(10) if names is None else names
    return judge(content, shifted.__wrapped__(held.test_images, rng), names[held.test_labels], rng)


def after(model: ModelProto, *nodes: tuple, **held: np.ndarray) -> None:
    """Put operators between a model's scores, then called "almost", and its output; a tuple for each."""
    model.graph.node[-1].output[0] = "almost"
    for kind, given, out, *settings in nodes:
        model.graph.node.append(helper.make_node(kind, given, [out], **(settings[0] if settings else {})))
    hold(model, **held)


def before(model: ModelProto, *nodes: tuple, **held: np.ndarray) -> None:
    """Put operators between a model's input and the network, which then takes "seen"."""
    for node in model.graph.node:
        node.input[:] = ["seen" if name == "x" else name for name in node.input]
    for place, (kind, given, out, *settings) in enumerate(nodes):
        outs = out if isinstance(out, list) else [out]
        model.graph.node.insert(place, helper.make_node(kind, given, outs, **(settings[0] if settings else {})))
    hold(model, **held)


def hold(model: ModelProto, **held: np.ndarray) -> None:
    """Add weights by name."""
    model.graph.initializer.extend(numpy_helper.from_array(np.asarray(value), name) for name, value in held.items())
