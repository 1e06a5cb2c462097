"""What cannot be quantized, or not so, in a sentence that names the person's own file; nothing is left behind."""

from __future__ import annotations

from pathlib import Path

import awkward_models
import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from course_utils import quantization
from course_utils.errors import CourseError
from course_utils.quantization import Reader


class Fixed:
    """A reader that gives one batch."""

    def __init__(self, *batches):
        self.left = list(batches)

    def get_next(self):
        return self.left.pop(0) if self.left else None


IMAGE = np.ones((2, 1, 8, 8), np.float32)


@pytest.mark.parametrize(
    ("reader", "said"),
    [
        (None, r"it is calibrated; give a reader, Reader\(images, path\)"),
        (Fixed(), r"nothing to read; give it examples, or rewind\(\) it"),
        (Fixed({"input": IMAGE}), "the inputs given are 'input'; the model's are 'image'"),
        (Fixed(IMAGE), "a batch is a ndarray; give a dict of arrays by input name"),
        (Fixed({"image": IMAGE.astype(float)}), r"input 'image' is float64; convert it with \.astype\(np\.float32\)"),
        (Fixed({"image": IMAGE.tolist()}), "input 'image' is a list; give a NumPy array"),
        (Fixed({"image": IMAGE[0]}), r"of shape \(1, 8, 8\); the model takes float32 \(any, 1, 8, 8\)"),
        (Fixed({"image": IMAGE[:0]}), "input 'image' is empty; give at least one example"),
        (Fixed({"image": IMAGE}, {"image": IMAGE * np.inf}), "input 'image' is not finite"),
    ],
)
def test_a_reader_that_does_not_fit_is_told_and_nothing_is_touched(path: Path, reader: object, said: str):
    out = path.parent / "q.onnx"
    out.write_bytes(b"older")
    with pytest.raises(CourseError, match=said) as error:
        quantization.quantize(path, out, "cpu_int8", reader)
    assert "float.onnx, preset cpu_int8" in str(error.value)
    assert out.read_bytes() == b"older"
    assert sorted(file.name for file in path.parent.iterdir()) == ["float.onnx", "q.onnx"]


def test_models_that_cannot_be_quantized(path: Path, images: np.ndarray):
    out = path.parent / "q.onnx"
    with pytest.raises(CourseError, match="no preset of that name; there are: cpu_int8, "):
        quantization.quantize(path, out, "int4")
    with pytest.raises(CourseError, match=r"gone\.onnx: no such file"):
        quantization.quantize(path.parent / "gone.onnx", out, "dynamic_gemm")
    quantization.quantize(path, out, "cpu_int8", quantization.Reader(images, path))
    for again in (lambda: quantization.quantize(out, out, "dynamic_gemm"), lambda: quantization.to_float16(out, out)):
        with pytest.raises(CourseError, match=r"q\.onnx: it is quantized already \(QuantizeLinear in it\)"):
            again()


def test_what_onnx_runtime_refuses_is_told_in_a_sentence(path: Path, images: np.ndarray):
    class Broken(Fixed):
        def get_next(self):
            if not self.left:
                raise KeyError("the second batch")
            return super().get_next()

    with pytest.raises(CourseError, match=r"float\.onnx: ONNX Runtime cannot convert it \('the second batch'\)"):
        quantization.quantize(path, path.parent / "q.onnx", "cpu_int8", Broken({"image": images}))
    assert [file.name for file in path.parent.iterdir()] == ["float.onnx"]


def test_float16_refuses_what_it_cannot_hold(path: Path):
    model = onnx.load(path)
    bias = next(tensor for tensor in model.graph.initializer if tensor.name == "b1")
    bias.CopyFrom(numpy_helper.from_array(np.full(64, 70_000, np.float32), "b1"))
    onnx.save(model, path)
    with pytest.raises(CourseError, match="b1 holds 70000, and float16 ends at 65504"):
        quantization.to_float16(path, path.parent / "half.onnx")


def test_float16_holds_infinity(tmp_path: Path):
    text = f"{awkward_models.HEAD} g (float[n, 32] x) => (float[n, 32] y) <float low = {{0}}> {{ y = Max (x, low) }}"
    path = awkward_models.write(text, tmp_path / "float.onnx")
    model = onnx.load(path)
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(np.float32(-np.inf), "low"))
    onnx.save(model, path)
    assert quantization.to_float16(path, tmp_path / "half.onnx").exists()


def test_float16_refuses_it_in_a_constant_node_as_well(tmp_path: Path):
    path = awkward_models.write(awkward_models.NORM, tmp_path / "norm.onnx")
    with pytest.raises(CourseError, match=r"norm\.onnx: v holds 1e\+08, and float16 ends at 65504"):
        quantization.to_float16(path, tmp_path / "half.onnx")


@pytest.mark.parametrize("place", ["branch", "loop"])
def test_weights_in_a_body_cannot_be_calibrated(tmp_path: Path, place: str):
    path = awkward_models.write(awkward_models.PLACES[place], tmp_path / "float.onnx")
    with pytest.raises(
        CourseError, match=r"float\.onnx: preset cpu_int8_without_vnni would leave every layer in float"
    ):
        quantization.quantize(
            path, tmp_path / "q.onnx", "cpu_int8_without_vnni", Reader(awkward_models.feed(path), path)
        )
    assert [file.name for file in tmp_path.iterdir()] == ["float.onnx"]


def test_dynamic_gemm_without_a_product_is_refused(tmp_path: Path):
    path = awkward_models.write(awkward_models.RELU, tmp_path / "float.onnx")
    with pytest.raises(CourseError, match=r"quantizes Gemm and MatMul alone, and there is none in it; take cpu_int8"):
        quantization.quantize(path, tmp_path / "q.onnx", "dynamic_gemm_without_vnni")
    assert [file.name for file in tmp_path.iterdir()] == ["float.onnx"]


def test_an_old_opset_that_cannot_be_converted_is_told_with_what_to_do(tmp_path: Path):
    text = awkward_models.CONV.format(opset=11).replace("ir_version: 8", "ir_version: 2")
    path = awkward_models.write(text, tmp_path / "old.onnx")
    reader = Reader(np.ones((2, 3, 8, 8), np.float32), path)
    with pytest.raises(CourseError, match=r"old\.onnx: it is written in opset 11, this preset needs 13, .*; export it"):
        quantization.quantize(path, tmp_path / "q.onnx", "cpu_int8_without_vnni", reader)


def test_what_was_written_must_run(tmp_path: Path):
    """Scales for a Resize that are computed from an input: rounded to 8 bits, 1 is another number."""
    path = awkward_models.write(awkward_models.SCALED, tmp_path / "float.onnx")
    images = np.random.default_rng(0).normal(size=(2, 3, 8, 8)).astype(np.float32)
    reader = Reader({"image": images, "ratio": np.full(2, 1.3, np.float32)}, path)
    out = tmp_path / "q.onnx"
    out.write_bytes(b"older")
    with pytest.raises(CourseError, match=r"/q\.onnx: it fails where .*/float\.onnx works \(.* Resize node") as error:
        quantization.quantize(path, out, "cpu_int8_without_vnni", reader)
    assert "/.q.onnx." not in str(error.value), "the hidden file is gone, and nobody knows it"
    assert out.read_bytes() == b"older"
