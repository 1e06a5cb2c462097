"""Two of an answer's at a time: stages beside one another, and a pipeline within a pipeline."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from itertools import pairwise
from queue import Queue
from typing import Any

from course_utils.lessons.beside import beside_the_answer
from course_utils.lessons.input_pipelines.feeding import feed
from course_utils.lessons.input_pipelines.marks import END
from course_utils.lessons.input_pipelines.meeting import met
from course_utils.lessons.input_pipelines.within import Signs, told, within


@beside_the_answer
def abreast(stage: Callable[..., Any], count: int, items: list[int]) -> dict[str, Any]:
    """Run so many stages, each in a thread, one behind the other; the functions of all wait for one another.

    Returns:
        as ``met``.
    """

    def run(functions: list, drawn: Iterable[Any], depth: int) -> list:
        queues = [Queue(depth) for _ in range(len(functions) + 1)]
        work = [(feed, drawn, queues[0], threading.Event())]
        work += [(stage, fn, *ends) for fn, ends in zip(functions, pairwise(queues), strict=True)]
        for each, *given in work:
            threading.Thread(target=each, args=given, daemon=True).start()
        return list(iter(queues[-1].get, END))

    return met(run, count, items, 1)


@beside_the_answer
def nested(run_pipeline: Callable[..., list], items: list[int]) -> dict[str, Any]:
    """Run a pipeline whose two functions each run a pipeline of their own for each item, which adds 1 twice.

    Returns:
        "results"; "error": as text; "hung".
    """
    signs = Signs()

    def adds(item: int) -> int:
        signs()
        return item + 1

    def inner(item: int) -> int:
        return run_pipeline([adds, adds], [item], 1)[0]

    ended = within(lambda: run_pipeline([inner, inner], list(items), 2), signs)
    return {"results": ended["value"], "error": told(ended["error"]), "hung": ended["hung"]}
