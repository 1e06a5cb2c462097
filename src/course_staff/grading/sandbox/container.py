"""The sandbox of machines without bubblewrap: a container for the student and one for the checker, for each attempt."""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import shutil
import subprocess
import time

from course_staff.grading.own_code import own_code
from course_staff.grading.sandbox.cell import BOX
from course_staff.grading.sandbox.environment import ENVIRONMENT
from course_staff.grading.sandbox.limits import MEGABYTE, Limits
from course_staff.grading.sandbox.packets import BEGUN, CHUNK, HEADER
from course_utils.errors import CourseError
from course_utils.training.keeping import VARIABLE as VARIABLE_OF_NETWORKS

VARIABLE = "COURSE_GRADER_IMAGE"
IMAGE = "lean-inference/grader"
SECONDS = 60  # for what an engine answers at once
BUILD = "build it with `course images build grader`"
HOW = f"start Docker, have the image ({BUILD}), or name another in {VARIABLE}"
SETTINGS = ENVIRONMENT | {VARIABLE_OF_NETWORKS: "/tmp/cache"}


def image() -> str:
    """Return the name of the image that attempts run in."""
    return os.environ.get(VARIABLE) or IMAGE


def check() -> None:
    """Raise CourseError where there is no engine, or no image."""
    if shutil.which("docker") is None:
        raise CourseError(f"--sandbox container: docker is not on the PATH; install it, {HOW}.")
    if not answers():
        raise CourseError(f"--sandbox container: the Docker engine does not answer; {HOW}.")
    if _docker("image", "inspect", image()).returncode:
        raise CourseError(f"--sandbox container: there is no image {image()}; {HOW}.")


def answers() -> bool:
    """Say whether the engine answers."""
    return _docker("version").returncode == 0


def command(role: str, needs: frozenset[str], name: str, limits: Limits) -> list[str]:
    """Return the command that runs one role in a container of that name, its packets on standard input and output."""
    folder = f"rw,exec,nosuid,nodev,size={limits.disk},mode=1777"
    memory = str(limits.memory + 1024 * MEGABYTE)  # the runtime itself counts here
    walls = ["--network=none", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--ipc=private"]
    bounds = [f"--memory={memory}", f"--memory-swap={memory}", f"--pids-limit={limits.processes}", "--cpus=1"]
    bounds += [f"--ulimit=fsize={limits.file}", f"--ulimit=cpu={limits.cpu}", "--ulimit=core=0"]
    bounds += [f"--ulimit=nofile={limits.open_files}", "--log-driver=none"]  # a log would be a file without bounds
    folders = [f"--tmpfs={BOX}:{folder}", f"--tmpfs=/tmp:{folder}", f"--shm-size={64 * MEGABYTE}"]
    start = ["docker", "run", "--rm", "--interactive", "--init", f"--name={name}", "--user=10001:10001", "--pull=never"]
    environment = [f"--env={key}={value}" for key, value in SETTINGS.items()]
    module = ["-P", "-m", "course_staff.grading.sandbox.alone", role, *sorted(needs)]
    return [*start, *walls, *bounds, *folders, *environment, "--entrypoint=python", image(), *module]


class Container:
    """A running container; a context manager, at whose end nothing of it is left.

    Args:
        role: "student" or "checker"; needs: what it should have used once before it begins (see ``roles.warm``).
    """

    def __init__(self, role: str, needs: frozenset[str], limits: Limits) -> None:
        self.name = f"grade-{role}-{secrets.token_hex(8)}"
        arguments, pipe = command(role, needs, self.name, limits), subprocess.PIPE
        # In a session of its own, because the client hands a Ctrl-C on to the container.
        own = {"bufsize": 0, "start_new_session": True}
        self.process = subprocess.Popen(arguments, stdin=pipe, stdout=pipe, stderr=pipe, **own)
        self.writing, self.reading = self.process.stdin.fileno(), self.process.stdout.fileno()

    def ready(self, deadline: float) -> None:
        """Wait until the role has begun.

        Args:
            deadline: in terms of ``time.monotonic``.

        Raises:
            CourseError: it cannot, or the image holds another version of this course.
            TimeoutError: it has not.
        """
        channel, length = HEADER.unpack(self._read(HEADER.size, deadline))
        said = self._read(length, deadline).decode(errors="replace")
        if channel != BEGUN:
            raise self._failed(said[-300:])
        if said != own_code():
            raise CourseError(
                f"--sandbox container: image {image()} holds another version of this course; {BUILD}, or name another "
                f"image in {VARIABLE}."
            )

    def interrupt(self) -> None:
        """Interrupt what runs in there."""
        _docker("kill", "--signal=INT", self.name)

    def end(self) -> None:
        """End everything in there."""
        _docker("rm", "--force", self.name)

    def __enter__(self) -> Container:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        self.end()
        self.process.stdout.close()
        self.process.stderr.close()  # where nobody reads, the client could wait for ever
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(SECONDS)
        self.process.kill()
        self.process.wait()

    def _read(self, count: int, deadline: float) -> bytes:
        content = b""
        while len(content) < count:
            if not _readable(self.reading, max(0.0, deadline - time.monotonic())):
                raise TimeoutError(f"{self.name} has not begun")
            part = os.read(self.reading, count - len(content))
            if not part:
                raise self._failed(self._last_words())
            content += part
        return content

    def _last_words(self) -> str:
        said = os.read(self.process.stderr.fileno(), CHUNK) if _readable(self.process.stderr.fileno(), 5) else b""
        lines = [line.strip() for line in said.decode(errors="replace").splitlines() if line.strip()]
        lines = [line for line in lines if not line.startswith(("See 'docker", "Run 'docker"))] or ["it said nothing"]
        return lines[-1][-300:]

    def _failed(self, why: str) -> CourseError:
        return CourseError(f"--sandbox container: image {image()} could not be started ({why.rstrip('.')}); {HOW}.")


def _readable(descriptor: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def _docker(*arguments: str) -> subprocess.CompletedProcess:
    # In a session of its own as well: a Ctrl-C must not leave a container behind.
    options = {"capture_output": True, "timeout": SECONDS, "check": False, "start_new_session": True}
    try:
        return subprocess.run(["docker", *arguments], **options)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(arguments, 1)
