"""The rung of lesson 10: another network, half of whose inner channels are cut, the rest trained on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from course_utils import export, pruning
from course_utils.data import Digits
from course_utils.training import fit, trained
from rungs import NotMeasured, Rung, macs_of
from rungs.cpu import in_onnx_runtime

NAME = "ONNX Runtime, half of the inner channels cut"
EPOCHS, RATE = 2, 0.003


def pruned(name: str, digits: Digits, folder: Path) -> Rung | NotMeasured:
    """Cut a trained model, train it on for two epochs, and open it as the others are opened."""
    whole = trained(name)
    if not list(pruning.joints(whole)):
        return NotMeasured(NAME, "no plain convolution follows another in this network")
    net = pruning.without_channels(whole, 0.5)
    fit(net, digits.train_images, digits.train_labels, epochs=EPOCHS, lr=RATE, batch_size=32, seed=0)
    path = export.to_onnx(net.eval(), torch.from_numpy(digits.train_images[:2]), folder / "pruned.onnx")
    return replace(in_onnx_runtime(NAME, "10", path), macs=macs_of(net))
