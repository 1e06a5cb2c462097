"""Training repeats to the bit; trained networks are made once, kept whole, and made again when they must be."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from course_utils import data, models, training
from course_utils.data import digits
from course_utils.errors import CourseError
from course_utils.seeds import seeded
from course_utils.training import RECIPES, Recipe, accuracy, fit, keeping, trained

TINY = Recipe("DigitCNN", size=8, epochs=1, lr=0.01, batch_size=64)
SHORT = {"epochs": 2, "lr": 0.01, "batch_size": 64, "seed": 5}


@pytest.fixture
def cache(monkeypatch, tmp_path):
    """A cache folder of its own, and a recipe that takes a moment; returns the folder and the trainings done."""
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setitem(RECIPES, "tiny", TINY)
    done = []

    def train(model, *args, **settings):
        done.append(type(model).__name__)
        return fit(model, *args, **settings)

    train.__wrapped__ = fit  # whose source is in the key
    monkeypatch.setattr(training, "fit", train)
    return tmp_path / "cache", done


def bits(model: torch.nn.Module) -> bytes:
    return b"".join(value.numpy().tobytes() for value in model.state_dict().values())


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
        monkeypatch.setitem(RECIPES, "tiny", replace(TINY, lr=0.02))
    elif change == "seed":
        monkeypatch.setitem(RECIPES, "tiny", replace(TINY, seed=1))
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


ASK = """
import sys, time
from pathlib import Path
from course_utils import training

folder, me = Path(sys.argv[1]), sys.argv[2]
training.RECIPES["tiny"] = training.Recipe("DigitCNN", size=8, epochs=1, lr=0.01, batch_size=64)
fit = training.fit

def train(*args, **settings):
    (folder / f"{me}.trains").touch()
    patience = time.monotonic() + 60
    while not any("waits" in out.read_text() for out in folder.glob("*.out")) and time.monotonic() < patience:
        if len(list(folder.glob("*.trains"))) == 2:
            break
        time.sleep(0.02)
    return fit(*args, **settings)

train.__wrapped__ = fit
training.fit = train
import torch
weights = training.trained("tiny").state_dict()
print(sum(value.double().abs().sum() for value in weights.values()).item().hex())
"""


def test_two_processes_train_once(tmp_path):
    script = tmp_path / "ask.py"
    script.write_text(ASK)
    environment = os.environ | {"COURSE_CACHE": str(tmp_path / "cache")}
    processes = []
    for me in "ab":
        with (tmp_path / f"{me}.out").open("w") as out:
            command = [sys.executable, str(script), str(tmp_path), me]
            processes.append(subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=environment))
    assert [process.wait(timeout=200) for process in processes] == [0, 0], (tmp_path / "a.out").read_text()
    said = [(tmp_path / f"{me}.out").read_text().splitlines() for me in "ab"]
    assert len(list(tmp_path.glob("*.trains"))) == 1
    assert sorted(map(len, said)) == [1, 2]  # one of them says that it waits
    assert said[0][-1] == said[1][-1]
