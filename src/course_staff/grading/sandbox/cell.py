"""A process in namespaces of its own: forked from a warm one, sees no other process, file or network."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

from course_staff.grading.sandbox import itself, kernel
from course_staff.grading.sandbox.calls import refuse_calls
from course_staff.grading.sandbox.limits import Limits, address_space, limit_this_process
from course_staff.grading.sandbox.runtime import runtime_below

BOX = "/box"  # the working folder, the same on both sides of the wire
FRESH = (BOX, "/tmp", "/dev/shm")  # empty for each cell, but for what of the runtime lies there
STUDENT = 1000
OWN = kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS | kernel.CLONE_NEWPID | kernel.CLONE_NEWNET
OWN |= kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS
QUIET = kernel.MS_NOSUID | kernel.MS_NODEV


def start(work: Callable[[list[int]], None], descriptors: list[int], limits: Limits) -> tuple[int, int]:
    """Fork a cell that runs ``work(descriptors)`` and keeps no other descriptor.

    Returns:
        Two process ids: of a guardian to wait for, which ends when the cell is empty and then has its processor time;
        and of the cell's process 1. Killing either ends every process in the cell.

    Raises:
        OSError: the kernel refuses the namespaces.
    """
    reading, writing = os.pipe()
    guardian = os.fork()
    if guardian == 0:
        os.close(reading)
        _guard(work, descriptors, limits, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    if not said.isdigit():
        os.waitpid(guardian, 0)
        raise OSError(said or "the cell could not be made")
    return guardian, int(said)


def _guard(work: Callable[[list[int]], None], descriptors: list[int], limits: Limits, report: int) -> None:
    try:
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        mapped = address_space()
        _enter(limits)
        first = os.fork()
        if first == 0:
            os.close(report)
            _live(work, descriptors, limits, mapped)
        os.write(report, str(first).encode())
    except BaseException as error:
        os.write(report, f"{type(error).__name__}: {error}".encode())
        os._exit(1)
    os.close(report)
    for descriptor in descriptors:
        os.close(descriptor)
    _, status = os.waitpid(first, 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _enter(limits: Limits) -> None:
    user, group = os.getuid(), os.getgid()
    Path("/proc/self/oom_score_adj").write_text("900")
    kernel.unshare(OWN)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{STUDENT} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{STUDENT} {group} 1")
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    for folder in FRESH:
        needed = {path: os.open(path, os.O_PATH | os.O_DIRECTORY) for path in runtime_below(folder)}
        kernel.mount("tmpfs", folder, "tmpfs", QUIET, f"size={limits.disk},nr_inodes=20000,mode=700")
        for path, handle in needed.items():
            Path(path).mkdir(parents=True)
            kernel.mount(f"/proc/self/fd/{handle}", path, None, kernel.MS_BIND)  # read-only, as it was
            os.close(handle)


def _live(work: Callable[[list[int]], None], descriptors: list[int], limits: Limits, mapped: int) -> None:
    status = 1
    try:
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        os.setsid()
        kernel.mount("tmpfs", "/dev/pts", "tmpfs", kernel.MS_RDONLY | QUIET, "size=0,mode=555")
        _cover_proc()
        os.chdir(BOX)
        _keep_only(descriptors)
        kernel.new_keyring()
        limit_this_process(limits, mapped)
        kernel.drop_capabilities()
        refuse_calls()
        work(descriptors)
        status = 0
    finally:
        os._exit(status)  # nothing of the parent's, such as its own loop, may run here


def _cover_proc() -> None:
    """Leave of /proc what this process may know: itself, under the names it has, and what the machine is.

    A new /proc cannot be mounted here. ONNX Runtime asks /proc/self/fd where a file lies.
    """
    fresh, own = Path("/tmp/proc"), Path("/proc/self").readlink()
    fresh.mkdir()
    kernel.mount("tmpfs", str(fresh), "tmpfs", QUIET, "size=16k,mode=555")
    (fresh / "self").mkdir()
    itself.show(Path("/proc") / own, fresh / "self")
    for name in ("cpuinfo", "meminfo"):
        (fresh / name).touch()
        kernel.mount(f"/proc/{name}", str(fresh / name), None, kernel.MS_BIND)
    (fresh / "1").symlink_to("self")
    kernel.mount(str(fresh), "/proc", None, kernel.MS_MOVE)
    kernel.mount("none", "/proc", None, kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY | QUIET)
    fresh.rmdir()


def _keep_only(descriptors: list[int]) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    last = 3
    for descriptor in sorted(descriptors):
        os.closerange(last, descriptor)
        last = descriptor + 1
    os.closerange(last, 4096)
