"""What lesson 07 is given keeps its promises, and every figure is drawn, with words beside it."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

from course_utils import expect, tensorrt
from course_utils.lessons import tensorrt_engines as lesson
from course_utils.lessons import working
from course_utils.lessons.tensorrt_engines import folder

SHAPES = {"input": ((1, 1, 28, 28), (8, 1, 28, 28), (32, 1, 28, 28))}
needs_tensorrt = pytest.mark.skipif(
    not tensorrt.usable(tensorrt.library_or_stand_in("tensorrt_rtx")), reason="no TensorRT for RTX here"
)
profile, build_engine = tensorrt.profile.__wrapped__, lambda *args: tensorrt.build.__wrapped__(*args).engine


def parse(path):
    return vars(tensorrt.parse.__wrapped__(path))


def engine_layers(log):
    layers = tensorrt.layers.__wrapped__(log)
    return [{"name": each.name, "types": list(each.outputs), "nodes": list(each.nodes)} for each in layers]


def not_written(*args):
    raise NotImplementedError("not written yet")


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder.FOLDER.mkdir()


def pictures(shown):
    return [each["text/plain"] for each in shown if "<img" in each["text/html"] and 'alt="' in each["text/html"]]


def test_the_folder_is_emptied_once_in_a_process(monkeypatch):
    monkeypatch.setattr(working, "_emptied", set())
    monkeypatch.setattr(folder, "working_on", lambda lesson: None)
    old = lesson.new_path("old.onnx")
    old.write_bytes(b"old")
    lesson.begin()
    assert not old.exists()
    kept = lesson.new_path("kept.onnx")
    kept.write_bytes(b"kept")
    lesson.begin()
    assert kept.exists()


def test_a_model_has_the_files_of_its_weights_and_graphs_have_ones(tmp_path):
    path = lesson.model_outside(tmp_path / "net.onnx", 2.0)
    assert lesson.model_files(path) == [path, tmp_path / "w.bin"]
    assert onnx.numpy_helper.to_array(onnx.load(path).graph.initializer[0]).tolist() == [[2.0] * 4] * 8
    dense = onnx.load(lesson.write_graph(lesson.DENSE, tmp_path / "dense.onnx", y="last"))
    assert [node.name for node in dense.graph.node] == ["", "last"]
    assert onnx.numpy_helper.to_array(dense.graph.initializer[0]).sum() == 32
    lesson.draw_weights(tmp_path / "dense.onnx", np.random.default_rng(0))
    drawn = onnx.numpy_helper.to_array(onnx.load(tmp_path / "dense.onnx").graph.initializer[0])
    assert (drawn.dtype, len(np.unique(drawn))) == (np.float32, 32)


def test_a_reader_gives_fifty_at_a_time_then_none():
    reader = lesson.reader_of(np.zeros((70, 1, 2, 2)))
    assert [len(reader.get_next()["input"]) for _ in range(2)] == [50, 20]
    assert reader.get_next() is None


def test_outcomes_are_told_but_what_is_not_written_is_raised():
    assert lesson.outcome(int, "x")[0] == "ValueError"
    assert lesson.outcome(int, "7") == ("no error", "")
    with pytest.raises(NotImplementedError):
        lesson.outcome(not_written)
    assert lesson.returned(int, "7", what="int", wanted="a number") == 7
    with pytest.raises(AssertionError, match="mind the digits"):
        lesson.returned(int, "x", what="int", wanted="a number", likely=lambda kind, _: "mind the digits")
    with pytest.raises(AssertionError, match="return"):
        lesson.file_of(None, "a path")


def test_a_written_log_is_read_back():
    lines = [lesson.layer_line("a, b", ["Half"], ["Float"], ["Int8", "Half"], ["n-1", "n 2"])]
    assert lesson.column(engine_layers, "nodes", lines) == [["n-1", "n 2"]]
    assert lesson.column(engine_layers, "types", lines) == [["Int8", "Half"]]
    assert lesson.column(engine_layers, "name", lines) == ["a, b"]


def test_damage_reaches_every_file_and_one_bit_is_one_bit(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "engine").write_bytes(bytes(10))
    lesson.damage(tmp_path, lambda data: lesson.changed(data, 3))
    assert (tmp_path / "deep" / "engine").read_bytes() == bytes(7) + b"\1" + bytes(2)
    assert lesson.changed(b"ab", 3) == b"ab"
    assert lesson.in_words((None, 0), b"xy") == ("a NoneType", "0 builds")
    with pytest.raises(RuntimeError):
        lesson.killed()


def test_quantized_parts_tell_what_is_not_int8():
    ops, parts = ("Conv", "Conv", "Gemm"), ("input", "weight")
    others = [f"{op}, {part}: not in Q/DQ form" for op in ops for part in parts]
    assert lesson.quantized_parts(lesson.two_convs(0)) == (others, [])


def test_scores_are_those_of_the_module(tmp_path):
    from course_utils.export import to_onnx_torchscript

    net, x = lesson.dense_net(3, 20)
    path = to_onnx_torchscript(net, x, tmp_path / "net.onnx")
    expect.close(lesson.scores_of(path, x), net(x).detach().numpy(), "scores", atol=1e-5)


def test_what_is_not_written_is_replaced_and_that_is_said_once(capsys):
    assert lesson.batches(not_written, 1, 8, 32) == SHAPES
    assert capsys.readouterr().out.count("7.2 is not written yet") == 1
    assert lesson.batches(lambda *three: "yours", 1, 8, 32) == "yours"
    assert capsys.readouterr().out == ""


@needs_tensorrt
def test_first_looks(shown, capsys):
    path = lesson.two_convs(1)
    assert lesson.show_older_calls(tensorrt.library("tensorrt_rtx")) == 7
    lesson.show_parsed(parse, {"net": path})
    lesson.show_refused(parse)
    told = capsys.readouterr().out
    assert all(name in told for name in ("Det", "Wobble", "Add"))
    assert 0 < lesson.draw_memory(profile, _named(path), (1, 4)) < 2
    assert "4 images" in pictures(shown)[0]
    engine, log = lesson.built(build_engine, _named(path), SHAPES, "SM89")
    assert lesson.targets_of(engine) == ["sm89"]
    assert lesson.shapes_of(log) == lesson.as_lists(SHAPES)
    assert 0.5 < lesson.show_targets(build_engine, _named(path), SHAPES) < 2


@needs_tensorrt
def test_fusions(shown, capsys):
    path = _named(lesson.two_convs(2))
    lesson.show_a_layer()
    assert "first_conv" in capsys.readouterr().out
    log = lesson.log_of(not_written, path, SHAPES)
    assert "7.3 is not written yet" in capsys.readouterr().out
    assert 0 < lesson.draw_fusion(engine_layers, log, path) < len(onnx.load(path).graph.node)
    assert "Conv + Relu" in pictures(shown)[0]
    lesson.show_before_and_after(engine_layers, build_engine, {"net": path})
    lesson.show_side_by_side(engine_layers, build_engine)


@needs_tensorrt
def test_precisions_and_starts(shown, capsys):
    paths = {"ResNet": _named(lesson.two_convs(3)), "other": lesson.two_convs(4)}
    assert list(lesson.draw_engines(paths)) == ["ResNet"]
    assert "ResNet, float32" in pictures(shown)[0]
    assert "made now" in lesson.show_five(not_written, not_written, paths, SHAPES)
    lesson.show_refusal(not_written, paths["other"])
    assert "it takes the file" in capsys.readouterr().out

    class Forgets:
        def __init__(self, folder):
            folder.mkdir()

        def get(self, path, target, version, build):
            return build()

    with pytest.raises(FileExistsError):  # both starts share a folder
        lesson.show_two_starts(Forgets, build_engine, paths)


def test_ladders(shown):
    from course_utils.export import to_onnx

    net, x = lesson.dense_net(5, 20)
    path = to_onnx(net, x[:2], lesson.new_path("net.onnx"))
    here = lesson.show_latencies(net, path, None, rounds=3)
    assert list(here) == ["PyTorch, eager", "ONNX Runtime"]
    lesson.draw_ladders(here)
    assert "RTX 2080 Ti, TensorRT float16 6.0×" in pictures(shown)[0]


def _named(path):
    """The same model with its input called input."""
    model = onnx.load(path)
    (given,) = model.graph.input
    for node in model.graph.node:
        node.input[:] = ["input" if name == given.name else name for name in node.input]
    given.name = "input"
    onnx.save(model, path)
    return path
