"""Lesson 14's figures speak, its tables measure, and both say which exercise they lack."""

import math
import re

import numpy as np
import pytest

from course_utils import c_compiler
from course_utils.lessons import edge_runtimes as lesson
from course_utils.lessons.edge_runtimes.own import written
from course_utils.lessons.edge_runtimes.runtimes import in_words, package_bytes

needs_compiler = pytest.mark.skipif(not c_compiler.installed(), reason="ziglang is not installed")


@pytest.fixture(autouse=True)
def somewhere_else(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


def unwritten(*_):
    raise NotImplementedError("not written yet")


def fixed_point(scale):
    part, power = math.frexp(scale)
    return min(round(part * 2**31), 2**31 - 1), 31 - power


def requantize(sums, multiplier, shift, zero_point):
    q = np.floor(sums * (multiplier / 2**shift) + 0.5) + zero_point
    return q.clip(-128, 127).astype(np.int8)


def pictures(said):
    return re.findall(r'<img alt="([^"]+)"[^>]*src="data:image/png;base64,', said)


def test_errors_of_factors_are_drawn_and_told(capsys):
    assert lesson.draw_factor_errors(fixed_point).endswith("of the factor")
    (alt,) = pictures(capsys.readouterr().out)
    assert "15 bits 2." in alt


def test_rounding_up_is_biased_and_the_picture_says_so(capsys):
    assert lesson.draw_rounding(requantize).startswith("+0.12")
    assert len(pictures(capsys.readouterr().out)) == 1


@needs_compiler
def test_programs_are_weighed_and_run_where_they_can_be(capsys):
    own = written(unwritten)
    assert 3000 < lesson.show_program(own) < 20_000
    assert 3000 < lesson.show_three(unwritten, c_compiler.compiled) < 20_000
    said = capsys.readouterr().out
    assert "Exercise 14.6 is not written yet" in said
    assert "450 of 450" in said


@needs_compiler
def test_a_program_beside_itself_is_neither_faster_nor_slower(capsys):
    found = lesson.draw_tuned(unwritten, written(unwritten))
    assert found["instructions"] == 1.0
    assert math.isnan(found["speed"]) or 0.3 < found["speed"] < 3
    said = capsys.readouterr().out
    assert len(pictures(said)) == 1 and "does not count" not in said


@needs_compiler
def test_a_program_that_says_too_much_or_something_else_is_told_so(capsys):
    own = written(unwritten)

    def more(layers):
        return own(layers).replace("return 0;", "putchar('7'); return 0;")

    def eights(layers):
        return own(layers).replace("putchar('0' +", "putchar('8' + 0 *")

    assert lesson.show_program(more) > 3000
    lesson.draw_tuned(own, eights)
    assert "450 labels as program_c does: what it saves does not count" in capsys.readouterr().out


@needs_compiler
def test_the_table_of_runtimes_names_the_largest_and_the_smallest(capsys):
    found = lesson.show_runtimes(unwritten, c_compiler.compiled, unwritten)
    assert found["largest runtime"].startswith("eager PyTorch, ")
    assert found["smallest"].startswith("C program, ")
    assert "Exercise 14.2 is not written yet" in capsys.readouterr().out


def test_bytes_are_said_as_a_person_says_them():
    assert [in_words(size) for size in (7, 2_540, 751_000_000)] == ["7 bytes", "2.54 kB", "751 MB"]
    assert package_bytes("no_such_package") == 0
    assert package_bytes("numpy") > package_bytes("numpy", "linalg") > 0
