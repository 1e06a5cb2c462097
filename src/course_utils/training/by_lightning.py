"""PyTorch Lightning without noise: a Trainer that says nothing, and logs to files that no earlier run is lost to."""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lightning import Trainer

SAID_BY = ("lightning", "lightning.pytorch", "lightning.fabric")  # its loggers
BOARDS = ("tensorboard", "tensorboardX")  # what TensorBoard's files can be written with


def quiet_trainer(folder: Path, epochs: int, callbacks: Sequence[Any] = (), **settings: Any) -> Trainer:
    """Return a Trainer on one CPU that prints nothing: no bar, no summary, no line of log, no warning of Lightning's.

    It logs to a CSV file and, where TensorBoard is installed, for that as well.

    Args:
        folder: where logs go, and checkpoints that name no folder of their own; see ``fresh_folder``.
        epochs: at most.
        settings: further ones of ``Trainer``, such as ``log_every_n_steps``.
    """
    for name in SAID_BY:
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"lightning\.")
    import lightning
    from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger

    loggers: list[Any] = [CSVLogger(folder, name="csv")]
    if any(map(find_spec, BOARDS)):
        loggers.append(TensorBoardLogger(folder, name="tensorboard"))
    usual = {"accelerator": "cpu", "devices": 1, "log_every_n_steps": 1, "num_sanity_val_steps": 0}
    silent = {"enable_progress_bar": False, "enable_model_summary": False}
    return lightning.Trainer(
        max_epochs=epochs,
        callbacks=list(callbacks),
        logger=loggers,
        default_root_dir=folder,
        **(usual | silent | settings),
    )


def fresh_folder(folder: Path) -> Path:
    """Return a new, empty folder below ``folder``: a run that finds an older one's checkpoint numbers its own anew."""
    folder.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix="run-", dir=folder))
