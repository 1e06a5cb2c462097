"""What goes along with a student's function: it sees there what a call allocates, and what became of its results."""

from __future__ import annotations

import copy
import tracemalloc
from collections.abc import Callable
from typing import Any

from course_utils.lessons.beside import beside_the_answer


@beside_the_answer
def results_kept(function: Callable[..., Any], *calls: tuple) -> list[str]:
    """Call ``function(*call)`` for each of the calls; return, in words, which results did not stay what they were.

    A result is not to change when the function is called again, nor to come back as its caller has since left it.
    """

    def made() -> list[tuple[Any, Any]]:
        pairs = []
        for call in calls:
            result = function(*copy.deepcopy(call))
            pairs.append((result, copy.deepcopy(result)))
        return pairs

    first = made()
    words = "the result of call {} has changed by the end of all calls"
    told = [words.format(n) for n, (now, then) in enumerate(first, start=1) if not _same(now, then)]
    for result, _ in first:
        _overwrite(result)
    words = "call {} gives something else, once its caller has written into the result"
    pairs = zip(made(), first, strict=True)
    return told + [words.format(n) for n, ((_, now), (_, then)) in enumerate(pairs, start=1) if not _same(now, then)]


@beside_the_answer
def most_allocated(function: Callable[..., Any], *args: Any) -> tuple[Any, int]:
    """Return what ``function(*args)`` gives, and the most bytes that a call of it had allocated at any time.

    NumPy's and Python's memory counts, and every tensor of PyTorch's. The call is made twice, and the larger counts:
    what is kept from one call to the next is allocated in the first.
    """
    result, one = _watched(function, args)
    _, other = _watched(function, args)
    return result, max(one, other)


def _watched(function: Callable[..., Any], args: tuple) -> tuple[Any, int]:
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode

    sizes = [0]

    class Noting(TorchDispatchMode):
        def __torch_dispatch__(self, called: Any, types: Any, given: Any = (), named: Any = None) -> Any:
            made = called(*given, **(named or {}))
            parts = made if isinstance(made, (tuple, list)) else [made]
            sizes.extend(each.numel() * each.element_size() for each in parts if isinstance(each, torch.Tensor))
            return made

    given = copy.deepcopy(args)
    mine = not tracemalloc.is_tracing()
    if mine:
        tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        with Noting():
            result = function(*given)
        return result, max(tracemalloc.get_traced_memory()[1] - before, *sizes)
    finally:
        if mine:
            tracemalloc.stop()


def _same(one: Any, other: Any) -> bool:
    import numpy as np

    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(_same, one, other))
    one, other = np.asarray(one), np.asarray(other)
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=1e-6, atol=0))


def _overwrite(value: Any) -> None:
    import numpy as np

    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for each in value:
            _overwrite(each)
    elif isinstance(value, np.ndarray) and value.flags.writeable:
        value.fill(77)
