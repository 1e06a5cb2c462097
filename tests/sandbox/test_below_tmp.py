"""A course below a folder that the sandbox covers is graded all the same, and nothing of it is seen but the package."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sample_course import ROOT
from test_ordinary_user import PLAIN

TRIES = """
import os
def package():
    import course_utils
    return course_utils.__file__
def seen(path): return os.path.exists(path)
def entries(folder): return sorted(os.listdir(folder))
def written(path):
    try:
        open(path, "w")
    except OSError:
        return False
    return True
"""
RUN = """
import json, os, sys
from marks_of import lost
from small_notebooks import notebook
from course_staff.grading.attempt import Attempt
from course_staff.grading.runners import runner
clone, tries = sys.argv[1:]
tests = [f"assert package() == {clone + '/src/course_utils/__init__.py'!r}",
         f"assert not seen({clone + '/solutions'!r})",
         f"assert entries({clone!r}) == ['src']", f"assert not written({clone + '/src/course_utils/seeds.py'!r})",
         "assert written('/tmp/a') and written('here')", "assert seen('/tmp/a')", "assert entries('/dev/shm') == []"]
executed = runner("bubblewrap")(Attempt(notebook(("solution", tries), *[("test", test) for test in tests])))
print(json.dumps([lost(executed.notebook), executed.error, executed.notes]))
"""


@pytest.mark.parametrize("rights", ["as one is", "as an ordinary user"])
def test_a_clone_below_tmp_is_graded_and_shows_nothing_else(tmp_path: Path, rights: str):
    clone = tmp_path / "clone"
    shutil.copytree(
        ROOT / "src" / "course_utils", clone / "src" / "course_utils", ignore=shutil.ignore_patterns("__py*")
    )
    (clone / "solutions").mkdir()
    assert str(clone).startswith("/tmp/")
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(clone / "src"), *(path for path in sys.path if path)])}
    as_user = PLAIN if rights == "as an ordinary user" and os.geteuid() == 0 else []
    command = [*as_user, sys.executable, "-c", RUN, str(clone), TRIES]
    done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("[{}, null, []]\n", 0), done.stderr
