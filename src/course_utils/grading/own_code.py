"""Which version of our own code this is."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def own_code() -> str:
    """Return the hash of this package's modules."""
    found = hashlib.sha256()
    root = Path(__file__).resolve().parents[1]
    for path in sorted(root.rglob("*.py")):
        add(found, path.relative_to(root).as_posix().encode())
        add(found, path.read_bytes())
    return found.hexdigest()


def add(found: Any, part: bytes) -> None:
    """Add a part to a hash."""
    # The length keeps one part's end from being another's beginning.
    found.update(len(part).to_bytes(8, "big"))
    found.update(part)
