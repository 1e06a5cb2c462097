"""Training that can be repeated to the bit, and trained networks that are kept."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils.errors import CourseError
from course_utils.seeds import seeded
from course_utils.training.watching import progress_bar

if TYPE_CHECKING:
    import numpy as np
    import torch

BATCH = 256  # images at once where nothing is learned


@dataclass(frozen=True)
class Recipe:
    """How a network is trained: what makes it in ``course_utils.models``, the digits' size, what ``fit`` takes."""

    model: str
    size: int
    epochs: int
    lr: float
    batch_size: int
    seed: int = 0


RECIPES = {
    "cnn": Recipe("DigitCNN", size=16, epochs=8, lr=0.01, batch_size=32),
    "resnet": Recipe("DigitResNet", size=28, epochs=4, lr=0.005, batch_size=32),
    "mobilenet": Recipe("DigitMobileNet", size=28, epochs=4, lr=0.01, batch_size=32),
    "separable": Recipe("separable_net", size=28, epochs=8, lr=0.03, batch_size=32),
}


def fit(
    model: torch.nn.Module,
    images: np.ndarray | torch.Tensor,
    labels: np.ndarray | torch.Tensor,
    *,
    epochs: int,
    lr: float,
    batch_size: int,
    seed: int,
) -> dict[str, list[float]]:
    """Train ``model`` in place with Adam and cross-entropy, on one thread; leave it in training mode.

    The seed is fixed for every source of randomness. It decides the order of the images; the first weights are
    the caller's: call ``seeded`` before making the model, and the same seed gives the same weights, to the bit, on
    the same machine. A progress bar shows on stdout where somebody is watching.

    Source: one-cycle learning rate from L. Smith and N. Topin, "Super-Convergence", arXiv:1708.07120.

    Args:
        model: returns scores (n, classes).
        images: (n, …) float32.
        labels: (n,) integers.
        lr: the highest learning rate, reached after 30 % of the steps.

    Returns:
        ``{"loss": …, "accuracy": …}``, for each epoch the mean over its images, each as its batch was trained on.
    """
    import torch

    images, labels = torch.as_tensor(images), torch.as_tensor(labels)
    rng = seeded(seed)
    steps = epochs * -(-len(images) // batch_size)
    history: dict[str, list[float]] = {"loss": [], "accuracy": []}
    with _one_thread(), torch.inference_mode(False), progress_bar(type(model).__name__, steps) as advance:
        optimizer = torch.optim.Adam(model.parameters(), lr)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps)
        model.train()
        for _ in range(epochs):
            loss_sum = right = 0.0
            for batch in torch.from_numpy(rng.permutation(len(images))).split(batch_size):
                scores = model(images[batch])
                loss = torch.nn.functional.cross_entropy(scores, labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
                loss_sum += loss.item() * len(batch)
                right += (scores.argmax(1) == labels[batch]).sum().item()
                advance()
            history["loss"].append(loss_sum / len(images))
            history["accuracy"].append(right / len(images))
    return history


def accuracy(
    model: Callable[[Any], Any], images: np.ndarray | torch.Tensor, labels: np.ndarray | torch.Tensor
) -> float:
    """Return the share of ``images`` that ``model`` labels rightly, from 0 to 1, asking for 256 at a time.

    Args:
        model: a torch module, which is put in eval mode meanwhile, or any function of the images (such as one that
            runs a session); returns scores (n, classes) or labels (n,).
        images: (n, …); a module gets them as tensors, a function as they are.
        labels: (n,) integers.

    Raises:
        ValueError: no images, more or fewer labels than images, or results of another shape.
    """
    import numpy as np
    import torch

    if len(images) != len(labels) or not len(images):
        raise ValueError(f"{len(images)} images and {len(labels)} labels; there must be as many, and at least one")
    is_module = isinstance(model, torch.nn.Module)
    was_training = is_module and model.training
    if is_module:
        model.eval()
        images = torch.as_tensor(images)
    right = 0
    try:
        with torch.no_grad():
            for start in range(0, len(images), BATCH):
                wanted = np.asarray(labels[start : start + BATCH])
                got = np.asarray(model(images[start : start + BATCH]))
                if got.ndim == 2 and got.shape[1] > 1:
                    got = got.argmax(1)
                if got.shape != wanted.shape:
                    raise ValueError(
                        f"results of shape {got.shape} for {len(wanted)} images; want (n, classes) or (n,)"
                    )
                right += int((got == wanted).sum())
    finally:
        if was_training:
            model.train()
    return right / len(images)


def trained(name: str) -> torch.nn.Module:
    """Return a network trained on the digits, in eval mode: trained at the first call, kept for later ones.

    Weights are kept in the folder that ``COURSE_CACHE`` names, else in the platform's cache folder, under a key of
    all they depend on: the recipe, the code, the versions of torch, NumPy and scikit-learn (with its digits). Of
    several processes that ask at once, one trains and the others wait. The caller's random state stays as it was.

    Args:
        name: "cnn" (16×16), "resnet", "mobilenet" or "separable" (28×28); ``RECIPES`` has their settings.

    Raises:
        CourseError: there is no such network.
    """
    from course_utils import models
    from course_utils.training.keeping import kept

    if name not in RECIPES:
        raise CourseError(f"trained({name!r}): no network of that name; there are: {', '.join(RECIPES)}.")
    recipe = RECIPES[name]

    def build() -> torch.nn.Module:
        seeded(recipe.seed)
        return getattr(models, recipe.model)()

    def train(model: torch.nn.Module) -> None:
        from course_utils.data import digits

        data = digits.__wrapped__(recipe.size, as_tensors=True)
        settings = {key: getattr(recipe, key) for key in ("epochs", "lr", "batch_size", "seed")}
        fit(model, data.train_images, data.train_labels, **settings)

    return kept(name, _key(recipe), build, train).eval()


def _key(recipe: Recipe) -> str:
    versions = {package: version(package) for package in ("torch", "numpy", "scikit-learn")}
    home = Path(__file__).parents[1]
    code = [(home / f"{module}.py").read_text(encoding="utf-8") for module in ("models", "data", "seeds")]
    code += [inspect.getsource(function) for function in (fit, _one_thread)]
    return hashlib.sha256(repr((recipe, versions, code)).encode()).hexdigest()[:16]


@contextmanager
def _one_thread() -> Iterator[None]:
    # Batches this small lose more to the second thread than it brings, the more so on a busy machine.
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
