"""Services and requests beside each other: what one of them must not know of another."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from course_utils.lessons.beside import beside_the_answer
from course_utils.lessons.serving.asking import Request, client, plainly, sent
from course_utils.lessons.serving.hand_moved import in_thread

COMPANY_S = 0.5  # that a request waits for another; one that is answered alone is right, too


@beside_the_answer
def asked_in_turns(
    make_app: Callable[..., Any], settings: list[dict[str, Any]], scores: list[Any], requests: list[Request]
) -> list[list[Any]]:
    """Make a service for each of the settings, then send each request to every one of them.

    Args:
        scores: what the model of each service returns.

    Returns:
        for each service [status, body] of each request.
    """
    import numpy as np

    async def play() -> list[list[Any]]:
        models = [lambda pixels, own=own: np.array(own, np.float32) for own in scores]
        apps = [make_app(model, given) for model, given in zip(models, settings, strict=True)]
        answers: list[list[Any]] = [[] for _ in apps]
        for request in requests:
            for app, own in zip(apps, answers, strict=True):
                async with client(app) as http:
                    own.append(plainly(await sent(http, request)))
        return answers

    return in_thread(lambda: asyncio.run(play()))


@beside_the_answer
def asked_at_once(make_app: Callable[..., Any], settings: dict[str, Any], scores: list[Any]) -> list[Any]:
    """Send as many requests as there are scores at the same time; return [status, body] of each.

    The picture of request k has k / 8 in every pixel, by which ``predict`` knows it; it answers none before all are
    there, if they come.
    """
    import numpy as np

    inside, all_there = [], threading.Event()

    def predict(pixels: Any) -> Any:
        inside.append(pixels)
        if len(inside) == len(scores):
            all_there.set()
        all_there.wait(COMPANY_S)
        return np.array(scores[round(float(np.mean(pixels)) * 8)], np.float32)

    async def play() -> list[Any]:
        async with client(make_app(predict, settings)) as http:
            bodies = [{"pixels": [[number / 8] * 16] * 16} for number in range(len(scores))]
            answers = await asyncio.gather(*(sent(http, ("POST", "/predict", body)) for body in bodies))
            return [plainly(answer) for answer in answers]

    return in_thread(lambda: asyncio.run(play()))
