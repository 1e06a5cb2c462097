"""A helper that is the answer to an exercise rests while its lesson is being worked on; later lessons use it.

This keeps an honest student from being handed the answer by completion. It is no lock: the code can be read.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from course_utils.errors import CourseError

P = ParamSpec("P")
R = TypeVar("R")
_lesson: str | None = None


def working_on(lesson: str | None) -> None:
    """Say which lesson's notebook this is ("06"), as its first code cell does; None ends it."""
    global _lesson
    _lesson = lesson


def answer_to(exercise: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a helper as the answer to an exercise ("6.5"); the package's own code calls what lies beneath it.

    Raises (when the helper is called in that exercise's lesson):
        CourseError: with the exercise that asks for it.
    """
    lesson = f"{int(exercise.partition('.')[0]):02d}"
    asked = (
        f"this is what exercise {exercise} asks you to write; later lessons use the package's, in this one it rests."
    )
    return resting_in(lesson, asked)


def resting_in(lesson: str, why: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a helper that a lesson's ("16") student is not to call; the package's own code calls what lies beneath it.

    Raises (when the helper is called in that lesson):
        CourseError: with ``why``, a sentence.
    """

    def mark(helper: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(helper)
        def resting(*args: P.args, **kwargs: P.kwargs) -> R:
            if _lesson == lesson:
                raise CourseError(f"{helper.__module__.removeprefix('course_utils.')}.{helper.__name__}: {why}")
            return helper(*args, **kwargs)

        return resting

    return mark
