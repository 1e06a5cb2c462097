"""Load put on the slow server, open and closed, and what Little's law says of it."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from course_utils.lessons.serving.hand_moved import in_thread
from course_utils.lessons.serving.slow_server import running
from course_utils.withheld import answer_to

if TYPE_CHECKING:
    import numpy as np

TIMEOUT_S = 60
REQUEST = b"POST /predict HTTP/1.1\r\nHost: server\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
OpenLoop = Callable[..., Awaitable[list[float]]]


@dataclass(frozen=True)
class Load:
    """What became of requests: when each was sent and answered, in seconds from the start, and its latency in ms."""

    sent: np.ndarray
    ended: np.ndarray
    latencies_ms: np.ndarray

    def quantile(self, share: float = 0.99) -> float:
        """Return the least latency, in ms, that so many requests did not exceed."""
        import numpy as np

        return float(np.sort(self.latencies_ms)[math.ceil(share * len(self.latencies_ms)) - 1])

    def inside(self) -> float:
        """Return how many requests were inside on average, counted at every millisecond of the run."""
        import numpy as np

        moments = np.arange(0, self.ended.max(), 0.001)[:, None]
        return float(((self.sent <= moments) & (moments < self.ended)).sum(1).mean())


def open_load(open_loop: OpenLoop, times: Sequence[float]) -> Load:
    """Put a schedule on a new server by a student's open loop."""
    return _on_server(lambda send, clock: open_loop(send, list(times), clock, asyncio.sleep), len(times))


def closed_load(rate: float, clients: int, seconds: float) -> Load:
    """Put a rate on a new server by clients that each wait for an answer before they go on: a closed loop.

    Each client has its share of the schedule, and is late where an answer is; latency counts from when it did send.
    """
    each = int(rate * seconds / clients)

    async def offer(send: Callable[[int], Awaitable[None]], clock: Callable[[], float]) -> list[float]:
        start, latencies = clock(), [math.nan] * (each * clients)

        async def client(place: int) -> None:
            for number in range(each):
                due = (number * clients + place) / rate
                await asyncio.sleep(max(0.0, due - (clock() - start)))
                before = clock()
                await send(number * clients + place)
                latencies[number * clients + place] = clock() - before

        await asyncio.gather(*map(client, range(clients)))
        return latencies

    return _on_server(offer, each * clients)


def _on_server(offer: Callable[..., Awaitable[list[float]]], many: int) -> Load:
    """Let ``offer(send, clock)`` ask a server of its own ``many`` requests."""
    import numpy as np

    sent, ended = np.full(many, math.nan), np.full(many, math.nan)

    async def play(address: str) -> list[float]:
        for _ in range(3):
            await ask(address)
        start = time.perf_counter()

        async def send(number: int) -> None:
            sent[number] = time.perf_counter() - start
            await ask(address)
            ended[number] = time.perf_counter() - start

        return await offer(send, time.perf_counter)

    with running() as address:
        latencies = in_thread(lambda: asyncio.run(play(address)))
    return Load(sent, ended, 1000 * np.array(latencies, float))


async def ask(address: str) -> None:
    """Ask the server once, over a connection of its own: a client that is slow itself would measure itself.

    Raises:
        ConnectionError: there is no answer, or none with status 200.
    """
    host, _, port = address.removeprefix("http://").partition(":")
    async with asyncio.timeout(TIMEOUT_S):
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            writer.write(REQUEST)
            answer = await reader.read()
        finally:
            writer.close()
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise ConnectionError(f"the server says {answer[:60]!r}")


@answer_to("13.5")
async def own_open_loop(send: Any, times: list[float], clock: Any, sleep: Any) -> list[float]:
    """Stand in for exercise 13.5 where it is not written: the course's own, by a task for each request."""
    start, latencies = clock(), [math.inf] * len(times)

    async def wait_for(number: int, sending: Awaitable[None]) -> None:
        await sending
        latencies[number] = clock() - start - times[number]

    tasks = []
    for number, due in enumerate(times):
        await sleep(max(0.0, start + due - clock()))
        tasks.append(asyncio.ensure_future(wait_for(number, send(number))))
    await asyncio.gather(*tasks, return_exceptions=True)
    return latencies
