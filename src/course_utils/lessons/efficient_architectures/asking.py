"""What must be asked where the function is: one module in several calls, and the tensors of a module that it makes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from course_utils.lessons.beside import beside_the_answer
from course_utils.lessons.efficient_architectures.sharing import tensors_of

if TYPE_CHECKING:
    import torch


@beside_the_answer
def in_a_row(call: Callable[..., Any], model: torch.nn.Module, others: Sequence[Any]) -> list[Any]:
    """Return what ``call(model, other)`` gives for each of the others, with one and the same module."""
    return [call(model, other) for other in others]


@beside_the_answer
def tensors_in(call: Callable[..., Any], *args: Any, images: torch.Tensor | None = None) -> dict[str, str]:
    """Return what the tensors of the module are that ``call(*args)`` makes: ``"float32, learned"``, by name.

    Args:
        images: the module is run on them, in the mode that it is in; a parameter that gets no gradient is told.
    """
    import torch

    made = call(*args)
    if images is not None:
        with torch.enable_grad():
            made(images.clone()).square().sum().backward()
    kinds = {}
    for name, tensor in tensors_of(made).items():
        kinds[name] = str(tensor.dtype).removeprefix("torch.")
        if isinstance(tensor, torch.nn.Parameter):
            reached = tensor.requires_grad and (images is None or tensor.grad is not None)
            kinds[name] += ", learned" if reached else ", frozen"
    return kinds
