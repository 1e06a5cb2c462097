"""What a cell's processes read about themselves in /proc/self, which there is that of the cell's first one.

A compiler that starts itself again, as ziglang's does, looks up its own file there. Where a lesson compiles, it finds
it: every program in the cell is told that it is the compiler, which nothing else asks.
"""

from __future__ import annotations

import os
from pathlib import Path

from course_staff.grading.sandbox import kernel

_program: Path | None = None


def say_that_it_is(program: Path | None) -> None:
    """Let /proc/self/exe in all cells from now on be this program; None: what it is."""
    global _program
    _program = program


def show(own: Path, place: Path) -> None:
    """Make ``place``, an empty folder, the /proc/self of a cell.

    Args:
        own: the folder in /proc of the cell's first process.

    Raises:
        OSError: the kernel refuses a mount.
    """
    if _program is None:
        kernel.mount(str(own), str(place), None, kernel.MS_BIND)
        return
    for name in os.listdir(own):  # noqa: PTH208
        entry, shown = own / name, place / name
        if entry.is_symlink():
            continue
        if entry.is_dir():
            shown.mkdir()
        else:
            shown.touch()
        kernel.mount(str(entry), str(shown), None, kernel.MS_BIND)
    (place / "exe").symlink_to(_program)
