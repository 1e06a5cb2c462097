"""Tables: who answers when a provider is asked for, and functions that time themselves and still return."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from course_utils import tables
from course_utils.lessons.onnx_runtime.clocks import describer
from course_utils.lessons.onnx_runtime.given import CPU, Network

ASKED = (CPU, "CUDAExecutionProvider", "TensorrtExecutionProvider", "CoreMLExecutionProvider")


def show_providers(open_session: Callable[[Path, str], Any], path: Path) -> str:
    """Ask for four providers, plainly and through the student's ``open_session``, and show who answered.

    Args:
        path: an ONNX file.

    Returns:
        The providers that ONNX Runtime replaced in silence, in words.
    """
    import onnxruntime as ort

    plain = {name: ort.InferenceSession(path, providers=[name]).get_providers()[0] for name in ASKED}

    def told(name: str) -> str:
        try:
            return f"opens on {open_session(path, name).get_providers()[0]}"
        except NotImplementedError:  # is a RuntimeError, too
            raise
        except RuntimeError as error:
            return f"RuntimeError: {error}"

    tables.show(
        [{"asked for": name, "ONNX Runtime uses": plain[name], "your open_session": told(name)} for name in ASKED]
    )
    replaced = [name.removesuffix("ExecutionProvider") for name in ASKED if plain[name] != name]
    return ", ".join(replaced) or "none"


def show_timed(eager: Callable, runtime: Callable, net: Network, summarize: Callable) -> float:
    """Show the samples of two functions under a stopwatch, for 1 and 8 images, and how far their results are apart.

    Args:
        eager, runtime: decorated: take images, return scores, and have ``samples()``, (repeats,) nanoseconds.
        summarize: the student's; where it is not written yet, the package's stands in and it is said.

    Returns:
        The largest difference between the scores.
    """
    describe, rows, gaps = describer(summarize), [], []
    for n in (1, 8):
        x = net.images[n]
        gaps.append(float(np.abs(eager(x).numpy() - runtime(x)).max()))
        for name, fn in (("PyTorch", eager), ("ONNX Runtime", runtime)):
            numbers = {key: f"{value:.3f}" for key, value in describe(fn.samples()).items()}
            rows.append({"images": n, "runtime": name} | numbers)
    calls = len(eager.samples())
    tables.show(rows, f"{calls} calls of {eager.__name__} and of {runtime.__name__} in each row")
    return max(gaps)
