# %% [markdown]
# # What do 8 bits cost, and when do they pay?
#
# **Lesson 06** · 90 minutes · 20 points · you need: lessons 02 to 04
#
# A weight takes 32 bits, and a network does not need them. You will quantize by hand until you know where the error
# comes from, then let ONNX Runtime do it: a model that is smaller, as accurate and, on some processors, faster. You
# will also measure int8 models that are *slower*. Then you go down to 2 bits, where rounding a trained network is not
# enough, and train *through* the rounding instead.
#
# Every exercise can be solved without the others. Files go to the folder `work06`. The first run trains three small
# networks.

# %% readonly="imports"
import copy
from functools import partial

import numpy as np
import onnx
import torch
from course_utils import expect, predictions, tables
from course_utils.lessons import quantization as lesson
from course_utils.seeds import fresh_draw  # for the hidden tests
from onnxruntime.quantization import QuantType, quantize_dynamic, quantize_static
from onnxruntime.transformers.float16 import convert_float_to_float16

# %% readonly="begin"
lesson.begin()  # an empty folder work06, one thread
measured = {}  # filled by the demonstrations, shown at the end

# %% [markdown]
# ### Which networks, and which machine?
#
# The ResNet and the MobileNet-like network of this course, trained on 28×28 digits and exported in float.
#
# What int8 costs depends on the processor, and so does what it computes. x86-64 chips with **VNNI**, and newer ARM
# chips, multiply bytes and add the products in one instruction; older x86-64 chips do not (the last question of this
# lesson). Read your machine's line beside every ratio below.

# %% demo="float_models"
resnet, mobilenet = map(lesson.float_model, ("resnet", "mobilenet"))
measured["machine"] = lesson.show_networks(resnet, mobilenet)

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
# ### Exercise 6.1 · A symmetric scale (3 points · 10 min)
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
    """Return the scale of symmetric codes; 1 where all weights are 0.

    w: float32 or float64 array, not empty, of any shape and either sign; it stays as
        it was
    bits: 2 to 8; the largest code is 2**(bits - 1) - 1
    axis: None, or the axis of the channels, 0 to w.ndim - 1
    returns: a float for axis None, else a float array with w's length along axis
        and length 1 along the others
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
    "this spreads all codes from smallest to largest; they go from -7 to 7": 3.5 / 15,
}
got, what = symmetric_scale(w.copy(), 4), f"symmetric_scale({w.tolist()}, 4)"
expect.close(got, 0.3, what, causes=causes, rtol=1e-6)
likely = "float(…) makes one of an array without axes"
expect.true(np.isscalar(got), what, expected="a float", got=got, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    shapes = (1,), (7,), (300, 40, 3, 3), (2, 3, 4), (2, 1, 3, 2, 2), (1, 1), ()
    # covers: bits: 2 to 8 | the largest code is | return the scale of symmetric codes
    for bits, shape in zip(range(2, 9), shapes, strict=True):
        # covers: w: float32 or float64 array, not empty, of any shape and either sign
        for size, sign in ((1e-36, 1), (1.0, 1), (1.0, -1), (3e9, -1)):
            w = np.array(rng.normal(size=shape))
            w += np.copysign(0.5, w)  # so that float32 holds 1e-36 / 127 well enough
            w = np.array(sign * size * w, [float, "f4"][bits % 2])
            expected = max(map(abs, w.ravel().tolist())) / (2 ** (bits - 1) - 1)
            before, got = w.copy(), symmetric_scale(w, bits)
            what = f"symmetric_scale(w, {bits}), w of shape {shape} and about {size}"
            expect.close(got, expected, what, atol=0, rtol=1e-6)
            # covers: returns: a float for axis None
            is_float = np.isscalar(got) and np.asarray(got).dtype.kind == "f"
            expect.true(is_float, what, expected="a float", got=got)
            # covers: it stays as it was
            expect.unchanged(w, before, f"w after {what}")
    one, two = rng.uniform(1, 2, size=2)  # in all there is more than zeros
    rows = [one, -one], [-one, 0, one], [two, -one, one, -two], [0, -one], [one, 0]
    for row in rows:
        got, top = symmetric_scale(np.array(row), 4), max(map(abs, row))
        expect.close(got, top / 7, f"symmetric_scale({row}, 4)", rtol=1e-6)
    w = rng.normal(size=(3, 4))
    # covers: write symmetric_scale(w, bits, axis=none): one scale | axis: None, or
    for factor in (1, 3):
        got = symmetric_scale(w=factor * w, bits=4, axis=None)
        what = f"symmetric_scale(w={factor} * w, bits=4, axis=None)"
        expect.close(got, factor * np.abs(w).max() / 7, what, rtol=1e-6)
    for w in ([3.0, 1.0], [4.0, 0.0], [-4.0, 0.0]):
        got = symmetric_scale(np.array(w), 4)
        expect.close(got, max(map(abs, w)) / 7, f"symmetric_scale({w}, 4)", rtol=1e-6)
    for axis in (None, 0, 1):
        w = np.array([[-1.0, 2.0], [0.0, 0.0], [-3.0, -4.0]])
        before = w.copy()
        symmetric_scale(w, 4, axis)
        expect.unchanged(w, before, f"w with a row of zeros, axis {axis}")
### END HIDDEN TESTS
expect.passed("one scale for the whole tensor")

# %% test="symmetric_scale_per_channel" points=1
w = np.array([[0.5, -2.1], [1.4, 0.7], [0.7, 0.2]])
likely = "axis is the axis to keep: reduce all the others, with keepdims=True"
what = f"symmetric_scale({w.tolist()}, 4, axis=0)"
got = symmetric_scale(w.copy(), 4, axis=0)
expect.shape(got, (3, 1), what, likely=likely)
causes = {
    "each row has its own largest |w|; this is the tensor's": [[0.3], [0.3], [0.3]],
    "take the absolute value first": [[0.5 / 7], [0.2], [0.1]],
}
expect.close(got, [[0.3], [0.2], [0.1]], what, causes=causes, rtol=1e-6)
what = f"symmetric_scale({w.tolist()}, 4, axis=1)"
got = symmetric_scale(w.copy(), 4, axis=1)
expect.shape(got, (1, 2), what, likely=likely)
expect.close(got, [[0.2, 0.3]], what, rtol=1e-6)
what = "symmetric_scale(np.ones((2, 3, 4, 5)), 8, axis=1)"
got = symmetric_scale(np.ones((2, 3, 4, 5)), 8, axis=1)
expect.shape(got, (1, 3, 1, 1), what, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for row in ([1.5, -1.5], [-1.2, 0, 1.2], [0, -1.4], [1.3, 0]):  # not all zeros
        w, top = np.array([row, [1.6] * len(row)]), max(map(abs, row))
        got = symmetric_scale(w, 4, axis=0)
        what = f"symmetric_scale({w.tolist()}, 4, axis=0)"
        expect.close(got, [[top / 7], [1.6 / 7]], what, rtol=1e-6)
    shapes = (6,), (1, 4), (4, 1), (5, 2, 3, 4), (2, 3, 1, 2, 3), (1100, 300)
    for shape, size in zip(shapes, (1.0, 3e9, 1e-9, 1e-36, 1.0, 1e30), strict=True):
        w = rng.normal(size=shape) * size
        w += np.copysign(size / 2, w)
        # covers: or the axis of the channels, 0 to w.ndim - 1 | axis is the axis to
        for axis, each in [(k, sign * w) for k in range(w.ndim) for sign in (1, -1)]:
            bits, rows = int(rng.integers(2, 9)), np.moveaxis(each, axis, 0)
            largest = [max(map(abs, row.ravel().tolist())) for row in rows]
            # covers: name the axes to get rid of | and length 1 along the others
            lengths = [w.shape[axis] if k == axis else 1 for k in range(w.ndim)]
            expected = np.reshape(largest, lengths) / (2 ** (bits - 1) - 1)
            lent = each.astype(["f4", float][axis % 2]) if size < 1e10 else each.copy()
            before, got = lent.copy(), symmetric_scale(lent, bits, axis=axis)
            what = f"symmetric_scale(w, {bits}, axis={axis}), w of shape {shape}"
            expect.unchanged(lent, before, f"w after {what}")
            expect.close(got, expected, what, atol=0, rtol=1e-6)
            # covers: else a float array with w's length along axis
            expect.array(got, what)
            kind = np.asarray(got).dtype
            expect.true(kind.kind == "f", what, expected="floats", got=str(kind))
### END HIDDEN TESTS
expect.passed("a scale for every channel")

# %% test="symmetric_scale_of_zeros" points=1
w = np.array([[0.0, 0.0], [-1.4, 0.7]])
got, what = symmetric_scale(w.copy(), 4, axis=0), f"symmetric_scale({w.tolist()}, 4, 0)"
likely = "axis is the axis to keep: reduce all the others, with keepdims=True"
expect.shape(got, (2, 1), what, likely=likely)
zeros = "where all weights are 0 the scale is 1"
causes = {zeros: [[0.0], [0.2]], "take the absolute value first": [[1.0], [0.1]]}
expect.close(got, [[1.0], [0.2]], what, causes=causes, rtol=1e-6)
what = "symmetric_scale(np.zeros((2, 2)), 4)"
expect.close(symmetric_scale(np.zeros((2, 2)), 4), 1.0, what, causes={zeros: 0.0})
only = "only zeros get the scale 1, small weights do not"
what = "symmetric_scale(np.array([7e-9, 0]), 4)"
got = symmetric_scale(np.array([7e-9, 0.0]), 4)
expect.close(got, 1e-9, what, causes={only: 1.0}, atol=1e-12)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    cases = ((6, 3, 2), 0, [5]), ((4, 5), 1, [0, 2]), ((2, 3, 4), 2, [0, 1, 2, 3])
    for (shape, axis, empty), size in zip(cases, (1.0, 1e-36, 1.0), strict=True):
        bits, w = int(rng.integers(3, 9)), rng.normal(size=shape) * size
        w += np.copysign(size / 2, w)
        w[(0,) * w.ndim], rows = 0, np.moveaxis(w, axis, 0)
        rows[empty] = 0
        expected = np.abs(rows).reshape(len(rows), -1).max(1) / (2 ** (bits - 1) - 1)
        # covers: a channel may hold nothing but zeros | except the 0 that the formula
        expected[empty] = 1
        what = f"symmetric_scale(w, {bits}, {axis}), {shape}, channels {empty} all 0"
        got = symmetric_scale(-w, bits, axis)
        expect.close(np.ravel(got), expected, what, atol=0, rtol=1e-6, likely=only)
    # covers: 1 where all weights are 0
    for shape in ((1,), (3,), (2, 1, 2)):
        what = f"symmetric_scale(np.zeros({shape}), {bits})"
        for kind in (float, "f4"):
            got = symmetric_scale(np.zeros(shape, kind), bits)
            expect.close(got, 1.0, what)
            is_float = np.asarray(got).dtype.kind == "f"
            expect.true(is_float, what, expected="a float", got=got)
### END HIDDEN TESTS
expect.passed("zeros get the scale 1")

# %% [markdown]
# <details><summary>Another way</summary>
#
# ```python
# if axis is None:
#     w, axis = w.reshape(1, -1), 0
# rows = np.moveaxis(w, axis, 0).reshape(w.shape[axis], -1)
# largest = np.linalg.norm(rows, np.inf, axis=1)  # the largest |w|, by its other name
# ```
# </details>

# %% [markdown]
# ### How many codes does a channel get?
#
# With one scale per tensor, only the channel with the largest weight uses all codes up to 127. How many are left to
# the *median* channel of a depthwise convolution, where a channel is one 3×3 filter?

# %% predict="codes"
guess_codes = None  # of 127

# %% demo="codes_used"
used = lesson.draw_codes_used(symmetric_scale, mobilenet)
codes = predictions.beside(guess_codes, used, " of 127")
measured["codes of a depthwise convolution's median channel"] = codes

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
# ### Exercise 6.2 · There and back (2 points · 8 min)
#
# Write `fake_quantize(x, scale, zero_point, bits)`. The scale may be a number, or an array that broadcasts, as
# yours of exercise 6.1 does.
#
# *The trap:* the order. Divide, round (halves to even), add the zero point, clip; then the way back. Clipping before
# the zero point is added cuts off half of the codes. And keep floats: integers wrap.
#
# <details><summary>Hint</summary>
# <code>np.rint</code> rounds halves to even; <code>np.clip(q, low, high)</code> returns a new array.
# </details>


# %% solution="fake_quantize"
def fake_quantize(x, scale, zero_point, bits):
    """Return x as codes of so many bits can hold it: quantized, then dequantized.

    x: float32 or float64 array of finite numbers, one axis or more; it stays as it was
    scale: float above 0, or an array of them that broadcasts to x's shape, kept as well
    zero_point: int from 0 to 2**bits - 1; bits: 1 to 8
    returns: float array of x's shape
    """
    ### BEGIN SOLUTION
    q = np.clip(np.rint(x / scale) + zero_point, 0, 2**bits - 1)
    return (q - zero_point) * scale
    ### END SOLUTION


# %% test="fake_quantize_values" points=1
x = np.array([-0.9, -0.3, 0.125, 0.2, 0.375, 2.0])
causes = {
    "halves go to even (np.rint), not up": [-0.75, -0.25, 0.25, 0.25, 0.5, 1],
    "round before the zero point is added": [-0.75, -0.25, 0.25, 0.25, 0.25, 1],
    "round to the nearest; this cuts fractions off": [-0.75, -0.25, 0, 0, 0.25, 1],
    "nothing is clipped to the codes 0 to 7": [-1.0, -0.25, 0.0, 0.25, 0.5, 2.0],
    "clip after adding the zero point": [0.0, 0.0, 0.0, 0.25, 0.5, 1.75],
    "codes go from 0 to 2**bits - 1, without a sign": [-1.0, -0.25, 0.0, 0.0, 0.0, 0.0],
    "bytes wrap below 0; keep floats": [63.25, 63.75, 0.0, 0.25, 0.5, 1.0],
    "these are the codes; subtract the zero point, times the scale": [0, 2, 3, 4, 5, 7],
    "subtract the zero point on the way back": [0.0, 0.5, 0.75, 1.0, 1.25, 1.75],
    "the largest code is 2**bits - 1": [-0.75, -0.25, 0.0, 0.25, 0.5, 1.25],
}
got = fake_quantize(x.copy(), 0.25, 3, 3)
what = f"fake_quantize({x.tolist()}, 0.25, 3, 3)"
expect.close(got, [-0.75, -0.25, 0.0, 0.25, 0.5, 1.0], what, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: bits: 1 to 8 | zero_point: int from 0 to | return x as codes of so many
    sizes = rng.permutation(np.arange(-33.0, 14, 2)).tolist()
    for bits, top in [(bits, 2**bits - 1) for bits in range(1, 9)]:
        for zero_point in (0, top, int(rng.integers(0, top + 1))):
            scale = float(rng.uniform(0.1, 2)) * 10 ** sizes.pop()
            columns = 9 if bits < 8 else 700  # many numbers, too
            codes = rng.integers(-3, top + 4, size=(3, columns))
            codes[0, :4] = -1, 0, top, top + 1
            off = rng.uniform(-0.45, 0.45, size=codes.shape)
            # covers: clipping before the zero point is added | then the way back
            x = scale * (codes - zero_point + off)
            kept = np.minimum(np.maximum(codes, 0), top) - zero_point
            before, got = x.copy(), fake_quantize(x, scale, zero_point, bits)
            what = f"scale {scale:.3g}, zero point {zero_point}, {bits} bits"
            expect.unchanged(x, before, f"x after {what}")
            expect.close(got, scale * kept, what, atol=1e-4 * scale)
    # covers: divide, round (halves to even), add the zero point, clip | the order
    halves = np.arange(-5.5, 7)
    near = np.concatenate([halves, halves - 2e-6, halves + 2e-6])
    for zero_point in (7, 8):
        got = fake_quantize(2 * near, 2.0, zero_point, 4)
        what = f"halves and beside them, zero point {zero_point}, 4 bits"
        expect.close(got, 2 * np.rint(near), what, rtol=1e-6)
    # covers: and keep floats: integers wrap
    got = fake_quantize(np.array([3e9, -3e9, 1e30, -1e30]), 1e-3, 3, 8)
    what = "fake_quantize([3e9, -3e9, 1e30, -1e30], 1e-3, 3, 8)"
    expect.close(got, [0.252, -0.003] * 2, what, atol=1e-7)
    # covers: write fake_quantize(x, scale, zero_point, bits) | float32 or float64 array of
    for shape in ((1,), (2, 1, 3, 2), (1, 1)):
        x = rng.integers(-7, 8, size=shape) + 0.2
        got = fake_quantize(x=x.astype("f4"), scale=1.0, zero_point=8, bits=4)
        what = f"fake_quantize(x=…, scale=1.0, zero_point=8, bits=4), x {shape}"
        # covers: returns: float array of x's shape
        expect.close(got, x - 0.2, what, atol=1e-5)
        expect.array(got, what)
        kind = np.asarray(got).dtype
        expect.true(kind.kind == "f", what, expected="floats", got=str(kind))
### END HIDDEN TESTS
expect.passed("quantized and back")

# %% test="fake_quantize_broadcasts" points=1
x, scale = np.array([[0.9, -0.4], [0.9, -0.4]]), np.array([[0.5], [0.1]])
causes = {"each row has its own scale": [[1.0, -0.5], [1.0, -0.5]]}
before, what = x.copy(), f"fake_quantize({x.tolist()}, {scale.tolist()}, 8, 4)"
got = fake_quantize(x, scale, 8, 4)
expect.close(got, [[1.0, -0.5], [0.7, -0.4]], what, causes=causes, rtol=1e-6)
expect.unchanged(x, before, f"x after {what}")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    shapes = (5, 1, 1), (1, 4, 1), (1, 1, 3), (3,), (4, 1), (5, 4, 3), (), (600, 1, 1)
    # covers: or an array that broadcasts | or an array of them that broadcasts to x's
    for bits, shape in zip((8, 2, 3, 4, 5, 6, 7, 8), shapes, strict=True):
        top = 2**bits - 1
        scale, zero_point = rng.uniform(0.1, 2, shape), int(rng.integers(top + 1))
        many = {(3,): 3, (600, 1, 1): 600}.get(shape, 5)
        codes = rng.integers(-3, top + 4, size=(many, 4, 3))
        x = scale * (codes - zero_point + rng.uniform(-0.45, 0.45, size=codes.shape))
        x = x.astype([float, "f4"][bits % 2])
        kept = np.minimum(np.maximum(codes, 0), top) - zero_point
        before, scales = x.copy(), np.array(scale)
        got = fake_quantize(x, scales, zero_point, bits)
        what = f"scales of shape {shape}, zero point {zero_point}, {bits} bits"
        expect.close(got, scale * kept, what, atol=1e-4)
        # covers: it stays as it was
        expect.unchanged(x, before, f"x after {what}")
        # covers: broadcasts to x's shape, kept as well
        expect.unchanged(scales, np.array(scale), f"scale after {what}")
### END HIDDEN TESTS
expect.passed("a scale for every channel, x left alone")

# %% [markdown]
# ### What is a bit worth?
#
# The **signal-to-noise ratio** of all convolution weights of the ResNet: their mean square over that of the error.
# Each bit halves the step, so it should earn a factor of 4, or 6 dB. A little more, in fact: the largest code,
# $2^{b-1}-1$, *more* than doubles with a bit, most where bits are few. And what do scales per channel earn?

# %% demo="what_a_bit_is_worth"
worth = lesson.draw_worth_of_a_bit(fake_quantize, symmetric_scale, resnet)
measured["signal over noise, ResNet's weights"] = worth

# %% [markdown]
# ## Which range should the codes cover?
#
# Weights lie there to be looked at. **Activations** depend on the input, so their range is measured on a sample:
# **calibration**. A representative sample is enough; it needs no labels and no training.
#
# The widest range holds all values and gives the coarsest steps. A **percentile** range cuts off rare extremes:
# finer steps for most, **clipping** for some. For the percentile $p$, half of what is cut falls on each side: for
# $p = 99$, the range goes from the 0.5th to the 99.5th percentile, as in ONNX Runtime's
# `CalibrationMethod.Percentile`.

# %% [markdown]
# ### Exercise 6.3 · Calibrate by percentile (2 points · 8 min)
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
    """Return (low, high), the range of the central `percentile` percent of all values.

    activations: list of float32 arrays, none empty, of any shapes, the batches; they
        stay as they were
    percentile: above 0, up to 100; between two values interpolate, as NumPy does
    returns: two numbers, widened to hold 0: low <= 0 <= high
    """
    ### BEGIN SOLUTION
    values = np.concatenate([batch.ravel() for batch in activations])
    cut = (100 - percentile) / 2
    low, high = np.percentile(values, [cut, 100 - cut])
    return min(float(low), 0.0), max(float(high), 0.0)
    ### END SOLUTION


# %% test="percentile_range_of_all_values" points=1
batches = [np.arange(-40, 5, dtype="f4").reshape(5, 9), np.arange(5, 61, dtype="f4")]
what = "percentile_range([-40 … 4 as (5, 9), 5 … 60], 90)"
causes = {
    "the mean of the batches' ranges; put all values together first": [-15.025, 29.525],
    "it comes from single batches; put all values together first": [-37.8, 57.25],
    "the percentile is in percent, not a share of 1": [-39.95, 59.95],
    "half of what is cut falls on each side: 5 % and 5 %": [-30.0, 50.0],
    "this cuts at the upper end alone; half belongs to the lower": [-40.0, 50.0],
    "this cuts nothing": [-40.0, 60.0],
    "the lower end is a percentile, too; 0 must only be inside": [0.0, 55.0],
    "this is symmetric; each end has its own percentile": [-50.0, 50.0],
    "symmetric; each end has a percentile of its own": [-55.0, 55.0],
}
got = percentile_range([batch.copy() for batch in batches], 90)
expect.parts(got, 2, what)
expect.close(list(got), [-35.0, 55.0], what, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    what = "percentile_range, fresh batches of {}, {}"
    # covers: percentile: above 0, up to 100 | the range of the central percentile
    percentiles = 100, 50, 0.01, 1, 99.9, float(rng.uniform(80, 99))
    sizes = (1.0, 1e-10, 3e9) * 2
    for percentile, size in zip(percentiles, sizes, strict=True):
        # covers: list of float32 arrays, none empty, of any shapes | and batches differ in size
        counts = rng.permutation([1, 5, 9]).tolist()
        shapes = (counts[0], 3, 4), (counts[1],), (counts[2], 1, 2, 2)
        batches = [size * rng.exponential(size=each) for each in shapes]
        median = np.median(np.concatenate([each.ravel() for each in batches]))
        batches = [(each - median).astype("f4") for each in batches]
        values = np.concatenate([each.ravel() for each in batches]).astype(float)
        # covers: between two values interpolate, as numpy does | not the mean of the
        low, high = np.percentile(values, [50 - percentile / 2, 50 + percentile / 2])
        before = [each.copy() for each in batches]
        got = percentile_range(batches, percentile)
        called = what.format(f"about {size}", percentile)
        # covers: return (low, high), the range | returns: two numbers
        expect.parts(got, 2, called)
        expected = [min(low, 0), max(high, 0)]
        expect.close(list(got), expected, called, atol=3e-6 * size)
        # covers: they stay as they were
        expect.equal(len(expect.after(batches)), 3, f"how many batches after {called}")
        for each, old in zip(batches, before, strict=True):
            expect.unchanged(each, old, f"a batch after {called}")
    # covers: for the batches of a calibration run
    relu = np.maximum(rng.normal(size=(8, 50)), 0).astype("f4")
    many = [*rng.normal(size=(150, 7)), rng.exponential(size=(400, 300)) - 1]
    many = [each.astype("f4") for each in many]
    cases = [relu], [relu[:1], relu[1:]], [-relu[:, 0], relu[0]], [relu[0]] * 3, many
    for batches in cases:
        values = np.concatenate([each.ravel() for each in batches]).astype(float)
        low, high = np.percentile(values, [5, 95])
        lent = [each.copy() for each in batches]
        got = percentile_range(activations=lent, percentile=90)
        called = what.format(f"shapes {[each.shape for each in batches[-3:]]}", 90)
        expect.close(list(got), [min(low, 0), max(high, 0)], called, atol=1e-5)
        for each, old in zip(lent, batches, strict=True):
            expect.unchanged(each, old, f"a batch after {called}")
### END HIDDEN TESTS
expect.passed("the central percents of all values")

# %% test="percentile_range_holds_zero" points=1
above = [np.array([[2, 4], [6, 8]], "f4"), np.array([10], "f4")]
outside = "take the smaller of low and 0, the larger of high and 0"
got = tuple(percentile_range([batch.copy() for batch in above], 100))
what = "percentile_range([[[2, 4], [6, 8]], [10]], 100)"
expect.close(got, (0.0, 10.0), what, causes={outside: (2.0, 10.0)})
got = tuple(percentile_range([-batch for batch in above], 50))
what = "percentile_range([the same two, negated], 50)"
expect.close(got, (-8.0, 0.0), what, causes={outside: (-8.0, -4.0)})
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: widened to hold 0: low <= 0 <= high | and the range must hold 0
    for size in (1e-10, 1.0, 3e9):
        start = size * float(rng.uniform(1, 5))
        values = np.float32(start + size * np.arange(21.0))
        batches = [values[:8], values[8:].reshape(1, 13)]
        got = tuple(percentile_range([batch.copy() for batch in batches], 80))
        what = f"percentile_range of {start:.3g} and 20 steps of {size:.3g} more, 80"
        expect.close(got, (0.0, start + 18 * size), what, atol=1e-5 * size)
        got = tuple(percentile_range([-batch for batch in batches], 80))
        what += ", negated"
        expect.close(got, (-start - 18 * size, 0.0), what, atol=1e-5 * size)
        got = tuple(percentile_range([values[:1].reshape(1, 1)], 50))
        expect.close(got, (0.0, start), "of a single value", atol=1e-5 * size)
### END HIDDEN TESTS
expect.passed("0 is always inside")

# %% [markdown]
# ### What is clipped, and what does it cost?
#
# The activations after one layer of the MobileNet, over 128 training images: left, their histogram with the 99 %
# range. Right, the mean square error of fake-quantizing them, by percentile. At 8 bits steps are small and clipping is
# dear; at 4 bits it is the other way round.

# %% demo="clipping_drawn"
caught = lesson.activations(mobilenet)
best = lesson.draw_clipping(percentile_range, fake_quantize, caught)
measured["best percentile for this layer"] = best

# %% [markdown]
# ## How does ONNX Runtime get to see your data?
#
# Through a **calibration data reader**: any class with a method `get_next()`, which returns the next batch as a dict of
# arrays by input name, as `session.run` takes it, and `None` when there are no more. ONNX Runtime calls it until it
# gets `None`. A reader is used up then, so it should be able to `rewind()`: the next model wants the same data.

# %% [markdown]
# ### Exercise 6.4 · A reader (1 point · 7 min)
#
# Write the class `DigitsReader(images, batch_size)` for a model whose input is called `"input"`.
#
# *The trap:* the last batch may be smaller; it belongs to the sample, too. And after the end comes `None`, each time
# that somebody asks, not the first batch again.
#
# <details><summary>Hint</summary>
# Keep the place of the next image in the object. <code>images[start:start + batch_size]</code> is shorter at the end,
# and empty after it.
# </details>


# %% solution="digits_reader"
class DigitsReader:
    """Calibration data for a model with one input, "input".

    DigitsReader(images, batch_size): (n, …) float32 array, n > 0; int, at least 1
    get_next(): returns {"input": array} with the next batch_size images, or those
        that are left; None after the last, ever after
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
    what += f", images {start} to {stop - 1}"
    expect.close(got["input"], sample[start:stop], what)
for _ in range(2):
    likely = "only None ends it; an empty batch, or the first one again, does not"
    expect.equal(reader.get_next(), None, "get_next() after the last", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    shapes = (9, 1, 3, 3), (8, 1, 2, 4), (3, 1, 2, 2), (5,), (1, 6), (4, 3, 2, 2)
    shapes += (1300, 1, 2, 2), (140, 3)
    # covers: int, at least 1 | (n, …) float32 array
    for shape, size in zip(shapes, (4, 4, 7, 1, 1, 4, 520, 1), strict=True):
        sample = (100 * rng.normal(size=shape)).astype(np.float32)
        sample[size : 3 * size] = 0
        # covers: write the class digitsreader(images, batch_size) | calibration data
        reader = DigitsReader(images=sample.copy(), batch_size=size)
        what = f"get_next() of images {shape} by {size}"
        # covers: the last batch may be smaller | it belongs to the sample, too
        for start in range(0, len(sample), size):
            # covers: returns {"input": array} with the next batch_size images
            got, images = reader.get_next(), sample[start : start + size]
            expect.keys(got, ["input"], what)
            expect.close(got["input"], images, f"{what}, from image {start}")
            is_array = type(got["input"]) is np.ndarray
            expect.true(is_array, what, expected="an array", got=type(got["input"]))
            expect.equal(str(got["input"].dtype), "float32", f"the type of {what}")
        # covers: and after the end comes None, each time | None after the last
        got = [reader.get_next() for _ in range(6)]
        expect.equal(got, [None] * 6, f"{what}, after the last")
### END HIDDEN TESTS
expect.passed("batch by batch, then None")

# %% test="digits_reader_rewinds" points=0.5
sample = np.arange(16, dtype=np.float32).reshape(4, 1, 2, 2)
for asked, when in ((1, "1 call"), (3, "the end")):
    reader = DigitsReader(sample.copy(), 2)
    got, *_ = [reader.get_next() for _ in range(asked)]
    what, likely = "get_next()", "is a `return` missing?"
    expect.true(got is not None, what, expected="images", got=None, likely=likely)
    reader.rewind()
    likely = "rewind() begins with the first image, also after the end"
    what = f"get_next() after {when} and rewind()"
    lesson.expect_next(reader, sample[:2], what, likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    sample = rng.permutation(42).reshape(7, 1, 2, 3).astype(np.float32)
    readers = {size: DigitsReader(sample.copy(), size) for size in (3, 2, 7)}
    other = DigitsReader(sample[::-1].copy(), 3)
    # covers: rewind(): begins again with the first image
    for asked in (0, 1, 2, 3, 5, 0, 9):
        for reader in readers.values():
            for _ in range(asked):
                reader.get_next()
            reader.rewind()
            if asked % 2:
                reader.rewind()
        turns = [(k, size) for k in range(5) for size in readers if k * size < 7 + size]
        for k, size in turns:  # each to its end, in turn
            images = sample[k * size : (k + 1) * size]
            if not len(images):
                what = (
                    f"get_next() after {asked} calls, rewind() and {k} calls of {size}"
                )
                got = [readers[size].get_next() for _ in range(3)]
                expect.equal(got, [None] * 3, what)
                continue
            what = f"get_next() after {asked} calls and rewind(), batch {k} of {size}"
            lesson.expect_next(readers[size], images, what)
    what = "get_next() of another reader, the others in use"
    lesson.expect_next(other, sample[::-1][:3], what)
### END HIDDEN TESTS
expect.passed("and once more")

# %% [markdown]
# <details><summary>Another way</summary>
#
# ```python
# places = range(0, len(self.images), self.batch_size)  # in rewind(): a generator
# self.batches = ({"input": self.images[k : k + self.batch_size]} for k in places)
#
# return next(self.batches, None)  # in get_next()
# ```
# </details>

# %% [markdown]
# ### Does a loader that you already have serve?
#
# It does. These are four batches of a PyTorch loader for training, with the labels left out.

# %% demo="loader_reused"
print("batches of", lesson.batch_sizes(DigitsReader(lesson.loader_images(), 32)))

# %% [markdown]
# ## Can every convolution compute with integers?
#
# | | ranges of activations | needs |
# |---|---|---|
# | **static** | measured once, by calibration | a sample |
# | **dynamic** | measured anew in each call | nothing |
# | **quantization-aware training** | before, and the weights adapt | labels, training |
#
# The format `QDQ` leaves the float operators in the graph, wrapped in `QuantizeLinear` and `DequantizeLinear`; ONNX
# Runtime then replaces what it can by integer **kernels** such as `QLinearConv`.
#
# Types are `QuantType.QInt8` (signed) or `QuantType.QUInt8`. An x86-64 processor multiplies *unsigned* bytes by
# *signed* ones. After a ReLU, activations have no sign to lose.

# %% [markdown]
# ### Exercise 6.5 · Static int8 (3 points · 10 min)
#
# Write `quantize_static_model(path, out, reader)` with one call, `quantize_static(path, out, reader,
# activation_type=…, weight_type=…, per_channel=…, reduce_range=…)`.
#
# Wanted: every convolution runs as `QLinearConv` on unsigned activations and signed weights; dense weights are int8,
# too; at most 0.35 of the size; at most one point of accuracy less, *on every processor*. Defaults: `QInt8` for both
# types, `False` for both flags.
#
# *The traps:* with the default activation type the file shrinks, and the convolutions stay in float. And x86-64
# without VNNI adds two products in 16 bits, where those of 8-bit weights may not fit (exercise 6.9).
# `reduce_range=True` makes int8 weights of 7 bits, −64 to 64. `per_channel` may be either.
#
# <details><summary>Hint</summary>
# The tests quantize fresh small networks of 8×8 digits. They read types and sizes from your file, so a mark does not
# depend on this processor. Return <code>out</code>.
# </details>


# %% solution="quantize_static"
def quantize_static_model(path, out, reader):
    """Write the float model at path with 8-bit weights and activations to out.

    path, out: paths of ONNX files, weights inside; the first stays as it is
    reader: a calibration data reader for it; ranges go from the smallest to the largest
        value in all its batches, as by default
    returns: out, a path
    """
    ### BEGIN SOLUTION
    types = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
    quantize_static(path, out, reader, per_channel=True, reduce_range=True, **types)
    return out
    ### END SOLUTION


# %% test="quantize_static_kernels" points=1
path = lesson.example()
got = lesson.after_static(quantize_static_model, path)
causes = {
    "they stay in float: unsigned activations, convolutions quantized?": ["Conv"],
    "no fast kernel; make activations unsigned": ["QLinearConv int8 × int8"],
    "no fast kernel; make the weights signed": ["QLinearConv uint8 × uint8"],
    "this is dynamic quantization; quantize_static takes the reader": ["ConvInteger"],
}
found, wanted = lesson.kernels(got, "Conv"), ["QLinearConv uint8 × int8"]
expect.equal(found, wanted, "how the convolutions run", causes=causes)
lesson.expect_kept(path)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:

    class Batches:  # get_next() is all that a reader need have
        def __init__(self, images):
            blank = 0 * images[:16]  # says nothing of the others
            self.waiting, self.given = [blank, *np.split(images, 16), blank], 0

        def get_next(self):
            if self.waiting:
                batch, *self.waiting = self.waiting
                self.given += 1
                return {"input": batch}

    drawn = lesson.drawn_model(rng)
    path.write_bytes(drawn.read_bytes())
    # covers: ranges go from the smallest to the largest
    images, low, high = lesson.with_peaks(lesson.sample(), rng)
    before, reader = path.read_bytes(), Batches(images)
    # covers: write quantize_static_model(path, out, reader) with one call
    got = lesson.after_static(quantize_static_model, path, reader)
    what = "how the convolutions run, a fresh model"
    # covers: every convolution runs as | the convolutions stay in float
    # covers: defaults: qint8 for both types | per_channel may be either
    expect.equal(lesson.kernels(got, "Conv"), wanted, what)
    # covers: path, out: paths of onnx files, weights inside | the first stays as it is
    expect.unchanged(path, before, "the float model afterwards")
    # covers: reader: a calibration data reader for it
    expect.equal(reader.given, 18, "batches asked for, of 18")
    got_scale = lesson.input_scale(got)
    what = f"the scale of the input, whose values go from {low:.3f} to {high:.3f}"
    expect.close(got_scale, (high - low) / 255, what, atol=0, rtol=1e-4)
    lost, blank = lesson.points_lost(got, drawn), "two batches of 18 blank"
    what = f"accuracy lost, in points, {blank}"
    expect.true(lost <= 1, what, expected="at most 1", got=lost)
    error, what = lesson.mean_error_of(got, drawn), "the mean change of a score"
    expect.true(error < 0.2, f"{what}, {blank}", expected="below 0.2", got=error)
### END HIDDEN TESTS
expect.passed("every convolution is an integer kernel")

# %% test="quantize_static_size" points=1
path = lesson.example()
size = path.stat().st_size
got = lesson.after_static(quantize_static_model, path)
ratio = round(lesson.size_of(got) / size, 2)
most, what = "at most 0.35 of the float file", "the size of the file"
likely = "with 8 bits in place of 32, weights take a quarter; are they quantized?"
expect.true(ratio <= 0.35, what, expected=most, got=ratio, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    drawn = lesson.with_wide_layers(lesson.drawn_model(rng), rng)
    path.write_bytes(drawn.read_bytes())
    before, old = path.read_bytes(), lesson.example().read_bytes()
    # covers: returns: out, a path
    got = lesson.after_static(quantize_static_model, path, batch_size=256, old=old)
    expect.unchanged(path, before, "the float model afterwards")
    ratio = lesson.size_of(got) / len(before)
    what += ", a fresh model with two more dense layers, a MatMul each, and 1 MB"
    # covers: at most 0.35 of the size
    expect.true(ratio <= 0.35, what, expected=most, got=round(ratio, 2))
    weights = onnx.load(got).graph.initializer
    wide = [each for each in weights if len(each.dims) > 1 and np.prod(each.dims) > 100]
    kinds = [each.data_type for each in wide]
    # covers: dense weights are int8 | with 8-bit weights and activations to out
    expect.equal(kinds, [onnx.TensorProto.INT8] * 5, "the types of its weights")
    expect.equal(lesson.ends_of(got), lesson.ends_of(drawn), "its inputs and outputs")
### END HIDDEN TESTS
expect.passed("a third of the file or less")

# %% test="quantize_static_accuracy" points=1
got = lesson.after_static(quantize_static_model, lesson.example())
lesson.expect_narrow(got)
lost, what = lesson.points_lost(got, lesson.example()), "accuracy lost, in points"
likely = "is it calibrated by another method than MinMax, the default?"
expect.true(lost <= 1, what, expected="at most 1", got=lost, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    path, lent = lesson.drawn_twice(rng)
    got = lesson.after_static(quantize_static_model, lent)
    # covers: and x86-64 without vnni adds | reduce_range=true makes int8
    lesson.expect_narrow(got, ", a fresh model")
    lost = lesson.points_lost(got, path)
    # covers: at most one point of accuracy less, on every processor
    expect.true(lost <= 1, f"{what}, a fresh model", expected="at most 1", got=lost)
    error, what = lesson.mean_error_of(got, path), "the mean change of a score"
    expect.true(0 < error < 0.2, what, expected="above 0, below 0.2", got=error)
### END HIDDEN TESTS
expect.passed("as accurate on every processor, within one point")

# %% [markdown]
# ### What became of the two networks?
#
# Scales per channel take room, too: a small network feels it, and may miss the 0.35 that the tests ask of theirs.

# %% demo="static_int8"
int8 = {path: lesson.new_path(f"{path.stem}_int8.onnx") for path in (resnet, mobilenet)}
for path, out in int8.items():
    quantize_static_model(path, out, lesson.reader(path))
measured["static int8, ResNet"] = lesson.show_static(int8)

# %% [markdown]
# ### How much data, and which range?
#
# First, your function with few images, and with images of a single digit: how representative need a sample be *here*?
# Then the course's own on 64 images, where only the method that finds the ranges differs. Which network minds?

# %% demo="samples_compared"
lesson.show_samples(quantize_static_model, (resnet, mobilenet))

# %% demo="methods_compared"
measured |= lesson.draw_methods((resnet, mobilenet))

# %% [markdown]
# ## When is int8 slower?
#
# **Dynamic quantization** needs no sample: it measures each activation's range during the call, and so computes it in
# float first. For a dense layer with many weights that is cheap. For a convolution, whose activations are many and
# whose weights are few, it is not; and `ConvInteger` has no fast kernel on a CPU.
#
# `quantize_dynamic(path, out, op_types_to_quantize=[…], weight_type=QuantType.QInt8, reduce_range=…)` takes the
# operators to quantize, by their ONNX names. Without them it quantizes all that it can: convolutions, tables, LSTMs.

# %% [markdown]
# ### Exercise 6.6 · Dynamic, where it does not hurt (1 point · 5 min)
#
# Write `quantize_dynamic_model(path, out)`: dense layers get int8 weights, of at most 64 in magnitude as in exercise
# 6.5 and for its reason; convolutions stay as they are.
#
# *The trap:* the names. `quantize_dynamic` first rewrites each `Gemm` as `MatMul` and `Add` and then looks for the
# names: "Gemm" alone finds nothing, as does "Linear", which ONNX does not have. Neither is an error: nothing happens.
#
# <details><summary>Hint</summary>
# Name <code>MatMul</code>; naming <code>Gemm</code>, too, does no harm. What made weights of 7 bits in 6.5 does so
# here.
# </details>


# %% solution="quantize_dynamic"
def quantize_dynamic_model(path, out):
    """Write the float model at path with dynamically quantized dense layers to out.

    path, out: paths of ONNX files, weights inside; the first stays as it is
    returns: out, a path; weights of Gemm and MatMul are int8 there, from -64 to 64,
        all else is as before
    """
    ### BEGIN SOLUTION
    settings = {"weight_type": QuantType.QInt8, "reduce_range": True}
    quantize_dynamic(path, out, op_types_to_quantize=["Gemm", "MatMul"], **settings)
    return out
    ### END SOLUTION


# %% test="quantize_dynamic_kernels" points=0.5
call = "quantize_dynamic_model(path, out)"
got = lesson.after(quantize_dynamic_model, lesson.example(), call)
slow = "quantized dynamically they are slower; name the operators to quantize"
found, what = lesson.operators(got, "Conv"), "the convolutions in the file"
expect.equal(found, ["Conv"] * 2, what, causes={slow: ["ConvInteger"] * 2})
causes = {
    "nothing was quantized: a Gemm becomes a MatMul; name that": ["MatMul"],
    "this is still the float model": ["Gemm"],
}
found, what = lesson.operators(got, "Gemm", "MatMul"), "the dense layers in the file"
expect.equal(found, ["MatMulInteger"], what, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    path = lesson.with_matmul(lesson.drawn_model(rng), rng)
    before = path.read_bytes()
    # covers: write the float model at path with dynamically quantized dense
    got = lesson.after(quantize_dynamic_model, path, call, old=before)
    # covers: path, out: paths of onnx files, weights inside | the first stays as it is
    expect.unchanged(path, before, "the float model afterwards")
    what = "the convolutions in the file, a fresh model"
    # covers: convolutions stay as they are
    expect.equal(lesson.operators(got, "Conv"), ["Conv"] * 3, what)
    dense = lesson.operators(got, "Gemm", "MatMul")
    what = "the products, of a model with Gemm, MatMul, and two without weights"
    # covers: the trap: the names | "gemm" alone finds nothing | nothing happens
    expect.equal(dense, ["MatMulInteger"] * 2 + ["MatMul"] * 2, what)
    # covers: all else is as before
    lesson.expect_others_kept(got, path)
    given, made = [onnx.load(file).graph for file in (path, got)]
    expect.equal(lesson.ends_of(got), lesson.ends_of(path), "its inputs and outputs")
    made = [onnx.numpy_helper.to_array(each) for each in made.initializer]
    for tensor in given.initializer:
        each, dense = onnx.numpy_helper.to_array(tensor), tensor.name in ("w3", "w4")
        stayed = any(np.array_equal(each, other) for other in made)
        what = f"the numbers of {tensor.name}, of shape {each.shape}"
        said = "quantized" if dense else "as they were"
        expect.true(stayed != dense, what, expected=said, got="not so")
    wide = lesson.with_wide_layers(lesson.drawn_model(rng), rng)
    got = lesson.after(quantize_dynamic_model, wide, call)
    found, what = lesson.operators(got, "Gemm", "MatMul"), "dense layers of 1 MB"
    expect.equal(found, ["MatMulInteger"] * 3, what)
### END HIDDEN TESTS
expect.passed("dense layers in integers, convolutions in float")

# %% test="quantize_dynamic_weights" points=0.5
path, call = lesson.example(), "quantize_dynamic_model(path, out)"
got = lesson.after(quantize_dynamic_model, path, call)
causes = {
    "the weights are still float": ["float32"],
    "make the weights signed: QuantType.QInt8": ["float32", "uint8"],
    "the convolutions' weights are not to be quantized": ["int8"],
}
wanted, what = ["float32", "int8"], "the types of the weights"
expect.equal(lesson.weight_types(got), wanted, what, causes=causes)
lesson.expect_narrow(got)
lesson.expect_kept(path)
error = lesson.error_of(got, lesson.example())
moved, small = "the largest change of a score, over their spread", "above 0, below 0.5"
expect.true(0 < error < 0.5, moved, expected=small, got=round(error, 3))
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    path, lent = lesson.drawn_model(rng), path
    before = path.read_bytes()
    lent.write_bytes(before)  # another model where the example was
    # covers: write quantize_dynamic_model(path, out) | returns: out, a path
    got = lesson.after(quantize_dynamic_model, lent, call)
    expect.unchanged(lent, before, "the float model afterwards")
    expect.equal(lesson.weight_types(got), wanted, f"{what}, a fresh model")
    # covers: weights of gemm and matmul are int8 there, from -64 to 64
    lesson.expect_narrow(got, ", a fresh model")
    widest, least = lesson.widest_weight(got), "63 or 64"
    expect.true(widest >= 63, "the largest int8 weight", expected=least, got=widest)
    error, moved = lesson.mean_error_of(got, path), "the mean change of a score"
    expect.true(0 < error < 0.2, moved, expected="above 0, below 0.2", got=error)
    got = lesson.after(quantize_dynamic_model, lesson.with_wide_layers(path, rng), call)
    expect.equal(lesson.weight_types(got), wanted, f"{what}, a model of 1 MB")
    lesson.expect_narrow(got, ", a model of 1 MB")
### END HIDDEN TESTS
expect.passed("narrow int8 weights, nearly the same scores")

# %% [markdown]
# ### Where does it pay?
#
# In a network whose bytes are in dense layers: 784–512–256–10, on the same digits, one image a call.

# %% demo="dense_network"
dense, dense_int8 = lesson.dense_model(), lesson.new_path("dense_int8.onnx")
quantize_dynamic_model(dense, dense_int8)
measured["dynamic int8, a dense network"] = lesson.show_dense(dense, dense_int8)

# %% [markdown]
# ### Which int8 models lose to float?
#
# Both networks, eight images a call, against the float model. Yours are the second and the third row. The others
# compute with integers as well: all operators quantized dynamically; signed activations in the older format, which
# writes a `QLinearConv` of signed by signed bytes; unsigned weights. Each row is a verdict with its interval, for this
# machine.
#
# Guess first: how many times as fast as the float MobileNet is your static int8, and how many times the one with all
# operators quantized dynamically? Below 1 is slower.

# %% predict="int8_speed"
guess_int8_speed = None  # times as fast as float

# %% predict="dynamic_speed"
guess_dynamic_speed = None  # times as fast as float

# %% demo="slower"
convert = quantize_static_model, quantize_dynamic_model
variants = lesson.variants((resnet, mobilenet), *convert)
races = {path.stem: lesson.race(found, images=8) for path, found in variants.items()}
for name, race in races.items():
    measured[f"slower than float, {name}"] = lesson.show_race(race, name)

# %% demo="speeds_guessed"
for name, guess in zip(
    lesson.GUESSED, (guess_int8_speed, guess_dynamic_speed), strict=True
):
    speed = lesson.speed_up(races["mobilenet"], name)
    measured[f"MobileNet, {name}"] = predictions.beside(guess, speed, "×")

# %% demo="why_slower"
lesson.show_kernels(variants[mobilenet])

# %% [markdown]
# ## What is left at 2 bits?
#
# Four codes. Rounding a *trained* network to them moves weights by half a step, and its steps are huge.
# **Quantization-aware training** rounds in every forward pass, so that the loss sees what the rounding does. But a
# staircase has slope 0 nearly everywhere, and no gradient gets through. The **straight-through estimator** (Bengio et
# al., 2013) takes the gradient of the rounding for 1, and leaves it 0 where the rounded code was clipped: there,
# moving the value changes nothing.
#
# In PyTorch such a rule is an `autograd.Function` with its own `backward`, called through `.apply`: below, twice x,
# with a gradient that passes where x is above 0, and stops elsewhere.


# %% readonly="example_function"
class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.save_for_backward(x > 0)  # tensors that backward will need
        return factor * x

    @staticmethod
    def backward(ctx, gradient):  # of the loss with respect to what forward returned
        (passes,) = ctx.saved_tensors
        return 2 * gradient * passes, None  # one for each argument of forward


# %%
x = torch.tensor([-1.0, 3.0], requires_grad=True)
Doubled.apply(x, 2).sum().backward()
print(x.grad)

# %% [markdown]
# ### What do you train?
#
# A dense network, 64–128–64–10, on 8×8 digits: `task.net`, trained in float, with `task.images`, `task.labels` and
# `task.test_images`. `quantized_forward` is that network with the input of every layer and its weights passed through
# a quantizer of your choice; the scales come from the float network and stay.
#
# The test images come **twice**: as they are, then with each pixel moved to the nearest of four grey levels. A 2-bit
# network rounds its input first, so it cannot tell the copies apart. A network in float can.


# %% readonly="given_task"
task = lesson.digits_task()


def train(net, forward, steps):
    """Train net in place on the task, with Adam; forward(net, x) returns scores."""
    lesson.train(task, net, forward, steps)


def quantized_forward(net, x, bits, quantizer):
    """Return scores of x (n, 64), by quantizer(tensor, scale, zero_point, bits)."""
    return lesson.quantized_forward(task, net, x, bits, quantizer)


# %% [markdown]
# ### Exercise 6.7 · Straight through (5 points · 20 min)
#
# Write `StraightThrough` for `.apply(x, scale, zero_point, bits)`, the scale a number or a tensor of one: forward as
# `fake_quantize`, in PyTorch; backward as told above. Then `train_quantized(bits)`: train a *copy* of `task.net` for
# 100 steps with `train` and `quantized_forward`, and label `task.test_images` with the result. The tests rename the
# digits, in `task.labels` and in the last layer of `task.net`, so use what `task` holds when you are called.
#
# *The trap:* a network trained for 2 bits is a good one only with 2 bits. Quantize when you label, too.
#
# <details><summary>Hint</summary>
# <code>torch.round</code>, <code>torch.clamp(q, low, high)</code>, <code>copy.deepcopy(net)</code>,
# <code>scores.argmax(1)</code>; <code>partial(f, bits=2)</code> is f with one argument filled in.
# </details>


# %% solution="straight_through"
class StraightThrough(torch.autograd.Function):
    """Fake quantization; a gradient passes, but not where a code was clipped."""

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
    """Return int labels (900,) of task.test_images, by a copy trained with 2–8 bits."""
    ### BEGIN SOLUTION
    forward = partial(quantized_forward, bits=bits, quantizer=StraightThrough.apply)
    net = copy.deepcopy(task.net)
    train(net, forward, steps=100)
    return forward(net, task.test_images).argmax(1)
    ### END SOLUTION


# %% test="straight_through_gradient" points=2
x = np.array([-2.0, -0.7, -0.45, 0.1, 0.4, 0.9, 1.2, 3.0])
y, dx = lesson.through(StraightThrough, x, 0.5, 1, 2)
what = f"StraightThrough.apply({x.tolist()}, 0.5, 1, 2)"
causes = {"the codes are not clipped to 0 ... 3": [-2, -0.5, -0.5, 0, 0.5, 1, 1, 3]}
expect.close(y, [-0.5, -0.5, -0.5, 0, 0.5, 1, 1, 1], f"y = {what}", causes=causes)
what = f"the gradient of (y ** 2).sum() / 2 at x, for y = {what}"
likely = "backward returns it first"
expect.true(dx is not None, what, expected="a gradient", got=None, likely=likely)
causes = {
    "no gradient gets through; backward must pass on what it was given": [0.0] * 8,
    "where the code was clipped the gradient is 0": [-0.5] * 3 + [0, 0.5, 1, 1, 1],
    "ask the rounded code whether it was clipped": [0, 0, -0.5, 0, 0.5, 1, 0, 0],
    "codes 0 and 2**bits - 1 are in range: pass it": [0, 0, 0, 0, 0.5, 0, 0, 0],
    "pass on what came from above, times 1 or 0; not 1 or 0": [0, 1, 1, 1, 1, 1, 1, 0],
}
expect.close(dx, [0, -0.5, -0.5, 0, 0.5, 1, 1, 0], what, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    what = "of StraightThrough, fresh x, scale {:.3g}, zero point {}, {} bits"
    for bits, top in [(bits, 2**bits - 1) for bits in range(1, 9)]:
        for zero_point in (0, top, int(rng.integers(0, top + 1))):
            scale = float(rng.uniform(0.1, 2))
            called = what.format(scale, zero_point, bits)
            # Each code from below and from above.
            times = 6 if bits == 8 else 1  # more than a thousand
            codes = np.resize(np.arange(-4, top + 5), (2, times * (top + 9)))
            off = rng.uniform(0.05, 0.45, size=codes.shape) * [[-1], [1]]
            given = torch.tensor(scale * (codes - zero_point + off), requires_grad=True)
            before, upstream = given.detach().clone(), rng.normal(size=codes.shape)
            upstream[0, ::3] *= 1e-10
            one = torch.tensor(scale if bits % 4 == 1 else [scale])
            arguments = given, one if bits % 2 else scale
            # covers: write straightthrough for .apply(x, scale, zero_point, bits)
            y = StraightThrough.apply(*arguments, zero_point, bits)
            StraightThrough.apply(-given, *arguments[1:], zero_point, bits)  # another
            expected = scale * (np.minimum(np.maximum(codes, 0), top) - zero_point)
            # covers: fake quantization
            expect.close(y, expected, f"y {called}", atol=1e-5, rtol=1e-5)
            y.backward(torch.from_numpy(upstream).to(y.dtype))
            # covers: backward as told above | but not where a code was clipped
            dx = np.where((codes >= 0) & (codes <= top), upstream, 0.0)
            likely = "what came from above, times 1 or 0"
            grad, dx_of = given.grad, f"the gradient {called}"
            expect.true(grad is not None, dx_of, expected="a gradient", got=None)
            expect.close(grad, dx, dx_of, atol=1e-14, rtol=1e-5, likely=likely)
            expect.unchanged(given, before, f"x {called}")
    # covers: forward as fake_quantize, in pytorch
    halves = np.concatenate([np.arange(-17.5, 18), [3e9, -3e9]])
    for zero_point in (0, 1, 7, 8, 14, 15):
        given = torch.tensor(2 * halves, requires_grad=True)
        y, codes = StraightThrough.apply(given, 2.0, zero_point, 4), np.rint(halves)
        held, at = codes.clip(-zero_point, 15 - zero_point), f"zero point {zero_point}"
        expect.close(y, 2 * held, f"y at halves, {at}, 4 bits")
        (3 * y.sum()).backward()  # each number's gradient is one and the same tensor
        expect.true(given.grad is not None, at, expected="a gradient", got=None)
        dx, likely = np.where(held == codes, 3.0, 0.0), "ask the rounded code"
        expect.close(given.grad, dx, f"dx at halves, {at}, 4 bits", likely=likely)
### END HIDDEN TESTS
expect.passed("a gradient passes, but not where a code was clipped")

# %% test="straight_through_accuracy" points=2
names, what = [3, 1, 4, 0, 5, 9, 2, 6, 8, 7], "train_quantized(2), the digits renamed"
with lesson.renamed(task, names) as (task.labels, task.net):
    before = lesson.weights_of(task.net)
    got = train_quantized(2)
    lesson.expect_untrained(task.net, before, f"task.net after {what}")
likely = "one label an image, in the order of task.test_images"
expect.shape(got, (900,), what, likely=likely)
accuracy = round(lesson.accuracy(got, names), 3)
likely = "with 100 steps, training and labelling with quantized_forward reach it"
what, least = f"the accuracy of {what}", "at least 0.80"
expect.true(accuracy >= 0.8, what, expected=least, got=accuracy, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: the tests rename the digits
    names = rng.permutation(10).tolist()
    with lesson.renamed(task, names) as (task.labels, task.net):
        before = lesson.weights_of(task.net)
        got = train_quantized(2)
        # covers: train a copy of
        lesson.expect_untrained(task.net, before, "task.net afterwards")
    expect.shape(got, (900,), "train_quantized(2), digits renamed")
    # covers: return int labels (900,) of task.test_images, by a copy trained with 2
    kind = np.asarray(got).dtype
    expect.true(kind.kind in "iu", "the labels", expected="ints", got=str(kind))
    accuracy = round(lesson.accuracy(got, names), 3)
    expect.true(accuracy >= 0.8, what, expected=least, got=accuracy)
### END HIDDEN TESTS
expect.passed("at least 0.80 with 2 bits")

# %% test="straight_through_bits" points=1
what = "images whose copy in four greys train_quantized({}) labels otherwise"
with lesson.renamed(task, list(range(10))) as (task.labels, task.net):
    got = train_quantized(2)
with lesson.renamed(task, list(range(10))) as (task.labels, task.net):
    other = train_quantized(8)
expect.shape(got, (900,), "train_quantized(2)")
likely = "2 bits cannot show the difference: are bits used, for the labels, too?"
expect.equal(lesson.told_apart(got), 0, what.format(2), likely=likely)
apart = lesson.told_apart(other)
likely = "8 bits show the difference: are bits given on, and does the network learn?"
expect.true(apart > 0, what.format(8), expected="some", got=apart, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:

    def passed_on(x, scale, zero_point, bits):
        codes = (torch.round(x / scale) + zero_point).clamp(0, 2**bits - 1)
        return (codes - zero_point) * scale

    def noted(given, net, forward, steps):  # in place of training
        counted.append(steps)
        scores.append(forward(net, task.test_images[:50]).detach())

    trained_by = lesson.train
    kept = task.test_images
    for bits, most in ((2, 0.5), (3, 0.08), (5, 0.02)):
        counted, scores, names = [], [], rng.permutation(10).tolist()
        with lesson.renamed(task, names) as (task.labels, task.net):
            try:
                lesson.train = noted
                task.test_images = kept[torch.from_numpy(rng.permutation(900))]
                got = train_quantized(bits=bits)
                net, images = task.net, task.test_images
            finally:
                lesson.train, task.test_images = trained_by, kept
            wanted = quantized_forward(net, images, bits, passed_on).detach()
        # covers: for 100 steps with train and quantized_forward
        what = f"the calls of train, by steps, of train_quantized({bits})"
        expect.equal(counted, [100], what)
        off = max((each - wanted[:50]).abs().mean() / wanted.std() for each in scores)
        off = float(off)
        what = f"the mean error of a score in training with {bits} bits, over spread"
        # covers: the trap: a network trained for 2 bits is a good one only with 2 bits
        expect.true(off < most, what, expected=f"below {most}", got=round(off, 3))
        # covers: quantize when you label, too | and label task.test_images
        same = float((torch.as_tensor(got) == wanted.argmax(1)).float().mean())
        what = f"labels of a copy, not trained, that train_quantized({bits}) gives"
        expect.true(same > 0.8, what, expected="nearly all", got=f"{same:.0%}")
### END HIDDEN TESTS
expect.passed("as many bits as asked for")

# %% [markdown]
# <details><summary>Another way</summary>
#
# Without a class: what is detached has no gradient, and neither has what `where` does not choose.
#
# ```python
# codes = torch.round(x.detach() / scale) + zero_point
# passes = torch.where((codes >= 0) & (codes <= 2**bits - 1), x, 0)
# y = quantized + (passes - passes.detach())  # quantized: what forward returns
# ```
# </details>

# %% [markdown]
# ### Who earned it, the quantizer or the extra training?
#
# Quantization-aware training gets 100 steps more than the float network it started from. The **control** gets the same
# 100 steps in float. And rounding after training deserves its best try, too: one scale per tensor as above, and your
# scales per channel. Guess its accuracy at 2 bits, with one scale per tensor; guessing digits blindly earns 0.1.

# %% predict="two_bits"
guess_two_bits = None  # share of the digits that are right, 0 to 1

# %% demo="bits_and_accuracy"
functions = train_quantized, fake_quantize, symmetric_scale
at_two = lesson.draw_few_bits(task, *functions)
measured |= {f"accuracy, {name}": f"{value:.3f}" for name, value in at_two.items()}
rounded = at_two.get("2 bits, rounded", "not measured")
measured["accuracy, 2 bits, rounded"] = predictions.beside(guess_two_bits, rounded)

# %% [markdown]
# ## And half precision?
#
# float16 has 16 bits, 5 of them for the exponent: no calibration, no scales. A GPU computes with it directly. A CPU
# kernel for it is rare, so ONNX Runtime converts the weights back and computes in float: the file shrinks, the time
# stays.

# %% [markdown]
# ### Exercise 6.8 · Half the file (1 point · 4 min)
#
# Write `to_float16(path, out)`. `convert_float_to_float16(model, keep_io_types=…)` takes a model that
# `onnx.load(path)` has read, and returns a model for `onnx.save(model, path)`.
#
# *The trap:* the default changes the types of all inputs and outputs, too, and every caller breaks.
#
# <details><summary>Hint</summary>
# <code>keep_io_types=True</code>: callers go on sending and getting float32.
# </details>


# %% solution="to_float16"
def to_float16(path, out):
    """Write the float model at path with float16 weights to out; return out.

    path, out: paths of ONNX files, weights inside; the first stays as it is
    returns: out, a path; all weights are the nearest float16 there; inputs and outputs
        stay float32, whole numbers as they are
    """
    ### BEGIN SOLUTION
    model = convert_float_to_float16(onnx.load(path), keep_io_types=True)
    onnx.save(model, out)
    return out
    ### END SOLUTION


# %% test="to_float16_halves" points=0.5
path, call = lesson.example(), "to_float16(path, out)"
size = path.stat().st_size
got = lesson.after(to_float16, path, call)
causes = {
    "nothing was converted": ["float32"],
    "some layers stayed in float32": ["float16", "float32"],
}
found, what = lesson.weight_types(got), "the types of the weights"
expect.equal(found, ["float16"], what, causes=causes)
lesson.expect_kept(path)
ratio = round(lesson.size_of(got) / size, 2)
half, what = "about half of the float file", "the size of the file"
expect.true(ratio < 0.55, what, expected=half, got=ratio)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    path, lent = lesson.drawn_model(rng), path
    before = path.read_bytes()
    lent.write_bytes(before)  # another model where the example was
    # covers: write to_float16(path, out) | return out | returns: out, a path
    got = lesson.after(to_float16, lent, call, old=lesson.example().read_bytes())
    # covers: path, out: paths of onnx files, weights inside | the first stays as it is
    expect.unchanged(lent, before, "the float model afterwards")
    ratio = lesson.size_of(got) / len(before)
    wide = lesson.with_wide_layers(path, rng)
    mixed = lesson.with_matmul(path, rng)
    both = [(file, lesson.after(to_float16, file, call)) for file in (wide, mixed)]
    both += [(path, got)]
    # covers: write the float model at path with float16 weights to out
    for file, made in both:
        halves = lesson.weights_in(made)
        for exact in lesson.weights_in(file).values():
            one = [each for each in halves.values() if each.shape == exact.shape]
            what_of = f"the weights of shape {exact.shape}"
            kinds = {str(each.dtype) for each in one}
            expect.equal(kinds, {"float16"}, what_of)
            # covers: all weights are the nearest float16 there
            nearest = [np.allclose(each, exact, rtol=2**-11, atol=1e-7) for each in one]
            at = nearest.index(True) if True in nearest else 0
            expect.close(one[at], exact, what_of, atol=1e-7, rtol=2**-11)
    what += ", a fresh model"
    # covers: takes a model that onnx.load(path) has read, and returns a model
    expect.true(ratio < 0.55, what, expected=half, got=round(ratio, 2))
### END HIDDEN TESTS
expect.passed("half the file")

# %% test="to_float16_keeps_labels" points=0.5
got = lesson.after(to_float16, lesson.example(), "to_float16(path, out)")
causes = {"the ends are float16, too; keep their types": ["tensor(float16)"] * 2}
floats, what = ["tensor(float)"] * 2, "the types of input and output"
expect.equal(lesson.ends(got), floats, what, causes=causes)
same = lesson.labels_kept(got, lesson.example())
what, most = "labels that stay", "at least 99 %"
expect.true(same >= 0.99, what, expected=most, got=f"{same:.1%}")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    path, lent = lesson.drawn_twice(rng)
    got = lesson.after(to_float16, lent, "to_float16(path, out)")
    expect.equal(lesson.ends(got), floats, "the types of the ends, a fresh model")
    same = lesson.labels_kept(got, path)
    what += ", a fresh model"
    expect.true(same >= 0.99, what, expected=most, got=f"{same:.1%}")
    path = lesson.with_more_ends(path)
    got = lesson.after(to_float16, path, "to_float16(path, out)")
    what = "the types of the ends, a model with more inputs and outputs"
    # covers: inputs and outputs stay float32
    expect.equal(lesson.ends(got), [*floats * 2, "tensor(int64)"], what)
    # covers: the default changes the types of all inputs and outputs, too, and every
    # covers: whole numbers as they are
    what = "name, type and shape of the ends"
    expect.equal(lesson.ends_of(got), lesson.ends_of(path), what)
### END HIDDEN TESTS
expect.passed("nearly every label stays, and callers notice nothing")

# %% [markdown]
# ### Which one do you ship?
#
# Latency, accuracy and size of every variant of the ResNet, one image a call. Left and low is better.

# %% demo="every_variant"
half = lesson.new_path("half.onnx")
to_float16(resnet, half)
measured |= lesson.draw_variants(variants[resnet] | {"float16 (6.8)": half})

# %% [markdown]
# ## Does the same file compute the same on every processor?
#
# A VNNI instruction adds products of bytes to a sum of 32 bits. An x86-64 processor without it has `VPMADDUBSW`: it
# multiplies unsigned by signed bytes, adds every two *neighbouring* products, and **saturates** the pair's sum: what
# lies outside 16 bits becomes the nearest number inside, $-2^{15}$ or $2^{15}-1$. Only then come 32 bits. One product
# always fits, since $255 \cdot 128 < 2^{15}$. Two of one sign surely fit as long as
#
# $$ 2 \cdot a \cdot w \le 2^{15} - 1 $$
#
# for the largest activation $a$ and the largest weight $w$. Beyond that, one file is two models, and neither complains.

# %% [markdown]
# ### Exercise 6.9 · Two at a time (2 points · 10 min)
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
    """Return (exact, sixteen_bit): the sum of all products, and what pairs make of it.

    activations: (n,) uint8 array; weights: (n,) int8 array, -128 to 127
    n: at least 1, odd or even
    returns: two ints; sixteen_bit, where each pair's sum saturates to 16 bits, lies
        above or below exact, or is the same
    """
    ### BEGIN SOLUTION
    products = activations.astype(np.int64) * weights.astype(np.int64)
    pairs = np.pad(products, (0, len(products) % 2)).reshape(-1, 2).sum(axis=1)
    return int(products.sum()), int(np.clip(pairs, -(2**15), 2**15 - 1).sum())
    ### END SOLUTION


def largest_safe_weight(largest_activation):
    """Return the largest w for which no pair saturates with weights from -w to w.

    largest_activation: int, 1 to 255: activations are whole numbers from 0 to it
    returns: int, 127 at most, where symmetric int8 weights end
    """
    ### BEGIN SOLUTION
    return min(127, (2**15 - 1) // (2 * largest_activation))
    ### END SOLUTION


# %% test="saturating_dot_pairs" points=0.5
a = [255, 255, 255, 200, 255, 255, 10, 200]
got, what = lesson.dotted(saturating_dot, a, [127, 127, 127, 127, -128, -100, 5, -3])
causes = {
    "exact comes first": (32216, 32216),
    "16 bits wrap around; convert both arrays before you multiply": (-1671, 32216),
    "the pairs' sums wrap around; clip them while they have more bits": (63865, -1671),
    "one product always fits; add the two of a pair, then clip": (63865, 63865),
    "clip each pair's sum, not the sum of all": (63865, 32767),
    "clip each pair's sum, not what has come together so far": (63865, -25923),
    "two products are a pair, not four": (63865, -1),
    "pairs do not overlap: products 0 and 1, then 2 and 3": (63865, 32293),
    "clip at both ends": (63865, 6844),
    "16 bits have a sign here: from -2**15 to 2**15 - 1": (63865, 122555),
}
expect.close(got, (63865, 32216), what, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    many = rng.integers(-1, 2, size=int(rng.integers(200, 300)))
    # covers: write saturating_dot(activations, weights) | each pair's sum saturates
    # covers: products 0 and 1 are a pair, 2 and 3 the next | numpy multiplies these two
    for signs in ((1, 1, -1), (-1, -1, 1, 0), many):
        a = rng.integers(180, 256, size=(len(signs), 2))
        signs = np.array(signs)[:, None]
        w = rng.integers(100, 128, size=a.shape) * np.where(signs, signs, [1, -1])
        pairs, flat = (a * w).sum(1).tolist(), (a.ravel().tolist(), w.ravel().tolist())
        held = [max(-(2**15), min(each, 2**15 - 1)) for each in pairs]
        got, what = lesson.dotted(saturating_dot, *flat)
        # covers: return (exact, sixteen_bit) | returns: two ints | lies above or below
        expect.close(got, (sum(pairs), sum(held)), what)
    # covers: the pairs' sums are added exactly | convert both arrays first
    got, what = lesson.dotted(saturating_dot, [255] * 140_000, [127] * 140_000)
    expected = 140_000 * 255 * 127, 70_000 * (2**15 - 1)
    expect.close(got, expected, f"{what}, each 255 times 127")
### END HIDDEN TESTS
expect.passed("each pair saturates, above and below")

# %% test="saturating_dot_edges" points=0.5
got, what = lesson.dotted(saturating_dot, [255], [-128])
likely = "a product without a neighbour stays as it is"
expect.close(got, (-32640, -32640), what, likely=likely)
w = [127, 127, 20, 20, -128]
got, what = lesson.dotted(saturating_dot, [255, 255, 10, 10, 100], w)
causes = {
    "exact comes first": (20367, 20367),
    "the last product, which has no neighbour, is missing": (65170, 33167),
    "the pairs are products 0 and 1, then 2 and 3": (52370, 52370),
}
expect.close(got, (52370, 20367), what, causes=causes)
got, what = lesson.dotted(saturating_dot, [255, 191, 255, 128], [127, 2, -128, -1])
likely = "both pairs just fit: 32767 and -32768 are numbers of 16 bits"
expect.close(got, (-1, -1), what, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    ends = [(255, 191, 127, 2), (255, 58, 127, 11), (255, 128, -128, -1)]
    ends += [(255, 129, -128, -1), (255, 255, -128, 127), (0, 255, 127, -128)]
    # covers: activations: (n,) uint8 array | weights: (n,) int8 array, -128 to 127
    for times in (1, 2, int(rng.integers(3, 9))):
        drawn = [ends[k] for k in rng.permutation(len(ends) * times) % len(ends)]
        a = [each for pair in drawn for each in pair[:2]]
        w = [each for pair in drawn for each in pair[2:]]
        # covers: a last product without a neighbour | n: at least 1, odd or even
        last = int(rng.integers(200, 256)), int(rng.choice([-128, 127]))
        odd = [*a, last[0]], [*w, last[1]]
        for left, right in ((a, w), odd, ([last[0]], [last[1]])):
            products = [x * y for x, y in zip(left, right, strict=True)]
            pairs = [sum(products[k : k + 2]) for k in range(0, len(left), 2)]
            held = [max(-(2**15), min(each, 2**15 - 1)) for each in pairs]
            got, what = lesson.dotted(saturating_dot, left, right)
            # covers: or is the same
            expect.close(got, (sum(products), sum(held)), what)
    for w in ([127, 127, -127, -127], [127, -127, 127, -127], [127, -127, -127, 127]):
        got, what = lesson.dotted(saturating_dot, [255, 255, 255, 191], w)
        pairs = 255 * (w[0] + w[1]), 255 * w[2] + 191 * w[3]
        held = [max(-(2**15), min(each, 2**15 - 1)) for each in pairs]
        expect.close(got, (sum(pairs), sum(held)), what)
### END HIDDEN TESTS
expect.passed("odd lengths, and pairs that just fit")

# %% test="saturating_dot_safe_weight" points=1
causes = {
    "a pair has two products, and 16 bits end at 2**15 - 1": 127,
    "2 · 255 · 65 does not fit; round down": 65,
}
expect.close(largest_safe_weight(255), 64, "largest_safe_weight(255)", causes=causes)
causes = {"int8 weights with symmetric codes end at 127": 163}
expect.close(largest_safe_weight(100), 127, "largest_safe_weight(100)", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: largest_activation: int, 1 to 255 | and largest_safe_weight
    for largest in rng.permutation(np.arange(1, 256)).tolist():
        # covers: return the largest w for which no pair saturates
        fits = [w for w in range(1, 128) if 2 * largest * w < 2**15]
        got, what = largest_safe_weight(largest), f"largest_safe_weight({largest})"
        # covers: returns: int, 127 at most
        expect.close(got, fits[-1], what)
        kind = np.asarray(got).dtype
        expect.true(kind.kind in "iu", what, expected="an int", got=got)
### END HIDDEN TESTS
expect.passed("no pair saturates with weights up to there")

# %% [markdown]
# <details><summary>Another way</summary>
#
# ```python
# pairs = np.add.reduceat(products, range(0, len(products), 2))  # no padding
# ```
# </details>

# %% [markdown]
# ### Which of the two does this processor compute?
#
# ONNX Runtime multiplies the same bytes here, in a `MatMulInteger`. Weights of 7 bits are the same on every processor.

# %% demo="computed_here"
off = lesson.show_products(saturating_dot, largest_safe_weight)
measured["1,000 products of 8-bit weights, this processor"] = off

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
accuracies = lesson.show_two_processors(resnet, quantize_static_model)
measured["accuracies on this processor"] = accuracies

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
