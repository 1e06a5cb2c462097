"""System calls that no notebook needs, refused for good: namespaces and mounts, other processes, networks, memory.

In a user namespace of its own a process could mount a memory disk as large as the machine's memory. Memory files,
System V segments and message queues belong to no process, so that nothing which looks at processes would count them.
Of sockets there are Unix ones alone: a namespace without a network does not keep a virtual machine's own kind in.
"""

from __future__ import annotations

import errno
import platform
import struct

from course_staff.grading.sandbox import kernel

ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # linux/audit.h
# By name, the numbers on x86_64 and on aarch64.
REFUSED = {
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
}
CLONE, CLONE3 = (56, 220), (435, 435)
SOCKET, UNIX = (41, 198), 1
NAMESPACES = 0x7E020000  # every CLONE_NEW… that clone takes
FOREIGN = 0x40000000  # from here on numbers are those of x32
# linux/filter.h and linux/seccomp.h
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCH, FIRST_ARGUMENT = 0, 4, 16
NEXT, ALLOW, ERROR = 0, 0x7FFF0000, 0x00050000


def refuse_calls() -> None:
    """Refuse them to this process and to all that comes from it. Raises OSError."""
    machine = platform.machine()
    if machine not in ARCHITECTURE:
        raise OSError(errno.ENOSYS, f"no list of system calls for {machine}")
    kernel.filter_calls(_program(machine))


def _program(machine: str) -> bytes:
    """Return the filter, in the kernel's own small language."""
    which = list(ARCHITECTURE).index(machine)
    refused = [numbers[which] for numbers in REFUSED.values()]
    steps = [(LOAD, 0, 0, ARCH), (EQUAL, NEXT, "refuse", ARCHITECTURE[machine]), (LOAD, 0, 0, NUMBER)]
    steps += [(AT_LEAST, "refuse", NEXT, FOREIGN)]
    steps += [(EQUAL, "refuse", NEXT, number) for number in refused]
    steps += [(EQUAL, NEXT, 2, SOCKET[which]), (LOAD, 0, 0, FIRST_ARGUMENT), (EQUAL, "allow", "strange", UNIX)]
    # The C library takes clone where there is no clone3, whose flags no filter can read.
    steps += [(EQUAL, "missing", NEXT, CLONE3[which]), (EQUAL, NEXT, "allow", CLONE[which])]
    steps += [(LOAD, 0, 0, FIRST_ARGUMENT), (ANY_BIT, "refuse", "allow", NAMESPACES)]
    ends = {"allow": ALLOW, "refuse": ERROR | errno.EPERM, "missing": ERROR | errno.ENOSYS}
    ends["strange"] = ERROR | errno.EAFNOSUPPORT
    places = {name: len(steps) + place for place, name in enumerate(ends)}
    steps += [(RETURN, 0, 0, value) for value in ends.values()]
    made = b""
    for place, (code, true, false, value) in enumerate(steps):
        jumps = [places[where] - place - 1 if where in places else where for where in (true, false)]
        made += struct.pack("HBBI", code, *jumps, value)
    return made
