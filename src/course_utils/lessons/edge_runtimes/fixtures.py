"""Layers and inputs drawn for tests: small ones, wide ones, and such as saturate or lie just halfway."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from course_utils import expect
from course_utils.lessons.edge_runtimes.nets import outputs_of, pixels

if TYPE_CHECKING:
    import numpy as np

Layer = dict[str, Any]


def drawn_layer(rng: np.random.Generator, d_in: int, d_out: int, relu: bool, spread: float = 30.0) -> Layer:
    """Return a layer whose outputs spread over about ``spread`` codes around the middle, and some beyond them."""
    import numpy as np

    weights = rng.integers(-127, 128, (d_out, d_in)).astype(np.int8)
    biases = rng.integers(-2000, 2000, d_out).astype(np.int32)
    typical = 73 * 40 * np.sqrt(d_in) + 1000  # of a sum, for inputs of about 40
    shift = int(np.ceil(np.log2(typical / spread))) + 30
    multiplier = int(rng.integers(2**30, 2**31))
    return {"weights": weights, "biases": biases, "multiplier": multiplier, "shift": shift} | {
        "zero_point": int(rng.integers(-60, 60)),
        "relu": relu,
    }


def drawn_net(rng: np.random.Generator, *sizes: int) -> list[Layer]:
    """Return layers of these sizes, the first of which is 64, the last without relu; digits get several labels."""
    import numpy as np

    pairs = list(itertools.pairwise(sizes))
    layers = [drawn_layer(rng, d_in, d_out, k + 1 < len(pairs)) for k, (d_in, d_out) in enumerate(pairs)]
    x = pixels(60)[0].astype(np.int64)
    for k, layer in enumerate(layers):
        layer["shift"] += 2 if k else -3  # pixels are small, what relu leaves is large
        sums = x @ layer["weights"].astype(np.int64).T
        layer["biases"] = (layer["biases"] - sums.mean(axis=0)).astype(np.int32)
        x = outputs_of(layer, x)
    return layers


def halfway_layer(sums: list[int], relu: bool, zero_point: int = 0) -> Layer:
    """Return a layer of one input whose sums, for x = 0, are these, and whose factor is a quarter."""
    import numpy as np

    weights = np.zeros((len(sums), 1), np.int8)
    biases = np.array(sums, np.int32)
    rest = {"multiplier": 2**30, "shift": 32, "zero_point": zero_point, "relu": relu}
    return {"weights": weights, "biases": biases} | rest


def strained(layers: list[Layer]) -> list[Layer]:
    """Return layers in which some numbers are the least there are, others 0, and weights lie column by column."""
    import numpy as np

    made = []
    for layer in layers:
        weights, biases = layer["weights"].copy(), layer["biases"].copy()
        weights[0, :3], weights[:, -1] = -128, 0
        biases[-1], weights[-1] = -(2**31), 0
        made.append(layer | {"weights": np.asfortranarray(weights), "biases": biases})
    return made


def expect_ints(got: Any, what: str) -> None:
    """Expect ints of Python or of 64 bits: with one of 32, ``1 << (shift - 1)`` wraps.

    Raises:
        Unmet: one is something else.
    """
    import numpy as np

    for each in got:
        kind = np.asarray(each).dtype
        likely = "int(…) of each"
        wide = kind.kind in "iu" and kind.itemsize == 8
        expect.true(wide, f"the types of {what}", expected="ints", got=type(each).__name__, likely=likely)


def expect_same(passed: list[Layer], before: list[Layer]) -> None:
    """Expect that the layers that a function was lent are still what they were.

    Raises:
        Unmet: one of them has changed.
    """
    now, likely = expect.after(passed), "your function changes the layers; build new arrays instead"
    expect.equal(len(now), len(before), "how many layers there are afterwards", likely=likely)
    for k, (mine, was) in enumerate(zip(now, before, strict=True)):
        expect.equal(sorted(mine), sorted(was), f"the keys of layer {k} afterwards", likely=likely)
        for key, value in was.items():
            kinds = (str(getattr(each, "dtype", type(each).__name__)) for each in (mine[key], value))
            expect.equal(*kinds, f"the type of {key} of layer {k} afterwards", likely=likely)
            expect.close(mine[key], value, f"{key} of layer {k} afterwards", atol=0, likely=likely)
