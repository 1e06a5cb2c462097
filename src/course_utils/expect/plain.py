"""Plain data: taken strictly for what it is, and shown in a line or two."""

from __future__ import annotations

import sys
from typing import Any


class NotNumbers(TypeError):
    """The value holds something other than numbers; the message names it."""


def numbers(value: Any) -> Any:
    """Return ``value`` as a float64 NumPy array of its own shape.

    Types are taken exactly: an object that only behaves like an array could say anything of itself.

    Args:
        value: a bool, int, float or NumPy number, a NumPy array, a tensor, or a list or tuple of such.

    Raises:
        NotNumbers: it is, or holds, anything else, or a ragged list.
    """
    import numpy as np

    torch = sys.modules.get("torch")
    if torch is not None and type(value) in (torch.Tensor, torch.nn.Parameter):
        value = value.detach().cpu().numpy()
    if type(value) in (list, tuple):
        parts = [numbers(item) for item in value]
        if len({part.shape for part in parts}) > 1:
            raise NotNumbers("a list whose parts differ in shape")
        return np.array(parts, dtype=np.float64)
    if type(value) in (bool, int, float) or _is_numeric(value):
        return np.asarray(value, dtype=np.float64)
    raise NotNumbers("None" if value is None else f"an object of type {type(value).__name__}")


def are_numbers(value: Any) -> bool:
    """Say whether ``value`` is made of numbers alone, as deep as its dicts, lists and tuples go."""
    if type(value) in (dict, list, tuple):
        return all(map(are_numbers, value.values() if type(value) is dict else value))
    try:
        numbers(value)
    except NotNumbers:
        return False
    return True


def show(array: Any) -> str:
    """Return a float64 array as text, shortened where it is long."""
    import numpy as np

    if array.ndim == 0:
        return f"{float(array):.10g}"
    tiny = 0 < np.abs(array, where=np.isfinite(array), out=np.zeros(array.shape)).max(initial=0) < 1e-4
    return np.array2string(array, precision=6, threshold=12, suppress_small=not tiny)


def furthest(found: Any, wanted: Any) -> str:
    """Say where two arrays of one shape differ most; nothing for a single number."""
    import numpy as np

    if wanted.size <= 1:
        return ""
    with np.errstate(invalid="ignore"):  # inf - inf
        gap = np.where(found == wanted, 0.0, np.abs(found - wanted))
    worst = np.unravel_index(int(np.argmax(np.where(np.isnan(gap), np.inf, gap))), gap.shape)
    index = ", ".join(str(int(i)) for i in worst)
    return f"\nfurthest off at [{index}]: expected {wanted[worst]:.10g}, got {found[worst]:.10g}"


def brief(value: Any, limit: int = 300) -> str:
    """Return a number in ten digits, anything else as ``repr(value)``, cut at ``limit`` characters."""
    text = f"{value:.10g}" if isinstance(value, float) else repr(value)
    return text if len(text) <= limit else text[:limit] + " …"


def _is_numeric(value: Any) -> bool:
    import numpy as np

    return (type(value) is np.ndarray or isinstance(value, np.generic)) and value.dtype.kind in "biuf"
