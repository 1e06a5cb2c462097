"""One sample lesson built once; a classroom for each test, or shared by a module that only reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import nbformat
import pytest
from classroom import Classroom
from databases import cluster
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


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[], str]]:
    with cluster() as database:
        yield database


@pytest.fixture(params=["sqlite", "postgres"])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each gradebook in turn: the course's own SQLite file, or a fresh PostgreSQL database."""
    monkeypatch.delenv("NBGRADER_DB_URL", raising=False)
    if request.param == "postgres":
        monkeypatch.setenv("NBGRADER_DB_URL", request.getfixturevalue("postgres")())
    return request.param
