"""Settings for ONNX Runtime's quantization, by what they are for, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

IN_BODIES = MappingProxyType({"EnableSubgraph": True})  # branches and loops, too; only without calibration


@dataclass(frozen=True)
class Preset:
    """How to quantize.

    Attributes:
        reason: what it is for, and why it is set as it is.
        exercise: the exercise whose answer it is.
        activations, weights: names in ``onnxruntime.quantization.QuantType``; activations of a preset without
            calibration are quantized while the model runs.
        operators: the only operators to quantize; empty for all that can be.
        options: ``extra_options`` of ONNX Runtime.
        device: what runs the file.
    """

    name: str
    reason: str
    exercise: str
    weights: str
    activations: str = ""
    per_channel: bool = False
    reduce_range: bool = False
    operators: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    device: str = "CPU"

    @property
    def calibrated(self) -> bool:
        """Whether it needs a reader."""
        return bool(self.activations)

    @property
    def opset(self) -> int:
        """The lowest version of the ONNX operators that has what it writes: a scale for each channel came with 13."""
        return 13 if self.per_channel else 11

    @property
    def may_saturate(self) -> bool:
        """Whether two products of its bytes may not fit into the 16 bits in which some processors add them.

        255 · 127 twice is more than 2¹⁵; with weights of 7 bits, 255 · 64 twice is not.
        """
        return self.device == "CPU" and self.activations in ("", "QUInt8") and not self.reduce_range

    def settings(self) -> dict[str, Any]:
        """Return what to pass to ``quantize_static`` or ``quantize_dynamic``."""
        from onnxruntime.quantization import QuantFormat, QuantType

        given: dict[str, Any] = {
            "weight_type": QuantType[self.weights],
            "per_channel": self.per_channel,
            "reduce_range": self.reduce_range,
            "op_types_to_quantize": list(self.operators) or None,
            "extra_options": dict(self.options),
        }
        if self.calibrated:
            given |= {"quant_format": QuantFormat.QDQ, "activation_type": QuantType[self.activations]}
        return given

    def row(self) -> dict[str, str]:
        """The preset as a row of a table."""
        activations = self.activations or "while it runs"
        return {"preset": self.name, "activations": activations, "weights": self.weights, "reason": self.reason}


_ALL = (
    Preset(
        "cpu_int8",
        "x86-64 multiplies unsigned by signed bytes in one instruction (VNNI), so activations are unsigned and "
        "weights signed, which ARM takes as well; a scale for each output channel costs no time and loses less; QDQ "
        "lets ONNX Runtime choose the kernels",
        exercise="6.5",
        activations="QUInt8",
        weights="QInt8",
        per_channel=True,
    ),
    Preset(
        "cpu_int8_without_vnni",
        "as cpu_int8, for x86-64 without VNNI, which adds two products in 16 bits: with weights of 7 bits they fit",
        exercise="6.5",
        activations="QUInt8",
        weights="QInt8",
        per_channel=True,
        reduce_range=True,
    ),
    Preset(
        "tensorrt_int8",
        "TensorRT takes signed bytes with zero point 0 on both sides, and biases that stay float",
        exercise="7.6",
        activations="QInt8",
        weights="QInt8",
        per_channel=True,
        options=MappingProxyType({"ActivationSymmetric": True, "WeightSymmetric": True, "QuantizeBias": False}),
        device="TensorRT",
    ),
    Preset(
        "dynamic_gemm",
        "no calibration: ranges are taken while the model runs; only matrix products, because convolutions become "
        "slower than in float",
        exercise="6.6",
        weights="QInt8",
        operators=("Gemm", "MatMul"),
        options=IN_BODIES,
    ),
    Preset(
        "dynamic_gemm_without_vnni",
        "as dynamic_gemm, for x86-64 without VNNI, which adds two products in 16 bits: with weights of 7 bits they fit",
        exercise="6.6",
        weights="QInt8",
        reduce_range=True,
        operators=("Gemm", "MatMul"),
        options=IN_BODIES,
    ),
)
PRESETS: Mapping[str, Preset] = MappingProxyType({preset.name: preset for preset in _ALL})
