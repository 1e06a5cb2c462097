"""A conversion beside its origin: how far outputs moved is measured, on the reader's batch or on drawn inputs."""

from __future__ import annotations

from pathlib import Path

import awkward_models
import numpy as np
import onnx
import pytest
from onnx import parser

from course_utils.errors import CourseError
from course_utils.quantization import QuantizationWarning, Reader, moved, quantize, to_float16

HEAD = f"{awkward_models.HEAD} g (float[n, 4] x) =>"
X = {"x": np.array([[-1.0, 0.0, 1.0, 3.0]], np.float32)}


def model(folder: Path, text: str, name: str) -> Path:
    onnx.save(parser.parse_model(text), folder / f"{name}.onnx")
    return folder / f"{name}.onnx"


def scaled(folder: Path, by: float) -> Path:
    return model(folder, f"{HEAD} (float[n, 4] y) <float k = {{{by}}}> {{ y = Mul (x, k) }}", f"by_{by}")


def test_the_difference_is_a_share_of_the_range_with_zero_in_it(tmp_path: Path):
    found = moved(scaled(tmp_path, 1), scaled(tmp_path, 1.25), X)
    assert (found.output, found.meant, found.here) == ("y", 0.75 / 4, 0.75 / 4)
    assert found.much and str(found) == "output 'y' moved by up to 18.8% of its range"
    far = moved(scaled(tmp_path, 1), scaled(tmp_path, 1.25), {"x": X["x"] + 100})
    assert far.share == pytest.approx(0.25), "a range far from zero is no excuse"


def test_labels_differ_or_do_not(tmp_path: Path):
    largest = "ArgMax <axis = 1, keepdims = 0>"
    same, other = (
        model(tmp_path, f"{HEAD} (int64[n] label) {{ y = {kind} (x) label = {largest} (y) }}", kind)
        for kind in ("Identity", "Neg")
    )
    assert moved(same, other, X).share == 1
    assert moved(same, same, X).share == 0


@pytest.mark.parametrize("text", ["z = Sub (x, x) y = Reciprocal (z)", "y = Transpose (x)", "y = Log (x)"])
def test_what_is_no_longer_finite_or_has_another_shape_is_infinitely_far(tmp_path: Path, text: str):
    other = model(tmp_path, f"{HEAD} (float[a, b] y) {{ {text} }}", "other")
    difference = moved(scaled(tmp_path, 1), other, X)
    assert difference.share == float("inf")
    assert str(difference) == "output 'y' has another shape, or is no longer finite"


def product_of(folder: Path, length: int) -> Path:
    """A model that takes vectors of one length, and does not say which."""
    text = f"{awkward_models.HEAD} g (float[n, t] x) => (float[n, 1] y) <float[{length}, 1] w = {{0}}> {{"
    return awkward_models.write(f"{text} y = MatMul (x, w) }}", folder / f"of_{length}.onnx")


def test_without_a_sample_inputs_are_drawn_in_sizes_that_the_model_takes(tmp_path: Path):
    for text in (awkward_models.VOICE, awkward_models.UNNAMED, awkward_models.LOOP, awkward_models.RESIZE):
        path = awkward_models.write(text, tmp_path / "float.onnx")
        assert moved(path, path).meant == 0
    assert moved(product_of(tmp_path, 64), product_of(tmp_path, 64)).meant == 0
    with pytest.raises(CourseError, match=r"of_23\.onnx: it takes none of the inputs that were drawn .* by a reader"):
        moved(product_of(tmp_path, 23), product_of(tmp_path, 23))
    with pytest.warns(QuantizationWarning, match=r"half\.onnx: it is not compared with its origin.*by a reader"):
        to_float16(product_of(tmp_path, 23), tmp_path / "half.onnx")
    assert (tmp_path / "half.onnx").exists()


def test_models_with_other_outputs_are_not_compared(tmp_path: Path):
    other = model(tmp_path, f"{HEAD} (float[n, 4] z) {{ z = Relu (x) }}", "other")
    with pytest.raises(CourseError, match=r"other\.onnx: its outputs are not those of .*by_1\.onnx"):
        moved(scaled(tmp_path, 1), other, X)


def test_a_sample_that_the_original_does_not_take_is_told(tmp_path: Path):
    path = scaled(tmp_path, 1)
    with pytest.raises(CourseError, match=r"by_1\.onnx: it does not run on this sample"):
        moved(path, path, {"image": X["x"]})


def test_float16_that_moved_outputs_far_is_told(tmp_path: Path):
    path = awkward_models.write(awkward_models.TINY, tmp_path / "tiny.onnx")
    said = r"half\.onnx: on inputs drawn for it, output 'y' moved by .*; float16 holds 6e-8 to 65504"
    with pytest.warns(QuantizationWarning, match=said):
        to_float16(path, tmp_path / "half.onnx")
    with pytest.warns(QuantizationWarning, match="on the reader's first batch") as caught:
        to_float16(path, tmp_path / "half.onnx", Reader(awkward_models.feed(path), path))
    assert {each.filename for each in caught} == {__file__}, "at the line that asked for it"


def test_ranges_that_do_not_fit_the_data_are_told(tmp_path: Path):
    """Calibrated on one batch alike and one that is not: what is compared is the first."""
    path = awkward_models.write(awkward_models.INITIALIZER, tmp_path / "float.onnx")
    x = awkward_models.feed(path)["x"]
    x[-1] *= 1000  # one outlier takes the range
    with pytest.warns(QuantizationWarning, match="calibrate with more of the data it will meet"):
        quantize(path, tmp_path / "q.onnx", "cpu_int8_without_vnni", Reader(x, path))
