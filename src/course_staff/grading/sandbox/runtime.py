"""The folders that a sandboxed process needs to import what lessons import."""

from __future__ import annotations

import os
import site
import sys
from pathlib import Path

from course_staff.grading.own_code import packages


def imports() -> str:
    """Return where the course's packages are imported from, as PYTHONPATH says it."""
    return os.pathsep.join(sorted({str(package.parent) for package in packages()}))


def runtime() -> list[str]:
    """Return the folders that Python and its packages, the course's among them, are imported from."""
    wanted = [Path(sys.prefix), Path(sys.base_prefix), *packages(), *map(Path, site.getsitepackages())]
    wanted += [path for path in (Path(sys.executable).resolve().parent,) if path.name == "bin"]
    found = sorted({str(path) for each in wanted for path in (each, each.resolve()) if path.is_dir()})
    parts = [path for path in found if not path.startswith("/usr/") and path != "/usr"]
    return [path for path in parts if not any(path.startswith(other + "/") for other in parts)]


def runtime_below(folder: str) -> list[str]:
    """Return those of the folders that lie below another folder."""
    return [path for path in runtime() if path.startswith(f"{folder}/")]
