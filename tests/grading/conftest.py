"""One sample lesson built once; a classroom for each test, or shared by a module that only reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from classroom import Classroom
from databases import cluster
from lms_archives import zipped
from sample_course import make_sample
from strange import HandIn, handing_in

from course_staff.authoring.release import Built, build
from course_staff.grading.autograde import Grader
from course_staff.grading.collect import collect
from course_staff.grading.key import Key, _key
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


@pytest.fixture(scope="module")
def key(shared_room: Classroom, built: Built) -> Key:
    return _key(shared_room.lesson, built)


@pytest.fixture(scope="module")
def grader(shared_room: Classroom) -> Iterator[Grader]:
    with Grader(shared_room.course, shared_room.lesson) as opened:
        yield opened


@pytest.fixture
def student(request: pytest.FixtureRequest) -> str:
    """A student of the test's own."""
    return "".join(each if each.isalnum() else "-" for each in request.node.name)


@pytest.fixture
def hand_in(grader: Grader, shared_room: Classroom, student: str) -> HandIn:
    return handing_in(shared_room, grader, student)


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


@pytest.fixture
def notebook(room: Classroom) -> bytes:
    """A solved notebook, as a student hands it in."""
    return nbformat.writes(room.solved()).encode()


@pytest.fixture
def take(room: Classroom, tmp_path: Path) -> Callable[..., tuple[dict[str, str], list[str]]]:
    """Collect archives of the files given; return outcomes by student, and what lies in place."""

    def call(*archives_of_files, **options):
        paths = []
        for number, files in enumerate(archives_of_files):
            paths.append(tmp_path / f"download{number}.zip")
            paths[-1].write_bytes(files if isinstance(files, bytes) else zipped(*files, **options))
        results, strange = collect(room.course, room.lesson, paths)
        return {each.student: each.error or each.outcome for each in results}, strange

    return call
