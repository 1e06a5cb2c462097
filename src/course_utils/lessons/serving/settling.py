"""A batch of waiting callers settled beside the answer; what became of every caller comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from course_utils.lessons.beside import beside_the_answer
from course_utils.lessons.serving.hand_moved import HandMoved, by_hand, others_have_run
from course_utils.lessons.serving.noting import Model, in_words, unwrapped, wrapped


@beside_the_answer
def settled(
    answer_batch: Callable[..., Any],
    answers: dict[Any, Any],
    inputs: list[Any],
    cancelled: Sequence[int] = (),
    more: int = 0,
    as_array: bool = False,
    answered: Sequence[int] = (),
    *,
    joining: Sequence[Any] = (),
    arrays: bool = False,
    fault: str = "LookupError",
) -> dict[str, Any]:
    """Let ``answer_batch`` answer a batch of waiting callers, and say what each of them got.

    Args:
        answers: what the model answers to each input; to others it raises an error.
        cancelled: the numbers of the callers who have gone.
        more: so many answers too many; below 0, too few.
        as_array: the model gives a NumPy array.
        answered: the numbers of those who have got "before" already.
        joining: inputs of callers who join the batch while the model computes.
        arrays: inputs are arrays, two times the number that stands for them here.
        fault: the name of the model's error.

    Returns:
        ``asked``: the lists that the model was called with; ``waiting``: who was in the batch at each of these calls;
        ``callers``: what each got; ``left``: who is still in the batch afterwards; ``returned``: the type of what the
        call returned; ``raised``: the name of an error of the call itself, or "".
    """
    import numpy as np

    model = Model(answers, more, np.array if as_array else list, fault)

    async def play(loop: HandMoved) -> dict[str, Any]:
        batch = [(wrapped(x) if arrays else x, loop.create_future()) for x in inputs]
        futures, waiting = [future for _, future in batch], []
        for number in cancelled:
            futures[number].cancel()
        for number in answered:
            futures[number].set_result("before")

        def predict_many(inputs: Any) -> Any:
            waiting.append([unwrapped(x) for x, _ in batch])
            for x in joining:
                futures.append(loop.create_future())
                batch.append((x, futures[-1]))
            return model(inputs)

        returned, raised = None, ""
        try:
            returned = answer_batch(predict_many, batch)
        except NotImplementedError:
            raise
        except Exception as error:
            raised = type(error).__name__
        await others_have_run()
        return {
            "asked": model.asked,
            "waiting": waiting,
            "callers": [_state(each, model) for each in futures],
            "left": [unwrapped(x) for x, _ in batch],
            "returned": type(returned).__name__,
            "raised": raised,
        }

    return by_hand(play)


def _state(future: asyncio.Future, model: Model) -> Any:
    if not future.done():
        return "still waits"
    if future.cancelled():
        return "cancelled"
    error = future.exception()
    return future.result() if error is None else in_words(error, model.raised)
