"""The fits by Lightning: what the lesson's tests learn of a student's callbacks, and the course's silent Trainer."""

from __future__ import annotations

import pytest
import torch

from course_utils.errors import CourseError
from course_utils.lessons import efficient_architectures as lesson
from course_utils.lessons.efficient_architectures import epochs
from course_utils.training.by_lightning import fresh_folder, quiet_trainer


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def three(folder, patience, **settings):
    from lightning.pytorch.callbacks import EarlyStopping, LearningRateMonitor, ModelCheckpoint

    kept = ModelCheckpoint(folder, **({"monitor": "val_loss"} | settings))
    return [EarlyStopping("val_loss", patience=patience), kept, LearningRateMonitor()]


def test_a_fit_says_when_it_stopped_what_it_kept_and_what_it_noted(folder, capfd):
    found = lesson.fitted(three, folder / "fit", 2, [3.0, 1.0, 2.0, 4.0, 0.5])
    assert found == {
        "callbacks": ["EarlyStopping", "LearningRateMonitor", "ModelCheckpoint"],
        "epochs": 4,
        "kept": [2],
        "rates": found["rates"],
    }
    assert sorted(set(found["rates"]), reverse=True) == [0.5, 0.25, 0.125, 0.0625]
    assert capfd.readouterr() == ("", "")


def test_every_checkpoint_is_told(folder):
    found = lesson.fitted(lambda *given: three(*given, save_top_k=-1), folder / "fit", 9, [3.0, 2.0, 1.0])
    assert found["kept"] == [1, 2, 3]
    found = lesson.fitted(lambda *given: three(*given)[2:], folder / "none", 9, [3.0, 2.0])
    assert (found["kept"], found["epochs"]) == ([], 2)


def test_no_list_is_told(folder):
    with pytest.raises(CourseError, match="`return` missing"):
        lesson.fitted(lambda folder, patience: None, folder, 1, [1.0])


def test_the_demonstration_keeps_the_best_epoch_and_can_be_run_again(monkeypatch, shown, capfd):
    monkeypatch.setattr(epochs, "EPOCHS", 4)
    one, other = (epochs.fit_with_lightning(three, patience=3) for _ in range(2))
    assert one.held_out == other.held_out and one.best == other.best
    assert one.held_out.index(min(one.held_out)) + 1 == one.best_epoch
    assert len(one.train) == len(one.held_out) == 4 and one.rates[0] == pytest.approx(epochs.RATE)
    assert epochs.draw_epochs(one) == pytest.approx(100 * (one.best - one.last))
    assert f"epoch {one.best_epoch}" in shown[0]["text/plain"]
    assert capfd.readouterr().err == ""


def test_the_trainer_says_nothing_and_its_folder_is_new(folder, capfd):
    class Module(pytest.importorskip("lightning").LightningModule):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(1))

        def training_step(self, batch, place):
            self.log("loss", self.weight.sum())
            return self.weight.sum()

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), 0.1)

    runs = [fresh_folder(folder / "runs") for _ in range(2)]
    assert runs[0] != runs[1]
    for run in runs:
        quiet_trainer(run, 1).fit(Module(), torch.utils.data.DataLoader(torch.zeros(1, 1)))
        assert list(run.glob("csv/*/metrics.csv"))
    assert capfd.readouterr() == ("", "")
