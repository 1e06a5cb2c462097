# %% [markdown]
# # Who answers right with the least?
#
# **Lesson 16** · 90 minutes · 20 points · you need: lessons 03, 06, 09 and 10
#
# One task, three budgets. A file of yours labels digits that were moved about, and is judged by how many it gets right,
# by its bytes, and by what it multiplies and adds for one image. How you get there is yours to choose: a lean network,
# better training, pruned channels, a teacher, fewer bits.
#
# First you write how images move and how multiply-adds are counted; then the entry; at the end, who stands on the
# front. Exercise 16.3 may use your answer to 16.1; all others stand alone. Files go to `work16`.

# %% readonly="imports"
import math

import numpy as np
import onnx
import torch
from course_utils import expect, models, predictions, tables, training
from course_utils.lessons import capstone as lesson
from course_utils.seeds import fresh_draw, seeded
from onnx import helper, numpy_helper

# %% readonly="begin"
from course_utils.lessons.capstone import again_and_again, tensor_shapes
from course_utils.lessons.handed_on import handed_on
from course_utils.lessons.results_kept import results_kept

measured = {}  # filled by the demonstrations, shown at the end
lesson.begin()  # an empty folder work16, one thread
torch.manual_seed(16)  # so that what you train comes again

# %% [markdown]
# ## Where does the digit stand?
#
# A network that has only seen centred digits has learned where they stand, too. Images that are moved while it trains
# teach it that the place does not matter, and cost nothing afterwards: neither a byte nor a multiplication. This is
# **augmentation**: what must make no difference to the answer is drawn anew for each image.

# %% [markdown]
# ### Exercise 16.1 · Move them about (2 points · 10 min)
#
# Write `shifted(images, rng)`: each image is moved on its own, by whole pixels, from 4 up to 4 down and from 4 left
# to 4 right, each of the 81 ways as likely as any other. Zeros come in, and what is pushed out is gone.
#
# *The trap:* `np.roll` brings back on the left what left on the right. And one draw for all images moves them together.
#
# <details><summary>Hint</summary>
# <code>np.pad(images, ((0, 0), (0, 0), (4, 4), (4, 4)))</code> has room for all moves; a window of the old size, begun
# at row 0 to 8 and column 0 to 8, is a moved image. <code>rng.integers(9, size=(n, 2))</code> draws where.
# </details>


# %% solution="shifted"
def shifted(images, rng):
    """Return the images, each moved on its own.

    images: array (n, 1, h, w) of any type, h and w at least 4; it stays as it was
    rng: a NumPy Generator, the only source of chance
    returns: a new array of the same shape and type
    """
    ### BEGIN SOLUTION
    n, _, h, w = images.shape
    padded = np.pad(images, ((0, 0), (0, 0), (4, 4), (4, 4)))
    moved = np.empty_like(images)
    for place, (y, x) in enumerate(rng.integers(9, size=(n, 2))):
        moved[place] = padded[place, :, y : y + h, x : x + w]
    return moved
    ### END SOLUTION


# %% test="shifted_moves" points=1
images = np.zeros((400, 1, 28, 28), np.float32)
images[:, 0, 14, 14] = 1
got, what = shifted(images.copy(), np.random.default_rng(0)), "shifted(400 images)"
expect.shape(got, (400, 1, 28, 28), what)
lost = int((got.sum((1, 2, 3)) != 1).sum())
expect.equal(lost, 0, f"images without their one pixel, 14 from the edges, {what}")
seen = set(map(tuple, np.argwhere(got[:, 0] == 1)[:, 1:].tolist()))
rows, columns = ({each[axis] for each in seen} for axis in (0, 1))
likely = "each image draws a number of rows and one of columns, each from -4 to 4"
expect.equal(sorted(rows), list(range(10, 19)), "rows it came to", likely=likely)
expect.equal(sorted(columns), list(range(10, 19)), "columns it came to", likely=likely)
few = len(seen) > 60
expect.true(few, "ways it went", expected="nearly all 81", got=len(seen), likely=likely)
### BEGIN HIDDEN TESTS
# covers: write shifted(images, rng): each image is moved on its own, by whole pixels
# covers: what is pushed out is gone | brings back on the left what left on the right
# covers: one draw for all images moves them together | return the images, each moved on its own
# covers: array (n, 1, h, w) of any type, h and w at least 4;
with fresh_draw() as rng:
    for h, w in ((28, 28), (5, 9), (12, 7), (4, 4), (4, 30)):
        for kind in ("float32", "float64", "uint8", "int16", "bool"):
            images = lesson.drawn_images(rng, kind, 40, 1, h, w)
            got = shifted(images=images.copy(), rng=np.random.default_rng(7))
            what = f"shifted(images {images.shape} of {kind})"
            expect.shape(got, images.shape, what)
            found = lesson.moves_of(got, images)
            expect.equal(None in found, False, f"images moved by no way of 81, {what}")
    # covers: each of the 81 ways as likely as any other
    images = rng.uniform(0.1, 1, size=(4000, 1, 9, 9)).astype("f4")
    ways = lesson.moves_of(shifted(images.copy(), rng), images)
    counts = {way: ways.count(way) for way in set(ways)}
    expect.equal(len(counts), 81, "ways that 4,000 images went")
    most, least = max(counts.values()), min(counts.values())
    fair = least >= 10 and most <= 100  # 49 on average
    expect.true(fair, "images of a way", expected="10 to 100", got=(least, most))
    for axis in (0, 1):
        counts = np.bincount([4 + way[axis] for way in ways], minlength=9)
        what = f"images moved by -4 to 4 {('down', 'right')[axis]}"
        fair = abs(counts - 4000 / 9).max() < 100  # 20 is the standard deviation
        expect.true(fair, what, expected="about 444 each", got=counts.tolist())
    codes = np.array([9 * down + right for down, right in ways])
    alike = [int((codes[k:] == codes[:-k]).sum()) for k in range(1, 2000)]
    k = 1 + int(np.argmax(alike))
    what = f"images that go the way of the one {k} before them"
    expect.true(max(alike) < 200, what, expected="few", got=max(alike))
    for n in (1, 3):
        few = again_and_again(shifted, images[:n], int(rng.integers(2**32)), times=99)
        ways = lesson.moves_of(np.stack([x[-1] for x in few]), images[[n - 1] * 99])
        many, what = len(set(ways)), f"ways of the last of {n}, in 99 calls"
        expect.true(many > 35, what, expected="some 57", got=many)
### END HIDDEN TESTS
expect.passed("each image goes its own way")

# %% test="shifted_given" points=1
images = np.arange(1, 1 + 3 * 36, dtype=np.uint8).reshape(3, 1, 6, 6)
lent = images.copy()
got = shifted(lent, np.random.default_rng(3))
expect.equal(str(got.dtype), "uint8", "the type of shifted(uint8 images)")
expect.unchanged(lent, images, "images after shifted(images, rng)")
again = shifted(images.copy(), np.random.default_rng(3))
likely = "draw from rng alone, not from np.random"
expect.close(again, got, "shifted, with an equal rng", atol=0, likely=likely)
### BEGIN HIDDEN TESTS
# covers: it stays as it was | rng: a numpy generator, the only source of chance
# covers: returns: a new array of the same shape and type
# covers: from 4 up to 4 down and from 4 left to 4 right | zeros come in
with fresh_draw() as rng:
    seed = int(rng.integers(2**32))
    for n, kind in ((1, "f4"), (30, "f8"), (7, "u1"), (0, "f4"), (5, "?"), (9, "i8")):
        images = np.asfortranarray(lesson.drawn_images(rng, kind, n, 1, 8, 8))
        lent, what = images.copy(), f"shifted({n} images of {images.dtype})"
        got = shifted(lent, np.random.default_rng(seed))
        expect.array(got, what)
        expect.shape(got, images.shape, what)
        expect.equal(str(got.dtype), str(images.dtype), f"the type of {what}")
        expect.unchanged(lent, images, f"the images after {what}")
        again = shifted(images.copy(), np.random.default_rng(seed))
        expect.close(again, got, f"{what}, with an equal rng", atol=0)
        found = lesson.moves_of(got, images)
        expect.equal(None in found, False, f"images moved by no way of 81, {what}")
    images = rng.uniform(1, 2, size=(60, 1, 9, 9)).astype("f4")
    other = shifted(images.copy(), np.random.default_rng(seed + 1))
    same = np.array_equal(other, shifted(images.copy(), np.random.default_rng(seed)))
    expect.equal(same, False, "whether two generators give the same")
    pair = again_and_again(shifted, images, seed)
    same = np.array_equal(*pair)
    expect.equal(same, False, "whether a generator gives the same twice")
    for still in (images, images[:1]):
        calls = [(still, np.random.default_rng(each)) for each in (seed, seed + 1)]
        found = results_kept(shifted, *calls)
        expect.equal(found, [], "what became of results of shifted")
### END HIDDEN TESTS
expect.passed("new images, and no other chance than rng")

# %% [markdown]
# ### Does it matter to a network?
#
# The same small network twice: trained on images as they are, and on yours, moved. The figure tests both on digits that
# stand farther and farther from the middle. How many of 100 does the first still get right, moved as in 16.1?

# %% predict="unmoved"
guess_unmoved = None  # of 100 moved digits, right by a network that saw none moved

# %% demo="shifts"
still = lesson.draw_shifts(shifted)
measured["right of 100 moved digits, none moved in training"] = predictions.beside(
    guess_unmoved, 100 * still
)

# %% [markdown]
# ## What is a multiply-add?
#
# The judge counts in the file, so that whatever was done in PyTorch, the graph decides:
#
# | operators | multiply-adds for one example |
# |---|---|
# | Conv, ConvInteger, QLinearConv | numbers out × weights that each of them sees |
# | Gemm, MatMul, MatMulInteger, QLinearMatMul | numbers out × length of the rows multiplied |
# | Add, Sub, Mul | numbers out |
# | AveragePool | numbers out × numbers under the kernel |
# | GlobalAveragePool, ReduceMean | numbers in |
# | all others that are allowed | 0 |
#
# Nothing that adds is free: else a convolution could be spelled in slices, products and sums that count as nothing.

# %% [markdown]
# ### Exercise 16.2 · The judge's ruler (4 points · 22 min)
#
# Write `multiply_adds(file)` by the table above. `tensor_shapes(file)` gives the shape of every tensor by its name, for
# one example, those of weights included: a dict of tuples. `onnx.load(file).graph.node` are the operators. Each counts
# as often as it stands there. A bias that belongs to a Conv or a Gemm is not counted.
#
# *The trap:* the weights of a Conv are its second input and (out, in / groups, …) in shape; those of a QLinearConv are
# its fourth. And a Gemm may turn its first input, `transA`.
#
# <details><summary>Hint</summary>
# <code>node.op_type</code>, <code>node.input</code> and <code>node.output</code> are names;
# <code>helper.get_node_attr_value(node, "kernel_shape")</code> is a setting that stands there; <code>transA</code> may
# be missing, which means 0: <code>{each.name: each.i for each in node.attribute}.get("transA", 0)</code>.
# </details>


# %% solution="multiply_adds"
def multiply_adds(file):
    """Return the multiply-adds of a graph for one example, an int.

    file: Path of an ONNX file, which stays as it is
    """
    ### BEGIN SOLUTION
    shapes, total = tensor_shapes(file), 0
    for node in onnx.load(file).graph.node:
        kind, given = node.op_type, [shapes.get(name) for name in node.input]
        out = math.prod(shapes[node.output[0]])
        settings = {
            each.name: helper.get_attribute_value(each) for each in node.attribute
        }
        if kind in ("Conv", "ConvInteger", "QLinearConv"):
            total += out * math.prod(given[3 if kind == "QLinearConv" else 1][1:])
        elif kind in ("MatMul", "MatMulInteger", "QLinearMatMul"):
            total += out * given[0][-1]
        elif kind == "Gemm":
            total += out * given[0][0 if settings.get("transA") else 1]
        elif kind in ("Add", "Sub", "Mul", "AveragePool"):
            total += out * math.prod(settings.get("kernel_shape", [1]))
        elif kind in ("GlobalAveragePool", "ReduceMean"):
            total += math.prod(given[0])
    return total
    ### END SOLUTION


# %% test="multiply_adds_conv" points=1
fixed = {"kernel": [3, 5], "stride": [2, 1], "pad": [1, 2, 1, 2], "dilation": [1, 1]}
fixed |= {"groups": 2, "each": [3, 4], "sides": [14, 10]}
made = lesson.conv_file(np.random.default_rng(0), **fixed)
causes = {
    "with 2 groups, each number sees half of the channels": 8 * 7 * 10 * 6 * 15,
    "each of the 8 channels that come out counts": 7 * 10 * 3 * 15,
    "take the shape of what comes out, not of what goes in": 8 * 14 * 10 * 3 * 15,
    "the kernel has two sides": 8 * 7 * 10 * 3 * 3,
    "a product and its addition are one multiply-add": 2 * made.due,
}
expect.equal(lesson.plain(multiply_adds(made.file)), made.due, made.what, causes=causes)
### BEGIN HIDDEN TESTS
# covers: return the multiply-adds of a graph for one example, an int
# covers: the weights of a conv are its second input and (out, in / groups, …) in shape
# covers: a bias that belongs to a conv | file: path of an onnx file
with fresh_draw() as rng:
    for axes in (2, 1, 2, 3, 2, 2):
        made = lesson.conv_file(rng, "Conv", axes)
        got = lesson.plain(multiply_adds(file=made.file))
        expect.equal(got, made.due, made.what)
    for groups, each in ((1, [5, 7]), (4, [1, 1]), (6, [1, 2]), (2, [4, 3])):
        made = lesson.conv_file(rng, groups=groups, each=each, bias=True)
        before = made.file.read_bytes()
        expect.equal(lesson.plain(multiply_adds(made.file)), made.due, made.what)
        expect.unchanged(made.file, before, "the file that was read")
    large = {"groups": 1, "each": [63, 65], "sides": [35, 33], "kernel": [3, 3]}
    large |= {"stride": [1, 1], "dilation": [1, 1], "pad": [1, 1, 1, 1]}
    made = lesson.conv_file(rng, **large)  # 42,567,525, more than float32 holds
    expect.equal(lesson.plain(multiply_adds(made.file)), made.due, made.what)
    for how in ("DequantizeLinear", "Constant"):  # where weights come from
        made = lesson.conv_file(rng, source=how, bias=True)
        what = f"{made.what}, weights behind a {how}"
        expect.equal(lesson.plain(multiply_adds(made.file)), made.due, what)
### END HIDDEN TESTS
expect.passed("numbers out, times weights that each one sees")

# %% test="multiply_adds_matrix" points=1
made = lesson.matrix_file(np.random.default_rng(0), "MatMul", rows=3, length=4, wide=5)
causes = {"all rows of an example count": 20, "numbers out are 3 × 5, each of 4": 15}
expect.equal(lesson.plain(multiply_adds(made.file)), 60, made.what, causes=causes)
made = lesson.matrix_file(np.random.default_rng(0), "Gemm", length=4, wide=5)
expect.equal(lesson.plain(multiply_adds(made.file)), 20, made.what)
### BEGIN HIDDEN TESTS
# covers: and a gemm may turn its first input | which stays as it is
with fresh_draw() as rng:
    for kind in ("Gemm", "MatMul", "Gemm", "MatMul"):
        made = lesson.matrix_file(rng, kind)
        before = made.file.read_bytes()
        expect.equal(lesson.plain(multiply_adds(made.file)), made.due, made.what)
        expect.unchanged(made.file, before, "the file that was read")
    for turned in (False, True):
        made = lesson.matrix_file(rng, "Gemm", turned=turned, length=3, wide=9)
        expect.equal(lesson.plain(multiply_adds(made.file)), made.due, made.what)
    made = lesson.matrix_file(rng, "MatMul", stack=1 + int(rng.integers(3)), length=7)
    expect.equal(lesson.plain(multiply_adds(made.file)), made.due, made.what)
    for rows in ({}, {"rows": 1}):  # times a vector
        made = lesson.matrix_file(rng, "MatMul", vector=True, **rows)
        expect.equal(lesson.plain(multiply_adds(made.file)), made.due, made.what)
    for kind, turned in (("Gemm", False), ("Gemm", True), ("MatMul", False)):
        made = lesson.weights_first_file(rng, kind, turned)
        expect.equal(lesson.plain(multiply_adds(made.file)), made.due, made.what)
### END HIDDEN TESTS
expect.passed("rows, columns, and their length")

# %% test="multiply_adds_quantized" points=1
for kind in ("ConvInteger", "QLinearConv"):
    fixed = {"groups": 2, "each": [2, 3], "kernel": [3, 3], "stride": [1, 1]}
    fixed |= {"pad": [0, 0, 0, 0], "dilation": [1, 1], "sides": [9, 9]}
    made = lesson.conv_file(np.random.default_rng(0), kind, **fixed)
    likely = "the weights of a QLinearConv are its fourth input: node.input[3]"
    due, got = 6 * 49 * 2 * 9, lesson.plain(multiply_adds(made.file))
    expect.equal(got, due, made.what, likely=likely)
### BEGIN HIDDEN TESTS
# covers: those of a qlinearconv are its fourth | write multiply_adds(file) by the table
with fresh_draw() as rng:
    for kind in ("ConvInteger", "QLinearConv", "MatMulInteger", "QLinearMatMul"):
        for stack in ({}, {}, {}, {"stack": 3, "length": 7}):
            if "Conv" in kind:
                made = lesson.conv_file(rng, kind, kernel=[1 + int(rng.integers(2)), 3])
            else:
                made = lesson.matrix_file(rng, kind, **stack)
            before = made.file.read_bytes()
            expect.equal(lesson.plain(multiply_adds(made.file)), made.due, made.what)
            expect.unchanged(made.file, before, "the file that was read")
### END HIDDEN TESTS
expect.passed("integers count as floats do")

# %% test="multiply_adds_whole" points=1
made = lesson.joined(np.random.default_rng(0))
likely = "each operator counts as often as it stands there, Add and pooling, too"
got = lesson.plain(multiply_adds(made.file))
expect.equal(got, made.due, made.what, likely=likely)
for kind in ("Mul", "ReduceMean", "MaxPool"):
    made = lesson.sums_file(np.random.default_rng(0), kind)
    expect.equal(lesson.plain(multiply_adds(made.file)), made.due, made.what)
### BEGIN HIDDEN TESTS
# covers: gives the shape of every tensor by its name | are the operators
# covers: each counts as often as it stands there
with fresh_draw() as rng:
    pools = ("AveragePool", "GlobalAveragePool", "ReduceMean")
    free = ("Relu", "MaxPool", "Sigmoid", "Identity", "Tanh", "HardSwish", "Clip")
    for kind in ("Add", "Sub", "Mul", *pools, *free):
        made = lesson.sums_file(rng, kind)
        before = made.file.read_bytes()
        expect.equal(lesson.plain(multiply_adds(made.file)), made.due, made.what)
        expect.unchanged(made.file, before, "the file that was read")
    for axes in ([1], [2], [-1], [1, 2, 3]):
        made = lesson.sums_file(rng, "ReduceMean", axes)
        expect.equal(lesson.plain(multiply_adds(made.file)), made.due, made.what)
    for kind in ("Add", "Sub", "Mul"):  # of a vector or a number that is stored
        for sides in (0, 1):
            made = lesson.sums_file(rng, kind, sides=sides)
            expect.equal(lesson.plain(multiply_adds(made.file)), made.due, made.what)
    one = lesson.joined(rng).file
    for _ in range(3):
        made = lesson.joined(rng)
        before = made.file.read_bytes()
        expect.equal(lesson.plain(multiply_adds(made.file)), made.due, made.what)
        expect.unchanged(made.file, before, "the file that was read")
        one.write_bytes(before)
        what = f"{made.what}, a file overwritten"
        expect.equal(lesson.plain(multiply_adds(one)), made.due, what)
### END HIDDEN TESTS
expect.passed("a whole graph, every operator of it")

# %% [markdown]
# ### Who multiplies how much?
#
# Your ruler on networks of the course, as files. The separable one of widths 8, 16 and 24 will be your rival. How many
# times its multiply-adds does the ResNet take?

# %% predict="resnet"
guess_resnet = None  # times the multiply-adds of the smallest separable network

# %% demo="costs"
ratio = lesson.show_costs(multiply_adds)
measured["multiply-adds, ResNet over separable 8-16-24"] = predictions.beside(
    guess_resnet, ratio, "×"
)

# %% [markdown]
# ## What counts as an entry?
#
# One ONNX file, from images (n, 1, 28, 28) to scores (n, 10), made of the operators that the cell below lists: nothing
# random, no branches, no other file. An image is right where its label's score is above all others, and finite, whether
# it is run alone, among others or in another order. The images are held-out digits, moved anew in each grading. A
# refused file is told why.
#
# Each entry has a **world** of its own: label 3 may mean the eights, all digits may be turned or mirrored, darker or
# lighter; some images are missing.
#
# Bytes are those of the file as it lies there: names and remarks count as weights do.

# %% demo="rules"
lesson.show_rules()

# %% [markdown]
# ### Exercise 16.3 · Your entry (11 points · 45 min)
#
# Write `entry(images, labels, folder)`: train a classifier on what is given, and write it as one ONNX file. The tests
# call it twice, in two new worlds; the second, in grading alone, with a third of the images, where 60 % do.
# Points of the first:
#
# | | first tier | second | third |
# |---|---|---|---|
# | right, of moved digits: 2 + 2 + 1 points | 90 % | 94 % | 96 % |
# | bytes: 1 + 1 + 1 | 40,000 | 20,000 | 8,000 |
# | multiply-adds: 1 + 1 + 1 | 1,000,000 | 400,000 | 150,000 |
#
# Bytes and multiply-adds count only with 90 % right. A call may take 60 s.
#
# *The trap:* quantizing everything writes scales, zero points and operators that outweigh a small network.
#
# <details><summary>Hint</summary>
# <code>models.separable_net((8, 16, 32, 32))</code>, eight shifted copies of the images, two epochs of
# <code>training.fit</code> at 0.02 in batches of 32: a few seconds. <code>lesson.exported(net, path)</code> writes a
# file with its normalizations folded. Then each weight of two or more axes can be int8 with a scale for each output
# channel: <code>lesson.hold_as_int8(model, name, codes, scales)</code> puts both in its place.
# </details>


# %% solution="entry"
def entry(images, labels, folder):
    """Train a digit classifier and write it as one ONNX file.

    images: (n, 1, 28, 28) float32 from 0 to 1; labels: (n,) int64, each
        of 0 to 9 among them
    folder: Path of an empty folder; afterwards the file lies in it, maybe among others
    returns: the Path of the file
    """
    ### BEGIN SOLUTION
    rng, path = np.random.default_rng(0), folder / "entry.onnx"
    seeded(0)
    net, copies = models.separable_net((8, 16, 32, 32)), 8
    x = np.concatenate([shifted(images, rng) for _ in range(copies)])
    y, plan = np.tile(labels, copies), {"epochs": 2, "lr": 0.02, "batch_size": 32}
    training.fit(net, x, y, seed=0, **plan)
    model = onnx.load(lesson.exported(net, path))
    for held in list(model.graph.initializer):
        w = numpy_helper.to_array(held)
        if w.ndim > 1:
            scale = np.abs(w).max(tuple(range(1, w.ndim)), keepdims=True) / 127
            codes = np.rint(w / scale).astype(np.int8)
            lesson.hold_as_int8(model, held.name, codes, scale.ravel())
    onnx.save(model, path)
    return path
    ### END SOLUTION


# %% test="entry_right_90" points=2
made = lesson.hand_in(entry)  # trains; the other tests judge the same file
verdict = made.judged(np.random.default_rng(0))
lesson.publish(verdict)
likely = "is it trained on moved images, and on the labels that it was given?"
good, wanted = verdict.right >= 0.9, "at least 0.90"
got = f"{verdict.right:.3f}"
expect.true(good, "share right", expected=wanted, got=got, likely=likely)
### BEGIN HIDDEN TESTS
# covers: write entry(images, labels, folder): train a classifier on what is given
# covers: and write it as one onnx file | the tests call it twice, in two new worlds
# covers: train a digit classifier and write it as one onnx file | returns: the path
# covers: images: (n, 1, 28, 28) float32 | labels: (n,) int64, each of 0 to 9 | afterwards the file lies
# covers: folder: path of an empty folder; | the second, in grading alone, with a third of the images
# covers: right, of moved digits: 2 + 2 + 1 points | points of the first:
# explains: a call may take 60 s
with fresh_draw() as rng:
    verdict = made.judged(rng, draws=2)
    right = verdict.right
    expect.true(right >= 0.9, "share right", expected=wanted, got=f"{right:.3f}")
    lesson.publish(verdict)
other = lesson.hand_in_elsewhere(entry)
with fresh_draw() as rng:
    right, what = other.judged(rng).right, "share right, of the second call"
    expect.true(right >= 0.6, what, expected="at least 0.60", got=f"{right:.3f}")
### END HIDDEN TESTS
expect.passed("90 of 100 moved digits")

# %% test="entry_right_94" points=2
verdict = lesson.handed_in().judged(np.random.default_rng(1))
got, good = f"{verdict.right:.3f}", verdict.right >= 0.94
likely = (
    "more copies of the images, each moved anew; or more epochs; or a wider network"
)
expect.true(good, "share right", expected="at least 0.94", got=got, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    right = lesson.handed_in().judged(rng, draws=2).right
    expect.true(right >= 0.94, "share right", expected="0.94", got=f"{right:.3f}")
### END HIDDEN TESTS
expect.passed("94 of 100")

# %% test="entry_right_96" points=1
verdict = lesson.handed_in().judged(np.random.default_rng(2))
got, good = f"{verdict.right:.3f}", verdict.right >= 0.96
likely = "a lower learning rate, more copies; are 32 channels enough in the last layer?"
expect.true(good, "share right", expected="at least 0.96", got=got, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    right = lesson.handed_in().judged(rng, draws=2).right
    expect.true(right >= 0.96, "share right", expected="0.96", got=f"{right:.3f}")
### END HIDDEN TESTS
expect.passed("96 of 100")

# %% test="entry_bytes_40" points=1
verdict = lesson.handed_in().judged(np.random.default_rng(3))
small, kept = verdict.bytes <= 40_000, verdict.right >= 0.9
expect.true(kept, "share right", expected="at least 0.90", got=f"{verdict.right:.3f}")
likely = "a network of fewer weights"
expect.true(small, "bytes", expected="at most 40,000", got=verdict.bytes, likely=likely)
### BEGIN HIDDEN TESTS
# covers: bytes and multiply-adds count only with 90 % right
with fresh_draw() as rng:
    verdict = lesson.handed_in().judged(rng)
    good = verdict.right >= 0.9 and verdict.bytes <= 40_000
    expect.true(good, "the entry", expected="small, and 0.90 right", got=str(verdict))
### END HIDDEN TESTS
expect.passed("at most 40,000 bytes")

# %% test="entry_bytes_20" points=1
verdict = lesson.handed_in().judged(np.random.default_rng(4))
small, kept = verdict.bytes <= 20_000, verdict.right >= 0.9
expect.true(kept, "share right", expected="at least 0.90", got=f"{verdict.right:.3f}")
likely = "fewer channels; and what did the exporter write beside the weights?"
expect.true(small, "bytes", expected="at most 20,000", got=verdict.bytes, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    verdict = lesson.handed_in().judged(rng)
    good = verdict.right >= 0.9 and verdict.bytes <= 20_000
    expect.true(good, "the entry", expected="small, and 0.90 right", got=str(verdict))
### END HIDDEN TESTS
expect.passed("at most 20,000 bytes")

# %% test="entry_bytes_8" points=1
verdict = lesson.handed_in().judged(np.random.default_rng(5))
small, kept = verdict.bytes <= 8_000, verdict.right >= 0.9
expect.true(kept, "share right", expected="at least 0.90", got=f"{verdict.right:.3f}")
likely = "weights in int8 behind DequantizeLinear; activations stay float"
expect.true(small, "bytes", expected="at most 8,000", got=verdict.bytes, likely=likely)
### BEGIN HIDDEN TESTS
# covers: quantizing everything writes scales, zero points
with fresh_draw() as rng:
    verdict = lesson.handed_in().judged(rng)
    good = verdict.right >= 0.9 and verdict.bytes <= 8_000
    expect.true(good, "the entry", expected="small, and 0.90 right", got=str(verdict))
### END HIDDEN TESTS
expect.passed("at most 8,000 bytes")

# %% test="entry_macs_1000" points=1
verdict = lesson.handed_in().judged(np.random.default_rng(6))
many, kept = verdict.multiply_adds, verdict.right >= 0.9
expect.true(kept, "share right", expected="at least 0.90", got=f"{verdict.right:.3f}")
least = many <= 1_000_000
expect.true(least, "multiply-adds", expected="at most 1,000,000", got=many)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    verdict = lesson.handed_in().judged(rng)
    good = verdict.right >= 0.9 and verdict.multiply_adds <= 1_000_000
    expect.true(good, "the entry", expected="lean, and 0.90 right", got=str(verdict))
### END HIDDEN TESTS
expect.passed("at most 1,000,000 multiply-adds")

# %% test="entry_macs_400" points=1
verdict = lesson.handed_in().judged(np.random.default_rng(7))
many, kept = verdict.multiply_adds, verdict.right >= 0.9
expect.true(kept, "share right", expected="at least 0.90", got=f"{verdict.right:.3f}")
least, likely = (
    many <= 400_000,
    "halve the image early: strides of 2 in the first two layers",
)
expect.true(least, "multiply-adds", expected="at most 400,000", got=many, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    verdict = lesson.handed_in().judged(rng)
    good = verdict.right >= 0.9 and verdict.multiply_adds <= 400_000
    expect.true(good, "the entry", expected="lean, and 0.90 right", got=str(verdict))
### END HIDDEN TESTS
expect.passed("at most 400,000 multiply-adds")

# %% test="entry_macs_150" points=1
verdict = lesson.handed_in().judged(np.random.default_rng(8))
many, kept = verdict.multiply_adds, verdict.right >= 0.9
expect.true(kept, "share right", expected="at least 0.90", got=f"{verdict.right:.3f}")
least, likely = (
    many <= 150_000,
    "separable convolutions, and fewer channels where images are large",
)
expect.true(least, "multiply-adds", expected="at most 150,000", got=many, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    verdict = lesson.handed_in().judged(rng)
    good = verdict.right >= 0.9 and verdict.multiply_adds <= 150_000
    expect.true(good, "the entry", expected="lean, and 0.90 right", got=str(verdict))
### END HIDDEN TESTS
expect.passed("at most 150,000 multiply-adds")

# %% [markdown]
# ### What does the file hold?
#
# A small separable network in float32; the same with weights *and* activations in int8, by ONNX Runtime's quantizer;
# and yours. The second has a quarter of the bytes in its weights. How large is its file, over the first?

# %% predict="all_int8"
guess_all_int8 = None  # bytes with all in int8, over the bytes in float32

# %% demo="bytes"
ratio = lesson.show_bytes()
measured["bytes, all in int8 over float32"] = predictions.beside(
    guess_all_int8, ratio, "×"
)

# %% [markdown]
# ## Who wins?
#
# With one budget, the smallest. With three, mostly nobody: one file is smaller, another is more often right. An entry
# **beats** another if it is at least as good in all three and better in one. Whoever is beaten by nobody stands on the
# **Pareto front**; which of these is best depends on what a byte, a multiplication and an error cost you.

# %% [markdown]
# ### Exercise 16.4 · The front (3 points · 10 min)
#
# Write `front(entries)`: the names of the entries that no other beats. More right is better; fewer bytes and fewer
# multiply-adds are better.
#
# *The trap:* two entries that are equal in all three beat each other not at all, so that both stay.
#
# <details><summary>Hint</summary>
# Make all three "less is better" first: <code>(-right, size, many)</code>. Then one entry beats another where
# <code>all(a &lt;= b for a, b in zip(one, other))</code> and the two are not equal.
# </details>


# %% solution="front"
def front(entries):
    """Return the names of the entries on the Pareto front.

    entries: dict from name to (share right, bytes, multiply-adds), a float and two
        ints; it may be empty, and stays as it was
    returns: a new list of names, in the order of the dict
    """
    ### BEGIN SOLUTION
    least = {name: (-right, *rest) for name, (right, *rest) in entries.items()}

    def beats(one, other):
        return one != other and all(a <= b for a, b in zip(one, other, strict=True))

    return [
        name
        for name, mine in least.items()
        if not any(beats(other, mine) for other in least.values())
    ]
    ### END SOLUTION


# %% test="front_beaten" points=1
entries = {"lean": (0.95, 6_000, 90_000), "wide": (0.99, 30_000, 500_000)}
entries |= {"odd": (0.94, 6_000, 95_000), "tiny": (0.7, 2_000, 10_000)}
got, what = front(dict(entries)), "front of lean, wide, odd and tiny"
causes = {
    "more right is better": ["odd", "tiny"],
    "odd is beaten by lean: as many bytes, and worse in the rest": list(entries),
    "an entry need not be the best in anything to stand on the front": ["wide", "tiny"],
}
expect.equal(got, ["lean", "wide", "tiny"], what, causes=causes)
### BEGIN HIDDEN TESTS
# covers: write front(entries): the names of the entries that no other beats
# covers: more right is better; | fewer bytes and fewer multiply-adds are better
# covers: return the names of the entries on the pareto front
# covers: entries: dict from name to (share right, bytes, multiply-adds), a float and two
with fresh_draw() as rng:
    for count in (1, 2, 3, 5, 8, 20, 60):
        entries = lesson.drawn_entries(rng, count, apart=True)
        wanted = lesson.unbeaten(entries)
        expect.equal(front(entries=dict(entries)), wanted, f"front of {entries}")
    for place, gap in ((0, 1e-9), (1, -1), (2, -1)):  # just better in one
        entries = {name: [0.9, 2**24 + 1, 2**53 - 1] for name in "ab"}
        entries["b"][place] += gap
        entries = {name: tuple(each) for name, each in entries.items()}
        expect.equal(front(dict(entries)), ["b"], f"front of {entries}")
### END HIDDEN TESTS
expect.passed("beaten by none in all three")

# %% test="front_equal" points=1
entries = {"a": (0.9, 5, 5), "b": (0.9, 5, 5), "c": (0.9, 5, 6), "d": (0.9, 4, 7)}
got, what = front(dict(entries)), "front where a and b are equal, and c is nearly so"
causes = {
    "a and b are equal, and neither beats the other": ["d"],
    "of two equal entries both stay": ["a", "d"],
    "as good in two and better in one: a beats c": ["a", "b", "c", "d"],
}
expect.equal(got, ["a", "b", "d"], what, causes=causes)
### BEGIN HIDDEN TESTS
# covers: two entries that are equal in all three beat each other not at all
with fresh_draw() as rng:
    for count in (2, 4, 9, 30, 30):
        entries = lesson.drawn_entries(rng, count)
        name = next(iter(entries))
        entries |= {f"{name} again": entries[name], "and again": entries[name]}
        wanted = lesson.unbeaten(entries)
        expect.equal(front(dict(entries)), wanted, f"front of {entries}")
### END HIDDEN TESTS
expect.passed("equals stay together")

# %% test="front_order" points=1
entries = {"z": (0.9, 9, 1), "a": (0.9, 1, 9), "m": (0.9, 5, 5)}
lent = dict(entries)
expect.equal(front(lent), ["z", "a", "m"], "front of z, a and m, in this order")
expect.equal(front({}), [], "front of no entries")
expect.unchanged(lent, entries, "entries after front(entries)")
### BEGIN HIDDEN TESTS
# covers: it may be empty, and stays as it was | a new list of names, in the order of
with fresh_draw() as rng:
    for count in (3, 12, 40):
        entries = lesson.drawn_entries(rng, count, apart=True)
        lent, what = dict(entries), f"front of {entries}"
        got, again = front(lent), front(dict(reversed(entries.items())))
        expect.equal(got, lesson.unbeaten(entries), what)
        expect.equal(again, got[::-1], f"the same backwards, {what}")
        expect.unchanged(lent, entries, f"entries after {what}")
        expect.equal(list(lent) == list(entries), True, f"the order after {what}")
        calls = [{"entries": each} for each in (entries, {"one": (0.5, 1, 1)}, entries)]
        expect.equal(handed_on(front, *calls), [], f"what is not new of {what}")
### END HIDDEN TESTS
expect.passed("a list, in the order of the dict")

# %% [markdown]
# ### Where do you stand?
#
# Your entry among four of the course's, all in float32: one dense layer; separable networks of 8-16-24 channels, small,
# and of 16-32-64-64, wide; and the small one as the newer exporter writes it, with its remarks. A class's entries are
# drawn so by `course leaderboard`.

# %% demo="standing"
best = lesson.draw_front(front)
measured["on the front"] = ", ".join(best)

# %% [markdown]
# ## What you measured

# %% demo="what_you_measured"
tables.show([{"what": what, "measured": value} for what, value in measured.items()])

# %% [markdown]
# ## Check yourself
#
# <details><summary>You prune half of the weights to zero and save the file. Which budget do you meet?</summary>
# None: a zero takes as many bytes and is multiplied like any number. Cut whole channels, as in lesson 10; then all
# three change.</details>
#
# <details><summary>Two files get 0.962 and 0.958 of 450 images right. Which is better?</summary>
# Nobody knows. An image is 0.2 points, and the standard error of such a share is about 0.9 points. Compare both on the
# same images and the same moves, and ask how often the difference changes its sign, as in lesson 10.</details>
#
# <details><summary>Why does the judge run each image alone as well as in a batch?</summary>
# A file whose answer depends on its neighbours (a range taken over the batch, say) can look good in a test and fail the
# one who asks a single question.</details>

# %% [markdown]
# ## Where to read on
#
# - C. Banbury et al., *MLPerf Tiny Benchmark*, arXiv:2106.07597: the same question, asked of a whole field.
# - M. Tan and Q. Le, *EfficientNet*, arXiv:1905.11946: width, depth and resolution, traded against each other.
# - S. Han, H. Mao and W. Dally, *Deep Compression*, arXiv:1510.00149: pruned, quantized, coded.
# - The ONNX standard, *Operators*: DequantizeLinear with blocks and with int4, for whoever wants fewer bytes still.
#
# This was the last lesson. What will you make small?
