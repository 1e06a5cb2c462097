"""Library functions that are handed a student's object: they run where the object is.

``to_onnx(module, …)`` cannot export a module that lives in another process, so the student's process exports it, and
the file comes back. Only what the library makes of an object that is the student's anyway depends on that process.
A helper of the course's that says so (``course_utils.lessons.beside``) follows a student's function as well.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Iterable
from typing import Any, Protocol

from course_staff.grading.checker.proxy import KINDS, Proxy, kind_of
from course_utils.lessons.beside import goes_along


class Caller(Protocol):
    """What calls across."""

    def call(self, function: Any, args: tuple, kwargs: dict) -> Any: ...


def route(space: dict[str, Any], names: Iterable[str], caller: Caller) -> None:
    """Wrap those functions in ``space`` that came from a library, so that they follow a student's object."""
    for name in names:
        function = space.get(name)
        if type(function) is types.FunctionType and function.__module__ != "__main__":
            space[name] = _routed(function, caller)


def _routed(function: Any, caller: Caller) -> Any:
    followed = KINDS if goes_along(function) else ("object",)

    @functools.wraps(function)
    def follows(*args: Any, **kwargs: Any) -> Any:
        if any(isinstance(each, Proxy) and kind_of(each) in followed for each in (*args, *kwargs.values())):
            return caller.call(function, args, kwargs)
        return function(*args, **kwargs)

    return follows
