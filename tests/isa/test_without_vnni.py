"""What is marked `isa` holds on a processor without VNNI, too: a class that is graded on mixed workers gets its marks.

Each answer is to lose the same tests there and here, named one by one, so two workers cannot disagree.
"""

from __future__ import annotations

import os
import subprocess

import pytest
from answers_here import SUITE
from sample_course import ROOT

from course_staff.grading.ledger import versions

MARKED = [path for path in sorted(ROOT.glob("tests/**/test_*.py")) if "\n@pytest.mark.isa" in path.read_text()]

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(3000)]


def without_vnni(*arguments: str | os.PathLike[str]) -> subprocess.CompletedProcess[str]:
    """Run the course's Python on a processor without VNNI."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST") or name == SUITE}
    return subprocess.run([ROOT / ".ci/without_vnni", *arguments], env=env, capture_output=True, text=True)


def test_it_has_none():
    done = without_vnni("-c", "from course_utils.hardware import processor; print(processor().kind)")
    assert done.stdout == "x86-64 without VNNI\n", done.stderr[-2000:]


def test_holds_without_vnni():
    done = without_vnni("-m", "pytest", "-m", "isa", "-p", "no:cacheprovider", "-p", "no:xdist", *MARKED)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


def test_a_worker_without_vnni_is_taken_beside_this_one():
    code = "from course_staff.grading.ledger import versions; print(versions())"
    assert without_vnni("-c", code).stdout.strip() == str(versions())
