"""A service asked beside the answer: requests go to the app in its own process, and no port is opened."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Sequence
from typing import Any

from course_utils.lessons.beside import beside_the_answer
from course_utils.lessons.serving.hand_moved import in_thread

PATIENCE = 60  # seconds for what takes milliseconds, so that a broken service ends at all
Request = Sequence[Any]  # method, path, and a body: text, or what JSON is to be made of


@beside_the_answer
def asked(
    make_app: Callable[..., Any], settings: dict[str, Any], scores: list[Any], requests: list[Request]
) -> dict[str, Any]:
    """Make a service, send it requests one after another, and say what it answered.

    Args:
        scores: what ``predict`` returns, call by call, as float32 arrays; the last one from then on.
        requests: (method, path, body) each.

    Returns:
        ``answers``: [status, body] each; ``seen``: the arrays that predict was called with.
    """
    import numpy as np

    seen: list[Any] = []

    def predict(pixels: Any) -> Any:
        seen.append(np.array(pixels) if isinstance(pixels, np.ndarray) else type(pixels).__name__)
        return np.array(scores[min(len(seen), len(scores)) - 1], np.float32)

    async def play() -> list[list[Any]]:
        async with client(make_app(predict, settings)) as http:
            return [plainly(await sent(http, request)) for request in requests]

    return {"answers": in_thread(lambda: asyncio.run(play())), "seen": seen}


@beside_the_answer
def health_while_predicting(make_app: Callable[..., Any], settings: dict[str, Any], request: Request) -> str:
    """Ask ``GET /health`` while ``predict`` is at work; return what became of it, in words."""
    import numpy as np

    begun, answered, found = threading.Event(), threading.Event(), []

    async def play() -> str:
        mine = threading.get_ident()

        def predict(pixels: Any) -> Any:
            begun.set()
            found.append(threading.get_ident() != mine and answered.wait(PATIENCE))
            return np.array([0.25, 0.75], np.float32)

        async with client(make_app(predict, settings)) as http:
            first = asyncio.create_task(sent(http, request))
            while not (begun.is_set() or first.done()):
                await asyncio.sleep(0.001)
            health = await http.get("/health")
            answered.set()
            status = (await first).status_code
        if not found:
            return f"/predict answered {status}, and predict was not called"
        return f"answered {health.status_code}" if found[0] else "it had to wait: predict ran on the event loop"

    return in_thread(lambda: asyncio.run(play()))


def client(app: Any) -> Any:
    """Return an httpx client of the app in this process; an error inside it is a status 500."""
    import httpx

    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://service", timeout=PATIENCE)


async def sent(http: Any, request: Request) -> Any:
    """Send a request; return the client's response."""
    method, path, body = request
    content = body if body is None or isinstance(body, str) else json.dumps(body)
    return await http.request(method, path, content=content, headers={"content-type": "application/json"})


def plainly(response: Any) -> list[Any]:
    """Return the status of a response, and what its JSON says, or its text where it is none."""
    try:
        return [response.status_code, response.json()]
    except ValueError:
        return [response.status_code, response.text]
