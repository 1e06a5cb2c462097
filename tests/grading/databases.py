"""The two databases a gradebook can lie in: SQLite, and a throw-away PostgreSQL cluster."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def programs() -> Path | None:
    """Return the folder of PostgreSQL's own programs, which Debian keeps off the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    beside = shutil.which("initdb")
    return found[-1].parent if found else Path(beside).parent if beside else None


@contextmanager
def cluster() -> Iterator[Callable[[], str]]:
    """Start a cluster that listens on a socket only; yield what makes a database and returns its URL."""
    there = programs()
    if there is None:
        pytest.skip("PostgreSQL is not installed")
    user = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}

    def call(program: str, *arguments: str) -> None:
        done = subprocess.run([there / program, *arguments], cwd="/", capture_output=True, text=True, **user)
        assert done.returncode == 0, done.stderr

    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        if user:
            shutil.chown(folder, "postgres", "postgres")
        data = f"{folder}/data"
        call("initdb", "--pgdata", data, "--username", "grader", "--auth", "trust", "--no-sync", "--encoding", "UTF8")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        call("pg_ctl", "start", "--wait", "--pgdata", data, "--log", f"{folder}/log", "--options", options)

        def database() -> str:
            name = f"gradebook_{uuid.uuid4().hex}"
            call("createdb", "--host", folder, "--username", "grader", name)
            return f"postgresql://grader@/{name}?host={folder}"

        try:
            yield database
        finally:
            call("pg_ctl", "stop", "--mode", "immediate", "--pgdata", data)
