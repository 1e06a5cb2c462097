"""Optimized graphs saved at each level: what they hold, what they compute, and nothing half-written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from sample_graphs import residual_block

from course_utils import graphs, runtime, withheld
from course_utils.errors import CourseError
from course_utils.graphs import levels


@pytest.fixture
def file(tmp_path: Path) -> Path:
    onnx.save(residual_block(), tmp_path / "block.onnx")
    return tmp_path / "block.onnx"


def domains(path: Path) -> set[str]:
    return {node.domain for node in onnx.load(path).graph.node}


def test_levels_differ_and_compute_the_same(file: Path, tmp_path: Path, capfd: pytest.CaptureFixture):
    saved = levels.save_levels(file, tmp_path / "levels")
    assert list(saved) == ["disabled", "basic", "extended", "all"]
    assert {path.name for path in (tmp_path / "levels").iterdir()} == {f"block_{level}.onnx" for level in saved}
    assert graphs.operators(saved["disabled"]) == graphs.operators(file)
    assert graphs.operators(saved["extended"])["FusedConv"] == 1
    assert "com.microsoft" not in domains(saved["basic"])
    x = np.random.default_rng(0).normal(size=(2, 8, 6, 6)).astype(np.float32)
    wanted = runtime.session(file, optimize="disabled").run(None, {"image": x})[0]
    for path in saved.values():
        got = runtime.session(path, optimize="disabled").run(None, {"image": x})[0]
        np.testing.assert_allclose(got, wanted, atol=1e-4)
    assert capfd.readouterr().err == ""


def test_the_layout_of_this_processor_comes_with_all(file: Path, tmp_path: Path):
    out = levels.save_optimized(file, str(tmp_path / "deep" / "all.onnx"))
    assert out == tmp_path / "deep" / "all.onnx"
    assert onnx.load(out).graph.node


def test_a_file_may_take_its_own_place(file: Path):
    levels.save_optimized(file, file, "extended")
    assert "FusedConv" in graphs.operators(file)


@pytest.mark.parametrize("level", ["max", "ALL", ""])
def test_no_such_level(file: Path, level: str):
    with pytest.raises(CourseError, match="no such level; there are: disabled, basic, extended, all"):
        levels.save_optimized(file, file.with_name("out.onnx"), level)
    assert not file.with_name("out.onnx").exists()


def test_what_is_wrong_with_the_model_is_said_and_nothing_is_left(tmp_path: Path):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"<html>404</html>")
    with pytest.raises(CourseError, match=r"broken\.onnx: no ONNX model"):
        levels.save_optimized(broken, tmp_path / "out.onnx", "all")
    with pytest.raises(CourseError, match=r"gone\.onnx: no such file"):
        levels.save_optimized(tmp_path / "gone.onnx", tmp_path / "out.onnx", "all")
    assert [path.name for path in tmp_path.iterdir()] == ["broken.onnx"]


def test_what_was_there_stays_where_saving_fails(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "out.onnx").write_text("earlier")

    def fails(path, options, **kwargs):
        Path(options.optimized_model_filepath).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    runtime.session(file)
    opened = ort.InferenceSession
    calls = iter([opened, fails])  # the first one only looks at the model
    monkeypatch.setattr(ort, "InferenceSession", lambda *args, **kwargs: next(calls)(*args, **kwargs))
    with pytest.raises(CourseError, match=r"out\.onnx: cannot be written \(No space left on device\)"):
        levels.save_optimized(file, tmp_path / "out.onnx", "all")
    assert (tmp_path / "out.onnx").read_text() == "earlier"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["block.onnx", "out.onnx"]


def test_they_rest_in_their_lesson(file: Path, tmp_path: Path):
    withheld.working_on("05")
    try:
        with pytest.raises(CourseError, match=r"this is what exercise 5\.2 asks"):
            levels.save_levels(file, tmp_path)
        with pytest.raises(CourseError, match=r"this is what exercise 5\.1 asks"):
            graphs.operators(file)
    finally:
        withheld.working_on(None)
