"""ONNX file → engine, for the GPU that is here or for several that are not."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course_utils.errors import CourseError
from course_utils.tensorrt import refusals
from course_utils.tensorrt.choosing import library, version
from course_utils.tensorrt.layers import EngineLayer, layers
from course_utils.tensorrt.listening import listening
from course_utils.tensorrt.parsing import ends, read
from course_utils.tensorrt.profiles import fitting
from course_utils.withheld import answer_to

HERE = "CURRENT"  # the GPU of this machine


@dataclass(frozen=True)
class Build:
    """An engine and how it came about.

    Attributes:
        engine: the serialized engine; it belongs to ``targets`` and to ``version``.
        targets: compute capabilities, such as SM86.
        version: library and version that built it.
        network_layers: how many layers the network had before the build.
        log: everything TensorRT said.
    """

    engine: bytes = field(repr=False)
    targets: tuple[str, ...]
    version: str
    network_layers: int
    log: str = field(repr=False)

    @property
    def layers(self) -> list[EngineLayer]:
        """The engine's layers, read from the log."""
        return layers.__wrapped__(self.log)


def targets(trt: Any = None) -> tuple[str, ...]:
    """Return the compute capabilities that the library builds for without a GPU of that kind; none for ``tensorrt``.

    Raises:
        NotHere: no TensorRT here.
    """
    members = getattr(getattr(trt or library(), "ComputeCapability", None), "__members__", {})
    return tuple(name for name in members if name.startswith("SM"))


@answer_to("7.3")
def build(
    path: str | os.PathLike,
    profile: Mapping[str, Sequence[Sequence[int]]] | None = None,
    target: str | Sequence[str] = HERE,
    *,
    workspace_bytes: int | None = None,
    trt: Any = None,
) -> Build:
    """Build an engine from an ONNX file, whose types decide the precision: networks are strongly typed.

    Args:
        profile: ``{input: (min, opt, max)}``; needed for every input with a free axis.
        target: a compute capability such as ``"SM86"``, several of them, or ``"CURRENT"``: the GPU of this machine.
        workspace_bytes: the most scratch memory that a layer may use (default: the library's).
        trt: the library, default ``library()``.

    Raises:
        CourseError: the file, an operator, a type, a shape or a target that TensorRT does not take; each with its
            name. ``tensorrt`` builds for the GPU of this machine only.
        NotHere: no TensorRT here.
    """
    trt, path = trt or library(), Path(path)
    wanted = (target,) if isinstance(target, str) else tuple(target)
    _known(wanted, trt)
    with listening() as heard:
        reading = read(path, trt)
        if reading.errors:
            raise CourseError(reading.errors[0])
        shapes = fitting(ends(reading.network)[0], profile or {}, str(path))
        config = _config(reading.builder, shapes, wanted, workspace_bytes, trt)
        heard.messages.clear()
        serialized = reading.builder.build_serialized_network(reading.network, config)
    if serialized is None:
        raise refusals.of_build(heard.errors(), path, wanted)
    return Build(bytes(serialized), wanted, version(trt), reading.network.num_layers, heard.text())


def _known(wanted: tuple[str, ...], trt: Any) -> None:
    there = targets(trt)
    strange = [name for name in wanted if name not in (*there, HERE)]
    if not wanted or strange or (HERE in wanted and len(wanted) > 1):
        known = ", ".join((*there, HERE))
        raise CourseError(
            f"target {', '.join(strange or wanted) or '()'}: {trt.__name__} builds for {known} (alone), no others."
        )


def _config(builder: Any, shapes: Mapping, wanted: tuple[str, ...], workspace_bytes: int | None, trt: Any) -> Any:
    config = builder.create_builder_config()
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    if workspace_bytes is not None:
        config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, workspace_bytes)
    if shapes:
        made = builder.create_optimization_profile()
        for name, (low, usual, high) in shapes.items():
            made.set_shape(name, low, usual, high)
        config.add_optimization_profile(made)
    if hasattr(config, "num_compute_capabilities"):
        config.num_compute_capabilities = len(wanted)
        for place, name in enumerate(wanted):
            config.set_compute_capability(trt.ComputeCapability.__members__[name], place)
    return config
