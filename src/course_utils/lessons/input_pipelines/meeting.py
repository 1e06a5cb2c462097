"""What only threads that run at once can do: functions that wait for one another, held by events, never by a clock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from course_utils.lessons.beside import beside_the_answer
from course_utils.lessons.input_pipelines.piping import Source
from course_utils.lessons.input_pipelines.within import Signs, patient, patient_for, told, within

QUIET = 0.2  # seconds without a draw after which a full pipeline is taken for full: the chance that a wrong one gets
MUCH = 300  # items


@beside_the_answer
def met(
    run_pipeline: Callable[..., list], count: int, items: list[int], depth: int, drawn: bool = True
) -> dict[str, Any]:
    """Run a pipeline whose threads must all be at work at once: each waits for the others, on ``count`` items.

    Args:
        items: 0, 1, 2, …, at least ``count``. Function j waits on item ``count - 1 - j``, what they are drawn from
            where it is asked for item ``count``.
        drawn: whether they are drawn from an iterator that waits, too; else they come as a list.

    Returns:
        "met": whether all were at work at once; "threads": how many ran each function, and how many drew; "results";
        "hung".
    """
    signs, together, every = Signs(), threading.Event(), count + drawn
    threads: list[set[int]] = [set() for _ in range(every)]
    came: list[int] = []
    found: list[bool] = []

    def runs(number: int, waits: bool) -> None:
        signs()
        threads[number].add(threading.get_ident())
        alone = any(threads[number] & other for other in threads if other is not threads[number])
        if waits:
            came.append(number)
            if len(came) == every:
                together.set()
            # one thread for two of them: they will never meet
            found.append(not alone and all(found) and patient(together, signs))

    class Camera(Source):
        def __next__(self) -> int:
            runs(count, self.drawn == count and count not in came)
            return super().__next__()

    def function(number: int) -> Callable[[int], int]:
        def call(item: int) -> int:
            runs(number, item == count - 1 - number)
            return item

        return call

    given = Camera(list(items), signs) if drawn else list(items)
    ended = within(lambda: run_pipeline([function(n) for n in range(count)], given, depth), signs)
    return {
        "met": found == [True] * every,
        "threads": list(map(len, threads)),
        "results": ended["value"],
        "hung": ended["hung"],
    }


@beside_the_answer
def held_back(
    run_pipeline: Callable[..., list], count: int, depth: int, source: str = "iterator", least: int = 0
) -> dict[str, Any]:
    """Run a pipeline of many items whose last function holds the first item until nothing moves any more.

    The wait for quiet gives an unbounded pipeline its chance to draw too much; a bounded one never does.

    Args:
        source: "iterator" to count what is drawn of one, "list" to count what the first function gets.
        least: how many are awaited for long, however busy the machine is.

    Returns:
        "drawn": how many were drawn (or got) by then; "same": whether all items came out in order; "hung".
    """
    signs, moved = Signs(), threading.Semaphore(0)
    feed = Source(list(range(MUCH)), moved.release)
    seen, drawn = [0], [0]

    def first(item: int) -> int:
        signs()
        seen[0] += 1
        moved.release()
        return item

    def came() -> int:
        return feed.drawn if source == "iterator" else seen[0]

    def last(item: int) -> int:
        signs()
        if item == 0:
            while moved.acquire(timeout=QUIET) and max(feed.drawn, seen[0]) < MUCH:
                pass
            patient_for(lambda: came() >= least, signs)
            drawn[0] = came()
        return item

    functions = [first, *(lambda item: item for _ in range(count - 2)), last]
    given = feed if source == "iterator" else list(range(MUCH))
    ended = within(lambda: run_pipeline(functions, given, depth), signs)
    return {"drawn": drawn[0], "same": ended["value"] == list(range(MUCH)), "hung": ended["hung"]}


@beside_the_answer
def outlived(run_pipeline: Callable[..., list], items: list[int], depth: int) -> dict[str, Any]:
    """Run a pipeline whose second function fails on the first item while the first still works on the second item.

    Returns:
        "at work": whether the first was still at work when the error came out; "error": as text; "hung".
    """
    signs, begun, out = Signs(), threading.Event(), threading.Event()
    working = [0]
    found: dict[str, Any] = {"at work": False}

    def slow(item: int) -> int:
        signs()
        if item != items[0]:
            working[0] += 1
            begun.set()
            out.wait(QUIET)
            working[0] -= 1
        return item

    def fails(item: int) -> int:
        signs()
        patient(begun, signs)
        raise ValueError(f"item {item}")

    def run() -> Any:
        try:
            return run_pipeline([slow, fails], list(items), depth)
        finally:
            found["at work"] = working[0] > 0
            out.set()

    ended = within(run, signs)
    return found | {"error": told(ended["error"]), "hung": ended["hung"]}


@beside_the_answer
def overtaken(run_pipeline: Callable[..., list], items: list[int], depth: int) -> dict[str, Any]:
    """Run a pipeline in which the first function fails on the third item before the second fails on the second item.

    Returns:
        "error": the one that came out, as text; "hung".
    """
    signs, failed = Signs(), threading.Event()

    def early(item: int) -> int:
        signs()
        if item == items[2]:
            failed.set()
            raise ValueError(f"item {item}, in the first function")
        return item

    def late(item: int) -> int:
        signs()
        if item == items[1]:
            patient(failed, signs)
            raise KeyError(f"item {item}, in the second function")
        return item

    ended = within(lambda: run_pipeline([early, late], list(items), depth), signs)
    return {"error": told(ended["error"]), "hung": ended["hung"]}
