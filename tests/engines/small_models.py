"""Small ONNX files for TensorRT to take and to refuse."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper, parser

HEAD = '<ir_version: 8, opset_import: ["" : 17, "strange.domain" : 1]>'
FREE = ((1, 3), (4, 3), (16, 3))  # the smallest, usual and largest shape of x in RELU
RELU = "relu (float[N, 3] x) => (float[N, 3] y) { y = Relu (x) }"
DENSE = "dense (float[N, 8] x) => (float[N, 4] y) <float[8, 4] w = {0}> { z = MatMul (x, w)\n y = Relu (z) }"
DENSE_SHAPES = ((1, 8), (4, 8), (16, 8))


def write(text: str, path: Path, **names: str) -> Path:
    """Write a graph from its text, weights filled with ones; ``names`` names the node that makes each value."""
    model = parser.parse_model(f"{HEAD} {text}")
    for tensor in model.graph.initializer:
        kind = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
        tensor.CopyFrom(numpy_helper.from_array(np.ones(tuple(tensor.dims), kind), tensor.name))
    for node in model.graph.node:
        node.name = names.get(node.output[0], "")
    path.write_bytes(model.SerializeToString())
    return path


def with_weights_outside(path: Path, value: float) -> Path:
    """Write y = x @ w with w, all ``value``, in the file ``w.bin`` beside it."""
    write(DENSE, path)
    model = onnx.load(path)
    (tensor,) = model.graph.initializer
    tensor.CopyFrom(numpy_helper.from_array(np.full((8, 4), value, np.float32), tensor.name))
    (path.parent / "w.bin").unlink(missing_ok=True)  # onnx would append to it
    onnx.save(model, path, save_as_external_data=True, location="w.bin", size_threshold=0)
    return path
