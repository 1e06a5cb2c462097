"""What a lesson's module displays, caught; a folder of the test's own, and lesson 05 begun in one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """What is displayed while a test runs, as its bundles of MIME types."""
    bundles: list[dict[str, str]] = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw=False: bundles.append(bundle))
    return bundles


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of its own, and no lesson that is being worked on afterwards."""
    from course_utils import withheld

    monkeypatch.chdir(tmp_path)
    yield tmp_path
    withheld.working_on(None)


@pytest.fixture
def work05(folder: Path) -> Iterator[None]:
    """Lesson 05 begun in a folder of the test's own, and ended."""
    import torch

    from course_utils.lessons import graph_optimization

    threads = torch.get_num_threads()
    graph_optimization.begin()
    yield
    torch.set_num_threads(threads)
