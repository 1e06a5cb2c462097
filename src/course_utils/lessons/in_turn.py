"""Calls of which each differs from an earlier one in one argument: what a function wrongly remembers shows in them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any


def in_turn(one: dict[str, Any], other: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what has changed, and arguments: ``one``; with each argument in turn that ``other`` has; ``one`` again.

    A dict among the arguments changes one value at a time. Every argument is a copy.

    Args:
        one, other: arguments by name, the same names in both, also in the dicts among them.
    """
    yield "nothing", copy.deepcopy(one)
    for name, value in other.items():
        for key in value if isinstance(value, dict) else [None]:
            given = copy.deepcopy(one)
            if key is None:
                given[name] = copy.deepcopy(value)
            else:
                given[name][key] = copy.deepcopy(value[key])
            yield name if key is None else f"{name}[{key!r}]", given
    yield "nothing, once more", copy.deepcopy(one)
