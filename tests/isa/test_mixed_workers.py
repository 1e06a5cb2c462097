"""A class that is graded on mixed workers gets the same marks: tried here, and on a processor without VNNI."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

EMULATED = ("qemu-x86_64", "-cpu", "max")  # AVX2, and never VNNI
CLASSES = {"06": ("quantize_static",)}


def graded(root: Path, number: str, emulator: tuple[str, ...]) -> dict[str, Any]:
    """Return what ``class_here`` tells of this lesson's class."""
    path = os.pathsep.join([str(root / "src"), *filter(None, sys.path)])
    env = os.environ | {"PYTHONPATH": path} | ({"OPENBLAS_CORETYPE": "Haswell"} if emulator else {})
    script = Path(__file__).with_name("class_here.py")
    command = [*emulator, Path(sys.executable).resolve(), script, number, *CLASSES[number]]
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.mark.emulator
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("number", CLASSES)
def test_marks_are_the_same_on_both_kinds(course, number):
    assert shutil.which(EMULATED[0]), f"{EMULATED[0]} is not on the PATH; Debian: apt-get install qemu-user."
    here, emulated = graded(course.root, number, ()), graded(course.root, number, EMULATED)
    assert emulated["kind"] == "x86-64 without VNNI"
    assert emulated["versions"] == here["versions"], "one worker would be refused beside the other"
    marks = [{who: sorted(tests) for who, tests in each["lost"].items()} for each in (here, emulated)]
    assert marks[0] == marks[1], f"{here['kind']}: {here['lost']}\n{emulated['kind']}: {emulated['lost']}"
    assert marks[0]["the solution"] == [] and len(marks[0]) > 5
