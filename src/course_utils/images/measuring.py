"""One image measured in every way: its builds, its weight, its service at work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from course_utils.images import records
from course_utils.images.building import base_at_hand, build_three_times
from course_utils.images.catalog import BASE, Image
from course_utils.images.engine import Engine
from course_utils.images.serving import measure as measure_service
from course_utils.images.weighing import weigh


def measure(
    engine: Engine, image: Image, root: Path, progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Return the record of ``image``, built from the course at ``root``; ``course_utils.images`` has its form.

    Images with CUDA are built and weighed, not run.

    Raises:
        CourseError: a build failed, or the service does not answer as the model does.
    """
    builds = build_three_times(engine, image, root, progress)
    record = {**records.described(engine, image, root), "build": builds, **weigh(engine, image.tag, progress)}
    record["run"] = measure_service(engine, image) if image.serves and not image.cuda else None
    return record


def measure_base(engine: Engine, root: Path) -> dict[str, Any]:
    """Return the record of the base image, which is only weighed.

    Raises:
        CourseError: it is not here and cannot be had.
    """
    base_at_hand(engine)
    return {**records.described(engine, None, root), **weigh(engine, BASE)}
