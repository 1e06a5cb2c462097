"""What lesson 05 expects of a graph that was rewritten: a lost tensor, other ends and other types are named."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from sample_graphs import CHAIN

from course_utils import expect
from course_utils.lessons import graph_optimization as lesson

pytestmark = pytest.mark.usefixtures("work05")


def test_a_lost_tensor_is_named_with_its_cause():
    path, out = lesson.written(CHAIN), lesson.new_path("out.onnx")
    model = onnx.load(path)
    del model.graph.node[0]
    onnx.save(model, out)
    with pytest.raises(expect.Unmet, match="something gives 'a', which Neg reads"):
        lesson.same_results("a chain", path, out, np.ones(2, np.float32))
    with pytest.raises(expect.Unmet, match="check_model accepts"):
        lesson.valid("a chain", out)
    lesson.same_results("a chain", path, path, np.ones(2, np.float32))


def test_same_results_asks_for_the_same_inputs_and_outputs():
    x = np.ones(3, np.float32)
    path, same = lesson.written(CHAIN), lesson.written(CHAIN.replace("a =", "b =").replace("Neg(a)", "Neg(b)"))
    lesson.same_results("a chain", path, same, x)
    with pytest.raises(expect.Unmet, match="outputs"):
        lesson.same_results("a chain", path, lesson.written(CHAIN.replace("y", "z")), x)


def test_pairs_are_no_dict():
    path = lesson.written(CHAIN)
    assert lesson.counted(lambda _: [("Abs", 1)], path) == [("Abs", 1)]
