"""ONNX graphs: read without their weights, operators counted, opened in netron."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils.errors import CourseError
from course_utils.withheld import answer_to

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto, ValueInfoProto


def load(model: str | os.PathLike | ModelProto) -> ModelProto:
    """Return the model in a file; weights kept in other files are left there. A model is returned as it is.

    Raises:
        CourseError: no such file, or no ONNX model in it.
    """
    import onnx
    from google.protobuf.message import DecodeError

    if isinstance(model, onnx.ModelProto):
        return model
    path = _existing(model)
    try:
        loaded = onnx.load(path, format="protobuf", load_external_data=False)
    except DecodeError:
        loaded = onnx.ModelProto()
    if not loaded.HasField("graph"):
        raise CourseError(f"{path}: no ONNX model, or only a part of one; write or download it again.")
    return loaded


@answer_to("5.1")
def operators(model: str | os.PathLike | ModelProto) -> dict[str, int]:
    """Return how many nodes there are of each operator, sorted by name, the bodies of branches and loops included.

    Raises:
        CourseError: no such file, or no ONNX model in it.
    """
    return dict(sorted(Counter(node.op_type for node in nodes(load(model).graph)).items()))


def external_files(model: str | os.PathLike | ModelProto) -> list[str]:
    """Return the names of the other files that hold weights of the model, sorted, as written in it.

    Weights are all that ``constants.of`` yields, those in bodies and in ``Constant`` nodes, too.

    Raises:
        CourseError: no such file, or no ONNX model in it.
    """
    from onnx.external_data_helper import ExternalDataInfo, uses_external_data

    from course_utils.graphs import constants

    tensors = [tensor for _, tensor in constants.of(load(model))]
    return sorted({ExternalDataInfo(tensor).location for tensor in tensors if uses_external_data(tensor)})


def inputs(graph: GraphProto) -> list[ValueInfoProto]:
    """Return the inputs of a graph, those left out that are weights, which need not be given."""
    weights = {tensor.name for tensor in graph.initializer} | {each.values.name for each in graph.sparse_initializer}
    return [value for value in graph.input if value.name not in weights]


def nodes(graph: GraphProto) -> Iterator[NodeProto]:
    """Yield every node, each followed by those of the graphs inside it."""
    for node in graph.node:
        yield from nodes_of(node)


def nodes_of(node: NodeProto) -> Iterator[NodeProto]:
    """Yield a node, then those of the branches or the body inside it."""
    yield node
    for attribute in node.attribute:
        for inner in (attribute.g, *attribute.graphs):
            yield from nodes(inner)


def open_in_netron(path: str | os.PathLike, *, browse: bool = True) -> str:
    """Serve the file to this machine alone, in netron, and open the browser on it.

    The page tells its makers that it was opened, from the reader's browser, if that is online; the model stays here.

    Returns:
        The address of the page; ``netron.stop()`` ends the service.

    Raises:
        CourseError: no such file, or netron is not installed.
    """
    path = _existing(path)
    try:
        import netron
    except ImportError as error:
        raise CourseError("netron is not installed; pip install netron, or drag the file onto netron.app.") from error
    from course_utils.quiet import quiet

    with quiet():
        host, port = netron.start(str(path), browse=browse)
    return f"http://{host}:{port}"


def _existing(path: str | os.PathLike) -> Path:
    path = Path(path)
    if not path.is_file():
        raise CourseError(f"{path}: no such file; look at the path, and at what was to write it.")
    return path
