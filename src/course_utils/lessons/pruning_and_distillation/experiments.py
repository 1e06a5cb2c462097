"""One seed of each comparison: channels cut beside trained small from scratch, soft targets beside hard ones.

What a notebook has no time for is recorded for more seeds by ``benchmarks/pruning_runs.py``, with these functions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from course_utils import pruning, training
from course_utils.lessons.pruning_and_distillation.given import digits16, right
from course_utils.seeds import seeded

if TYPE_CHECKING:
    import torch

WIDE, NARROW, TEACHER = (16, 32, 32), (8, 16, 16), (24, 48, 48)
SHARES = (0.25, 0.5, 0.75)
EPOCHS, TUNED = 6, 2
CUT = "cut"
RENEWED = "cut, statistics renewed"
TRAINED_ON = f"cut, {TUNED} epochs more"
AS_TUNED = f"from scratch, {TUNED} epochs"
AS_ALL = f"from scratch, {EPOCHS + TUNED} epochs"

LABELLED, STEPS, BATCH = 100, 240, 50
TEMPERATURE = 4.0
LABELS_ALONE = "100 labels, no teacher"
SOFT_100 = "soft targets, the same 100 images"
HARD = "hard pseudo-labels, all images"
SOFT = "soft targets, all images"
SAW_ALL, SAW_100 = "a teacher that saw all labels", "a teacher that saw the 100"

Loss = Callable[[Any, Any, Any, float, float], Any]
Found = dict[str, dict[str, float]]


def net(channels: Sequence[int], seed: int, epochs: int, chosen: Any = slice(None), size: int = 32) -> torch.nn.Module:
    """Return a ``PlainNet`` trained on the chosen training digits, in eval mode."""
    from course_utils.lessons.pruning_and_distillation.nets import PlainNet

    seeded(seed)
    made, digits = PlainNet(*channels), digits16()
    images, labels = digits.train_images[chosen], digits.train_labels[chosen]
    training.fit(made, images, labels, epochs=epochs, lr=0.01, batch_size=size, seed=seed)
    return made.eval()


def cut_channels(seed: int, shares: Sequence[float] = SHARES, cut: pruning.Cut | None = None) -> Found:
    """Return accuracies, for each share of channels cut, of one seed: cut, renewed, trained on, and both controls.

    Channels of the first two convolutions of a network of ``WIDE`` are cut. The controls have the shape that is left.

    Args:
        cut: as in exercise 10.4; the course's own by default.
    """
    digits, whole = digits16(), net(WIDE, seed, EPOCHS)
    found = {"none": {CUT: right(whole)}}
    for share in shares:
        small = pruning.without_channels(whole, share, cut)
        row = found[f"{share:.0%}"] = {CUT: right(small)}
        pruning.renew(small, digits.train_images)
        row[RENEWED] = right(small)
        settings = {"epochs": TUNED, "lr": 0.005, "batch_size": 32, "seed": seed}
        training.fit(small, digits.train_images, digits.train_labels, **settings)
        shape = [layer.out_channels for layer in small if hasattr(layer, "out_channels")]
        row[TRAINED_ON] = right(small.eval())
        row[AS_TUNED] = right(net(shape, 1_000 + seed, TUNED))
        row[AS_ALL] = right(net(shape, 1_000 + seed, EPOCHS + TUNED))
    return found


def teach(seed: int, loss: Loss, teachers: Sequence[str] = (SAW_ALL, SAW_100)) -> Found:
    """Return accuracies of small students, of one seed, by teacher and then by what they learned from.

    All students take equally many steps of equally many images, from the same first weights.

    Args:
        loss: as in exercise 10.7.
        teachers: which of the two.
    """
    import torch

    digits, chosen = digits16(), labelled(seed)
    images, labels = digits.train_images, digits.train_labels
    found = {}
    alone = right(student(seed, images[chosen], torch.zeros(LABELLED, 10), labels[chosen], loss, 0.0))
    for name in teachers:
        teacher = net(TEACHER, seed, EPOCHS) if name == SAW_ALL else net(TEACHER, seed, 40, chosen, 25)
        with torch.no_grad():
            scores = teacher(images)
        few, said = (images[chosen], scores[chosen]), scores.argmax(1)
        row = found[name] = {"the teacher": right(teacher), LABELS_ALONE: alone}
        row[SOFT_100] = right(student(seed, *few, labels[chosen], loss, 1.0))
        row[HARD] = right(student(seed, images, scores, said, loss, 0.0))
        row[SOFT] = right(student(seed, images, scores, said, loss, 1.0))
    return found


def labelled(seed: int) -> torch.Tensor:
    """Return which 100 training digits have labels: ten of each, drawn with the seed."""
    import torch

    draw, labels = torch.Generator().manual_seed(seed), digits16().train_labels
    order = torch.randperm(len(labels), generator=draw)
    return torch.cat([order[labels[order] == digit][: LABELLED // 10] for digit in range(10)])


def student(seed: int, images: Any, scores: Any, labels: Any, loss: Loss, alpha: float) -> torch.nn.Module:
    """Return a ``PlainNet`` of ``NARROW`` channels, taught for ``STEPS`` steps, in eval mode.

    Args:
        images: (n, 1, 16, 16); scores: the teacher's, (n, 10); labels: (n,).
        alpha: the weight of the teacher's part in ``loss``.
    """
    import torch

    from course_utils.lessons.pruning_and_distillation.nets import PlainNet

    seeded(seed)
    made, draw = PlainNet(*NARROW).train(), torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(made.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, total_steps=STEPS)
    for _ in range(STEPS):
        batch = torch.randint(len(images), (BATCH,), generator=draw)
        optimizer.zero_grad()
        loss(made(images[batch]), scores[batch], labels[batch], TEMPERATURE, alpha).backward()
        optimizer.step()
        schedule.step()
    return made.eval()
