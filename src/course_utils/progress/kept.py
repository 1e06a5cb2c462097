"""Outcomes kept by content: what a student has not touched since is not run again."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from course_utils.files import write_whole
from course_utils.layout import MINE
from course_utils.notebook_files import MEGABYTE

LARGEST = 100 * MEGABYTE  # of all that lies beside a notebook; where there is more, nothing is kept


def kept(notebook: Path, cells: list[Any]) -> dict[int, str] | None:
    """Return the failures by the cell's place, as they came last from these very cells; None where they are others."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        entry = json.loads(_place(notebook).read_text(encoding="utf-8"))
        if entry["digest"] == _digest(notebook, cells):
            return {int(place): str(said) for place, said in entry["failures"].items()}
    return None


def last(notebook: Path) -> float | None:
    """Return the points that were counted last, whatever has changed since; None where nobody counted."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        return float(json.loads(_place(notebook).read_text(encoding="utf-8"))["points"])
    return None


def keep(notebook: Path, cells: list[Any], failures: dict[int, str], points: float) -> None:
    """Keep the failures of these cells; a folder that cannot be written to keeps nothing."""
    with suppress(OSError, ValueError):
        entry = {"digest": _digest(notebook, cells), "failures": failures, "points": points}
        write_whole(_place(notebook), json.dumps(entry, indent=1) + "\n")


def _place(notebook: Path) -> Path:
    return notebook.resolve().parents[2] / MINE / "progress" / f"{notebook.parent.name}.json"


def _digest(notebook: Path, cells: list[Any]) -> str:
    """Return the hash of all that outcomes depend on. Raises ValueError where that is too much to read."""
    found = hashlib.sha256(_version().encode())
    for cell in cells:
        found.update(json.dumps([cell.cell_type, cell.source, cell.metadata], sort_keys=True).encode())
    beside = [path for path in sorted(notebook.parent.rglob("*")) if path.is_file() and _counts(path, notebook.parent)]
    if sum(path.stat().st_size for path in beside) > LARGEST:
        raise ValueError("too much to read")
    for path in beside:
        found.update(hashlib.sha256(path.relative_to(notebook.parent).as_posix().encode()).digest())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def _counts(path: Path, folder: Path) -> bool:
    # A lesson's own work folder is written by its cells, each time anew.
    return path.suffix != ".ipynb" and not path.relative_to(folder).parts[0].startswith((".", "work"))


def _version() -> str:
    try:
        return version("lean-inference")
    except PackageNotFoundError:
        return ""
