"""Presets and float16: the kernels they are for, files whole or not at all, and one sentence where they cannot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, numpy_helper

from course_utils import graphs, quantization, runtime, withheld
from course_utils.errors import CourseError


@pytest.fixture(autouse=True)
def outside_any_lesson():
    yield
    withheld.working_on(None)


def scores(path: Path, images: np.ndarray) -> np.ndarray:
    return runtime.session(path).run(None, {"image": images})[0]


def constants(path: Path) -> dict[str, np.ndarray]:
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer}


def error_share(path: Path, out: Path, images: np.ndarray) -> float:
    exact = scores(path, images)
    return float(np.abs(scores(out, images) - exact).mean() / exact.std())


@pytest.mark.parametrize("preset", quantization.PRESETS)
def test_each_preset_gives_nearly_the_float_scores_from_a_smaller_file(path: Path, images: np.ndarray, preset: str):
    out = quantization.quantize(path, path.parent / "made" / "q.onnx", preset, quantization.Reader(images, path))
    assert out == path.parent / "made" / "q.onnx"
    assert [file.name for file in out.parent.iterdir()] == ["q.onnx"]
    assert [file.name for file in path.parent.iterdir() if file.is_file()] == ["float.onnx"]
    assert 0 < error_share(path, out, images) < 0.15
    assert out.stat().st_size < path.stat().st_size


def test_cpu_int8_makes_every_weighted_layer_an_integer_kernel(path: Path, images: np.ndarray):
    out = quantization.quantize(path, path.parent / "q.onnx", "cpu_int8", quantization.Reader(images, path))
    report = quantization.report(out)
    named = {"QLinearConv", "QLinearAdd", "NhwcMaxPool", "QGemm"}
    assert not report.floating and {layer.operator for layer in report.layers} == named
    assert {layer.types for layer in report.integer if layer.types} == {"uint8 × int8"}
    scales = [value for name, value in constants(out).items() if name.startswith("w") and name.endswith("_scale")]
    assert sorted(scale.size for scale in scales) == [10, 64, 64], "one scale for each output channel"


def test_without_vnni_weights_have_seven_bits(path: Path, images: np.ndarray):
    largest = {}
    for preset in ("cpu_int8", "cpu_int8_without_vnni"):
        out = quantization.quantize(path, path.parent / "q.onnx", preset, quantization.Reader(images, path))
        weights = [value for value in constants(out).values() if value.dtype == np.int8 and value.ndim > 1]
        largest[preset] = max(int(np.abs(value.astype(int)).max()) for value in weights)
    assert largest == {"cpu_int8": 127, "cpu_int8_without_vnni": 64}


def test_tensorrt_int8_is_symmetric_and_leaves_biases_float(path: Path, images: np.ndarray):
    out = quantization.quantize(path, path.parent / "q.onnx", "tensorrt_int8", quantization.Reader(images, path))
    found = constants(out)
    zeros = [value for name, value in found.items() if name.endswith("zero_point")]
    assert zeros and all(value.dtype == np.int8 and not value.any() for value in zeros)
    assert not [name for name, value in found.items() if value.dtype == np.int32]
    assert found["b1"].dtype == np.float32


def test_dynamic_gemm_leaves_convolutions_alone(path: Path):
    out = quantization.quantize(path, path.parent / "q.onnx", "dynamic_gemm")
    assert graphs.operators(path)["Conv"] == graphs.operators(out)["Conv"] == 2
    assert [layer.operator for layer in quantization.report(out).integer] == ["DynamicQuantizeMatMul"]


def test_every_preset_gives_its_reason():
    rows = [preset.row() for preset in quantization.PRESETS.values()]
    assert all(len(row["reason"].split()) > 8 for row in rows)
    assert [row["preset"] for row in rows] == list(quantization.PRESETS)


def test_nothing_is_printed_or_logged(
    path: Path, images: np.ndarray, capfd: pytest.CaptureFixture, caplog: pytest.LogCaptureFixture
):
    quantization.quantize(path, path.parent / "q.onnx", "cpu_int8", quantization.Reader(images, path))
    quantization.quantize(path, path.parent / "d.onnx", "dynamic_gemm")
    quantization.to_float16(path, path.parent / "h.onnx")
    quantization.report(path.parent / "q.onnx")
    assert (*capfd.readouterr(), caplog.records) == ("", "", [])


def test_any_reader_will_do_and_is_read_from_its_beginning(path: Path, images: np.ndarray):
    class Half:  # it would give nothing a second time, had it no rewind
        def rewind(self):
            self.left = [images[:32]]

        def get_next(self):
            return {"image": self.left.pop()} if self.left else None

    reader = Half()
    for name in ("a.onnx", "b.onnx"):
        quantization.quantize(path, path.parent / name, "cpu_int8", reader)
    same = quantization.quantize(path, path.parent / "c.onnx", "cpu_int8", quantization.Reader(images[:32], path))
    assert (path.parent / "a.onnx").read_bytes() == (path.parent / "b.onnx").read_bytes()
    assert np.array_equal(scores(path.parent / "a.onnx", images), scores(same, images))


def test_float16_halves_the_file_and_keeps_the_labels(path: Path, images: np.ndarray):
    out = quantization.to_float16(path, path.parent / "half.onnx")
    assert out.stat().st_size < 0.6 * path.stat().st_size
    assert scores(out, images).dtype == np.float32
    assert 0 < error_share(path, out, images) < 0.01
    kinds = {tensor.data_type for tensor in onnx.load(out).graph.initializer if len(tensor.dims) > 1}
    assert kinds == {TensorProto.FLOAT16}


@pytest.mark.parametrize(
    ("lesson", "preset", "exercise"),
    [("06", "cpu_int8", "6.5"), ("06", "dynamic_gemm", "6.6"), ("07", "tensorrt_int8", "7.6")],
)
def test_presets_rest_in_the_lesson_that_asks_for_them(path: Path, lesson: str, preset: str, exercise: str):
    withheld.working_on(lesson)
    with pytest.raises(CourseError, match=rf"^quantization\.quantize: this is what exercise {exercise} asks"):
        quantization.quantize(path, path.parent / "q.onnx", preset)


def test_the_reader_and_float16_rest_too(path: Path, images: np.ndarray):
    withheld.working_on("06")
    with pytest.raises(CourseError, match=r"Reader: this is what exercise 6\.4 asks"):
        quantization.Reader(images, path)
    with pytest.raises(CourseError, match=r"to_float16: this is what exercise 6\.8 asks"):
        quantization.to_float16(path, path.parent / "half.onnx")
    withheld.working_on("07")
    quantization.quantize(path, path.parent / "q.onnx", "cpu_int8", quantization.Reader(images, path))
