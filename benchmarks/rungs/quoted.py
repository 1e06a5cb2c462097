"""Ladders that others have published: quoted, on their hardware and their models, not measured here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Quoted:
    """A published ladder.

    Attributes:
        source: who measured what.
        hardware: where.
        unit: of the numbers.
        rungs: numbers by name, the first one is what the others are compared with.
        less_is_better: True for times, False for images per second.
    """

    source: str
    hardware: str
    unit: str
    rungs: dict[str, float]
    less_is_better: bool = True

    def speedup(self, name: str) -> float:
        """Return how many times as fast as the first."""
        first, this = next(iter(self.rungs.values())), self.rungs[name]
        return first / this if self.less_is_better else this / first


QUOTED = (
    Quoted(
        source="report on a TCN for sequential MNIST, mean time",
        hardware="RTX 2080 Ti",
        unit="ms",
        rungs={
            "PyTorch": 3.13,
            "ONNX Runtime, GPU": 1.21,
            "TensorRT fp32": 0.63,
            "TensorRT fp16": 0.52,
            "TensorRT fp32, C++": 0.53,
            "TensorRT fp16, C++": 0.41,
        },
    ),
    Quoted(
        source="slides on a wake-word verifier as a service, lowest latency under load",
        hardware="hardware not given",
        unit="ms",
        rungs={"CPU": 102.4, "GPU": 22.4, "TensorRT": 13.0},
    ),
    Quoted(
        source="talk on RetinaFace with ResNet50, 640×480, frames per second",
        hardware="GTX 1080",
        unit="frames/s",
        rungs={"TensorRT fp32": 81, "TensorRT int8": 190},
        less_is_better=False,
    ),
)
