"""A training by Lightning on digits, some wrongly labelled: losses by epoch, and the best epoch against the last."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils import plots
from course_utils.data import digits
from course_utils.lessons.efficient_architectures.folder import FOLDER
from course_utils.quiet import quiet
from course_utils.training import accuracy
from course_utils.training.by_lightning import fresh_folder, quiet_trainer

if TYPE_CHECKING:
    from lightning import LightningModule

TRAINED, HELD_OUT = 300, 200  # images
WRONG = 0.3  # of the labels to learn
EPOCHS, RATE, BATCH, SEED = 60, 0.01, 20, 0


@dataclass(frozen=True)
class Run:
    """What a training left.

    Attributes:
        train, held_out: the losses of each epoch; rates: its learning rate, where it was noted.
        best, last: the accuracy on the test images with the weights of the checkpoint, and with those of the end.
        best_epoch: of the checkpoint, from 1.
        seconds: that all of it took.
    """

    train: list[float]
    held_out: list[float]
    rates: list[float]
    best: float
    last: float
    best_epoch: int
    seconds: float


def fit_with_lightning(callbacks: Callable[[Path, int], list], patience: int) -> Run:
    """Train a small network on 300 digits, 30 % wrongly labelled, with a student's callbacks.

    Files go to a new folder below work09.

    Args:
        callbacks: takes a folder for checkpoints and the patience.
    """
    import lightning
    import torch

    folder, start = fresh_folder(FOLDER / "lightning"), time.perf_counter()
    given = digits(28, as_tensors=True)
    with quiet(), torch.random.fork_rng(devices=[]):
        lightning.seed_everything(SEED)
        module = _module()
        trainer = quiet_trainer(folder, EPOCHS, callbacks(folder / "checkpoints", patience))
        trainer.fit(module, _learned(given), _held_out(given))
    last = accuracy(module.net, given.test_images, given.test_labels)
    (checkpoint,) = (folder / "checkpoints").glob("*.ckpt")
    kept = torch.load(checkpoint, weights_only=False)
    module.load_state_dict(kept["state_dict"])
    best = accuracy(module.net, given.test_images, given.test_labels)
    logged = _logged(folder)
    found = {key: [float(row[key]) for row in logged if row.get(key)] for key in ("train_loss", "val_loss", "lr-Adam")}
    took = time.perf_counter() - start
    return Run(found["train_loss"], found["val_loss"], found["lr-Adam"], best, last, kept["epoch"] + 1, took)


def draw_epochs(run: Run) -> float:
    """Draw the losses of a run; return how many points of accuracy its best epoch has over its last."""
    fig, axes = plots.figure(height=2.9)
    epochs = list(range(1, len(run.held_out) + 1))
    plots.curves(
        axes, {"300 digits to learn, some labels wrong": run.train, "200 held out, all right": run.held_out}, x=epochs
    )
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.2), ncols=2)  # below: the lines cross the whole pane
    axes.axvline(run.best_epoch, color="0.5", linewidth=0.8)
    gained = 100 * (run.best - run.last)
    right = f"{run.best:.3f} of the test images right; after the last epoch, {epochs[-1]}, {run.last:.3f}"
    axes.set_title(f"The best is epoch {run.best_epoch}: {right}")
    axes.set(xlabel="epoch", ylabel="loss", yscale="log")
    axes.xaxis.get_major_locator().set_params(integer=True)
    plots.show(fig, f"Losses over {epochs[-1]} epochs. The held-out loss is lowest at epoch {run.best_epoch}: {right}.")
    noted = f"learning rate from {run.rates[0]:.3g} to {run.rates[-1]:.3g}" if run.rates else "no learning rate noted"
    print(f"{len(epochs)} of {EPOCHS} epochs in {run.seconds:.0f} s; {noted}.")
    return gained


def _module() -> LightningModule:
    import torch
    from lightning import LightningModule
    from torch import nn

    class Digits(LightningModule):
        def __init__(self) -> None:
            super().__init__()
            stem = nn.Conv2d(1, 16, 3, 2, 1), nn.BatchNorm2d(16), nn.ReLU()
            body = nn.Conv2d(16, 32, 3, 2, 1), nn.BatchNorm2d(32), nn.ReLU(), nn.Flatten()
            self.net = nn.Sequential(*stem, *body, nn.Linear(32 * 49, 10))

        def training_step(self, batch: Any, place: int) -> torch.Tensor:
            return self._loss("train_loss", batch)

        def validation_step(self, batch: Any, place: int) -> None:
            self._loss("val_loss", batch)

        def _loss(self, name: str, batch: Any) -> torch.Tensor:
            loss = nn.functional.cross_entropy(self.net(batch[0]), batch[1])
            self.log(name, loss, on_step=False, on_epoch=True, batch_size=len(batch[0]))
            return loss

        def configure_optimizers(self) -> tuple[list, list]:
            optimizer = torch.optim.Adam(self.parameters(), RATE)
            return [optimizer], [torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)]

    return Digits()


def _learned(given: Any) -> Any:
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    draw = torch.Generator().manual_seed(SEED)
    labels = given.train_labels[:TRAINED].clone()
    wrong = torch.randperm(TRAINED, generator=draw)[: round(WRONG * TRAINED)]
    labels[wrong] = (labels[wrong] + torch.randint(1, 10, wrong.shape, generator=draw)) % 10
    return DataLoader(TensorDataset(given.train_images[:TRAINED], labels), BATCH, shuffle=True)


def _held_out(given: Any) -> Any:
    from torch.utils.data import DataLoader, TensorDataset

    part = slice(TRAINED, TRAINED + HELD_OUT)
    return DataLoader(TensorDataset(given.train_images[part], given.train_labels[part]), HELD_OUT)


def _logged(folder: Path) -> list[dict[str, str]]:
    (path,) = folder.glob("csv/*/metrics.csv")
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))
