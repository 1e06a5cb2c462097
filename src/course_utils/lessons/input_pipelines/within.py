"""A call that may never return: watched from outside, and given up with a sentence once nothing happens any more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

SECONDS = 5.0  # without any sign of life; nothing is judged by it, it only ends what hangs
STEP = 0.5


class Starved(BaseException):
    """Something was asked for that will never come: raised in place of waiting for ever."""


class Signs:
    """Signs of life, counted."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


def within(call: Callable[[], Any], signs: Signs, seconds: float = SECONDS) -> dict[str, Any]:
    """Run ``call()`` in a daemon thread, whose own threads are daemons, too, so that none of them outlives a kernel.

    Returns:
        "hung": whether it went on without a sign of life for so long and was given up; "value" and "error": what it
        returned or raised, else None.
    """
    found: dict[str, Any] = {"hung": False, "value": None, "error": None}

    def run() -> None:
        try:
            found["value"] = call()
        except BaseException as error:
            found["error"] = error

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    seen, since = signs.count, time.monotonic()
    while thread.is_alive():
        thread.join(STEP)
        if signs.count != seen:
            seen, since = signs.count, time.monotonic()
        if thread.is_alive() and time.monotonic() - since > seconds:
            return {"hung": True, "value": None, "error": None}
    if isinstance(found["error"], NotImplementedError):
        raise found["error"]
    return found


def told(error: BaseException | None) -> str | None:
    """Return an error as a text that can be compared: ``"ValueError: item 3"``."""
    return None if error is None else f"{type(error).__name__}: {error}"
