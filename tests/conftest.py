"""What the tests share: this course, a sample course of their own, no silent skips in CI, and tests that need more."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from images_built import built, engine, grader_image  # noqa: F401  # fixtures, made once for all folders
from sample_course import ROOT, make_sample

from course_utils.layout import Course

NOT_RUN = pytest.StashKey[dict[str, list[str]]]()


@pytest.fixture(scope="session")
def course() -> Course:
    """The course itself: to be read, never written."""
    return Course(ROOT)


@pytest.fixture
def sample(tmp_path: Path) -> Course:
    """A fresh sample course."""
    return make_sample(tmp_path / "course")


@pytest.fixture(scope="module")
def shared_sample(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A sample course for all tests of a module, which must not get in each other's way."""
    return make_sample(tmp_path_factory.mktemp("shared") / "course")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped test is a failure: what it needs is installed there."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def has_emulator() -> bool:
    """Whether another x86-64 processor can be emulated; taken for granted on one in CI, where its lack is a failure."""
    on_x86 = platform.machine().lower() in ("x86_64", "amd64")
    return on_x86 and bool(shutil.which("qemu-x86_64") or os.environ.get("CI"))


def has_gpu() -> bool:
    """Whether NVIDIA's driver finds a GPU, asked without importing anything heavy."""
    for name in ("libcuda.so.1", "nvcuda.dll"):
        with suppress(OSError):
            driver, count = ctypes.CDLL(name), ctypes.c_int()
            return driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0 and count.value > 0
    return False


NEEDS = {"gpu": ("a GPU", has_gpu), "emulator": ("qemu-x86_64, on x86-64 (Debian: qemu-user)", has_emulator)}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests marked with what is not here are not run, and the summary names each: no skip, and no silence."""
    lacking = [marker for marker, (_, is_here) in NEEDS.items() if not is_here()]
    lacks = {marker: [item for item in items if item.get_closest_marker(marker)] for marker in lacking}
    config.stash[NOT_RUN] = {marker: [item.nodeid for item in needy] for marker, needy in lacks.items() if needy}
    if needy := [item for each in lacks.values() for item in each]:
        items[:] = [item for item in items if item not in needy]
        config.hook.pytest_deselected(items=needy)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name what was not run."""
    for marker, names in config.stash.get(NOT_RUN, {}).items():
        terminalreporter.section(f"not run: needs {NEEDS[marker][0]}")
        for name in names:
            terminalreporter.line(f"NOT RUN {name}")
