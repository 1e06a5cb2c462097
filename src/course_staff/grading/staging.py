"""A folder replaced in two steps around a commit elsewhere, so that a kill at any moment can be made good.

``stage`` writes the new folder beside the old one, under a name that carries a token. Then the caller commits the
token. Then ``settle`` puts the new folder in place. After a kill, ``recover`` looks for folders that were staged: one
whose token was committed takes its place, any other one goes.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

NEW, OLD = ".new", ".old"


def stage(final: Path, token: str, files: dict[str, bytes]) -> Path:
    """Write ``files``, by relative path, to a folder beside ``final``, and return it; all of it is on the disk."""
    fresh = final.with_name(f".{final.name}.{token}{NEW}")
    discard(fresh)
    try:
        fresh.mkdir(parents=True)
        for name, content in files.items():
            _write(fresh / name, content)
    except BaseException:
        discard(fresh)
        raise
    return fresh


def settle(final: Path, fresh: Path) -> None:
    """Put a staged folder in place of ``final``."""
    old = final.with_name(f".{final.name}{OLD}")
    shutil.rmtree(old, ignore_errors=True)
    if final.exists():
        final.rename(old)
    fresh.rename(final)
    shutil.rmtree(old, ignore_errors=True)


def discard(fresh: Path) -> None:
    """Take a staged folder away."""
    shutil.rmtree(fresh, ignore_errors=True)


def recover(root: Path, name: str, is_committed: Callable[[str, str], bool]) -> None:
    """Finish or undo what a kill left half done with the folders ``root/<owner>/name``.

    Args:
        is_committed: called with owner and token of each folder that was staged.
    """
    for fresh in sorted(root.glob(f"*/.{name}.*{NEW}")):
        owner, token = fresh.parent.name, fresh.name[len(f".{name}.") : -len(NEW)]
        if is_committed(owner, token):
            settle(fresh.with_name(name), fresh)
        else:
            discard(fresh)
    for old in root.glob(f"*/.{name}{OLD}"):
        if not old.with_name(name).exists():
            old.rename(old.with_name(name))
        shutil.rmtree(old, ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
