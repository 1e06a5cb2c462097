"""The C libraries built before anybody needs them, for a sandbox that may only read them."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from course_utils.c_compiler.cache import GLOBAL, LOCAL, NEEDED, RECORDS, installed, kept, sources
from course_utils.c_compiler.opened import opened_below
from course_utils.c_compiler.running import TARGETS, run

PROBE = "#include <stdio.h>\nint main(void) { return getchar() == EOF; }\n"


def warm() -> None:
    """Build the C libraries that ``FLAGS`` need for every target, where that has not been done here."""
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
        env = os.environ | {GLOBAL: str(kept()), LOCAL: scratch, **sources()}
        source, out = Path(scratch, "probe.c"), Path(scratch, "probe")
        source.write_text(PROBE)
        for target in TARGETS:
            run(source, target, out, env=env)
        source.write_text(f"{PROBE}\n")  # else it is not compiled, and not linked, again
        with opened_below(kept() / RECORDS) as names:
            for target in TARGETS:
                run(source, target, out, env=env)
    half = kept() / "half"
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir()
    for name in names:
        shutil.copy(kept() / RECORDS / name, half)
    half.replace(kept() / NEEDED)
