"""A C compiler that comes as a Python package: ziglang, for other processors as well as for this one.

It builds a target's C library when that target is first asked for, which takes a minute, and keeps it (``cache``).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from course_utils.c_compiler.cache import installed, program, settings, sources, use_kept_libraries, warm
from course_utils.errors import CourseError
from course_utils.withheld import answer_to

__all__ = ["FLAGS", "TARGETS", "compiled", "installed", "program", "run", "sources", "use_kept_libraries", "warm"]

TARGETS = ("x86_64-linux-musl", "aarch64-linux-musl", "wasm32-wasi")
FLAGS = ("-O2", "-s", "-static")  # others would need C libraries of their own
SECONDS = 300


def run(source: Path, target: str, out: Path, *more: str) -> str:
    """Compile one C file; return what the compiler said where it failed, nothing where it did not.

    Args:
        more: flags beside ``FLAGS``.
    """
    command = [sys.executable, "-m", "ziglang", "cc", "-target", target, *FLAGS, *more, str(source), "-o", str(out)]
    heard = {"capture_output": True, "text": True, "errors": "replace"}
    done = subprocess.run(command, **heard, env=settings(), timeout=SECONDS, check=False)
    return "" if done.returncode == 0 else done.stderr or f"it ended with {done.returncode}"


@answer_to("14.7")
def compiled(source: Path, target: str, out: Path) -> Path:
    """Compile one C file to a static program without debugging information, and return its path.

    Args:
        target: one of ``TARGETS``.

    Raises:
        CourseError: the compiler is not installed, or refuses the file; with its words.
    """
    if not installed():
        raise CourseError("ziglang is not installed; pip install 'lean-inference[edge]' brings it.")
    if said := run(source, target, out):
        raise CourseError(f"{source}: not compiled for {target}.\n{said}")
    return out
