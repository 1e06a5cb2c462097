# %% [markdown]
# # How small can a runtime be?
#
# **Lesson 14** · 90 minutes · 20 points · you need: lessons 02 and 06 (integers for reals), 03 (export), a little C
#
# To say which digit a picture shows, eager PyTorch brings hundreds of megabytes. Here you go down, step by step: a
# trace that needs no Python, and where it lies; a file for ExecuTorch, PyTorch's runtime for phones; at last a C
# program that you generate, without any runtime. It fits into 20 kB and runs on three kinds of processor. How fast it
# is, a count of instructions says, not a clock.
#
# Exercise 14.6 uses your answers to 14.5; all others stand alone. Files go to the folder `work14`.

# %% readonly="imports"
import copy
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
from course_utils import expect, predictions, tables, web_assembly

# %% readonly="begin"
from course_utils.lessons import edge_runtimes as lesson
from course_utils.lessons.efficient_architectures import left_by
from course_utils.seeds import fresh_draw  # these two lines: for the tests

if lesson.begin():  # an empty folder work14; says what of the extra `edge` is missing
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import (
        XnnpackPartitioner,
    )
    from executorch.exir import to_edge_transform_and_lower
measured = {}  # filled by the demonstrations, shown at the end

# %% [markdown]
# ## What does a model lose when it leaves Python?
#
# TorchScript was PyTorch's first way out: `torch.jit.trace` runs a module once and notes which operators it called,
# `torch.jit.script` compiles the module's source. A file of either runs in C++ with **LibTorch**. A trace knows one
# path through your code: where a branch or a loop depends on the input, it goes the way of the example for ever, and
# says nothing. A script knows all paths, and refuses whatever of Python it does not understand.
#
# Both are deprecated, and say so when they are called. In their place stands `torch.export`: it notes operators, as a
# trace does, and refuses where a path depends on the data.

# %% [markdown]
# ### Exercise 14.1 · On which inputs does the trace lie? (1 point · 6 min)
#
# Write `disagreements(traced, module, inputs)`: the inputs on which the trace is not what the module is. Two outputs
# agree where they have the same shape and no two numbers differ by more than 1e-5; NaN agrees with NaN. An input on
# which the trace raises an error is one of them, too.
#
# *The trap:* a subtraction stretches shapes. (3, 1) minus (3,) is (3, 3), and no error.
#
# <details><summary>Hint</summary>
# <code>torch.allclose(a, b, rtol=0, atol=1e-5, equal_nan=True)</code> compares numbers; compare the shapes before.
# </details>


# %% solution="disagreements"
def disagreements(traced, module, inputs):
    """Return the inputs on which a traced function and its module disagree.

    traced, module: functions of one tensor that give one float tensor; module never
        raises an error
    inputs: list of tensors, not changed
    returns: list of those among inputs, in their order
    """

    ### BEGIN SOLUTION
    def agree(x):
        try:
            got, due = traced(x), module(x)
        except Exception:  # it is the trace that raises
            return False
        same = got.shape == due.shape
        return same and torch.allclose(got, due, rtol=0, atol=1e-5, equal_nan=True)

    return [x for x in inputs if not agree(x)]
    ### END SOLUTION


# %% test="disagreements_found" points=1
inputs = [torch.tensor([value]) for value in (1.0, -1.0, 2.0, -3.0)]
got = disagreements(lambda x: 2 * x, lambda x: 2 * x if x > 0 else x, inputs)
expect.true(type(got) is list, "disagreements(…)", expected="a list", got=got)
causes = {
    "these are the inputs on which they agree": [1.0, 2.0],
    "only the first is there: go on after it": [-1.0],
}
what = "the inputs on which 2·x is not (2·x if x > 0 else x), of 1, −1, 2, −3"
expect.equal([float(x) for x in got], [-1.0, -3.0], what, causes=causes)
got = disagreements(lambda x: x.reshape(-1, 1), lambda x: x, [torch.ones(3)])
expect.equal(len(got), 1, "disagreements, shape (3, 1) where (3,) is due")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    made = lambda *shape: torch.from_numpy(rng.uniform(1, 2, shape)).float()
    base = [made(int(n)) for n in rng.integers(1, 6, 8)]
    wrong = sorted(rng.choice(8, 3, replace=False).tolist())
    marked = [float(base[k][0]) for k in wrong]

    def lying(change):  # a trace that is right, but for three inputs
        return lambda x: change(x) if float(x[0]) in marked else x + 0

    def refuses(x):
        raise RuntimeError("shape '[4]' is invalid for input of size 3")

    def raising(kind):
        def other_error(x):
            raise kind("this input is none that was expected")

        return other_error

    hole = lambda x: x * torch.tensor(math.nan)
    late = lambda x: torch.cat([x[:-1], x[-1:] + 1.0])
    for name, change in {
        # covers: no two numbers differ by more than 1e-5 | a traced function and
        "one number in the last place": late,
        "less by 1.3e-5": lambda x: x - 1.3e-5,
        "more by 1.3e-5": lambda x: x + 1.3e-5,
        # covers: a subtraction stretches shapes | (3, 1) minus (3,) is | same shape
        "an axis more": lambda x: x[None],
        "twice as many": lambda x: torch.cat([x, x]),
        "the first alone": lambda x: x.mean().reshape(()) + 0 * x[:0].sum(),
        # covers: NaN agrees with NaN
        "NaN": hole,
        "infinity": lambda x: x * math.inf,
        # covers: An input on which the trace raises an error
        "RuntimeError": refuses,
        **{kind.__name__: raising(kind) for kind in (IndexError, TypeError, KeyError)},
        **{kind.__name__: raising(kind) for kind in (ValueError, ZeroDivisionError)},
        **{kind.__name__: raising(kind) for kind in (AssertionError, OSError)},
        **{kind.__name__: raising(kind) for kind in (AttributeError, Exception)},
    }.items():
        given = [x.clone() for x in base]
        # covers: Write disagreements(traced, module, inputs)
        got = disagreements(traced=lying(change), module=lambda x: x + 0, inputs=given)
        left = [x.tolist() for x in expect.after(given)]
        # covers: list of tensors, not changed
        expect.equal(left, [x.tolist() for x in base], "inputs after disagreements")
        # covers: returns: list of those among inputs
        found = [float(x[0]) for x in got]
        expect.equal(found, marked, f"disagreements, the trace gives {name}")
        expect.equal([x.tolist() for x in got], [base[k].tolist() for k in wrong], name)
    for name, one, other in (
        ("within 1e-6 of 1000", lambda x: 1000 * x, lambda x: 1000 * x),
        ("NaN on both sides", hole, hole),
        ("off by 8e-6", lambda x: x + 8e-6, lambda x: x),
        ("off by −8e-6", lambda x: x - 8e-6, lambda x: x),
        ("one number", lambda x: x.sum(), lambda x: x.sum()),
        ("infinity on both sides", lambda x: x * math.inf, lambda x: x * math.inf),
    ):
        # covers: functions of one tensor that give one float tensor
        # explains: module never raises an error
        expect.equal(len(disagreements(one, other, base)), 0, f"disagreements, {name}")
    nan, inf, most = math.nan, math.inf, torch.finfo(torch.float32).max
    for one, other in (
        ([nan, 1], [0, 1]),
        ([nan, 1], [1, nan]),
        ([nan, 1], [nan, 2]),
        ([inf, 1], [-inf, 1]),
        ([inf, 1], [nan, 1]),
        ([inf, 1], [most, 1]),
        ([-inf, 1], [-most, 1]),
        ([0, 1], [1, 0]),
        ([0, 2], [1, 1]),
        ([[1, 1]], [[1], [1]]),
        ([[]], []),
        ([], [1]),
    ):
        one, other = (torch.tensor(each, dtype=torch.float32) for each in (one, other))
        for got, due, count in ((one, other, 1), (other, one, 1), (one, one, 0)):
            call = disagreements(
                lambda x, y=got: y + 0, lambda x, y=due: y + 0, base[:1]
            )
            what = f"disagreements, {got.tolist()} where {due.tolist()} is due"
            expect.equal(len(call), count, what)
    layer = torch.nn.Linear(3, 2)  # what it gives would have a gradient
    found = disagreements(layer, layer, [made(4, 3), made(3)])
    expect.equal(len(found), 0, "disagreements of a dense layer and itself")
    big = disagreements(lambda x: 1e6 * x + 1.0, lambda x: 1e6 * x, base)
    expect.equal(len(big), 8, "disagreements, off by 1 of a million")
    expect.equal(disagreements(refuses, lambda x: x, []), [], "disagreements, no input")
    twice = [base[0], base[1], base[0]]
    got = disagreements(lambda x: x + 1, lambda x: x, twice)
    expect.equal(len(got), 3, "disagreements, an input that comes twice")
### END HIDDEN TESTS
expect.passed("the inputs on which the trace lies")

# %% [markdown]
# ### Who tells the truth?
#
# Six small modules, each traced with one example and scripted, and then asked about others. Guess on how many of the
# six the trace is wrong, or fails.

# %% predict="traces"
guess_traces = None  # of 6

# %% demo="what_each_loses"
lies = lesson.show_what_each_loses(disagreements)
measured["traces that lie"] = predictions.beside(guess_traces, lies, " of 6")

# %% [markdown]
# ## What do phones run today?
#
# **ExecuTorch** is PyTorch's runtime for phones and smaller things. A file for it, `.pte`, is made beforehand:
#
# ```python
# program = torch.export.export(model, (example,))       # operators, no Python
# lowered = to_edge_transform_and_lower(program, partitioner=[…])
# lowered.to_executorch().buffer                         # the bytes of the file
# ```
#
# A **partitioner** takes parts of the graph out and hands each to a **delegate**: a library that knows one kind of
# hardware. `XnnpackPartitioner()` is the one for processors. What no delegate takes, portable kernels compute: the
# same everywhere, and slow.

# %% [markdown]
# ### Exercise 14.2 · A file for a phone (3 points · 12 min)
#
# Write `to_executorch(model, example, path)`: the model in eval mode, delegated to XNNPACK as far as that takes it.
# The model is left as it was. The file takes one input of the example's shape, and no other.
#
# *The trap:* the export notes what the model does in the mode that it is in. Dropout that was exported in training mode
# drops for ever, and BatchNorm ends the export with a long error about operators.
#
# <details><summary>Hint</summary>
# <code>copy.deepcopy(model).eval()</code> leaves the model alone; <code>Path(path).write_bytes(…)</code> writes bytes.
# </details>


# %% solution="to_executorch"
def to_executorch(model, example, path):
    """Write a module as a file for ExecuTorch, and return its path.

    model: a torch.nn.Module of one input and one output, in either mode
    example: float32 tensor, an input
    path: of the file, in a folder that is there
    """
    ### BEGIN SOLUTION
    program = torch.export.export(copy.deepcopy(model).eval(), (example,))
    lowered = to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()])
    path = Path(path)
    path.write_bytes(lowered.to_executorch().buffer)
    return path
    ### END SOLUTION


# %% test="to_executorch_runs" points=2
net, path = lesson.noisy_net(0), lesson.new_path("noisy net.v1")
x = torch.arange(12.0).reshape(2, 6) / 12
due = copy.deepcopy(net).eval()(x).detach()
got = to_executorch(net.train(), x, path)
expect.equal(Path(got).name, "noisy net.v1", "the path that comes back")
likely = (
    "is it the model in eval mode? Dropout and BatchNorm are something else in training"
)
expect.close(lesson.run_pte(got, x), due, "run by ExecuTorch", atol=1e-4, likely=likely)
### BEGIN HIDDEN TESTS
modes = [part.training for part in net.modules()]
expect.true(all(modes), "the model's modes afterwards", expected="as before", got=modes)
with fresh_draw() as rng:
    # as large as the first, other weights, over the file that is there: nothing is kept
    net = lesson.noisy_net(int(rng.integers(1, 1000)))
    # covers: Write to_executorch(model, example, path) | of one input and one output
    example = torch.from_numpy(rng.normal(size=(2, 6))).float()
    net.eval()
    net[1].train()  # covers: in either mode | in the mode that it is in
    what = "what to_executorch changed in a model in eval mode, with parts that train"
    # covers: The model is left as it was | Dropout that was exported in training mode
    expect.equal(left_by(to_executorch, net, example, str(path)), [], what)
    for x in (example, example.flip(0), torch.zeros(2, 6), 50 * example):
        # covers: the model in eval mode | Write a module as a file for ExecuTorch
        due = net.eval()(x).detach()
        # covers: of the file, in a folder that is there | example: float32 tensor
        size = max(1.0, float(due.abs().max()))  # float32 rounds sums by their size
        got, what = lesson.run_pte(path, x), "the file written anew, run by ExecuTorch"
        expect.close(got, due, what, rtol=1e-4, atol=1e-5 * size)
    for rows in (1, 3):
        call = lambda rows=rows: lesson.run_pte(path, torch.zeros(rows, 6))
        # covers: The file takes one input of the example's shape
        expect.raises(expect.Unmet, call, f"{rows} rows, where the example had two")
### END HIDDEN TESTS
expect.passed("ExecuTorch gives what the model gives in eval mode")

# %% test="to_executorch_delegates" points=1
net, x = torch.nn.Sequential(torch.nn.Linear(5, 4), torch.nn.ReLU()), torch.ones(1, 5)
found = lesson.inside(to_executorch(net, x, lesson.new_path("small.pte")))
likely = "partitioner=[XnnpackPartitioner()]"
expect.equal(found["delegates"], ["XnnpackBackend"], "delegates called", likely=likely)
expect.equal(found["kernels"], [], "portable kernels called", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    wide, rows = (int(each) for each in rng.integers(2, 6, 2))
    layers = torch.nn.Conv2d(2, wide, 3, padding=1), torch.nn.LogSigmoid()
    net = torch.nn.Sequential(*layers, torch.nn.Linear(5, 3)).eval()
    x = torch.from_numpy(rng.normal(size=(1, 2, rows, 5))).float()
    path = str(lesson.new_path("conv.pte"))
    got = to_executorch(net, x, path)
    # covers: delegated to XNNPACK as far as that takes it
    found = lesson.inside(got)
    told = found["delegates"]
    expect.true("XnnpackBackend" in told, "delegates", expected="XNNPACK", got=told)
    likely = "partitioner=[XnnpackPartitioner()], as it comes"
    for name in found["kernels"]:  # of LogSigmoid, XNNPACK does not take all
        small = name in ("aten::full", "aten::log1p")
        expect.true(small, "a kernel", expected="XNNPACK's", got=name, likely=likely)
    what = "a convolution, LogSigmoid and a dense layer, by ExecuTorch"
    due = net(x).detach()
    expect.close(lesson.run_pte(path, x), due, what, rtol=1e-4, atol=1e-5)
    for shape in ((1, 2, rows + 1, 5), (1, 2, rows - 1, 5), (2, 2, rows, 5)):
        call = lambda shape=shape: lesson.run_pte(path, torch.zeros(shape))
        # covers: takes one input of the example's shape, and no other
        expect.raises(expect.Unmet, call, f"{shape}, where {tuple(x.shape)} is due")
### END HIDDEN TESTS
expect.passed("XNNPACK does the work")

# %% [markdown]
# ### Is it the same network?
#
# The lesson's network for digits (64 inputs, 32 units, 10 scores, trained in a second) as a file: its labels on 450
# test images beside eager PyTorch's, its bytes, and its time for one image over eager's, with and without XNNPACK.

# %% demo="on_executorch"
measured |= lesson.show_executorch(to_executorch)

# %% [markdown]
# ## What if there are no reals at all?
#
# From here on the network is whole numbers, as in lesson 02: int8 weights, int8 inputs, int32 sums. Between two layers
# a sum must become an int8 again: it is multiplied by a real factor, $s = s_x s_w / s_y$, from the scales of lesson 06.
# Integer hardware writes that factor as
#
# $$s \approx M / 2^k \qquad 2^{30} \le M < 2^{31}$$
#
# A **multiplier** of 31 bits, as large as fits, and a **shift**. However small the factor, it keeps 31 bits.

# %% [markdown]
# ### Exercise 14.3 · A factor without a point (2 points · 8 min)
#
# Write `fixed_point(scale)`: multiplier and shift, with $M / 2^k$ as near to the scale as any such pair comes. That is
# never more than $2^{-31}$ of the scale away.
#
# *The trap:* just below a power of two, rounding gives $2^{31}$, which is no int32. The pair is then $2^{30}$ and a
# shift one smaller.
#
# <details><summary>Hint</summary>
# <code>math.frexp(scale)</code> gives a part from ½ to 1 and a power of two whose product is the scale.
# </details>


# %% solution="fixed_point"
def fixed_point(scale):
    """Return (multiplier, shift), for which multiplier / 2**shift is next to scale.

    scale: a float from 2**-32 to 2**29
    returns: two ints, of Python or of 64 bits;
        2**30 <= multiplier <= 2**31 - 1, 1 <= shift <= 62
    """
    ### BEGIN SOLUTION
    part, power = math.frexp(scale)  # scale is part · 2**power, part from 1/2 to 1
    multiplier = round(part * 2**31)
    if multiplier == 2**31:
        return 2**30, 30 - power
    return multiplier, 31 - power
    ### END SOLUTION


# %% test="fixed_point_nearest" points=1
got = fixed_point(0.3)
causes = {
    "the largest multiplier that fits: at least 2**30": (644245094, 31),
    "it is cut off, not rounded": (1288490188, 32),
    "the shift goes the other way: divide by 2**shift": (1288490189, -32),
}
expect.close(got, (1288490189, 32), "fixed_point(0.3)", atol=0, causes=causes)
expect.close(fixed_point(12.8), (1717986918, 27), "fixed_point(12.8)", atol=0)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for power in (*range(-32, 29), *range(28, -33, -1)):
        # covers: scale: a float from 2**-32 to 2**29
        scale = float(np.ldexp(rng.uniform(1, 1.999), power))
        # covers: Write fixed_point(scale) | Return (multiplier, shift), for which
        got, what = fixed_point(scale=scale), f"fixed_point({scale!r})"
        expect.parts(got, 2, what)
        multiplier, shift = got
        # covers: returns: two ints | 2**30 <= multiplier <= 2**31 - 1
        lesson.expect_ints(got, what)  # covers: of Python or of 64 bits
        fits = 2**30 <= multiplier < 2**31 and 1 <= shift <= 62
        expect.true(fits, what, expected="a multiplier of 31 bits", got=got)
        # covers: as near to the scale as any such pair comes
        off = abs(int(multiplier) - math.ldexp(scale, int(shift)))
        wanted = "the nearest: at most 1/2 off the real multiplier"
        expect.true(off <= 0.5, what, expected=wanted, got=f"{got}, {off} off")
        # covers: never more than 2^{-31} of the scale away
        error = abs(math.ldexp(int(multiplier), -int(shift)) / scale - 1)
        expect.true(error <= 2.0**-31, what, expected="error ≤ 2**-31", got=error)
        whole = int(rng.integers(2**30, 2**31 - 1))  # and beside a half
        for side, due in ((-(2.0**-20), whole), (2.0**-20, whole + 1)):
            scale = math.ldexp(whole + 0.5 + side, power - 30)
            what = f"fixed_point({scale!r})"
            expect.close(fixed_point(scale), (due, 30 - power), what, atol=0)
### END HIDDEN TESTS
expect.passed("31 bits of any factor")

# %% test="fixed_point_edges" points=1
expect.close(fixed_point(1.0), (2**30, 30), "fixed_point(1.0)", atol=0)
below = 1 - 2.0**-40
causes = {
    "2**31 does not fit int32": (2**31, 31),
    "2**31 - 1 is not the nearest: 2**30 and a shift one smaller is": (2**31 - 1, 31),
}
what = "fixed_point(1 - 2**-40)"
expect.close(fixed_point(below), (2**30, 30), what, atol=0, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for power in (*range(-32, 30), *range(29, -33, -1)):
        exact = float(np.ldexp(1.0, power))
        # covers: 1 <= shift <= 62
        got = fixed_point(exact)
        expect.close(got, (2**30, 30 - power), f"fixed_point(2**{power})", atol=0)
        if power > -32:
            # covers: just below a power of two, rounding gives | is then 2^{30} and a
            less = exact * (1 - rng.uniform(0.01, 0.9) * 2.0**-32)
            got = fixed_point(less)
            expect.close(got, (2**30, 30 - power), f"fixed_point({less!r})", atol=0)
            lesson.expect_ints(got, f"fixed_point({less!r})")
            far = exact * (1 - 1.2 * 2.0**-32)
            got = fixed_point(far)
            due = 2**31 - 1, 31 - power
            expect.close(got, due, f"fixed_point({far!r})", atol=0)
            least = math.nextafter(exact, 0)  # no logarithm tells it from the power
            due = 2**30, 30 - power
            expect.close(fixed_point(least), due, f"fixed_point({least!r})", atol=0)
        if power < 29:
            next_up = math.nextafter(exact, 2 * exact)
            due = 2**30, 30 - power
            expect.close(fixed_point(next_up), due, f"fixed_point({next_up!r})", atol=0)
            # a power of two and a little more
            more = exact * (1 + rng.uniform(0.6, 0.9) * 2.0**-30)
            due = 2**30 + 1, 30 - power
            expect.close(fixed_point(more), due, f"fixed_point({more!r})", atol=0)
### END HIDDEN TESTS
expect.passed("also at powers of two, and beside them")

# %% [markdown]
# ### How near is near?
#
# Three hundred factors, and how far your pair is from each, beside what multipliers of 15 and of 7 bits would leave.

# %% demo="errors_of_factors"
measured["largest error of a factor"] = lesson.draw_factor_errors(fixed_point)

# %% [markdown]
# ## How does a sum become a byte?
#
# In whole numbers, with $p = \text{sum} \cdot M$ an int64:
#
# $$q = \mathrm{clip}\Big(\mathrm{sgn}(p)\,\Big\lfloor \frac{|p| + 2^{k-1}}{2^k} \Big\rfloor + z,\; -128,\; 127\Big)$$
#
# Adding one half before the shift rounds to nearest. Taking the sign out first makes halves go **away from zero**: 0.5
# to 1, and −0.5 to −1. A shift alone rounds down: −0.5 would go to 0, and over a thousand sums such a bias adds up.
# C rounds its `/` toward zero and its `>>` down: know which one you use.

# %% [markdown]
# ### Exercise 14.4 · Back to int8 (3 points · 12 min)
#
# Write `requantize(sums, multiplier, shift, zero_point)` by this formula, in integers from beginning to end: a float64
# has 53 bits, and the product up to 62.
#
# *The trap:* an int32 array times a Python int stays int32, and wraps without a word.
#
# <details><summary>Hint</summary>
# <code>sums.astype(np.int64)</code> first. <code>np.sign</code>, <code>np.abs</code> and <code>>></code> keep int64.
# </details>


# %% solution="requantize"
def requantize(sums, multiplier, shift, zero_point):
    """Return sums · multiplier / 2**shift, rounded, plus zero_point, as int8.

    sums: int32 array of any shape, not changed
    multiplier: int from 1 to 2**31 - 1; shift: int from 1 to 62
    zero_point: int from -128 to 127, added after rounding
    returns: int8 array of the same shape; halves are rounded away from zero
    """
    ### BEGIN SOLUTION
    p = sums.astype(np.int64) * multiplier
    q = np.sign(p) * ((np.abs(p) + (1 << (shift - 1))) >> shift)
    return np.clip(q + zero_point, -128, 127).astype(np.int8)
    ### END SOLUTION


# %% test="requantize_rounds" points=1
sums = np.array([-7, -6, -3, -2, -1, 1, 2, 3, 6, 7], np.int32)
causes = {
    "halves go away from zero; below zero these went up": [
        -2, -1, -1, 0, 0, 0, 1, 1, 2, 2,
    ],
    "halves go away from zero, not to the even neighbour": [
        -2, -2, -1, 0, 0, 0, 0, 1, 2, 2,
    ],
    "it is cut off: add one half before the shift": [-1, -1, 0, 0, 0, 0, 0, 0, 1, 1],
    "it is rounded down": [-2, -2, -1, -1, -1, 0, 0, 0, 1, 1],
    "int32 wraps: make int64 before you multiply": [0] * 10,
}  # fmt: skip
passed = sums.copy()
got = requantize(passed, 2**30, 32, 0)
due = [-2, -2, -1, -1, 0, 0, 1, 1, 2, 2]
expect.close(got, due, "requantize(sums, 2**30, 32, 0)", atol=0, causes=causes)
expect.unchanged(passed, sums, "sums after requantize")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for shift in (1, 2, 7, 31, 40, 55, 61, int(rng.integers(8, 30))):
        # covers: multiplier: int from 1 to 2**31 - 1; | shift: int from 1 to 62
        power = int(rng.integers(max(0, shift - 31), min(shift - 1, 30) + 1))
        half = 1 << (shift - 1 - power)  # a sum whose product is a half
        whole = 2 * half
        codes = np.arange(-40, 41)
        codes = codes[(np.abs(codes) + 1) * whole < 2**31]
        for off, away in ((0, 1), (1, 1), (-1, 0)):
            if off and half < 2:
                continue
            sums = np.sign(codes) * (np.abs(codes) * whole + half + off)
            sums, zero = sums.astype(np.int32), int(rng.integers(-80, 80))
            # covers: halves are rounded away from zero | added after rounding
            due = np.sign(codes) * (np.abs(codes) + away) + zero
            given = {"sums": sums.copy(), "multiplier": 1 << power, "shift": shift}
            # covers: Write requantize(sums, multiplier, shift, zero_point)
            got = requantize(**given, zero_point=zero)
            what = f"requantize({sums}, 2**{power}, {shift}, {zero}), {off} off a half"
            expect.close(got, due, what, atol=0)
            expect.unchanged(
                given["sums"], sums, what
            )  # covers: any shape, not changed
### END HIDDEN TESTS
expect.passed("to nearest, halves away from zero")

# %% test="requantize_exact" points=1
sums = np.array([2**30 + 1, -(2**30) - 1, 2**30, 2**31 - 1], np.int32)
causes = {
    "a float64 rounds the product to 53 bits; stay in integers": [1, -1, 0, 1],
    "int32 wraps: make int64 before you multiply": [0, 0, 0, 0],
}
got = requantize(sums.copy(), 2**30 - 1, 61, 0)
what = "requantize of 2**30 + 1, −2**30 − 1, 2**30, 2**31 − 1, by (2**30 − 1) / 2**61"
expect.close(got, [0, 0, 0, 1], what, atol=0, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for power in (27, 28, 29, 30):
        for odd in (1, 3, 5, 7):
            top = odd * (2**power + 1)
            if top >= 2**31:
                continue
            # covers: in integers from beginning to end | and wraps without a word
            # odd·(4**power − 1): below an odd number of halves by next to nothing
            sums = np.array([top, -top, top, -top], np.int32)
            got, due = requantize(sums, 2**power - 1, 2 * power + 1, 0), odd // 2
            what = f"requantize(±{top}, 2**{power} - 1, {2 * power + 1}, 0)"
            expect.close(got, [due, -due, due, -due], what, atol=0)
    lowest, most = np.array([-(2**31), 2**31 - 1], np.int32), 2**31 - 1
    # covers: a float64 has 53 bits, and the product up to 62
    got = requantize(lowest, most, 62, 5)
    expect.close(got, [4, 6], "requantize([-2**31, 2**31 - 1], 2**31 - 1, 62, 5)")
    lowest[1] = 1 - 2**31  # a half of the largest shift, and one sum less
    got, due = requantize(lowest, 2**30, 62, 0), [-1, 0]
    expect.close(got, due, "requantize([-2**31, 1 - 2**31], 2**30, 62, 0)", atol=0)
    for _ in range(6):
        sums = rng.integers(-(2**31), 2**31, (3, 50)).astype(np.int32)
        factor, shift = int(rng.integers(1, 2**31)), int(rng.integers(56, 63))
        zero = int(rng.integers(-60, 61))  # so that nothing saturates
        # covers: Return sums · multiplier / 2**shift, rounded, plus zero_point
        due = [(abs(int(s)) * factor + 2 ** (shift - 1)) // 2**shift for s in sums.flat]
        due = np.sign(sums).astype(int) * np.reshape(due, sums.shape) + zero
        got = requantize(sums.copy(), factor, shift, zero)
        what = f"requantize of fresh sums, {factor}, {shift}, {zero}"
        expect.close(got, due.clip(-128, 127), what, atol=0)
### END HIDDEN TESTS
expect.passed("exact where floats are not")

# %% test="requantize_saturates" points=1
sums = np.array([-(10**9), -300, -100, 0, 100, 300, 10**9], np.int32)
causes = {
    "int8 wraps: saturate before you make int8 of it": [-10, -34, -90, 10, 110, 54, 10],
    "add the zero point before you saturate": [-118, -118, -90, 10, 110, 127, 127],
    "the zero point is not added": [-128, -128, -100, 0, 100, 127, 127],
}
got = requantize(sums.copy(), 2**30, 30, 10)
due = [-128, -128, -90, 10, 110, 127, 127]
expect.close(got, due, "requantize(sums, 2**30, 30, 10)", atol=0, causes=causes)
kind, likely = str(np.asarray(got).dtype), "end with .astype(np.int8)"
expect.equal(kind, "int8", "the type of the result", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for shape in ((), (1,), (0,), (3, 4), (2, 1, 5), (0, 3)):
        # covers: int8 array of the same shape
        # covers: zero_point: int from -128 to 127
        for zero in (-128, 127, 0, int(rng.integers(-128, 128))):
            steps = np.array(rng.integers(-400, 401, shape), np.int32)
            steps.flat[:2] = [127 - zero, -128 - zero][: steps.size]
            got = requantize(steps.copy(), 2**30, 30, zero)
            what = f"requantize, shape {shape}, zero point {zero}"
            expect.close(got, (steps.astype(int) + zero).clip(-128, 127), what, atol=0)
            expect.equal(str(np.asarray(got).dtype), "int8", f"the type, {what}")
            far = np.array(rng.choice([-(2**31), 2**31 - 1], shape), np.int32)
            got = requantize(far, 2**31 - 1, 1, zero)
            expect.close(got, np.where(far > 0, 127, -128), f"{what}, far off", atol=0)
    wide = rng.integers(-100, 101, (6, 8)).astype(np.int32)
    wide[0, :3] = 100, -100, 7  # no two of these views are alike
    for name, view in {
        "turned": wide.T,
        "every other": wide[::2, 1::3],
        "backwards": wide[:, ::-1],
        "in columns": np.asfortranarray(wide),
        "three axes": wide.reshape(2, 3, 8).transpose(2, 0, 1),
    }.items():
        got, before = requantize(view, 2**30, 30, 9), view.copy()
        expect.close(got, before + 9, f"requantize of a view, {name}", atol=0)
        expect.unchanged(view, before, f"sums, {name}")
    edge = np.array([126, 127, 128, 129, -127, -128, -129, -130], np.int32)
    got, due = requantize(edge, 2**30, 30, 0), edge.clip(-128, 127)
    expect.close(got, due, "requantize beside the ends", atol=0)
### END HIDDEN TESTS
expect.passed("what does not fit is the last or the first code")

# %% [markdown]
# <details><summary>Another way</summary>
#
# Halves away from zero, without a sign: the negative ones get one less than a half before the shift, which rounds down.
#
# ```python
# p = sums.astype(np.int64) * multiplier
# q = (p + (1 << (shift - 1)) - (p < 0)) >> shift
# ```
# </details>

# %% [markdown]
# ### What does a careless half cost?
#
# The mean error of four ways to round, over sums that often lie halfway: yours, always up, down, and toward zero.

# %% demo="ways_to_round"
measured["mean error, yours"] = lesson.draw_rounding(requantize)

# %% [markdown]
# ## How is a layer written in C?
#
# A **generator** writes the weights into the program, as arrays. Nothing is read from a file, and nothing is parsed.
# The compiler knows every size, and what is `const` may lie in flash memory.
#
# A dense layer of whole numbers, for each output $i$, with the inputs' zero point folded into the biases already:
#
# $$y_i = \mathrm{requantize}\Big(b_i + \sum_j w_{ij}\,x_j\Big) \qquad \text{with relu: } \max(z, \cdot)$$
#
# In C an `int8_t` times an `int8_t` is an `int`, of 32 bits on all processors here. The product with the multiplier
# must be made an `int64_t` before it is one: `(int64_t)sum * multiplier`.

# %% [markdown]
# ### Exercise 14.5 · C from Python (4 points · 18 min)
#
# Write `c_array(name, values)`, the definition of a constant array from an int8 or int32 array of any shape, and
# `dense_c(name, d_in, d_out, relu)`, the function below. It gives the same bytes as the formula of 14.4, in integers
# alone. Both give a str. Both texts stand below `#include <stdint.h>`, and several of each in one file.
#
# ```c
# void name(const int8_t *x, const int8_t *w, const int32_t *b, int32_t multiplier,
#           int shift, int zero_point, int8_t *y)
# ```
#
# `lesson.ARGUMENTS` is what stands there between the parentheses.
#
# *The trap:* a helper beside it, `static int8_t requantize(…)`, is defined twice as soon as a file has two layers.
#
# <details><summary>Hint</summary>
# An f-string, in which a brace of C is written twice: <code>f"int f(void) {{ return {d_in}; }}"</code>. Weights lie row
# by row: <code>w[i * d_in + j]</code>.
# </details>


# %% solution="dense_c"
def c_array(name, values):
    """Return C's const int8_t or const int32_t array of all values, row by row."""
    ### BEGIN SOLUTION
    numbers = ", ".join(map(str, values.ravel().tolist()))
    return f"static const {values.dtype}_t {name}[] = {{{numbers}}};\n"
    ### END SOLUTION


def dense_c(name, d_in, d_out, relu):
    """Return a dense layer as a C function; d_in and d_out are at least 1.

    w: d_out rows of d_in; all sums fit int32
    relu: bool, whether no y is below zero_point
    """
    ### BEGIN SOLUTION
    low = "zero_point" if relu else "-128"
    return f"""static void {name}({lesson.ARGUMENTS}) {{
    for (int i = 0; i < {d_out}; i++) {{
        int32_t sum = b[i];
        for (int j = 0; j < {d_in}; j++) sum += w[i * {d_in} + j] * x[j];
        int64_t p = (int64_t)sum * multiplier, half = (int64_t)1 << (shift - 1);
        int64_t q = (p < 0 ? -((half - p) >> shift) : (p + half) >> shift) + zero_point;
        y[i] = q < {low} ? {low} : q > 127 ? 127 : q;
}} }}\n"""
    ### END SOLUTION


# %% test="dense_c_arrays" points=1
weights = np.array([[1, -2, 3], [-128, 0, 127]], np.int8)
biases = np.array([2**31 - 1, -(2**31)], np.int32)
text = c_array("first_w", weights) + c_array("first_b", biases)
what = "c_array(…)"
lesson.expect_arrays(text, {"first_w": weights, "first_b": biases}, what)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    arrays = {}
    # covers: from an int8 or int32 array of any shape
    for k, shape in enumerate([(1,), (7,), (3, 5), (5, 3), (2, 3, 4), (1, 1), (9, 1)]):
        for kind in (np.int8, np.int32):
            low, high = np.iinfo(kind).min, np.iinfo(kind).max
            values = rng.integers(low, high + 1, shape).astype(kind)
            values.flat[0] = rng.choice([low, high, 0])
            # covers: Write c_array(name, values), the definition of a constant array from
            arrays[f"{rng.choice(['w', 'data_', '_x'])}{k}_{np.dtype(kind).name}"] = (
                values
            )
    arrays["turned"] = np.arange(6, dtype=np.int8).reshape(2, 3).T
    arrays["small"] = np.array([[0, 1], [-128, 127]], np.int32)
    arrays["zero"], arrays["lone"] = np.zeros(1, np.int32), np.array(-7, np.int8)
    arrays["thousand"] = np.resize(np.arange(-128, 128), (40, 30)).astype(np.int8)
    arrays["parts"] = rng.integers(-(2**31), 2**31, (4, 6)).astype(np.int32)[::2, ::-1]
    before = {name: values.copy() for name, values in arrays.items()}
    # covers: Return C's const int8_t or const int32_t array of all values, row by
    texts = [c_array(name=name, values=values) for name, values in arrays.items()]
    # covers: and several of each in one file | Both give a str
    lesson.expect_arrays("".join(texts), arrays, "c_array of fresh arrays")
    expect.unchanged(arrays, before, "the arrays after c_array")
### END HIDDEN TESTS
expect.passed("arrays that C can read")

# %% test="dense_c_sums" points=1
layer = lesson.halfway_layer([0, 0], relu=False)
layer |= {"weights": np.array([[1, 2, 3], [4, 5, 6]], np.int8), "shift": 30}
layer |= {"biases": np.array([10, -10], np.int32)}
x = np.array([[1, 0, 0], [0, 1, 0], [0, 0, -2], [3, 2, 1]], np.int8)
jobs = [{"name": "small", "layer": layer, "x": x}]
got = lesson.c_outputs(dense_c("small", 3, 2, False), jobs, "dense_c(…)")[0]
causes = {
    "b is not added": [[1, 4], [2, 5], [-6, -12], [10, 28]],
    "w lies row by row: w[i * d_in + j]": [[11, -8], [13, -5], [2, -22], [20, 13]],
}
due = [[11, -6], [12, -5], [4, -22], [20, 18]]
expect.close(got, due, "outputs of a layer of 2, factor 1", atol=0, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    jobs, texts = [], []
    for k, (d_in, d_out) in enumerate([(1, 1), (1, 7), (9, 1), (64, 10), (300, 3)]):
        # covers: d_in and d_out are at least 1
        layer = lesson.drawn_layer(rng, d_in, d_out, relu=False)
        x = rng.integers(-128, 128, (6, d_in)).astype(np.int8)
        jobs.append({"name": f"layer_{k}", "layer": layer, "x": x})
        # covers: Return a dense layer as a C function | w: d_out rows of d_in
        text = dense_c(name=f"layer_{k}", d_in=d_in, d_out=d_out, relu=False)
        # covers: void name(const int8_t x, const int8_t w | is what stands there
        texts.append(text)
    # more than 16 bits count, of inputs, of weights and of outputs; but a text that
    # grows with its sizes would take the compiler minutes
    large = (("far", 66_000, 2), ("tall", 1, 66_000))
    loops = all(len(dense_c(*each, False)) < 5000 for each in large)
    for name, d_in, d_out in large if loops else ():
        signs = rng.integers(-1, 2, (d_out, d_in)).astype(np.int8)
        signs[-1] = 1
        layer = lesson.drawn_layer(rng, 1, 1, False) | {"weights": signs, "shift": 38}
        layer["biases"] = np.arange(d_out, dtype=np.int32)
        x = rng.integers(-9, 10, (1, d_in)).astype(np.int8)
        jobs.append({"name": name, "layer": layer, "x": x})
        texts.append(dense_c(name, d_in, d_out, False))
    # the same function once more, with another factor and other weights
    again = lesson.drawn_layer(rng, 9, 1, relu=False)
    again |= {"weights": np.full((1, 9), -128, np.int8), "shift": 47}
    x = rng.integers(-128, 128, (6, 9)).astype(np.int8)
    jobs.append({"name": "layer_2", "layer": again, "x": x})
    # sums at the ends of int32: all products are 128 · 128
    wide = lesson.drawn_layer(rng, 40, 2, relu=False)
    wide |= {"weights": np.full((2, 40), -128, np.int8), "multiplier": 2**31 - 1}
    wide |= {"biases": np.array([2**31 - 1 - 40 * 2**14, -(2**31)], np.int32)}
    x = np.full((2, 40), -128, np.int8)
    # covers: all sums fit int32
    jobs.append({"name": "wide", "layer": wide | {"shift": 57}, "x": x})
    texts.append(dense_c("wide", 40, 2, False))
    # covers: Both texts stand below #include <stdint.h>
    found = lesson.c_outputs("".join(texts), jobs, "dense_c of fresh layers")
    for job, got in zip(jobs, found, strict=True):
        due = lesson.outputs_of(job["layer"], job["x"])
        what = f"{job['name']}, {job['x'].shape[1]} inputs"
        expect.close(got, due, what, atol=0)
### END HIDDEN TESTS
expect.passed("a row of weights for each output")

# %% test="dense_c_rounds" points=1
layer = lesson.halfway_layer([-6, -2, -1, 1, 2, 6, 2000, -2000], relu=False)
x = np.zeros((1, 1), np.int8)
text = dense_c("halves", 1, 8, False)
got = lesson.c_outputs(text, [{"name": "halves", "layer": layer, "x": x}], "dense_c(…)")
causes = {
    "halves go away from zero, below zero as well": [-1, 0, 0, 0, 1, 2, 127, -128],
    "it is cut off: add one half": [-1, 0, 0, 0, 0, 1, 127, -128],
    "it is rounded down": [-2, -1, -1, 0, 0, 1, 127, -128],
    "int8_t wraps: saturate first": [-2, -1, 0, 0, 1, 2, -12, 12],
    "multiply as int64_t: (int64_t)sum * multiplier": [0, 0, 0, 0, 0, 0, 0, 0],
    "1 is an int: (int64_t)1 << (shift - 1)": [-1, 0, 1, -1, 0, 1, 127, -128],
}
due = [-2, -1, 0, 0, 1, 2, 127, -128]
what = "sums −6, −2, −1, 1, 2, 6, 2000, −2000 by a quarter"
expect.close(got[0][0], due, what, atol=0, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    jobs, texts = [], []
    zero = int(rng.integers(-30, 30))
    # sums beside halves, with all 31 bits in use: no float32 holds them
    odd = 2 * rng.integers(-60, 60, 12) + 1
    sums = [int(each) * 2**23 + off for each in odd for off in (-1, 0, 1)]
    fine = lesson.halfway_layer(sums, False, zero) | {"shift": 54}
    jobs.append({"name": "fine", "layer": fine})
    # products of 60 bits, next to a half: no float64 holds them
    top = [odd * (2**27 + 1) for odd in (1, 3, 5, 7, -1, -3, -5, -7)]
    exact = lesson.halfway_layer(top, False, zero)
    jobs.append(
        {"name": "exact", "layer": exact | {"multiplier": 2**27 - 1, "shift": 55}}
    )
    # covers: It gives the same bytes as the formula of 14.4
    ends = [127, 128, 129, -128, -129, -130, 2**31 - 1, -(2**31)]
    for k, zero in enumerate((-128, 127, 3)):
        wide = lesson.halfway_layer(
            [each - zero for each in ends[:6]] + ends[6:], False
        )
        wide |= {"shift": 30, "zero_point": zero}
        jobs.append({"name": f"wide_{k}", "layer": wide})
    steep = {"multiplier": 2**31 - 1, "shift": 1}
    jobs.append({"name": "steep", "layer": lesson.halfway_layer(ends, False) | steep})
    flat = {"multiplier": 2**31 - 1, "shift": 62}
    jobs.append({"name": "flat", "layer": lesson.halfway_layer(ends, False, 9) | flat})
    for shift in (1, 2, 31, 32, 33):
        sums = [odd * 2 ** (shift - 1) for odd in (1, -1, 3, -3)]
        sums = [each for each in sums if -(2**31) <= each < 2**31]
        sums += [-1, 0, 1, -(2**31), 2**31 - 1]
        layer = lesson.halfway_layer(sums, False, 7) | {"multiplier": 1, "shift": shift}
        jobs.append({"name": f"one_{shift}", "layer": layer})
    jobs = [job | {"x": np.zeros((1, 1), np.int8)} for job in jobs]
    for job in jobs:
        texts.append(dense_c(job["name"], 1, len(job["layer"]["biases"]), False))
    found = lesson.c_outputs("".join(texts), jobs, "dense_c of fresh layers")
    for job, got in zip(jobs, found, strict=True):
        due, sums = lesson.outputs_of(job["layer"], job["x"]), job["layer"]["biases"]
        expect.close(got, due, f"{job['name']}, sums {sums}", atol=0)
    # covers: in integers alone
    for text in (texts[0], dense_c("bent", 5, 3, True)):
        told = lesson.listing(
            "#include <stdint.h>\n" + text.replace("static", ""), "it"
        )
        expect.equal(told["floats"], [], "float instructions in dense_c's function")
### END HIDDEN TESTS
expect.passed("the same bytes as in Python")

# %% test="dense_c_relu" points=1
layer = lesson.halfway_layer([-400, -4, 0, 4, 4000], relu=True, zero_point=-20)
text = dense_c("positive", 1, 5, True)
jobs = [{"name": "positive", "layer": layer, "x": np.zeros((1, 1), np.int8)}]
got = lesson.c_outputs(text, jobs, "dense_c(…, relu=True)")[0][0]
causes = {
    "relu is left out": [-120, -21, -20, -19, 127],
    "real 0 is the zero point, not code 0": [0, 0, 0, 0, 127],
}
due = [-20, -20, -20, -19, 127]
expect.close(got, due, "with relu, zero point −20", atol=0, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    jobs, texts = [], []
    for k, (relu, zero) in enumerate(
        [(True, -128), (False, 50), (True, 127), (False, 30), (False, -128), (True, -5)]
    ):
        # every size twice, with relu and without: no two share what is written
        d_in, d_out = [(7, 12), (11, 3), (11, 3)][k // 2]
        layer = lesson.drawn_layer(rng, d_in, d_out, relu) | {"zero_point": zero}
        x = rng.integers(-128, 128, (9, d_in)).astype(np.int8)
        jobs.append({"name": f"layer_{k}", "layer": layer, "x": x})
        # covers: relu: bool, whether no y is below zero_point
        # covers: is defined twice as soon as a file has two layers
        texts.append(dense_c(f"layer_{k}", d_in, d_out, relu))
    found = lesson.c_outputs("".join(texts), jobs, "six layers in one file")
    for job, got in zip(jobs, found, strict=True):
        due = lesson.outputs_of(job["layer"], job["x"])
        about = f"relu {job['layer']['relu']}, zero point {job['layer']['zero_point']}"
        expect.close(got, due, f"{job['name']}, {about}", atol=0)
### END HIDDEN TESTS
expect.passed("relu ends at the zero point, and layers stand side by side")

# %% [markdown]
# ### What does a whole layer look like?

# %% demo="a_layer_in_c"
print(dense_c("hidden", 64, 32, True).strip())
measured["bytes that differ from Python's"] = lesson.show_layer(c_array, dense_c)

# %% [markdown]
# ## What else does a program need?
#
# Nothing but a way in and a way out. `fread` fills 64 bytes from standard input, `putchar` writes the label; the C
# library has both, and on a microcontroller a serial line takes their place. There is no file to open and no memory to
# ask for: every array has its size when the program is compiled, so how much it uses is known before it runs.
#
# The network is a list of layers, each a dict:
#
# | key | |
# |---|---|
# | `"weights"` | (d_out, d_in) int8 |
# | `"biases"` | (d_out,) int32 |
# | `"multiplier"`, `"shift"`, `"zero_point"` | ints, as in 14.4 |
# | `"relu"` | bool |

# %% [markdown]
# ### Exercise 14.6 · A program (3 points · 12 min)
#
# Write `program_c(layers)`: a whole C program. As long as there are 64 more bytes on standard input, each an int8, it
# writes one character to standard output: the place, `0` to `9`, of the largest output of the last layer, the first of
# equals. A rest of fewer than 64 bytes is left alone. It ends with status 0.
#
# It takes no heap, no floating point, and no header but C's own.
#
# *The trap:* `char c = getchar()` cannot tell the byte 255 from the end of the input.
#
# <details><summary>Hint</summary>
# <code>while (fread(x0, 1, 64, stdin) == 64) { … }</code>; name the arrays of layer k <code>f"w{k}"</code>, and so on.
# </details>


# %% solution="program_c"
def program_c(layers):
    """Return a C program that labels digits.

    layers: list of dicts as above, one or more, the first of 64 inputs, the last of 1
        to 10 outputs; not changed
    returns: str
    """
    ### BEGIN SOLUTION
    parts, calls = ["#include <stdint.h>\n#include <stdio.h>\n"], []
    for k, layer in enumerate(layers):
        d_out, d_in = layer["weights"].shape
        parts += [c_array(f"w{k}", layer["weights"]), c_array(f"b{k}", layer["biases"])]
        parts.append(dense_c(f"dense{k}", d_in, d_out, layer["relu"]))
        factor = f"{layer['multiplier']}, {layer['shift']}, {layer['zero_point']}"
        call = f"dense{k}(x{k}, w{k}, b{k}, {factor}, x{k + 1});"
        calls.append(f"        int8_t x{k + 1}[{d_out}];\n        {call}\n")
    last = f"x{len(layers)}"
    best = f"for (int i = 1; i < {d_out}; i++) if ({last}[i] > {last}[best]) best = i;"
    parts.append("int main(void)\n{\n    int8_t x0[64];\n")
    parts.append("    while (fread(x0, 1, 64, stdin) == 64) {\n" + "".join(calls))
    parts.append(
        f"        int best = 0;\n        {best}\n        putchar('0' + best);\n"
    )
    return "".join(parts) + "    }\n    return 0;\n}\n"
    ### END SOLUTION


# %% test="program_c_labels" points=1
layers, (x, labels) = lesson.digit_layers(), lesson.pixels(450)
got = lesson.answers(program_c(layers), x, "program_c(layers)").output.decode()
due = "".join(map(str, lesson.labels_of(layers, x)))
likely = "one character for each 64 bytes, nothing else: no line ends, no spaces"
expect.equal(len(got), 450, "characters written for 450 digits", likely=likely)
likely = "are 14.4 and 14.5 right? The first of equal outputs counts"
expect.equal(got, due, "the labels of 450 digits", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for sizes in ((64, 1), (64, *[4] * 11, 7), (64, 300, 2), (64, 5, 90, 3)):
        # covers: one or more, the first of 64 inputs, the last of 1 to 10
        layers = lesson.drawn_net(rng, *sizes)
        # a dict is read by its keys, whatever their order
        turned = [dict(reversed(layer.items())) for layer in layers]
        layers = turned if len(sizes) % 2 else lesson.strained(layers)
        passed = copy.deepcopy(layers)
        x = rng.integers(-128, 128, (60, 64)).astype(np.int8)  # covers: each an int8
        # covers: Write program_c(layers) | Return a C program that labels digits
        text = program_c(layers=passed)
        lesson.expect_same(passed, layers)  # covers: not changed
        got = lesson.answers(text, x, f"the program of a net {sizes}").output.decode()
        # covers: of the largest output of the last layer | returns: str
        due = "".join(map(str, lesson.labels_of(layers, x)))
        expect.equal(got, due, f"the labels of 60 fresh inputs, net {sizes}")
    for name, (layers, given) in {
        "relu where it is said, not where it is usual": lesson.bending_net(),
        "the same layers with other relus": lesson.bending_net((True, False, False)),
        "codes at the ends of int8": lesson.ending_net(),
        "ties after others": lesson.telling_net(),
        "sums beside halves, all bits in use": lesson.fine_net(rng),
        "the largest sums": lesson.heavy_net(rng),
    }.items():
        got = lesson.answers(program_c(layers), given, name).output.decode()
        due = "".join(map(str, lesson.labels_of(layers, given)))
        expect.equal(got, due, f"the labels of a program: {name}")
### END HIDDEN TESTS
expect.passed("it answers as the integers do")

# %% test="program_c_input" points=1
layers, (x, _) = lesson.digit_layers(), lesson.pixels(3)
program = lesson.program_of(program_c(layers), "program_c(layers)")
due = "".join(map(str, lesson.labels_of(layers, x))).encode()
for rest in (0, 1, 63):
    ran = web_assembly.run(program, x.tobytes() + bytes(rest))
    what = f"written for three digits and {rest} bytes more"
    likely = "feof is true only once a read has failed: ask what fread returned"
    expect.equal(ran.output, due, what, likely=likely)
    likely = "return 0 at the end of main"
    expect.equal(ran.status, 0, f"the status, {what}", likely=likely)
expect.equal(web_assembly.run(program).output, b"", "written for no input at all")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    d_out = int(rng.integers(3, 6))
    layers = lesson.drawn_net(rng, 64, d_out)
    one, two = sorted(rng.choice(d_out, 2, replace=False).tolist())
    for key in ("weights", "biases"):
        layers[0][key][two] = layers[0][key][one]  # covers: the first of equals
    layers[0]["biases"][[one, two]] += 90_000
    program = lesson.program_of(program_c(layers), "the program")
    for count in (0, 1, 7, 200):
        # covers: As long as there are 64 more bytes on standard input
        x = rng.integers(-128, 128, (count, 64)).astype(np.int8)
        x[: count // 2, rng.integers(64)] = -1  # covers: cannot tell the byte 255 from
        x[count // 2 :, :] *= rng.integers(0, 2, (1, 64)).astype(np.int8)
        rest = bytes(int(rng.integers(0, 64)))
        # covers: A rest of fewer than 64 bytes is left alone
        ran = web_assembly.run(program, x.tobytes() + rest)
        due = "".join(map(str, lesson.labels_of(layers, x))).encode()
        expect.equal(ran.output, due, f"{count} inputs, {len(rest)} bytes more")
        expect.equal(ran.status, 0, f"status, {count} inputs")  # covers: with status 0
    # more than four megabytes, and more labels than 16 bits count: no array has room
    ran, likely = (
        web_assembly.run(program, x.tobytes() * 350 + bytes(9)),
        "64 at a time",
    )
    expect.equal(ran.output, due * 350, "70,000 inputs", likely=likely)
    both = lesson.labels_of(layers, x).tolist()
    expect.true(two not in both, "this test", expected="ties", got="none")
    for inputs in (np.full((5, 64), -1, np.int8), np.zeros((5, 64), np.int8)):
        got = web_assembly.run(program, inputs.tobytes()).output
        due = "".join(map(str, lesson.labels_of(layers, inputs))).encode()
        expect.equal(got, due, f"five inputs of {inputs[0, 0]} alone")
### END HIDDEN TESTS
expect.passed("as many digits as come, and not one more")

# %% test="program_c_is_bare" points=1
told = lesson.listing(program_c(lesson.digit_layers()), "program_c(layers)")
likely = "round, / and * of floats are the usual ones: 14.4 needs integers alone"
expect.equal(told["floats"], [], "its float instructions", likely=likely)
expect.equal(
    told["heap"], [], "its calls of a heap", likely="int8_t x1[32]; needs none"
)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    layers = lesson.drawn_net(
        rng, 64, int(rng.integers(2, 30)), int(rng.integers(2, 10))
    )
    text = program_c(layers)
    # covers: It takes no heap, no floating point, and no header but C's own
    told = lesson.listing(text, "the program of a fresh net")
    expect.equal(told, {"floats": [], "heap": []}, "what it takes beyond integers")
    x = lesson.clear_cut(layers, rng.integers(-128, 128, (90, 64)).astype(np.int8))
    due = "".join(map(str, lesson.labels_of(layers, x)))
    got = lesson.answers(text, x, "the program of a fresh net").output.decode()
    expect.equal(got, due, f"the labels of {len(x)} fresh inputs")
### END HIDDEN TESTS
expect.passed("no heap, no floats")

# %% [markdown]
# ### What does it weigh, and is it right?
#
# The same digits as before, now without a float anywhere. Guess how many bytes the compiled program has; its weights
# alone are 2,368, its biases 168.

# %% predict="bytes"
guess_bytes = None  # bytes, compiled to WebAssembly

# %% demo="program_weighed"
size = lesson.show_program(program_c)
measured["bytes, WebAssembly"] = predictions.beside(guess_bytes, size, " bytes")

# %% [markdown]
# ## How do you compile for a processor that you do not have?
#
# A **cross compiler** runs here and writes programs for there. It needs a C library for *there*: `ziglang`, a Python
# package, brings Clang and the sources of several, and builds the one that is asked for.
#
# ```
# python -m ziglang cc -target x86_64-linux-musl -O2 -s -static source.c -o program
# ```
#
# `-target` names processor, system and C library; `-static` puts the library in, so that nothing is looked for at the
# start; `-s` leaves out what only debuggers read. The first build for a target, or with another `-O`, takes a minute:
# it builds the library, and keeps it.

# %% [markdown]
# ### Exercise 14.7 · Three processors (2 points · 8 min)
#
# Write `build(source, target, out)` with the command above and exactly its flags, for `x86_64-linux-musl`,
# `aarch64-linux-musl` and `wasm32-wasi`. Any other target is a `ValueError`. Where the compiler refuses the source,
# raise a `RuntimeError` that has its words.
#
# *The trap:* `subprocess.run` raises nothing by itself, and without `capture_output=True` the compiler's words go past
# you.
#
# <details><summary>Hint</summary>
# <code>[sys.executable, "-m", "ziglang", "cc", …]</code> as a list; <code>returncode</code> is not 0 where it failed,
# and <code>stderr</code> has the words.
# </details>


# %% solution="build"
def build(source, target, out):
    """Compile a C file to a static program without symbols, and return its path.

    source: path of the C file; target: str
    out: path of the program, in a folder that is there
    """
    ### BEGIN SOLUTION
    if target not in ("x86_64-linux-musl", "aarch64-linux-musl", "wasm32-wasi"):
        raise ValueError(f"{target} is none of the three targets")
    command = [sys.executable, "-m", "ziglang", "cc", "-target", target, "-O2", "-s"]
    command += ["-static", str(source), "-o", str(out)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Path(out)
    ### END SOLUTION


# %% test="build_targets" points=1
source = lesson.new_path("hello.c")
source.write_text('#include <stdio.h>\nint main(void) { puts("hello"); return 7; }\n')
for target in ("x86_64-linux-musl", "aarch64-linux-musl", "wasm32-wasi"):
    got = build(source, target, lesson.new_path("hello"))
    expect.equal(Path(got).name, "hello", f"the path that comes back, {target}")
    found, kind = lesson.looked_at(got), "wasm" if "wasm" in target else "ELF"
    expect.equal(found["kind"], kind, f"the kind of file for {target}")
    processor = target.partition("-")[0]
    expect.equal(found["processor"], processor, f"the processor for {target}")
    expect.true(found["static"], target, expected="-static", got="a dynamic program")
    expect.true(found["stripped"], target, expected="-s", got="a program with symbols")
ran = web_assembly.run(Path(got).read_bytes())
expect.equal((ran.output, ran.status), (b"hello\n", 7), "what the program does")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # one source and one program, written anew: neither is kept from before
    source, out = lesson.new_path("a $ource.c"), lesson.new_path("pro gram")
    for target, processor, anew in (
        # covers: Write build(source, target, out) | for x86_64-linux-musl
        ("wasm32-wasi", "wasm32", True),
        ("aarch64-linux-musl", "aarch64", False),
        ("x86_64-linux-musl", "x86_64", True),
        ("wasm32-wasi", "wasm32", True),
        ("wasm32-wasi", "wasm32", False),
    ):
        if not anew:  # the same words once more, but elsewhere
            out = lesson.new_path("it's $out")
        if anew:
            word = f"fresh {rng.integers(10**12)} word"
            source.write_text(lesson.telling_source(word))
        before = source.read_bytes()
        # covers: out: path of the program, in a folder that is there
        # covers: source: path of the C file; | target: str
        got = build(source=str(source), target=target, out=str(out))
        # covers: and return its path
        expect.equal(Path(got), out, f"the path that comes back, {target}")
        found = lesson.looked_at(out)
        # covers: Compile a C file to a static program without symbols
        plain = {"processor": processor, "static": True, "stripped": True}
        expect.equal({key: found[key] for key in plain}, plain, f"a file for {target}")
        inside = word.encode() in out.read_bytes()
        expect.true(inside, f"a file for {target}", expected=f"{word!r}", got="another")
        # covers: with the command above and exactly
        lesson.expect_as_commanded(out, source, target)
        if processor == "wasm32":
            ran = web_assembly.run(out.read_bytes())
            expect.equal(ran.output, f"{word}\n".encode(), "what the program writes")
        expect.unchanged(source, before, "the source")
### END HIDDEN TESTS
expect.passed("one source, three processors")

# %% test="build_refuses" points=1
source, out = lesson.new_path("broken.c"), lesson.new_path("broken")
source.write_text("int main(void) { return twelve; }\n")
try:
    got = build(source, "wasm32-wasi", out)
except NotImplementedError:
    raise
except Exception as error:
    got = f"{type(error).__name__}: {error}"
likely = "look at returncode; raise RuntimeError(done.stderr)"
said = str(got)
heard = said.startswith("RuntimeError") and "twelve" in said and "error" in said
wanted = "a RuntimeError with the compiler's words"
expect.true(heard, "a source with an error", expected=wanted, got=got, likely=likely)
source.write_text("int main(void) { return 0; }\n")
call = lambda: build(source, "sparc-sun-solaris", out)
expect.raises(ValueError, call, "build(source, 'sparc-sun-solaris', out)")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for target in ("x86_64-linux-musl", "aarch64-linux-musl", "wasm32-wasi"):
        word, source = f"nothing{rng.integers(10**9)}", lesson.new_path("wrong.c")
        wrong = [f"int f{k}(void) {{ return {word}_{k}_; }}\n" for k in range(12)]
        source.write_text("".join(wrong))
        out = lesson.new_path("out")
        out.write_bytes(b"an older program")
        try:
            told = f"it returned {build(source, target, out)}"
        except RuntimeError as error:
            told = str(error)
        # covers: Where the compiler refuses the source | subprocess.run raises nothing
        wanted = f"a RuntimeError that has the words on {word}_0_ to {word}_11_"
        heard = all(f"{word}_{k}_" in told for k in range(12)) and "error" in told
        expect.true(heard, target, expected=wanted, got=told)
    source.write_text("int main(void) { return 0; }\n")
    # covers: Any other target is a ValueError
    near = "WASM32-WASI", " wasm32-wasi", "wasm32-wasi ", "x86_64-linux-musl.1.2.5"
    parts = (
        "native",
        "x86_64-linux-gnu",
        "wasm32",
        "",
        "aarch64",
        "x86_64",
        "linux-musl",
    )
    for target in parts + near:
        call = lambda target=target: build(source, target, lesson.new_path("out"))
        expect.raises(ValueError, call, f"build(source, {target!r}, out)")
    warns = "int main(void) { int x; char *p = 3; return 0; }\n"
    source.write_text(warns.replace("char *p = 3; ", '"unused"; '))
    got = build(source, "wasm32-wasi", lesson.new_path("warned"))
    expect.equal(lesson.looked_at(got)["kind"], "wasm", "a source with a warning")
### END HIDDEN TESTS
expect.passed("what went wrong is said")

# %% [markdown]
# ### Does one source make three programs that agree?
#
# Your program for three processors: bytes, and how many of 450 digits each labels as the others do, where it can be run
# here: natively, under `qemu-aarch64` where that is installed, and under wasmtime. Guess the bytes of the one for
# x86-64. What is there beside the weights?

# %% predict="native_bytes"
guess_native_bytes = None  # bytes of the program for x86-64

# %% demo="three_files"
size = lesson.show_three(program_c, build)
measured["bytes, x86-64"] = predictions.beside(guess_native_bytes, size, " bytes")

# %% [markdown]
# ## How fast is it, without a clock?
#
# wasmtime counts: every WebAssembly instruction costs one unit of **fuel**, the same at every run and on every
# machine. A count is no time, but on a small chip that does one instruction after the other it comes near, and it can
# be graded.
#
# The plain loop spends some 15 instructions on a weight: two loads, a product, a sum, and the rest on addresses,
# counters and branches. A generator knows more than a compiler sees in a loop: all weights, before the program exists.
# Whatever is known need not be computed: where a weight lies, where a row ends, what a product with 0 is.

# %% [markdown]
# ### Exercise 14.8 · The same, in half (2 points · 14 min)
#
# Write `tuned_c(layers)`: a program that does what 14.6 says, byte for byte, in at most 8 instructions for each weight
# of the network, over 100 test digits or more, everything counted. The tests try networks of 64 inputs, 16 to 40 units
# and 10 outputs.
#
# *The trap:* it must be exact. Fewer bits, or a shortcut past the rounding, saves instructions and costs a label.
#
# <details><summary>Hint</summary>
# Count what 14.6 does for one weight: load it, load the input, multiply, add, count on, compare, jump. Which of these
# does a text need that is written for these very weights?
# </details>


# %% solution="tuned_c"
def tuned_c(layers):
    """Return a C program that labels digits in few instructions.

    layers: as in 14.6, not changed
    returns: str
    """
    ### BEGIN SOLUTION
    parts = ["#include <stdint.h>\n#include <stdio.h>\nint main(void)\n{\n"]
    parts.append("int8_t x0[64];\nwhile (fread(x0, 1, 64, stdin) == 64) {\n")
    parts.append("int32_t s;\nint64_t p, q;\n")
    for k, layer in enumerate(layers):
        parts.append(f"int8_t x{k + 1}[{len(layer['biases'])}];\n")
        m, shift, zero = layer["multiplier"], layer["shift"], layer["zero_point"]
        low, half = zero if layer["relu"] else -128, 1 << (shift - 1)
        for i, row in enumerate(layer["weights"].tolist()):
            terms = "".join(f" + {w} * x{k}[{j}]" for j, w in enumerate(row) if w)
            parts.append(f"s = {layer['biases'][i]}{terms};\np = (int64_t)s * {m};\n")
            up, down = f"(p + {half}) >> {shift}", f"-(({half} - p) >> {shift})"
            parts.append(f"q = (p < 0 ? {down} : {up}) + {zero};\n")
            parts.append(f"x{k + 1}[{i}] = q < {low} ? {low} : q > 127 ? 127 : q;\n")
    last = f"x{len(layers)}"
    best = f"for (int i = 1; i < {i + 1}; i++) if ({last}[i] > {last}[best]) best = i;"
    parts.append(f"int best = 0;\n{best}\nputchar('0' + best);\n}}\nreturn 0;\n}}\n")
    return "".join(parts)
    ### END SOLUTION


# %% test="tuned_c_is_exact" points=1
layers, (x, _) = lesson.digit_layers(), lesson.pixels(450)
got = lesson.answers(tuned_c(layers), x, "tuned_c(layers)").output.decode()
due = "".join(map(str, lesson.labels_of(layers, x)))
likely = "compare with program_c on one digit, layer by layer"
expect.equal(got, due, "the labels of 450 digits", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for name, (layers, x) in {
        "quarters from −128 to 127": lesson.telling_net(),
        "codes at the ends of int8": lesson.ending_net(),
        "relu where it is said, not where it is usual": lesson.bending_net(),
        "the same layers with other relus": lesson.bending_net((True, False, False)),
        "sums beside halves, all bits in use": lesson.fine_net(rng),
        "the largest sums": lesson.heavy_net(rng),
    }.items():
        got = lesson.answers(tuned_c(layers), x, f"tuned_c, {name}").output.decode()
        due = "".join(map(str, lesson.labels_of(layers, x)))
        expect.equal(got, due, f"the labels of a program: {name}")
    for sizes in ((64, 8, 10), (64, 5, 4, 6)):
        layers = lesson.drawn_net(rng, *sizes)
        layers[0]["biases"][0] = -(2**31) + 64 * 2**14  # covers: it must be exact
        layers[0]["weights"][:, rng.integers(64)] = 0
        layers = lesson.strained(layers)
        passed = copy.deepcopy(layers)
        # covers: Write tuned_c(layers) | Return a C program that labels digits in few
        text = tuned_c(layers=passed)
        lesson.expect_same(passed, layers)  # covers: as in 14.6, not changed
        x = rng.integers(-128, 128, (80, 64)).astype(np.int8)
        x[:10] = rng.choice([-128, 127], (10, 64))
        x[10:20] = rng.choice([-1, 0], (10, 64))
        # covers: a program that does what 14.6 says, byte for byte | returns: str
        program = lesson.program_of(text, f"the program of a net {sizes}")
        ran = web_assembly.run(program, x.tobytes() + bytes(int(rng.integers(1, 64))))
        due = "".join(map(str, lesson.labels_of(layers, x)))
        expect.equal(ran.output.decode(), due, f"the labels of 80 inputs, net {sizes}")
        expect.equal(ran.status, 0, f"the status of the program of a net {sizes}")
        if len(sizes) > 3:
            continue
        ran = web_assembly.run(program, x.tobytes() * 875)  # more than four megabytes
        expect.equal(ran.output.decode(), due * 875, f"70,000 inputs, net {sizes}")
        told = lesson.listing(text, f"the program of a net {sizes}")
        expect.equal(told, {"floats": [], "heap": []}, "what it takes beyond integers")
### END HIDDEN TESTS
expect.passed("still the same label for everything")

# %% test="tuned_c_is_quick" points=1
layers = lesson.digit_layers()
x = lesson.clear_cut(layers, lesson.pixels(200)[0])[:100]
weights = sum(layer["weights"].size for layer in layers)
ran = lesson.answers(tuned_c(layers), x, "tuned_c(layers)")
due = "".join(map(str, lesson.labels_of(layers, x)))
expect.equal(ran.output.decode(), due, "the labels of 100 digits")
spent = ran.fuel / 100 / weights
what, likely = "instructions for each weight", "the plain loop takes about 15"
expect.true(spent <= 8, what, expected="at most 8", got=round(spent, 2), likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for hidden in (16, 40):
        # covers: The tests try networks of 64 inputs, 16 to 40 units
        layers = lesson.drawn_net(rng, 64, hidden, 10)
        x = lesson.clear_cut(layers, lesson.pixels(450)[0][rng.permutation(450)])[:150]
        ran = lesson.answers(tuned_c(layers), x, f"tuned_c, {hidden} units")
        due = "".join(map(str, lesson.labels_of(layers, x)))
        expect.equal(
            ran.output.decode(), due, f"labels of {len(x)} digits, {hidden} units"
        )
        # covers: in at most 8 instructions for each weight | saves instructions and
        spent = ran.fuel / len(x) / (74 * hidden)
        what = f"instructions for each weight, {hidden} units"
        expect.true(spent <= 8, what, expected="at most 8", got=round(spent, 2))
### END HIDDEN TESTS
expect.passed("at most 8 instructions for each weight")

# %% [markdown]
# <details><summary>Another way</summary>
#
# Two sums in one 64-bit product, since no sum here needs more than 32 bits: the weights of two rows, one of them 32
# bits higher, times one input. Its halves are taken apart at the end.
#
# ```python
# pair = [int(a) + (int(b) << 32) for a, b in zip(weights[0], weights[1])]
# terms = " + ".join(f"{w}LL * x[{j}]" for j, w in enumerate(pair))
# ```
# </details>

# %% [markdown]
# ### Do fewer instructions take less time?
#
# Not always: the compiler for *this* processor may find what the one for WebAssembly does not, such as one instruction
# for 16 products. Guess how many times faster the tuned program is here, compiled natively, over many digits.

# %% predict="tuned_speed"
guess_tuned_speed = None  # times as fast as program_c, below 1 if it is slower

# %% demo="instructions_and_time"
found = lesson.draw_tuned(program_c, tuned_c)
measured["times fewer instructions"] = f"{found['instructions']:.2g}×"
said = predictions.beside(guess_tuned_speed, found["speed"], "×")
measured["times as fast, here"] = said

# %% [markdown]
# ## Who brings how much?
#
# One network, six ways to run it: what is installed for it, what the model weighs, how often it is right, and the
# time of one digit over eager PyTorch's, where it is measured. The last column says where each runs.

# %% demo="runtimes"
measured |= lesson.show_runtimes(program_c, build, to_executorch)

# %% [markdown]
# ### And from a program in C++?
#
# **LibTorch** is PyTorch without Python: a C++ program loads a TorchScript file. **AOTInductor** compiles an exported
# model to a library of its own, which still needs LibTorch. Both need a C++ compiler and about a minute, so they are
# recorded, on the hardware that is named below, with a larger network too. To measure your own:
# `python benchmarks/from_cpp.py --save`.

# %% demo="from_cpp"
measured |= lesson.show_from_cpp()

# %% [markdown]
# ### What became of the mobile back ends?
#
# | | then | now |
# |---|---|---|
# | XNNPACK | float kernels for ARM and x86 | the processor's delegate in ExecuTorch; also under LiteRT |
# | QNNPACK | 8-bit kernels for phones | archived; its work went on in XNNPACK |
# | Vulkan | PyTorch Mobile on Android's GPUs | a delegate of ExecuTorch |
# | Metal | PyTorch Mobile on Apple's GPUs | delegates of ExecuTorch: Core ML, MPS |
# | NNAPI | Android's way to its accelerators | deprecated with Android 15 |
#
# PyTorch Mobile itself, a file of TorchScript on a phone, is no longer maintained. Operators differ between all of
# them. What every one takes is what lesson 09 ends with: convolutions, dense layers and ReLU, one after the other.

# %% [markdown]
# ## What you measured

# %% demo="what_you_measured"
tables.show([{"what": what, "measured": value} for what, value in measured.items()])

# %% [markdown]
# ## Check yourself
#
# <details><summary>Why does a trace lie silently, while an export refuses?</summary>
# A trace runs with real numbers, so a branch has an outcome, and only the operators on the way taken are noted. An
# export runs with symbols: at a branch on data there is no outcome, and it stops.</details>
#
# <details><summary>Why is the multiplier at least 2³⁰, when a smaller one with a smaller shift would do?</summary>
# It keeps the most bits. A multiplier of 7 bits is off by up to 2⁻⁷ of the factor, which is a whole code at the end of
# an int8's range; one of 31 bits is off by up to 2⁻³¹.</details>
#
# <details><summary>The tuned program has half the instructions, and more bytes. When is that the wrong trade?</summary>
# Where instructions are fetched from slow memory, or do not fit: a loop of some bytes stays in the cache, a sum that is
# written out passes through it once a digit. And where one instruction does many products, as natively here.</details>

# %% [markdown]
# ## Where to read on
#
# - B. Jacob et al., *Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference*,
#   2018: sections 2.2 and 2.3 are exercises 14.3 to 14.5.
# - The documentation of ExecuTorch, on delegates and on its concepts; of `torch.export`, on control flow.
# - J. Lin et al., *MCUNet: Tiny Deep Learning on IoT Devices*, 2020: a network and its generated code, made together.
# - The WebAssembly specification, and wasmtime's documentation on fuel.
#
# Next: lesson 15 asks what one more token costs.
