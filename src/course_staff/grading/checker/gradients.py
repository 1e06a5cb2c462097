"""Gradients through a student's function: they pass backward to the arguments, though it ran in another process.

The student's process keeps the graph of a call whose arguments want gradients. In the checker the result hangs on these
arguments by one node, whose backward asks the student's process for the gradients and takes plain tensors alone.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

WITHOUT = frozenset({int, float, bool, str, bytes, type(None), np.ndarray})  # what holds no tensor
KEPT = 16  # calls whose graphs the student's process keeps
Ask = Callable[[list], Any]


def wanting(value: Any) -> list:
    """Return the tensors in lists, tuples and dicts that want a gradient, in order."""
    torch = sys.modules.get("torch")
    found: list[Any] = []
    if torch is not None:
        _gather(value, (torch.Tensor, torch.nn.Parameter), found)
    return found


def _gather(value: Any, tensors: tuple, found: list) -> None:
    # Most arguments of most calls are numbers and arrays: a thousand steps of an optimizer ask this a thousand times.
    kind = type(value)
    if kind in tensors:
        if value.requires_grad:
            found.append(value)
    elif kind in (dict, list, tuple):
        for part in value.values() if kind is dict else value:
            if type(part) not in WITHOUT:
                _gather(part, tensors, found)


def results(value: Any) -> list:
    """Return those tensors in a result that a gradient can come from; a parameter is where one ends."""
    torch = sys.modules.get("torch")
    return [tensor for tensor in wanting(value) if type(tensor) is torch.Tensor]


def attached(result: Any, inputs: list, ask: Ask) -> Any:
    """Return ``result`` with its tensors that want a gradient hung on ``inputs``.

    Args:
        ask: called in backward with the gradients of these tensors, None where there is none; returns those of inputs.
    """
    outputs = results(result) if inputs else []
    if not outputs:
        return result
    hung = _node().apply(ask, len(inputs), *inputs, *(each.detach() for each in outputs))
    return _replaced(result, {id(old): new for old, new in zip(outputs, hung, strict=True)})


def _replaced(value: Any, new: dict[int, Any]) -> Any:
    if type(value) is dict:
        return {key: _replaced(each, new) for key, each in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_replaced(each, new) for each in value)
    return new.get(id(value), value)


@functools.cache
def _node() -> Any:
    import torch

    class Elsewhere(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, ask: Ask, count: int, *tensors: Any) -> tuple:
            ctx.ask, ctx.like = ask, [(each.shape, each.dtype) for each in tensors[:count]]
            ctx.outputs = len(tensors) - count
            ctx.set_materialize_grads(False)
            return tuple(each.clone() for each in tensors[count:])

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx: Any, *gradients: Any) -> tuple:
            found = ctx.ask(list(gradients))
            if type(found) is not list or len(found) != len(ctx.like):
                raise RuntimeError("no gradients came")
            for each, like in zip(found, ctx.like, strict=True):
                if each is not None and (type(each) is not torch.Tensor or (each.shape, each.dtype) != like):
                    raise RuntimeError("a gradient came that does not fit its argument")
            return None, None, *found, *[None] * ctx.outputs

    return Elsewhere


class Graphs:
    """The graphs of the last calls, in the student's process."""

    def __init__(self) -> None:
        self.kept: dict[int, tuple[list, list]] = {}

    def keep(self, number: int, inputs: list, result: Any) -> None:
        """Keep what the call of this number got and returned."""
        self.kept[number] = inputs, results(result)
        while len(self.kept) > KEPT:
            del self.kept[next(iter(self.kept))]

    def backward(self, number: int, gradients: list) -> list:
        """Return the gradients of a call's arguments, from those of its results.

        Raises:
            RuntimeError: a backward wrote into a gradient that it was given; in one process others may read that, too.
        """
        import torch

        inputs, outputs = self.kept[number]
        before = [each.grad for each in inputs]
        for each in inputs:
            each.grad = None
        pairs = [pair for pair in zip(outputs, gradients, strict=True) if pair[1] is not None]
        written = [gradient._version for _, gradient in pairs]
        try:
            torch.autograd.backward([out for out, _ in pairs], [gradient for _, gradient in pairs], retain_graph=True)
            if written != [gradient._version for _, gradient in pairs]:
                raise RuntimeError("backward wrote into the gradient that it was given: make a new tensor")
            return [each.grad for each in inputs]
        finally:
            for each, old in zip(inputs, before, strict=True):
                each.grad = old
