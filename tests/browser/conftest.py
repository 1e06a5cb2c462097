"""A lab and a browser for one test, torn down whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_driver import Lab, browser_here, chromium, running_lab
from playwright.sync_api import Page

from course_staff.authoring.release import release
from course_utils.layout import Course, Lesson

REPORTS = pytest.StashKey[dict[str, pytest.TestReport]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    item.stash.setdefault(REPORTS, {})[report.when] = report
    return report


@pytest.fixture
def lesson(sample: Course) -> Lesson:
    """The sample course's lesson, released."""
    (only,) = sample.authored()
    release(only)
    return only


@pytest.fixture
def student(lesson: Lesson, tmp_path: Path) -> Iterator[Lab]:
    with running_lab(Course(lesson.root), tmp_path / "home") as lab:
        yield lab


@pytest.fixture
def instructor(lesson: Lesson, tmp_path: Path) -> Iterator[Lab]:
    with running_lab(Course(lesson.root), tmp_path / "home", instructor=True) as lab:
        yield lab


# Never for longer than one test: while Playwright runs, no other event loop can in this thread.
@pytest.fixture
def page(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Page]:
    """An empty page; what it shows when a test fails is kept as `failure.png` in the test's folder."""
    if not browser_here():
        pytest.skip("no browser: neither Chromium nor Chrome is on the PATH")
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        yield page
        call = request.node.stash[REPORTS].get("call")
        if call is not None and call.failed:
            page.screenshot(path=tmp_path / "failure.png")
            print(f"The page when it failed: {tmp_path / 'failure.png'}")
