# %% [markdown]
# # Where do the multiplications go?
#
# **Lesson 09** · 90 minutes · 20 points · you need: lessons 03 to 05, modules of PyTorch
#
# A network's layers say how much there is to multiply, and how much to carry. Here you count both, replace the most
# expensive layers by cheaper ones, and measure how little of the saving arrives. The roofline of your own processor
# explains a part of it. At the end you build a digit classifier of at most 10,000 parameters.
#
# Exercise 9.2 uses your answer to 9.1, and 9.4 your answer to 9.3. All others can be solved alone. Files go to the
# folder `work09`.

# %% readonly="imports"
import copy
import math
from contextlib import ExitStack
from functools import partial

import torch
from course_utils import expect, predictions, tables
from course_utils.lessons import efficient_architectures as lesson
from torch import nn

# %% readonly="begin"
import numpy as np
from course_utils.lessons.efficient_architectures import fitted, in_a_row, left_by
from course_utils.lessons.efficient_architectures import made_by, net_file, shared_by
from course_utils.lessons.efficient_architectures import tensors_in
from course_utils.seeds import fresh_draw  # these four lines: for the tests

lesson.begin()  # an empty folder work09, one thread
measured = {}  # filled by the demonstrations, shown at the end

# %% [markdown]
# ## What does a layer cost?
#
# A **multiply-accumulate**, MAC for short, is one product and its addition to a sum: two floating-point operations
# (FLOPs). Convolutions and dense layers are made of nothing else. Each number that they give is a sum of products over
# the inputs that it *sees*: all of them in a dense layer; in a convolution those below its kernel, in every channel of
# its group.
#
# $$\text{MACs} = \text{numbers that come out} \times \text{inputs that each one sees}$$
#
# Normalization, activations and pooling take a few operations for each number. By custom they count as 0, though they
# take time.

# %% [markdown]
# ### Exercise 9.1 · Count a layer (3 points · 9 min)
#
# Write `macs(layer, output_shape)` for `nn.Conv1d` and `nn.Conv2d` with any kernel, stride and groups, and for
# `nn.Linear`; everything else takes 0. A bias is an addition without a product, and not counted.
#
# *The trap:* with `groups=g`, an output channel sees `in_channels / g` input channels. In a depthwise convolution,
# where each channel is a group, it sees one.
#
# <details><summary>Hint</summary>
# A convolution has <code>in_channels</code>, <code>groups</code> and <code>kernel_size</code> (a tuple), a dense layer
# has <code>in_features</code>. <code>math.prod</code> multiplies the numbers of a tuple.
# </details>


# %% solution="macs"
def macs(layer, output_shape):
    """Return how many multiply-accumulates a layer takes for one example.

    layer: a torch.nn.Module; it stays as it was
    output_shape: a tuple of ints, or a torch.Size, the batch left out: (c_out, t) for
        Conv1d, (c_out, h, w) for Conv2d, (d_out,) or (..., d_out) for Linear
    returns: an int
    """
    ### BEGIN SOLUTION
    if not isinstance(layer, (nn.Conv1d, nn.Conv2d, nn.Linear)):
        return 0
    seen = layer.weight[0].numel()  # a weight for each input that a number sees
    return math.prod(output_shape) * seen
    ### END SOLUTION


# %% test="macs_of_convolutions" points=1
layer = nn.Conv2d(3, 8, (5, 1), stride=2)
causes = {
    "these are FLOPs: a product and an addition are one MAC": 2 * 8 * 6 * 14 * 15,
    "the bias adds, and multiplies nothing": 8 * 6 * 14 * 16,
    "each number sees all input channels": 8 * 6 * 14 * 5,
    "the kernel is not square: take both of its sides": 8 * 6 * 14 * 75,
    "the output is 6 by 14: multiply by all of output_shape": 8 * 15,
    "the stride is in output_shape already": 8 * 6 * 14 * 15 // 4,
    "output_shape holds the output channels already": 8 * 8 * 6 * 14 * 15,
    "an int is wanted; // divides without making a float": 8 * 6 * 14 * 15.0,
}
what = "macs(nn.Conv2d(3, 8, (5, 1), stride=2), (8, 6, 14))"
expect.equal(
    lesson.plain(macs(layer, (8, 6, 14))), 8 * 6 * 14 * 15, what, causes=causes
)
what = "macs(nn.Conv1d(4, 6, 3), (6, 10))"
expect.equal(lesson.plain(macs(nn.Conv1d(4, 6, 3), (6, 10))), 6 * 10 * 12, what)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: Conv1d and nn.Conv2d with any kernel, stride | for one example
    for axes, kind in ((1, nn.Conv1d), (2, nn.Conv2d), (2, nn.Conv2d), (1, nn.Conv1d)):
        for bias in (False, True):  # covers: and not counted
            given, wide = (int(rng.choice([1, rng.integers(2, 9)])) for _ in "ab")
            kernel = tuple(rng.integers(1, 6, axes).tolist())
            stride, dilation = rng.integers(1, 4, 2).tolist()
            settings = {"stride": stride, "dilation": dilation, "bias": bias}
            layer = kind(given, wide, kernel, padding=1, **settings)
            sides = rng.integers(1, 70, axes).tolist()  # covers: the batch left out
            due = wide * math.prod(sides) * given * math.prod(kernel)
            shape = (wide, *sides)
            shape = torch.Size(shape) if bias else shape  # covers: or a torch.Size
            layer.train(bias).to(torch.float64 if given > 1 else torch.bfloat16)
            # covers: Write macs(layer, output_shape) | Return how many multiply
            got = macs(layer, shape)
            what = f"macs({layer}, {tuple(shape)})"
            # covers: returns: an int | layer: a torch.nn.Module
            expect.equal(lesson.plain(got), due, what)
            told = left_by(macs, layer, shape)  # covers: it stays as it was
            expect.equal(told, [], f"what {what} leaves changed")
    # above 32 bits, and above what a float of 64 holds exactly; images without rows
    side = 2 * int(rng.integers(10**6, 10**7)) + 1
    large = {nn.Conv2d: (10**7 + 1, side), nn.Conv1d: ((10**8 + 1) * side,)}
    for kind, sides in large.items():
        layer, axes = kind(3, 5, 7), len(sides)
        shapes = [(5, *sides), *((5, *[wide] * axes) for wide in (0, 3, 2001, 5))]
        got = lesson.plain(in_a_row(macs, layer, shapes))
        due = [math.prod(each) * 3 * 7**axes for each in shapes]
        expect.equal(got, due, f"macs of {layer}, {shapes}, one after the other")
### END HIDDEN TESTS
expect.passed("outputs times what each one sees")

# %% test="macs_of_groups" points=1
layer = nn.Conv2d(8, 16, 3, groups=4)
causes = {
    "with 4 groups, each number sees a quarter of the input channels": 16 * 25 * 72,
    "each group has its own inputs, divided once by the groups": 16 * 25 * 9,
    "the numbers that come out are all of output_shape": 4 * 25 * 18,
    "an int is wanted; // divides without making a float": 16 * 25 * 18.0,
}
what = "macs(nn.Conv2d(8, 16, 3, groups=4), (16, 5, 5))"
expect.equal(lesson.plain(macs(layer, (16, 5, 5))), 16 * 25 * 18, what, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for groups in (2, 3, 5, int(rng.integers(6, 12))):  # covers: an output channel sees
        for times, more in ((1, 1), (1, 2), (2, 1), (3, 2)):
            # covers: where each channel is a group, it sees one
            given, wide, k = times * groups, more * groups, int(rng.integers(1, 5))
            for kind, sides in ((nn.Conv2d, (3, 7)), (nn.Conv1d, (11,))):
                layer = kind(given, wide, k, groups=groups, bias=bool(k % 2))
                layer.weight.requires_grad_(k > 2)
                shape = (wide, *sides)
                due = wide * math.prod(sides) * times * k ** len(sides)
                what = f"macs({layer}, {shape})"
                expect.equal(lesson.plain(macs(layer, shape)), due, what)
                told = left_by(macs, layer, shape)
                expect.equal(told, [], f"what {what} leaves changed")
        sides = 10**7 + 1, 10**7 + 3  # a product that a float does not hold exactly
        layer, shape = nn.Conv2d(3 * groups, groups, 7, groups=groups), (groups, *sides)
        due, what = math.prod(shape) * 147, f"macs of {groups} groups, {shape}"
        expect.equal(lesson.plain(macs(layer, shape)), due, what)
### END HIDDEN TESTS
expect.passed("groups see their own channels alone")

# %% test="macs_of_others" points=1
causes = {"the bias adds, and multiplies nothing": 12 * 7, "d_in is missing": 7}
what = "macs(nn.Linear(11, 7), (7,))"
expect.equal(lesson.plain(macs(nn.Linear(11, 7), (7,))), 77, what, causes=causes)
causes = {"these are for one row of five: output_shape is (5, 7)": 77}
what = "macs(nn.Linear(11, 7), (5, 7))"
expect.equal(lesson.plain(macs(nn.Linear(11, 7), (5, 7))), 385, what, causes=causes)
for layer in (nn.BatchNorm2d(4), nn.ReLU()):
    expect.equal(lesson.plain(macs(layer, (4, 5, 5))), 0, f"macs({layer}, (4, 5, 5))")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for lead in ((), (5,), (2, 3), (1, 1)):  # covers: (d_out,) or (..., d_out)
        given, wide = int(rng.choice([1, rng.integers(2, 40)])), int(rng.integers(1, 9))
        layer = nn.Linear(given, wide, bias=bool(rng.integers(2)))
        what = f"macs({layer}, {(*lead, wide)})"
        due = math.prod(lead) * wide * given
        expect.equal(lesson.plain(macs(layer, (*lead, wide))), due, what)
        told = left_by(macs, layer.eval(), torch.Size((*lead, wide)))
        expect.equal(told, [], f"what {what} leaves changed")
    layer, odd = nn.Linear(11, 7), 2 * int(rng.integers(10**7, 10**8)) + 1
    shapes = [(7,), (10**8 + 1, odd, 7), (0, 7), (2, 7), (2, 2, 3, 1, 7)]
    got = lesson.plain(in_a_row(macs, layer, shapes))
    due, what = [math.prod(each) * 11 for each in shapes], f"macs of {layer}, {shapes}"
    expect.equal(got, due, f"{what}, one after the other")
    # covers: everything else takes 0
    norms = nn.BatchNorm1d(4), nn.LayerNorm(4), nn.GroupNorm(2, 4), nn.PReLU(4)
    others = nn.Flatten(), nn.MaxPool2d(2), nn.Dropout(), nn.Identity(), nn.Softmax(1)
    more = nn.ConvTranspose2d(4, 4, 3), nn.Conv3d(4, 4, 2), nn.Embedding(9, 4)
    more += nn.ConvTranspose1d(4, 4, 3), nn.Sequential(nn.Linear(4, 4)), nn.Hardswish()
    more += (
        nn.AvgPool2d(2),
        nn.Unfold(3),
        nn.LSTMCell(4, 4),
        nn.Upsample(scale_factor=2),
    )
    for layer in (*norms, *others, *more, nn.Bilinear(4, 4, 4)):
        what = f"macs({layer}, (4, 6, 6))"
        expect.equal(lesson.plain(macs(layer, (4, 6, 6))), 0, what)
        told = left_by(macs, layer, (4, 6, 6))
        expect.equal(told, [], f"what {what} leaves changed")
### END HIDDEN TESTS
expect.passed("dense layers, and nothing for the rest")

# %% [markdown]
# ### Which part of a convolution is the expensive one?
#
# A dense 3×3 convolution mixes two things: neighbours within a channel, and channels. A **depthwise** convolution mixes
# the neighbours only, a 1×1 (**pointwise**) one the channels only. Both together do the same kind of work, for fewer
# MACs:

# %% demo="costs"
times = lesson.show_costs(macs)
measured["MACs, dense 3×3 over the pair"] = f"{times:.2f}×"

# %% [markdown]
# ## Where are the multiplications of a network?
#
# A module calls its **forward hooks** each time it has run, with itself, its inputs and its output:
#
# ```python
# def note(layer, inputs, output):
#     print(type(layer).__name__, tuple(output.shape))
#
# handle = layer.register_forward_hook(note)
# …                # run the model
# handle.remove()  # else it stays for good
# ```
#
# A **leaf** is a module without children: the layers proper. Hooks on all leaves see the network run, layer by layer,
# whatever its `forward` looks like; functions, such as `x + y`, they do not see. In training mode a run would change
# the model: BatchNorm moves its running statistics, dropout drops at random.

# %% [markdown]
# ### Exercise 9.2 · A profile (4 points · 12 min)
#
# Write `profile(model, example)`: a row for each leaf, in the order they run. `name` is the one of
# `model.named_modules()`, `kind` the name of its class. `macs` come from exercise 9.1, `params` are the numbers in its
# parameters, `out_bytes` the bytes of its output, all for *one* example of however many. A leaf that runs twice has
# two rows; one that never runs has none.
#
# The model is left as it was found, also on an error, which is passed on: no hook stays, no mode and no tensor changes.
#
# *The trap:* a hook that nobody takes off notes rows at every later call, too.
#
# <details><summary>Hint</summary>
# <code>note</code> is given. <code>partial(note, name)</code> is a hook that knows its name, for each leaf;
# <code>stack.callback(handle.remove)</code> takes it off at the end. Run the model in eval mode.
# </details>


# %% solution="profile"
def profile(model, example):
    """Return what each leaf of a model takes for one example, in the order they run.

    model: a torch.nn.Module in either mode, and so may be each of its parts; every
        leaf that runs gives one tensor, (n, ...)
    example: (n, ...) tensor, n at least 1
    returns: list of dicts: name and kind (str), macs, params and out_bytes (int)
    """
    rows = []

    def note(name, layer, inputs, out):
        params = sum(each.numel() for each in layer.parameters())
        rows.append({"name": name, "kind": type(layer).__name__, "params": params})
        rows[-1] |= {"macs": macs(layer, out.shape[1:]), "out_bytes": out[0].nbytes}

    with ExitStack() as stack, torch.no_grad():  # undoes all at its end, also on errors
        for module in model.modules():
            stack.callback(setattr, module, "training", module.training)
        ### BEGIN SOLUTION
        for name, module in model.named_modules():
            if not list(module.children()):
                stack.callback(module.register_forward_hook(partial(note, name)).remove)
        model.eval()(example)
        ### END SOLUTION
    return rows


# %% test="profile_rows" points=1
layers = nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(16, 3)
net = nn.Sequential(nn.Sequential(*layers[:2]), *layers[2:])
what, likely = "profile(net, example)", "one row for each leaf that runs"
images = torch.ones(2, 1, 4, 4)
got = lesson.rows_of(profile(net, images), what)
everything = ["0.0", "0.1", "0", "1", "2", ""]
causes = {
    "only leaves have rows: modules without children": everything,
    "the rows are in the order in which layers run": ["2", "1", "0.1", "0.0"],
    "named_modules() has the full names; named_children() has not": ["0", "1", "2"],
}
names = [row.get("name") for row in got]
wanted = ["0.0", "0.1", "1", "2"]
expect.equal(names, wanted, f"the names in {what}", causes=causes, likely=likely)
kinds = [row.get("kind") for row in got]
expect.equal(kinds, ["Conv2d", "ReLU", "Flatten", "Linear"], f"the kinds in {what}")
act, what = nn.ReLU(), "profile of a net whose ReLU, named 0, runs first and last"
got = lesson.rows_of(profile(nn.Sequential(act, nn.Flatten(), act), images), what)
causes = {"a layer that runs twice has two rows": ["0", "1"]}
names = [row.get("name") for row in got]
expect.equal(names, ["0", "1", "0"], f"the names in the {what}", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for n in (1, 2, 5):
        net, example, rows = lesson.tangled(rng, n)
        before = lesson.state_of(net)
        # covers: Write profile(model, example) | Return what each leaf of a model takes
        what = f"the profile of a fresh net, {n} examples"
        got = lesson.rows_of(profile(model=net, example=example), what)
        for key in ("name", "kind"):  # covers: the name of its class
            # covers: A leaf that runs twice has two rows | one that never runs has none
            found = [row.get(key) for row in got]
            expect.equal(found, [row[key] for row in rows], f"{key} in {what}")
        keys = sorted({key for row in got for key in row})
        # covers: returns: list of dicts: name and kind (str)
        expect.equal(keys, sorted(rows[0]), f"the keys in {what}")
        lesson.expect_untouched(net, before, what)
        again = profile(net, example)
        expect.equal(len(again), len(rows), f"how many rows, {what}, called again")
        told = shared_by(profile, net, example)
        expect.equal(told, [], "what two profiles of a net share")
    for leaf in (nn.Linear(3, 2), nn.Sequential(), nn.ReLU()):
        got = profile(leaf, torch.ones(4, 3))
        what, due = f"the names and kinds in the profile of {leaf}", type(leaf).__name__
        expect.equal([(row["name"], row["kind"]) for row in got], [("", due)], what)
    for what, net, example, rows in lesson.odd(rng):
        got = lesson.rows_of(profile(net, example), f"the profile of {what}")
        for key in ("name", "kind"):
            found, due = [row.get(key) for row in got], [row[key] for row in rows]
            expect.equal(found, due, f"{key} in the profile of {what}")
### END HIDDEN TESTS
expect.passed("a row for each layer that runs, in order")

# %% test="profile_macs" points=1
net = nn.Sequential(nn.Conv2d(1, 4, 3, stride=2), nn.ReLU(), nn.Flatten())
net.append(nn.Linear(36, 3))
what, likely = "macs in profile(net, two images)", "is 9.1 right?"
rows = lesson.rows_of(profile(net, torch.ones(2, 1, 8, 8)), "profile(net, example)")
got = [row.get("macs") for row in rows]
causes = {
    "output_shape comes without the batch: one example": [648, 0, 0, 216],
    "this takes the size of the input; macs wants the output's": [576, 0, 0, 1296],
}
expect.equal(got, [324, 0, 0, 108], what, causes=causes, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for n in (1, 3, 4):
        net, example, rows = lesson.tangled(rng, n)
        before, what = lesson.state_of(net), f"macs of a fresh net, {n} examples"
        got = [row["macs"] for row in lesson.plain(profile(net, example))]
        # explains: every leaf that runs gives one tensor
        # covers: come from exercise 9.1 | all for one example of however many
        expect.equal(got, [row["macs"] for row in rows], what)
        lesson.expect_untouched(net, before, what)
    for what, net, example, rows in lesson.odd(rng):
        got = [row["macs"] for row in lesson.plain(profile(net, example))]
        expect.equal(got, [row["macs"] for row in rows], f"macs of {what}")
    net, sizes = nn.Sequential(nn.Conv2d(2, 3, 3)), [(1, 5, 6), (3, 4, 9), (2, 7, 3)]
    examples = [torch.ones(n, 2, h, w) for n, h, w in sizes]
    got = lesson.plain(in_a_row(profile, net, examples))
    due = [[54 * (h - 2) * (w - 2)] for n, h, w in sizes]
    what = f"macs of one net on examples of {sizes}, one after the other"
    expect.equal([[row["macs"] for row in rows] for rows in got], due, what)
### END HIDDEN TESTS
expect.passed("the MACs of one example")

# %% test="profile_sizes" points=1
net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten())
net.append(nn.Linear(16, 3, bias=False))
got = lesson.rows_of(profile(net, torch.ones(2, 1, 4, 4)), "profile(net, example)")
causes = {
    "biases are parameters, too": [36, 4, 0, 48],
    "running statistics are buffers, not parameters": [40, 17, 0, 48],
    "running means and variances are buffers, no parameters": [40, 16, 0, 48],
    "only convolutions and dense layers are counted": [40, 0, 0, 48],
}
found, what = [row.get("params") for row in got], "params in profile(net, two images)"
expect.equal(found, [40, 8, 0, 48], what, causes=causes)
causes = {
    "this is what both examples take": [128, 128, 128, 24],
    "these are numbers; a float32 has 4 bytes": [16, 16, 16, 3],
    "these are the numbers of both examples": [32, 32, 32, 6],
    "this is the input's size": [64, 64, 64, 64],
}
found, what = [row.get("out_bytes") for row in got], "out_bytes of the same"
expect.equal(found, [64, 64, 64, 12], what, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for n, size in ((1, 4), (3, 4), (2, 8), (1, 8)):
        net, example, rows = lesson.tangled(rng, n, size)
        before, what = lesson.state_of(net), f"of a fresh {example.dtype} net, n = {n}"
        got = lesson.plain(profile(net, example))
        for key in ("params", "out_bytes"):
            # covers: are the numbers in its parameters | the bytes of its output
            due = [row[key] for row in rows]
            expect.equal([row[key] for row in got], due, f"{key} {what}")
        lesson.expect_untouched(net, before, what)
    # covers: example: (n, ...) tensor
    words = torch.from_numpy(rng.integers(0, 9, (3, 5)))
    net = nn.Sequential(nn.Embedding(9, 2), nn.Flatten())
    got = lesson.plain(profile(net, words.clone()))
    due = [(18, 40), (0, 40)]
    found = [(row["params"], row["out_bytes"]) for row in got]
    expect.equal(found, due, "params and out_bytes of an embedding of 5 words")
    for what, net, example, rows in lesson.odd(rng):
        got = lesson.plain(profile(net, example))
        for key in ("params", "out_bytes"):
            due = [row[key] for row in rows]
            expect.equal([row[key] for row in got], due, f"{key} of {what}")
### END HIDDEN TESTS
expect.passed("numbers kept, and bytes that come out")

# %% test="profile_leaves_no_trace" points=1
net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout(), nn.Flatten())
net[2].eval()  # the others are in training mode
what = "what profile(net, example) leaves changed"
likely = "run it in eval mode, remove each hook, put back each module's own training"
expect.equal(left_by(profile, net, torch.ones(2, 1, 4, 4)), [], what, likely=likely)
told, what = (
    left_by(profile, net, torch.ones(2, 9, 4, 4), fails=True),
    f"{what}, failing",
)
expect.equal(told, [], what, likely="`finally:` cleans up when an error passes, too")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for n in (1, 4):
        net, example, rows = lesson.tangled(rng, n)
        # covers: The model is left as it was found
        # covers: a hook that nobody takes off notes
        # covers: in either mode, and so may be each of its parts
        what = "what profile(a fresh net) leaves changed"
        expect.equal(left_by(profile, net, example), [], what)
        wrong = torch.zeros(n, 7, 9, 9)  # a channel too many for its first layer
        told = left_by(profile, net, wrong, fails=True)
        expect.equal(told, [], f"{what}, when it fails")
        before, given = lesson.state_of(net), example.clone()
        try:
            profile(net, wrong)
        except RuntimeError as error:
            raised = "channels" in str(error)
        else:
            raised = False
        wanted = "the model's own error, passed on"  # covers: which is passed on
        expect.true(raised, "a model that fails", expected=wanted, got="another")
        got = profile(net, example)
        expect.equal(len(got), len(rows), "how many rows it has afterwards")
        lesson.expect_untouched(net, before, "profile")
        expect.unchanged(example, given, "the example after profile")
    net, x = (
        lesson.moody(),
        torch.from_numpy(rng.normal(size=(3, 2, 4, 4)).astype("f4")),
    )
    told, likely = left_by(profile, net, x), "every module goes to eval mode, and back"
    what = "what profile(a net of many norms) leaves changed"
    expect.equal(told, [], what, likely=likely)
    one = nn.Sequential(nn.Conv2d(2, 3, 4), nn.BatchNorm2d(3), nn.Flatten())
    likely = "a norm in training mode refuses one value for each channel: eval mode"
    try:  # covers: n at least 1
        got = [row["kind"] for row in profile(one, x[:1])]
    except ValueError as error:
        got = f"raised ValueError, {error}"
    due = ["Conv2d", "BatchNorm2d", "Flatten"]
    what = "the kinds of a net in training mode, one example, one place"
    expect.equal(got, due, what, likely=likely)
    for error in (ValueError, KeyError, OSError, ArithmeticError, lesson.NoRoom):
        for net in (lesson.moody(lesson.Failing(error)), lesson.Failing(error)):
            told, likely = (
                left_by(profile, net, x, fails=True),
                "clean up after any error",
            )
            what = f"what profile leaves of a net that raises {error.__name__}"
            expect.equal(told, [], what, likely=likely)
            try:
                got = f"returned {profile(net, x)}"
            except Exception as raised:
                got = f"raised {type(raised).__name__}, {raised}"
            due = f"raised {error.__name__}, {error('no room')}"
            expect.equal(got, due, f"profile of a net that raises {error.__name__}")
### END HIDDEN TESTS
expect.passed("the model is as it was found")

# %% [markdown]
# ### Which layers of the ResNet and the MobileNet take the most?
#
# Your profile of the course's two networks, at 28×28. The MobileNet is built of depthwise and pointwise convolutions.
# Guess: which share of its MACs is in the pointwise ones?

# %% predict="pointwise"
guess_pointwise = None  # percent of the MobileNet's MACs

# %% demo="macs_by_layer"
share = lesson.draw_macs(profile)
measured["MobileNet's MACs in 1×1"] = predictions.beside(guess_pointwise, share, " %")

# %% demo="totals"
lesson.show_totals(profile)

# %% [markdown]
# ## Can one convolution become two?
#
# A **depthwise-separable** convolution is a depthwise 3×3, which filters each channel by itself, and then a pointwise
# 1×1, which mixes them. For $c$ channels in and $d$ out, at each place of the output:
#
# $$ 9\,c\,d \quad\text{becomes}\quad 9\,c + c\,d $$
#
# It cannot compute all that a dense one can. That it suffices is an observation, made by MobileNet in 2017 and many
# networks since.

# %% [markdown]
# ### Exercise 9.3 · A separable convolution (2 points · 6 min)
#
# Write `separable(c_in, c_out, stride=1)`. In this order: a depthwise 3×3 convolution with this stride and padding 1,
# `BatchNorm2d`, ReLU; a pointwise convolution, `BatchNorm2d`, ReLU. No convolution has a bias: the normalization that
# follows has one. All else is as PyTorch makes it.
#
# *The trap:* without `groups=` the first convolution is dense, everything runs, and nothing is saved.
#
# <details><summary>Hint</summary>
# <code>nn.Sequential</code> of six layers; <code>groups=c_in</code> makes each channel a group.
# </details>


# %% solution="separable"
def separable(c_in, c_out, stride=1):
    """Return a new depthwise-separable convolution, float32.

    c_in, c_out: ints, at least 1; stride: int, at least 1
    returns: a torch.nn.Module from (n, c_in, h, w) to (n, c_out, h', w'), where h' is
        h / stride, rounded up, and w' is w / stride, rounded up
    """
    ### BEGIN SOLUTION
    return nn.Sequential(
        nn.Conv2d(c_in, c_in, 3, stride, padding=1, groups=c_in, bias=False),
        nn.BatchNorm2d(c_in),
        nn.ReLU(),
        nn.Conv2d(c_in, c_out, 1, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU(),
    )
    ### END SOLUTION


# %% test="separable_shapes" points=1
block = separable(4, 6, 2)
expect.true(block is not None, "separable(4, 6, 2)", expected="a module", got=None)
got = block(torch.ones(2, 4, 7, 10))
likely = "stride 2 and padding 1 belong to the depthwise convolution, and there alone"
expect.shape(got, (2, 6, 4, 5), "separable(4, 6, 2)(images)", likely=likely)
parts = block.modules()
steps = {each.kernel_size: each.stride for each in parts if hasattr(each, "stride")}
what = "strides by kernels in separable(4, 6, 2)"
expect.equal(steps, {(3, 3): (2, 2), (1, 1): (1, 1)}, what, likely=likely)
numbers = sum(each.numel() for each in block.parameters())
causes = {
    "the 3×3 convolution is dense: groups=c_in": 144 + 8 + 24 + 12,
    "bias=False: the convolutions have biases": 36 + 4 + 8 + 24 + 6 + 12,
    "the normalization is missing": 36 + 24,
    "the second normalization is missing": 36 + 8 + 24,
    "the first normalization is missing": 36 + 24 + 12,
    "the second convolution is pointwise, 1×1": 36 + 8 + 216 + 12,
}
expect.equal(numbers, 36 + 8 + 24 + 12, "numbers to train", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    draw = lambda least, most: int(rng.integers(least, most))
    ends = [(1, 5), (6, 1), (4, 4), (1, 1), (draw(2, 9), draw(2, 9))]
    for given, wide in ends:  # covers: c_in, c_out: ints, at least 1
        for stride in (1, 2, 3):  # covers: stride: int, at least 1
            h, w, n = draw(1, 12), draw(1, 12), draw(2, 4)
            h, w = h + (h * w == 1), w + 1
            block = separable(c_in=given, c_out=wide, stride=stride)
            got = block(torch.ones(n, given, h, w))
            what = f"separable({given}, {wide}, {stride}) of {h} by {w}"
            # covers: where h' is h / stride, rounded up | with this stride and padding
            due = (n, wide, -(-h // stride), -(-w // stride))
            expect.shape(got, due, what)
            # covers: No convolution has a bias | first convolution is dense
            sizes = sorted(list(each.shape) for each in block.parameters())
            norms = [[given]] * 2 + [[wide]] * 2
            due = sorted([*norms, [given, 1, 3, 3], [wide, given, 1, 1]])
            expect.equal(sizes, due, f"the shapes of the parameters of {what}")
    got = separable(3, 2)(torch.ones(2, 3, 5, 6))
    # covers: Write separable(c_in, c_out, stride=1)
    expect.shape(got, (2, 2, 5, 6), "separable(3, 2) of 5 by 6")
    x = torch.from_numpy(rng.normal(size=(4, 3, 5, 6)).astype("f4"))
    kinds, what = tensors_in(separable, 3, 2, images=x), "tensors of separable(3, 2)"
    # covers: All else is as PyTorch makes it
    due = {name: "float32" for name in kinds if "running" in name}
    due |= {name: "int64" for name in kinds if "batches" in name}
    due = dict.fromkeys(kinds, "float32, learned") | due
    expect.equal(kinds, due, what, likely="every weight is learned, none is frozen")
    fresh = separable(3, 2, 2)
    modes = {each.training for each in (fresh, *fresh.modules())}
    expect.equal(modes, {True}, "training, of a new separable(3, 2, 2)")
    flat = [each.detach().flatten().tolist() for each in fresh.parameters()]
    norms = sorted(each for numbers in flat if len(numbers) < 6 for each in numbers)
    what, likely = "what a new separable(3, 2, 2) normalizes with", "no weight is set"
    expect.equal(norms, [0.0] * 5 + [1.0] * 5, what, likely=likely)
    drawn = len({each for numbers in flat if len(numbers) > 5 for each in numbers}) > 30
    what = "the weights of its convolutions"
    expect.true(drawn, what, expected="drawn by PyTorch", got=flat, likely=likely)
### END HIDDEN TESTS
expect.passed("its shapes and its parameters")

# %% test="separable_values" points=1
block = separable(2, 3)
expect.true(block is not None, "separable(2, 3)", expected="a module", got=None)
state = block.state_dict()
for name, tensor in state.items():
    if tensor.ndim == 4 and tensor.shape[1] == 1:
        state[name] = torch.tensor([-1.0, 1.0]).reshape(2, 1, 1, 1).expand(2, 1, 3, 3)
    elif tensor.ndim == 4:
        signs = torch.tensor([1.0, 1.0, -1.0]).reshape(3, 1, 1, 1)
        state[name] = signs.expand(3, 2, 1, 1).clone()
block.load_state_dict(state)
got = block.eval()(torch.ones(1, 2, 3, 3))[0, :, 1, 1]
what = (
    "the middle of separable(2, 3)(ones), kernels all -1 and all 1, mixed by 1, 1, -1"
)
causes = {
    "the ReLU between the convolutions is missing": [0.0, 0.0, 0.0],
    "the ReLU at the end is missing": [9.0, 9.0, -9.0],
}
expect.close(got, [9.0, 9.0, 0.0], what, atol=1e-2, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    put = nn.functional

    def norm(y, parts, train):
        kept = parts["running_mean"], parts["running_var"]  # in training they move
        scale = parts["weight"], parts["bias"]
        return put.batch_norm(y, *kept, *scale, training=train)

    for given, wide, stride in ((2, 5, 1), (4, 1, 2), (1, 3, 1), (3, 2, 3)):
        block = separable(given, wide, stride)
        state, norms = dict(block.state_dict()), {given: {}, wide: {}}
        for name, tensor in state.items():
            if tensor.dtype == torch.float32:  # not the batches that a norm has seen
                drawn = rng.normal(size=tuple(tensor.shape)).astype("f4")
                state[name] = torch.from_numpy(drawn)
            if name.endswith("running_var"):
                least = 0.05 if len(tensor) == given else 1e-3  # what eps adds is seen
                state[name] = state[name].abs() + 0.5
                state[name][0] = least
            if tensor.ndim == 1:
                norms[len(tensor)][name.rpartition(".")[2]] = state[name].clone()
            elif tensor.ndim == 4:
                kind = "wide" if tensor.shape[2:] == (1, 1) else "deep"
                norms[kind] = state[name]
        block.load_state_dict(state)
        x = torch.from_numpy(rng.normal(size=(3, given, 6, 7)).astype("f4"))
        for train in (False, True):
            # covers: In this order: a depthwise 3×3 convolution | a pointwise
            deep = {"stride": stride, "padding": 1, "groups": given}
            y = put.conv2d(x, norms["deep"], **deep)
            y = put.conv2d(norm(y, norms[given], train).relu(), norms["wide"])
            y = norm(y, norms[wide], train).relu()
            # covers: from (n, c_in, h, w) to | Return a new depthwise-separable
            got = (block.train() if train else block.eval())(x.clone())
            what = f"separable({given}, {wide}, {stride}), drawn weights"
            what += ", in training mode" if train else ", in eval mode"
            expect.close(got, y, what, atol=1e-4, rtol=1e-4)
        now = {k: each for k, each in block.state_dict().items() if "running" in k}
        for name, tensor in now.items():
            due = norms[len(tensor)][name.rpartition(".")[2]]
            moved = f"{name} of separable({given}, {wide}, {stride}) after one batch"
            expect.close(tensor, due, moved, atol=1e-4, rtol=1e-4)
    for ends in ((2, 3), (4, 4, 2), (1, 1), (2, 3, 1)):
        told, what = shared_by(separable, *ends), f"what two separable{ends} share"
        expect.equal(told, [], what, likely="every call makes layers of its own")
### END HIDDEN TESTS
expect.passed("filter, then mix")

# %% [markdown]
# ### Does a layer get as much faster as it gets lighter?
#
# A dense 3×3 convolution and your separable one, with normalization and ReLU, 64 channels at 14×14, one image. You know
# how many times fewer MACs it takes. How many times as fast is it in eager PyTorch?

# %% predict="eager_gain"
guess_eager_gain = None  # times as fast as the dense one, in eager PyTorch

# %% demo="one_block"
eager, exported = lesson.race_block(separable)
found = predictions.beside(guess_eager_gain, eager, "×")
measured["one separable block's gain, eager"] = found
measured["one separable block's gain, ONNX Runtime"] = exported

# %% [markdown]
# Eager PyTorch adds a fixed price for each operator, and the separable block has six instead of three. ONNX Runtime
# fuses normalization and ReLU into the convolutions.

# %% [markdown]
# ### Exercise 9.4 · Swap them all (3 points · 11 min)
#
# Write `to_separable(model)`: a copy in which your `separable`, with the same channels and stride, stands for every
# dense 3×3 convolution of more than one input channel, under its name. Dense is `groups=1`. The model itself may be
# such a convolution. What is new is in the mode of what it replaces. All else keeps its name, weights and mode; the
# original keeps everything, and shares no tensor with the copy.
#
# *The trap:* depthwise convolutions are 3×3, too, and so are some of a single input channel: there is nothing to
# separate.
#
# <details><summary>Hint</summary>
# <code>replaced</code> calls itself for each of <code>layer.named_children()</code>;
# <code>setattr(layer, name, new)</code>; <code>new.train(old.training)</code>.
# </details>


# %% solution="to_separable"
def to_separable(model):
    """Return a copy of a model, its dense 3x3 convolutions made separable.

    model: a torch.nn.Module; its 3x3 nn.Conv2d have padding 1, dilation 1, and one
        stride for both axes; no layer stands under two names; it stays as it was
    returns: a torch.nn.Module with outputs of the same shape
    """

    def replaced(layer):  # returns what stands for it in the copy: a new one, or itself
        ### BEGIN SOLUTION
        square = isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3)
        if square and layer.groups == 1 and layer.in_channels > 1:
            ends = layer.in_channels, layer.out_channels
            return separable(*ends, layer.stride[0]).train(layer.training)
        for name, child in layer.named_children():
            setattr(layer, name, replaced(child))
        return layer
        ### END SOLUTION

    return replaced(copy.deepcopy(model))


# %% test="to_separable_replaces" points=1
inner = nn.Sequential(nn.Conv2d(2, 4, 3, stride=2, padding=1), nn.ReLU())
net = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), inner)
made, what = made_by(to_separable, net), "to_separable(net)"
likely = "is a `return` missing?"
expect.true(made is not None, what, expected="a module", got=None, likely=likely)
shapes = {name: list(each.shape) for name, each in made.state_dict().items()}
sizes = sorted(each for each in shapes.values() if len(each) == 4)
causes = {
    "with one input channel there is nothing to separate": [
        *([1, 1, 3, 3], [2, 1, 1, 1], [2, 1, 3, 3], [4, 2, 1, 1])
    ],
    "none is replaced; look inside of layers, too": [[2, 1, 3, 3], [4, 2, 3, 3]],
}
due = [[2, 1, 3, 3], [2, 1, 3, 3], [4, 2, 1, 1]]
likely = "is `separable`, exercise 9.3, right?"
if [4, 2, 3, 3] in sizes:
    likely = "a dense one is left: set it on its own parent, by its last name"
held = f"the weights of convolutions in {what}"
expect.equal(sizes, due, held, causes=causes, likely=likely)
got, likely = made(torch.ones(2, 1, 6, 6)), "the stride of the old convolution is lost"
expect.shape(got, (2, 4, 3, 3), f"{what}(images)", likely=likely)
made, likely = (
    made_by(to_separable, nn.Conv2d(2, 3, 3, padding=1)),
    "start at the model",
)
held, wanted = len(made.state_dict()), "more tensors than the convolution's own 2"
what = "to_separable(nn.Conv2d(2, 3, 3, padding=1))"
expect.true(held > 2, what, expected=wanted, got=held, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for _ in range(3):
        net, example, swaps = lesson.mixed(rng)
        # covers: Write to_separable(model): a copy in which | Dense is groups=1
        # covers: model: a torch.nn.Module
        before, made = lesson.state_of(net), made_by(to_separable, net)
        shapes = {k: list(each.shape) for k, each in made.state_dict().items()}
        for name, (given, wide, _) in swaps.items():
            there = [s for k, s in shapes.items() if k.startswith(f"{name}.")]
            found = sorted(each for each in there if len(each) == 4)
            due = sorted([[given, 1, 3, 3], [wide, given, 1, 1]])
            what = f"the weights that stand for {name}, a 3×3 of {given} to {wide}"
            expect.equal(found, due, what)
        # covers: returns: a torch.nn.Module with outputs of the same shape
        due = tuple(net.eval()(example).shape)
        expect.shape(made.eval()(example), due, "the outputs of a fresh copy")
        for name in ("0.weight", "head.2.bias"):
            kept = made.state_dict()[name]
            expect.close(kept, before[name], f"{name} of a copy", atol=0.0)
    for stride in (1, 2, 3):  # covers: The model itself may be such a convolution
        lone = nn.Conv2d(3, 5, 3, stride, 1)
        made = made_by(to_separable, lone)
        shapes = [tuple(each.shape) for each in made.state_dict().values()]
        four = sorted(each for each in shapes if len(each) == 4)
        what = f"the weights of to_separable(nn.Conv2d(3, 5, 3, {stride}, 1))"
        expect.equal(four, [(3, 1, 3, 3), (5, 3, 1, 1)], what)
        due = tuple(lone(torch.ones(2, 3, 7, 8)).shape)
        expect.shape(made(torch.ones(2, 3, 7, 8)), due, what)
    for ends in ((2, 1), (2, 2), (9, 1)):  # as few channels as there may be
        made = made_by(to_separable, nn.Conv2d(*ends, 3, padding=1))
        four = [list(each.shape) for each in made.state_dict().values()]
        four = sorted(each for each in four if len(each) == 4)
        what = f"the weights of to_separable(nn.Conv2d{(*ends, 3)})"
        expect.equal(four, sorted([[ends[0], 1, 3, 3], [ends[1], ends[0], 1, 1]]), what)
    net, x, gives, due = lesson.held(rng)
    made = made_by(to_separable, net)
    made.load_state_dict(lesson.giving(dict(made.state_dict()), gives))
    what = f"the output, where what stands for each 3×3 gives {gives}"
    likely = "each stands under its name; all around it runs as before"
    got = made.eval()(x)
    expect.close(got, due, what, atol=1e-4, rtol=1e-4, likely=likely)
### END HIDDEN TESTS
expect.passed("every dense 3×3 is two")

# %% test="to_separable_keeps" points=1
grouped = nn.Conv2d(4, 4, 3, padding=1, groups=4), nn.Conv2d(4, 4, 3, 1, 1, groups=2)
net = nn.Sequential(*grouped, nn.Conv2d(4, 6, 1), nn.Conv2d(6, 2, 5), nn.Flatten())
made, x = made_by(to_separable, net), torch.linspace(-1, 1, 512).reshape(2, 4, 8, 8)
likely = "only a dense 3×3 is replaced: groups=1, more than one input channel"
what = "to_separable of a net without a dense 3×3 convolution"
names = sorted(made.state_dict())
expect.equal(names, sorted(net.state_dict()), f"what {what} holds", likely=likely)
expect.close(made(x), net(x), what, atol=1e-6, likely="weights are copied, too")
made = made_by(to_separable, nn.Sequential(nn.Conv2d(4, 4, 3, padding=1)).eval())
held, likely = len(made.state_dict()), "nothing is replaced"
wanted, what = "more tensors than the 2 of the convolution", "a copy of a dense 3×3"
expect.true(held > 2, what, expected=wanted, got=held, likely=likely)
modes = {module.training for module in made.modules()}
likely = "new layers start in training mode"
expect.equal(modes, {False}, "training, of a copy of an eval net", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for _ in range(3):
        net, example, swaps = lesson.mixed(rng)
        before, made = lesson.state_of(net), made_by(to_separable, net)
        now, what = dict(made.state_dict()), "of to_separable(a fresh net)"
        new = tuple(f"{name}." for name in swaps)
        kept = [name for name in before if not name.startswith(new)]
        held = sorted(name for name in now if not name.startswith(new))
        # covers: All else keeps its name, weights and mode | nothing to separate
        expect.equal(held, sorted(kept), f"the names {what}")
        for name in kept:
            expect.close(now[name], before[name], f"{name} {what}", atol=0.0)
        modes = {name: module.training for name, module in net.named_modules()}
        for name, module in made.named_modules():
            # covers: What is new is in the mode of what it replaces
            inside = next(
                (old for old in swaps if f"{name}.".startswith(f"{old}.")), name
            )
            expect.equal(module.training, modes[inside], f"training of {name} {what}")
    net, x, gives, _ = lesson.held(rng)
    kinds, what = tensors_in(copy.deepcopy, net), "the tensors of to_separable(a net)"
    kept = {k: kinds[k] for k in kinds if not k.startswith(tuple(gives))}
    found = tensors_in(to_separable, net)
    found = {k: found[k] for k in found if not k.startswith(tuple(gives))}
    expect.equal(found, kept, what, likely="what was frozen stays frozen")
    for mode in (True, False):
        for lone in (nn.Conv2d(3, 2, 3, padding=1), net, nn.Conv2d(1, 2, 3)):
            made = made_by(to_separable, lone.train(mode))
            modes, what = {each.training for each in made.modules()}, f"of {lone}"
            expect.equal(modes, {mode}, f"training {what}, a net in mode {mode}")
    for other in (nn.Conv2d(1, 3, 3, padding=1), nn.Conv2d(4, 4, 3, 1, 1, groups=4)):
        lone = nn.Conv2d(3, 2, (1, 3), padding=(0, 1)), nn.ConvTranspose2d(2, 2, 3)
        lone += nn.Conv2d(2, 2, (3, 5)), nn.Conv1d(2, 2, 3), nn.Conv3d(2, 2, 3)
        for net in (other, nn.Sequential(*lone)):
            before, made = lesson.state_of(net), made_by(to_separable, net)
            found, what = sorted(made.state_dict()), f"what a copy of {net} holds"
            expect.equal(found, sorted(before), what)
            for name, tensor in made.state_dict().items():
                expect.close(tensor, before[name], f"{what}, {name}", atol=0.0)
### END HIDDEN TESTS
expect.passed("and all else is as it was")

# %% test="to_separable_copies" points=1
net = nn.Sequential(nn.Conv2d(2, 2, 3, padding=1), nn.BatchNorm2d(2), nn.Flatten())
what, likely = "what to_separable(net) leaves changed", "work on copy.deepcopy(model)"
expect.equal(left_by(to_separable, net), [], what, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for _ in range(2):
        net, example, swaps = lesson.mixed(rng)
        # covers: the original keeps everything, and shares no tensor | as it was
        told = left_by(to_separable, net)
        expect.equal(told, [], "what to_separable(a fresh net) leaves changed")
        before, made = lesson.state_of(net), to_separable(model=net)
        more = len(made.state_dict()) > len(before)
        wanted, what = "more tensors than before", "the copy of a fresh net"
        expect.true(more, what, expected=wanted, got="as many: nothing is replaced")
        lesson.expect_untouched(net, before, "to_separable")
    net, *_ = lesson.held(rng)
    for given in (net, nn.Conv2d(2, 3, 3, padding=1), nn.BatchNorm1d(2)):
        told = left_by(to_separable, given)
        expect.equal(told, [], f"what to_separable leaves changed of {given}")
        told, likely = (
            shared_by(to_separable, given),
            "every place has its own new layer",
        )
        expect.equal(told, [], f"what copies share, of {given}", likely=likely)
    # covers: Return a copy of a model, its dense 3x3 | no layer stands under two names
    # covers: have padding 1, dilation 1, and one stride
    told = left_by(to_separable, nn.Conv2d(2, 3, 3, padding=1))
    expect.equal(told, [], "what to_separable(a convolution) leaves changed")
    told = left_by(to_separable, nn.Sequential(nn.Linear(2, 3)))
    expect.equal(told, [], "what to_separable leaves of a net without convolutions")
### END HIDDEN TESTS
expect.passed("the original is whole")

# %% [markdown]
# ### What does the swap do to the whole ResNet?
#
# A large part of its MACs is in 1×1 layers, which stay, so less is saved than in the single block. Times are for one
# image.

# %% demo="swapped"
measured["separable ResNet's time, of the dense one's"] = lesson.draw_swap(to_separable)

# %% [markdown]
# ## How many channels?
#
# A processor multiplies several numbers at once, 4 to 16 of them, and libraries lay out channels in blocks of that
# size. What does not fill a block is padded with zeros, or takes a slower path. So widths are rounded to a multiple,
# usually 8. Rounding down takes capacity away: MobileNet's rule never takes more than a tenth.

# %% [markdown]
# ### Exercise 9.5 · Round the channels (1 point · 5 min)
#
# Write `round_channels(channels, multiple=8)`: the multiple of `multiple` that is nearest to `channels`; halfway, the
# larger. If that is below 90 % of `channels`, take the next larger multiple.
#
# *The trap:* Python's `round` takes halves to the even neighbour: `round(2.5)` is 2.
#
# <details><summary>Hint</summary>
# <code>int(x + 0.5)</code> rounds halves up for positive x.
# </details>


# %% solution="round_channels"
def round_channels(channels, multiple=8):
    """Return a number of channels that a processor likes.

    channels: int or float, at least 1: what was asked for
    multiple: int, at least 1
    returns: an int, a multiple of it, at least 0.9 * channels
    """
    ### BEGIN SOLUTION
    nearest = int(channels / multiple + 0.5) * multiple
    return nearest if nearest >= 0.9 * channels else nearest + multiple
    ### END SOLUTION


# %% test="round_channels_nearest" points=0.5
causes = {
    "this rounds up always; take the nearest": [64, 56, 48, 64],
    "halfway, take the larger; `round` goes to the even one": [64, 48, 48, 56],
    "halfway, take the larger": [56, 48, 48, 56],
    "this is how many times 8 fits": [8, 7, 6, 7],
}
got = lesson.plain([round_channels(each) for each in (60, 52, 46, 58)])
what = "round_channels of 60, 52, 46 and 58"
expect.equal(got, [64, 56, 48, 56], what, causes=causes)
causes = {"multiples of 16 are asked for": 40, "an int is wanted": 48.0}
got = lesson.plain(round_channels(40, 16))
expect.equal(got, 48, "round_channels(40, 16)", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for multiple in (1, 2, 3, 8, 16, int(rng.integers(4, 33))):  # covers: at least 1
        for count in (12, 13, int(rng.integers(14, 200)), 10**7):
            here = count * multiple
            steps = (multiple - 1) // 2
            for off in {0, 1 if steps else 0, steps, -steps, -1 if steps else 0}:
                # covers: that is nearest to channels | Write round_channels(channels
                got = round_channels(channels=here + off, multiple=multiple)
                what = f"round_channels({here + off}, {multiple})"
                # covers: returns: an int, a multiple
                expect.equal(lesson.plain(got), here, what)
            for off in (-0.49, 0.49):  # covers: channels: int or float
                got = lesson.plain(round_channels(here + off * multiple, multiple))
                what = f"round_channels({here + off * multiple}, {multiple})"
                expect.equal(got, here, what)
            # covers: halfway, the larger | takes halves to
            halves = (
                (multiple // 2, multiple / 2) if multiple % 2 == 0 else (multiple / 2,)
            )
            for half in halves:
                got = lesson.plain(round_channels(here + half, multiple))
                what = f"round_channels({here + half}, {multiple})"
                expect.equal(got, here + multiple, what)
    # covers: Return a number of channels that
    got = lesson.plain([round_channels(each) for each in (8, 16, 100, 92)])
    expect.equal(got, [8, 16, 104, 96], "round_channels of 8, 16, 100 and 92")
### END HIDDEN TESTS
expect.passed("the nearest multiple")

# %% test="round_channels_ninety_percent" points=0.5
causes = {
    "8 is below 90 % of 11: take the next larger multiple": [8, 16, 0],
    "8 is below 90 % of 11, 16 of 18: take the next larger": [8, 16, 8],
}
got = lesson.plain([round_channels(each) for each in (11, 18, 3)])
what = "round_channels of 11, 18 and 3"
expect.equal(got, [16, 24, 8], what, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for multiple in (8, 16, 30, 9 * int(rng.integers(2, 9))):
        for channels in (1, 1.5, multiple / 3, 0.49 * multiple):
            got = lesson.plain(round_channels(channels, multiple))
            expect.equal(got, multiple, f"round_channels({channels}, {multiple})")
        for here in (multiple, 2 * multiple, 3 * multiple, 4 * multiple):
            # covers: If that is below 90 % | at least 0.9 * channels
            for off in (-0.02, -0.004, -1e-6, 1e-6, 0.004, 0.02):
                asked, due = here / (0.9 + off), here if off > 0 else here + multiple
                got = lesson.plain(round_channels(asked, multiple))
                expect.equal(got, due, f"round_channels({asked}, {multiple})")
    ones = {1: 1, 1.1: 1, 1.2: 2, 1.49: 2, 1.5: 2, 2.2: 2, 2.4: 3, 3.3: 3, 3.4: 4}
    got = lesson.plain([round_channels(each, 1) for each in ones])
    expect.equal(
        got, list(ones.values()), f"round_channels of {list(ones)}, multiple 1"
    )
    got = lesson.plain(round_channels(20.4, 18))
    expect.equal(got, 36, "round_channels(20.4, 18)")
    for nine in (9, 18, 27, 36, 63):  # exactly 90 % is enough
        got = lesson.plain(round_channels(nine * 10 // 9, nine))
        expect.equal(got, nine, f"round_channels({nine * 10 // 9}, {nine})")
### END HIDDEN TESTS
expect.passed("never below 90 percent")

# %% [markdown]
# ### Where are the cliffs of this processor?
#
# One 3×3 convolution at 14×14 in ONNX Runtime, for every width from 24 to 64 channels. Guess: how many times as long as
# 32 channels do 33 take? The widths that come cheap are multiples of *your* processor's block, which need not be 8.

# %% predict="cliff"
guess_cliff = None  # times as long as 32 channels

# %% demo="cliffs"
cliff = lesson.draw_cliffs(round_channels)
measured["33 channels over 32"] = predictions.beside(guess_cliff, cliff, "×")

# %% [markdown]
# ## What is in the way?
#
# A layer must multiply, and it must fetch its inputs and weights and write its outputs. The slower of the two decides.
# With the **intensity** $I$ = MACs / bytes moved, a processor that multiplies at most $P$ times a second and moves at
# most $B$ bytes a second reaches
#
# $$ \min(P,\; I \cdot B) $$
#
# Drawn over $I$, this is a slope that ends in a level: the **roofline** (Williams, Waterman and Patterson, 2009). On
# the slope, fewer MACs gain nothing, as long as the bytes stay.

# %% [markdown]
# ### Exercise 9.6 · The roofline (2 points · 4 min)
#
# Write `attainable(macs, bytes_moved, peak_macs, bandwidth)`: the rate above, and what limits it: `"compute"` where
# the peak is reached, `"memory"` where it is not. Where the slope just meets the level, it is reached.
#
# *The trap:* the peak must be counted in MACs as well. Data sheets give FLOPs, twice as many.
#
# <details><summary>Hint</summary>
# <code>macs * bandwidth / bytes_moved</code> is what the memory allows, in MACs a second.
# </details>


# %% solution="attainable"
def attainable(macs, bytes_moved, peak_macs, bandwidth):
    """Return the most MACs a second that a layer can reach, and what limits it.

    macs: at least 0; bytes_moved: above 0
    peak_macs: MACs a second; bandwidth: bytes a second; both above 0; all int or float
    returns: a number, and the str "compute" or "memory"
    """
    ### BEGIN SOLUTION
    slope = macs / bytes_moved * bandwidth
    return min(peak_macs, slope), "compute" if slope >= peak_macs else "memory"
    ### END SOLUTION


# %% test="attainable_rate" points=1
got, what = attainable(500, 200, 1000, 100), "attainable(500, 200, 1000, 100)"
expect.parts(got, 2, what, likely="return both: the rate, and what limits it")
causes = {
    "this is the intensity; times the bandwidth": 2.5,
    "intensity is MACs over bytes, not bytes over MACs": 40.0,
    "the slower of the two decides: min": 1000.0,
    "these are FLOPs": 500.0,
    "// cuts the fraction off": 200.0,
}
expect.close(got[0], 250.0, f"the rate of {what}", causes=causes)
got = attainable(6000, 300, 1000, 200)
causes = {"the peak is a limit, too": 4000.0}
what = "the rate of attainable(6000, 300, 1000, 200)"
expect.close(got[0], 1000.0, what, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for size in (1e-3, 1.0, 3e9, 1e12):
        peak, band = (size * float(10 ** rng.uniform(-2, 2)) for _ in "ab")
        ridge = peak / band
        for times in (1e-6, 0.3, 0.999, 1.001, 5.0, 1e6):
            moved = float(10 ** rng.uniform(0, 9))
            count = times * ridge * moved
            # covers: the rate above, and what limits | Return the most MACs a second
            # covers: the peak must be counted in MACs | Data sheets give FLOPs
            # covers: peak_macs: MACs a second | bandwidth: bytes a second
            given = {"macs": count, "bytes_moved": moved}
            got = attainable(**given, peak_macs=peak, bandwidth=band)
            what = f"attainable({count}, {moved}, {peak}, {band})"
            expect.parts(got, 2, what)  # covers: returns: a number, and the str
            due = peak * min(times, 1)
            expect.close(got[0], due, f"the rate of {what}", rtol=1e-9, atol=0)
    # covers: macs: at least 0 | bytes_moved: above 0 | both above 0 | all int or float
    expect.close(attainable(0, 5, 7, 3)[0], 0.0, "the rate of attainable(0, 5, 7, 3)")
    small = attainable(3, 0.25, 100, 0.5)[0]
    expect.close(small, 6.0, "the rate of attainable(3, 0.25, 100, 0.5)")
    small = attainable(1e-3, 0.125, 0.5, 4)[0]
    expect.close(small, 0.032, "the rate of attainable(1e-3, 0.125, 0.5, 4)")
    whole = attainable(10**15, 10**13, 10**11, 10**10)[0]
    expect.close(whole, 1e11, "of whole numbers, above the ridge", rtol=1e-9)
    whole = attainable(10**3, 10**4, 10**11, 10**10)[0]
    expect.close(whole, 1e9, "of whole numbers, below the ridge", rtol=1e-9)
### END HIDDEN TESTS
expect.passed("the slower of the two decides")

# %% test="attainable_limit" points=1
for given, due in (
    ((600, 300, 1000, 200), "memory"),
    ((6000, 300, 1000, 200), "compute"),
):
    got, what = attainable(*given), f"attainable{given}"
    expect.parts(got, 2, what, likely="return both: the rate, and what limits it")
    expect.equal(got[1], due, f"what limits {what}")
likely = "where the slope just meets the level, the peak is reached"
what = "what limits attainable(10, 2, 20, 4)"
expect.equal(attainable(10, 2, 20, 4)[1], "compute", what, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for _ in range(6):  # powers of two: no rounding anywhere
        moved, band, more = (2.0 ** int(rng.integers(-9, 30)) for _ in "abc")
        count = float(rng.integers(1, 1000)) * more
        peak = count / moved * band
        # covers: where the peak is reached | just meets the level, it is reached
        for times, due in (
            (1, "compute"),
            (1 - 2**-20, "compute"),
            (1 + 2**-20, "memory"),
        ):
            got = attainable(count, moved, peak * times, band)
            what = f"attainable({count}, {moved}, {peak * times}, {band})"
            expect.equal(got[1], due, f"what limits {what}")
            got = attainable(count, moved * times, peak, band)
            what = f"attainable({count}, {moved * times}, {peak}, {band})"
            due = "memory" if times > 1 else "compute"
            expect.equal(got[1], due, f"what limits {what}")
    # covers: Write attainable(macs, bytes_moved, peak_macs, bandwidth)
    expect.equal(attainable(0, 5, 7, 3)[1], "memory", "what limits a layer of 0 MACs")
    for peak, due in ((12, "compute"), (16, "memory")):  # a quarter of a byte
        got, what = attainable(3, 0.25, peak, 1), f"attainable(3, 0.25, {peak}, 1)"
        expect.equal(got[1], due, f"what limits {what}")
### END HIDDEN TESTS
expect.passed("and has a name")

# %% [markdown]
# ### Where do the layers lie under your processor's roofline?
#
# One core of this processor, its peaks and bandwidths measured once and kept. Each point is a convolution of the ResNet
# or the MobileNet, one image, in ONNX Runtime, with what is fused into it. The lower slope is for bytes that come from
# memory. Layers this small live in the caches.

# %% demo="roofline"
measured |= lesson.draw_roofline(attainable)

# %% [markdown]
# A roof is a bound and no forecast. A depthwise convolution sees 9 inputs for each number, a dense one 9 in every
# channel, and both move the same activations. The separable pair has fewer weights, but moves *twice* the activations:
# what lies between the two is written, and read again.
#
# Where int8 is many times as fast as float32, the processor has instructions for whole dot products of int8, such as
# VNNI or AMX.

# %% [markdown]
# ### Does the order of the numbers matter?
#
# PyTorch stores images channel by channel. In the **channels-last** format all channels of a pixel lie side by side,
# which many kernels for convolutions prefer: `model.to(memory_format=torch.channels_last)`, and so for the images.

# %% demo="channels_last"
measured["channels last, eager"] = lesson.race_layouts()

# %% [markdown]
# ## Which epoch do you keep?
#
# A small network on little or careless data stops getting better long before it stops being trained. PyTorch Lightning
# writes the loop for you. A `LightningModule` says what one step is:
#
# ```python
# class Digits(LightningModule):
#     def training_step(self, batch, index): …       # returns the loss
#     def validation_step(self, batch, index): …     # self.log("val_loss", loss)
#     def configure_optimizers(self): …              # optimizer, learning-rate schedule
# ```
#
# `Trainer(max_epochs=…, callbacks=[…]).fit(module, …)` does the rest. **Callbacks** are asked at each turn: whether to
# stop, what to save, what to note.

# %% readonly="lightning"
from lightning.pytorch.callbacks import (
    EarlyStopping,
    LearningRateMonitor,
    ModelCheckpoint,
)

# %% [markdown]
# ### Exercise 9.7 · Three callbacks (3 points · 6 min)
#
# Write `callbacks(folder, patience)`: a list of one `EarlyStopping`, one `ModelCheckpoint` and one
# `LearningRateMonitor`. Training stops when `val_loss` has not fallen below its lowest for `patience` epochs in a row.
# Any fall counts. In the folder one checkpoint is left, of the epoch with the lowest `val_loss`.
#
# *The trap:* a `ModelCheckpoint` that is not told what to monitor keeps the *last* epoch.
#
# <details><summary>Hint</summary>
# The first two take <code>monitor=</code>; the second a folder, <code>dirpath=</code>, and by default it keeps one file
# (<code>save_top_k=1</code>). Lower is better by default (<code>mode="min"</code>).
# </details>


# %% solution="callbacks"
def callbacks(folder, patience):
    """Return Lightning's callbacks for one training.

    folder: a path, where nothing need be yet; other files there stay
    patience: int, at least 1
    returns: list of three callbacks, in any order, new at each call
    """
    ### BEGIN SOLUTION
    return [
        EarlyStopping(monitor="val_loss", patience=patience),
        ModelCheckpoint(dirpath=folder, monitor="val_loss"),
        LearningRateMonitor(),
    ]
    ### END SOLUTION


# %% test="callbacks_stop" points=1
losses = [3.0, 2.0, 4.0, 1.0, 5.0, 0.9999, 6.0, 2.0, 7.0, 8.0, 9.0]
found = fitted(callbacks, lesson.new_path("fit"), 2, losses)
causes = {
    "it does not stop: is val_loss monitored, and lower better?": 11,
    "it waits for 3: is patience passed on as it is?": 9,
    "the epochs without a fall come in a row: count anew after each fall": 5,
    "0.9999 is below 1: any fall counts, however little": 6,
}
what = "epochs until it stops, patience 2, val_loss 3, 2, 4, 1, 5, 0.9999, 6, 2, 7, …"
expect.equal(found["epochs"], 8, what, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for patience in (1, 2, 4):  # covers: patience: int, at least 1
        falls = (1e-3 - np.cumsum(10.0 ** -rng.uniform(4.5, 9, 4))).tolist()
        falls += [falls[-1] - 1e-9]  # float32 tells it from the one before
        # covers: Any fall counts | Training stops when val_loss has not
        losses = [falls[0] + 1] if patience > 1 else []
        for fall in falls:
            losses += [fall, *(falls[0] + rng.uniform(1, 2, patience - 1)).tolist()]
        ends = len(losses) + 1
        losses += [*(falls[0] + rng.uniform(1, 2, 5)).tolist()]
        folder = lesson.new_path("fresh_fit")
        found = fitted(callbacks, folder, patience, losses, by_name=True)
        what = f"epochs until it stops, patience {patience}, val_loss {losses}"
        expect.equal(found["epochs"], ends, what)
        # covers: Return Lightning's callbacks for one training
    found = fitted(
        callbacks, lesson.new_path("second"), 3, [2.0, 1.0, 1.0, 1.0, 1.0, 0.5]
    )
    expect.equal(found["epochs"], 5, "epochs, patience 3, val_loss 2, 1, 1, 1, 1, 0.5")
    # no loss is too high or too low to go on, and no patience too long
    falls = [1e9, 12.0, 1.0, 1e-3, 1e-9, 0.0, -1e-9, -1.0, -1e6]
    waits = [1.0, 1e9, 15.0, 0.5, *rng.uniform(1, 1e6, 11).tolist(), 0.25, 0.0]
    for patience, losses in ((1, falls), (12, waits), (1, [2.0, 3.0, 1.0])):
        found = fitted(callbacks, lesson.new_path("far"), patience, losses)
        what = f"epochs until it stops, patience {patience}, val_loss {losses}"
        due = 2 if losses[-1] == 1.0 else len(losses)
        expect.equal(found["epochs"], due, what, likely="only patience stops it")
### END HIDDEN TESTS
expect.passed("it stops in time")

# %% test="callbacks_keep" points=1
losses = [3.0, 1.0, 2.0, 4.0, 1.5]
found = fitted(callbacks, lesson.new_path("kept"), 4, losses)["kept"]
causes = {
    "nothing is left in the folder: dirpath=folder": [],
    "this is the last epoch; monitor val_loss": [5],
    "one file is wanted: no save_last": [2, 2],
    "all are left: save_top_k=1": [1, 2, 3, 4, 5],
    "lower is better: mode='min'": [4],
}
what = "epochs whose weights are left, val_loss 3, 1, 2, 4, 1.5"
expect.equal(found, [2], what, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for best, last, shift in ((0, 4, 0.0), (3, 5, -1.5), (4, 5, 1e3), (1, 3, -99.0)):
        losses = rng.uniform(1, 2, last).tolist()
        losses[: best + 1] = [*sorted(losses[:best], reverse=True), 0.999]
        losses = [each + shift for each in losses]
        place = lesson.new_path("deep") / "er"  # covers: where nothing need be yet
        found = fitted(callbacks, place, 9, losses)
        # covers: of the epoch with the lowest val_loss | keeps the last epoch
        what = f"epochs whose weights are left, val_loss {losses}"
        expect.equal(found["kept"], [best + 1], what)
        files = [each.name for each in place.glob("**/*") if each.is_file()]
        expect.equal(len(files), 1, f"files below the folder: {files}")
    place = lesson.new_path("used")
    place.mkdir()
    (place / "notes.txt").write_text("mine")
    found = fitted(callbacks, place, 2, [2.0, 1.0, 1.5])
    # covers: other files there stay
    expect.equal(found["kept"], [2], "epochs whose weights are left, beside notes")
    expect.unchanged(place / "notes.txt", b"mine", "notes in the folder")
### END HIDDEN TESTS
expect.passed("the best epoch's weights are left")

# %% test="callbacks_note" points=1
found = fitted(callbacks, lesson.new_path("noted"), 9, [3.0, 2.0, 1.0])
rates, kinds = (
    found["rates"],
    ["EarlyStopping", "LearningRateMonitor", "ModelCheckpoint"],
)
expect.equal(found["callbacks"], kinds, "the classes of the callbacks, by the alphabet")
likely = "LearningRateMonitor() logs it at each epoch or step"
due = [0.5, 0.25, 0.125]
what = "the learning rates that were logged"
expect.equal(sorted(set(rates), reverse=True), due, what, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for epochs in (2, int(rng.integers(3, 6))):
        losses = np.sort(rng.uniform(1, 2, epochs))[::-1].tolist()
        # covers: new at each call
        found = fitted(callbacks, lesson.new_path("again"), 1, losses)
        due = [0.5**k for k in range(1, epochs + 1)]
        got = sorted(set(found["rates"]), reverse=True)
        expect.equal(got, due, f"the learning rates of {epochs} epochs")
        expect.equal(found["epochs"], epochs, "epochs, where every one is better")
        # covers: Write callbacks(folder, patience): a list of one | returns: list of three
        expect.equal(found["callbacks"], kinds, "the classes of the callbacks")
    told, likely = shared_by(callbacks, lesson.new_path("two"), 3), "each is made anew"
    expect.equal(told, [], "what two calls of callbacks share", likely=likely)
### END HIDDEN TESTS
expect.passed("the learning rate is noted")

# %% [markdown]
# ### What is the best epoch worth?
#
# A small network learns from 300 digits, of which a careless hand has labelled 30 % wrongly; 200 others, labelled
# rightly, say when it is at its best.

# %% demo="epochs"
run = lesson.fit_with_lightning(callbacks, patience=12)
measured["best epoch over last"] = f"{lesson.draw_epochs(run):.1f} points"

# %% [markdown]
# ## What fits into 10,000 parameters?
#
# The ResNet of this course has 202,938 parameters and takes 15,786,048 MACs an image, as your profile says. What would
# you build with a twentieth of the one and a thirtieth of the other?
#
# Four habits help. Halve the image early, where every channel is expensive. Widen as the image shrinks. End in a
# mean over the image (`nn.AdaptiveAvgPool2d(1)`) and one dense layer. Keep to what every runtime knows and fuses:
# convolution, normalization, ReLU, one after the other.

# %% [markdown]
# ### Exercise 9.8 · A small net (2 points · 7 min)
#
# Write `small_net()`: a network for 28×28 digits with at most 10,000 parameters and 500,000 MACs an image. The tests
# train it with the course's `fit` for 8 epochs, highest learning rate 0.03, 32 images a batch, and want at least 98 %
# of the 450 test images right.
#
# *The trap:* a separable convolution at 28×28 costs 16 times as much as at 7×7.
#
# <details><summary>Hint</summary>
# A dense 3×3 of stride 2 to 16 channels; separable ones to 32 (stride 2), 64 and 64; mean, flatten, dense. Write
# <code>separable</code> out where 9.3 is not solved; profile what you have built.
# </details>


# %% solution="small_net"
def small_net():
    """Return a small digit classifier, untrained.

    returns: a torch.nn.Module, new at each call, in float32, from images
        (n, 1, 28, 28), which it leaves as they are, to scores (n, 10), softmax
        not applied
    """
    ### BEGIN SOLUTION
    stem = nn.Conv2d(1, 16, 3, stride=2, padding=1, bias=False)
    body = separable(16, 32, 2), separable(32, 64), separable(64, 64)
    head = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)
    return nn.Sequential(stem, nn.BatchNorm2d(16), nn.ReLU(), *body, *head)
    ### END SOLUTION


# %% test="small_net_budget" points=1
path = net_file(small_net, lesson.new_path("small.onnx"), train=False)
got, what = small_net(), "small_net()"
scores = got(torch.zeros(3, 1, 28, 28))
expect.shape(scores, (3, 10), f"{what}(three images)", likely="ten scores an image")
numbers, products = lesson.weigh(path)
numbers = max(numbers, sum(each.numel() for each in got.parameters()))
likely = "dense 3×3 convolutions and wide dense layers hold the most"
few = numbers <= 10_000
expect.true(few, "parameters", expected="at most 10,000", got=numbers, likely=likely)
likely, few = "halve the image earlier", products <= 500_000
expect.true(
    few, "MACs an image", expected="at most 500,000", got=products, likely=likely
)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    x = torch.from_numpy(rng.uniform(size=(5, 1, 28, 28)).astype("f4"))
    got.eval()
    scores = got(x).detach()
    # covers: to scores (n, 10), softmax not | for 28×28 digits
    expect.close(scores[2:3], got(x[2:3]), "one image alone, in eval mode", atol=1e-4)
    # covers: Return a small digit classifier, untrained
    guessed = lesson.file_accuracy(path)
    few = guessed < 0.7  # of ten kinds, and whatever it was made of
    expect.true(few, what, expected="untrained", got=f"{guessed:.2f} are right already")
    given = x.clone()
    for scores in (got.eval()(x).detach(), got.train()(x).detach()):
        # softmax has sums of 1, and its logarithm sums of exponentials
        sums = torch.stack([scores.sum(1), scores.double().exp().sum(1)])
        near = ((sums - 1).abs() < 1e-3).all(1).any()
        expect.true(not near, what, expected="scores", got="softmax, or its logarithm")
        expect.equal(str(scores.dtype), "torch.float32", f"the type of {what}(images)")
    # covers: which it leaves as they are
    expect.unchanged(x, given, f"the images after {what}(images)")
    kinds = set(tensors_in(small_net).values()) - {"int64"}
    kinds = {each.partition(",")[0] for each in kinds}
    expect.equal(kinds, {"float32"}, f"the types of numbers in {what}")
    told = shared_by(small_net)
    expect.equal(told, [], "what two small nets share", likely="each makes its own")
    before = lesson.state_of(got)
    other = small_net()
    # covers: new at each call
    other.load_state_dict({k: 0 * each for k, each in other.state_dict().items()})
    lesson.expect_untouched(got, before, "another small_net() was changed")
    # covers: at most 10,000 parameters and 500,000 MACs
    wide = net_file(small_net, lesson.new_path("again.onnx"), train=False, seed=1)
    expect.equal(list(lesson.weigh(wide)), list(lesson.weigh(path)), "of another one")
### END HIDDEN TESTS
expect.passed("at most 10,000 parameters and 500,000 MACs")

# %% test="small_net_accuracy" points=1
path = net_file(small_net, lesson.new_path("trained.onnx"))
right = lesson.file_accuracy(path)
likely = "is there normalization after each convolution, and no softmax at the end?"
wanted, what = "at least 0.98", "accuracy of small_net() after fit"
expect.true(right >= 0.98, what, expected=wanted, got=right, likely=likely)
few = lesson.weigh(path).macs <= 500_000
expect.true(
    few, "MACs an image", expected="at most 500,000", got=lesson.weigh(path).macs
)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: The tests train it with the course's fit | the trap
    places = rng.permutation(450)[:400]
    right = lesson.file_accuracy(path, places)
    expect.true(right >= 0.97, f"{what}, of 400", expected="at least 0.97", got=right)
### END HIDDEN TESTS
expect.passed("and right on 98 percent")

# %% [markdown]
# ### Who does best with how little?
#
# Your net beside others of the same recipe: dense stacks, separable ones, a single linear layer, and the ResNet. A net
# is on the **Pareto front** if none is as accurate with fewer MACs, or more accurate with as few. Each was trained
# once, and a test image is 0.2 points: a difference of less than a point means little.

# %% demo="pareto"
measured |= lesson.draw_pareto(small_net)

# %% [markdown]
# ## What you measured

# %% demo="what_you_measured"
tables.show([{"what": what, "measured": value} for what, value in measured.items()])

# %% [markdown]
# ## Check yourself
#
# <details><summary>A separable block takes an eighth of the MACs, but not an eighth of the time. Why?</summary>
# The roofline says it in part. Its depthwise part moves as many activations as the dense layer for far fewer MACs,
# and stays far below its roof: your table says how far. What lies between the two parts is written and read again. And
# six operators are started instead of three.</details>
#
# <details><summary>Which of the two is better at 500,000 MACs: 34 channels, or 32?</summary>
# 32, where blocks have 8 or 16 channels: 34 are computed as 36, 40 or 48, or by a slower kernel. What the two more
# channels bring must be worth that.</details>
#
# <details><summary>Why monitor the validation loss, and not the accuracy on the test images?</summary>
# Whatever chooses the epoch is fitted, too. An epoch chosen by the test images has seen them; what it scores there says
# little about others.</details>

# %% [markdown]
# ## Where to read on
#
# - A. Howard et al., *MobileNets*, 2017; M. Sandler et al., *MobileNetV2*, 2018, with the rule of exercise 9.5 in its
#   code.
# - S. Williams, A. Waterman and D. Patterson, *Roofline*, CACM, 2009.
# - N. Ma et al., *ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design*, 2018: four rules that
#   count bytes, not MACs.
# - The documentation of PyTorch Lightning on callbacks; `torch.utils.flop_counter`, which counts below the modules.
#
# Next: lesson 10 takes weights away from networks that are trained already.
