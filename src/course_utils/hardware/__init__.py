"""The machine that a number was measured on, in words: a time without it means nothing."""

from __future__ import annotations

import os
import platform
import sys
from typing import Any

from course_utils.hardware.processor import Processor, processor

__all__ = ["Processor", "hardware", "hardware_line", "processor", "processors"]


def processors() -> int | None:
    """Return how many logical processors this process may run on; None where the system does not tell."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def hardware() -> dict[str, Any]:
    """Return what a result depends on: cpu, kind, isa, cores, usable, threads, gpu, system, python, torch.

    kind and isa: what the processor can do with bytes, see ``Processor``; cores: physical ones; usable: logical ones
    that this process may run on; threads: what torch uses for one operation; threads, gpu and torch are None where
    torch is not imported, gpu also where CUDA is not in use.
    """
    import psutil

    torch, cpu = sys.modules.get("torch"), processor()
    on_cuda = torch is not None and torch.cuda.is_initialized()
    return {
        "cpu": cpu.name,
        "kind": cpu.kind,
        "isa": list(cpu.isa),
        "cores": psutil.cpu_count(logical=False),
        "usable": processors(),
        "threads": torch.get_num_threads() if torch is not None else None,
        "gpu": torch.cuda.get_device_name() if on_cuda else None,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "torch": str(torch.__version__) if torch is not None else None,
    }


def hardware_line(found: dict[str, Any] | None = None) -> str:
    """Return the machine in one line: ``Ryzen 7 (x86-64 with VNNI), 8 cores (16 usable), Linux x86_64, Python …``."""
    found = found or hardware()
    cpu = f"{found['cpu']} ({found['kind']})" if "kind" in found else found["cpu"]
    cores = f"{found['cores'] or '?'} cores ({found['usable']} usable)"
    words = [cpu, cores, found["gpu"], found["system"], f"Python {found['python']}"]
    if found["torch"]:
        many = "" if found["threads"] == 1 else "s"
        words += [f"PyTorch {found['torch']} on {found['threads']} thread{many}"]
    return ", ".join(word for word in words if word)
