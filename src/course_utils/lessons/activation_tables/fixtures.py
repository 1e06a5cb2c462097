"""Nets of one unit that show which index of the table was asked for: what the tests of 2.7 are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

TYPES = {"w1": "int8", "b1": "int32", "table": "int8", "w2": "int8", "b2": "int32"}


def probe(**parts: Any) -> dict[str, Any]:
    """Return a net of one unit to test with, where u is the first input, h is u, and z is h.

    Args:
        parts: instead of its own; arrays or lists become the type that ``integer_xor`` is promised.
    """
    import numpy as np

    own = {"w1": [[1], [0]], "b1": [0], "table": range(-128, 128), "w2": [[1]], "b2": [0], "multiplier": 2, "shift": 1}
    return {key: np.array(part, TYPES[key]) if key in TYPES else part for key, part in (own | parts).items()}


def inputs(*u: int) -> np.ndarray:
    """Return x for a probe, (n, 2) int8: these first inputs, one a row, each from −128 to 127."""
    import numpy as np

    return np.array([[each, 0] for each in u], dtype=np.int8)


def only(*places: int) -> np.ndarray:
    """Return a table, (256,), that answers 1 at these indices and −1 elsewhere."""
    import numpy as np

    return np.where(np.isin(np.arange(256), places), 1, -1)
