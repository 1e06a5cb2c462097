"""Which files the judge of lesson 16 refuses, each in a sentence, and which it does not."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from capstone_files import after, before, changed, hold, judged, trained
from onnx import helper, numpy_helper

from course_utils.lessons.capstone import limits, nets
from course_utils.lessons.capstone.admission import Refused, admitted, content_of

EYE = np.eye(10, dtype="f4")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("trained"))


def shape_of_scores(each):
    each.graph.output[0].type.tensor_type.elem_type = onnx.TensorProto.INT64


def two_outputs(each):
    each.graph.output.append(helper.make_tensor_value_info("again", 1, ["n", 10]))
    each.graph.node.append(helper.make_node("Identity", ["y"], ["again"]))


def wide_output(each):
    each.graph.node[-1].output[0] = "almost"
    each.graph.node.append(helper.make_node("Concat", ["almost", "almost"], ["y"], axis=1))


def computed_scale(each):
    nodes = ("Cast", ["almost"], "i", {"to": 2}), ("ReduceMean", ["almost"], "s", {"keepdims": 0})
    after(each, *nodes, ("DequantizeLinear", ["i", "s"], "y"))


def training_norm(each):
    ones = dict.fromkeys("bcde", np.ones(1, "f4"))
    node = "BatchNormalization", ["x", *"bcde"], ["seen", "m", "v"], {"training_mode": 1}
    before(each, node, **ones)


def computed_norm(each):
    mean = "ReduceMean", ["x", "axes"], "m", {"keepdims": 0}
    ones = dict.fromkeys("bde", np.ones(1, "f4")) | {"axes": np.array([0, 2, 3])}
    before(each, mean, ("BatchNormalization", ["x", "b", "m", "d", "e"], "seen"), **ones)


def many_nodes(each):
    for number in range(limits.MOST_NODES):
        each.graph.node.append(helper.make_node("Relu", ["x"], [f"more{number}"]))


def sparse(each):
    values = numpy_helper.from_array(np.ones(1, "f4"), "sp")
    each.graph.sparse_initializer.append(
        helper.make_sparse_tensor(values, numpy_helper.from_array(np.zeros(1, np.int64), "i"), [4])
    )


def branch(each):
    then = helper.make_graph([helper.make_node("Identity", ["x"], ["z"])], "t", [], [])
    each.graph.node.append(helper.make_node("If", ["x"], ["o"], then_branch=then, else_branch=then))


def heavy(each):
    before(each, ("Conv", ["x", "w"], "seen", {"pads": [25] * 4}), w=np.zeros((1, 1, 51, 51), np.uint8).astype("f4"))


def nothing(each):
    return onnx.ModelProto()


REFUSALS = {
    "one output, float32 scores": shape_of_scores,
    "it must have one output": two_outputs,
    r"its output for one image is \(1, 20\)": wide_output,
    "DequantizeLinear takes its settings from what is computed": computed_scale,
    "BatchNormalization has the setting training_mode": training_norm,
    "BatchNormalization takes its settings from what is computed": computed_norm,
    "more than 400 operators": many_nodes,
    "sparse weights": sparse,
    "If is not allowed": branch,
    "no entry may take more than 2,000,000": heavy,
    "opset is 12; export with one from 13 to 23": lambda each: setattr(each.opset_import[0], "version", 12),
    "holds no graph": nothing,
    "Softmax is not allowed: scores are compared": lambda each: after(each, ("Softmax", ["almost"], "y")),
    "DynamicQuantizeLinear is not allowed: its range depends": lambda each: each.graph.node.append(
        helper.make_node("DynamicQuantizeLinear", ["x"], ["a", "b", "c"])
    ),
    "Div is not allowed: multiply": lambda each: after(each, ("Div", ["almost", "k"], "y"), k=np.ones(1, "f4")),
    "onnx.checker does not accept it": lambda each: each.graph.node[0].input.append("nowhere"),
    "Cast makes strings": lambda each: each.graph.node.append(helper.make_node("Cast", ["x"], ["t"], to=8)),
    "one flat graph": lambda each: each.graph.node[0].attribute.append(
        helper.make_attribute("inner", helper.make_graph([], "g", [], []))
    ),
    "have one name": lambda each: each.graph.node.append(helper.make_node("Relu", ["x"], ["y"])),
    "it must have one input": lambda each: hold(each, x=np.zeros((1, 1, 28, 28), "f4")),
    "shapes do not fit together|does not accept|not open": lambda each: after(
        each, ("MatMul", ["almost", "k"], "y"), k=np.zeros((11, 10), "f4")
    ),
}


@pytest.mark.parametrize("words", REFUSALS)
def test_what_is_not_plain_is_refused_in_a_sentence(model, words):
    with pytest.raises(Refused, match=words) as raised:
        judged(changed(model, REFUSALS[words]))
    assert str(raised.value).endswith((".", "?).")) and "\n" not in str(raised.value)


@pytest.mark.parametrize("content", [b"", b"\x08\x07", os.urandom(3000), b"PK\x03\x04" * 50, b"\xff" * 99])
def test_bytes_that_are_no_model_are_refused(content):
    with pytest.raises(Refused, match=r"no ONNX model|holds no graph|more than one model"):
        admitted(content)


def test_whatever_byte_is_cut_or_changed_the_judge_says_so_or_judges(model):
    content, rng = model.SerializeToString(), np.random.default_rng(0)
    for place in rng.integers(len(content), size=60).tolist():
        for spoiled in (content[:place], content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :]):
            try:
                admitted(spoiled)
            except Refused as error:
                assert str(error).endswith(".")


def test_what_the_exporters_and_the_quantizer_write_is_accepted(tmp_path):
    from course_utils.data import digits
    from course_utils.export import to_onnx, to_onnx_torchscript
    from course_utils.quantization import Reader, quantize

    net, example = nets.separable(), torch.zeros(2, 1, 28, 28)
    net.eval()
    files = [to_onnx(net, example, tmp_path / "a.onnx"), to_onnx_torchscript(net, example, tmp_path / "b.onnx")]
    files.append(nets.exported(net, tmp_path / "c.onnx"))
    reader = Reader(digits(28).train_images[:64], files[2])
    files.append(quantize(files[2], tmp_path / "d.onnx", "cpu_int8_without_vnni", reader))
    for path in files:
        assert judged(path.read_bytes()).bytes == path.stat().st_size


def test_a_path_is_read_once_and_only_a_plain_file_in_the_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder, outside = Path("given"), Path("outside.onnx")
    folder.mkdir()
    (folder / "in").mkdir()
    outside.write_bytes(b"secret")
    (folder / "good.onnx").write_bytes(b"good")
    (folder / "in" / "deep.onnx").write_bytes(b"deep")
    (folder / "link.onnx").symlink_to(outside.absolute())
    (folder / "large.onnx").write_bytes(bytes(limits.LARGEST_FILE + 1))
    os.mkfifo(folder / "pipe.onnx")
    assert content_of(folder / "good.onnx", folder) == content_of((folder / "good.onnx").absolute(), folder) == b"good"
    bad = {
        "no plain file": [
            folder / "link.onnx",
            folder / "none",
            folder / "pipe.onnx",
            folder / "in" / "deep.onnx",
            folder,
        ],
        "outside the folder": [outside, folder / ".." / outside, Path("/etc/passwd"), Path("givens/x")],
        "more than 100,000 bytes": [folder / "large.onnx"],
        "not a Path": ["given/good.onnx", None, b"x", 3],
    }
    for words, paths in bad.items():
        for path in paths:
            with pytest.raises(Refused, match=words):
                content_of(path, folder)
