"""Small ONNX graphs for the tests to read and draw."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper, parser

HEAD = '<ir_version: 8, opset_import: ["" : 17]>'
CHAIN = "(float[n] x) => (float[n] y) {a = Abs(x) y = Neg(a)}"  # a lesson puts its own head before it
RESIDUAL = f"""{HEAD} block (float[batch, 8, 6, 6] image) => (float[batch, 8, 3, 3] output)
<float[8, 8, 3, 3] w = {{0}}, float[8, 1, 1, 1] d = {{0}}> {{
    c = Conv <kernel_shape = [3, 3], pads = [1, 1, 1, 1]> (image, w)
    r = Relu (c)
    g = Conv <group = 8> (r, d)
    a = Add (g, image)
    output = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (a)
}}"""


def residual_block() -> onnx.ModelProto:
    """The block with all of its weights, which the text leaves out."""
    model = parser.parse_model(RESIDUAL)
    for tensor in model.graph.initializer:
        tensor.CopyFrom(numpy_helper.from_array(np.ones(tuple(tensor.dims), dtype=np.float32), tensor.name))
    return model


CLASSIFIER = f"""{HEAD} classifier (float[batch, 1, 8, 8] image) => (float[batch, 10] score)
<float[64, 1, 3, 3] w1 = {{0}}, float[64] b1 = {{0}}, float[64, 64, 3, 3] w2 = {{0}}, float[64] b2 = {{0}},
 float[10, 256] w3 = {{0}}, float[10] b3 = {{0}}> {{
    c = Conv <kernel_shape = [3, 3], pads = [1, 1, 1, 1]> (image, w1, b1)
    r = Relu (c)
    d = Conv <kernel_shape = [3, 3], pads = [1, 1, 1, 1]> (r, w2, b2)
    s = Add (d, r)
    t = Relu (s)
    p = MaxPool <kernel_shape = [4, 4], strides = [4, 4]> (t)
    f = Flatten (p)
    score = Gemm <transB = 1> (f, w3, b3)
}}"""


def classifier() -> onnx.ModelProto:
    """Two convolutions, a shortcut and a matrix product with drawn weights, whose shapes are noted as exporters do."""
    rng = np.random.default_rng(0)
    model = parser.parse_model(CLASSIFIER)
    for tensor in model.graph.initializer:
        value = rng.normal(size=tuple(tensor.dims)) / np.sqrt(np.prod(tensor.dims[1:]) or 1)
        tensor.CopyFrom(numpy_helper.from_array(value.astype(np.float32), tensor.name))
        model.graph.value_info.append(helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims))
    return model


OUTSIDE = """<ir_version: 8, opset_import: ["" : 17]> g (float[n, 4] x, bool b) => (float[n, 4] y) {
    c = Constant <value = float[4] {1, 1, 1, 1}> ()
    z = Mul (x, c)
    y = If (b) <then_branch = yes () => (float[n, 4] t) <float[4] v = {1, 1, 1, 1}> { t = Mul (z, v) },
                else_branch = no () => (float[n, 4] e) { k = Constant <value = float[1] {1}> () e = Mul (z, k) }>
}"""


def with_weights_outside(path: Path, value: float) -> Path:
    """Write OUTSIDE with each weight in a file named after it, all its numbers ``value``."""
    from course_utils.graphs import constants

    model = parser.parse_model(OUTSIDE)
    for name, tensor in constants.of(model):
        content = np.full(tuple(tensor.dims), value, np.float32).tobytes()
        (path.parent / f"{name}.bin").write_bytes(content)
        tensor.CopyFrom(TensorProto(name=name, data_type=TensorProto.FLOAT, dims=tensor.dims))
        tensor.data_location = TensorProto.EXTERNAL
        for key, entry in {"location": f"{name}.bin", "length": str(len(content))}.items():
            tensor.external_data.add(key=key, value=entry)
    path.write_bytes(model.SerializeToString())
    return path
