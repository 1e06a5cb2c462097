"""ONNX files whose weights lie in files beside them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils.lessons.tensorrt_engines.files import write_graph

if TYPE_CHECKING:
    from onnx import TensorProto


def model_of(path: Path, *held: str) -> Path:
    """Write a model with a weight in each of several files beside it, which hold these texts; return path.

    The model's own file is the same for as many texts, whatever they are.
    """
    import onnx

    weights = ", ".join(f"float[1] w{which} = {{0}}" for which in range(len(held)))
    model = onnx.load(write_graph(f"net (float[N, 1] x) => (float[N, 1] y) <{weights}> {{ y = Relu (x) }}", path))
    for weight, text in zip(model.graph.initializer, held, strict=True):
        _put_beside(path, weight, text.encode())
    path.write_bytes(model.SerializeToString())
    return path


def model_in_parts(path: Path, ones: Sequence[tuple[int, int]]) -> Path:
    """Write a model of more than a megabyte with weights in its own file and in four files beside it; return path.

    Args:
        ones: (which, place) of the weights that are 1, all others are 0; which: 0 for the model's own file, 1 to 4 for
            those beside it. File 0 has 300,000 weights, file 4 has 900,000, the others 3,000.
    """
    import numpy as np
    import onnx

    sizes = 300_000, 3_000, 3_000, 3_000, 900_000
    held = " ".join(f"float[{size}] w{which} = {{0}}," for which, size in enumerate(sizes)).rstrip(",")
    model = onnx.load(write_graph(f"net (float[N, 1] x) => (float[N, 1] y) <{held}> {{ y = Relu (x) }}", path))
    for which, weight in enumerate(model.graph.initializer):
        values = np.zeros(sizes[which], np.float32)
        values[[place for each, place in ones if each == which]] = 1
        weight.raw_data = values.tobytes()
        if which:
            _put_beside(path, weight, values.tobytes())
    path.write_bytes(model.SerializeToString())
    return path


def _put_beside(path: Path, weight: TensorProto, content: bytes) -> None:
    """Have a weight of the model at ``path`` lie in a file beside it, called like the weight."""
    (path.parent / weight.name).write_bytes(content)
    weight.ClearField("raw_data")
    weight.data_location = weight.EXTERNAL
    weight.external_data.add(key="location", value=weight.name)


def model_files(path: Path | str) -> list[Path]:
    """Return all files of a model: its own, then those beside it that hold its weights."""
    import onnx

    weights = onnx.load(path, load_external_data=False).graph.initializer
    held = {entry.value for weight in weights for entry in weight.external_data if entry.key == "location"}
    return [Path(path), *(Path(path).parent / name for name in sorted(held))]


def model_outside(path: Path, value: float) -> Path:
    """Write y = x @ w with every weight equal to value, kept in the file w.bin beside it; return path."""
    import numpy as np
    import onnx

    write_graph("net (float[N, 8] x) => (float[N, 4] y) <float[8, 4] w = {0}> { y = MatMul (x, w) }", path)
    model = onnx.load(path)
    model.graph.initializer[0].CopyFrom(onnx.numpy_helper.from_array(np.full((8, 4), value, np.float32), "w"))
    (path.parent / "w.bin").unlink(missing_ok=True)
    onnx.save(model, path, save_as_external_data=True, location="w.bin", size_threshold=0)
    return path
