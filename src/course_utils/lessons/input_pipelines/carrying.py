"""Things unlike numbers on their way through a whole pipeline: what goes in, and what functions make of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from course_utils.lessons.beside import beside_the_answer
from course_utils.lessons.input_pipelines.marks import odd_things
from course_utils.lessons.input_pipelines.within import Signs, told, within


@beside_the_answer
def carried(run_pipeline: Callable[..., list], depth: int) -> dict[str, Any]:
    """Run a pipeline of two functions on odd things: the first hands them on, the second the next one in its place.

    Returns:
        "sent": words for the items; "came": for what each function got; "results": for the results; all of them in
        order, "another thing" for what is not the very thing; "error": as text; "hung".
    """
    signs, came = Signs(), ([], [])
    things = {"None": None, "0": 0, "False": False, "nothing": ""} | odd_things()
    words = list(things)

    def word(thing: Any) -> str:
        return next((word for word, one in things.items() if one is thing), "another thing")

    def first(item: Any) -> Any:
        signs()
        came[0].append(word(item))
        return item

    def second(item: Any) -> Any:
        signs()
        came[1].append(word(item))
        return things[words[len(came[1]) % len(words)]]

    ended = within(lambda: run_pipeline([first, second], list(things.values()), depth), signs)
    results = [word(each) for each in ended["value"]] if type(ended["value"]) is list else None
    return {
        "sent": words,
        "came": list(came),
        "results": results,
        "error": told(ended["error"]),
        "hung": ended["hung"],
    }
