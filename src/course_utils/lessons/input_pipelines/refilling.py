"""The same arrays, filled anew for each call: what was kept of the last one, by size or identity, is out of date."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from course_utils.lessons.beside import beside_the_answer

if TYPE_CHECKING:
    import numpy as np


@beside_the_answer
def refilled(function: Callable[..., tuple], *calls: dict[str, np.ndarray]) -> list[tuple]:
    """Return what ``function(**arrays)`` returns for each of the calls, at the end of them all.

    Args:
        calls: arrays by name, of the same shapes in each; they lie in memory column by column, as Fortran has them.
    """
    import numpy as np

    arrays = {name: np.asfortranarray(np.empty_like(array)) for name, array in calls[0].items()}
    found = []
    for call in calls:
        for name, array in call.items():
            arrays[name][...] = array
        found.append(tuple(function(**arrays)))
    return found
