"""Sessions: on the provider asked for, or one sentence why not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from course_utils import runtime
from course_utils.errors import CourseError

CPU = runtime.PROVIDERS["cpu"]


@pytest.fixture
def model() -> onnx.ModelProto:
    """Three steps that ONNX Runtime fuses: y = relu(x·w + 1). Fresh, because onnx.save may write into it."""
    w = numpy_helper.from_array(np.eye(4, dtype=np.float32), "w")
    one = numpy_helper.from_array(np.ones(4, dtype=np.float32), "one")
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 4]) for name in ("x", "y")]
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["xw"]),
        helper.make_node("Add", ["xw", "one"], ["sum"]),
        helper.make_node("Relu", ["sum"], ["y"]),
    ]
    graph = helper.make_graph(nodes, "steps", ends[:1], ends[1:], [w, one])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@pytest.fixture
def file(model: onnx.ModelProto, tmp_path: Path) -> Path:
    path = tmp_path / "model.onnx"
    onnx.save(model, path)
    return path


def run(session: ort.InferenceSession) -> np.ndarray:
    return session.run(None, {"x": np.array([[-3, 0, 1, 2]], dtype=np.float32)})[0]


def nodes_run(session_options: dict, model: onnx.ModelProto, tmp_path: Path) -> list[str]:
    """The operators left once ONNX Runtime has optimized the graph, as its own profile lists them."""
    options = runtime.session_options(1, **session_options)
    options.enable_profiling = True
    options.profile_file_prefix = str(tmp_path / "profile")
    session = ort.InferenceSession(model.SerializeToString(), options, providers=[CPU])
    run(session)
    events = json.loads(Path(session.end_profiling()).read_text())
    return [event["args"]["op_name"] for event in events if event["name"].endswith("_kernel_time")]


def test_file_path_text_and_bytes_are_opened(file: Path):
    for given in (file, str(file), file.read_bytes()):
        session = runtime.session(given)
        assert session.get_providers()[0] == CPU
        assert np.array_equal(run(session), [[0, 1, 2, 3]])


def test_provider_may_be_called_by_onnx_runtimes_name(file: Path):
    assert runtime.session(file, CPU).get_providers()[0] == CPU
    assert runtime.session(file, "CPU").get_providers()[0] == CPU


def test_threads_are_those_asked_for(file: Path):
    assert runtime.session(file).get_session_options().intra_op_num_threads == 1
    assert runtime.session(file, threads=2).get_session_options().intra_op_num_threads == 2


def test_levels_are_onnx_runtimes(model: onnx.ModelProto, tmp_path: Path):
    ran = {level: nodes_run({"optimize": level}, model, tmp_path) for level in runtime.LEVELS}
    assert ran["disabled"] == ["MatMul", "Add", "Relu"]
    assert ran["basic"] == ["Gemm", "Relu"]
    assert ran["extended"] == ran["all"] == ["FusedGemm"]


def test_what_works_is_what_opens(file: Path):
    assert runtime.providers()[-1] == "cpu"
    for provider in runtime.providers():
        assert runtime.session(file, provider).get_providers()[0] == runtime.PROVIDERS[provider]


@pytest.mark.parametrize("provider", runtime.PROVIDERS)
def test_provider_is_in_use_or_refused_with_the_way_to_install_it(file: Path, provider: str):
    """Also where a package claims providers whose libraries are missing, as onnxruntime-gpu does without CUDA."""
    if provider in runtime.providers():
        assert runtime.session(file, provider).get_providers()[0] == runtime.PROVIDERS[provider]
        return
    with pytest.raises(CourseError, match=r"does not work here \(.+\); pip ") as refused:
        runtime.session(file, provider)
    assert runtime.INSTALL[provider] in str(refused.value)
    assert str(refused.value).startswith(runtime.PROVIDERS[provider])


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"provider": "gpu"}, "'gpu': no provider of that name; there are: cpu, cuda"),
        ({"optimize": "most"}, "optimize='most': no such level; there are: disabled, basic, extended, all."),
    ],
)
def test_unknown_words_are_told_with_the_known(file: Path, asked: dict, said: str):
    with pytest.raises(CourseError) as error:
        runtime.session(file, **asked)
    assert said in str(error.value)


def test_missing_file(tmp_path: Path):
    with pytest.raises(CourseError, match=r"gone\.onnx: no such file; look at the path"):
        runtime.session(tmp_path / "gone.onnx")
    with pytest.raises(CourseError, match="no such file"):
        runtime.session(tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a zip file", b"<html>404</html>"])
def test_not_an_onnx_file(tmp_path: Path, content: bytes):
    path = tmp_path / "not.onnx"
    path.write_bytes(content)
    with pytest.raises(CourseError, match=r"not\.onnx: no ONNX model, or only a part of one"):
        runtime.session(path)
    with pytest.raises(CourseError, match=r"model \(bytes\): no ONNX model"):
        runtime.session(content)


def test_half_a_file(file: Path):
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(CourseError, match="no ONNX model, or only a part of one"):
        runtime.session(file)


def test_missing_weights(model: onnx.ModelProto, tmp_path: Path):
    path = tmp_path / "model.onnx"
    onnx.save(model, path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    assert run(runtime.session(path)).shape == (1, 4)
    (tmp_path / "weights.bin").unlink()
    with pytest.raises(CourseError, match=r"model\.onnx: its weights are in another file that is not beside it"):
        runtime.session(path)


def test_what_onnx_runtime_cannot_run_is_told_without_its_source_lines(model: onnx.ModelProto, tmp_path: Path):
    newer, unknown = onnx.ModelProto(), onnx.ModelProto()
    newer.CopyFrom(model)
    unknown.CopyFrom(model)
    newer.ir_version = 99
    unknown.graph.node[0].op_type = "Wish"
    with pytest.raises(CourseError, match=r"cannot open it \(Unsupported model IR version: 99, max supported"):
        runtime.session(newer.SerializeToString())
    with pytest.raises(CourseError, match="No Op registered for Wish"):
        runtime.session(unknown.SerializeToString())


def test_nothing_is_printed_and_errors_are_raised(file: Path, tmp_path: Path):
    """What C++ writes goes past Python, so another process is looked at from outside."""
    (tmp_path / "bad.onnx").write_bytes(b"nothing of use")
    head = '<ir_version: 8, opset_import: ["" : 17]> g (float[n] x, int64[2] to) => (float[a, b] y)'
    onnx.save(onnx.parser.parse_model(f"{head} {{ y = Reshape (x, to) }}"), tmp_path / "reshape.onnx")
    script = f"""
import numpy as np
from course_utils import runtime
from course_utils.errors import CourseError
runtime.providers()
session = runtime.session({str(file)!r})
session.run(None, {{"x": np.zeros((1, 4), np.float32)}})
refused = []
for path, provider in (({str(file)!r}, "cuda"), ({str(file)!r}, "tensorrt"), ({str(tmp_path / "bad.onnx")!r}, "cpu")):
    try:
        runtime.session(path, provider)
    except CourseError as error:
        refused.append(error)
assert len(refused) >= 1
try:
    session = runtime.session({str(tmp_path / "reshape.onnx")!r})
    session.run(None, {{"x": np.zeros(5, np.float32), "to": np.array([2, 2])}})
except Exception as error:
    assert "cannot be reshaped" in str(error)
else:
    raise SystemExit("a wrong shape went through")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_telemetry_is_off_before_onnx_runtime_loads():
    script = "import course_utils, os; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "1\n"
