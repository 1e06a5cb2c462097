"""`course grade` as a process of its own, to be watched, killed and started again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil

from course_staff.grading.marks import final_score, gradebook
from course_utils.converters import configuration

OWN = ("PYTEST", "PYTHONUNBUFFERED")  # variables of this process: what it runs prints into a pipe as anybody's does


class Running:
    """One run of `course` in the course at ``root``.

    Args:
        settings: environment variables to set for it.
    """

    def __init__(self, root: Path, *arguments: str, settings: dict[str, str] | None = None) -> None:
        command = [sys.executable, "-c", "from course_utils.cli import main; main(prog_name='course')", *arguments]
        env = {name: value for name, value in os.environ.items() if not name.startswith(OWN)} | (settings or {})
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = subprocess.Popen(command, cwd=root, env=env, text=True, start_new_session=True, **pipes)
        self.rows: list[str] = []

    def until(self, rows: int) -> None:
        """Read what it prints until there are so many rows."""
        while len(self.rows) < rows and (line := self.process.stdout.readline()):
            self.rows.append(line.rstrip("\n"))

    def workers(self) -> list[psutil.Process]:
        """Return its worker processes."""
        children = psutil.Process(self.process.pid).children()
        return [child for child in children if any("spawn_main" in part for part in child.cmdline())]

    def family(self) -> list[psutil.Process]:
        """Return all processes that come from it."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self) -> tuple[int, str]:
        """Wait for its end; return the exit code and what it said on stderr."""
        self.until(10**6)
        errors = self.process.stderr.read()
        return self.process.wait(), errors


def marks(root: Path, lesson: str) -> dict[str, float]:
    """Return the marks in the gradebook."""
    with gradebook(configuration(root)) as book:
        return {each.student_id: final_score(each) for each in book.assignment_submissions(lesson)}
