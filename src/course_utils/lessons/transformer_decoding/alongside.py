"""What goes along with a student's function: it sees there what a call allocates."""

from __future__ import annotations

import copy
import mmap
from collections.abc import Callable
from typing import Any
from unittest import mock

from course_utils.lessons.allocated import traced
from course_utils.lessons.beside import beside_the_answer


@beside_the_answer
def most_allocated(function: Callable[..., Any], *args: Any) -> tuple[Any, int]:
    """Return what ``function(*args)`` gives, and the most bytes that a call of it had allocated at any time.

    NumPy's and Python's memory counts, every tensor of PyTorch's, and every file that is mapped. The call is made
    twice, and the larger counts: what is kept from one call to the next is allocated in the first.
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

    class Mapped(mmap.mmap):
        def __init__(self, *_: Any, **__: Any) -> None:
            sizes.append(len(self))

    given = copy.deepcopy(args)

    def call() -> Any:
        with Noting(), mock.patch("mmap.mmap", Mapped):
            return function(*given)

    result, most = traced(call)
    return result, max(most, *sizes)
