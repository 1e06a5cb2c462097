"""Images built, with the time of every step: clean, from the cache, and after an edit."""

from __future__ import annotations

import re
import secrets
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from course_utils.errors import CourseError
from course_utils.images.catalog import BASE, Image
from course_utils.images.context import prepared
from course_utils.images.engine import Engine

# In a stage of ten steps or more BuildKit pads their numbers: "[ 2/12]".
STEP = re.compile(r"#(?P<id>\d+) \[(?:(?P<stage>[\w.-]+) )? *(?P<at>\d+)/(?P<of>\d+)\] (?P<what>.+)")
END = re.compile(r"#(?P<id>\d+) (?:(?P<cached>CACHED)|DONE (?P<seconds>[\d.]+)s|ERROR)")
EDIT = {".py": "\n# edited: {}\n", ".c": "\n/* edited: {} */\n"}
Progress = Callable[[int, int], None]


@dataclass
class Step:
    """One step of a Dockerfile: its stage ("" for an unnamed one), its instruction, what it took."""

    stage: str
    instruction: str
    seconds: float = 0.0
    cached: bool = False


@dataclass(frozen=True)
class Build:
    """One run of ``docker build``: seconds on the wall, and the steps in the order they began."""

    seconds: float
    steps: tuple[Step, ...]

    def record(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"seconds": round(self.seconds, 2), "steps": [asdict(step) for step in self.steps]}


def build(engine: Engine, image: Image, root: Path, progress: Progress | None = None, *, clean: bool = False) -> Build:
    """Build ``image`` under its tag from the course at ``root``.

    Args:
        progress: called with the number of steps done and of those known.
        clean: take nothing from the cache.

    Raises:
        CourseError: the build failed; the sentence says at which step, and what it said last.
    """
    base_at_hand(engine)
    with prepared(image, root) as (folder, options):
        return _docker_build(engine, image, folder, options, progress, clean)


def build_three_times(
    engine: Engine, image: Image, root: Path, progress: Progress | None = None
) -> dict[str, dict[str, Any]]:
    """Return the records of a clean build, of the same again, and of one after an edit to the image's own code.

    The image that stays under the tag is the unedited one.

    Raises:
        CourseError: as ``build`` does.
    """
    base_at_hand(engine)
    with prepared(image, root) as (folder, options):
        records = {"clean": _docker_build(engine, image, folder, options, progress, True).record()}
        records["cached"] = _docker_build(engine, image, folder, options, None, False).record()
        edited = folder / image.edited
        with edited.open("a", encoding="utf-8") as file:
            # The cache knows every edit that was ever built: this one must be new.
            file.write(EDIT[edited.suffix].format(secrets.token_hex(8)))
        aside = replace(image, name=f"{image.name}-edited")
        records["edited"] = _docker_build(engine, aside, folder, options, None, False).record()
        engine.run("image", "rm", aside.tag)
    return records


def base_at_hand(engine: Engine) -> None:
    """See to it that the base image is here, so that no build's time holds its download.

    Raises:
        CourseError: it is not here and cannot be had.
    """
    if engine.inspect(BASE) is None:
        engine.run("pull", "--quiet", BASE)


def _docker_build(
    engine: Engine, image: Image, folder: Path, options: list[str], progress: Progress | None, clean: bool
) -> Build:
    command = ["build", "--progress", "plain", "--tag", image.tag, "--file", str(folder / image.dockerfile), *options]
    for name, value in image.arguments.items():
        command += ["--build-arg", f"{name}={value}"]
    if clean:
        command.append("--no-cache")
    steps: dict[str, Step] = {}
    ended: set[str] = set()
    sizes: dict[str, int] = {}
    said: list[str] = []
    start = time.perf_counter()
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True, "errors": "replace"}
    with engine.start(*command, str(folder), **pipes) as process:
        try:
            for line in process.stderr:
                said.append(line.rstrip())
                _read(line, steps, ended, sizes)
                if progress:
                    progress(len(ended & set(steps)), max(sum(sizes.values()), 1))
        except BaseException:
            process.terminate()
            raise
    seconds = time.perf_counter() - start
    if process.returncode:
        raise CourseError(f"{image.name}: the build failed: {_why(said)}")
    return Build(seconds, tuple(steps.values()))


def _read(line: str, steps: dict[str, Step], ended: set[str], sizes: dict[str, int]) -> None:
    if found := STEP.match(line):
        stage = found["stage"] or ""
        sizes[stage] = int(found["of"])
        steps.setdefault(found["id"], Step(stage, " ".join(found["what"].split())))
    elif (found := END.match(line)) and found["id"] in steps:
        ended.add(found["id"])
        step = steps[found["id"]]
        step.cached = bool(found["cached"])
        step.seconds = float(found["seconds"] or 0)


def _why(said: list[str]) -> str:
    # The steps' own words stand as "#8 1.234 words"; BuildKit's summary comes last.
    spoken = [found[1] for line in said if (found := re.match(r"#\d+ \d+\.\d+ (.+)", line))]
    errors = [line for line in said if re.match(r"(ERROR|error|failed|docker|unable)\b", line, re.IGNORECASE)]
    last = [line for line in said if line.strip()][-1:] or ["docker said nothing."]
    parts = [*(errors[-1:] or last), *spoken[-1:]]
    return "; its last words: ".join(part.strip()[:300] for part in parts)
