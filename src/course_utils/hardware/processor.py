"""What this processor can do with bytes: its instruction set decides what an int8 model means here, and what it costs.

The flags are asked of the processor itself where there is a way: a system can tell of more than an emulator gives.
"""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FLAGS = ("avx2", "avx512f", "avx_vnni", "avx512_vnni", "amx_int8", "asimddp", "i8mm")
VNNI = {"avx_vnni", "avx512_vnni"}
X86, ARM = ("x86_64", "amd64"), ("arm64", "aarch64")
ON_LINUX = {"asimddp": (16, 20), "i8mm": (26, 13)}  # AT_HWCAP or AT_HWCAP2, and the bit in it
ON_MACOS = {"asimddp": "hw.optional.arm.FEAT_DotProd", "i8mm": "hw.optional.arm.FEAT_I8MM"}
ON_WINDOWS = {"asimddp": 43}  # PF_ARM_V82_DP_INSTRUCTIONS_AVAILABLE


@dataclass(frozen=True)
class Processor:
    """A processor, as far as a result can depend on it.

    Attributes:
        name: its own, or its architecture where it does not tell.
        architecture: "x86-64", "ARM", or what the system calls it.
        isa: the instruction sets of ``FLAGS`` that it has, by Linux's names.
    """

    name: str
    architecture: str
    isa: tuple[str, ...]

    @property
    def has_int8_dot(self) -> bool:
        """Whether it multiplies bytes and adds the products in 32 bits in one instruction."""
        return bool({*VNNI, "asimddp"}.intersection(self.isa))

    @property
    def saturates(self) -> bool:
        """Whether ONNX Runtime's kernels for uint8 × int8 add two products in 16 bits here, where they may not fit.

        Source: ONNX Runtime's documentation, "Quantize ONNX Models", on x86-64 without VNNI (VPMADDUBSW).
        """
        return self.architecture == "x86-64" and not self.has_int8_dot

    @property
    def kind(self) -> str:
        """What int8 depends on, in words: ``x86-64 with VNNI``."""
        what = {"x86-64": "VNNI", "ARM": "dot product"}.get(self.architecture)
        return f"{self.architecture} {'with' if self.has_int8_dot else 'without'} {what}" if what else self.architecture


@cache
def processor() -> Processor:
    """Return the processor that this process runs on."""
    machine = platform.machine().lower()
    if machine in X86:
        name, flags = _by_cpuid()
        architecture = "x86-64"
    else:
        name, flags = _name(), _arm_flags() if machine in ARM else set()
        architecture = "ARM" if machine in ARM else platform.machine()
    return Processor(name or _name(), architecture, tuple(flag for flag in FLAGS if flag in flags))


def _by_cpuid() -> tuple[str, set[str]]:
    from archspec.cpu.detect import CpuidInfoCollector

    found = CpuidInfoCollector()
    return (found.brand_string() or "").strip(), found.features


def _arm_flags() -> set[str]:
    import ctypes

    if sys.platform == "linux":
        asked = ctypes.CDLL(None).getauxval
        asked.restype, asked.argtypes = ctypes.c_ulong, [ctypes.c_ulong]
        return {flag for flag, (word, bit) in ON_LINUX.items() if asked(word) >> bit & 1}
    if sys.platform == "darwin":
        return {flag for flag, name in ON_MACOS.items() if _sysctl(name) == "1"}
    has = ctypes.windll.kernel32.IsProcessorFeaturePresent
    return {flag for flag, number in ON_WINDOWS.items() if has(number)}


def _name() -> str:
    if sys.platform == "linux":
        return _cpuinfo("model name") or platform.machine()
    if sys.platform == "darwin":
        return _sysctl("machdep.cpu.brand_string") or platform.machine()
    return platform.processor() or platform.machine()


def _cpuinfo(field: str) -> str:
    """Return what Linux says of its first processor; nothing where it may not be asked, as in a sandbox."""
    try:
        text = Path("/proc/cpuinfo").read_text(errors="replace")
    except OSError:
        return ""
    pairs = (line.partition(":") for line in text.splitlines())
    return next((value.strip() for name, _, value in pairs if name.strip() == field), "")


def _sysctl(name: str) -> str:
    import subprocess

    return subprocess.run(["sysctl", "-n", name], capture_output=True, text=True).stdout.strip()
