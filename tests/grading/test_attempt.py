"""The seam between the engine and what runs a submission."""

import json
import pickle

import pytest
from classroom import code
from marks_of import total

from course_staff.grading.attempt import Attempt
from course_staff.grading.runners import runner
from course_utils.errors import CourseError


def test_an_unknown_sandbox_is_refused():
    with pytest.raises(CourseError, match="no such sandbox; choose bubblewrap, container, none"):
        runner("jail")


def test_attempts_are_plain_data():
    attempt = Attempt("{}", {"a/b.txt": b"x"})
    assert pickle.loads(pickle.dumps(attempt)) == attempt


def test_without_a_sandbox_the_notebook_runs_with_its_files_beside_it():
    import nbformat

    notebook = nbformat.v4.new_notebook(cells=[code("print(open('a/two.txt').read())"), code("1 + 1")])
    executed = runner("none")(Attempt(nbformat.writes(notebook), {"a/two.txt": b"2"}))
    cells = json.loads(executed.notebook)["cells"]
    assert executed.error is None
    assert "".join(cells[0]["outputs"][0]["text"]) == "2\n"
    assert executed.cpu_seconds["kernel"] > 0


def test_a_lost_kernel_is_a_sentence():
    import nbformat

    notebook = nbformat.v4.new_notebook(cells=[code("import os; os._exit(1)")])
    executed = runner("none")(Attempt(nbformat.writes(notebook)))
    assert executed.notebook is None
    assert "ended the Python process" in executed.error


@pytest.mark.parametrize("sandbox", ["bubblewrap", "none"])
def test_a_module_beside_the_notebook_is_the_students_to_import(built, sandbox):
    notebook = json.loads(built.source)
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "half":
            cell["source"] = "from helper import half"
    executed = runner(sandbox)(Attempt(json.dumps(notebook), {"helper.py": b"def half(x): return x / 2"}))
    assert total(executed.notebook) == 20
