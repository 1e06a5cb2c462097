"""The demonstration of 15.5: one product from memory, in float32 and from codes, side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from threadpoolctl import threadpool_limits

from course_utils import plots, runtime
from course_utils.lessons.standing_in import either
from course_utils.lessons.transformer_decoding import instead
from course_utils.lessons.transformer_decoding.roofline import SIDE, product
from course_utils.timing import compare

if TYPE_CHECKING:
    import numpy as np
    import onnxruntime as ort

GROUP = 32
FIRST, YOURS, FLOAT, NBITS = "NumPy, float32", "yours, 4 bits", "ONNX Runtime, float32", "MatMulNBits, 4 bits"


def draw_matvec_race(
    quantize: Callable[..., Any], int4_matvec: Callable[..., Any], side: int = SIDE, seconds: float = 8
) -> dict[str, float]:
    """Draw how many times as fast as NumPy's float32 each of four ways is to multiply a matrix and a vector.

    Returns:
        that, by the way's name.
    """
    import numpy as np

    rng = np.random.default_rng(0)
    w, x = rng.normal(size=(side, side)).astype(np.float32), rng.normal(size=side).astype(np.float32)
    quantize = either("15.4", quantize, instead.quantize_groups.__wrapped__)
    packed, scales = (np.asarray(each) for each in quantize(w, GROUP))
    float_session, session = product(np.ascontiguousarray(w.T)), matmul_nbits(packed, scales)
    feed = {"x": x[None]}
    calls = {
        FIRST: lambda: w @ x,
        YOURS: lambda: int4_matvec(packed, scales, x),
        FLOAT: lambda: float_session.run(None, feed),
        NBITS: lambda: session.run(None, feed),
    }
    with threadpool_limits(1):
        turns = compare(calls, rounds=25, time_limit_s=seconds)
    times = {name: 1 / turns.ratio(name).value for name in calls if name != FIRST}
    _draw({FIRST: 1.0} | times)
    bytes_read = f"{w.nbytes / 1e6:.0f} MB in float32, {(packed.nbytes + scales.nbytes) / 1e6:.0f} MB packed"
    gap = float(np.abs(session.run(None, feed)[0][0] - int4_matvec(packed, scales, x)).max() / np.abs(w @ x).max())
    print(f"{bytes_read}; yours and MatMulNBits differ by {gap:.0e} of the largest. {turns.conditions()}")
    return times


def matmul_nbits(packed: np.ndarray, scales: np.ndarray) -> ort.InferenceSession:
    """Return a session that multiplies rows x (t, columns) by a packed matrix; bits, order and zero as in 15.4.

    Source: ONNX Runtime's documentation of its contributed operators, MatMulNBits: B is (N, blocks, bytes a block), the
    low half of a byte comes first, and the zero point is 8 where none is given.
    """
    import onnx

    rows, groups, half = packed.shape
    columns = groups * half * 2
    model = onnx.parser.parse_model(
        f"""<ir_version: 8, opset_import: ["" : 18, "com.microsoft" : 1]>
        g (float[t,{columns}] x) => (float[t,{rows}] y) {{
          y = com.microsoft.MatMulNBits <K = {columns}, N = {rows}, bits = 4, block_size = {2 * half}> (x, w, scales)
        }}"""
    )
    for name, array in (("w", packed), ("scales", scales.ravel())):
        model.graph.initializer.append(onnx.numpy_helper.from_array(array, name))
    return runtime.session(model.SerializeToString())


def _draw(times: dict[str, float]) -> None:
    fig, axes = plots.figure(width=6.5, height=2.2)
    bars = axes.barh(list(times), list(times.values()), color=[plots.SKY, plots.ORANGE, plots.SKY, plots.BLUE])
    axes.bar_label(bars, [f"{value:.3g}×" for value in times.values()], padding=3)
    axes.set(xlabel="times as fast as NumPy in float32", xlim=(0, 1.15 * max(times.values())))
    axes.axvline(1, color="0.6", linewidth=0.8)
    axes.invert_yaxis()
    words = "; ".join(f"{name} {value:.3g}×" for name, value in times.items())
    plots.show(fig, f"Bars: how many times as fast as NumPy in float32 each way is: {words}.")
