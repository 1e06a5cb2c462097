# %% [markdown]
# # What can be taken away?
#
# **Lesson 10** · 90 minutes · 20 points · you need: lessons 01, 03, 04 and 05
#
# A trained network has more weights than it needs. You will take away single weights, a pattern of weights, whole
# channels, and at last the labels, and each time ask two questions. What does it save in bytes and in time, measured?
# And would something plain have done as well: a small network from scratch, a few more epochs, a teacher's bare guess?
# Such a **control** often wins.
#
# Every exercise can be solved without the others. Files go to the folder `work10`. Four demonstrations train networks,
# for up to half a minute each.

# %% readonly="imports"
import copy
from functools import partial

import numpy as np
import torch
from course_utils import expect, predictions, tables
from course_utils.lessons import pruning_and_distillation as lesson
from torch import nn
from torch.nn import functional

# %% readonly="begin"
from course_utils.lessons.pruning_and_distillation import (
    computed,
    in_a_row,
    not_apart,
    refilled,
)
from course_utils.seeds import fresh_draw  # these two lines: for the tests

lesson.begin()  # an empty folder work10, one thread
measured = {}  # filled by the demonstrations, shown at the end

# %% [markdown]
# ## Which weights matter least?
#
# **Pruning** sets weights to 0 and keeps them there. Which ones? The plain answer: the smallest in **magnitude**,
# $|w|$, since taking one away changes a layer's sum by $|w|$ times its input. What stays is written down as a **mask**,
# True where a weight stays. The **sparsity** is the share that is off.

# %% [markdown]
# ### Exercise 10.1 · A mask by magnitude (2 points · 7 min)
#
# Write `magnitude_mask(w, sparsity)`: of all weights in `w`, exactly `round(sparsity * w.size)` are off (Python's
# `round`): those with the smallest $|w|$. Of equal magnitudes, the earlier one in row order goes off first.
#
# *The trap:* comparing with a threshold takes all equal weights, or none of them. Zeros are equal, and a network that
# was pruned before has many.
#
# <details><summary>Hint</summary>
# <code>np.argsort(values, kind="stable")</code> gives places in order of value, and leaves equal ones in their order.
# With <code>axis=None</code> it flattens row by row first.
# </details>


# %% solution="magnitude_mask"
def magnitude_mask(w, sparsity):
    """Return which weights stay: True for those that do, False for those that are off.

    w: float32 or float64 array of any shape with at least one number; not changed
    sparsity: float from 0 to 1, both included
    returns: new bool array of w's shape
    """
    ### BEGIN SOLUTION
    off = np.argsort(np.abs(w), axis=None, kind="stable")[: round(sparsity * w.size)]
    mask = np.ones(w.size, bool)
    mask[off] = False
    return mask.reshape(w.shape)
    ### END SOLUTION


# %% test="magnitude_mask_smallest" points=1
w = np.array([[0.5, -0.1], [-2.0, 0.3], [0.05, 1.0]])
what = f"magnitude_mask({w.tolist()}, 1 / 3)"
causes = {
    "True is for what stays": [[0, 1], [0, 0], [1, 0]],
    "the smallest go, not the largest": [[1, 1], [0, 1], [1, 0]],
    "-2.0 is large: take the magnitude first": [[1, 0], [0, 1], [1, 1]],
    "sparsity is the share that is off, not what stays": [[0, 0], [1, 0], [0, 1]],
}
before = w.copy()
got = magnitude_mask(w, 1 / 3)
expect.close(got, [[1, 0], [1, 1], [0, 1]], what, causes=causes)
kind, likely = (
    str(np.asarray(got).dtype),
    "a comparison gives bools, and so does dtype=bool",
)
expect.equal(kind, "bool", f"the type of {what}", likely=likely)
expect.unchanged(w, before, f"w after {what}")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    shapes = (), (1,), (7,), (1, 1), (5, 4), (3, 1, 3, 3), (2, 2, 1, 3, 2)
    far = {np.float32: (1.0, 1e-42, 1e36), np.float64: (1e306, 1.0, 1e-320)}
    # covers: float32 or float64 array of any shape with at least one number
    for number, shape in enumerate(shapes):
        count = int(np.prod(shape))
        order = rng.permutation(count).reshape(shape)
        for kind in (np.float32, np.float64):  # by rows, and by columns
            size = far[kind][number % 3]
            w = size * (1 + order) * rng.choice([-1, 1], size=shape)
            w = np.array(w, kind, order="C" if kind is np.float32 else "F")
            # covers: sparsity: float from 0 to 1, both included | of all weights in w
            for off in {0, count, count // 2, int(rng.integers(count + 1))}:
                before, passed = w.copy("K"), w.copy("K")
                # covers: write magnitude_mask(w, sparsity) | with the smallest |w|
                got = magnitude_mask(w=passed, sparsity=off / count)
                what = (
                    f"magnitude_mask, {kind.__name__} {shape}, about {size}, {off} off"
                )
                # covers: which weights stay: true for those that do, false for those
                expect.close(got, order >= off, what)
                # covers: returns: new bool array of w's shape
                likely = "a NumPy array of bools: torch.from_numpy(mask) must take it"
                kind_of = type(got).__name__ if shape else "ndarray"  # np.bool_ may be
                expect.equal(kind_of, "ndarray", f"the type of {what}", likely=likely)
                expect.equal(str(np.asarray(got).dtype), "bool", f"the type of {what}")
                # covers: not changed
                expect.unchanged(passed, before, f"w after {what}")
    near = 1 + 2.0**-52
    for w in ([2.0, 1.0], [1.0, 2.0], [-2.0, 1.0], [1.0, near], [-near, 1.0]):
        got = magnitude_mask(np.array(w), 0.5)  # the same arguments but for the values
        smaller = int(abs(w[1]) < abs(w[0]))
        expect.close(got, [smaller == 1, smaller == 0], f"magnitude_mask({w}, 0.5)")
    one, other = (
        {"w": 1.0 + rng.permutation(12).reshape(3, 4), "sparsity": 0.5}
        for _ in range(2)
    )
    told = not_apart(magnitude_mask, one, other, one)
    expect.equal(told, [], "what three calls do beside their masks")
    got = refilled(magnitude_mask, {"w": 13 - other["w"], "sparsity": 0.5}, other)
    expect.close(got, other["w"] > 6, "the mask of an array that was written anew")
### END HIDDEN TESTS
expect.passed("the smallest weights are off")

# %% test="magnitude_mask_exactly_as_many" points=1
w = np.array([1.0, -1.0, 1.0, 1.0, 2.0])
causes = {
    "a threshold takes all equal weights": [0, 0, 0, 0, 1],
    "a threshold takes none of the equal weights": [1, 1, 1, 1, 1],
    "round(2.5) is 2 in Python": [0, 0, 0, 1, 1],
    "of equals the earlier goes off first": [1, 1, 0, 0, 1],
}
got, what = magnitude_mask(w, 0.5), f"magnitude_mask({w.tolist()}, 0.5)"
expect.close(got, [0, 0, 1, 1, 1], what, causes=causes)
w = np.array([3.0, 1.0, 2.0, 5.0, 4.0, 7.0, 6.0])
causes = {"round, do not cut off: round(3.5) is 4": [0, 0, 0, 1, 1, 1, 1]}
got, what = magnitude_mask(w, 0.5), f"magnitude_mask({w.tolist()}, 0.5)"
expect.close(got, [0, 0, 0, 1, 0, 1, 1], what, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    shapes = (1,), (3,), (5,), (7, 1), (3, 3), (10, 10), (7, 9, 11)
    for shape in shapes:  # few values, many of them equal
        for values in ([0.0, -0.0, 1.0, -1.0], [0.5, -0.5], [2.0, -2.0, 1e-10, 0.0]):
            w = rng.choice(values, size=shape)
            below, above = np.nextafter(0.5, [0.0, 1.0]).tolist()
            drawn = float(rng.uniform())
            # covers: takes all equal weights, or none of them | zeros are equal, and a
            for sparsity in (0.0, 0.29, 0.5, below, above, 0.57, 1.0, drawn):
                flat = [abs(each) for each in w.ravel().tolist()]
                # covers: exactly round(sparsity * w.size) are off (python
                off = sorted(range(len(flat)), key=flat.__getitem__)
                off = set(off[: round(sparsity * len(flat))])
                # covers: of equal magnitudes, the earlier one in row order goes off
                expected = np.array([k not in off for k in range(len(flat))])
                got = magnitude_mask(w.copy("F"), sparsity)
                what = f"magnitude_mask of {values} in {shape}, sparsity {sparsity}"
                expect.close(got, expected.reshape(shape), what)
### END HIDDEN TESTS
expect.passed("exactly as many as asked, the earlier of two equals first")

# %% [markdown]
# ### Does every layer mind as much?
#
# The course's CNN for 16×16 digits: three convolutions and a dense layer. Your mask on one of them at a time, the
# others whole: a **sensitivity** scan.

# %% demo="sensitivity"
cnn = lesson.cnn()
where = lesson.draw_sensitivity(magnitude_mask, cnn)
measured["one layer alone, first share tried that loses 5 points"] = where

# %% [markdown]
# ## Who decides how much each layer gives?
#
# Layers differ in size and in how much they mind. Instead of a sparsity for each, one **global** threshold lets the
# weights of all layers compete: a layer of many small weights gives most. Biases and norms are few and stay out of it.

# %% [markdown]
# ### Exercise 10.2 · One threshold for all layers (2 points · 6 min)
#
# Write `global_masks(weights, sparsity)`: with n numbers in all arrays together, exactly `round(sparsity * n)` are off,
# those with the smallest magnitudes of all. Of equal magnitudes the earlier goes off first: earlier in the dict, then
# earlier in row order.
#
# *The trap:* the same share of each layer is something else, and so is a share rounded layer by layer.
#
# <details><summary>Hint</summary>
# Your <code>magnitude_mask</code> is made for the given <code>row</code>; <code>np.split(mask, ends)</code> cuts at the
# given <code>ends</code>; <code>reshape</code> each part.
# </details>


# %% solution="global_masks"
def global_masks(weights, sparsity):
    """Return which weights of a network stay, True for those that do.

    weights: dict of float32 or float64 arrays by name, of any shapes; not changed
    sparsity: float from 0 to 1, both included
    returns: dict of new bool arrays, the same names and shapes
    """
    row = np.concatenate([w.ravel() for w in weights.values()])
    ends = np.cumsum([w.size for w in weights.values()])[:-1]  # of all but the last
    ### BEGIN SOLUTION
    mask = np.ones(row.size, bool)
    mask[np.argsort(np.abs(row), kind="stable")[: round(sparsity * row.size)]] = False
    parts = np.split(mask, ends)
    named = zip(weights.items(), parts, strict=True)
    return {name: part.reshape(w.shape) for (name, w), part in named}
    ### END SOLUTION


# %% test="global_masks_one_threshold" points=1
weights = {"a": np.array([[0.1, -0.2], [0.3, 0.4]]), "b": np.array([1, -2, 3, 0.05])}
got = global_masks({name: w.copy() for name, w in weights.items()}, 0.5)
what = "global_masks({'a': [[0.1, -0.2], [0.3, 0.4]], 'b': [1, -2, 3, 0.05]}, 0.5)"
expect.keys(got, weights, what)
for name, w in weights.items():
    expect.shape(got[name], w.shape, f"{name} of {what}")
    kind = str(np.asarray(got[name]).dtype)
    expect.equal(kind, "bool", f"the type of {name} of {what}")
causes = {
    "each array loses the same share; all compete": [0, 0, 1, 1, 0, 1, 1, 0],
    "take magnitudes first": [0, 0, 1, 1, 1, 0, 1, 0],
    "True is for what stays": [1, 1, 1, 0, 0, 0, 0, 1],
}
row = np.concatenate([got[name].ravel() for name in weights])
wanted = [0, 0, 0, 1, 1, 1, 1, 0]
expect.close(row, wanted, f"a and then b of {what}", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    families = [
        *([(4, 3), (2,), (1, 1)], [(5, 1, 2)], [(1,), (30,), (3, 2, 2), (2, 1)]),
        *([(3,), (1, 3), (3, 1)], [(2, 3), (), (4,)]),
    ]
    far = (1e-42, "f4", "f8"), (1.0, "f4", "f8"), (1e36, "f8", "f4"), (1e-320, "f8")
    for shapes in families:  # covers: with n numbers in all arrays together
        for size, *kinds in far:
            counts = [int(np.prod(shape)) for shape in shapes]
            n = sum(counts)
            order = rng.permutation(n)
            ends = np.cumsum([0, *counts]).tolist()
            names = [f"{k}.weight" for k in rng.permutation(len(shapes))]
            weights, places = {}, {}
            for k, (name, shape) in enumerate(zip(names, shapes, strict=True)):
                places[name] = order[ends[k] : ends[k + 1]].reshape(shape)
                w = size * (1 + places[name]) * rng.choice([-1, 1], size=shape)
                # covers: dict of float32 or float64 arrays by name, of any shapes
                weights[name] = np.array(w, kinds[k % len(kinds)], order="F")
            # covers: sparsity: float from 0 to 1, both included
            for off in {0, n, n // 2, int(rng.integers(n + 1))}:
                lent = {name: w.copy("K") for name, w in weights.items()}
                # covers: write global_masks(weights, sparsity)
                got = global_masks(weights=lent, sparsity=off / n)
                what = f"global_masks, {shapes}, about {size}, {off} of {n} off"
                # covers: those with the smallest magnitudes of all | is something else
                # covers: which weights of a network stay, true for those that do
                expected = {name: place >= off for name, place in places.items()}
                # covers: returns: dict of new bool arrays, the same names and shapes
                expect.close(got, expected, what)
                expect.equal(type(got).__name__, "dict", f"the type of {what}")
                for name, mask in got.items():
                    kind = str(np.asarray(mask).dtype)
                    expect.equal(kind, "bool", f"the type of {name} of {what}")
                    kind = type(mask).__name__ if weights[name].shape else "ndarray"
                    expect.equal(kind, "ndarray", f"the type of {name} of {what}")
                # covers: not changed
                expect.unchanged(lent, weights, f"weights after {what}")
    rows = 1.0 + np.stack([rng.permutation(12), rng.permutation(12)]).reshape(2, 2, 6)
    one, other = (
        {"weights": {"b": b, "a": a.reshape(2, 3)}, "sparsity": 0.5} for b, a in rows
    )
    told = not_apart(global_masks, one, other, one)
    expect.equal(told, [], "what three calls do beside their masks")
    lent = {name: 13 - w for name, w in other["weights"].items()}
    got = refilled(global_masks, {"weights": lent, "sparsity": 0.5}, other)
    expected = {name: w > 6 for name, w in other["weights"].items()}
    expect.close(got, expected, "the masks of arrays that were written anew")
### END HIDDEN TESTS
expect.passed("all weights compete")

# %% test="global_masks_ties" points=1
weights = {"z": np.array([1.0, -1.0]), "a": np.array([1.0, 1.0, 5.0])}
what = "global_masks({'z': [1, -1], 'a': [1, 1, 5]}, 0.4)"
got = global_masks({name: w.copy() for name, w in weights.items()}, 0.4)
causes = {
    "the dict's own order counts, not that of the names": [1, 1, 0, 0, 1],
    "a threshold takes all equal weights": [0, 0, 0, 0, 1],
    "a threshold takes none of the equal weights": [1, 1, 1, 1, 1],
    "round once, for all arrays together": [0, 1, 0, 1, 1],
    "of equals the earlier goes off first": [1, 1, 0, 0, 1],
}
expect.keys(got, weights, what)
row = np.concatenate([np.ravel(got[name]) for name in weights])
expect.close(row, [0, 0, 1, 1, 1], f"z and then a of {what}", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    families = [(3,), (5,)], [(1,), (1, 1), (1,)], [(30, 20), (7, 9), (40,)]
    near, (below, above) = 1 + 2.0**-52, np.nextafter(0.5, [0.0, 1.0]).tolist()
    for shapes in families:
        for values in ([0.0, -0.0, 1.0, -1.0], [0.5, -0.5], [1.0, near]):
            # covers: earlier in the dict, then
            names = rng.permutation(["c", "a", "b"]).tolist()
            kinds = ("f8", "f8", "f8") if near in values else ("f8", "f4", "f8")
            weights = {
                name: rng.choice(values, size=shape).astype(kind)
                for name, shape, kind in zip(names, shapes, kinds, strict=False)
            }
            shares = 0.0, 0.29, 0.5, below, above, 1.0, float(rng.uniform())
            for sparsity in shares:
                flat = [abs(v) for w in weights.values() for v in w.ravel().tolist()]
                off = sorted(range(len(flat)), key=flat.__getitem__)
                # covers: exactly round(sparsity * n) are off | rounded layer by layer
                off = set(off[: round(sparsity * len(flat))])
                stays = np.array([k not in off for k in range(len(flat))])
                got = global_masks(
                    {name: w.copy("F") for name, w in weights.items()}, sparsity
                )
                what = f"global_masks of {values} in {shapes}, sparsity {sparsity}"
                start = 0
                # covers: of equal magnitudes the earlier goes off first
                for name, w in weights.items():
                    expected = stays[start : start + w.size].reshape(w.shape)
                    expect.close(got[name], expected, f"{name} of {what}")
                    start += w.size
    got = global_masks({"b": np.ones(1, "f4"), "a": np.array([near, 1.0])}, 2 / 3)
    what = "global_masks of 1 in float32, and 1 and a little, and 1 in float64"
    expect.close(got, {"b": [0], "a": [1, 0]}, what)
### END HIDDEN TESTS
expect.passed("exactly as many, the earlier of two equals first")

# %% [markdown]
# ### How far can you go without training?
#
# Your global masks on the whole CNN, beside the same share of each layer. Nothing is trained afterwards. Guess first:
# what is the accuracy with 80 % of all weights off by one threshold? Guessing digits blindly earns 0.1.

# %% predict="pruned"
guess_pruned = None  # accuracy with 80 % of the weights off, 0 to 1

# %% demo="sparsity"
pruned = lesson.draw_sparsity(magnitude_mask, global_masks, cnn)
lesson.show_layers(global_masks, cnn, 0.8)
measured["accuracy, 80 % off, not trained"] = predictions.beside(guess_pruned, pruned)

# %% [markdown]
# ## Can the rest learn to do without?
#
# After pruning, the weights that stay can make up for those that went: **fine-tuning** with a small learning rate. What
# is off must stay off, and an optimizer does not know that. A weight at 0 has a gradient like any other, and Adam's
# first step moves every weight by about the learning rate, however small its gradient is.

# %% [markdown]
# ### Exercise 10.3 · Train what is left (3 points · 10 min)
#
# Write `fine_tune(model, masks, batches, lr)`: a *copy* of the model, its off weights set to 0, trained in train mode
# on the cross-entropy, one step a batch. What is off is exactly 0 in every forward pass, and in what you return.
# Parameters without a mask train freely. The copy and its optimizer are given.
#
# *The trap:* setting weights to 0 once is not enough, and at the end it is too late: the others would have learned to
# rely on them.
#
# <details><summary>Hint</summary>
# <code>model.get_parameter(name)</code> gives a parameter, and its <code>.data</code> can be written without a
# gradient: <code>p.data[torch.from_numpy(~mask)] = 0</code>.
# </details>


# %% solution="fine_tune"
def fine_tune(model, masks, batches, lr):
    """Return a trained copy of model, in eval mode; model itself stays as it was.

    model: a torch.nn.Module from images to scores (n, classes), in either mode
    masks: dict of bool arrays by names of parameters, "0.weight"; False is off
    batches: list of (images, labels), pairs of tensors, each used once, in this order
    """
    model = copy.deepcopy(model).train()
    optimizer = torch.optim.Adam(model.parameters(), lr, weight_decay=1e-4)
    ### BEGIN SOLUTION

    def clear():
        for name, mask in masks.items():
            model.get_parameter(name).data[torch.from_numpy(~mask)] = 0

    clear()
    for images, labels in batches:
        optimizer.zero_grad()
        functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
        clear()
    return model.eval()
    ### END SOLUTION


# %% test="fine_tune_stays_zero" points=1
rng = np.random.default_rng(1)
net = lesson.drawn_net(rng)
masks = lesson.drawn_masks(rng, net, "0.weight", "4.weight")
model, named = lesson.watched(net, masks)  # it notes what each forward pass meets
got = fine_tune(model, named, lesson.drawn_batches(rng, 3), 0.01)
lesson.expect_off(got, named, "fine_tune(model, masks, 3 batches, 0.01)")
seen = float(lesson.state(got)["seen"])
what = "the largest off weight in any forward pass"
likely = "set them to 0 before the first batch, and after each step"
expect.close(seen, 0.0, what, atol=0, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    chosen = ("0.weight", "4.weight"), ("4.weight", "4.bias", "1.weight"), ("0.weight",)
    for names, count in zip(chosen, (1, 5, 2), strict=True):
        net = lesson.drawn_net(rng)
        masks = lesson.drawn_masks(rng, net, *names)
        masks[names[0]] = np.zeros_like(masks[names[0]])  # all of it
        model, named = lesson.watched(net, masks)
        batches = lesson.drawn_batches(rng, count, int(rng.integers(2, 7)))
        # covers: write fine_tune(model, masks, batches, lr) | its off weights set to 0
        got = fine_tune(model=model, masks=named, batches=batches, lr=0.05)
        what = f"fine_tune, {names} masked, {count} batches"
        # covers: what is off is exactly 0 in every forward pass, and in what you return
        # covers: dict of bool arrays by names of parameters, "0.weight"
        lesson.expect_off(got, named, what)
        found = lesson.state(got)
        # covers: setting weights to 0 once is not enough, and at the end it is too late
        seen = float(found["seen"])
        expect.close(seen, 0.0, f"the largest off weight in {what}", atol=0)
        expect.equal(int(found["calls"]), count, f"the forward passes of {what}")
    model, what = lesson.drawn_dense(rng), "fine_tune of one layer, its weight masked"
    masks = {"weight": np.asfortranarray(rng.permutation(np.eye(3, 16, dtype=bool)))}
    got = fine_tune(model, masks, lesson.drawn_batches(rng, 2), 0.1)
    lesson.expect_off(got, masks, what)
### END HIDDEN TESTS
expect.passed("what is off is 0, before, between and after")

# %% test="fine_tune_trains" points=1
rng = np.random.default_rng(2)
net = lesson.drawn_net(rng)
masks = lesson.drawn_masks(rng, net, "0.weight", "4.weight")
batches = lesson.drawn_batches(rng, 1)
before, got = lesson.state(net), lesson.state(fine_tune(net, masks, batches, 0.01))
stays = torch.from_numpy(masks["4.weight"])
moved = (got["4.weight"] - before["4.weight"])[stays].abs().mean()
causes = {
    "nothing was trained": 0.0,
    "is the learning rate passed on?": 0.001,
    "a batch is one step; this is more than one": 0.02,
    "half of them have no gradient but weight decay's: is it passed on?": 0.005,
}
what = "how far one step with lr 0.01 moves a weight of Adam's, in the mean"
expect.close(float(moved), 0.01, what, atol=5e-4, causes=causes)
likely = "a parameter without a mask trains freely: biases and norms, too"
freely = float((got["4.bias"] - before["4.bias"]).abs().mean())
expect.close(freely, 0.01, "how far it moves 4.bias", atol=5e-4, likely=likely)
twice = lesson.state(fine_tune(net, masks, [*batches, *batches], 1e-4))
moved = float((twice["4.bias"] - before["4.bias"]).abs().mean())
causes = {"clear the gradients before each batch; they add up": 1.9652e-4}
what = "how far two steps with lr 0.0001 on one batch move 4.bias"
expect.close(moved, 2e-4, what, atol=1e-6, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    chosen = ("0.weight", "4.weight"), ("4.weight", "1.bias"), ()
    for names, lr in zip(chosen, (0.01, 0.1, 0.003), strict=True):
        net = lesson.drawn_net(rng)
        net[1].weight.data *= 1 if lr == 0.1 else 5  # large gradients
        for name in ("0.weight", "4.weight", "4.bias"):  # 0, and not all of them off
            net.get_parameter(name).data.view(-1)[::3] = 0
        masks = lesson.drawn_masks(rng, net, *names)
        sizes = rng.permutation([1, 5, 9, 3]).tolist()
        batches = [lesson.drawn_batches(rng, 1, n)[0] for n in sizes]
        wanted = copy.deepcopy(net).train()
        masked = [
            (wanted.get_parameter(k), torch.from_numpy(m)) for k, m in masks.items()
        ]
        for parameter, mask in masked:
            parameter.data *= mask
        # covers: on the cross-entropy, one step a batch | the copy and its optimizer are given
        adam = torch.optim.Adam(wanted.parameters(), lr=lr, weight_decay=1e-4)
        # covers: pairs of tensors, each used once, in this order
        for images, labels in batches:
            adam.zero_grad()
            functional.cross_entropy(wanted(images), labels).backward()
            for parameter, mask in masked:
                parameter.grad *= mask
            adam.step()
        got = fine_tune(net, masks, batches, lr)
        what = f"fine_tune, {names} masked, {len(batches)} batches, lr {lr}"
        wanted = {k: v for k, v in wanted.state_dict().items() if "running" not in k}
        found = lesson.state(got)
        # covers: parameters without a mask train freely | return a trained copy of model
        # covers: false is off
        for name in ("0.weight", "0.bias", "1.weight", "1.bias", "4.weight", "4.bias"):
            expect.close(found[name], wanted[name], f"{name} of {what}", atol=1e-8)
### END HIDDEN TESTS
expect.passed("the rest trains, one Adam step a batch")

# %% test="fine_tune_copy" points=1
rng = np.random.default_rng(3)
net = lesson.drawn_net(rng)
masks = lesson.drawn_masks(rng, net, "4.weight")
before, old = lesson.state(net), masks["4.weight"].copy()
got = fine_tune(net, masks, lesson.drawn_batches(rng, 2), 0.01)
lesson.expect_state(net, before, "the model afterwards", "train a copy of it")
expect.unchanged(masks["4.weight"], old, "the mask afterwards")
likely = "end with .eval()"
expect.equal(got.training, False, "whether it is in train mode", likely=likely)
told = "is the copy in train mode while it trains? Else no norm follows the batches"
moved = float(
    (lesson.state(got)["1.running_mean"] - before["1.running_mean"]).abs().max()
)
what = "how far the norm's running mean moved"
expect.true(moved > 1e-3, what, expected="some way", got=moved, likely=told)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for training in (
        False,
        True,
    ):  # covers: from images to scores (n, classes), in either mode
        net = lesson.drawn_net(rng).train(training)
        masks = lesson.drawn_masks(rng, net, "0.weight")
        batches = lesson.drawn_batches(rng, 3, 4)
        wanted = copy.deepcopy(net).train()
        wanted[0].weight.data[torch.from_numpy(~masks["0.weight"])] = 0
        with torch.no_grad():
            for images, _ in batches:  # covers: trained in train mode
                wanted(images)
        before = lesson.state(net)
        kept = [(x.clone(), y.clone()) for x, y in batches]
        got = fine_tune(net, masks, batches, 0.0)  # no weight moves: only the norm
        what = f"fine_tune with lr 0, training {training}"
        for name in ("1.running_mean", "1.running_var", "1.num_batches_tracked"):
            value = wanted.state_dict()[name]
            expect.close(lesson.state(got)[name], value, f"{name} of {what}", atol=1e-8)
        # covers: model itself stays as it was | a copy of the model
        lesson.expect_state(net, before, f"the model after {what}", "train a copy")
        expect.equal(got.training, False, f"whether it is in train mode, {what}")
        images = batches[0][0]
        scores = wanted.eval()(images).detach()
        # covers: return a trained copy of model, in eval mode
        expect.close(got(images), scores, f"the scores of {what}", atol=1e-8)
        for one, other in zip(batches, kept, strict=True):
            expect.unchanged(one, other, f"a batch after {what}")
    got = fine_tune(net, masks, [], 0.1)  # no batch at all
    lesson.expect_off(got, masks, "fine_tune without a batch")
    for x in (torch.ones(1, 1, 4, 4), torch.ones(3, 1, 4, 4)):
        expect.shape(got(x.double()), (len(x), 3), "its scores")
    calls = [
        {
            "model": lesson.drawn_net(rng).train(training),
            "masks": lesson.drawn_masks(rng, net, "0.weight", "4.bias"),
            "batches": lesson.drawn_batches(rng, 2, 4),
            "lr": 0.01,
        }
        for training in (False, True)
    ]
    for one, other in (calls, calls[::-1]):
        told = not_apart(fine_tune, one, other, one, one | {"batches": []})
        expect.equal(told, [], "what calls of fine_tune do beside their results")
        wanted = lesson.state(fine_tune(**other))
        got = refilled(fine_tune, one, other)
        what = "what fine_tune makes of a model that has got other weights"
        lesson.expect_state(got, wanted, what, atol=1e-8)
    learns = [each.requires_grad for each in got.parameters()]
    expect.equal(learns, [True] * 6, "which of its parameters take a gradient")
    batches = [(x.float(), y) for x, y in lesson.drawn_batches(rng, 2)]
    got = lesson.state(fine_tune(net.float(), masks, batches, 0.01))
    kinds = {name: str(value.dtype) for name, value in got.items()}
    wanted = {name: str(value.dtype) for name, value in net.state_dict().items()}
    expect.equal(kinds, wanted, "the types in the copy of a float32 model")
### END HIDDEN TESTS
expect.passed("a copy in eval mode; the model stays as it was")

# %% [markdown]
# ### What does fine-tuning win back?
#
# Two epochs with your function. The control: the same two epochs with nothing off. A talk on TensorRT and DeepStream
# promises to remove up to 99 % of the connections "in the best case". How many can go here for 5 points at most,
# seen from the control?

# %% demo="tuned"
tuned = lesson.draw_tuned(fine_tune, global_masks, cnn)
measured["accuracy, 90 % off, before and after fine-tuning"] = tuned

# %% [markdown]
# ## What if whole channels go?
#
# A kernel multiplies by single zeros, too. Take away a whole **channel** of a convolution, and what is left is an
# ordinary, smaller network: **structured pruning**. A channel that goes takes with it its filter in the first
# convolution, its entry in the norm, and the slice of the second convolution that reads it.
#
# $$\text{second}\big(\text{relu}(\text{norm}(\text{first}(x)))\big)$$
#
# Between norm and second convolution may stand whatever works on each channel alone and leaves zeros zero.

# %% [markdown]
# ### Exercise 10.4 · Cut channels (4 points · 11 min)
#
# Write `cut_channels(first, norm, second, keep)`: smaller modules that compute together what the originals do when the
# norm's outputs of all *other* channels are set to 0. Channel i of the smaller ones is channel `keep[i]` of the
# originals. All else stays: settings and modes, which the given lines see to, parameters as parameters, and buffers as
# buffers.
#
# *The trap:* a norm has four arrays with an entry a channel, and two of them are no parameters.
#
# <details><summary>Hint</summary>
# In a loop over names: <code>setattr(norm, name, …)</code>, for a parameter
# <code>nn.Parameter(old.detach()[keep])</code>, for a buffer a plain tensor. A convolution's weights are (out, in,
# height, width).
# </details>


# %% solution="cut_channels"
def cut_channels(first, norm, second, keep):
    """Return new (first, norm, second) with only the channels keep between them.

    first, second: nn.Conv2d in float32, not grouped, with a bias or without
    norm: nn.BatchNorm2d with weights
        and running statistics; all three stay as they were, whatever the new ones learn
    keep: list of ints, at least one, each once, in any order
    """
    first, norm, second = copy.deepcopy((first, norm, second))
    first.out_channels = norm.num_features = second.in_channels = len(keep)
    ### BEGIN SOLUTION
    for module in (first, norm):
        for name, old in [*module.named_parameters(), *module.named_buffers()]:
            if old.ndim > 0:  # not the number of batches
                new = old.detach()[keep]
                is_parameter = isinstance(old, nn.Parameter)
                setattr(module, name, nn.Parameter(new) if is_parameter else new)
    second.weight = nn.Parameter(second.weight.detach()[:, keep])
    return first, norm, second
    ### END SOLUTION


# %% test="cut_channels_kept" points=1
rng = np.random.default_rng(1)
joint = lesson.drawn_joint(rng, 4)
x = torch.from_numpy(rng.normal(size=(2, 3, 6, 5))).float()
whole = joint[0](x).detach()
wanted = joint[1](whole).detach()[:, [2, 0]]
call = "cut_channels(first, norm, second, [2, 0])"
made = cut_channels(*joint, [2, 0])
expect.parts(made, 3, call, likely="return first, norm, second")
sizes = [made[0].out_channels, made[1].num_features, made[2].in_channels]
likely = "set out_channels, num_features and in_channels as well"
expect.equal(
    sizes, [2, 2, 2], f"channels of the three modules of {call}", likely=likely
)
likely = "work on copies: copy.deepcopy((first, norm, second))"
kept = lesson.state(joint[0])["weight"]
expect.shape(kept, (4, 3, 3, 3), "the original first's weight", likely=likely)
likely = "the filter, and its bias, of each channel that stays"
causes = {
    "in the order of keep": whole[:, [0, 2]],
    "keep names what stays, not what goes": whole[:, [1, 3]],
    "this keeps the first channels, whatever keep says": whole[:, :2],
}
got, what = made[0](x), "what the smaller first convolution computes"
expect.close(got, whole[:, [2, 0]], what, atol=1e-5, causes=causes, likely=likely)
likely = "the norm has weight, bias, running_mean and running_var, each by channel"
entries = {k: len(v) for k, v in lesson.state(made[1]).items() if v.ndim}
what = f"the entries in the norm of {call}"
expect.equal(entries, dict.fromkeys(entries, 2), what, likely=likely)
told = "running_mean and running_var are buffers: assign plain tensors"
learn = sorted(name for name, _ in made[1].named_parameters())
expect.equal(learn, ["bias", "weight"], "the parameters of the norm", likely=told)
got, what = made[1](whole[:, [2, 0]]), "what the smaller norm makes of channels 2 and 0"
expect.close(got, wanted, what, atol=1e-5, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: list of ints, at least one, each once, in any order
    for channels, kept in ((1, 1), (5, 1), (6, 4), (4, 4), (7, 6)):
        joint = lesson.drawn_joint(rng, channels, biased=channels != 6)
        keep = rng.permutation(channels)[:kept].tolist()
        keep = keep if sorted(keep) != keep or kept == 1 else keep[::-1]
        given = list(keep)
        # covers: write cut_channels(first, norm, second, keep)
        named = dict(zip(("first", "norm", "second"), joint, strict=True))
        first, norm, second = cut_channels(**named, keep=given)
        what = f"cut_channels, {keep} of {channels} channels"
        expect.unchanged(given, keep, f"keep after {what}")
        kinds = [type(each).__name__ for each in (first, norm, second)]
        # covers: return new (first, norm, second) with only the channels keep between
        expect.equal(kinds, ["Conv2d", "BatchNorm2d", "Conv2d"], f"the kinds of {what}")
        sizes = first.in_channels, first.out_channels, norm.num_features
        sizes += second.in_channels, second.out_channels
        expect.equal(sizes, (3, kept, kept, kept, 2), f"the channels of {what}")
        x = torch.from_numpy(rng.normal(size=(3, 3, 5, 6))).float()
        whole = joint[0](x).detach()
        # covers: channel i of the smaller ones is channel keep[i] of the originals
        expect.close(first(x), whole[:, keep], f"first of {what}", atol=1e-4)
        # covers: a norm has four arrays with an entry a channel, and two of them are no
        wanted = joint[1](whole).detach()[:, keep]
        expect.close(norm(whole[:, keep]), wanted, f"norm of {what}", atol=1e-4)
### END HIDDEN TESTS
expect.passed("the channels that stay, in the order asked for")

# %% test="cut_channels_together" points=2
rng = np.random.default_rng(2)
joint = lesson.drawn_joint(rng, 4, padding=1)
x = torch.from_numpy(rng.normal(size=(2, 3, 6, 5))).float()
wanted = lesson.with_others_at_zero(joint, [1, 3], x)
made = cut_channels(*joint, [1, 3])
likely = "the second convolution loses slices of its axis 1, and keeps its whole bias"
read, given = made[2].weight.shape[1], len(made[1].weight)
expect.equal(read, given, "the channels that the smaller second reads", likely=likely)
got = lesson.through(made, x)
what = "what cut_channels(first, norm, second, [1, 3]) computes together"
expect.close(got, wanted, what, atol=1e-4, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    settings = (  # covers: all else stays: settings and modes
        {},
        {"biased": False, "padding": 1},
        {"stride": 2, "padding": (0, 1)},
        {"kernel_size": (3, 2), "padding": "same", "padding_mode": "reflect"},
        {"dilation": 2, "padding": 2, "padding_mode": "circular", "biased": False},
        {"kernel_size": 1, "eps": 0.3},
        {"padding": 1, "eps": 0.1, "momentum": 0.3},
        {"biased": False, "momentum": None, "eps": 0.0, "then": {"bias": True}},
        {"stride": 2, "momentum": 0.0, "then": {"stride": 1, "bias": False}},
        {"then": {"kernel_size": (2, 1), "padding": (0, 2), "dilation": (2, 1)}},
        {"padding": 1, "then": {"padding": 2, "padding_mode": "circular"}},
    )
    for each in settings:
        channels = int(rng.integers(4, 8))
        joint = lesson.drawn_joint(rng, channels, **each)
        keep = rng.permutation(channels)[: int(rng.integers(1, channels))].tolist()
        for n, height, width in ((1, 11, 9), (2, 10, 12)):
            x = torch.from_numpy(rng.normal(size=(n, 3, height, width))).float()
            # covers: smaller modules that compute together what the originals do when the
            wanted = lesson.with_others_at_zero(joint, keep, x)
            got = lesson.through(cut_channels(*joint, keep), x)
            what = f"what is left of {channels} channels with {keep}, {each}"
            expect.close(got, wanted, what, atol=1e-4)
### END HIDDEN TESTS
expect.passed("together they compute what the originals do with the others at 0")

# %% test="cut_channels_originals" points=1
rng = np.random.default_rng(3)
joint = lesson.drawn_joint(rng, 4, biased=False, stride=2)
before = [lesson.state(each) for each in joint]
made = cut_channels(*joint, [3, 1])
likely = "work on copies: copy.deepcopy((first, norm, second))"
for name, module, old in zip(("first", "norm", "second"), joint, before, strict=True):
    lesson.expect_state(module, old, f"the original {name}", likely)
likely = "cut the copies, and return them"
what = "the weights of the smaller first convolution"
expect.shape(made[0].weight, (2, 3, 3, 3), what, likely=likely)
biases = [made[0].bias is None, made[2].bias is None]
expect.equal(biases, [True, True], "whether there are no biases, as in the originals")
expect.equal(made[0].stride, (2, 2), "the stride of the smaller first convolution")
expect.equal([each.training for each in made], [False] * 3, "which are in train mode")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    names = "kernel_size", "stride", "padding", "padding_mode", "dilation", "groups"
    settings = {"padding": 1, "padding_mode": "reflect", "eps": 0.02, "momentum": 0.7}
    several = (
        {"stride": (1, 2), "dilation": 3, "biased": False, "eps": 0.0},
        *(settings, {"kernel_size": (5, 1), "momentum": None, "biased": False}),
        {"momentum": 0.0, "stride": 2, "then": {"stride": 1, "bias": False}},
        {"biased": False, "padding": "valid", "then": {"bias": True, "dilation": 2}},
    )
    for each in several:
        channels, more = int(rng.integers(2, 7)), bool(rng.integers(2))
        training = rng.permutation([True, False, more])  # both modes, always
        joint = lesson.drawn_joint(rng, channels, **each)
        for module, mode in zip(joint, training.tolist(), strict=True):
            module.train(mode)
        before = [lesson.state(module) for module in joint]
        keep = [int(rng.integers(channels))]
        made = cut_channels(*joint, keep)
        # covers: all three stay as they were
        for module, old in zip(joint, before, strict=True):
            lesson.expect_state(module, old, f"an original of {each}")
        # covers: and modes, which the given lines see to, parameters as parameters, and buffers
        for place in (0, 2):
            old, new = (
                [str(getattr(m[place], k)) for k in names] for m in (joint, made)
            )
            expect.equal(new, old, f"{', '.join(names)} of module {place}, {each}")
        of_norm = "eps", "momentum", "affine", "track_running_stats"
        old, new = ([getattr(m[1], k) for k in of_norm] for m in (joint, made))
        expect.equal(new, old, f"{', '.join(of_norm)} of the norm, {each}")
        modes = [module.training for module in made]
        expect.equal(modes, training.tolist(), f"which are in train mode, {each}")
        for old, new in zip(joint, made, strict=True):
            old, new = (
                [sorted(k for k, _ in m.named_parameters())] for m in (old, new)
            )
            expect.equal(new, old, f"the names of the parameters, {each}")
            learn = {p.requires_grad for module in made for p in module.parameters()}
            expect.equal(learn, {True}, f"which parameters take a gradient, {each}")
        for place, (old, new) in enumerate(zip(before, made, strict=True)):
            new, what = lesson.state(new), f"what module {place} holds, {each}"
            expect.equal(sorted(new), sorted(old), f"the names of {what}")
            for name, value in old.items():
                if not value.ndim:  # the number of batches that a norm has seen
                    expect.close(new[name], value, f"{name} of {what}", atol=0)
        kinds = {str(value.dtype) for value in lesson.state(made[0]).values()}
        # covers: first, second: nn.conv2d in float32, not grouped
        # covers: nn.batchnorm2d with weights and running statistics
        expect.equal(kinds, {"torch.float32"}, f"the types in the first, {each}")
        call = dict(zip(("first", "norm", "second"), joint, strict=True))
        every = call | {"keep": list(range(channels))}
        # covers: stay as they were, whatever the new ones learn
        told = not_apart(cut_channels, call | {"keep": keep}, every, every)
        what = f"what calls of cut_channels do beside their results, {each}"
        likely = "a new module shares no tensor with an old one: copy it first"
        expect.equal(told, [], what, likely=likely)
        other = lesson.drawn_joint(rng, channels, **each)
        other = dict(zip(call, other, strict=True)) | {"keep": keep}
        wanted = [lesson.state(module) for module in cut_channels(**other)]
        got = refilled(cut_channels, call | {"keep": keep}, other)
        for place, old in enumerate(wanted):
            lesson.expect_state(got[place], old, f"module {place} of other weights")
### END HIDDEN TESTS
expect.passed("the originals and all settings stay")

# %% [markdown]
# ### What do fewer channels save?
#
# A plain network of three convolutions; your function cuts the first two. Which channels? Before a norm the size of a
# filter says nothing, for the norm divides by it: those go that the norm itself scales least (Liu et al., 2017). No
# sparse format, no special kernel: fewer multiplications.

# %% demo="cut_speed"
measured["half of the channels cut"] = lesson.race_cuts(cut_channels)

# %% [markdown]
# ### Was it the pruning?
#
# Six epochs, cut, two epochs more. One of those cut only gets the norms' running statistics measured again, untrained,
# since what they norm has changed. Two controls have the shape that is left and *other first weights*: one is trained
# for as long as the fine-tuning, one for all eight epochs, which are cheaper in the small shape.
#
# Ten seeds are recorded; one runs now. Guess for that one, with half of the channels cut.

# %% predict="cut"
guess_cut = None  # points that pruning is above from scratch, 8 epochs; or below: -

# %% demo="cut_accuracy"
gained = lesson.draw_cuts(cut_channels)
said = predictions.beside(guess_cut, gained, " points")
measured["half cut and trained on, over from scratch, 8 epochs, one seed"] = said

# %% [markdown]
# ## What does a zero weigh?
#
# In a file, as much as any other number: 4 bytes. Zeros save bytes only in another **form**:
#
# | form | keeps |
# |---|---|
# | `dense` | every number |
# | `bitmask` | a bit for every number, all bits together in whole bytes; the numbers that are not 0 |
# | `csr` | the numbers that are not 0; for each its column; for each row where it begins, and one end |

# %% [markdown]
# ### Exercise 10.5 · Bytes of a sparse matrix (2 points · 7 min)
#
# Write `stored_bytes(w, form)` for these three forms, with float32 numbers and int32 for columns and beginnings; any
# other form is a `ValueError`. And `smallest_form(w)`: the form with the fewest bytes, of equals the one that comes
# first in the table.
#
# *The trap:* `csr` has one more beginning than rows, since the last row must end somewhere.
#
# <details><summary>Hint</summary>
# <code>np.count_nonzero(w)</code>; <code>-(-n // 8)</code> divides and rounds up.
# </details>


# %% solution="stored_bytes"
def stored_bytes(w, form):
    """Return how many bytes a matrix takes in a form, "dense", "bitmask" or "csr".

    w: float32 array of one row and column or more; a zero of either sign is 0
    returns: int
    """
    ### BEGIN SOLUTION
    nonzero = int(np.count_nonzero(w))
    if form == "dense":
        return 4 * w.size
    if form == "bitmask":
        return -(-w.size // 8) + 4 * nonzero
    if form == "csr":
        return 8 * nonzero + 4 * (len(w) + 1)
    raise ValueError(f"no form {form!r}")
    ### END SOLUTION


def smallest_form(w):
    """Return the name of the form in which w takes the fewest bytes."""
    ### BEGIN SOLUTION
    return min(("dense", "bitmask", "csr"), key=lambda form: stored_bytes(w, form))
    ### END SOLUTION


# %% test="stored_bytes_of_each_form" points=1
w = np.zeros((3, 5), np.float32)
w[0, 1], w[0, 4], w[2, 0], w[2, 2] = 0.5, -1.0, 2.0, -0.25
what = "stored_bytes(w, {!r}), w of 3 × 5 with 4 numbers that are not 0"
got = stored_bytes(w, "dense")
causes = {"a float32 has 4 bytes": 15, "a float32 has 4 bytes, not 8": 120}
expect.close(got, 60, what.format("dense"), causes=causes)
causes = {
    "15 bits take 2 bytes: round up": 17,
    "all bits together take whole bytes, not those of each row": 19,
    "a bit is an eighth of a byte": 31,
    "15 bits take 2 whole bytes": 17.875,
    "the numbers are there, too": 2,
}
expect.close(stored_bytes(w, "bitmask"), 18, what.format("bitmask"), causes=causes)
causes = {
    "there is one beginning more than rows": 44,
    "a row and a column for each is another form, coo": 48 + 4,
    "int32 has 4 bytes": 64,
    "rows come first in w.shape": 56,
}
expect.close(stored_bytes(w, "csr"), 48, what.format("csr"), causes=causes)
expect.raises(ValueError, lambda: stored_bytes(w, "coo"), 'stored_bytes(w, "coo")')
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: w: float32 array of one row and column or more
    for rows, columns in ((1, 1), (1, 9), (9, 1), (4, 6), (13, 7), (64, 128)):
        for share in (0.0, 0.5, 1.0):
            w = rng.choice([1.0, -1.0, 1e-45, 3e38], size=(columns, rows)).T
            off = rng.uniform(size=w.shape) < share
            # covers: a zero of either sign is 0
            w = np.where(off, rng.choice([0.0, -0.0], size=w.shape), w).astype("f4")
            nonzero, before = int((~off).sum()), w.copy()
            smallest_form(w)
            bits = rows * columns
            # covers: with float32 numbers and int32 for columns and beginnings
            wanted = {
                "dense": 4 * bits,
                "bitmask": bits // 8 + (bits % 8 > 0) + 4 * nonzero,
                # covers: csr has one more beginning than rows, since the last row
                "csr": 4 * nonzero + 4 * nonzero + 4 * rows + 4,
            }
            # covers: how many bytes a matrix takes in a form, "dense", "bitmask" or
            for form, expected in wanted.items():
                # covers: write stored_bytes(w, form) for these three forms
                got = stored_bytes(w=w, form=form)
                what = f"stored_bytes, {form}, {rows} × {columns}, {nonzero} not 0"
                expect.close(got, expected, what, atol=0)
                whole = np.asarray(got).dtype.kind in "iu"  # covers: returns: int
                expect.true(whole, what, expected="an int", got=type(got).__name__)
            expect.unchanged(w, before, "w after stored_bytes and smallest_form")
    # covers: any other form is a valueerror
    for form in ("", "CSR", "csc", "dense ", "mask", "bit", "d", "csr\n", "Dense", "b"):
        for each in (w, np.zeros_like(w)):
            call = partial(stored_bytes, each, form)
            expect.raises(ValueError, call, f"stored_bytes(w, {form!r})")
    one, other = np.ones((3, 5), "f4"), np.zeros((3, 5), "f4")
    for form, expected in {"dense": 60, "bitmask": 2, "csr": 16}.items():
        lent = {"w": one.copy(), "form": form}
        what = f"stored_bytes, {form}, of an array that is all 0 now"
        expect.close(
            refilled(stored_bytes, lent, {"w": other, "form": form}), expected, what
        )
### END HIDDEN TESTS
expect.passed("bytes in three forms")

# %% test="stored_bytes_smallest_form" points=1
full, half, few = (
    np.ones((8, 64), "f4"),
    np.ones((8, 64), "f4"),
    np.zeros((2, 640), "f4"),
)
half[:4], few[0, :3] = 0, 1
for w, form, said in (
    (full, "dense", "no"),
    (half, "bitmask", "half"),
    (few, "csr", "3"),
):
    likely = "compare the three numbers of bytes"
    what = f"smallest_form(w), {w.shape[0]} × {w.shape[1]}, {said} "
    what += "numbers are not 0" if said == "3" else "of the numbers 0"
    expect.equal(smallest_form(w), form, what, likely=likely)
even = np.ones((4, 8), "f4")
even[0, 0] = 0
likely = "dense and bitmask take 128 bytes; of equals the first in the table"
what = "smallest_form(w), 4 × 8, one number is 0"
expect.equal(smallest_form(even), "dense", what, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    cases = [(1, 96, 1), (1, 96, 0), (1, 96, 2), (4, 8, 31), (4, 8, 30), (4, 8, 32)]
    cases += [(1, 1, 1), (1, 1, 0), (64, 64, 0), (2, 704, 8), (8, 4, 0)]
    cases += [(1, 65, 0), (32, 1, 30)]  # where a byte of bits more or less decides
    for _ in range(12):
        rows, columns = (int(each) for each in rng.integers(1, 99, size=2))
        cases.append((rows, columns, int(rows * columns * rng.uniform() ** 4)))
    for rows, columns, nonzero in cases:
        w = rng.permutation(np.arange(rows * columns) < nonzero).reshape(rows, columns)
        dense, mask = 4 * rows * columns, -(-rows * columns // 8) + 4 * nonzero
        csr = 8 * nonzero + 4 * rows + 4
        # covers: in which w takes the fewest bytes | the form with the fewest bytes
        best = min(dense, mask, csr)
        # covers: of equals the one that comes first in the table
        form = "dense" if dense == best else "bitmask" if mask == best else "csr"
        got = smallest_form(w=w.astype("f4"))
        what = f"smallest_form, {rows} × {columns}, {nonzero} not 0"
        expect.equal(got, form, what)
    lent, other = {"w": np.ones((2, 640), "f4")}, {"w": np.zeros((2, 640), "f4")}
    got = refilled(smallest_form, lent, other)
    expect.equal(got, "csr", "smallest_form of an array that is all 0 now")
### END HIDDEN TESTS
expect.passed("the smallest form")

# %% [markdown]
# ### Where does each form win?
#
# The CNN's largest layer, with more and more of it at 0.

# %% demo="forms"
measured["smallest form"] = lesson.draw_stored(stored_bytes, smallest_form, cnn)

# %% [markdown]
# ### And in ONNX Runtime?
#
# The CNN with your global masks, exported as it is, zeros and all. Guess, for 90 % off: the time of one image over that
# of the dense network.

# %% predict="sparse_time"
guess_sparse_time = None  # time over dense, with 90 % of the weights 0

# %% demo="sparse_race"
time, zipped = lesson.race_sparse(global_masks, cnn)
said = predictions.beside(guess_sparse_time, time, "×")
measured["ONNX Runtime, 90 % off: time; zipped"] = f"{said}; {zipped:.3g}×"

# %% [markdown]
# The kernel multiplies by every zero: a dense product runs at full width, and to skip single numbers costs more than to
# multiply by them. The zeros are there for whoever downloads the file.

# %% [markdown]
# ## Is there a pattern that hardware can skip?
#
# NVIDIA's GPUs since Ampere have **2:4 sparsity**: of every four neighbouring weights, two are 0, so that a Sparse
# Tensor Core reads half of them with a 2-bit place for each (Mishra et al., 2021). Half of the products, known in
# advance.

# %% [markdown]
# ### Exercise 10.6 · Two of four (1 point · 6 min)
#
# Write `two_of_four(w)`: along the last axis, of every four neighbours the two largest in magnitude stay. Of equal
# magnitudes, any may.
#
# *The trap:* the groups are places 0 to 3, 4 to 7, and so on: they do not overlap, and do not cross rows.
#
# <details><summary>Hint</summary>
# <code>w.reshape(-1, 4)</code> makes a row of each group; <code>np.put_along_axis(mask, places, False, axis=1)</code>
# writes at places that <code>np.argsort(…, axis=1)</code> gives.
# </details>


# %% solution="two_of_four"
def two_of_four(w):
    """Return which weights stay: exactly two of every four neighbours.

    w: float32 or float64 array, the last axis a multiple of 4 long; not changed
    returns: new bool array of w's shape
    """
    ### BEGIN SOLUTION
    groups = np.abs(w).reshape(-1, 4)
    mask = np.ones(groups.shape, bool)
    np.put_along_axis(mask, np.argsort(groups, axis=1)[:, :2], False, axis=1)
    return mask.reshape(w.shape)
    ### END SOLUTION


# %% test="two_of_four_pattern" points=1
w = np.array([[0.1, -0.4, 0.3, 0.2], [9.0, 8.0, -7.0, 6.0]])
causes = {
    "take magnitudes first": [[0, 0, 1, 1], [1, 1, 0, 0]],
    "two of every four, not half of all": [[0, 0, 0, 0], [1, 1, 1, 1]],
    "True is for what stays": [[1, 0, 0, 1], [0, 0, 1, 1]],
}
got, what = two_of_four(w.copy()), f"two_of_four({w.tolist()})"
expect.close(got, [[0, 1, 1, 0], [1, 1, 0, 0]], what, causes=causes)
expect.equal(str(np.asarray(got).dtype), "bool", f"the type of {what}")
row = w.reshape(1, 8)
got, what = two_of_four(row.copy()), f"two_of_four({row.tolist()})"
causes = {"two of every four, not half of a row": [[0, 0, 0, 0, 1, 1, 1, 1]]}
expect.close(got, [[0, 1, 1, 0, 1, 1, 0, 0]], what, causes=causes)
got, what = two_of_four(np.ones((1, 4))), "two_of_four([[1, 1, 1, 1]])"
likely = "exactly two stay: a threshold takes equal ones together"
expect.close(np.sum(got), 2, f"how many stay, {what}", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: w: float32 or float64 array, the last axis a multiple of 4 long
    for shape in ((4,), (12,), (1, 4), (5, 8), (3, 1, 16), (2, 3, 2, 4)):
        for kind, size in (("f4", 1e-42), ("f8", 1e306), ("f8", 1e-320), ("f4", 1.0)):
            many = int(np.prod(shape))
            order, signs = 1 + rng.permutation(many), rng.choice([-1, 1], many)
            near = signs * (1 + order * np.finfo(kind).eps)
            equal = rng.integers(-2, 3, many) * (np.arange(many) > 3)  # four zeros, too
            for drawn in (order * signs, equal, near):
                w = (size * drawn).astype(kind).reshape(shape)
                passed = w.copy("F" if kind == "f8" else "C")
                got = two_of_four(w=passed)
                what = f"two_of_four, {kind} of shape {shape}, about {size}"
                # covers: returns: new bool array of w's shape
                likely = "a NumPy array of bools: torch.from_numpy(mask) must take it"
                kind_of = type(got).__name__
                expect.equal(kind_of, "ndarray", f"the type of {what}", likely=likely)
                expect.shape(got, shape, what)
                expect.equal(str(np.asarray(got).dtype), "bool", f"the type of {what}")
                expect.unchanged(passed, w, f"w after {what}")  # covers: not changed
                # covers: the groups are places 0 to 3, 4 to 7, and so on
                mask, groups = np.reshape(got, (-1, 4)), np.abs(w).reshape(-1, 4)
                # covers: exactly two of every four neighbours | write two_of_four(w)
                counts = mask.sum(axis=1).tolist()
                expect.equal(set(counts), {2}, f"how many of a group stay, {what}")
                # covers: of every four neighbours the two largest in magnitude stay
                least = groups[mask].reshape(-1, 2).min(axis=1)
                most = groups[~mask].reshape(-1, 2).max(axis=1)
                # covers: of equal magnitudes, any may
                worst = float((most - least).max())
                said = "0 or less"
                expect.true(
                    worst <= 0,
                    f"what goes, less what stays, {what}",
                    expected=said,
                    got=worst,
                )
    one, other = ({"w": rng.normal(size=(3, 4))} for _ in range(2))
    told = not_apart(two_of_four, one, other, one)
    expect.equal(told, [], "what three calls do beside their masks")
    got = refilled(two_of_four, {"w": 1 / other["w"]}, other)
    expected = np.abs(other["w"]) >= np.sort(np.abs(other["w"]), axis=1)[:, 2:3]
    expect.close(got, expected, "the mask of an array that was written anew")
### END HIDDEN TESTS
expect.passed("two of every four stay")

# %% [markdown]
# ### What does the pattern cost, and who can use it?
#
# Half of the weights either way, filters laid flat; conv 1 stays whole, for its filters are no multiple of 4 long.
# PyTorch has the kernel, too; this cell asks it to run here.

# %% demo="patterns"
lesson.show_patterns(two_of_four, magnitude_mask, cnn)

# %% [markdown]
# ## Can a small network learn from a large one?
#
# In **distillation** (Hinton et al., 2015) a **teacher**'s scores $z$ are the **student**'s targets. A **temperature**
# $T$ softens both: $p = \mathrm{softmax}(z_{\text{teacher}} / T)$, $q = \mathrm{softmax}(z_{\text{student}} / T)$. With
# $T$ above 1 the small probabilities count, which say that this 4 is a little like a 9. How far $q$ is from $p$ is
# their **Kullback–Leibler divergence**.
#
# $$ \mathrm{KL}(p \,\|\, q) = \sum_i p_i\,(\log p_i - \log q_i) $$
#
# Its gradient shrinks like $1/T^2$, which the factor $T^2$ makes good.

# %% [markdown]
# ### Exercise 10.7 · The loss of a student (3 points · 10 min)
#
# Write `distillation_loss(student, teacher, labels, temperature, alpha)`, the mean over the batch of
#
# $$ \alpha\, T^2\, \mathrm{KL}(p \,\|\, q) + (1 - \alpha)\, \text{cross-entropy}(z_{\text{student}}, \text{label}) $$
#
# The cross-entropy takes the scores as they are, without temperature. The teacher gets no gradient.
#
# *The traps:* `functional.kl_div` takes the student first and as logarithms; by default it divides by the number of all
# entries, not of images. And the logarithm of a softmax that is 0 is −∞: use `log_softmax`.
#
# <details><summary>Hint</summary>
# <code>functional.kl_div(log_q, p, reduction="batchmean")</code>; <code>z.log_softmax(dim=1)</code>;
# <code>z.detach()</code> has the same numbers and no gradient.
# </details>


# %% solution="distillation_loss"
def distillation_loss(student, teacher, labels, temperature, alpha):
    """Return the loss, a tensor without axes that has a gradient for student alone.

    student, teacher: scores (n, classes), float32 or float64, finite, however large;
        not changed, and not made coarser: what is float64 is computed in float64
    labels: (n,) int64
    temperature: float above 0; alpha: float, 0 to 1, the weight of the teacher's part
    """
    ### BEGIN SOLUTION
    p = (teacher.detach() / temperature).softmax(dim=1)
    log_q = (student / temperature).log_softmax(dim=1)
    soft = functional.kl_div(log_q, p, reduction="batchmean")
    hard = functional.cross_entropy(student, labels)
    return alpha * temperature**2 * soft + (1 - alpha) * hard
    ### END SOLUTION


# %% test="distillation_loss_soft" points=1
student = torch.tensor([[1.0, 0.0, -1.0], [0.5, 2.0, 0.0]], dtype=torch.float64)
teacher = torch.tensor([[2.0, 1.0, -3.0], [0.0, 4.0, 1.0]], dtype=torch.float64)
labels = torch.tensor([0, 2])
got = distillation_loss(student, teacher, labels, 2.0, 1.0)
what = "distillation_loss(student, teacher, labels, temperature=2, alpha=1)"
causes = {
    "the factor T² is missing": 0.0901663,
    "the factor is T², not T": 0.1803325,
    "the teacher's p comes first in KL(p ‖ q); this is the other way round": 0.4807872,
    "the mean over images, not over all entries": 0.1202217,
    "the mean over images, not their sum": 0.7213301,
    "the student's scores are divided by T, too": 0.1425991,
    "the teacher's scores are divided by T, too": 1.2074712,
    "neither is divided by T": 0.4514302,
    "the temperature is not used": 0.1128575,
    "this lacks the part with log p": 3.5146863,
    "with alpha=1 the teacher alone counts; this is the cross-entropy": 1.3569808,
}
expect.close(got, 0.3606651, what, atol=1e-6, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for n, classes in ((1, 2), (5, 3), (4, 10), (2, 1), (7, 4)):
        for temperature in (1.0, 2, 0.5, float(rng.uniform(3, 20))):
            drawn = rng.normal(size=(2, n, classes)) * 3
            q, p = np.exp(drawn / temperature)
            p, q = p / p.sum(1, keepdims=True), q / q.sum(1, keepdims=True)
            # covers: the mean over the batch of | the number of all entries
            wanted = temperature**2 * (p * (np.log(p) - np.log(q))).sum(1).mean()
            ours = [
                *torch.from_numpy(drawn),
                torch.from_numpy(rng.integers(classes, size=n)),
            ]
            before, names = (
                [each.clone() for each in ours],
                ("student", "teacher", "labels"),
            )
            given = dict(zip(names, ours, strict=True))
            # covers: write distillation_loss(student, teacher, labels, temperature, alpha)
            # covers: temperature: float above 0
            got = distillation_loss(**given, temperature=temperature, alpha=1.0)
            what = f"the loss for ({n}, {classes}) scores, T = {temperature:.3g}, alpha = 1"
            # covers: return the loss, a tensor without axes
            expect.close(got, wanted, what, atol=1e-5, rtol=1e-4)
            expect.equal(type(got).__name__, "Tensor", f"the type of {what}")
            for one, other in zip(ours, before, strict=True):
                expect.unchanged(one, other, f"an argument after {what}")
### END HIDDEN TESTS
expect.passed("softened, the right way round, times T²")

# %% test="distillation_loss_both" points=1
student = torch.tensor([[1.0, 0.0, -1.0], [0.5, 2.0, 0.0]], dtype=torch.float64)
teacher = torch.tensor([[2.0, 1.0, -3.0], [0.0, 4.0, 1.0]], dtype=torch.float64)
labels = torch.tensor([0, 2])
got = distillation_loss(student, teacher, labels, 2.0, 0.25)
what = "distillation_loss(student, teacher, labels, temperature=2, alpha=0.25)"
causes = {
    "alpha is the weight of the teacher's part": 0.6097440,
    "the cross-entropy has the weight 1 - alpha": 1.4471471,
    "alpha is missing at the teacher's part": 1.3784007,
    "T² belongs to the teacher's part alone": 4.1611088,
    "the cross-entropy takes the scores without temperature": 0.9489796,
    "cross_entropy has a softmax of its own: give it scores": 0.9048838,
    "the labels judge the student, not the teacher": 1.3591885,
}
likely = "does the teacher's part pass the test before this one?"
expect.close(got, 1.1079019, what, atol=1e-6, causes=causes, likely=likely)
far = torch.tensor([[900.0, 0.0], [0.0, -900.0]])
got = distillation_loss(far, -far, torch.tensor([0, 0]), 1.0, 0.5)
likely = "log_softmax is finite where the logarithm of a softmax is not"
what = (
    "distillation_loss of [[900, 0], [0, -900]], a teacher of the opposite, labels 0, 0"
)
expect.close(got, 450.0, what, rtol=1e-5, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: finite, however large
    cases = [(kind, size, 0.0) for kind in ("f8", "f4") for size in (1.0, 2e3, 1e30)]
    cases += [("f8", 1e-10, 0.0), ("f8", 1e200, 0.0), ("f8", 1.0, 1e9)]
    # covers: not made coarser: what is float64 is computed in float64
    for kind, size, middle in cases:
        # covers: alpha: float, 0 to 1, the weight of the teacher's part
        for alpha in (0.0, 1, 0.3, float(rng.uniform())):
            n, classes, temperature = (
                int(rng.integers(1, 6)),
                4,
                float(rng.uniform(1, 5)),
            )
            drawn = (middle + size * rng.normal(size=(2, n, classes))).astype(kind)
            labels = rng.integers(classes, size=n)

            def log_softmax(z):
                z = z.astype(float) - z.max(1, keepdims=True)
                return z - np.log(np.exp(z).sum(1, keepdims=True))

            log_q, log_p = (log_softmax(each / temperature) for each in drawn)
            soft = temperature**2 * (np.exp(log_p) * (log_p - log_q)).sum(1).mean()
            # covers: the cross-entropy takes the scores as they are, without temperature
            hard = -log_softmax(drawn[0])[np.arange(n), labels].mean()
            # covers: student, teacher: scores (n, classes), float32 or float64
            # covers: labels: (n,) int64 | is −∞: use log_softmax
            given = (*torch.from_numpy(drawn), torch.from_numpy(labels))
            got = distillation_loss(*given, temperature, alpha)
            what = f"the loss, {kind} scores about {size:g}, T {temperature:.3g}, alpha {alpha}"
            # covers: \alpha\, t^2\, \mathrm
            wanted = alpha * soft + (1 - alpha) * hard
            expect.close(got, wanted, what, atol=1e-5, rtol=1e-4)
            found = getattr(got, "dtype", torch.float64)
            coarser = kind == "f8" and found != torch.float64
            told = f"whether {what} is in float32"
            expect.true(not coarser, told, expected="no", got="yes")
    for kinds in (("f4", "f8"), ("f8", "f4")):  # one of them in float64
        drawn = rng.normal(size=(2, 3, 4))
        drawn[kinds.index("f8")] += 1e9  # differences that float32 would lose
        given = [
            torch.from_numpy(z.astype(k)) for z, k in zip(drawn, kinds, strict=True)
        ]
        log_q, log_p = (log_softmax(each.numpy()) for each in given)
        wanted = (np.exp(log_p) * (log_p - log_q)).sum(1).mean()
        got = distillation_loss(*given, torch.tensor([0, 1, 2]), 1.0, 1.0)
        what = f"the loss, alpha 1, of a student in {kinds[0]}, a teacher in {kinds[1]}"
        expect.close(got, wanted, what, atol=1e-4, rtol=1e-4)
### END HIDDEN TESTS
expect.passed("both parts with their weights, and finite")

# %% test="distillation_loss_gradient" points=1
student = torch.tensor([[1.0, 0.0]], dtype=torch.float64, requires_grad=True)
teacher = torch.tensor([[0.0, 2.0]], dtype=torch.float64, requires_grad=True)
loss = distillation_loss(student, teacher, torch.tensor([0]), 2.0, 0.5)
likely = "a number has no gradient: return the tensor, and do not detach the student"
what = "whether the loss has a gradient"
expect.true(
    getattr(loss, "requires_grad", False), what, expected="yes", got="no", likely=likely
)
loss.backward()
expect.true(student.grad is not None, "student.grad", expected="a gradient", got=None)
alone = [[-0.134471, 0.134471]]
causes = {"of the labels' part alone; is the teacher's part detached?": alone}
likely = "do both parts pass the tests before this one?"
what = "student.grad, for student [[1, 0]], teacher [[0, 2]], T = 2, alpha = 0.5"
wanted = [[0.219047, -0.219047]]
expect.close(student.grad, wanted, what, atol=1e-5, causes=causes, likely=likely)
reached = 0.0 if teacher.grad is None else float(teacher.grad.abs().max())
likely = "the teacher's scores are given: teacher.detach()"
expect.close(reached, 0.0, "the largest entry of teacher.grad", atol=0, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:

    def softmax(z):
        z = np.exp(z - z.max(1, keepdims=True))
        return z / z.sum(1, keepdims=True)

    for n, classes, size in ((1, 2, 1.0), (6, 5, 1.0), (3, 10, 1.0), (4, 3, 1e6)):
        for alpha in (0.0, 1.0, float(rng.uniform(0.1, 0.9))):
            temperature = float(rng.uniform(0.5, 6))
            drawn = size * rng.normal(size=(2, n, classes))
            labels = rng.integers(classes, size=n)
            if size > 1:  # neither the teacher nor the labels agree with the student
                drawn[1] = np.roll(drawn[0], 1, axis=1)
                labels = drawn[0].argmin(axis=1)
            student, teacher = (
                torch.from_numpy(each).requires_grad_() for each in drawn
            )
            loss = distillation_loss(
                student, teacher, torch.from_numpy(labels), temperature, alpha
            )
            what = f"scores ({n}, {classes}), T {temperature:.3g}, alpha {alpha:.3g}"
            # covers: that has a gradient for student alone
            expect.true(loss.requires_grad, what, expected="a gradient", got="none")
            loss.backward()
            q, p = (softmax(each / temperature) for each in drawn)
            own = softmax(drawn[0])
            wanted = alpha * temperature * (q - p) + (1 - alpha) * (
                own - np.eye(classes)[labels]
            )
            expect.true(
                student.grad is not None, what, expected="a gradient", got="none"
            )
            expect.close(student.grad, wanted / n, f"student.grad, {what}", atol=1e-5)
            # covers: the teacher gets no gradient
            reached = 0.0 if teacher.grad is None else float(teacher.grad.abs().max())
            expect.close(reached, 0.0, f"the largest of teacher.grad, {what}", atol=0)
            others = {"labels": torch.from_numpy(labels), "temperature": temperature}
            others["alpha"] = alpha
            got = computed(distillation_loss, *torch.from_numpy(drawn), **others)
            what = f"{what}, scores that networks have just computed"
            expect.close(got[0], loss.item(), f"the loss, {what}", rtol=1e-9)
            expect.close(
                got[1], wanted / n, f"the student's gradient, {what}", atol=1e-5
            )
            expect.close(got[2], 0 * drawn[1], f"the teacher's, {what}", atol=0)
    one, other = (
        {
            "student": torch.from_numpy(rng.normal(size=(3, 4))).requires_grad_(),
            "teacher": torch.from_numpy(rng.normal(size=(3, 4))).requires_grad_(),
            "labels": torch.from_numpy(rng.permutation(4)[:3]),
        }
        | {"temperature": 2.0, "alpha": 0.5}
        for _ in range(2)
    )
    # covers: not changed
    told = not_apart(distillation_loss, one, other, one)
    expect.equal(told, [], "what three calls do beside their loss")
    wanted = distillation_loss(**other).item()
    got = float(refilled(distillation_loss, one, other).detach())
    expect.close(got, wanted, "the loss of scores that were written anew")
    # explains: kl_div takes the student first and as logarithms
### END HIDDEN TESTS
expect.passed("the student learns, the teacher does not")

# %% [markdown]
# ### Who taught whom?
#
# A network of 8, 16 and 16 channels learns from 100 labels, or from a teacher of 24, 48 and 48 channels, with your
# loss: $T$ = 4, and alpha 1 for soft targets, 0 for labels. All students take the same number of steps.
#
# The control is cheap: the teacher's **hard pseudo-labels**, its best guess for each image. And mind who the teacher
# is: one has seen all 1,347 labels, the student only 100; the other has seen the same 100. Today's seed asks the first.

# %% demo="taught"
lesson.draw_taught(distillation_loss)

# %% [markdown]
# ## Has the trick earned it?
#
# One seed says little: other first weights, another order of the images, and the accuracy is another. So run the trick
# and its control with the same seeds, and look at the *differences*, seed by seed: what makes a seed hard is hard for
# both, and cancels.
#
# How far off may their mean be? The **bootstrap** (Efron, 1979) draws as many seeds as there are, with repetition,
# takes the mean of their differences, and does so many times. The middle 95 % of these means is an interval. If it lies
# above 0, the trick has earned its place.

# %% [markdown]
# ### Exercise 10.8 · A paired bootstrap (3 points · 7 min)
#
# Write `earned(candidate, control, rounds, rng)`: the mean difference, candidate less control, and the 2.5th and 97.5th
# percentile of its bootstrap means, as `np.percentile` interpolates. Draw by `rng.integers(n, size=(rounds, n))`, once:
# row r says which seeds round r takes.
#
# *The trap:* drawing seeds for the two apart. The pairing is lost, and what all seeds have in common looks like noise.
#
# <details><summary>Hint</summary>
# <code>differences[draws]</code> with <code>draws</code> of shape (rounds, n) has that shape, too.
# </details>


# %% solution="earned"
def earned(candidate, control, rounds, rng):
    """Return (difference, low, high): the mean difference and its 95 % interval.

    candidate, control: (n,) float arrays of accuracies, entry i of both with the same
        seed; n at least 1; not changed
    rounds: int, at least 1; rng: np.random.Generator
    returns: three floats
    """
    ### BEGIN SOLUTION
    differences = candidate - control
    draws = rng.integers(len(differences), size=(rounds, len(differences)))
    low, high = np.percentile(differences[draws].mean(axis=1), [2.5, 97.5])
    return float(differences.mean()), float(low), float(high)
    ### END SOLUTION


# %% test="earned_difference" points=1
candidate, control = np.array([0.9, 0.8, 0.7, 0.5]), np.array([0.8, 0.85, 0.6, 0.45])
got = earned(candidate.copy(), control.copy(), 50, np.random.default_rng(1))
what = "earned([0.9, 0.8, 0.7, 0.5], [0.8, 0.85, 0.6, 0.45], 50, rng)"
expect.parts(got, 3, what, likely="return difference, low, high")
causes = {
    "candidate less control, not the other way round": -0.05,
    "of the seeds as they are; the draws are for low and high": 0.0435,
    "the mean of the differences, not their median": 0.075,
    "the difference itself, not over the control": 0.05 / 0.675,
    "the mean, not the sum": 0.2,
    "accuracies stay shares, not points": 5.0,
}
expect.close(got[0], 0.05, f"the difference of {what}", atol=1e-6, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for n in (1, 2, 5, 11, 40):
        ours, theirs = rng.uniform(0.1, 1, size=(2, n))
        for candidate, control in ((ours, theirs), (theirs, ours), (ours, ours)):
            lent = candidate.copy(), control.copy()
            # covers: write earned(candidate, control, rounds, rng)
            given = {"candidate": lent[0], "control": lent[1]}
            rounds = int(rng.integers(1, 30))  # covers: rounds: int, at least 1
            got = earned(**given, rounds=rounds, rng=np.random.default_rng(n))
            what = f"earned, {n} seeds, {rounds} rounds"
            # covers: (difference, low, high): the mean difference and its 95 %
            expect.parts(got, 3, what)
            wanted = sum(candidate.tolist()) / n - sum(control.tolist()) / n
            # covers: (n,) float arrays of accuracies, entry i of both with the same
            expect.close(got[0], wanted, f"the difference of {what}", atol=1e-6)
            # covers: n at least 1 | not changed
            expect.unchanged(lent[0], candidate, f"candidate after {what}")
            expect.unchanged(lent[1], control, f"control after {what}")
            kinds = [np.isscalar(each) for each in got]  # covers: returns: three floats
            expect.equal(kinds, [True] * 3, f"which are single numbers, {what}")
### END HIDDEN TESTS
expect.passed("the mean difference")

# %% test="earned_interval" points=2
control = np.array([0.2, 0.5, 0.9, 0.7])
got = earned(control + 0.01, control.copy(), 1000, np.random.default_rng(0))
what = "earned(control + 0.01, control, 1000, rng), control [0.2, 0.5, 0.9, 0.7]"
likely = "all differences are 0.01, and so is every mean: draw pairs, not sides apart"
expect.parts(got, 3, what, likely="return difference, low, high")
ends = f"low and high of {what}"
causes = {"draws are places: take differences[draws]": (0.5, 2.5)}
wanted = (0.01, 0.01)
expect.close(tuple(got)[1:], wanted, ends, atol=1e-6, causes=causes, likely=likely)
candidate, control = np.array([0.5, 0.6, 1.0]), np.array([0.5, 0.6, 0.0])
got = earned(candidate.copy(), control.copy(), 10_000, np.random.default_rng(0))
what = "low and high of earned([0.5, 0.6, 1.0], [0.5, 0.6, 0.0], 10_000, rng)"
causes = {
    "percentiles 2.5 and 97.5 leave 95 % between them": (0.0, 2 / 3),
    "np.percentile takes percents, from 0 to 100": (0.0, 0.0),
    "draw with repetition: a seed may come twice": (1 / 3, 1 / 3),
    "low comes before high": (1.0, 0.0),
    "a mean for each round: axis=1": (0.3260950, 0.3385400),
    "draw seeds; this is 1.96 standard errors": (-0.32, 2.96 / 3),
    "draw seeds; this is 1.96 standard errors, over n": (-0.2001111, 0.8667778),
}
expect.close(tuple(got)[1:], (0.0, 1.0), what, atol=1e-6, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for n, rounds in ((1, 3), (2, 1), (5, 7), (5, 200), (10, 1000), (17, 40), (3, 39)):
        for size in (1.0, 0.01):
            control = rng.uniform(size=n)
            candidate = control + size * rng.normal(size=n)
            seed = int(rng.integers(2**31))
            # covers: by rng.integers(n, size=(rounds, n)), once | row r says which seeds
            draws = np.random.default_rng(seed).integers(n, size=(rounds, n)).tolist()
            means = [
                sum(float(candidate[k] - control[k]) for k in row) / n for row in draws
            ]
            # covers: percentile of its bootstrap means, as np.percentile interpolates
            low, high = np.percentile(means, 2.5), np.percentile(means, 97.5)
            got = earned(candidate, control, rounds, np.random.default_rng(seed))
            what = f"earned, {n} seeds, {rounds} rounds, differences about {size:g}"
            # covers: rng: np.random.generator | drawing seeds for the two apart
            ends = f"low and high of {what}"
            near = 1e-5 if size == 1 else 1e-6  # a float32 place, times a gap
            expect.close(tuple(got)[1:], (low, high), ends, atol=near)
    candidate, control = rng.uniform(size=(2, 6))
    calls = [{"candidate": candidate, "control": control, "rounds": r} for r in (9, 4)]
    seed = int(rng.integers(2**31))
    found, then = in_a_row(earned, seed, *calls)
    drawing = np.random.default_rng(seed)  # one draw a call, and no more
    for got, rounds in zip(found, (9, 4), strict=True):
        draws = drawing.integers(6, size=(rounds, 6))
        ends = np.percentile((candidate - control)[draws].mean(1), (2.5, 97.5)).tolist()
        what = f"low and high of two calls with one generator, {rounds} rounds"
        expect.close(list(got)[1:], ends, what, atol=1e-6)
    lent, other = (
        {"candidate": one, "control": one[::-1].copy(), "rounds": 9, "rng": rng}
        for one in (candidate, control)
    )
    wanted = tuple(earned(**copy.deepcopy(other)))
    got = tuple(refilled(earned, copy.deepcopy(lent), copy.deepcopy(other)))
    expect.close(got, wanted, "earned, of arrays that were written anew", atol=1e-6)
    likely = "draw once, from the generator that is given"
    what = "what the generator draws after two calls"
    expect.equal(then, int(drawing.integers(2**31)), what, likely=likely)
    # covers: the pairing is lost, and what all seeds have in common
### END HIDDEN TESTS
expect.passed("the interval, pairs kept")

# %% [markdown]
# ### Which tricks have earned it?
#
# Your function on all seeds, the recorded ones and that of this session. An interval that holds 0 is not proof of "no
# difference": it says that these seeds do not show one. And with few seeds a bootstrap interval is rather too narrow
# than too wide.

# %% demo="verdicts"
measured["tricks over their controls"] = lesson.show_verdicts(earned)

# %% [markdown]
# ## What you measured

# %% demo="what_you_measured"
tables.show([{"what": what, "measured": value} for what, value in measured.items()])

# %% [markdown]
# ## Check yourself
#
# <details><summary>A paper prunes 95 % of the weights and loses nothing. What do you ask before you use it?</summary>
# What runs faster, where and with which kernel; and what a small dense network reaches with as much training.</details>
#
# <details><summary>Why can ONNX Runtime use 50 % fewer channels, and not 50 % fewer weights?</summary>
# Fewer channels are a smaller dense product. Single zeros stand anywhere: the kernel multiplies by them.
# </details>
#
# <details><summary>A student taught by soft targets beats one taught by 100 labels. Has softness earned it?</summary>
# Not known yet: the student also saw more images, and a teacher who knew more. The control: hard pseudo-labels of the
# same teacher, on the same images.</details>

# %% [markdown]
# ## Where to read on
#
# - S. Han et al., *Learning both Weights and Connections for Efficient Neural Networks*, NIPS 2015: magnitude and
#   fine-tuning.
# - Z. Liu et al., *Learning Efficient Convolutional Networks through Network Slimming*, ICCV 2017: channels by the
#   scales of their norm.
# - Z. Liu et al., *Rethinking the Value of Network Pruning*, ICLR 2019: from scratch as the control.
# - A. Mishra et al., *Accelerating Sparse Deep Neural Networks*, arXiv:2104.08378: 2:4 sparsity.
# - G. Hinton, O. Vinyals and J. Dean, *Distilling the Knowledge in a Neural Network*, arXiv:1503.02531.
# - B. Efron, *Bootstrap Methods: Another Look at the Jackknife*, The Annals of Statistics 7, 1979.
#
# Next: lesson 11 asks whether a stream must be computed again and again.
