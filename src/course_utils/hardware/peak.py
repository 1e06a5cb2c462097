"""What one core can do: the most multiply-adds a second, by type of number, that a product was seen to reach here."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import numpy as np

SIDES = (256, 512, 1024)  # of square matrices; the largest that still lie in a cache are the fastest
SECONDS = 0.4  # for each product


def peaks(seconds: float = SECONDS) -> Mapping[str, float]:
    """Return multiply-adds a second on one thread for "float32" and "int8" (uint8 × int8, summed in 32 bits).

    These are the best calls of large square products in ONNX Runtime, whose weights are laid out beforehand: operands
    come from the caches. It is what a library reaches, not the limit of the registers, which only a program in machine
    code could show; so a share of it above 1 is possible, if unlikely.

    Args:
        seconds: how long each of the products is tried.

    Source: S. Williams, A. Waterman and D. Patterson, "Roofline: An Insightful Visual Performance Model for Multicore
    Architectures", CACM 2009, on ceilings that are measured.
    """
    return {kind: max(_best(kind, side, seconds) for side in SIDES) for kind in ("float32", "int8")}


def _best(kind: str, side: int, seconds: float) -> float:
    session, given = _product(kind, side)
    return side**3 / fastest(lambda: session.run(None, given), seconds)


def fastest(call: Callable[[], object], seconds: float) -> float:
    """Return the seconds of the fastest of the calls that fit into ``seconds``, a first one left out."""
    call()
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best


def _product(kind: str, side: int) -> tuple:
    """Return a session that multiplies its input by a constant matrix, and an input."""
    import onnx
    import onnxruntime as ort

    draw = np.random.default_rng(0)
    if kind == "float32":
        x, w = (draw.normal(size=(side, side)).astype(np.float32) for _ in range(2))
        operator, types = "MatMul", ("float", "float")
    else:  # weights of 7 bits, whose sums fit on every processor
        x = draw.integers(0, 256, (side, side), dtype=np.uint8)
        w = draw.integers(-64, 65, (side, side), dtype=np.int8)
        operator, types = "MatMulInteger", ("uint8", "int32")
    text = (
        f'<ir_version: 8, opset_import: ["" : 18]> g ({types[0]}[{side},{side}] x) => ({types[1]}[{side},{side}] y) '
        f"{{ y = {operator}(x, w) }}"
    )
    model = onnx.parser.parse_model(text)
    model.graph.initializer.append(onnx.numpy_helper.from_array(w, "w"))
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"]), {"x": x}
