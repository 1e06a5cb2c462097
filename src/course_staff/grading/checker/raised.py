"""Exceptions across the wire: the names of the class and of what it comes from, the arguments, the text."""

from __future__ import annotations

import builtins
from typing import Any

PLAIN = (bool, int, float, str, bytes, type(None))
LONGEST = 20_000
OWN = {"CourseError"}


def described(error: BaseException) -> list:
    """Return an exception as plain data: names of its class and bases, text, arguments or None, notes."""
    names = [kind.__name__ for kind in type(error).__mro__][:20]
    arguments = list(error.args) if all(type(each) in PLAIN for each in error.args) else None
    notes = [str(note) for note in getattr(error, "__notes__", [])][:5]
    return [names, _text(error), arguments, notes]


def rebuilt(parts: Any) -> BaseException:
    """Return an exception of the first class in ``parts`` that is known here, with the same name and text.

    Raises:
        ValueError: this is no exception.
    """
    if type(parts) is not list or len(parts) != 4:
        raise ValueError("no exception")
    names, text, arguments, notes = parts
    texts = [*names, text, *notes] if type(names) is list and type(notes) is list else [None]
    if not names or any(type(each) is not str for each in texts):
        raise ValueError("no exception")
    error = _made(names, text[:LONGEST], arguments)
    for note in notes[:5]:
        error.add_note(note[:LONGEST])
    return error


def _made(names: list[str], text: str, arguments: Any) -> BaseException:
    base = next((known for known in map(_known, names) if known is not None), Exception)
    if base.__name__ == names[0] and type(arguments) is list and all(type(each) in PLAIN for each in arguments):
        try:
            error = base(*arguments)
            if str(error) == text:
                return error
        except Exception:  # an exception that wants other arguments, such as UnicodeDecodeError
            pass
    name = names[0][:100] if names[0].isidentifier() else "Exception"
    kind = type(name, (base,), {"__init__": lambda self, *_: None, "__str__": lambda self: text})
    return kind.__new__(kind)


def _known(name: str) -> type[BaseException] | None:
    if name in OWN:
        from course_utils.errors import CourseError

        return CourseError
    kind = getattr(builtins, name, None)
    if not isinstance(kind, type) or not issubclass(kind, BaseException):
        return None
    # A group holds other exceptions, which do not travel.
    return None if issubclass(kind, BaseExceptionGroup) else kind


def _text(error: BaseException) -> str:
    try:
        return str(error)[:LONGEST]
    except BaseException as other:  # a student's __str__ may raise anything
        return f"<{type(other).__name__} in __str__>"
