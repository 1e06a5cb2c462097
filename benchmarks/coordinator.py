"""What the coordinator of a class can carry: attempts that cost nothing, by workers that it does not pay for."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

from accounting import per_submission, run

from course_staff.grading.engine.fleet import SETTINGS
from course_utils.layout import Course

CLASS = 10_000  # submissions


@contextmanager
def costless_workers(count: int) -> Iterator[str]:
    """Start a Dask scheduler and workers that run an attempt once and give its result ever after; yield the address."""
    import dask
    from distributed import LocalCluster

    settings = SETTINGS | {"distributed.worker.preload": ["costless"]}
    with (
        dask.config.set(settings),
        LocalCluster(n_workers=count, threads_per_worker=1, memory_limit=0, dashboard_address=None) as cluster,
    ):
        yield cluster.scheduler_address


def carried(lesson: str, classes: list[tuple[Course, int]], workers: int) -> dict[str, float]:
    """Grade classes whose attempts cost nothing; their marks mean nothing.

    Args:
        classes: three, each with its size: at the first, the workers do run what they give ever after.

    Returns:
        "per minute": the submissions that the coordinator carries, whoever runs them; "CPU s each": its own.
    """
    with costless_workers(workers) as address:
        command = ["course", "grade", lesson, "--scheduler", address]
        _, less, more = (run(command, course, size) for course, size in classes)
    return per_submission(less, more)


def in_words(coordinator: dict[str, float], per_minute: float, workers: int) -> str:
    """Say how many workers like those measured keep the coordinator busy, and how long a large class takes at least."""
    limit = coordinator["per minute"]
    enough = math.ceil(limit * workers / per_minute)
    return (
        f"The coordinator alone carries {limit:,.0f} a minute ({coordinator['CPU s each']:.3f} CPU s each): "
        f"{enough} workers like these keep it busy, more gain nothing, and {CLASS:,} submissions take "
        f"{CLASS / limit:.0f} minutes with them, {CLASS / per_minute:.0f} with {workers}."
    )
