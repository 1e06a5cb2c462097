"""Nets whose labels tell what a program does to their sums: how it rounds, with how many bits, where it saturates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from course_utils.lessons.edge_runtimes.fixtures import halfway_layer
from course_utils.lessons.edge_runtimes.nets import outputs_of

if TYPE_CHECKING:
    import numpy as np

Layer = dict[str, Any]
ENDINGS = (  # codes beside the ends of int8, and what else of it decides a label
    [-128] * 9 + [-127],
    [-130, -127, -128, -127, -128, -129, -200, -127, -128, -128],
    [126, 127, 130, 126, 127, 128, 300, 127, 126, 125],
    [-140, -128, -300, -128, -129, -400, -128, -130, -128, -128],
    [-5, -4, -9, -50, -6, -4, -128, -5, -100, -7],
    [127, 126, 128, 127, 300, 400, 126, 125, 127, 128],
)


def telling_net() -> tuple[list[Layer], np.ndarray]:
    """Return a net whose labels tell how it rounds, and inputs for it: two for each sum from −128 to 127.

    Its outputs are x₁ and a quarter of x₀: 0 wins where they are equal, 1 where x₁ is one less.
    """
    import numpy as np

    layer = halfway_layer([0, 0], relu=False) | {"weights": np.zeros((2, 64), np.int8)}
    layer["weights"][0, 1], layer["weights"][1, 0] = 4, 1
    x = np.zeros((512, 64), np.int8)
    x[:, 0] = np.repeat(np.arange(-128, 128), 2)
    x[:, 1] = outputs_of(layer, x)[:, 1] - np.tile([0, 1], 256)
    return [layer], x


def bending_net(relus: tuple[bool, bool, bool] = (False, False, True)) -> tuple[list[Layer], np.ndarray]:
    """Return a net with relu where it is unusual, its last two layers of one size, and two inputs for it.

    The label is 0 whatever comes in; with a relu in one of the first two layers 2, without one in the last 1.
    """
    import numpy as np

    first, last = halfway_layer([-200, 160, 0], relus[0]), halfway_layer([-120, -80, 100], relus[2])
    middle = halfway_layer([0, 0, 0], relus[1]) | {"weights": np.array(4 * np.eye(3), np.int8)}
    last |= {"weights": np.array([[0, 0, 0], [0, 0, 0], [4, 0, 0]], np.int8)}
    return [first | {"weights": np.zeros((3, 64), np.int8)}, middle, last], np.eye(2, 64).astype(np.int8)


def ending_net() -> tuple[list[Layer], np.ndarray]:
    """Return a net whose ten outputs are those of ``ENDINGS``, as far as int8 has them, and an input for each."""
    import numpy as np

    weights, x = np.zeros((10, 64), np.int8), np.zeros((len(ENDINGS), 64), np.int8)
    for k, codes in enumerate(ENDINGS):
        x[k, 2 * k : 2 * k + 2] = 127, 1
        for row, code in zip(weights, codes, strict=True):
            high = round(4 * code / 127)
            row[2 * k : 2 * k + 2] = high, 4 * code - 127 * high
    return [halfway_layer([0] * 10, relu=False) | {"weights": weights}], x


def fine_net(rng: np.random.Generator) -> tuple[list[Layer], np.ndarray]:
    """Return a net whose labels tell whether all 31 bits of a multiplier serve, and ten inputs with the labels 0 to 9.

    Each output of its first layer is the code c, or one less where its input is −1: by one unit of a sum of 31 bits.
    With a multiplier that is one less or one more, some of the ten come out otherwise.
    """
    import numpy as np

    shift, found = 54, [[], []]
    while not all(found):  # for few factors no code is near enough to an edge
        factor = int(rng.integers(2**29, 2**30)) * 2 + 1
        edges = [(code, -(-((2 * code - 1) << (shift - 1)) // factor)) for code in range(30, 90)]
        over = {pair: pair[1] * factor - ((2 * pair[0] - 1) << (shift - 1)) for pair in edges}
        found = [[pair for pair in edges if over[pair] < pair[1]], [p for p in edges if factor - over[p] < p[1]]]
    pairs = [part[int(k)] for part in found for k in rng.integers(len(part), size=4)]
    codes, sums = ([pair[place] for pair in pairs] for place in (0, 1))
    for code in rng.integers(30, 90, 2).tolist():  # below zero halves go down
        sums, codes = [*sums, -((((2 * code + 1) << (shift - 1)) - 1) // factor)], [*codes, -code]
    first = halfway_layer(sums, relu=False) | {"weights": np.eye(10, 64).astype(np.int8)}
    last = halfway_layer([-4 * code for code in codes], relu=False) | {"weights": np.array(4 * np.eye(10), np.int8)}
    return [first | {"multiplier": factor, "shift": shift}, last], np.tril(-np.ones((10, 64)), -1).astype(np.int8)


def heavy_net(rng: np.random.Generator) -> tuple[list[Layer], np.ndarray]:
    """Return a net with the largest sums that int8 makes, of both signs, and three inputs, the label of the first is 0.

    It is another one as soon as a sum of the first layer, all products of which are 128 · 128 or −127 · 128, is wrong.
    """
    import numpy as np

    signs = rng.permutation([1, 1, 1, 1, 1, -1, -1, -1, -1, -1])
    x = np.array([[-128] * 64, [127] * 64, [-128, 127] * 32], np.int8)
    weights = np.repeat(np.where(signs > 0, -128, 127)[:, None], 64, axis=1).astype(np.int8)
    first = halfway_layer([0] * 10, relu=False) | {"weights": weights, "shift": 44}
    due = outputs_of(first, x[:1])[0]
    away = int((signs * due).sum())
    last = halfway_layer([0, 4 * away, -4 * away], relu=False)
    return [first, last | {"weights": np.stack([0 * signs, -4 * signs, 4 * signs]).astype(np.int8)}], x
