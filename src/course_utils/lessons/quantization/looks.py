"""What the tests read from a file that was made: its operators, its weights, and what it means on every processor."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils import expect, quantization, runtime
from course_utils.lessons.quantization.drawn import digits8, example_bytes

if TYPE_CHECKING:
    import numpy as np

NARROW = 64  # 2 · 255 · 64 is a number of 16 bits, 2 · 255 · 65 is none


def kernels(path: Path, word: str) -> list[str]:
    """Return operator and types of each layer whose operator has the word, as ONNX Runtime runs it; each kind once."""
    layers = quantization.report(path).layers
    found = {f"{each.operator} {each.types}".strip() for each in layers if word in each.operator}
    return sorted(each.removeprefix("Fused") for each in found)  # with its Relu: on some processors only


def operators(path: Path, *words: str) -> list[str]:
    """Return the operators of the file that have one of the words in their names, in order."""
    import onnx

    found = [node.op_type for node in onnx.load(path).graph.node]
    return [each for each in found if any(word in each for word in words)]


def weights_in(path: Path) -> dict[str, np.ndarray]:
    """Return a model's weights by name, biases left out."""
    import onnx

    found = {each.name: onnx.numpy_helper.to_array(each) for each in onnx.load(path).graph.initializer}
    return {name: value for name, value in found.items() if value.ndim > 1}


def weight_types(path: Path) -> list[str]:
    """Return the types of a model's weights; each once."""
    return sorted({str(each.dtype) for each in weights_in(path).values()})


def widest_weight(path: Path) -> int:
    """Return the largest magnitude of an int8 weight of the file; 0 where it has none."""
    import numpy as np

    narrow = (each for each in weights_in(path).values() if each.dtype == np.int8)
    return max((int(np.abs(each.astype(int)).max()) for each in narrow), default=0)


def expect_narrow(path: Path, which: str = "") -> None:
    """Expect that no pair of products of an int8 weight and an unsigned byte leaves 16 bits.

    Raises:
        expect.Unmet: some weight is larger than 64 in magnitude.
    """
    widest = widest_weight(path)
    likely = (
        "without VNNI an x86-64 processor adds two products in 16 bits, and 2 · 255 · 65 is too much: there, this file "
        "is another model; reduce_range=True makes weights of 7 bits"
    )
    what = f"the largest magnitude of an int8 weight{which}"
    expect.true(widest <= NARROW, what, expected=f"at most {NARROW}", got=widest, likely=likely)


def written(got: Any, out: Path, what: str) -> Path:
    """Return where the file lies that a function wrote to out, and whose path it returned.

    Raises:
        expect.Unmet: it returned something else, or there is no file, or one without its weights.
    """
    import onnx

    likely = "is a `return` missing?" if got is None else "return out, and write the model there"
    same = isinstance(got, str | Path) and Path(got).absolute() == out.absolute()
    expect.true(same, what, expected=f"out, which is {out}", got=got, likely=likely)
    place = Path(expect.after(out))
    expect.true(place.is_file(), f"the file at out after {what}", expected="a model", got="no file", likely=likely)
    stored = onnx.load(place, load_external_data=False).graph.initializer
    inside = all(each.data_location != onnx.TensorProto.EXTERNAL for each in stored)
    expect.true(inside, f"the file at out after {what}", expected="a model with its weights", got="some are elsewhere")
    return place


def input_scale(path: Path) -> float:
    """Return the scale that the file quantizes its input with; nan where it does not."""
    import onnx

    graph = onnx.load(path).graph
    found = {each.name: onnx.numpy_helper.to_array(each) for each in graph.initializer}
    first = [node for node in graph.node if node.op_type == "QuantizeLinear" and node.input[0] == graph.input[0].name]
    return float(found.get(first[0].input[1], "nan")) if first else float("nan")


def expect_others_kept(path: Path, exact_path: Path) -> None:
    """Expect that a model's nodes but Gemm and MatMul are in the file at path what they were, attributes included.

    Raises:
        expect.Unmet: one is missing, or another.
    """
    import onnx

    def others(file: Path) -> list[str]:
        nodes = [node for node in onnx.load(file).graph.node if node.op_type not in ("Gemm", "MatMul")]
        return [f"{n.op_type} → {', '.join(n.output)} {sorted(map(str, n.attribute))}" for n in nodes]

    found = set(others(path))
    gone = [each for each in others(exact_path) if each not in found]
    expect.equal(gone, [], "nodes other than Gemm and MatMul that are gone, or others now")


def expect_kept(path: Path) -> None:
    """Expect that the copy of the example at path is still the float model.

    Raises:
        expect.Unmet: another file lies there, or none.
    """
    likely = "write the new model to out, not to path"
    expect.unchanged(path, example_bytes(), "the float model afterwards", likely=likely)


def ends(path: Path) -> list[str]:
    """Return the types of a model's inputs and outputs, as a session names them."""
    session = runtime.session(path, optimize="disabled")
    return [each.type for each in (*session.get_inputs(), *session.get_outputs())]


def ends_of(path: Path) -> list[str]:
    """Return the inputs and outputs that the file names, with types and shapes, as text."""
    import onnx

    graph = onnx.load(path).graph
    found = [(each.name, each.type.tensor_type) for each in (*graph.input, *graph.output)]
    return [f"{name}: {kind.elem_type} {[d.dim_param or d.dim_value for d in kind.shape.dim]}" for name, kind in found]


def size_of(path: Path) -> int:
    """Return how many bytes a file has."""
    return Path(path).stat().st_size


def digit_scores(path: Path) -> np.ndarray:
    """Return the scores (900, 10) of 900 digits, with optimizations off: of narrow weights alike on any processor."""
    return _scores(path, Path(path).read_bytes())


@lru_cache(maxsize=8)
def _scores(path: Path, content: bytes) -> np.ndarray:
    """Return them once for a file, as long as its content is this."""
    import numpy as np

    images = np.concatenate([digits8().test_images, digits8().train_images[:450]])
    return runtime.session(path, optimize="disabled").run(None, {"input": images})[0]


def points_lost(path: Path, exact_path: Path) -> float:
    """Return how much less of these 900 digits a model gets right than another, in percentage points."""
    import numpy as np

    labels = np.concatenate([digits8().test_labels, digits8().train_labels[:450]])
    right, exact = (float(np.mean(digit_scores(each).argmax(1) == labels)) for each in (path, exact_path))
    return round(100 * (exact - right), 1)


def error_of(path: Path, exact_path: Path) -> float:
    """Return the largest change of a score, over the spread of the scores."""
    import numpy as np

    exact = digit_scores(exact_path)
    return float(np.abs(exact - digit_scores(path)).max() / exact.std())


def mean_error_of(path: Path, exact_path: Path) -> float:
    """Return the mean change of a score, over the spread of the scores."""
    import numpy as np

    exact = digit_scores(exact_path)
    return round(float(np.abs(exact - digit_scores(path)).mean() / exact.std()), 4)


def labels_kept(path: Path, exact_path: Path) -> float:
    """Return the share of the 900 digits that two models label alike."""
    return float((digit_scores(exact_path).argmax(1) == digit_scores(path).argmax(1)).mean())
