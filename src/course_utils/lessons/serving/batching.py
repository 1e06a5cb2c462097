"""A batcher called by a script, beside the answer; what became of every caller comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from course_utils.lessons.beside import beside_the_answer
from course_utils.lessons.serving.hand_moved import HandMoved, Stuck, by_hand, others_have_run
from course_utils.lessons.serving.noting import Model, in_words, wrapped

Event = Sequence[Any]  # when, what ("call", "cancel" or "close"), and an input or the number of a call


@beside_the_answer
def batched(
    batcher: Callable[..., Any],
    most: int,
    wait: float,
    script: list[Event],
    answers: dict[Any, Any],
    more: int = 0,
    *,
    arrays: bool = False,
    fault: str = "LookupError",
) -> dict[str, Any]:
    """Play a script of calls, cancellations and closings to a batcher, on a loop whose time is moved by hand.

    Args:
        answers, more, arrays, fault: as for ``settled``.

    Returns:
        ``batches``: [time, inputs] for each call of the model; ``elsewhere``: how many of them came from another
        thread; ``callers``: for each call of the script [time, what became of it], time None where it never ended;
        ``closed``: when each closing ended; ``left``: what remained on the loop when the first closing had ended, and
        at the end: timers and tasks, in words.
    """
    model = Model(answers, more, fault=fault)

    async def play(loop: HandMoved) -> dict[str, Any]:
        model.belongs_here()
        times: list[float] = []

        def predict_many(inputs: Any) -> Any:
            times.append(loop.time())
            return model(inputs)

        made = batcher(predict_many, most, wait)
        before, calls, closed, left = asyncio.all_tasks(), [], [], []
        resting = False  # on a timer of this script's own

        def look() -> None:
            timers = loop.pending_timers() - resting
            tasks = asyncio.all_tasks() - before - {*calls, *closed}
            left.extend(f"{many} {what}" for many, what in ((timers, "timers"), (len(tasks), "tasks")) if many)

        async def close() -> list[Any]:
            ended = await _noted(loop, made.close(), model)
            await others_have_run()
            if not left:
                look()
            return ended

        for when, what, value in script:
            resting = when > loop.time()
            await asyncio.sleep(when - loop.time())
            resting = False
            if what == "call":
                calls.append(loop.create_task(_noted(loop, made(wrapped(value) if arrays else value), model)))
            elif what == "cancel":
                calls[value].cancel()
            else:
                closed.append(loop.create_task(close()))
                await others_have_run()
        resting = True
        await asyncio.wait([*calls, *closed], timeout=1000 * (wait + 1))
        resting = False
        await others_have_run()
        if not left:
            look()
        return {
            "batches": [list(pair) for pair in zip(times, model.asked, strict=True)],
            "elsewhere": sum(model.elsewhere),
            "callers": [_outcome(call) for call in calls],
            "closed": [_outcome(each) for each in closed],
            "left": left,
        }

    try:
        return by_hand(play)
    except Stuck as error:
        return {"batches": [], "elsewhere": 0, "callers": [str(error)], "closed": [], "left": []}


@beside_the_answer
def two_batchers(batcher: Callable[..., Any], one: dict[Any, Any], other: dict[Any, Any], most: int) -> list[Any]:
    """Return the answers of two batchers, each with a model of its own, that are called in turns with their inputs.

    Behind them come those of the first, once it is closed, of the second, of a new one like it, and of the first again.
    """

    async def answers(each: Any, inputs: dict[Any, Any]) -> list[Any]:
        return await asyncio.gather(*map(each, inputs), return_exceptions=True)

    async def play(loop: HandMoved) -> list[Any]:
        first, second = (batcher(Model(known), most, 1.0) for known in (one, other))
        inputs = zip(one, other, strict=True)
        calls = [each(x) for pair in inputs for each, x in zip((first, second), pair, strict=True)]
        found = await asyncio.gather(*calls, return_exceptions=True)
        await first.close()
        found += [*await answers(first, one), *await answers(second, other)]
        return found + await answers(batcher(Model(other), most, 1.0), other) + await answers(first, one)

    return [each if not isinstance(each, Exception) else type(each).__name__ for each in by_hand(play)]


async def _noted(loop: HandMoved, call: Any, model: Model) -> list[Any]:
    """Return when a call ended, and how: a result, or an error's name and text."""
    try:
        result = await call
    except NotImplementedError:
        raise
    except Exception as error:
        return [loop.time(), in_words(error, model.raised)]
    return [loop.time(), result]


def _outcome(call: asyncio.Task) -> list[Any]:
    if not call.done():
        return [None, "still waits"]
    if call.cancelled():
        return [None, "cancelled"]
    return call.result()
