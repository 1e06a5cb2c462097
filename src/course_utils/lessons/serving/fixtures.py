"""What the tests draw and read: arrays of every type, bodies of the protocol, a small model, errors as plain data."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils.lessons.beside import beside_the_answer
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
        return [kind_of(error), str(error)]
    return ["returned", repr(got)]


def kind_of(error: Exception) -> str:
    """Return the name of an error's class; one of the two that this lesson asks for stands for its subclasses."""
    asked = [each for each in (ValueError, RuntimeError) if isinstance(error, each)]
    return asked[0].__name__ if asked else type(error).__name__


def drawn_arrays(rng: np.random.Generator, shapes: Sequence[tuple[int, ...]]) -> dict[str, np.ndarray]:
    """Return arrays of each type of the protocol, with its least and greatest values, some of them transposed.

    One of each type has a shape of those given, and one all values that are hard to write; names want care, too.
    """
    import numpy as np

    arrays = {'say "error"': np.array([2.5], np.float32), "error": np.array([True]), "größe\\": np.arange(3)}
    for kind in DATATYPES:
        arrays[f"all of {kind}"] = _hard(rng, np.dtype(kind))
    for number, kind in enumerate(rng.permutation(list(DATATYPES)).tolist()):
        shape = shapes[number % len(shapes)]
        hard = rng.permutation(_hard(rng, np.dtype(kind)).ravel())
        array = np.resize(hard, int(np.prod(shape))).reshape(shape)
        arrays[f"{kind} {rng.integers(99)}"] = array.T if number % 2 else array
    return arrays


def _hard(rng: np.random.Generator, dtype: np.dtype) -> np.ndarray:
    """Return an array of a type, of four rows and two columns: its ends, a small one, digits to the last place."""
    import numpy as np

    if dtype.kind == "b":
        values = [True, False, False, True] * 2
    elif dtype.kind == "f":
        ends = np.finfo(dtype)  # neither the sum nor the range of these is a number of the type
        values = [*[ends.max] * 3, -ends.max, ends.smallest_subnormal, -0.0, 0.1 + 0.2, rng.normal()]
    else:
        ends = np.iinfo(dtype)
        values = [ends.max, ends.min, ends.max // 4096 * 2 + 1, ends.max - 1, ends.min + 1, 1, 0, ends.max]
    return np.array(values, dtype).reshape(4, 2)


def pairs(data: list[Any], array: np.ndarray) -> Iterator[tuple[Any, Any]]:
    """Yield each number of a tensor's data with the one that it should be; a length that differs is a pair, too.

    A float is told by its text as Python writes it, which knows -0.0 from 0.0.
    """
    import numpy as np

    due = np.ascontiguousarray(array).reshape(-1).tolist()
    yield type(data) is list and len(data), len(due)
    for one, other in zip(data, due, strict=False):
        signed = type(other) is float and type(one) in (int, float)
        yield (repr(float(one)), repr(other)) if signed else (one, other)


def strictly(body: str) -> Any:
    """Return what a body of JSON says.

    Raises:
        ValueError: it is no JSON, or holds nan or an infinity, which JSON has not.
    """

    def refuse(name: str) -> None:
        raise ValueError(f"the body holds {name}, which is no JSON")

    return json.loads(body, parse_constant=refuse)


def answer_body(arrays: dict[str, np.ndarray], nested: bool, number: int = 0) -> str:
    """Return the body of an answer with these outputs, their data nested or flat; every third is laid out by lines."""
    outputs = [
        {
            "name": name,
            "shape": list(array.shape),
            "datatype": DATATYPES[array.dtype.name],
            "data": array.tolist() if nested and array.ndim else array.flatten().tolist(),
        }
        for name, array in arrays.items()
    ]
    answer = {"model_name": "m", "model_version": "1", "id": "7", "outputs": outputs}
    return json.dumps(answer, ensure_ascii=number % 2 == 0, indent=1 if number % 3 == 2 else None)


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


@beside_the_answer
def outlives(model_repository: Callable[..., Any]) -> bool:
    """Say whether a repository keeps its model when the file that it was made from is written anew, in its place."""
    model, folder = small_model("written anew.onnx"), new_path("outlives")
    before = model.read_bytes()
    model_repository(folder, model, "kept", 1, 1)
    model.write_bytes(b"another model")
    return (folder / "kept" / "1" / "model.onnx").read_bytes() == before
