"""Constant tensors found wherever a model keeps them, and the other files that hold them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper, parser
from sample_graphs import HEAD, with_weights_outside

from course_utils import graphs
from course_utils.graphs import constants
from course_utils.graphs import drawing as graph_drawing
from course_utils.tensorrt.caching import content

EVERYWHERE = """<ir_version: 8, opset_import: ["" : 17, "own" : 1]>
g (float[n, 4] x, bool b) => (float[n, 4] y) <float[4, 4] w = {0}> {
    c = Constant <value = float[2] {1, 2}> ()
    f = Constant <value_float = 3.0> ()
    i = Constant <value_ints = [4, 5, 6]> ()
    s = Constant <value_string = "no tensor"> ()
    y = If (b) <then_branch = yes () => (float[n, 4] t) <float[4, 4] v = {0}> { t = MatMul (x, v) },
                else_branch = no () => (float[n, 4] e) { k = Constant <value = float {7}> () e = Mul (x, k) }>
}
<domain: "own", opset_import: ["" : 17]> plus (a) => (r) { p = Constant <value = float {8}> () r = Add (a, p) }"""
KERNEL = f"""{HEAD} g (float[n, 3, 8, 8] image) => (float[n, 4, 6, 6] y) {{
    w = Constant <value = float[4, 3, 3, 3] {{0}}> () y = Conv (image, w)
}}"""


def test_constants_are_found_everywhere():
    found = dict(constants.of(parser.parse_model(EVERYWHERE)))
    assert sorted(found) == ["c", "f", "i", "k", "p", "v", "w"]
    assert [numpy_helper.to_array(found[name]).tolist() for name in "cfikp"] == [[1, 2], 3, [4, 5, 6], 7, 8]


def test_a_sparse_initializer_is_its_values_and_its_indices():
    values, indices = (numpy_helper.from_array(np.array(each), "w") for each in ([1.0, 2.0], [0, 3]))
    model = parser.parse_model(f"{HEAD} g (float[4] x) => (float[4] y) {{ y = Add (x, w) }}")
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [4]))
    assert [(name, list(tensor.dims)) for name, tensor in constants.of(model)] == [("w", [2]), ("w", [2])]


def test_files_that_hold_weights_of_bodies_and_constant_nodes_are_named(tmp_path: Path):
    path = with_weights_outside(tmp_path / "outside.onnx", 1.0)
    assert graphs.external_files(path) == ["c.bin", "k.bin", "v.bin"]


@pytest.mark.parametrize("name", ["c", "k", "v"])
def test_an_engine_of_other_weights_has_another_key(tmp_path: Path, name: str):
    path = with_weights_outside(tmp_path / "outside.onnx", 1.0)
    graph, before = path.read_bytes(), content(path)
    (tmp_path / f"{name}.bin").write_bytes(bytes((tmp_path / f"{name}.bin").stat().st_size))
    assert path.read_bytes() == graph  # a later training changes the weights alone
    assert content(path) != before


def test_a_kernel_in_a_constant_node_has_a_size_too():
    model = parser.parse_model(KERNEL)
    tensor = model.graph.node[0].attribute[0].t
    tensor.CopyFrom(numpy_helper.from_array(np.ones((4, 3, 3, 3), np.float32)))
    assert "Conv 3×3" in {text.get_text() for text in graph_drawing.draw(model).axes[0].texts}
    assert onnx.checker.check_model(model) is None
