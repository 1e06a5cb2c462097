"""The compiler called: for which targets, with which flags, and what it says where it fails."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from course_utils.c_compiler.cache import settings

TARGETS = ("x86_64-linux-musl", "aarch64-linux-musl", "wasm32-wasi")
FLAGS = ("-O2", "-s", "-static")  # others would need C libraries of their own
SECONDS = 300


def run(source: Path, target: str, out: Path, *more: str, env: Mapping[str, str] | None = None) -> str:
    """Compile one C file; return what the compiler said where it failed, nothing where it did not.

    Args:
        more: flags beside ``FLAGS``.
        env: the compiler's environment; without it this process's, in which it finds what is kept.
    """
    files = [str(source.resolve()), "-o", str(out.resolve())]
    command = [sys.executable, "-m", "ziglang", "cc", "-target", target, *FLAGS, *more, *files]
    heard = {"capture_output": True, "text": True, "errors": "replace"}
    place = out.resolve().parent  # libraries below the folder one stands in would have another name in what is kept
    done = subprocess.run(command, **heard, cwd=place, env=env or settings(), timeout=SECONDS, check=False)
    return "" if done.returncode == 0 else done.stderr or f"it ended with {done.returncode}"
