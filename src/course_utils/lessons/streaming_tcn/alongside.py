"""What goes along with a student's function, and sees there what lies between calls: memory, generators, files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils.lessons.beside import beside_the_answer

if TYPE_CHECKING:
    import numpy as np
    import torch

    from course_utils.tcn import TCN


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
            results = (function(*map(_copied, call)) for call in calls)
            return [(result, _copied(result)) for result in results]

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
            made.append((result, _copied(result)))
            state = result[1] if factor == 1 else state
        if np.shape(state) != np.shape(came):
            break
    return _changed(made, "what step {} returned has changed by the end of all steps")


@beside_the_answer
def numbers_taken(clip_and_stitch: Callable[..., Any], most: int, t: int, seed: int, draws: int) -> list[int]:
    """Return how many samples are replaced in each of several draws, one after the other from one generator.

    Args:
        t: samples of the sequence, and of the other.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    zeros, ones = np.zeros((1, t), np.float32), np.ones((1, t), np.float32)
    made = (clip_and_stitch(zeros.copy(), ones.copy(), most, rng) for _ in range(draws))
    return [int(np.asarray(each).sum()) for each in made]


@beside_the_answer
def convolutions_of(block: torch.nn.Module) -> list[str]:
    """Return which attributes of a module are ``nn.Conv1d`` layers, or of a class made from it: names, sorted."""
    import torch

    return sorted(name for name, each in block.named_children() if isinstance(each, torch.nn.Conv1d))


@beside_the_answer
def gradients_of(block: torch.nn.Module, x: torch.Tensor) -> dict[str, torch.Tensor]:
    """Return the gradients of the sum of a module's outputs by its parameters; zeros where none arrives."""
    import torch

    with torch.enable_grad():
        made = block(x).sum()
    parameters = dict(block.named_parameters())
    if not made.requires_grad:
        return {name: torch.zeros_like(each).detach() for name, each in parameters.items()}
    found = torch.autograd.grad(made, list(parameters.values()), allow_unused=True)
    pairs = zip(parameters.items(), found, strict=True)
    return {name: torch.zeros_like(each).detach() if grad is None else grad for (name, each), grad in pairs}


@beside_the_answer
def exported_anew(export: Callable[..., Any], model: TCN, path: Path, seed: int) -> None:
    """Export a network, draw its weights anew, and export it to the same path again."""
    export(model, path)
    redraw(model, seed)
    export(model, path)


def redraw(model: TCN, seed: int) -> None:
    """Put other weights into a network, in place, and always the same ones for a seed."""
    import numpy as np
    import torch

    rng = np.random.default_rng(seed)
    with torch.no_grad():
        for weights in model.parameters():
            weights.copy_(torch.from_numpy(rng.normal(scale=0.5, size=tuple(weights.shape))))


def _copied(value: Any) -> Any:
    import copy

    import numpy as np
    import torch

    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, (np.ndarray, np.random.Generator)):
        return copy.deepcopy(value)
    return type(value)(map(_copied, value)) if type(value) in (list, tuple) else value


def _changed(pairs: list[tuple[Any, Any]], words: str) -> list[str]:
    return [words.format(number) for number, (now, then) in enumerate(pairs, start=1) if not _same(now, then)]


def _same(one: Any, other: Any) -> bool:
    import numpy as np

    if type(one) in (list, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    one, other = (each.detach().numpy() if hasattr(each, "detach") else np.asarray(each) for each in (one, other))
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=1e-5, atol=1e-6))


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
