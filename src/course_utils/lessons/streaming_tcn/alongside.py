"""What goes along with a student's function, and sees there what lies between calls: memory, generators, files."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from course_utils.lessons.beside import beside_the_answer

if TYPE_CHECKING:
    import numpy as np
    import torch


@beside_the_answer
def results_kept(function: Callable[..., Any], *calls: tuple, again: bool = True) -> list[str]:
    """Call ``function(*call)`` for each of the calls; return, in words, which results did not stay what they were.

    A result is not to change when the function is called again, nor to come back as its caller has since left it.

    Args:
        again: the calls give the same when they are made once more, after their results were written into.
    """
    import torch

    def made() -> list[tuple[Any, Any]]:
        with torch.no_grad():
            results = (function(*map(copied, call)) for call in calls)
            return [(result, copied(result)) for result in results]

    first = made()
    told = _changed(first, "the result of call {} has changed by the end of all calls")
    if again:
        for result, _ in first:
            _overwrite(result)
        pairs = [(now, then) for (_, now), (_, then) in zip(made(), first, strict=True)]
        told += _changed(pairs, "call {} gives something else, once its caller has written into the result")
    return told


@beside_the_answer
def forked(step: Callable[..., Any], samples: np.ndarray, w: np.ndarray, b: np.ndarray, dilation: int) -> list[str]:
    """Go through samples (c_in, t) by steps, from zeros, and from each state thrice: with -x, with x, with 2 x.

    On goes the second, as long as its state has the size it should have. All samples come in one array, which the
    caller uses again.

    Returns:
        in words, which results are no longer what they were when they were returned.
    """
    import numpy as np

    state = np.zeros((len(samples), (w.shape[2] - 1) * dilation))
    x_t, made = np.empty(len(samples)), []
    for x in samples.T:
        came = state
        for factor in (-1.0, 1.0, 2.0):
            x_t[:] = factor * x
            result = step(x_t, came, w, b, dilation)
            made.append((result, copied(result)))
            state = result[1] if factor == 1 else state
        if np.shape(state) != np.shape(came):
            break
    return _changed(made, "what step {} returned has changed by the end of all steps")


@beside_the_answer
def convolutions_of(block: torch.nn.Module) -> list[str]:
    """Return which attributes of a module are ``nn.Conv1d`` layers, or of a class made from it: names, sorted."""
    import torch

    return sorted(name for name, each in block.named_children() if isinstance(each, torch.nn.Conv1d))


@beside_the_answer
def gradients_of(block: torch.nn.Module, x: torch.Tensor) -> dict[str, torch.Tensor]:
    """Return the gradients of the sum of a module's outputs by its parameters and by ``x``; zeros where none comes."""
    import torch

    x = x.detach().clone().requires_grad_()
    with torch.enable_grad():
        made = block(x).sum()
    leaves = {**dict(block.named_parameters()), "x": x}
    if not made.requires_grad:
        return {name: torch.zeros_like(each).detach() for name, each in leaves.items()}
    found = torch.autograd.grad(made, list(leaves.values()), allow_unused=True)
    pairs = zip(leaves.items(), found, strict=True)
    return {name: torch.zeros_like(each).detach() if grad is None else grad for (name, each), grad in pairs}


def copied(value: Any) -> Any:
    """Return a copy of arrays, tensors, generators, and lists and tuples of such; what it is else, itself."""
    import copy

    import numpy as np
    import torch

    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, (np.ndarray, np.random.Generator)):
        return copy.deepcopy(value)
    return type(value)(map(copied, value)) if type(value) in (list, tuple) else value


def _changed(pairs: list[tuple[Any, Any]], words: str) -> list[str]:
    return [words.format(number) for number, (now, then) in enumerate(pairs, start=1) if not same(now, then)]


def same(one: Any, other: Any, atol: float = 1e-6) -> bool:
    """Say whether two results hold the same numbers, to five digits or within ``atol``."""
    import numpy as np

    if type(one) in (list, tuple):
        return len(one) == len(other) and all(same(*pair, atol) for pair in zip(one, other, strict=True))
    one, other = (each.detach().numpy() if hasattr(each, "detach") else np.asarray(each) for each in (one, other))
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=1e-5, atol=atol))


def _overwrite(value: Any) -> None:
    import numpy as np
    import torch

    if type(value) in (list, tuple):
        for each in value:
            _overwrite(each)
    elif isinstance(value, torch.Tensor):
        value.detach().fill_(77)
    elif isinstance(value, np.ndarray) and value.flags.writeable:
        value.fill(77)
