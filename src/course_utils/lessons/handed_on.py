"""What a function hands on in place of something new: an argument, or what an earlier call has returned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from course_utils.lessons.beside import beside_the_answer


@beside_the_answer
def handed_on(function: Callable[..., Any], *calls: dict[str, Any]) -> list[str]:
    """Call ``function(**call)`` for each of the calls; return, in words, what of a result is not new.

    Dicts and lists are looked at for what they are, arrays for the memory they share: with an argument of that call,
    or with what an earlier call returned.

    Args:
        calls: arguments by name, for one call each.
    """
    told, earlier = [], []
    for number, call in enumerate(calls, start=1):
        result = list(_parts(function(**call), "the result"))
        held = [*_parts(call, "the arguments"), *earlier]
        told += [
            f"{name} of call {number} is {other}" for name, one in result for other, two in held if _same(one, two)
        ]
        earlier += [(f"{name} of call {number}", part) for name, part in result]
    return told


def _parts(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    yield name, value
    if isinstance(value, (dict, list, tuple)):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _parts(part, f"{name}[{key!r}]")


def _same(one: Any, other: Any) -> bool:
    import numpy as np

    if isinstance(one, (dict, list)):
        return one is other
    return isinstance(one, np.ndarray) and isinstance(other, np.ndarray) and np.shares_memory(one, other)
