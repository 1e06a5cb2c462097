"""A function of tensors, written as a file: what 11.7 is given to export with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


def export_function(
    function: Callable[..., Any],
    model: torch.nn.Module,
    inputs: Mapping[str, Sequence[int]],
    outputs: Sequence[str],
    path: Path,
) -> Path:
    """Write a function of tensors as one ONNX file, by ``torch.onnx.export``; return ``path``.

    Args:
        function: takes a float32 tensor for each input, in order, and returns a tuple, a tensor for each output.
        model: whose layers it calls.
        inputs: shapes by name.
        outputs: names.
    """
    import torch

    class Module(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model  # the exporter finds the weights here

        def forward(self, *tensors: torch.Tensor) -> Any:
            return function(*tensors)

    module, zeros = Module().eval(), tuple(torch.zeros(tuple(shape)) for shape in inputs.values())
    with torch.no_grad():
        module(*zeros)  # a wrong shape ends here, in a few lines; the exporter writes hundreds
    torch.onnx.export(
        module,
        zeros,
        path,
        input_names=list(inputs),
        output_names=list(outputs),
        external_data=False,
        verbose=False,
    )
    return path
