"""What became of a function's results once it was called again, or once its caller wrote into them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from course_utils.lessons.beside import beside_the_answer


@beside_the_answer
def results_kept(
    function: Callable[..., Any], *calls: tuple, again: bool = True, rtol: float = 1e-5, atol: float = 1e-6
) -> list[str]:
    """Call ``function(*call)`` for each of the calls; return, in words, which results did not stay what they were.

    A result is not to change when the function is called again, nor to come back as its caller has since left it.

    Args:
        again: the calls give the same when they are made once more, after their results were written into.
        rtol, atol: how far apart the same numbers may be.
    """
    import torch

    def made() -> list[tuple[Any, Any]]:
        with torch.no_grad():
            results = (function(*map(copied, call)) for call in calls)
            return [(result, copied(result)) for result in results]

    first = made()
    told = changed(first, "the result of call {} has changed by the end of all calls", rtol, atol)
    if again:
        for result, _ in first:
            _overwrite(result)
        pairs = [(now, then) for (_, now), (_, then) in zip(made(), first, strict=True)]
        told += changed(pairs, "call {} gives something else, once its caller has written into the result", rtol, atol)
    return told


def changed(pairs: list[tuple[Any, Any]], words: str, rtol: float = 1e-5, atol: float = 1e-6) -> list[str]:
    """Return ``words`` with its number, from 1 on, for each pair that does not hold the same numbers."""
    return [words.format(n) for n, (now, then) in enumerate(pairs, start=1) if not same(now, then, rtol, atol)]


def copied(value: Any) -> Any:
    """Return a copy of arrays, tensors, generators, and dicts, lists and tuples of such; what it is else, itself."""
    import numpy as np
    import torch

    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, (np.ndarray, np.random.Generator)):
        return copy.deepcopy(value)
    if isinstance(value, dict):
        return {key: copied(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return (list if isinstance(value, list) else tuple)(map(copied, value))
    return value


def same(one: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-6) -> bool:
    """Say whether two results hold the same numbers, within these bounds."""
    import numpy as np

    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key], rtol, atol) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(same(*pair, rtol, atol) for pair in zip(one, other, strict=True))
    one, other = (each.detach().numpy() if hasattr(each, "detach") else np.asarray(each) for each in (one, other))
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=rtol, atol=atol))


def _overwrite(value: Any) -> None:
    import numpy as np
    import torch

    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for each in value:
            _overwrite(each)
    elif isinstance(value, torch.Tensor):
        value.detach().fill_(77)
    elif isinstance(value, np.ndarray) and value.flags.writeable:
        value.fill(77)
