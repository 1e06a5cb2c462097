"""A student's function, called by a test: what it returned, or why it did not."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from course_utils import expect, tensorrt

Shapes = dict[str, tuple]
TAKES = {
    "parse_from_file()": "str(path): parse_from_file takes one string, and no Path",
    "set_compute_capability()": "set_compute_capability takes a member of trt.ComputeCapability, not its name, and 0",
}


def outcome(call: Callable[..., Any], *args: Any) -> tuple[str, str]:
    """Return the kind of error that call(*args) raises, and its message; ("no error", "") where it returns.

    A class of the student's own counts as the built-in one that it comes from.

    Raises:
        NotImplementedError: the exercise is not yet written.
        NotHere: there is no TensorRT to write it for.
    """
    try:
        call(*args)
    except (NotImplementedError, tensorrt.NotHere):
        raise
    except Exception as error:
        kinds = [kind for kind in type(error).__mro__ if kind.__module__ == "builtins" and kind is not Exception]
        return (type(error) if kinds[0] is BaseException else kinds[0]).__name__, str(error)
    return "no error", ""


def wanted_by(message: str) -> str:
    """Return what a call of TensorRT takes, where an error's message says that its arguments do not fit; else ""."""
    return next((cause for call, cause in TAKES.items() if message.startswith(f"{call}: incompatible")), "")


def returned(
    call: Callable[..., Any],
    *args: Any,
    what: str,
    wanted: str,
    likely: Callable[[str, str], str] = lambda kind, message: "",
) -> Any:
    """Return what call(*args) returns; where it raises, say so, with what likely(kind of error, message) says."""
    made: list[Any] = []
    kind, message = outcome(lambda: made.append(call(*args)))
    cause = wanted_by(message) or likely(kind, message)
    expect.true(kind == "no error", what, expected=wanted, got=f"{kind}: {message}", likely=cause)
    return made[0]


def first_error(heard: tensorrt.Heard) -> str:
    """Return the first error in a log, without its code and its place in TensorRT's source; "" where there is none."""
    told = next(iter(heard.errors()), "").partition(". In ")[0]
    return re.sub(r"^\S+: Error Code \d+: [\w ]+\((\[.*?\] )?", "", told)


def built(build_engine: Callable[..., bytes], path: Path, profile: Shapes, target: str) -> tuple[bytes, str]:
    """Return the engine that build_engine makes, and the log; where it raises, say that, and the log's reason."""
    what = f"build_engine(path, {profile}, {target!r})"
    with tensorrt.listening() as heard:

        def reason(kind: str, message: str) -> str:
            return f"TensorRT's log says: {told}" if (told := first_error(heard)) else ""

        engine = returned(build_engine, path, profile, target, what=what, wanted="an engine", likely=reason)
    return engine, heard.text()


def asked(cache: Any, path: Path, target: str, version: str, engine: bytes) -> tuple[bytes, int]:
    """Return what a cache gives for a build that would give engine, and how often it built."""
    builds: list[str] = []
    return cache.get(path, target, version, lambda: builds.append("built") or engine), len(builds)


def in_words(got: tuple[Any, int], engine: bytes) -> tuple[str, str]:
    """Return what asked() gave, in words where the engine is long."""
    found, builds = got
    others = f"{len(found)} other bytes" if type(found) is bytes else f"a {type(found).__name__}"
    return "the engine" if found == engine else others, f"{builds} builds"


def killed() -> bytes:
    """A build that dies.

    Raises:
        RuntimeError: always.
    """
    raise RuntimeError("killed in the middle of a build")


def changed(data: bytes, place: int) -> bytes:
    """Return data with one bit changed in the byte that is place from the end, where there is one."""
    return data[:-place] + bytes([data[-place] ^ 1]) + data[len(data) - place + 1 :] if len(data) >= place else data


def exchanged(data: bytes) -> bytes:
    """Return data with two neighbours exchanged, the first after its middle that differ."""
    for place in range(len(data) // 2, len(data) - 1):
        if data[place] != data[place + 1]:
            return data[:place] + data[place : place + 2][::-1] + data[place + 2 :]
    return data[:-1]


def damage(folder: Path, how: Callable[[bytes], bytes]) -> None:
    """Damage every file in the folder: how takes its bytes and returns others."""
    for file in [each for each in Path(folder).rglob("*") if each.is_file()]:
        file.write_bytes(how(expect.after(file).read_bytes()))


def file_of(path: Any, what: str) -> Path | str:
    """Return path where it is that of a file; else say what is not."""
    there = isinstance(path, str | Path) and Path(path).is_file()
    likely = "does it end with return?" if path is None else ""
    expect.true(there, what, expected="the path of a file", got=path, likely=likely)
    return path
