"""What goes along with a student's function, and sees there what lies between calls: memory, generators, files."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from course_utils.lessons.beside import beside_the_answer
from course_utils.lessons.results_kept import changed, copied

if TYPE_CHECKING:
    import numpy as np
    import torch


@beside_the_answer
def forked(step: Callable[..., Any], samples: np.ndarray, w: np.ndarray, b: np.ndarray, dilation: int) -> list[str]:
    """Go through samples (c_in, t) by steps, from zeros, and from each state thrice: with -x, with 2 x, with x.

    On goes the last, as long as its state has the size it should have. All samples come in one array, which the
    caller uses again.

    Returns:
        in words, which results are no longer what they were when they were returned, and which share memory with the
        state that came in.
    """
    import numpy as np

    state = np.zeros((len(samples), (w.shape[2] - 1) * dilation))
    x_t, made, told = np.empty(len(samples)), [], []
    for x in samples.T:
        came = state
        for factor in (-1.0, 2.0, 1.0):
            x_t[:] = factor * x
            result = step(x_t, came, w, b, dilation)
            made.append((result, copied(result)))
            if np.shares_memory(np.asarray(result[1]), np.asarray(came)):
                told.append(f"the state that step {len(made)} returned lies in the one that came in")
            state = result[1] if factor == 1 else state
        if np.shape(state) != np.shape(came):
            break
    return changed(made, "what step {} returned has changed by the end of all steps") + told


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
