"""A result whose numbers are right and whose type is not: the sentence names the type."""

from __future__ import annotations

from collections import Counter, namedtuple

import numpy as np
import pytest
import torch

from course_utils import expect
from course_utils.expect import Unmet

Pair = namedtuple("Pair", "low high")


def test_a_named_tuple_is_no_plain_one():
    with pytest.raises(Unmet, match=r"a plain tuple of 2\n  got       an object of type Pair\n  likely    tuple\(…\)"):
        expect.parts(Pair(1, 2), 2, "f()", likely="return both")


def test_a_counter_is_no_plain_dict():
    with pytest.raises(Unmet, match=r"a plain dict with the keys \['Add'\]\n.*Counter.*\n  likely    dict\(…\) makes"):
        expect.keys(Counter(Add=2), {"Add": 2}, "f()")


@pytest.mark.parametrize("narrow", [np.float32, np.float16, lambda value: torch.tensor(value, dtype=torch.float32)])
def test_numbers_that_are_right_to_the_digits_of_their_type(narrow):
    with pytest.raises(Unmet, match=r"likely    right to [73] digits, all that its (torch\.)?float(32|16) holds"):
        expect.close(narrow(0.3), 0.3, "f()", likely="the mean is forgotten")
    with pytest.raises(Unmet, match="likely    the mean is forgotten"):
        expect.close(narrow(0.31), 0.3, "f()", likely="the mean is forgotten")


def test_small_numbers_are_shown():
    with pytest.raises(Unmet, match=r"expected  \[1\.e-09 2\.e-09\]"):
        expect.close(np.zeros(2), [1e-9, 2e-9], "f()", atol=0)
    with pytest.raises(Unmet, match=r"expected  \[0\.  0\.5\]"):
        expect.close(np.zeros(2), [1e-12, 0.5], "f()", atol=0)
