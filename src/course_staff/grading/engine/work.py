"""What happens on a worker: one attempt at a time, with a runner that stays warm between them."""

from __future__ import annotations

import time
from functools import cache

from course_staff.grading.attempt import Attempt, Executed
from course_staff.grading.ledger import versions
from course_staff.grading.runners import Runner, runner
from course_utils.errors import CourseError


def run(attempt: Attempt, sandbox: str, made_by: str | None) -> tuple[Executed, float]:
    """Return what became of an attempt, and the seconds it took.

    Raises:
        CourseError: this worker is not what the coordinator takes it for (see ``ready``).
    """
    start = time.perf_counter()
    executed = ready(sandbox, made_by)(attempt)
    return executed, time.perf_counter() - start


@cache
def ready(sandbox: str, made_by: str | None) -> Runner:
    """Return this worker's runner; ``made_by`` is the coordinator's ``ledger.versions``, None where both are one.

    Raises:
        CourseError: the sandbox cannot be had here, or this worker's versions are not the coordinator's.
    """
    if made_by is not None and versions() != made_by:
        raise CourseError(
            "a worker has another Python, other packages or another version of this course than this machine, and "
            "marks could differ; install the same on both (constraints.txt) and start the workers again."
        )
    return runner(sandbox)
