"""What results share that should be each one's own: memory of tensors, lists, objects; told in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from course_utils.lessons.beside import beside_the_answer

if TYPE_CHECKING:
    import torch


@beside_the_answer
def shared_by(call: Callable[..., Any], *args: Any) -> list[str]:
    """Call ``call(*args)`` twice; return, in words, what of the second result is not its own: nothing, one hopes.

    Two tensors of one result that lie in the same memory are told, too.
    """
    first, second = call(*args), call(*args)  # both are held: so no memory is used again
    before = {key: f"{name} of an earlier call" for name, key in _held(first, "the result")}
    told = []
    for name, key in _held(second, "the result"):
        told += [f"{name} is {before[key]}"] if key in before else []
        before.setdefault(key, f"{name}, too")
    return told


def tensors_of(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Return all parameters and buffers of a module, by each name that they have."""
    parameters = module.named_parameters(remove_duplicate=False)
    return dict((*parameters, *module.named_buffers(remove_duplicate=False)))


def memory(tensor: torch.Tensor) -> int:
    """Return where a tensor's numbers lie: the same for all tensors that are parts of one."""
    return tensor.untyped_storage().data_ptr() or id(tensor)  # an empty tensor lies nowhere


def _held(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield what is the value's own, each with its name and what says which one it is."""
    import torch

    if value is None or isinstance(value, (str, int, float)):
        return
    yield name, id(value)
    if isinstance(value, torch.nn.Module):
        yield from ((f"{name}.{inner}", ("memory", memory(tensor))) for inner, tensor in tensors_of(value).items())
    for place, part in enumerate(value if isinstance(value, (list, tuple)) else ()):
        yield from _held(part, f"{name}[{place}]")
