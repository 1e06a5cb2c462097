"""What a student has not touched since is told again and not run again; what is missing does not count as done."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from own_work import HALF, QUARTER, states, write

from course_utils.layout import Lesson
from course_utils.progress import progress
from course_utils.progress.kept import last

LOOP = "def half(x):\n    while True:\n        pass"


def ran(lesson: Lesson, **options) -> int:
    """Count; return how many cells ran."""
    steps = []
    progress(lesson.release, 2, lambda done, total: steps.append(done), **options)
    return len(steps)


def test_it_runs_once(lesson: Lesson):
    write(lesson, half=HALF)
    assert ran(lesson) > 0
    assert ran(lesson) == 0
    assert states(progress(lesson.release)) == ["done", "not written"]
    assert last(lesson.release) == 15
    assert ran(lesson, again=True) > 0


@pytest.mark.parametrize("change", ["cell", "file beside it", "file of another name"])
def test_whatever_could_change_an_outcome_makes_it_run(lesson: Lesson, change):
    helper = lesson.release.parent / "helper.py"
    helper.write_text("x = 1")
    write(lesson, half=HALF)
    ran(lesson)
    if change == "cell":
        write(lesson, quarter=QUARTER)
    elif change == "file beside it":
        helper.write_text("x = 2")
    else:
        helper.rename(helper.with_name("other.py"))
    assert ran(lesson) > 0


def test_what_cells_write_and_show_changes_nothing(lesson: Lesson):
    write(lesson, half=HALF)
    ran(lesson)
    notebook = json.loads(lesson.release.read_text())
    notebook["cells"][1] |= {"outputs": [{"output_type": "stream", "name": "stdout", "text": "seen"}]}
    lesson.release.write_text(json.dumps(notebook))
    (lesson.release.parent / "work01").mkdir()
    (lesson.release.parent / "work01" / "net.onnx").write_text("net")
    assert ran(lesson) == 0


def test_what_depends_on_the_machine_is_not_kept(lesson: Lesson):
    write(lesson, half=LOOP)
    assert ran(lesson) > 0
    assert ran(lesson) > 0


def test_a_damaged_entry_is_no_entry(lesson: Lesson):
    write(lesson, half=HALF)
    ran(lesson)
    (place,) = (lesson.root / ".course" / "progress").iterdir()
    place.write_text("{")
    assert last(lesson.release) is None
    assert ran(lesson) > 0


def test_a_deleted_test_still_counts(lesson: Lesson):
    write(lesson, half=HALF)
    notebook = json.loads(lesson.release.read_text())
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] != "half_odd"]
    lesson.release.write_text(json.dumps(notebook))
    first, _ = progress(lesson.release)
    assert (first.state, first.points) == ("failing", 15)
    assert first.message.startswith("a test was deleted here")


def test_a_renamed_notebook_is_named(lesson: Lesson):
    lesson.release.rename(lesson.release.with_name("mine.ipynb"))
    code = "from course_utils.cli import main; main(prog_name='course')"
    done = subprocess.run([sys.executable, "-c", code, "progress"], cwd=lesson.root, capture_output=True, text=True)
    assert done.returncode == 1
    assert Path("01_halves/halves.ipynb: no such file but mine.ipynb; call it halves.ipynb.").name in done.stderr
