"""Likely causes that can be read off a result, whatever the exercise."""

from __future__ import annotations

from typing import Any

NOTHING_RETURNED = "the function returns nothing: is a `return` missing?"
SEVERAL = "a tuple came back: are several values returned, or is there a stray comma?"


def shape_cause(found: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    """Guess from the two shapes what went wrong; nothing where they do not tell."""
    if sorted(found) == sorted(wanted):
        return "it is transposed"
    if not wanted:
        return "one number is wanted, not an array of them"
    if len(found) < len(wanted):
        return "an axis is lost: sum, average or index along one axis only, `axis=0` for the rows"
    if len(found) > len(wanted):
        return "there is an axis too many: a column that was kept, `keepdims=True`, or another axis than meant"
    return ""


def nan_cause(found: Any, wanted: Any) -> str:
    """Say where a nan may come from, where there is one that should not be."""
    import numpy as np

    if np.isnan(found).any() and not np.isnan(wanted).any():
        return "nan comes from 0 * inf, 0 / 0 or inf / inf, or from the root or logarithm of a negative number"
    return ""


def narrow_cause(got: Any, found: Any, wanted: Any) -> str:
    """Say that a result is right but for its type's few digits, where that is so."""
    import numpy as np

    digits = {"float32": 7, "float16": 3}.get(str(getattr(got, "dtype", "")).removeprefix("torch."))
    if digits and np.allclose(found, wanted, rtol=2 * 10.0**-digits, atol=0):
        return f"right to {digits} digits, all that its {got.dtype} holds; compute with the argument's own type"
    return ""
