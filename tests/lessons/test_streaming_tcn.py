"""What lesson 11 gives and tests with: nets, files whose scores are known, and gaps that are found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from course_utils import expect, streaming
from course_utils.lessons import streaming_tcn as lesson
from course_utils.lessons.streaming_tcn import fixtures, nets
from course_utils.lessons.streaming_tcn.stepping import streamed
from course_utils.training.keeping import key_of

pytestmark = pytest.mark.usefixtures("folder")


def own(model, path):
    return streaming.export_streaming.__wrapped__(model, path)


def unwritten(*_):
    raise NotImplementedError("not written yet")


def test_importing_it_imports_nothing_heavy():
    code = "import sys, course_utils.lessons.streaming_tcn; print({'numpy', 'matplotlib', 'torch'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"


def test_this_lessons_answers_rest_and_its_folder_is_emptied_once(folder):
    (folder / "work11").mkdir()
    (folder / "work11" / "old").touch()
    lesson.begin()
    path = lesson.new_path("new.onnx")
    path.touch()
    lesson.begin()
    assert path.exists() and not (folder / "work11" / "old").exists()
    with pytest.raises(Exception, match=r"exercise 11\.7"):
        streaming.export_streaming(None, path)


def test_a_drawn_net_differs_with_the_draw_and_every_weight_shows():
    one, other = (lesson.drawn_tcn(np.random.default_rng(seed), 2, 5, 3, 2, [1, 3]) for seed in (1, 2))
    x = np.random.default_rng(0).normal(size=(2, 12)).astype(np.float32)
    assert fixtures.whole(one, x).shape == (5, 12)
    assert np.abs(fixtures.whole(one, x) - fixtures.whole(other, x)).max() > 0.1
    assert all(float(weights.abs().min()) > 0 for weights in one.parameters())


def test_the_known_file_delays_by_two_and_adds_up():
    scores = streamed(unwritten, lesson.delay_and_sum(), np.array([[1.0, 2, 3, 4]], np.float32))
    assert scores.tolist() == [[0, 0, 1, 2], [1, 3, 6, 10]]


def test_a_stream_that_goes_by_position_is_told_so():
    def by_position(session, samples):
        feed = {end.name: samples[None, :, :1] for end in session.get_inputs()}
        return session.run(None, feed)[0]

    x = np.ones((1, 4), np.float32)
    with pytest.raises(expect.Unmet, match="states by name"):
        lesson.by_names(by_position, lesson.delay_and_sum(), x, "stream")
    with pytest.raises(NotImplementedError):
        lesson.by_names(unwritten, lesson.delay_and_sum(), x, "stream")
    assert lesson.by_names(lambda session, samples: samples, None, x, "stream") is x


def test_a_gap_is_found_where_the_file_is_another_nets():
    model, other = (lesson.drawn_tcn(np.random.default_rng(seed)) for seed in (1, 2))
    session, rng = lesson.opened(own, model, "gap.onnx"), np.random.default_rng(3)
    one, two = (rng.normal(size=(1, 9)).astype(np.float32) for _ in "ab")
    assert max(lesson.gaps(session, model, one, two)) < 1e-5
    assert lesson.gap(session, other, one) > 0.1


def test_opened_says_what_is_wrong_with_a_file():
    model = lesson.drawn_tcn(np.random.default_rng(0))
    lesson.opened(own, model, "good.onnx")
    with pytest.raises(expect.Unmet, match="no such file"):
        lesson.opened(lambda model, path: path, model, "none.onnx")
    with pytest.raises(expect.Unmet, match="is a `return` missing"):
        lesson.opened(lambda model, path: own(model, path) and None, model, "nothing.onnx")

    def beside(model, path):
        path.with_suffix(".data").touch()
        return own(model, path)

    with pytest.raises(expect.Unmet, match="external_data"):
        lesson.opened(beside, model, "two.onnx")


def test_a_function_becomes_a_file_with_names_and_the_models_weights(folder):
    layer = torch.nn.Linear(3, 2)
    path = lesson.export_function(
        lambda x, y: (layer(x), y + 1), layer, {"x": (1, 3), "y": (2,)}, ["a", "b"], folder / "function.onnx"
    )
    from course_utils import runtime

    assert set(layer.weight.flatten().tolist()) <= lesson.numbers_in(path)
    session = runtime.session(path.read_bytes())  # nothing beside it
    x, y = np.ones((1, 3), np.float32), np.zeros(2, np.float32)
    a, b = session.run(["a", "b"], {"x": x, "y": y})
    assert np.allclose(a, layer(torch.from_numpy(x)).detach(), atol=1e-6) and b.tolist() == [1, 1]


def test_the_net_learns_from_two_digits_and_answers_at_the_end(monkeypatch):
    seen = {}
    monkeypatch.setattr("course_utils.training.fit", lambda model, x, labels, **_: seen.update(m=model, x=x, y=labels))
    nets.train(nets.new_net(), nets.preceded)
    assert seen["x"].shape == (4 * 1347, 1, 128) and seen["x"].dtype == np.float32
    assert seen["y"].shape == (4 * 1347, 16)
    assert seen["m"](torch.zeros(2, 1, 128)).shape == (2, 10, 16)
    first = nets.signals(nets.digits(8).train_images)
    assert np.array_equal(seen["x"][:1347, :, 64:], first)


def test_the_test_stream_is_always_the_same_and_shows_each_digit_once():
    stream = nets.test_stream()
    assert stream.samples.shape == (1, 450 * 64)
    assert np.array_equal(np.sort(stream.labels[stream.ends]), np.sort(nets.digits(8).test_labels))
    assert nets.test_stream() is stream


def test_weights_are_kept_under_a_key_of_the_code_they_come_from():
    assert all((Path(nets.__file__).parents[2] / f"{module}.py").is_file() for module in nets.MODULES)
    key = key_of(nets.MODULES, nets.PACKAGES)
    assert len(key) == 16
    assert key not in (key_of(nets.MODULES[1:], nets.PACKAGES), key_of(nets.MODULES, nets.PACKAGES[1:]))
