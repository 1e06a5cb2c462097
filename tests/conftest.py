"""What the tests share: this course, a sample course of their own, and no silent skips in CI."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from images_built import built, engine, grader_image  # noqa: F401  # fixtures, made once for all folders
from sample_course import ROOT, make_sample

from course_utils.layout import Course

pytest_plugins = ["needs", "spread", "minutes"]

# A job in the background ignores Ctrl-C, and so would all that the tests start and interrupt.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


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
