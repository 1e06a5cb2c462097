"""Tests that need more than every machine has: not run where it is lacking, and each named at the end, no skip."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
from contextlib import suppress
from pathlib import Path

import pytest

NOT_RUN = pytest.StashKey[dict[str, list[str]]]()


def has_emulator() -> bool:
    """Whether there is a processor without VNNI (.ci/without_vnni); taken for granted on x86-64 in CI."""
    on_x86, told = platform.machine().lower() in ("x86_64", "amd64"), Path("/proc/cpuinfo")
    can_deny = told.exists() and "cpuid_fault" in told.read_text().split()
    return on_x86 and bool(can_deny or shutil.which("qemu-x86_64") or os.environ.get("CI"))


def has_gpu() -> bool:
    """Whether NVIDIA's driver finds a GPU, asked without importing anything heavy."""
    for name in ("libcuda.so.1", "nvcuda.dll"):
        with suppress(OSError):
            driver, count = ctypes.CDLL(name), ctypes.c_int()
            return driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0 and count.value > 0
    return False


NEEDS = {"gpu": ("a GPU", has_gpu), "emulator": ("x86-64 that traps CPUID, or qemu-x86_64 there", has_emulator)}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take out the tests that are marked with what is not here."""
    lacking = [marker for marker, (_, is_here) in NEEDS.items() if not is_here()]
    lacks = {marker: [item for item in items if item.get_closest_marker(marker)] for marker in lacking}
    config.stash[NOT_RUN] = {marker: [item.nodeid for item in needy] for marker, needy in lacks.items() if needy}
    if needy := [item for each in lacks.values() for item in each]:
        items[:] = [item for item in items if item not in needy]
        config.hook.pytest_deselected(items=needy)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where several processes run the tests, each tells the one that writes the summary."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["not run"] = session.config.stash.get(NOT_RUN, {})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node) -> None:
    """Take what a process tells."""
    node.config.stash[NOT_RUN] = getattr(node, "workeroutput", {}).get("not run", {})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name what was not run."""
    for marker, names in config.stash.get(NOT_RUN, {}).items():
        terminalreporter.section(f"not run: needs {NEEDS[marker][0]}")
        for name in names:
            terminalreporter.line(f"NOT RUN {name}")
