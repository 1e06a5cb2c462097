"""What goes along with an answer of lesson 11, and what it tells of memory, generators and gradients."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from course_utils import expect
from course_utils.lessons import streaming_tcn as lesson
from course_utils.streaming import export_streaming

ONE, TWO = np.array([1.0, 2]), np.array([3.0, 4])


def doubled(x):
    return 2 * x


def test_what_is_new_is_kept():
    assert lesson.results_kept(doubled, (ONE,), (TWO,)) == []
    assert lesson.results_kept(lambda x: (x, [x]), (ONE,), (TWO,)) == []  # the arguments are copies
    assert lesson.results_kept(nn.Linear(2, 3), (torch.ones(1, 2),), (torch.zeros(1, 2),)) == []


def test_a_buffer_is_told_and_so_is_a_memory_that_its_caller_can_write():
    buffer, known = np.empty(2), {}
    told = lesson.results_kept(lambda x: np.multiply(x, 2, out=buffer), (ONE,), (TWO,))
    assert told == ["the result of call 1 has changed by the end of all calls"]
    told = lesson.results_kept(lambda x: known.setdefault(x[0], 2 * x), (ONE,), (TWO,))
    assert len(told) == 2 and "written into" in told[0]


def test_random_results_need_not_come_again():
    rng = np.random.default_rng(0)
    assert lesson.results_kept(lambda x: x + rng.normal(), (ONE,), (TWO,), again=False) == []


def forked(step):
    rng = np.random.default_rng(0)
    return lesson.forked(step, rng.normal(size=(2, 4)), rng.normal(size=(1, 2, 2)), np.zeros(1), 1)


def test_a_state_that_lies_in_what_comes_again_is_told():
    assert forked(lambda x_t, state, w, b, d: (x_t.sum(keepdims=True), x_t[:, None].copy())) == []
    told = forked(lambda x_t, state, w, b, d: (x_t.sum(keepdims=True), x_t[:, None]))
    assert told[0] == "what step 1 returned has changed by the end of all steps"
    assert forked(lambda x_t, state, w, b, d: (x_t.copy(), np.zeros(9))) == []  # another test's matter
    told = forked(lambda x_t, state, w, b, d: (x_t.copy(), state))
    assert told[0] == "the state that step 1 returned lies in the one that came in"


def test_layers_and_gradients_of_a_module():
    net = nn.ModuleDict({"first": nn.Conv1d(1, 2, 1), "linear": nn.Linear(1, 1)})
    assert lesson.convolutions_of(net) == ["first"]
    layer, x = nn.Linear(2, 1), torch.tensor([[3.0, 4]])
    found = lesson.gradients_of(layer, x)
    assert found["weight"].tolist() == [[3, 4]] and found["x"].tolist() == layer.weight.tolist()
    layer.forward = lambda x: x.detach()
    found = lesson.gradients_of(layer, x)
    assert found["weight"].tolist() == found["x"].tolist() == [[0, 0]]


def test_a_net_that_was_changed_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def changing(model, path):
        export_streaming.__wrapped__(model, path)
        model.head.bias.zero_()
        return path

    with pytest.raises(expect.Unmet, match="the model's weights"):
        lesson.opened(changing, lesson.drawn_tcn(np.random.default_rng(0)), "changed.onnx")


def test_files_with_no_state_and_with_three():
    session = lesson.sum_of_channels()
    assert lesson.ends_of(session)[0] == {"sample": [1, 2, 1]}
    inputs, _ = lesson.ends_of(lesson.sum_and_last())
    feed = {name: np.ones(shape, np.float32) for name, shape in inputs.items()}
    assert lesson.sum_and_last(3).run(["scores"], feed)[0].item() == 3 * (1 + 1 + 1)
