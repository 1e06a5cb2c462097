"""Training repeats to the bit, shows what it does, and is judged as it should be."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from weights import bits

from course_utils import models
from course_utils.data import digits
from course_utils.seeds import seeded
from course_utils.training import accuracy, fit

SHORT = {"epochs": 2, "lr": 0.01, "batch_size": 64, "seed": 5}


def trained_here(seed: int) -> bytes:
    small = digits(8)
    seeded(seed)
    model = models.DigitCNN()
    fit(model, small.train_images[:300], small.train_labels[:300], **SHORT | {"seed": seed})
    return bits(model)


def test_the_same_seed_gives_the_same_bits_and_another_does_not():
    assert trained_here(5) == trained_here(5) != trained_here(6)


def test_the_seed_of_fit_decides_the_order():
    small, ends = digits(8), []
    for seed in (1, 1, 2):
        seeded(0)
        model = models.DigitCNN()
        fit(model, small.train_images[:300], small.train_labels[:300], **SHORT | {"seed": seed})
        ends.append(bits(model))
    assert ends[0] == ends[1] != ends[2]


def test_history_is_the_mean_over_the_images_of_each_epoch():
    seeded(0)
    small, model = digits(8), models.DigitCNN()
    history = fit(model, small.train_images, small.train_labels, **SHORT | {"epochs": 6, "batch_size": 32})
    assert {name: len(values) for name, values in history.items()} == {"loss": 6, "accuracy": 6}
    assert history["loss"][-1] < 0.5 * history["loss"][0]
    assert history["accuracy"][0] < history["accuracy"][-1] <= 1
    assert model.training
    with torch.no_grad():  # one step of rate nearly 0, on batches of 3, 3 and 1: the mean of all seven
        images, labels = torch.from_numpy(small.test_images[:7]), torch.from_numpy(small.test_labels[:7])
        expected = torch.nn.functional.cross_entropy(model(images), labels).item()
    got = fit(model, images, labels, epochs=1, lr=1e-12, batch_size=3, seed=0)
    assert got["loss"] == pytest.approx([expected], rel=1e-4)


def test_fit_leaves_the_threads_and_prints_nothing_to_a_program(capfd):
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        trained_here(0)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert capfd.readouterr() == ("", "")


def test_a_watched_fit_shows_its_bar_on_stdout(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    trained_here(0)
    out, err = capsys.readouterr()
    assert "DigitCNN" in out
    assert "/10" in out  # 2 epochs of 5 batches
    assert not err


def test_accuracy_of_scores_of_labels_and_of_a_module():
    images, labels = np.arange(600, dtype=np.float32).reshape(600, 1), np.arange(600) % 3
    labels[:150] = (labels[:150] + 1) % 3  # a quarter is wrong now
    assert accuracy(lambda x: np.eye(3)[x[:, 0].astype(int) % 3], images, labels) == 0.75
    assert accuracy(lambda x: x[:, 0].astype(int) % 3, images, labels) == 0.75
    assert accuracy(lambda x: torch.as_tensor(x[:, 0] % 3), torch.from_numpy(images), torch.from_numpy(labels)) == 0.75


def test_accuracy_judges_a_module_in_eval_mode_and_puts_it_back():
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Dropout(0.9))
    images = np.eye(10, dtype=np.float32)[:, None]
    assert accuracy(model, images, np.arange(10)) == 1
    assert model.training
    assert accuracy(model.eval(), images, np.arange(10)) == 1
    assert not model.training


def test_accuracy_refuses_what_it_cannot_judge():
    with pytest.raises(ValueError, match="3 images and 2 labels"):
        accuracy(len, np.zeros((3, 1)), [0, 1])
    with pytest.raises(ValueError, match="0 images"):
        accuracy(len, np.zeros((0, 1)), [])
    with pytest.raises(ValueError, match=r"shape \(3, 1\) for 3 images"):
        accuracy(lambda x: x, np.zeros((3, 1)), np.zeros(3))
