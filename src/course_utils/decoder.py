"""A small decoder-only transformer. Importing this file imports torch; what runs in NumPy is in ``decoding``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from course_utils.decoding import EPSILON

if TYPE_CHECKING:
    import numpy as np


class Decoder(nn.Module):
    """A transformer that only decodes: after each token, scores of the next one.

    Takes tokens (n, t) int64, t at most ``places``; returns scores (n, t, vocabulary), softmax not yet applied: those
    at a token depend on this token and earlier ones. Its norms have no weights, its layers no biases, and the scores
    are products with the vectors of the tokens, as they came in.

    Sources: A. Vaswani et al., "Attention Is All You Need", arXiv:1706.03762; B. Zhang and R. Sennrich, "Root Mean
    Square Layer Normalization", arXiv:1910.07467; O. Press and L. Wolf, "Using the Output Embedding to Improve
    Language Models", arXiv:1608.05859.

    Args:
        vocabulary: how many tokens there are.
        places: the most tokens that it can read at once.
        width: numbers a token, in all heads together.
        hidden: numbers between the two products that follow an attention; four times the width unless given.
    """

    def __init__(
        self, vocabulary: int, places: int, width: int = 64, layers: int = 2, heads: int = 4, hidden: int | None = None
    ) -> None:
        super().__init__()
        self.tokens, self.places = _drawn(vocabulary, width, width), _drawn(places, width, width)
        self.layers = nn.ModuleList(_Layer(width, heads, hidden or 4 * width) for _ in range(layers))

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.tokens[tokens] + self.places[: tokens.shape[1]]
        for layer in self.layers:
            x = layer(x)
        return norm(x) @ self.tokens.T


class _Layer(nn.Module):
    """Attention beside a shortcut, then two products with a ReLU between them beside another."""

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.out = (_drawn(width, width, width) for _ in range(4))
        self.up, self.down = _drawn(width, hidden, width), _drawn(hidden, width, 4 * hidden)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = norm(x)
        q, k, v = (self._by_head(h @ weights) for weights in (self.q, self.k, self.v))
        seen = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + seen.transpose(1, 2).flatten(2) @ self.out
        return x + torch.relu(norm(x) @ self.up) @ self.down

    def _by_head(self, x: torch.Tensor) -> torch.Tensor:
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2)


def norm(x: torch.Tensor) -> torch.Tensor:
    """Return vectors (…, width) with a mean square of 1."""
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + EPSILON)


def parameters_of(model: Decoder, dtype: str = "float32") -> dict[str, Any]:
    """Return a decoder's weights as plain data, for ``decoding``.

    Returns:
        ``{"heads": int, "tokens": (vocabulary, width), "places": (places, width), "layers": [{"q", "k", "v", "out":
        (width, width), "up": (width, hidden), "down": (hidden, width)}, …]}``, arrays of the type asked for.
    """

    def plain(weights: torch.Tensor) -> np.ndarray:
        return weights.detach().numpy().astype(dtype)

    layers = [{name: plain(weights) for name, weights in layer.named_parameters()} for layer in model.layers]
    heads = model.layers[0].heads
    return {"heads": heads, "tokens": plain(model.tokens), "places": plain(model.places), "layers": layers}


def _drawn(rows: int, columns: int, spread: float) -> nn.Parameter:
    return nn.Parameter(torch.randn(rows, columns) / spread**0.5)
