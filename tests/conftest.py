"""What the tests share: this course, a sample course of their own, no silent skips in CI, and tests that need a GPU."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from pathlib import Path

import pytest
from images_built import built, engine, grader_image  # noqa: F401  # fixtures, made once for all folders
from sample_course import ROOT, make_sample

from course_utils.layout import Course

NOT_RUN = pytest.StashKey[list[str]]()


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


def has_gpu() -> bool:
    """Whether NVIDIA's driver finds a GPU, asked without importing anything heavy."""
    for name in ("libcuda.so.1", "nvcuda.dll"):
        with suppress(OSError):
            driver, count = ctypes.CDLL(name), ctypes.c_int()
            return driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0 and count.value > 0
    return False


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a GPU, tests marked ``gpu`` are not run, and the summary names each: no skip, and no silence."""
    needy = [] if has_gpu() else [item for item in items if item.get_closest_marker("gpu")]
    config.stash[NOT_RUN] = [item.nodeid for item in needy]
    if needy:
        items[:] = [item for item in items if item not in needy]
        config.hook.pytest_deselected(items=needy)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name what was not run."""
    if names := config.stash.get(NOT_RUN, []):
        terminalreporter.section("not run: needs a GPU")
        for name in names:
            terminalreporter.line(f"NOT RUN {name}")
