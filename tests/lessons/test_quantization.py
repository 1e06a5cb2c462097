"""What lesson 06 is given, and what its tests look with: each holds what it promises."""

from __future__ import annotations

import shutil

import numpy as np
import onnx
import pytest
import torch

from course_utils import expect, quantization
from course_utils.lessons import quantization as lesson
from course_utils.lessons.quantization import instead

pytestmark = pytest.mark.usefixtures("folder")


def test_beginning_again_keeps_the_files_and_this_lessons_answers_rest(folder):
    (folder / "work06").mkdir()
    (folder / "work06" / "old").touch()
    lesson.begin()
    assert not (folder / "work06" / "old").exists()
    path = lesson.example()
    lesson.begin()
    assert path.exists()
    with pytest.raises(Exception, match=r"exercise 6\.8"):
        quantization.to_float16(path, lesson.new_path("half.onnx"))
    with pytest.raises(Exception, match=r"exercise 6\.5"):
        instead.static(path, lesson.new_path("static.onnx"), None)
    with pytest.raises(Exception, match=r"exercise 6\.6"):
        instead.dynamic(path, lesson.new_path("dynamic.onnx"))


def test_the_example_can_be_overwritten_and_comes_again():
    path = lesson.example()
    path.write_bytes(b"")
    with pytest.raises(expect.Unmet, match="the float model afterwards"):
        lesson.expect_kept(path)
    lesson.expect_kept(lesson.example())


def test_drawn_models_read_digits_and_differ():
    one, copied = lesson.drawn_twice(np.random.default_rng(1))
    other = lesson.drawn_model(np.random.default_rng(2))
    assert one.read_bytes() == copied.read_bytes() != other.read_bytes()
    assert lesson.points_lost(one, other) < 5
    assert lesson.labels_kept(one, copied) == 1
    assert lesson.error_of(one, copied) == 0 < lesson.error_of(one, other)
    both = lesson.with_matmul(one, np.random.default_rng(3))
    assert lesson.operators(both, "Gemm", "MatMul", "Gather", "LSTM") == [
        "Gemm",
        "MatMul",
        "Gather",
        "LSTM",
        "MatMul",
        "MatMul",
    ]
    assert lesson.mean_error_of(both, both) == 0 < lesson.mean_error_of(one, both)
    assert lesson.ends(lesson.with_more_ends(one)) == [*["tensor(float)"] * 4, "tensor(int64)"]
    wide = lesson.with_wide_layers(one, np.random.default_rng(3))
    assert lesson.ends_of(wide) == ["pixels: 1 ['batch', 1, 8, 8]", "output: 1 ['batch', 500]"]
    assert lesson.ends(wide) == ["tensor(float)"] * 2 and lesson.size_of(wide) > 1e6


def test_what_a_file_holds_is_read_from_it():
    path, made = lesson.example(), lesson.new_path("made.onnx")
    instead.static.__wrapped__(path, made, quantization.Reader(np.zeros((4, 1, 8, 8), np.float32), path))
    assert lesson.kernels(made, "Conv") == ["QLinearConv uint8 × int8"]
    assert lesson.kernels(path, "Conv") == ["Conv"]
    assert lesson.weight_types(path) == ["float32"]
    assert lesson.widest_weight(path) == 0 < lesson.widest_weight(made) <= 64
    assert lesson.ends(path) == ["tensor(float)", "tensor(float)"]


def test_the_input_s_scale_shows_both_peaks_of_a_sample():
    path, made = lesson.example(), lesson.new_path("made.onnx")
    images, low, high = lesson.with_peaks(lesson.sample(), np.random.default_rng(1))
    first, second = (int(place) // 16 for place in sorted((images.argmin() // 64, images.argmax() // 64)))
    assert first < 8 <= second and (second - first) % 2
    instead.static.__wrapped__(path, made, quantization.Reader.__wrapped__(images, path))
    assert np.isclose(lesson.input_scale(made), (high - low) / 255)
    assert np.isnan(lesson.input_scale(path))


def test_a_node_that_is_another_now_is_noticed():
    one = lesson.with_matmul(lesson.example(), np.random.default_rng(3))
    lesson.expect_others_kept(one, one)
    model, other = onnx.load(one), lesson.new_path("other.onnx")
    del next(node for node in model.graph.node if node.op_type == "Conv").attribute[:]
    onnx.save(model, other)
    with pytest.raises(expect.Unmet, match="Conv"):
        lesson.expect_others_kept(other, one)


def test_weights_of_eight_bits_are_refused():
    path, made = lesson.example(), lesson.new_path("made.onnx")
    reader = quantization.Reader(np.zeros((4, 1, 8, 8), np.float32), path)
    lesson.expect_narrow(instead.static.__wrapped__(path, made, reader))
    reader.rewind()
    with pytest.raises(expect.Unmet, match="at most 64"):
        lesson.expect_narrow(instead.static.__wrapped__(path, made, reader, reduce_range=False))


def test_a_function_that_returns_no_path_is_told_so():
    with pytest.raises(expect.Unmet, match="`return` missing"):
        lesson.after(lambda path, out: None, lesson.example(), "to_float16(path, out)")
    with pytest.raises(expect.Unmet, match=r"quantize_static_model\(path, out, reader\)"):
        lesson.after_static(lambda path, out, reader: 3, lesson.example())


def test_a_model_belongs_at_out_whatever_lay_there():
    path = lesson.example()
    made = lesson.after(lambda path, out: str(shutil.copy(path, out)), path, "copied", old=b"old")
    assert made.read_bytes() == path.read_bytes()
    with pytest.raises(expect.Unmet, match="out, which is"):
        lesson.after(lambda path, out: path, path, "copied")
    with pytest.raises(expect.Unmet, match="no file"):
        lesson.after(lambda path, out: out, path, "copied")


def test_sums_of_products_are_whole_numbers():
    assert lesson.dotted(lambda a, w: (torch.tensor(6), np.int64(6)), [2], [3])[0] == (6, 6)
    with pytest.raises(expect.Unmet, match="two ints"):
        lesson.dotted(lambda a, w: (6, 6.0), [2], [3])


def test_the_gradient_that_reaches_x_is_seen():
    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, scale, zero_point, bits):
            return 2 * x

        @staticmethod
        def backward(ctx, gradient):
            return gradient, None, None, None

    y, dx = lesson.through(Twice, np.array([1.0, -3.0]), 1.0, 0, 8)
    assert y.tolist() == dx.tolist() == [2.0, -6.0]


def test_digits_are_renamed_for_a_block_and_training_the_tasks_net_is_seen():
    task = lesson.digits_task()
    names = [3, 1, 4, 0, 5, 9, 2, 6, 8, 7]
    labels, net, found = task.labels, task.net, task.net(task.test_images).argmax(1)
    assert lesson.accuracy(found, list(range(10))) > 0.9
    with pytest.raises(ZeroDivisionError), lesson.renamed(task, names) as (task.labels, task.net):
        assert lesson.accuracy(task.net(task.test_images).argmax(1), names) > 0.9
        assert task.labels.tolist() == torch.tensor(names)[labels].tolist()
        before = lesson.weights_of(task.net)
        lesson.expect_untrained(task.net, before, "task.net")
        lesson.train(task, task.net, lambda net, x: net(x), 1)
        with pytest.raises(expect.Unmet, match="train a copy"):
            lesson.expect_untrained(task.net, before, "task.net")
        raise ZeroDivisionError
    assert task.labels is labels and task.net is net
    assert lesson.told_apart(found) == int((found[:450] != found[450:]).sum()) > 0
