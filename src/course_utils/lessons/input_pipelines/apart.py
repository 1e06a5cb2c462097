"""Whether what a function returns is its own, or lies in what it was given."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from course_utils.lessons.beside import beside_the_answer

if TYPE_CHECKING:
    import numpy as np


@beside_the_answer
def shares(function: Callable[..., Any], *arrays: np.ndarray) -> list[int]:
    """Call a function that returns arrays; return which of its results share memory with any of these arguments."""
    import numpy as np

    made = function(*arrays)
    return [place for place, one in enumerate(made) if any(np.shares_memory(one, array) for array in arrays)]
