"""The lesson's tables of bytes and of weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from course_utils import tables
from course_utils.lessons.activation_tables.unwritten import or_else

if TYPE_CHECKING:
    import numpy as np

SIZES = (4, 6, 8, 10, 12)
MULTIPLIER_AND_SHIFT = 5  # bytes: int32 and int8


def show_table_bytes(
    build_table: Callable[..., np.ndarray],
    affine_params: Callable[..., tuple[float, int]],
    quantize: Callable[..., np.ndarray],
    dequantize: Callable[..., np.ndarray],
) -> str:
    """Show what tables of tanh weigh in float32 and in 8-bit codes, and how far coding moves an entry.

    Without 2.1 or 2.2 the codes are left out, with a sentence.

    Returns:
        the bytes of a table of 8 bits, in words.
    """
    import numpy as np

    def coded(table: np.ndarray) -> dict[str, Any]:
        scale, zero_point = affine_params(float(table.min()), float(table.max()), 8)
        codes = quantize(table, scale, zero_point, 8)
        change = np.abs(dequantize(codes, scale, zero_point) - table).max()
        return {"bytes, codes": codes.nbytes, "largest change by coding": f"{change:.1e}"}

    entries = {bits: build_table(np.tanh, -4.0, 4.0, bits) for bits in SIZES}
    rows = {bits: {"bits": bits, "entries": len(t), "bytes, float32": t.nbytes} for bits, t in entries.items()}
    codes = or_else(
        lambda: {bits: coded(table) for bits, table in entries.items()},
        lambda: {bits: {} for bits in SIZES},
        "Exercises 2.1 and 2.2 are not both written yet: the codes are left out.",
    )
    tables.show([rows[bits] | codes[bits] for bits in SIZES], "tanh on −4 to 4")
    said = f", {codes[8]['bytes, codes']} in codes" if codes[8] else ""
    return f"{rows[8]['bytes, float32']} bytes in float32{said}"


def show_weights(net: dict[str, np.ndarray], weights: dict[str, Any]) -> None:
    """Show a net's floats beside the integers that ``to_integers`` made of them."""
    rows = [
        {
            "part": key,
            "in floats": "  ".join(f"{each:.2f}" for each in net[key].ravel()),
            "in integers": "  ".join(str(each) for each in weights[key].ravel()),
            "type": str(weights[key].dtype),
        }
        for key in net
    ]
    factor = weights["multiplier"] / 2 ** weights["shift"]
    whole = f"M = {weights['multiplier']:,}, k = {weights['shift']}"
    tables.show([*rows, {"part": "32 s₁", "in floats": f"{factor:.4f}", "in integers": whole, "type": "int32, int8"}])


def show_net_bytes(net: dict[str, np.ndarray], weights: dict[str, Any]) -> str:
    """Show how many bytes each part of the integer net takes, and what the same net takes in float32.

    Returns:
        the bytes of the whole and of its table, in words.
    """
    kept = {f"its {key}": weights[key].nbytes for key in net}
    kept |= {"multiplier and shift": MULTIPLIER_AND_SHIFT, "the table": weights["table"].nbytes}
    whole, floats = sum(kept.values()), 4 * sum(part.size for part in net.values())
    kept |= {"all of the integer net": whole, "the net in float32, tanh not counted": floats}
    tables.show([{"what": what, "bytes": size} for what, size in kept.items()])
    return f"{whole} bytes, {kept['the table']} of them the table"
