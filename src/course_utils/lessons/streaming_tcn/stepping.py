"""Demonstrations of 11.6 and 11.7: a whole net by steps, what a step costs, and what an exporter makes of a state."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils import runtime, tables
from course_utils.lessons.standing_in import either
from course_utils.lessons.streaming_tcn import fixtures, nets
from course_utils.lessons.streaming_tcn.folder import new_path
from course_utils.quiet import quiet

if TYPE_CHECKING:
    import numpy as np
    import onnxruntime as ort

    from course_utils.tcn import TCN

LENGTHS = (64, 256, 784, 2_048)
SHOWN = 128  # samples that are streamed
DIGITS = 4  # whose scores are compared
Step = Callable[..., Any]


def show_multiplications() -> int:
    """Show how many multiplications one more answer takes, from a window and by a step, and what each must keep.

    Returns:
        how many times as many a window of 784 samples takes.
    """
    from course_utils.tcn import multiplications, past

    model = nets.wide_net()
    one = multiplications(model)
    kept = sum(layer.in_channels * past(layer) for layer in model.convolutions())
    rows = [
        {
            "for one more answer": f"window of {length:,}",
            "multiplications": f"{one * length:,}",
            "times a step": f"{length:,}",
            "numbers kept": f"{length:,}",
        }
        for length in LENGTHS
    ]
    step = {
        "for one more answer": "step",
        "multiplications": f"{one:,}",
        "times a step": "1",
        "numbers kept": f"{kept:,}",
    }
    tables.show([step, *rows], "8 blocks of 64 channels, kernel 3")
    return one * 784 // one


def by_steps(step: Step, model: TCN, samples: np.ndarray) -> np.ndarray:
    """Return the scores (classes, t) of a net for samples (c_in, t), each layer a ``step`` at a time."""
    import numpy as np

    from course_utils.tcn import past

    numbers = {name: value.double().numpy() for name, value in model.state_dict().items()}
    states = {layer: np.zeros((layer.in_channels, past(layer))) for layer in model.convolutions()}
    scores = []
    for x in samples.T.astype(float):
        for place, block in enumerate(model.blocks):
            y, name = x, f"blocks.{place}"
            for layer, part in ((block.first, "first"), (block.second, "second")):
                weights = numbers[f"{name}.{part}.weight"], numbers[f"{name}.{part}.bias"]
                y, states[layer] = step(y, states[layer], *weights, layer.dilation[0])
                y = np.maximum(y, 0)
            if f"{name}.shortcut.weight" in numbers:
                x = numbers[f"{name}.shortcut.weight"][:, :, 0] @ x + numbers[f"{name}.shortcut.bias"]
            x = np.maximum(y + x, 0)
        scores.append(numbers["head.weight"][:, :, 0] @ x + numbers["head.bias"])
    return np.stack(scores, axis=1)


def compare_with_window(step: Step) -> None:
    """Run the lesson's net over two test digits by steps of the student's; print the largest difference."""
    import numpy as np

    model, samples = nets.read_digits(), nets.test_stream().samples[:, :SHOWN]
    gap = float(np.abs(by_steps(step, model, samples) - fixtures.whole(model, samples)).max())
    layers = len(list(model.convolutions()))
    print(f"{SHOWN} samples through {layers} convolutions: scores at most {gap:.1e} from those of the whole window.")


def export_forgetful() -> str:
    """Export a module that keeps its own queue, and stream the same sample three times; print what comes out.

    Returns:
        whether the file remembers, in words.
    """
    import numpy as np
    import torch

    class Queue(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("queue", torch.zeros(1, 1, 2))

        def forward(self, sample: torch.Tensor) -> torch.Tensor:
            seen = torch.cat([self.queue, sample], dim=2)
            self.queue.copy_(seen[:, :, 1:])
            return seen.sum(dim=2)

    path, one = new_path("queue.onnx"), torch.ones(1, 1, 1)
    with quiet():
        torch.onnx.export(Queue(), (one,), path, external_data=False, verbose=False)
    session, module = runtime.session(path), Queue()
    (end,) = session.get_inputs()
    rows = {
        "the module": [module(one).item() for _ in range(3)],
        "its file": [session.run(None, {end.name: np.ones((1, 1, 1), np.float32)})[0].item() for _ in range(3)],
    }
    tables.show(
        [
            {"three samples, each 1": name, **{f"sum after {k}": v for k, v in zip("123", row, strict=True)}}
            for name, row in rows.items()
        ]
    )
    return "remembers" if len(set(rows["its file"])) > 1 else "forgets after each call, without an error"


def streaming_file(export_streaming: Callable[..., Any], model: TCN, name: str) -> Path:
    """Return the net's streaming file by the student's 11.7, or by the course's own where that is not written."""
    from course_utils import streaming

    path = new_path(name)
    either("11.7", export_streaming, streaming.export_streaming.__wrapped__)(model, path)
    return path


def count_states(path: Path) -> None:
    """Print how many numbers the states of a streaming file hold."""
    import math

    inputs, _ = fixtures.ends_of(runtime.session(path))
    held = sum(math.prod(shape) for name, shape in inputs.items() if name != "sample")
    print(f"From call to call, the caller carries {held:,} numbers in {len(inputs) - 1} states.")


def compare_streams(stream: Callable[..., Any], path: Path, model: TCN) -> str:
    """Print how far four test digits, streamed through a file of this net, come from the whole window; return it."""
    import numpy as np

    samples = nets.test_stream().samples[:, : DIGITS * nets.PIXELS]
    apart = float(np.abs(streamed(stream, runtime.session(path), samples) - fixtures.whole(model, samples)).max())
    print(f"The scores of {samples.shape[1]} samples are at most {apart:.1e} apart.")
    return f"{apart:.1e} apart"


def streamed(stream: Callable[..., Any], session: ort.InferenceSession, samples: np.ndarray) -> np.ndarray:
    """Return the scores (classes, t) by the student's 11.8, or by the course's own where that is not written."""
    import numpy as np

    from course_utils import streaming

    def own(session: ort.InferenceSession, samples: np.ndarray) -> np.ndarray:
        push = streaming.bound.__wrapped__(session)
        return np.stack([push(sample[None, :, None])[0, :, 0].copy() for sample in samples.T], axis=1)

    return np.asarray(either("11.8", stream, own)(session, samples))
