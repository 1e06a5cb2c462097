"""Helpers that go where a student's function is: what they look at never leaves its process.

A test in the checker holds no module of a student's, and what a call did to the module that it was lent happened to a
copy. A helper that is marked here, and imported by name in a read-only cell, is called in the student's process when
it is handed a student's function; in a notebook it is an ordinary function. Its results are plain data.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Helper = TypeVar("Helper", bound=Callable[..., Any])
MARK = "goes_along_with_the_answer"


def beside_the_answer(helper: Helper) -> Helper:
    """Mark a helper that is handed a student's function."""
    setattr(helper, MARK, True)
    return helper


def goes_along(function: Any) -> bool:
    """Say whether a function is so marked."""
    return getattr(function, MARK, False) is True
