"""Paths below a working folder, as one side may name them to the other."""

from __future__ import annotations

import shutil
from pathlib import Path

DEEPEST = 16


class Refused(ValueError):
    """A change that no honest side would ask for."""


def checked(path: object) -> str:
    """Return a path that stays below the working folder.

    Raises:
        Refused: it leaves the folder, or is no path.
    """
    if type(path) is not str or not 0 < len(path) <= 1_000 or "\0" in path or "\\" in path:
        raise Refused("no path")
    parts = path.split("/")
    if len(parts) > DEEPEST + 1 or any(part in ("", ".", "..") for part in parts):
        raise Refused(f"no path below the working folder: {path[:100]!r}")
    return path


def remove(place: Path) -> None:
    """Remove what is there, if anything: a file, a link, or a folder with all that it holds."""
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)
