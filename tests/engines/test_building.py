"""Engines really built, on a machine without a GPU: ends, targets, precision, the log, one logger."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import small_models

from course_utils import tensorrt, withheld
from course_utils.errors import CourseError

pytest.importorskip("tensorrt_rtx")
MAGIC = b"vtrt"


@pytest.fixture
def relu(tmp_path: Path) -> Path:
    return small_models.write(small_models.RELU, tmp_path / "relu.onnx", y="bend")


@pytest.fixture
def dense(tmp_path: Path) -> Path:
    return small_models.write(small_models.DENSE, tmp_path / "dense.onnx", z="product", y="bend")


def test_parse_tells_the_ends_and_the_layers(dense):
    assert tensorrt.parse(dense) == tensorrt.Parsed({"x": (-1, 8)}, {"y": (-1, 4)}, 3, ())


def test_an_engine_for_a_gpu_that_is_not_here(relu):
    made = tensorrt.build(relu, {"x": small_models.FREE}, "SM86")
    assert made.engine.startswith(MAGIC)
    assert b"accelerators={sm86 }" in made.engine
    assert (made.targets, made.network_layers) == (("SM86",), 1)
    assert made.version.startswith("tensorrt_rtx 1.")
    assert "MinShape: [1,3], OptShape: [4,3], MaxShape: [16,3]" in made.log
    assert len(repr(made)) < 200


def test_every_target_and_several_at_once(relu):
    names = tensorrt.targets()
    assert {"SM80", "SM86", "SM89", "SM120"} <= set(names)
    for name in names:
        engine = tensorrt.build(relu, {"x": small_models.FREE}, name).engine
        assert f"accelerators={{{name.lower()} }}".encode() in engine
    both = tensorrt.build(relu, {"x": small_models.FREE}, ("SM86", "SM120"))
    assert b"accelerators={sm86 sm120 }" in both.engine


def test_types_of_the_file_are_the_types_of_the_engine(tmp_path):
    text = small_models.DENSE.replace("float", "float16")
    half = small_models.write(text, tmp_path / "half.onnx")
    made = tensorrt.build(half, {"x": small_models.DENSE_SHAPES}, "SM86")
    assert {kind for layer in made.layers for kind in layer.outputs} == {"Half"}


def test_the_layers_carry_the_names_of_their_onnx_nodes(dense):
    made = tensorrt.build(dense, {"x": small_models.DENSE_SHAPES}, "SM86")
    nodes = [node for layer in made.layers for node in layer.nodes]
    assert {"product", "bend"} <= set(nodes)
    assert sum(layer.works for layer in made.layers) <= len(made.layers)
    assert made.network_layers == 3


def test_a_static_network_needs_no_profile(tmp_path):
    path = small_models.write(small_models.RELU.replace("N", "2"), tmp_path / "fixed.onnx")
    assert tensorrt.build(path, target="SM86").engine.startswith(MAGIC)


def test_weights_in_another_file_are_found(tmp_path):
    path = small_models.with_weights_outside(tmp_path / "outside.onnx", 2.0)
    assert tensorrt.build(path, {"x": small_models.DENSE_SHAPES}, "SM86").engine.startswith(MAGIC)


def test_what_is_heard_is_heard_once_and_only_while_listening(relu):
    with tensorrt.listening() as outer:
        tensorrt.parse(relu)
        with tensorrt.listening() as inner:
            tensorrt.parse(relu)
        before = len(outer.messages)
    tensorrt.parse(relu)
    with tensorrt.listening() as silent, tensorrt.listening():
        pass
    with tensorrt.listening() as first:
        with tensorrt.listening():
            pass  # both have heard nothing: equal, and yet two
        tensorrt.parse(relu)
    assert (silent.messages, bool(first.messages)) == ([], True)
    assert 0 < len(inner.messages) < before == len(outer.messages)
    assert inner.errors() == []
    assert "Parsing node: bend [Relu]" in inner.text()


def test_one_logger_for_the_process_and_nothing_on_stderr(tmp_path):
    code = (
        "from course_utils import tensorrt as t, quiet; import small_models as s; from pathlib import Path\n"
        "p = s.write(s.RELU, Path('relu.onnx')); b = s.write(s.RELU.replace('float', 'uint16'), Path('bad.onnx'))\n"
        "with t.listening() as heard:\n"
        "    t.build(p, {'x': s.FREE}, 'SM86'); t.parse(b); trt = t.library(); trt.Runtime(t.logger(trt))\n"
        "assert t.logger(trt) is t.logger(trt)\n"
        "assert not [text for _, text in heard.messages if 'differs from one already registered' in text]\n"
    )
    env = {"PYTHONPATH": str(Path(__file__).parent), "PATH": ""}
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_an_engine_is_weighed(dense):
    weighed = tensorrt.weigh(dense, {"x": small_models.DENSE_SHAPES})
    assert 8 * 4 * 4 <= weighed.weights_bytes < 1000  # TensorRT pads
    assert weighed.engine_bytes > 1000
    assert (weighed.network_layers, weighed.types, weighed.streams, weighed.refused) == (3, ("Float",), 1, "")
    made = tensorrt.build(dense, {"x": small_models.DENSE_SHAPES}, "SM86")
    assert 0 < weighed.engine_layers == sum(layer.works for layer in made.layers) < len(made.layers)
    refused = tensorrt.weigh(dense)
    assert refused == tensorrt.Weighed(refused=refused.refused)
    assert "no profile" in refused.refused


def test_where_there_is_no_tensorrt_nothing_is_weighed(dense, monkeypatch):
    for name in ("tensorrt_rtx", "tensorrt"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(tensorrt.NotHere):
        tensorrt.weigh(dense, {"x": small_models.DENSE_SHAPES})


def test_memory_grows_with_the_largest_shape(tmp_path):
    path = small_models.write(
        "two (float[N, 8] x) => (float[N, 8] y) <float[8, 8] w = {0}> { a = MatMul (x, w)\n b = Softmax (a)\n"
        " y = MatMul (b, w) }",
        tmp_path / "two.onnx",
    )
    small, large = (tensorrt.weigh(path, {"x": ((1, 8), (1, 8), (n, 8))}).activation_bytes for n in (64, 4096))
    assert large > small


def test_answers_rest_in_their_lesson(relu):
    withheld.working_on("07")
    try:
        for call in (
            lambda: tensorrt.parse(relu),
            lambda: tensorrt.profile({}, {}, {}),
            lambda: tensorrt.build(relu, {"x": small_models.FREE}, "SM86"),
            lambda: tensorrt.layers(""),
            lambda: tensorrt.EngineCache("x"),
        ):
            with pytest.raises(CourseError, match=r"this is what exercise 7\.\d asks"):
                call()
    finally:
        withheld.working_on(None)
