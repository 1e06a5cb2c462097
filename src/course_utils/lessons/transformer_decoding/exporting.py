"""The last demonstration: a decoder as a file whose cache goes in and comes out, one token longer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from course_utils import runtime, sums, tables
from course_utils.decoding import norm_of_tensors
from course_utils.lessons.transformer_decoding import nets
from course_utils.lessons.transformer_decoding.folder import new_path
from course_utils.quiet import quiet
from course_utils.withheld import answer_to

if TYPE_CHECKING:
    import numpy as np
    import onnxruntime as ort

    from course_utils.decoder import Decoder

NAMES = ("token", "k", "v"), ("logits", "next_k", "next_v")


def show_exported() -> str:
    """Export the model that adds with its cache, show the file's ends, and let it write sums in ONNX Runtime.

    Returns:
        bytes, and how many sums come out as from the model itself, in words.
    """
    model, path = nets.adder(), new_path("decoder.onnx")
    session = runtime.session(export_cached.__wrapped__(model, path))
    outputs = {end.name: end.shape for end in session.get_outputs()}
    rows = [
        {"in": end.name, "shape": _by(end.shape), "out": out, "its shape": _by(outputs[out])}
        for end, out in zip(session.get_inputs(), NAMES[1], strict=True)
    ]
    tables.show(rows)
    unseen = sums.unseen()[:100]
    same = sum(answer(session, row[: sums.PROMPT].tolist()) == row[sums.PROMPT :].tolist() for row in unseen)
    question = unseen[0][: sums.PROMPT].tolist()
    written = sums.text_of(answer(session, question)).strip()
    print(f"{sums.text_of(question)}{written}: {path.stat().st_size / 1e3:.0f} kB, {same} of {len(unseen)} sums right.")
    return f"{path.stat().st_size / 1e3:.0f} kB, {same} of {len(unseen)} sums right"


@answer_to("15.2")
def export_cached(model: Decoder, path: Path) -> Path:
    """Write a decoder as one ONNX file of one step; return ``path``.

    Inputs: ``token`` (1,) int64, ``k`` and ``v`` (layers, heads, t, width of a head) float32, any t from 0 on. Outputs:
    ``logits`` (vocabulary,), ``next_k``, ``next_v``, one token longer.
    """
    import torch

    class Step(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, token: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> tuple[torch.Tensor, ...]:
            place = torch.full((1,), k.shape[2], dtype=torch.int64)
            x = self.model.tokens[token] + self.model.places[place]
            keys, values = [], []
            for number, layer in enumerate(self.model.layers):
                h = norm_of_tensors(x)
                q, new_k, new_v = ((h @ w).view(layer.heads, 1, -1) for w in (layer.q, layer.k, layer.v))
                keys.append(torch.cat([k[number], new_k], dim=1))
                values.append(torch.cat([v[number], new_v], dim=1))
                fits = (q @ keys[-1].transpose(1, 2) / q.shape[2] ** 0.5).softmax(2)
                x = x + (fits @ values[-1]).reshape(1, -1) @ layer.out
                x = x + torch.relu(norm_of_tensors(x) @ layer.up) @ layer.down
            return (norm_of_tensors(x) @ self.model.tokens.T)[0], torch.stack(keys), torch.stack(values)

    width = model.tokens.shape[1] // model.layers[0].heads
    cache = torch.zeros(len(model.layers), model.layers[0].heads, 5, width)
    free = {2: torch.export.Dim("t", min=0)}
    with quiet(), torch.no_grad():
        torch.onnx.export(
            Step().eval(),
            (torch.zeros(1, dtype=torch.int64), cache, cache.clone()),
            path,
            input_names=list(NAMES[0]),
            output_names=list(NAMES[1]),
            dynamic_shapes=({}, free, free),
            external_data=False,
            verbose=False,
        )
    return path


def answer(session: ort.InferenceSession, prompt: list[int]) -> list[int]:
    """Return what a file of ``export_cached`` writes after a prompt, up to END, or as many tokens as a sum has."""
    import numpy as np

    shape = [size if isinstance(size, int) else 0 for size in session.get_inputs()[1].shape]
    cache = {name: np.zeros(shape, np.float32) for name in "kv"}
    left, written = list(prompt), []
    while left and len(written) < sums.LENGTH - sums.PROMPT:
        logits, cache = _step(session, left.pop(0), cache)
        if not left:
            written.append(int(logits.argmax()))
            left = [written[-1]] if written[-1] != sums.END else []
    return written


def _step(
    session: ort.InferenceSession, token: int, cache: dict[str, np.ndarray]
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    import numpy as np

    logits, k, v = session.run(list(NAMES[1]), {"token": np.array([token])} | cache)
    return logits, {"k": k, "v": v}


def _by(shape: list[int | str]) -> str:
    return " × ".join(map(str, shape))
