"""How much a submission may use, and how that is enforced on a process and on all of a namespace."""

from __future__ import annotations

import os
import resource
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What one process namespace may use.

    Attributes:
        memory: bytes that it may have beyond what it starts with; for one process, and for all of them together.
        disk: bytes in its working folder, and again in its temporary folder and in shared memory.
        file: bytes of its largest file.
        processes: processes and threads at one time.
        open_files: of one process.
        cpu: seconds of processor time, of one process.
        processor: number of the one processor that it runs on; None for any.
    """

    memory: int = 3072 * MEGABYTE
    disk: int = 256 * MEGABYTE
    file: int = 128 * MEGABYTE
    processes: int = 128
    open_files: int = 512
    cpu: int = 1200
    processor: int | None = None


def limit_this_process(limits: Limits, address_space: int) -> None:
    """Set this process's limits, which all that comes from it inherits and cannot raise.

    Args:
        address_space: bytes mapped at present.
    """
    _set(resource.RLIMIT_AS, address_space + limits.memory)
    _set(resource.RLIMIT_FSIZE, limits.file)
    _set(resource.RLIMIT_NPROC, limits.processes)
    _set(resource.RLIMIT_NOFILE, limits.open_files)
    _set(resource.RLIMIT_CPU, limits.cpu)
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_MSGQUEUE, 0)
    _set(resource.RLIMIT_MEMLOCK, 0)
    if limits.processor is not None:
        with suppress(OSError):  # it may be switched off by now
            os.sched_setaffinity(0, {limits.processor})


def address_space() -> int:
    """Return the bytes that this process has mapped."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def private_memory(pid: int) -> int:
    """Return the bytes of memory that are process ``pid``'s own or shared without a file; 0 where it has just ended."""
    found = 0
    try:
        with open(f"/proc/{pid}/status", "rb") as status:  # noqa: PTH123  # ten times a second
            for line in status:
                if line.startswith((b"RssAnon:", b"RssShmem:")):
                    found += int(line.split()[1]) * 1024
    except OSError:
        return 0
    return found


def members(of: int) -> list[int]:
    """Return the processes in the pid namespace of process ``of``, as this namespace numbers them."""
    try:
        space = os.stat(f"/proc/{of}/ns/pid").st_ino  # noqa: PTH116
    except OSError:
        return []
    found = []
    for name in os.listdir("/proc"):  # noqa: PTH208
        if name.isdigit():
            try:
                if os.stat(f"/proc/{name}/ns/pid").st_ino == space:  # noqa: PTH116
                    found.append(int(name))
            except OSError:
                continue
    return found


def _set(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))
