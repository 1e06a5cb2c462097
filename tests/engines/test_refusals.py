"""What TensorRT does not take: one sentence each, with the file, the node and what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import onnx
import pytest
import small_models

from course_utils import tensorrt
from course_utils.errors import CourseError
from course_utils.tensorrt import refusals

pytest.importorskip("tensorrt_rtx")
DET = "det (float[2, 3, 3] x) => (float[2] y) { a = Relu (x)\n y = Det (a) }"
PLUGIN = "own (float[2, 3] x) => (float[2, 3] y) { y = strange.domain.Wobble (x) }"
UINT8_ADD = "sum (uint8[2, 3] x) => (uint8[2, 3] y) { y = Add (x, x) }"
WEIGHT = "held (float[2] x) => (float[2] y) <int16[2] s = {1}> { d = Cast <to = 1> (s)\n y = Add (x, d) }"
INT32_BIAS = """bias (float[2, 4] x) => (float[2, 4] y) <int32[4] b = {0}, float s = {1}, int32 z = {0}> {
    d = DequantizeLinear (b, s)\n y = Add (x, d) }"""
QDQ = """qdq (float[2, 4] x) => (float[2, 4] y) <float s = {1}, int8 z = {1}> {
    q = QuantizeLinear (x, s, z)\n y = DequantizeLinear (q, s, z) }"""
BY_THE_PARSER = {
    "unsupported operator": (DET, r"node 'volume' \(Det\): TensorRT has no such operator; write it with others"),
    "missing plugin": (PLUGIN, r"node 'volume' \(Wobble\): neither an ONNX operator nor a plugin that is loaded"),
    "type of an operator": (UINT8_ADD, r"node 'volume' \(Add\): a type that this operator does not take .*UInt8"),
    "type of an input": (UINT8_ADD.replace("uint8", "string"), r"the input 'x' has a type .* not take \(string\)\."),
    "type of a weight": (WEIGHT, r"the weight 's' has a type that TensorRT does not take \(int16\)\."),
    "int32 bias": (INT32_BIAS, r"node 'bias' \(DequantizeLinear\): it dequantizes an int32 bias, .* in float"),
    "zero point": (QDQ, r"node 'scaled' \(QuantizeLinear\): its zero point is not 0; .* symmetric quantization only"),
}
NAMES = {"y": "volume", "d": "bias", "q": "scaled"}


def one_sentence(error: Exception, path: Path | str) -> bool:
    text = str(error)
    return text.startswith(str(path)) and text.endswith(".") and "\n" not in text and len(text) < 400


@pytest.mark.parametrize(("text", "said"), BY_THE_PARSER.values(), ids=BY_THE_PARSER)
def test_refused_by_the_parser(text: str, said: str, tmp_path: Path):
    path = small_models.write(text, tmp_path / "refused.onnx", **NAMES)
    with pytest.raises(CourseError, match=said) as error:
        tensorrt.build(path, target="SM86")
    assert one_sentence(error.value, path)
    assert tensorrt.parse(path).errors == (str(error.value),)


def test_a_node_without_a_name_is_told_by_its_number(tmp_path):
    path = small_models.write(DET, tmp_path / "nameless.onnx")
    assert "node 'number 1' (Det)" in tensorrt.parse(path).errors[0]


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        (None, r"the input 'x' of shape \(-1, 3\) has a free axis and no profile; give its smallest"),
        ({"z": small_models.FREE}, r"the profile names 'z', which is no input; there are: x\."),
        ({"x": ((4, 3), (2, 3), (8, 3))}, r"'x' must have min <= opt <= max on every axis, not \(4, 3\)"),
        ({"x": ((1, 4), (2, 4), (8, 4))}, r"the min shape \(1, 4\) of 'x' does not fit the network's \(-1, 3\)"),
        ({"x": ((1,), (2,), (8,))}, r"the min shape \(1,\) of 'x' does not fit the network's \(-1, 3\)"),
        ({"x": ((1, 3), (2, 3, 1), (8, 3))}, r"'x' has shapes of different rank"),
        ({"x": ((0, 3), (2, 3), (8, 3))}, r"the min shape \(0, 3\) of 'x' must be positive ints"),
    ],
)
def test_profiles_that_do_not_fit(profile, said, tmp_path):
    path = small_models.write(small_models.RELU, tmp_path / "relu.onnx")
    with pytest.raises(CourseError, match=said):
        tensorrt.build(path, profile, "SM86")


def test_profile_checks_by_name_and_keeps_order():
    low, usual, high = {"a": [1, 3], "b": (2,)}, {"b": (2,), "a": (4, 3)}, {"a": (8, 3), "b": (2,)}
    assert tensorrt.profile(low, usual, high) == {"a": ((1, 3), (4, 3), (8, 3)), "b": ((2,), (2,), (2,))}
    with pytest.raises(CourseError, match="no opt shape for the input 'b'"):
        tensorrt.profile(low, {"a": (4, 3)}, high)
    with pytest.raises(CourseError, match=r"'a' must have min <= opt <= max .* \(1, 3\), \(9, 3\), \(8, 3\)"):
        tensorrt.profile(low, usual | {"a": (9, 3)}, high)


def test_targets_that_the_library_does_not_build_for(tmp_path):
    path = small_models.write(small_models.DENSE, tmp_path / "dense.onnx", z="product")
    with pytest.raises(CourseError, match=r"target SM90: tensorrt_rtx builds for SM75, .*CURRENT \(alone\), no others"):
        tensorrt.build(path, {"x": small_models.DENSE_SHAPES}, ("SM86", "SM90"))
    for odd in ((), ("SM86", "CURRENT")):
        with pytest.raises(CourseError, match="no others"):
            tensorrt.build(path, {"x": small_models.DENSE_SHAPES}, odd)
    with pytest.raises(CourseError, match=r"cannot be built for SM75 \(.*FP32 GEMM is not supported\)") as error:
        tensorrt.build(path, {"x": small_models.DENSE_SHAPES}, "SM75")
    assert one_sentence(error.value, path)


def test_files_that_hold_no_network(tmp_path):
    path = small_models.write(small_models.RELU, tmp_path / "relu.onnx")
    whole = path.read_bytes()
    for content in (b"", b"no model", whole[: len(whole) // 2]):
        path.write_bytes(content)
        with pytest.raises(CourseError, match="no ONNX model, or only a part of one"):
            tensorrt.build(path, {"x": small_models.FREE}, "SM86")
    with pytest.raises(CourseError, match="no such file"):
        tensorrt.parse(tmp_path / "absent.onnx")


def test_weights_left_behind(tmp_path):
    path = small_models.with_weights_outside(tmp_path / "moved.onnx", 1.0)
    (tmp_path / "w.bin").unlink()
    with pytest.raises(CourseError, match=r"its weights are in w\.bin, which is not beside it; copy that file"):
        tensorrt.build(path, {"x": small_models.DENSE_SHAPES}, "SM86")


def test_engines_that_are_damaged_or_of_another_version(tmp_path):
    path = small_models.write(small_models.RELU, tmp_path / "relu.onnx")
    engine = tensorrt.build(path, {"x": small_models.FREE}, "SM86").engine
    older = engine[:25] + bytes([engine[25] - 1]) + engine[26:]  # the minor version, in the engine's header
    for damaged, said in (
        (engine[:-100], "damaged, or only a part of an engine"),
        (b"", "damaged, or only a part of an engine"),
        (older, "of another version of TensorRT"),
        (path.read_bytes(), "of another version of TensorRT, or no engine at all"),
    ):
        with pytest.raises(CourseError, match=said) as error:
            tensorrt.load(damaged)
        assert one_sentence(error.value, "engine of ")


@pytest.mark.parametrize(  # as TensorRT's sources and forum have them; the GPU tests meet the real ones
    ("message", "said"),
    [
        ("The engine plan file is generated on an incompatible device, expecting compute 7.5 got compute 8.6, "
         "please rebuild.", "built for another GPU"),
        ("Serialization assertion stdVersionRead == kSERIALIZATION_VERSION failed.Version tag does not match. Note: "
         "Current Version: 0, Serialized Engine Version: 43", "another version"),
        ("Cuda Runtime (In ScopedCudaStream at cudaResources.cpp:25 (cudaError 35: CUDA driver version is insufficient "
         "for CUDA runtime version))", "no NVIDIA GPU or driver here; an engine is built anywhere"),
        ("Unexpected internal error", r"cannot be loaded \(Unexpected internal error\)"),
    ],
)  # fmt: skip
def test_messages_that_only_a_gpu_brings(message, said):
    error = refusals.of_loading([message], "engine")
    with pytest.raises(CourseError, match=said):
        raise error


def test_without_a_gpu_an_engine_for_this_one_cannot_be_built_and_none_runs(tmp_path):
    path = small_models.write(small_models.RELU, tmp_path / "relu.onnx")
    code = (
        "import sys; from course_utils import tensorrt as t; from course_utils.errors import CourseError\n"
        "shapes = {'x': ((1, 3), (4, 3), (16, 3))}\n"
        "for call in (lambda: t.build(sys.argv[1], shapes), "
        "lambda: t.load(t.build(sys.argv[1], shapes, 'SM86').engine)):\n"
        "    try: call()\n"
        "    except CourseError as error: print(error)\n"
    )
    env = os.environ | {"CUDA_VISIBLE_DEVICES": ""}  # here, too, where there is one
    ran = subprocess.run([sys.executable, "-c", code, path], env=env, capture_output=True, text=True, check=True)
    built, run = ran.stdout.splitlines()
    assert built == f"{path}: no NVIDIA GPU or driver here to build for; name a target, such as SM86."
    assert run.endswith("no NVIDIA GPU or driver here; an engine is built anywhere, and runs on its GPU.")


def test_every_refusal_leaves_the_library_usable(tmp_path):
    bad = small_models.write(DET, tmp_path / "bad.onnx")
    good = small_models.write(small_models.RELU, tmp_path / "good.onnx")
    assert tensorrt.parse(bad).errors
    assert tensorrt.build(good, {"x": small_models.FREE}, "SM86").engine
    assert onnx.load(good).graph.name == "relu"
