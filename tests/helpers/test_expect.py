"""Expectations: what passes, and what a student reads where something does not."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from course_utils import expect
from course_utils.expect import Unmet

ALIKE = [
    (1, 1.0),
    (np.float32(0.5), 0.5),
    ([1, 2], np.array([1.0, 2.0])),
    (torch.tensor([[1.0]]), [[1.0]]),
    (torch.nn.Parameter(torch.ones(2)), np.ones(2)),
    ((1.0, [2.0]), (1.0, np.array([2.0]))),
    ([1.0, 2.0], (1.0, 2.0)),
    ({"a": np.ones(2)}, {"a": [1.0, 1.0 + 1e-12]}),
    (np.array([np.nan]), [np.nan]),
]


@pytest.mark.parametrize(("got", "expected"), ALIKE)
def test_close_takes_plain_numbers_of_every_kind(got, expected):
    expect.close(got, expected, "f(x)")


class AlwaysEqual:
    """An object that claims to be anything."""

    def __eq__(self, other):
        return True

    def __array__(self, dtype=None, copy=None):
        return np.ones(2)


class SlyArray(np.ndarray):
    """An array that could say anything of itself."""


DIFFERENT = [
    (1.1, 1.0, "expected  1\n  got       1.1"),
    (None, 1.0, "likely    the function returns nothing"),
    (np.ones((2, 3)), np.ones((3, 2)), "likely    it is transposed"),
    (np.ones(3), np.ones((3, 1)), "likely    an axis is lost"),
    (np.ones((3, 1)), np.ones(3), "likely    there is an axis too many"),
    (np.ones(1), 1.0, "likely    one number is wanted"),
    (np.array([np.nan, 1]), [1.0, 1.0], "likely    nan comes from"),
    (np.array([1.0, 5.0]), [1.0, 2.0], "furthest off at [1]: expected 2, got 5"),
    (np.array([math.inf, 5.0]), [math.inf, 2.0], "furthest off at [1]: expected 2, got 5"),
    (AlwaysEqual(), [1.0, 1.0], "an object of type AlwaysEqual"),
    (np.ones(2).view(SlyArray), [1.0, 1.0], "an object of type SlyArray"),
    ("1", 1.0, "an object of type str"),
    ([[1], [1, 2]], [1.0, 2.0], "a list whose parts differ in shape"),
    ({"a": 1}, {"a": 1, "b": 2}, "expected  the keys ['a', 'b']"),
    ([1], {"a": 1}, "expected  a dict with the keys ['a']"),
    ((1.0,), (1.0, 2.0), "got       a tuple of 1"),
    (np.ones(2), (1.0, 1.0), "got       an object of type ndarray"),
]


@pytest.mark.parametrize(("got", "expected", "message"), DIFFERENT)
def test_close_says_what_is_wrong(got, expected, message):
    with pytest.raises(Unmet) as caught:
        expect.close(got, expected, "f(x)")
    assert str(caught.value).startswith("Not yet: f(x)")
    assert message in str(caught.value)


def test_close_names_the_mistake_that_gives_this_value():
    causes = {"the mean is forgotten": 4.0, "the sign is wrong": -1.0}
    with pytest.raises(Unmet, match="likely    the sign is wrong"):
        expect.close(-1.0, 1.0, "f(x)", causes=causes, likely="something else")
    with pytest.raises(Unmet, match="likely    something else"):
        expect.close(3.0, 1.0, "f(x)", causes=causes, likely="something else")


def test_close_names_mistakes_inside_dicts_and_tuples():
    with pytest.raises(Unmet, match=r"f\(x\)\['b'\](.|\n)*likely    doubled"):
        expect.close({"a": 1, "b": 4}, {"a": 1, "b": 2}, "f(x)", causes={"doubled": {"a": 2, "b": 4}})
    with pytest.raises(Unmet, match=r"f\(x\)\[1\](.|\n)*likely    doubled"):
        expect.close((1, 4), (1, 2), "f(x)", causes={"doubled": (2, 4)})


def test_close_keeps_its_tolerance():
    expect.close(1 + 1e-7, 1.0, "f(x)", atol=1e-6)
    with pytest.raises(Unmet):
        expect.close(1 + 1e-7, 1.0, "f(x)", atol=1e-8)
    expect.close(1001.0, 1000.0, "f(x)", atol=0, rtol=1e-2)


def test_equal_is_strict_about_types():
    expect.equal({"Conv": 2}, {"Conv": 2}, "f()")
    for got in (True, 1.0, AlwaysEqual()):
        with pytest.raises(Unmet):
            expect.equal(got, 1, "f()")
    with pytest.raises(Unmet, match="likely    counted twice"):
        expect.equal(4, 2, "f()", causes={"counted twice": 4})


def test_shape():
    expect.shape(np.ones((2, 1)), (2, 1), "f()")
    with pytest.raises(Unmet, match=r"expected  shape \(1, 2\)(.|\n)*likely    it is transposed"):
        expect.shape(np.ones((2, 1)), (1, 2), "f()")


def test_array_wants_more_than_a_list():
    expect.array(np.ones(2), "f()")
    expect.array(torch.ones(2, 1), "f()")
    with pytest.raises(Unmet, match="an array, not one number"):
        expect.array(1.0, "f()")
    for got in ([1.0, 2.0], [np.ones(2)]):
        with pytest.raises(Unmet, match=r"an array of shape(.|\n)*np.array"):
            expect.array(got, "f()")
    with pytest.raises(Unmet, match="a `return` missing"):
        expect.array(None, "f()")


def test_parts_are_counted():
    expect.parts((1, 2), 2, "f()")
    with pytest.raises(Unmet, match=r"a tuple of 2\n  got       an object of type ndarray\n  likely    return both"):
        expect.parts(np.ones(2), 2, "f()", likely="return both")
    with pytest.raises(Unmet, match="got       a list of 3"):
        expect.parts([1, 2, 3], 2, "f()")


def test_a_stray_comma_is_named():
    with pytest.raises(Unmet, match="likely    a tuple came back"):
        expect.close((np.ones(2),), np.ones(2), "f()")


def test_unchanged():
    expect.unchanged(np.ones(2), np.ones(2), "x")
    with pytest.raises(Unmet, match="writes into its argument"):
        expect.unchanged(np.zeros(2), np.ones(2), "x")


def test_a_file_unchanged(tmp_path):
    path = tmp_path / "net.onnx"
    path.write_bytes(b"net")
    expect.unchanged(str(path), b"net", "the model")
    for wrecked in (lambda: path.write_bytes(b"other"), path.unlink):
        wrecked()
        with pytest.raises(expect.Unmet, match="the model"):
            expect.unchanged(path, b"net", "the model")


def test_true_says_what_was_expected():
    expect.true(True, "the loss", expected="a finite number", got=1.0)
    with pytest.raises(Unmet, match=r"expected  a finite number\n  got       inf"):
        expect.true(False, "the loss", expected="a finite number", got=float("inf"))


def test_raises():
    expect.raises(ValueError, lambda: int("x"), "f(nan)")
    with pytest.raises(Unmet, match="got       it returned 3"):
        expect.raises(ValueError, lambda: 3, "f(nan)")
    with pytest.raises(Unmet, match="KeyError"):
        expect.raises(ValueError, lambda: {}[1], "f(nan)")


def test_a_notebook_shows_the_message_without_a_traceback():
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    shell = InteractiveShell()
    with capture_output() as captured:
        shell.run_cell("from course_utils import expect\nexpect.close(2, 1, 'f(x)', likely='the mean is forgotten')")
    assert captured.stdout.strip().splitlines() == [
        "Not yet: f(x)",
        "  expected  1",
        "  got       2",
        "  likely    the mean is forgotten",
    ]


def test_passed_says_so(capsys):
    expect.passed("the bias")
    assert capsys.readouterr().out == "Passed: the bias.\n"
