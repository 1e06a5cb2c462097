"""What lesson 14 gives keeps what its docstrings promise: the network, its layers, and what is drawn for tests."""

import copy
import subprocess
import sys

import numpy as np
import pytest
import torch

from course_utils import expect
from course_utils.lessons import edge_runtimes as lesson
from course_utils.lessons.edge_runtimes.nets import _in_whole_numbers
from course_utils.lessons.edge_runtimes.own import written
from course_utils.lessons.edge_runtimes.traced import others, small_modules


def unwritten(*_):
    raise NotImplementedError("not written yet")


def test_importing_it_imports_nothing_heavy():
    heavy = "{'numpy', 'matplotlib', 'torch', 'wasmtime', 'executorch'}"
    code = f"import sys, course_utils.lessons.edge_runtimes; print({heavy} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"


@pytest.mark.parametrize("seed", range(5))
def test_the_network_is_as_good_in_whole_numbers(seed):
    x, labels = lesson.pixels()
    images = torch.from_numpy(x.reshape(-1, 1, 8, 8)).float() / 16
    floats = (lesson.digit_net(seed)(images).argmax(1).numpy() == labels).mean()
    whole = (lesson.labels_of(lesson.digit_layers(seed), x) == labels).mean()
    assert floats >= 0.965
    assert whole >= floats - 0.01


def test_layers_are_plain_and_small():
    first, last = lesson.digit_layers()
    assert (first["weights"].dtype, first["weights"].shape, first["biases"].dtype) == ("int8", (32, 64), "int32")
    assert (last["weights"].shape, first["relu"], last["relu"]) == ((10, 32), True, False)
    assert all(2**30 <= layer["multiplier"] < 2**31 and 1 <= layer["shift"] <= 62 for layer in (first, last))
    assert lesson.pixels(3)[0].shape == (3, 64)


@pytest.mark.parametrize("factor", [1e-6, 0.3, 0.5, 1.0, 7.0])
def test_a_factor_is_near_its_pair(factor):
    multiplier, shift = _in_whole_numbers(factor)
    assert multiplier / 2**shift == pytest.approx(factor, rel=1e-9)


def test_outputs_round_half_away_and_saturate():
    layer = lesson.halfway_layer([-6, -2, -1, 2, 6, 4000, -4000], relu=False, zero_point=1)
    x = np.zeros((1, 1), np.int8)
    assert lesson.outputs_of(layer, x).tolist() == [[-1, 0, 1, 2, 3, 127, -128]]
    assert lesson.outputs_of(layer | {"relu": True}, x).tolist() == [[1, 1, 1, 2, 3, 127, 1]]


def test_drawn_layers_neither_all_saturate_nor_all_agree():
    rng = np.random.default_rng(0)
    for d_in, d_out in ((1, 1), (9, 4), (300, 3)):
        layer = lesson.drawn_layer(rng, d_in, d_out, relu=False)
        got = lesson.outputs_of(layer, rng.integers(-128, 128, (99, d_in)))
        inside = (got > -128) & (got < 127)
        assert inside.mean() > 0.3
        assert len(np.unique(got[inside])) > 20
    labels = lesson.labels_of(lesson.drawn_net(rng, 64, 20, 10), lesson.pixels(200)[0])
    assert len(set(labels.tolist())) > 2


def test_what_became_of_layers_is_seen():
    layers = lesson.drawn_net(np.random.default_rng(0), 64, 3)
    mine = copy.deepcopy(layers)
    lesson.expect_same(mine, layers)
    mine[0]["biases"][1] += 1
    with pytest.raises(expect.Unmet, match="biases of layer 0"):
        lesson.expect_same(mine, layers)


def test_four_of_six_small_modules_depend_on_their_input(capsys):
    assert next(iter(small_modules())) == "dense layer, ReLU"
    assert len(others()) == 4
    differ = lambda traced, module, inputs: [x for x in inputs if not _alike(traced, module, x)]  # noqa: E731
    assert lesson.show_what_each_loses(differ) == 4
    assert "refused" in capsys.readouterr().out


def _alike(traced, module, x):
    try:
        got = traced(x)
    except RuntimeError:
        return False
    return got.shape == module(x).shape and torch.allclose(got, module(x))


def test_the_courses_own_program_stands_in_and_says_so(capsys):
    pytest.importorskip("ziglang")
    layers, (x, _) = lesson.digit_layers(), lesson.pixels(40)
    got = lesson.answers(written(unwritten)(layers), x, "the course's own").output.decode()
    assert got == "".join(map(str, lesson.labels_of(layers, x)))
    assert "Exercise 14.6 is not written yet" in capsys.readouterr().out
    told = lesson.listing(written(unwritten)(layers), "the course's own")
    assert told == {"floats": [], "heap": []}


def test_noise_is_in_training_alone():
    net, x = lesson.noisy_net(0), torch.ones(2, 6)
    assert not torch.equal(net(x), net(x))
    assert torch.equal(net.eval()(x), net(x))
