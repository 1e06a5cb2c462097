"""A small course to break: one lesson, `01_halves`, complete in every part."""

from __future__ import annotations

import shutil
from pathlib import Path

from course_utils.layout import MARKER, Course

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "tests" / "golden"


def make_sample(root: Path) -> Course:
    """Copy the sample course to ``root``."""
    shutil.copytree(GOLDEN / "solutions", root / "solutions")
    shutil.copytree(GOLDEN / "answers", root / "tests" / "answers")
    shutil.copy(ROOT / MARKER, root)
    return Course(root)
