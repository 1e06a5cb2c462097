"""The course's own entries, to compare with: trained once and kept, then written as files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course_utils.data import digits
from course_utils.lessons.capstone.limits import CLASSES, SIDE
from course_utils.lessons.capstone.shifting import shifted

if TYPE_CHECKING:
    from onnx import ModelProto
    from torch import nn

MODULES = ("models", "data", "seeds", "training/__init__", "lessons/capstone/nets", "lessons/capstone/shifting")
PACKAGES = ("torch", "numpy", "scikit-learn")
WIDE, SMALL = (16, 32, 64, 64), (8, 16, 24)
COPIES = 4


def linear() -> nn.Module:
    """Return one dense layer, untrained."""
    from torch import nn

    return nn.Sequential(nn.Flatten(), nn.Linear(SIDE * SIDE, CLASSES))


def separable(widths: tuple[int, ...] = SMALL) -> nn.Module:
    """Return the course's separable network, untrained."""
    from course_utils.models import separable_net

    return separable_net(widths)


def taught(net: nn.Module, move: Callable[..., np.ndarray] | None, seed: int = 0) -> nn.Module:
    """Train a network in place on the digits, each several times, moved by ``move(images, rng)``; return it.

    Args:
        move: None leaves all images where they are.
    """
    from course_utils.training import fit

    given, rng = digits.__wrapped__(SIDE), np.random.default_rng(seed)
    copies = [given.train_images if move is None else move(given.train_images, rng) for _ in range(COPIES)]
    images, labels = np.concatenate(copies), np.tile(given.train_labels, COPIES)
    fit(net, images, labels, epochs=2, lr=0.03, batch_size=32, seed=seed)
    return net.eval()


def kept_net(name: str, make: Callable[[], nn.Module], still: bool = False) -> nn.Module:
    """Return ``make()`` trained on shifted images (``still``: on images as they are): at the first call, then kept."""
    from course_utils.seeds import seeded
    from course_utils.training.keeping import kept, key_of

    def build() -> nn.Module:
        seeded(0)
        return make()

    def teach(net: nn.Module) -> None:
        taught(net, None if still else shifted.__wrapped__)

    return kept(f"capstone_{name}", key_of(MODULES, PACKAGES), build, teach).eval()


def hold_as_int8(model: ModelProto, name: str, codes: np.ndarray, scales: np.ndarray) -> None:
    """Let a model keep a weight as int8 ``codes`` and float32 ``scales``; what is multiplied is their product.

    Args:
        model: it is changed; name: of the initializer; codes: int8, of its shape; scales: one for each index of its
            first axis, or a single one, of shape ().
    """
    from onnx import helper, numpy_helper

    (old,) = (each for each in model.graph.initializer if each.name == name)
    parts = {f"{name}i": np.asarray(codes, np.int8), f"{name}s": np.asarray(scales, np.float32)}
    model.graph.initializer.remove(old)
    model.graph.initializer.extend(numpy_helper.from_array(each, key) for key, each in parts.items())
    model.graph.node.insert(0, helper.make_node("DequantizeLinear", list(parts), [name], axis=0))


def exported(net: nn.Module, path: Path) -> Path:
    """Write a network as one ONNX file, its normalizations folded into the convolutions before them."""
    import torch

    torch.onnx.export(
        net.eval(),
        (torch.zeros(2, 1, SIDE, SIDE),),
        path,
        dynamo=False,
        input_names=["x"],
        output_names=["y"],
        dynamic_axes={"x": {0: "n"}, "y": {0: "n"}},
    )
    return path
