"""One stage at work: queues that note what is taken and put, and raise where a real one would wait for ever."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from itertools import chain
from typing import Any

from course_utils.lessons.beside import beside_the_answer
from course_utils.lessons.input_pipelines.marks import END, ERRORS, EqualToAll
from course_utils.lessons.input_pipelines.within import Signs, Starved, told, within

MOST_ASKED = 1_000  # of a queue in which nothing comes any more
MOST_NOTED = 10_000


@beside_the_answer
def worked(stage: Callable[..., Any], items: list[str]) -> dict[str, Any]:
    """Let a stage work on items, and tell what it did.

    Args:
        items: what comes, each in a word: "array", "None", "0", "list" and "equal to all" are items of that kind; for
            "to None", "to 0" and "to array" fn returns that; "raises ValueError" makes fn raise one; "error
            ValueError" is one that an earlier stage put there; "END" is the end mark.

    Returns:
        "log": each step in order, such as "takes 0", "calls fn on 0", "puts the result of 0", "puts the error of 0",
        "takes END", "puts END"; "ends": "returns None", or what else became of it; "left": items never taken.
    """
    bench = _Bench(items)
    ended = within(lambda: stage(bench.fn, bench.inbox, bench.outbox), bench.signs)
    return {"log": list(bench.log), "ends": _ends(ended), "left": bench.inbox.qsize()}


class _Noting(queue.Queue):
    """A queue that tells ``put`` and ``got`` what passes, and does not wait for what never comes."""

    def __init__(self, got: Callable[[Any], None], put: Callable[[Any], None], signs: Signs) -> None:
        super().__init__()
        self.got, self.noted, self.signs = got, put, signs
        self.asked = self.told = 0  # how often in vain, and how often it was told so

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        self.signs()
        try:
            item = super().get(block=False)
        except queue.Empty:
            self.asked += 1
            if (block and timeout is None) or self.asked > MOST_ASKED:
                self.told += 1
                if self.told > 3:
                    time.sleep(3_600)  # it goes on asking, whatever it is told
                raise Starved("nothing comes any more") from None
            raise
        self.got(item)
        return item

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        self.signs()
        self.noted(item)
        super().put(item, block, timeout)


class _Bench:
    """The items with their results and errors, each known by being itself, and the queues on both sides."""

    def __init__(self, words: list[str]) -> None:
        import numpy as np

        made: dict[str, Callable[[int], Any]] = {
            "None": lambda place: None,
            "0": lambda place: 0,
            "list": lambda place: [],
            "array": lambda place: np.full(3, place),
            "equal to all": lambda place: EqualToAll(),
            "END": lambda place: END,
        }
        made |= {f"error {name}": lambda place, kind=kind: kind(f"item {place}") for name, kind in ERRORS.items()}
        self.words, self.log, self.signs = words, [], Signs()
        self.last, self.called, self.put = -1, 0, 0  # taken last; calls of fn, and items put, so far
        self.items = [made.get(word, lambda place: (place, "an item"))(place) for place, word in enumerate(words)]
        self.given = {"to None": None, "to array": np.zeros(3), "to 0": 0}
        # those on which fn is to be called
        self.turns = [n for n, word in enumerate(words) if word != "END" and not word.startswith("error")]
        self.outcome: dict[int, tuple[str, Any]] = {}  # what fn made of each, or what came as an error
        self.inbox = _Noting(self._takes, lambda item: self._puts(item, " into inbox"), self.signs)
        self.outbox = _Noting(lambda item: self.note("takes from outbox"), self._puts, self.signs)
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
        self.note(f"calls fn on {'something else' if place is None else place}")
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
            named = f"the {self.outcome[place][0]} of {place}"
        elif isinstance(thing, BaseException):
            named = f"another {told(thing)}"
        else:
            named = f"something else, of type {type(thing).__name__}"
        self.note(f"puts {named}{where}")


def _ends(ended: dict[str, Any]) -> str:
    if ended["hung"]:
        return "never ends"
    if isinstance(ended["error"], Starved):
        return "waits for ever for another item"
    if ended["error"] is not None:
        return f"raises {told(ended['error'])}"
    return "returns None" if ended["value"] is None else f"returns a {type(ended['value']).__name__}"
