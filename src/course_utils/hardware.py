"""The machine that a number was measured on, in words: a time without it means nothing."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import Any


def cpu_name() -> str:
    """Return the processor's own name, or its architecture where the system does not tell."""
    if sys.platform == "linux":
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        return names[0] if names else platform.machine()
    if sys.platform == "darwin":
        import subprocess

        asked = subprocess.run(["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True)
        return asked.stdout.strip() or platform.machine()
    return platform.processor() or platform.machine()


def hardware() -> dict[str, Any]:
    """Return what a time depends on: cpu, cores, usable, threads, gpu, system, python, torch.

    cores: physical ones; usable: logical ones that this process may run on; threads: what torch uses for one
    operation; threads, gpu and torch are None where torch is not imported, gpu also where CUDA is not in use.
    """
    import psutil

    torch = sys.modules.get("torch")
    on_cuda = torch is not None and torch.cuda.is_initialized()
    return {
        "cpu": cpu_name(),
        "cores": psutil.cpu_count(logical=False),
        "usable": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "threads": torch.get_num_threads() if torch is not None else None,
        "gpu": torch.cuda.get_device_name() if on_cuda else None,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "torch": str(torch.__version__) if torch is not None else None,
    }


def hardware_line(found: dict[str, Any] | None = None) -> str:
    """Return the machine in one line, such as ``Ryzen 7, 8 cores (16 usable), 1 torch thread, Linux x86_64, …``."""
    found = found or hardware()
    cores = f"{found['cores'] or '?'} cores ({found['usable']} usable)"
    words = [found["cpu"], cores, found["gpu"], found["system"], f"Python {found['python']}"]
    if found["torch"]:
        many = "" if found["threads"] == 1 else "s"
        words += [f"PyTorch {found['torch']} on {found['threads']} thread{many}"]
    return ", ".join(word for word in words if word)
