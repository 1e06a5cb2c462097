"""The sample lesson in a student's hands."""

from __future__ import annotations

import pytest

from course_staff.authoring.release import build
from course_utils.files import write_whole
from course_utils.layout import Course, Lesson


@pytest.fixture(scope="module")
def released(shared_sample: Course) -> str:
    """The sample lesson as a student gets it."""
    (only,) = shared_sample.authored()
    return build(only).release


@pytest.fixture
def lesson(sample: Course, released: str) -> Lesson:
    (only,) = sample.authored()
    write_whole(only.release, released)
    return only
