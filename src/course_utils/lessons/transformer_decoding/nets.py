"""The decoders of the lesson: one that adds, trained once and kept; one that guesses for it; a wide one to time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from course_utils import sums

if TYPE_CHECKING:
    import numpy as np

    from course_utils.decoder import Decoder

PLACES = 32  # more than a sum needs: guesses may go beyond its end
ADDER = {"width": 64, "layers": 2, "heads": 4}
DRAFT = {"width": 32, "layers": 1, "heads": 4}
STEPS = {"adder": 1_000, "draft": 800}  # with 700, one adder of three on an AMD EPYC wrote four sums of five
RATES = {"adder": 0.004, "draft": 0.016}  # the highest learning rate
BATCH = 128
MODULES = ("decoder", "decoding", "sums", "seeds", "lessons/transformer_decoding/nets")
PACKAGES = ("torch", "numpy")


def adder() -> Decoder:
    """Return the model that adds: at the first call it is trained, then kept. In eval mode."""
    return _kept("adder", ADDER)


def draft() -> Decoder:
    """Return the one that guesses for it, smaller and less often right; trained and kept as the adder is."""
    return _kept("draft", DRAFT)


def new_net(shape: dict[str, int], seed: int = 0) -> Decoder:
    """Return a decoder of characters with weights that are always the same for a seed."""
    from course_utils.decoder import Decoder
    from course_utils.seeds import seeded

    seeded(seed)
    return Decoder(len(sums.CHARACTERS), PLACES, **shape)


def wide_params(places: int) -> dict[str, Any]:
    """Return the weights of a decoder of 4 layers, width 128, as drawn: for the clock."""
    from course_utils.decoder import Decoder, parameters_of
    from course_utils.seeds import seeded

    seeded(0)
    return parameters_of(Decoder(len(sums.CHARACTERS), places, width=128, layers=4, heads=4))


def train(model: Decoder, steps: int, rate: float, seed: int = 0) -> None:
    """Teach a decoder sums, in place, on one thread: only what follows "=" is learned, one character from all before.

    Args:
        steps: batches of 128 sums, drawn from those that are not kept unseen.
        rate: the highest learning rate.
    """
    import torch

    from course_utils.seeds import seeded
    from course_utils.training.watching import progress_bar

    rng = seeded(seed)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        optimizer = torch.optim.Adam(model.parameters(), rate, betas=(0.9, 0.98))
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps, pct_start=0.2)
        with torch.inference_mode(False), progress_bar("a model that adds", steps) as advance:
            for _ in range(steps):
                batch = torch.from_numpy(sums.drawn(rng, BATCH))
                scores = model(batch[:, :-1])[:, sums.PROMPT - 1 :]
                loss = torch.nn.functional.cross_entropy(scores.flatten(0, 1), batch[:, sums.PROMPT :].flatten())
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
                advance()
    finally:
        torch.set_num_threads(before)


def right(model: Decoder, unseen: np.ndarray) -> float:
    """Return the share of sums (n, LENGTH) that a decoder writes rightly, END included, each character its best."""
    import torch

    wanted = torch.from_numpy(unseen)
    got = wanted[:, : sums.PROMPT]
    with torch.no_grad():
        while got.shape[1] < wanted.shape[1]:
            got = torch.cat([got, model(got)[:, -1:].argmax(-1)], dim=1)
    return float((got == wanted).all(1).float().mean())


def answering(model: Decoder) -> Callable[[list[int]], list[int]]:
    """Return a function of tokens to the tokens that a decoder would say next, after each of them."""
    import torch

    def said(tokens: list[int]) -> list[int]:
        with torch.inference_mode():
            return model(torch.tensor([tokens]))[0].argmax(-1).tolist()

    return said


def _kept(name: str, shape: dict[str, int]) -> Decoder:
    from course_utils.training.keeping import kept, key_of

    def teach(model: Decoder) -> None:
        train(model, STEPS[name], RATES[name])

    return kept(f"decoder_{name}", key_of(MODULES, PACKAGES), lambda: new_net(shape), teach).eval()
