"""What the profiler says of each operator: one entry a kernel, an event a run; interruptions do not count."""

import numpy as np
import onnx

from course_utils.profiling import kernels_of, microseconds

NET = "net (float[N, 3] x) => (float[N, 3] y) { a = Sin (x)\n b = Relu (a)\n y = Cos (b) }"


def test_every_kernel_of_every_run_is_there(tmp_path):
    path, kept = tmp_path / "net.onnx", tmp_path / "kept.onnx"
    onnx.save(onnx.parser.parse_model(f'<ir_version: 8, opset_import: ["" : 18]> {NET}'), path)
    found = kernels_of(path, np.ones((2, 3), np.float32), 7, kept)
    assert sorted(ran[0]["args"]["op_name"] for ran in found.values()) == ["Cos", "Relu", "Sin"]
    assert {len(ran) for ran in found.values()} == {7}
    assert len(onnx.load(kept).graph.node) == 3
    assert all(microseconds(ran) >= 0 for ran in found.values())


def test_the_faster_half_counts():
    assert microseconds([{"dur": took} for took in (4, 90, 2, 7)]) == 3
    assert microseconds([{"dur": 5}]) == 5
