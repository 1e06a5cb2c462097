"""Lesson 15's model that adds, as it is trained and kept: on this processor, too, it has learned to."""

from __future__ import annotations

from course_utils import sums
from course_utils.lessons.transformer_decoding import nets


def test_the_model_that_adds_is_right_on_sums_that_it_never_saw():
    assert nets.right(nets.adder(), sums.unseen()) >= 0.95
