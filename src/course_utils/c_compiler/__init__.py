"""A C compiler that comes as a Python package: ziglang, for other processors as well as for this one.

It builds a target's C library when that target is first asked for, which takes a minute, and keeps it (``cache``).
"""

from __future__ import annotations

from pathlib import Path

from course_utils.c_compiler.cache import elsewhere, installed, program, sources, use_kept_libraries
from course_utils.c_compiler.running import FLAGS, TARGETS, run
from course_utils.c_compiler.warming import warm
from course_utils.errors import CourseError
from course_utils.withheld import answer_to

__all__ = [
    "FLAGS",
    "TARGETS",
    "compiled",
    "elsewhere",
    "installed",
    "program",
    "run",
    "sources",
    "use_kept_libraries",
    "warm",
]


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
