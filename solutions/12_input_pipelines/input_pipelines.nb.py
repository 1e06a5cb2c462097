# %% [markdown]
# # Who waits for whom?
#
# **Lesson 12** · 90 minutes · 20 points · you need: lessons 04 and 11, NumPy arrays, Python's threads and queues
#
# A network could answer many more frames a second than its program gets through. It is not slow: it waits, for pixels
# that are copied, converted, and copied again, by one thread that does one thing at a time. You write the pipeline in
# front of a network: pixels without waste, stages that work at once, queues that push back, batches that do not wait
# too long. It runs on a real video; then you find who waits for whom.
#
# Every exercise can be solved without the others. Files go to `work12`.

# %% readonly="imports"
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from queue import Empty, Queue

import numpy as np

from course_utils import expect, predictions, tables
from course_utils.lessons import input_pipelines as lesson
from course_utils.lessons.input_pipelines import END, feed

# %% readonly="helpers"
from course_utils.lessons.input_pipelines import gathered, left_behind, piped, worked
from course_utils.lessons.input_pipelines import held_back, interrupted, met, outlived
from course_utils.lessons.input_pipelines import handed_on, overtaken, preprocessed
from course_utils.lessons.input_pipelines import abreast, carried, nested
from course_utils.lessons.input_pipelines import refilled, unhurried
from course_utils.seeds import fresh_draw  # for the hidden tests

measured = {}  # filled by the demonstrations, shown at the end
lesson.begin()  # an empty folder work12

# %% [markdown]
# ## What stands between a camera and an answer?
#
# NVIDIA's DeepStream names the **stages**: capture, decode, preprocess, batch, infer, track, display or store. Other
# frameworks have the same under other names. Below, each stage beside what stands for it in this lesson, and the
# whole as one line for GStreamer, on which DeepStream is built.
#
# The film is made here: handwritten digits drift across it, 640 × 480, encoded and decoded by FFmpeg through PyAV.

# %% demo="stages"
film = lesson.open_film()  # a file, or frames that are painted without PyAV
lesson.show_stages(film)

# %% [markdown]
# ## What does a frame cost before it is looked at?
#
# A frame has a byte for each of three colours, colours last. The network wants 32-bit floats, half as large in both
# directions, normalized, colours first. Written as it is said, each step makes a new array of the full size. Three
# habits avoid that: **resize early**, while there is a byte to a number; let the step that makes floats also
# normalize; and **reuse buffers**: write into memory that is there.

# %% [markdown]
# ### Exercise 12.1 · Pixels without waste (4 points · 15 min)
#
# Write `preprocess(frame, mean, std, out)`. Each output pixel is the average of 2 × 2 pixels, exactly, not rounded;
# then `mean` is subtracted and the rest divided by `std`, each colour with its own. The result is written into `out`.
#
# What is allocated meanwhile, counted by `tracemalloc`, never exceeds `2 * h * w` bytes (two thirds of the frame)
# and 200,000 more.
#
# *The trap:* bytes wrap. In `uint8`, 200 + 100 is 44, and no error says so.
#
# <details><summary>Hint</summary>
# <code>frame[::2, 1::2, 0]</code> is, of the first colour, every other row and the odd columns: a view, nothing is
# copied. <code>np.add(a, b, out=out[0], dtype=np.float32)</code> adds bytes as floats, into memory that is there, and
# <code>out[0] += c</code> allocates nothing either.
# </details>


# %% solution="preprocess"
def preprocess(frame, mean, std, out):
    """Halve a frame, normalize it, put colours first; write that into out, return out.

    frame: (h, w, 3) uint8 array, h and w even; its rows may lie apart in memory; not
        changed
    mean, std: (3,) float32 arrays, in units of a pixel, 0 to 255; std above 0; not
        changed
    out: (3, h // 2, w // 2) float32 array that holds anything; it may be used again
        and again
    returns: out itself
    """
    ### BEGIN SOLUTION
    for c in range(3):
        np.add(frame[::2, ::2, c], frame[::2, 1::2, c], out=out[c], dtype=np.float32)
        out[c] += frame[1::2, ::2, c]
        out[c] += frame[1::2, 1::2, c]
    out *= (0.25 / std)[:, None, None]
    out -= (mean / std)[:, None, None]
    return out
    ### END SOLUTION


# %% test="preprocess_averages" points=1
zero, one = np.zeros(3, np.float32), np.ones(3, np.float32)
frame = np.zeros((2, 4, 3), np.uint8)
frame[:, :, 0] = [[200, 100, 1, 2], [100, 200, 2, 2]]
causes = {
    "bytes wrap: add as floats or as larger integers": [[22.0, 1.75]],
    "the average is not rounded": [[150.0, 1.0]],
    "one pixel of four is kept, where four are to be averaged": [[200.0, 1.0]],
    "divide the sum by 4": [[600.0, 7.0]],
    "of four pixels the largest is kept; average them": [[200.0, 2.0]],
}
got = preprocess(frame, zero, one, np.empty((3, 1, 2), np.float32))
expect.shape(got, (3, 1, 2), "preprocess of a frame of 2 × 4")
expect.close(got[0], [[150.0, 1.75]], "the first colour", atol=1e-4, causes=causes)
### BEGIN HIDDEN TESTS
# covers: each output pixel is the average of 2 × 2 pixels, exactly, not rounded
# covers: write preprocess(frame, mean, std, out) | h and w even | bytes wrap
# covers: in uint8, 200 + 100 is 44, and no error says so | halve a frame
with fresh_draw() as rng:
    sizes = [(2, 2), (2, 14), (18, 2), (4, 6), (2, 1018), (1_006, 2), (262, 134)]
    sizes += [tuple(2 * int(n) for n in rng.integers(3, 40, 2)) for _ in range(2)]
    for h, w in sizes:
        for low, high in ((0, 256), (250, 256), (0, 3), (255, 256), (0, 1)):
            frame = rng.integers(low, high, (h, w, 3), dtype=np.uint8)
            sums = sum(frame[i::2, j::2].astype(int) for i in (0, 1) for j in (0, 1))
            wanted = sums.transpose(2, 0, 1) / 4
            got = preprocessed(preprocess, frame, zero, one)["values"]
            what = f"preprocess of {h} × {w} pixels from {low} to {high - 1}, as it is"
            expect.close(got, wanted, what, atol=1e-3)
### END HIDDEN TESTS
expect.passed("four pixels become their average")

# %% test="preprocess_normalizes" points=1
mean = np.array([10.0, 20, 30], np.float32)
std = np.array([2.0, 4, 5], np.float32)
frame = np.full((2, 2, 3), 100, np.uint8)
causes = {
    "each colour has its own mean and std": [45.0, 45.0, 45.0],
    "subtract the mean first, then divide": [40.0, 5.0, -10.0],
    "subtract the mean": [50.0, 25.0, 20.0],
    "divide by std, do not multiply": [180.0, 320.0, 350.0],
    "mean and std are in units of a pixel, from 0 to 255": [-4.804, -4.902, -5.922],
    "the colours are turned around": [14.0, 20.0, 45.0],
}
got = preprocess(frame, mean.copy(), std.copy(), np.empty((3, 1, 1), np.float32))
what = "preprocess of a grey frame of 100, mean [10, 20, 30], std [2, 4, 5]"
expect.shape(got, (3, 1, 1), what)
expect.close(got[:, 0, 0], [45.0, 20, 14], what, atol=1e-3, causes=causes)
### BEGIN HIDDEN TESTS
# covers: then mean is subtracted and the rest divided by std, each colour with its own
# covers: normalize it, put colours first | mean, std: (3,) float32 arrays
# covers: std above 0
with fresh_draw() as rng:
    sizes = [(h, w, size) for h, w in ((2, 2), (6, 4)) for size in (60.0, 0.01, 1e-9)]
    sizes += [(4, 10, 1.0), (12, 8, 3e3), (8, 6, 0.4)]
    for h, w, size in sizes:
        # means of pixels, dark ones, and numbers that might pass for shares of 255
        for top in (255, 0.9, 1e-3, 0):
            frame = rng.integers(0, 256, (h, w, 3), dtype=np.uint8)
            mean = (top * rng.uniform(0.1, 1, 3)).astype(np.float32)
            std = (size * rng.uniform(0.5, 2, 3)).astype(np.float32)
            sums = sum(frame[i::2, j::2].astype(int) for i in (0, 1) for j in (0, 1))
            wanted = ((sums / 4 - mean) / std).transpose(2, 0, 1)
            got = preprocessed(preprocess, frame, mean, std, named=size == 60)
            what = f"preprocess of {h} × {w}, mean {mean}, std {std}"
            bound = 4e-6 * 255 / std.min()
            expect.close(got["values"], wanted, what, atol=float(bound))
    for std in (np.ones(3, np.float32), np.full(3, 0.25, np.float32)):
        frame = rng.integers(0, 256, (6, 10, 3), dtype=np.uint8)
        mean = np.array([0.0, rng.uniform(1, 255), 1.0], np.float32)
        sums = sum(frame[i::2, j::2].astype(int) for i in (0, 1) for j in (0, 1))
        wanted = ((sums / 4 - mean) / std).transpose(2, 0, 1)
        got = preprocessed(preprocess, frame, mean, std)["values"]
        expect.close(got, wanted, f"preprocess, mean {mean}, std {std}", atol=4e-3)
### END HIDDEN TESTS
expect.passed("each colour has its own mean and deviation")

# %% test="preprocess_writes" points=1
frame = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
mean, std = np.zeros(3, np.float32), np.ones(3, np.float32)
seen = preprocessed(preprocess, frame, mean, std)
nothing = bool(np.isnan(seen["values"]).all())
likely = (
    "`out = …` only names another array; write into it, and do not count what was there"
)
what = "what stands in out after preprocess"
expect.true(not nothing, what, expected="the result", got="nothing new", likely=likely)
what = "what preprocess returns"
likely = "end with `return out`"
same = seen["same"]
expect.true(same, what, expected="out itself", got="something else", likely=likely)
what = "the frame after preprocess"
expect.true(seen["frame"], what, expected="as it was", got="changed")
### BEGIN HIDDEN TESTS
# covers: the result is written into out | write that into out, return out
# covers: out: (3, h // 2, w // 2) float32 array that holds anything | returns: out itself
# covers: it may be used again and again | its rows may lie apart in memory | not changed
# covers: in units of a pixel, 0 to 255
with fresh_draw() as rng:
    for gap in (0, 1, 7, int(rng.integers(8, 40))):
        h, w = (2 * int(n) for n in rng.integers(1, 20, 2))
        frame = rng.integers(0, 256, (h, w, 3), dtype=np.uint8)
        mean = rng.uniform(0, 255, 3).astype(np.float32)
        std = rng.uniform(20, 90, 3).astype(np.float32)
        sums = sum(frame[i::2, j::2].astype(int) for i in (0, 1) for j in (0, 1))
        wanted = ((sums / 4 - mean) / std).transpose(2, 0, 1)
        seen = preprocessed(preprocess, frame, mean, std, gap)
        what = f"preprocess of {h} × {w} pixels, rows {gap} pixels apart"
        expect.close(seen["values"], wanted, f"out after {what}", atol=1e-4)
        expect.true(seen["same"], what, expected="out itself", got="something else")
        for part in ("frame", "mean", "std", "beside"):
            said = f"{part}, after {what}"
            expect.true(seen[part], said, expected="as it was", got="changed")
### END HIDDEN TESTS
expect.passed("the result lies in the caller's own buffer")

# %% test="preprocess_allocates" points=1
frame = np.full((240, 320, 3), 90, np.uint8)
seen = preprocessed(preprocess, frame, np.full(3, 80, np.float32), np.ones(3, "f4"))
most, got = 2 * 240 * 320 + 200_000, f"{seen['bytes']:,}"
likely = "an array of the full size, or of floats, is made on the way; use out= and +="
what = "bytes allocated for a frame of 240 × 320"
expect.true(seen["bytes"] <= most, what, expected=f"≤ {most:,}", got=got, likely=likely)
### BEGIN HIDDEN TESTS
# covers: what is allocated meanwhile, counted by tracemalloc, never exceeds 2 * h * w bytes
with fresh_draw() as rng:
    for h, w in ((720, 1280), (1200, 400), (1082, 702), (2, 2)):
        frame = rng.integers(0, 256, (h, w, 3), dtype=np.uint8)
        mean = rng.uniform(0, 255, 3).astype(np.float32)
        std = rng.uniform(20, 90, 3).astype(np.float32)
        sums = sum(frame[i::2, j::2].astype(int) for i in (0, 1) for j in (0, 1))
        wanted = ((sums / 4 - mean) / std).transpose(2, 0, 1)
        seen = preprocessed(preprocess, frame, mean, std, gap=w % 3)
        expect.close(seen["values"], wanted, f"preprocess of {h} × {w}", atol=1e-4)
        most, got = 2 * h * w + 200_000, f"{seen['bytes']:,} bytes"
        what = f"bytes allocated for a frame of {h} × {w}"
        expect.true(seen["bytes"] <= most, what, expected=f"≤ {most:,}", got=got)
### END HIDDEN TESTS
expect.passed("nothing large is allocated on the way")

# %% [markdown]
# ### What did the habits save?
#
# The usual way, a new float32 array for each step (floats, less the mean, over std, halved, colours first), beside
# yours, on one frame of the film. How many times the frame's own bytes does the usual way hold at its worst moment?

# %% predict="peak"
guess_peak = None  # times the bytes of the frame

# %% demo="resize_early"
peak = lesson.draw_early(preprocess, film)
peak = predictions.beside(guess_peak, peak, "×")
measured["the usual way over the frame, at worst"] = peak

# %% [markdown]
# ## Must it be normalized at all?
#
# A convolution is a sum of products, and normalizing is a product and a sum, too. The first convolution can do both:
#
# $$ b_o + \sum_{c,i,j} w_{o,c,i,j}\,\frac{x_{c,i,j} - m_c}{s_c} \;=\; b'_o + \sum_{c,i,j} w'_{o,c,i,j}\, x_{c,i,j} $$
#
# Then raw pixels go in, and a pass over the picture is gone, for good.

# %% [markdown]
# ### Exercise 12.2 · Fold the normalization (3 points · 10 min)
#
# Write `fold_normalization(weight, bias, mean, std)`: a new weight and a new bias, for which the formula above holds,
# exactly where the convolution does not pad.
#
# *The trap:* padding with 0. After normalizing, a 0 is a pixel of the mean colour; in raw pixels, a 0 is black.
#
# <details><summary>Hint</summary>
# Multiply out the left side. <code>mean[:, None, None]</code> has the shape (c_in, 1, 1), which lines up with the
# last three axes of the weight.
# </details>


# %% solution="fold_normalization"
def fold_normalization(weight, bias, mean, std):
    """Return weight and bias of the convolution that takes pixels as they are.

    weight: (c_out, c_in, kh, kw) float64 array; bias: (c_out,) float64 array
    mean, std: (c_in,) float64 arrays, std above 0; no argument is changed
    returns: two new float64 arrays, of the shapes of weight and of bias
    """
    ### BEGIN SOLUTION
    folded = weight / std[:, None, None]
    return folded, bias - (folded * mean[:, None, None]).sum(axis=(1, 2, 3))
    ### END SOLUTION


# %% test="fold_normalization_weight" points=1
weight, bias = np.array([[[[6.0]], [[8.0]]]]), np.array([1.0])
mean, std = np.array([3.0, 5.0]), np.array([2.0, 4.0])
got = fold_normalization(weight.copy(), bias.copy(), mean.copy(), std.copy())
what = "fold_normalization of weights [6, 8], bias [1], mean [3, 5], std [2, 4]"
expect.parts(got, 2, what, likely="return both: weight, bias")
causes = {
    "divide by std, do not multiply": [[[[12.0]], [[32.0]]]],
    "the weights are as they were": weight,
    "each input channel has its own std": [[[[3.0]], [[4.0]]]],
    "mean belongs to the bias": [[[[1.5]], [[0.75]]]],
}
expect.close(got[0], [[[[3.0]], [[2.0]]]], f"the weight of {what}", causes=causes)
### BEGIN HIDDEN TESTS
# covers: mean, std: (c_in,) float64 arrays, std above 0 | returns: two new float64 arrays
# covers: weight: (c_out, c_in, kh, kw) float64 array
with fresh_draw() as rng:
    shapes = [(1, 1, 1, 1), (3, 1, 2, 5), (1, 4, 3, 3), (2, 2, 2, 2), (3, 3, 1, 3)]
    for shape in [*shapes, tuple(int(n) for n in rng.integers(2, 7, 4))]:
        for size in (1.0, 1e-10, 3e9):
            weight, bias = rng.normal(size=shape), rng.normal(size=shape[0])
            mean = rng.normal(size=shape[1])
            std = size * rng.uniform(0.5, 2, shape[1])
            lent = [each.copy() for each in (weight, bias, mean, std)]
            got, _ = fold_normalization(*lent)
            wanted = np.stack([weight[:, c] / s for c, s in enumerate(std)], axis=1)
            what = f"the weight, of shape {shape}, std about {size}"
            expect.array(got, what)
            expect.close(got, wanted, what, atol=0, rtol=1e-9)
            expect.equal(str(got.dtype), "float64", f"the type of {what}")
    weight = rng.normal(size=(3, 2, 2, 3))
    for mean, std in ((0, 2), (7, 1), (0, 1), (-3, 0.5)):
        mean, std = np.array([mean, 4.0]), np.array([std, 1.0])
        for given in (weight, np.abs(weight), 0 * weight):
            got, _ = fold_normalization(
                given.copy(), np.ones(3), mean.copy(), std.copy()
            )
            what = f"the weight, mean {mean}, std {std}"
            wanted = given / std.reshape(2, 1, 1)
            expect.close(got, wanted, what, atol=0, rtol=1e-9)
### END HIDDEN TESTS
expect.passed("each input channel's weights are divided by its deviation")

# %% test="fold_normalization_bias" points=1
weight = np.array([[[[6.0, -2]], [[8.0, 4]]], [[[0.0, 0]], [[0.0, 0]]]])
bias, mean, std = np.array([1.0, 7]), np.array([3.0, 5.0]), np.array([2.0, 4.0])
got = fold_normalization(weight.copy(), bias.copy(), mean.copy(), std.copy())
expect.parts(got, 2, "fold_normalization", likely="return both: weight, bias")
causes = {
    "the mean is subtracted, so its share is taken off the bias": [22.0, 7.0],
    "weights and mean are meant after dividing by std": [-71.0, 7.0],
    "sum over the input channels and over the whole kernel": [-19.0, 7.0],
    "the bias is as it was": [1.0, 7.0],
    "the old bias is lost": [-21.0, 0.0],
}
what = "the bias of two outputs, the second with weights of 0"
expect.close(got[1], [-20.0, 7.0], what, causes=causes)
### BEGIN HIDDEN TESTS
# covers: write fold_normalization(weight, bias, mean, std): a new weight and a new bias
# covers: for which the formula above holds | of the shapes of weight and of bias
# covers: exactly where the convolution does not pad | bias: (c_out,) float64 array
# covers: return weight and bias of the convolution that takes pixels as they are
# covers: padding with 0 | after normalizing, a 0 is a pixel of the mean colour
# covers: in raw pixels, a 0 is black
with fresh_draw() as rng:

    def convolved(x, w, b):
        views = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(1, 2))
        return np.einsum("chwij,ocij->ohw", views, w) + b[:, None, None]

    shapes = [(1, 1, 1, 1), (3, 1, 2, 5), (1, 4, 3, 3), (2, 2, 2, 2), (3, 3, 1, 3)]
    for shape in [*shapes, tuple(int(n) for n in rng.integers(2, 7, 4))]:
        weight, bias = rng.normal(size=shape), 9 * rng.normal(size=shape[0])
        mean, std = rng.uniform(0, 255, shape[1]), rng.uniform(1, 90, shape[1])
        x = rng.uniform(0, 255, (shape[1], 8, 9))
        normal = (x - mean[:, None, None]) / std[:, None, None]
        lent = {"weight": weight, "bias": bias, "mean": mean, "std": std}
        got = fold_normalization(**{name: each.copy() for name, each in lent.items()})
        what = f"the bias for a weight of shape {shape}"
        expect.shape(got[1], (shape[0],), what)
        expect.equal(str(got[1].dtype), "float64", f"the type of {what}")
        what = f"raw pixels through the folded convolution, weight of shape {shape}"
        wanted = convolved(normal, weight, bias)
        expect.close(convolved(x, *got), wanted, what, atol=1e-8)
        pad = [(0, 0), (2, 2), (1, 1)]
        black = np.stack(
            [
                np.pad(plane, pad[1:], constant_values=m)
                for plane, m in zip(x, mean, strict=True)
            ]
        )
        wanted = convolved(np.pad(normal, pad), weight, bias)
        what = "pixels padded with the mean, against normalized ones padded with 0"
        expect.close(convolved(black, *got), wanted, what, atol=1e-8)
        one_mean, one_std = np.full_like(mean, mean[0]), np.full_like(std, std[0])
        for m, s in ((mean, one_std), (one_mean, std), (one_mean, one_std)):
            got = fold_normalization(weight.copy(), bias.copy(), m.copy(), s.copy())
            wanted = bias - (weight * (m / s)[:, None, None]).sum((1, 2, 3))
            what = f"the bias, weight of shape {shape}, mean {m}, std {s}"
            expect.close(got[1], wanted, what, atol=1e-8)
        for low, high in ((1e-10, 1e-9), (0.001, 0.01), (1e6, 1e7)):
            for far in (1.0, -1.0, 1e-9, 1e9, 0.0):
                mean, std = far * rng.uniform(0.5, 2, shape[1]), rng.uniform(low, high)
                std = std * rng.uniform(0.5, 2, shape[1])
                share = (weight * (mean / std)[:, None, None]).reshape(shape[0], -1)
                lent = [each.copy() for each in (weight, bias, mean, std)]
                got = fold_normalization(*lent)[1]
                what = f"the bias, weight of shape {shape}, mean {mean}, std {std}"
                most = float(1e-12 * (np.abs(share).sum(1).max() + np.abs(bias).max()))
                expect.close(got, bias - share.sum(1), what, atol=most)
### END HIDDEN TESTS
expect.passed("the mean's share is in the bias")

# %% test="fold_normalization_unchanged" points=1
before = np.ones((2, 1, 1, 1)), np.zeros(2), np.zeros(1), np.ones(1)
NAMES = "weight", "bias", "mean", "std"
lent = [each.copy() for each in before]
got = fold_normalization(*lent)
expect.parts(got, 2, "fold_normalization", likely="return both: weight, bias")
for name, one, other in zip(NAMES, lent, before, strict=True):
    expect.unchanged(one, other, f"{name} after fold_normalization")
### BEGIN HIDDEN TESTS
# covers: no argument is changed
with fresh_draw() as rng:
    for shape in ((1, 1, 1, 1), (3, 2, 3, 3), (4, 3, 1, 2), (2, 3, 4, 5)):
        before = [rng.normal(size=shape), rng.normal(size=shape[0])]
        before += [rng.uniform(0, 255, shape[1]), rng.uniform(1, 90, shape[1])]
        lent = [each.copy() for each in before]
        first = fold_normalization(*lent)
        for name, one, other in zip(NAMES, lent, before, strict=True):
            expect.unchanged(one, other, f"{name} after fold_normalization")
        share = before[0] * (before[2] / before[3])[:, None, None]
        wanted = before[1] - share.reshape(shape[0], -1).sum(1)
        expect.close(first[1], wanted, f"the bias, weight of shape {shape}", atol=1e-8)
        ones, zeros = np.ones(shape[1]), np.zeros(shape[1])
        for mean, std in (
            before[2:],
            (zeros, before[3]),
            (before[2], ones),
            (zeros, ones),
        ):
            values = (*before[:2], mean, std)
            call = dict(zip(NAMES, values, strict=True))
            shared = handed_on(fold_normalization, call, call, call)
            what = f"results that are not new, mean {mean}, std {std}"
            expect.equal(shared, [], what)
        calls = [
            {
                "weight": rng.normal(size=shape),
                "bias": rng.normal(size=shape[0]),
                "mean": rng.normal(size=shape[1]),
                "std": rng.uniform(1, 90, shape[1]),
            }
            for _ in range(3)
        ]
        for call, got in zip(calls, refilled(fold_normalization, *calls), strict=True):
            what = "fold_normalization of the same arrays, filled with other numbers"
            wanted = call["weight"] / call["std"][:, None, None]
            expect.close(got[0], wanted, f"the weight, {what}", atol=1e-12)
            share = (wanted * call["mean"][:, None, None]).reshape(shape[0], -1).sum(1)
            expect.close(got[1], call["bias"] - share, f"the bias, {what}", atol=1e-9)
### END HIDDEN TESTS
expect.passed("the original convolution stays as it was")

# %% [markdown]
# ### What does padding do to it?
#
# One convolution of 3 × 3 on a frame of the film, folded by you. On the left it pads with 0, as `nn.Conv2d` does. The
# difference is drawn. Where is it, and what mends it?

# %% demo="padding"
measured["folded, but padded with 0"] = lesson.draw_padding(fold_normalization, film)

# %% [markdown]
# ## How do two threads hand things over?
#
# By a **bounded queue**. Who puts into a full queue waits, who takes from an empty one waits: so the slowest stage
# sets the pace, and memory stays small. This is **back-pressure**; without it, a fast camera fills the memory.
#
# Two things must travel through the queue beside the items. After the last item comes an end mark, here the object
# `END`. And an error: a thread that dies of one leaves the next stage waiting for ever.

# %% [markdown]
# ### Exercise 12.3 · A stage (3 points · 12 min)
#
# Write `stage(fn, inbox, outbox)`, the loop that one thread runs: it takes an item, calls `fn` on it, puts the result,
# and only then takes the next, until `END` comes. It puts `END` once, and returns.
#
# An `Exception` that `fn` raises goes on in the item's place, and the stage goes on with the next item. An item that
# is an `Exception` failed in an earlier stage: it goes on as it is, and `fn` is not called.
#
# *The trap:* `item == END` asks the item what equal means, and an array answers with an array. Ask `item is END`. And
# `None` and 0 are items like any other.
#
# <details><summary>Hint</summary>
# <code>while (item := inbox.get()) is not END:</code> takes items until the mark comes. Put only the call of
# <code>fn</code> into the <code>try</code>.
# </details>


# %% solution="stage"
def stage(fn, inbox, outbox):
    """Work on what inbox brings until END, and pass END on.

    fn: called with each item, in order
    inbox, outbox: queue.Queue; items and results may be any objects; nothing is put
        into inbox, and nothing that lies behind END is taken
    returns: None
    """
    ### BEGIN SOLUTION
    while (item := inbox.get()) is not END:
        if not isinstance(item, Exception):
            try:
                item = fn(item)
            except Exception as error:
                item = error
        outbox.put(item)
    outbox.put(END)
    ### END SOLUTION


# %% test="stage_passes_on" points=1
seen = worked(stage, ["list", "None", "array", "END"])
puts = [said for said in seen["log"] if said.startswith("puts")]
wanted = ["puts the result of 0", "puts the result of 1", "puts the result of 2"]
wanted += ["puts END"]
what = "what stage puts, for a list, None, an array, END"
causes = {
    "END is to be passed on": wanted[:3],
    "None is an item, not the end": [wanted[0], "puts END"],
    "END is put once": [*wanted, "puts END"],
}
ends = f"{puts}; then it {seen['ends']}"
likely = "does the loop end at END? `item == END` fails for arrays"
expect.true(
    seen["ends"] == "returns None", what, expected=str(wanted), got=ends, likely=likely
)
expect.equal(puts, wanted, what, causes=causes)
### BEGIN HIDDEN TESTS
# covers: until end comes | it puts end once, and returns | returns: none
# covers: item == end asks the item what equal means, and an array answers with an array
# covers: ask item is end | none and 0 are items like any other | work on what inbox brings
# covers: inbox, outbox: queue.queue | items and results may be any objects
# covers: nothing is put into inbox, and nothing that lies behind end is taken
# covers: fn: called with each item, in order
with fresh_draw() as rng:
    kinds = ["list", "None", "array", "0", "equal to all", "to None", "to 0"]
    odd = ["never compared", "called END", "the word END", "a kind of error", "a pair"]
    kinds = [*kinds, "to array", "to error", *odd, *(f"to {kind}" for kind in odd)]
    drawn = [[kinds[int(n)] for n in rng.integers(0, len(kinds), 12)] for _ in range(3)]
    twice = ["0", "0", "None", "None", "the word END", "the word END"]
    for words in ([], *([kind] for kind in kinds), kinds, kinds[::-1], twice, *drawn):
        for behind in ([], ["list"], ["END", "None", "list"]):
            seen = worked(stage, [*words, "END", *behind], named=words == twice)
            what = f"a stage that is given {[*words, 'END', *behind]}"
            puts = [said for said in seen["log"] if said.startswith("puts")]
            wanted = [f"puts the result of {n}" for n in range(len(words))]
            wanted = [*wanted, "puts END"]
            expect.equal(seen["ends"], "returns None", f"how it ends, {what}")
            expect.equal(puts, wanted, f"what it puts, {what}")
            calls = [said for said in seen["log"] if said.startswith("calls")]
            wanted = [f"calls fn on {n}" for n in range(len(words))]
            expect.equal(calls, wanted, f"whom it calls fn on, {what}")
            expect.equal(seen["left"], len(behind), f"items behind END, {what}")
    for room, slow in ((1, False), (0, True), (3, True)):
        words = [kinds[int(n)] for n in rng.integers(0, len(kinds), 5)]
        seen = worked(stage, [*words, "END", "list"], room, slow)
        what = "a stage between slow neighbours"
        likely = "wait for as long as it takes: `inbox.get()`, `outbox.put(item)`"
        ends, log = seen["ends"], seen["log"]
        expect.equal(ends, "returns None", f"how it ends, {what}", likely=likely)
        wanted = [f"puts the result of {n}" for n in range(5)]
        puts = [said for said in log if not said.startswith(("takes ", "calls "))]
        expect.equal(
            puts, [*wanted, "puts END"], f"what it puts, {what}", likely=likely
        )
        taken = [said for said in log if said == "takes from outbox"]
        expect.equal(taken, [], f"what it takes out of outbox, {what}")
### END HIDDEN TESTS
expect.passed("every item gets through, and END once")

# %% test="stage_errors" points=1
seen = worked(stage, ["list", "raises ValueError", "list", "error KeyError", "END"])
puts = [said for said in seen["log"] if said.startswith("puts")]
calls = [said for said in seen["log"] if said.startswith("calls")]
wanted = ["puts the result of 0", "puts the error of 1", "puts the result of 2"]
wanted += ["puts the error of 3", "puts END"]
what = "a stage whose second item fails, and whose fourth had failed before"
likely = "an error, fn's or one that comes in, goes on itself, in the item's place"
expect.true(
    seen["ends"] == "returns None",
    what,
    expected="returns None",
    got=f"{seen['ends']}, after {puts}",
    likely=likely,
)
expect.equal(puts, wanted, what, likely=likely)
wanted = ["calls fn on 0", "calls fn on 1", "calls fn on 2"]
expect.equal(calls, wanted, what, likely="fn is called once, and not on an error")
### BEGIN HIDDEN TESTS
# covers: an exception that fn raises goes on in the item's place
# covers: and the stage goes on with the next item | it goes on as it is, and fn is not called
# covers: an item that is an exception failed in an earlier stage
with fresh_draw() as rng:
    kinds = ["ValueError", "KeyError", "StopIteration", "Empty", "Full"]
    kinds = [*kinds, "TimeoutError", "Exception"]
    kinds += ["AssertionError", "MemoryError", "BrokenFrame"]
    failed = [f"error {kind}" for kind in kinds]
    every = [*(f"raises {kind}" for kind in kinds), *failed, "list"]
    drawn = [[every[int(n)] for n in rng.integers(0, len(every), 9)] for _ in range(3)]
    for words in (*([kind] for kind in every), every, failed[:1] * 3, *drawn):
        seen = worked(stage, [*words, "END"])
        puts = [said for said in seen["log"] if said.startswith("puts")]
        calls = [said for said in seen["log"] if said.startswith("calls")]
        kinds = ["result" if word == "list" else "error" for word in words]
        what = f"a stage that is given {[*words, 'END']}"
        expect.equal(seen["ends"], "returns None", f"how it ends, {what}")
        wanted = [f"puts the {kind} of {n}" for n, kind in enumerate(kinds)]
        expect.equal(puts, [*wanted, "puts END"], f"what it puts, {what}")
        wanted = [
            f"calls fn on {n}" for n, word in enumerate(words) if word not in failed
        ]
        expect.equal(calls, wanted, f"whom it calls fn on, {what}")
### END HIDDEN TESTS
expect.passed("an error travels in its item's place")

# %% test="stage_one_at_a_time" points=1
seen = worked(stage, ["list", "list", "END"])
wanted = ["takes 0", "calls fn on 0", "puts the result of 0"]
wanted += ["takes 1", "calls fn on 1", "puts the result of 1", "takes END", "puts END"]
likely = "a stage that takes more than it can put holds back nobody"
expect.equal(seen["log"], wanted, "the steps of a stage", likely=likely)
### BEGIN HIDDEN TESTS
# covers: write stage(fn, inbox, outbox), the loop that one thread runs: it takes an item
# covers: calls fn on it, puts the result, and only then takes the next
with fresh_draw() as rng:
    for count in (1, 2, 5, 1_500, int(rng.integers(6, 30))):
        words = [
            "raises KeyError" if draw > 0.7 else "list" for draw in rng.random(count)
        ]
        seen, wanted = worked(stage, [*words, "END"]), []
        for n, word in enumerate(words):
            outcome = "result" if word == "list" else "error"
            wanted += [f"takes {n}", f"calls fn on {n}", f"puts the {outcome} of {n}"]
        what = f"the steps of a stage with {count} items"
        expect.equal(seen["ends"], "returns None", f"how it ends, {what}")
        expect.equal(seen["log"], [*wanted, "takes END", "puts END"], what)
    for count in (2, int(rng.integers(3, 6))):
        items = list(range(count + int(rng.integers(1, 4))))
        seen = abreast(stage, count, items)
        what = f"{count} stages, each in a thread, whose functions wait for one another"
        likely = "what belongs to one call of stage stays within it"
        expect.true(
            seen["met"] and not seen["hung"],
            what,
            expected="they meet",
            got="they never do",
            likely=likely,
        )
        expect.equal(seen["results"], items, what, likely=likely)
        expect.equal(seen["threads"], [1] * (count + 1), f"threads of {what}")
### END HIDDEN TESTS
expect.passed("it holds one item at a time")

# %% [markdown]
# ### Who holds whom back?
#
# Three of your stages in threads, with queues of two. The second needs four times as long as the others. Below, how
# many items lie in each queue over time. Which queues are full, which is empty, and why?

# %% demo="queues"
measured["items in the queues, on average"] = lesson.draw_queues(stage)

# %% [markdown]
# ## What is a pipeline made of?
#
# A thread that draws items, a thread for each function, a bounded queue between any two, and somebody at the end who
# takes what comes out. While one frame is decoded, the one before it is preprocessed, and the one before that is in
# the network. Nothing gets faster for a single frame; more frames get through.
#
# What draws is given: `feed(items, outbox, stop)` puts items into `outbox` until they end, or until `stop`, a
# `threading.Event`, is set; then it puts `END`. After a stop it closes `items`. An error of `items` itself goes on in
# an item's place.

# %% [markdown]
# ### Exercise 12.4 · The whole pipeline (4 points · 18 min)
#
# Write `run_pipeline(functions, items, depth)`. One thread draws the items, by `feed`, and one thread works for each
# function. All are at work at once. Up to `depth` items wait before each function, no more, and each thread holds one
# more.
#
# After an error nothing more is drawn: an endless iterator is closed, if it has `close`. The error of the earliest
# item that failed, that very exception, is raised once all threads have ended. When results are returned, all threads
# have ended, too.
#
# *The trap:* who waits for the threads before taking what they put, waits for ever: the last queue is full.
#
# <details><summary>Hint</summary>
# One queue more than functions; <code>pairwise(queues)</code> gives each stage its two. With
# <code>ThreadPoolExecutor(len(functions) + 1) as pool:</code>, <code>pool.submit(stage, fn, inbox, outbox)</code>
# starts a thread (with 12.3's <code>stage</code>, or its loop written again), and the end of the block waits for all.
# Take from the last queue until END; at the first error, set <code>stop</code>, and go on taking, or nobody could put
# END.
# </details>


# %% solution="run_pipeline"
def run_pipeline(functions, items, depth):
    """Return the results of all items, in order: each item through all functions.

    functions: list of at least one function of one argument; not changed
    items: any iterable, also an empty or an endless one
    depth: int, at least 1
    returns: list; no item and no result is an Exception or END, all else may be
    """
    ### BEGIN SOLUTION
    queues = [Queue(depth) for _ in range(len(functions) + 1)]
    stop, results, errors = threading.Event(), [], []
    with ThreadPoolExecutor(len(functions) + 1) as pool:
        pool.submit(feed, items, queues[0], stop)
        for fn, ends in zip(functions, pairwise(queues), strict=True):
            pool.submit(stage, fn, *ends)
        while (got := queues[-1].get()) is not END:
            (errors if isinstance(got, Exception) else results).append(got)
            if errors:
                stop.set()
    if errors:
        raise errors[0]
    return results
    ### END SOLUTION


# %% test="run_pipeline_in_order" points=1
seen = piped(run_pipeline, ["adds", "adds"], [1, 2, 3, 4, 5, 6, 7, 8], 2)
what = "run_pipeline([a, b], [1, 2, …, 8], 2)"
likely = (
    "take from the last queue while the threads work, and do not wait for them first"
)
expect.true(
    not seen["hung"],
    what,
    expected="results",
    likely=likely,
    got="nothing: all threads wait for one another",
)
expect.equal(seen["error"], None, f"an error of {what}")
wanted = [f"{n}>a>b" for n in range(1, 9)]
causes = {"END is no result": [*wanted, END]}
expect.equal(seen["results"], wanted, what, causes=causes)
likely = "join every thread, or let `with ThreadPoolExecutor(…)` do it"
what = "threads still alive when it returns"
expect.equal(seen["left"], 0, what, likely=likely)
### BEGIN HIDDEN TESTS
# covers: return the results of all items, in order: each item through all functions
# covers: functions: list of at least one function of one argument | not changed
# covers: returns: list;
# covers: items: any iterable, also an empty or an endless one | depth: int, at least 1
# covers: no item and no result is an exception or end, all else may be
# covers: when results are returned, all threads have ended, too | who waits for the threads before taking
with fresh_draw() as rng:
    sources = ["list", "tuple", "iterator", "plain", "generator", "array", "iterable"]
    for source in [*sources, "row"]:
        for count in (0, 1, 3, int(rng.integers(4, 60))):
            stages, depth = (int(n) for n in rng.integers(1, 6, 2))
            items = rng.integers(0, 5, count).tolist()
            items = [None if item == 4 else item for item in items]
            words, named = ["adds"] * stages, count == 3
            seen = piped(run_pipeline, words, items, depth, source, named=named)
            what = f"run_pipeline of {stages} functions, items {items} as {source}"
            what = f"{what}, depth {depth}"
            hung = "nothing: it waits for ever"
            expect.true(not seen["hung"], what, expected="results", got=hung)
            expect.equal(seen["error"], None, f"an error of {what}")
            tail = "".join(f">{name}" for name in "abcde"[:stages])
            wanted = [f"{item}{tail}" for item in items]
            expect.equal(seen["results"], wanted, what)
            expect.equal(seen["left"], 0, f"threads still alive after {what}")
            expect.true(
                seen["functions"], "functions", expected="as they were", got=what
            )
            calls = [
                [f"{i}{tail[: 2 * n]}" if n else i for i in items]
                for n in range(stages)
            ]
            expect.equal(seen["calls"], calls, f"what each function got, {what}")
    seen = piped(run_pipeline, ["adds", "same", "adds"], [[1], [], [1]], 2)
    wanted = ["[1]>a>a>c", "[]>a>a>c", "[1]>a>a>c"]
    what = "run_pipeline with one function twice, and lists as items"
    expect.equal(seen["results"], wanted, what)
    seen = left_behind(run_pipeline, [0, 1, 2], None)
    what = "threads that still end when the results are there"
    expect.equal(seen["left"], 0, what)
    expect.equal(seen["results"], [0, 1, 2], "the results then")
    for words, last in ((["to None", "adds"], "None>b"), (["adds", "to None"], None)):
        seen = piped(run_pipeline, words, [0, None, 2], 1)
        expect.equal(seen["results"], [last] * 3, f"run_pipeline, {words}")
    for depth in (1, int(rng.integers(2, 30))):
        seen = carried(run_pipeline, depth)
        what = "run_pipeline of odd things: None, arrays, what is equal to all, …"
        likely = (
            "ask `is END` and `isinstance(…, Exception)` alone, and hand on the thing"
        )
        expect.equal(seen["error"], None, f"an error of {what}", likely=likely)
        came, sent = seen["came"], seen["sent"]
        expect.equal(
            came, [sent, sent], f"what each function got, {what}", likely=likely
        )
        wanted = [*sent[1:], sent[0]]
        expect.equal(seen["results"], wanted, f"results of {what}", likely=likely)
    start = int(rng.integers(0, 90))
    seen = nested(run_pipeline, [start, start + 1, start + 2])
    what = "run_pipeline whose functions call run_pipeline, each to add 2"
    got = "nothing: it waits for ever"
    likely = "what belongs to one call stays within it"
    expect.true(not seen["hung"], what, expected="results", got=got, likely=likely)
    wanted = [start + 4, start + 5, start + 6]
    expect.equal(seen["results"], wanted, what, likely=likely)
    seen = unhurried(run_pipeline, False, int(rng.integers(1, 3)))
    what = "run_pipeline with a camera and functions that take very long"
    likely = "wait without a limit: the slow one may need longer than you think"
    expect.equal(seen["error"], None, f"an error of {what}", likely=likely)
    expect.equal(seen["results"], list(range(9)), what, likely=likely)
### END HIDDEN TESTS
expect.passed("all results, in order, and no thread left")

# %% test="run_pipeline_at_once" points=1
seen = met(run_pipeline, 3, [0, 1, 2, 3], 1)
what = "three functions, each of which waits until the others are at work, too"
likely = (
    "each function wants a thread of its own, and all must be started before one ends"
)
got = "nothing: it waits for ever"
expect.true(not seen["hung"], what, expected="they meet", got=got, likely=likely)
expect.true(seen["met"], what, expected="they meet", got="they never do", likely=likely)
expect.equal(seen["threads"][:3], [1, 1, 1], "threads that ran each function")
### BEGIN HIDDEN TESTS
# covers: and one thread works for each function | all are at work at once
# explains: write run_pipeline(functions, items, depth)
# covers: one thread draws the items, by feed
with fresh_draw() as rng:
    for count in (1, 2, 5, int(rng.integers(3, 8)), 40):
        for depth in (1, int(rng.integers(2, 5))):
            items = list(range(count + int(rng.integers(0, 4))))
            seen = met(run_pipeline, count, items, depth)
            what = (
                f"{count} functions and feed, that wait for one another, depth {depth}"
            )
            met_so = "they never do"
            expect.true(not seen["hung"], what, expected="they meet", got="a deadlock")
            expect.true(seen["met"], what, expected="they meet", got=met_so)
            expect.equal(seen["threads"], [1] * (count + 1), f"threads of {what}")
            expect.equal(seen["results"], items, f"results of {what}")
        count = int(rng.integers(1, 4))
        items = list(range(count + int(rng.integers(2, 5))))
        seen = met(run_pipeline, count, items, 2, drawn=False)
        what = f"{count} functions that wait for one another, items {items}"
        expect.true(seen["met"], what, expected="they meet", got="they never do")
        expect.equal(seen["threads"], [1] * count, f"threads of {what}")
        expect.equal(seen["results"], items, f"results of {what}")
### END HIDDEN TESTS
expect.passed("all functions work at once, each in its thread")

# %% test="run_pipeline_holds_back" points=1
seen = held_back(run_pipeline, 2, 3)
what = "items drawn while the last of two functions holds the first item, depth 3"
likely = "every queue needs its bound, `Queue(depth)`, the first one too"
got = "nothing: it waits for ever"
expect.true(not seen["hung"], what, expected="9 at most", got=got, likely=likely)
got = seen["drawn"]
expect.true(got <= 9, what, expected="9 at most", got=f"{got} of 300", likely=likely)
### BEGIN HIDDEN TESTS
# covers: up to depth items wait before each function, no more, and each thread holds one more
with fresh_draw() as rng:
    drawn = [int(n) for n in rng.integers([2, 3], [5, 9])]
    cases = [(3, 1, "iterator"), (2, 2, "list"), (*drawn, "iterator")]
    for count, depth, source in cases:
        # what is drawn by then, but for the one that feed may hold
        least = count * (depth + 1)
        least = least if source == "iterator" else least - depth
        seen = held_back(run_pipeline, count, depth, source, least)
        # before each function depth, and one in the hands of each thread before
        most = count * (depth + 1) + 1
        most = most if source == "iterator" else most - depth - 1
        what = f"items drawn from a {source}, {count} functions, depth {depth}"
        said, got = f"{most} at most", f"{seen['drawn']} of 300"
        expect.true(not seen["hung"], what, expected=said, got="it waits for ever")
        expect.true(seen["drawn"] <= most, what, expected=said, got=got)
        said = f"{least} at least: up to depth items wait"
        expect.true(seen["drawn"] >= least, what, expected=said, got=got)
        expect.true(seen["same"], what, expected="then all results", got="others")
    seen = piped(run_pipeline, ["adds", "adds"], [3, int(rng.integers(9))], 1)
    expect.equal(seen["results"][0], "3>a>b", "run_pipeline of two items")
### END HIDDEN TESTS
expect.passed("nothing runs ahead")

# %% test="run_pipeline_errors" points=1
seen = piped(run_pipeline, ["adds", "fails on 3"], None, 2, "iterator")
what = "run_pipeline of an endless iterator, where item 3 fails in the second function"
likely = "at the first error set stop, and go on taking until END comes"
expect.true(
    not seen["hung"],
    what,
    expected="ValueError: item 3",
    likely=likely,
    got="nothing: it waits for ever",
)
expect.equal(seen["error"], "ValueError: item 3", what, likely="raise it at the end")
few = f"{seen['drawn']} items"
what = "items drawn in all, when item 3 fails and depth is 2"
expect.true(seen["drawn"] < 30, what, expected="few", got=few, likely=likely)
likely = "once stop is set, feed closes what is left"
what = "the iterator, when an error is raised"
expect.true(seen["closed"], what, expected="closed", got="left open", likely=likely)
expect.equal(seen["left"], 0, "threads still alive when the error is raised")
### BEGIN HIDDEN TESTS
# covers: after an error nothing more is drawn: an endless iterator is closed, if it has close
# covers: the error of the earliest item that failed, that very exception, is raised once all
# covers: once all threads have ended
with fresh_draw() as rng:
    kinds = ["ValueError", "KeyError", "StopIteration", "Empty", "Full", "TimeoutError"]
    kinds += ["AssertionError", "BrokenFrame"]
    for kind in kinds:
        stages, depth = (int(n) for n in rng.integers(1, 5, 2))
        bad, place = int(rng.integers(0, 20)), int(rng.integers(0, stages))
        source = ("iterator", "generator")[bad % 2]
        words = ["adds"] * stages
        words[place] = f"fails on {bad} with {kind}"
        seen = piped(run_pipeline, words, None, depth, source)
        what = f"run_pipeline, depth {depth}, endless {source}, {words}"
        wanted = (
            f"{kind}: 'item {bad}'" if kind == "KeyError" else f"{kind}: item {bad}"
        )
        expect.true(not seen["hung"], what, expected=wanted, got="it waits for ever")
        expect.equal(seen["error"], wanted, what)
        expect.true(seen["same"], what, expected="the error itself", got="another")
        most = bad + 2 * (stages + 1) * (depth + 1) + 4
        got = f"{seen['drawn']}"
        expect.true(seen["drawn"] <= most, what, expected=f"≤ {most} drawn", got=got)
        expect.true(seen["closed"], what, expected="the iterator closed", got="open")
        expect.equal(seen["left"], 0, f"threads still alive after {what}")
        after = [item for each in seen["calls"][place + 1 :] for item in each]
        broken = [item for item in after if str(item).split(">")[0] in (str(bad), "an")]
        broken += [each for each in after if str(each).startswith("an error")]
        expect.equal(broken, [], f"what was handed on of item {bad}, {what}")
    for items in ([5, 6, 7, 8], rng.permutation(9).tolist()):
        seen = overtaken(run_pipeline, items, 2)
        what = "item 1 fails in the second function after item 2 has in the first"
        wanted = f"KeyError: 'item {items[1]}, in the second function'"
        expect.equal(seen["error"], wanted, what)
        seen = outlived(run_pipeline, items, 2)
        what = "the first function when the error of the second is raised"
        expect.true(not seen["at work"], what, expected="has ended", got="at work")
        expect.equal(seen["error"], f"ValueError: item {items[0]}", what)
    for words in (["fails on 2,4"], ["adds", "fails on 2,3,4"]):
        seen = piped(run_pipeline, words, [0, 1, 2, 3, 4, 5], 2)
        expect.equal(seen["error"], "ValueError: item 2", f"run_pipeline, {words}")
        seen = piped(run_pipeline, words, [0, 1, 2, 3, 4, 5] * 9, 1, "plain")
        what = f"run_pipeline of an iterator without close, {words}"
        expect.equal(seen["error"], "ValueError: item 2", what)
    for depth in (1, int(rng.integers(2, 6))):
        seen = interrupted(run_pipeline, depth)
        what = f"an error while the generator works on its next item, depth {depth}"
        expect.true(not seen["hung"], what, expected="KeyError", got="a deadlock")
        expect.equal(seen["error"], "KeyError: 'item 0'", what)
        expect.true(seen["closed"], what, expected="then closed", got="left open")
    bad = int(rng.integers(0, 3))
    seen = left_behind(run_pipeline, [0, 1, 2], bad)
    expect.equal(seen["left"], 0, "threads that still end when an error is raised")
    expect.equal(seen["error"], f"ValueError: item {bad}", "the error then")
    for bad in (0, 2):  # the first of three, and the last
        seen = piped(run_pipeline, ["adds", f"fails on {bad}", "adds"], [0, 1, 2], 1)
        what = f"run_pipeline of three items, of which item {bad} fails"
        expect.true(
            not seen["hung"], what, expected="an error", got="it waits for ever"
        )
        expect.equal(seen["error"], f"ValueError: item {bad}", what)
    for fails in (0, 3):
        seen = piped(run_pipeline, ["adds", "adds"], None, 2, "iterator", fails=fails)
        what = "run_pipeline, where the iterator itself raises an error"
        expect.equal(seen["error"], f"ValueError: no frame {fails}", what)
        expect.equal(seen["left"], 0, f"threads still alive after {what}")
    seen = piped(run_pipeline, ["adds", "fails on 2"], None, 2, "iterator", fails=3)
    what = "run_pipeline, where item 2 fails, and then the iterator itself"
    expect.equal(seen["error"], "ValueError: item 2", what)
    for source in ("list", "plain", "generator"):
        words, items = ["adds", "fails on 7"], list(range(400))
        seen = piped(run_pipeline, words, items, 2, source)
        what = f"items the first of two functions got of 400, as {source}, when 7 fails"
        expect.equal(seen["error"], "ValueError: item 7", "run_pipeline, 7 fails")
        got = len(seen["calls"][0])
        expect.true(got < 40, what, expected="few: nothing more is drawn", got=got)
    for depth in (1, 2):
        seen = unhurried(run_pipeline, True, depth)
        what = "threads at work when the error is raised, where some work for very long"
        likely = "join every thread, without a limit"
        expect.equal(seen["error"], "ValueError: item 0", f"the error, {what}")
        expect.equal(seen["at work"], 0, what, likely=likely)
### END HIDDEN TESTS
expect.passed("the first error stops the pipeline, and comes out")

# %% [markdown]
# ### Who waits for whom?
#
# The whole film, twice: one frame after the other, and through your pipeline. Each bar is a call; its row is the
# stage that made it. How many times as many frames a second get through the pipeline, on this machine? Below 1 the
# processors were busy already: libraries start threads of their own.

# %% predict="speedup"
guess_speedup = None  # times as many frames a second

# %% demo="gantt"
run = lesson.draw_gantt(run_pipeline, preprocess, film)
speedup = predictions.beside(guess_speedup, run.speedup, "×")
measured["frames a second, piped over sequential"] = speedup

# %% [markdown]
# ### Which stages can share Python?
#
# Threads of one Python take turns: who runs Python holds the **GIL**, the global interpreter lock. Libraries let go of
# it while they compute. Below, another thread wakes up all the time while a stage works, and Python is told to take the
# GIL from nobody. How often the other gets its turn says for what part of its time the stage had let go. A loop in
# Python stands beside them.

# %% demo="gil"
measured["time in which a stage lets go of the GIL"] = lesson.draw_gil(run)

# %% [markdown]
# ## How long may a frame wait for company?
#
# A network answers a batch of four in less time than four single frames. But a batch must be gathered, and the first
# frame in it waits for the last. DeepStream gives a batch to the network when it is **full**, or when its oldest frame
# **has waited long enough** (`batch-size` and `batched-push-timeout` of `nvstreammux`). Servers of networks do the
# same: you meet it again in lesson 13.

# %% [markdown]
# ### Exercise 12.5 · Full, or waited long enough (3 points · 13 min)
#
# Write the generator `batches(get, most, wait, clock)`. It asks for the first item of a batch without a limit, and
# from the moment it has it, the batch waits at most `wait` seconds, by `clock`. It gives the batch at once when it
# holds `most` items, or when the time is over, and does not ask `get` before that batch is taken. At `END` it gives
# what it has, if anything, and ends; it asks for nothing more.
#
# *The trap:* each call of `get` may only have what is *left* of the time. When nothing is left, do not ask: a queue
# refuses a timeout below 0.
#
# <details><summary>Hint</summary>
# With the first item, note <code>until = clock() + wait</code>. Then, while the batch is not full and
# <code>until - clock()</code> is above 0, ask for one more with that timeout; <code>Empty</code> ends the batch.
# </details>


# %% solution="batches"
def batches(get, most, wait, clock):
    """Yield lists of 1 to most items, in order, each a new list.

    get: a queue's get: get() waits for an item, get(timeout=seconds) raises
        queue.Empty when none came in time; it gives END last
    most: int, at least 1
    wait: seconds, at least 0
    clock: clock() gives seconds, which go on between calls; no other clock is asked
    """
    ### BEGIN SOLUTION
    item = get()
    while item is not END:
        batch, until = [item], clock() + wait
        while len(batch) < most and (left := until - clock()) > 0:
            try:
                item = get(timeout=left)
            except Empty:
                break
            if item is END:
                break
            batch.append(item)
        yield batch
        if item is not END:
            item = get()
    ### END SOLUTION


# %% test="batches_full" points=1
coming = [(0.0, n) for n in range(5)] + [(0.0, "END")]
seen = gathered(batches, coming, 2, 10.0)
what = "batches of at most 2, of items 0 to 4 that are all there, then END"
wanted = [[0.0, [0, 1]], [0.0, [2, 3]], [0.0, [4]]]
causes = {
    "the last batch is lost at END": wanted[:2],
    "no batch is empty": [*wanted, [0.0, []]],
    "END is no item": [[0.0, [0, 1]], [0.0, [2, 3]], [0.0, [4, "END"]]],
    "a full batch is given at once": [[0.0, [0, 1, 2]], [0.0, [3, 4]]],
}
expect.equal(seen["ends"], "ends", what, likely="return at END")
expect.equal(seen["batches"], wanted, f"{what} (when, and what)", causes=causes)
expect.equal(len(seen["asked"]), 6, f"how often get was asked, {what}")
### BEGIN HIDDEN TESTS
# covers: it gives the batch at once when it holds most items | at end it gives what it has
# covers: it asks for nothing more | yield lists of 1 to most items, in order, each a new list
# covers: most: int, at least 1 | it gives end last
# covers: does not ask get before that batch is taken
with fresh_draw() as rng:
    ODD = {
        3: None,
        4: "an array",
        5: "equal to all",
        6: "an error",
        7: "never compared",
    }
    ODD |= {8: "the word END", 9: "called END", 10: "a pair", 11: "a kind of error"}
    for most in (1, 2, 3, 7, int(rng.integers(4, 20))):
        for count in (0, 1, most - 1, most, most + 1, 3 * most, 29):
            drawn = [*range(11, -1, -1), *rng.integers(0, 12, 60)][:count]
            values = [ODD.get(int(n), int(n)) for n in drawn]
            coming = [(n / 4, value) for n, value in enumerate([*values, "END"])]
            busy = [64.0 * int(n) for n in rng.integers(0, 2, 30)]
            seen = gathered(batches, [*coming, (99.0, 9)], most, 512.0, busy=busy)
            what = f"batches of at most {most}, of {values}, then END, then more"
            wanted = [values[n : n + most] for n in range(0, count, most)]
            times, free = [], 0.0
            for n in range(len(wanted)):
                times.append(max(free, min(most * (n + 1) - 1, count) / 4))
                free = times[-1] + busy[n]
            expect.equal(seen["ends"], "ends", f"how it ends, {what}")
            given = [list(each) for each in zip(times, wanted, strict=True)]
            expect.equal(seen["batches"], given, f"when and what, {what}")
            expect.equal(len(seen["asked"]), count + 1, f"how often it asks, {what}")
            expect.equal(seen["left"], 1, f"what lies behind END, {what}")
            kinds = seen["kinds"]
            expect.equal(kinds, ["list"] if count else [], f"kinds of {what}")
            expect.true(not seen["again"], what, expected="a new list", got="one again")
            kept = "batches as they were given"
            expect.true(seen["kept"], what, expected=kept, got="one was changed later")
            expect.equal(seen["early"], 0, f"asked before a batch is wanted, {what}")
    coming = [(n / 4, n) for n in range(7_000)] + [(7_000.0, "END")]
    seen = gathered(batches, coming, 2, 1.0)
    what = "3,500 batches of two"
    expect.equal(seen["ends"], "ends", what)
    pairs = [[n, n + 1] for n in range(0, 7_000, 2)]
    expect.equal([batch for _, batch in seen["batches"]], pairs, what)
### END HIDDEN TESTS
expect.passed("a full batch goes at once, the last one at END")

# %% test="batches_wait" points=1
coming = [(1.0, "a"), (3.0, "b"), (5.0, "c"), (12.0, "d"), (12.5, "END")]
seen = gathered(batches, coming, 9, 6.0)
what = "batches that wait 6 s; a, b, c, d come at 1, 3, 5 and 12 s, END at 12.5 s"
causes = {
    "the time counts from the first item, not from the latest": [
        [11.0, ["a", "b", "c"]],
        [12.5, ["d"]],
    ],
    "each batch's time begins with its first item": [
        [6.0, ["a", "b", "c"]],
        [12.0, ["d"]],
    ],
    "when the time is over, the batch is given": [[12.0, ["a", "b", "c", "d"]]],
}
wanted = [[7.0, ["a", "b", "c"]], [12.5, ["d"]]]
expect.equal(seen["ends"], "ends", what)
expect.equal(seen["batches"], wanted, f"{what} (when, and what)", causes=causes)
### BEGIN HIDDEN TESTS
# covers: and from the moment it has it, the batch waits at most wait seconds, by clock
# covers: or when the time is over | each call of get may only have what is left of the time
# covers: write the generator batches(get, most, wait, clock) | no other clock is asked
# covers: clock: clock() gives seconds, which go on between calls
# covers: wait: seconds, at least 0 | raises queue.empty when none came in time
with fresh_draw() as rng:

    def by_hand(coming, most, wait):
        found, batch, until = [], [], None
        for when, item in coming:
            if batch and when > until:
                found, batch = [*found, [until, batch]], []
            if item == "END":
                found += [[when, batch]] if batch else []
                continue
            until = until if batch else when + wait
            batch = [*batch, item]
            if len(batch) == most or until <= when:
                found, batch = [*found, [when, batch]], []
        return found

    # seconds, less than a millisecond, days; and a clock that stands at 0, or below
    for start, scale in (
        (0.0, 1),
        (1024.0, 1),
        (0.0, 2**-13),
        (-64.0, 2**-6),
        (0, 2**17),
    ):
        for most in (1, 2, 5, 40):
            for wait in (0.25, 1.0, 2.75, 16.0):
                wait, gaps = scale * wait, scale * rng.integers(1, 9, 30) / 4
                gaps[0] = 0 if start == 0 else gaps[0]
                times = (start + np.cumsum(gaps)).tolist()
                coming = [(when, n) for n, when in enumerate(times)]
                last = scale * float(rng.integers(0, 80)) / 4
                coming.append((times[-1] + last, "END"))
                named = most == 5
                seen = gathered(batches, coming, most, wait, start, named=named)
                what = f"most {most}, wait {wait} s, coming {coming}"
                expect.equal(seen["ends"], "ends", what)
                wanted = by_hand(coming, most, wait)
                expect.equal(seen["batches"], wanted, f"when and what, {what}")
### END HIDDEN TESTS
expect.passed("the oldest item waits as long as it may")

# %% test="batches_time_left" points=1
seen = gathered(batches, [(90.0, "a"), (90.5, "b"), (94.0, "END")], 9, 2.0)
what = "the timeouts for a at 90 s, b at 90.5 s, END at 94 s, when a batch waits 2 s"
causes = {
    "the time that is left is less than wait once some has passed": [
        None,
        2.0,
        2.0,
        None,
    ],
    "the first item is awaited without a limit": [2.0, 2.0, 1.5, 2.0],
    "`get(seconds)` sets block, not timeout: `get(timeout=seconds)`": [None] * 3,
}
expect.equal(seen["asked"], [None, 2.0, 1.5, None], what, causes=causes)
seen = gathered(batches, [(1.0, "a"), (1.0, "b"), (1.0, "END")], 9, 0.0)
what = "the timeouts for a, b and END, all there at 1 s, when a batch waits 0 s"
likely = "when no time is left, do not ask: the batch is given"
expect.equal(seen["asked"], [None] * 3, what, likely=likely)
### BEGIN HIDDEN TESTS
# covers: it asks for the first item of a batch without a limit | when nothing is left, do not ask
# covers: a queue refuses a timeout below 0 | get() waits for an item
with fresh_draw() as rng:
    start = float(rng.integers(0, 50))
    late, first = 0.5, start + 3.0
    coming = [(first, 0), (first + 2.0, 1), (first + 40.0, 2), (first + 41.0, "END")]
    seen = gathered(batches, coming, 3, 2.0, start, late)
    what = "batches where get returns half a second late"
    expect.equal(seen["ends"], "ends", what)
    expect.equal(seen["asked"], [None, 2.0, None, 2.0], f"timeouts, {what}")
    wanted = [[first + 2.5, [0, 1]], [first + 41.5, [2]]]
    expect.equal(seen["batches"], wanted, f"when and what, {what}")
    coming = [(first, 0), (first + 2.25, 1), (first + 40.0, 2), (first + 40.0, "END")]
    seen = gathered(batches, coming, 3, 2.0, start, late)
    expect.equal(seen["ends"], "ends", what)
    expect.equal(seen["batches"][0], [first + 2.75, [0, 1]], f"when and what, {what}")
    expect.equal(seen["asked"][:3], [None, 2.0, None], f"timeouts, {what}")
    coming = [(0.0, n) for n in range(4)] + [(0.0, "END")]
    seen = gathered(batches, coming, 3, 0.0, start)
    what = "batches that wait 0 s: get is asked for first items alone"
    expect.equal(seen["asked"], [None] * 5, f"timeouts, {what}")
    expect.equal(seen["batches"], [[start, [n]] for n in range(4)], what)
    coming = [(0.0, 0), (1.0, 1), (30.0, 2), (30.0, 3), (90.0, "END")]
    seen = gathered(batches, coming, 2, 4.0, 0.0, 0.0, [20.0, 0.0])
    what = "batches whose taker is busy for 20 s with the first"
    expect.equal(seen["batches"], [[1.0, [0, 1]], [30.0, [2, 3]]], what)
    expect.equal(seen["asked"], [None, 4.0, None, 4.0, None], f"timeouts, {what}")
    for scale in (2**-20, 2**-9, 2**6, 2**16):  # from a microsecond to a day
        times = [0.0, 1.5, 1.75, 20.0, 23.0]
        coming = [(scale * when, n) for n, when in enumerate(times)]
        seen = gathered(batches, [*coming, (scale * 90.0, "END")], 9, scale * 2.0)
        what = f"batches that wait {2 * scale} s, of items at {coming}"
        asked = [None, 2.0, 0.5, 0.25, None, 2.0, None, 2.0, None]
        asked = [None if each is None else scale * each for each in asked]
        expect.equal(seen["asked"], asked, f"timeouts, {what}")
    for tick in (0.22, 0.28, 0.3, 0.4, 0.6, 0.75, 0.9, 1.5):
        coming = [(0.0, n) for n in range(9)]
        seen = gathered(batches, [*coming, (0.0, "END")], 9, 1.0, tick=tick)
        what = f"batches that wait 1 s, by a clock {tick} s later each time it is asked"
        likely = "ask clock once, decide by that, and hand the same number to get"
        expect.equal(seen["ends"], "ends", what, likely=likely)
        asked = [each for each in seen["asked"] if each is not None]
        said = "above 0, at most 1"
        fair = all(0 < each <= 1 for each in asked)
        expect.true(fair, f"timeouts, {what}", expected=said, got=asked, likely=likely)
        got = [item for _, batch in seen["batches"] for item in batch]
        expect.equal(got, list(range(9)), f"all items, {what}")
### END HIDDEN TESTS
expect.passed("get is asked for the time that is left, and no more")

# %% [markdown]
# ### What does waiting buy?
#
# Frames come from several cameras, 200 a second on average, at random moments, by a clock that is moved, so that the
# figure is the same on every machine. At most 8 make a batch. If a batch may wait 20 ms, how large is it on average?

# %% predict="batch"
guess_batch = None  # frames in a batch, on average

# %% demo="waiting"
frames_a_batch = lesson.draw_waiting(batches)
batch = predictions.beside(guess_batch, frames_a_batch, " frames")
measured["batch of at most 8, waiting 20 ms"] = batch

# %% [markdown]
# ## Which stage is worth an hour of work?
#
# In a pipeline, items come out at the pace of the slowest stage: the **bottleneck**. A stage with two threads lets
# twice as many through, if it lets go of the GIL and a processor is free. Whatever is done to the other stages
# changes nothing.

# %% [markdown]
# ### Exercise 12.6 · The bottleneck (1 point · 5 min)
#
# Write `bottleneck(stage_ms, threads)`: the name of the stage that lets the fewest items through, and how many items a
# second that is. Of two equally slow ones it is the one that comes first.
#
# *The trap:* the stage that takes longest need not be it, if it has more threads.
#
# <details><summary>Hint</summary>
# A stage of 20 ms lets 50 items a second through, with two threads 100.
# </details>


# %% solution="bottleneck"
def bottleneck(stage_ms, threads):
    """Return the slowest stage and the pace that it sets.

    stage_ms: dict, milliseconds for an item by stage, above 0, in the order of the
        pipeline; at least one; not changed
    threads: dict, how many threads by stage, at least 1; a stage that is missing here
        has one; not changed
    returns: (name, items a second), a str and a float
    """
    ### BEGIN SOLUTION
    pace = {name: 1000 * threads.get(name, 1) / ms for name, ms in stage_ms.items()}
    name = min(pace, key=pace.get)
    return name, pace[name]
    ### END SOLUTION


# %% test="bottleneck_found" points=1
stage_ms = {"decode": 4.0, "infer": 10.0, "store": 8.0}
got = bottleneck(dict(stage_ms), {"infer": 2})
what = "bottleneck of decode 4 ms, infer 10 ms with two threads, store 8 ms"
expect.parts(got, 2, what, likely="return both: name, items a second")
causes = {
    "infer has two threads, and lets 200 a second through": "infer",
    "the slowest is wanted, not the fastest": "decode",
}
expect.equal(got[0], "store", what, causes=causes)
causes = {"1,000 ms are a second": 0.125, "milliseconds are not items a second": 8.0}
expect.close(got[1], 125.0, f"items a second, {what}", causes=causes)
### BEGIN HIDDEN TESTS
# covers: write bottleneck(stage_ms, threads): the name of the stage that lets the fewest items
# covers: and how many items a second that is | of two equally slow ones it is the one that
# covers: the stage that takes longest need not be it, if it has more threads
# covers: return the slowest stage and the pace that it sets | returns: (name, items a second)
# covers: stage_ms: dict, milliseconds for an item by stage, above 0, in the order | at least one;
# covers: a stage that is missing here has one | not changed | threads: dict, how many threads
with fresh_draw() as rng:
    for count in (1, 2, 3, 6, int(rng.integers(4, 12))):
        for size in (1.0, 1e-10, 3e9):
            names = [
                f"{chr(97 + int(n))}{k}"
                for k, n in enumerate(rng.integers(0, 26, count))
            ]
            stage_ms = {name: float(size * rng.uniform(1, 9)) for name in names}
            threads = {n: int(rng.integers(1, 6)) for n in names if rng.random() < 0.6}
            lent = dict(stage_ms), dict(threads)
            got = bottleneck(stage_ms=lent[0], threads=lent[1])
            rows = [(stage_ms[n] / threads.get(n, 1), k) for k, n in enumerate(names)]
            slowest, place = max(rows)
            what = f"bottleneck({stage_ms}, {threads})"
            expect.parts(got, 2, what)
            expect.equal(got[0], names[place], what)
            expect.close(got[1], 1000 / slowest, what, atol=0, rtol=1e-9)
            kind = np.asarray(got[1]).dtype.kind
            expect.equal(kind, "f", f"the type of the pace, {what}")
            expect.unchanged(lent[0], stage_ms, f"stage_ms after {what}")
            expect.unchanged(lent[1], threads, f"threads after {what}")
    for order in (["b", "a", "c"], ["c", "b", "a"], ["a", "c", "b"]):
        stage_ms = dict.fromkeys(order, 8.0) | {order[0]: 2.0}
        threads = {order[2]: 2, "another": 7}
        got = bottleneck(stage_ms | {order[2]: 16.0}, threads)
        what = f"bottleneck of two equally slow stages, {order[1]} and then {order[2]}"
        expect.equal(got[0], order[1], what)
        expect.close(got[1], 125.0, what)
        kind = np.asarray(got[1]).dtype.kind
        expect.equal(kind, "f", f"the type of the pace, {what}")
    for more in (1e-11, 1e-8, 1e-4):
        for size in (1.0, 1e-9, 1e9):
            stage_ms = {"a": size, "b": size * (1 + more), "c": size * (1 + more / 2)}
            got, what = bottleneck(dict(stage_ms), {}), f"bottleneck({stage_ms}, {{}})"
            expect.equal(got[0], "b", what, likely="paces that are close are not equal")
            wanted = 1000 / stage_ms["b"]
            expect.close(got[1], wanted, what, atol=0, rtol=1e-9)
    stage_ms = {"decode": 7, "infer": 6_000, "store": 3}
    for count in (999, 1_000):
        got = bottleneck(dict(stage_ms), {"infer": count, "store": 1})
        what = f"bottleneck({stage_ms}, infer with {count} threads)"
        expect.equal(got[0], "decode", what)
        expect.close(got[1], 1000 / 7, what, atol=0, rtol=1e-9)
        kind = np.asarray(got[1]).dtype.kind
        expect.equal(kind, "f", f"the type of the pace, {what}")
### END HIDDEN TESTS
expect.passed("the slowest stage sets the pace")

# %% [markdown]
# ### Is the pipeline as fast as its slowest stage?
#
# The stages' times, on average, as they were when each ran alone, the pace that your function says, and the pace that
# the pipeline had. On few processors it stays below, often by half: threads share them, and Python.

# %% demo="slowest"
measured["pace of the pipeline, of what is promised"] = lesson.show_pace(
    bottleneck, run
)

# %% [markdown]
# ## Do copies and computing overlap?
#
# On a GPU each frame is first copied there. With one buffer, the next copy must wait until the network is done with
# the frame in it. With two, one is filled while the other is computed on: **double buffering**. The copies go one
# after the other, and so does the computing.

# %% [markdown]
# ### Exercise 12.7 · Copies that overlap (2 points · 5 min)
#
# Write `finished_at(copy_ms, compute_ms, n, buffers)`: when the last of n items is done, if all are there at 0 ms. A
# buffer is taken from the start of an item's copy to the end of its computing.
#
# *The trap:* even with many buffers the first copy and the last computing overlap with nothing of their own kind.
#
# <details><summary>Hint</summary>
# Draw three items with one buffer, then with two. In between, who sets the pace?
# </details>


# %% solution="finished_at"
def finished_at(copy_ms, compute_ms, n, buffers):
    """Return after how many ms n items have been copied and computed.

    copy_ms, compute_ms: floats, at least 0, the same for every item
    n: int, at least 0; buffers: int, at least 1
    returns: a number; 0 where there are no items
    """
    ### BEGIN SOLUTION
    if buffers == 1 or n == 0:
        return n * (copy_ms + compute_ms)
    return copy_ms + (n - 1) * max(copy_ms, compute_ms) + compute_ms
    ### END SOLUTION


# %% test="finished_at_one_buffer" points=1
causes = {
    "with one buffer nothing overlaps": 11.0,
    "n items, not n - 1": 10.0,
    "the copies count, too": 9.0,
}
got = finished_at(2.0, 3.0, 3, 1)
expect.close(got, 15.0, "finished_at(2.0, 3.0, 3, buffers=1)", causes=causes)
### BEGIN HIDDEN TESTS
# covers: a buffer is taken from the start of an item's copy to the end of its computing
# covers: n: int, at least 0 | 0 where there are no items
with fresh_draw() as rng:
    for n in (0, 1, 2, 3, int(rng.integers(4, 5_000)), 20_000):
        for size in (1.0, 1e-10, 3e9):
            copy, compute = (float(each) for each in size * rng.uniform(0.1, 5, 2))
            for times in ((copy, compute), (0.0, compute), (copy, 0.0), (copy, copy)):
                got = finished_at(*times, n, 1)
                what = f"finished_at({times[0]}, {times[1]}, {n}, 1)"
                expect.close(got, n * sum(times), what, atol=0, rtol=1e-9)
    got = finished_at(buffers=1, n=3, compute_ms=0.5, copy_ms=4.0)
    expect.close(got, 13.5, "finished_at(4.0, 0.5, 3, 1), by name")
### END HIDDEN TESTS
expect.passed("with one buffer nothing overlaps")

# %% test="finished_at_overlapping" points=1
causes = {
    "with two buffers a copy overlaps with computing": 28.0,
    "the first copy overlaps with nothing": 20.0,
    "the slower of both sets the pace in between": 13.0,
    "the last computing overlaps with no copy": 17.0,
    "n items have n - 1 gaps between them": 27.0,
}
got = finished_at(2.0, 5.0, 4, 2)
expect.close(got, 22.0, "finished_at(2.0, 5.0, 4, buffers=2)", causes=causes)
got, what = finished_at(3.0, 2.0, 3, 2), "finished_at(3.0, 2.0, 3, buffers=2)"
expect.close(got, 11.0, what, likely="here the copies set the pace")
### BEGIN HIDDEN TESTS
# covers: write finished_at(copy_ms, compute_ms, n, buffers): when the last of n items is done
# covers: even with many buffers the first copy and the last computing overlap with nothing
# covers: copy_ms, compute_ms: floats, at least 0, the same for every item | buffers: int
# covers: return after how many ms n items have been copied and computed | returns: a number
with fresh_draw() as rng:

    def played(copy, compute, n, buffers):
        copied, done = [0.0], [0.0]
        for item in range(n):
            free = done[item + 1 - buffers] if item >= buffers else 0.0
            copied.append(max(copied[-1], free) + copy)
            done.append(max(copied[-1], done[-1]) + compute)
        return done[-1]

    for n in (0, 1, 2, 3, int(rng.integers(4, 300))):
        for buffers in (2, 3, 7, n + 1, n + 2, int(rng.integers(2, 400))):
            for size in (1.0, 1e-10, 3e9):
                copy, compute = (float(each) for each in size * rng.uniform(0.1, 5, 2))
                every = ((copy, compute), (compute, copy), (0.0, copy), (copy, 0.0))
                for times in (*every, (copy, copy), (0.0, 0.0)):
                    most = max(2, buffers)
                    got = finished_at(*times, n, most)
                    what = f"finished_at({times[0]}, {times[1]}, {n}, {most})"
                    wanted = played(*times, n, most)
                    expect.close(got, wanted, what, atol=0, rtol=1e-9)
    for buffers in (2, 30_000):
        got = finished_at(2.0, 1.5, 20_000, buffers)
        what = f"finished_at(2.0, 1.5, 20_000, {buffers})"
        expect.close(got, 40_001.5, what, rtol=1e-9)
    got = finished_at(copy_ms=2.0, compute_ms=1.0, n=4, buffers=2)
    expect.close(got, 9.0, "finished_at(2.0, 1.0, 4, 2), by name")
### END HIDDEN TESTS
expect.passed("the slower of copy and computing sets the pace")

# %% [markdown]
# ### What did the report find?
#
# In the report that lessons 07 and 11 follow (RTX 2080 Ti), a net ran in 0.40 ms with one thread each for reading,
# copying and computing, and in 0.32 ms at best; more threads did not help. Pageable, pinned or mapped (zero-copy)
# memory made hardly any difference at that size: 0.39 to 0.44 ms. Below, what your function says for two, three and
# more buffers; and where there is a GPU, copies of a frame from pageable and from pinned memory.
#
# If a copy takes a third of the computing, what part of the time of very many items does the second buffer save?

# %% predict="saved"
guess_saved = None  # per cent of the time

# %% demo="buffers"
saved = lesson.draw_buffers(finished_at)
measured["saved by a second buffer"] = predictions.beside(guess_saved, saved, " %")
lesson.show_transfers()

# %% [markdown]
# ## What you measured

# %% demo="what_you_measured"
tables.show([{"what": what, "measured": value} for what, value in measured.items()])

# %% [markdown]
# ## Check yourself
#
# <details><summary>Your preprocess writes into one buffer, used again for each frame. In the pipeline, labels are
# suddenly wrong now and then. Why, and how many buffers do you need?</summary>
# While the network still reads the buffer, preprocess writes the next frame into it. Every frame that may be on its
# way needs a buffer: those that wait in queues behind preprocess, one in the hand of each thread behind it, and one
# that is being written.</details>
#
# <details><summary>A colleague makes all queues unbounded "so that nobody has to wait". What happens?</summary>
# The pace stays that of the slowest stage. Items pile up before it: memory grows, and each frame that comes out is
# older than the one before.</details>
#
# <details><summary>Infer takes 8 ms, decode 5 ms, all else less. You buy a card that infers in 2 ms. How many times as
# many frames get through?</summary>
# 1.6 times: before, infer lets 125 a second through; now decode is the bottleneck, with 200.</details>

# %% [markdown]
# ## Where to read on
#
# - NVIDIA, *DeepStream SDK Developer Guide*: the sample applications, and the plugins `nvstreammux` and `nvinfer`.
# - GStreamer's *Application Development Manual*: pipelines, pads, and the element `queue`.
# - PyAV's documentation: decoding, and threading.
# - Python's documentation: `queue`, `threading`, `concurrent.futures`; and PEP 703 on a Python without a GIL.
# - NVIDIA, *CUDA C++ Best Practices Guide*: pinned memory, and overlapping transfers with computation.
#
# Next: lesson 13 asks how many you can serve, and how soon.
