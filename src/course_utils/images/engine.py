"""The Docker engine, reached as the docker client reaches it: DOCKER_HOST, DOCKER_CONTEXT, the current context."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any

from course_utils.errors import CourseError

PATIENCE = 20  # seconds that an engine may take to say its version


@dataclass(frozen=True)
class Engine:
    """An engine that answers, and the client that can build with it."""

    client: str
    version: str
    storage: str

    def run(self, *arguments: str, timeout: float | None = None) -> str:
        """Return what ``docker arguments`` prints.

        Raises:
            CourseError: it failed; the sentence holds the last line of what it said.
        """
        done = subprocess.run([self.client, *arguments], capture_output=True, text=True, env=_env(), timeout=timeout)
        if done.returncode:
            raise CourseError(f"docker {arguments[0]}: {_last_line(done.stderr)}")
        return done.stdout.strip()

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen:
        """Start ``docker arguments``, to be read while it works."""
        return subprocess.Popen([self.client, *arguments], env=_env(), **options)

    def inspect(self, tag: str) -> dict[str, Any] | None:
        """Return what the engine knows of an image, or None where it has none of that name."""
        done = subprocess.run(
            [self.client, "image", "inspect", tag], capture_output=True, text=True, env=_env(), timeout=PATIENCE
        )
        return json.loads(done.stdout)[0] if done.returncode == 0 else None


def find() -> Engine:
    """Return the engine that the docker client finds.

    Raises:
        CourseError: there is no client, none that can build, or no engine answers.
    """
    clients = _clients()
    if not clients:
        raise CourseError("docker: no such command here; install Docker, or look at the recorded measurements.")
    said = ""
    for client in clients:
        shown = ["version", "--format", "{{.Client.Version}} {{.Server.Version}}"]
        try:
            done = subprocess.run([client, *shown], capture_output=True, text=True, env=_env(), timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            raise CourseError(f"docker: no engine answered in {PATIENCE} s; start or restart it.") from None
        if done.returncode:
            said = _last_line(done.stderr)
        elif _can_build(client, done.stdout.split()[0]):
            storage = subprocess.run(
                [client, "info", "--format", "{{.Driver}}"], capture_output=True, text=True, env=_env()
            )
            return Engine(client, done.stdout.split()[1], storage.stdout.strip())
        else:
            said = "this client needs its plugin buildx to build."
    raise CourseError(f"docker: no engine to build with ({said.rstrip('.')}); start Docker and try again.")


def _clients() -> list[str]:
    # Every docker on the PATH: a newer client without its plugin may stand before one that needs none.
    folders = dict.fromkeys(os.environ.get("PATH", os.defpath).split(os.pathsep))
    return [found for folder in folders if (found := shutil.which("docker", path=folder))]


def _can_build(client: str, version: str) -> bool:
    # BuildKit came into the client with 18.09 and left for the plugin with 23.0.
    major = version.partition(".")[0]
    if major.isdigit() and int(major) < 23:
        return True
    return subprocess.run([client, "buildx", "version"], capture_output=True, env=_env()).returncode == 0


def _env() -> dict[str, str]:
    return {**os.environ, "DOCKER_BUILDKIT": "1", "BUILDKIT_PROGRESS": "plain"}


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    # The client ends some errors with a hint at its own help.
    lines = [line for line in lines if not line.startswith(("See 'docker", "Run 'docker"))] or ["it did not say why."]
    return lines[-1][:300]
