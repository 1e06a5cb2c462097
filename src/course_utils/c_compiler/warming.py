"""The C libraries built before anybody needs them, for a sandbox that may only read them."""

from __future__ import annotations

import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from course_utils.c_compiler.cache import GLOBAL, LOCAL, NEEDED, RECORDS, installed, kept, sources, view
from course_utils.c_compiler.opened import opened_below
from course_utils.c_compiler.running import TARGETS, run
from course_utils.errors import CourseError

PROBE = "#include <stdio.h>\nint main(void) { return getchar() == EOF; }\n"
ROUNDS = 3  # the kernel may lose some of what it tells


def warm() -> None:
    """Build the C libraries that ``FLAGS`` need for every target, where that has not been done here.

    Raises:
        CourseError: the compiler refuses, or builds anew what it has kept.
    """
    if installed():
        _warm(kept())


@cache
def _warm(place: Path) -> None:
    from filelock import FileLock

    if _serves(place / NEEDED):
        return
    place.mkdir(parents=True, exist_ok=True)
    with FileLock(place / "lock"):
        if not _serves(place / NEEDED):
            print("The C libraries for lesson 14 are built, once: three minutes.", flush=True)
            shutil.rmtree(place / NEEDED, ignore_errors=True)
            _build(place)


def _serves(records: Path) -> bool:
    """Say whether all is found that was kept: once it is installed anew, even at one path, the compiler finds none."""
    if not records.is_dir():
        return False
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch, "view")
        place.mkdir()
        view(records, place)
        (place / "tmp").rmdir()
        (place / "tmp").touch()  # nothing can be built there, which it says at once
        try:
            _compile(_probe(Path(scratch)), place)
        except CourseError:
            return False
    return True


def _probe(folder: Path) -> Path:
    probe = folder / "probe.c"
    probe.write_text(PROBE)
    return probe


def _build(place: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        probe = _probe(Path(scratch))
        _compile(probe, place)
        with opened_below(place / RECORDS) as names:
            _compile(probe, place)
        half = place / "half"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir()
        for _ in range(ROUNDS):
            for name in names & {path.name for path in (place / RECORDS).iterdir()}:
                shutil.copy(place / RECORDS / name, half)
            names = _built_again(probe, half)
            if not names:
                half.replace(place / NEEDED)
                return
    raise CourseError(
        f"{place}: the compiler does not find there what it has kept, and builds {len(names)} parts each time; "
        "delete that folder, and try once more."
    )


def _built_again(probe: Path, records: Path) -> set[str]:
    """Return the records that the compiler adds where it has these alone: of what it built though it is kept."""
    with tempfile.TemporaryDirectory() as place:
        view(records, Path(place))
        _compile(probe, Path(place))
        return {path.name for path in Path(place, RECORDS).iterdir()} - {path.name for path in records.iterdir()}


def _compile(probe: Path, place: Path) -> None:
    for target in TARGETS:
        with tempfile.TemporaryDirectory() as local:  # a fresh one, or the program is there already
            env = os.environ | {GLOBAL: str(place), LOCAL: local, **sources()}
            if said := run(probe, target, probe.with_suffix(""), env=env):
                raise CourseError(f"{kept()}: the C libraries for {target} could not be built there.\n{said}")
