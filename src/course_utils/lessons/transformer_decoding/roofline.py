"""The demonstrations of 15.3: a published model in numbers, and one matrix on this machine's roofline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from course_utils import plots, runtime, tables
from course_utils.hardware import processor
from course_utils.hardware.kept_peaks import machine
from course_utils.lessons.standing_in import either
from course_utils.lessons.transformer_decoding import instead
from course_utils.timing import compare

# H. Touvron et al., "Llama 2", arXiv:2307.09288: the model of 7 billion weights has 32 layers, and of queries, keys and
# values 32 heads each, 4,096 numbers in all; it reads up to 4,096 tokens.
PUBLISHED = {"layers": 32, "heads": 32, "width": 128}
WEIGHTS = 7_000_000_000
SIDE = 4_096  # of a matrix: 64 MiB in float32
TOKENS = (1, 2, 4, 8, 16, 64, 256)
ASKED = 64


def show_published(cache_bytes: Callable[..., int], decode_intensity: Callable[..., float]) -> None:
    """Show the cache and the intensity of a published model, for texts and batches of several sizes, in float32."""
    rows = []
    for tokens, batch in ((1_000, 1), (1_000, 64), (4_000, 1), (4_000, 64)):
        numbers = cache_bytes(**PUBLISHED, tokens=tokens, dtype_bytes=1, batch=1)
        held = cache_bytes(**PUBLISHED, tokens=tokens, dtype_bytes=4, batch=batch)
        rows.append(
            {
                "tokens each": f"{tokens:,}",
                "batch": batch,
                "caches, GB": f"{held / 1e9:,.2f}",
                "weights, GB": f"{4 * WEIGHTS / 1e9:.0f}",
                "MACs a byte": f"{decode_intensity(WEIGHTS, numbers, batch):.2f}",
            }
        )
    tables.show(rows, "Llama 2, 7 billion weights, in float32; served with 2 bytes a number, it has half the bytes")


def draw_roofline(decode_intensity: Callable[..., float], rounds: int = 40, seconds: float = 8) -> float:
    """Draw the product of a 64 MiB matrix with 1 to 256 tokens on this core's roofline.

    Returns:
        how many times the MACs a second of one token 64 tokens reach.
    """
    can = machine()
    at = either("15.3", decode_intensity, instead.decode_intensity.__wrapped__)
    turns = compare(_products(), rounds=rounds, time_limit_s=seconds)
    seconds_each = {
        tokens: timing.median_ns / 1e9 for tokens, timing in zip(TOKENS, turns.timings.values(), strict=True)
    }
    rates = {tokens: tokens * SIDE**2 / taken / 1e9 for tokens, taken in seconds_each.items()}
    fig, axes = plots.figure(height=3.6)
    reach = [10 ** (place / 20) for place in range(-20, 44)]
    for place, color in (("memory", plots.BLACK), ("cache", "0.6")):
        roof = [min(can["float32"], each * can[place]) / 1e9 for each in reach]
        axes.plot(reach, roof, color=color, linestyle="-" if place == "memory" else "--", label=f"from {place}")
    axes.plot([at(SIDE**2, 0, n) for n in TOKENS], list(rates.values()), "o", color=plots.BLUE, label="measured")
    for tokens, rate in rates.items():
        axes.annotate(f"{tokens}", (at(SIDE**2, 0, tokens), rate), (6, -11), textcoords="offset points", fontsize=8)
    axes.set(xscale="log", yscale="log", xlabel="intensity, MACs a byte", ylabel="billion MACs a second")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_title(f"{processor().name}, one core: tokens at once")
    axes.legend(loc="lower right")
    words = "; ".join(f"{tokens}: {rate:.3g}" for tokens, rate in rates.items())
    plots.show(fig, f"A roofline and points that climb it. Billion MACs a second, by tokens at once: {words}.")
    each = "; ".join(f"{tokens} in {1e3 * taken:.3g} ms" for tokens, taken in seconds_each.items())
    print(f"Tokens at once: {each}. {turns.conditions()}")
    return rates[ASKED] / rates[1]


def _products() -> dict[str, Callable[[], Any]]:
    import numpy as np

    rng = np.random.default_rng(0)
    session = product(rng.normal(size=(SIDE, SIDE)).astype(np.float32))

    def times(tokens: int) -> Callable[[], Any]:
        feed = {"x": rng.normal(size=(tokens, SIDE)).astype(np.float32)}
        return lambda: session.run(None, feed)

    return {f"{tokens} tokens": times(tokens) for tokens in TOKENS}


def product(w: Any) -> Any:
    """Return a session that multiplies rows x (t, columns), any t, by a matrix (columns, rows) in float32."""
    import onnx

    columns, rows = w.shape
    model = onnx.parser.parse_model(
        f'<ir_version: 8, opset_import: ["" : 18]> g (float[t,{columns}] x) => (float[t,{rows}] y) '
        "{ y = MatMul(x, w) }"
    )
    model.graph.initializer.append(onnx.numpy_helper.from_array(w, "w"))
    return runtime.session(model.SerializeToString())
