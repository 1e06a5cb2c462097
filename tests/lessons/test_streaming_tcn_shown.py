"""What lesson 11 shows: every figure has words, returns what it found, and says which exercise it lacks."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest
import torch

from course_utils import streaming, withheld
from course_utils.lessons import streaming_tcn as lesson
from course_utils.lessons.streaming_tcn import fixtures, nets, racing, stepping, stitching
from course_utils.tcn import TCN


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder of its own."""
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    withheld.working_on(None)


@pytest.fixture
def untrained(monkeypatch):
    """A net that says little, in place of one that took seconds to train."""
    net = TCN(dilations=(1, 2)).eval()
    monkeypatch.setattr(nets, "read_digits", lambda: net)
    monkeypatch.setattr(nets, "train", lambda model, prepare: (prepare(*np.zeros((2, 1, 64)), None), model.eval())[1])
    return net


def unwritten(*_):
    raise NotImplementedError("not written yet")


def causal_conv(x, w, b, dilation):
    padded = torch.nn.functional.pad(torch.from_numpy(x)[None], ((w.shape[2] - 1) * dilation, 0))
    return torch.nn.functional.conv1d(padded, torch.from_numpy(w), torch.from_numpy(b), dilation=dilation)[0].numpy()


def both_sides(x, w, b, dilation):
    weights = torch.from_numpy(w), torch.from_numpy(b)
    return torch.nn.functional.conv1d(torch.from_numpy(x)[None], *weights, padding="same", dilation=dilation)[0].numpy()


def field(kernel, dilations, convs=2):
    return 1 + convs * (kernel - 1) * sum(dilations)


def step(x, state, w, b, dilation):
    y = causal_conv(np.hstack([state, x[:, None]]), w, b, dilation)[:, -1]
    return y, np.hstack([state, x[:, None]])[:, 1:]


def pictures(said: str) -> list[str]:
    """The alt texts of the pictures in what was displayed; outside a notebook that is printed."""
    return re.findall(r'<img alt="([^"]+)"[^>]*src="data:image/png;base64,', said)


@pytest.mark.parametrize(
    ("draw", "found"),
    [
        (lambda: lesson.draw_impulse(causal_conv), "3, 7, 15 outputs; none before the 1 itself"),
        (lambda: lesson.draw_impulse(both_sides), "3, 7, 12 outputs; some before the 1 itself"),
        (lambda: lesson.draw_receptive_field(field), "8"),
        (lambda: lesson.draw_reach(lambda *sizes: TCN(1, 2, 8, 3, (2,)).blocks[0]), "your block 0%"),
    ],
)
def test_every_figure_is_shown_in_words_and_returns_what_it_found(capsys, draw, found):
    assert str(draw()).startswith(found)
    assert len(pictures(capsys.readouterr().out)) == 1


def test_three_trainings_are_compared_over_the_last_quarter(capsys, untrained):
    drawn = []
    right = lesson.train_and_compare(lambda one, other, most, rng: drawn.append(most) or one)
    assert list(right) == list(stitching.TRAINED) and drawn == [31]
    labels = nets.outputs(untrained, nets.test_stream().samples)
    places = (labels == nets.test_stream().labels).reshape(450, 64).mean(0)
    assert right["a whole other before each"] == pytest.approx(places[48:].mean())
    assert len(pictures(capsys.readouterr().out)) == 1


def test_votes_are_counted_at_the_ends_of_digits(capsys, untrained):
    def vote(labels, n):
        ends = range(1, len(labels) + 1)
        return np.array([Counter(labels[:end][::-1][:n].tolist()).most_common()[0][0] for end in ends])

    best, right = lesson.draw_votes(vote)
    stream = nets.test_stream()
    once = nets.outputs(untrained, stream.samples)[63::64]
    assert right[1] == pytest.approx((once == stream.labels[63::64]).mean())
    assert right[best] == max(right.values()) and list(right)[-1] == 200
    said = capsys.readouterr().out
    assert len(pictures(said)) == 1 and "98.3 %" in said


def test_steps_go_through_every_layer_of_a_net(capsys, untrained):
    lesson.compare_with_window(step)
    assert re.search(r"at most \d\.\de-0\d from", capsys.readouterr().out)
    model = lesson.drawn_tcn(np.random.default_rng(0), 2, 3, 4, 3, [1, 2])
    x = np.random.default_rng(1).normal(size=(2, 20)).astype(np.float32)
    assert np.abs(stepping.by_steps(step, model, x) - fixtures.whole(model, x)).max() < 1e-5
    assert lesson.show_multiplications() == 784
    assert "145,209,344" in capsys.readouterr().out


def test_a_module_with_a_queue_forgets_it_in_its_file(capsys):
    assert lesson.export_forgetful() == "forgets after each call, without an error"
    assert "the module" in capsys.readouterr().out


def test_the_courses_own_file_and_stream_stand_in_and_say_so(capsys, untrained):
    path = lesson.streaming_file(unwritten, untrained, "own.onnx")
    assert "Exercise 11.7 is not written yet" in capsys.readouterr().out
    lesson.count_states(path)
    assert "242 numbers in 4 states" in capsys.readouterr().out
    apart = lesson.compare_streams(unwritten, path, untrained)
    said = capsys.readouterr().out
    assert "Exercise 11.8 is not written yet" in said and f"256 samples are at most {apart}" in said
    assert float(apart.split()[0]) < 1e-4
    assert float(lesson.compare_streams(lambda _, x: np.full((10, x.shape[1]), 99.0), path, untrained).split()[0]) > 90


def test_a_race_is_drawn_as_ratios_over_a_step(capsys, monkeypatch):
    monkeypatch.setattr(nets, "wide_net", lambda: TCN(width=4, dilations=(1, 2)).eval())
    turns = lesson.race(streaming.export_streaming.__wrapped__, rounds=6, seconds=2)
    assert list(turns.timings) == ["step", "step, bound", *(f"window of {n:,}" for n in racing.LENGTHS)]
    found = lesson.draw_race(turns)
    assert found["784"] == turns.ratio("window of 784").value
    assert found["bound"] == pytest.approx(found["784"] / turns.ratio("step, bound").value)
    said = capsys.readouterr().out
    assert len(pictures(said)) == 1 and "2,048 samples" in said
