"""Images built once for all tests, on the engine that the docker client finds; without one these tests are not run."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sample_course import ROOT

from course_utils.errors import CourseError
from course_utils.images import Engine, find
from course_utils.images.building import build
from course_utils.images.catalog import IMAGES, Image, for_lesson

LESSON = "01_xor_and_adam"


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The engine; in CI its absence is a failure, as every skip there."""
    try:
        return find()
    except CourseError as error:
        pytest.skip(f"images are not tested: {error}")


@pytest.fixture(scope="session")
def built(engine: Engine) -> Callable[[str], Image]:
    """Build an image by name, once."""
    done: dict[str, Image] = {}

    def call(name: str) -> Image:
        if name not in done:
            image = for_lesson(IMAGES[name], LESSON)
            build(engine, image, ROOT)
            done[name] = image
        return done[name]

    return call


@pytest.fixture(scope="session")
def grader_image(built: Callable[[str], Image]) -> str:
    """The image that `--sandbox container` runs attempts in, made from this course."""
    return built("grader").tag
