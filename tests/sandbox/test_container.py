"""The sandbox of containers: it earns what is due and leaves nothing, or it is refused with a sentence."""

import json
import os
import shutil
import subprocess
import sys
import time

import nbformat
import pytest
from compiling import COMPILING
from marks_of import lost, total
from small_notebooks import notebook

from course_staff.authoring.release import build
from course_staff.grading.attempt import Attempt
from course_staff.grading.marks import final_score, gradebook
from course_staff.grading.runners import runner
from course_staff.grading.sandbox import container
from course_staff.grading.sandbox.limits import Limits
from course_utils.converters import configuration
from course_utils.errors import CourseError

HONEST = Attempt(notebook(("solution", "def f(): return 1"), ("test", "assert f() == 1")))
NEEDS = frozenset({"torch"})

pytestmark = pytest.mark.timeout(1800)  # the first of them waits for the image


@pytest.fixture(scope="module")
def lesson(shared_sample):
    return build(shared_sample.authored()[0])


@pytest.fixture
def left(engine):
    return lambda: engine.run("ps", "--all", "--quiet", "--filter", "name=^grade-")


def until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.2)
    return condition()


def test_the_solution_and_the_release_earn_what_is_due(grader_image, lesson, left):
    run = runner("container")
    assert lost(run(Attempt(lesson.source)).notebook) == {}
    assert total(run(Attempt(lesson.release)).notebook) == 0
    assert not left()


def test_a_process_that_ends_loses_the_tests_from_there_on(grader_image, left):
    # The child keeps the wire open, so that its end alone tells nobody.
    ends = "def g():\n    import os, time\n    if os.fork():\n        os._exit(0)\n    time.sleep(4321)"
    cells = [("solution", "def f(): return 1"), ("solution", ends), ("test", "assert f() == 1")]
    cells += [("test", "assert g() is None"), ("test", "assert f() == 1")]
    executed = runner("container")(Attempt(notebook(*cells), timeout=30))
    assert set(lost(executed.notebook)) == {"test3", "test4"}
    assert executed.notes[0].startswith("the student's process is gone: the connection was closed")
    assert not left()


@pytest.mark.timeout(180)
def test_a_process_that_stops_reading_keeps_nobody_from_ending_it(grader_image, left):
    stops = "import os, signal, threading\n"
    stops += "def f(x): threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGSTOP)).start()"
    asks = "import time\nf(0)\ntime.sleep(1)\nf(bytes(10_000_000))"
    executed = runner("container")(Attempt(notebook(("solution", stops), ("test", asks), ("test", "f")), timeout=4))
    assert set(lost(executed.notebook)) == {"test1", "test2"}
    assert executed.notes[0].startswith("the student's process is gone: could not be interrupted")
    assert not left()


def test_what_is_large_comes_through_both_ways(grader_image):
    given = "import numpy as np\ndef f(x): return x * 2"
    test = "import numpy as np\nx = np.arange(1_000_000.0)\nassert (f(x) == x * 2).all()\nprint('y' * 200_000)"
    executed = runner("container")(Attempt(notebook(("solution", given), ("test", test))))
    assert lost(executed.notebook) == {}
    assert executed.notes == ()
    assert sum(len(output["text"]) for output in json.loads(executed.notebook)["cells"][1]["outputs"]) > 100_000


def test_what_lessons_13_and_14_are_graded_with_is_in_the_image(grader_image):
    assert lost(runner("container")(Attempt(COMPILING)).notebook) == {}
    imports = "import executorch, fastapi, httpx, uvicorn"
    book = notebook(("solution", f"def f():\n    {imports}"), ("test", f"{imports}\nassert f() is None"))
    assert lost(runner("container")(Attempt(book)).notebook) == {}


def test_nothing_outlives_a_runner_that_is_killed(grader_image, left):
    code = (
        "from small_notebooks import notebook\n"
        "from course_staff.grading.attempt import Attempt\n"
        "from course_staff.grading.runners import runner\n"
        "cells = ('solution', 'while True: pass'), ('test', '1')\n"
        "runner('container')(Attempt(notebook(*cells), timeout=300))\n"
    )
    paths = {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", code], env=os.environ | paths) as process:
        assert until(lambda: len(left().split()) == 2)
        process.kill()
    assert until(lambda: not left())


def test_a_class_is_graded(grader_image, sample, lesson, left):
    answers = {"ada": {}, "bob": {"half": "def half(x): return 0"}, "eve": {"half": "import os\nos._exit(0)"}}
    (chosen,) = sample.authored()
    solved = build(chosen).source
    for student, cells in answers.items():
        submitted = nbformat.reads(solved, 4)
        for cell in submitted.cells:
            cell.source = cells.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
        folder = sample.root / "grading" / "submitted" / student / chosen.id
        folder.mkdir(parents=True)
        nbformat.write(submitted, folder / f"{chosen.slug}.ipynb")
    course = [sys.executable, "-c", "from course_utils.cli import main; main(prog_name='course')"]
    command = [*course, "grade", "01", "--sandbox", "container"]
    done = subprocess.run(command, cwd=sample.root, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 of 3 graded" in done.stdout
    with gradebook(configuration(sample.root)) as book:
        marks = {each.student_id: final_score(each) for each in book.assignment_submissions(chosen.id)}
    assert marks == {"ada": 20, "bob": 0, "eve": 0}
    assert not left()


def test_an_image_with_other_code_is_refused(engine, grader_image, monkeypatch, tmp_path, left):
    changed = tmp_path / "errors.py"
    changed.write_text("class CourseError(Exception): pass\n")
    where = "import course_utils.errors; print(course_utils.errors.__file__)"
    inside = engine.run("run", "--rm", "--entrypoint=python", grader_image, "-c", where)
    other, made = "lean-inference/other-grader", engine.run("create", grader_image)
    try:
        engine.run("cp", str(changed), f"{made}:{inside}")
        engine.run("commit", made, other)
        monkeypatch.setenv(container.VARIABLE, other)
        with pytest.raises(CourseError, match="holds another version of this course; build it with `course images"):
            runner("container")(HONEST)
    finally:
        engine.run("rm", "--force", made)
        engine.run("image", "rm", "--force", other)
    assert not left()


def test_an_image_without_the_course_is_refused_with_its_last_words(grader_image, monkeypatch, left):
    monkeypatch.setenv(container.VARIABLE, "python:3.11-slim-bookworm")
    with pytest.raises(CourseError, match=r"could not be started \(.*No module named 'course_staff'"):
        runner("container")(HONEST)
    assert not left()


def test_a_role_that_fails_before_it_begins_says_why(grader_image, left):
    with (
        container.Container("nobody", frozenset(), Limits()) as made,
        pytest.raises(CourseError, match=r"could not be started \(KeyError: 'nobody'\)"),
    ):
        made.ready(time.monotonic() + 60)
    assert not left()


def test_without_the_image_it_is_refused(engine, monkeypatch):
    monkeypatch.setenv(container.VARIABLE, "lean-inference/none-of-that-name")
    with pytest.raises(CourseError, match=r"no image lean-inference/none-of-that-name; start .*course images build"):
        container.check()


def test_without_docker_it_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CourseError, match="docker is not on the PATH; install it"):
        container.check()


@pytest.mark.skipif(shutil.which("docker") is None, reason="no docker client is on the PATH")
def test_without_an_engine_it_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(CourseError, match="the Docker engine does not answer; start Docker"):
        container.check()


def test_the_command_that_builds_the_image_is_one_that_there_is():
    from click.testing import CliRunner

    from course_utils.cli import main

    assert "course images build grader" in container.HOW
    assert "Build images" in CliRunner().invoke(main, ["images", "build", "--help"]).output


def test_the_walls():
    words = container.command("student", NEEDS, "name", Limits())
    for wall in ("--network=none", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"):
        assert wall in words
    assert not any(word.startswith(("-v", "--volume", "--mount", "--privileged")) for word in words)
    assert any(word.startswith("--pids-limit=") for word in words)
    assert any(word.startswith("--memory=") for word in words)
    assert "--log-driver=none" in words
