"""The runners that can carry out an attempt, each in its kind of sandbox."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

from course_staff.grading.attempt import Attempt, Executed
from course_utils.errors import CourseError

SANDBOXES = ("bubblewrap", "container", "none")

Runner = Callable[[Attempt], Executed]


def runner(sandbox: str = "bubblewrap") -> Runner:
    """Return what runs attempts in ``sandbox``; what it keeps warm is shared by all its calls in this process.

    Args:
        sandbox: "bubblewrap", "container", or "none": a plain kernel, which trusts the student with everything.

    Raises:
        CourseError: there is no such sandbox, or it cannot be had here; the sentence says how to get it.
    """
    if sandbox == "none":
        from course_staff.grading.sandbox.plain import run

        return run
    if sandbox not in SANDBOXES:
        raise CourseError(f"--sandbox {sandbox}: no such sandbox; choose {', '.join(SANDBOXES)}.")
    return _runner(sandbox)


@cache
def _runner(sandbox: str) -> Runner:
    from course_staff.grading.sandbox import bubblewrap, container, places
    from course_staff.grading.sandbox.carry_out import carry_out
    from course_staff.grading.sandbox.limits import Limits
    from course_staff.grading.sandbox.warm import Warm

    if sandbox == "container":
        container.check()
        return partial(carry_out, partial(places.in_containers, Limits()))
    warm = Warm(sandbox, bubblewrap.start, bubblewrap.HOW)
    warm.ready()
    return partial(carry_out, partial(places.in_cells, warm, Limits()))
