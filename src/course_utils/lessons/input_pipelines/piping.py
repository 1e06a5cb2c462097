"""A whole pipeline at work: what it drew, called and returned, told in plain words and numbers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

from course_utils.lessons.beside import beside_the_answer
from course_utils.lessons.input_pipelines.marks import ERRORS
from course_utils.lessons.input_pipelines.within import Signs, told, within

ENDLESS = 5_000  # items of an endless iterator, which then ends


class Source:
    """An iterator over items, endless where there are none, that counts what is drawn and knows whether it is closed.

    Args:
        fails: the place at which it raises a ValueError instead.
    """

    def __init__(self, items: list | None, signs: Signs, fails: int | None = None) -> None:
        self.items, self.signs, self.fails = items, signs, fails
        self.drawn, self.closed, self.error = 0, False, ValueError(f"no frame {fails}")

    def __iter__(self) -> Source:
        return self

    def __next__(self) -> Any:
        self.signs()
        place = self.drawn
        if place == self.fails:
            raise self.error
        if place >= (ENDLESS if self.items is None else len(self.items)):
            raise StopIteration
        self.drawn += 1
        return place if self.items is None else self.items[place]

    def close(self) -> None:
        self.closed = True


def generator(source: Source) -> Iterator[Any]:
    """Yield what a source gives; closing the one closes the other."""
    try:
        yield from source
    finally:
        source.close()


def array(items: list) -> Any:
    """Return an array of just these things."""
    import numpy as np

    return np.array(items, dtype=object)


class Iterable:
    """What can be gone through, and no more: it is not to be asked whether it is empty, or how long."""

    def __init__(self, items: list) -> None:
        self.items = items

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)

    def __bool__(self) -> bool:
        raise TypeError("an iterable need not know whether it is empty")


class Row:
    """What can be gone through by places alone, as Python goes through whatever has no ``__iter__``."""

    def __init__(self, items: list) -> None:
        self.items = items

    def __getitem__(self, place: int) -> Any:
        return self.items[place]


class Function:
    """A function of a pipeline that notes its calls: it returns ``"item>name"``, or what its word says.

    Args:
        word: "adds"; "to None" returns None; "fails on X" and "fails on X with KeyError" raise where the item begins
            with "X>", or is "X".
    """

    def __init__(self, name: str, word: str, signs: Signs) -> None:
        self.name, self.word, self.signs = name, word, signs
        self.got: list[Any] = []
        self.errors: list[BaseException] = []

    def __call__(self, item: Any) -> Any:
        self.signs()
        self.got.append(item)
        if isinstance(item, BaseException):
            return item
        if self.word == "to None":
            return None
        if self.word.startswith("fails on ") and self._is_meant(item):
            kind = self.word.partition(" with ")[2] or "ValueError"
            self.errors.append(ERRORS[kind](f"item {str(item).partition('>')[0]}"))
            raise self.errors[-1]
        return f"{item}>{self.name}"

    def _is_meant(self, item: Any) -> bool:
        meant = self.word.removeprefix("fails on ").partition(" with ")[0].split(",")
        return str(item).partition(">")[0] in meant


@beside_the_answer
def piped(
    run_pipeline: Callable[..., list],
    words: list[str],
    items: list | None,
    depth: int,
    source: str = "list",
    fails: int | None = None,
    named: bool = False,
) -> dict[str, Any]:
    """Run a pipeline of functions named "a", "b", … and tell what became of it.

    Args:
        words: what each function does, see ``Function``; "same" is the one before it once more.
        items: None for an endless iterator.
        source: what the pipeline is handed them as: "list", "tuple", "iterator" (which has ``close``), "plain" (an
            iterator that has none), "generator", "array", "iterable" or "row".
        fails: the place at which an iterator itself raises an error.
        named: hand the arguments over by their names.

    Returns:
        "results": as returned, else None; "error": as text; "same": whether that error is the very one raised;
        "calls": the items that each function was called with; "left": threads that are still alive; "drawn", "closed":
        of an iterator; "functions": whether the list of functions is as it was; "hung".
    """
    signs = Signs()
    functions: list[Function] = []
    for name, word in zip("abcdefgh", words, strict=False):
        functions.append(functions[-1] if word == "same" else Function(name, word, signs))
    feed = Source(items, signs, fails)
    given = {
        "list": lambda: list(items),
        "tuple": lambda: tuple(items),
        "iterator": lambda: feed,
        "plain": lambda: iter(list(items)),
        "generator": lambda: generator(feed),
        "array": lambda: array(items),
        "iterable": lambda: Iterable(items),
        "row": lambda: Row(items),
    }[source]()
    lent, before = list(functions), set(threading.enumerate())
    counted: dict[str, int] = {}

    def run() -> Any:
        own = {*before, threading.current_thread()}
        try:
            if named:
                return run_pipeline(functions=lent, items=given, depth=depth)
            return run_pipeline(lent, given, depth)
        finally:
            counted["left"] = len(set(threading.enumerate()) - own)

    ended = within(run, signs)
    raised = [error for function in functions for error in function.errors] + [feed.error]
    return {
        "hung": ended["hung"],
        "results": ended["value"],
        "error": told(ended["error"]),
        "same": any(error is ended["error"] for error in raised),
        "calls": [[_plain(item) for item in function.got] for function in functions],
        "left": counted.get("left", 0),
        "drawn": feed.drawn,
        "closed": feed.closed,
        "functions": len(lent) == len(functions) and all(map(lambda a, b: a is b, lent, functions)),
    }


def _plain(item: Any) -> Any:
    return f"an error: {told(item)}" if isinstance(item, BaseException) else item
