"""The C libraries built before anybody needs them, for a sandbox that may only read them."""

from __future__ import annotations

import os
import shutil
import tempfile
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
    from filelock import FileLock

    if not installed() or (kept() / NEEDED).is_dir():
        return
    kept().mkdir(parents=True, exist_ok=True)
    with FileLock(kept() / "lock"):
        if not (kept() / NEEDED).is_dir():
            print("The C libraries for lesson 14 are built, once: three minutes.", flush=True)
            _build()


def _build() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        probe = Path(scratch, "probe.c")
        probe.write_text(PROBE)
        _compile(probe, kept())
        with opened_below(kept() / RECORDS) as names:
            _compile(probe, kept())
        half = kept() / "half"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir()
        for _ in range(ROUNDS):
            for name in names & {path.name for path in (kept() / RECORDS).iterdir()}:
                shutil.copy(kept() / RECORDS / name, half)
            names = _built_again(probe, half)
            if not names:
                half.replace(kept() / NEEDED)
                return
    raise CourseError(
        f"{kept()}: the compiler does not find there what it has kept, and builds {len(names)} parts each time; "
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
