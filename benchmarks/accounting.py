"""What a command costs: wall time, the CPU seconds of all processes it starts, and their memory over its run."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from course_utils.layout import Course

GROUPS = Path("/sys/fs/cgroup")
EVERY = 1.0  # seconds between two looks at memory

OWN = """
import json, os, re, resource, sys, tempfile
from pathlib import Path
import torch
from IPython.core.interactiveshell import InteractiveShell
import course_utils
torch.set_num_threads(1)
layer = torch.nn.Linear(1, 1)
layer(torch.ones(1, 1)).sum().backward()
torch.optim.Adam(layer.parameters()).step()  # its first use imports for more than a second
shell = InteractiveShell.instance()
imports = re.compile(r"^(?:import|from) .*", re.MULTILINE)
for path in sys.argv[1:]:
    cells = [c for c in json.loads(Path(path).read_text())["cells"] if c["cell_type"] == "code"]
    for cell in cells:
        for line in imports.findall("".join(cell["source"])):
            exec(line)
    child = os.fork()
    if not child:
        with open(os.devnull, "w") as sink, tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            os.dup2(sink.fileno(), 1); os.dup2(sink.fileno(), 2)
            for cell in cells:
                if "demonstration" not in cell["metadata"].get("tags", []):
                    shell.run_cell("".join(cell["source"]))
            os._exit(0)
    used = os.wait4(child, 0)[2]
    print(used.ru_utime + used.ru_stime)
"""


@dataclass(frozen=True)
class Cost:
    """What a run on some submissions cost; ``memory`` holds seconds since the start and bytes of all its processes."""

    submissions: int
    wall: float
    cpu: float
    memory: list[tuple[float, float]]

    def plain(self) -> dict[str, Any]:
        """Return it as plain data, memory in MB."""
        memory = [[round(at), round(size / 1e6)] for at, size in self.memory]
        return {"submissions": self.submissions, "wall": self.wall, "cpu": self.cpu, "memory_mb": memory}


def run(command: list[str], course: Course, submissions: int) -> Cost:
    """Run one of this environment's commands in a course; it may exit with 1, where some could not be graded."""
    program = Path(sys.executable).parent / command[0]
    path = os.pathsep.join([str(program.parent), os.environ["PATH"]])
    memory: list[tuple[float, float]] = []
    with tempfile.TemporaryFile() as said, _group() as group:
        join = ["sh", "-c", 'echo $$ > "$0"/cgroup.procs && exec "$@"', str(group)]
        start = time.perf_counter()
        process = subprocess.Popen(
            [*join, program, *command[1:]], cwd=course.root, env=os.environ | {"PATH": path}, stdout=said, stderr=said
        )
        watch = threading.Thread(target=_watch, args=(process, start, memory))
        watch.start()
        code = process.wait()
        wall = time.perf_counter() - start
        watch.join()
        if code not in (0, 1):
            said.seek(0)
            raise SystemExit(f"{command[0]} exited with {code}: {said.read().decode()[-2000:]}")
        return Cost(submissions, wall, _cpu(group), memory)


def per_submission(less: Cost, more: Cost) -> dict[str, float]:
    """Return what one more submission costs once all is warm, and how many a minute that makes."""
    added = more.submissions - less.submissions
    return {"per minute": 60 * added / (more.wall - less.wall), "CPU s each": (more.cpu - less.cpu) / added}


def own_seconds(notebooks: list[Path]) -> list[float]:
    """Return the CPU seconds of each notebook's own solution and test cells."""
    done = subprocess.run([sys.executable, "-c", OWN, *notebooks], capture_output=True, text=True, check=True)
    return [float(line) for line in done.stdout.split()]


def _watch(process: subprocess.Popen, start: float, memory: list[tuple[float, float]]) -> None:
    while process.poll() is None:
        size = 0
        with contextlib.suppress(psutil.Error):
            family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            for each in family:
                with contextlib.suppress(psutil.Error):
                    size += each.memory_full_info().pss  # a forked process shares most of its pages
        memory.append((time.perf_counter() - start, float(size)))
        time.sleep(EVERY)


@contextmanager
def _group() -> Iterator[Path]:
    """Make a control group: what is started in it is counted, whoever waits for it and however it ends."""
    group = (GROUPS if (GROUPS / "cgroup.controllers").exists() else GROUPS / "cpuacct") / f"bench-{uuid.uuid4().hex}"
    try:
        group.mkdir()
    except OSError as error:
        raise SystemExit(f"{group}: cannot be made ({error.strerror}); run this as root.") from None
    try:
        yield group
    finally:
        patience = time.monotonic() + 20
        while time.monotonic() < patience:
            try:
                group.rmdir()
                break
            except OSError:  # something in it is ending still
                time.sleep(0.2)


def _cpu(group: Path) -> float:
    usage = group / "cpuacct.usage"
    if usage.exists():
        return int(usage.read_text()) / 1e9
    return int((group / "cpu.stat").read_text().split()[1]) / 1e6
