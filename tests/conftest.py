"""What the tests share: this course, and a small sample course of their own to break."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from course_utils.layout import Course

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def course() -> Course:
    """The course itself: to be read, never written."""
    return Course(ROOT)


@pytest.fixture
def sample(tmp_path: Path) -> Course:
    """A fresh copy of the sample course, with one lesson, `01_halves`."""
    root = tmp_path / "course"
    shutil.copytree(ROOT / "tests" / "golden" / "solutions", root / "solutions")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    return Course(root)
