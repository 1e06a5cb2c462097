"""Models as real packages ship them: weights in odd places, old opsets, shapes that are computed."""

from __future__ import annotations

from pathlib import Path

import awkward_models
import numpy as np
import onnx
import pytest

from course_utils import graphs, runtime
from course_utils.quantization import Reader, moved, quantize, report, to_float16


def dense(tmp_path: Path, place: str) -> Path:
    return awkward_models.write(awkward_models.PLACES[place], tmp_path / "float.onnx")


@pytest.mark.parametrize("place", ["initializer", "constant", "function"])
def test_weights_are_calibrated_wherever_the_main_graph_takes_them_from(tmp_path: Path, place: str):
    path = dense(tmp_path, place)
    feed = awkward_models.feed(path)
    out = quantize(path, tmp_path / "q.onnx", "cpu_int8_without_vnni", Reader(feed, path))
    assert [(layer.operator, layer.types) for layer in report(out).layers] == [("QLinearMatMul", "uint8 × int8")]
    assert moved(path, out, feed).share < 0.03


@pytest.mark.parametrize("place", awkward_models.PLACES)
def test_weights_in_bodies_too_are_quantized_dynamically(tmp_path: Path, place: str):
    path = dense(tmp_path, place)
    out = quantize(path, tmp_path / "q.onnx", "dynamic_gemm_without_vnni")
    kinds = {kind.partition("Integer")[0] for kind in graphs.operators(out) if "MatMul" in kind}
    assert kinds == {"MatMul"} and "MatMulInteger" in graphs.operators(out)
    for condition in (True, False) if place == "branch" else (True,):
        feed = awkward_models.feed(path) | ({"b": np.array(condition)} if place == "branch" else {})
        assert moved(path, out, feed).share < 0.03


@pytest.mark.parametrize("place", ["initializer", "constant", "function", "loop"])
def test_float16_halves_weights_wherever_they_are(tmp_path: Path, place: str):
    path = dense(tmp_path, place)
    out = to_float16(path, tmp_path / "half.onnx")
    found = {onnx.TensorProto.DataType.Name(t.data_type) for t in tensors(out) if len(t.dims) > 1}
    assert found == {"FLOAT16"}
    assert moved(path, out, awkward_models.feed(path)).share < 0.01


def tensors(path: Path) -> list[onnx.TensorProto]:
    from course_utils.graphs import constants

    return [tensor for _, tensor in constants.of(onnx.load(path))]


@pytest.mark.parametrize("opset", [8, 11])
def test_an_old_opset_is_converted(tmp_path: Path, opset: int):
    path = awkward_models.write(awkward_models.CONV.format(opset=opset), tmp_path / "old.onnx")
    images = np.random.default_rng(0).normal(size=(8, 3, 8, 8)).astype(np.float32)
    out = quantize(path, tmp_path / "q.onnx", "cpu_int8_without_vnni", Reader(images, path))
    assert [each.version for each in onnx.load(out).opset_import if each.domain == ""] == [13]
    assert [layer.operator for layer in report(out).layers] == ["QLinearConv"]
    assert moved(path, out, {"image": images}).share < 0.03


def test_arithmetic_on_shapes_stays_as_it_is(tmp_path: Path):
    path = awkward_models.write(awkward_models.RESIZE, tmp_path / "float.onnx")
    images = np.random.default_rng(0).normal(size=(4, 3, 12, 12)).astype(np.float32)
    out = quantize(path, tmp_path / "q.onnx", "cpu_int8_without_vnni", Reader(images, path))
    assert runtime.session(out).run(None, {"image": images})[0].shape == (4, 4, 24, 24)
    model = onnx.load(out)
    (scales,) = (node.input[2] for node in model.graph.node if node.op_type == "Resize")
    assert {node.op_type for node in model.graph.node if scales in node.output} == {"Concat"}
    assert "QLinearConv" in {layer.operator for layer in report(out).integer}
