"""Small float models that real packages' models are like, and that a conversion trips over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper, parser

HEAD = '<ir_version: 8, opset_import: ["" : 17, "own" : 1]>'
X, Y = "float[n, 32] x", "float[n, 16] y"
INITIALIZER = f"{HEAD} g ({X}) => ({Y}) <float[32, 16] w = {{0}}> {{ y = MatMul (x, w) }}"
CONSTANT = f"{HEAD} g ({X}) => ({Y}) {{ w = Constant <value = float[32, 16] {{0}}> () y = MatMul (x, w) }}"
FUNCTION = f"""{HEAD} g ({X}) => ({Y}) {{ y = own.dense (x) }}
<domain: "own", opset_import: ["" : 17]> dense (x) => (y) {{
    w = Constant <value = float[32, 16] {{0}}> () y = MatMul (x, w)
}}"""
BRANCH = f"""{HEAD} g ({X}, bool b) => ({Y}) {{
    y = If (b) <then_branch = yes () => (float[n, 16] t) <float[32, 16] w = {{0}}> {{ t = MatMul (x, w) }},
                else_branch = no () => (float[n, 16] e) <float[32, 16] w = {{0}}> {{ e = MatMul (x, w) }}>
}}"""
LOOP = f"""{HEAD} g ({X}) => ({Y}) <int64 m = {{1}}, bool c = {{1}}, float[1] z = {{0}}> {{
    y = Loop (m, c, z) <body = once (int64 i, bool a, float[k, l] s) => (bool o, float[n, 16] t)
        <float[32, 16] w = {{0}}> {{ o = Identity (a) t = MatMul (x, w) }}>
}}"""
PLACES = {"initializer": INITIALIZER, "constant": CONSTANT, "function": FUNCTION, "branch": BRANCH, "loop": LOOP}
RELU = f"{HEAD} g ({X}) => (float[n, 32] y) {{ y = Relu (x) }}"
CONV = """<ir_version: 8, opset_import: ["" : {opset}]> g (float[n, 3, 8, 8] image) => (float[n, 4, 6, 6] y)
<float[4, 3, 3, 3] w = {{0}}> {{ y = Conv <kernel_shape = [3, 3]> (image, w) }}"""
NORM = f"""{HEAD} g (float[n, 4, 8, 8] image) => (float[n, 4, 8, 8] y) <float[4] s = {{1, 1, 1, 1}}> {{
    b = Constant <value = float[4] {{0, 0, 0, 0}}> ()
    v = Constant <value = float[4] {{100000000, 1, 1, 1}}> ()
    y = BatchNormalization (image, s, b, b, v)
}}"""
TINY = f"{HEAD} g ({X}) => (float[n, 32] y) {{ k = Constant <value = float {{1e-9}}> () y = Mul (x, k) }}"
RESIZE = f"""{HEAD} g (float[n, 3, h, w] image) => (float[n, 4, p, q] y)
<float[4, 3, 3, 3] k = {{0}}, float[2] twice = {{2, 2}}, int64[1] b = {{0}}, int64[1] m = {{2}}, int64[1] e = {{4}}> {{
    c = Conv <kernel_shape = [3, 3], pads = [1, 1, 1, 1]> (image, k)
    s = Shape (c) f = Cast <to = 1> (s)
    kept = Slice (f, b, m) sides = Slice (f, m, e) grown = Mul (sides, twice)
    ones = Div (kept, kept) ratio = Div (grown, sides)
    scales = Concat <axis = 0> (ones, ratio)
    z = Resize <mode = "nearest"> (c, , scales)
    y = Relu (z)
}}"""
SCALED = f"""{HEAD} g (float[n, 3, h, w] image, float[2] ratio) => (float[n, 4, p, q] y)
<float[4, 3, 3, 3] k = {{0}}, float[2] twice = {{2, 2}}, float[2] ones = {{1, 1}}> {{
    c = Conv <kernel_shape = [3, 3], pads = [1, 1, 1, 1]> (image, k)
    grown = Mul (ratio, twice)
    scales = Concat <axis = 0> (ones, grown)
    y = Resize <mode = "linear"> (c, , scales)
}}"""
VOICE = f"""{HEAD} g (float[batch, 32] x, float[2, batch, 4] state, int64 rate)
=> (float[batch, 16] y, float[2, batch, 4] next)
<float[32, 16] w = {{0}}> {{
    h = MatMul (x, w) r = Cast <to = 1> (rate) q = Div (r, r) y = Mul (h, q) next = Tanh (state)
}}"""
UNNAMED = VOICE.replace("batch", "?")


def write(text: str, path: Path) -> Path:
    """Write a model from its text; weights that the text leaves at {0} are drawn, wherever they are."""
    from course_utils.graphs import constants

    model = parser.parse_model(text)
    rng = np.random.default_rng(0)
    for _, tensor in constants.of(model):
        if len(tensor.dims) > 1:
            drawn = rng.normal(size=tuple(tensor.dims)).astype(np.float32)
            tensor.CopyFrom(numpy_helper.from_array(drawn, tensor.name))
    onnx.save(model, path)
    return path


def feed(path: Path, count: int = 64) -> dict[str, np.ndarray]:
    """Examples for x, and for the condition of a branch."""
    given = {"x": np.random.default_rng(1).normal(size=(count, 32)).astype(np.float32), "b": np.array(True)}
    return {value.name: given[value.name] for value in onnx.load(path).graph.input}


def extreme(path: Path) -> Path:
    """Write y = x @ w whose weights are all 1 or -1: in bytes the largest, so that pairs of products saturate."""
    model = parser.parse_model(INITIALIZER)
    signs = np.random.default_rng(0).choice(np.array([-1, 1], np.float32), size=(32, 16))
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(signs, "w"))
    onnx.save(model, path)
    return path
