"""A real fit by Lightning's Trainer, a second long, whose validation losses are known beforehand."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils.errors import CourseError
from course_utils.lessons.beside import beside_the_answer
from course_utils.quiet import quiet

if TYPE_CHECKING:
    from lightning import LightningModule

RATE = 0.5  # the learning rate of the first epoch; each later one has half of the one before


@beside_the_answer
def fitted(
    callbacks: Callable[..., list], folder: Path, patience: int, losses: Sequence[float], by_name: bool = False
) -> dict[str, Any]:
    """Fit a net of one number for at most ``len(losses)`` epochs, whose validation losses are ``losses``.

    The number counts the epochs that the net was trained for, so that a checkpoint tells which epoch it is from.

    Args:
        callbacks: takes folder and patience; with ``by_name`` they are named.

    Returns:
        ``{"callbacks": names of their classes, sorted, "epochs": how many ran, "kept": the epoch, counted from 1, that
        each checkpoint in the folder is from, sorted, "rates": the learning rates that were logged, in order}``
    """
    import torch

    made = callbacks(folder=folder, patience=patience) if by_name else callbacks(folder, patience)
    if not isinstance(made, list):
        raise CourseError(f"callbacks gives a {type(made).__name__}, not a list: is a `return` missing?")
    net, rates = _counting(losses), []
    with quiet(), tempfile.TemporaryDirectory() as elsewhere:
        trainer = _trainer(made, len(losses), rates, elsewhere)
        trainer.fit(net)
        found = [torch.load(each, weights_only=False)["state_dict"] for each in Path(folder).glob("*.ckpt")]
    kept = sorted(int(each["count"]) for each in found)
    return {"callbacks": sorted(type(each).__name__ for each in made), "epochs": net.ran, "kept": kept, "rates": rates}


def _trainer(callbacks: list, epochs: int, rates: list[float], folder: str) -> Any:
    import lightning
    from lightning.pytorch.loggers.logger import DummyLogger

    class Notes(DummyLogger):
        def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
            others = ("-momentum", "-weight_decay")  # which a monitor may be told to note, too
            found = {name: value for name, value in metrics.items() if not name.endswith(others)}
            rates.extend(value for name, value in found.items() if name.startswith("lr"))

    return lightning.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        devices=1,
        callbacks=callbacks,
        logger=Notes(),
        log_every_n_steps=1,
        num_sanity_val_steps=0,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=folder,
    )


def _counting(losses: Sequence[float]) -> LightningModule:
    import torch
    from lightning import LightningModule

    class Counting(LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(1))
            self.register_buffer("count", torch.zeros(1))
            self.ran = 0

        def training_step(self, batch: Any, place: int) -> torch.Tensor:
            self.count += 1
            return self.weight.sum()

        def validation_step(self, batch: Any, place: int) -> None:
            self.log("val_loss", torch.tensor(losses[self.ran], dtype=torch.float64))
            self.ran += 1

        def configure_optimizers(self) -> tuple[list, list]:
            optimizer = torch.optim.SGD(self.parameters(), RATE)
            return [optimizer], [torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)]

        def train_dataloader(self) -> Any:
            return torch.utils.data.DataLoader(torch.zeros(1, 1))

        val_dataloader = train_dataloader

    return Counting()
