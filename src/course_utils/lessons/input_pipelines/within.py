"""A call that may never return: watched from outside, and given up with a sentence once nothing happens any more."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

# Nothing is judged by these; they only end what hangs. Steps are counted, not time: while the whole machine stands
# still, that is one step.
STEP = 0.5  # seconds
QUIET_STEPS = 10  # without a sign of life
PATIENT_STEPS = 12  # of one thread that waits for another


class Starved(BaseException):
    """Something was asked for that will never come: raised in place of waiting for ever."""


class Signs:
    """Signs of life, counted."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


def patient(event: threading.Event, signs: Signs) -> bool:
    """Wait for an event, for long, with signs of life; say whether it came."""
    for _ in range(PATIENT_STEPS):
        if event.wait(STEP):
            return True
        signs()
    return False


def within(call: Callable[[], Any], signs: Signs) -> dict[str, Any]:
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
    seen, quiet = signs.count, 0
    while thread.is_alive():
        thread.join(STEP)
        seen, quiet = signs.count, quiet + 1 if signs.count == seen else 0
        if thread.is_alive() and quiet > QUIET_STEPS:
            return {"hung": True, "value": None, "error": None}
    if isinstance(found["error"], NotImplementedError):
        raise found["error"]
    return found


def patient_for(true: Callable[[], bool], signs: Signs) -> None:
    """Wait, for as long, until ``true()`` holds."""
    for step in range(10 * PATIENT_STEPS):
        if true():
            return
        threading.Event().wait(STEP / 10)
        if step % 10 == 0:
            signs()


def told(error: BaseException | None) -> str | None:
    """Return an error as a text that can be compared: ``"ValueError: item 3"``."""
    return None if error is None else f"{type(error).__name__}: {error}"
