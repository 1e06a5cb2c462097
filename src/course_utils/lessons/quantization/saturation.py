"""One file on two kinds of processor: what pairs of products in 16 bits cost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils import quantization, runtime, tables
from course_utils.lessons.quantization import calibrating, instead
from course_utils.lessons.quantization.folder import new_path
from course_utils.lessons.quantization.networks import digits28
from course_utils.lessons.standing_in import either
from course_utils.seeds import seeded
from course_utils.timing import compare

if TYPE_CHECKING:
    import numpy as np

DOT = """<ir_version: 10, opset_import: ["" : 20]>
dot (uint8[1, n] a, int8[n, 1] w) => (int32[1, 1] y) { y = MatMulInteger (a, w) }"""
PRODUCTS = 1_000
# Accuracies of the four files below, made once, on an Intel Xeon with AVX-512 VNNI and on the processor with AVX2 and
# no VNNI that QEMU emulates.
WITH_VNNI = ("0.991", "0.991", "0.991", "0.991")
WITH_AVX2_ALONE = ("–", "0.864", "0.991", "0.991")

Function = Callable[..., Any]


def computed_here(activations: np.ndarray, weights: np.ndarray) -> int:
    """Return the sum of products of bytes, uint8 (n,) and int8 (n,), as ONNX Runtime computes it on this processor."""
    import onnx

    session = runtime.session(onnx.parser.parse_model(DOT).SerializeToString())
    return session.run(None, {"a": activations[None], "w": weights[:, None]})[0].item()


def show_products(saturating_dot: Function, largest_safe_weight: Function) -> str:
    """Show sums of 1,000 products with weights of 8 and of 7 bits: exact, in 16 bits, and as computed here.

    Returns:
        How far this processor's sum is off with weights of 8 bits, in words.
    """
    import numpy as np

    from course_utils.hardware import processor

    rng, rows, off = seeded(0), [], []
    activations = rng.integers(128, 256, size=PRODUCTS, dtype=np.uint8)
    for bits, largest in ((8, 127), (7, largest_safe_weight(255))):
        weights = rng.integers(-largest, largest + 1, size=PRODUCTS).astype(np.int8)
        exact, sixteen_bit = saturating_dot(activations, weights)
        here = computed_here(activations, weights)
        off.append(here - exact)
        rows.append({"weights": f"{bits} bits", "exact": exact, "sixteen_bit": sixteen_bit, "this processor": here})
    tables.show(rows, f"{PRODUCTS:,} products, {processor().kind}")
    return f"off by {off[0]}"


def show_two_processors(path: Path, make_static: Function) -> str:
    """Show accuracy and time of a float model's int8 files here, beside what was recorded on two kinds of processor.

    Returns:
        The accuracies here, in words.
    """
    from course_utils.hardware import processor

    rows, accuracies = [], []
    opened = _sessions(path, make_static)
    feed = {"input": digits28().test_images[:1]}
    timed = compare({name: partial(each.run, None, feed) for name, each in opened.items()}, rounds=100, time_limit_s=3)
    recorded = zip(WITH_VNNI, WITH_AVX2_ALONE, strict=True)
    for (name, each), timing, (vnni, avx2) in zip(opened.items(), timed.rows(), recorded, strict=True):
        right = each.run(None, {"input": digits28().test_images})[0].argmax(1) == digits28().test_labels
        accuracies.append(f"{name} {right.mean():.3f}")
        here = {"accuracy here": f"{right.mean():.3f}", "time over float here": timing["time over the first"]}
        rows.append({"ResNet": name} | here | {"recorded, VNNI": vnni, "recorded, AVX2 alone": avx2})
    tables.show(rows, timed.conditions())
    saturated = "the pairs of 8-bit weights saturate here: reduce_range=True, or x64quantprecision, prevents it"
    print(saturated if processor().saturates else "no pair saturates here; the last column says what this hides")
    return ", ".join(accuracies)


def _sessions(path: Path, make_static: Function) -> dict[str, Any]:
    import onnxruntime as ort

    narrow, wide = new_path("narrow.onnx"), new_path("wide.onnx")
    either("6.5", make_static, instead.static.__wrapped__)(path, narrow, calibrating.reader(path))
    images = quantization.Reader.__wrapped__(digits28().train_images, path, limit=calibrating.SAMPLE)
    instead.static.__wrapped__(path, wide, images, reduce_range=False)
    opened = {}
    for name, (file, precise) in {
        "float": (path, "0"),
        "8-bit weights": (wide, "0"),
        "8-bit, x64quantprecision": (wide, "1"),
        "7-bit weights (6.5)": (narrow, "0"),
    }.items():
        options = runtime.session_options()
        options.add_session_config_entry("session.x64quantprecision", precise)
        opened[name] = ort.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    return opened
