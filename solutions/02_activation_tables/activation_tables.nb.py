# %% [markdown]
# # Can 256 bytes replace tanh?
#
# **Lesson 02** · 90 minutes · 20 points · you need: lesson 01, NumPy arrays and their types
#
# Many chips that run networks have no unit for real numbers. Here you turn reals into small integers and back, replace
# `tanh` by a table of its values, say how wrong that can be before you measure it, and run XOR without a single float.
# At the end you time it, and the result is not what people expect.

# %% [markdown]
# ## How do you work here?
#
# As in lesson 01: a box says what to write, you write it, tests below say whether it is right. Grading adds hidden
# tests, which ask the same of fresh random numbers. Where a `guess_…` stands, put your number in place of `None`
# before you run on. No mark depends on guesses or pictures, and every exercise can be solved without the others.

# %% readonly="imports"
import numpy as np

from course_utils import expect, predictions, tables
from course_utils.lessons import activation_tables as lesson
from course_utils.lessons.activation_tables import handed_on  # for the hidden tests
from course_utils.seeds import fresh_draw  # for the hidden tests

measured = {}  # filled by the demonstrations, shown at the end

# %% [markdown]
# ## How does an integer stand for a real number?
#
# With $b$ bits there are $2^b$ **codes**, here the whole numbers $0 \dots 2^b - 1$. **Affine quantization** gives each
# code $q$ a real value by two numbers, a **scale** $s$ and a **zero point** $z$:
#
# $$x = s\,(q - z)$$
#
# The scale is the distance between neighbours. The zero point is the code that stands for real 0: itself a whole
# number, so that 0 has no error. That matters: zeros are what images are padded with and what relu gives, and an error
# in them would be the same error every time.

# %% [markdown]
# ### Exercise 2.1 · Scale and zero point (3 points · 10 min)
#
# Write `affine_params(x_min, x_max, bits)`. If 0 is not between `x_min` and `x_max`, widen the range until it is. All
# codes together then span the range: there are as many steps as codes, less one. The zero point is the whole number
# nearest to the place where 0 falls. Halfway, either will do.
#
# *The trap:* a range such as 3 to 6 puts the place of 0 outside the codes. Widen the range; do not move the code.
#
# <details><summary>Hint</summary>
# Real x_min has code 0. Put x = x_min and q = 0 into the formula above, and solve for z. Python's
# <code>round</code> gives an int.
# </details>


# %% solution="affine_params"
def affine_params(x_min, x_max, bits):
    """Return (scale, zero_point) for the codes 0 ... 2**bits - 1.

    For 8 bits, ONNX's DynamicQuantizeLinear computes the same.

    x_min, x_max: Python floats, x_min <= x_max, not both 0; widened to hold 0
    bits: 1 to 8
    the widened range is 1e-30 to 1e30 wide
    returns: a float above 0, and an int (Python's or NumPy's) from 0 to 2**bits - 1,
        rounded to nearest
    """
    ### BEGIN SOLUTION
    x_min, x_max = min(x_min, 0.0), max(x_max, 0.0)
    scale = (x_max - x_min) / (2**bits - 1)
    return scale, round(-x_min / scale)
    ### END SOLUTION


# %% test="affine_params_scale" points=1
got = affine_params(-1.0, 3.0, 4)
expect.parts(
    got, 2, "affine_params(-1.0, 3.0, 4)", likely="return both: scale, zero_point"
)
causes = {
    "the range is divided by 16, but 16 codes have 15 steps between them": 0.25,
    "only x_max counts; the range goes from x_min to x_max": 0.2,
    "8 bits are built in": 0.0156862745,
    "these are codes for a unit of x; the scale is the other way round": 3.75,
}
expect.close(
    got[0],
    0.2666666667,
    "the scale of affine_params(-1.0, 3.0, 4)",
    atol=1e-6,
    causes=causes,
)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for bits in (*range(1, 9), *range(8, 0, -1)):  # covers: bits: 1 to 8
        top = 2**bits - 1  # covers: as many steps as codes, less one
        # covers: the widened range is 1e-30 to 1e30 wide
        for size in (1e-30 / top, 10.0 ** rng.uniform(-3, 3), 3e9, 1e30 / top):
            # covers: All codes together then span
            place = top * rng.choice([3e-6, rng.uniform(0, 1), 1 - 3e-6]).item()
            # covers: x_min, x_max: Python floats | Write `affine_params(x_min, x_max, bits)`
            ends = {"x_min": -size * place, "x_max": size * (top - place)}
            got = affine_params(**ends, bits=bits)
            what = f"affine_params(**{ends}, bits={bits})"
            expect.parts(got, 2, what)  # covers: Return (scale, zero_point)
            expect.close(got[0], size, f"the scale of {what}", rtol=1e-6, atol=0)
            kind = isinstance(got[0], (float, np.floating))  # covers: a float above 0
            expect.true(kind, what, expected="a float", got=type(got[0]).__name__)
    low, high = -(10.0 ** rng.uniform(-3, 3)), 10.0 ** rng.uniform(-3, 3)
    ends = [(low, high), (low, 2 * high), (2 * low, high), (low, high)]
    for bits, (low, high) in ((bits, each) for bits in (8, 3) for each in ends):
        got, what = affine_params(low, high, bits), f"affine_params{low, high, bits}"
        expect.parts(got, 2, what)
        exact = (high - low) / (2**bits - 1)
        expect.close(got[0], exact, f"the scale of {what}", rtol=1e-6, atol=0)
# explains: ONNX's DynamicQuantizeLinear computes the same
### END HIDDEN TESTS
expect.passed("the distance between two codes")

# %% test="affine_params_zero_point" points=1
got = affine_params(-3.0, 0.5, 4)
expect.parts(
    got, 2, "affine_params(-3.0, 0.5, 4)", likely="return both: scale, zero_point"
)
causes = {
    "it is cut off, not rounded to nearest": 12,
    "it is not rounded": 12.8571428571,
    "its sign is wrong: x_min itself has code 0": -13,
    "this is a signed code; here codes run from 0 to 15": 5,
    "it is counted from x_max; code 0 stands for x_min": 2,
    "8 bits are built in": 219,
    "the scale is wrong: 16 codes have 15 steps between them": 14,
}
expect.close(got[1], 13, "the zero point of affine_params(-3.0, 0.5, 4)", causes=causes)
whole = isinstance(got[1], (int, np.integer))
likely = "round(...) gives an int; np.round and np.rint give floats"
expect.true(
    whole,
    "the type of the zero point",
    expected="int",
    got=type(got[1]).__name__,
    likely=likely,
)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for bits in range(1, 9):  # covers: bits: 1 to 8
        top, small, large = 2**bits - 1, rng.uniform(0.1, 0.4), 0.4999
        for off in (-large, -small, 0.0, small, large):
            for code in (0, top, int(rng.integers(0, top + 1))):  # covers: 2**bits - 1.
                size = float(rng.choice([1e-30, 10.0 ** rng.uniform(-3, 3), 3e9]))
                size = 1e30 / top if off == 0 else size
                place = min(max(code + off, 0.0), top)  # covers: place where 0 falls
                ends = {"x_min": -size * place, "x_max": size * (top - place)}
                what = f"the zero point of affine_params(**{ends}, bits={bits})"
                got = affine_params(**ends, bits=bits)[1]
                # covers: the whole number nearest to | rounded to nearest
                expect.close(got, code, what, atol=0)
                kind = np.asarray(got).dtype.kind  # covers: and an int (Python's
                expect.true(kind in "iu", what, expected="int", got=type(got).__name__)
        got = affine_params(-size, size, bits)[1]  # covers: Halfway, either will do
        what = f"the zero point of a range from -{size} to {size}, {bits} bits"
        halfway = f"{top // 2} or {top // 2 + 1}"
        expect.true(got in (top // 2, top // 2 + 1), what, expected=halfway, got=got)
        for code in {0, 1, top // 2, top}:  # ranges of one width
            ends = -0.5 * code, 0.5 * (top - code)
            got, what = (
                affine_params(*ends, bits)[1],
                f"zero point, {ends}, {bits} bits",
            )
            expect.close(got, code, what, atol=0)
        for ends in ((size, 3 * size), (-3 * size, -size)):
            got = affine_params(*ends, bits)[1]
            whole, what = np.asarray(got).dtype.kind in "iu", f"the type, range {ends}"
            expect.true(whole, what, expected="int", got=type(got).__name__)
### END HIDDEN TESTS
expect.passed("real 0 has a code of its own")

# %% test="affine_params_one_sided" points=1
causes = {
    "the range must hold 0: it begins at min(x_min, 0)": (0.2, -15),
    "16 codes have 15 steps between them": (0.375, 0),
    "widen the range to 0 and no further": (0.8, 8),
}
expect.close(
    affine_params(3.0, 6.0, 4),
    (0.4, 0),
    "affine_params(3.0, 6.0, 4)",
    atol=1e-6,
    causes=causes,
)
causes = {"the range must hold 0: it ends at max(x_max, 0)": (0.2, 30)}
expect.close(
    affine_params(-6.0, -3.0, 4),
    (0.4, 15),
    "affine_params(-6.0, -3.0, 4)",
    atol=1e-6,
    causes=causes,
)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for bits in range(1, 9):  # covers: bits: 1 to 8 | widen the range until it is
        # powers of two: no rounding anywhere
        power = (-98, 90, rng.integers(-9, 9))[bits % 3]
        scale, top = 2.0 ** int(power), 2**bits - 1
        far = scale * top
        # covers: x_min <= x_max, not both 0 | a range such as 3 to 6
        for near in (far * rng.uniform(0.2, 0.7), far, far * 1e-9, 0.0):
            # covers: widened to hold 0 | Widen the range | do not move the code
            for ends, zero in (((near, far), 0), ((-far, -near), top)):
                what = f"affine_params{(*ends, bits)}"
                got = affine_params(*ends, bits)
                expect.close(got, (scale, zero), what, rtol=1e-6, atol=0)
### END HIDDEN TESTS
expect.passed("ranges on one side of 0")

# %% [markdown]
# ### What does it cost to hit 0?
#
# Eight values spread evenly from end to end miss 0. Your eight are shifted so that one falls on it; the ends have
# moved too, by less than a step.

# %% demo="hitting_zero"
scale, zero_point = affine_params(-1.0, 3.0, 3)
reals = scale * (np.arange(8) - zero_point)
measured["nearest of 8 values to 0"] = lesson.draw_codes(reals, -1.0, 3.0)

# %% [markdown]
# ## What happens to a number between two codes?
#
# It goes to the nearer one. **Quantizing** divides by the scale, rounds, adds the zero point, and **saturates**: what
# falls outside the codes gets the first or the last one.
#
# $$q = \mathrm{clip}\big(\mathrm{round}(x / s) + z,\; 0,\; 2^b - 1\big)$$
#
# Halves are rounded to the *even* neighbour: 0.5 to 0, 1.5 to 2, 2.5 to 2. Always up would make sums drift up. This is
# what ONNX's `QuantizeLinear` does, and what `np.rint` does. Codes of up to 8 bits are kept in `uint8`: one byte each.

# %% [markdown]
# ### Exercise 2.2 · To codes and back (3 points · 12 min)
#
# Write `quantize(x, scale, zero_point, bits)` by the formula above, and `dequantize(q, scale, zero_point)`, its way
# back: $x = s\,(q - z)$.
#
# *The trap:* bytes wrap. `.astype(np.uint8)` makes 44 of 300, and in an array of bytes 3 minus 5 is 254, both without
# an error. Saturate before you make bytes; make larger numbers of bytes before you subtract.
#
# <details><summary>Hint</summary>
# <code>np.clip(values, low, high)</code> saturates; <code>values.astype(np.uint8)</code> and
# <code>q.astype(float)</code> convert.
# </details>


# %% solution="quantize"
def quantize(x, scale, zero_point, bits):
    """Return codes: round half to even, then add the zero point, then saturate.

    x: finite floats, however large, a float32 or float64 array of any shape, not
        changed
    scale: Python float, 1e-30 to 1e30, by which x is divided (x / scale is finite)
    zero_point: Python int, a code; bits: 1 to 8
    returns: uint8 array of x's shape, with codes from 0 to 2**bits - 1
    """
    ### BEGIN SOLUTION
    q = np.rint(x / scale) + zero_point
    return np.clip(q, 0, 2**bits - 1).astype(np.uint8)
    ### END SOLUTION


def dequantize(q, scale, zero_point):
    """Return the real numbers that codes stand for.

    q: uint8 array of any shape, not changed; scale, zero_point: as for quantize
    returns: float array of q's shape
    """
    ### BEGIN SOLUTION
    return scale * (q.astype(float) - zero_point)
    ### END SOLUTION


# %% test="quantize_rounds" points=1
x = np.array([0.0, 1.0, 3.0, -1.0, -3.0, 2.2, 5.0, 16.0])
causes = {
    "halves go to the even neighbour; np.rint does that": [3, 4, 5, 3, 2, 4, 6, 11],
    "halves go to the even neighbour, not away from 0": [3, 4, 5, 2, 1, 4, 6, 11],
    "round first, then add the zero point": [3, 4, 4, 2, 2, 4, 6, 11],
    "it is cut off, not rounded": [3, 3, 4, 3, 2, 4, 5, 11],
    "it is rounded down, not to nearest": [3, 3, 4, 2, 1, 4, 5, 11],
    "the zero point is not added": [0, 0, 2, 0, 0, 1, 2, 8],
    "add the zero point before you clip": [3, 3, 5, 3, 3, 4, 5, 11],
}
passed = x.copy()
got = quantize(passed, 2.0, 3, 4)
expect.close(got, [3, 3, 5, 3, 1, 4, 5, 11], "quantize(x, 2.0, 3, 4)", causes=causes)
expect.unchanged(passed, x, "x after quantize")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for bits in range(1, 9):  # covers: bits: 1 to 8
        top = 2**bits - 1
        # covers: x's shape, with codes from 0 to 2**bits - 1
        for shape in ((), (1,), (0,), (4, 9), (2, 1, 5), (0, 3), (41, 31)):
            scale = float(rng.choice([1e-30, 10.0 ** rng.uniform(-2, 2), 1e30]))
            zero_point = int(rng.choice([0, top, rng.integers(0, top + 1)]))
            codes = rng.integers(0, top + 1, size=shape)
            off = rng.choice([-0.499, 0.499, rng.uniform(-0.4, 0.4)], size=shape)
            # covers: x: finite floats, however large
            kind = rng.choice(["float32", "float64"])
            x = np.array(scale * (codes - zero_point + off), kind)
            x, codes = (x.T, codes.T) if bits % 2 else (x, codes)
            # covers: Write `quantize(x, scale, zero_point, bits)` | scale: Python float
            # covers: zero_point: Python int, a code
            lent = x.copy("A")
            got = quantize(x=lent, scale=scale, zero_point=zero_point, bits=bits)
            what = f"quantize, {x.dtype} of shape {shape}, {bits} bits, scale {scale}"
            expect.close(got, codes, f"{what}, zero point {zero_point}", atol=0)
            expect.unchanged(lent, x, f"x after {what}")
    # covers: round half to even, then add the zero point
    halves = np.array([-3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5])
    even, beside = np.array([-4, -2, -2, 0, 0, 2, 2, 4]), 2.0**-40
    for zero in (100, 101):
        for scale in (0.25, 1.0, 4.0, rng.uniform(1, 9)):
            sides = (0, even), (beside, halves + 0.5), (-beside, halves - 0.5)
            # by a scale that no float32 holds, no quotient is a half exactly
            for off, expected in sides if scale in (0.25, 1, 4) else sides[1:]:
                x = scale * (halves + off)
                what = f"quantize(halves + {off}, scale {scale}, zero point {zero})"
                got = quantize(x, scale, zero, 8)
                expect.close(got, expected + zero, what, atol=0)
                expect.unchanged(x, scale * (halves + off), what)  # covers: not changed
    for kind in (np.float32, np.float64):  # covers: float32 or float64 array of any
        # covers: by which x is divided
        # explains: x / scale is finite
        for scale in (7.0, 41.0, 47.0, 49.0, 55.0, 61.0, 83.0, 97.0, 98.0):
            zero = {7.0: 0, 41.0: 255}.get(scale, 128)
            every = np.arange(-zero, 255 - zero) + 0.5  # quotients are exact here
            x, what = (scale * every).astype(kind), f"{kind.__name__} halves × {scale}"
            got = quantize(x, scale, zero, 8)
            expect.close(got, np.rint(every) + zero, what, atol=0)
        for side, expected in ((-9, halves - 0.5), (9, halves + 0.5)):
            x = np.nextafter(halves.astype(kind), kind(side))
            what = f"quantize({kind.__name__} {x}, 1.0, 100, 8): halves, one ulp off"
            expect.close(quantize(x, 1.0, 100, 8), expected + 100, what, atol=0)
### END HIDDEN TESTS
expect.passed("to the nearest code, halves to even")

# %% test="quantize_saturates" points=1
x = np.array([-100.0, -2.5, 0.0, 5.5, 6.0, 300.0])
causes = {
    "4 bits have codes up to 15, not 255": [0, 0, 4, 15, 16, 255],
    "the last code is 2**bits - 1": [0, 0, 4, 15, 16, 16],
    "codes run from 0 to 15 here; these are signed": [-8, -1, 4, 7, 7, 7],
    "bytes are made before saturating, and wrap": [15, 15, 4, 15, 15, 15],
    "the zero point is not added": [0, 0, 0, 11, 12, 15],
    "nothing saturates": [-196, -1, 4, 15, 16, 604],
    "bytes wrap, and nothing saturates": [60, 255, 4, 15, 16, 92],
}
got = quantize(x.copy(), 0.5, 4, 4)
expect.close(got, [0, 0, 4, 15, 15, 15], "quantize(x, 0.5, 4, 4)", causes=causes)
kind, likely = str(np.asarray(got).dtype), "end with .astype(np.uint8)"
expect.equal(kind, "uint8", "the type of the codes", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for bits in range(1, 9):  # covers: then saturate | 2**bits - 1
        top = 2**bits - 1
        for zero_point in (0, top, int(rng.integers(0, top + 1))):
            steps = rng.integers(-3 * 2**bits, 3 * 2**bits, size=(3, 16)).astype(float)
            # covers: makes 44 of 300 | Saturate before you make bytes | bytes wrap
            steps[0, :4] = np.array([-257, -1, 1, 257]) - zero_point + [0, 0, top, 0]
            # covers: x: finite floats, however large
            steps[1:, :5] = [[2.0**31, 2.0**32, 3e9, 1e20, 1e300]] * 2
            steps[2] *= -1
            got = quantize(steps * 0.25, 0.25, zero_point, bits)
            expected = np.minimum(np.maximum(steps + zero_point, 0), top)
            what = f"quantize beyond its codes, {bits} bits, zero point {zero_point}"
            expect.close(got, expected, what, atol=0)
            expect.array(got, what)  # covers: returns: uint8 array
            expect.equal(str(np.asarray(got).dtype), "uint8", f"the type: {what}")
            x = np.array([3e38, -3e38, 3e9, -3e9, 2.0**31, 2.0**63], np.float32)
            expected = np.where(x > 0, top, 0)
            got = quantize(x, 1.0, zero_point, bits)
            expect.close(got, expected, f"{what}, float32", atol=0)
    for shape in ((), (0,), (0, 3)):
        got, what = (
            quantize(np.zeros(shape), 0.5, 3, 8),
            f"the type, x of shape {shape}",
        )
        expect.equal(str(np.asarray(got).dtype), "uint8", what)
    one = {"x": np.array([-3.5, -1.5, 2]), "scale": 0.25, "zero_point": 9, "bits": 5}
    two = {"x": np.array([-1.5, -3.5, 2]), "scale": 0.5, "zero_point": 5, "bits": 4}
    for changed, given in lesson.in_turn(one, two):
        x, scale, zero, bits = given.values()
        expected, what = np.rint(x / scale) + zero, f"other than before: {changed}"
        expected = np.minimum(np.maximum(expected, 0), 2**bits - 1)
        expect.close(quantize(x, scale, zero, bits), expected, what, atol=0)
### END HIDDEN TESTS
expect.passed("what is too large or too small gets the last or the first code")

# %% test="quantize_back" points=1
q = np.array([0, 3, 200, 255], dtype=np.uint8)
causes = {
    "bytes wrap: make floats of q before you subtract": [78.0, 79.5, 50.0, 77.5],
    "the zero point is not subtracted": [0.0, 1.5, 100.0, 127.5],
    "subtract the zero point, do not add it": [50.0, 51.5, 150.0, 177.5],
    "subtract the zero point first, then multiply": [-100.0, -98.5, 0.0, 27.5],
    "multiply by the scale; it is divided": [-200.0, -194.0, 200.0, 310.0],
}
expect.close(
    dequantize(q.copy(), 0.5, 100),
    [-50.0, -48.5, 50.0, 77.5],
    "dequantize(q, 0.5, 100)",
    causes=causes,
)
expect.shape(
    dequantize(q.reshape(2, 2), 0.5, 100), (2, 2), "dequantize of a (2, 2) array"
)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for shape in ((), (1,), (0,), (3, 7), (2, 1, 4), (256,), (41, 31), (0, 3)):
        # covers: q: uint8 array of any shape | bytes before you subtract
        q = np.array(rng.integers(0, 256, size=shape), np.uint8)
        q = np.arange(256, dtype=np.uint8) if shape == (256,) else q.T
        shape = q.shape
        zeros = [int(rng.integers(1, 255)), 255, 0]
        scales = 1e-30, rng.uniform(0.1, 9), 1e30
        # covers: scale, zero_point: as for quantize
        for zero_point, scale in ((zero, scale) for zero in zeros for scale in scales):
            # covers: and `dequantize(q, scale, zero_point)`, its way back
            passed = q.copy("A")
            got = dequantize(q=passed, scale=scale, zero_point=zero_point)
            # covers: the real numbers that codes stand for | 3 minus 5 is 254
            expected = scale * (q.astype(int) - zero_point)
            what = f"dequantize, shape {shape}, scale {scale}, zero point {zero_point}"
            expect.close(got, expected, what, rtol=1e-6, atol=1e-4 * scale)
            kind = np.asarray(got).dtype.kind  # covers: float array of q's shape
            expect.equal(kind, "f", f"the type: {what}")
            if shape:
                expect.array(got, what)
            expect.unchanged(passed, q, what)  # covers: not changed
    one, two = ({"q": np.array(q, np.uint8)} for q in ([3, 9, 250], [9, 3, 250]))
    one, two = (
        one | {"scale": 0.5, "zero_point": 7},
        two | {"scale": 2.0, "zero_point": 8},
    )
    for changed, given in lesson.in_turn(one, two):
        expected = given["scale"] * (given["q"].astype(int) - given["zero_point"])
        what = f"dequantize, other than before: {changed}"
        expect.close(dequantize(*given.values()), expected, what, atol=1e-4)
### END HIDDEN TESTS
expect.passed("from codes back to reals")

# %% [markdown]
# <details><summary>Another way</summary>
#
# Number by number: Python's own `round` takes halves to the even neighbour, too.
#
# ```python
# steps = lambda each: round(np.clip(each / scale, -999, 999))  # no whole number is inf
# code = lambda each: min(max(steps(each) + zero_point, 0), 2**bits - 1)
# return np.array([code(each) for each in x.flat], np.uint8).reshape(x.shape)
# ```
# </details>

# %% [markdown]
# ### What is lost on the way?
#
# Reals go to 3-bit codes and back. Where the codes reach, the error is a saw between plus and minus half a step; beyond
# the last code it grows without limit. **Rounding** and **clipping** are the two errors of all quantization, here and
# in lesson 06.

# %% demo="there_and_back"
scale, zero_point = lesson.three_bits(affine_params)
back = lambda x: dequantize(quantize(x, scale, zero_point, 3), scale, zero_point)
measured["3 bits for −1 to 3"] = lesson.draw_there_and_back(back, scale, zero_point)

# %% [markdown]
# ## What if tanh were a list of its values?
#
# Compute the function once, at evenly spaced places, keep the values, and look them up: a **table**. With $N = 2^b$
# entries from $x_{\min}$ to $x_{\max}$, both ends included, the step from one entry to the next is
#
# $$\delta = \frac{x_{\max} - x_{\min}}{N - 1}$$
#
# tanh hardly changes outside −4 to 4, so a table for that range may do.

# %% [markdown]
# ### Exercise 2.3 · The table (2 points · 5 min)
#
# Write `build_table(fn, x_min, x_max, bits)`: the values of `fn` at $2^b$ evenly spaced places.
#
# *The trap:* the last entry belongs to `x_max` itself, so there is one step fewer than there are entries.
#
# <details><summary>Hint</summary>
# NumPy has a function for evenly spaced numbers with both ends; its name begins with <code>lin</code>.
# </details>


# %% solution="build_table"
def build_table(fn, x_min, x_max, bits):
    """Return fn at 2**bits evenly spaced places from x_min to x_max, both included.

    fn: works entry by entry on a float64 array of places, such as np.tanh
    x_min < x_max: floats; bits: 1 to 16
    returns: (2**bits,) float32
    """
    ### BEGIN SOLUTION
    return fn(np.linspace(x_min, x_max, 2**bits)).astype(np.float32)
    ### END SOLUTION


# %% test="build_table_entries" points=1
got = build_table(np.square, -1.0, 3.0, 2)
likely = "2 bits make 2**2 = 4 entries"
expect.shape(got, (4,), "build_table(np.square, -1.0, 3.0, 2)", likely=likely)
causes = {
    "the last entry belongs to x_max; it stops a step before": [1.0, 0.0, 1.0, 4.0],
    "entries are at the middles of pieces, not at both ends": [0.25, 0.25, 2.25, 6.25],
    "these are the places; apply fn to them": [-1.0, 0.33333333, 1.66666667, 3.0],
    "fn is not used; this is tanh": np.tanh([-1.0, 0.33333333, 1.66666667, 3.0]),
}
expect.close(
    got,
    [1.0, 0.11111111, 2.77777778, 9.0],
    "build_table(np.square, -1.0, 3.0, 2)",
    atol=1e-6,
    causes=causes,
)
kind, likely = str(np.asarray(got).dtype), "end with .astype(np.float32)"
expect.equal(kind, "float32", "the type of the entries", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for bits in range(1, 17):  # covers: bits: 1 to 16
        width, height = (1e-10, 1.0, 1e9)[bits % 3], (1e-10, 1.0, 1e9)[bits // 3 % 3]
        for _ in range(99):  # until np.arange to high + step has an entry too many
            low = width * rng.choice([-5, -1.5, 1]) * rng.uniform(1, 1.3)
            high = low + width * rng.uniform(1, 4)
            step = (high - low) / (2**bits - 1)
            if len(np.arange(low, high + step, step)) > 2**bits:
                break
        # covers: at $2^b$ evenly spaced places | evenly spaced places from
        places = low + (high - low) * np.arange(2**bits) / (2**bits - 1)
        for _ in range(2 if bits < 9 else 1):
            # covers: works entry by entry on a float64 array
            fn = np.poly1d(height * rng.uniform(0.5, 1, 3) / [width**2, width, 1])
            # covers: Write `build_table(fn, x_min, x_max, bits)`
            got = build_table(fn=fn, x_min=low, x_max=high, bits=bits)
            what = f"build_table of a fresh function from {low} to {high}, {bits} bits"
            expect.close(got, fn(places), what, atol=1e-5 * height)
            expect.array(got, what)  # covers: returns: (2**bits,) float32
            expect.equal(str(np.asarray(got).dtype), "float32", f"the type: {what}")
    one, two = (float(each) for each in rng.uniform(1, 2, size=2))
    for fn, what in ((lambda x: x - one, "x - one"), (lambda x: two - x, "two - x")):
        got, what = build_table(fn, 0.0, 1.5, 4), f"lambda x: {what}, {one}, {two}"
        expect.close(got, fn(0.1 * np.arange(16)), what, atol=1e-6)
    place = int(rng.integers(16))  # a function, and one that differs at one place
    spike = lambda x: np.where(np.abs(x - 0.1 * place) < 1e-3, one, x)
    for bits in (2, 4, 8, 3, 4, 2):
        for fn in (spike, lambda x: x):
            got = build_table(fn, 0.0, 1.5, bits)
            expected = fn(1.5 * np.arange(2**bits) / (2**bits - 1))
            what = f"x, or {one} near {0.1 * place:.1f}, from 0 to 1.5, {bits} bits"
            expect.close(got, expected, what, atol=1e-6)
    for bits in (4, 12, 16):  # a wave in every part of the range
        wave = rng.uniform(4e3, 5e3)
        got = build_table(lambda x, wave=wave: np.sin(wave * x), -1.0, 1.0, bits)
        expected = np.sin(wave * (2 * np.arange(2**bits) / (2**bits - 1) - 1))
        expect.close(got, expected, f"np.sin({wave} * x), {bits} bits", atol=1e-6)
    for low in (-1e6, 1e3, 1e6):  # covers: a float64 array of places
        low *= rng.uniform(1, 2)
        for bits in (3, 8):
            got = build_table(lambda x, low=low: x - low, low, low + 1, bits)
            what = f"build_table(lambda x: x - low, low, low + 1, {bits}), low = {low}"
            expect.close(got, np.arange(2**bits) / (2**bits - 1), what, atol=1e-6)
    low, high = -rng.uniform(1, 2), rng.uniform(1, 2)
    middle = (low + high) / 2
    wall = build_table(lambda x: np.where(x > middle, np.inf, x), low, high, 1)
    expect.close(wall, [low, np.inf], "a function that is infinite", rtol=1e-6)
    hole = build_table(lambda x: np.where(x > middle, np.nan, x), low, high, 1)
    expect.close(hole, [low, np.nan], "a function that is NaN somewhere", rtol=1e-6)

    def relu(x):
        y = x.copy()
        y[y < 0] = 0.0
        return y

    got, what = build_table(relu, -3.0, 4.0, 3), "a function that needs an array"
    expect.close(got, np.arange(-3, 5).clip(0), what, atol=1e-6)
    one = {"fn": np.sin, "x_min": low, "x_max": high, "bits": 3}
    two = {"fn": np.cos, "x_min": low - 1, "x_max": high + 1, "bits": 4}
    for changed, given in lesson.in_turn(one, two):
        fn, left, right, bits = given.values()
        expected = fn(left + (right - left) * np.arange(2**bits) / (2**bits - 1))
        got, what = build_table(fn, left, right, bits), f"other than before: {changed}"
        expect.close(got, expected, what, atol=1e-6)
    found = handed_on(build_table, one, one | {"fn": np.cos}, one | {"x_min": low - 1})
    expect.equal(found, [], "memory that two tables share")
    got = build_table(lambda x: x > middle, low, high, 3)
    expect.close(got, [0] * 4 + [1] * 4, "build_table(lambda x: x > middle, …, 3)")
    kind = str(np.asarray(got).dtype)
    expect.equal(kind, "float32", "the type of a table of truth values")
### END HIDDEN TESTS
expect.passed("as many entries as there are codes")

# %% test="build_table_ends" points=1
got = build_table(np.exp, 0.0, 2.0, 3)
causes = {
    "the last entry belongs to x_max; it stops a step before": [1.0, 5.75460268],
    "entries are at the middles of pieces, not at both ends": [1.13314845, 6.52081912],
    "these are the places; apply fn to them": [0.0, 2.0],
    "fn is not used; this is tanh": [0.0, 0.96402758],
}
expect.close(
    [got[0], got[-1]],
    [1.0, 7.3890561],
    "the first and the last entry",
    atol=1e-5,
    causes=causes,
)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for bits in (2, int(rng.integers(3, 16)), 16):
        for width in (1e-10, 1.0, 3e9):
            low = width * rng.choice([-5, -1.5, 1]) * rng.uniform(1, 1.3)
            high = low + width * rng.uniform(1, 4)
            got = build_table(np.poly1d([1 / width, 0]), low, high, bits)
            what = f"both ends of a table from {low} to {high}, {bits} bits"
            # covers: the last entry belongs to `x_max` itself | both included
            expected = [low / width, high / width]
            expect.close([got[0], got[-1]], expected, what, atol=1e-6)
### END HIDDEN TESTS
expect.passed("both ends belong to the table")

# %% [markdown]
# ### Is that 256 bytes?
#
# Not yet: a float32 takes four bytes. But values are numbers, too, and can be quantized: here by your `affine_params`
# and `quantize`, to one byte an entry.

# %% demo="bytes_of_tables"
coders = (affine_params, quantize, dequantize)
measured["a table of 8 bits"] = lesson.show_table_bytes(build_table, *coders)

# %% [markdown]
# ## Which entry answers for x?
#
# The nearest. Counted in steps from the first entry, $x$ lies at the place
#
# $$t = \frac{x - x_{\min}}{x_{\max} - x_{\min}}\,(N - 1)$$
#
# and the nearest whole number to $t$ is the index. Left of the table the first entry answers, right of it the last.
#
# There remains **NaN**, "not a number", which some mistake before has left behind. Made an integer, it becomes an
# arbitrary one, and the trace of the mistake is lost. So refuse it.

# %% [markdown]
# ### Exercise 2.4 · Look it up (3 points · 12 min)
#
# Write `lookup(table, x, x_min, x_max)`: for each number the nearest entry. Halfway between two, either is right. If
# any number is NaN, raise a `ValueError`.
#
# *The trap:* in Python index −1 is not an error but the *last* entry: a number a little too small would get the value
# for one far too large. And infinity has no integer: saturate while the numbers are still floats.
#
# <details><summary>Hint</summary>
# <code>np.isnan(x).any()</code> finds NaN. An array of integers can index another:
# <code>table[np.array([2, 0])]</code>; floats become such integers by <code>.astype(int)</code>.
# </details>


# %% solution="lookup"
def lookup(table, x, x_min, x_max):
    """Return for each number the nearest entry; outside the range the first or last.

    table: (N,) float32, 2 to 65,536 entries, evenly spaced from x_min to x_max, both
        included; x_min < x_max: Python floats
    x: float32 or float64 array of any shape, not rounded first; infinities are fine
    table and x are not changed
    returns: array of x's shape, of any float type; raises: ValueError if x holds NaN
    """
    ### BEGIN SOLUTION
    if np.isnan(x).any():
        raise ValueError("x holds NaN, which has no place in a table")
    place = (np.clip(x, x_min, x_max) - x_min) / (x_max - x_min) * (len(table) - 1)
    return table[np.rint(place).astype(int)]
    ### END SOLUTION


# %% test="lookup_nearest" points=1
table = np.array([10, 20, 40, 80, 160], dtype=np.float32)  # for x = -1, 0, 1, 2, 3
x = np.array([-1.0, 0.1, 0.6, 1.3, 2.6])
causes = {
    "the place is cut off, not rounded to nearest": [10, 20, 20, 40, 80],
    "the place is rounded up, not to nearest": [10, 40, 40, 80, 160],
    "five entries have four steps between them": [10, 20, 40, 80, 160],
    "x is interpolated between entries; take the nearest": [10, 22, 32, 52, 128],
    "these are indices; return the entries": [0, 1, 2, 2, 4],
}
got = lookup(table.copy(), x.copy(), -1.0, 3.0)
expect.close(
    got, [10, 20, 40, 40, 160], "lookup(table, x, -1, 3)", atol=1e-4, causes=causes
)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: table: (N,) float32, 2 to 65,536 entries | x_min < x_max: Python
    for size in (2, 3, 16, 37, 256, 4096):
        # covers: x: float32 or float64 array of any
        for shape in ((), (1,), (0,), (3, 11), (2, 1, 4), (41, 31)[: 2 * (size == 37)]):
            for step in (1e-12, rng.uniform(0.01, 2), 3e9):
                low = step * rng.uniform(-size, size)
                high = low + step * (size - 1)
                index = rng.integers(0, size, size=shape)
                kind = str(rng.choice(["float32", "float64"]))
                far = 0.5 - 1e-8 if kind == "float64" else 0.499 if size < 99 else 0.49
                off = rng.choice([-far, far, 0, rng.uniform(-far, far)], size=shape)
                place = np.clip(index + off, 0, size - 1)
                x = np.array(low + step * place, kind)
                x, index = (x.T, index.T) if size % 2 else (x, index)
                height = 10.0 ** rng.choice([-10, 0, 9])
                table = (height * rng.normal(size=size)).astype(np.float32)
                ends = {"x_min": low, "x_max": high}
                passed = table.copy()
                # covers: Write `lookup(table, x, x_min, x_max)`
                lent = x.copy("A")
                got = lookup(table=passed, x=lent, **ends)
                what = f"lookup, {x.dtype} of shape {shape}, {size} entries, {ends}"
                # covers: for each number the nearest entry; | array of x's shape
                expect.close(got, table[index], what, atol=0)
                if shape:
                    expect.array(got, what)
                expect.unchanged(passed, table, what)  # covers: not changed
                expect.unchanged(lent, x, f"x after {what}")
                # covers: of any float type
                expect.equal(np.asarray(got).dtype.kind, "f", f"the type: {what}")
                got = lookup(-table, x, **ends)
                expect.close(got, -table[index], f"{what}, another table", atol=0)
                table[1:-1] = table[1:-1][::-1].copy()
                got, what = lookup(table, x, **ends), f"{what}, its middle reversed"
                expect.close(got, table[index], what, atol=0)
                got = lookup(table, np.flip(x), **ends)
                expect.close(got, np.flip(table[index]), f"{what}, x too", atol=0)
    long = np.arange(2**16, dtype=np.float32)
    x = np.array([0.0, 2.0, 32767.0, 32768.0, 40000.25, 65534.4999, 65534.5001])
    for low in (0.0, 1e9 * rng.uniform(1, 2)):  # covers: not rounded first
        got, what = lookup(long, x + low, low, low + 65535), f"65,536 entries, {low} on"
        expect.close(got, np.rint(x), what, atol=0)
        x, most = x[:5], int(rng.integers(40_001, 65_000))
        got = lookup(long[:most], x + low, low, low + most - 1.0)
        expect.close(got, np.rint(x), f"{most} entries, {low} on", atol=0)
    holed = np.array([1, np.inf, 2, -np.inf, np.nan], np.float32)
    got, what = (
        lookup(holed, np.arange(5.0), 0.0, 4.0),
        "a table with inf and NaN in it",
    )
    expect.close(got, holed, what)
    one = {
        "table": table[:4].copy(),
        "x": np.array([0.2, 1.1]),
        "x_min": 0.0,
        "x_max": 3.0,
    }
    two = {
        "table": table[3::-1].copy(),
        "x": one["x"][::-1],
        "x_min": -4.0,
        "x_max": 1.3,
    }
    for changed, given in lesson.in_turn(one, two):
        entries, x, left, right = given.values()
        places = left + (right - left) * np.arange(4) / 3
        nearest = np.abs(x[:, None] - places).argmin(axis=1)
        got, what = lookup(entries, x, left, right), f"other than before: {changed}"
        expect.close(got, entries[nearest], what, atol=0)
    for off in (-(2.0**-18), 2.0**-18):  # exact in float32, too
        x, what = np.arange(8) + 0.5 + off, f"lookup halfway, {off} off"
        got = lookup(table[:9], x - 2, -2.0, 6.0)
        expect.close(got, table[:9][np.rint(x).astype(int)], what, atol=0)
    # covers: Halfway between two, either is right
    got = np.asarray(lookup(table[:9], np.arange(8) + 0.5 - 2, -2.0, 6.0))
    either = (got == table[:8]) | (got == table[1:9])
    what = "lookup halfway between two entries"
    expect.true(either.all(), what, expected="one of the two", got=got)
### END HIDDEN TESTS
expect.passed("the nearest entry")

# %% test="lookup_saturates" points=1
table = np.array([10, 20, 40, 80, 160], dtype=np.float32)  # for x = -1, 0, 1, 2, 3
causes = {"a negative index counts from the end of the table": [80.0, 160.0]}
got = lookup(table.copy(), np.array([-3.0, -2.0]), -1.0, 3.0)
expect.close(got, [10, 10], "x = -3 and -2", causes=causes)
got = lookup(table.copy(), np.array([3.4, 50.0]), -1.0, 3.0)
expect.close(got, [160, 160], "x = 3.4 and 50")
likely = "clip x before you make integers: infinity has none"
got = lookup(table.copy(), np.array([-np.inf, np.inf]), -1.0, 3.0)
expect.close(got, [10, 160], "x = -inf and inf", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for size in (2, 20):
        for width in (1e-12, rng.uniform(0.1, 9), 3e9):
            low = width * rng.choice([-5, -0.5, 1]) * rng.uniform(1, 1.3)
            high = low + width
            table = rng.normal(size=size).astype(np.float32)
            what = f"{size} entries from {low} to {high}"
            far = width * 10.0 ** rng.uniform(-1, 6, size=(3, 4))
            # covers: a number a little too small | outside the range
            far[0] = width * np.array([0.6, 1.0, 1.4, 2.1]) / (size - 1)
            # covers: saturate while the numbers are still floats
            far[1, :3] = width * 2.0**31, width * 2.0**32, 1e300
            left = low - far
            got = lookup(table.copy(), left, low, high)
            # covers: not changed
            expect.unchanged(left, low - far, f"x, left of {what}")
            expect.close(got, np.full((3, 4), table[0]), f"left of {what}", atol=0)
            got = lookup(table.copy(), high + far, low, high)
            expect.close(got, np.full((3, 4), table[-1]), f"right of {what}", atol=0)
            for kind in ("float32", "float64"):
                # covers: infinities are fine
                x = np.array([[np.inf, np.inf, -np.inf]], kind)
                got = lookup(table.copy(), x, low, high)
                expect.close(got, table[[[-1, -1, 0]]], f"infinities, {what}", atol=0)
            x = np.array([low, np.nextafter(low, -9e9), high, np.nextafter(high, 9e9)])
            got = lookup(table.copy(), x, low, high)
            expect.close(got, table[[0, 0, -1, -1]], f"the ends of {what}", atol=0)
### END HIDDEN TESTS
expect.passed("outside the range the first or the last entry")

# %% test="lookup_refuses_nan" points=1
table = np.array([10.0, 20.0, 40.0], dtype=np.float32)
got = lookup(table.copy(), np.array([0.0, 2.0]), 0.0, 2.0)
expect.close(got, [10, 40], "lookup without any NaN")
holed = np.array([0.0, np.nan])
likely = "look for NaN before anything else, and raise ValueError if there is any"
call = lambda: lookup(table.copy(), holed.copy(), 0.0, 2.0)
expect.raises(ValueError, call, "lookup with a NaN in x", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    shapes = (), (1,), (6,), (4, 5), (2, 1, 3), (70, 30)
    for shape in shapes:  # covers: If any number is NaN
        full = rng.uniform(-3, 3, size=shape)
        for place in {0, full.size - 1, int(rng.integers(full.size))}:
            for others in (None, np.inf, np.nan):
                x = np.array(full if others is None else np.full(shape, others))
                x[np.unravel_index(place, shape)] = rng.choice([np.nan, -np.nan])
                x = x.astype(rng.choice(["float32", "float64"]))
                call = lambda x=x: lookup(table.copy(), x, -1.0, 1.0)
                # covers: ValueError if x holds NaN
                expect.raises(ValueError, call, f"lookup of {x!r}")
        got = lookup(table.copy(), np.full(shape, -1.0), -1.0, 1.0)
        expect.close(got, np.full(shape, 10), f"lookup, no NaN, shape {shape}", atol=0)
### END HIDDEN TESTS
expect.passed("NaN is refused, not turned into some entry")

# %% [markdown]
# <details><summary>Another way</summary>
#
# Once NaN is refused: count the middles between entries that lie below x. Nothing need be clipped, and places that
# are *not* evenly spaced would do as well.
#
# ```python
# places = np.linspace(x_min, x_max, len(table))
# return table[np.searchsorted((places[1:] + places[:-1]) / 2, x)]
# ```
# </details>

# %% [markdown]
# ### What does the network see instead of tanh?
#
# A staircase: 16 entries here, so that you can see the steps. The error is largest where tanh is steepest, in the
# middle; at both ends, where tanh is flat, the table is better than it need be.

# %% demo="staircase"
measured["largest error, nearest entry"] = lesson.draw_staircase(lookup, build_table)

# %% [markdown]
# ## Can the same entries do better?
#
# Between two entries a straight line is a better guess than the nearer of them: **linear interpolation**. With the
# place $t$ from above, $i$ the entry at or below it and $r = t - i$ the rest,
#
# $$y = (1 - r)\,T_i + r\,T_{i+1}$$
#
# It costs a second entry and a multiplication, but the error falls with the *square* of the step.

# %% [markdown]
# ### Exercise 2.5 · Between the entries (2 points · 8 min)
#
# Write `lookup_linear(table, x, x_min, x_max)`. Outside the range it saturates, as `lookup` does.
#
# *The trap:* at `x_max` the place is the last entry, and $T_{i+1}$ would be one beyond it.
#
# <details><summary>Hint</summary>
# Let i be at most N − 2 (<code>np.minimum</code>); at x_max the rest r is then 1.
# </details>


# %% solution="lookup_linear"
def lookup_linear(table, x, x_min, x_max):
    """Return values linear between entries; outside the range the first or last entry.

    table: (N,) float32 between -1e30 and 1e30, 2 to 65,536 entries, evenly spaced from
        x_min to x_max, both included; x_min < x_max: Python floats
    x: float32 or float64 array of any shape, not rounded first, without NaN,
        infinity included
    table and x are not changed
    returns: array of x's shape, of any float type
    """
    ### BEGIN SOLUTION
    place = (np.clip(x, x_min, x_max) - x_min) / (x_max - x_min) * (len(table) - 1)
    i = np.minimum(place.astype(int), len(table) - 2)
    return table[i] + (place - i) * (table[i + 1] - table[i])
    ### END SOLUTION


# %% test="lookup_linear_between" points=1
table = np.array([10, 20, 40, 80, 160], dtype=np.float32)  # for x = -1, 0, 1, 2, 3
x = np.array([-0.4, 0.25, 1.0, 2.9])
causes = {
    "the weights are swapped: r belongs to the entry above": [14.0, 35.0, 80.0, 88.0],
    "this is the nearest entry, not the line between two": [20.0, 20.0, 40.0, 160.0],
    "this is the entry below, without the rest": [10.0, 20.0, 40.0, 80.0],
}
got = lookup_linear(table.copy(), x.copy(), -1.0, 3.0)
expect.close(
    got,
    [16.0, 25.0, 40.0, 152.0],
    "lookup_linear(table, x, -1, 3)",
    atol=1e-4,
    causes=causes,
)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: table: (N,) float32 between -1e30 and 1e30, 2 to 65,536 | x_min < x_max: Python
    for size in (2, 3, 9, 64):
        # covers: x: float32 or float64 array of any
        for shape in ((), (1,), (0,), (3, 7), (2, 1, 4), (41, 31)[: 2 * (size == 9)]):
            for step in (1e-12, rng.uniform(0.1, 2), 3e9):
                low = step * rng.uniform(-size, size)
                high, ends = low + step * (size - 1), (0, size - 2)
                i = np.asarray(rng.integers(0, size - 1, size=shape))
                i.flat[:2] = ends[: i.size]  # the first piece and the last
                r = rng.choice([0, 0.01, 0.99, rng.uniform(0.1, 0.9)], size=shape)
                x = np.array(low + step * (i + r), rng.choice(["float32", "float64"]))
                x, i, r = (x.T, i.T, np.asarray(r).T) if size % 2 else (x, i, r)
                height = 10.0 ** rng.choice([-10, 0, 9])
                table = (height * rng.normal(size=size)).astype(np.float32)
                ends = {"x_min": low, "x_max": high}
                passed = table.copy()
                # covers: Write `lookup_linear(table, x, x_min, x_max)`
                lent = x.copy("A")
                got = lookup_linear(table=passed, x=lent, **ends)
                what = (
                    f"lookup_linear, {x.dtype}, shape {shape}, {size} entries, {ends}"
                )
                # covers: Return values linear between entries
                expected = (1 - r) * table[i].astype(float) + r * table[i + 1]
                expect.close(got, expected, what, atol=2e-4 * height)
                # covers: array of x's shape, of any float type
                expect.equal(np.asarray(got).dtype.kind, "f", f"the type: {what}")
                if shape:
                    expect.array(got, what)
                expect.unchanged(passed, table, what)  # covers: not changed
                expect.unchanged(lent, x, f"x after {what}")
                got = lookup_linear(-table, x, **ends)
                what += ", another table"
                expect.close(got, -expected, what, atol=2e-4 * height)
                table[1:-1] = table[1:-1][::-1].copy()
                got, what = lookup_linear(table, x, **ends), f"{what}, middle reversed"
                expected = (1 - r) * table[i].astype(float) + r * table[i + 1]
                expect.close(got, expected, what, atol=2e-4 * height)
                got = lookup_linear(table, np.flip(x), **ends)
                expect.close(got, np.flip(expected), what, atol=2e-4 * height)
    for kind in ("float32", "float64"):
        table = np.array([-1, 1, -1, 1], np.float32)
        x = np.append(rng.uniform(0, 3, size=99), [1e-4, 1.9999, 2.5]).astype(kind)
        expected, what = 1 - 2 * np.abs(x % 2 - 1.0), f"lookup_linear, {kind}, a saw"
        expect.close(lookup_linear(table, x, 0.0, 3.0), expected, what, atol=5e-6)
    table = np.sin(np.arange(4096) / 700 + rng.uniform(0, 6)).astype(np.float32)
    x = rng.uniform(0, 1, size=99)
    expected = np.interp(x, np.linspace(0, 1, 4096), table)
    expect.close(lookup_linear(table, x, 0.0, 1.0), expected, "4096 entries", atol=1e-5)
    table, x = np.arange(2**16, dtype=np.float32) / 2**16, 65535 * np.sort(x)
    for low in (0.0, 1e9 * rng.uniform(1, 2)):  # covers: not rounded first
        got = lookup_linear(table, x + low, low, low + 65535)
        expect.close(got, x / 2**16, f"65,536 entries, {low} on", atol=1e-5)
        x, most = np.append(x[x < 40_000], 40_000), int(rng.integers(40_001, 65_000))
        got = lookup_linear(table[:most], x + low, low, low + most - 1.0)
        expect.close(got, x / 2**16, f"{most} entries, {low} on", atol=1e-5)
    table = rng.normal(size=9).astype(np.float32)
    x = rng.uniform(0, 8, size=10_007)
    got, expected = lookup_linear(table, x + low, low, low + 8), np.arange(9)
    expected = np.interp(x + low - low, expected, table)
    expect.close(got, expected, f"9 entries, {low} on", atol=1e-5)
    one = {"table": rng.normal(size=4).astype(np.float32), "x": np.array([0.2, 1.1])}
    two = {"table": one["table"][[0, 2, 1, 3]], "x": one["x"][::-1]}
    one |= {"x_min": 0.0, "x_max": 3.0}
    two |= {"x_min": -4.0, "x_max": 1.5}
    for changed, given in lesson.in_turn(one, two):
        entries, x, left, right = given.values()
        expected = np.interp(x, left + (right - left) * np.arange(4) / 3, entries)
        what = f"lookup_linear, other than before: {changed}"
        expect.close(lookup_linear(entries, x, left, right), expected, what, atol=1e-5)
### END HIDDEN TESTS
expect.passed("a straight line from entry to entry")

# %% test="lookup_linear_ends" points=1
table = np.array([10, 20, 40, 80, 160], dtype=np.float32)  # for x = -1, 0, 1, 2, 3
got = lookup_linear(table.copy(), np.array([-1.0, 3.0]), -1.0, 3.0)
causes = {
    "the weights are swapped: r belongs to the entry above": [20.0, 80.0],
    "at x_max the rest is 1: r is the place less i, after i is limited": [10.0, 80.0],
}
expect.close(
    got, [10.0, 160.0], "lookup_linear at x_min and x_max", atol=1e-4, causes=causes
)
outside = "the lines go on outside the range; clip x first"
causes = {
    outside: [-20.0, 320.0],
    f"{outside}, at both ends": [40.0, 320.0],
    f"{outside}, on the left": [40.0, 160.0],
}
got = lookup_linear(table.copy(), np.array([-4.0, 5.0]), -1.0, 3.0)
expect.close(got, [10.0, 160.0], "lookup_linear at -4 and 5", atol=1e-4, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for size in (2, 3, 12):
        for width in (1e-12, rng.uniform(0.1, 9), 3e9):
            low = width * rng.choice([-5, -0.5, 1]) * rng.uniform(1, 1.3)
            high, step = low + width, width / (size - 1)
            table = rng.normal(size=size).astype(np.float32)
            beyond = np.array([0, 0.3, 1, 1.7, 2.1, 1e3, 2**31, 2**32, 1e20, np.inf])
            what = f"{size} entries from {low} to {high}"
            # covers: Outside the range it saturates | range the first or last
            left = low - step * beyond[:, None]
            got = lookup_linear(table.copy(), left, low, high)
            # covers: not changed
            expect.unchanged(left, low - step * beyond[:, None], f"x, left of {what}")
            expected = np.full((10, 1), table[0])
            # covers: without NaN, infinity included
            expect.close(got, expected, f"left of {what}", atol=1e-5)
            # covers: at `x_max` the place is the last entry
            x = np.array([high + step * beyond, low - step * beyond])[:, :-1]
            got = lookup_linear(table.copy(), x, low, high)
            expected = np.array([[table[-1]] * 9, [table[0]] * 9])
            expect.close(got, expected, f"both sides of {what}", atol=1e-5)
            got = lookup_linear(table.copy(), np.array([np.inf, low]), low, high)
            expect.close(got, table[[-1, 0]], f"infinity, {what}", atol=1e-5)
### END HIDDEN TESTS
expect.passed("the ends, and beyond them")

# %% [markdown]
# <details><summary>Another way</summary>
#
# NumPy has it, the ends included:
#
# ```python
# return np.interp(x, np.linspace(x_min, x_max, len(table)), table)
# ```
# </details>

# %% [markdown]
# ### How many bits buy how much?
#
# Each bit doubles the entries and halves the step. Your tables end at 4; the picture shows the largest error on
# −6 to 6. From how many bits on does interpolation get no better?

# %% predict="enough_bits"
guess_enough_bits = None  # bits, from 2 to 16

# %% demo="error_against_bits"
found = lesson.draw_errors(lookup_linear, lookup, build_table)
said = predictions.beside(guess_enough_bits, found, " bits")
measured["interpolation gets no better from"] = said

# %% [markdown]
# From 4 bits on or so, one bit more halves the error of the nearest entry and quarters that of interpolation, until it
# meets a **floor**. No number of entries goes below it: beyond 4 the table answers tanh 4, and tanh goes on to rise.
# The rounding error shrinks with the bits, the clipping error does not.

# %% [markdown]
# ## Can you know the error before you build the table?
#
# The nearest entry is at most half a step away from $x$. A function whose slope is nowhere steeper than $m$ changes
# by at most $m$ times that on the way:
#
# $$|\,\mathrm{lookup}(x) - f(x)\,| \;\le\; m \cdot \frac{\delta}{2} \qquad x_{\min} \le x \le x_{\max}$$
#
# This is a **bound**: it holds for every $x$ in the range, including all that nobody has tried. A good bound is also
# *tight*, not far above what happens. (It leaves out that float32 rounds the entries themselves, by very little.)

# %% [markdown]
# ### Exercise 2.6 · A promise (2 points · 6 min)
#
# Write `error_bound(max_slope, x_min, x_max, bits)` for a table of `bits` bits with both ends included. It must hold
# for `lookup` on the whole range, and with many entries be less than twice the worst error seen.
#
# *The trap:* δ is the step of 2.3. Divide by the number of entries instead, and the promise is broken by a hair, at
# some places only: the kind of mistake that trying a few numbers does not find.
#
# <details><summary>Hint</summary>
# Try the smallest table by hand: 1 bit, two entries, for f(x) = x from 0 to 1. Where is x worst off, and by how much?
# </details>


# %% solution="error_bound"
def error_bound(max_slope, x_min, x_max, bits):
    """Return how far off the nearest entry can be, for x_min <= x <= x_max.

    max_slope: float, the largest slope of the function, without sign
    x_min < x_max: Python floats; bits: 1 to 16
    returns: a float: max_slope times half a step
    """
    ### BEGIN SOLUTION
    return max_slope * (x_max - x_min) / (2**bits - 1) / 2
    ### END SOLUTION


# %% test="error_bound_holds" points=1
cases = [  # what, arguments, the worst error seen in a table of 2**bits entries
    ("tanh, slope 1", (1.0, -4.0, 4.0, 8), 0.0156849),
    ("tanh(2x), slope 2", (2.0, -4.0, 4.0, 8), 0.0313622),
    ("sin(3x), slope 3", (3.0, -1.0, 2.0, 5), 0.1449),
]
for name, arguments, seen in cases:
    bound = error_bound(*arguments)
    expect.shape(bound, (), f"error_bound{arguments}")
    likely = "is the step the range over 2**bits - 1, halved once? is max_slope used?"
    what, wanted = f"error_bound{arguments}: {name}", f"at least {seen}"
    expect.true(bound >= seen, what, expected=wanted, got=bound, likely=likely)
### BEGIN HIDDEN TESTS
pairs = ((1e-10, 3e9), (1.0, 0.0), (1e9, 3e9), (1e9, 1e-10))
with fresh_draw() as rng:
    for bits in range(1, 17):  # covers: bits: 1 to 16
        any_slope = rng.uniform(0.2, 5)
        for width, slope in (*pairs, (1.0, any_slope)):
            # covers: x_min < x_max: Python floats
            for low in (-0.3 * width, 2.0 * width, -9e4 * width):
                high = low + width * rng.uniform(0.5, 2)
                ends = {"x_min": low, "x_max": high, "bits": bits}
                # of a straight line; covers: the whole range | both ends included
                seen = slope * (high - low) / (2**bits - 1) / 2
                # covers: Write `error_bound(max_slope | the largest slope
                bound = error_bound(max_slope=slope, **ends)
                what = f"error_bound({slope}, **{ends})"
                # covers: how far off the nearest | is the step of 2.3 | by a hair
                expect.shape(bound, (), what)
                holds, wanted = float(bound) >= seen * (1 - 1e-6), f"at least {seen}"
                expect.true(holds, what, expected=wanted, got=bound)
                kind = np.asarray(bound).dtype.kind  # covers: returns: a float
                expect.equal(kind, "f", f"the type: {what}")
    # covers: max_slope: float
    slope, low, high = rng.uniform(1, 2), -rng.uniform(1, 2), rng.uniform(1, 2)
    ends = [(low, high), (low, 3 * high), (3 * low, high)]
    for bits in (9, 4, 1):  # each larger than the one before it, for any part
        for times, (low, high) in ((times, each) for times in (1, 3) for each in ends):
            bound = error_bound(times * slope, low, high, bits)
            seen = times * slope * (high - low) / (2**bits - 1) / 2
            what = f"error_bound{times * slope, low, high, bits}"
            holds, wanted = float(bound) >= seen * (1 - 1e-6), f"at least {seen}"
            expect.true(holds, what, expected=wanted, got=bound)
### END HIDDEN TESTS
expect.passed("no error is above the bound")

# %% test="error_bound_is_tight" points=1
cases = [  # what, arguments, the worst error seen in a table of 2**bits entries
    ("tanh, slope 1", (1.0, -4.0, 4.0, 8), 0.0156849),
    ("tanh, slope 1", (1.0, -4.0, 4.0, 10), 0.0039100),
    ("sigmoid, slope 1/4", (0.25, -8.0, 8.0, 6), 0.0317),
]
for name, arguments, seen in cases:
    bound = error_bound(*arguments)
    expect.shape(bound, (), f"error_bound{arguments}")
    likely = "is max_slope times the step halved, and are bits and max_slope used?"
    wanted = f"less than twice {seen}, which is seen, and above 0"
    tight, what = 0 < bound < 2 * seen, f"error_bound{arguments}: {name}"
    expect.true(tight, what, expected=wanted, got=bound, likely=likely)
### BEGIN HIDDEN TESTS
pairs = ((1e-10, 3e9), (1.0, 0.0), (1e9, 3e9), (1e9, 1e-10))
with fresh_draw() as rng:
    for bits in range(1, 17):
        any_slope = rng.uniform(0.2, 5)
        for width, slope in (*pairs, (1.0, any_slope)):
            for low in (-0.3 * width, 2.0 * width, -9e4 * width):
                high = low + width * rng.uniform(0.5, 2)
                bound = error_bound(slope, low, high, bits)
                # covers: less than twice the worst error seen
                exact = slope * (high - low) / (2**bits - 1) / 2
                # covers: max_slope times half a step
                tight, what = float(bound) <= 1.001 * exact, (slope, low, high, bits)
                what, wanted = f"error_bound{what}", f"{exact} or hardly more"
                expect.true(tight, what, expected=wanted, got=bound)
    slope, low, high = rng.uniform(3, 6), -rng.uniform(3, 6), rng.uniform(3, 6)
    ends = [(low, high), (low, high / 3), (low / 3, high)]
    for bits in (1, 4, 9):  # each smaller than the one before it, for any part
        for part, (low, high) in ((part, each) for part in (1, 3) for each in ends):
            bound = error_bound(slope / part, low, high, bits)
            exact = slope / part * (high - low) / (2**bits - 1) / 2
            what = f"error_bound{slope / part, low, high, bits}"
            wanted = f"{exact} or hardly more"
            expect.true(float(bound) <= 1.001 * exact, what, expected=wanted, got=bound)
### END HIDDEN TESTS
expect.passed("the bound is less than twice what happens")

# %% [markdown]
# ### Where should the table end?
#
# Now you can choose before building. There are 256 entries: end the table early, and what lies beyond is clipped; end
# it late, and the entries are far apart. Which end keeps the worst error smallest?

# %% predict="best_end"
guess_best_end = None  # a number above 0; x may lie anywhere

# %% demo="where_to_end"
found = lesson.draw_ends(error_bound, lookup, build_table)
measured["best end of 256 entries"] = predictions.beside(guess_best_end, found)

# %% [markdown]
# Your bound grows with the end, the clipping error $1 - \tanh x_{\max}$ falls, and the best end is near where they
# cross. For a network, finding that end is called **calibration**: lesson 06.

# %% [markdown]
# ## What if the input is already a code?
#
# Then everything becomes simpler. An 8-bit code takes 256 values, so a table with an entry for *each* answers for
# every input there can be, for any function. No nearest entry, no interpolation, no bound: the code *is* the index.
# What remains is the rounding of the entries.
#
# That is the table that integer networks use. Here an index $i$ stands for the real number $(i - 128) / 32$ (scale
# 1/32, zero point 128: from −4 to just below 4), and an entry $v$ for $v / 127$.

# %% [markdown]
# ## What becomes of the weights?
#
# Weights keep their sign: like $b_1$, they are divided by a scale $s_1$ and rounded to `int8`, with zero point 0. With
# whole inputs a weighted sum is then a whole number, in units of $s_1$. Before the table it must become a code in steps
# of 1/32, which takes a real factor, $32\,s_1$. Integer hardware writes it as a whole **multiplier** $M$ over a power
# of two,
#
# $$32\,s_1 \approx M / 2^k$$
#
# since dividing by $2^k$ is only a shift by $k$ bits. At the output no factor is needed: $p$ is above a half
# exactly where its sum is above 0.
#
# The net below is one that learned XOR in lesson 01; `lesson.to_integers` does all this with it.

# %% readonly="trained_net"
net, x_xor = lesson.xor_net()  # x_xor, (4, 2) int8: the answers are 0, 1, 1, 0
weights = lesson.to_integers(net)

# %% demo="weights_shown"
lesson.show_weights(net, weights)

# %% [markdown]
# ### What is the exact rule?
#
# With $x$ (n, 2), and whole numbers from beginning to end:
#
# $$u = x\,W_1 + b_1 \quad \text{(int32)} \qquad
# i = \mathrm{clip}\Big(\Big\lfloor \frac{u\,M + 2^{k-1}}{2^k} \Big\rfloor + 128,\; 0,\; 255\Big) \quad \text{(int64)}$$
#
# $$h = \mathrm{table}[i] \qquad z = h\,W_2 + b_2 \quad \text{(int32)} \qquad
# \mathrm{answer} = 1 \text{ where } z > 0,\ \text{else } 0$$
#
# $\lfloor\;\rfloor$ rounds down. With $2^{k-1}$, one half, added first, that rounds to nearest, halves up: less even
# than half to even, but one addition is all it costs.
#
# Python and NumPy do the middle part without any division: `1 << k` is $2^k$, and `a >> k` is
# $\lfloor a / 2^k \rfloor$, for negative numbers too.

# %%
a = np.array([-7, -6, 6, 7])
print(1 << 2, a >> 2, np.array([100], dtype=np.int8) @ np.array([2], dtype=np.int8))

# %% [markdown]
# ### Exercise 2.7 · XOR without a float (5 points · 20 min)
#
# Write `integer_xor(weights, x)` by this rule, exact to the last bit, which floats are not. The tests use nets made to
# tell: `probe` has one unit, and a table that shows which index was asked for.
#
# *The trap:* you saw it above: `int8 @ int8` stays `int8`, and 200 becomes −56. Sums need at least `int32`; the product
# with $M$ needs `int64`.
#
# <details><summary>Hint</summary>
# <code>x.astype(np.int32) @ w.astype(np.int32)</code> sums in int32. Add the 128 after the shift.
# </details>

# %% readonly="probe_net"
inputs, only, probe = lesson.inputs, lesson.only, lesson.probe  # see help(probe)


# %% solution="integer_xor"
def integer_xor(weights, x):
    """Return the net's answers, exactly those of the rule.

    The shift is that of B. Jacob et al., 2018, section 2.2.

    weights: {"w1": (2, h) int8, "b1": (h,) int32, "multiplier": int, 1 to 2**31 - 1,
        "shift": int, 1 to 60, "table": (256,) int8, "w2": (h, 1) int8,
        "b2": (1,) int32}, not changed
    x: (n, 2) int8, n may be 0
    all sums fit int32; products with the multiplier, one half added, fit int64
    returns: (n,) integers of any type, 1 where z > 0, else 0
    """
    ### BEGIN SOLUTION
    u = x.astype(np.int32) @ weights["w1"].astype(np.int32) + weights["b1"]
    half = 1 << (weights["shift"] - 1)
    i = ((u.astype(np.int64) * weights["multiplier"] + half) >> weights["shift"]) + 128
    h = weights["table"][np.clip(i, 0, 255)]
    z = h.astype(np.int32) @ weights["w2"].astype(np.int32) + weights["b2"]
    return (z[:, 0] > 0).astype(np.int32)
    ### END SOLUTION


# %% test="integer_xor_answers" points=2
passed = lesson.to_integers(net)
got = integer_xor(passed, x_xor.copy())
likely = "z is (n, 1); one number for each row is wanted"
expect.shape(got, (4,), "integer_xor(weights, x_xor)", likely=likely)
kind, what = np.asarray(got).dtype, "the type of the answers"
likely = "`z > 0` gives booleans; .astype(np.int32) makes integers of them"
whole = kind.kind in "iu"
expect.true(whole, what, expected="integers", got=str(kind), likely=likely)
likely = "the three tests below try the steps one by one: which of them fails first?"
expect.close(got, [0, 1, 1, 0], "integer_xor(weights, x_xor)", likely=likely)
expect.unchanged(passed, weights, "the weights that were passed in")
negated = weights | {"w2": -weights["w2"], "b2": -weights["b2"]}
expect.close(
    integer_xor(negated, x_xor.copy()),
    [1, 0, 0, 1],
    "the net with its output layer negated",
)
zero = weights | {"w2": 0 * weights["w2"], "b2": 0 * weights["b2"]}
expect.close(
    integer_xor(zero, x_xor.copy()),
    [0, 0, 0, 0],
    "a net whose z is 0",
    likely="z = 0 answers 0",
)
### BEGIN HIDDEN TESTS
own = lambda part: part if isinstance(part, int) else part.copy()
types = lambda net: {key: str(np.asarray(part).dtype) for key, part in net.items()}
with fresh_draw() as rng:
    for sign, rows in ((1, 0), (-1, 1), (1, 1), (-1, 2), (1, 9), (-1, 9), (1, 1217)):
        # its units in another order and signs, beside others that count for nothing
        more = int(rng.integers(1, 9))
        order, flips = rng.permutation(4 + more), rng.choice([-1, 1], size=4)
        w1 = np.concatenate(
            [weights["w1"] * flips, rng.integers(-60, 61, (2, more))], 1
        )
        b1 = np.concatenate([weights["b1"] * flips, rng.integers(-60, 61, more)])
        w2 = np.concatenate(
            [sign * weights["w2"] * flips[:, None], np.zeros((more, 1))]
        )
        # covers: weights: {"w1": (2, h) int8, "b1": (h,) int32
        fresh = weights | {
            "w1": w1[:, order].astype(np.int8),
            "b2": sign * weights["b2"],
        }
        fresh |= {"b1": b1[order].astype(np.int32), "w2": w2[order].astype(np.int8)}
        points = rng.integers(0, 4, size=rows)
        answers = np.array([0, 1, 1, 0] if sign == 1 else [1, 0, 0, 1])[points]
        line = rng.integers(-50, 51, size=rows).tolist()
        # covers: x: (n, 2) int8, n may be 0
        for net_, x, expected in (
            (fresh, x_xor[points], answers),
            (probe(), inputs(*line).reshape(rows, 2), [int(each > 0) for each in line]),
            (probe(), 0 * x_xor[points], [0] * rows),
        ):
            passed, lent = {key: own(part) for key, part in net_.items()}, x.copy()
            # covers: Write `integer_xor(weights, x)` | Return the net's answers
            got = integer_xor(weights=passed, x=lent)
            what = f"integer_xor({net_}, {x})"
            expect.close(got, expected, what, atol=0)  # covers: 1 where z > 0, else 0
            # covers: (n,) integers of any type
            kind = "i" if type(got) in (list, tuple) else np.asarray(got).dtype.kind
            kind = np.asarray(got).dtype.kind if rows else kind
            expect.true(kind in "iu", what, expected="integers", got=kind)
            # covers: "b2": (1,) int32}, not changed
            expect.unchanged(passed, net_, what)
            expect.unchanged(lent, x, what)
            left = types(expect.after(passed))
            expect.equal(left, types(net_), f"types of the weights after {what}")
    one, two = ({"x": rng.integers(-9, 10, size=(99, 2), dtype=np.int8)} for _ in "ab")
    for each, multiplier, shift in ((one, 4, 2), (two, 2, 3)):
        table, w1 = rng.permutation(256) - 128, 2 * rng.integers(-1, 2, size=(2, 3))
        made = {"w1": w1, "b1": 2 * rng.integers(-40, 41, size=3), "table": table}
        made |= {
            "w2": rng.integers(-99, 99, size=(3, 1)),
            "b2": rng.integers(9, size=1),
        }
        each["weights"] = probe(**made, multiplier=multiplier, shift=shift)
    for changed, given in lesson.in_turn(one, two):
        whole, x = given["weights"], given["x"].astype(int)
        u = (x @ whole["w1"] + whole["b1"]) * whole["multiplier"]
        places = (u + 2 ** whole["shift"] // 2) // 2 ** whole["shift"] + 128
        h = whole["table"].astype(int)[places.clip(0, 255)]
        expected = (h @ whole["w2"] + whole["b2"] > 0)[:, 0].astype(int)
        got, what = integer_xor(**given), f"integer_xor, other than before: {changed}"
        expect.close(got, expected, what, atol=0)
### END HIDDEN TESTS
expect.passed("right on all four points")

# %% test="integer_xor_sums" points=1
got = integer_xor(probe(b2=[-50]), inputs(60, 30))
causes = {
    "b2 is not added": [1, 1],
    "the table's entries are codes; do not divide them": [0, 0],
}
expect.close(got, [1, 0], "one unit, u = 60 and 30, b2 = -50", causes=causes)
causes = {
    "a sum of 180 does not fit int8: make int32 of both factors before `@`": [0, 0],
    "b1 is not added": [1, 1],
}
got = integer_xor(probe(w1=[[3], [0]], b1=[-100], b2=[-50]), inputs(60, 30))
expect.close(
    got, [1, 0], "the same with w1 = 3, b1 = -100: u = 80 and -10", causes=causes
)
likely = "h @ W2 is 6000 and does not fit int8: make int32 of both factors before `@`"
got = integer_xor(probe(w2=[[100]], b2=[-5000]), inputs(60, 30))
expect.close(got, [1, 0], "the same with w2 = 100, b2 = -5000", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    table = rng.permutation(256) - 128
    # covers: `int8 @ int8` stays `int8` | Sums need at least `int32`
    for a, b in ((-128, -128), (127, 127), (-128, 127), (-7, 112)):
        b1 = 5 - 2 * a * b % 512
        z = -128 * int(table[(2 * a * b + b1) // 512 + 128])
        for expected in (0, 1):  # z is even, so one of these two finds any other
            made = {"w1": [[b], [b]], "b1": [b1], "multiplier": 1, "shift": 9}
            made |= {"w2": [[-128]], "b2": [2 * expected - 1 - z], "table": table}
            got = integer_xor(probe(**made), np.array([[a, a]], np.int8))
            expect.close(got, [expected], f"x = {a, a}, w1 = {b, b}, b1 = {b1}", atol=0)
    for sign in (-1, 1):  # covers: all sums fit int32
        h, w = (2 * rng.integers(50, 64, size=2) + 1).tolist()
        units = 2 * int(rng.integers(900, 1000)) + 1
        units += 2 if sign * h * w * units % 4 == 3 else 0
        h *= sign  # z is above 2**24, where float32 rounds 1 mod 4 down
        # above 2**26 it rounds b2, and -128 is an int8, too
        nets = [(h, w, units), (-128, -128, int(rng.integers(4100, 4200)))]
        lefts = (-1, 1, 1 - 2**16, 2**16 - 1)
        for h, w, units, left in ((*net, left) for net in nets for left in lefts):
            z = h * w * units
            made = {"w1": np.zeros((2, units)), "b1": np.zeros(units)}
            made |= {"w2": np.full((units, 1), w), "table": np.full(256, h)}
            got = integer_xor(probe(**made, b2=[left - z]), inputs(1))
            what = f"{units} units, h = {h}, w2 = {w}, z = {left}"
            expect.close(got, [int(left > 0)], what, atol=0)
    for z in (-(2**31), 1 - 2**31, 2**31 - 1, 2**30, -(2**30), 2**16, 2**8, -(2**8)):
        got = integer_xor(probe(b2=[z], table=np.zeros(256)), inputs(1, 2))
        expect.close(got, [int(z > 0)] * 2, f"z = {z}", atol=0)
    for width in (4, 9):
        x = np.concatenate([[[3, 3]], rng.integers(-3, 4, size=(3, 2))]).astype(np.int8)
        w1 = 16 * rng.integers(-7, 8, size=(2, width))
        w2 = 2 * rng.integers(30, 64, size=(width, 1))
        w1[:, 0] = 112  # at [3, 3] a sum of 672
        b1 = 16 * rng.integers(-60, 61, size=width)
        all_z = (table[(x.astype(int) @ w1 + b1) // 16 + 128] @ w2)[:, 0]
        for row, z in enumerate(all_z):
            for expected in (0, 1):
                made = {"w1": w1, "w2": w2, "b1": b1, "table": table}
                made |= {"b2": [2 * expected - 1 - z], "multiplier": 1, "shift": 4}
                got = integer_xor(probe(**made), x[row : row + 1])
                expect.close(got, [expected], f"large sums, {made}", atol=0)
### END HIDDEN TESTS
expect.passed("sums in int32")

# %% test="integer_xor_index" points=1
causes = {
    "128 is not added": [1, 1, 0, 0],
    "128 is added before the shift; add it after": [0, 0, 0, 0],
}
got = integer_xor(
    probe(multiplier=1, shift=2, table=only(0, 129, 130)), inputs(-8, -4, 4, 8)
)
expect.close(
    got, [0, 0, 1, 1], "u = -8, -4, 4, 8, a shift by 2, 1 at 129 and 130", causes=causes
)
causes = {
    "one half is not added before the shift": [0, 1, 0, 1, 1, 0],
    "your halves go to the even neighbour; the rule's go up": [0, 0, 0, 0, 1, 1],
    "it is cut off towards 0": [1, 0, 0, 1, 1, 1],
    "one half is 1 << (shift - 1), in brackets": [0, 0, 1, 0, 1, 1],
}
got = integer_xor(
    probe(multiplier=1, shift=2, table=only(*range(1, 256, 2))),
    inputs(-6, -2, 2, 6, 5, -5),
)
expect.close(
    got,
    [1, 0, 1, 0, 1, 1],
    "u = -6, -2, 2, 6, 5, -5, a shift by 2, 1 at odd places",
    causes=causes,
)
got = integer_xor(probe(table=only(0, 255), multiplier=4), inputs(127, -127))
expect.close(
    got,
    [1, 1],
    "places beyond both ends of the table",
    likely="clip the index to 0 ... 255",
)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    cases = [(sign * 2**power + 1, 128, 1) for sign in (-1, 1) for power in (2, 10)]
    for shift in (1, 2, 9, 14):
        for odd in (-255, -3, -1, 1, 3, 253):  # halves, and just beside
            cases += [(odd, 2 ** (shift - 1), shift)]
            cases += [(odd * 2 ** (shift - 1) + off, 1, shift) for off in (-1, 1)]
    for shift in rng.integers(1, 11, size=20).tolist():
        u, multiplier = rng.integers(-500, 501), rng.integers(1, 2**shift + 1)
        cases += [(int(u), int(multiplier), shift)]
    for u, multiplier, shift in cases:  # covers: by this rule
        table = rng.permutation(256) - 128  # covers: "table": (256,) int8
        w1, x = rng.integers(-7, 8, size=(2, 1)), rng.integers(-8, 9, size=(1, 2))
        place = (u * multiplier + 2**shift // 2) // 2**shift  # in Python's integers
        z = int(table[min(max(place + 128, 0), 255)])
        for expected in (0, 1):
            made = {"w1": w1, "b1": [u - (x @ w1)[0, 0]], "b2": [2 * expected - 1 - z]}
            made |= {"multiplier": multiplier, "shift": shift, "table": table}
            got = integer_xor(probe(**made), x.astype(np.int8))
            what = f"u = {u}, M = {multiplier}, k = {shift}: index {place} + 128"
            expect.close(got, [expected], what, atol=0)
# explains: The tests use nets made to tell
# explains: you saw it above
# explains: The shift is that of B. | Jacob et al., 2018
### END HIDDEN TESTS
expect.passed("the index, rounded and saturated")

# %% test="integer_xor_exact" points=1
small = probe(b1=[55], multiplier=1, shift=4, table=only(131))
likely = "see the test before this one"
expect.close(
    integer_xor(small, inputs(0)), [1], "u = 55 and a shift by 4", likely=likely
)
large = probe(b1=[58720255], multiplier=1, shift=24, table=only(131))
likely = "float32 holds whole numbers only up to 2**24"
got = integer_xor(large, inputs(0))
expect.close(got, [1], "u = 58720255, a shift by 24", likely=likely)
wide = probe(b1=[1638400], multiplier=4096, shift=26, table=only(228))
causes = {"the product with M needs int64": [0]}
expect.close(integer_xor(wide, inputs(0)), [1], "u M above 2**32", causes=causes)
larger = {"b1": [402653185], "multiplier": 402653183, "shift": 55}
nets = [probe(**larger, table=only(index)) for index in (131, 132, 133)]
got = [int(integer_xor(each, inputs(0))[0]) for each in nets]
cause = "float64 is whole only up to 2**53: no float between u M and the shift"
what = "u M = 402653185 * 402653183, tables with 1 at 131, at 132 and at 133 only"
expect.close(got, [0, 1, 0], what, causes={cause: [0, 0, 1]})
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for a in (1, 3, 5, 7, 9, 11, 13, 15):
        # (a 2**27 + 1) (a 2**27 - 1) is one less than a² 2**54
        # covers: exact to the last bit | exactly those of the rule
        w1, x = rng.integers(-7, 8, size=(2, 1)), rng.integers(-8, 9, size=(1, 2))
        u, right = int(rng.integers(1, 100)) * 2**24 + 2**23 - 1, a * a // 2 + 128
        for off in (0, 1):
            ends = {"w1": w1, "multiplier": a * 2**27 - 1, "shift": 55}
            ends |= {"b1": a * 2**27 + 1 - (x @ w1)[0], "table": only(right + off)}
            got = integer_xor(probe(**ends), x.astype(np.int8))
            expect.close(got, [1 - off], f"u M = {a * a} * 2**54 - 1, a fresh net")
            ends = {"w1": w1, "b1": u - (x @ w1)[0], "multiplier": 1, "shift": 24}
            ends |= {"table": only(u // 2**24 + 128 + off)}
            got = integer_xor(probe(**ends), x.astype(np.int8))
            expect.close(got, [1 - off], f"u = {u} and a shift by 24, a fresh net")
    # covers: The product with $M$ needs `int64` | "multiplier": int, 1 to 2**31 - 1
    odd = 2 * rng.integers(2**23, 2**24, size=9) + 1
    # beyond 2**31, and not within the table if it is cut to 32 bits
    cases = [(256 * int(each // 256) + 1, 254, 1) for each in odd]
    cases += [(-int(each), 256, 1) for each in odd]
    cases += [(end, 2**31 - 1, k) for end in (-(2**31), 2**31 - 1) for k in (56, 60)]
    cases += [(-(2**31), m, 31) for m in (1, 3, 64)]
    for shift in (31, 33, 60):  # covers: "shift": int, 1 to 60
        cases += [
            (part << max(shift - 32, 0), 2 ** min(shift - 2, 30), shift)
            for part in (-5, -1, 3, 7)
        ]
    for u in rng.integers(-(2**31), 2**31, size=12).tolist():
        multiplier = int(rng.integers(2**30, 2**31))
        cases += [(u, multiplier, min((u * multiplier).bit_length() - 6, 60))]
    # covers: products with the multiplier, one half added, fit int64
    for u, multiplier, shift in cases:
        table = rng.permutation(256) - 128
        place = (u * multiplier + 2**shift // 2) // 2**shift  # in Python's integers
        z = int(table[min(max(place + 128, 0), 255)])
        for expected in (0, 1):
            made = {"b1": [u], "multiplier": multiplier, "shift": shift, "table": table}
            made |= {"b2": [2 * expected - 1 - z]}
            got = integer_xor(probe(**made), inputs(0))
            what = f"u = {u}, M = {multiplier}, k = {shift}: index {place} + 128"
            expect.close(got, [expected], what, atol=0)
### END HIDDEN TESTS
expect.passed("exact to the last bit")

# %% [markdown]
# <details><summary>Another way</summary>
#
# The index in Python's own integers, which never overflow: `//` rounds down, as `>>` does.
#
# ```python
# index = (int(u) * multiplier + 2**shift // 2) // 2**shift + 128
# ```
# </details>

# %% [markdown]
# ### What did the integers change?
#
# The same net over the whole plane. For this picture the inputs are codes with scale 1/32, and `lesson.to_integers`
# takes that into its constants. Left: the float net's probability. Right: the answers of your `integer_xor`.

# %% demo="integer_plane"
measured["points of the plane with the same answer"] = lesson.draw_planes(integer_xor)

# %% [markdown]
# ### How large is everything?
#
# For a net this small, the table is the largest part; a large net would share the same 256 bytes. And `tanh` itself?
# It is code. In the C library of Debian 12 (glibc 2.36, x86-64), `readelf` lists 264 bytes for
# `tanhf`, the float32 version, and 945 for `expm1f`, which it calls; without floating-point instructions, each of its
# multiplications becomes a routine of its own.

# %% demo="sizes"
measured["the integer net, table included"] = lesson.show_net_bytes(net, weights)

# %% [markdown]
# ## Is a table faster than tanh?
#
# Measure it, in turns: each round times all contenders side by side, and the median of the rounds' ratios is the
# result. Lesson 04 takes timing further. Here the same float32 numbers go through NumPy's `tanh` and through your two
# lookups in a table of 256 entries.

# %% predict="lookup_time"
guess_lookup_time = None  # your lookup takes so many times as long as np.tanh

# %% demo="timing_floats"
x = np.random.default_rng(0).uniform(-5, 5, 20_000).astype(np.float32)
table, *ends = lesson.tanh_table(build_table, 8)
ways = {
    "np.tanh": lambda: np.tanh(x),
    "your lookup": lambda: lookup(table, x, *ends),
    "your lookup_linear": lambda: lookup_linear(table, x, *ends),
}
found = lesson.race(ways, len(x))
said = predictions.beside(guess_lookup_time, found["your lookup"], "×")
measured["time of your lookup over np.tanh"] = said

# %% [markdown]
# ### Where does the time of a lookup go?
#
# `np.tanh` in float32 is one pass over the data, with instructions that compute many numbers at once. The lookup looks
# for NaN, clips, subtracts, divides, multiplies, rounds, converts and gathers: each a pass with an array of its own,
# and all but the last only *find the index*.
#
# So take that away: let the inputs be codes already, one byte each. `table[codes]` is then all, or `table.take(codes)`.
# Python even has the 256-byte table built in, written in C: `bytes.translate` replaces every byte by its entry.

# %% predict="code_time"
guess_code_time = None  # bytes.translate takes so many times as long as np.tanh

# %% demo="timing_codes"
codes = np.clip(np.rint(x * 32) + 128, 0, 255).astype(np.uint8)
small, packed = weights["table"], codes.tobytes()
ways = {
    "np.tanh": lambda: np.tanh(x),
    "table[codes]": lambda: small[codes],
    "table.take(codes)": lambda: small.take(codes),
    "bytes.translate": lambda: packed.translate(small.tobytes()),
}
found = lesson.race(ways, len(x))
said = predictions.beside(guess_code_time, found["bytes.translate"], "×")
measured["time of bytes.translate over np.tanh"] = said

# %% [markdown]
# ### And without NumPy?
#
# In plain Python every operation costs about the same: with codes one lookup replaces several; with reals, finding the
# index adds some.

# %% demo="timing_python"
found = lesson.race_in_python()
said = f"{found['codes: entries[code]']:.3g}×"
measured["plain Python: time of entries[code] over tanh(x)"] = said

# %% [markdown]
# ### So, can 256 bytes replace tanh?
#
# In accuracy, yes, if 8 bits are enough for your network. In speed, look at your three pictures. On the machine this
# was written on (x86-64 with AVX-512) a lookup that must find its index first was slower, in NumPy as in plain Python,
# and even for codes nothing beat the vectorised tanh. Only plain Python with codes came out ahead.
#
# The table wins where its input is a code and arithmetic is dear: in an interpreter, and above all in hardware without
# floating point. There it is in use: TensorFlow Lite for Microcontrollers runs int8 ELU from a table with an entry for
# every code.

# %% [markdown]
# ## What you measured

# %% demo="what_you_measured"
tables.show([{"what": what, "measured": value} for what, value in measured.items()])

# %% [markdown]
# ## Check yourself
#
# <details><summary>A relu's outputs run from 0 to 6. What are scale and zero point for 8 bits, and which code does
# padding with zeros use?</summary>
# The scale is 6/255, the zero point 0, and padding is code 0, which is exactly real 0.</details>
#
# <details><summary>Your table of 256 entries ends at 4 and you double them. Interpolation gets no better. Why, and what
# would help?</summary>
# Its error is clipping, 1 − tanh 4 for every x far above 4, and no entry inside the range changes that. End the
# table later.</details>
#
# <details><summary>Why does the integer net need int64 at one place only?</summary>
# Sums of products of bytes fit int32 for any layer of usual width. The multiplier has up to 31 bits itself, so its
# product with a sum needs up to 62; after the shift it is small again.</details>

# %% [markdown]
# ## Where to read on
#
# - B. Jacob et al., *Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference*,
#   CVPR 2018: scale, zero point, int32 sums, and the multiplier with its shift.
# - The ONNX operators `QuantizeLinear`, `DequantizeLinear` and `DynamicQuantizeLinear`: your 2.1 and 2.2, as a
#   standard.
# - NumPy Enhancement Proposal 50: why `np.uint8(3) - 5` stays a byte.
# - J.-M. Muller, *Elementary Functions: Algorithms and Implementation*: how tanh is really computed, tables included.
#
# Next: lesson 03 asks what exactly leaves PyTorch when you export a model.
