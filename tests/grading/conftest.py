"""One sample lesson built once; a classroom for each test, or shared by a module that only reads it."""

from __future__ import annotations

import nbformat
import pytest
from classroom import Classroom
from sample_course import make_sample

from course_utils.authoring.release import Built, build
from course_utils.layout import Course


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(make_sample(tmp_path_factory.mktemp("built") / "course").authored()[0])


@pytest.fixture
def room(sample: Course, built: Built) -> Classroom:
    return Classroom(sample, nbformat.reads(built.release, 4))


@pytest.fixture(scope="module")
def shared_room(shared_sample: Course, built: Built) -> Classroom:
    return Classroom(shared_sample, nbformat.reads(built.release, 4))
