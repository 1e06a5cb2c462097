"""What a demonstration takes where an earlier exercise is not written: the course's own result, and it says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from course_utils import tensorrt
from course_utils.lessons.standing_in import either
from course_utils.lessons.tensorrt_engines.calls import Shapes


def build_or_own(build_engine: Callable[[Path, Shapes, str], bytes]) -> Callable[[Path, Shapes, str], bytes]:
    """Return a student's build_engine, or what stands in for it."""
    return either("7.3", build_engine, lambda *args: tensorrt.build.__wrapped__(*args).engine)


def layers_or_own(engine_layers: Callable[[str], list]) -> Callable[[str], list]:
    """Return a student's engine_layers, or what stands in for it."""

    def own(log: str) -> list[dict]:
        layers = tensorrt.layers.__wrapped__(log)
        return [{"name": each.name, "types": list(each.outputs), "nodes": list(each.nodes)} for each in layers]

    return either("7.4", engine_layers, own)


def batches(profile: Callable[..., Shapes], low: int, usual: int, high: int, image: Sequence[int] = (1, 28, 28)) -> Any:
    """Return what a student's profile, or what stands in for it, makes of three numbers of images.

    Returns:
        {"input": (min, opt, max)}, shapes (n, *image).
    """
    three = ({"input": (n, *image)} for n in (low, usual, high))
    return either("7.2", profile, tensorrt.profile.__wrapped__)(*three)


def log_of(build_engine: Callable[[Path, Shapes, str], bytes], path: Path, shapes: Shapes, target: str = "SM86") -> str:
    """Return all that TensorRT says while a student's build_engine, or what stands in for it, builds."""
    with tensorrt.listening() as heard:
        build_or_own(build_engine)(path, shapes, target)
    return heard.text()
