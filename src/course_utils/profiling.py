"""What ONNX Runtime's own profiler says of each operator of a model, over many runs."""

from __future__ import annotations

import json
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils import runtime

if TYPE_CHECKING:
    import numpy as np

TIME = "_kernel_time"  # how the name of an event ends that times an operator's kernel

Kernels = dict[str, list[dict[str, Any]]]


def kernels_of(path: Path, x: np.ndarray, runs: int, optimized: Path | None = None) -> Kernels:
    """Run a model on the CPU, on one thread, with the profiler on; return the events of each kernel, by its operator.

    Args:
        x: what its only input is given.
        optimized: where to write the model as it runs, whose operators have the names that are returned.
    """
    import onnxruntime

    with tempfile.TemporaryDirectory() as folder:
        options = runtime.session_options()
        options.enable_profiling, options.profile_file_prefix = True, str(Path(folder, "profile"))
        if optimized is not None:
            options.optimized_model_filepath = str(optimized)
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        feed = {session.get_inputs()[0].name: x}
        for _ in range(runs):
            session.run(None, feed)
        return _by_operator(json.loads(Path(session.end_profiling()).read_text(encoding="utf-8")))


def microseconds(ran: list[dict[str, Any]]) -> float:
    """Return what a kernel takes: the mean of the faster half of its runs, since the profiler counts whole ones."""
    return statistics.mean(sorted(event["dur"] for event in ran)[: max(1, len(ran) // 2)])


def _by_operator(events: list[dict[str, Any]]) -> Kernels:
    found: Kernels = {}
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith(TIME):
            found.setdefault(event["name"].removesuffix(TIME), []).append(event)
    return found
