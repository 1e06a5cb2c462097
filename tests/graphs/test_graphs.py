"""Graphs read without their weights, operators counted, files served to netron."""

from __future__ import annotations

import sys
import urllib.request
from pathlib import Path

import onnx
import pytest
from onnx import parser
from sample_graphs import HEAD

from course_utils import graphs
from course_utils.errors import CourseError
from course_utils.graphs import drawing as graph_drawing

BRANCHED = f"""{HEAD} branched (float[2] x, bool b) => (float[2] y) {{
    y = If (b) <then_branch = yes () => (float[2] t) {{ n = Neg (x) t = Neg (n) }},
                else_branch = no () => (float[2] e) {{ e = Relu (x) }}>
}}"""


def test_operators_are_counted_and_sorted(file: Path, residual: onnx.ModelProto):
    for given in (file, str(file), residual):
        assert list(graphs.operators(given).items()) == [("Add", 1), ("Conv", 2), ("MaxPool", 1), ("Relu", 1)]


def test_operators_inside_branches_count():
    assert graphs.operators(parser.parse_model(BRANCHED)) == {"If": 1, "Neg": 2, "Relu": 1}


def test_weights_need_not_be_there(residual: onnx.ModelProto, tmp_path: Path):
    path = tmp_path / "split.onnx"
    onnx.save(residual, path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    (tmp_path / "weights.bin").unlink()
    assert graphs.operators(path)["Conv"] == 2
    assert "2 Conv" in graph_drawing.describe(path)
    assert graph_drawing.draw(path).axes[0].texts


@pytest.mark.parametrize("read", [graphs.operators, graphs.open_in_netron, graph_drawing.draw, graph_drawing.describe])
def test_no_file(read, tmp_path: Path):
    with pytest.raises(CourseError, match=r"gone\.onnx: no such file; look at the path"):
        read(tmp_path / "gone.onnx")


@pytest.mark.parametrize("content", [b"", b"<html>404</html>"])
def test_no_model_in_the_file(content: bytes, tmp_path: Path):
    (tmp_path / "not.onnx").write_bytes(content)
    with pytest.raises(CourseError, match=r"not\.onnx: no ONNX model, or only a part of one"):
        graphs.operators(tmp_path / "not.onnx")


def test_netron_missing_is_one_sentence(file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "netron", None)
    with pytest.raises(CourseError, match="netron is not installed; pip install netron"):
        graphs.open_in_netron(file)


def test_netron_serves_the_file_here(file: Path, capfd: pytest.CaptureFixture):
    netron = pytest.importorskip("netron")
    address = graphs.open_in_netron(file, browse=False)
    try:
        assert address.startswith("http://localhost:")
        with urllib.request.urlopen(f"{address}/data/block.onnx", timeout=10) as answer:
            assert answer.read() == file.read_bytes()
    finally:
        netron.stop()
    assert capfd.readouterr().err == ""
