"""Assertions that teach: what was expected, what came, and the likely cause."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from course_utils.expect.aftermath import after
from course_utils.expect.causes import NOTHING_RETURNED, SEVERAL, nan_cause, narrow_cause, shape_cause
from course_utils.expect.containers import keys, parts
from course_utils.expect.plain import NotNumbers, are_numbers, brief, furthest, numbers, show
from course_utils.expect.unmet import Unmet, fail

__all__ = [
    "Unmet",
    "after",
    "array",
    "close",
    "equal",
    "keys",
    "parts",
    "passed",
    "raises",
    "shape",
    "true",
    "unchanged",
]


def close(
    got: Any,
    expected: Any,
    what: str,
    *,
    atol: float = 1e-9,
    rtol: float = 0.0,
    causes: Mapping[str, Any] | None = None,
    likely: str = "",
) -> None:
    """Expect the same numbers, in the same shape, within ``atol + rtol * |expected|``.

    Args:
        got: a number, an array or tensor, or a list, tuple or dict of such.
        expected: what it should be, built of the same kinds.
        what: the call as a student would write it, ``"dense(x, w, b, np.tanh)"``.
        causes: mistakes by name, each with the value it gives; one that gives ``got`` is named.
        likely: the cause to name when no other is found.

    Raises:
        Unmet: it is not so.
    """
    if isinstance(expected, Mapping):
        keys(got, expected, what)
        for key in expected:
            inner = {name: value[key] for name, value in (causes or {}).items()}
            close(got[key], expected[key], f"{what}[{key!r}]", atol=atol, rtol=rtol, causes=inner, likely=likely)
        return
    if isinstance(expected, tuple):
        parts(got, len(expected), what)
        for place, (one, other) in enumerate(zip(got, expected, strict=True)):
            inner = {name: value[place] for name, value in (causes or {}).items()}
            close(one, other, f"{what}[{place}]", atol=atol, rtol=rtol, causes=inner, likely=likely)
        return
    found, wanted = _array(got, what), _array(expected, what)
    if found.shape != wanted.shape:
        several = SEVERAL if type(got) is tuple else ""
        cause = _match(found, causes, atol, rtol) or several or shape_cause(found.shape, wanted.shape) or likely
        fail(what, f"shape {wanted.shape}", f"shape {found.shape}", cause)
    if not _same(found, wanted, atol, rtol):
        cause = (
            _match(found, causes, atol, rtol) or narrow_cause(got, found, wanted) or likely or nan_cause(found, wanted)
        )
        fail(what, show(wanted), show(found) + furthest(found, wanted), cause)


def equal(got: Any, expected: Any, what: str, *, causes: Mapping[str, Any] | None = None, likely: str = "") -> None:
    """Expect exactly the same plain value: a number, a string, bytes, None, or a list, tuple or dict of such.

    Raises:
        Unmet: the type or the value differs.
    """
    if type(got) is type(expected) and got == expected:
        return
    named = [name for name, value in (causes or {}).items() if type(value) is type(got) and value == got]
    cause = named[0] if named else likely or (NOTHING_RETURNED if got is None else "")
    fail(what, brief(expected), brief(got), cause)


def shape(got: Any, expected: tuple[int, ...], what: str, *, likely: str = "") -> None:
    """Expect an array or tensor of the shape ``expected``.

    Raises:
        Unmet: it has another, or is no array.
    """
    found = _array(got, what).shape
    if found != tuple(expected):
        fail(what, f"shape {tuple(expected)}", f"shape {found}", likely or shape_cause(found, tuple(expected)))


def array(got: Any, what: str) -> None:
    """Expect a NumPy array or a tensor; a list of numbers is not enough.

    Raises:
        Unmet: it is something else.
    """
    numbers = _array(got, what)
    if type(got) in (list, tuple) or not numbers.shape:
        wanted = f"an array of shape {numbers.shape}" if numbers.shape else "an array, not one number"
        fail(what, wanted, f"a {type(got).__name__}", "np.array(…) makes an array of it" if numbers.shape else "")


def unchanged(argument: Any, before: Any, what: str, *, likely: str = "") -> None:
    """Expect that an argument, or the file whose path it is, is still what it was before the call.

    Args:
        before: a copy of the argument; of a file, its bytes.

    Raises:
        Unmet: it has changed.
    """
    if isinstance(argument, (str, Path)):
        left = Path(after(argument))
        same, likely = left.is_file() and left.read_bytes() == before, likely or "write to another path"
        return true(same, what, expected="unchanged", got="another file, or none", likely=likely)
    likely = likely or "your code writes into its argument (`x -= …`, `x[…] = …`); build a new array instead"
    if are_numbers(before):
        close(after(argument), before, what, atol=0.0, likely=likely)
    else:
        equal(after(argument), before, what, likely=likely)


def true(condition: bool, what: str, *, expected: str, got: Any, likely: str = "") -> None:
    """Expect that ``condition`` holds; say in words what was expected.

    Raises:
        Unmet: it does not.
    """
    if not condition:
        fail(what, expected, brief(got), likely)


def raises(error: type[Exception], call: Callable[[], Any], what: str, *, likely: str = "") -> None:
    """Expect that ``call()`` raises ``error``.

    Raises:
        Unmet: it returns, or raises something else.
    """
    try:
        got = f"it returned {brief(call())}"
    except error:
        return
    except Exception as other:
        got = f"{type(other).__name__}: {other}"
    fail(what, f"a {error.__name__}", got, likely)


def passed(what: str) -> None:
    """Tell the student what has just been shown."""
    print(f"Passed: {what}.")


def _array(value: Any, what: str) -> Any:
    try:
        return numbers(value)
    except NotNumbers as error:
        fail(what, "numbers: a float, an array or a tensor", str(error), NOTHING_RETURNED if value is None else "")


def _same(found: Any, wanted: Any, atol: float, rtol: float) -> bool:
    import numpy as np

    return found.shape == wanted.shape and bool(np.allclose(found, wanted, rtol=rtol, atol=atol, equal_nan=True))


def _match(found: Any, causes: Mapping[str, Any] | None, atol: float, rtol: float) -> str:
    matches = (name for name, value in (causes or {}).items() if _same(found, _array(value, name), atol, rtol))
    return next(matches, "")
