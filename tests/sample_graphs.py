"""Small ONNX graphs for the tests to read and draw."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import helper, numpy_helper, parser

HEAD = '<ir_version: 8, opset_import: ["" : 17]>'
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
