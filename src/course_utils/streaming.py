"""A TCN that computes only what is new: one ONNX file whose states come in and go out, and how it is called."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils.files import replacing
from course_utils.quiet import quiet
from course_utils.withheld import answer_to

if TYPE_CHECKING:
    import numpy as np
    import onnxruntime as ort

    from course_utils.tcn import TCN


@answer_to("11.7")
def export_streaming(model: TCN, path: str | os.PathLike) -> Path:
    """Write the network as one ONNX file that takes one sample and, for each causal convolution, what it remembers.

    Inputs: ``sample`` (1, c_in, 1), and ``state_0``, ``state_1``, … in the order the convolutions run, each (1,
    channels, (k − 1) · dilation), the oldest sample first, zeros at the start. Outputs: ``scores`` (1, classes, 1),
    ``next_state_0``, ``next_state_1``, … All are float32.

    Returns:
        ``path``.
    """
    import torch

    from course_utils.tcn import past

    class Step(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, x: torch.Tensor, *states: torch.Tensor) -> tuple[torch.Tensor, ...]:
            left, after = list(states), []
            for block in self.model.blocks:
                y = x
                for layer in (block.first, block.second):
                    seen = torch.cat([left.pop(0), y], dim=2)
                    after.append(seen[:, :, 1:])
                    y = torch.relu(layer(seen))
                x = torch.relu(y + block.shortcut(x))
            return self.model.head(x), *after

    layers = list(model.convolutions())
    c_in = layers[0].in_channels if layers else model.head.in_channels
    states = [torch.zeros(1, layer.in_channels, past(layer)) for layer in layers]
    names = [f"state_{place}" for place in range(len(states))]
    with replacing(Path(path), ".onnx") as half, quiet():
        torch.onnx.export(
            Step(),
            (torch.zeros(1, c_in, 1), *states),
            half,
            input_names=["sample", *names],
            output_names=["scores", *(f"next_{name}" for name in names)],
            external_data=False,
            verbose=False,
        )
    return Path(path)


def export_window(model: TCN, path: str | os.PathLike) -> Path:
    """Write the whole network as one ONNX file: ``window`` (1, c_in, t) float32, any t, to ``scores`` (1, classes, t).

    Returns:
        ``path``.
    """
    import torch

    c_in = next(model.convolutions(), model.head).in_channels
    with replacing(Path(path), ".onnx") as half, quiet():
        torch.onnx.export(
            model,
            (torch.zeros(1, c_in, 40),),
            half,
            input_names=["window"],
            output_names=["scores"],
            dynamic_shapes=({2: torch.export.Dim("t", min=1)},),
            external_data=False,
            verbose=False,
        )
    return Path(path)


@answer_to("11.8")
def bound(session: ort.InferenceSession) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function that takes the next sample (1, c_in, 1) float32 and returns its scores (1, classes, 1).

    The states never leave the runtime's memory: each exists twice, and what one call writes the next one reads.

    Args:
        session: of a file that ``export_streaming`` wrote.
    """
    import numpy as np
    import onnxruntime as ort

    ends = {end.name: end for end in (*session.get_inputs(), *session.get_outputs())}
    states = [name for name in ends if name.startswith("state_")]

    def zeros(name: str) -> ort.OrtValue:
        return ort.OrtValue.ortvalue_from_numpy(np.zeros(ends[name].shape, np.float32))

    sample, scores = zeros("sample"), zeros("scores")
    kept = [{name: zeros(name) for name in states} for _ in range(2)]
    bindings = []
    for old, new in (kept, kept[::-1]):
        binding = session.io_binding()
        binding.bind_ortvalue_input("sample", sample)
        binding.bind_ortvalue_output("scores", scores)
        for name in states:
            binding.bind_ortvalue_input(name, old[name])
            binding.bind_ortvalue_output(f"next_{name}", new[name])
        bindings.append(binding)

    def push(newest: np.ndarray) -> np.ndarray:
        sample.update_inplace(newest)
        session.run_with_iobinding(bindings[0])
        bindings.reverse()
        return scores.numpy()

    return push
