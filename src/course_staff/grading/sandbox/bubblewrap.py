"""The warm process inside bubblewrap: no network, and nothing to see but the runtime, read-only."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from course_staff.grading.sandbox.cell import BOX, FRESH
from course_staff.grading.sandbox.environment import ENVIRONMENT
from course_staff.grading.sandbox.runtime import imports, runtime
from course_utils import c_compiler
from course_utils.errors import CourseError
from course_utils.training.keeping import VARIABLE, folder

USER = 60_217  # whom the warm process becomes where root starts it; nobody's number
SYSTEM = ("/usr", "/etc/ld.so.cache", "/etc/alternatives", "/etc/fonts", "/etc/localtime")
CACHE = "/cache"
COVERED = ("/proc", CACHE)  # what the runtime lies in below other covered folders is bound over the cover
HOW = (
    "install bubblewrap (Debian, Ubuntu: apt-get install bubblewrap; Fedora: dnf install bubblewrap), "
    "or take --sandbox container"
)


def command(control: int, needs: frozenset[str] = frozenset()) -> list[str]:
    """Return the command that starts the warm process, which serves the socket with the descriptor ``control``.

    Args:
        needs: what it should have used once before it forks (see ``roles.warm``).

    Raises:
        CourseError: this is not Linux, bubblewrap is not installed, or Python lies where the sandbox covers it.
    """
    if sys.platform != "linux":
        raise CourseError("--sandbox bubblewrap: works on Linux only; take --sandbox container.")
    program = shutil.which("bwrap")
    if program is None:
        raise CourseError(f"--sandbox bubblewrap: bwrap is not on the PATH; {HOW}.")
    for path in runtime():
        if path.startswith(tuple(f"{folder}/" for folder in COVERED)):
            raise CourseError(
                f"--sandbox bubblewrap: {path} lies where the sandbox has its own files; install the course elsewhere."
            )
    root = os.geteuid() == 0
    serve = [sys.executable, "-P", "-s", "-m", "course_staff.grading.sandbox.server", str(control)]
    serve += [str(USER if root else os.geteuid()), *sorted(needs)]
    return [program, *_namespaces(root), *_environment(), *_files(), "--", *serve]


def _namespaces(root: bool) -> list[str]:
    spaces = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    # Root drops its rights inside, where it can still read the runtime; the kernel counts processes for others only.
    rights = ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"] if root else ["--unshare-user"]
    return [*spaces, *rights, "--die-with-parent", "--new-session", "--hostname", "grading"]


def _environment() -> list[str]:
    values = ENVIRONMENT | {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "PYTHONNOUSERSITE": "1",
        "PYTHONPATH": imports(),
        "PYTHONDONTWRITEBYTECODE": "1",
        VARIABLE: CACHE,
        **c_compiler.sources(),
        **c_compiler.elsewhere(),
    }
    return ["--clearenv", *(part for pair in values.items() for part in ("--setenv", *pair))]


def _files() -> list[str]:
    links = [("usr/lib", "/lib"), ("usr/lib64", "/lib64"), ("usr/bin", "/bin"), ("usr/sbin", "/sbin")]
    bound = [path for path in (*SYSTEM, *runtime(), *c_compiler.elsewhere().values()) if Path(path).exists()]
    parents = sorted({str(parent) for path in bound for parent in Path(path).parents} - {"/", *FRESH})
    shown = [part for path in parents for part in ("--perms", "0755", "--dir", path)]
    shown += [part for path in bound for part in ("--ro-bind", path, path)]
    shown += [part for target, link in links if Path(link).exists() for part in ("--symlink", target, link)]
    cache = ["--ro-bind", str(folder()), CACHE] if folder().is_dir() else ["--dir", CACHE]
    empty = [part for path in ("/tmp", BOX) for part in ("--perms", "1777", "--tmpfs", path)]
    # Nothing may be written that the next cell would see: what a cell may write to is mounted afresh for each.
    return ["--dev", "/dev", *empty, *shown, *cache, "--proc", "/proc", "--remount-ro", "/", "--remount-ro", "/dev"]


def start(control: int, log: int, needs: frozenset[str]) -> subprocess.Popen:
    """Start the warm process; ``log`` takes what it says when it cannot start."""
    if "compiler" in needs:
        c_compiler.warm()  # the sandbox may only read what is kept
    nothing = subprocess.DEVNULL
    return subprocess.Popen(command(control, needs), stdin=nothing, stdout=log, stderr=log, pass_fds=[control], cwd="/")
