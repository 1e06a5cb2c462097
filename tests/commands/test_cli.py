"""The command `course`, as a person runs it: what it prints, and its exit code."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
import zipfile

import nbformat
import pytest
from rich.console import Console

from course_utils import terminal

COMMANDS = ("lab", "progress", "release", "check", "bundle", "collect", "grade", "feedback", "export", "leaderboard")


@pytest.fixture
def run(sample):
    """Run `course` in the sample course."""

    def call(*arguments: str, cwd=sample.root) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from course_utils.cli import main; main(prog_name='course')", *arguments]
        env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "NBGRADER"))}
        return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True)

    return call


def submit(sample, student: str, **answers: str) -> None:
    lesson = sample.authored()[0]
    notebook = nbformat.read(lesson.release, 4)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = answers.get(name, cell.source)
    folder = sample.root / "grading" / "submitted" / student / lesson.id
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / "halves.ipynb")


def test_help_names_every_command(run, tmp_path):
    shown = run("--help", cwd=tmp_path)
    assert shown.returncode == 0
    for command in COMMANDS:
        assert f"\n  {command} " in shown.stdout
        assert run(command, "--help", cwd=tmp_path).returncode == 0


def test_help_loads_nothing_heavy(run):
    code = (
        "import sys\nfrom course_utils.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'torch', 'numpy', 'nbgrader', 'nbformat', 'jupytext', 'IPython', 'rich', 'matplotlib', 'sqlalchemy',"
        " 'distributed'}\n"
        "print('loaded:', sorted(heavy & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.endswith("loaded: []\n")


def test_outside_a_course_every_command_says_so(run, tmp_path):
    for command in (["release"], ["grade", "01"], ["export"], ["progress"]):
        shown = run(*command, cwd=tmp_path)
        assert shown.returncode == 1
        assert shown.stderr.startswith("Error: ")
        assert "change into the course's folder" in shown.stderr


def test_release_then_check_it(run, sample):
    stale = run("release", "--check")
    assert (stale.returncode, stale.stderr) == (
        1,
        "Error: stale: 01_halves; run `course release 01_halves` and commit.\n",
    )
    assert run("release").stdout == "01_halves: written\n"
    assert run("release", "01").stdout == "01_halves: unchanged\n"
    assert run("release", "--check").returncode == 0
    text = sample.authored()[0].text
    text.write_text(text.read_text().replace("a float in", "a number in"))
    assert run("release", "--check").returncode == 1


def test_check_prints_a_table_and_names_what_is_broken(run, sample):
    good = run("check", "01_halves")
    assert good.returncode == 0, good.stderr
    (row,) = [line.split() for line in good.stdout.splitlines() if "01_halves" in line]
    assert row[:-1] == ["01_halves", "20/20", "0/20", "8/8", "0/0", "2/2", "25/25"]
    text = sample.authored()[0].text
    text.write_text(text.read_text().replace("assert half(-7) == -3.5", "assert half(-7) == 3.5"))
    broken = run("check", "01")
    assert broken.returncode == 1
    assert "15/20" in broken.stdout
    assert "01_halves: the solution loses half_odd" in broken.stderr


def test_a_class_from_release_to_marks(run, sample):
    run("release")
    submit(sample, "ada", half="def half(x):\n    return x / 2", quarter="def quarter(x):\n    return x / 4")
    submit(sample, "bob", half="def half(x):\n    return x // 2")
    graded = run("grade", "01")
    assert graded.returncode == 0, graded.stderr
    ada, bob, summary = graded.stdout.splitlines()
    assert ada.startswith("ada: 20 of 20 in ")
    assert bob.startswith("bob: 10 of 20 in ")
    assert summary == "2 of 2 graded"

    written = run("feedback", "01")
    assert written.stdout.splitlines() == [
        f"{name}: grading/feedback/{name}/01_halves/halves.html" for name in ("ada", "bob")
    ]
    assert "half(-7)" not in (sample.root / "grading/feedback/bob/01_halves/halves.html").read_text().replace(
        "half(-7) is", ""
    )

    assert run("export").stdout == "marks written to grading/marks.csv\n"
    with (sample.root / "grading" / "marks.csv").open() as file:
        marks = {row["student"]: float(row["score"]) for row in csv.DictReader(file)}
    assert marks == {"ada": 20, "bob": 10}


def test_one_bad_submission_is_named_and_hurts_nobody(run, sample):
    run("release")
    submit(sample, "ada", half="def half(x):\n    return x / 2")
    submit(sample, "bad")
    (sample.root / "grading/submitted/bad/01_halves/halves.ipynb").write_text("{")
    graded = run("grade", "01")
    assert graded.returncode == 1
    assert "ada: 15 of 20" in graded.stdout
    assert "bad: not graded: " in graded.stdout
    assert graded.stderr == "Error: not graded: bad; the rows above say why.\n"


def test_nothing_to_grade_and_nothing_graded(run):
    run("release")
    assert "nothing to grade: no folder grading/submitted/<student>/01_halves" in run("grade", "01").stderr
    assert run("feedback", "01").returncode == 1


def test_progress_of_a_student(run, sample):
    run("release")
    lesson = sample.authored()[0]
    notebook = nbformat.read(lesson.release, 4)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "half":
            cell.source = "def half(x):\n    return x // 2"
    nbformat.write(notebook, lesson.release)
    shown = run("progress")
    assert shown.returncode == 0, shown.stderr
    assert "01_halves: 10 of 20 points by the visible tests" in shown.stdout
    rows = [line.split() for line in shown.stdout.splitlines() if line.strip().startswith("1.")]
    assert rows[0][:4] == ["1.1", "Halve", "15", "failing"]
    assert rows[1] == ["1.2", "Halve", "again", "5", "not", "written"]


def test_collect_says_what_happened_to_each(run, sample, tmp_path):
    run("release")
    download = tmp_path / "Lesson 1.zip"
    with zipfile.ZipFile(download, "w") as archive:
        archive.write(sample.authored()[0].release, "Ada Lovelace_4711_assignsubmission_file/halves.ipynb")
        archive.writestr("Mal_666_assignsubmission_file/work.zip", b"no archive")
        archive.writestr("notes.txt", b"")
    collected = run("collect", "01", str(download))
    assert collected.returncode == 1
    assert collected.stdout.splitlines()[-1] == "1 of 2 collected for 01_halves"
    assert re.search(r"Ada Lovelace +1 +new", collected.stdout)
    assert "work.zip: is no zip archive that can be read" in collected.stdout
    assert collected.stderr == (
        "left out, not named as an LMS names files: notes.txt\nError: not collected: Mal; the rows above say why.\n"
    )
    assert (sample.root / "grading/submitted/Ada Lovelace/01_halves/halves.ipynb").is_file()


def test_the_bar_shows_rate_and_time_left(monkeypatch):
    shown = Console(force_terminal=True, width=120, file=io.StringIO(), _environ={"TERM": "xterm"})
    monkeypatch.setattr(terminal, "console", lambda: shown)
    with terminal.progress_bar("01_halves", rate=True) as on_step:
        for done in range(1, 6):
            on_step(done, 20)
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.file.getvalue())
    assert re.search(r"01_halves .* 5/20 \d:\d\d:\d\d \d+/min left \d:\d\d:\d\d", plain)
