"""A decoder's pieces in NumPy, for one sequence: its norm, its scores for all tokens at once, an empty cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import torch

EPSILON = 1e-5  # keeps a vector of zeros from being divided by 0


def norm(x: np.ndarray) -> np.ndarray:
    """Return vectors (…, width) divided by the root of their mean square, of the type of ``x``."""
    import numpy as np

    return x / np.sqrt((x * x).mean(-1, keepdims=True) + EPSILON)


def empty_cache(params: dict[str, Any]) -> dict[str, np.ndarray]:
    """Return the cache before the first token: "k" and "v", each (layers, heads, 0, width of a head)."""
    import numpy as np

    heads, (_, width), dtype = params["heads"], params["tokens"].shape, params["tokens"].dtype
    shape = len(params["layers"]), heads, 0, width // heads
    return {"k": np.zeros(shape, dtype), "v": np.zeros(shape, dtype)}


def whole(tokens: list[int], params: dict[str, Any]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the scores (t, vocabulary) after each of t tokens, computed all at once, and the cache after the last.

    Args:
        params: see ``decoder.parameters_of``.
    """
    import numpy as np
    import torch
    from torch.nn import functional

    weights = {name: torch.from_numpy(params[name]) for name in ("tokens", "places")}
    x, kept = weights["tokens"][list(tokens)] + weights["places"][: len(tokens)], {"k": [], "v": []}
    for arrays in params["layers"]:
        layer = {name: torch.from_numpy(array) for name, array in arrays.items()}
        h = norm_of_tensors(x)
        q, k, v = ((h @ layer[name]).unflatten(1, (params["heads"], -1)).transpose(0, 1) for name in "qkv")
        kept["k"].append(k.numpy())
        kept["v"].append(v.numpy())
        seen = functional.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=True)[0]
        x = x + seen.transpose(0, 1).flatten(1) @ layer["out"]
        x = x + torch.relu(norm_of_tensors(x) @ layer["up"]) @ layer["down"]
    scores = norm_of_tensors(x) @ weights["tokens"].T
    return scores.numpy(), {name: np.stack(each) for name, each in kept.items()}


def norm_of_tensors(x: torch.Tensor) -> torch.Tensor:
    """Return what ``norm`` returns, of tensors."""
    return x / (x.square().mean(-1, keepdim=True) + EPSILON).sqrt()
