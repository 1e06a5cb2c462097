"""What a call leaves changed in the module that it is handed: hooks, modes, layers, weights; told in words."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from course_utils import expect
from course_utils.lessons.beside import beside_the_answer
from course_utils.lessons.efficient_architectures.sharing import memory, tensors_of

if TYPE_CHECKING:
    import torch

HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
GLOBAL = ("_global_forward_hooks", "_global_forward_pre_hooks", "_global_backward_hooks")


@beside_the_answer
def left_by(call: Callable[..., Any], model: torch.nn.Module, *args: Any, fails: bool = False) -> list[str]:
    """Call ``call(model, *args)``; return, in words, what is no longer as it was in the model: nothing, one hopes.

    Where the call returns a module, tensors that it shares with the model are told, too.

    Args:
        fails: the call is meant to raise an error, as the model does by itself with these arguments.
    """
    import torch

    with torch.enable_grad():  # whatever an earlier call left
        before = _state(model)
        try:
            made = call(model, *args)
        except NotImplementedError:
            raise
        except Exception:
            if not fails:
                raise
            made = None
        told = _changes(before, _state(model))
    if isinstance(made, torch.nn.Module):
        shared = {memory(tensor) for tensor in tensors_of(model).values()}
        told += [
            f"{name} of the result is the model's own" for name, t in tensors_of(made).items() if memory(t) in shared
        ]
    return told


@beside_the_answer
def made_by(call: Callable[[torch.nn.Module], Any], model: torch.nn.Module) -> Any:
    """Return a copy of the module that a call makes of a copy of ``model``.

    What the call does to its argument is another matter, which ``left_by`` tells; and where it returns that argument,
    it is not taken for the module that was lent.
    """
    return copy.deepcopy(call(copy.deepcopy(model)))


def state_of(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Return copies of all tensors of a module, by name."""
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


def expect_untouched(model: torch.nn.Module, before: dict[str, torch.Tensor], what: str) -> None:
    """Expect that a module that a function was lent still holds the numbers that it held.

    Raises:
        Unmet: one of its tensors has changed.
    """
    now = expect.after(model).state_dict()
    likely = "your function changes the module that it is given"
    for name, tensor in before.items():
        expect.close(now[name], tensor, f"{name} after {what}", atol=0.0, likely=likely)


def _state(model: torch.nn.Module) -> dict[str, dict[str, Any]]:
    """Return all that must stay, by place and by what is said where it did not."""
    import torch
    from torch.nn.modules import module as of_torch

    everywhere: dict[str, Any] = {"a hook stays, or is gone": [len(getattr(of_torch, hooks)) for hooks in GLOBAL]}
    everywhere["gradients are turned off, or on"] = torch.is_grad_enabled()
    found: dict[str, dict[str, Any]] = {"every module there is": everywhere}
    for name, layer in model.named_modules(remove_duplicate=False):
        about: dict[str, Any] = {"another layer stands there": id(layer)}
        about["its mode changed (train or eval)"] = layer.training
        about["a hook stays, or is gone"] = [list(map(id, getattr(layer, hooks).values())) for hooks in HOOKS]
        about["its forward was replaced"] = "forward" in vars(layer)
        for key, tensor in (*layer.named_parameters(recurse=False), *layer.named_buffers(recurse=False)):
            about[f"its {key} changed"] = tensor.detach().clone()
            about[f"its {key}: requires_grad changed"] = tensor.requires_grad
            about[f"its {key} is another tensor"] = id(tensor)
            about[f"its {key} has a gradient, or has lost it"] = tensor.grad is None
        about["an attribute came, or is gone"] = sorted((*vars(layer), *layer._parameters, *layer._buffers))
        found[name or "the model itself"] = about
    return found


def _changes(before: dict[str, dict[str, Any]], now: dict[str, dict[str, Any]]) -> list[str]:
    """Return a sentence for each place at which something changed: the first that is to be said."""
    told = [f"{place}: a new layer" for place in now.keys() - before.keys()]
    for place, about in before.items():
        left = now.get(place, {})
        changed = [said for said, was in about.items() if said not in left or not _same(was, left[said])]
        told += [f"{place}: {said}" for said in changed[:1]]
    return sorted(told)


def _same(one: Any, other: Any) -> bool:
    import torch

    if isinstance(one, torch.Tensor):
        return one.dtype == other.dtype and torch.equal(one, other)
    return one == other
