"""What hidden tests look at beside an answer: changed arguments, shared memory, what is remembered of objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from course_utils.lessons.beside import beside_the_answer

if TYPE_CHECKING:
    import torch

PLAIN = (bool, int, float, str, tuple, type(None))
HELD = ("_parameters", "_buffers", "_modules")


@beside_the_answer
def not_apart(function: Callable[..., Any], *calls: dict[str, Any]) -> list[str]:
    """Call ``function(**call)`` for each of the calls; return, in words, what they did to anything but their result.

    That is: an argument that is not what it was (numbers, shapes, modes, settings, hooks, gradients), an earlier result
    that is not, and a result that shares memory with an argument or with an earlier result.
    """
    told: list[str] = []
    earlier: dict[str, Any] = {}
    for number, call in enumerate(calls, start=1):
        held = {f"{name} of call {number}": value for name, value in call.items()} | earlier
        before = dict(_said(held))
        result = function(**call)
        now = dict(_said(held))
        told += [f"{name} changed" for name in before | now if before.get(name) != now.get(name)]
        theirs = list(_arrays(held))
        for name, mine in _arrays({f"the result of call {number}": result}):
            told += [f"{name} shares memory with {other}" for other, array in theirs if _share(mine, array)]
        earlier[f"the result of call {number}"] = result
    return told


@beside_the_answer
def refilled(function: Callable[..., Any], one: dict[str, Any], other: dict[str, Any]) -> Any:
    """Call ``function(**one)``; return its result for the same objects with the numbers of ``other`` in them.

    Args:
        one, other: arguments by name; arrays, tensors and modules at the same places in both, of the same shapes.
    """
    function(**one)
    return function(**{name: _filled(value, other[name]) for name, value in one.items()})


@beside_the_answer
def computed(
    loss: Callable[..., Any], scores: torch.Tensor, taught: torch.Tensor, **others: Any
) -> tuple[float, torch.Tensor, torch.Tensor]:
    """Return ``loss`` for a student's scores and a teacher's, both just computed, and the gradients behind them.

    Args:
        scores, taught: the student's and the teacher's scores.
        others: the other arguments of ``loss``.
    """
    import torch

    behind = [each.detach().clone().requires_grad_() for each in (scores, taught)]
    student, teacher = (1 * each for each in behind)
    found = loss(student=student, teacher=teacher, **others)
    found.backward()
    return found.item(), *(torch.zeros_like(each) if each.grad is None else each.grad for each in behind)


@beside_the_answer
def in_a_row(function: Callable[..., Any], seed: int, *calls: dict[str, Any]) -> tuple[list[tuple], int]:
    """Return what ``function(**call, rng=rng)`` gives for each of the calls, all with one generator, and its next draw.

    Args:
        seed: the generator's.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    return [tuple(function(**call, rng=rng)) for call in calls], int(rng.integers(2**31))


def _said(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield all that is to stay of a value, as plain data, by its place."""
    import numpy as np
    import torch

    if isinstance(value, np.ndarray):
        yield name, (value.shape, value.strides, value.dtype.str, value.flags.writeable, value.tobytes())
    elif isinstance(value, torch.Tensor):
        yield f"{name}: requires_grad", value.requires_grad
        yield name, (tuple(value.shape), value.stride(), str(value.dtype), value.detach().numpy().tobytes())
        if value.is_leaf and value.grad is not None:
            yield from _said(value.grad, f"{name}.grad")
    elif isinstance(value, torch.nn.Module):
        for key, each in vars(value).items():
            if isinstance(each, PLAIN):
                yield f"{key} of {name}", each
            elif isinstance(each, dict) and key not in HELD:
                yield f"{key} of {name}", len(each)
        yield from _said([vars(value)[kind] for kind in HELD], name)
    elif isinstance(value, (dict, list, tuple)):
        yield f"the kind of {name}", (type(value).__name__, len(value), *(value if isinstance(value, dict) else ()))
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _said(each, f"{name}[{key!r}]" if name else str(key))
    elif isinstance(value, PLAIN):
        yield name, value


def _arrays(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every array and tensor in a value as an array, by its place."""
    import numpy as np
    import torch

    if isinstance(value, np.ndarray):
        yield name, value
    elif isinstance(value, torch.Tensor):
        yield name, value.detach().numpy()
    elif isinstance(value, torch.nn.Module):
        for key, each in (*value.named_parameters(), *value.named_buffers()):
            yield f"{key} of {name}", each.detach().numpy()
    elif isinstance(value, (dict, list, tuple)):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _arrays(each, f"{name}[{key!r}]" if name else str(key))


def _share(one: Any, other: Any) -> bool:
    import numpy as np

    return bool(np.shares_memory(one, other))


def _filled(value: Any, other: Any) -> Any:
    """Return ``value`` with the numbers of ``other``, written in place where that can be."""
    import numpy as np
    import torch

    if isinstance(value, np.ndarray):
        value[...] = other
    elif isinstance(value, torch.Tensor):
        value.data.copy_(other.detach())
    elif isinstance(value, torch.nn.Module):
        value.load_state_dict(other.state_dict())
    elif isinstance(value, dict):
        value.update({key: _filled(each, other[key]) for key, each in value.items()})
    elif isinstance(value, list):
        value[:] = [_filled(one, two) for one, two in zip(value, other, strict=True)]
    elif isinstance(value, tuple):
        return tuple(_filled(one, two) for one, two in zip(value, other, strict=True))
    else:
        return other
    return value
