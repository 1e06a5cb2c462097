"""One stage at work: queues that note what is taken and put, and raise where a real one would wait for ever."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from itertools import chain
from typing import Any

from course_utils.lessons.beside import beside_the_answer
from course_utils.lessons.input_pipelines.marks import END, ERRORS, odd_things
from course_utils.lessons.input_pipelines.noting import Noting
from course_utils.lessons.input_pipelines.within import Signs, Starved, told, within

MOST_NOTED = 10_000


@beside_the_answer
def worked(
    stage: Callable[..., Any], items: list[str], room: int = 0, slow: bool = False, named: bool = False
) -> dict[str, Any]:
    """Let a stage work on items, and tell what it did.

    Args:
        items: what comes, each in a word: "array", "None", "0", "list" and those of ``odd_things`` are items of that
            kind; for "to None", "to 0", "to array", … fn returns that, for "to error" an error; "raises ValueError"
            makes fn raise one; "error ValueError" is one that an earlier stage put there; "END" is the end mark.
        room: how many outbox holds, from which a slow neighbour takes; 0 for any number.
        slow: whether each item comes late.
        named: hand the arguments over by their names.

    Returns:
        "log": each step in order, such as "takes 0", "calls fn on 0", "puts the result of 0", "puts the error of 0",
        "takes END", "puts END"; "ends": "returns None", or what else became of it; "left": items never taken.
    """
    bench = _Bench(items, room, slow)
    given = {"fn": bench.fn, "inbox": bench.inbox, "outbox": bench.outbox}

    def run() -> Any:
        bench.thread = threading.get_ident()
        return stage(**given) if named else stage(*given.values())

    ended = within(run, bench.signs)
    return {"log": list(bench.log), "ends": _ends(ended), "left": len(bench.inbox.queue)}


class _Bench:
    """The items with their results and errors, each known by being itself, and the queues on both sides."""

    def __init__(self, words: list[str], room: int, slow: bool) -> None:
        import numpy as np

        made: dict[str, Callable[[int], Any]] = {
            "None": lambda place: None,
            "0": lambda place: 0,
            "list": lambda place: [],
            "array": lambda place: np.full(3, place),
            "END": lambda place: END,
        }
        made |= {name: lambda place, name=name: odd_things()[name] for name in odd_things()}
        made |= {f"error {name}": lambda place, kind=kind: kind(f"item {place}") for name, kind in ERRORS.items()}
        self.words, self.log, self.signs = words, [], Signs()
        self.last, self.called, self.put = -1, 0, 0  # taken last; calls of fn, and items put, so far
        self.items = [made.get(word, lambda place: (place, "an item"))(place) for place, word in enumerate(words)]
        self.given = {"to None": None, "to array": np.zeros(3), "to 0": 0, "to error": ValueError("a result")}
        self.given |= {f"to {name}": thing for name, thing in odd_things().items()}
        self.thread: int | None = None  # the one that runs the stage
        # those on which fn is to be called
        self.turns = [n for n, word in enumerate(words) if word != "END" and not word.startswith("error")]
        self.outcome: dict[int, tuple[str, Any]] = {}  # what fn made of each, or what came as an error
        self.inbox = Noting(self._takes, lambda item: self._puts(item, " into inbox"), self.signs, slow=slow)
        self.outbox = Noting(lambda item: self.note("takes from outbox"), self._puts, self.signs, room)
        for item in self.items:
            queue.Queue.put(self.inbox, item)

    def note(self, said: str) -> None:
        self.log.append(said)
        if len(self.log) > MOST_NOTED:
            raise Starved("it goes on for ever")

    def fn(self, item: Any) -> Any:
        self.signs()
        places = chain(self.turns[self.called :], range(len(self.items)))
        place = next((n for n in places if self.items[n] is item), None)
        self.called += 1
        where = "" if threading.get_ident() == self.thread else ", in a thread of its own"
        self.note(f"calls fn on {'something else' if place is None else place}{where}")
        if place is None:
            return None
        word = self.words[place]
        if word.startswith("raises "):
            error = ERRORS[word.removeprefix("raises ")](f"item {place}")
            self.outcome[place] = "error", error
            raise error
        self.outcome[place] = "result", self.given.get(word, [place])
        return self.outcome[place][1]

    def _takes(self, item: Any) -> None:
        self.last += 1
        if self.words[self.last].startswith("error"):
            self.outcome[self.last] = "error", item
        self.note("takes END" if item is END else f"takes {self.last}")

    def _puts(self, thing: Any, where: str = "") -> None:
        near = chain([self.put], self.outcome)
        place = next((n for n in near if n in self.outcome and self.outcome[n][1] is thing), None)
        self.put += not where
        if thing is END:
            named = "END"
        elif place is not None:
            named = f"the {self.outcome[place][0]} of {place}{self._changed(place)}"
        elif isinstance(thing, BaseException):
            named = f"another {told(thing)}"
        else:
            named = f"something else, of type {type(thing).__name__}"
        self.note(f"puts {named}{where}")

    def _changed(self, place: int) -> str:
        """Say whether an error that came in has become another in its text, its notes or its fields."""
        error = self.items[place]
        failed = self.words[place].startswith("error")
        return ", changed" if failed and (error.args != (f"item {place}",) or vars(error)) else ""


def _ends(ended: dict[str, Any]) -> str:
    if ended["hung"]:
        return "never ends"
    if isinstance(ended["error"], Starved):
        return "waits for ever for another item"
    if ended["error"] is not None:
        return f"raises {told(ended['error'])}"
    return "returns None" if ended["value"] is None else f"returns a {type(ended['value']).__name__}"
