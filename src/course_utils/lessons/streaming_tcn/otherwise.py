"""The same arguments, handed over otherwise: laid out another way in memory, or in objects that are used again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from course_utils.lessons.beside import beside_the_answer
from course_utils.lessons.results_kept import copied, same


@beside_the_answer
def laid_out(function: Callable[..., Any], *call: Any) -> list[str]:
    """Return, in words, where ``function(*call)`` gives something else once its arrays lie otherwise in memory."""
    import torch

    told = []
    with torch.no_grad():
        plain = copied(function(*map(copied, call)))
        for words, lay in (("column after column", by_columns), ("apart, in a larger array", apart)):
            found = function(*(lay(copied(each)) for each in call))
            if not same(found, plain, atol=1e-4):  # in another order, float32 is rounded otherwise
                told.append(f"another result where the numbers lie {words}")
    return told


@beside_the_answer
def refilled(function: Callable[..., Any], *calls: tuple) -> list[Any]:
    """Return what ``function`` gives for each of the calls, when its arguments are the same objects, filled anew."""
    import torch

    held, results = [copied(each) for each in calls[0]], []
    for call in calls:
        for place, value in enumerate(call):
            if type(value) is list:
                held[place][:] = value
            elif _holds(value):
                held[place][...] = value
            else:
                held[place] = value
        with torch.no_grad():
            results.append(copied(function(*held)))
    return results


@beside_the_answer
def shared(function: Callable[..., Any], *call: Any) -> list[str]:
    """Return, in words, which results of ``function(*call)`` lie where an argument does."""
    import numpy as np

    given = [copied(each) for each in call]
    results = function(*given)
    return [
        f"result {place} lies in argument {number}"
        for place, result in enumerate(results, start=1)
        for number, each in enumerate(given, start=1)
        if type(each) is np.ndarray and np.shares_memory(np.asarray(result), each)
    ]


def _holds(value: Any) -> bool:
    return hasattr(value, "shape")


def by_columns(value: Any) -> Any:
    """Return a copy of an array or tensor whose last axis but one runs fastest in memory."""
    import numpy as np

    if isinstance(value, np.ndarray):
        return np.array(value, order="F")
    if _holds(value) and value.ndim > 1:
        return value.transpose(-1, -2).contiguous().transpose(-1, -2)
    return value


def apart(value: Any) -> Any:
    """Return a copy of an array or tensor that is every second column of a larger one."""
    import numpy as np

    if not _holds(value):
        return value
    size = (*value.shape[:-1], 2 * value.shape[-1])
    larger = np.full(size, 5, value.dtype) if isinstance(value, np.ndarray) else value.new_full(size, 5)
    larger[..., ::2] = value
    return larger[..., ::2]
