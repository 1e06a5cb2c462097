"""What the tests of 15.1, 15.2, 15.4 and 15.5 hand to a student's function: drawn weights, caches, packed matrices."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np


def by_torch(q: np.ndarray, k: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return causal attention of (heads, t, d), (heads, t, d) and (heads, t, e) as PyTorch computes it."""
    import torch

    q, k, v = (torch.from_numpy(each)[None] for each in (q, k, v))
    return torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)[0].numpy()


def drawn_params(
    rng: np.random.Generator, layers: int = 1, heads: int = 1, width: int = 4, places: int = 8, vocabulary: int = 5
) -> dict[str, Any]:
    """Return a decoder's weights in float64, drawn with ``rng``, large enough that every matrix shows in its scores."""
    hidden = width + 3

    def drawn(rows: int, columns: int) -> np.ndarray:
        return rng.normal(scale=1.5 / rows**0.5, size=(rows, columns))

    shapes = dict.fromkeys(("q", "k", "v", "out"), (width, width)) | {"up": (width, hidden), "down": (hidden, width)}
    return {
        "heads": heads,
        "tokens": rng.normal(size=(vocabulary, width)),
        "places": rng.normal(size=(places, width)),
        "layers": [{name: drawn(*shape) for name, shape in shapes.items()} for _ in range(layers)],
    }


def with_place(params: dict[str, Any], place: int, other: int) -> dict[str, Any]:
    """Return weights whose vector of a place is that of another."""
    changed = copy.deepcopy(params)
    changed["places"][place] = params["places"][other]
    return changed


class Packed(NamedTuple):
    """A matrix that was made from codes.

    Attributes:
        w: (rows, columns) float32, each number nearest to its code.
        packed: uint8 (rows, groups, group // 2); scales: float32 (rows, groups).
        exact: (rows, columns) float64, what the codes stand for.
    """

    w: np.ndarray
    packed: np.ndarray
    scales: np.ndarray
    exact: np.ndarray


def drawn_matrix(
    rng: np.random.Generator,
    rows: int,
    columns: int,
    group: int,
    bits: int = 4,
    size: float = 1.0,
    zeros: bool = False,
) -> Packed:
    """Return a matrix whose codes leave no doubt: no number of it lies near the middle between two codes.

    In each group one number, of either sign, is the largest. Scales differ from group to group, up to a hundredfold.

    Args:
        size: about that of its scales.
        zeros: one of the groups, drawn, is all 0.
    """
    import numpy as np

    top, groups = 2 ** (bits - 1) - 1, -(-columns // group)
    codes = rng.integers(-top, top + 1, (rows, groups, group))
    scales = (size * 10.0 ** rng.uniform(-1, 1, (rows, groups))).astype(np.float32)
    off = rng.uniform(-0.4, 0.4, codes.shape)
    for number in range(groups):
        long = min(group, columns - number * group)
        places = rng.integers(long, size=rows)
        codes[range(rows), number, places] = rng.choice([-top, top], size=rows)
        codes[:, number, long:] = 0
    off[abs(codes) == top] = 0
    if zeros:
        chosen = rng.integers(rows), rng.integers(groups)
        codes[chosen], off[chosen], scales[chosen] = 0, 0, 0
    wide = scales.astype(float)[:, :, None]
    w, exact = (((codes + more) * wide).reshape(rows, -1)[:, :columns] for more in (off, 0))
    stored = (codes + 8).reshape(rows, groups, -1, 2)
    packed = (stored @ [1, 16]).astype(np.uint8)
    return Packed(np.ascontiguousarray(w.astype(np.float32)), packed, scales, exact)
