"""What the tests of 10.3 and 10.4 are made of: small networks and batches drawn anew, joints of two convolutions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from course_utils import expect

if TYPE_CHECKING:
    import numpy as np
    import torch

    from course_utils.lessons.pruning_and_distillation.nets import Watched

CLASSES = 3


def drawn_net(rng: np.random.Generator) -> torch.nn.Module:
    """Return a network in float64 and eval mode, images (n, 1, 4, 4) to scores (n, 3), weights from ``rng``.

    Its parameters with a mask to be are "0.weight" (4, 1, 3, 3) and "4.weight" (3, 16).
    """
    import torch
    from torch import nn

    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(16, CLASSES)).double()
    for tensor in (*net.parameters(), net[1].running_mean):
        tensor.data = torch.from_numpy(rng.uniform(-1, 1, tensor.shape))
    net[1].running_var.copy_(torch.from_numpy(rng.uniform(0.5, 2, 4)))
    return net.eval()


def drawn_dense(rng: np.random.Generator) -> torch.nn.Module:
    """Return one dense layer in float64 and eval mode, for the same images; its parameters are "weight" and "bias"."""
    import torch

    from course_utils.lessons.pruning_and_distillation.nets import OnPixels

    net = OnPixels(16, CLASSES).double()
    for tensor in net.parameters():
        tensor.data = torch.from_numpy(rng.uniform(-1, 1, tensor.shape))
    return net.eval()


def drawn_masks(rng: np.random.Generator, net: torch.nn.Module, *names: str) -> dict[str, np.ndarray]:
    """Return bool arrays for the parameters of these names, about half of them off; none all on or all off."""
    import numpy as np

    masks = {}
    for name in names:
        shape = tuple(net.get_parameter(name).shape)
        mask = np.arange(int(np.prod(shape))) % 2 == int(rng.integers(2))
        masks[name] = rng.permutation(mask).reshape(shape)
    return masks


def drawn_batches(rng: np.random.Generator, count: int, n: int = 6) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Return ``count`` batches of images (n, 1, 4, 4) float64 and labels (n,) int64."""
    import torch

    return [
        (torch.from_numpy(rng.normal(size=(n, 1, 4, 4))), torch.from_numpy(rng.integers(0, CLASSES, n)))
        for _ in range(count)
    ]


def watched(net: torch.nn.Module, masks: dict[str, np.ndarray]) -> tuple[Watched, dict[str, np.ndarray]]:
    """Return ``net`` in a module that remembers the off weights it was run with, and the masks by its names."""
    import torch

    from course_utils.lessons.pruning_and_distillation.nets import Watched

    watching = Watched(net, {name: torch.from_numpy(mask) for name, mask in masks.items()})
    return watching.train(net.training), {f"net.{name}": mask for name, mask in masks.items()}


def state(model: Any) -> dict[str, Any]:
    """Return copies of all that a module holds, by name, as the calls so far left it."""
    return {name: value.clone() for name, value in expect.after(model).state_dict().items()}


def expect_state(model: Any, wanted: dict[str, Any], what: str, likely: str = "", atol: float = 0.0) -> None:
    """Expect that a module holds these tensors, by name.

    Raises:
        expect.Unmet: it holds others.
    """
    found = state(model)
    expect.equal(sorted(found), sorted(wanted), f"the names of what {what} holds")
    for name, value in wanted.items():
        expect.close(found[name], value, f"{name} of {what}", atol=atol, likely=likely)


def expect_off(model: Any, masks: dict[str, np.ndarray], what: str) -> None:
    """Expect that a module's weights are exactly 0 where their mask, by name, is False.

    Raises:
        expect.Unmet: some are not.
    """
    import torch

    found = state(model)
    for name, mask in masks.items():
        expect.true(name in found, f"{name} of {what}", expected="a parameter of that name", got=sorted(found))
        largest = float(found[name][torch.from_numpy(~mask)].abs().max())
        likely = "set them to 0 after each step, the last one included"
        expect.close(largest, 0.0, f"the largest off weight in {name} of {what}", atol=0, likely=likely)


def drawn_joint(
    rng: np.random.Generator,
    channels: int,
    biased: bool = True,
    then: dict[str, Any] | None = None,
    **settings: Any,
) -> tuple[Any, Any, Any]:
    """Return a Conv2d(3, channels), BatchNorm2d and Conv2d(channels, 2) in eval mode, everything in them from ``rng``.

    Args:
        biased: whether the convolutions have biases.
        then: settings of the second convolution where they are not those of the first.
        settings: of both convolutions, as ``nn.Conv2d`` takes them; ``eps`` and ``momentum`` are the norm's.
    """
    import torch
    from torch import nn

    of_norm = {name: settings.pop(name) for name in ("eps", "momentum") if name in settings}
    settings = {"kernel_size": 3, "bias": biased} | settings
    first, second = nn.Conv2d(3, channels, **settings), nn.Conv2d(channels, 2, **settings | (then or {}))
    norm = nn.BatchNorm2d(channels, **of_norm)
    for tensor in (*first.parameters(), *norm.parameters(), *second.parameters(), norm.running_mean):
        tensor.data = torch.from_numpy(rng.uniform(-1, 1, tensor.shape)).float()
    norm.running_var.copy_(torch.from_numpy(rng.uniform(0.5, 2, channels)))
    norm.num_batches_tracked.fill_(int(rng.integers(1, 100)))
    return first.eval(), norm.eval(), second.eval()


def with_others_at_zero(joint: tuple[Any, Any, Any], keep: list[int], x: torch.Tensor) -> torch.Tensor:
    """Return what a joint makes of images when all channels but ``keep`` are set to 0 behind the norm and its ReLU."""
    import torch

    first, norm, second = joint
    with torch.no_grad():
        inside = torch.relu(norm(first(x)))
        inside[:, [each for each in range(inside.shape[1]) if each not in keep]] = 0
        return second(inside)


def through(joint: Any, x: torch.Tensor) -> torch.Tensor:
    """Return what a cut joint makes of images, with a ReLU behind the norm."""
    import torch

    first, norm, second = joint
    with torch.no_grad():
        return second(torch.relu(norm(first(x).detach()).detach()))
