"""The demonstration of 15.4: the matrices of the model that adds in fewer bits, their bytes, and what is right."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from course_utils import sums, tables
from course_utils.lessons.transformer_decoding import nets

if TYPE_CHECKING:
    import numpy as np

    from course_utils.decoder import Decoder

ROW = 4_096  # a group that takes every row whole


def show_quantized(quantize: Callable[..., Any], dequantize: Callable[..., Any]) -> dict[str, float]:
    """Show bytes and right sums of the model that adds, its layers' matrices quantized by the student's functions.

    Returns:
        the share of unseen sums that are right, by what was done.
    """
    (_, unseen), model = sums.split(), nets.adder()
    rows, found = [], {}
    for name, change in _ways(quantize, dequantize):
        changed = copy.deepcopy(model)
        held = replace(changed, change) if change else 4 * sum(w.numel() for _, w in matrices(changed))
        found[name] = nets.right(changed, unseen)
        rows.append(
            {
                "layers' matrices": name,
                "bytes": f"{held:,}",
                "bits a weight": f"{8 * held / sum(w.numel() for _, w in matrices(model)):.2f}",
                "right of 1,000": f"{1_000 * found[name]:.0f}",
            }
        )
    tables.show(rows, "Scales in float32 included; vectors of tokens and places stay as they are")
    return found


def _ways(
    quantize: Callable[..., Any], dequantize: Callable[..., Any]
) -> Iterator[tuple[str, Callable[[np.ndarray], tuple[np.ndarray, int]] | None]]:
    import numpy as np

    def by(group: int, bits: int) -> Callable[[np.ndarray], tuple[np.ndarray, int]]:
        def change(w: np.ndarray) -> tuple[np.ndarray, int]:
            packed, scales = quantize(w.copy(), min(group, 2 * -(-w.shape[1] // 2)), bits)
            return np.asarray(dequantize(packed, scales, w.shape[1])), np.size(packed) + 4 * np.size(scales)

        return change

    def eight(w: np.ndarray) -> tuple[np.ndarray, int]:
        scales = np.abs(w).max(1, keepdims=True) / 127
        return (np.round(w / scales) * scales).astype(np.float32), w.size + 4 * len(w)

    yield "float32", None
    yield "8 bits, a scale a row", eight
    yield "4 bits, a scale a row", by(ROW, 4)
    yield "4 bits, groups of 32", by(32, 4)
    yield "4 bits, groups of 16", by(16, 4)
    yield "3 bits in 4, groups of 16", by(16, 3)
    yield "2 bits in 4, groups of 16", by(16, 2)


def matrices(model: Decoder) -> Iterator[tuple[str, Any]]:
    """Yield the matrices of a decoder's layers."""
    yield from model.layers.named_parameters()


def replace(model: Decoder, change: Callable[[np.ndarray], tuple[np.ndarray, int]]) -> int:
    """Put what ``change`` makes of each matrix in its place, a row being what one output sums; return bytes in all."""
    import torch

    held = 0
    for _, weights in matrices(model):
        changed, size = change(weights.detach().numpy().T)
        held += size
        weights.data = torch.from_numpy(changed.T.copy())
    return held
