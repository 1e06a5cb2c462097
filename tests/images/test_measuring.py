"""Builds read from what docker says, layers laid over each other, and `course images` as a person runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from sample_course import ROOT

from course_utils.errors import CourseError
from course_utils.images import building, weighing
from course_utils.images.catalog import IMAGES
from course_utils.images.weighing import Layer

LOG = """#1 [internal] load build definition from Dockerfile
#1 DONE 0.1s
#5 [build 1/3] FROM docker.io/library/python:3.11-slim-bookworm
#5 DONE 0.0s
#6 [build 2/3] RUN --mount=type=secret,id=ca     pip install
#6 1.234 Collecting numpy
#7 [stage-1 1/2] COPY app/ ./
#6 DONE 5.2s
#7 CACHED
"""


def run(*arguments: str, cwd=ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-c",
        "from course_utils.cli import main; main(prog_name='course')",
        "images",
        *arguments,
    ]
    return subprocess.run(command, cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, timeout=300)


def test_steps_are_read_from_what_docker_says():
    steps, ended, sizes = {}, set(), {}
    for line in LOG.splitlines():
        building._read(line, steps, ended, sizes)
    assert [(step.stage, step.instruction, step.seconds, step.cached) for step in steps.values()] == [
        ("build", "FROM docker.io/library/python:3.11-slim-bookworm", 0.0, False),
        ("build", "RUN --mount=type=secret,id=ca pip install", 5.2, False),
        ("stage-1", "COPY app/ ./", 0.0, True),
    ]
    assert (sum(sizes.values()), ended & set(steps)) == (5, {"5", "6", "7"})


PADDED = """#8 [ 2/12] RUN apt-get install --yes libgomp1
#9 [build.deps  9/10] COPY pyproject.toml ./
#10 [build.deps 10/10] RUN pip install .
#8 DONE 3.1s
#9 CACHED
#10 DONE 7.0s
"""


def test_a_stage_of_ten_steps_or_more_has_its_numbers_padded():
    steps, ended, sizes = {}, set(), {}
    for line in PADDED.splitlines():
        building._read(line, steps, ended, sizes)
    assert [(step.stage, step.instruction, step.seconds, step.cached) for step in steps.values()] == [
        ("", "RUN apt-get install --yes libgomp1", 3.1, False),
        ("build.deps", "COPY pyproject.toml ./", 0.0, True),
        ("build.deps", "RUN pip install .", 7.0, False),
    ]
    assert (sizes, ended) == ({"": 12, "build.deps": 10}, {"8", "9", "10"})


def test_later_layers_cover_and_remove():
    below = Layer("", "", 0, {"a/one": 10, "a/two": 20, "b/three": 30, "ab": 40}, [])
    above = Layer("", "", 0, {"a/one": 11}, ["a/two", "b"])
    assert weighing.merged([below, above]) == {"a/one": 11, "ab": 40}


def test_small_files_are_summed_by_folder():
    deep = "/".join("12345678")
    files = {"a/big": 70_000, "a/x": 5, "a/y": 6, f"{deep}/z": 7, "a/empty": 0, "top": 1}
    assert weighing.summed(files) == [
        ["a/big", 70_000],
        ["a/(small files)", 11],
        ["1/2/3/4/5/6/7/(small files)", 7],
        ["(small files)", 1],
    ]


@pytest.mark.parametrize(
    ("created_by", "step"),
    [
        ("RUN |1 CUDA=0 /bin/sh -c pip install x # buildkit", "RUN pip install x"),
        ('/bin/sh -c #(nop)  CMD ["python3"]', 'RUN CMD ["python3"]'),
        ("COPY app/ ./ # buildkit", "COPY app/ ./"),
        ("", "(the base image)"),
    ],
)
def test_a_layers_step_reads_as_in_the_dockerfile(created_by, step):
    assert weighing.instruction(created_by) == step


def test_an_unknown_image_is_refused():
    done = run("build", "gigantic")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: gigantic: no image of that name; there are: torch-cuda, ")


@pytest.mark.parametrize("command", [["build", "lean"], ["weigh", "lean"]])
def test_without_an_engine_one_sentence(command, tmp_path):
    output = ["--output", str(tmp_path / "images.json")] if command[0] == "weigh" else []
    done = run(*command, *output, DOCKER_HOST="unix:///nowhere/docker.sock")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: docker: no ")
    assert ("torch-cuda" in done.stdout) == (command[0] == "weigh"), "the recorded measurements instead"
    assert not list(tmp_path.iterdir())


def test_without_an_engine_the_records_are_compared():
    done = run("compare", DOCKER_HOST="unix:///nowhere/docker.sock")
    assert (done.returncode, done.stderr) == (0, "")
    assert "native" in done.stdout
    assert done.stdout.endswith("no engine answers here: these are the recorded measurements.\n")


def test_without_any_client_one_sentence(tmp_path):
    done = run("build", "lean", PATH=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("Error: docker: no such command here; ")


@pytest.fixture
def copy(tmp_path):
    """A copy of the course with what images are built from."""
    root = tmp_path / "course"
    shutil.copytree(ROOT / "docker", root / "docker", ignore=shutil.ignore_patterns("build"))
    (root / "notebooks").mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", root)
    return root


def test_a_failed_build_says_where_and_leaves_no_record(engine, copy):
    file = copy / "docker" / "serving" / "native" / "Dockerfile"
    file.write_text(file.read_text().replace("--no-install-recommends gcc", "--no-install-recommends no-such-compiler"))
    done = run("weigh", "native", "--output", "out/images.json", cwd=copy)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: native: the build failed: ")
    assert "no-such-compiler" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (copy / "out").exists()


def test_a_wrong_cuda_argument_fails_the_build(engine, tmp_path):
    from dataclasses import replace

    with pytest.raises(CourseError, match="requirements-cudayes"):
        building.build(engine, replace(IMAGES["onnx"], arguments={"CUDA": "yes"}), ROOT)


def test_build_says_what_is_over_budget(engine, built, monkeypatch, tmp_path):
    built("native")
    code = (
        "from dataclasses import replace; from course_utils.images import catalog; from course_utils.cli import main;"
        "catalog.IMAGES['native'] = replace(catalog.IMAGES['native'], budget=35_000_000);"
        "main(['images', 'build', 'native'])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1
    assert "Error: over budget: native has 35.2 MB and may have 35; " in done.stderr
