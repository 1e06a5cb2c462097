"""Which TensorRT: ``tensorrt`` or ``tensorrt_rtx``, and what to say where there is none."""

from __future__ import annotations

import importlib
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from course_utils.errors import CourseError

VARIABLE = "COURSE_TENSORRT"
# tensorrt_rtx first: it builds for GPUs that are not there.
LIBRARIES = ("tensorrt_rtx", "tensorrt")


class NotHere(CourseError):
    """TensorRT cannot be imported here; no fault of the caller's."""


def library(name: str | None = None) -> Any:
    """Return the module ``tensorrt_rtx`` or ``tensorrt``; both answer to the same calls, but for targets.

    Args:
        name: one of ``LIBRARIES``; default: what the variable ``COURSE_TENSORRT`` names, else the first installed.

    Raises:
        NotHere: none is installed, or the one asked for is not; the sentence says what would install it, or that no
            wheel exists for this system.
        CourseError: the name is neither.
    """
    name = name or os.environ.get(VARIABLE)
    if name and name not in LIBRARIES:
        raise CourseError(f"{name!r}: no TensorRT of that name; there are: {', '.join(LIBRARIES)}.")
    why = ""
    for candidate in (name,) if name else LIBRARIES:
        try:
            found = importlib.import_module(candidate)
            if hasattr(found, "Builder"):  # else it is an empty folder of that name
                return found
        except ModuleNotFoundError as error:
            if (error.name or "").split("_libs")[0] not in (candidate, f"{candidate}_bindings"):
                why = str(error)
        except (ImportError, OSError, RuntimeError) as error:  # a library that the linker misses, a damaged wheel
            why = f"{candidate} is installed but cannot be loaded ({_one_line(error)})"
    raise NotHere(_absent(name or "TensorRT", why))


def library_or_stand_in(name: str | None = None) -> Any:
    """Return ``library(name)``; where there is none, a stand-in that raises ``NotHere`` once it is used."""
    try:
        return library(name)
    except NotHere as error:
        return StandIn(str(error))


def usable(trt: Any) -> bool:
    """Return whether this is a library rather than the stand-in for one."""
    return not isinstance(trt, StandIn)


@contextmanager
def counted_where_it_runs() -> Iterator[None]:
    """Let a test pass, with a sentence, whose code gets as far as a TensorRT that is not here.

    What raises anything else, such as an exercise not yet written, fails as everywhere.
    """
    try:
        yield
    except NotHere as error:
        print(f"Not run here, and not counted against you: {error}")


def version(trt: Any) -> str:
    """Return the library's name and version, such as ``tensorrt_rtx 1.7.1.116``: an engine belongs to both."""
    return f"{trt.__name__} {trt.__version__}"


class StandIn:
    """Raises ``NotHere`` at the first use of anything."""

    def __init__(self, why: str) -> None:
        self._why = why

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise NotHere(self._why)


def _absent(name: str, why: str) -> str:
    system, machine = platform.system(), platform.machine()
    if why:
        return f"{name} does not work here: {why}; install it anew, or set {VARIABLE} to the other one."
    if sys.platform == "darwin" or machine.lower() not in ("x86_64", "amd64"):
        return (
            f"{name} is not here, and no wheel of it fits {system} {machine}; build engines on Linux or Windows "
            "with an x86-64 processor, a GPU is not needed for that."
        )
    return f"{name} is not installed; pip install {name if name in LIBRARIES else LIBRARIES[0]}.".replace("_", "-")


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()).rstrip(".")[:200]
