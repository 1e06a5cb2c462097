"""A TCN as a file that takes one sample and its states: names, shapes, and the same scores as the whole window."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from course_utils import runtime, streaming, withheld
from course_utils.errors import CourseError
from course_utils.tcn import TCN


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A network, its streaming file, and that of the whole window."""
    torch.manual_seed(0)
    model, folder = TCN(2, 5, 6, 3, (1, 2, 4)).eval(), tmp_path_factory.mktemp("streaming")
    step = streaming.export_streaming(model, folder / "step.onnx")
    return model, step, streaming.export_window(model, folder / "window.onnx")


def test_states_go_in_and_the_next_ones_come_out(made):
    _, step, _ = made
    session = runtime.session(step)
    inputs = {end.name: end.shape for end in session.get_inputs()}
    assert inputs.pop("sample") == [1, 2, 1]
    assert list(inputs) == [f"state_{place}" for place in range(6)]
    assert [shape[1:] for shape in inputs.values()] == [[2, 2], [6, 2], [6, 4], [6, 4], [6, 8], [6, 8]]
    outputs = {end.name: end.shape for end in session.get_outputs()}
    assert outputs.pop("scores") == [1, 5, 1]
    assert outputs == {f"next_{name}": shape for name, shape in inputs.items()}
    assert [path.name for path in step.parent.iterdir() if path.suffix != ".onnx"] == []


def test_a_stream_gives_what_windows_of_any_length_give(made):
    model, step, window = made
    push, session = streaming.bound(runtime.session(step)), runtime.session(window)
    x = np.random.default_rng(0).normal(size=(1, 2, 60)).astype(np.float32)
    scores = np.concatenate([push(x[:, :, [t]]).copy() for t in range(60)], axis=2)
    for length in (60, 7, 1):
        (whole,) = session.run(None, {"window": x[:, :, :length]})
        assert np.abs(scores[:, :, :length] - whole).max() < 1e-5
    with torch.no_grad():
        assert np.abs(scores - model(torch.from_numpy(x)).numpy()).max() < 1e-5


def test_two_streams_of_one_session_do_not_meet(made):
    _, step, _ = made
    session, one = runtime.session(step), np.ones((1, 2, 1), np.float32)
    first, second = streaming.bound(session), streaming.bound(session)
    alone = [first(one).copy() for _ in range(3)]
    assert [second(-one).shape for _ in range(2)] == [(1, 5, 1)] * 2
    third = streaming.bound(session)
    again = [third(one).copy() for _ in range(3)]
    assert np.array_equal(alone, again) and not np.array_equal(alone[0], alone[2])


def test_both_rest_in_the_lesson_that_asks_for_them(made):
    model, step, _ = made
    withheld.working_on("11")
    try:
        with pytest.raises(CourseError, match=r"exercise 11\.7"):
            streaming.export_streaming(model, step)
        with pytest.raises(CourseError, match=r"exercise 11\.8"):
            streaming.bound(runtime.session(step))
    finally:
        withheld.working_on(None)
