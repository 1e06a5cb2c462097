"""What quantizing made of a model: the kernel of every layer, read from the graph that ONNX Runtime really runs."""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils import graphs, markup, runtime
from course_utils.errors import CourseError
from course_utils.graphs import constants, kinds, levels

if TYPE_CHECKING:
    import numpy as np
    from onnx import ModelProto, NodeProto

INTEGER = re.compile(r"^QLinear|^QGemm|Integer|^DynamicQuantize(MatMul|LSTM)")
BETWEEN = re.compile(r"^(Dynamic)?QuantizeLinear$|^DequantizeLinear$")  # they change the numbers' type, no more
ADDED = re.compile(r"(_nchwc|_quant|_token_\d+)+$")  # by ONNX Runtime, to the names of nodes
WITH_TYPES = ("QLinearConv", "QLinearMatMul", "QGemm")
PLACES = (2, 3)  # of the activation's zero point and of the weights, among their inputs


@dataclass(frozen=True)
class Layer:
    """A node that computes.

    Attributes:
        operator: as ONNX Runtime runs it.
        integer: whether its kernel computes with integers.
        types: of activations and weights, ``uint8 × int8``, where the graph tells.
    """

    name: str
    operator: str
    integer: bool
    types: str = ""


@dataclass(frozen=True)
class Report:
    """A model on the CPU.

    Attributes:
        layers: in the order they run; those that only move numbers or change their type are left out.
        bytes: of the file, and of the files that hold its weights.
        accuracy: on the images given, 0 to 1; None without images.
        against: the report of the model it is compared with.
    """

    path: Path
    layers: tuple[Layer, ...]
    bytes: int
    accuracy: float | None = None
    against: Report | None = None

    @property
    def integer(self) -> tuple[Layer, ...]:
        """The layers that compute with integers."""
        return tuple(layer for layer in self.layers if layer.integer)

    @property
    def floating(self) -> tuple[Layer, ...]:
        """The layers that compute with floats."""
        return tuple(layer for layer in self.layers if not layer.integer)

    @property
    def size_ratio(self) -> float:
        """Bytes over those of ``against``; nan without it."""
        return self.bytes / self.against.bytes if self.against else float("nan")

    @property
    def points_lost(self) -> float:
        """Accuracy lost to ``against``, in percentage points; nan where either is unknown."""
        if self.accuracy is None or self.against is None or self.against.accuracy is None:
            return float("nan")
        return 100 * (self.against.accuracy - self.accuracy)

    def rows(self) -> list[dict[str, str]]:
        """Every layer, one row each."""
        return [
            {
                "layer": layer.name,
                "operator": layer.operator,
                "kernel": "integer" if layer.integer else "float",
                "activations × weights": layer.types,
            }
            for layer in self.layers
        ]

    def summary(self) -> dict[str, str]:
        """The model in one row, to stand beside others."""
        row = {"model": self.path.stem, "KB": f"{self.bytes / 1000:.0f}"}
        if self.against:
            row["of the float file"] = f"{self.size_ratio:.2f}"
        row["integer layers"] = f"{len(self.integer)} of {len(self.layers)}"
        if self.accuracy is not None:
            row["accuracy"] = f"{self.accuracy:.3f}"
        if self.points_lost == self.points_lost:
            row["points lost"] = f"{self.points_lost:.1f}"
        return row

    def __repr__(self) -> str:
        return f"{markup.table_text([self.summary()])}\n\n{markup.table_text(self.rows())}"

    def _repr_html_(self) -> str:
        return markup.table_html([self.summary()]) + markup.table_html(self.rows())


def report(
    path: str | os.PathLike,
    images: np.ndarray | None = None,
    labels: np.ndarray | None = None,
    *,
    against: str | os.PathLike | Report | None = None,
) -> Report:
    """Say which layers of a model are integer kernels at ``ORT_ENABLE_ALL`` on this CPU, its accuracy and its size.

    Args:
        images: (n, …) for the model's only input, converted to its type.
        labels: (n,) integers.
        against: the float model it was made from, or its report, to compare size and accuracy with.

    Raises:
        CourseError: no such file, one that ONNX Runtime cannot open, or images without labels.
        ValueError: more or fewer labels than images.
    """
    path = Path(path)
    if (images is None) != (labels is None):
        raise CourseError(f"{path}: accuracy takes images and labels; give both, or neither.")
    if against is not None and not isinstance(against, Report):
        against = report(against, images, labels)
    found = tuple(_layers(_optimized(path)))
    accuracy = None if images is None else _accuracy(path, images, labels)
    return Report(path, found, _bytes(path), accuracy, against)


def _optimized(path: Path) -> ModelProto:
    """Return the graph that a session runs; a session writes it, which is the only way to see it."""
    with tempfile.TemporaryDirectory() as folder:
        return graphs.load(levels.save_optimized.__wrapped__(path, Path(folder) / "optimized.onnx"))


def _layers(model: ModelProto) -> list[Layer]:
    from onnx import helper

    types = {name: str(helper.tensor_dtype_to_np_dtype(tensor.data_type)) for name, tensor in constants.of(model)}
    found = []
    in_bytes: set[str] = set()  # tensors: a MaxPool of them is called as in float, but compares integers
    for node in graphs.nodes(model.graph):
        op, between = node.op_type, bool(BETWEEN.search(node.op_type))
        named = bool(INTEGER.search(op))
        integer = named or (not between and any(name in in_bytes for name in node.input))
        if op.startswith("QLinear") or "QuantizeLinear" in op or (integer and not named):
            in_bytes.update(node.output)
        if not between and kinds.of(op) is not kinds.MOVING:
            found.append(Layer(ADDED.sub("", node.name), op, integer, _types(node, types)))
    return found


def _types(node: NodeProto, types: dict[str, str]) -> str:
    names = [node.input[place] for place in PLACES] if node.op_type in WITH_TYPES else []
    return " × ".join(types.get(name, "?") for name in names)


def _accuracy(path: Path, images: Any, labels: Any) -> float:
    import numpy as np

    from course_utils import training
    from course_utils.quantization.feeds import wanted_by

    session = runtime.session(path)
    (name, wanted), *others = wanted_by(path).items()
    if others:
        raise CourseError(f"{path}: it has several inputs; measure its accuracy with course_utils.training.accuracy.")

    def run(batch: Any) -> Any:
        return session.run(None, {name: np.asarray(batch).astype(wanted.dtype)})[0]

    return training.accuracy(run, images, labels)


def _bytes(path: Path) -> int:
    return sum(file.stat().st_size for file in (path, *(path.parent / name for name in graphs.external_files(path))))
