# %% [markdown]
# # What do 8 bits cost, and when do they pay?
#
# **Lesson 06** · 140 minutes · 20 points · you need: lessons 02 to 04
#
# A weight takes 32 bits, and a network does not need them. You will quantize by hand until you know where the error
# comes from, then let ONNX Runtime do it: a model that is smaller, faster and as accurate. You will also measure
# int8 models that are *slower* than the float model they came from. Then you go down to 2 bits, where rounding a
# trained network is not enough, and train *through* the rounding instead.

# %% [markdown]
# ## How do you work here?
#
# As in the lessons before: each exercise is a box that says what to write, a cell to write it in, and tests; hidden
# tests ask the same of fresh random numbers. Every exercise can be solved without the others.
#
# Files go to the folder `work06`, which the next cell but one empties. Demonstrations in between draw or measure
# something with your functions; no mark depends on them, nor on how fast your machine is. The first run trains two
# small networks, which are kept for later.

# %% readonly="imports"
import copy
import logging
import shutil
import tempfile
import warnings
from functools import partial
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

from course_utils import data, expect, plots, quantization, runtime, tables, training
from course_utils.quiet import quiet
from course_utils.seeds import fresh_draw, seeded  # the first for the hidden tests
from course_utils.withheld import working_on

import numpy as np
import onnx
import onnxruntime as ort
import torch
from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_dynamic, quantize_static
from onnxruntime.transformers.float16 import convert_float_to_float16

working_on("06")  # what the package has of this lesson's answers rests meanwhile
torch.set_num_threads(1)
measured = {}  # filled by the demonstrations, shown at the end

# %% readonly="work_folder"
work = Path("work06")
shutil.rmtree(work, ignore_errors=True)
work.mkdir()


def new_path(name):
    """Return a path for a file of this name, in a new folder below work06."""
    return Path(tempfile.mkdtemp(dir=work)) / name


# %% [markdown]
# ONNX Runtime's quantizer recommends preparing every model, also where there is nothing to prepare, and its float16
# converter names every weight that it rounds to nothing. Both write to the error stream, where a test takes a word
# for a failure. The next cell turns off these two remarks, and no others.

# %% readonly="quiet_quantizer"
logging.root.addFilter(lambda record: "pre-processing" not in record.getMessage())
warnings.filterwarnings("ignore", message="the float32 number")
ort.set_default_logger_severity(4)  # C++: fatal errors only, the others are raised

# %% [markdown]
# ### Which networks, and which machine?
#
# The ResNet and the MobileNet-like network of this course, trained on 28×28 digits. Only *unquantized* models are
# exported; quantizing comes after. `quant_pre_process` is ONNX Runtime's own preparation: it folds what can be folded
# (lesson 05) and notes every shape.
#
# What int8 costs depends on the processor, and so does what it computes. x86-64 chips with **VNNI**, and newer ARM
# chips, multiply bytes and add the products in one instruction; older x86-64 chips do not (the last question of this
# lesson). Read your machine's line beside every ratio below.

# %% demo="float_models"
from onnxruntime.quantization.shape_inference import quant_pre_process

from course_utils.export import to_onnx_torchscript

images28 = data.digits(28)


def float_model(name):
    """Return the path of a trained network ("resnet" or "mobilenet") as an ONNX file that is ready to quantize."""
    example = torch.from_numpy(images28.train_images[:2])
    exported = to_onnx_torchscript(training.trained(name), example, work / f"{name}_exported.onnx")
    with quiet():
        quant_pre_process(exported, work / f"{name}.onnx", skip_symbolic_shape=True)
    return work / f"{name}.onnx"


resnet, mobilenet = float_model("resnet"), float_model("mobilenet")

# %% demo="which_machine"
from course_utils.hardware import hardware_line, processor

measured["machine"] = hardware_line()
print(measured["machine"])
of_float = {path: quantization.report(path, images28.test_images, images28.test_labels) for path in (resnet, mobilenet)}
tables.show([each.summary() for each in of_float.values()])


# %% [markdown]
# ## What is a weight with 8 bits?
#
# A code: a whole number that stands for scale times itself. Weights lie on both sides of 0, so a **symmetric** scale
# spends the same codes on each side and lets 0 be code 0. With $b$ bits the largest code is $2^{b-1}-1$:
#
# $$ s = \frac{\max |w|}{2^{b-1} - 1} $$
#
# One scale **per tensor** is set by the largest weight anywhere. **Per channel**, each output channel of a
# convolution has a scale of its own, and a channel with small weights keeps its digits. That costs one number per
# channel, and no time.

# %% [markdown]
# ### Exercise 6.1 · A symmetric scale (3 points · 12 min)
#
# Write `symmetric_scale(w, bits, axis=None)`: one scale, or one for each index along `axis`, in a shape that
# broadcasts against `w`: (64, 1, 1, 1) for weights (64, 32, 3, 3) and axis 0.
#
# *The trap:* `axis` is the axis to *keep*. NumPy's `axis=` arguments name the axes to get rid of.
#
# A channel may hold nothing but zeros. Any scale would do, except the 0 that the formula gives: take 1.
#
# <details><summary>Hint</summary>
# <code>np.max(values, axis=(1, 2, 3), keepdims=True)</code> reduces three axes and keeps them with length 1.
# The axes to reduce, for any number of them: <code>tuple(a for a in range(w.ndim) if a != axis)</code>.
# <code>np.where(condition, a, b)</code> chooses element by element.
# </details>


# %% solution="symmetric_scale"
def symmetric_scale(w, bits, axis=None):
    """Return the scale of symmetric codes, the largest of which is 2**(bits - 1) - 1; 1 where all weights are 0.

    w: float array of any shape, of either sign; bits: 2 to 8; axis: None, or the axis of the channels, 0 to w.ndim - 1
    returns: a float for axis None, else a float array with w's length along axis and length 1 along the others
    """
    ### BEGIN SOLUTION
    others = None if axis is None else tuple(k for k in range(w.ndim) if k != axis)
    largest = np.max(np.abs(w), axis=others, keepdims=axis is not None)
    scale = np.where(largest > 0, largest / (2 ** (bits - 1) - 1), 1.0)
    return float(scale) if axis is None else scale
    ### END SOLUTION


# %% test="symmetric_scale_per_tensor" points=1
w = np.array([[0.5, -2.1], [1.4, 0.7], [0.0, 0.2]])
causes = {
    "the largest is negative: take the absolute value first": 0.2,
    "with 4 bits the largest code is 7, not 8": 0.2625,
    "with 4 bits and a sign the largest code is 7, not 15": 0.14,
    "this spreads the codes from the smallest to the largest weight; symmetric codes go from -7 to 7": 3.5 / 15,
}
expect.close(symmetric_scale(w.copy(), 4), 0.3, f"symmetric_scale({w.tolist()}, 4)", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for bits in map(int, rng.permutation(np.arange(2, 9))[:4]):
        w = rng.normal(size=rng.integers(2, 5, size=3)) * 10.0 ** rng.integers(-2, 3)
        expected = max(abs(each) for each in w.ravel().tolist()) / (2 ** (bits - 1) - 1)
        for each, what in ((w, "fresh weights"), (-w, "fresh weights, negated")):
            expect.close(symmetric_scale(each.copy(), bits), expected, f"symmetric_scale(w, {bits}), {what}")
### END HIDDEN TESTS
expect.passed("one scale for the whole tensor")

# %% test="symmetric_scale_per_channel" points=1
w = np.array([[0.5, -2.1], [1.4, 0.7], [0.7, 0.2]])
likely = "axis is the axis to keep: reduce all the others, with keepdims=True"
got, what = symmetric_scale(w.copy(), 4, axis=0), f"symmetric_scale({w.tolist()}, 4, axis=0)"
expect.shape(got, (3, 1), what, likely=likely)
causes = {
    "each row has its own largest |w|; this is the tensor's": [[0.3], [0.3], [0.3]],
    "take the absolute value first": [[0.5 / 7], [0.2], [0.1]],
}
expect.close(got, [[0.3], [0.2], [0.1]], what, causes=causes)
got, what = symmetric_scale(w.copy(), 4, axis=1), f"symmetric_scale({w.tolist()}, 4, axis=1)"
expect.shape(got, (1, 2), what, likely=likely)
expect.close(got, [[0.2, 0.3]], what)
what = "symmetric_scale(np.ones((2, 3, 4, 5)), 8, axis=1)"
expect.shape(symmetric_scale(np.ones((2, 3, 4, 5)), 8, axis=1), (1, 3, 1, 1), what, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    w = rng.normal(size=(5, 2, 3, 4))
    for axis in range(4):
        bits, rows = int(rng.integers(2, 9)), np.moveaxis(w, axis, 0)
        expected = np.array([max(abs(each) for each in row.ravel().tolist()) for row in rows]) / (2 ** (bits - 1) - 1)
        lengths = [w.shape[axis] if k == axis else 1 for k in range(4)]
        got = symmetric_scale(w.copy(), bits, axis=axis)
        expect.close(got, expected.reshape(lengths), f"symmetric_scale(w, {bits}, axis={axis}), w of shape {w.shape}")
### END HIDDEN TESTS
expect.passed("a scale for every channel")

# %% test="symmetric_scale_of_zeros" points=1
w = np.array([[0.0, 0.0], [-1.4, 0.7], [7e-9, 0.0]])
got, what = symmetric_scale(w.copy(), 4, axis=0), f"symmetric_scale({w.tolist()}, 4, axis=0)"
expect.shape(got, (3, 1), what, likely="axis is the axis to keep: reduce all the others, with keepdims=True")
only = "only zeros get the scale 1, small weights do not"
causes = {
    "where all weights are 0 the scale is 1": [[0.0], [0.2], [1e-9]],
    "take the absolute value first": [[1.0], [0.1], [1e-9]],
    only: [[1.0], [0.2], [1.0]],
}
expect.close(got, [[1.0], [0.2], [1e-9]], what, causes=causes, atol=1e-12)
causes = {"where all weights are 0 the scale is 1": 0.0}
expect.close(symmetric_scale(np.zeros((2, 2)), 4), 1.0, "symmetric_scale(np.zeros((2, 2)), 4)", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    w, empty, bits = rng.normal(size=(6, 3, 2)), int(rng.integers(6)), int(rng.integers(3, 9))
    w[empty] = 0
    expected = np.abs(w).max(axis=(1, 2), keepdims=True) / (2 ** (bits - 1) - 1)
    expected[empty] = 1
    expect.close(symmetric_scale(w.copy(), bits, 0), expected, f"symmetric_scale(w, {bits}, 0), channel {empty} all 0")
    tiny = symmetric_scale(w * 1e-9, bits, 0)[empty - 1]
    expect.close(tiny, expected[empty - 1] * 1e-9, "the scale of tiny weights", atol=1e-15, likely=only)
### END HIDDEN TESTS
expect.passed("zeros get the scale 1")

# %% [markdown]
# ### How many codes does a channel get?
#
# With one scale per tensor, only the channel with the largest weight uses all codes up to 127. The weights below are
# those of one depthwise convolution, where a channel is a 3×3 filter, and of one 1×1 convolution.


# %% demo="codes_used"
def weights_of(path):
    """Return the convolutions' weights by name."""
    found = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer}
    return {name: value for name, value in found.items() if value.ndim == 4}


layers = [value for value in weights_of(mobilenet).values() if len(value) >= 32]
picked = {"depthwise 3×3": next(w for w in layers if w.shape[1] == 1), "1×1": next(w for w in layers if w.shape[1] > 1)}
fig, axes = plots.figure(columns=2, width=7.5, height=2.7)
said = []
for panel, (name, w) in zip(axes, picked.items(), strict=True):
    used = np.sort((127 * symmetric_scale(w, 8, 0) / symmetric_scale(w, 8)).ravel())
    panel.bar(range(len(used)), used, color=plots.BLUE, width=0.8)
    panel.set(title=f"{name}, {len(used)} channels", xlabel="channel, sorted", ylim=(0, 132))
    said.append(f"{name}: the median channel uses {np.median(used):.0f} of 127, the smallest {used[0]:.0f}")
axes[0].set_ylabel("largest code, one scale")
measured["codes used by the median channel, one scale per tensor"] = "; ".join(said)
plots.show(fig, f"Bars, one a channel: its largest code when the tensor has one scale. {'. '.join(said)}.")

# %% [markdown]
# ## How much does rounding change?
#
# **Fake quantization** goes to the codes and straight back, so that the error can be seen in float:
#
# $$ q = \mathrm{clip}\!\left(\mathrm{round}(x / s) + z,\; 0,\; 2^b - 1\right), \qquad \hat x = s\,(q - z) $$
#
# These are lesson 02's codes, from 0 to $2^b-1$ with a **zero point** $z$. Symmetric codes fit in: with
# $z = 2^{b-1}$ the middle code means 0. That is all that `int8` is: `uint8` with zero point 128, moved by 128.

# %% [markdown]
# ### Exercise 6.2 · There and back (2 points · 10 min)
#
# Write `fake_quantize(x, scale, zero_point, bits)`. The scale may be a number, or an array that broadcasts, as
# yours of exercise 6.1 does.
#
# *The trap:* the order. Divide, round (halves to even), add the zero point, clip; then the way back. Clipping before
# the zero point is added cuts off half of the codes. And keep floats: bytes wrap.


# %% solution="fake_quantize"
def fake_quantize(x, scale, zero_point, bits):
    """Return x as codes of so many bits can hold it: quantized, then dequantized. x stays as it was.

    x: float array of any shape; scale: float above 0, or an array of them that broadcasts to x's shape;
    zero_point: int from 0 to 2**bits - 1; bits: 1 to 8
    returns: float array of x's shape
    """
    ### BEGIN SOLUTION
    q = np.clip(np.rint(x / scale) + zero_point, 0, 2**bits - 1)
    return (q - zero_point) * scale
    ### END SOLUTION


# %% test="fake_quantize_values" points=1
x, what = np.array([-0.9, -0.3, 0.125, 0.2, 0.375, 2.0]), "fake_quantize([-0.9, -0.3, …, 2.0], 0.25, 3, 3)"
causes = {
    "halves go to the even neighbour (np.rint), not up": [-0.75, -0.25, 0.25, 0.25, 0.5, 1.0],
    "round first, then add the zero point: halves go another way": [-0.75, -0.25, 0.25, 0.25, 0.25, 1.0],
    "round to the nearest; this cuts fractions off": [-0.75, -0.25, 0.0, 0.0, 0.25, 1.0],
    "nothing is clipped to the codes 0 to 7": [-1.0, -0.25, 0.0, 0.25, 0.5, 2.0],
    "clip after adding the zero point": [0.0, 0.0, 0.0, 0.25, 0.5, 1.75],
    "codes go from 0 to 2**bits - 1 here, not from -2**(bits - 1)": [-1.0, -0.25, 0.0, 0.0, 0.0, 0.0],
    "bytes wrap below 0; keep floats": [63.25, 63.75, 0.0, 0.25, 0.5, 1.0],
    "these are the codes; go back: subtract the zero point, multiply by the scale": [0, 2, 3, 4, 5, 7],
    "subtract the zero point on the way back": [0.0, 0.5, 0.75, 1.0, 1.25, 1.75],
    "the largest code is 2**bits - 1": [-0.75, -0.25, 0.0, 0.25, 0.5, 1.25],
}
expect.close(fake_quantize(x.copy(), 0.25, 3, 3), [-0.75, -0.25, 0.0, 0.25, 0.5, 1.0], what, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for bits in (1, 8, int(rng.integers(2, 8))):
        scale, zero_point = float(rng.uniform(0.1, 2)), int(rng.integers(0, 2**bits))
        places = rng.integers(-(2**bits), 2 * 2**bits, size=(3, 40))
        x = scale * (places + rng.uniform(-0.45, 0.45, size=places.shape))
        expected = scale * (np.minimum(np.maximum(places + zero_point, 0), 2**bits - 1) - zero_point)
        expect.close(fake_quantize(x.copy(), scale, zero_point, bits), expected, f"fake_quantize, fresh x, {bits} bits")
    expect.close(fake_quantize(np.arange(-11.0, 15, 2), 2.0, 7, 4), 2 * np.rint(np.arange(-5.5, 7)), "halves, 4 bits")
### END HIDDEN TESTS
expect.passed("quantized and back")

# %% test="fake_quantize_broadcasts" points=1
x, scale = np.array([[0.9, -0.4], [0.9, -0.4]]), np.array([[0.5], [0.1]])
causes = {"each row has its own scale": [[1.0, -0.5], [1.0, -0.5]]}
before, what = x.copy(), "fake_quantize([[0.9, -0.4], [0.9, -0.4]], [[0.5], [0.1]], 8, 4)"
expect.close(fake_quantize(x, scale, 8, 4), [[1.0, -0.5], [0.7, -0.4]], what, causes=causes)
expect.unchanged(x, before, f"x after {what}")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    bits = int(rng.integers(3, 9))
    for shape in ((5, 1, 1), (1, 4, 1), (1, 1, 3)):
        scale = rng.uniform(0.1, 2, size=shape)
        places = rng.integers(-(2**bits), 2**bits, size=(5, 4, 3))
        x = scale * (places + rng.uniform(-0.45, 0.45, size=places.shape))
        kept = np.minimum(np.maximum(places, -(2 ** (bits - 1))), 2 ** (bits - 1) - 1)
        before = x.copy()
        got = fake_quantize(x, scale, 2 ** (bits - 1), bits)
        expect.close(got, scale * kept, f"fake_quantize, scales of shape {shape}, {bits} bits")
        expect.unchanged(x, before, "x after fake_quantize(x, …)")
### END HIDDEN TESTS
expect.passed("a scale for every channel, x left alone")

# %% [markdown]
# ### What is a bit worth?
#
# The **signal-to-noise ratio** of all convolution weights of the ResNet: their mean square over that of the error.
# Each bit halves the step, so it should earn a factor of 4, or 6 dB. What do scales per channel earn?


# %% demo="what_a_bit_is_worth"
def noise_ratio(weights, bits, axis):
    """Return the signal-to-noise ratio in dB of weights quantized with your functions."""
    errors = [fake_quantize(w, symmetric_scale(w, bits, axis), 2 ** (bits - 1), bits) - w for w in weights]
    power = [sum(float(np.square(each).sum()) for each in arrays) for arrays in (weights, errors)]
    return 10 * np.log10(power[0] / power[1])


weights, widths = list(weights_of(resnet).values()), range(3, 9)
ratios = {
    name: [noise_ratio(weights, bits, axis) for bits in widths]
    for name, axis in (("one scale per channel", 0), ("one scale per tensor", None))
}
gained = float(np.mean(np.subtract(*ratios.values())))
per_bit = float(np.mean(np.diff(ratios["one scale per tensor"])))
measured["a bit is worth, and scales per channel"] = f"{per_bit:.1f} dB, and {gained:.1f} dB"
fig, axes = plots.figure(width=5.5)
plots.curves(axes, ratios, x=widths, xlabel="bits", ylabel="signal over noise, dB", marks=True)
plots.show(fig, f"Both lines rise by about {per_bit:.1f} dB a bit; scales per channel lie {gained:.1f} dB higher.")

# %% [markdown]
# ## Which range should the codes cover?
#
# Weights lie there to be looked at. **Activations** depend on the input, so their range is measured on a sample:
# **calibration**. A representative sample is enough; it needs no labels and no training.
#
# The widest range holds all values and gives the coarsest steps. A **percentile** range cuts off rare extremes:
# finer steps for most, **clipping** for some. For the percentile $p$, half of what is cut falls on each side: for
# $p = 99$, the range goes from the 0.5th to the 99.5th percentile. ONNX Runtime's `CalibrationMethod.Percentile`
# cuts in the same way (what it prints is not halved).

# %% [markdown]
# ### Exercise 6.3 · Calibrate by percentile (2 points · 10 min)
#
# Write `percentile_range(activations, percentile)` for the batches of a calibration run.
#
# *The trap:* a percentile of all values is not the mean of the batches' percentiles, and batches differ in size: put
# all values together first. And the range must hold 0, which padding and ReLU need exactly: widen it where it does
# not.
#
# <details><summary>Hint</summary>
# <code>np.concatenate([a, b])</code> joins flat arrays, <code>values.ravel()</code> flattens one,
# <code>np.percentile(values, [25, 75])</code> gives two percentiles.
# </details>


# %% solution="percentile_range"
def percentile_range(activations, percentile):
    """Return (low, high), the range of the central `percentile` percent of all values, widened to hold 0.

    activations: list of float arrays of any shapes, the batches; percentile: above 0, up to 100
    returns: two floats, low <= 0 <= high; percentiles between two values are interpolated, as np.percentile does
    """
    ### BEGIN SOLUTION
    values = np.concatenate([batch.ravel() for batch in activations])
    cut = (100 - percentile) / 2
    low, high = np.percentile(values, [cut, 100 - cut])
    return min(float(low), 0.0), max(float(high), 0.0)
    ### END SOLUTION


# %% test="percentile_range_of_all_values" points=1
batches = [np.arange(-40.0, 5.0).reshape(5, 9), np.arange(5.0, 61.0)]
what = "percentile_range([-40 … 4 as (5, 9), 5 … 60], 90)"
causes = {
    "these are the means of the batches' own ranges; put all values together first": [-15.025, 29.525],
    "this comes from the batches one by one; put all their values together first": [-37.8, 57.25],
    "the percentile is in percent, not a share of 1": [-39.95, 59.95],
    "half of what is cut falls on each side: 5 % and 5 %, not 10 % and 10 %": [-30.0, 50.0],
    "this cuts at the upper end alone; half of it belongs to the lower end": [-40.0, 50.0],
    "this cuts nothing": [-40.0, 60.0],
    "the lower end is a percentile of the values with their signs; 0 must be inside, not the end": [0.0, 55.0],
    "this is symmetric; each end has its own percentile": [-50.0, 50.0],
    "the range is symmetric; each end has a percentile of its own": [-55.0, 55.0],
}
got = percentile_range([batch.copy() for batch in batches], 90)
expect.parts(got, 2, what)
expect.close(list(got), [-35.0, 55.0], what, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for half in (50, 25, float(rng.uniform(40, 49.5))):
        batches = [rng.normal(scale=5, size=(int(n), 3, 4)) for n in rng.permutation([1, 5, 9])]
        expected = np.percentile(np.concatenate([each.ravel() for each in batches]), [50 - half, 50 + half])
        got = list(percentile_range([batch.copy() for batch in batches], 2 * half))
        expect.close(got, expected, f"percentile_range, fresh batches, {2 * half}", atol=1e-7)
### END HIDDEN TESTS
expect.passed("the central percents of all values")

# %% test="percentile_range_holds_zero" points=1
above = [np.array([[2.0, 4.0], [6.0, 8.0]]), np.array([10.0])]
outside = "the range must hold 0: take the smaller of low and 0, the larger of high and 0"
got = tuple(percentile_range([batch.copy() for batch in above], 100))
what = "percentile_range([[[2, 4], [6, 8]], [10]], 100)"
expect.close(got, (0.0, 10.0), what, causes={outside: (2.0, 10.0)})
got = tuple(percentile_range([-batch for batch in above], 50))
expect.close(got, (-8.0, 0.0), "percentile_range of the same, negated, 50", causes={outside: (-8.0, -4.0)})
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    start = float(rng.uniform(1, 5))
    batches = [start + np.arange(8.0), start + np.arange(8.0, 21.0).reshape(1, 13)]
    got = tuple(percentile_range([batch.copy() for batch in batches], 80))
    expect.close(got, (0.0, start + 18), f"percentile_range of {start:.2f} and 20 steps of 1 more, 80", atol=1e-7)
    got = tuple(percentile_range([-batch for batch in batches], 80))
    expect.close(got, (-start - 18, 0.0), "percentile_range of the same values, negated, 80", atol=1e-7)
### END HIDDEN TESTS
expect.passed("0 is always inside")

# %% [markdown]
# ### What is clipped, and what does it cost?
#
# The activations after one layer of the MobileNet, over 128 training images: left, their histogram with the 99 %
# range. Right, the mean square error of fake-quantizing them, by percentile. At 8 bits steps are small and clipping is
# dear; at 4 bits it is the other way round.


# %% demo="activations_caught"
def activations_of(path, name, images, batch_size=32):
    """Return what one tensor of the model holds for the images, a list of batches."""
    model = onnx.load(path)
    model.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    session = runtime.session(model.SerializeToString())
    return [session.run([name], {"input": images[k : k + batch_size]})[0] for k in range(0, len(images), batch_size)]


relus = [node.output[0] for node in onnx.load(mobilenet).graph.node if node.op_type == "Relu"]
caught = activations_of(mobilenet, relus[10], images28.train_images[:128])
values = np.concatenate([batch.ravel() for batch in caught])
cuts = [99.0, 99.5, 99.8, 99.9, 99.95, 99.99, 100.0]


def error_at(percentile, bits):
    low, high = percentile_range(caught, percentile)
    scale = (high - low) / (2**bits - 1)
    return float(np.square(fake_quantize(values, scale, round(-low / scale), bits) - values).mean())


errors = {f"{bits} bits": [error_at(cut, bits) for cut in cuts] for bits in (8, 4)}

# %% demo="clipping_drawn"
fig, (left, right) = plots.figure(columns=2, width=7.8, height=3.0)
high = percentile_range(caught, 99)[1]
left.hist(values[values > 0], bins=60, color=plots.SKY)
left.axvline(high, color=plots.VERMILION, linestyle="--")
left.annotate(" 99 % range\n ends here", (high, 0.9), xycoords=("data", "axes fraction"), va="top", fontsize=8)
left.set(yscale="log", title="Activations above 0", xlabel="value", ylabel="how many")
for (name, line), mark, colour in zip(errors.items(), plots.MARKS, plots.CYCLE, strict=False):
    right.plot(range(len(cuts)), line, marker=mark, color=colour, label=name)
right.set_xticks(range(len(cuts)), [f"{cut:g}" for cut in cuts], fontsize=8)
right.set(yscale="log", title="Mean square error", xlabel="percentile of the range")
right.legend(loc="center left")
best = {name: cuts[int(np.argmin(line))] for name, line in errors.items()}
share, top = float((values > high).mean()), float(values.max())
measured["best percentile for this layer"] = ", ".join(f"{name}: {cut:g}" for name, cut in best.items())
plots.show(
    fig,
    f"Left, a histogram with a long tail: the 99 % range ends at {high:.2f}, the largest value is {top:.2f}; "
    f"{share:.2%} are clipped. Right, error by percentile: least at {measured['best percentile for this layer']}.",
)

# %% [markdown]
# ## How does ONNX Runtime get to see your data?
#
# Through a **calibration data reader**: any class with a method `get_next()`, which returns the next batch as a dict of
# arrays by input name, as `session.run` takes it, and `None` when there are no more. ONNX Runtime calls it until it
# gets `None`. A reader is used up then, so it should be able to `rewind()`: the next model wants the same data.
#
# It is a small shell. Images that you have in an array, or a PyTorch loader that you trained with, are re-used as
# they are.

# %% [markdown]
# ### Exercise 6.4 · A reader (1 point · 10 min)
#
# Write the class `DigitsReader(images, batch_size)` for a model whose input is called `"input"`.
#
# *The trap:* the last batch may be smaller; it belongs to the sample, too. And after the end comes `None`, each time
# that somebody asks, not the first batch again.


# %% solution="digits_reader"
class DigitsReader:
    """Calibration data for a model with one input, "input".

    DigitsReader(images, batch_size): images: (n, …) float32 array; batch_size: int, at least 1
    get_next(): returns {"input": array} with the next images, at most batch_size; None after the last, ever after
    rewind(): begins again with the first image
    """

    ### BEGIN SOLUTION
    def __init__(self, images, batch_size):
        self.images, self.batch_size = images, batch_size
        self.rewind()

    def rewind(self):
        self.start = 0

    def get_next(self):
        batch = self.images[self.start : self.start + self.batch_size]
        self.start += self.batch_size
        return {"input": batch} if len(batch) else None

    ### END SOLUTION


# %% test="digits_reader_batches" points=0.5
sample = np.arange(20, dtype=np.float32).reshape(5, 1, 2, 2)
reader = DigitsReader(sample.copy(), 2)
for start, stop in ((0, 2), (2, 4), (4, 5)):
    got, what = reader.get_next(), f"get_next() of 5 images by 2, call {start // 2 + 1}"
    likely = "the last batch may be smaller" if start == 4 else "is a `return` missing?"
    expect.true(got is not None, what, expected="images", got=None, likely=likely)
    expect.keys(got, ["input"], what)
    expect.close(got["input"], sample[start:stop], f"{what}, images {start} to {stop - 1}")
for _ in range(2):
    likely = "only None ends it; an empty batch, or the first one again, does not"
    expect.equal(reader.get_next(), None, "get_next() after the last image", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for n, size in ((9, 4), (8, 4), (3, 7), (int(rng.integers(4, 20)), 1)):
        sample = rng.normal(size=(n, 1, 3, 3)).astype(np.float32)
        reader, what = DigitsReader(sample.copy(), size), f"get_next() of {n} images by {size}"
        for start in range(0, n, size):
            got = reader.get_next()
            expect.keys(got, ["input"], what)
            expect.close(got["input"], sample[start : start + size], f"{what}, from image {start}")
        expect.equal([reader.get_next() for _ in range(3)], [None] * 3, f"{what}, after the last")
### END HIDDEN TESTS
expect.passed("batch by batch, then None")


# %% readonly="given_next_batch"
def expect_next(reader, images, what, likely=""):
    """Expect that the reader's next batch holds just these images."""
    got = reader.get_next()
    expect.true(got is not None, what, expected="images", got=None, likely=likely)
    expect.keys(got, ["input"], what)
    expect.shape(got["input"], images.shape, what, likely="a batch holds batch_size images, if so many are left")
    expect.close(got["input"], images, what, likely=likely)


# %% test="digits_reader_rewinds" points=0.5
sample = np.arange(16, dtype=np.float32).reshape(4, 1, 2, 2)
for asked, when in ((1, "1 call"), (3, "the end")):
    reader = DigitsReader(sample.copy(), 2)
    got, *_ = [reader.get_next() for _ in range(asked)]
    expect.true(got is not None, "get_next()", expected="images", got=None, likely="is a `return` missing?")
    reader.rewind()
    likely = "rewind() begins with the first image, also after the end"
    expect_next(reader, sample[:2], f"get_next() after {when} and rewind()", likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    sample = rng.normal(size=(7, 1, 2, 3)).astype(np.float32)
    reader, other = DigitsReader(sample.copy(), 3), DigitsReader(sample[::-1].copy(), 3)
    for asked in (1, 2, 5):
        for _ in range(asked):
            reader.get_next()
        reader.rewind()
        expect_next(reader, sample[:3], f"get_next() after {asked} calls and rewind()")
        reader.rewind()
    reader.get_next()
    expect_next(other, sample[::-1][:3], "get_next() of another reader, the first one in use")
### END HIDDEN TESTS
expect.passed("and once more")

# %% [markdown]
# ### Does a loader that you already have serve?
#
# A reader that never returned `None` would be asked for ever. From here on, yours is asked through `AtMost100`.


# %% readonly="given_at_most_100"
from course_utils.errors import CourseError


class AtMost100:
    """A calibration data reader that passes on another's batches, and raises a CourseError after 100 of them."""

    def __init__(self, reader):
        self.reader, self.left = reader, 100

    def get_next(self):
        batch = self.reader.get_next()
        self.left -= 1
        if batch is not None and self.left < 0:
            raise CourseError(
                "DigitsReader gave more than 100 batches: get_next() must return None after the last (6.4)."
            )
        return batch


# %% demo="loader_reused"
loader = torch.utils.data.DataLoader(
    torch.utils.data.TensorDataset(torch.from_numpy(images28.train_images), torch.from_numpy(images28.train_labels)),
    batch_size=64,
)
first_four = [batch.numpy() for batch, _ in (each for each, _ in zip(loader, range(4), strict=False))]
reader = AtMost100(DigitsReader(np.concatenate(first_four), 32))
sizes = [len(feed["input"]) for feed in iter(reader.get_next, None)]
print(f"from the loader, labels left out: {sum(sizes)} images in batches of {sizes}")

# %% [markdown]
# ## Can every convolution compute with integers?
#
# | | ranges of activations | needs |
# |---|---|---|
# | **static** | measured once, by calibration | a sample |
# | **dynamic** | measured anew in each call | nothing |
# | **quantization-aware training** | before, and the weights adapt | labels, training |
#
# The format `QuantFormat.QDQ` leaves the float operators in the graph, wrapped in `QuantizeLinear` and
# `DequantizeLinear`; ONNX Runtime then replaces what it can by integer **kernels** such as `QLinearConv`. The older
# `QuantFormat.QOperator` writes those itself.
#
# Types are `QuantType.QInt8` (signed) or `QuantType.QUInt8`. An x86-64 processor multiplies *unsigned* bytes by
# *signed* ones. After a ReLU, activations have no sign to lose.

# %% [markdown]
# ### Which model do the tests quantize?
#
# A fresh one each time: two convolutions with *drawn* weights and a shortcut, and one dense layer on top, solved by
# least squares. Training takes a tenth of a second, and it reads the 8×8 digits well. Your function gets its path and
# a reader. A **layer** below is a node that computes, in the graph that ONNX Runtime really runs.
#
# A mark depends on your file, never on this processor: with graph optimizations off, ONNX Runtime computes what a
# QDQ file means in float, alike everywhere. Whether integers may do as well elsewhere is read from the weights.

# %% readonly="given_graph"
GRAPH = """<ir_version: 10, opset_import: ["" : 20]>
drawn (float[batch, 1, 8, 8] input) => (float[batch, 10] output)
<float[32, 1, 3, 3] w1 = {0}, float[32] b1 = {0}, float[32, 32, 3, 3] w2 = {0}, float[32] b2 = {0},
 float[512, 10] w3 = {0}, float[10] b3 = {0}> {
    c = Conv <pads = [1, 1, 1, 1]> (input, w1, b1)
    r = Relu (c)
    d = Conv <pads = [1, 1, 1, 1]> (r, w2, b2)
    s = Add (d, r)
    t = Relu (s)
    p = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (t)
    f = Flatten (p)
    output = Gemm (f, w3, b3)
}"""
images8 = data.digits(8)


# %% readonly="given_drawn_model"
def drawn_model(rng):
    """Return the path of a fresh classifier of 8×8 digits: convolutions from rng, the last layer by least squares."""
    model = onnx.parser.parse_model(GRAPH)
    weights = {tensor.name: np.zeros(tuple(tensor.dims)) for tensor in model.graph.initializer}
    weights["w1"], weights["w2"] = rng.normal(size=(32, 1, 3, 3)) / 3, rng.normal(size=(32, 32, 3, 3)) / 17

    def put_in():
        for tensor in model.graph.initializer:  # rounded: no weight so small that float16 would lose it
            value = weights[tensor.name].round(4).astype(np.float32)
            tensor.CopyFrom(onnx.numpy_helper.from_array(value, tensor.name))

    put_in()
    model.graph.output.append(onnx.helper.make_tensor_value_info("f", onnx.TensorProto.FLOAT, None))
    session = runtime.session(model.SerializeToString(), optimize="disabled")
    features = session.run(["f"], {"input": images8.train_images})[0].astype(float)
    del model.graph.output[1]
    centred, wanted = features - features.mean(0), np.eye(10)[images8.train_labels] - 0.1
    ridge = 0.1 * features.var(0).mean() * len(features) * np.eye(512)
    weights["w3"] = np.linalg.solve(centred.T @ centred + ridge, centred.T @ wanted)
    weights["b3"] = 0.1 - features.mean(0) @ weights["w3"]
    put_in()
    path = new_path("drawn.onnx")
    onnx.save(model, path)
    return path


# %% readonly="given_example"
def copy_of(path):
    """Return the path of a copy: whoever writes over it harms nobody."""
    return Path(shutil.copy(path, new_path("copy.onnx")))


example = drawn_model(np.random.default_rng(0))


# %% readonly="given_static_trial"
def after_static(path):
    """Return what your quantize_static_model makes of the model at path, calibrated with 256 digits."""
    reader = quantization.Reader.__wrapped__(images8.train_images, path, limit=256)
    return quantize_static_model(path, new_path("static.onnx"), reader)


def expect_kept(path):
    """Expect that the copy of the example at path is still the float model."""
    likely = "write the new model to out, not to path"
    expect.unchanged(path, example.read_bytes(), "the float model afterwards", likely=likely)


def expect_path(got, what):
    """Expect that a function returned the path of a file."""
    likely = "is a `return` missing?" if got is None else "return out, and write the model there"
    there = isinstance(got, str | Path) and Path(got).is_file()
    expect.true(there, what, expected="the path of a file", got=got, likely=likely)


# %% readonly="given_looks"
def kernels(path, word):
    """Return operator and types of each layer whose operator has the word, as ONNX Runtime runs it; each kind once."""
    layers = quantization.report(path).layers
    found = {f"{each.operator} {each.types}".strip() for each in layers if word in each.operator}
    return sorted(each.removeprefix("Fused") for each in found)  # with its Relu: on some processors only


def operators(path, *words):
    """Return the operators of the file that have one of the words in their names, in order."""
    found = [node.op_type for node in onnx.load(path).graph.node]
    return [each for each in found if any(word in each for word in words)]


def weights_in(path):
    """Return a model's weights, biases left out."""
    arrays = map(onnx.numpy_helper.to_array, onnx.load(path).graph.initializer)
    return [each for each in arrays if each.ndim > 1]


def weight_types(path):
    """Return the types of a model's weights; each once."""
    return sorted({str(each.dtype) for each in weights_in(path)})


# %% readonly="given_narrow"
def widest_weight(path):
    """Return the largest magnitude of an int8 weight of the file; 0 where it has none."""
    return max((int(np.abs(each.astype(int)).max()) for each in weights_in(path) if each.dtype == np.int8), default=0)


def expect_narrow(path, which=""):
    """Expect that no pair of products of an int8 weight and an unsigned byte leaves 16 bits."""
    widest = widest_weight(path)
    likely = (
        "without VNNI an x86-64 processor adds two products in 16 bits, and 2 · 255 · 65 is too much: there, this file "
        "is another model; reduce_range=True makes weights of 7 bits"
    )
    what = f"the largest magnitude of an int8 weight{which}"
    expect.true(widest <= 64, what, expected="at most 64", got=widest, likely=likely)


# %% readonly="given_meaning"
def digit_scores(path):
    """Return the scores (900, 10) of 900 digits, with optimizations off: of narrow weights alike on any processor."""
    images = np.concatenate([images8.test_images, images8.train_images[:450]])
    return runtime.session(path, optimize="disabled").run(None, {"input": images})[0]


def share_right(path):
    """Return the share of these 900 digits that a model gets right."""
    labels = np.concatenate([images8.test_labels, images8.train_labels[:450]])
    return float(np.mean(digit_scores(path).argmax(1) == labels))


def error_of(path, exact_path):
    """Return the largest change of a score, over the spread of the scores."""
    exact = digit_scores(exact_path)
    return float(np.abs(exact - digit_scores(path)).max() / exact.std())


# %% demo="drawn_model_reads"
print(f"right: {share_right(example):.3f}; the convolutions run as {kernels(example, 'Conv')}")

# %% [markdown]
# ### Exercise 6.5 · Static int8 (3 points · 15 min)
#
# Write `quantize_static_model(path, out, reader)` with one call:
#
# `quantize_static(path, out, reader, quant_format=…, activation_type=…, weight_type=…, per_channel=…,
# reduce_range=…, calibrate_method=…)`
#
# Wanted: every convolution runs as `QLinearConv` on unsigned activations and signed weights; at most 0.35 of the size;
# at most one point of accuracy less, *on every processor*. Leave out whatever has the right default: `QDQ`, `QInt8`,
# `QInt8`, `False`, `False`, `CalibrationMethod.MinMax`.
#
# *The traps:* with the default activation type the file shrinks, and the convolutions stay in float. And x86-64
# without VNNI adds two products in 16 bits, where those of 8-bit weights may not fit (exercise 6.9): right here, wrong
# there. `reduce_range=True` makes weights of 7 bits.


# %% solution="quantize_static"
def quantize_static_model(path, out, reader):
    """Write the float model at path with 8-bit weights and activations to out, for x86-64; return out.

    path, out: paths of ONNX files, the first stays as it is; reader: a calibration data reader for it
    returns: out, a path
    """
    ### BEGIN SOLUTION
    types = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
    quantize_static(path, out, reader, per_channel=True, reduce_range=True, **types)
    return out
    ### END SOLUTION


# %% test="quantize_static_kernels" points=1
path = copy_of(example)
got = after_static(path)
expect_path(got, "quantize_static_model(path, out, reader)")
causes = {
    "they stay in float: are the activations unsigned, and convolutions among what is quantized?": ["Conv"],
    "int8 × int8 has no fast kernel on x86-64; make the activations unsigned": ["QLinearConv int8 × int8"],
    "unsigned weights have no fast kernel on x86-64; make the weights signed": ["QLinearConv uint8 × uint8"],
    "this is dynamic quantization; quantize_static takes the reader": ["ConvInteger"],
}
expect.equal(kernels(got, "Conv"), ["QLinearConv uint8 × int8"], "how the convolutions run", causes=causes)
expect_kept(path)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    path = drawn_model(rng)
    before = Path(path).read_bytes()
    got = after_static(path)
    expect_path(got, "quantize_static_model(path, out, reader)")
    expect.equal(kernels(got, "Conv"), ["QLinearConv uint8 × int8"], "how the convolutions run, a fresh model")
    expect.unchanged(path, before, "the float model afterwards")
### END HIDDEN TESTS
expect.passed("every convolution is an integer kernel")

# %% test="quantize_static_size" points=1
path = copy_of(example)
got = after_static(path)
expect_path(got, "quantize_static_model(path, out, reader)")
ratio = Path(got).stat().st_size / example.stat().st_size
likely = "with 8 bits in place of 32, weights take a quarter; are they quantized?"
expect.true(
    ratio <= 0.35, "the size of the file", expected="at most 0.35 of the float file", got=round(ratio, 2), likely=likely
)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    path = drawn_model(rng)
    size = path.stat().st_size
    ratio = Path(after_static(path)).stat().st_size / size
    expect.true(ratio <= 0.35, "the size of the file, a fresh model", expected="at most 0.35", got=round(ratio, 2))
### END HIDDEN TESTS
expect.passed("a third of the file or less")

# %% test="quantize_static_accuracy" points=1
path = copy_of(example)
got = after_static(path)
expect_path(got, "quantize_static_model(path, out, reader)")
expect_narrow(got)
lost = round(100 * (share_right(example) - share_right(got)), 1)
likely = "is it calibrated by another method than CalibrationMethod.MinMax, the default?"
expect.true(lost <= 1, "accuracy lost, in points", expected="at most 1", got=lost, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    path = drawn_model(rng)
    got = after_static(copy_of(path))
    expect_narrow(got, ", a fresh model")
    lost = round(100 * (share_right(path) - share_right(got)), 1)
    expect.true(lost <= 1, "accuracy lost, in points, a fresh model", expected="at most 1", got=lost)
    expect.true(error_of(got, path) > 0, "the scores", expected="not those of the float model", got="the very same")
### END HIDDEN TESTS
expect.passed("as accurate on every processor, within one point")

# %% [markdown]
# ### What became of the two networks?
#
# Scales per channel take room, too: a small network feels it.


# %% demo="static_resnet"
def reader28():
    """Return your reader of 256 training images."""
    return AtMost100(DigitsReader(images28.train_images[:256], 32))


int8 = {
    path: quantize_static_model(path, new_path(f"{path.stem}_int8.onnx"), reader28()) for path in (resnet, mobilenet)
}
labelled = images28.test_images, images28.test_labels
reports = {path: quantization.report(int8[path], *labelled, against=of_float[path]) for path in int8}
tables.show([each.summary() for each in reports.values()], "your static int8")
tables.show(reports[resnet].rows()[:6], "the first layers of the ResNet")
measured["static int8, ResNet"] = ", ".join(f"{key}: {value}" for key, value in reports[resnet].summary().items())


# %% demo="likely_losses"
def explained(about):
    """Return the points that a model lost on this processor, with the likely cause; nothing for one point or less."""
    if not about.points_lost > 1:
        return ""
    cause = "calibration: too narrow a range, or too wide a one"
    if processor().saturates and widest_weight(about.path) > 64:
        cause = "pairs of products saturate on this processor, and reduce_range=True is missing (6.9)"
    return f"{about.points_lost:.1f} points lost; likely {cause}"


for path, about in reports.items():
    print(f"{path.stem}: {explained(about) or 'no more than one point lost'}")

# %% [markdown]
# ### How much data, and which range?
#
# First, calibration with few images, and with images of a single digit: how representative need a sample be *here*?
# Then other methods, on 64 images. `calibrated` is given; it quantizes with unsigned activations and 7-bit weights, and
# only the ranges change. Which network minds, and did the layer drawn above announce it?


# %% demo="calibrated"
def calibrated(path, images, method=CalibrationMethod.MinMax, **options):
    """Return the accuracy of the model, calibrated so; the ranges are the only thing that differs."""
    out, reader = new_path("calibrated.onnx"), AtMost100(DigitsReader(images, 32))
    settings = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
    settings |= {"per_channel": True, "reduce_range": True, "calibrate_method": method, "extra_options": options}
    with quiet():  # these methods print what they do
        quantize_static(path, out, reader, **settings)
    return quantization.report(out, *labelled).accuracy


train = images28.train_images
samples = {f"first {n}" if n > 1 else "first image": train[:n] for n in (1, 8, 32, 128)}
samples["32 images of the digit 0"] = train[images28.train_labels == 0][:32]
by_sample = [
    {"sample": name} | {path.stem: f"{calibrated(path, sample):.3f}" for path in int8}
    for name, sample in samples.items()
]
tables.show(by_sample, "accuracy by calibration sample")

# %% demo="methods_compared"
methods = {
    "all (MinMax)": (CalibrationMethod.MinMax, {}),
    "Entropy": (CalibrationMethod.Entropy, {}),
    "99.9 %": (CalibrationMethod.Percentile, {"CalibPercentile": 99.9}),
    "99 %": (CalibrationMethod.Percentile, {"CalibPercentile": 99.0}),
}
found = {
    path.stem: {name: calibrated(path, train[:64], method, **options) for name, (method, options) in methods.items()}
    for path in int8
}
fig, axes = plots.figure(width=6.5, height=2.6)
for shift, path, colour, hatch in zip((-0.2, 0.2), int8, plots.CYCLE, ("", "//"), strict=False):
    places, values = np.arange(len(methods)) + shift, np.array(list(found[path.stem].values()))
    lost = 100 * (of_float[path].accuracy - values)
    axes.bar(places, lost, width=0.36, color=colour, hatch=hatch, edgecolor="white", label=path.stem)
    for x, height, value in zip(places, lost, values, strict=True):
        axes.annotate(f"{value:.3f}", (x, max(height, 0)), ha="center", va="bottom", fontsize=8)
axes.set_xticks(range(len(methods)), list(methods))
axes.set(ylabel="points lost", title="One range for all of it? Points lost, and accuracy")
axes.margins(y=0.15)
axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
said = "; ".join(f"{name}: " + ", ".join(f"{k} {v:.3f}" for k, v in each.items()) for name, each in found.items())
measured["accuracy by calibration method"] = said
plots.show(fig, f"Bars of points lost by calibration method. Accuracy: {said}.")

# %% demo="announced"
rows = []
for name, cut in (("all (MinMax)", 100.0), ("99.9 %", 99.9), ("99 %", 99.0)):
    grown = errors["8 bits"][cuts.index(cut)] / errors["8 bits"][cuts.index(100.0)]
    lost = {path: 100 * (of_float[path].accuracy - found[path.stem][name]) for path in int8}
    row = {"range": name, "error of the layer drawn above, 8 bits": f"× {grown:.1f}"}
    rows.append(row | {f"points lost, {path.stem}": f"{points:.1f}" for path, points in lost.items()})
tables.show(rows)
measured["99 % in place of the whole range"] = ", ".join(f"{key}: {value}" for key, value in list(rows[-1].items())[1:])

# %% [markdown]
# <details><summary>Did it announce it?</summary>
# It did: at 8 bits clipping costs more than finer steps win, so its error grows with each value that is cut off, and
# most at 99 %, where labels are lost. But an error is no accuracy: at 99.9 % it has grown, too, and hardly a label
# has changed. Count labels.</details>

# %% [markdown]
# ## When is int8 slower?
#
# **Dynamic quantization** needs no sample: it measures each activation's range during the call, and so computes it in
# float first. For a dense layer with many weights that is cheap. For a convolution, whose activations are many and
# whose weights are few, it is not; and `ConvInteger` has no fast kernel on a CPU.
#
# `quantize_dynamic(path, out, op_types_to_quantize=[…], weight_type=QuantType.QInt8, reduce_range=…)` takes the
# operators to quantize, by their ONNX names. Its default is all that it can.

# %% [markdown]
# ### Exercise 6.6 · Dynamic, where it does not hurt (1 point · 8 min)
#
# Write `quantize_dynamic_model(path, out)`: dense layers get int8 weights, of at most 64 in magnitude as in exercise
# 6.5 and for its reason; convolutions stay as they are.
#
# *The trap:* the names. `quantize_dynamic` first rewrites each `Gemm` as `MatMul` and `Add` and then looks for the
# names: "Gemm" alone finds nothing, as does "Linear", which ONNX does not have. Neither is an error: nothing happens.
# Name `MatMul` (naming `Gemm`, too, does no harm).


# %% solution="quantize_dynamic"
def quantize_dynamic_model(path, out):
    """Write the float model at path to out with its dense layers quantized dynamically; return out.

    path, out: paths of ONNX files, the first stays as it is
    returns: out, a path; weights of Gemm and MatMul are int8 there, from -64 to 64, all else is as before
    """
    ### BEGIN SOLUTION
    dense = ["Gemm", "MatMul"]
    quantize_dynamic(path, out, op_types_to_quantize=dense, weight_type=QuantType.QInt8, reduce_range=True)
    return out
    ### END SOLUTION


# %% readonly="given_dynamic_trial"
def after_dynamic(path):
    """Return what your quantize_dynamic_model makes of the model at path."""
    return quantize_dynamic_model(path, new_path("dynamic.onnx"))


def with_matmul(path, rng):
    """Return the path of a copy of the model at path with a second dense layer, a MatMul (10, 10), at its end."""
    model = onnx.load(path)
    model.graph.node[-1].output[0] = "scores"
    model.graph.node.add(op_type="MatMul", input=["scores", "w4"], output=["output"])
    mixed = np.float32(np.eye(10) + rng.normal(size=(10, 10)).round(4) / 50)
    model.graph.initializer.append(onnx.numpy_helper.from_array(mixed, "w4"))
    copied = new_path("with_matmul.onnx")
    onnx.save(model, copied)
    return copied


# %% test="quantize_dynamic_kernels" points=0.5
path = copy_of(example)
got = after_dynamic(path)
expect_path(got, "quantize_dynamic_model(path, out)")
slow = "convolutions quantized dynamically are slower; name the operators to quantize"
expect.equal(operators(got, "Conv"), ["Conv"] * 2, "the convolutions in the file", causes={slow: ["ConvInteger"] * 2})
named = "nothing was quantized: a Gemm is rewritten as MatMul and Add first; is MatMul among the operators?"
causes = {named: ["MatMul"], "this is still the float model": ["Gemm"]}
expect.equal(operators(got, "Gemm", "MatMul"), ["MatMulInteger"], "the dense layers in the file", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    path = with_matmul(drawn_model(rng), rng)
    got = after_dynamic(path)
    expect.equal(operators(got, "Conv"), ["Conv"] * 2, "the convolutions in the file, a fresh model")
    dense = operators(got, "Gemm", "MatMul")
    expect.equal(dense, ["MatMulInteger"] * 2, "the dense layers in the file, of a model with a Gemm and a MatMul")
### END HIDDEN TESTS
expect.passed("dense layers in integers, convolutions in float")

# %% test="quantize_dynamic_weights" points=0.5
path = copy_of(example)
got = after_dynamic(path)
expect_path(got, "quantize_dynamic_model(path, out)")
causes = {
    "the weights are still float": ["float32"],
    "make the weights signed: QuantType.QInt8": ["float32", "uint8"],
    "the convolutions' weights are not to be quantized": ["int8"],
}
expect.equal(weight_types(got), ["float32", "int8"], "the types of the weights", causes=causes)
expect_narrow(got)
expect_kept(path)
error, what = error_of(got, path), "the largest change of a score, over the spread of the scores"
expect.true(0 < error < 0.5, what, expected="above 0, below 0.5", got=round(error, 3))
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    path = drawn_model(rng)
    before = Path(path).read_bytes()
    got = after_dynamic(path)
    expect.unchanged(path, before, "the float model afterwards")
    expect.equal(weight_types(got), ["float32", "int8"], "the types of the weights, a fresh model")
    expect_narrow(got, ", a fresh model")
    error = error_of(got, path)
    expect.true(0 < error < 0.5, f"{what}, a fresh model", expected="above 0, below 0.5", got=round(error, 3))
### END HIDDEN TESTS
expect.passed("narrow int8 weights, nearly the same scores")

# %% [markdown]
# ### Which int8 models lose to float?
#
# Both networks, eight images a call, against the float model. Yours are the second and the third row. The others
# compute with integers as well: all operators quantized dynamically; signed activations in the older format, which
# writes a `QLinearConv` of signed by signed bytes; unsigned weights. On some machines one of them merely gains
# nothing: each row of the tables is a verdict with its interval, for this machine, and the line below says which lose.


# %% demo="other_int8"
def made_with(path, name, **settings):
    """Return the path of the model, quantized with these settings."""
    out = new_path(f"{name}.onnx")
    with quiet():
        if name == "dynamic, all operators":
            quantize_dynamic(path, out)
        else:
            quantize_static(path, out, reader28(), **settings)
    return out


recipes = {
    "dynamic, all operators": {},
    "signed × signed, QOperator": {"quant_format": QuantFormat.QOperator},
    "unsigned × unsigned": {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QUInt8},
}
variants = {}
for path in (resnet, mobilenet):
    own = {"float": path, "static int8 (6.5)": int8[path], "dynamic, dense (6.6)": new_path("dense.onnx")}
    quantize_dynamic_model(path, own["dynamic, dense (6.6)"])
    variants[path] = own | {name: made_with(path, name, **settings) for name, settings in recipes.items()}

# %% demo="slower"
from course_utils.timing import compare


def timed(models, count, **limits):
    """Return the models' times for so many images, taken in turns."""
    feed = {"input": images28.test_images[:count]}
    sessions = {name: runtime.session(path) for name, path in models.items()}
    return compare({name: partial(each.run, None, feed) for name, each in sessions.items()}, **limits)


turns = {path: timed(models, 8, rounds=20, time_limit_s=10) for path, models in variants.items()}
for path, each in turns.items():
    rows = [{key: row[key] for key in ("function", "median", "speed-up", "verdict")} for row in each.rows()]
    tables.show(rows, f"{path.stem}, 8 images, {each.rounds} rounds")
    verdicts = {name: each.ratio(name).verdict for name in list(each.timings)[1:]}
    undecided = "undecided: too few rounds" if "too few rounds to tell" in verdicts.values() else "none"
    what = f"slower than float, {path.stem}"
    measured[what] = "; ".join(name for name, verdict in verdicts.items() if verdict == "slower") or undecided
    print(f"{what}: {measured[what]}")

# %% demo="why_slower"
rows = [
    {"model": name, "how convolutions run": ", ".join(kernels(path, "Conv"))}
    for name, path in variants[mobilenet].items()
]
tables.show(rows, "MobileNet: float convolutions, fast integer kernels, and integer kernels without the instruction")

# %% [markdown]
# ## What is left at 2 bits?
#
# Four codes. Rounding a *trained* network to them moves weights by half a step, and its steps are huge.
# **Quantization-aware training** rounds in every forward pass, so that the loss sees what the rounding does. But a
# staircase has slope 0 nearly everywhere, and no gradient gets through. The **straight-through estimator** (Bengio et
# al., 2013) takes the gradient of the rounding for 1, and leaves it 0 where the rounded code was clipped: there,
# moving the value changes nothing.
#
# In PyTorch such a rule is an `autograd.Function` with its own `backward`, called through `.apply`.


# %% readonly="example_function"
class Doubled(torch.autograd.Function):
    """Twice x; its gradient passes where x is above 0, and stops elsewhere. An example of the form."""

    @staticmethod
    def forward(ctx, x, factor):
        ctx.save_for_backward(x > 0)  # tensors that backward will need
        return factor * x

    @staticmethod
    def backward(ctx, gradient):  # of the loss with respect to what forward returned
        (passes,) = ctx.saved_tensors
        return 2 * gradient * passes, None  # one for each argument of forward; None: it gets no gradient


# %%
x = torch.tensor([-1.0, 3.0], requires_grad=True)
Doubled.apply(x, 2).sum().backward()
print(x.grad)


# %% [markdown]
# ### What do you train?
#
# A dense network, 64–128–64–10, on 8×8 digits, trained in float below. `quantized_forward` is that network with the
# input of every layer and its weights passed through a quantizer of your choice; the scales come from the float
# network and stay.
#
# The test images come **twice**: as they are, then with each pixel moved to the nearest of four grey levels (those just
# half-way stay). A 2-bit network rounds its input first, so it cannot tell the copies apart. A network in float can.


# %% readonly="given_training"
def train(net, forward, steps):
    """Train net in place on the task's images, with Adam; forward(net, x) returns scores. Always the same batches."""
    optimizer = torch.optim.Adam(net.parameters(), lr=0.005)
    draw = torch.Generator().manual_seed(0)
    for _ in range(steps):
        batch = torch.randint(0, len(task.images), (128,), generator=draw)
        loss = torch.nn.functional.cross_entropy(forward(net, task.images[batch]), task.labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def in_float(net, x):
    """Return the scores (n, 10) of net for images x (n, 64)."""
    return net(x)


# %% readonly="given_task"
def four_greys(x):
    """Return x with each pixel moved to the nearest of 0, 1/3, 2/3 and 1, except those half-way between two."""
    return torch.where(x == 0.5, x, torch.round(3 * x) / 3)


small = data.digits(8, as_tensors=True)
tested = small.test_images.flatten(1)
seeded(0)
sizes = (64, 128, 64, 10)
stack = [layer for pair in pairwise(sizes) for layer in (torch.nn.Linear(*pair), torch.nn.ReLU())]
task = SimpleNamespace(
    net=torch.nn.Sequential(*stack[:-1]),
    images=small.train_images.flatten(1),
    labels=small.train_labels,
    test_images=torch.cat([tested, four_greys(tested)]),
)
train(task.net, in_float, steps=150)


# %% readonly="given_quantized_forward"
def quantized_forward(net, x, bits, quantizer):
    """Return the scores (n, 10) of net for images x (n, 64), weights and the layers' inputs quantized.

    quantizer: called as quantizer(tensor, scale, zero_point, bits), such as StraightThrough.apply
    """
    seen = task.images  # what the float network of the task sees sets the scales
    for layer, trained_layer in zip(net, task.net, strict=True):
        if isinstance(layer, torch.nn.Linear):
            top_weight, top_input = trained_layer.weight.detach().abs().max(), seen.max()
            weight = quantizer(layer.weight, top_weight / (2 ** (bits - 1) - 1), 2 ** (bits - 1), bits)
            x = torch.nn.functional.linear(quantizer(x, top_input / (2**bits - 1), 0, bits), weight, layer.bias)
        else:
            x = layer(x)
        seen = trained_layer(seen).detach()
    return x


def rounded(x, scale, zero_point, bits):
    """Your fake_quantize, on tensors: what rounds a trained network, and lets no gradient through."""
    return torch.from_numpy(fake_quantize(x.detach().numpy(), float(scale), zero_point, bits)).float()


# %% readonly="given_through"
def through(x, scale, zero_point, bits):
    """Return (y, dx): what your StraightThrough makes of x, and the gradient of (y ** 2).sum() / 2 that reaches x."""
    x = torch.as_tensor(x).clone().requires_grad_()
    y = StraightThrough.apply(x, scale, zero_point, bits)
    (y.square().sum() / 2).backward()
    return y.detach().numpy(), None if x.grad is None else x.grad.numpy()


def on_task(digits, bits):
    """Return train_quantized(bits) where digit k is called digits[k], and whether the task's own net is left alone."""
    global task
    kept, order, net = task, torch.argsort(torch.as_tensor(digits)), copy.deepcopy(task.net)
    net[-1].load_state_dict({name: value[order] for name, value in net[-1].state_dict().items()})
    before = {name: value.clone() for name, value in net.state_dict().items()}
    task = SimpleNamespace(**(vars(kept) | {"net": net, "labels": torch.as_tensor(digits)[kept.labels]}))
    try:
        labels = train_quantized(bits)
    finally:
        task = kept
    return labels, all(bool(torch.equal(value, before[name])) for name, value in net.state_dict().items())


# %% [markdown]
# ### Exercise 6.7 · Straight through (5 points · 25 min)
#
# Write `StraightThrough`: forward as `fake_quantize`, in PyTorch; backward as told above. Then `train_quantized(bits)`:
# train a *copy* of `task.net` for 100 steps with `train` and `quantized_forward`, and label `task.test_images` with
# the result. The tests rename the digits, in `task.labels` and in the last layer of `task.net`, so use what `task`
# holds when you are called.
#
# *The trap:* a network trained for 2 bits is a good one only with 2 bits. Quantize when you label, too.
#
# <details><summary>Hint</summary>
# <code>torch.round</code>, <code>torch.clamp(q, low, high)</code>, <code>copy.deepcopy(net)</code>,
# <code>scores.argmax(1)</code>; <code>partial(f, bits=2)</code> is f with one argument filled in.
# </details>


# %% solution="straight_through"
class StraightThrough(torch.autograd.Function):
    """Fake quantization; the gradient passes unchanged where the code needed no clipping, and is 0 elsewhere."""

    ### BEGIN SOLUTION
    @staticmethod
    def forward(ctx, x, scale, zero_point, bits):
        q = torch.round(x / scale) + zero_point
        ctx.save_for_backward((q >= 0) & (q <= 2**bits - 1))
        return (q.clamp(0, 2**bits - 1) - zero_point) * scale

    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.saved_tensors[0], None, None, None

    ### END SOLUTION


def train_quantized(bits):
    """Return int labels (900,) of task.test_images, from a copy of task.net trained for 100 steps with so many bits."""
    ### BEGIN SOLUTION
    forward = partial(quantized_forward, bits=bits, quantizer=StraightThrough.apply)
    net = copy.deepcopy(task.net)
    train(net, forward, steps=100)
    return forward(net, task.test_images).argmax(1)
    ### END SOLUTION


# %% test="straight_through_gradient" points=2
y, dx = through(np.array([-2.0, -0.7, -0.45, 0.1, 0.4, 0.9, 1.2, 3.0]), 0.5, 1, 2)
what = "through([-2, -0.7, -0.45, 0.1, 0.4, 0.9, 1.2, 3], 0.5, 1, 2)"
causes = {"the codes are not clipped to 0 ... 3": [-2.0, -0.5, -0.5, 0.0, 0.5, 1.0, 1.0, 3.0]}
expect.close(y, [-0.5, -0.5, -0.5, 0.0, 0.5, 1.0, 1.0, 1.0], f"y of {what}", causes=causes)
expect.true(dx is not None, f"dx of {what}", expected="a gradient", got=None, likely="backward returns it first")
causes = {
    "no gradient gets through; backward must pass on what it was given": [0.0] * 8,
    "where the code was clipped the gradient is 0": [-0.5, -0.5, -0.5, 0.0, 0.5, 1.0, 1.0, 1.0],
    "ask the rounded code whether it was clipped": [0.0, 0.0, -0.5, 0.0, 0.5, 1.0, 0.0, 0.0],
    "codes 0 and 2**bits - 1 are in range: pass their gradient": [0.0, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0],
    "pass on the gradient that came from above, times 1 or 0; this is 1 or 0 alone": [0.0] + [1.0] * 6 + [0.0],
}
expect.close(dx, [0.0, -0.5, -0.5, 0.0, 0.5, 1.0, 1.0, 0.0], f"dx of {what}", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for bits in (2, 4, 8):
        scale, zero_point = float(rng.uniform(0.1, 2)), int(rng.integers(0, 2**bits))
        codes = np.arange(-20, 2**bits + 20).repeat(2)  # each of them from below and from above
        off = rng.uniform(0.05, 0.45, size=codes.shape) * np.resize([-1, 1], codes.shape)
        y, dx = through(scale * (codes - zero_point + off), scale, zero_point, bits)
        expected = scale * (np.minimum(np.maximum(codes, 0), 2**bits - 1) - zero_point)
        both = expected, np.where((codes >= 0) & (codes < 2**bits), expected, 0.0)
        expect.close((y, dx), both, f"through(x, …), fresh x, {bits} bits", rtol=1e-5)
### END HIDDEN TESTS
expect.passed("a gradient passes, but not where a code was clipped")

# %% test="straight_through_accuracy" points=2
renamed = [3, 1, 4, 0, 5, 9, 2, 6, 8, 7]
got, untouched = on_task(renamed, 2)
what = "train_quantized(2), the digits renamed"
expect.shape(got, (900,), what, likely="one label an image, in the order of task.test_images")
likely = "train a copy of it; if you called it yourself, run the cell that makes `task` again"
expect.true(untouched, f"task.net after {what}", expected="unchanged", got="trained", likely=likely)
accuracy = float(np.mean(np.asarray(got)[:450] == np.array(renamed)[images8.test_labels]))
likely = "with 100 steps, training and labelling with quantized_forward and a right StraightThrough reach it"
expect.true(accuracy >= 0.8, f"the accuracy of {what}", expected="at least 0.80", got=round(accuracy, 3), likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    renamed = rng.permutation(10)
    got, untouched = on_task(renamed.tolist(), 2)
    expect.shape(got, (900,), "train_quantized(2), digits renamed")
    expect.true(untouched, "task.net afterwards", expected="unchanged", got="trained")
    accuracy = float(np.mean(np.asarray(got)[:450] == renamed[images8.test_labels]))
    expect.true(
        accuracy >= 0.8,
        "the accuracy of train_quantized(2), digits renamed",
        expected="at least 0.80",
        got=round(accuracy, 3),
    )
### END HIDDEN TESTS
expect.passed("at least 0.80 with 2 bits")


# %% readonly="given_told_apart"
def told_apart(labels):
    """Return how many of the 450 test images have another label than their copy in four greys."""
    labels = np.asarray(labels)
    return int((labels[:450] != labels[450:]).sum())


# %% test="straight_through_bits" points=1
got, _ = on_task(range(10), 2)
expect.shape(got, (900,), "train_quantized(2)")
likely = "a 2-bit network cannot see the difference: are bits given on, and used for the labels, too?"
expect.equal(told_apart(got), 0, "images whose copy train_quantized(2) labels otherwise", likely=likely)
got, _ = on_task(range(10), 8)
likely = "an 8-bit network sees the difference: are bits given on, and does the network learn at all?"
what = "images whose copy train_quantized(8) labels otherwise"
expect.true(told_apart(got) > 0, what, expected="some", got=told_apart(got), likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for bits, some in ((2, False), (8, True)):
        got, _ = on_task(rng.permutation(10).tolist(), bits)
        expect.shape(got, (900,), f"train_quantized({bits}), digits renamed")
        what = f"whether a copy is labelled otherwise by train_quantized({bits}), digits renamed"
        expect.equal(told_apart(got) > 0, some, what)
### END HIDDEN TESTS
expect.passed("as many bits as asked for")

# %% [markdown]
# ### Who earned it, the quantizer or the extra training?
#
# Quantization-aware training gets 100 steps more than the float network it started from. The **control** gets the same
# 100 steps in float. And rounding after training deserves its best try, too: one scale per tensor as above, and your
# scales per channel.


# %% demo="bits_and_accuracy"
def per_channel(x, scale, zero_point, bits):
    """As rounded, with a scale of its own for each channel of a weight."""
    if zero_point:
        scale = symmetric_scale(x.detach().numpy().astype(float), bits, axis=0)
        return torch.from_numpy(fake_quantize(x.detach().numpy(), scale, zero_point, bits)).float()
    return rounded(x, scale, zero_point, bits)


def accuracy_of(labels):
    return float(np.mean(np.asarray(labels)[:450] == images8.test_labels))


control = copy.deepcopy(task.net)
train(control, in_float, steps=100)
float_accuracy = {"float": accuracy_of(task.net(task.test_images).argmax(1))}
float_accuracy["float, 100 steps more"] = accuracy_of(control(task.test_images).argmax(1))
bit_widths = (2, 3, 4, 6, 8)
lines = {"trained through the rounding": [accuracy_of(train_quantized(bits)) for bits in bit_widths]}
for name, net, quantizer in (
    ("rounded, scale per channel", task.net, per_channel),
    ("rounded, scale per tensor", task.net, rounded),
    ("100 steps more, then rounded", control, rounded),
):
    scores = [quantized_forward(net, task.test_images, bits, quantizer) for bits in bit_widths]
    lines[name] = [accuracy_of(each.argmax(1)) for each in scores]

# %% demo="bits_drawn"
fig, axes = plots.figure(width=6.5, height=3.2)
control_accuracy = float_accuracy["float, 100 steps more"]
wrong = {name: [100 * (1 - value) for value in values] for name, values in lines.items()}
level = {f"float control: {100 * (1 - control_accuracy):.1f}": 100 * (1 - control_accuracy)}
plots.curves(axes, wrong, x=bit_widths, xlabel="bits", ylabel="wrong, %", levels=level, marks=True)
axes.set(yscale="log", ylim=(2, 100))
axes.set_yticks([2, 5, 10, 20, 50, 100], ["2", "5", "10", "20", "50", "100"])
axes.set_xticks(bit_widths)
measured["accuracy at 2 bits"] = ", ".join(f"{name} {values[0]:.3f}" for name, values in lines.items())
measured["accuracy in float, and with the same extra steps"] = ", ".join(
    f"{value:.3f}" for value in float_accuracy.values()
)
two = ", ".join(f"{name} {values[0]:.1f} %" for name, values in wrong.items())
plots.show(fig, f"Wrong labels by bits. At 2 bits: {two}. The float control: {100 * (1 - control_accuracy):.1f} %.")

# %% [markdown]
# ## And half precision?
#
# float16 has 16 bits, 5 of them for the exponent: no calibration, no scales. A GPU computes with it directly. A CPU
# kernel for it is rare, so ONNX Runtime converts the weights back and computes in float: the file shrinks, the time
# stays.
#
# `convert_float_to_float16(model, keep_io_types=…)` takes a model that `onnx.load(path)` has read, and returns a model
# for `onnx.save(model, path)`. With `keep_io_types=True`, callers go on sending and getting float32.

# %% [markdown]
# ### Exercise 6.8 · Half the file (1 point · 6 min)
#
# Write `to_float16(path, out)`.
#
# *The trap:* the default changes the types of input and output, too, and every caller breaks.


# %% solution="to_float16"
def to_float16(path, out):
    """Write the float model at path with float16 weights to out; its inputs and outputs stay float32; return out.

    path, out: paths of ONNX files, the first stays as it is
    returns: out, a path
    """
    ### BEGIN SOLUTION
    model = convert_float_to_float16(onnx.load(path), keep_io_types=True)
    onnx.save(model, out)
    return out
    ### END SOLUTION


# %% readonly="given_half_trial"
def after_float16(path):
    """Return what your to_float16 makes of the model at path."""
    return to_float16(path, new_path("half.onnx"))


def ends(path):
    """Return the types of a model's inputs and outputs, as a session names them."""
    session = runtime.session(path, optimize="disabled")
    return [each.type for each in (*session.get_inputs(), *session.get_outputs())]


# %% test="to_float16_halves" points=0.5
path = copy_of(example)
got = after_float16(path)
expect_path(got, "to_float16(path, out)")
causes = {"nothing was converted": ["float32"], "some layers stayed in float32": ["float16", "float32"]}
expect.equal(weight_types(got), ["float16"], "the types of the weights", causes=causes)
expect_kept(path)
ratio = Path(got).stat().st_size / Path(path).stat().st_size
expect.true(ratio < 0.55, "the size of the file", expected="about half of the float file", got=round(ratio, 2))
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    path = drawn_model(rng)
    before = Path(path).read_bytes()
    got = after_float16(path)
    expect.unchanged(path, before, "the float model afterwards")
    halves = {each.name: onnx.numpy_helper.to_array(each) for each in onnx.load(got).graph.initializer}
    for each in onnx.load(path).graph.initializer:
        if len(each.dims) > 1:
            expect.equal(str(halves[each.name].dtype), "float16", f"the type of {each.name}")
            expect.close(halves[each.name], onnx.numpy_helper.to_array(each), f"the values of {each.name}", atol=2e-3)
    ratio = Path(got).stat().st_size / Path(path).stat().st_size
    expect.true(ratio < 0.55, "the size of the file, a fresh model", expected="about half", got=round(ratio, 2))
### END HIDDEN TESTS
expect.passed("half the file")

# %% test="to_float16_keeps_labels" points=0.5
path = copy_of(example)
got = after_float16(path)
expect_path(got, "to_float16(path, out)")
causes = {"the ends are float16, too; keep their types": ["tensor(float16)", "tensor(float16)"]}
expect.equal(ends(got), ["tensor(float)", "tensor(float)"], "the types of input and output", causes=causes)
same = float(np.mean(digit_scores(path).argmax(1) == digit_scores(got).argmax(1)))
expect.true(same >= 0.99, "labels that stay", expected="at least 99 %", got=f"{same:.1%}")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    path = drawn_model(rng)
    got = after_float16(path)
    expect.equal(ends(got), ["tensor(float)", "tensor(float)"], "the types of input and output, a fresh model")
    same = float(np.mean(digit_scores(path).argmax(1) == digit_scores(got).argmax(1)))
    expect.true(same >= 0.99, "labels that stay, a fresh model", expected="at least 99 %", got=f"{same:.1%}")
### END HIDDEN TESTS
expect.passed("nearly every label stays, and callers notice nothing")

# %% [markdown]
# ### Which one do you ship?
#
# Latency, accuracy and size of every variant of the ResNet, one image a call. Left and low is better.

# %% demo="every_variant"
half = to_float16(resnet, new_path("half.onnx"))
shown = variants[resnet] | {"float16 (6.8)": half}
all_turns = timed(shown, 1, rounds=100, time_limit_s=6)
table = []
for row, (name, path) in zip(all_turns.rows(), shown.items(), strict=True):
    about = quantization.report(path, *labelled, against=of_float[resnet])
    wanted = {key: row[key] for key in ("median", "time over the first", "verdict")}
    rest = {
        "accuracy": f"{about.accuracy:.3f}",
        "KB": f"{about.bytes / 1000:.0f}",
        "of the file": f"{about.size_ratio:.2f}",
    }
    table.append({"variant": name} | wanted | rest)
    if explained(about):
        print(f"{name}: {explained(about)}")
tables.show(table, all_turns.conditions())

# %% demo="every_variant_drawn"
fig, axes = plots.figure(width=7.8, height=3.2)
said = []
for number, (name, row) in enumerate(zip(shown, table, strict=True)):
    value, low, high = all_turns.ratio(name)
    style = {"color": plots.CYCLE[number], "marker": plots.MARKS[number], "markerfacecolor": "none", "markersize": 9}
    label, size = f"{name}: {row['accuracy']}", float(row["KB"])
    axes.errorbar([value], [size], xerr=[[value - low], [high - value]], linestyle="", capsize=3, label=label, **style)
    said.append(f"{name}: time × {value:.2f}, accuracy {row['accuracy']}, {row['KB']} KB")
axes.set(xscale="log", xlabel="time over float, one image, 95 % intervals", ylabel="file, KB", title="ResNet")
axes.set_ylim(0, None)
axes.set_xticks([0.25, 0.5, 1, 2, 4, 8], ["1/4", "1/2", "1", "2", "4", "8"])
axes.minorticks_off()
axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8, title="accuracy", alignment="left")
measured["ResNet, one image"] = "; ".join(said)
plots.show(fig, "Marks by time and size of the file. " + ". ".join(said) + ".")

# %% [markdown]
# ## Does the same file compute the same on every processor?
#
# A VNNI instruction adds products of bytes to a sum of 32 bits. An x86-64 processor without it has `VPMADDUBSW`: it
# multiplies unsigned by signed bytes, adds every two *neighbouring* products, and **saturates** the pair's sum: what
# lies outside 16 bits becomes the nearest number inside, $-2^{15}$ or $2^{15}-1$. Only then come 32 bits. One product
# always fits, since $255 \cdot 128 < 2^{15}$. Two of one sign fit as long as
#
# $$ 2 \cdot a \cdot w \le 2^{15} - 1 $$
#
# for the largest activation $a$ and the largest weight $w$. Beyond that, one file is two models, and neither complains.

# %% [markdown]
# ### Exercise 6.9 · Two at a time (2 points · 12 min)
#
# Write `saturating_dot(activations, weights)`: the sum of all products, exact, and as a processor without VNNI computes
# it. Products 0 and 1 are a pair, 2 and 3 the next; each pair's sum saturates to 16 bits; the pairs' sums are added
# exactly. A last product without a neighbour stays as it is.
#
# And `largest_safe_weight(largest_activation)`: the largest weight for which no pair can saturate, of either sign.
#
# *The trap:* NumPy multiplies these two types in 16 bits, too, and *wraps* around: as int16, 2 · 255 · 127 is −766.
# Convert both arrays first.
#
# <details><summary>Hint</summary>
# <code>values.astype(np.int64)</code>; <code>np.pad(values, (0, 1))</code> appends a 0, and
# <code>values.reshape(-1, 2)</code> makes pairs of an even number; <code>np.clip(x, low, high)</code>.
# </details>


# %% solution="saturating_dot"
def saturating_dot(activations, weights):
    """Return (exact, sixteen_bit): the sum of all products, and what it is where each pair's sum saturates to 16 bits.

    activations: (n,) uint8 array; weights: (n,) int8 array, -128 to 127; n at least 1, odd or even
    returns: two ints; sixteen_bit lies above or below exact, or is the same
    """
    ### BEGIN SOLUTION
    products = activations.astype(np.int64) * weights.astype(np.int64)
    pairs = np.pad(products, (0, len(products) % 2)).reshape(-1, 2).sum(axis=1)
    return int(products.sum()), int(np.clip(pairs, -(2**15), 2**15 - 1).sum())
    ### END SOLUTION


def largest_safe_weight(largest_activation):
    """Return the largest w for which no pair of products saturates, of weights from -w to w and such activations.

    largest_activation: int, 1 to 255: activations are whole numbers from 0 to it
    returns: int, 127 at most, where symmetric int8 weights end
    """
    ### BEGIN SOLUTION
    return min(127, (2**15 - 1) // (2 * largest_activation))
    ### END SOLUTION


# %% readonly="given_as_bytes"
def dotted(activations, weights):
    """Return your saturating_dot of two lists of whole numbers, as arrays of uint8 and int8, and the call in words."""
    given = np.array(activations, np.uint8), np.array(weights, np.int8)
    kept, many = [each.copy() for each in given], len(weights) > 8
    what = f"saturating_dot of {len(weights)} bytes" if many else f"saturating_dot({activations}, {weights})"
    got = saturating_dot(*given)
    expect.parts(got, 2, what, likely="return two numbers: exact, sixteen_bit")
    expect.unchanged(list(given), kept, f"the arrays after {what}")
    return tuple(got), what


# %% test="saturating_dot_pairs" points=0.5
got, what = dotted([255, 255, 255, 200, 255, 255, 10, 200], [127, 127, 127, 127, -128, -100, 5, -3])
causes = {
    "exact comes first": (32216, 32216),
    "a product of 16 bits wraps around; convert both arrays before you multiply": (-1671, 32216),
    "the pairs' sums wrap around; clip them while they have more bits": (63865, -1671),
    "one product always fits; add the two of a pair (0 and 1, 2 and 3, …), then clip": (63865, 63865),
    "clip each pair's sum, not the sum of all, which has 32 bits": (63865, 32767),
    "clip each pair's sum, not what has come together so far, which has 32 bits": (63865, -25923),
    "two products are a pair, not four": (63865, -1),
    "pairs do not overlap: products 0 and 1, then 2 and 3": (63865, 32293),
    "clip at both ends": (63865, 6844),
    "16 bits have a sign here: from -2**15 to 2**15 - 1": (63865, 122555),
}
expect.close(got, (63865, 32216), what, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for signs in ((1, 1, -1), (-1, -1, 1, 0), rng.integers(-1, 2, size=int(rng.integers(200, 300)))):
        a, signs = rng.integers(180, 256, size=(len(signs), 2)), np.array(signs)[:, None]
        w = rng.integers(100, 128, size=a.shape) * np.where(signs, signs, [1, -1])
        pairs, flat = (a * w).sum(1).tolist(), (a.ravel().tolist(), w.ravel().tolist())
        expected = sum(pairs), sum(max(-(2**15), min(each, 2**15 - 1)) for each in pairs)
        got, what = dotted(*flat)
        expect.close(got, expected, what)
### END HIDDEN TESTS
expect.passed("each pair saturates, above and below")

# %% test="saturating_dot_edges" points=0.5
got, what = dotted([255], [-128])
expect.close(got, (-32640, -32640), what, likely="a product without a neighbour stays as it is")
got, what = dotted([255, 255, 10, 10, 100], [127, 127, 20, 20, -128])
causes = {
    "exact comes first": (20367, 20367),
    "the last product, which has no neighbour, is missing": (65170, 33167),
    "the pairs are products 0 and 1, then 2 and 3; the last has no neighbour": (52370, 52370),
}
expect.close(got, (52370, 20367), what, causes=causes)
got, what = dotted([255, 191, 255, 128], [127, 2, -128, -1])
expect.close(got, (-1, -1), what, likely="both pairs just fit: 32767 and -32768 are numbers of 16 bits")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    ends = [(255, 191, 127, 2), (255, 58, 127, 11), (255, 128, -128, -1), (255, 129, -128, -1), (255, 255, -128, 127)]
    for times in (1, 2, int(rng.integers(3, 9))):
        drawn = [ends[k] for k in rng.permutation(len(ends) * times) % len(ends)]
        a = [each for pair in drawn for each in pair[:2]] + [int(rng.integers(200, 256))]
        w = [each for pair in drawn for each in pair[2:]] + [int(rng.choice([-128, 127]))]
        products = [x * y for x, y in zip(a, w, strict=True)]
        pairs = [sum(products[k : k + 2]) for k in range(0, len(a), 2)]
        expected = sum(products), sum(max(-(2**15), min(each, 2**15 - 1)) for each in pairs)
        got, what = dotted(a, w)
        expect.close(got, expected, what)
### END HIDDEN TESTS
expect.passed("odd lengths, and pairs that just fit")

# %% test="saturating_dot_safe_weight" points=1
causes = {
    "a pair has two products, and the largest number of 16 bits is 2**15 - 1": 127,
    "2 · 255 · 65 does not fit; round down": 65,
}
expect.close(largest_safe_weight(255), 64, "largest_safe_weight(255)", causes=causes)
causes = {"int8 weights with symmetric codes end at 127": 163}
expect.close(largest_safe_weight(100), 127, "largest_safe_weight(100)", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for largest in (1, 128, 129, 130, 200, *map(int, rng.choice(np.arange(131, 255), 5))):
        fits = [w for w in range(1, 128) if 2 * largest * w < 2**15]
        expect.close(largest_safe_weight(largest), fits[-1], f"largest_safe_weight({largest})")
### END HIDDEN TESTS
expect.passed("no pair saturates with weights up to there")

# %% [markdown]
# ### Which of the two does this processor compute?
#
# ONNX Runtime multiplies the same bytes here, in a `MatMulInteger`. Weights of 7 bits are the same on every processor.


# %% demo="computed_here"
def computed_here(activations, weights):
    """Return the sum of products that ONNX Runtime computes on this processor."""
    graph = """<ir_version: 10, opset_import: ["" : 20]>
    dot (uint8[1, n] a, int8[n, 1] w) => (int32[1, 1] y) { y = MatMulInteger (a, w) }"""
    session = runtime.session(onnx.parser.parse_model(graph).SerializeToString())
    return session.run(None, {"a": activations[None], "w": weights[:, None]})[0].item()


rng, rows = seeded(0), []
activations = rng.integers(128, 256, size=1000, dtype=np.uint8)
for bits, largest in ((8, 127), (7, largest_safe_weight(255))):
    weights = rng.integers(-largest, largest + 1, size=1000).astype(np.int8)
    exact, sixteen_bit = saturating_dot(activations, weights)
    here = computed_here(activations, weights)
    rows.append({"weights": f"{bits} bits", "exact": exact, "sixteen_bit": sixteen_bit, "this processor": here})
tables.show(rows, f"1,000 products, {processor().kind}")
measured["1,000 products of 8-bit weights, this processor"] = f"off by {rows[0]['this processor'] - rows[0]['exact']}"

# %% [markdown]
# ### And a whole network?
#
# The ResNet with 8-bit weights, as it is and with `session.x64quantprecision=1`, and yours of exercise 6.5. That option
# takes other kernels, which add in 32 bits everywhere: the accuracy comes back where it was lost, and the speed goes.
#
# Two columns are measured here. Two are recorded, of the very same files: on an Intel Xeon with AVX-512 VNNI, and on
# the processor with AVX2 and no VNNI that QEMU emulates (exact sums, but no clock). How much is lost there differs from
# training to training: on a real AVX2 processor, this network, trained there, fell from 0.987 to 0.698.

# %% demo="two_processors"
wide = new_path("wide.onnx")
types = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
quantize_static(resnet, wide, reader28(), per_channel=True, **types)
recorded = {
    "recorded, VNNI": ("0.991", "0.991", "0.991", "0.991"),
    "recorded, AVX2 alone": ("–", "0.864", "0.991", "0.991"),
}
given = {
    "float": (resnet, "0"),
    "8-bit weights": (wide, "0"),
    "8-bit, x64quantprecision": (wide, "1"),
    "7-bit weights (6.5)": (int8[resnet], "0"),
}
opened = {}
for name, (path, precise) in given.items():
    options = runtime.session_options()
    options.add_session_config_entry("session.x64quantprecision", precise)
    opened[name] = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])

# %% demo="two_processors_compared"
feed = {"input": images28.test_images[:1]}
one_image = compare({name: partial(each.run, None, feed) for name, each in opened.items()}, rounds=100, time_limit_s=3)
rows = []
for number, ((name, each), timing) in enumerate(zip(opened.items(), one_image.rows(), strict=True)):
    right = each.run(None, {"input": images28.test_images})[0].argmax(1) == images28.test_labels
    here = {"accuracy here": f"{right.mean():.3f}", "time over float here": timing["time over the first"]}
    rows.append({"ResNet": name} | here | {kind: values[number] for kind, values in recorded.items()})
tables.show(rows, one_image.conditions())
saturated = "the pairs of 8-bit weights saturate here: reduce_range=True, or x64quantprecision, prevents it"
print(saturated if processor().saturates else "no pair saturates here; the last column says what this hides")
accuracies = ", ".join(f"{row['ResNet']} {row['accuracy here']}" for row in rows)
measured[f"accuracy on {processor().kind}"] = accuracies

# %% [markdown]
# ## What you measured

# %% demo="what_you_measured"
tables.show([{"what": what, "measured": value} for what, value in measured.items()])

# %% [markdown]
# ## Check yourself
#
# <details><summary>A colleague quantized a model to int8, and it became slower. What do you look at first?</summary>
# The graph that really runs: which layers became integer kernels, and of which types. Then the processor: without
# fast byte products there is nothing to win.</details>
#
# <details><summary>The same int8 file gets 0.99 on your laptop and 0.70 on a server. What do you ask first?</summary>
# Whether the server's processor has VNNI, and whether the weights have 7 bits: without either, pairs of products
# saturate. A mistake in the calibration would cost the same on both.</details>
#
# <details><summary>A 4-bit network gained half a point by quantization-aware training. Is that the quantizer?</summary>
# Ask the control: the float network with the same extra steps. If it gained as much, it was the training.</details>

# %% [markdown]
# ## Where to read on
#
# - ONNX Runtime's documentation: *Quantize ONNX Models*.
# - B. Jacob et al., *Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference*,
#   CVPR 2018.
# - Y. Bengio, N. Léonard and A. Courville, *Estimating or Propagating Gradients Through Stochastic Neurons for
#   Conditional Computation*, arXiv:1308.3432: the straight-through estimator.
# - M. Nagel et al., *A White Paper on Neural Network Quantization*, arXiv:2106.08295.
#
# Next: lesson 07 builds TensorRT engines, which want other int8 models than a CPU does.
