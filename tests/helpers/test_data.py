"""The digits: always the same ones, split once, and a sentence where MNIST cannot be had."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from course_utils.data import Digits, digits, mnist
from course_utils.errors import CourseError


def parts(data: Digits) -> list:
    return list(vars(data).values())


@pytest.mark.parametrize("size", [8, 16, 28])
def test_shapes_types_and_range(size):
    data = digits(size)
    assert data.train_images.shape == (1347, 1, size, size)
    assert data.test_images.shape == (450, 1, size, size)
    assert data.train_labels.shape == (1347,)
    assert data.test_labels.shape == (450,)
    for images, labels in ((data.train_images, data.train_labels), (data.test_images, data.test_labels)):
        assert images.dtype == np.float32
        assert labels.dtype == np.int64
        assert images.min() >= 0
        assert 0.9 < images.max() <= 1
        assert set(labels.tolist()) == set(range(10))


def test_every_image_is_in_one_part_with_its_own_label():
    data, whole = digits(8), load_digits()

    def counted(images, labels):
        levels = np.rint(16 * images).astype(np.uint8)
        return sorted((image.tobytes(), int(label)) for image, label in zip(levels, labels, strict=True))

    both = counted(data.train_images, data.train_labels) + counted(data.test_images, data.test_labels)
    assert sorted(both) == counted(whole.images / 16, whole.target)


def test_the_split_is_the_same_in_every_process():
    assert digits().test_labels[:12].tolist() == [2, 0, 4, 9, 4, 1, 2, 4, 6, 7, 9, 1]


def test_each_digit_has_its_share_of_the_test_images():
    assert np.bincount(digits().test_labels).tolist() == pytest.approx([45] * 10, abs=2)


def test_larger_images_show_the_same_digits_in_the_same_order():
    small, large = digits(8), digits(16)
    np.testing.assert_array_equal(small.test_labels, large.test_labels)
    # Half a pixel apart on both sides: bilinear interpolation at twice the size, worked out by hand.
    corner = small.test_images[:, 0, 3:5, 3:5]
    weights = np.array([[9, 3], [3, 1]], dtype=np.float32) / 16
    np.testing.assert_allclose(large.test_images[:, 0, 7, 7], (corner * weights).sum((1, 2)), atol=1e-6)


def test_a_caller_who_writes_into_the_arrays_harms_nobody():
    first = digits(8)
    kept = [part.copy() for part in parts(first)]
    for part in parts(first):
        part[:] = 0
    for part, before in zip(parts(digits(8)), kept, strict=True):
        np.testing.assert_array_equal(part, before)
    with pytest.raises(FrozenInstanceError):
        first.train_images = None


def test_tensors_hold_what_the_arrays_hold():
    for tensor, array in zip(parts(digits(28, as_tensors=True)), parts(digits(28)), strict=True):
        assert isinstance(tensor, torch.Tensor)
        np.testing.assert_array_equal(tensor.numpy(), array)


def test_another_size_is_refused():
    with pytest.raises(ValueError, match="size is 32; it must be one of 8, 16, 28"):
        digits(32)


def test_mnist_offline_is_one_sentence(monkeypatch, tmp_path, recwarn):
    for proxy in ("https_proxy", "http_proxy"):
        monkeypatch.setenv(proxy, "http://127.0.0.1:9")  # nobody listens there
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setattr("urllib.request._opener", None)  # one is kept for the process, with the proxies it began with
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    with pytest.raises(CourseError, match=r"could not be fetched from openml\.org .*; go online once, or use digits"):
        mnist()
    assert not recwarn.list


def test_mnist_is_split_where_its_authors_split_it(monkeypatch):
    class Loaded:
        data = np.broadcast_to(np.array([[0, 51, 255, 0]], dtype=np.uint8).repeat(196, 1), (70_000, 784))
        target = np.array(["5"] * 60_000 + ["7"] * 10_000, dtype=object)

    monkeypatch.setattr("sklearn.datasets.fetch_openml", lambda *_, **__: Loaded)  # as it comes: text for labels
    data = mnist()
    assert data.train_images.shape == (60_000, 1, 28, 28)
    assert data.test_images.shape == (10_000, 1, 28, 28)
    assert data.train_images.dtype == np.float32
    assert sorted(set(data.test_images[0].ravel().tolist())) == pytest.approx([0, 0.2, 1])
    assert set(data.train_labels.tolist()) == {5}
    assert set(data.test_labels.tolist()) == {7}
    assert data.test_labels.dtype == np.int64
