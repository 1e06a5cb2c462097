"""Services side by side: how long one answered picture takes, in turns, over the first service's."""

from __future__ import annotations

import datetime
from contextlib import ExitStack
from typing import Any

from course_utils.errors import CourseError
from course_utils.images.catalog import Image
from course_utils.images.engine import Engine
from course_utils.images.serving import asked, running
from course_utils.timing import Comparison, compare

ROUNDS, SECONDS = 300, 60.0


def race(engine: Engine, images: list[Image]) -> dict[str, dict[str, Any]]:
    """Run these services all at once, ask one after the other for the same picture, each time by a new connection.

    Returns:
        by image: ``{"over", "ratio", "low", "high", "milliseconds", "date", "hardware"}``: the time of an answer over
        that of the first image's, which is "over", with its 95 % interval; the median time of an answer.

    Raises:
        CourseError: there are fewer than two, one is not built, or a service does not run.
    """
    if len({image.name for image in images}) < 2:
        raise CourseError("race: name two images or more; the first is what the others are compared with.")
    if silent := [image.name for image in images if not image.serves or image.cuda]:
        raise CourseError(f"race: {', '.join(silent)} cannot answer here; name services without CUDA.")
    if absent := [image.name for image in images if not engine.inspect(image.tag)]:
        raise CourseError(f"not built: {', '.join(absent)}; first: course images build {' '.join(absent)}")
    picture = asked()[0][0]
    with ExitStack() as stack:
        services = {image.name: stack.enter_context(running(engine, image))[0] for image in images}
        calls = {name: lambda service=service: service.predict(picture) for name, service in services.items()}
        compared = compare(calls, rounds=ROUNDS, time_limit_s=SECONDS)
    return {name: _record(compared, name) for name in compared.timings}


def row(name: str, answer: dict[str, Any]) -> tuple[str, ...]:
    """Return what ``race`` found of one image as text: its name, milliseconds, ratio and interval."""
    interval = f"{answer['low']:.2g} to {answer['high']:.2g}" if name != answer["over"] else "–"
    return name, f"{answer['milliseconds']:.3g}", f"{answer['ratio']:.2g}", interval


def _record(compared: Comparison, name: str) -> dict[str, Any]:
    ratio = (round(each, 4) for each in compared.ratio(name))
    return {
        "over": compared.first,
        **dict(zip(("ratio", "low", "high"), ratio, strict=True)),
        "milliseconds": round(compared.timings[name].median_ns / 1e6, 4),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "hardware": compared.hardware,
    }
