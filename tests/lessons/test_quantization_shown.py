"""What lesson 06 draws and shows: pictures with words, and what stands in where an exercise is not written."""

from __future__ import annotations

import sys

import numpy as np
import onnx
import pytest

from course_utils.lessons import quantization as lesson
from course_utils.lessons.quantization import instead

GRAPH = """<ir_version: 10, opset_import: ["" : 20]>
small (float[batch, 1, 28, 28] input) => (float[batch, 10] output)
<float[4, 1, 7, 7] w1 = {0}, float[64, 10] w2 = {0}> {
    c = Conv <strides = [7, 7]> (input, w1)
    r = Relu (c)
    f = Flatten (r)
    output = Gemm (f, w2)
}"""


def not_written(*args):
    raise NotImplementedError


def unchanged(x, scale, zero_point, bits):
    return x


def ones(w, bits, axis=None):
    return 1.0 if axis is None else np.ones([size if k == axis else 1 for k, size in enumerate(w.shape)])


pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture
def small(folder):
    """A float classifier of 28×28 digits with drawn weights."""
    model, rng = onnx.parser.parse_model(GRAPH), np.random.default_rng(0)
    for tensor in model.graph.initializer:
        drawn = rng.normal(size=tuple(tensor.dims)).astype(np.float32)
        tensor.CopyFrom(onnx.numpy_helper.from_array(drawn, tensor.name))
    onnx.save(model, folder / "small.onnx")
    return folder / "small.onnx"


def pictures(shown):
    return [bundle["text/plain"] for bundle in shown if 'alt="' in bundle["text/html"]]


def test_figures_of_scales_and_ranges_have_words(shown):
    caught = [np.linspace(0, 4, 40).reshape(4, 10), np.linspace(0, 9, 30)]
    assert 0 < lesson.draw_codes_used(lambda w, bits, axis=None: ones(w, bits, axis) / 127, lesson.example()) <= 127
    lesson.draw_worth_of_a_bit(lambda x, *others: 0.9 * x, ones, lesson.example())
    lesson.draw_clipping(lambda batches, percentile: (0.0, percentile / 12), lambda x, *others: 0.9 * x, caught)
    assert len(pictures(shown)) == 3


def test_a_picture_leaves_out_what_is_not_written(shown, capsys):
    caught = [np.linspace(0, 4, 40)]
    assert lesson.draw_clipping(lambda batches, percentile: (0.0, 3.0), not_written, caught) == "not measured"
    assert lesson.draw_worth_of_a_bit(unchanged, not_written, lesson.example()) == "not measured"
    assert len(pictures(shown)) == 1
    assert "Exercise 6.2 is not written yet" in (said := capsys.readouterr().out) and "Exercise 6.1" in said


def test_few_bits_are_drawn(shown, capsys):
    task, guessed = lesson.digits_task(), np.zeros(900, int)
    found = lesson.draw_few_bits(task, lambda bits: guessed, unchanged, ones)
    assert found["2 bits, trained through the rounding"] == lesson.accuracy(guessed, list(range(10)))
    assert found["2 bits, rounded"] == found["float"] > 0.9
    assert "2 bits, rounded" not in lesson.draw_few_bits(task, lambda bits: guessed, not_written, not_written)
    assert len(pictures(shown)) == 2


def test_calibration_is_shown(small, shown):
    made = {small: lesson.new_path("made.onnx")}
    instead.static.__wrapped__(small, made[small], lesson.reader(small))
    assert lesson.show_static(made).endswith("points lost")
    lesson.show_samples(instead.static.__wrapped__, (small,))
    assert list(lesson.draw_methods((small,))) == ["small, by calibration method"]
    assert len(pictures(shown)) == 1


def test_variants_race_and_the_courses_own_stand_in(small, shown, capsys):
    found = lesson.variants((small,), not_written, not_written)[small]
    assert "Exercise 6.5 is not written yet" in (said := capsys.readouterr().out) and "Exercise 6.6" in said
    assert lesson.kernels(found["static int8 (6.5)"], "Conv") == ["QLinearConv uint8 × int8"]
    lesson.show_kernels(found)
    turns = lesson.race(found, rounds=8, seconds=1)
    assert set(lesson.GUESSED) < set(found)
    assert lesson.speed_up(turns, lesson.GUESSED[0]) > 0
    lesson.show_race(turns, "small")
    assert len(lesson.draw_variants(found)) == len(found)
    assert len(pictures(shown)) == 1


def test_sums_and_files_are_compared_with_this_processor(small, shown):
    assert "off by" in lesson.show_products(lambda a, w: (1, 1), lambda largest: 3)
    assert lesson.show_two_processors(small, not_written).startswith("float ")
    assert "0.864" in shown[-1]["text/plain"]


def test_the_notebooks_reader_is_taken_where_there_is_one(small, monkeypatch, capsys):
    class DigitsReader:
        def __init__(self, images, batch_size):
            self.images = images[:batch_size]

        def get_next(self):
            return {"input": self.images}

    assert lesson.batch_sizes(lesson.reader(small)) == [32] * 8
    assert "Exercise 6.4 is not written yet" in capsys.readouterr().out
    monkeypatch.setattr(sys.modules["__main__"], "DigitsReader", DigitsReader, raising=False)
    with pytest.raises(Exception, match="more than 100 batches"):
        lesson.batch_sizes(lesson.reader(small))
