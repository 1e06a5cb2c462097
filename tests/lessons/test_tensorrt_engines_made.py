"""What lesson 07's hidden tests are made with: names, files, lines of a log, another process."""

from __future__ import annotations

import os

import numpy as np
import onnx
import pytest

from course_utils import tensorrt
from course_utils.lessons import tensorrt_engines as lesson
from course_utils.lessons.tensorrt_engines.watched import Chosen, OtherProcess, RottingBuild

QDQ = """net (float[N, 4] x) => (float[N, 4] y) <float s = {0.5}, %s> {
    q = QuantizeLinear (x, s%s)
    y = DequantizeLinear (q, s%s)
}"""


def test_values_get_other_names(tmp_path):
    path = lesson.write_graph(lesson.DENSE, tmp_path / "net.onnx")
    graph = onnx.load(lesson.call_otherwise(path, lambda name: f"{name}:0")).graph
    assert [each.name for each in (*graph.input, *graph.output)] == ["x:0", "y:0"]
    onnx.checker.check_model(onnx.load(path), full_check=True)


@pytest.mark.parametrize("which", range(5))
def test_a_model_in_parts_differs_in_one_file(tmp_path, which):
    path = lesson.model_in_parts(tmp_path / "net.onnx", [])
    files = lesson.model_files(path)
    before = [file.read_bytes() for file in files]
    lesson.model_in_parts(path, [(which, 2)])
    assert [file.read_bytes() != held for file, held in zip(files, before, strict=True)] == [
        k == which for k in range(5)
    ]
    weights = [onnx.numpy_helper.to_array(weight) for weight in onnx.load(path).graph.initializer]
    assert [float(weight[2]) for weight in weights] == [float(k == which) for k in range(5)]


def test_a_model_of_texts_has_the_same_own_file(tmp_path):
    path, *beside = lesson.model_files(lesson.model_of(tmp_path / "net.onnx", "ab", "c"))
    own = path.read_bytes()
    assert [each.read_text() for each in beside] == ["ab", "c"]
    assert [each.read_text() for each in lesson.model_files(lesson.model_of(path, "a", "bc"))[1:]] == ["a", "bc"]
    assert path.read_bytes() == own


def test_what_rots_keeps_size_and_date(tmp_path):
    kept = tmp_path / "kept"
    kept.write_bytes(bytes(9))
    os.utime(kept, (10**9, 10**9))
    assert RottingBuild(tmp_path)()
    assert kept.read_bytes() == b"\0\0\0\0\1\0\0\0\0"
    assert kept.stat().st_mtime == 10**9


def test_exchanged_bytes_are_the_same_ones():
    assert lesson.exchanged(b"abcdef") == b"abcedf"
    assert lesson.exchanged(b"aaaa") == b"aaa"


def test_lines_of_every_form_are_read():
    lines = [lesson.layer_line(f"l{k}", ["Half"], ["Int8"], ["Float", "FP8"], ["a", "b[0]/c"], k) for k in range(12)]
    layers = tensorrt.layers.__wrapped__(lesson.written_log(lines))
    assert len({(each.kind, each.tactic, each.stream) for each in layers}) == 12
    assert {(each.outputs, each.nodes) for each in layers} == {(("Float", "FP8"), ("a", "b[0]/c"))}


def test_the_largest_magnitude_that_a_pair_holds(tmp_path):
    made = [("int8 z = {1}", ", z", ", z"), ("uint8 z = {1}", ", z", ", z"), ("float unused = {1}", "", "")]
    held = []
    for parts in made:  # scales and zero points are all 1
        held.append(lesson.largest_held(lesson.write_graph(QDQ % parts, tmp_path / "q.onnx"), "x"))
    assert held == [[128.0], [254.0], [127.0]]


def test_a_class_of_ones_own_counts_as_what_it_comes_from():
    class Own(ValueError):
        pass

    class Strange(Exception):
        pass

    def raises(kind):
        raise kind("why")

    kinds = Own, Strange, KeyError, Exception
    assert [lesson.outcome(raises, kind)[0] for kind in kinds] == ["ValueError", "Strange", "KeyError", "Exception"]


def test_another_process_has_another_hash_and_the_same_numbers_each_time():
    one, other = OtherProcess("hash", 1), OtherProcess("hash", 2)
    assert one("a") == one("a") != other("a")
    assert OtherProcess("getpid", 5)() != OtherProcess("getpid", 6)()


def test_features_are_chosen_by_whole_numbers():
    import torch

    x = torch.tensor([[1.0, 5.0]])
    assert Chosen(2)(x).tolist() == np.add([[5, 5]], [[1, 2]]).tolist()
