"""What an engine weighs: its bytes, weights, memory, layers and streams, or why there is none."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from course_utils.errors import CourseError
from course_utils.tensorrt import building
from course_utils.tensorrt.choosing import NotHere


@dataclass(frozen=True)
class Weighed:
    """The measures of an engine.

    Attributes:
        engine_bytes: of the serialized engine: weights, kernels compiled into it, plan.
        weights_bytes: of the weights alone.
        activation_bytes: GPU memory that a running engine needs for its tensors, at the profile's largest shapes.
        network_layers, engine_layers: before and after the build; shapes, signals and waits are not counted.
        types: of the layers' inputs, outputs and constants, sorted.
        streams: how many CUDA streams the layers are spread over.
        refused: why there is no engine, in a sentence; empty where there is one. The numbers are then 0.
    """

    engine_bytes: int = 0
    weights_bytes: int = 0
    activation_bytes: int = 0
    network_layers: int = 0
    engine_layers: int = 0
    types: tuple[str, ...] = ()
    streams: int = 0
    refused: str = ""


def weigh(
    path: str | os.PathLike,
    profile: Mapping[str, Sequence[Sequence[int]]] | None = None,
    target: str | Sequence[str] = "SM86",
    *,
    trt: Any = None,
) -> Weighed:
    """Build an engine, weigh it and throw it away; refusals are returned, not raised.

    Args:
        profile, target: as for ``build``.

    Raises:
        NotHere: no TensorRT here.
    """
    try:
        made = building.build.__wrapped__(path, profile, target, trt=trt)
    except NotHere:
        raise
    except CourseError as error:
        return Weighed(refused=str(error))
    layers = [layer for layer in made.layers if layer.works]
    types = {kind for layer in layers for kind in (*layer.inputs, *layer.outputs, *layer.constants)}
    return Weighed(
        engine_bytes=len(made.engine),
        weights_bytes=_told(made.log, "Total Weights Memory"),
        activation_bytes=_told(made.log, "Total Activation Memory"),
        network_layers=made.network_layers,
        engine_layers=len(layers),
        types=tuple(sorted(types)),
        streams=len({layer.stream for layer in layers}),
    )


def _told(log: str, what: str) -> int:
    found = re.search(rf"^{what}: (\d+) bytes", log, re.M)
    return int(found[1]) if found else 0
