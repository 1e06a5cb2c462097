"""What is tracked: text, released notebooks and pictures; nothing that was built or downloaded."""

from __future__ import annotations

import subprocess
from pathlib import Path

from sample_course import ROOT

MOST = 2**20  # bytes
PICTURES = {".gif", ".png", ".svg"}
GALLERIES = ("docs/", "benchmarks/results/")


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).exists()]


def is_text(path: Path) -> bool:
    try:
        return "\0" not in path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return False


def test_all_that_is_tracked_is_text_or_a_picture_in_its_place():
    pictures = {name for name in tracked() if Path(name).suffix in PICTURES and name.startswith(GALLERIES)}
    assert [name for name in tracked() if name not in pictures and not is_text(ROOT / name)] == []


def test_notebooks_are_the_released_ones():
    released = ("notebooks/", "tests/golden/expected/")
    assert [name for name in tracked() if name.endswith(".ipynb") and not name.startswith(released)] == []


def test_nothing_tracked_is_large():
    assert [name for name in tracked() if (ROOT / name).stat().st_size > MOST] == []
