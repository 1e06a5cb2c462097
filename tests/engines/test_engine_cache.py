"""The engine cache: built once, by one process; nothing half is ever loaded; a changed anything is built anew."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import small_models

from course_utils import tensorrt
from course_utils.errors import CourseError
from course_utils.tensorrt.caching import content

PARTS = {"model": "abc", "target": "SM86", "version": "1.7"}
# A process that builds: notes that it began, waits for the file `go`, returns its engine; dies while writing if told.
CHILD = """
import os, pathlib, signal, sys, time
from course_utils import tensorrt
folder, how = sys.argv[1:]
def build():
    with open("built", "a") as notes:
        notes.write("x")
    while how == "waits" and not os.path.exists("go"):
        time.sleep(0.01)
    return b"engine " * 100_000
if how == "dies":
    whole = pathlib.Path.write_bytes
    def half(path, data):
        whole(path, data[: len(data) // 2])
        os.kill(os.getpid(), signal.SIGKILL)
    pathlib.Path.write_bytes = half
engine = tensorrt.EngineCache(folder).get("net", {"model": "abc", "target": "SM86", "version": "1.7"}, build)
print(len(engine))
"""
ENGINE = b"engine " * 100_000


@pytest.fixture
def start(tmp_path):
    """Start processes that build; whoever is left at the end is ended."""
    started = []

    def run(how: str) -> subprocess.Popen:
        command = [sys.executable, "-c", CHILD, str(tmp_path / "cache"), how]
        started.append(subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield run
    for child in started:
        child.kill()
        child.communicate()


def wait_for(what) -> None:
    deadline = time.monotonic() + 60
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def builds(tmp_path: Path) -> int:
    return len((tmp_path / "built").read_text()) if (tmp_path / "built").exists() else 0


def counting(engine: bytes = b"engine"):
    def build() -> bytes:
        build.calls += 1
        return engine

    build.calls = 0
    return build


def test_built_once_and_kept_for_the_next_process(tmp_path):
    build = counting()
    for _ in range(2):
        assert tensorrt.EngineCache(tmp_path / "new" / "cache").get("net", PARTS, build) == b"engine"
    assert build.calls == 1
    reordered = dict(reversed(PARTS.items()))
    assert tensorrt.EngineCache(tmp_path / "new" / "cache").get("net", reordered, build) == b"engine"
    assert build.calls == 1


@pytest.mark.parametrize("part", PARTS)
def test_each_part_of_the_key_counts(tmp_path, part):
    cache, first, second = tensorrt.EngineCache(tmp_path), counting(b"first"), counting(b"second")
    assert cache.get("net", PARTS, first) == b"first"
    assert cache.get("net", PARTS | {part: "other"}, second) == b"second"
    assert cache.get("net", PARTS, first) == b"first"
    assert (first.calls, second.calls) == (1, 1)


def test_the_file_is_an_engine_and_its_name_says_of_what(tmp_path):
    tensorrt.EngineCache(tmp_path).get("my net/SM86", PARTS, counting())
    (path,) = tmp_path.glob("*.engine")
    assert path.name.startswith("my_net_SM86-")
    assert path.read_bytes() == b"engine"


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: b"X" + data[1:], lambda data: b""])
def test_a_damaged_file_is_found_out_and_replaced(tmp_path, damage):
    build = counting()
    tensorrt.EngineCache(tmp_path).get("net", PARTS, build)
    (path,) = tmp_path.glob("*.engine")
    path.write_bytes(damage(path.read_bytes()))
    assert tensorrt.EngineCache(tmp_path).get("net", PARTS, build) == b"engine"
    assert build.calls == 2
    assert [file.read_bytes() for file in tmp_path.glob("*.engine")] == [b"engine"]


def test_a_build_that_fails_leaves_nothing_and_is_tried_again(tmp_path):
    def fails():
        raise CourseError("net.onnx: no.")

    with pytest.raises(CourseError, match="no"):
        tensorrt.EngineCache(tmp_path).get("net", PARTS, fails)
    assert not list(tmp_path.glob("*.engine"))
    assert tensorrt.EngineCache(tmp_path).get("net", PARTS, counting()) == b"engine"


def test_of_two_processes_one_builds_and_the_other_waits(tmp_path, start):
    first = start("waits")
    wait_for(lambda: builds(tmp_path) == 1)
    second = start("waits")
    with pytest.raises(subprocess.TimeoutExpired):  # long enough to import and to ask, were there no lock
        second.wait(3)
    assert builds(tmp_path) == 1
    (tmp_path / "go").touch()
    assert [child.communicate(timeout=60)[0].strip() for child in (first, second)] == [str(len(ENGINE))] * 2
    assert builds(tmp_path) == 1


def test_a_builder_that_is_killed_frees_the_lock_for_the_next(tmp_path, start):
    killed = start("waits")
    wait_for(lambda: builds(tmp_path) == 1)
    os.kill(killed.pid, signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    (tmp_path / "go").touch()
    assert tensorrt.EngineCache(tmp_path / "cache").get("net", PARTS, counting(ENGINE)) == ENGINE


def test_an_engine_half_written_by_a_killed_process_is_never_loaded(tmp_path, start):
    assert start("dies").wait() == -signal.SIGKILL
    left = [path for path in (tmp_path / "cache").iterdir() if path.stat().st_size]
    assert [path.stat().st_size for path in left] == [len(ENGINE) // 2]  # it really was in the middle
    build = counting(ENGINE)
    assert tensorrt.EngineCache(tmp_path / "cache").get("net", PARTS, build) == ENGINE
    assert build.calls == 1
    assert not left[0].exists()


def test_external_data_is_part_of_the_model(tmp_path):
    path = small_models.with_weights_outside(tmp_path / "net.onnx", 1.0)
    graph, before = path.read_bytes(), content(path)
    small_models.with_weights_outside(path, 2.0)
    assert path.read_bytes() == graph  # only the weights differ
    assert content(path) != before


def test_real_engines_by_model_target_profile_and_version(tmp_path, monkeypatch):
    trt = pytest.importorskip("tensorrt_rtx")
    path = small_models.write(small_models.DENSE, tmp_path / "net.onnx")
    cache, shapes = tensorrt.EngineCache(tmp_path / "cache"), {"x": small_models.DENSE_SHAPES}
    kept = lambda: len(list((tmp_path / "cache").glob("*.engine")))  # noqa: E731
    first = cache.engine(path, shapes, "SM86")
    assert cache.engine(path, {"x": [list(shape) for shape in small_models.DENSE_SHAPES]}, "SM86") == first
    assert kept() == 1
    cache.engine(path, shapes, "SM89")
    cache.engine(path, {"x": ((1, 8), (2, 8), (4, 8))}, "SM86")
    assert kept() == 3
    small_models.write(small_models.DENSE.replace("Relu", "Tanh"), path)
    assert cache.engine(path, shapes, "SM86") != first
    assert kept() == 4
    monkeypatch.setattr(trt, "__version__", "1.8.0")
    cache.engine(path, shapes, "SM86")
    assert kept() == 5


def test_what_cannot_be_built_is_said_and_not_kept(tmp_path):
    pytest.importorskip("tensorrt_rtx")
    cache = tensorrt.EngineCache(tmp_path / "cache")
    with pytest.raises(CourseError, match="no such file"):
        cache.engine(tmp_path / "absent.onnx", target="SM86")
    moved = small_models.with_weights_outside(tmp_path / "moved.onnx", 1.0)
    (tmp_path / "w.bin").unlink()
    with pytest.raises(CourseError, match=r"its weights are in w\.bin, which is not beside it"):
        cache.engine(moved, {"x": small_models.DENSE_SHAPES}, "SM86")
    path = small_models.write(small_models.RELU, tmp_path / "net.onnx")
    with pytest.raises(CourseError, match="has a free axis and no profile"):
        cache.engine(path, target="SM86")
    assert not list((tmp_path / "cache").glob("*.engine"))
