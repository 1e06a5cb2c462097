"""Shortcuts folded into convolutions: the same function in fewer operators; what would be another one stays."""

import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from course_utils import runtime
from course_utils.graphs import operators

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from rungs.folding import folded

BLOCKS = """<ir_version: 8, opset_import: ["" : 18]>
net (float[N, 4, 6, 6] x) => (float[N, 6, 1, 1] y)
<float[3, 4, 1, 1] w = {0}, float[3] b = {0}, float[6, 3, 1, 1] v = {0}, float[6] c = {0},
 float[6, 4, 1, 1] u = {0}, int64[2] axes = {-1, -2}> {
    a = Conv <strides = [1, 1]> (x, w, b)
    r = Relu (a)
    d = Conv <kernel_shape = [1, 1], strides = [S, S]> (r, v, c)
    e = Conv <kernel_shape = [1, 1], strides = [S, S]> (x, u)
    f = Add (d, e)
    g = Relu (f)
    y = ReduceMean <keepdims = 1> (g, axes)
}"""


def written(text: str, path: Path) -> Path:
    model = onnx.parser.parse_model(text)
    rng = np.random.default_rng(0)
    for each in model.graph.initializer:
        if each.data_type == onnx.TensorProto.FLOAT:
            each.CopyFrom(numpy_helper.from_array(rng.normal(size=tuple(each.dims)).astype(np.float32), each.name))
    onnx.save(model, path)
    return path


def scores(path: Path) -> np.ndarray:
    x = np.random.default_rng(1).normal(size=(3, 4, 6, 6)).astype(np.float32)
    return runtime.session(path).run(None, {"x": x})[0]


@pytest.mark.parametrize("stride", [1, 2])
def test_the_same_scores_from_one_convolution(tmp_path, stride):
    path = written(BLOCKS.replace("S", str(stride)), tmp_path / "float.onnx")
    out = folded(path, tmp_path / "folded.onnx")
    np.testing.assert_allclose(scores(out), scores(path), rtol=1e-4, atol=1e-5)
    fewer = {"Conv": 2, "Relu": 2, "Concat": 1, "GlobalAveragePool": 1}
    assert operators(out) == fewer | ({"MaxPool": 2} if stride == 2 else {})


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("f = Add (d, e)", "h = Relu (d)\n    f = Add (h, e)"),
        ("g = Relu (f)", "h = Add (f, e)\n    g = Relu (h)"),
        ("float[6, 4, 1, 1] u", "float[6, 2, 1, 1] u"),
    ],
    ids=["something in between", "read elsewhere", "groups"],
)
def test_what_is_no_shortcut_stays(tmp_path, text, other):
    changed = BLOCKS.replace("S", "1").replace(text, other)
    if "u =" in other or other.endswith(" u"):
        changed = changed.replace("strides = [1, 1]> (x, u)", "group: int = 2, strides = [1, 1]> (x, u)")
    path = written(changed, tmp_path / "float.onnx")
    out = folded(path, tmp_path / "folded.onnx")
    assert operators(out)["Conv"] == 3 and "Concat" not in operators(out)
    np.testing.assert_allclose(scores(out), scores(path), rtol=1e-5, atol=1e-6)
