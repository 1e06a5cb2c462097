"""What the tests draw and read: arrays of every type, bodies of the protocol, a small model, errors as plain data."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils.lessons.serving.folder import new_path

if TYPE_CHECKING:
    import numpy as np

PROVIDERS = ("CPUExecutionProvider", "CUDAExecutionProvider", "TensorrtExecutionProvider")
DATATYPES = {
    "bool": "BOOL",
    "uint8": "UINT8",
    "uint16": "UINT16",
    "uint32": "UINT32",
    "uint64": "UINT64",
    "int8": "INT8",
    "int16": "INT16",
    "int32": "INT32",
    "int64": "INT64",
    "float16": "FP16",
    "float32": "FP32",
    "float64": "FP64",
}
NUMPY_TYPES = {theirs: ours for ours, theirs in DATATYPES.items()}


def told(function: Callable[..., Any], *args: Any) -> list[str]:
    """Call a function that should raise; return the name of the error and its text, or what it returned."""
    try:
        got = function(*args)
    except NotImplementedError:
        raise
    except Exception as error:
        return [type(error).__name__, str(error)]
    return ["returned", repr(got)]


def drawn_arrays(rng: np.random.Generator, shapes: Sequence[tuple[int, ...]]) -> dict[str, np.ndarray]:
    """Return an array of each type of the protocol, with its least and greatest values, some of them transposed."""
    import numpy as np

    arrays = {}
    for number, kind in enumerate(rng.permutation(list(DATATYPES)).tolist()):
        shape = shapes[number % len(shapes)]
        size, dtype = int(np.prod(shape)), np.dtype(kind)
        if dtype.kind == "b":
            values = rng.integers(0, 2, size)
        elif dtype.kind == "f":
            ends = np.array([np.finfo(dtype).max, np.finfo(dtype).tiny, -0.0, 0.1, 1e-4], dtype)
            values = np.concatenate([rng.permutation(ends), rng.normal(size=size)])[:size]
        else:
            ends = np.iinfo(dtype)
            odd = [ends.max, ends.min, ends.max // 4096 * 2 + 1]
            values = np.array([odd[k % 3] for k in range(size)], dtype)
        array = np.array(values, dtype).reshape(shape)
        arrays[f"{kind} {rng.integers(99)}"] = array.T if number % 2 else array
    return arrays


def pairs(data: list[Any], array: np.ndarray) -> Iterator[tuple[Any, Any]]:
    """Yield each number of a tensor's data with the one that it should be; a length that differs is a pair, too."""
    import numpy as np

    due = np.ascontiguousarray(array).reshape(-1).tolist()
    yield type(data) is list and len(data), len(due)
    yield from zip(data, due, strict=False)


def strictly(body: str) -> Any:
    """Return what a body of JSON says.

    Raises:
        ValueError: it is no JSON, or holds nan or an infinity, which JSON has not.
    """

    def refuse(name: str) -> None:
        raise ValueError(f"the body holds {name}, which is no JSON")

    return json.loads(body, parse_constant=refuse)


def answer_body(arrays: dict[str, np.ndarray], nested: bool) -> str:
    """Return the body of an answer with these outputs, their data nested or flat."""
    outputs = [
        {
            "name": name,
            "shape": list(array.shape),
            "datatype": DATATYPES[array.dtype.name],
            "data": array.tolist() if nested and array.ndim else array.flatten().tolist(),
        }
        for name, array in arrays.items()
    ]
    return json.dumps({"model_name": "m", "model_version": "1", "id": "7", "outputs": outputs})


def small_model(name: str, rng: np.random.Generator | None = None) -> Path:
    """Write an ONNX file with one dense layer of drawn weights, in a new folder, and return its path."""
    import numpy as np
    import onnx

    weights = (rng or np.random.default_rng(0)).normal(size=(4, 3)).astype(np.float32)
    graph = onnx.parser.parse_graph("net (float[n,4] x) => (float[n,3] y) { y = MatMul(x, w) }")
    graph.initializer.append(onnx.numpy_helper.from_array(weights, "w"))
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=8)
    path = new_path(name)
    path.write_bytes(model.SerializeToString())
    return path
