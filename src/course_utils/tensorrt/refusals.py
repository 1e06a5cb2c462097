"""What TensorRT's messages mean, in a sentence: which file, which node, what to do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from course_utils.errors import CourseError

PLACE = re.compile(
    r"\s*\(?In \S+ at \S+:\d+\s*\)?|\[\S+:\d+: \w+\] |\S+: Error Code \d+: (?:API Usage Error|Myelin|Internal Error)?"
)
NO_DRIVER = re.compile(r"cudaError (35|100)\b|no CUDA-capable device|driver version is insufficient")
TYPES = re.compile(r"type|Type|DataType|dtype")
ZERO_POINT = "shiftIsAllZeros"
BIAS = re.compile(r"input has type Int32 but must have type")


def look_at(path: Path) -> None:
    """Find what is wrong with the file itself; TensorRT takes rubbish for an empty network.

    Raises:
        CourseError: no such file, no ONNX model in it, or weights that are not beside it.
    """
    from course_utils import graphs

    for name in graphs.external_files(path):
        if not (path.parent / name).is_file():
            raise CourseError(
                f"{path}: its weights are in {name}, which is not beside it; copy that file there, or export in one "
                "file."
            )


def of_parser(error: Any, path: Path) -> str:
    """Return what a ParserError says, as a sentence."""
    operator, node, told = error.node_operator(), error.node_name() or f"number {error.node()}", error.desc()
    where = f"{path}: node {node!r} ({operator})"
    if "Failed to convert ONNX dat" in told:
        return (
            f"{path}: the input {error.file()!r} has a type that TensorRT does not take{_type_of(path, error.file())}."
        )
    if weight := re.search(r"Failed to import initializer: (?!In node)(\S+)", told):
        return f"{path}: the weight {weight[1]!r} has a type that TensorRT does not take{_type_of(path, weight[1])}."
    if "Plugin not found" in told:
        return f"{where}: neither an ONNX operator nor a plugin that is loaded; load its plugin, or replace it."
    if ZERO_POINT in told:
        return f"{where}: its zero point is not 0; TensorRT takes symmetric quantization only."
    if BIAS.search(told):
        return f"{where}: it dequantizes an int32 bias, and TensorRT takes 8 bits or less; leave biases in float."
    if error.code().name == "UNSUPPORTED_NODE":
        return f"{where}: TensorRT has no such operator; write it with others, or leave this part to ONNX Runtime."
    if error.code().name == "INVALID_NODE" and TYPES.search(told):
        return f"{where}: a type that this operator does not take in TensorRT ({_core(told)})."
    return f"{where if operator else path}: {_core(told)}."


def of_build(errors: list[str], path: Path, targets: tuple[str, ...]) -> CourseError:
    """Return what the builder's error messages say, as an error to raise."""
    told = _core(errors[0]) if errors else "it does not say why"
    if errors and NO_DRIVER.search(errors[0]):
        return CourseError(f"{path}: no NVIDIA GPU or driver here to build for; name a target, such as SM86.")
    node = re.search(r"Cannot compile operation '([^']+)' for [^:]*: ([^.]+)", errors[0]) if errors else None
    if node:
        return CourseError(f"{path}: node {node[1]!r} cannot be built for {', '.join(targets)} ({node[2]}).")
    return CourseError(f"{path}: cannot be built for {', '.join(targets)} ({told}).")


def of_loading(errors: list[str], what: str) -> CourseError:
    """Return why an engine could not be loaded, as an error to raise."""
    told = " ".join(errors)
    if re.search(r"created with TensorRT|[Vv]ersion tag does not match|rebuild it with|serialization version", told):
        return CourseError(f"{what}: of another version of TensorRT, or no engine at all; build it again here.")
    if re.search(r"Serialization assertion|empty memory buffer|[Cc]orrupt|checksum|Magic tag|malformed", told):
        return CourseError(f"{what}: damaged, or only a part of an engine; build it again.")
    if NO_DRIVER.search(told):
        return CourseError(f"{what}: no NVIDIA GPU or driver here; an engine is built anywhere, and runs on its GPU.")
    if re.search(r"incompatible device|compute capability|UNSUPPORTED_CC|not compatible with", told):
        return CourseError(f"{what}: built for another GPU than the one here; build it for this one.")
    return CourseError(f"{what}: cannot be loaded ({_core(errors[0]) if errors else 'TensorRT does not say why'}).")


def _core(told: str) -> str:
    """The message without the places in TensorRT's own source, on one line."""
    lines = [PLACE.sub("", line) for line in told.splitlines() if line and "catchCudaError" not in line]
    return " ".join(" ".join(lines).split()).rstrip(". ")[:300]


def _type_of(path: Path, name: str) -> str:
    from onnx import TensorProto

    from course_utils import graphs
    from course_utils.graphs import constants

    model = graphs.load(path)
    kinds = {value.name: value.type.tensor_type.elem_type for value in model.graph.input}
    kinds |= {weight: tensor.data_type for weight, tensor in constants.of(model)}
    return f" ({TensorProto.DataType.Name(kinds[name]).lower()})" if name in kinds else ""
