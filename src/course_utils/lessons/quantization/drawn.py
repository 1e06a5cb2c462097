"""The models that the tests quantize: two convolutions with drawn weights, and a dense layer that reads digits."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils import data, runtime
from course_utils.lessons.quantization.folder import new_path

if TYPE_CHECKING:
    import numpy as np
    from onnx import ModelProto

GRAPH = """<ir_version: 10, opset_import: ["" : 20]>
drawn (float[batch, 1, 8, 8] input) => (float[batch, 10] output)
<float[48, 1, 3, 3] w1 = {0}, float[48] b1 = {0}, float[48, 48, 3, 3] w2 = {0}, float[48] b2 = {0},
 float[192, 10] w3 = {0}, float[10] b3 = {0}> {
    c = Conv <pads = [1, 1, 1, 1], strides = [2, 2]> (input, w1, b1)
    r = Relu (c)
    d = Conv <pads = [1, 1, 1, 1], strides = [2, 2]> (r, w2, b2)
    p = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (r)
    s = Add (d, p)
    t = Relu (s)
    f = Flatten (t)
    output = Gemm (f, w3, b3)
}"""
BEHIND = """
picture = Conv <pads = [1, 1, 1, 1]> (input, w7)
normal = BatchNormalization (picture, two, two, two, two)
mean = ReduceMean <keepdims = 0> (normal)
one = Div (two, two)
ones = ReduceMax <keepdims = 0> (one)
zeros = Sub (ones, ones)
nothing = Mul (mean, zeros)
same = Identity (scores)
moved = Add (same, nothing)
mixed = MatMul (moved, w4)
label = ArgMax <axis = 1, keepdims = 0> (mixed)
row = Gather (table, label)
steps = Unsqueeze (row, zero)
states = LSTM <hidden_size = 10> (steps, w5, w6)
seen = Squeeze (states, zero)
flat = Squeeze (seen, zero)
turned = Transpose <perm = [1, 0]> (flat)
both = MatMul (flat, turned)
output = MatMul (both, mixed)
"""


@cache
def digits8() -> data.Digits:
    """Return the 8×8 digits, loaded once."""
    return data.digits(8)


@cache
def example_bytes() -> bytes:
    """Return the file of a model that is always the same: what ``example`` writes."""
    import numpy as np

    return _drawn(np.random.default_rng(0)).SerializeToString()


def example() -> Path:
    """Return the path of a new copy of one and the same classifier of 8×8 digits: who writes over it harms nobody."""
    path = new_path("example.onnx")
    path.write_bytes(example_bytes())
    return path


def drawn_model(rng: np.random.Generator) -> Path:
    """Return the path of a fresh classifier of 8×8 digits: convolutions from rng, the last layer by least squares.

    It takes ``input`` (n, 1, 8, 8) float32 and returns scores (n, 10).
    """
    path = new_path("drawn.onnx")
    path.write_bytes(_drawn(rng).SerializeToString())
    return path


def drawn_twice(rng: np.random.Generator) -> tuple[Path, Path]:
    """Return the paths of a fresh classifier, as ``drawn_model`` gives it, and of a copy to lend."""
    path, copied = drawn_model(rng), new_path("copy.onnx")
    copied.write_bytes(path.read_bytes())
    return path, copied


def with_matmul(path: Path, rng: np.random.Generator) -> Path:
    """Return the path of a copy of the model at path with a second dense layer, a MatMul (10, 10), and more behind it.

    Before it stand a normalized convolution and what could be computed beforehand, behind it a table, an LSTM, and a
    MatMul of two results, which has no weights.
    """
    import numpy as np
    import onnx

    model = onnx.load(path)
    model.graph.node[-1].output[0] = "scores"
    model.graph.node.extend(onnx.parser.parse_node(line) for line in BEHIND.strip().splitlines())
    values = {
        "w4": np.eye(10) + rng.normal(size=(10, 10)).round(4) / 50,
        "table": rng.normal(size=(10, 10)),
        "w5": rng.normal(size=(1, 40, 10)),
        "w6": rng.normal(size=(1, 40, 10)),
        "w7": rng.normal(size=(2, 1, 3, 3)),
        "two": rng.uniform(1, 2, size=2),
    }
    for name, value in values.items():
        model.graph.initializer.append(onnx.numpy_helper.from_array(np.float32(value), name))
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.array([0]), "zero"))
    copied = new_path("with_matmul.onnx")
    onnx.save(model, copied)
    return copied


def with_wide_layers(path: Path, rng: np.random.Generator) -> Path:
    """Return the path of a copy of the model at path, 1.2 MB, with two wide layers, MatMul, and an input "pixels"."""
    import numpy as np
    import onnx

    model = onnx.load(path)
    model.graph.node[-1].output[0] = "scores"
    for before, weight, after, shape in (("scores", "w4", "wide", (10, 600)), ("wide", "w5", "output", (600, 500))):
        model.graph.node.add(op_type="MatMul", input=[before, weight], output=[after])
        size = 1.0 if weight == "w4" else 10 ** rng.uniform(-6, 4, size=shape)  # all that float16 can hold
        value = (size * rng.normal(size=shape)).astype(np.float32)
        model.graph.initializer.append(onnx.numpy_helper.from_array(value, weight))
    model.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 500
    model.graph.input[0].name = model.graph.node[0].input[0] = "pixels"
    copied = new_path("with_wide_layers.onnx")
    onnx.save(model, copied)
    return copied


def with_more_ends(path: Path) -> Path:
    """Return the path of a copy of the model at path with a second input, shift (10,), and outputs raw and label.

    It has an initializer of int64, the shape of a Reshape.
    """
    import numpy as np
    import onnx

    model = onnx.load(path)
    model.graph.node[-1].output[0] = "raw"
    model.graph.node.add(op_type="Add", input=["raw", "shift"], output=["output"])
    model.graph.input.append(onnx.helper.make_tensor_value_info("shift", onnx.TensorProto.FLOAT, [10]))
    model.graph.output.append(onnx.helper.make_tensor_value_info("raw", onnx.TensorProto.FLOAT, ["batch", 10]))
    model.graph.node.add(op_type="Reshape", input=["raw", "shape"], output=["flat"])
    model.graph.node.add(op_type="ArgMax", input=["flat"], output=["label"])
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.array([-1]), "shape"))
    model.graph.output.append(onnx.helper.make_tensor_value_info("label", onnx.TensorProto.INT64, [1]))
    copied = new_path("with_more_ends.onnx")
    onnx.save(model, copied)
    return copied


def with_peaks(images: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, float, float]:
    """Return a copy of 256 images with the least and the largest pixel in two of them, and these two numbers.

    Of 16 batches of 16, one peak is in the first half and one in the second, one in an even batch and one in an odd
    one, none at an end of its batch.
    """
    peaked, first = images.copy(), int(rng.integers(0, 8))
    second = 8 + int(rng.integers(0, 4)) * 2 + (first + 1) % 2
    values = rng.permutation([-rng.uniform(0.2, 0.4), rng.uniform(1.2, 1.4)]).astype(images.dtype)
    for batch, value in zip((first, second), values, strict=True):
        peaked[16 * batch + int(rng.integers(2, 14)), 0, int(rng.integers(8)), int(rng.integers(8))] = value
    return peaked, float(values.min()), float(values.max())


def _drawn(rng: np.random.Generator) -> ModelProto:
    import numpy as np
    import onnx

    model = onnx.parser.parse_model(GRAPH)
    weights = {tensor.name: np.zeros(tuple(tensor.dims)) for tensor in model.graph.initializer}
    for name, divisor in (("w1", 3), ("w2", 21)):  # about the root of what a convolution sums up
        weights[name] = rng.normal(size=weights[name].shape) / divisor
    _put_in(model, weights)
    model.graph.output.append(onnx.helper.make_tensor_value_info("f", onnx.TensorProto.FLOAT, None))
    session = runtime.session(model.SerializeToString(), optimize="disabled")
    features = session.run(["f"], {"input": digits8().train_images})[0].astype(float)
    del model.graph.output[1]
    centred, wanted = features - features.mean(0), np.eye(10)[digits8().train_labels] - 0.1
    ridge = 0.1 * features.var(0).mean() * len(features) * np.eye(features.shape[1])
    weights["w3"] = np.linalg.solve(centred.T @ centred + ridge, centred.T @ wanted)
    weights["b3"] = 0.1 - features.mean(0) @ weights["w3"]
    _put_in(model, weights)
    return model


def _put_in(model: ModelProto, weights: dict[str, np.ndarray]) -> None:
    import numpy as np
    from onnx import numpy_helper

    for tensor in model.graph.initializer:  # rounded: no weight so small that float16 would lose it
        value = weights[tensor.name].round(4).astype(np.float32)
        tensor.CopyFrom(numpy_helper.from_array(value, tensor.name))
