"""ONNX file → TensorRT network, or a sentence that says which node stands in the way."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_utils.errors import CourseError
from course_utils.tensorrt import refusals
from course_utils.tensorrt.choosing import library
from course_utils.tensorrt.listening import logger
from course_utils.withheld import answer_to


@dataclass(frozen=True)
class Parsed:
    """What TensorRT made of an ONNX file.

    Attributes:
        inputs, outputs: shapes by name; a free axis is -1.
        layers: how many the network has before the build; constants count, too.
        errors: a sentence for each reason why it is refused; none where it is taken.
    """

    inputs: dict[str, tuple[int, ...]]
    outputs: dict[str, tuple[int, ...]]
    layers: int
    errors: tuple[str, ...]


@answer_to("7.1")
def parse(path: str | os.PathLike, *, trt: Any = None) -> Parsed:
    """Return what TensorRT reads in an ONNX file; reasons to refuse it are returned, not raised.

    Args:
        trt: the library, default ``library()``.

    Raises:
        CourseError: no such file, no ONNX in it, or weights that are not beside it.
        NotHere: no TensorRT here.
    """
    reading = read(path, trt or library())
    inputs, outputs = ends(reading.network)
    return Parsed(inputs, outputs, reading.network.num_layers, tuple(reading.errors))


@dataclass(frozen=True)
class Reading:
    """A network with those who must live as long as it does, and a sentence for each reason to refuse the file."""

    builder: Any
    network: Any
    parser: Any  # holds the weights
    errors: list[str]


def read(path: str | os.PathLike, trt: Any) -> Reading:
    """Return what TensorRT reads in an ONNX file, ready to be built.

    Raises:
        CourseError: as for ``parse``.
    """
    from course_utils.quiet import quiet

    path = Path(path)
    refusals.look_at(path)
    builder = trt.Builder(logger(trt))
    strongly_typed = 1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED)
    network = builder.create_network(strongly_typed)
    parser = trt.OnnxParser(network, logger(trt))
    with quiet():  # the parser prints the types it does not know
        taken = parser.parse_from_file(os.fspath(path))
    found = [parser.get_error(place) for place in range(parser.num_errors)]
    sentences = [refusals.of_parser(error, path) for error in found]
    if not taken and not sentences:
        raise CourseError(f"{path}: TensorRT does not take this file, and does not say why; look at it with onnx.")
    return Reading(builder, network, parser, list(dict.fromkeys(sentences)))


def ends(network: Any) -> tuple[dict[str, tuple[int, ...]], dict[str, tuple[int, ...]]]:
    """Return the shapes of a network's inputs and of its outputs by name; a free axis is -1."""
    ins = [network.get_input(place) for place in range(network.num_inputs)]
    outs = [network.get_output(place) for place in range(network.num_outputs)]
    inputs, outputs = ({each.name: _sizes(each.shape) for each in tensors} for tensors in (ins, outs))
    return inputs, outputs


def _sizes(shape: Any) -> tuple[int, ...]:
    return tuple(int(size) for size in shape) if len(shape) >= 0 else ()
