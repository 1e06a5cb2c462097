"""Trained networks are made once, kept whole, and made again when they must be."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from weights import bits

from course_utils import data, models, training
from course_utils.data import digits
from course_utils.errors import CourseError
from course_utils.seeds import seeded
from course_utils.training import RECIPES, accuracy, keeping, trained


def test_the_real_resnet_is_good_enough_and_kept(cache):
    folder, done = cache
    first, second = trained("resnet"), trained("resnet")
    test = digits(28)
    assert accuracy(first, test.test_images, test.test_labels) >= 0.97
    assert not first.training
    assert not second.training
    assert bits(first) == bits(second)
    assert done == ["DigitResNet"]
    assert len(list(folder.glob("resnet-*.pt"))) == 1


def test_an_unknown_name_is_refused():
    with pytest.raises(CourseError, match="there are: cnn, resnet, mobilenet"):
        trained("vgg")


@pytest.mark.parametrize("change", ["recipe", "seed", "torch", "model", "data", "fit"])
def test_what_the_weights_depend_on_is_in_the_key(cache, monkeypatch, change):
    _, done = cache
    trained("tiny")
    if change == "recipe":
        monkeypatch.setitem(RECIPES, "tiny", replace(RECIPES["tiny"], lr=0.02))
    elif change == "seed":
        monkeypatch.setitem(RECIPES, "tiny", replace(RECIPES["tiny"], seed=1))
    elif change == "torch":
        monkeypatch.setattr(training, "version", lambda package: "0.1" if package == "torch" else "1")
    elif change == "fit":
        monkeypatch.setattr(training.fit, "__wrapped__", accuracy)
    else:
        changed = Path({"model": models, "data": data}[change].__file__)
        read = Path.read_text
        monkeypatch.setattr(Path, "read_text", lambda self, **how: read(self, **how) + "#" * (self == changed))
    trained("tiny")
    trained("tiny")
    assert len(done) == 2


def half_of(content: bytes) -> bytes:
    return content[: len(content) // 2]


def one_bit_of_a_weight(content: bytes) -> bytes:
    place = len(content) // 2
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


@pytest.mark.parametrize("damage", [half_of, one_bit_of_a_weight, lambda _: b"", lambda _: b"not weights"])
def test_a_damaged_file_is_made_again_with_a_sentence(cache, capfd, damage):
    folder, done = cache
    good = bits(trained("tiny"))
    (file,) = folder.glob("*.pt")
    file.write_bytes(damage(file.read_bytes()))
    assert bits(trained("tiny")) == good
    out, err = capfd.readouterr()
    assert out == f"{file}: the kept weights are damaged; tiny is trained again.\n"
    assert not err
    assert bits(trained("tiny")) == good
    assert len(done) == 2
    assert not capfd.readouterr().out


def test_a_file_that_could_run_code_is_not_run(cache, tmp_path):
    folder, done = cache

    class Attack:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "attacked"),)

    trained("tiny")
    (file,) = folder.glob("*.pt")
    torch.save({"0.weight": Attack()}, file)
    trained("tiny")
    assert not (tmp_path / "attacked").exists()
    assert len(done) == 2


def test_a_write_that_is_cut_short_leaves_nothing(cache, monkeypatch):
    folder, done = cache
    save = torch.save

    def cut_short(state, place):
        save(state, place)
        assert not list(folder.glob("*.pt"))  # not under its name before it is whole
        Path(place).write_bytes(half_of(Path(place).read_bytes()))
        raise KeyboardInterrupt

    monkeypatch.setattr(torch, "save", cut_short)
    with pytest.raises(KeyboardInterrupt):
        trained("tiny")
    assert not [path for path in folder.iterdir() if path.suffix != ".lock"]
    monkeypatch.setattr(torch, "save", save)
    trained("tiny")
    trained("tiny")
    assert len(done) == 2


def test_a_folder_that_cannot_be_written_costs_time_and_no_more(cache, monkeypatch, tmp_path, capfd):
    _, done = cache
    (tmp_path / "file").touch()
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "file" / "cache"))
    assert bits(trained("tiny")) == bits(trained("tiny"))
    out, err = capfd.readouterr()
    assert "set COURSE_CACHE to a folder that can be written." in out
    assert not err
    assert len(done) == 2


def test_the_cache_folder_is_the_platforms_unless_named(monkeypatch, tmp_path):
    monkeypatch.delenv("COURSE_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # heeded on Linux
    assert keeping.folder().name in ("lean-inference", "Cache")
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "named"))
    assert keeping.folder() == tmp_path / "named"


def test_the_callers_draws_and_modes_are_left_alone(cache):
    def draws():
        return random.random(), np.random.rand(), torch.rand(1).item()

    seeded(7)
    expected = draws()
    torch.set_default_dtype(torch.float64)
    try:
        for _ in ("a first call", "a later one"):
            seeded(7)
            with torch.no_grad():
                model = trained("tiny")
            with torch.inference_mode():
                bits(trained("tiny"))
            assert torch.get_default_dtype() == torch.float64
            assert {each.dtype for each in model.parameters()} == {torch.float32}
            torch.set_default_dtype(torch.float32)
            assert draws() == expected
            torch.set_default_dtype(torch.float64)
    finally:
        torch.set_default_dtype(torch.float32)
    assert len(cache[1]) == 1
