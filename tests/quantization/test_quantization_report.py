"""The report: kernels as ONNX Runtime runs them, size and accuracy beside the float model's."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnxruntime import quantization as ort
from sample_graphs import classifier, with_weights_outside

from course_utils import quantization, runtime
from course_utils.errors import CourseError
from course_utils.quantization import Reader, quantize, report
from course_utils.quiet import quiet

IMAGES = np.random.default_rng(1).normal(size=(64, 1, 8, 8)).astype(np.float32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    onnx.save(classifier(), tmp_path / "float.onnx")
    return tmp_path / "float.onnx"


@pytest.fixture
def labels(path: Path) -> np.ndarray:
    """What the float model says, so that its accuracy is 1."""
    return runtime.session(path).run(None, {"image": IMAGES})[0].argmax(1)


def with_settings(path: Path, **settings: object) -> Path:
    """ONNX Runtime's static quantization, set by hand."""
    out = path.parent / "set.onnx"
    with quiet():
        ort.quantize_static(path, out, Reader(IMAGES, path), **settings)
    return out


def test_float_layers_are_float(path: Path):
    found = report(path)
    assert not found.integer
    assert sorted(layer.operator for layer in found.layers) == ["Conv", "Conv", "Gemm", "MaxPool"]


def test_layers_that_stayed_float_are_told_apart(path: Path):
    """ONNX Runtime's default, signed activations, leaves the convolution at the shortcut in float."""
    found = report(with_settings(path))
    conv = [layer for layer in found.layers if "Conv" in layer.operator]
    assert {layer.operator: layer.integer for layer in conv} == {"Conv": False}
    assert {layer.integer for layer in found.layers if layer.operator == "QGemm"} == {True}


def test_types_tell_the_slow_signed_kernels(path: Path):
    found = report(with_settings(path, quant_format=ort.QuantFormat.QOperator))
    assert {layer.types for layer in found.layers if layer.operator == "QLinearConv"} == {"int8 × int8"}


def test_layers_bear_the_names_of_the_model(path: Path):
    model = onnx.load(path)
    for number, node in enumerate(model.graph.node):
        node.name = f"my_{node.op_type}_{number}"
    onnx.save(model, path)
    out = quantize(path, path.parent / "q.onnx", "cpu_int8", Reader(IMAGES, path))
    assert {"my_Conv_0", "my_Conv_2", "my_Add_3", "my_Gemm_7"} <= {layer.name for layer in report(out).layers}


def test_accuracy_and_size_stand_beside_the_float_models(path: Path, labels: np.ndarray):
    out = quantize(path, path.parent / "q.onnx", "cpu_int8", Reader(IMAGES, path))
    wrong = labels.copy()
    wrong[:16] += 1
    found = report(out, IMAGES, wrong, against=path)
    said = runtime.session(out).run(None, {"image": IMAGES})[0].argmax(1)
    assert len(set(labels)) > 3
    assert found.accuracy == np.mean(said == wrong)
    assert found.against.accuracy == 0.75
    better = dataclasses.replace(found.against, accuracy=0.9)
    assert dataclasses.replace(found, accuracy=0.85, against=better).points_lost == pytest.approx(5)
    assert found.size_ratio == out.stat().st_size / path.stat().st_size
    assert report(out, IMAGES, wrong, against=report(path, IMAGES, wrong)) == found


def test_it_reads_as_rows_text_and_html(path: Path, labels: np.ndarray):
    out = quantize(path, path.parent / "q.onnx", "cpu_int8", Reader(IMAGES, path))
    found = report(out, IMAGES, labels, against=path)
    assert len(found.rows()) == len(found.layers) == 5
    assert found.summary()["integer layers"] == "5 of 5"
    assert {"of the float file", "accuracy", "points lost"} <= set(found.summary())
    assert set(report(out).summary()) == {"model", "KB", "integer layers"}
    for shown in (repr(found), found._repr_html_()):
        assert "QLinearConv" in shown and "uint8 × int8" in shown and "5 of 5" in shown


def test_a_half_precision_model_is_asked_in_its_own_type(path: Path, labels: np.ndarray):
    from onnxruntime.transformers.float16 import convert_float_to_float16

    with quiet():
        onnx.save(convert_float_to_float16(onnx.load(path)), path.parent / "half.onnx")
    assert report(path.parent / "half.onnx", IMAGES, labels).accuracy == 1.0
    assert report(quantization.to_float16(path, path.parent / "kept.onnx"), IMAGES, labels).accuracy == 1.0


def test_weights_in_another_file_count(path: Path):
    whole = report(path).bytes
    model = onnx.load(path)
    onnx.save(model, path.parent / "split.onnx", save_as_external_data=True, location="w.bin", size_threshold=0)
    assert abs(report(path.parent / "split.onnx").bytes - whole) < 2000


def test_weights_of_bodies_and_constant_nodes_in_other_files_count(tmp_path: Path):
    path = with_weights_outside(tmp_path / "outside.onnx", 1.0)
    assert report(path).bytes == sum(file.stat().st_size for file in tmp_path.iterdir())


def test_what_cannot_be_reported(path: Path):
    with pytest.raises(CourseError, match="accuracy takes images and labels; give both"):
        report(path, IMAGES)
    with pytest.raises(CourseError, match=r"gone\.onnx: no such file"):
        report(path.parent / "gone.onnx")
