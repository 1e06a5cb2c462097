"""The streaming step beside the whole window: what one more sample of a stream costs, whichever way, one thread."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from course_utils import runtime, streaming
from course_utils.seeds import seeded
from course_utils.tcn import TCN
from rungs.measuring import compared

SAMPLES = 784  # in the window, and times fewer multiplications in a step
WINDOW, STEP = "whole window", "streaming step, bound"


def streamed(folder: Path, seconds: float) -> dict[str, Any]:
    """Time both over one network of 8 blocks and 64 channels; say how far their scores are apart."""
    rng = seeded(0)
    model = TCN(width=64, dilations=[2**power for power in range(8)]).eval()
    window = runtime.session(streaming.export_window(model, folder / "tcn.onnx"))
    push = streaming.bound(runtime.session(streaming.export_streaming(model, folder / "tcn_step.onnx")))
    samples = rng.random((1, 1, SAMPLES), np.float32)
    whole = window.run(None, {"window": samples})[0]
    gap = max(float(np.abs(push(samples[:, :, [t]])[:, :, 0] - whole[:, :, t]).max()) for t in range(SAMPLES))
    newest = samples[:, :, :1].copy()
    calls = {WINDOW: lambda: window.run(None, {"window": samples}), STEP: lambda: push(newest)}
    found = compared(calls, seconds)
    ratio = found.ratio(STEP)
    return {
        "samples": SAMPLES,
        "ms": {name: timing.median_ns / 1e6 for name, timing in found.timings.items()},
        "speedup": 1 / ratio.value,
        "interval": [1 / ratio.high, 1 / ratio.low],
        "gap": gap,
    }


def text(found: dict[str, Any]) -> str:
    """Return it in words."""
    times = ", ".join(f"{name} {ms:.3g} ms" for name, ms in found["ms"].items())
    low, high = found["interval"]
    return (
        f"One more sample of a stream, a TCN that looks back over {found['samples']} samples or more: {times}; "
        f"{found['speedup']:.1f} times as fast ({low:.1f} to {high:.1f}) with {found['samples']} times fewer "
        f"multiplications; scores at most {found['gap']:.0e} apart"
    )
