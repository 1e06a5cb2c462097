"""Small modules that lose something on the way out of Python, and which of two ways loses what."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from course_utils import tables
from course_utils.quiet import quiet

if TYPE_CHECKING:
    import torch

WORDS = 60


def small_modules() -> dict[str, torch.nn.Module]:
    """Return six modules by what they do, in eval mode; each takes a tensor (n, 4)."""
    import torch
    from torch import nn

    class Branch(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            if x.sum() > 0:
                return x
            return -x

    class Loop(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            total = torch.zeros(4)
            for row in range(x.shape[0]):
                total = total + x[row] * (row + 1)
            return total

    class Reshape(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.reshape(int(x.shape[0] * x.shape[1])).cumsum(0)

    class Steps(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            while x.abs().max() > 1:
                x = x / 2
            return x

    class AnyArguments(nn.Module):
        def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
            return sum(each * 2 for each in tensors)

    layers = nn.Sequential(nn.Linear(4, 3), nn.ReLU())
    found = {"dense layer, ReLU": layers, "a branch on a sum": Branch(), "a loop over the rows": Loop()}
    found |= {"a shape made an int": Reshape(), "halving until it is small": Steps(), "*tensors": AnyArguments()}
    return {name: module.eval() for name, module in found.items()}


def others() -> list[torch.Tensor]:
    """Return inputs other than the example: of another sign, of more rows, larger."""
    import torch

    one = torch.linspace(0.1, 0.9, 8).reshape(2, 4)
    return [one, -one, torch.cat([one, one]), 7 * one]


def show_what_each_loses(disagreements: Callable[..., list[Any]]) -> int:
    """Show, for each module, on how many inputs its trace lies, and whether it can be scripted.

    Returns:
        how many of the traces lie.
    """
    import torch

    rows, inputs = [], others()
    for name, module in small_modules().items():
        with quiet():
            traced = torch.jit.trace(module, inputs[0], check_trace=False)
            scripted = _scripted(module)
        count = len(disagreements(traced, module, inputs))
        script = scripted if isinstance(scripted, str) else f"lies on {len(disagreements(scripted, module, inputs))}"
        rows.append({"module": name, f"its trace, {len(inputs)} inputs": f"lies on {count}", "its script": script})
    tables.show(rows, "TorchScript, both ways; the example is the first input")
    return sum("lies on 0" not in row[f"its trace, {len(inputs)} inputs"] for row in rows)


def _scripted(module: torch.nn.Module) -> Any:
    import torch

    try:
        return torch.jit.script(module)
    except Exception as error:  # whatever the compiler of TorchScript does not know
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        return f"refused: {lines[0][:WORDS]}" if lines else "refused"
