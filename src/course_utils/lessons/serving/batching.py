"""A batch settled, and a batcher called by a script, beside the answer; what became of every caller comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from course_utils.lessons.beside import beside_the_answer
from course_utils.lessons.serving.hand_moved import HandMoved, Stuck, by_hand, others_have_run

Event = Sequence[Any]  # when, what ("call", "cancel" or "close"), and an input or the number of a call


class _Model:
    """A ``predict_many`` that notes what it is asked, and has no answer to some inputs."""

    def __init__(self, answers: dict[Any, Any], more: int = 0, kind: Callable[[list], Any] = list) -> None:
        self.answers, self.more, self.kind = answers, more, kind
        self.asked: list[Any] = []

    def __call__(self, inputs: Any) -> Any:
        self.asked.append(list(inputs) if type(inputs) is list else f"a {type(inputs).__name__}")
        missing = [x for x in inputs if x not in self.answers]
        if missing:
            raise LookupError(f"no answer to {missing[0]}")
        found = [self.answers[x] for x in inputs]
        return self.kind(found[: len(found) + self.more] + found[:1] * self.more)


@beside_the_answer
def settled(
    answer_batch: Callable[..., Any],
    answers: dict[Any, Any],
    inputs: list[Any],
    cancelled: Sequence[int] = (),
    more: int = 0,
    as_array: bool = False,
    answered: Sequence[int] = (),
) -> dict[str, Any]:
    """Let ``answer_batch`` answer a batch of waiting callers, and say what each of them got.

    Args:
        answers: what the model answers to each input; to others it raises a LookupError.
        cancelled: the numbers of the callers who have gone.
        more: so many answers too many; below 0, too few.
        as_array: the model gives a NumPy array.
        answered: the numbers of those who have got "before" already.

    Returns:
        ``asked``: the lists that the model was called with; ``callers``: what each got; ``left``: who is still in the
        batch afterwards; ``raised``: the name of an error of the call itself, or "".
    """
    import numpy as np

    model = _Model(answers, more, np.array if as_array else list)

    async def play(loop: HandMoved) -> dict[str, Any]:
        batch = [(x, loop.create_future()) for x in inputs]
        futures = [future for _, future in batch]
        for number in cancelled:
            futures[number].cancel()
        for number in answered:
            futures[number].set_result("before")
        raised = ""
        try:
            answer_batch(model, batch)
        except NotImplementedError:
            raise
        except Exception as error:
            raised = type(error).__name__
        await others_have_run()
        left = [x for x, _ in batch]
        return {"asked": model.asked, "callers": [_state(each) for each in futures], "left": left, "raised": raised}

    return by_hand(play)


@beside_the_answer
def batched(
    batcher: Callable[..., Any], most: int, wait: float, script: list[Event], answers: dict[Any, Any], more: int = 0
) -> dict[str, Any]:
    """Play a script of calls, cancellations and closings to a batcher, on a loop whose time is moved by hand.

    Args:
        answers, more: the model's, as for ``settled``.

    Returns:
        ``batches``: [time, inputs] for each call of the model; ``callers``: for each call of the script [time, what
        became of it], time None where it never ended; ``closed``: when each closing ended; ``left``: what remained on
        the loop at the end: timers and tasks, in words.
    """
    model = _Model(answers, more)

    async def play(loop: HandMoved) -> dict[str, Any]:
        times: list[float] = []

        def predict_many(inputs: Any) -> Any:
            times.append(loop.time())
            return model(inputs)

        made = batcher(predict_many, most, wait)
        before, calls, closed = asyncio.all_tasks(), [], []
        for when, what, value in script:
            await asyncio.sleep(when - loop.time())
            if what == "call":
                calls.append(loop.create_task(_noted(loop, made(value))))
            elif what == "cancel":
                calls[value].cancel()
            else:
                closing = loop.create_task(_noted(loop, made.close()))
                await others_have_run()
                closed.append(closing)
        await asyncio.wait([*calls, *closed], timeout=1000 * (wait + 1))
        await others_have_run()
        left = [f"{loop.pending_timers()} timers"] if loop.pending_timers() else []
        tasks = asyncio.all_tasks() - before - {*calls, *closed}
        left += [f"{len(tasks)} tasks"] if tasks else []
        return {
            "batches": [list(pair) for pair in zip(times, model.asked, strict=True)],
            "callers": [_outcome(call) for call in calls],
            "closed": [_outcome(each) for each in closed],
            "left": left,
        }

    try:
        return by_hand(play)
    except Stuck as error:
        return {"batches": [], "callers": [str(error)], "closed": [], "left": []}


@beside_the_answer
def two_batchers(batcher: Callable[..., Any], one: dict[Any, Any], other: dict[Any, Any], most: int) -> list[Any]:
    """Return the answers of two batchers, each with a model of its own, that are called in turns with their inputs."""

    async def play(loop: HandMoved) -> list[Any]:
        both = [batcher(_Model(answers), most, 1.0) for answers in (one, other)]
        inputs = zip(one, other, strict=True)
        calls = [batcher(x) for pair in inputs for batcher, x in zip(both, pair, strict=True)]
        return await asyncio.gather(*calls, return_exceptions=True)

    return [each if not isinstance(each, Exception) else type(each).__name__ for each in by_hand(play)]


async def _noted(loop: HandMoved, call: Any) -> list[Any]:
    """Return when a call ended, and how: a result, or an error's name and text."""
    try:
        result = await call
    except NotImplementedError:
        raise
    except Exception as error:
        return [loop.time(), f"{type(error).__name__}: {error}"]
    return [loop.time(), result]


def _outcome(call: asyncio.Task) -> list[Any]:
    if not call.done():
        return [None, "still waits"]
    if call.cancelled():
        return [None, "cancelled"]
    return call.result()


def _state(future: asyncio.Future) -> Any:
    if not future.done():
        return "still waits"
    if future.cancelled():
        return "cancelled"
    error = future.exception()
    return future.result() if error is None else f"{type(error).__name__}: {error}"
