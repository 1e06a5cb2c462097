"""The C libraries that ziglang has built, kept for all; where they may only be read, a view of them serves."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

from course_utils.training.keeping import folder, key_of

VARIABLE = "COURSE_C_LIBRARIES"  # names the folder they are kept in, where it is another than that of trained weights
GLOBAL, LOCAL = "ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR"
SOURCES = "ZIG_LIB_DIR"  # of the C libraries; what is built belongs to that path
RECORDS, NEEDED = "h", "needed"  # zig's records of what it has built, and ours of those that a program needs
BUILDING = ("cache", "opened", "running", "warming")  # what is kept depends on how these build it


def installed() -> bool:
    """Say whether the compiler is here."""
    return importlib.util.find_spec("ziglang") is not None


def program() -> Path | None:
    """Return the compiler's own file, by the path that the system knows it by; None where it is not installed."""
    found = importlib.util.find_spec("ziglang")
    return (Path(found.origin).parent / "zig").resolve() if found and found.origin else None


def sources() -> dict[str, str]:
    """Return the setting that says where the libraries' sources are, by one path inside a sandbox and outside."""
    found = program()
    named = os.environ.get(SOURCES)
    return {SOURCES: named or str(found.parent / "lib")} if found else {}


def elsewhere() -> dict[str, str]:
    """Return the setting that says where the libraries are kept, if any does."""
    return {VARIABLE: os.environ[VARIABLE]} if os.environ.get(VARIABLE) else {}


def kept() -> Path:
    """Return the folder that the libraries are kept in; it need not be there."""
    where = hashlib.sha256(sources().get(SOURCES, "").encode()).hexdigest()[:8]
    how = key_of([f"c_compiler/{module}" for module in BUILDING], ["ziglang"] if installed() else [])
    return Path(elsewhere().get(VARIABLE) or folder()) / f"zig-{where}-{how}"


def settings() -> dict[str, str]:
    """Return this process's environment, in which the compiler finds what is kept."""
    return _caches(kept()) | sources() | os.environ


def use_kept_libraries() -> None:
    """Let the compiler, wherever this process starts it, use what is kept, and leave nothing beside a notebook.

    It opens its records for writing. Where the kept ones may only be read, as in grading, it gets copies of them.
    """
    whole = place = kept()
    if not _writable(whole):
        place = Path(tempfile.mkdtemp(prefix="c-libraries-"))
        if whole.is_dir():
            view(whole / NEEDED, place)
    os.environ |= _caches(place) | sources()


def _caches(place: Path) -> dict[str, str]:
    return {GLOBAL: str(place), LOCAL: str(place / "local")}


def view(records: Path, place: Path) -> None:
    """Make of ``place``, an empty folder, what the compiler takes for what is kept, with these records of it alone."""
    (place / "tmp").mkdir()
    shutil.copytree(records, place / RECORDS)
    for part in records.parent.iterdir():
        if part.is_dir() and part.name not in (RECORDS, records.name, NEEDED, "tmp", "local"):
            (place / part.name).symlink_to(part)


def _writable(path: Path) -> bool:
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return True
    except OSError:
        return False
