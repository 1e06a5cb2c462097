"""The services' network as a C header in whole numbers: what the image ``bare`` is compiled from.

Weights are int8 with a scale for each output channel, symmetric. What a layer hands on is a byte with a zero point of
0, as nothing below zero comes out of a ReLU; so an edge of zeros is exact. A channel's factor is a whole number and a
shift (B. Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference",
CVPR 2018, section 2.2).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import torch

BYTE, LARGEST = 255, 127
CALIBRATED = 1000  # training images that a layer's largest output is taken from


def network_header(network: torch.nn.Module, images: np.ndarray) -> str:
    """Return C's text for a ``models.DigitCNN``: an array of layers, and the head, whose scores are real numbers.

    Args:
        images: (n, 1, 16, 16) float32 from 0 to 1, that show how large each layer's outputs become.
    """
    texts, rows, scale = [], [], 1 / BYTE
    for k, (layer, size, largest) in enumerate(_convolutions(network, images[:CALIBRATED])):
        handed_on = largest / BYTE
        codes, scales = _symmetric(layer.weight)
        out, into = codes.shape[:2]
        multipliers, shift = _in_whole_numbers(scales * scale / handed_on)
        biases = (layer.bias.detach().double().numpy() / (scales * scale)).round().astype("int64")
        texts.append(_array(f"int8_t conv{k}_weights", codes.transpose(0, 2, 3, 1)))
        texts.append(_array(f"int32_t conv{k}_biases", biases))
        texts.append(_array(f"int32_t conv{k}_multipliers", multipliers))
        rows.append(f"    {{{size}, {into}, {out}, conv{k}_weights, conv{k}_biases, conv{k}_multipliers, {shift}}},\n")
        scale = handed_on
    codes, scales = _symmetric(network[-1].weight)
    texts.append(_array("int8_t head_weights", codes))
    texts.append(_array("double head_scales", scales * scale / size**2))  # of a sum over all places, not their average
    texts.append(_array("double head_biases", network[-1].bias.detach().double().numpy()))
    net = f"enum {{ LAYERS = {len(rows)} }};\nstatic const struct layer layers[LAYERS] = {{\n{''.join(rows)}}};\n"
    return "".join([*texts, net])


def _convolutions(network: torch.nn.Module, images: np.ndarray) -> Iterator[tuple[torch.nn.Conv2d, int, float]]:
    """Yield each convolution with its outputs' edge in pixels and, behind its ReLU, their largest value."""
    import torch

    x, layer = torch.from_numpy(images), None
    with torch.inference_mode():
        for module in network:
            x = module(x)
            if isinstance(module, torch.nn.Conv2d):
                layer = module
            elif isinstance(module, torch.nn.ReLU):
                yield layer, x.shape[2], float(x.max())


def _symmetric(weights: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Return a layer's weights as whole numbers, and the scale of each output channel."""
    real = weights.detach().double().numpy()
    scales = abs(real).reshape(len(real), -1).max(axis=1) / LARGEST
    return (real / scales.reshape(-1, *[1] * (real.ndim - 1))).round().astype("int8"), scales


def _in_whole_numbers(factors: np.ndarray) -> tuple[np.ndarray, int]:
    """Return int32 multipliers and the one shift with which they stand for the factors."""
    shift = 30 - math.frexp(factors.max())[1]
    return (factors * 2.0**shift).round().astype("int64"), shift


def _array(declared: str, values: np.ndarray) -> str:
    return f"static const {declared}[] = {{{', '.join(map(repr, values.ravel().tolist()))}}};\n"
