"""Which preset this processor needs: its instruction set decides whether the sums of a U8S8 model fit."""

from __future__ import annotations

from dataclasses import replace

from course_utils.hardware import Processor, processor
from course_utils.quantization.presets import PRESETS, Preset

WITHOUT_VNNI = "{}_without_vnni"


def for_this_cpu(cpu: Processor | None = None, *, calibrated: bool = True) -> Preset:
    """Return the preset for 8-bit integers on a processor; its ``reason`` begins with what that processor does.

    Args:
        cpu: default the one that this process runs on.
        calibrated: False for ranges that are taken while the model runs.

    Source: ONNX Runtime's documentation, "Quantize ONNX Models", on U8S8, VNNI and ``reduce_range``.
    """
    cpu = cpu or processor()
    name = "cpu_int8" if calibrated else "dynamic_gemm"
    preset = PRESETS[WITHOUT_VNNI.format(name) if cpu.saturates else name]
    return replace(preset, reason=f"{_does(cpu)}; {preset.reason}")


def ill_suited(preset: Preset, cpu: Processor | None = None) -> str:
    """Return what would go wrong with a preset on a processor, and which fits, in a sentence; empty where it fits."""
    cpu = cpu or processor()
    if not (preset.may_saturate and cpu.saturates):
        return ""
    fits = for_this_cpu(cpu, calibrated=preset.calibrated).name
    return (
        f"preset {preset.name} on this processor: {_does(cpu)}, so scores can be far off, and no error is raised; "
        f"take {fits}, or run the file where there is VNNI."
    )


def _does(cpu: Processor) -> str:
    if cpu.saturates:
        return f"{cpu.kind} adds two products of bytes in 16 bits, which saturate where weights have 8 bits"
    if cpu.has_int8_dot:
        return f"{cpu.kind} adds products of bytes in 32 bits in one instruction, so nothing saturates"
    return f"{cpu.kind} adds products of bytes in 32 bits, so nothing saturates"
