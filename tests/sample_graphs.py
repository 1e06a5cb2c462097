"""Small ONNX graphs for the tests to read and draw."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import numpy_helper, parser

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
