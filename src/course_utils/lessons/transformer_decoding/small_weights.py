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

Change = Callable[["np.ndarray"], tuple["np.ndarray", int]]  # a matrix to what stands for it, and its bytes
ROW = 4_096  # a group that takes every row whole


def show_quantized(quantize: Callable[..., Any], dequantize: Callable[..., Any]) -> dict[str, float]:
    """Show bytes and right sums of the model that adds, its layers' matrices quantized by the student's functions.

    Returns:
        the share of unseen sums that are right, by what was done.
    """
    unseen, model = sums.unseen(), nets.adder()
    count = sum(weights.numel() for weights in model.layers.parameters())
    rows, found = [], {}
    for name, change in _ways(quantize, dequantize):
        changed = copy.deepcopy(model)
        held = replace(changed, change)
        found[name] = nets.right(changed, unseen)
        rows.append(
            {
                "layers' matrices": name,
                "bytes": f"{held:,}",
                "bits a weight": f"{8 * held / count:.2f}",
                "error": f"{_apart(changed, model):.1%}",
                "right of 1,000": f"{1_000 * found[name]:.0f}",
            }
        )
    tables.show(rows, "Scales in float32 included; error: root mean square, of the weights'. Tokens, places: float32")
    return found


def _apart(changed: Decoder, model: Decoder) -> float:
    """Return the root mean square of the difference of two models' matrices, as a share of the second's."""
    one, other = (list(each.layers.state_dict().values()) for each in (changed, model))
    off = sum(float((a - b).square().sum()) for a, b in zip(one, other, strict=True))
    return (off / sum(float(weights.square().sum()) for weights in other)) ** 0.5


def _ways(quantize: Callable[..., Any], dequantize: Callable[..., Any]) -> Iterator[tuple[str, Change]]:
    import numpy as np

    def by(group: int, bits: int) -> Change:
        def change(w: np.ndarray) -> tuple[np.ndarray, int]:
            packed, scales = quantize(w.copy(), min(group, 2 * -(-w.shape[1] // 2)), bits)
            return np.asarray(dequantize(packed, scales, w.shape[1])), np.size(packed) + 4 * np.size(scales)

        return change

    def eight(w: np.ndarray) -> tuple[np.ndarray, int]:
        scales = np.abs(w).max(1, keepdims=True) / 127
        return (np.round(w / scales) * scales).astype(np.float32), w.size + 4 * len(w)

    def matrix(w: np.ndarray) -> tuple[np.ndarray, int]:
        changed, held = by(w.size, 4)(w.reshape(1, -1))
        return changed.reshape(w.shape), held

    yield "float32", lambda w: (w, w.nbytes)
    yield "8 bits, a scale a row", eight
    yield "4 bits, a scale a matrix", matrix
    yield "4 bits, a scale a row", by(ROW, 4)
    yield "4 bits, groups of 32", by(32, 4)
    yield "4 bits, groups of 16", by(16, 4)
    yield "3 bits, groups of 16", by(16, 3)
    yield "2 bits, groups of 16", by(16, 2)


def replace(model: Decoder, change: Change) -> int:
    """Put what ``change`` makes of each layer's matrices in their place, a row being what one output sums.

    Returns:
        bytes in all, as ``change`` counts them.
    """
    import numpy as np
    import torch

    held = 0
    for weights in model.layers.parameters():
        changed, size = change(np.ascontiguousarray(weights.detach().numpy().T))
        held += size
        weights.data = torch.from_numpy(changed.T.copy())
    return held
