"""The sandbox of machines without bubblewrap: a container for the student and one for the checker, for each attempt."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess

from course_utils.errors import CourseError
from course_utils.grading.sandbox.cell import BOX
from course_utils.grading.sandbox.limits import MEGABYTE, Limits

VARIABLE = "COURSE_GRADER_IMAGE"
IMAGE = "lean-inference/grader"
SECONDS = 60  # for what an engine answers at once
HOW = "start Docker, then build the image with `make images`, or name another in " + VARIABLE


def image() -> str:
    """Return the name of the image that attempts run in."""
    return os.environ.get(VARIABLE) or IMAGE


def check() -> None:
    """Raise CourseError where there is no engine, or no image."""
    if shutil.which("docker") is None:
        raise CourseError(f"--sandbox container: docker is not on the PATH; {HOW}.")
    if _docker("version").returncode:
        raise CourseError(f"--sandbox container: the Docker engine does not answer; {HOW}.")
    if _docker("image", "inspect", image()).returncode:
        raise CourseError(f"--sandbox container: there is no image {image()}; {HOW}.")


def command(role: str, name: str, limits: Limits) -> list[str]:
    """Return the command that runs one role in a container of that name, its packets on standard input and output."""
    folder = f"rw,nosuid,nodev,size={limits.disk},mode=1777"
    memory = str(limits.memory + 1024 * MEGABYTE)  # the runtime itself counts here
    walls = ["--network=none", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--ipc=private"]
    bounds = [f"--memory={memory}", f"--memory-swap={memory}", f"--pids-limit={limits.processes}", "--cpus=1"]
    bounds += [f"--ulimit=fsize={limits.file}", f"--ulimit=cpu={limits.cpu}", "--ulimit=core=0"]
    bounds += [f"--ulimit=nofile={limits.open_files}"]
    folders = [f"--tmpfs={BOX}:{folder}", f"--tmpfs=/tmp:{folder}", f"--shm-size={64 * MEGABYTE}"]
    settings = {
        "HOME": BOX,
        "USER": "student",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": "/tmp/matplotlib",
        "IPYTHONDIR": "/tmp/ipython",
        "ORT_DISABLE_TELEMETRY": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    environment = [f"--env={key}={value}" for key, value in settings.items()]
    start = ["docker", "run", "--rm", "--interactive", "--init", f"--name={name}", "--user=10001:10001"]
    module = ["-P", "-m", "course_utils.grading.sandbox.alone", role]
    return [
        *start,
        f"--workdir={BOX}",
        *walls,
        *bounds,
        *folders,
        *environment,
        "--entrypoint=python",
        image(),
        *module,
    ]


class Container:
    """A running container; a context manager, at whose end nothing of it is left."""

    def __init__(self, role: str, limits: Limits) -> None:
        self.name = f"grade-{role}-{secrets.token_hex(8)}"
        pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
        arguments = command(role, self.name, limits)
        self.process = subprocess.Popen(arguments, stdin=pipe, stdout=pipe, stderr=nothing, bufsize=0)

    def __enter__(self) -> Container:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        self.end()
        self.process.stdout.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(SECONDS)
        self.process.kill()

    def interrupt(self) -> None:
        """Interrupt what runs in there."""
        _docker("kill", "--signal=INT", self.name)

    def end(self) -> None:
        """End everything in there."""
        _docker("rm", "--force", self.name)


def _docker(*arguments: str) -> subprocess.CompletedProcess:
    try:
        return subprocess.run(["docker", *arguments], capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(arguments, 1)
