"""Files written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from course_utils.errors import CourseError


def write_whole(path: Path, text: str) -> None:
    """Replace ``path`` by ``text``, making its folder; a reader sees the old file or the new one, never a half."""
    with replacing(path) as half:
        half.write_text(text, encoding="utf-8", newline="\n")


@contextmanager
def replacing(path: Path, suffix: str = "") -> Iterator[Path]:
    """Yield a file beside ``path`` to write to, which takes its place at the end, or goes where the block fails.

    A ``CourseError`` of the block that is about the file yielded names ``path`` instead, which is what a person knows.

    Args:
        suffix: how the file's name ends, for writers that look at it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=suffix)
    os.close(handle)
    half = Path(name)
    try:
        yield half
        half.chmod(0o644)
        half.replace(path)
    except CourseError as error:
        error.args = tuple(str(told).replace(name, str(path)) for told in error.args)
        raise
    finally:
        half.unlink(missing_ok=True)
