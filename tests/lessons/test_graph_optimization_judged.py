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


def test_other_nodes_and_their_weights_have_to_stay():
    text = (
        "(float[2] x) => (int64[1] y) <int64[1] k = {3}, float[1] spare = {1}> {a = Cast<to = 7>(x) y = Gather(k, a)}"
    )
    path, out = lesson.written(text), lesson.new_path("out.onnx")
    with pytest.raises(expect.Unmet, match="nobody reads, a cast"):
        lesson.others_stay("a cast", path, path)
    model = onnx.load(path)
    del model.graph.initializer[1]
    onnx.save(model, out)
    lesson.others_stay("a cast", path, out)
    model.graph.node[0].attribute[0].i = 6
    onnx.save(model, out)
    with pytest.raises(expect.Unmet, match="other nodes"):
        lesson.others_stay("a cast", path, out)
    model.graph.node[0].attribute[0].i = 7
    model.graph.initializer[0].CopyFrom(onnx.numpy_helper.from_array(np.float32([3]), "k"))
    onnx.save(model, out)
    with pytest.raises(expect.Unmet, match="type and shape of 'k'"):
        lesson.others_stay("a cast", path, out)


def test_many_folds_is_a_model_that_runs():
    text, weights = lesson.many_folds(np.random.default_rng(0))
    y, z = lesson.run_graph(lesson.written(text, **weights), x=np.ones((2, 2, 5, 5), np.float32))
    assert (y.shape, z.shape) == ((2, 3, 3, 3), (2, 48, 3, 3)) and np.abs(y).max() < 100


def test_pairs_are_no_dict():
    path = lesson.written(CHAIN)
    assert lesson.counted(lambda _: [("Abs", 1)], path) == [("Abs", 1)]
