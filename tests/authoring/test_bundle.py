"""What an instructor hands out, unpacked, installed and looked through as a student would."""

from __future__ import annotations

import os
import re
import site
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from course_staff.authoring import bundle as bundling
from course_staff.authoring.bundle import bundle
from course_staff.authoring.release import release
from course_utils.errors import CourseError

SECRET = re.compile(r"### BEGIN (?:SOLUTION|HIDDEN TESTS)(.*?)### END", re.DOTALL)
SHORTEST = 30


@pytest.fixture(scope="module")
def handed_out(course, tmp_path_factory):
    """The course's own bundle, unpacked."""
    folder = tmp_path_factory.mktemp("bundle")
    bundle(course, course.authored(), folder / "out" / "course.zip")
    with zipfile.ZipFile(folder / "out" / "course.zip") as archive:
        archive.extractall(folder)
    return folder / "lean-inference"


@pytest.fixture(scope="module")
def student(handed_out):
    """A student's `course`: the wheel in an environment of its own, which borrows the packages it depends on."""
    home = handed_out / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
    own = Path(sysconfig.get_path("purelib", "venv", {"base": str(home)}))
    (own / "borrowed.pth").write_text("\n".join(site.getsitepackages()))
    (wheel,) = handed_out.glob("*.whl")
    install = [sys.executable, "-m", "pip", "--python", home / "bin" / "python", "install", "--quiet", "--no-deps"]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([*install, "--no-index", wheel], check=True, env=env)

    def call(*command):
        program = home / "bin" / command[0]
        return subprocess.run([program, *command[1:]], cwd=handed_out, env=env, capture_output=True, text=True)

    return call


def texts(folder):
    """Every text in the bundle, those within the wheel too, by name."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if ".venv" in path.parts or not path.is_file():
            continue
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as archive:
                found |= {f"{path.name}: {name}": archive.read(name).decode() for name in archive.namelist()}
        else:
            found[path.relative_to(folder).as_posix()] = path.read_text()
    return found


def test_each_lesson_is_whole(handed_out, course):
    for lesson in course.authored():
        folder = handed_out / "notebooks" / lesson.id
        assert sorted(path.name for path in folder.iterdir()) == sorted(
            path.name for path in lesson.release.parent.iterdir() if path.is_file()
        )


def test_the_wheel_works_without_the_staff(student, handed_out):
    told = student("python", "-c", "import course_utils; print(course_utils.__file__)").stdout
    assert Path(told).is_relative_to(handed_out / ".venv")
    refused = student("python", "-c", "import course_staff")
    assert (refused.returncode, "No module named 'course_staff'" in refused.stderr) == (1, True)
    shown = student("course", "lab", "--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    commands = re.findall(r"^  (\w+) ", student("course", "--help").stdout, re.MULTILINE)
    assert {"lab", "progress"} <= set(commands)
    assert not {"grade", "check", "release", "collect", "bundle", "export", "feedback"} & set(commands)


def test_progress_works_in_it(student):
    shown = student("course", "progress", "01")
    assert shown.returncode == 0, shown.stderr
    assert "01_xor_and_adam: 0 of 20 points by the visible tests" in shown.stdout


def test_no_line_of_a_solution_or_hidden_test_is_in_the_notebooks(course, handed_out):
    for lesson in course.authored():
        released = re.sub(r"\s", "", (handed_out / "notebooks" / lesson.id / lesson.release.name).read_text())
        public = re.sub(r"\s", "", SECRET.sub("", lesson.text.read_text()))
        for secret in SECRET.findall(lesson.text.read_text()):
            for line in (re.sub(r"\s", "", line) for line in secret.splitlines()):
                if len(line) >= SHORTEST and line not in public:
                    assert line.replace('"', '\\"') not in released, line


def test_no_whole_solution_and_no_gradebook_is_anywhere_in_it(course, handed_out):
    found = texts(handed_out)
    loose = {name: re.sub(r"\s", "", text) for name, text in found.items()}
    for lesson in course.authored():
        for secret in SECRET.findall(lesson.text.read_text()):
            assert not [name for name, text in loose.items() if re.sub(r"\s", "", secret) in text]
    for name, text in found.items():
        assert "BEGIN HIDDEN" not in text and "BEGIN SOLUTION" not in text, name
        assert not re.search(r"nbgrader\.api|Gradebook\(|gradebook\.db", text), name
        assert "course_staff" not in text, name


def test_the_same_course_gives_the_same_notebooks(course, handed_out):
    for lesson in course.authored():
        there = handed_out / "notebooks" / lesson.id / lesson.release.name
        assert there.read_bytes() == lesson.release.read_bytes()


def test_pages_on_assistants_go_along_and_can_be_replaced(handed_out, sample, tmp_path):
    assert "hints first, no answers" in (handed_out / "ASSISTANTS.md").read_text()
    assert "Do not write the body" in (handed_out / "AGENTS.md").read_text()
    assert "`ASSISTANTS.md` says" in (handed_out / "README.md").read_text()
    (lesson,) = sample.authored()
    release(lesson)
    own = sample.root / "docs" / "handout"
    own.mkdir(parents=True)
    (own / "AGENTS.md").write_text("None here, please.")
    bundle(sample, [lesson], tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.read("lean-inference/AGENTS.md") == b"None here, please."
        assert "lean-inference/ASSISTANTS.md" not in archive.namelist()
        assert b"ASSISTANTS" not in archive.read("lean-inference/README.md")


def test_a_stale_notebook_is_not_handed_out(sample, tmp_path):
    with pytest.raises(CourseError, match="stale: 01_halves; run `course release 01_halves` first"):
        bundle(sample, sample.authored(), tmp_path / "out.zip")
    assert list(tmp_path.glob("out*")) == []


@pytest.mark.parametrize("what", ["the solution 'half'", "a hidden test 'half_odd'"])
def test_a_leak_is_found_and_nothing_is_written(sample, tmp_path, monkeypatch, what):
    (lesson,) = sample.authored()
    release(lesson)
    secret = dict(bundling._secrets(lesson))[what]
    monkeypatch.setattr(bundling, "README", "Look:\n" + secret.replace("{", "{{").replace("}", "}}") + "{wheel}")
    with pytest.raises(CourseError, match=f"README.md: holds {what} of 01_halves"):
        bundle(sample, [lesson], tmp_path / "out.zip")
    assert list(tmp_path.glob("out*")) == []
