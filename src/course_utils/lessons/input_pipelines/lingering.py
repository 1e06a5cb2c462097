"""What would else be seen by chance alone: threads that nobody waited for, and an iterator closed while it works."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from course_utils.lessons.beside import beside_the_answer
from course_utils.lessons.input_pipelines.within import Signs, patient, told, within

QUIET = 0.2  # seconds, within which whoever waits for nobody is back


@beside_the_answer
def left_behind(run_pipeline: Callable[..., list], items: list[int], bad: int | None) -> dict[str, Any]:
    """Run a pipeline whose threads end slowly, each a moment after its work is done.

    Args:
        bad: the item on which the second function fails; None for none.

    Returns:
        "left": threads that were still there when it returned or raised; "results"; "error": as text; "hung".
    """
    signs, found = Signs(), {"left": 0}

    def second(item: int) -> int:
        signs()
        if item == bad:
            raise ValueError(f"item {item}")
        return item

    def run() -> Any:
        before = set(threading.enumerate())
        with _ending_slowly():
            try:
                return run_pipeline([lambda item: item, second], list(items), 2)
            finally:
                found["left"] = len(set(threading.enumerate()) - before)

    ended = within(run, signs)
    return found | {"results": ended["value"], "error": told(ended["error"]), "hung": ended["hung"]}


@beside_the_answer
def interrupted(run_pipeline: Callable[..., list], depth: int) -> dict[str, Any]:
    """Run a pipeline that fails on an item while its generator is still busy with the next, as a camera may be.

    Returns:
        "error": the one that came out, as text; "closed": whether the generator was closed; "hung".
    """
    signs, failed, found = Signs(), threading.Event(), {"closed": False}

    def frames() -> Iterator[int]:
        try:
            yield 0
            patient(failed, signs)
            threading.Event().wait(QUIET)  # by now the error has come out at the other end
            number = 1
            while number < 10_000:
                yield number
                number += 1
        finally:
            found["closed"] = True

    def fails(item: int) -> int:
        signs()
        failed.set()
        raise KeyError(f"item {item}")

    source = frames()
    ended = within(lambda: run_pipeline([fails], source, depth), signs)
    return found | {"error": told(ended["error"]), "hung": ended["hung"]}


@contextmanager
def _ending_slowly() -> Iterator[None]:
    """Let each thread that starts now stay a moment when it is done."""
    run, over = threading.Thread.run, threading.Event()

    def slow(self: threading.Thread) -> None:
        try:
            run(self)
        finally:
            over.wait(QUIET)

    threading.Thread.run = slow
    try:
        yield
    finally:
        threading.Thread.run = run
        over.set()
