"""The lesson's network: 64 pixels, 32 units, 10 scores; trained on digits in a second, then in whole numbers."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

from course_utils.data import digits

if TYPE_CHECKING:
    import numpy as np
    import torch

GREYS = 16  # a pixel is a whole number from 0 to 16
HIDDEN = 32
SETTINGS: dict[str, Any] = {"epochs": 30, "lr": 0.02, "batch_size": 128, "seed": 0}

Layer = dict[str, Any]


@cache
def _trained(seed: int) -> torch.nn.Module:
    from torch import nn

    from course_utils.seeds import seeded
    from course_utils.training import fit

    seeded(seed)
    net = nn.Sequential(nn.Flatten(), nn.Linear(64, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 10))
    given = digits()
    fit(net, given.train_images, given.train_labels, **SETTINGS | {"seed": seed})
    return net.eval()


def digit_net(seed: int = 0) -> torch.nn.Module:
    """Return the network in floats, from images (n, 1, 8, 8) between 0 and 1 to scores (n, 10), in eval mode."""
    import copy

    return copy.deepcopy(_trained(seed))


def pixels(count: int = 450) -> tuple[np.ndarray, np.ndarray]:
    """Return test images as the program reads them, (count, 64) uint8 from 0 to 16, and their labels."""
    import numpy as np

    given = digits()
    flat = np.rint(given.test_images.reshape(-1, 64) * GREYS).astype(np.uint8)
    return flat[:count], given.test_labels[:count]


def digit_layers(seed: int = 0) -> list[Layer]:
    """Return the network in whole numbers, layer by layer, as exercise 14.6 describes them."""
    import numpy as np

    given, net = digits(), digit_net(seed)
    x, scale, zero = given.train_images.reshape(-1, 64).astype(np.float64), 1 / GREYS, 0
    layers = []
    for place in (1, 3):
        weights, biases = (each.detach().numpy().astype(np.float64) for each in net[place].parameters())
        relu = place == 1
        sums = x @ weights.T + biases
        x = np.maximum(sums, 0) if relu else sums
        step = np.abs(weights).max() / 127
        codes = np.rint(weights / step).astype(np.int8)
        low = min(float(x.min()), 0.0)
        out_scale = (float(x.max()) - low) / 255
        out_zero = round(-128 - low / out_scale)
        whole = np.rint(biases / (scale * step)) - zero * codes.astype(np.int64).sum(axis=1)
        multiplier, shift = _in_whole_numbers(scale * step / out_scale)
        layer = {"weights": codes, "biases": whole.astype(np.int32), "multiplier": multiplier, "shift": shift}
        layers.append(layer | {"zero_point": out_zero, "relu": relu})
        scale, zero = out_scale, out_zero
    return layers


def _in_whole_numbers(factor: float) -> tuple[int, int]:
    part, power = math.frexp(factor)
    return min(round(part * 2**31), 2**31 - 1), 31 - power


def bytes_of(layers: list[Layer]) -> int:
    """Return the bytes of all weights and biases."""
    return sum(layer["weights"].nbytes + layer["biases"].nbytes for layer in layers)


def labels_of(layers: list[Layer], given: np.ndarray) -> np.ndarray:
    """Return what a program must answer, (n,) ints, by the definition: real numbers, rounded at the end of a layer.

    Args:
        given: (n, 64) int8 or uint8.
    """
    return _last_outputs(layers, given).argmax(axis=1)


def clear_cut(layers: list[Layer], given: np.ndarray) -> np.ndarray:
    """Return those of the inputs for which one output is larger than all others."""
    import numpy as np

    outputs = np.sort(_last_outputs(layers, given), axis=1)
    return given[outputs[:, -1] > outputs[:, -2]]


def _last_outputs(layers: list[Layer], given: np.ndarray) -> np.ndarray:
    import numpy as np

    x = given.astype(np.int64)
    for layer in layers:
        x = outputs_of(layer, x)
    return x


def outputs_of(layer: Layer, x: np.ndarray) -> np.ndarray:
    """Return a layer's outputs, (n, d_out) int64 from −128 to 127, for whole inputs (n, d_in)."""
    import numpy as np

    sums = x.astype(np.int64) @ layer["weights"].astype(np.int64).T + layer["biases"]
    lowest = layer["zero_point"] if layer["relu"] else -128
    rounded = [_nearest(int(each), layer["multiplier"], layer["shift"]) for each in sums.flat]
    whole = np.array(rounded, np.int64).reshape(sums.shape) + layer["zero_point"]
    return whole.clip(lowest, 127)


def _nearest(value: int, multiplier: int, shift: int) -> int:
    """Return the whole number next to value · multiplier / 2**shift: what fits into twice of it and one, halved."""
    whole = (2 * abs(value * multiplier) // 2**shift + 1) // 2
    return whole if value >= 0 else -whole
