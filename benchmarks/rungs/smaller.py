"""Rungs of smaller networks for the same task, with the same floor: a separable one, and what pruning leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from course_utils import export, pruning
from course_utils.data import Digits
from course_utils.training import fit, trained
from rungs import NotMeasured, Rung, macs_of
from rungs.cpu import in_onnx_runtime

SEPARABLE = "ONNX Runtime, a separable net instead"
CUT = "ONNX Runtime, half of the inner channels cut"
EPOCHS, RATE = 2, 0.003


def smaller(name: str, digits: Digits, folder: Path) -> Iterator[Rung | NotMeasured]:
    """A net of separable convolutions; then the trained model with channels cut, trained on for two epochs."""
    yield _rung(SEPARABLE, "09", trained("separable"), digits, folder / "separable.onnx")
    whole = trained(name)
    if not list(pruning.joints(whole)):
        yield NotMeasured(CUT, "no plain convolution follows another in this network")
        return
    net = pruning.without_channels(whole, 0.5)
    fit(net, digits.train_images, digits.train_labels, epochs=EPOCHS, lr=RATE, batch_size=32, seed=0)
    yield _rung(CUT, "10", net.eval(), digits, folder / "pruned.onnx")


def _rung(name: str, taught: str, net: nn.Module, digits: Digits, path: Path) -> Rung:
    exported = export.to_onnx(net, torch.from_numpy(digits.train_images[:2]), path)
    return replace(in_onnx_runtime(name, taught, exported), macs=macs_of(net))
