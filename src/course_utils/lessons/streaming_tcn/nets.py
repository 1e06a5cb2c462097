"""The nets of the lesson: one that reads streams of digits, trained once and kept; one as wide as a real one."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from course_utils.data import digits
from course_utils.streams import Stream, signals, stitched

if TYPE_CHECKING:
    import numpy as np
    import torch

    from course_utils.tcn import TCN

PIXELS = 64  # of a digit, and so samples
ANSWERING = 16  # the last samples of a digit, where its label is learned
TIMES = 4  # that each digit is stitched anew
SETTINGS: dict[str, Any] = {"epochs": 4, "lr": 0.01, "batch_size": 32, "seed": 0}
MODULES = ("tcn", "streams", "data", "seeds", "training/__init__", "lessons/streaming_tcn/nets")
PACKAGES = ("torch", "numpy", "scikit-learn")

Prepare = Callable[["np.ndarray", "np.ndarray", "np.random.Generator"], "np.ndarray"]


def read_digits() -> TCN:
    """Return the lesson's net, trained on digits that others precede: at the first call, then kept. In eval mode."""
    from course_utils.training.keeping import kept, key_of

    return kept("streaming_tcn", key_of(MODULES, PACKAGES), new_net, lambda model: train(model, preceded)).eval()


def new_net() -> TCN:
    """Return a net that looks back over 125 samples, nearly two digits, with weights that are always the same."""
    from course_utils.seeds import seeded
    from course_utils.tcn import TCN

    seeded(0)
    return TCN(dilations=(1, 2, 4, 8, 16))


def preceded(one: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a signal (1, t) with the whole of another before it, as in a stream: (1, 2 t)."""
    import numpy as np

    return np.concatenate([other, one], axis=1)


def train(model: TCN, prepare: Prepare, settings: dict[str, Any] = SETTINGS) -> TCN:
    """Train a net in place on the digits as signals, to know each from its last 16 outputs; return it.

    Args:
        prepare: what becomes of a signal, given another and a generator.
    """
    import numpy as np
    import torch

    from course_utils.training import fit

    class Ending(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.model(x)[:, :, -ANSWERING:]

    data, rng = digits(8), np.random.default_rng(0)
    ones = np.concatenate([signals(data.train_images)] * TIMES)
    others = ones[rng.permutation(len(ones))]
    made = np.stack([prepare(one, other, rng) for one, other in zip(ones, others, strict=True)])
    labels = np.repeat(np.concatenate([data.train_labels] * TIMES)[:, None], ANSWERING, axis=1)
    fit(Ending(), made.astype(np.float32), labels, **settings)
    return model.eval()


@cache
def test_stream() -> Stream:
    """Return the 450 test digits as a stream, each of them once."""
    import numpy as np

    data = digits(8)
    return stitched(data.test_images, data.test_labels, np.random.default_rng(11))


def outputs(model: TCN, samples: np.ndarray) -> np.ndarray:
    """Return what a net says after each sample of a stream (1, t): labels (t,)."""
    import torch

    with torch.no_grad():
        return model(torch.from_numpy(samples)[None])[0].argmax(0).numpy()


def wide_net() -> TCN:
    """Return a net of 64 channels that looks back over 1,021 samples: for the clock, so its weights are as drawn."""
    from course_utils.seeds import seeded
    from course_utils.tcn import TCN

    seeded(0)
    return TCN(width=64, dilations=[2**power for power in range(8)]).eval()
