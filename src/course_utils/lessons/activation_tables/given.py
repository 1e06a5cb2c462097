"""What the lesson gives: the net that learned XOR, in floats and in integers, and tanh for every code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

SHIFT = 28  # with it the multiplier stays below 2**31 for weights up to 31


def xor_net() -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return a net of lesson 01 that learned XOR, rounded to two places, and the four points it learned from.

    Returns:
        ``{"w1": (2, 4), "b1": (4,), "w2": (4, 1), "b2": (1,)}`` in float64, and (4, 2) int8, whose answers are
        0, 1, 1, 0.
    """
    import numpy as np

    net = {
        "w1": np.array([[3.05, -3.32, -2.14, -4.48], [4.50, 4.13, -1.74, 3.34]]),
        "b1": np.array([-1.66, 1.81, 3.04, -1.71]),
        "w2": np.array([[3.69], [-4.24], [4.37], [3.47]]),
        "b2": np.array([0.15]),
    }
    return net, np.array([[1, 1], [1, 0], [0, 1], [0, 0]], dtype=np.int8)


def code_table(bits: int = 8) -> np.ndarray:
    """Return tanh for each code of so many bits, which run from −4 to one step *before* 4: (2**bits,) float64."""
    import numpy as np

    return np.tanh((np.arange(2**bits) - 2 ** (bits - 1)) / 2.0 ** (bits - 3))


def to_integers(net: dict[str, np.ndarray], x_scale: float = 1.0) -> dict[str, Any]:
    """Return a trained net as integers, for ``integer_xor``.

    Each layer's weights get one scale, so that the largest becomes ±127; a layer's biases count in the units of
    its sums. The multiplier over 2**shift turns the first layer's sums into steps of 1/32.

    Args:
        net: as ``xor_net`` has it; weights of at most 31 in magnitude, not all 0 in a layer.
        x_scale: the real number that a 1 in x stands for.

    Returns:
        w1, w2 and table in int8, b1 and b2 in int32, shapes as in ``net``, table (256,); multiplier and shift as int.
    """
    import numpy as np

    w1_scale, w2_scale = np.abs(net["w1"]).max() / 127, np.abs(net["w2"]).max() / 127
    return {
        "w1": np.rint(net["w1"] / w1_scale).astype(np.int8),
        "b1": np.rint(net["b1"] / (w1_scale * x_scale)).astype(np.int32),
        "multiplier": round(32 * w1_scale * x_scale * 2**SHIFT),
        "shift": SHIFT,
        "table": np.rint(127 * code_table()).astype(np.int8),
        "w2": np.rint(net["w2"] / w2_scale).astype(np.int8),
        "b2": np.rint(net["b2"] / (w2_scale / 127)).astype(np.int32),
    }
