"""What a result is made of: the keys of a dict, the parts of a tuple. Plain ones, since only those can be graded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from course_utils.expect.causes import NOTHING_RETURNED
from course_utils.expect.plain import brief
from course_utils.expect.unmet import fail


def keys(got: Any, expected: Mapping | list | set | tuple, what: str) -> None:
    """Expect a dict with exactly these keys, in any order.

    Raises:
        Unmet: it is no dict, or has other keys.
    """
    if type(got) is not dict:
        plain, cause = ("plain ", "dict(…) makes one of it") if isinstance(got, dict) else ("", "")
        wanted = f"a {plain}dict with the keys {sorted(expected)}"
        fail(what, wanted, brief(got), NOTHING_RETURNED if got is None else cause)
    if set(got) != set(expected):
        fail(what, f"the keys {sorted(expected)}", f"the keys {sorted(map(str, got))}", "")


def parts(got: Any, count: int, what: str, *, likely: str = "") -> None:
    """Expect a tuple (or a list) of ``count`` values.

    Raises:
        Unmet: it is something else, or has another length.
    """
    if type(got) not in (tuple, list):
        plain, cause = ("plain ", "tuple(…) makes one of it") if isinstance(got, (tuple, list)) else ("", likely)
        found = f"an object of type {type(got).__name__}"
        fail(what, f"a {plain}tuple of {count}", found, NOTHING_RETURNED if got is None else cause)
    if len(got) != count:
        fail(what, f"a tuple of {count}", f"a {type(got).__name__} of {len(got)}", likely)
