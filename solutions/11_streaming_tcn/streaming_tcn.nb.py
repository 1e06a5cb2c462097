# %% [markdown]
# # Must a stream be computed again and again?
#
# **Lesson 11** · 90 minutes · 20 points · you need: lessons 03 and 04, NumPy arrays, torch modules
#
# A microphone, a heartbeat, a line camera: samples come one by one, and after each an answer is wanted. A network that
# looks back over a window computes all of it anew, though all samples but one are old. You build such a network, a
# **temporal convolutional network** (TCN), teach it what a stream looks like, let its outputs vote, then make it
# remember: one ONNX file that computes what is new.
#
# Every exercise stands alone. Later calls leave earlier results as they were. Files go to `work11`. Training takes
# a minute or two.

# %% readonly="imports"
from collections import Counter

import numpy as np
import torch
from course_utils import expect, predictions, runtime, tables
from course_utils.lessons import streaming_tcn as lesson
from course_utils.tcn import past  # (k - 1) · d of a convolution
from torch import nn

# %% readonly="helpers"
from course_utils.lessons.streaming_tcn import convolutions_of, exported_anew, forked
from course_utils.lessons.streaming_tcn import gradients_of, laid_out, misfits, shared
from course_utils.lessons.streaming_tcn import numbers_taken, refilled, results_kept
from course_utils.seeds import fresh_draw  # for the hidden tests, as those above

measured = {}  # filled by the demonstrations, shown at the end
lesson.begin()  # an empty folder work11, one thread

# %% [markdown]
# ## What may an output know?
#
# In a stream there is a past and no future. A **causal** convolution computes output $t$ from inputs up to $t$:
#
# $$ y_{o,t} = b_o + \sum_{c}\sum_{j=0}^{k-1} w_{o,c,j}\; x_{c,\;t-(k-1-j)\,d} $$
#
# $k$ is the length of the kernel, and $d$ the **dilation**, the distance between its taps: with $k = 3$ and $d = 4$,
# output $t$ sees inputs $t$, $t-4$ and $t-8$. The last tap, $j = k-1$, meets the newest sample. That is what PyTorch's
# `Conv1d` computes, too, once the signal has been padded on the left.

# %% [markdown]
# ### Exercise 11.1 · A causal convolution (3 points · 11 min)
#
# Write `causal_conv(x, w, b, dilation)` by the formula above, in NumPy. What lies before the first sample is 0.
#
# *The trap:* padding on both sides, as images get it, shows each output the future.
#
# <details><summary>Hint</summary>
# <code>np.pad(x, ((0, 0), (before, 0)))</code> puts zeros on the left. The t samples of that from
# <code>j * dilation</code> on meet tap j, and <code>w[:, :, j] @ piece</code> sums over the input channels. Add up the
# taps.
# </details>


# %% solution="causal_conv"
def causal_conv(x, w, b, dilation):
    """Return the causal convolution of a signal: output t sees inputs up to t.

    x: (c_in, t) float64 array, t at least 1, even if shorter than the reach
    w: (c_out, c_in, k) float64 array, k at least 1; b: (c_out,) float64 array
    no argument is changed
    dilation: int, at least 1
    returns: (c_out, t) float64 array
    """
    ### BEGIN SOLUTION
    k, t = w.shape[2], x.shape[1]
    padded = np.pad(x, ((0, 0), ((k - 1) * dilation, 0)))
    starts = [j * dilation for j in range(k)]
    taps = [w[:, :, j] @ padded[:, a : a + t] for j, a in enumerate(starts)]
    return b[:, None] + sum(taps)
    ### END SOLUTION


# %% test="causal_conv_taps" points=1
x, w, b = np.array([[1.0, 2, 3, 4]]), np.array([[[10.0, 1]]]), np.array([0.5])
causes = {
    "the last tap meets the newest sample": [[10.5, 21.5, 32.5, 43.5]],
    "the bias is missing": [[1.0, 12, 23, 34]],
    "the signal is padded on the right": [[12.5, 23.5, 34.5, 40.5]],
    "what lies before the first sample is 0, not the end": [[41.5, 12.5, 23.5, 34.5]],
    "there are as many outputs as inputs: pad on the left": [[12.5, 23.5, 34.5]],
}
got = causal_conv(x.copy(), w.copy(), b.copy(), 1)
what = "causal_conv([[1, 2, 3, 4]], [[[10, 1]]], [0.5], 1)"
expect.close(got, [[1.5, 12.5, 23.5, 34.5]], what, causes=causes)
x = np.array([[1.0, 2], [100, 200]])
w = np.array([[[1.0], [1]], [[1], [-1]], [[0], [3]]])
got = causal_conv(x.copy(), w.copy(), np.array([0.0, 0, 1000]), 1)
likely = "each output channel sums over all input channels, with weights of its own"
what = "causal_conv of two channels, one tap, to three"
wanted = [[101.0, 202], [-99, -198], [1300, 1600]]
expect.close(got, wanted, what, likely=likely)
### BEGIN HIDDEN TESTS
# covers: by the formula above, in numpy
# covers: w: (c_out, c_in, k) float64 array, k at least 1 | b: (c_out,) float64 array
# covers: returns: (c_out, t) float64 array
with fresh_draw() as rng:

    def by_torch(x, w, b, d):
        padded = np.pad(x, ((0, 0), ((w.shape[2] - 1) * d, 0)))
        parts = [torch.from_numpy(each) for each in (padded[None], w, b)]
        return nn.functional.conv1d(*parts, dilation=d)[0].numpy()

    sizes = [(1, 1, 1, 1), (3, 1, 2, 6), (1, 4, 5, 7), (2, 3, 3, 1), (4, 2, 1, 5)]
    sizes += [(20, 30, 2, 5), tuple(int(n) for n in rng.integers(2, 6, size=4))]
    for c_in, c_out, k, t in sizes:
        for size in (1.0, 1e-10, 3e9):
            x, b = size * rng.normal(size=(c_in, t)), size * rng.normal(size=c_out)
            w = rng.normal(size=(c_out, c_in, k))
            got = causal_conv(x=x.copy(), w=w.copy(), b=b.copy(), dilation=1)
            what = f"causal_conv, x {x.shape} about {size}, w {w.shape}, dilation 1"
            expect.array(got, what)
            expect.close(got, by_torch(x, w, b, 1), what, atol=1e-9 * size)
            expect.equal(str(got.dtype), "float64", f"the type of {what}")
    x, b, w = (rng.normal(size=size) for size in ((3, 8), 3, (3, 3, 3)))  # as square
    late, first = np.arange(8) > 3, np.eye(3)[0]
    signals = {"any signal": x, "silence": 0 * x, "silence at first": x * late}
    signals |= {"silence after": x * ~late, "one channel": x * first[:, None]}
    signals["a steady signal"] = 0 * x + x[:, :1]
    weights = {"any w": w, "w = 0": 0 * w, "a tiny w": 1e-12 * w, "a huge w": 1e12 * w}
    weights |= {"one tap": w * first, "one channel's w": w * first[:, None]}
    for heard, x in signals.items():
        for held, w in weights.items():
            for name, bias in (("any b", b), ("b = 0", 0 * b)):
                got = causal_conv(x.copy(), w.copy(), bias.copy(), 1)
                wanted, what = by_torch(x, w, bias, 1), f"{heard}, {held}, {name}"
                size = np.abs(wanted).max()
                expect.close(got, wanted, f"causal_conv, {what}", atol=1e-9 * size)
### END HIDDEN TESTS
expect.passed("each tap meets its sample")

# %% test="causal_conv_dilation" points=1
x, w = np.array([[1.0, 2, 3, 4, 5]]), np.array([[[100.0, 10, 1]]])
causes = {
    "the dilation is left out": [[1.0, 12, 123, 234, 345]],
    "padded on both sides": [[13.0, 24, 135, 240, 350]],
    "the last tap meets the newest sample": [[100.0, 200, 310, 420, 531]],
}
got = causal_conv(x.copy(), w.copy(), np.zeros(1), 2)
what = "causal_conv([[1, 2, 3, 4, 5]], [[[100, 10, 1]]], [0], 2)"
expect.close(got, [[1.0, 2, 13, 24, 135]], what, causes=causes)
### BEGIN HIDDEN TESTS
# covers: dilation: int, at least 1 | what lies before the first sample is 0
# covers: t at least 1, even if shorter than the reach
with fresh_draw() as rng:

    def by_torch(x, w, b, d):
        padded = np.pad(x, ((0, 0), ((w.shape[2] - 1) * d, 0)))
        parts = [torch.from_numpy(each) for each in (padded[None], w, b)]
        return nn.functional.conv1d(*parts, dilation=d)[0].numpy()

    cases = [(3, 2, 20), (2, 5, 17), (4, 3, 30), (3, 4, 5), (2, 9, 9), (2, 9, 10)]
    cases += [(1, 6, 8), (5, 8, 1), (3, 2, 4), (3, 2, 5), (3, 1000, 9), (3, 1000, 2100)]
    cases += [(70, 1, 90), (70, 2, 9), (3, 7, 600)]
    cases += [tuple(int(n) for n in rng.integers(2, 12, size=3)) for _ in range(4)]
    for k, d, t in cases:
        c_in, c_out = (int(n) for n in rng.integers(1, 4, size=2))
        x, b = rng.normal(size=(c_in, t)), rng.normal(size=c_out)
        w = rng.normal(size=(c_out, c_in, k))
        got = causal_conv(x.copy(), w.copy(), b.copy(), d)
        what = f"causal_conv, x {x.shape}, w {w.shape}, dilation {d}"
        expect.close(got, by_torch(x, w, b, d), what, atol=1e-9)
    one, two = (
        {name: rng.normal(size=size) for name, size in zip("xwb", sizes, strict=True)}
        for sizes in [((2, 9), (3, 2, 3), (3,))] * 2
    )
    one, two = one | {"dilation": 1}, two | {"dilation": 3}
    for changed, given in lesson.in_turn(one, two):
        wanted, what = by_torch(*given.values()), f"causal_conv, {changed} changed"
        expect.close(causal_conv(**given), wanted, what)
    w, b = rng.normal(size=(3, 2, 3)), rng.normal(size=3)
    for t, d in ((9, 2), (7, 3), (11, 1), (1, 6)):  # 13 samples, with what lies before
        x = rng.normal(size=(2, t))
        what = f"causal_conv of {t} samples, {2 * d} zeros before them"
        expect.close(causal_conv(x.copy(), w, b, d), by_torch(x, w, b, d), what)
    found = laid_out(causal_conv, *one.values())
    expect.equal(found, [], "causal_conv of arrays that lie otherwise in memory")
    calls = [tuple(each.values()) for each in (one, two, one | {"x": two["x"]}, two)]
    for call, got in zip(calls, refilled(causal_conv, *calls), strict=True):
        what = "causal_conv of the same arrays, filled with other numbers"
        expect.close(got, by_torch(*call), what)
### END HIDDEN TESTS
expect.passed("taps as far apart as the dilation says")

# %% test="causal_conv_causal" points=1
draw = np.random.default_rng(0)
x, w, b = draw.normal(size=(2, 9)), draw.normal(size=(3, 2, 3)), draw.normal(size=3)
later, lent = x.copy(), x.copy()
later[:, 5:] = 7.0
got, again = causal_conv(lent, w.copy(), b.copy(), 2), causal_conv(later, w, b, 2)
expect.shape(got, (3, 9), "causal_conv of x (2, 9), w (3, 2, 3)")
what = "outputs 0 to 4, once inputs 5 to 8 are others"
likely = "they saw the future: pad on the left only"
expect.close(again[:, :5], got[:, :5], what, likely=likely)
expect.unchanged(lent, x, "x after causal_conv")
### BEGIN HIDDEN TESTS
# covers: return the causal convolution of a signal: output t sees inputs up to t
# covers: padding on both sides, as images get it, shows each output the future
# covers: no argument is changed
with fresh_draw() as rng:
    sizes = (
        (2, 1, 6),
        (3, 3, 11),
        (4, 2, 5),
        (1, 2, 4),
        (7, 1, 30),
        (3, 2, 1),
        (1, 1, 1),
    )
    for k, d, t in sizes:
        x, w = rng.normal(size=(2, t)), rng.normal(size=(2, 2, k))
        b = rng.normal(size=2)
        lent = {"x": x.copy(), "w": w.copy(), "b": b.copy()}
        whole = causal_conv(**lent, dilation=d)
        what = f"causal_conv, x {x.shape}, k = {k}, dilation {d}"
        expect.shape(whole, (2, t), what)
        for name, before in (("x", x), ("w", w), ("b", b)):
            expect.unchanged(lent[name], before, f"{name} after {what}")
        calls = [(x, w, b, d), (-x, w, b, d), (x, -w, b, d), (x, w, 2 * b, d)]
        found = results_kept(causal_conv, *calls)
        expect.equal(found, [], f"what became of results, {what}")
        for cut in range(1, t):
            other = x.copy()
            other[:, cut:] = 1e3 * rng.normal(size=(2, t - cut))
            got = causal_conv(other, w.copy(), b.copy(), d)[:, :cut]
            expect.close(got, whole[:, :cut], f"{what}, others from {cut}", atol=1e-9)
### END HIDDEN TESTS
expect.passed("no output sees the future")

# %% [markdown]
# ### Where is one sample felt?
#
# Three of yours in a row: kernel 3, all weights 1, dilations 1, 2 and 4. The signal is 0 but for one sample: which
# outputs notice?

# %% demo="impulse"
print("The 1 is felt by", lesson.draw_impulse(causal_conv))

# %% [markdown]
# ## How far back does it look?
#
# Now from the other end: one output, and all the samples that it depends on. Each convolution adds the reach of its
# kernel. With dilations that double from block to block, the reach doubles; each further block costs the same.

# %% [markdown]
# ### Exercise 11.2 · The receptive field (1 point · 5 min)
#
# Write `receptive_field(kernel, dilations, convs_per_block=2)`: how many samples one output of the whole network
# depends on, the newest included. All convolutions of a block have the block's dilation.
#
# *The trap:* from its first to its last tap, a kernel of 3 spans 2 dilations, not 3.
#
# <details><summary>Hint</summary>
# Start with the newest sample alone, 1. What does each convolution add?
# </details>


# %% solution="receptive_field"
def receptive_field(kernel, dilations, convs_per_block=2):
    """Return how many samples an output depends on.

    kernel: int, at least 1, that of every convolution
    dilations: list of ints, one a block, each at least 1, in any order; not changed
    convs_per_block: int, at least 1
    returns: int, exact however large; 1 where nothing looks back
    """
    ### BEGIN SOLUTION
    return 1 + convs_per_block * (kernel - 1) * sum(dilations)
    ### END SOLUTION


# %% test="receptive_field_counts" points=1
causes = {
    "a block has two convolutions unless another number is given": 31,
    "the newest sample itself counts, too": 60,
    "a kernel of 3 spans 2 dilations": 91,
    "the last dilation alone does not tell: add them up": 33,
    "the dilations are added up, not their number": 17,
    "the sample itself counts once, not once a block": 64,
}
got = receptive_field(3, [1, 2, 4, 8])
likely = "the newest sample counts, and then the reach of every convolution"
expect.close(got, 61, "receptive_field(3, [1, 2, 4, 8])", causes=causes, likely=likely)
causes = {"convs_per_block is not used": 25}
got = receptive_field(4, [1, 3], convs_per_block=1)
expect.close(got, 13, "receptive_field(4, [1, 3], convs_per_block=1)", causes=causes)
### BEGIN HIDDEN TESTS
# covers: write receptive_field(kernel, dilations, convs_per_block=2): how many samples
# covers: all convolutions of a block have the block's dilation | spans 2 dilations, not 3
# covers: return how many samples an output depends on | kernel: int, at least 1
# covers: dilations: list of ints, one a block, each at least 1, in any order
# covers: not changed | convs_per_block: int, at least 1 | 1 where nothing looks back
# covers: returns: int, exact however large
with fresh_draw() as rng:
    for kernel in (1, 2, 3, 5, int(rng.integers(6, 20))):
        for count in (0, 1, 2, 7):
            for convs in (None, 1, 2, 3, int(rng.integers(4, 9))):
                dilations = rng.integers(1, 40, size=count).tolist()
                lent = list(dilations)
                more = {} if convs is None else {"convs_per_block": convs}
                got = receptive_field(kernel=kernel, dilations=lent, **more)
                seen = {0}  # walked through, layer by layer
                for d in dilations:
                    far = range((convs or 2) * (kernel - 1) + 1)
                    seen = {max(seen) + d * far[-1]}
                what = f"receptive_field({kernel}, {dilations}, {convs or 'as it is'})"
                expect.close(got, max(seen) + 1, what)
                kind = np.asarray(got).dtype.kind
                likely = "an int"
                expect.true(kind in "iu", what, expected=likely, got=repr(got))
                expect.unchanged(lent, dilations, f"dilations after {what}")
    one = {"kernel": 3, "dilations": [2, 5, 1], "convs_per_block": 1}
    two = {"kernel": 4, "dilations": [2, 5, 9], "convs_per_block": 3}
    for changed, given in lesson.in_turn(one, two):
        reach = (given["kernel"] - 1) * sum(given["dilations"])
        got, what = receptive_field(**given), f"receptive_field, {changed} changed"
        expect.equal(int(got), 1 + given["convs_per_block"] * reach, what)
    d = int(rng.integers(1, 99))
    far, huge = 2**51 + d, 2**70 + d  # a float is even there; 64 bits hold no more
    cases = [(3, [d, 3, d, d], 1), (3, [far, d, far], 1), (2, [5, d] * 200, 3)]
    cases += [(3, [huge, d, huge], 2), (2, [d, huge, 1], 1)]
    cases += [(2, [2**62, d, 2**62], 1), (2, [2**63 - d, d], 1)]
    for kernel, dilations, convs in cases:
        got = receptive_field(kernel, list(dilations), convs)
        what = f"receptive_field({kernel}, {str(dilations)[:80]}, {convs})"
        likely = "blocks of one dilation count each; only Python's ints are exact"
        reach = convs * (kernel - 1) * sum(dilations)
        expect.equal(int(got), 1 + reach, what, likely=likely)
    calls = [(3, [1, d, 2]), (3, [1, d, 3]), (3, [d, d, d]), (4, [d, d, d])]
    got = [int(each) for each in refilled(receptive_field, *calls)]
    wanted = [1 + 2 * (kernel - 1) * sum(dilations) for kernel, dilations in calls]
    expect.equal(got, wanted, f"receptive_field of one list, filled anew: {calls}")
### END HIDDEN TESTS
expect.passed("as many samples as there are in view")

# %% [markdown]
# ### How deep must it be?
#
# In the report that this lesson follows, a TCN reads MNIST pixel by pixel: a digit is 784 samples long. How many blocks
# does it take to see all of it, with a kernel of 3, two convolutions a block, and dilations 1, 2, 4, …?

# %% predict="blocks"
guess_blocks = None  # blocks

# %% demo="receptive_fields"
blocks = lesson.draw_receptive_field(receptive_field)
blocks = predictions.beside(guess_blocks, blocks, " blocks")
measured["blocks that see 784 samples"] = blocks

# %% [markdown]
# ## What is a TCN built of?
#
# Of **residual blocks**, one after the other, and a 1×1 convolution at the end that makes scores, after every sample.
# A block is two causal convolutions of one dilation beside a **shortcut**:
#
# $$ h = \mathrm{relu}(\mathrm{first}(x)) \qquad y = \mathrm{relu}(\mathrm{second}(h)) \qquad
# \mathrm{block}(x) = \mathrm{relu}(y + \mathrm{shortcut}(x)) $$
#
# The shortcut is $x$ itself. Where the block changes the number of channels, $x$ would not fit, and a 1×1 convolution
# stands there. (Bai, Kolter and Koltun, 2018, who also have weight normalization and dropout.)

# %% [markdown]
# ### Exercise 11.3 · A temporal block (3 points · 11 min)
#
# Write `temporal_block(c_in, c_out, kernel, dilation)`, which returns a module that computes the three formulas above
# and can be trained. Its layers are attributes: `first` and `second`, `nn.Conv1d` layers with biases, and `shortcut`, a
# 1×1 `nn.Conv1d` where the channels differ. Given are `first`, `second`, and `before`: the zeros that go on the left.
#
# *The trap:* `padding=…` of `nn.Conv1d` pads on both sides, and so does `padding="same"`.
#
# <details><summary>Hint</summary>
# A class inside the function sees <code>before</code>; write <code>forward(self, x)</code>, too.
# <code>nn.functional.pad(x, (before, 0))</code> pads the last axis on the left. <code>nn.Identity()</code> returns what
# it gets, and has no parameters.
# </details>


# %% solution="temporal_block"
def temporal_block(c_in, c_out, kernel, dilation):
    """Return a block from (n, c_in, t) to (n, c_out, t): no output sees a later input.

    c_in, c_out, kernel, dilation: ints, at least 1; the last two hold for both layers
    returns: a torch.nn.Module for float32, any n and t from 1 on, which leaves x as it
        is; its state_dict holds weight and bias of these layers, and nothing else
    """
    before = (kernel - 1) * dilation

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv1d(c_in, c_out, kernel, dilation=dilation)
            self.second = nn.Conv1d(c_out, c_out, kernel, dilation=dilation)
            ### BEGIN SOLUTION
            same = c_in == c_out
            self.shortcut = nn.Identity() if same else nn.Conv1d(c_in, c_out, 1)

        def forward(self, x):
            h = torch.relu(self.first(nn.functional.pad(x, (before, 0))))
            y = torch.relu(self.second(nn.functional.pad(h, (before, 0))))
            return torch.relu(y + self.shortcut(x))
            ### END SOLUTION

    return Block()


# %% test="temporal_block_layers" points=1
shapes = {k: tuple(v.shape) for k, v in temporal_block(2, 4, 3, 5).state_dict().items()}
wanted = {"first.weight": (4, 2, 3), "first.bias": (4,), "second.weight": (4, 4, 3)}
wanted |= {"second.bias": (4,), "shortcut.weight": (4, 2, 1), "shortcut.bias": (4,)}
what = "the shapes in temporal_block(2, 4, 3, 5).state_dict()"
expect.keys(shapes, wanted, what)
likely = "from c_in channels to c_out, then from c_out to c_out"
for name, shape in wanted.items():
    expect.equal(shapes[name], shape, f"{what}, {name}", likely=likely)
held = sorted(temporal_block(3, 3, 2, 1).state_dict())
wanted = sorted(name for name in wanted if "shortcut" not in name)
likely = "where the channels are as many, the shortcut is x itself"
what = "the names in temporal_block(3, 3, 2, 1).state_dict()"
expect.equal(held, wanted, what, likely=likely)
### BEGIN HIDDEN TESTS
# covers: its layers are attributes: first and second, nn.conv1d layers with biases
# covers: c_in, c_out, kernel, dilation: ints, at least 1 | its state_dict holds
# covers: the last two hold for both
with fresh_draw() as rng:
    cases = [(1, 1, 1, 1), (1, 5, 2, 9), (4, 1, 3, 1), (6, 6, 4, 2), (2, 3, 1, 4)]
    for c_in, c_out, k, d in [*cases, tuple(int(n) for n in rng.integers(2, 9, 4))]:
        block = temporal_block(c_in=c_in, c_out=c_out, kernel=k, dilation=d)
        what = f"temporal_block({c_in}, {c_out}, {k}, {d})"
        shapes = {key: tuple(v.shape) for key, v in block.state_dict().items()}
        wanted = {"first.weight": (c_out, c_in, k), "first.bias": (c_out,)}
        wanted |= {"second.weight": (c_out, c_out, k), "second.bias": (c_out,)}
        if c_in != c_out:
            wanted["shortcut.weight"] = (c_out, c_in, 1)
            wanted["shortcut.bias"] = (c_out,)
        expect.equal(dict(sorted(shapes.items())), dict(sorted(wanted.items())), what)
        learns = [each.requires_grad for each in block.parameters()]
        said = f"which parameters of {what} are trained"
        expect.equal(learns, [True] * len(wanted), said)
        kinds = {str(each.dtype) for each in block.parameters()}
        expect.equal(kinds, {"torch.float32"}, f"the types in {what}")
        layers = sorted({name.partition(".")[0] for name in wanted})
        found, said = convolutions_of(block), f"nn.Conv1d layers among {what}'s parts"
        expect.equal(found, layers, said)
### END HIDDEN TESTS
expect.passed("two convolutions, and a third where channels differ")

# %% test="temporal_block_values" points=1
block = temporal_block(1, 1, 2, 1)
numbers = {"first.weight": [[[1.0, -2]]], "first.bias": [1.0]}
numbers |= {"second.weight": [[[3.0, -1]]], "second.bias": [0.5]}
block.load_state_dict({name: torch.tensor(value) for name, value in numbers.items()})
got = block(torch.tensor([[[2.0, -1, 3, 1]]]))
causes = {
    "no relu after the first convolution": [[[5.5, 0.0, 24.5, 1.0]]],
    "no relu after the second convolution": [[[2.5, 0.0, 18.5, 0.0]]],
    "no relu at the end": [[[2.5, -1.0, 18.5, 1.0]]],
    "the shortcut is missing": [[[0.5, 0.0, 15.5, 0.0]]],
    "padded on the right: outputs see the future": [[[17.5, 0.0, 7.5, 7.5]]],
}
what = "a block with known weights, for [[[2, -1, 3, 1]]]"
expect.close(got, [[[2.5, 0.0, 18.5, 1.0]]], what, atol=1e-5, causes=causes)
### BEGIN HIDDEN TESTS
# covers: which returns a module that computes the three formulas above and can be trained
# explains: given are first, second, and before: the zeros that go on the left
# covers: which leaves x as it is
# covers: and shortcut, a 1×1 nn.conv1d where the channels differ
# covers: any n and t from 1 on
with fresh_draw() as rng:
    functional = nn.functional

    def looked(state, part, x, k, d):
        weights = state[f"{part}.weight"], state[f"{part}.bias"]
        return functional.conv1d(
            functional.pad(x, ((k - 1) * d, 0)), *weights, dilation=d
        )

    cases = [(2, 3, 3, 2, 2, 9), (3, 3, 2, 1, 1, 6), (1, 4, 1, 3, 3, 5)]
    cases += [(2, 2, 4, 3, 2, 4), (1, 1, 3, 2, 1, 1), (4, 1, 2, 5, 2, 12)]
    cases += [(2, 3, 3, 5, 2, 9), (2, 3, 2, 2, 2, 9)]  # as the first, but for one
    cases += [(2, 3, 3, 40, 1, 170), (9, 2, 5, 1, 1, 6), (1, 2, 2, 1, 40, 3)]
    cases += [tuple(int(n) for n in rng.integers(2, 6, size=6))]

    def drawn(*size):
        return torch.from_numpy(rng.normal(size=size).astype(np.float32))

    blocks = []  # all of them at once, as in a net, and two of each kind
    for case in [*cases, *cases]:
        block = temporal_block(*case[:4])
        state = {name: drawn(*v.shape) for name, v in block.state_dict().items()}
        block.load_state_dict(state)
        blocks.append((block, state, case))
    for place, (block, state, (c_in, c_out, k, d, count, long)) in enumerate(blocks):
        whole = f"temporal_block({c_in}, {c_out}, {k}, {d})"
        for mode, more, size in (("train", 0, 1), ("eval", 1, 30)):
            n, t = count + more, long + 2 * more
            x = size * drawn(n, c_in, t)
            h = torch.relu(looked(state, "first", x, k, d))
            y = torch.relu(looked(state, "second", h, k, d))
            short = x if c_in == c_out else looked(state, "shortcut", x, 1, 1)
            getattr(block, mode)()
            what, lent = f"{whole}, {mode}(), x {n, c_in, t} about {size}", x.clone()
            got, wanted = block(lent), torch.relu(y + short)
            expect.close(got, wanted, what, atol=1e-4 * size, rtol=1e-4)
            expect.unchanged(lent, x, f"x after {what}")
        if place > 1:  # few numbers: one that is all but 0 is on either side of a relu
            continue
        for mode in ("train", "eval"):
            x, free = drawn(1, c_in, 6), {name: v.clone() for name, v in state.items()}
            free["x"] = x.clone()
            leaves = [each.requires_grad_() for each in free.values()]
            h = torch.relu(looked(free, "first", free["x"], k, d))
            y, short = torch.relu(looked(free, "second", h, k, d)), free["x"]
            short = short if c_in == c_out else looked(free, "shortcut", short, 1, 1)
            wanted = torch.autograd.grad(torch.relu(y + short).sum(), leaves)
            getattr(block, mode)()
            wanted, got = dict(zip(free, wanted, strict=True)), gradients_of(block, x)
            likely = "no_grad, detach or data in forward: something is not learned"
            what = f"the gradients of {whole}(x).sum() after {mode}(), x's, too"
            expect.close(got, wanted, what, atol=1e-3, rtol=1e-3, likely=likely)
        refilled(block, (x,))  # without gradients, as where a net is used
        state = {name: drawn(*v.shape) for name, v in state.items()}  # it has learned
        block.load_state_dict(state)
        h = torch.relu(looked(state, "first", x, k, d))
        y = torch.relu(looked(state, "second", h, k, d))
        short = x if c_in == c_out else looked(state, "shortcut", x, 1, 1)
        wanted, what = torch.relu(y + short), f"{whole}, once its weights are others"
        expect.close(block(x.clone()), wanted, what, atol=1e-4, rtol=1e-4)
        what = f"{what}, without gradients"
        expect.close(refilled(block, (x,))[0], wanted, what, atol=1e-4, rtol=1e-4)
        calls = [(x,), (-x,), (2 * x,)]
        for (x,), got in zip(calls, refilled(block, *calls), strict=True):
            what = f"{whole} of one x, filled with other numbers"
            expect.close(got, block(x.clone()), what, atol=1e-4, rtol=1e-4)
        found, what = (
            laid_out(block, x),
            f"{whole} of an x that lies otherwise in memory",
        )
        expect.equal(found, [], what)
    block, x = temporal_block(3, 8, 2, 1), drawn(4, 3, 30)  # as it comes
    still = [name for name, grad in gradients_of(block, x).items() if not grad.any()]
    expect.equal(still, [], "the parameters of a new block that do not learn from x")
    block, x = temporal_block(1, 2, 2, 1), drawn(1, 1, 4)
    found = results_kept(block, (x,), (-x,), (2 * x,))
    expect.equal(found, [], "what became of results of temporal_block(1, 2, 2, 1)")
### END HIDDEN TESTS
expect.passed("the three formulas")

# %% test="temporal_block_causal" points=1
torch.manual_seed(0)
draw = np.random.default_rng(0).random((1, 2, 12), np.float32)
block, x = temporal_block(2, 3, 3, 2), torch.from_numpy(draw)
later = x.clone()
later[:, :, 7:] = 9.0
got, again = block(x.clone()), block(later)
expect.shape(got, (1, 3, 12), "temporal_block(2, 3, 3, 2) of x (1, 2, 12)")
likely = "they saw the future: pad on the left only, in both convolutions"
what = "outputs 0 to 6, once inputs 7 to 11 are others"
expect.close(again[:, :, :7], got[:, :, :7], what, atol=1e-5, likely=likely)
### BEGIN HIDDEN TESTS
# covers: return a block from (n, c_in, t) to (n, c_out, t): no output sees a later input
# covers: of nn.conv1d pads on both sides
with fresh_draw() as rng:
    for c_in, c_out, k, d, t in ((1, 1, 2, 1, 7), (2, 5, 3, 3, 20), (3, 3, 4, 2, 9)):
        x, noise = rng.normal(size=(2, 2, c_in, t)).astype(np.float32)
        block, x = temporal_block(c_in, c_out, k, d), torch.from_numpy(x)
        whole = block(x.clone())
        what = f"temporal_block({c_in}, {c_out}, {k}, {d}), t = {t}"
        expect.shape(whole, (2, c_out, t), what)
        for cut in range(1, t):
            other = x.clone()
            other[:, :, cut:] = 50 * torch.from_numpy(noise)[:, :, cut:]
            got = block(other)[:, :, :cut]
            said = f"{what}, others from {cut}"
            expect.close(got, whole[:, :, :cut], said, atol=1e-4)
### END HIDDEN TESTS
expect.passed("no output of a block sees the future")

# %% [markdown]
# ### Which inputs does an output depend on?
#
# On those where its gradient is not 0. Left your block; right two convolutions that pad on both sides, which could
# never run on a live signal.

# %% demo="reach"
measured["gradients from the future"] = lesson.draw_reach(temporal_block)

# %% [markdown]
# ## What does a stream look like to a net?
#
# Like nothing in its training set. Take the 8×8 digits as signals of 64 pixels, row after row. In training each stands
# alone, with zeros before it. In a stream another digit stands there, and a net whose receptive field reaches into it
# is wrong more often.
#
# The report mends that with its training data: the first samples of a sequence are cut off, and the last samples of
# another sequence take their place, up to a quarter of the receptive field. The label stays.

# %% [markdown]
# ### Exercise 11.4 · Clip and stitch (2 points · 6 min)
#
# Write `clip_and_stitch(sequence, other, most, rng)`: draw how many samples to replace, and put that many from the end
# of `other` in place of the first ones of `sequence`.
#
# *The trap:* `other[:, -m:]` is all of `other` when m is 0.
#
# <details><summary>Hint</summary>
# <code>rng.integers(low, high)</code> leaves out high, unless <code>endpoint=True</code>.
# <code>np.concatenate([a, b], axis=1)</code> joins along time.
# </details>


# %% solution="clip_and_stitch"
def clip_and_stitch(sequence, other, most, rng):
    """Return a sequence whose start is the end of another; its length stays.

    sequence, other: float32 arrays (c, t) and (c, s); neither is changed
    most: int, 0 to the smaller of t and s
    rng: a numpy.random.Generator, which decides how many: 0, 1, … or most, each as
        likely
    returns: float32 array (c, t)
    """
    ### BEGIN SOLUTION
    m = int(rng.integers(0, most, endpoint=True))
    end = other[:, other.shape[1] - m :]
    return np.concatenate([end, sequence[:, m:]], axis=1)
    ### END SOLUTION


# %% test="clip_and_stitch_pieces" points=1
one = np.arange(10, 16, dtype=np.float32)[None]
other = np.arange(100, 108, dtype=np.float32)[None]
causes = {
    "these are the first samples of other; take its last": [100, 101, 12, 13, 14, 15],
    "the sequence is moved; its first samples are to go": [106, 107, 10, 11, 12, 13],
    "the end is replaced; the start is to be": [10, 11, 12, 13, 106, 107],
}
wanted = {0: [10, 11, 12, 13, 14, 15], 1: [107, 11, 12, 13, 14, 15]}
wanted[2] = [106, 107, 12, 13, 14, 15]
for seed in range(10):
    rng, lent = np.random.default_rng(seed), one.copy()
    got = clip_and_stitch(lent, other.copy(), 2, rng)
    what = "clip_and_stitch([[10, …, 15]], [[100, …, 107]], 2, rng)"
    expect.unchanged(lent, one, f"sequence after {what}")
    expect.shape(got, (1, 6), what, likely="cut the sequence; and if m is 0?")
    taken = int((np.asarray(got) >= 100).sum())
    likely = "at most two samples of other, and the rest of the sequence"
    expect.close(
        got,
        [wanted.get(taken, wanted[2])],
        what,
        causes={name: [value] for name, value in causes.items()},
        likely=likely,
    )
### BEGIN HIDDEN TESTS
# covers: draw how many samples to replace, and put that many from the end of other
# covers: return a sequence whose start is the end of another; | its length stays
# covers: sequence, other: float32 arrays (c, t) and (c, s) | neither is changed
# covers: most: int, 0 to the smaller | returns: float32 array (c, t)
# covers: is all of other when m is 0
with fresh_draw() as rng:
    cases = [(1, 9, 9, 9), (3, 6, 11, 6), (2, 11, 4, 4), (1, 5, 5, 0), (2, 1, 3, 1)]
    cases += [(4, 7, 7, 1), (1, 1, 1, 0), (1, 64, 64, 16)]
    for c, t, s, most in cases:
        for _ in range(6):
            one, other = (rng.normal(size=(c, n)).astype(np.float32) for n in (t, s))
            lent, draw = (one.copy(), other.copy()), int(rng.integers(2**32))
            got = clip_and_stitch(
                sequence=lent[0],
                other=lent[1],
                most=most,
                rng=np.random.default_rng(draw),
            )
            what = f"clip_and_stitch, {one.shape}, {other.shape}, most = {most}"
            expect.shape(got, (c, t), what)
            expect.equal(str(got.dtype), "float32", f"the type of {what}")
            ways = [np.hstack([other[:, s - m :], one[:, m:]]) for m in range(most + 1)]
            fits = any(np.array_equal(way, got) for way in ways)
            wanted = "other's end, then the sequence from there on"
            expect.true(fits, what, expected=wanted, got=np.asarray(got).tolist())
            expect.unchanged(lent[0], one, f"sequence after {what}")
            expect.unchanged(lent[1], other, f"other after {what}")
        found = misfits(clip_and_stitch, one, other, most, draw, 40 * (most + 1))
        said = f"{what}: results that are not so, however they lie in memory"
        expect.equal(found, [], said, likely=wanted)
        calls = [
            (one, other, most, np.random.default_rng(seed))
            for seed in range(draw, draw + 4)
        ]
        found = results_kept(clip_and_stitch, *calls, again=False)
        expect.equal(found, [], f"what became of results, {what}")
    calls = [(k * one, other - k, most, np.random.default_rng(draw)) for k in (1, 2, 3)]
    for call, got in zip(calls, refilled(clip_and_stitch, *calls), strict=True):
        ways = [np.hstack([call[1][:, s - m :], call[0][:, m:]]) for m in range(17)]
        fits = any(np.array_equal(way, got) for way in ways)
        said = "clip_and_stitch of the same arrays, filled with other numbers"
        expect.true(fits, said, expected=wanted, got=got.tolist())
### END HIDDEN TESTS
expect.passed("the end of one, and the rest of the other")

# %% test="clip_and_stitch_draws" points=1
one, other = np.zeros((1, 5), np.float32), np.ones((1, 5), np.float32)
drawn = []
for seed in range(60):
    rng = np.random.default_rng(seed)
    got = clip_and_stitch(one.copy(), other.copy(), 2, rng)
    drawn.append(int(np.asarray(got).sum()))
causes = {
    "rng.integers leaves out its upper end": [0, 1],
    "most samples each time: let rng draw how many": [2],
    "0 is a number to draw, too": [1, 2],
    "other[:, -0:] is all of other": [1, 2, 5],
    "other[:, -0:] is all of other, and integers leaves out its upper end": [1, 5],
}
what = "how many samples are replaced where most is 2, in 60 draws"
expect.equal(sorted(set(drawn)), [0, 1, 2], what, causes=causes)
### BEGIN HIDDEN TESTS
# covers: which decides how many: 0, 1, … or most, each as likely
# covers: write clip_and_stitch(sequence, other, most, rng)
with fresh_draw() as rng:
    seeds = rng.integers(2**32, size=900).tolist()
    counts = np.bincount(numbers_taken(clip_and_stitch, 2, 6, seeds), minlength=3)
    likely = "each of 0, 1 and 2 is as likely as the others"
    even = len(counts) == 3 and counts.min() > 200 and counts.max() < 400
    what = "how often 0, 1 and 2 samples were replaced in 900 draws"
    expect.true(even, what, expected="about 300", got=counts.tolist(), likely=likely)
    kinds = ((1, 1, "PCG64"), (5, 5, "MT19937"), (16, 16, "PCG64"), (4, 64, "Philox"))
    for most, t, kind in kinds:
        draws = 600 * (most + 1)
        found = numbers_taken(clip_and_stitch, most, t, seeds[:1], draws, kind)
        counts, found = np.bincount(found, minlength=most + 1), np.array(found)
        even = len(counts) == most + 1 and counts.min() > 450 and counts.max() < 750
        what = f"how often 0, …, {most} of {t} samples came, one rng, {draws} draws"
        likely = (
            "draw from the rng that is given, not from a copy; no number has priority"
        )
        expect.true(
            even, what, expected="about 600", got=counts.tolist(), likely=likely
        )
        twice = int((found[1:] == found[:-1]).sum())
        likely = "what came before does not count"
        said = f"{what}: how often the same number twice in a row"
        fair = 450 < twice < 750
        expect.true(fair, said, expected="about 600", got=twice, likely=likely)
    found = numbers_taken(clip_and_stitch, 300, 300, seeds[:1], 20 * 301, "SFC64")
    counts, quarters = np.bincount(found, minlength=301), np.array(found) * 4 // 301
    quarters = np.bincount(quarters)
    even = counts.min() > 0 and counts.max() < 60 and quarters.min() > 1300
    what = "how often 0, …, 75, …, 150, …, 225, … of 300 samples came, 6,020 draws"
    wanted = "about 1505, and each number of them"
    expect.true(even, what, expected=wanted, got=quarters.tolist(), likely=likely)
    for most in (16, 64):
        given = clip_and_stitch, most, 64, seeds[:40]
        once, again = numbers_taken(*given), numbers_taken(*given, loud=3)
        what = f"the numbers drawn where most is {most}, with the same 40 seeds again"
        likely = "draw with the rng that was given, and with nothing else"
        expect.equal(again, once, what, likely=likely)
        what = f"how many numbers 40 draws give where most is {most}"
        several = len(set(once))
        expect.true(several > 8, what, expected="more than 8", got=several)
        ends, what = (
            (min(once), max(once)),
            f"the least and the most of 40 of 0 to {most}",
        )
        wide = ends[0] < most / 2 < ends[1]
        expect.true(wide, what, expected=f"on both sides of {most / 2:g}", got=ends)
### END HIDDEN TESTS
expect.passed("any number from 0 to most, each as likely")

# %% [markdown]
# ### Does it help?
#
# Two nets of five blocks learn to name the digit from the last 16 outputs: one on digits alone, one on yours with
# `most=31`, a quarter of the nets' receptive field of 125. A third net, the **control**, saw what a stream
# really is: a whole other digit before each. All read 450 test digits as one stream.

# %% demo="trained_on_streams"
right = lesson.train_and_compare(clip_and_stitch)
shares = ", ".join(f"{share:.2f}" for share in right.values())
measured["right in a stream: digits alone, stitched, control"] = shares

# %% [markdown]
# The trick earns its keep, and the control earns more: where streams can be had, train on streams. From here on the
# third net is used.

# %% [markdown]
# ## One output, or a vote?
#
# A TCN answers after each sample, and its answers flicker. The report lets the last $n$ outputs vote. A long vote is
# steadier, as long as all of it was about the same digit.

# %% [markdown]
# ### Exercise 11.5 · The last n vote (2 points · 9 min)
#
# Write `last_n_vote(labels, n)`: after each label, the one that is most frequent among the last n, or among all so far
# where there are fewer. Of several that are equally frequent, the one seen last wins.
#
# *The trap:* in a tie the newest label wins only if it is itself among the most frequent.
#
# <details><summary>Hint</summary>
# <code>Counter(values).most_common()</code> lists (value, count), the most frequent first; of equal counts, the one
# that it met first. So in which order should it meet them?
# </details>


# %% solution="last_n_vote"
def last_n_vote(labels, n):
    """Return the majority of the last n labels, after each of them.

    labels: (t,) array of ints from 0 to 999, of any integer type, t at least 1; not
        changed
    n: int, at least 1
    returns: (t,) array of ints
    """
    ### BEGIN SOLUTION
    votes = []
    for end in range(1, len(labels) + 1):
        newest_first = labels[:end][::-1][:n]
        votes.append(Counter(newest_first.tolist()).most_common()[0][0])
    return np.array(votes)
    ### END SOLUTION


# %% test="last_n_vote_majority" points=1
labels = np.array([3, 3, 8, 3, 8, 8, 8, 1])
causes = {
    "the last n only, not all so far": [3, 3, 3, 3, 3, 3, 8, 8],
    "these are the labels themselves": [3, 3, 8, 3, 8, 8, 8, 1],
    "exactly n labels vote, the newest among them": [3, 3, 3, 3, 3, 8, 8, 8],
    "the votes look into the future": [3, 3, 8, 8, 8, 8, 8, 1],
    "these are the largest of the last n": [3, 3, 8, 8, 8, 8, 8, 8],
}
got, what = last_n_vote(labels.copy(), 3), f"last_n_vote({labels.tolist()}, 3)"
expect.close(got, [3, 3, 3, 3, 8, 8, 8, 8], what, causes=causes)
causes = {"the last n labels, the newest among them: here n + 1 vote": [4]}
labels, what = (
    np.array([4, 6, 6, 6, 4, 4]),
    "the last of last_n_vote([4, 6, 6, 6, 4, 4], 5)",
)
expect.close(last_n_vote(labels, 5)[-1:], [6], what, causes=causes)
### BEGIN HIDDEN TESTS
# covers: write last_n_vote(labels, n): after each label, the one that is most frequent
# covers: return the majority of the last n labels | labels: (t,) array of ints from 0
# covers: of any integer type
# covers: n: int, at least 1 | returns: (t,) array of ints | not changed
with fresh_draw() as rng:
    cases = [(1, 1), (9, 1), (40, 2), (60, 7), (50, 50), (20, 300), (80, 16)]
    for t, n in [*cases, (int(rng.integers(30, 60)), int(rng.integers(3, 12)))]:
        top, values = int(rng.integers(2, 5)), rng.choice(1000, size=5, replace=False)
        values[:2] = rng.permutation([0, 999])
        kind = ("int16", "uint16", "int32", "int64")[t // 10 % 4]
        labels = values[rng.integers(0, top, size=t)].astype(kind)
        lent = labels.copy()
        got, what = last_n_vote(labels=lent, n=n), f"last_n_vote, t = {t}, n = {n}"
        expect.shape(got, (t,), what)
        expect.array(got, what)
        kind = np.asarray(got).dtype.kind
        expect.true(kind in "iu", f"the type of {what}", expected="ints", got=kind)
        expect.unchanged(lent, labels, f"labels after {what}")
        for place in range(t):
            seen = labels[max(0, place - n + 1) : place + 1].tolist()
            often = sorted((seen.count(each), each) for each in set(seen))
            if len(often) == 1 or often[-1][0] > often[-2][0]:  # no tie
                said = f"{what}, after {seen[-12:]}"
                expect.close(got[place], often[-1][1], said)
        found = results_kept(
            last_n_vote, (labels, n), (labels[::-1], n), (labels, n + 1)
        )
        expect.equal(found, [], f"what became of results, {what}")
    others = list(range(10, 520))  # a vote outweighs any place
    labels = np.array([5, 5, 5, *others, *others])
    got = last_n_vote(labels, len(labels))[-1]
    expect.equal(int(got), 5, "last_n_vote, thrice 5, then 510 others twice: the last")
    for kind in [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]:
        top = min(999, np.iinfo(kind).max)
        a, b = rng.choice(top, size=2, replace=False).tolist()
        most = 260 if kind == "int16" else 130  # more than a byte counts
        labels = np.repeat(np.array([a, b], kind), [most, most - 1])
        what = f"last_n_vote of {kind}, {most} {a}, {most - 1} {b}, n = 600"
        got = last_n_vote(labels, 600)
        expect.close(got, np.full(len(labels), a), f"{what}: {a} leads throughout")
        for a, b in ((top, 0), (0, top), (1, 0), rng.permutation(top)[:2].tolist()):
            labels = np.array([a, a, b, b, b, a, a, b], kind)
            got, what = (
                last_n_vote(labels.copy(), 3),
                f"last_n_vote of {labels!r}, n = 3",
            )
            expect.close(got, [a, a, a, b, b, b, a, a], what)
            said = f"the type of {what}"
            found = np.asarray(got).dtype
            expect.true(found.kind in "iu", said, expected="ints", got=str(found))
    found = laid_out(last_n_vote, labels, 3)
    expect.equal(found, [], "last_n_vote of labels that lie otherwise in memory")
### END HIDDEN TESTS
expect.passed("the most frequent of the last n")

# %% test="last_n_vote_ties" points=1
labels = np.array([2, 9, 9, 2, 5])
causes = {
    "in a tie the label seen last wins, not the first or smallest": [2, 2, 9, 2, 2],
    "in a tie the label seen last wins, not the largest": [2, 9, 9, 9, 9],
    "5 is the newest, but others are more frequent": [2, 9, 9, 2, 5],
}
got, what = last_n_vote(labels.copy(), 5), f"last_n_vote({labels.tolist()}, 5)"
expect.close(got, [2, 9, 9, 2, 2], what, causes=causes)
labels = np.array([1, 4, 4, 1, 1, 4])
got, what = last_n_vote(labels.copy(), 4), f"last_n_vote({labels.tolist()}, 4)"
expect.close(got, [1, 4, 4, 1, 1, 4], what)
### BEGIN HIDDEN TESTS
# covers: of several that are equally frequent, the one seen last wins
# covers: in a tie the newest label wins only if it is itself among the most frequent
with fresh_draw() as rng:
    for n in (2, 4, 6, 12, 5, 90):
        a, b, c = rng.permutation([0, *rng.choice(range(1, 1000), 2, replace=False)])
        a, b, c = int(a), int(b), int(c)
        for signal in (
            rng.choice([a, b, c], size=40).tolist(),
            [a, b] * 9,
            [a, a, b, b] * 6,
            [a, b, c, c, a, b] * 4,
            [a, b, c] * 8,
            [*range(7), *range(7, 0, -1)] * 3,
            rng.integers(0, 6, size=40).tolist(),
        ):
            labels, wanted = np.array(signal), []
            for end in range(1, len(signal) + 1):
                seen = signal[max(0, end - n) : end]
                most = max(map(seen.count, seen))
                wanted.append([each for each in seen if seen.count(each) == most][-1])
            got = last_n_vote(labels.copy(), n)
            expect.close(got, wanted, f"last_n_vote({signal}, {n})")
    one = {"labels": rng.integers(0, 3, size=300), "n": 20}
    for changed, given in lesson.in_turn(one, {"labels": one["labels"][::-1], "n": 6}):
        got, what = last_n_vote(**given), f"last_n_vote, {changed} changed"
        signal, n = given["labels"].tolist(), given["n"]
        for end in range(1, len(signal) + 1):
            seen = signal[max(0, end - n) : end]
            most = max(map(seen.count, seen))
            wanted = [each for each in seen if seen.count(each) == most][-1]
            expect.close(got[end - 1], wanted, f"{what}, after {seen}")
    labels = np.repeat([5, 3], 260)  # 3 draws level at the end, and is the newer
    wanted, what = [5] * 519 + [3], "last_n_vote, 260 times 5, 260 times 3, n = 520"
    expect.close(last_n_vote(labels, 520), wanted, what)
    calls = [(np.array(each), 4) for each in ([1, 2, 2, 1], [2, 1, 1, 2], [7, 7, 0, 0])]
    what = f"last_n_vote of one array, filled anew: {[c[0].tolist() for c in calls]}"
    wanted = np.array([[1, 2, 2, 1], [2, 1, 1, 2], [7, 7, 7, 0]])
    expect.close(np.array(refilled(last_n_vote, *calls)), wanted, what)
### END HIDDEN TESTS
expect.passed("ties go to the label seen last")

# %% [markdown]
# ### How long should the vote be?
#
# In the test stream a digit is 64 samples long, and at its last sample the vote is counted. Which n is best: 1, 2, 4,
# 8, 12, 16, 24, 32, 48, 64, 100, 150 or 200?

# %% predict="best_n"
guess_best_n = None  # outputs

# %% demo="votes"
best_n, accuracies = lesson.draw_votes(last_n_vote)
measured["best n, of 64 samples"] = predictions.beside(guess_best_n, best_n)
shares = ", ".join(f"{accuracies[n]:.3f}" for n in (1, best_n, 200))
measured[f"right at a digit's end, n = 1, {best_n}, 200"] = shares

# %% [markdown]
# The published votes stay within about a quarter of a digit, and only gain. Longer ones lose, most of all once half of
# a vote is from before the digit could be known.

# %% [markdown]
# ## What is new in a new sample?
#
# When sample $t$ comes, every output before $t$ is known, in every layer. What is missing is one output of each layer,
# and for that a layer needs the $(k-1)\,d$ inputs before the newest, no more. Keep these: they are the layer's
# **state**. The report keeps them in a queue for each convolution.
#
# A **step** is then a function of the sample and the state, and returns the new state beside its output. Nothing is
# hidden in it, so many streams can use one layer.

# %% [markdown]
# ### Exercise 11.6 · One step (4 points · 10 min)
#
# Write `step(x_t, state, w, b, dilation)`: what the causal convolution of 11.1 gives for the newest sample, and the
# state for the next call. A state holds the last $(k-1)\,d$ samples that came in, the oldest first; at the start they
# are 0.
#
# *The trap:* the state that came in belongs to the caller, who may go on from it twice. Do not write into it.
#
# <details><summary>Hint</summary>
# Put the newest sample behind the state: that makes $(k-1)\,d + 1$ samples. Which of them meet a tap? Every
# <code>dilation</code>-th. And what has to be remembered is all but the first.
# </details>


# %% solution="step"
def step(x_t, state, w, b, dilation):
    """Return (y_t, state): a layer's output for one sample, and what it remembers now.

    x_t: float64 array (c_in,), the newest sample
    state: float64 array (c_in, (k - 1) * dilation), which is (c_in, 0) for k = 1
    w, b: float64 arrays (c_out, c_in, k) and (c_out,); no argument is changed
    dilation: int, at least 1
    returns: float64 arrays (c_out,) and (c_in, (k - 1) * dilation), which share no
        memory with the arguments
    """
    ### BEGIN SOLUTION
    seen = np.concatenate([state, x_t[:, None]], axis=1)
    y_t = b + np.einsum("ocj,cj->o", w, seen[:, ::dilation])
    return y_t, seen[:, 1:]
    ### END SOLUTION


# %% test="step_output" points=1
w, b = np.array([[[100.0, 10, 1]]]), np.array([0.5])
state = np.array([[1.0, 2, 3, 4]])
got = step(np.array([5.0]), state.copy(), w.copy(), b.copy(), 2)
what = "step([5], [[1, 2, 3, 4]], [[[100, 10, 1]]], [0.5], 2)"
expect.parts(got, 2, what, likely="return both: y_t, state")
causes = {
    "the dilation is left out": [345.5],
    "the last tap meets the newest sample": [531.5],
    "the bias is missing": [135.0],
    "the state's oldest samples come first": [425.5],
    "the newest sample is missing": [13.5],
    "taps are `dilation` apart, and the last meets the newest sample": [123.5],
    "the newest sample goes behind the state": [524.5],
}
expect.close(got[0], [135.5], f"y_t of {what}", causes=causes)
### BEGIN HIDDEN TESTS
# covers: write step(x_t, state, w, b, dilation): what the causal convolution of 11.1 gives
# covers: return (y_t, state): a layer's output for one sample
# covers: x_t: float64 array (c_in,), the newest sample | dilation: int, at least 1
# covers: w, b: float64 arrays | which is (c_in, 0) for k = 1
with fresh_draw() as rng:
    cases = [(1, 1, 1, 1), (2, 3, 1, 4), (3, 1, 2, 1), (1, 2, 3, 3), (2, 2, 4, 2)]
    cases += [(4, 4, 3, 2), (3, 3, 3, 1), (2, 1, 3, 700), (2, 1, 80, 1), (9, 20, 2, 1)]
    for c_in, c_out, k, d in [*cases, tuple(int(n) for n in rng.integers(2, 7, 4))]:
        for size in (1.0, 1e-10, 3e9):
            x_t, b = size * rng.normal(size=c_in), size * rng.normal(size=c_out)
            state = size * rng.normal(size=(c_in, (k - 1) * d))
            w = rng.normal(size=(c_out, c_in, k))
            columns = [state[:, j * d] for j in range(k - 1)] + [x_t]
            wanted = b + sum(w[:, :, j] @ column for j, column in enumerate(columns))
            lent = {"x_t": x_t.copy(), "state": state.copy(), "w": w.copy()}
            got = step(**lent, b=b.copy(), dilation=d)
            what = f"step, {c_in} channels to {c_out}, k = {k}, dilation {d}"
            expect.parts(got, 2, what)
            expect.close(got[0], wanted, f"y_t of {what}", atol=1e-9 * size)
            expect.equal(str(got[0].dtype), "float64", f"the type of y_t of {what}")
    sizes = {"x_t": (2,), "state": (2, 4), "w": (3, 2, 3), "b": (3,)}
    one, two = ({name: rng.normal(size=sizes[name]) for name in sizes} for _ in "ab")
    for changed, given in lesson.in_turn(one, two):
        seen = np.hstack([given["state"], given["x_t"][:, None]])
        wanted = given["b"] + np.einsum("ocj,cj->o", given["w"], seen[:, ::2])
        got, what = step(**given, dilation=2), f"y_t of step, {changed} changed"
        expect.close(got[0], wanted, what)
    for silent in ("x_t", "state", "w", "b", "x_t state", "state b", "x_t state b"):
        zeros = {name: 0 * one[name] for name in silent.split()}
        for size in (1, 1e-12, 1e12):  # of the weights and the bias
            given = one | {"w": size * one["w"], "b": size * one["b"]} | zeros
            seen = np.hstack([given["state"], given["x_t"][:, None]])
            wanted = given["b"] + np.einsum("ocj,cj->o", given["w"], seen[:, ::2])
            lent = {name: value.copy() for name, value in given.items()}
            got, what = step(**lent, dilation=2), f"step, w about {size}, 0: {silent}"
            expect.close(got[0], wanted, f"y_t of {what}", atol=1e-9 * size)
    calls = [(*each.values(), 2) for each in (one, two, one | {"w": two["w"]}, two)]
    for call, got in zip(calls, refilled(step, *calls), strict=True):
        seen = np.hstack([call[1], call[0][:, None]])
        wanted = call[3] + np.einsum("ocj,cj->o", call[2], seen[:, ::2])
        what = "y_t of step with the same arrays, filled with other numbers"
        expect.close(got[0], wanted, what)
### END HIDDEN TESTS
expect.passed("the newest output")

# %% test="step_state" points=1
state, what = np.array([[1.0, 2], [10, 20]]), "step([3, 30], [[1, 2], [10, 20]], …)"
got = step(np.array([3.0, 30]), state.copy(), np.ones((1, 2, 3)), np.zeros(1), 1)
expect.parts(got, 2, what, likely="return both: y_t, state")
causes = {
    "the newest sample has gone to the front; the oldest comes first": [
        [3, 1],
        [30, 10],
    ],
    "nothing was remembered": [[1, 2], [10, 20]],
    "all is remembered; the oldest sample can go": [[1, 2, 3], [10, 20, 30]],
    "the newest sample is remembered, the one before it is lost": [[1, 3], [10, 30]],
    "this is turned around; the oldest comes first": [[3, 2], [30, 20]],
}
expect.close(got[1], [[2.0, 3], [20, 30]], f"the state after {what}", causes=causes)
got = step(np.ones(2), np.zeros((2, 0)), np.ones((1, 2, 1)), np.zeros(1), 1)
likely = "it looks back on nothing; state[:, -0:] is all of it"
expect.shape(got[1], (2, 0), "the state of a kernel of 1", likely=likely)
### BEGIN HIDDEN TESTS
# covers: and the state for the next call | a state holds the last (k-1)\,d samples
# covers: state: float64 array (c_in, (k - 1) * dilation)
# covers: returns: float64 arrays (c_out,) and (c_in, (k - 1) * dilation)
with fresh_draw() as rng:
    cases = [(1, 1, 1, 1), (2, 3, 1, 4), (3, 1, 2, 1), (1, 2, 3, 3), (2, 2, 4, 2)]
    cases += [(4, 4, 3, 2), (3, 3, 3, 1), (2, 1, 3, 700), (2, 1, 80, 1), (9, 20, 2, 1)]
    for c_in, c_out, k, d in [*cases, tuple(int(n) for n in rng.integers(2, 7, 4))]:
        x_t, state = rng.normal(size=c_in), rng.normal(size=(c_in, (k - 1) * d))
        w, b = rng.normal(size=(c_out, c_in, k)), rng.normal(size=c_out)
        got = step(x_t.copy(), state.copy(), w.copy(), b.copy(), d)
        what = f"step, {c_in} channels to {c_out}, k = {k}, dilation {d}"
        expect.parts(got, 2, what)
        wanted = np.hstack([state, x_t[:, None]])[:, 1:]
        expect.shape(got[1], wanted.shape, f"the state after {what}")
        expect.close(got[1], wanted, f"the state after {what}", atol=0)
        expect.equal(str(got[1].dtype), "float64", f"the type of the state, {what}")
    sizes = {"x_t": (2,), "state": (2, 4), "w": (3, 2, 3), "b": (3,)}
    one, two = ({name: rng.normal(size=sizes[name]) for name in sizes} for _ in "ab")
    for changed, given in lesson.in_turn(one, two):
        wanted = np.hstack([given["state"], given["x_t"][:, None]])[:, 1:]
        got, what = (
            step(**given, dilation=2),
            f"the state after step, {changed} changed",
        )
        expect.close(got[1], wanted, what, atol=0)
    silent = [one | {name: 0 * one[name]} for name in sizes]
    silent += [one | {"x_t": 0 * one["x_t"], "state": 0 * one["state"]}]
    calls = [(*each.values(), 2) for each in (one, two, *silent, two)]
    for call, got in zip(calls, refilled(step, *calls), strict=True):
        wanted = np.hstack([call[1], call[0][:, None]])[:, 1:]
        what = "the state after step with the same arrays, filled with other numbers"
        expect.close(got[1], wanted, what, atol=0)
### END HIDDEN TESTS
expect.passed("the oldest sample goes, the newest stays")

# %% test="step_kept" points=1
state, w, b = np.array([[1.0, 2, 3]]), np.array([[[1.0, 1]]]), np.zeros(1)
lent, x_t = state.copy(), np.array([4.0])
what = "step([4], [[1, 2, 3]], [[[1, 1]]], [0], 3)"
expect.parts(step(x_t, lent, w, b, 3), 2, what)
likely = "the state is the caller's: build a new array"
expect.unchanged(lent, state, f"the state that came in, after {what}", likely=likely)
### BEGIN HIDDEN TESTS
# covers: the state that came in belongs to the caller, who may go on from it twice
# covers: do not write into it | no argument is changed
# covers: which share no memory with the arguments
with fresh_draw() as rng:
    for c_in, k, d in ((1, 2, 1), (2, 3, 2), (3, 1, 2), (1, 5, 4)):
        given = [rng.normal(size=shape) for shape in ((c_in,), (c_in, (k - 1) * d))]
        given += [rng.normal(size=shape) for shape in ((2, c_in, k), (2,))]
        lent = [each.copy() for each in given]
        first, what = step(*lent, d), f"step, {c_in} channels, k = {k}, dilation {d}"
        expect.parts(first, 2, what)
        for name, one, before in zip(
            ("x_t", "state", "w", "b"), lent, given, strict=True
        ):
            expect.unchanged(one, before, f"{name} after {what}")
        step(-given[0], *[each.copy() for each in given[1:]], d)  # another stream
        again = step(*[each.copy() for each in given], d)
        expect.close(again[0], first[0], f"{what}, once more from the same state")
        expect.close(again[1], first[1], f"the state of {what}, once more")
        x, likely = rng.normal(size=(c_in, 6)), "build new arrays"
        found = forked(step, x, *given[2:], d)
        said = f"{what}: what changed after it was returned"
        expect.equal(found, [], said, likely=likely)
        found = laid_out(step, *given, d)
        expect.equal(found, [], f"{what}, of arrays that lie otherwise in memory")
        for zero in ([], [0], [1], [0, 1], [2], [3], [0, 1, 3], [0, 1, 2]):
            call = [0 * each if i in zero else each for i, each in enumerate(given)]
            for weights in (call[2], 0 * call[2] + (np.arange(k) == k - 1)):
                found = shared(step, *call[:2], weights, call[3], d)
                said = f"{what}: what of (y_t, state) lies in an argument's memory"
                expect.equal(found, [], said, likely="copy()")
        calls = [(*given, d), (2 * given[0], *given[1:], d), (*given, d)]
        found = results_kept(step, *calls)
        expect.equal(found, [], f"what became of results, {what}")
### END HIDDEN TESTS
expect.passed("the state that came in is as it was")

# %% test="step_by_step" points=1
w, b = np.array([[[100.0, 10, 1]]]), np.zeros(1)
state, outputs = np.zeros((1, 4)), []
for value in (1.0, 2.0, 3.0, 4.0, 5.0):
    y_t, state = step(np.array([value]), state, w.copy(), b.copy(), 2)
    outputs.append(float(np.asarray(y_t)[0]))
likely = "see the two tests of output and state"
what = "1, 2, 3, 4, 5 through step, w = [[[100, 10, 1]]], dilation 2"
expect.close(outputs, [1.0, 2, 13, 24, 135], what, likely=likely)
### BEGIN HIDDEN TESTS
# covers: the oldest first; | at the start they are 0 | and what it remembers now
with fresh_draw() as rng:
    for c_in, c_out, k, d, t in ((1, 1, 2, 1, 8), (2, 3, 3, 4, 30), (3, 2, 1, 2, 5)):
        x, b = rng.normal(size=(c_in, t)), rng.normal(size=c_out)
        w, state = rng.normal(size=(c_out, c_in, k)), np.zeros((c_in, (k - 1) * d))
        parts = [np.pad(x, ((0, 0), ((k - 1) * d, 0)))[None], w, b]
        parts = [torch.from_numpy(each) for each in parts]
        wanted = nn.functional.conv1d(*parts, dilation=d)[0].numpy()
        outputs = []
        for sample in x.T:
            y_t, state = step(sample.copy(), state, w.copy(), b.copy(), d)
            outputs.append(y_t)
        what = (
            f"{t} samples by steps, {c_in} channels to {c_out}, k = {k}, dilation {d}"
        )
        expect.close(np.array(outputs).T, wanted, what, atol=1e-9)
        expect.shape(state, (c_in, (k - 1) * d), f"the state after {what}")
### END HIDDEN TESTS
expect.passed("steps give what the whole gives")

# %% [markdown]
# ### What does a step save?
#
# First, does a whole net agree? Two test digits go through the lesson's net, each layer by your `step`. Then the
# multiplications for one more answer, of a net of 8 blocks with 64 channels: a window computes all of its outputs.

# %% demo="multiplications"
lesson.compare_with_window(step)
measured["multiplications, window of 784"] = f"{lesson.show_multiplications()}×"

# %% [markdown]
# So a window of n samples takes exactly n times a step's multiplications. A step costs memory: the window keeps
# samples, the states keep what *every layer* saw of them.

# %% [markdown]
# ## Can a state be exported?
#
# The report says that modules with a state cannot be. What happens today? A module keeps its last two samples in
# a buffer of its own, and sums three. It is exported without complaint; then its file gets three samples.

# %% demo="forgetful"
measured["file of a module with a queue"] = lesson.export_forgetful()

# %% [markdown]
# A graph is a function: the same inputs give the same outputs, always. The exporter froze the queue as a constant. But
# your `step` *is* a function. So let the file take all states as inputs, and give the next ones as outputs; whoever
# calls it carries them from call to call. (Transformers are exported the same way, with their key-value cache.)
#
# Inside, one thing changes. Where the whole network pads on the left with zeros, a step puts the state; then the
# convolution, without padding, gives one output.

# %% [markdown]
# ### Exercise 11.7 · Export the stream (4 points · 15 min)
#
# Write `export_streaming(model, path)` for the course's TCN. `inputs` and `outputs` are given: `sample` (1, c_in, 1)
# and one state for each of `model.convolutions()` (each block's `first`, then `second`), (1, channels, (k − 1) · d),
# oldest first; `scores` (1, classes, 1) and the next states. All are float32, in one file.
#
# The walk through the layers is given, too; none of these pads. What comes to a layer is `y`, the newest sample alone.
# Write its three lines: `next(given)` is its state, the next one goes to `after`, and `y` becomes its output, after
# relu.
#
# *The trap:* what a module keeps in an attribute is frozen at export.
#
# <details><summary>Hint</summary>
# <code>torch.cat([a, b], dim=2)</code> joins along time. In 11.6 the state was all but the first sample.
# </details>


# %% solution="export_streaming"
def export_streaming(model, path):
    """Write a TCN as one ONNX file that computes what is new; return path.

    model: a TCN in eval mode, not changed; blocks, channels, classes, kernel: 1 or more
    path: Path, in a folder that exists; scores are within 1e-4 of the whole window's
    """
    layers = enumerate(model.convolutions())
    states = {f"state_{i}": (1, n.in_channels, past(n)) for i, n in layers}
    inputs = {"sample": (1, model.blocks[0].first.in_channels, 1)} | states
    outputs = ["scores", *(f"next_{name}" for name in states)]

    def step(x, *states):
        given, after = iter(states), []
        for block in model.blocks:
            y = x
            for layer in (block.first, block.second):
                ### BEGIN SOLUTION
                seen = torch.cat([next(given), y], dim=2)
                after.append(seen[:, :, 1:])
                y = torch.relu(layer(seen))
                ### END SOLUTION
            x = torch.relu(y + block.shortcut(x))
        return model.head(x), *after

    return lesson.export_function(step, model, inputs, outputs, path)


# %% test="export_streaming_ends" points=1
rng = np.random.default_rng(0)
model = lesson.drawn_tcn(rng, c_in=2, classes=5, width=4, kernel=3, dilations=(1, 4))
session = lesson.opened(export_streaming, model, "stream.onnx")
inputs, outputs = lesson.ends_of(session)
wanted = {"sample": [1, 2, 1], "state_0": [1, 2, 2], "state_1": [1, 4, 2]}
wanted |= {"state_2": [1, 4, 8], "state_3": [1, 4, 8]}
likely = "names in order; a state holds (k - 1) · d samples of its layer's input"
expect.equal(inputs, wanted, "the inputs of the file", likely=likely)
after = {f"next_{name}": wanted[name] for name in wanted if name != "sample"}
likely = "scores first, then a next state for each state, of its shape"
expect.equal(outputs, {"scores": [1, 5, 1]} | after, "the outputs", likely=likely)
### BEGIN HIDDEN TESTS
# covers: write export_streaming(model, path) for the course's tcn
# covers: inputs and outputs are given: sample (1, c_in, 1)
# covers: scores (1, classes, 1) and the next states
# covers: write a tcn as one onnx file | return path | path: path, in a folder that exists
# covers: all are float32, in one file
# explains: write its three lines: `next(given)` is its state
with fresh_draw() as rng:
    c_in, classes, width, k = (int(n) for n in rng.permutation([2, 3, 5, 6])[:4])
    k, dilations = min(k, 4), rng.integers(1, 6, size=3).tolist()
    model = lesson.drawn_tcn(rng, c_in, classes, width, k, dilations)
    path = lesson.new_path("fresh.v2")
    session = lesson.opened(export_streaming, model, path)
    inputs, outputs = lesson.ends_of(session)
    wanted, n = {"sample": [1, c_in, 1]}, 0
    for d in dilations:
        for _ in range(2):
            wanted[f"state_{n}"] = [1, width if n else c_in, (k - 1) * d]
            n += 1
    after = {f"next_{name}": wanted[name] for name in wanted if name != "sample"}
    after["scores"] = [1, classes, 1]
    said = f"of the file, kernel {k}, dilations {dilations}"
    expect.equal(
        dict(sorted(inputs.items())), dict(sorted(wanted.items())), f"inputs {said}"
    )
    expect.equal(
        dict(sorted(outputs.items())), dict(sorted(after.items())), f"outputs {said}"
    )
    first = set(model.blocks[0].first.weight.flatten().tolist())
    lost = len(first - lesson.numbers_in(path))
    expect.equal(lost, 0, "how many weights of the first convolution the file lacks")
    ends = [*session.get_inputs(), *session.get_outputs()]
    expect.equal({end.type for end in ends}, {"tensor(float)"}, f"types {said}")
### END HIDDEN TESTS
expect.passed("states go in, the next ones come out")

# %% test="export_streaming_agrees" points=2
rng = np.random.default_rng(1)
model = lesson.drawn_tcn(rng, dilations=(1, 2))
session = lesson.opened(export_streaming, model, "agrees.onnx")
x = rng.normal(size=(1, 20)).astype(np.float32)
first = round(lesson.gap(session, model, x[:, :1]), 6)
likely = "relu after each layer? the state before y, not behind it?"
what = "the scores of the first sample, away from the whole network's"
expect.true(first < 1e-4, what, expected="below 1e-4", got=first, likely=likely)
gap = round(lesson.gap(session, model, x), 6)
likely = "next_state_i is state_i without its oldest sample, with the newest behind it"
what = "the scores of 20 samples, away from the whole window's"
expect.true(gap < 1e-4, what, expected="below 1e-4", got=gap, likely=likely)
### BEGIN HIDDEN TESTS
# covers: (each block's first, then second), (1, channels, (k − 1) · d), oldest first
# covers: model: a tcn in eval mode | blocks, channels, classes, kernel: 1 or more
# covers: that computes what is new | scores are within 1e-4 of the whole
# explains: the walk through the layers is given, too
# explains: what comes to a layer is `y`, the newest sample alone
with fresh_draw() as rng:
    dilations = rng.permutation([3, 1, 2, 5, 1, 2]).tolist()
    k = int(rng.integers(2, 5))
    model = lesson.drawn_tcn(
        rng, 3, 2, 3, k, dilations
    )  # as many channels in as within
    path = lesson.new_path("fresh.onnx")
    session = lesson.opened(export_streaming, model, path)
    inputs = lesson.ends_of(session)[0]
    sizes = [inputs.get(f"state_{i}") for i in range(12)]
    wanted = [[1, 3, past(layer)] for layer in model.convolutions()]
    likely = "by number: as text, state_10 comes before state_2"
    what = f"the sizes of state_0 to state_11, dilations {dilations}"
    expect.equal(sizes, wanted, what, likely=likely)
    for size in (1, 10):
        x = size * rng.normal(size=(3, 40)).astype(np.float32)
        gap = round(lesson.gap(session, model, x), 6)
        what = f"40 samples about {size}, kernel {k}, dilations {dilations}"
        what = f"{what}: away from the whole window"
        expect.true(gap < 1e-4 * size, what, expected=f"below {1e-4 * size}", got=gap)
    spans, likely = lesson.spans_in(path), "only the newest output is needed"
    what = "how many outputs a convolution of the file computes at a time"
    expect.true(
        max(spans, default=1) == 1, what, expected="1", got=spans, likely=likely
    )
### END HIDDEN TESTS
expect.passed("the stream gives what the window gives")

# %% test="export_streaming_states" points=1
rng = np.random.default_rng(2)
model = lesson.drawn_tcn(rng)
path = lesson.new_path("states.onnx")
session = lesson.opened(export_streaming, model, path)
signals = [rng.normal(size=(1, 12)).astype(np.float32) for _ in range(2)]
found = [round(each, 6) for each in lesson.gaps(session, model, *signals)]
likely = "mend the test above first; if it passes, the file keeps something"
what = "two streams in turns through one session: largest gap to the whole window"
expect.true(max(found) < 1e-4, what, expected="below 1e-4", got=found, likely=likely)
### BEGIN HIDDEN TESTS
# covers: and one state for each of model.convolutions() | none of these pads
# covers: what a module keeps in an attribute is frozen at export
# covers: all are float32, in one file | kernel: 1 or more | not changed
with fresh_draw() as rng:
    inputs, outputs = lesson.ends_of(session)
    feed = {
        name: rng.normal(size=size).astype(np.float32) for name, size in inputs.items()
    }
    names = list(outputs)
    got = dict(zip(names, session.run(names, feed), strict=True))
    x = y = torch.from_numpy(feed["sample"])  # by the formulas, from any states
    for place, block in enumerate(model.blocks):
        y = x
        for part, layer in enumerate((block.first, block.second)):
            name = f"state_{2 * place + part}"
            seen = torch.cat([torch.from_numpy(feed[name]), y], dim=2)
            what = f"next_{name} of a file that starts from states that were drawn"
            expect.close(got[f"next_{name}"], seen[:, :, 1:], what, atol=1e-4)
            y = torch.relu(layer(seen))
        x = torch.relu(y + block.shortcut(x))
    expect.close(got["scores"], model.head(x), "the scores from these", atol=1e-4)
    model = lesson.drawn_tcn(rng, 1, 1, 1, 1, [1])  # one tap: nothing to remember
    content, path = path.read_bytes(), lesson.new_path("again.onnx")
    seed = int(rng.integers(2**32))
    changed = exported_anew(export_streaming, model, path, seed, content)
    what = "what is another after export_streaming(model, path), beside its file"
    likely = "the model is the caller's, and path alone is written"
    expect.equal(changed, [], what, likely=likely)
    lesson.redraw(model, seed)
    session, x = runtime.session(path, optimize="disabled"), rng.normal(size=(1, 9))
    gap = round(lesson.gap(session, model, 3 * x.astype("float32")), 6)
    what = "a net whose weights were drawn anew, exported to the same path: the gap"
    likely = "an old file was kept, or of no past samples `-0:` took all"
    expect.true(gap < 1e-4, what, expected="below 1e-4", got=gap, likely=likely)
    wanted = {"sample": [1, 1, 1], "state_0": [1, 1, 0], "state_1": [1, 1, 0]}
    inputs, outputs = lesson.ends_of(session)
    expect.equal(inputs, wanted, "the inputs where all sizes are 1")
    after = {f"next_{name}": wanted[name] for name in ("state_0", "state_1")}
    expect.equal(outputs, {"scores": [1, 1, 1]} | after, "the outputs where all are 1")
### END HIDDEN TESTS
expect.passed("all that is remembered comes in and goes out")

# %% [markdown]
# ## Who carries the state?
#
# Whoever calls: for each stream, a dict of states, replaced after every sample. Your file of the net that reads digits:

# %% demo="ends"
net = lesson.read_digits()
path = lesson.streaming_file(export_streaming, net, "digits.onnx")
lesson.count_states(path)

# %% [markdown]
# ### Exercise 11.8 · Stream it (1 point · 7 min)
#
# Write `stream(session, samples)`: the scores after every sample, from zero states. The session's file has the inputs
# and outputs of 11.7, and any number of states; what the session is fed, and asked for, is given.
#
# *The trap:* in a file, inputs and outputs may stand in any order. Go by names.
#
# <details><summary>Hint</summary>
# <code>session.run(names, feed)</code> returns a list, in the order of <code>names</code>.
# </details>


# %% solution="stream"
def stream(session, samples):
    """Return the scores of a streaming file after every sample.

    session: an onnxruntime.InferenceSession
    samples: float32 array (c_in, t), t at least 1; not changed
    returns: float32 array (classes, t)
    """
    ends = [end for end in session.get_inputs() if end.name != "sample"]
    shapes = {end.name: end.shape for end in ends}
    names = ["scores", *(f"next_{name}" for name in shapes)]

    states = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    scores = []
    for sample in samples.T:
        feed = states | {"sample": sample[None, :, None]}
        ### BEGIN SOLUTION
        now, *after = session.run(names, feed)
        states = {name: after[place] for place, name in enumerate(states)}
        scores.append(now[0, :, 0])
        ### END SOLUTION
    return np.stack(scores, axis=1)


# %% test="stream_scores" points=1
known, x = lesson.delay_and_sum(), np.array([[1.0, 2, 3, 4]], np.float32)
causes = {
    "the states are not carried on: next_state_i of one call is state_i of the next": [
        [0.0, 0, 0, 0],
        [1.0, 2, 3, 4],
    ],
    "this is the axis of classes last: (classes, t) is wanted": [
        *([0.0, 1], [0.0, 3], [1.0, 6], [2.0, 10])
    ],
}
what = "stream(session, [[1, 2, 3, 4]]) of a file that delays by two, and adds up"
got = lesson.by_names(stream, known, x.copy(), what)
likely = "scores come as (1, classes, 1), and samples side by side"
expect.shape(got, (2, 4), what, likely=likely)
expect.close(got, [[0.0, 0, 1, 2], [1, 3, 6, 10]], what, causes=causes)
### BEGIN HIDDEN TESTS
# covers: write stream(session, samples): the scores after every sample, from zero states
# covers: has the inputs and outputs of 11.7, and any number of states
# explains: what the session is fed, and asked for, is given
# covers: in a file, inputs and outputs may stand in any order | go by names
# covers: return the scores of a streaming file after every sample
# covers: session: an onnxruntime.inferencesession | samples: float32 array | not changed
# covers: returns: float32 array (classes, t)
with fresh_draw() as rng:
    c_in, classes = rng.permutation([2, 3, 4])[:2].tolist()
    session, scores_of = lesson.queues(rng, c_in, classes, count=13)
    for t in (12, 1, 7):  # each from zeros again
        x = rng.normal(size=(c_in, t)).astype(np.float32)
        lent = x.copy()
        got = stream(session=session, samples=lent)
        what = f"stream, 13 states, samples {x.shape}"
        expect.array(got, what)
        expect.close(got, scores_of(x), what, atol=1e-3)
        expect.equal(str(got.dtype), "float32", f"the type of {what}")
        expect.unchanged(lent, x, f"samples after {what}")
    expect.equal(laid_out(stream, session, x), [], "stream, samples laid out otherwise")
    calls = [(session, x), (session, -x), (session, 2 * x)]
    for call, got in zip(calls, refilled(stream, *calls), strict=True):
        what = "stream of one array of samples, filled with other numbers"
        expect.close(got, scores_of(call[1]), what, atol=1e-3)
    x = 9 * rng.normal(size=(2, 6)).astype(np.float32)
    x[:, 2:4] = 0
    session, what = lesson.sum_of_channels(), "stream, no state, one class"
    expect.close(stream(session, x.copy()), x.sum(0)[None], what, atol=1e-4)
    x, what = x[:, :1], f"{what}, one sample"
    expect.close(stream(session, x.copy()), x.sum(0)[None], what, atol=1e-4)
    x = 9 * rng.normal(size=(2, 6)).astype(np.float32)
    wanted = x[:1].cumsum(1) + np.pad(x[:1, :-1], ((0, 0), (1, 0)))
    for factor in (1, 3, -2):  # three files of the same ends, the same samples
        session = lesson.sum_and_last(factor)
        what = f"stream, three states, one of size 0, scores times {factor}"
        got, likely = stream(session, x[:1].copy()), "ask the session that is handed in"
        expect.close(got, factor * wanted, what, atol=1e-3, likely=likely)
    steady, pause = np.ones((1, 300), np.float32), np.arange(300) // 60 % 2
    for name, x in {"a steady signal": steady, "with pauses": steady * pause}.items():
        wanted = x.cumsum(1) + np.pad(x[:, :-1], ((0, 0), (1, 0)))
        x, what = x.astype(np.float32), f"stream, 300 samples, {name}"
        expect.close(stream(session, x.copy()), -2 * wanted, what, atol=1e-2)
    found = results_kept(stream, (session, x[:1]), (session, -x[:1]))
    expect.equal(found, [], "what became of the scores of an earlier stream")
### END HIDDEN TESTS
expect.passed("a stream, sample by sample")

# %% [markdown]
# ### Does the stream say the same?
#
# Four test digits through your file and your `stream`, against the whole window:

# %% demo="streamed"
measured["stream against the whole window"] = lesson.compare_streams(stream, path, net)

# %% [markdown]
# ### How much faster is a step?
#
# The net of 8 blocks again. Side by side: one step; one step with its states bound to memory that ONNX Runtime owns
# (lesson 04), so that nothing is copied; and windows of 64 to 2,048 samples. A step takes 784 times fewer
# multiplications than a window of 784. How many times as fast is it?

# %% predict="speedup"
guess_speedup = None  # times as fast as a window of 784

# %% demo="race"
times = lesson.draw_race(lesson.race(export_streaming))
speedup = predictions.beside(guess_speedup, times["784"], "×")
measured["time of a window of 784 over a step"] = speedup
measured["the same, states bound"] = f"{times['bound']:.3g}×"

# %% [markdown]
# ### Where did the rest go?
#
# A window multiplies matrices, and each weight that it loads serves all of its samples; a step loads every weight for
# one sample, and pays for its calls and copies besides. Nor do all windows say what a step says: an output of this net
# depends on 1,021 samples, so only the longest holds enough.
#
# Must a stream be computed again and again, then? Not where an answer is wanted after every sample.

# %% [markdown]
# ## What you measured

# %% demo="what_you_measured"
tables.show([{"what": what, "measured": value} for what, value in measured.items()])

# %% [markdown]
# ## Check yourself
#
# <details><summary>A convolution of 24 channels has kernel 3 and dilation 8. How many numbers does its state
# hold?</summary>
# The 2 · 8 samples before the newest, of 24 channels each: 384.</details>
#
# <details><summary>Your net is right on recorded digits and lost in a live stream. Which two mistakes would you look
# for first?</summary>
# A convolution that pads on both sides, and so saw the future on recordings; and training examples that begin with
# silence, where a stream has something else.</details>
#
# <details><summary>Two microphones share one session of your file. What has to be kept for each?</summary>
# Its states, and nothing else: they are inputs and outputs, so the session itself remembers nobody.</details>

# %% [markdown]
# ## Where to read on
#
# - S. Bai, J. Z. Kolter and V. Koltun, *An Empirical Evaluation of Generic Convolutional and Recurrent Networks for
#   Sequence Modeling*, arXiv:1803.01271.
# - A. van den Oord et al., *WaveNet: A Generative Model for Raw Audio*, arXiv:1609.03499: dilated causal convolutions.
# - T. Le Paine et al., *Fast WaveNet Generation Algorithm*, arXiv:1611.09482: a queue for each convolution.
# - ONNX Runtime's documentation: *I/O Binding*.
#
# Next: lesson 12 asks who waits for whom in an input pipeline.
