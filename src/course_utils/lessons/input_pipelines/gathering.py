"""A queue and a clock that a test moves: items arrive when it says, and waiting takes no time."""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty
from typing import Any

from course_utils.lessons.beside import beside_the_answer
from course_utils.lessons.input_pipelines.marks import END, odd_things
from course_utils.lessons.input_pipelines.within import Signs, Starved, told, within

MOST_ASKED = 20  # times for each item that comes
WORDS = {"END": END, "an error": ValueError("an item")} | odd_things()


class Arrivals:
    """A queue's ``get`` by a clock of its own.

    Args:
        coming: when each item comes, in seconds, and what; "END" is the end mark, and see WORDS.
        start: what the clock says first.
        late: seconds by which a get that had to wait returns late, as on a busy machine.
        tick: seconds by which the clock has gone on each time that it has been asked, as real ones have.
    """

    def __init__(
        self, coming: list[tuple[float, Any]], start: float = 0.0, late: float = 0.0, tick: float = 0.0
    ) -> None:
        self.coming = [(when, WORDS.get(item, item) if type(item) is str else item) for when, item in coming]
        self.now, self.late, self.tick = start, late, tick
        self.asked: list[float | None] = []
        self.most = MOST_ASKED * (len(coming) + 1)

    def clock(self) -> float:
        now = self.now
        self.now += self.tick
        return now

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """As ``queue.Queue.get``."""
        self.asked.append(timeout if block else 0.0)
        if len(self.asked) > self.most:
            raise Starved("it goes on asking for ever")
        if not block:
            timeout = 0.0
        elif timeout is not None and timeout < 0:
            raise ValueError("'timeout' must be a non-negative number")
        if not self.coming and timeout is None:
            raise Starved("nothing comes after END")
        when = self.coming[0][0] if self.coming else float("inf")
        if when > self.now:
            until = when if timeout is None else min(when, self.now + timeout)
            self.now = until + (self.late if timeout != 0 else 0.0)
            if when > until:
                raise Empty
        return self.coming.pop(0)[1]


@beside_the_answer
def gathered(
    batches: Callable[..., Any],
    coming: list,
    most: int,
    wait: float,
    start: float = 0.0,
    late: float = 0.0,
    busy: list[float] | None = None,
    named: bool = False,
    tick: float = 0.0,
) -> dict[str, Any]:
    """Gather batches of what comes, and tell when each was given and what ``get`` was asked.

    Args:
        coming: pairs of seconds and item.
        busy: seconds that whoever takes the batches needs for each of the first ones.
        named: hand the arguments over by their names.

    Returns:
        "batches": pairs of seconds and list; "asked": the timeouts, None where there was none; "ends": "ends", or what
        else became of it; "kinds": names of the batches' types; "again": whether two batches were one list; "kept":
        whether each still holds at the end what it was given with; "early": how often ``get`` was asked before
        anybody wanted a batch; "left": how many things were never taken.
    """
    arrivals, signs, found, taken = Arrivals(coming, start, late, tick), Signs(), [], []
    given = {"get": arrivals.get, "most": most, "wait": wait, "clock": arrivals.clock}

    early = [0]

    def run() -> None:
        made = batches(**given) if named else batches(*given.values())
        early[0] = len(arrivals.asked)
        for number, batch in enumerate(made):
            signs()
            found.append([arrivals.now, [_word(item) for item in batch]])
            taken.append(batch)
            arrivals.now += busy[number] if busy and number < len(busy) else 0.0

    ended = within(run, signs)
    error = ended["error"]
    says = "ends" if error is None else f"raises {told(error)}"
    says = "asks for more after END" if isinstance(error, Starved) else says
    return {
        "batches": found,
        "asked": list(arrivals.asked),
        "ends": "never ends" if ended["hung"] else says,
        "kinds": sorted({type(batch).__name__ for batch in taken}),
        "again": len({id(batch) for batch in taken}) < len(taken),
        "kept": [[_word(item) for item in batch] for batch in taken] == [each for _, each in found],
        "early": early[0],
        "left": len(arrivals.coming),
    }


def _word(item: Any) -> Any:
    """Return the word that stands for an item; any other item as it is."""
    return next((word for word, one in WORDS.items() if item is one), item)
