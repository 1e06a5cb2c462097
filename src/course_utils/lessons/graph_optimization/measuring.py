"""What is timed: folding, fusing and the levels, each against what it was without; and the tensors of a real graph."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils import runtime, tables
from course_utils.lessons.graph_optimization.cases import Ops
from course_utils.lessons.graph_optimization.given import listed
from course_utils.lessons.graph_optimization.networks import LEVELS, Network, digit_mobilenet, saved
from course_utils.timing import Comparison, compare

if TYPE_CHECKING:
    import torch

Fold = Callable[..., Any]
BATCHES = {1: (50, 1.5), 8: (24, 2.0), 32: (12, 3.0)}  # images at once: rounds, and seconds at most


def eager(net: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Return what PyTorch computes, without gradients."""
    import torch

    with torch.inference_mode():
        return net(x)


def fold_network(net: torch.nn.Module, fold_batchnorm: Fold) -> torch.nn.Module:
    """Return a copy of a network in which each BatchNorm2d after a Conv2d is folded into it.

    Args:
        fold_batchnorm: takes weight, bias, gamma, beta, mean, var (float64 arrays; a bias may be None) and eps.
    """
    import torch

    def fold(conv: torch.nn.Conv2d, bn: torch.nn.BatchNorm2d) -> torch.nn.Conv2d:
        tensors = (conv.weight, conv.bias, bn.weight, bn.bias, bn.running_mean, bn.running_var)
        arrays = (None if each is None else each.detach().double().numpy() for each in tensors)
        weight, bias = (torch.tensor(each).float() for each in fold_batchnorm(*arrays, bn.eps))
        folded = copy.deepcopy(conv)
        folded.weight, folded.bias = torch.nn.Parameter(weight), torch.nn.Parameter(bias)
        return folded

    return _replaced(net, fold)


def _replaced(net: torch.nn.Module, fold: Callable[[Any, Any], torch.nn.Module]) -> torch.nn.Module:
    import torch

    net = copy.deepcopy(net)
    for parent in [each for each in net.modules() if isinstance(each, torch.nn.Sequential)]:
        for place in range(len(parent) - 1):
            if isinstance(parent[place], torch.nn.Conv2d) and isinstance(parent[place + 1], torch.nn.BatchNorm2d):
                parent[place], parent[place + 1] = fold(parent[place], parent[place + 1]), torch.nn.Identity()
    return net


def compare_folded(net: torch.nn.Module, yours: torch.nn.Module) -> float:
    """Show eager PyTorch's time for 8 images (8, 1, 28, 28) as trained, folded by you, and folded by PyTorch.

    Returns:
        The time of yours over that of the network as trained.
    """
    import torch

    x = _batch(8)
    nets = {"as trained": net, "folded by you": yours}
    nets["folded by PyTorch"] = _replaced(net, torch.nn.utils.fusion.fuse_conv_bn_eval)
    gaps = {name: float((eager(each, x) - eager(net, x)).abs().max()) for name, each in nets.items()}
    turns = compare({name: partial(eager, each, x) for name, each in nets.items()}, rounds=40, time_limit_s=2)
    rows = [row | {"largest difference": f"{gaps[row['function']]:.1e}"} for row in turns.rows()]
    same = "Both folded rows do the same work: how far their times differ is your machine's noise."
    tables.show(rows, f"{same} {turns.conditions()}")
    return turns.ratio("folded by you").value


def compare_graphs(resnet: Network, yours: Path) -> float:
    """Show nodes, bytes, differences and times for 8 images of a network's graph, of yours, and of ONNX Runtime's.

    Returns:
        The time of yours over that of the graph as exported; all are run as they are written.
    """
    import numpy as np

    x = _batch(8)
    basic, due = saved(resnet.older, "basic"), eager(resnet.net, x).numpy()
    files = {"as exported": resnet.older, "folded by you": yours, "ONNX Runtime, basic": basic}
    calls = {name: _call(runtime.session(file, optimize="disabled"), x) for name, file in files.items()}
    turns, rows = compare(calls, rounds=40, time_limit_s=2), []
    for row, (name, file) in zip(turns.rows(), files.items(), strict=True):
        gap = f"{np.abs(calls[name]()[0] - due).max():.1e}"
        sizes = {"nodes": len(listed(file)), "bytes": f"{file.stat().st_size:,}", "differs from PyTorch by": gap}
        rows.append(
            {"graph, run as it is": name} | sizes | {key: row[key] for key in ("median", "time over the first")}
        )
    tables.show(rows, turns.conditions())
    return turns.ratio("folded by you").value


def compare_levels(path: Path, batches: Mapping[int, int]) -> dict[int, Comparison]:
    """Time the level extended against basic, for each number of images (n, 1, 28, 28).

    Args:
        batches: rounds by number of images.
    """
    sessions = {level: runtime.session(path, optimize=level) for level in ("basic", "extended")}
    found = {}
    for batch, rounds in batches.items():
        calls = {level: _call(each, _batch(batch)) for level, each in sessions.items()}
        found[batch] = compare(calls, rounds=rounds, time_limit_s=2)
    return found


def latency(resnet: Network) -> dict[tuple[str, int], Comparison]:
    """Time DigitResNet and DigitMobileNet in eager PyTorch, in channels-last, and in ONNX Runtime at each level.

    Returns:
        The times against eager's, by network and number of images.
    """
    import torch

    found = {}
    for name, each in (("DigitResNet", resnet), ("DigitMobileNet", digit_mobilenet())):
        sessions = {f"ORT {level}": runtime.session(each.older, optimize=level) for level in LEVELS}
        last = copy.deepcopy(each.net).to(memory_format=torch.channels_last)
        for batch, (rounds, limit) in BATCHES.items():
            x = _batch(batch)
            calls = {"eager": partial(eager, each.net, x)}
            calls["channels-last"] = partial(eager, last, x.to(memory_format=torch.channels_last))
            calls |= {level: _call(opened, x) for level, opened in sessions.items()}
            found[name, batch] = compare(calls, rounds=rounds, time_limit_s=limit)
    return found


def activations_of(path: Path, batch: int) -> tuple[Ops, dict[str, tuple[int, ...]]]:
    """Return the ops and shapes of a graph at a batch size, as ``bytes_moved`` takes them."""
    import onnx

    model = onnx.load(path)
    del model.graph.value_info[:]
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = batch
    graph = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    values = (*graph.input, *graph.value_info, *graph.output)
    shapes = {each.name: tuple(axis.dim_value for axis in each.type.tensor_type.shape.dim) for each in values}
    weights = {each.name for each in graph.initializer}
    ops = [(node.op_type, [each for each in node.input if each not in weights], node.output[0]) for node in graph.node]
    return ops, shapes


def _batch(count: int) -> torch.Tensor:
    import torch

    return torch.rand(count, 1, 28, 28, generator=torch.manual_seed(count))


def _call(session: Any, x: torch.Tensor) -> Callable[[], list[Any]]:
    return partial(session.run, None, {session.get_inputs()[0].name: x.numpy()})
