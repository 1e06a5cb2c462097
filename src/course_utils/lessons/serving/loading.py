"""A load offered beside the answer, on a loop whose time is moved by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from course_utils.lessons.beside import beside_the_answer
from course_utils.lessons.serving.hand_moved import HandMoved, by_hand

FAULTS = (ValueError, ConnectionError, TimeoutError, KeyError, RuntimeError, OSError, AssertionError, Exception)


@beside_the_answer
def offered(
    open_loop: Callable[..., Any],
    times: list[float],
    takes: list[float],
    *,
    failing: Sequence[int] = (),
    late: float = 0.0,
    start: float = 0.0,
    pace: float = 1.0,
    reading: float = 0.0,
) -> dict[str, Any]:
    """Let ``open_loop`` send requests to a service that is known, and say when it did and what it made of it.

    Args:
        takes: seconds that each request takes.
        failing: the numbers of those that end in an error, eight in a row in errors of eight kinds.
        late: seconds by which every sleep is too long.
        start: what the clock shows at first.
        pace: seconds of the given clock and sleep for one of the loop's.
        reading: seconds of the loop's that pass whenever the clock is read.

    Returns:
        ``sent`` and ``ended``: by the clock, counted from its start, None where it never was; ``again``: the numbers
        that were sent more than once; ``latencies``; ``times``, as the call left them.
    """

    async def play(loop: HandMoved) -> dict[str, Any]:
        sent: list[Any] = [None] * len(times)
        ended: list[Any] = [None] * len(times)
        again: list[int] = []
        given = list(times)

        async def send(number: int) -> None:
            if sent[number] is not None:
                again.append(number)
            sent[number] = pace * loop.time()
            await asyncio.sleep(takes[number] / pace)
            ended[number] = pace * loop.time()
            if number in failing:
                raise FAULTS[number % len(FAULTS)](f"request {number} was not answered")

        async def sleep(seconds: float) -> None:
            await asyncio.sleep((max(seconds, 0.0) + late) / pace)

        def clock() -> float:
            loop.now += reading
            return start + pace * loop.time()

        found = await open_loop(send, given, clock, sleep)
        return {"sent": sent, "ended": ended, "again": again, "latencies": found, "times": given}

    return by_hand(play)
