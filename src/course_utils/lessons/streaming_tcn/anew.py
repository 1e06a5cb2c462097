"""A second export to a path, and what the exports left of the network: told where the student's function runs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from course_utils.lessons.beside import beside_the_answer

if TYPE_CHECKING:
    from course_utils.tcn import TCN


@beside_the_answer
def exported_anew(export: Callable[..., Any], model: TCN, path: Path, seed: int, content: bytes) -> list[str]:
    """Export a network, draw its weights anew, and export it to the same path again; some of them are trained.

    An export takes half a second, and of the first only that it was made is of interest: PyTorch's exporter is stood in
    for by one that writes ``content``.

    Returns:
        what of the network is no longer what it was before an export, and which files lie where it was called from.
    """
    import torch

    def written(_module: Any, _args: Any = None, f: Any = None, *_: Any, **__: Any) -> None:
        Path(f).write_bytes(content)

    for place, weights in enumerate(model.parameters()):
        weights.requires_grad_(place % 2 == 0)
        weights.grad = torch.ones_like(weights)
    before, here = _looks(model), _files_here()
    with mock.patch.object(torch.onnx, "export", written), suppress(Exception):  # whoever reads the file may stumble
        export(model, path)
    told = _changed(before, model)
    model.eval()
    redraw(model, seed)
    before = _looks(model)
    export(model, path)
    model.eval()  # PyTorch's older exporter puts all parts in the mode of the whole
    told += _changed(before, model)
    told += [f"{name} was written beside the notebook" for name, _ in _files_here() - here]
    return sorted(set(told))


def _files_here() -> set[tuple[str, int]]:
    return {(path.name, path.stat().st_mtime_ns) for path in Path().iterdir() if path.is_file()}


def redraw(model: TCN, seed: int) -> None:
    """Put other weights into a network, in place, and always the same ones for a seed."""
    import numpy as np
    import torch

    rng = np.random.default_rng(seed)
    with torch.no_grad():
        for weights in model.parameters():
            weights.copy_(torch.from_numpy(rng.normal(scale=0.5, size=tuple(weights.shape))))


def _looks(model: TCN) -> dict[str, Any]:
    parts, weights = list(model.modules()), list(model.parameters())
    return {
        "its layers": repr(model),
        "its weights": {name: (value.dtype, value.tolist()) for name, value in model.state_dict().items()},
        "which weights are trained": [each.requires_grad for each in weights],
        "the tensors that hold its weights": list(map(id, weights)),
        "the gradients of its weights": [None if each.grad is None else each.grad.tolist() for each in weights],
        "whether it is in eval mode": [each.training for each in parts],
        "the attributes of its layers": [sorted(vars(each)) for each in parts],
        "the hooks of its layers": [len(each._forward_hooks) + len(each._forward_pre_hooks) for each in parts],
    }


def _changed(before: dict[str, Any], model: TCN) -> list[str]:
    now = _looks(model)
    return [name for name, value in before.items() if now[name] != value]
