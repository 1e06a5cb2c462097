"""Figures of scales, bits and ranges: exercises 6.1 to 6.3."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils import plots, runtime
from course_utils.lessons.quantization.instead import unwritten
from course_utils.lessons.quantization.looks import weights_in
from course_utils.lessons.quantization.networks import digits28

if TYPE_CHECKING:
    import numpy as np

Function = Callable[..., Any]
CUTS = (99.0, 99.5, 99.8, 99.9, 99.95, 99.99, 100.0)  # percentiles
WIDTHS = range(3, 9)  # bits
CALIBRATED = 128  # images
LAYER = 10  # of the MobileNet's ReLUs


def draw_codes_used(symmetric_scale: Function, path: Path) -> float:
    """Draw the largest code of each channel under one scale, of a depthwise and of a 1×1 convolution.

    Returns:
        That of the depthwise convolution's median channel, of 127.
    """
    import numpy as np

    layers = [value for value in _convolutions(path) if len(value) >= 32]
    picked = {
        "depthwise 3×3": next(w for w in layers if w.shape[1] == 1),
        "1×1": next(w for w in layers if w.shape[1] > 1),
    }
    fig, axes = plots.figure(columns=2, width=7.5, height=2.7)
    said, medians = [], []
    for panel, (name, w) in zip(axes, picked.items(), strict=True):
        used = np.sort((127 * symmetric_scale(w, 8, 0) / symmetric_scale(w, 8)).ravel())
        medians.append(float(np.median(used)))
        panel.bar(range(len(used)), used, color=plots.BLUE, width=0.8)
        panel.axhline(medians[-1], color="black", linestyle="--", linewidth=1)
        panel.annotate(f" median {medians[-1]:.0f}", (0, medians[-1]), va="bottom", fontsize=8)
        panel.set(title=f"{name}, {len(used)} channels", xlabel="channel, sorted", ylim=(0, 132))
        said.append(f"{name}: the median channel uses {medians[-1]:.0f} of 127, the smallest {used[0]:.0f}")
    axes[0].set_ylabel("largest code, one scale")
    plots.show(fig, f"Bars, one a channel: its largest code when the tensor has one scale. {'. '.join(said)}.")
    return round(medians[0])


def draw_worth_of_a_bit(fake_quantize: Function, symmetric_scale: Function, path: Path) -> str:
    """Draw the signal-to-noise ratio of all convolutions' weights over bits, with scales per tensor and per channel.

    Returns:
        What a bit, and what scales per channel, are worth on average, in dB and in words.
    """
    import numpy as np

    if unwritten("6.1", lambda: symmetric_scale(np.ones((1, 1)), 8)):
        return "not measured"
    weights = _convolutions(path)

    def ratio(bits: int, axis: int | None) -> float:
        errors = [fake_quantize(w, symmetric_scale(w, bits, axis), 2 ** (bits - 1), bits) - w for w in weights]
        power = [sum(float(np.square(each).sum()) for each in arrays) for arrays in (weights, errors)]
        return float(10 * np.log10(power[0] / power[1]))

    kinds = {"one scale per channel": 0, "one scale per tensor": None}
    ratios = {name: [ratio(bits, axis) for bits in WIDTHS] for name, axis in kinds.items()}
    gained = float(np.mean(np.subtract(*ratios.values())))
    steps = np.diff(ratios["one scale per tensor"])
    fig, axes = plots.figure(width=5.5)
    plots.curves(axes, ratios, x=WIDTHS, xlabel="bits", ylabel="signal over noise, dB", marks=True)
    worth = f"a bit {steps.mean():.1f} dB, scales per channel {gained:.1f} dB"
    plots.show(
        fig,
        f"Two lines over bits, nearly parallel. On average worth: {worth}. "
        f"The first step of the lower line is {steps[0]:.1f} dB, the last {steps[-1]:.1f} dB.",
    )
    return worth


def activations(path: Path) -> list[np.ndarray]:
    """Return what one layer of the MobileNet at path gives for 128 training images: four batches."""
    import onnx

    model = onnx.load(path)
    name = [node.output[0] for node in model.graph.node if node.op_type == "Relu"][LAYER]
    model.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    session, images = runtime.session(model.SerializeToString()), digits28().train_images
    return [session.run([name], {"input": images[k : k + 32]})[0] for k in range(0, CALIBRATED, 32)]


def draw_clipping(percentile_range: Function, fake_quantize: Function, caught: list[np.ndarray]) -> str:
    """Draw the histogram of activations with the 99 % range, and the error of fake-quantizing them by percentile.

    Returns:
        The percentile of the least mean square error at 8 and at 4 bits, in words.
    """
    import numpy as np

    high = percentile_range(caught, 99)[1]
    values = np.concatenate([batch.ravel() for batch in caught])
    errors: dict[str, list[float]] = {}
    if not unwritten("6.2", lambda: fake_quantize(np.zeros(1), 1.0, 0, 8)):
        errors = {
            f"{b} bits": [_error(percentile_range, fake_quantize, caught, cut, b) for cut in CUTS] for b in (8, 4)
        }
    fig, (left, right) = plots.figure(columns=2, width=7.8, height=3.0)
    left.hist(values[values > 0], bins=60, color=plots.SKY)
    left.axvline(high, color=plots.VERMILION, linestyle="--")
    left.annotate(" 99 % range\n ends here", (high, 0.9), xycoords=("data", "axes fraction"), va="top", fontsize=8)
    left.set(yscale="log", title="Activations above 0", xlabel="value", ylabel="how many")
    for (name, line), mark, colour in zip(errors.items(), plots.MARKS, plots.CYCLE, strict=False):
        right.plot(range(len(CUTS)), line, marker=mark, color=colour, label=name)
    right.set_xticks(range(len(CUTS)), [f"{cut:g}" for cut in CUTS], fontsize=8)
    right.set(title="Mean square error", xlabel="percentile of the range")
    if errors:
        right.set_yscale("log")
        right.legend(loc="center left")
    best = ", ".join(f"{name}: {CUTS[int(np.argmin(line))]:g}" for name, line in errors.items()) or "not measured"
    plots.show(
        fig,
        f"Left, a histogram with a long tail: the 99 % range ends at {high:.2f}, the largest value is "
        f"{float(values.max()):.2f}; {float((values > high).mean()):.2%} are clipped. "
        f"Right, error by percentile: least at {best}.",
    )
    return best


def _error(ranged: Function, fake_quantize: Function, caught: list[np.ndarray], percentile: float, bits: int) -> float:
    import numpy as np

    values = np.concatenate([batch.ravel() for batch in caught])
    low, high = ranged(caught, percentile)
    scale = (high - low) / (2**bits - 1)
    return float(np.square(fake_quantize(values, scale, round(-low / scale), bits) - values).mean())


def _convolutions(path: Path) -> list[np.ndarray]:
    return [value for value in weights_in(path).values() if value.ndim == 4]
