"""What lesson 02 gives keeps what its docstrings promise; its figures speak, and say which exercise they lack."""

from __future__ import annotations

import math
import re
import subprocess
import sys

import numpy as np
import pytest

from course_utils.lessons import activation_tables as lesson
from course_utils.lessons.activation_tables.given import code_table
from course_utils.lessons.activation_tables.unwritten import or_else, tanh_tables


def unwritten(*_):
    raise NotImplementedError("not written yet")


def affine_params(low, high, bits):
    return (high - low) / (2**bits - 1), round(-low * (2**bits - 1) / (high - low))


def quantize(x, scale, zero_point, bits):
    return np.clip(np.rint(x / scale) + zero_point, 0, 2**bits - 1).astype(np.uint8)


def dequantize(q, scale, zero_point):
    return scale * (q.astype(float) - zero_point)


def build_table(fn, low, high, bits):
    return fn(np.linspace(low, high, 2**bits)).astype(np.float32)


def lookup(table, x, low, high):
    return table[np.rint((np.clip(x, low, high) - low) / (high - low) * (len(table) - 1)).astype(int)]


def lookup_linear(table, x, low, high):
    return np.interp(x, np.linspace(low, high, len(table)), table)


def error_bound(slope, low, high, bits):
    return slope * (high - low) / (2**bits - 1) / 2


def integers(weights, x):
    u = x.astype(np.int64) @ weights["w1"].astype(np.int64) + weights["b1"]
    place = np.floor(u * (weights["multiplier"] / 2 ** weights["shift"]) + 0.5).astype(int) + 128
    z = weights["table"][np.clip(place, 0, 255)].astype(int) @ weights["w2"].astype(int) + weights["b2"]
    return (z[:, 0] > 0).astype(int)


def pictures(said: str) -> list[str]:
    """The alt texts of the pictures in what was displayed; outside a notebook that is printed."""
    return re.findall(r'<img alt="([^"]+)"[^>]*src="data:image/png;base64,', said)


def test_importing_it_imports_nothing_heavy():
    code = (
        "import sys, course_utils.lessons.activation_tables; print({'numpy', 'matplotlib', 'torch'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"


def test_the_net_learned_xor_in_floats_and_in_integers():
    net, points = lesson.xor_net()
    z = np.tanh(points @ net["w1"] + net["b1"]) @ net["w2"] + net["b2"]
    assert (z[:, 0] > 0).tolist() == [False, True, True, False]
    assert integers(lesson.to_integers(net), points).tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize("x_scale", [1.0, 1 / 32])
def test_integers_stand_for_the_floats(x_scale):
    net, _ = lesson.xor_net()
    weights = lesson.to_integers(net, x_scale)
    scale = np.abs(net["w1"]).max() / 127
    assert np.abs(weights["w1"] * scale - net["w1"]).max() <= scale / 2
    assert np.abs(weights["b1"] * scale * x_scale - net["b1"]).max() <= scale * x_scale / 2
    assert math.isclose(weights["multiplier"] / 2 ** weights["shift"], 32 * scale * x_scale, rel_tol=1e-6)
    assert 1 <= weights["multiplier"] < 2**31
    kinds = {key: part.dtype.name for key, part in weights.items() if isinstance(part, np.ndarray)}
    assert kinds == {"w1": "int8", "b1": "int32", "table": "int8", "w2": "int8", "b2": "int32"}


def test_the_largest_weights_still_fit():
    net, _ = lesson.xor_net()
    assert lesson.to_integers(net | {"w1": net["w1"] * 31 / 4.5})["multiplier"] < 2**31


@pytest.mark.parametrize("bits", [2, 8, 12])
def test_a_table_for_codes_ends_one_step_before_4(bits):
    table = code_table(bits)
    assert table.shape == (2**bits,)
    assert np.allclose(table[[0, -1]], np.tanh([-4, 4 - 8 / 2**bits]))
    assert table[2 ** (bits - 1)] == 0


def test_a_probe_shows_the_index_that_was_asked_for():
    x = lesson.inputs(-128, -1, 0, 127)
    assert (x.shape, x.dtype.name) == ((4, 2), "int8")
    for index, u in ((0, -128), (127, -1), (128, 0), (255, 127)):
        answers = integers(lesson.probe(table=lesson.only(index)), x)
        assert answers.tolist() == [int(each == u) for each in (-128, -1, 0, 127)]
    assert lesson.probe(b1=[5])["b1"].dtype.name == "int32"


def test_only_what_is_not_written_is_replaced(capsys):
    assert or_else(lambda: 1, lambda: 2, "not yet") == 1
    assert capsys.readouterr().out == ""
    assert or_else(unwritten, lambda: 2, "not yet") == 2
    assert capsys.readouterr().out == "not yet\n"
    with pytest.raises(ZeroDivisionError):
        or_else(lambda: 1 // 0, lambda: 2, "not yet")


def test_the_courses_own_results_stand_in_and_say_so(capsys):
    assert lesson.three_bits(affine_params) == lesson.three_bits(unwritten)
    assert "Exercise 2.1 is not written yet" in capsys.readouterr().out
    mine, own = tanh_tables(build_table, (4, 8)), tanh_tables(unwritten, (4, 8))
    assert "Exercise 2.3 is not written yet" in capsys.readouterr().out
    x = np.linspace(-4, 3.4, 99)
    for bits in (4, 8):
        (table, low, high), (other, left, right) = mine[bits], own[bits]
        assert (low, high, left, table.dtype) == (-4, 4, -4, other.dtype)
        assert np.abs(lookup_linear(table, x, low, high) - lookup_linear(other, x, left, right)).max() < 0.05
    assert lesson.tanh_table(build_table, 8)[0].shape == (256,)


@pytest.mark.parametrize(
    ("draw", "found"),
    [
        (lambda: lesson.draw_codes(np.arange(-2, 6) * 4 / 7, -1.0, 3.0), "yours 0.000, from end to end 0.143"),
        (lambda: lesson.draw_there_and_back(lambda x: np.clip(np.rint(x), -1, 6), 1.0, 1), "half a step is 0.500"),
        (lambda: lesson.draw_staircase(lookup, build_table), "16 entries 0.2605, 256 entries 0.0157"),
        (lambda: lesson.draw_errors(lookup_linear, lookup, build_table), "7"),
        (lambda: lesson.draw_ends(error_bound, lookup, build_table), "2.625"),
        (lambda: lesson.draw_planes(integers), "99.68% of 3,481"),
    ],
)
def test_every_figure_is_shown_in_words_and_returns_what_it_found(capsys, draw, found):
    assert str(draw()).startswith(found)
    said = capsys.readouterr().out
    assert len(pictures(said)) == 1
    assert "not written yet" not in said


@pytest.mark.parametrize(
    ("draw", "lacks"),
    [
        (lambda: lesson.draw_staircase(lookup, unwritten), "2.3"),
        (lambda: lesson.draw_errors(lookup_linear, lookup, unwritten), "2.3"),
        (lambda: lesson.draw_errors(lookup_linear, unwritten, build_table), "2.4"),
        (lambda: lesson.draw_ends(error_bound, unwritten, build_table), "2.3 and 2.4"),
        (lambda: lesson.draw_ends(error_bound, lookup, unwritten), "2.3 and 2.4"),
    ],
)
def test_a_figure_that_lacks_an_earlier_exercise_says_so_and_is_drawn(capsys, draw, lacks):
    assert draw()
    said = capsys.readouterr().out
    assert re.search(rf"Exercises? {lacks} (is|are) not ", said)
    assert len(pictures(said)) == 1


def test_tables_say_what_everything_weighs(capsys):
    net, _ = lesson.xor_net()
    coders = (affine_params, quantize, dequantize)
    assert lesson.show_table_bytes(build_table, *coders) == "1024 bytes in float32, 256 in codes"
    assert lesson.show_table_bytes(build_table, unwritten, quantize, dequantize) == "1024 bytes in float32"
    assert "2.1 and 2.2 are not both written" in capsys.readouterr().out
    assert lesson.show_net_bytes(net, lesson.to_integers(net)) == "293 bytes, 256 of them the table"
    lesson.show_weights(net, lesson.to_integers(net))
    assert "-3.32" in capsys.readouterr().out


def test_a_race_leaves_out_what_is_not_written(capsys):
    ways = {"sum": lambda: sum(range(99)), "again": lambda: sum(range(99)), "mine": unwritten}
    found = lesson.race(ways, 99, rounds=7)
    assert (list(found), found["sum"], math.isnan(found["mine"])) == (["sum", "again", "mine"], 1.0, True)
    said = capsys.readouterr().out
    assert "mine is not written yet" in said
    assert [alt.startswith("Bars, time over that of sum: sum 1 = ") for alt in pictures(said)] == [True]
    assert math.isnan(lesson.race({"sum": ways["sum"], "mine": unwritten}, 99)["mine"])
    assert pictures(capsys.readouterr().out) == []


def test_plain_python_races_by_itself(capsys):
    assert list(lesson.race_in_python(50, rounds=7))[-1] == "codes: entries[code]"
    assert len(pictures(capsys.readouterr().out)) == 1
