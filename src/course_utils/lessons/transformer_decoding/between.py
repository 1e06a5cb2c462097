"""What goes along with a student's function, and sees what lies between calls: objects used again, ways on."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from course_utils.lessons.beside import beside_the_answer
from course_utils.lessons.handed_on import handed_on
from course_utils.lessons.results_kept import changed, copied


@beside_the_answer
def in_same_objects(function: Callable[..., Any], *calls: dict[str, Any]) -> list[Any]:
    """Return what ``function(**call)`` gives for each call, where all calls get the same arrays, dicts and lists.

    What is in them changes from call to call, as weights do in a training: so nothing may be known by its identity.

    Args:
        calls: arguments by name, arrays of the same shapes in all of them.
    """
    held, results = copy.deepcopy(calls[0]), []
    for call in calls:
        _pour(copy.deepcopy(call), held)
        results.append(copied(function(**held)))
    return results


@beside_the_answer
def in_one_array(function: Callable[..., Any], x: Any, count: int) -> Any:
    """Return what a function gives that gets one array as all of its ``count`` arguments."""
    x = x.copy()
    return function(*[x] * count)


@beside_the_answer
def ways_on(
    step: Callable[..., Any], cache: dict[str, Any], params: dict[str, Any], tokens: list[list[int]]
) -> tuple[list[Any], list[str]]:
    """Go on step by step; then, from the last cache to the first, with all other tokens; then once more as at first.

    Each cache is lent as it came, at first before any other has been gone on from.

    Args:
        step: as the student's ``cached_step``.
        tokens: for each place those to go on with, the first of them first.

    Returns:
        logits of the first tokens, both times; in words, which results did not stay, or share memory with an argument.
    """
    made, told = [], []

    def gone_on(token: int, came: dict[str, Any]) -> Any:
        call = {"token": token, "cache": came, "params": params}
        result = step(**call)
        made.append((result, copied(result)))
        told.extend(handed_on(lambda **_: result, call))
        return result

    def along() -> list[Any]:
        caches, logits = [cache], []
        for first, *_ in tokens:
            scores, after = gone_on(first, caches[-1])
            caches.append(after)
            logits.append(copied(scores))
        for (_, *others), came in zip(tokens[::-1], caches[-2::-1], strict=True):
            for token in others:
                gone_on(token, came)
        return logits

    logits = along() + along()
    return logits, told + changed(made, "what call {} gave has changed by the end of all calls", 0, 0)


def _pour(new: Any, old: Any) -> None:
    """Put what is in dicts, lists and arrays into others, which stay the same objects."""
    for key in new if isinstance(new, dict) else range(len(new)):
        if isinstance(new[key], (dict, list)):
            _pour(new[key], old[key])
        elif hasattr(new[key], "shape"):
            old[key][...] = new[key]
        else:
            old[key] = new[key]
