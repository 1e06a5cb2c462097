"""Networks with fewer channels: those that a norm scales least are cut out, and the rest can be trained on.

Source: Z. Liu et al., "Learning Efficient Convolutional Networks through Network Slimming", ICCV 2017. Before a norm
the size of a filter says nothing: the norm divides by it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from course_utils.withheld import answer_to

if TYPE_CHECKING:
    from torch import Tensor, nn

Cut = Callable[..., tuple[Any, Any, Any]]
Joint = tuple[Any, int, int]  # an nn.Sequential, and where in it the two convolutions stand


@answer_to("10.4")
def cut_channels(
    first: nn.Conv2d, norm: nn.BatchNorm2d, second: nn.Conv2d, keep: Sequence[int]
) -> tuple[nn.Conv2d, nn.BatchNorm2d, nn.Conv2d]:
    """Return copies in which only the channels ``keep`` go from the first convolution through the norm to the second.

    Args:
        first, second: without groups; what lies between them acts on each channel alone and leaves zeros zero.
        keep: channels, in the order that they shall have.
    """
    from torch import nn

    first, norm, second = copy.deepcopy((first, norm, second))
    for module, names in ((first, ("weight", "bias")), (norm, ("weight", "bias", "running_mean", "running_var"))):
        for name in names:
            old = getattr(module, name)
            if old is not None:
                new = old.detach()[list(keep)]
                setattr(module, name, nn.Parameter(new) if isinstance(old, nn.Parameter) else new)
    second.weight = nn.Parameter(second.weight.detach()[:, list(keep)])
    first.out_channels = norm.num_features = second.in_channels = len(keep)
    return first, norm, second


def largest_channels(norm: nn.BatchNorm2d, share: float) -> list[int]:
    """Return which channels stay, in ascending order, when ``share`` of them, the smallest by their scale, is cut.

    At least one stays.
    """
    scales = norm.weight.detach().abs()
    many = max(1, len(scales) - round(share * len(scales)))
    return sorted(scales.argsort(descending=True, stable=True)[:many].tolist())


def joints(net: nn.Module) -> Iterator[Joint]:
    """Yield where channels can be cut: a convolution, its norm, ReLU and pooling alone, then another convolution.

    Each is an ``nn.Sequential`` in ``net``, and the places of its two convolutions; the norm follows the first.
    """
    from torch import nn

    between = (nn.ReLU, nn.MaxPool2d)
    for chain in [each for each in net.modules() if isinstance(each, nn.Sequential)]:
        layers = list(chain)
        for place in range(len(layers) - 2):
            if not (_is_plain(layers[place]) and isinstance(layers[place + 1], nn.BatchNorm2d)):
                continue
            behind = place + 2
            while behind < len(layers) and isinstance(layers[behind], between):
                behind += 1
            if behind < len(layers) and _is_plain(layers[behind]):
                yield chain, place, behind


def without_channels(net: nn.Module, share: float, cut: Cut | None = None) -> nn.Module:
    """Return a copy of ``net`` in which ``share`` of the channels of every joint is cut, those with the least scale.

    Args:
        cut: what cuts, as ``cut_channels``; that by default.
    """
    cut = cut or cut_channels.__wrapped__
    net = copy.deepcopy(net)
    for chain, place, behind in joints(net):
        keep = largest_channels(chain[place + 1], share)
        chain[place], chain[place + 1], chain[behind] = cut(chain[place], chain[place + 1], chain[behind], keep)
    return net


def renew(net: nn.Module, images: Tensor) -> None:
    """Measure the running statistics of every norm again, on these images; nothing is trained."""
    import torch
    from torch import nn

    norms = [each for each in net.modules() if isinstance(each, nn.BatchNorm2d)]
    settings = [each.momentum for each in norms], net.training
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the mean over all batches
    with torch.no_grad():
        for batch in images.split(128):
            net.train()(batch)
    for norm, momentum in zip(norms, settings[0], strict=True):
        norm.momentum = momentum
    net.train(settings[1])


def _is_plain(module: nn.Module) -> bool:
    from torch import nn

    return isinstance(module, nn.Conv2d) and module.groups == 1
