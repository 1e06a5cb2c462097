"""Digits by ONNX Runtime."""

import os
import sys
from collections.abc import Callable

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # read when the library loads

import numpy as np
import onnxruntime as ort
from settings import SIZE, Settings
from softmax import softmax


def load(settings: Settings) -> Callable[[list[list[float]]], list[float]]:
    """Open the model on the provider asked for; leave with a sentence where that one cannot be had.

    Source: ONNX Runtime's documentation, "Execution providers": a session falls back to the CPU without a word, so
    what it got is asked of the session.
    """
    if settings.provider not in ort.get_available_providers():
        offered = ", ".join(ort.get_available_providers())
        sys.exit(f"EXECUTION_PROVIDER is {settings.provider!r}: this image offers {offered}.")
    if settings.provider != "CPUExecutionProvider":
        ort.preload_dlls()
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = ort.InferenceSession("model.onnx", options, providers=[settings.provider])
    if session.get_providers()[0] != settings.provider:
        sys.exit(f"EXECUTION_PROVIDER is {settings.provider!r}: it does not work here; is there a GPU, and its driver?")
    name = session.get_inputs()[0].name

    def predict(pixels: list[list[float]]) -> list[float]:
        image = np.asarray(pixels, np.float32).reshape(1, 1, SIZE, SIZE)
        return softmax(session.run(None, {name: image})[0][0].tolist())

    return predict
