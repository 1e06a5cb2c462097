"""Digits as signals, one after the other."""

from __future__ import annotations

import numpy as np

from course_utils.data import digits
from course_utils.streams import signals, stitched


def test_a_signal_is_an_image_row_after_row():
    images = digits(8).test_images
    made = signals(images)
    assert made.shape == (450, 1, 64)
    assert np.array_equal(made[7, 0, 8:16], images[7, 0, 1])


def test_each_digit_comes_once_before_one_comes_twice():
    images, labels = np.arange(5 * 4, dtype=np.float32).reshape(5, 1, 2, 2), np.arange(5)
    stream = stitched(images, labels, np.random.default_rng(0), count=13)
    assert stream.samples.shape == (1, 52) and stream.samples.dtype == np.float32
    assert stream.length == 4
    order = stream.labels[stream.ends]
    assert sorted(order[:5]) == sorted(order[5:10]) == [0, 1, 2, 3, 4]
    assert np.array_equal(stream.labels, np.repeat(order, 4))
    assert np.array_equal(stream.samples.reshape(13, 4), images[order].reshape(13, 4))


def test_as_many_as_there_are_unless_a_number_is_given():
    data = digits(8)
    stream = stitched(data.test_images, data.test_labels, np.random.default_rng(0))
    assert np.array_equal(np.sort(stream.labels[stream.ends]), np.sort(data.test_labels))
    again = stitched(data.test_images, data.test_labels, np.random.default_rng(0))
    assert np.array_equal(stream.samples, again.samples)
