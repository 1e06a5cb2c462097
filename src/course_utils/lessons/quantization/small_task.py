"""The task of exercise 6.7: a dense network on 8×8 digits, trained in float, to be trained through the rounding."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from course_utils import data, expect
from course_utils.lessons.quantization.drawn import digits8
from course_utils.seeds import seeded

if TYPE_CHECKING:
    import torch

SIZES = (64, 128, 64, 10)
TESTED = 450  # images; each stands in test_images twice
FLOAT_STEPS = 150

Forward = Callable[[Any, Any], Any]


def digits_task() -> SimpleNamespace:
    """Return the task: ``net``, trained in float; ``images`` (1347, 64), ``labels``; ``test_images`` (900, 64).

    The 450 test images come twice: as they are, then with each pixel moved to the nearest of four grey levels. A 2-bit
    network rounds its input first, so it cannot tell the copies apart.
    """
    import torch

    small = data.digits(8, as_tensors=True)
    tested = small.test_images.flatten(1)
    seeded(0)
    stack = [layer for pair in pairwise(SIZES) for layer in (torch.nn.Linear(*pair), torch.nn.ReLU())]
    task = SimpleNamespace(
        net=torch.nn.Sequential(*stack[:-1]),
        images=small.train_images.flatten(1),
        labels=small.train_labels,
        test_images=torch.cat([tested, _four_greys(tested)]),
    )
    train(task, task.net, in_float, FLOAT_STEPS)
    return task


def in_float(net: Any, x: torch.Tensor) -> torch.Tensor:
    """Return the scores (n, 10) of net for images x (n, 64)."""
    return net(x)


def train(task: SimpleNamespace, net: Any, forward: Forward, steps: int) -> None:
    """Train net in place on the task's images, with Adam; forward(net, x) returns scores. Always the same batches."""
    import torch

    optimizer = torch.optim.Adam(net.parameters(), lr=0.005)
    draw = torch.Generator().manual_seed(0)
    for _ in range(steps):
        batch = torch.randint(0, len(task.images), (128,), generator=draw)
        loss = torch.nn.functional.cross_entropy(forward(net, task.images[batch]), task.labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def quantized_forward(task: SimpleNamespace, net: Any, x: torch.Tensor, bits: int, quantizer: Any) -> torch.Tensor:
    """Return the scores (n, 10) of net for images x (n, 64), weights and the layers' inputs quantized.

    The scales come from ``task.net`` and the task's images, and stay.

    Args:
        quantizer: called as ``quantizer(tensor, scale, zero_point, bits)``; it returns a tensor of the same shape.
    """
    import torch

    seen = task.images
    for layer, trained_layer in zip(net, task.net, strict=True):
        if isinstance(layer, torch.nn.Linear):
            top_weight, top_input = trained_layer.weight.detach().abs().max(), seen.max()
            weight = quantizer(layer.weight, top_weight / (2 ** (bits - 1) - 1), 2 ** (bits - 1), bits)
            x = torch.nn.functional.linear(quantizer(x, top_input / (2**bits - 1), 0, bits), weight, layer.bias)
        else:
            x = layer(x)
        seen = trained_layer(seen).detach()
    return x


@contextmanager
def renamed(task: SimpleNamespace, digits: list[int]) -> Iterator[tuple[torch.Tensor, Any]]:
    """Yield (labels, net) of the task in which digit k is called digits[k]; afterwards the task has its own again.

    Written ``with renamed(task, digits) as (task.labels, task.net):`` it renames them for the block.
    """
    import torch

    kept, order, net = (task.labels, task.net), torch.argsort(torch.tensor(digits)), copy.deepcopy(task.net)
    net[-1].load_state_dict({name: value[order] for name, value in net[-1].state_dict().items()})
    try:
        yield torch.tensor(digits)[task.labels], net
    finally:
        task.labels, task.net = kept


def weights_of(net: Any) -> dict[str, torch.Tensor]:
    """Return a network's weights and biases by name, copied."""
    return {name: value.clone() for name, value in net.state_dict().items()}


def expect_untrained(net: Any, before: dict[str, torch.Tensor], what: str) -> None:
    """Expect that a network still has the weights that it had before.

    Raises:
        expect.Unmet: it has others.
    """
    now = expect.after(net).state_dict()
    same = all(bool((now[name] == value).all()) for name, value in before.items())
    likely = "train a copy of it; if you called it yourself, run the cell that makes `task` again"
    expect.true(same, what, expected="unchanged", got="trained", likely=likely)


def accuracy(labels: Any, names: list[int]) -> float:
    """Return the share of the 450 test images that carry the right one of these names."""
    import numpy as np

    right = np.array(names)[digits8().test_labels]
    return float(np.mean(np.asarray(labels)[:TESTED] == right))


def told_apart(labels: Any) -> int:
    """Return how many of the 450 test images have another label than their copy in four greys."""
    import numpy as np

    labels = np.asarray(labels)
    return int((labels[:TESTED] != labels[TESTED:]).sum())


def _four_greys(x: torch.Tensor) -> torch.Tensor:
    """Return x with each pixel moved to the nearest of 0, 1/3, 2/3 and 1, except those half-way between two."""
    import torch

    return torch.where(x == 0.5, x, torch.round(3 * x) / 3)
