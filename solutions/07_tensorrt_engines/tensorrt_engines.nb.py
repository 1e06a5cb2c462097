# %% [markdown]
# # What does TensorRT build, and can I build one without a GPU?
#
# **Lesson 07** · 90 minutes · 20 points · you need: lessons 03 (export), 05 (fusion) and 06 (quantization); no GPU
#
# TensorRT turns an ONNX file into an **engine**: a plan made for one kind of NVIDIA GPU. Building one is said to need
# that GPU. With TensorRT for RTX it does not any more: you will build real engines for other kinds of GPU, read out of
# the builder's log what was fused, bring a network to 16 and to 8 bits, and keep engines so that none is built twice.
# Where you have a GPU, the last section runs them.

# %% [markdown]
# ## How do you work here?
#
# As in the lessons before: tests are folded below each exercise, and hidden ones ask the same of fresh inputs. Every
# exercise can be solved without the others.
#
# Two libraries work alike. `tensorrt` times kernels on the GPU that it builds for. `tensorrt_rtx` compiles what it can
# beforehand and the rest when the engine is loaded; it builds wherever it installs: x86-64, Linux or Windows. Elsewhere
# a test that gets as far as TensorRT says so and counts as passed; grading runs where it is installed.

# %% readonly="imports"
import copy
import hashlib
import re
from pathlib import Path

import numpy as np
import onnx
import torch

from course_utils import expect, predictions, tables, tensorrt
from course_utils.lessons import tensorrt_engines as lesson
from course_utils.seeds import fresh_draw  # for the hidden tests

# %% readonly="library"
trt = lesson.begin()  # the library
logger = tensorrt.logger(trt)  # TensorRT wants one; tensorrt.listening() hears it
work = Path("work07")  # the folder of this lesson's files
measured = {}  # what you measure, shown at the end

# %% [markdown]
# ## What is an engine?
#
# An ONNX file says *what* to compute. An engine says *how*, for one kind of GPU: which kernels run in which order, on
# which stream, where each tensor lies. It is a string of bytes that belongs to that GPU and to the very version that
# built it.
#
# A **builder** makes it, from a **network** (layers and tensors) and a **config** (for whom, with what). Networks are
# *strongly typed*: a tensor's type in the file is its type in the engine. Here one is made by hand, one Relu.
#
# GPUs are called by their **compute capability**: SM86, say, is 8.6, an RTX 30.


# %% readonly="given_network"
def new_network():
    """Return a builder and an empty network that it can build."""
    builder = trt.Builder(logger)
    typed = trt.NetworkDefinitionCreationFlag.__members__["STRONGLY_TYPED"]
    return builder, builder.create_network(1 << int(typed))


# %% demo="network_by_hand"
builder, network = new_network()
x = network.add_input("x", trt.float32, (-1, 3))  # -1: any number of rows
relu = network.add_activation(x, trt.ActivationType.RELU)
network.mark_output(relu.get_output(0))
print(f"{network.num_layers} layer, 1 input: {x.name}, {x.shape}")
print("GPUs to build for:", ", ".join(tensorrt.targets(trt)))

# %% [markdown]
# ### What do older tutorials get wrong?
#
# Most were written for TensorRT 8 and use the seven things below. How many has the library of today done away with?

# %% predict="calls_gone"
guess_calls_gone = None  # of 7

# %% demo="older_tutorials"
gone = lesson.show_older_calls(trt)
measured["older calls gone"] = predictions.beside(guess_calls_gone, gone, " of 7")

# %% [markdown]
# ## Does TensorRT take your file?
#
# A **parser** reads an ONNX file into a network. It need not take everything: TensorRT lacks operators, types, and
# ways to quantize. What it refuses, it tells in a list of errors, and carries on as if nothing had happened.
#
# | step | call |
# |---|---|
# | a parser for a network | `trt.OnnxParser(network, logger)` |
# | read a file; `False` where it is refused | `parser.parse_from_file(str(path))` |
# | the errors, counted from 0 | `parser.num_errors`, `parser.get_error(k)` |
# | of an error | `.node_operator()`, `.node_name()`, `.desc()` |
# | the ends | `network.num_inputs`, `network.get_input(k)`, the same for `output` |

# %% [markdown]
# ### Exercise 7.1 · Parse (2 points · 8 min)
#
# Write `parse(path)`: the network's ends, the number of its layers, and the reasons to refuse it. Yours are the parser,
# and `told`, the list of its errors.
#
# *The trap:* the parser raises nothing. Whoever does not ask for its errors goes on with half a network. And an error
# lives as long as its parser: make a string of it before you return.
#
# <details><summary>Hint</summary>
# The table above has the parser. Its errors are counted: <code>parser.get_error(0)</code> is the first.
# </details>


# %% solution="parse"
def parse(path):
    """Return what TensorRT reads in an ONNX file; refusals are returned, not raised.

    path: Path of the file; its weights may lie in another file, there beside it
    returns: a dict, of a refused file with what was read of it
        "inputs": {name: shape, a tuple or a list, a free axis is -1}
        "outputs": the same
        "layers": how many the network has
        "errors": a list of strings, one for each error, alike or not, of a node or not;
            its operator and the name of its node, where it has them, are in it
    """
    _, network = new_network()
    ### BEGIN SOLUTION
    parser = trt.OnnxParser(network, logger)
    parser.parse_from_file(str(path))
    told = [parser.get_error(k) for k in range(parser.num_errors)]
    ### END SOLUTION
    ins = [network.get_input(k) for k in range(network.num_inputs)]
    outs = [network.get_output(k) for k in range(network.num_outputs)]
    return {
        "inputs": {tensor.name: tuple(tensor.shape) for tensor in ins},
        "outputs": {tensor.name: tuple(tensor.shape) for tensor in outs},
        "layers": network.num_layers,
        "errors": [f"{e.node_operator()}, {e.node_name()}: {e.desc()}" for e in told],
    }


# %% test="parse_network" points=1
text = "net (float[N, 8] x, float[N, 4] c) => (float[N, 4] y, float[N, 4] z) "
text += "<float[8, 4] w = {0}> { a = MatMul (x, w)\n y = Add (a, c)\n z = Relu (a) }"
path = lesson.write_graph(text, lesson.new_path("two_ends.onnx"))
what = "parse(path)"
ends = {"inputs": {"x": [-1, 8], "c": [-1, 4]}, "outputs": {"y": [-1, 4], "z": [-1, 4]}}
with tensorrt.counted_where_it_runs():
    got = lesson.returned(parse, path, what=what, wanted="a dict")
    expect.keys(got, ["inputs", "outputs", "layers", "errors"], what)
    for end, wanted in ends.items():
        expect.keys(got[end], wanted, f"{what}[{end!r}]")
        shapes = {name: list(shape) for name, shape in got[end].items()}
        expect.close(shapes, wanted, f"{what}[{end!r}]")
    cause = "this counts the file's nodes; network.num_layers counts constants, too"
    expect.equal(got["layers"], 4, f"{what}['layers']", causes={cause: 3})
    expect.equal(got["errors"], [], f"{what}['errors'] of a file that is taken")
### BEGIN HIDDEN TESTS
with tensorrt.counted_where_it_runs(), fresh_draw() as rng:
    path, count = lesson.new_path("Größe v1.5 №"), int(rng.integers(1, 5))
    d_in, d_out = map(int, rng.integers(2, 30, size=2))
    relus = "\n".join(f"v{k + 1} = Relu (v{k})" for k in range(count))
    chain = f"(float[N, {d_in}] x) => (float[N, {d_out}] v{count}) "
    chain += f"<float[{d_in}, {d_out}] w = {{0}}> {{ v0 = MatMul (x, w)\n {relus} }}"
    # Ends without an axis, or with several free ones; one Gemm is many layers.
    several = f"(float[N, 8] z, float s, float[{d_in}, 3, M, K] a, float[2, 0] unused) "
    several += (
        "=> (float[N, L] y, float s2, float[A, B, C, D] a2) <float[8, 4] w = {0}, "
    )
    several += (
        "float[4] b = {0}> { a2 = Relu (a)\n y = Gemm (z, w, b)\n s2 = Relu (s) }"
    )
    many = [
        f"{rng.integers(1, 99)}, N] {{}}{k}" for k in range(int(rng.integers(130, 150)))
    ]
    ends = [", ".join(f"float[{each.format(end)}" for each in many) for end in "xy"]
    nodes = (f"h{k} = Relu (x{k})\n y{k} = Tanh (h{k})" for k in range(len(many)))
    many = f"({ends[0]}) => ({ends[1]}) {{ " + "\n".join(nodes) + " }"
    # Files of one size.
    alike = [
        f"(float[N, {n}] x) => (float[N, {n}] y) {{ y = Relu (x) }}" for n in (20, 30)
    ]
    refused = "(float[2, 3, 3] x, float[N] c) => (float[N] z, float[2] y) "
    refused += "{ z = Relu (c)\n y = Det (x) }"
    # covers: goes on with half a network
    for text in (chain, several, refused, many, *alike, chain):
        lesson.write_graph(f"net {text}", path)  # covers: path of the file
        if text in (several, many):
            lesson.call_otherwise(path, lambda name: f"scope/{name}.1:0")
        before = lesson.draw_weights(path, rng)
        wanted, got = tensorrt.parse.__wrapped__(path), parse(path)
        expect.unchanged(path, before, "the file after parse")
        kinds = type(got["layers"]), {*map(type, got)}, len(got), type(got["errors"])
        what = f"the types and keys of parse of {text}"  # covers: a dict, of a refused
        expect.equal(kinds, (int, {str}, 4, list), what)
        # covers: how many the network has | number of its layers | tensorrt reads in
        expect.equal(got["layers"], wanted.layers, f"the layers of {text}")
        # covers: "outputs": the same
        for end, shapes in ("inputs", wanted.inputs), ("outputs", wanted.outputs):
            kinds = {*map(type, got[end].values())}
            expect.true(kinds <= {tuple, list}, end, expected="tuples", got=kinds)
            ends = {each: tuple(shape) for each, shape in got[end].items()}
            expect.equal(ends, shapes, f"the {end} of {text}")
        if text != refused:
            expect.equal(got["errors"], [], f"the errors of {text}")
    model = onnx.load(lesson.model_outside(path, float(rng.normal())), None, False)
    held = onnx.helper.make_tensor_value_info("w", onnx.TensorProto.FLOAT, (8, 4))
    model.graph.input.append(held)  # as older exporters do: it is no end of the network
    path.write_bytes(model.SerializeToString())
    got = parse(path)  # covers: weights may lie in another
    ends = [{k: tuple(v) for k, v in got[end].items()} for end in ("inputs", "outputs")]
    got, wanted = (got["layers"], got["errors"], ends), [{"x": (-1, 8)}, {"y": (-1, 4)}]
    expect.equal(got, (2, [], wanted), "parse, weights beside the file")
### END HIDDEN TESTS
if tensorrt.usable(trt):
    expect.passed("both ends, and every layer")

# %% test="parse_errors" points=1
refused = "net (float[2, 3, 3] x) => (float[2] y, float[2] z) "
refused += "{ a = Relu (x)\n y = Det (a)\n z = Det (x) }"
path = lesson.new_path("refused.onnx")
lesson.write_graph(refused, path, y="volume", z="second")
what = "parse(path)['errors'], of a file with two Det nodes, which TensorRT lacks"
why = "the reasons go into the list, none is raised"
raised = lambda kind, _: why if kind in ("RuntimeError", "ValueError") else ""
with tensorrt.counted_where_it_runs():
    read = lambda: parse(path)["errors"]
    got = lesson.returned(read, what=what, wanted="a list", likely=raised)
    expect.equal(type(got).__name__, "list", "the kind of parse(path)['errors']")
    gone = "these are the parser's own objects, gone with it; make strings of them"
    each = "there are parser.num_errors of them; one string for each"
    none = "parser.get_error(k) gives them, parser.num_errors their number"
    causes = {gone: ["ParserError"] * 2, each: ["str"], none: []}
    kinds = [type(told).__name__ for told in got]
    expect.equal(kinds, ["str", "str"], f"the kinds of {what}", causes=causes)
    for told, name in zip(got, ("volume", "second"), strict=True):
        likely = "error.node_operator() and error.node_name() say which"
        both = "Det" in told and name in told
        expect.true(both, "an error", expected=f"Det, {name}", got=told, likely=likely)
### BEGIN HIDDEN TESTS
with tensorrt.counted_where_it_runs(), fresh_draw() as rng:
    path = lesson.new_path("own.onnx")
    count = int(rng.integers(130, 150))
    long = [2000, *(k % 90 for k in range(1, count))]  # so many times a word
    names = [f"scope/{'long' * k}/node_{rng.integers(10**9)}" for k in long]
    owns = [f"Own{rng.integers(10**9)}" for _ in range(2)] * count  # many of one kind
    text = "net (float[2, 3] x, float[N] c) => (float[2, 3] y) <float[3, 3] w = {0}> {"
    text += " y = MatMul (x, w)" + "".join(
        f"\n v{k} = own.ops.{owns[k]} (y)" for k in range(count)
    )
    made_by = {f"v{k}": name for k, name in enumerate(names)}
    lesson.write_graph(f"{text} }}", path, **made_by)
    before = lesson.draw_weights(path, rng)
    errors = parse(path)["errors"]  # covers: raises nothing | refusals are returned
    expect.unchanged(path, before, "the file after parse")
    # covers: make a string of it | "errors": a list
    # explains: yours are the parser
    kinds = type(errors).__name__, [type(told).__name__ for told in errors]
    what = f"the kinds of the errors of {count} nodes"
    expect.equal(kinds, ("list", ["str"] * count), what)
    for k, name in enumerate(names):  # covers: its operator and the name
        told = [name in told and owns[k] in told for told in errors]
        what = f"how many of {count} errors name {owns[k]} and {name}"
        expect.equal(sum(told), 1, what)
    mixed = (
        "net (float[2, 3] x, float[4, 5] c) => (float[2, 5] y) { y = MatMul (x, c) }"
    )
    lesson.write_graph(mixed, path, y=names[0])
    (told,) = parse(path)["errors"]  # covers: the reasons to refuse it
    both = "MatMul" in told and names[0] in told
    expect.true(both, "shapes at odds", expected=f"MatMul, {names[0]}", got=told)
    alike = f"net (float[2] x) => (float[2] a, float[2] b) {{ a = own.ops.{owns[0]} (x)"
    alike += f"\n b = own.ops.{owns[0]} (x) }}"
    wide = f"(float[2] x, float[{', '.join('2' * 9)}] s) => (float[2] y) {{ y = Relu (x) }}"
    told = len(parse(lesson.write_graph(f"net {wide}", path))["errors"])
    # covers: its errors goes on
    expect.equal(told, 1, "how many errors, where an input has nine axes, and no node")
    for same in ({}, {"a": names[0], "b": names[0]}):  # covers: for each error, alike
        lesson.write_graph(alike, path, **same)
        told = [owns[0] in each for each in parse(path)["errors"]]
        expect.equal(told, [True] * 2, "two errors that read alike, named or not")
### END HIDDEN TESTS
if tensorrt.usable(trt):
    expect.passed("what stands in the way, by name")

# %% [markdown]
# ### What becomes of three networks?
#
# The trained ResNet, exported as in lesson 03; a CNN, and a MobileNet as it comes, whose file still has batch
# normalization in it. The parser writes each ONNX node as one or several simple layers; fusing comes later.
#
# Then three small graphs that TensorRT does not take, in your words. Its own text is at times just *false*; operator
# and node are the useful part.

# %% demo="three_networks"
files = lesson.networks()
lesson.show_parsed(parse, files)

# %% demo="refused"
lesson.show_refused(parse)

# %% [markdown]
# ## Which shapes must an engine take?
#
# A free axis leaves the builder without a number to plan memory for, or to choose kernels by. An **optimization
# profile** gives it three shapes for each such input: the smallest, the one to be fast at, and the largest. Whatever
# lies between the first and the last, the engine takes; the memory is that of the largest.

# %% [markdown]
# ### Exercise 7.2 · A profile (3 points · 8 min)
#
# Write `profile(shapes_min, shapes_opt, shapes_max)`: three dicts from input names to shapes, joined into one and
# checked. What does not fit is a `ValueError` whose message names one input that does not fit, and no other input.
#
# *The trap:* Python compares tuples like words in a dictionary: `(1, 9) <= (2, 3)` is true.
#
# <details><summary>Hint</summary>
# <code>zip(*three)</code> walks along three shapes at once, and stops at the shortest: compare their lengths first.
# </details>


# %% solution="profile"
def profile(shapes_min, shapes_opt, shapes_max):
    """Return the three shapes of each input, checked.

    shapes_min, shapes_opt, shapes_max: {name: shape}, lists or tuples of up to 12
        ints (64 bits)
    returns: {name: (min, opt, max)}, each a tuple or a list of ints
    raises: ValueError, naming the input, where a name is not in all three dicts, its
        shapes differ in length, or an axis has not min <= opt <= max; nothing else is
        refused
    """
    checked, given = {}, (shapes_min, shapes_opt, shapes_max)
    for name in shapes_min | shapes_opt | shapes_max:
        if not all(name in shapes for shapes in given):
            raise ValueError(f"{name}: give its min, opt and max shape")
        three = tuple(tuple(shapes[name]) for shapes in given)
        ### BEGIN SOLUTION
        if len({len(shape) for shape in three}) > 1:
            raise ValueError(f"{name}: its shapes {three} differ in length")
        if not all(a <= b <= c for a, b, c in zip(*three, strict=True)):
            raise ValueError(f"{name}: not min <= opt <= max on every axis: {three}")
        ### END SOLUTION
        checked[name] = three
    return checked


# %% test="profile_joins" points=1
low = {"x": (1, 3), "mask": [1]}
usual = {"mask": [8], "x": (8, 3)}
high = {"x": (32, 3), "mask": [64]}
what = f"profile({low}, {usual}, {high})"
causes = {"one size may stand in all three: min <= opt <= max, not <": "ValueError"}
kind, _ = lesson.outcome(profile, dict(low), dict(usual), dict(high))
expect.equal(kind, "no error", what, causes=causes)
got = profile(dict(low), dict(usual), dict(high))
expect.keys(got, ["x", "mask"], what)
wanted = {"x": [[1, 3], [8, 3], [32, 3]], "mask": [[1], [8], [64]]}
for name, three in wanted.items():
    likely = "three shapes for each input: min, opt, max"
    expect.parts(got[name], 3, f"{what}[{name!r}]", likely=likely)
    causes = {"the order is min, opt, max": three[::-1]}
    shapes = [list(shape) for shape in got[name]]
    expect.equal(shapes, three, f"{what}[{name!r}]", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    names = [f"t{k}_{rng.integers(10**6)}" for k in range(5)]
    draw = lambda rank: np.sort(rng.integers(1, 99, size=(3, rank)), axis=0).tolist()
    drawn = {name: draw(rank) for name, rank in zip(names, range(1, 6), strict=True)}
    drawn |= {"scalar": [[], [], []], "same": [[7, 7]] * 3}  # covers: min <= opt <= max
    # covers: nothing else is refused
    drawn |= {"none": [[0, 0], [0, 3], [4, 3]], "zero": [[0]] * 3, "minus": [[-1]] * 3}
    drawn |= {"": [[1], [2], [2]], "a b/c:0": [[1], [1], [2]]}
    drawn["long"] = [[10**12, 2**53], [10**12, 2**53 + 1], [3 * 10**12, 2**53 + 1]]
    drawn |= {"below": [[-(2**63)], [-4], [2**63 - 1]], "12 axes": draw(12)}
    drawn |= {name: draw(2) for name in ("A", "a", " a", "a ", "a:0", "a:1")}
    drawn |= {f"of many {k}": draw(1 + k % 3) for k in range(40)}
    # covers: lists or tuples of up to 12
    kind = lambda k, place: (list, tuple)[(k + place) % 2]
    three = [
        {
            name: kind(k, place)(three[k])
            for place, (name, three) in enumerate(drawn.items())
        }
        for k in range(3)
    ]
    three[1] = dict(reversed(three[1].items()))  # covers: from input names to shapes
    before, (low, usual, high) = copy.deepcopy(three), three
    got = profile(shapes_max=high, shapes_opt=usual, shapes_min=low)
    left = [expect.after(each) for each in (low, usual, high)]
    expect.equal(left, before, "the arguments of profile afterwards")
    # covers: return the three shapes | {name: (min, opt, max)}, each a tuple or a list
    expect.keys(got, drawn, "profile of fresh shapes")
    for name, shapes in got.items():
        as_lists = [list(shape) for shape in shapes]
        expect.equal(as_lists, drawn[name], f"profile of fresh shapes, {name}")
        kinds = {type(shapes), *map(type, shapes)}
        ints = all(isinstance(n, int | np.integer) for shape in shapes for n in shape)
        fit, what = ints and kinds <= {tuple, list}, f"the kinds of {name}"
        expect.true(fit, what, expected="tuples or lists of ints", got=shapes)
    expect.equal(profile({}, {}, {}), {}, "profile of no inputs")
### END HIDDEN TESTS
expect.passed("three shapes for each input")

# %% test="profile_refuses_disorder" points=1
good = [
    {"mask": (1, 3), "image": (2, 3)},
    {"mask": (4, 4), "image": (4, 5)},
    {"mask": (8, 8), "image": (8, 9)},
]
bad = [(0, (5, 3)), (1, (9, 5)), (1, (1, 5)), (1, (4, 2)), (2, (8, 4)), (0, (2, 6))]
likely = "each axis has min <= opt <= max; tuples compare by their first difference"
for which, shape in bad:
    three = copy.deepcopy(good)
    three[which]["image"] = shape
    listed = ", ".join(str(shapes["image"]) for shapes in three)
    what = f"profile(…) where image has {listed}"
    kind, message = lesson.outcome(profile, *three)
    expect.equal(kind, "ValueError", what, likely=likely)
    named = "image" in message and "mask" not in message
    wanted = "the input's name, image, and no other"
    expect.true(named, f"the message of {what}", expected=wanted, got=message)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    ends = (f"net/of/several/blocks/{each}" for each in ("in", "fine", "good"))
    name, fine, good = (f"{each}_{rng.integers(10**9)}" for each in ends)
    orders = [(9, 5, 7), (3, 8, 7), (5, 7, 3), (7, 6, 6), (6, 6, 5), (8, 7, 8)]
    orders.append((2**53 + 1, 2**53, 2**53 + 1))
    # -1 and 0 are numbers like others.
    orders += [(4, 8, -1), (4, -1, 8), (-1, 4, -1), (0, -1, 8), (1, 0, 8), (1, 8, 0)]
    for k, wrong in enumerate(orders):  # covers: an axis has not min <= opt <= max
        for rank, axis in ((1, 0), (4, 0), (4, 1), (4, 3), (12, 10), (12, 11)):
            three = np.sort(rng.integers(2, 50, size=(3, rank)), axis=0)
            three[:, axis] = wrong
            many = [f"{good}{k}" for k in range(120 if axis == 11 else 1)]
            shapes = [
                {
                    fine: (k,),
                    **dict.fromkeys(many, (k, k)),
                    name: tuple(s),
                    good: (k, k),
                }
                for k, s in enumerate(three.tolist(), 1)
            ]
            if (k + axis) % 2:  # the wrong one first, last or between others
                shapes = [dict(reversed(each.items())) for each in shapes]
            if rank == 1:
                shapes = [{key: each[key] for key in (name, fine)} for each in shapes]
            kind, message = lesson.outcome(profile, *shapes)
            what = f"profile where {name} has {three.tolist()}"
            # covers: what does not fit is a | tuples like words
            named = name in message, fine in message or good in message
            expect.equal((kind, *named), ("ValueError", True, False), what)
### END HIDDEN TESTS
expect.passed("an axis out of order is refused by name")

# %% test="profile_refuses_names_and_ranks" points=1
good = [{"mask": (n, n), "image": (n, n)} for n in (2, 4, 8)]
stops = "zip stops at the shorter shape, unless strict=True; compare the lengths"
stands = "each name stands in all three dicts, or in none"
for which, word in enumerate(("min", "opt", "max")):
    short, absent = copy.deepcopy(good), copy.deepcopy(good)
    short[which]["image"] = (4,)
    del absent[which]["image"]
    refused = {
        f"the {word} shape of image is (4,), the others (n, n)": (short, stops),
        f"image has no {word} shape": (absent, stands),
    }
    for why, (shapes, likely) in refused.items():
        kind, message = lesson.outcome(profile, *shapes)
        expect.equal(kind, "ValueError", f"profile(…) where {why}", likely=likely)
        named = "image" in message and "mask" not in message
        wanted = "the input's name, image, and no other"
        expect.true(named, "its message", expected=wanted, got=message)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    ends = (f"net/of/several/blocks/{each}" for each in ("in", "fine", "good"))
    name, fine, good = (f"{each}_{rng.integers(10**9)}" for each in ends)
    three = [{fine: (n,), name: (n, 4), good: (n,)} for n in (1, 2, 3)]
    joined = {fine: [[1], [2], [3]], name: [[1, 4], [2, 4], [3, 4]]}
    joined[good] = joined[fine]
    got = lesson.as_lists(profile(*copy.deepcopy(three)))
    expect.equal(got, joined, f"profile of {three}, where all is in order")

    def refuses(changed):  # covers: naming the input
        for shapes in (changed, [dict(sorted(each.items())) for each in changed]):
            kind, message = lesson.outcome(profile, *copy.deepcopy(shapes))
            got = kind, name in message, fine in message or good in message
            expect.equal(got, ("ValueError", True, False), f"profile of {shapes}")

    for which in ([0], [1], [2], [0, 1], [0, 2], [1, 2]):
        # covers: its shapes differ in length
        for shape in ((), (2,), (2, 4, 4), (2, 4, 4, 1)):
            changed = copy.deepcopy(three)
            for k in which:
                changed[k][name] = shape
            refuses(changed)
        changed = copy.deepcopy(three)
        renamed = copy.deepcopy(changed)
        # covers: a name is not in all three | joined into one and checked
        for k in which:
            renamed[k][f"{name}_too"] = changed[k].pop(name)
            del renamed[k][name]
        refuses(changed)
        refuses(renamed)
    for other in (name.upper(), f" {name}", f"{name} "):  # another name
        shapes = [{name: (1,)}, {other: (1,)}, {other: (1,), name: (1,)}]
        kind, _ = lesson.outcome(profile, *shapes)
        expect.equal(kind, "ValueError", f"profile of {shapes}")
    unnamed = {"of other lengths": (3,), "out of order": (9, 9)}  # its name is ""
    for why, shape in unnamed.items():
        shapes = [{good: (1,), "": shape}, {good: (1,), "": (4, 4)}]
        kind, message = lesson.outcome(profile, *shapes, {good: (1,), "": (5, 5)})
        got = kind, good in message
        expect.equal(got, ("ValueError", False), f"profile where the input '' is {why}")
    kind, message = lesson.outcome(profile, {"": (1,)}, {}, {})
    expect.equal(kind, "ValueError", "profile where '' is missing in two")
    refuses([{name: (1, 1)}, {}, {}])
    refuses([{}, {}, {name: (1, 1)}])
    several = {  # two that do not fit: any one of them is named
        "missing": [{name: (1,), good: (1,)}, {}, {}],
        "missing in turn": [{name: (1,)}, {good: (1,)}, {}],
        "out of order": [{name: (n,), good: (n,)} for n in (3, 2, 1)],
        "of other lengths": [{name: (1,) * n, good: (1,) * n} for n in (1, 2, 3)],
    }
    for why, shapes in several.items():  # covers: names one input that
        kind, message = lesson.outcome(profile, *[{fine: (1,)} | s for s in shapes])
        named = sorted(each in message for each in (name, good))
        got = kind, named, fine in message
        what = f"profile where two inputs are {why}: is one named"
        expect.equal(got, ("ValueError", [False, True], False), what)
### END HIDDEN TESTS
expect.passed("other names and other ranks are refused by name")

# %% [markdown]
# <details><summary>Another way</summary>
#
# Where the lengths agree, NumPy compares axis by axis:
#
# ```python
# low, usual, high = map(np.array, three)
# if (low > usual).any() or (usual > high).any():
#     raise ValueError(f"{name}: {three}")
# ```
#
# </details>

# %% [markdown]
# ### What does the largest batch cost?
#
# The third of TensorRT's five optimizations is **dynamic tensor memory**: the builder plans where every tensor lies,
# so that one takes the place of another that is not needed any more. The course's `tensorrt.weigh` builds an engine
# from the ResNet and your profile, reads its measures from the log and throws it away. Of the memory that keeping
# every tensor would take, how much does the plan need?

# %% predict="memory_planned"
guess_memory_planned = None  # percent of what all tensors would take

# %% demo="memory_drawn"
planned = 100 * lesson.draw_memory(profile, files["ResNet"])
told = predictions.beside(guess_memory_planned, planned, "%")
measured["memory planned, of all tensors of 128 images"] = told

# %% [markdown]
# ## How is an engine built?
#
# | step | call |
# |---|---|
# | a config | `builder.create_builder_config()` |
# | a profile | `builder.create_optimization_profile()`, its `.set_shape(name, min, opt, max)` |
# | it goes into the config | `config.add_optimization_profile(…)` |
# | how many targets | `config.num_compute_capabilities = 1` |
# | target 0 | `config.set_compute_capability(trt.ComputeCapability.__members__["SM86"], 0)` |
# | a log with all layers | `config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED` |
# | build | `builder.build_serialized_network(network, config)` |
#
# The last gives a block of TensorRT's own memory, of which `bytes(…)` makes a copy, or `None` where there is no
# engine. Why, only the log says: `with tensorrt.listening() as heard:` hears it while its block runs, then
# `heard.errors()` is a list of the errors in it, and `heard.text()` is all of it.

# %% [markdown]
# ### Exercise 7.3 · Build (4 points · 14 min)
#
# Write `build_engine(path, profile, target)`: parse the file as before and build it, with all layers in the log.
#
# *The trap:* neither step raises anything. A file that is refused and an engine that is `None` are a `RuntimeError`
# here, with the path and the target in its message.
#
# <details><summary>Hint</summary>
# The parser holds the weights: keep it in a variable until the engine is built. A profile without shapes may be added,
# too.
# </details>


# %% solution="build_engine"
def build_engine(path, profile, target):
    """Return a serialized engine, as bytes.

    path: Path of an ONNX file, weights perhaps beside it; target: a GPU, such as "SM86"
    profile: {name: (min, opt, max)}, all > 0, at least of each input with a free axis
    raises: RuntimeError, with path and target in its message, where there is none
    """
    ### BEGIN SOLUTION
    builder, network = new_network()
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(str(path)):
        raise RuntimeError(f"{path}: not parsed, so not built for {target}")
    config = builder.create_builder_config()
    shapes = builder.create_optimization_profile()
    for name, three in profile.items():
        shapes.set_shape(name, *three)
    config.add_optimization_profile(shapes)
    config.num_compute_capabilities = 1
    config.set_compute_capability(trt.ComputeCapability.__members__[target], 0)
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise RuntimeError(f"{path}: no engine for {target}")
    return bytes(engine)
    ### END SOLUTION


# %% test="build_engine_target" points=2
text = "net (float[N, 8] x) => (float[N, 8] y) { a = Tanh (x)\n y = Relu (a) }"
path = lesson.write_graph(text, lesson.new_path("net.onnx"))
shapes = {"x": ((1, 8), (4, 8), (16, 8))}
copied = "bytes(…) of what build_serialized_network returns is a copy that is yours"
none = "nothing came back: is a return missing, or was there no engine?"
unset = "no target was set: TensorRT-RTX then builds for SM80 and whatever came later"
with tensorrt.counted_where_it_runs():
    for target in ("SM89", "SM120"):
        what = f"build_engine(path, {{'x': …}}, {target!r})"
        engine, _ = lesson.built(build_engine, path, shapes, target)
        kind, causes = type(engine).__name__, {none: "NoneType"}
        expect.equal(kind, "bytes", f"the type of {what}", causes=causes, likely=copied)
        got, wanted = lesson.targets_of(engine), [target.lower()]
        what = f"the target written in {what}"
        expect.equal(got, wanted, what, causes={unset: ["sm80"]})
        print(f"{target}: an engine of {len(engine):,} bytes")
    text = "net (float[2, 8] x) => (float[2, 8] y) { y = Relu (x) }"
    path = lesson.write_graph(text, lesson.new_path("fixed.onnx"))
    engine, _ = lesson.built(build_engine, path, {}, "SM86")
    what = "the target of a network without a free axis, and an empty profile"
    expect.equal(lesson.targets_of(engine), ["sm86"], what)
### BEGIN HIDDEN TESTS
with tensorrt.counted_where_it_runs(), fresh_draw() as rng:
    path, engines = lesson.new_path("fresh v1.5"), []
    for target in rng.permutation(["SM75", "SM80", "SM86", "SM121"]).tolist():
        name, width = f"x{rng.integers(10**6)}", int(rng.integers(2, 40))
        shape = f"float[N, {width}]"  # covers: path of an onnx file
        text = f"net ({shape} {name}) => ({shape} y) {{ y = Tanh ({name}) }}"
        lesson.write_graph(text, path)  # at the same place, another file each time
        engine, _ = lesson.built(build_engine, path, {name: ((1, width),) * 3}, target)
        got = type(engine).__name__, lesson.targets_of(engine)
        # covers: a serialized engine, as bytes | target: a gpu, such as
        expect.equal(got, ("bytes", [target.lower()]), f"a fresh engine for {target}")
    wanted = tensorrt.build.__wrapped__(path, {name: ((1, width),) * 3}, target).engine
    expect.equal(engine[:8], wanted[:8], "the first bytes of an engine")
    fixed = "net (float[2, 64] x) => (float[2, 64] y) <float[64, 64] w = {0}> "
    for _ in range(2):
        lesson.write_graph(fixed + "{ y = MatMul (x, w) }", path)
        before = lesson.draw_weights(path, rng)
        # covers: at least of each input
        engines.append(lesson.built(build_engine, path, {}, "SM86")[0])
        expect.unchanged(path, before, "the file after build_engine")
    for value in (1.0, 2.0):  # covers: weights perhaps beside it
        lesson.model_outside(path, value)
        shapes = {"x": ((1, 8), (2, 8), (3, 8))}
        engines.append(lesson.built(build_engine, path, shapes, "SM86")[0])
    text = "net (float[2, 700] x) => (float[2, 700] y) <float[700, 700] w = {0}> "
    lesson.write_graph(text + "{ y = MatMul (x, w) }", path)
    lesson.draw_weights(path, rng)  # 700 × 700 × 4 bytes, of which none is left out
    size = len(lesson.built(build_engine, path, {}, "SM86")[0])
    what = "the bytes of an engine with 1,960,000 bytes of weights"
    expect.true(size > 1_960_000, what, expected="more than of weights", got=size)
    differ = len({*engines}) == len(engines)
    what = "engines of one path, whose weights (in the file, then beside it) changed"
    expect.true(differ, what, expected="four", got="the same one twice")
### END HIDDEN TESTS
if tensorrt.usable(trt):
    expect.passed("engines, for GPUs that may be anywhere")

# %% test="build_engine_profile" points=1
text = "net (float[N, 8] x, float[M, 4] c) => (float[N, 8] y, float[M, 4] z) "
text += "{ y = Relu (x)\n z = Tanh (c) }"
path = lesson.write_graph(text, lesson.new_path("two_inputs.onnx"))
wanted = {"x": ((2, 8), (5, 8), (9, 8)), "c": ((1, 4), (1, 4), (3, 4))}
with tensorrt.counted_where_it_runs():
    _, log = lesson.built(build_engine, path, dict(wanted), "SM86")
    got, what = lesson.shapes_of(log), "the shapes that the log of the build tells of"
    causes = {"the log has no details: config.profiling_verbosity": {}}
    expect.equal(got, lesson.as_lists(wanted), what, causes=causes)
### BEGIN HIDDEN TESTS
with tensorrt.counted_where_it_runs(), fresh_draw() as rng:
    text = "net (float[N, 8] x, float[2, 3] fixed, float[A, 3, B, 5, C] c, float[S] d, "
    text += "float[3, M, 2] e, float[2, L] g) => (float[N, 8] y, float[2, 3] f, "
    text += "float[A, 3, B, 5, C] z, float[S] e2, float[3, M, 2] e3, float[2, L] g2) "
    text += "{ y = Relu (x)\n f = Relu (fixed)\n z = Tanh (c)\n e2 = Relu (d)\n "
    text += "e3 = Relu (e)\n g2 = Relu (g) }"
    path, nodes = lesson.new_path("many_inputs.onnx"), {"y", "f", "z", "e2", "e3", "g2"}
    lesson.write_graph(text, path, **{node: f"node/{node}" for node in nodes})
    low, usual, high = (int(n) for n in np.cumsum(rng.integers(1, 20, size=3)))
    wanted = {  # not in the order of the network's inputs
        "d": ([usual], [usual], [usual]),
        "c": ((1, 3, low, 5, 1), (low, 3, usual, 5, 2), (usual, 3, high, 5, 4)),
        "x": [(low, 8), (usual, 8), (high, 8)],
        "g": ((2, low), (2, low), [2, high]),
        "e": [[3, low, 2], [3, usual, 2], [3, high, 2]],
    }
    given = copy.deepcopy(wanted)
    build = lambda path, shapes, target: build_engine(
        target=target, profile=shapes, path=path
    )
    _, log = lesson.built(build, path, given, "SM89")
    expect.equal(expect.after(given), wanted, "the profile after build_engine")
    wanted = lesson.as_lists(wanted) | {"fixed": [[2, 3]] * 3}
    what = "fresh shapes, as the log tells of them"  # covers: {name: (min, opt, max)}
    expect.equal(lesson.shapes_of(log), wanted, what)
    layers = tensorrt.layers.__wrapped__(log)  # covers: with all layers in the log
    told = sorted(node for layer in layers for node in layer.nodes)
    what = "the nodes that the log tells of"
    expect.equal(told, sorted(f"node/{node}" for node in nodes), what)
    text = "net (float[2, 3] a, float[4] b) => (float[2, 3] y, float[4] z) "
    text += "{ y = Relu (a)\n z = Tanh (b) }"
    chosen = rng.integers(1, 9, size=(2, 12, 3)).cumsum(2)
    ends = [", ".join(f"float[N{k}] {end}{k}" for k in range(12)) for end in "xy"]
    nodes = "\n".join(f"y{k} = Relu (x{k})" for k in range(12))
    path = lesson.new_path("twelve.onnx")
    lesson.write_graph(f"net ({ends[0]}) => ({ends[1]}) {{ {nodes} }}", path)
    for drawn in chosen.tolist():  # one file and target, twelve inputs, other shapes
        wanted = {f"x{k}": [[n] for n in three] for k, three in enumerate(drawn)}
        _, log = lesson.built(build, path, copy.deepcopy(wanted), "SM89")
        what = "the shapes of twelve inputs, as the log tells of them"
        expect.equal(lesson.shapes_of(log), wanted, what)
    all_fixed = {"a": ((2, 3),) * 3}, {}, {"b": [[4]] * 3, "a": [[2, 3]] * 3}
    for shapes in all_fixed:  # covers: at least of each input
        path = lesson.new_path("fixed.onnx")
        lesson.write_graph(text, path, y="node/y", z="node/z")
        _, log = lesson.built(build_engine, path, shapes, "SM89")
        layers = tensorrt.layers.__wrapped__(log)
        told = sorted(node for layer in layers for node in layer.nodes)
        what = f"the nodes in the log, no axis free, profile {shapes}"
        expect.equal(told, ["node/y", "node/z"], what)
### END HIDDEN TESTS
if tensorrt.usable(trt):
    expect.passed("all three shapes of both inputs, and a log with details")

# %% test="build_engine_refuses" points=1
dense = lesson.write_graph(lesson.DENSE, lesson.new_path("dense.onnx"))
det = lesson.write_graph(lesson.DET, lesson.new_path("det.onnx"))
shapes = {"x": ((1, 8), (4, 8), (16, 8))}
missing = "ask whether the file was parsed, and whether there is an engine"
unset = "is the target set?"
refused = {
    "a free axis without a profile": (missing, dense, {}, "SM86"),
    "an operator that TensorRT lacks": (missing, det, {}, "SM86"),
    "float32 products on SM75, which lacks them": (unset, dense, shapes, "SM75"),
}
with tensorrt.counted_where_it_runs():
    for why, (cause, path, given, target) in refused.items():
        kind, message = lesson.outcome(build_engine, path, given, target)
        causes, likely = {cause: "no error"}, lesson.wanted_by(message)
        if "NoneType" in message:
            causes["there is no engine, but None: ask before bytes(…)"] = "TypeError"
        what = f"build_engine for {why}"
        expect.equal(kind, "RuntimeError", what, causes=causes, likely=likely)
        both = str(path) in message and target in message
        wanted = f"{path} and {target} in it"
        expect.true(both, "its message", expected=wanted, got=message)
### BEGIN HIDDEN TESTS
with tensorrt.counted_where_it_runs(), fresh_draw() as rng:
    dense = lesson.write_graph(lesson.DENSE, lesson.new_path("dense.onnx"))
    two = "net (float[N, 2] x, float[M] c) => (float[N, 2] y, float[M] z) "
    two += "{ y = Relu (x)\n z = Relu (c) }"
    one = {"x": ((1, 2), (2, 2), (int(rng.integers(3, 99)), 2))}
    odd = "net (float[2, N] x) => (float[2, N] y) { y = own.ops.Odd (x) }"
    refused = {  # covers: neither step raises | is refused and an engine that is none
        "an operator that TensorRT lacks": (lesson.DET, {}),
        "an operator that nobody knows": (odd, {"x": ((2, 1),) * 3}),
        "a free axis without a profile": (two, {}),
        "a free axis without a profile, beside one with": (two, one),
        "a profile out of order": (two, one | {"c": ((9,), (8,), (8,))}),
        "a profile with another number of axes": (two, one | {"c": ((1, 1),) * 3}),
        "a profile for another width": (two, {"c": ((1,),) * 3, "x": ((1, 3),) * 3}),
    }
    for why, (text, shapes) in refused.items():
        path = lesson.new_path(f"net_{rng.integers(10**9)}.onnx")
        lesson.write_graph(text, path)
        target = str(rng.choice(["SM80", "SM89", "SM120"]))
        kind, message = lesson.outcome(build_engine, path, shapes, target)
        # covers: with path and target in its message
        got = kind, str(path) in message, target in message
        expect.equal(got, ("RuntimeError", True, True), f"build_engine for {why}")
    shapes = {"x": ((1, 8), (4, 8), (int(rng.integers(5, 99)), 8))}
    kind, message = lesson.outcome(build_engine, dense, shapes, "SM75")
    got = kind, str(dense) in message, "SM75" in message
    expect.equal(got, ("RuntimeError", True, True), "float32 products on SM75")
    lesson.built(build_engine, dense, shapes, "SM86")
### END HIDDEN TESTS
if tensorrt.usable(trt):
    expect.passed("what cannot be built is said")

# %% [markdown]
# ### Do six kinds of GPU need six engines?
#
# The trained ResNet by your function, for each target, and, by `tensorrt.weigh`, one engine for four of them at once.
# How large is that one?

# %% predict="four_targets"
guess_four_targets = None  # times as large as the largest for one of the four

# %% demo="six_targets"
batches = lesson.batches(profile, 1, 8, 32)  # 1 to 32 images, fast at 8
times = lesson.show_targets(build_engine, files["ResNet"], batches)
told = predictions.beside(guess_four_targets, times, "×")
measured["one engine for four kinds of GPU, over one for one"] = told

# %% [markdown]
# An engine for several GPUs costs little here, because TensorRT-RTX leaves the last choice of kernels to the machine
# that loads it. The full TensorRT makes that choice while it builds, by timing kernels on the GPU at hand: its engines
# belong to one kind of GPU, and it builds on that kind only. SM75 has no products of float32 in TensorRT-RTX.

# %% [markdown]
# ## What has been fused?
#
# The log of a detailed build has one message that begins with the line `Layers:`. Each further line up to the first
# empty one is a layer of the engine: its name, its kind, its inputs, weights (*Constants*) and outputs with their
# types, the kernel (*TacticName*), the stream, and, as *Metadata*, the names of the ONNX nodes that it stands for.
# Here is one, of a convolution and a Relu, broken at its parts; in the log it is a single line.

# %% demo="one_layer"
lesson.show_a_layer()

# %% [markdown]
# ### Exercise 7.4 · Read the layers (3 points · 14 min)
#
# Write `engine_layers(log)`: the engine's layers in order, each with its name, the types of its outputs, and its ONNX
# nodes.
#
# *The trap:* between two nodes stands a character that you do not see, `"\x1f"`; inputs and weights have types, too.
#
# <details><summary>Hint</summary>
# <code>re.findall(r"Datatype: (\w+)", part)</code> finds all types in a part of a line;
# <code>line.partition("Outputs: ")</code> gives what stands before and after a word. A node's name begins behind
# <code>[ONNX Layer: </code> and ends before <code>]</code>, with <code>"\x1f"</code> or the line's end behind it.
# </details>


# %% solution="engine_layers"
def engine_layers(log):
    r"""Return the engine's layers from the log of a detailed build.

    log: the whole log, lines separated by "\n"; others stand before and after the list
    returns: a list with a dict for each layer, in the log's order, [] where none is
        listed:
        "name": str
        "types": list of str, the types of its outputs
        "nodes": list of str, names of the ONNX nodes in it (some hold []), log order
    """
    found, listing = [], False
    for line in log.split("\n"):
        if line == "Layers:":
            listing = True
        elif listing and not line:
            break
        elif listing:
            ### BEGIN SOLUTION
            name = re.match(r"Name: (.*?), LayerType: ", line)[1]
            outputs, _, origins = line.partition("Outputs: ")[2].partition("Metadata:")
            types = re.findall(r"Datatype: (\w+)", outputs)
            nodes = re.findall(r"\[ONNX Layer: ([^\x1f]*)\]", origins)
            found.append({"name": name, "types": types, "nodes": nodes})
            ### END SOLUTION
    return found


# %% test="engine_layers_names" points=1
names = ["zeta_0", "/2/conv-a_myl0_1", "move 3, myl0_2"]
lines = [lesson.layer_line(name, ["Float"], [], ["Half"], ["a"]) for name in names]
log = lesson.written_log(lines)
whole = "a name is all between `Name: ` and `, LayerType: `, with / and - and commas"
found_none = f"a pattern found nothing in a line; {whole}"
none = lambda _, message: found_none if "NoneType" in message else ""
what = "engine_layers(log)"
got = lesson.returned(engine_layers, log, what=what, wanted="a list", likely=none)
expect.true(type(got) is list, what, expected="a list of dicts", got=got)
likely = "the layers stand between the line `Layers:` and the first empty one"
what = "how many layers engine_layers finds in a log with 3"
expect.equal(len(got), 3, what, likely=likely)
for layer in got:
    expect.keys(layer, ["name", "types", "nodes"], "a layer of engine_layers(log)")
causes = {"keep the log's order": sorted(names)}
got, what = [layer["name"] for layer in got], "the names, in the log's order"
expect.equal(got, names, what, causes=causes, likely=whole)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    numbers = rng.integers(10**6, size=rng.integers(3, 9))
    names = [f"/layer-{number}, myl_{k}" for k, number in enumerate(numbers)]
    names += [
        "{ForeignNode[/a/Conv + b.1:0]}",
        "/b[0]/Conv",
        " odd (name) ",
        "Ünit",
        "9",
    ]
    names += [names[0], "long_" * 900]
    names += [f"{'long_' * 60}{k}" for k in range(int(rng.integers(1010, 1050)))]
    kinds = ["Int8"], ["Half"], ["Float"]
    # Layers of all kinds, with and without a kernel, on several streams.
    line = lambda name, form=0: lesson.layer_line(name, *kinds, ["n"], form)
    lines = [line(name, form) for form, name in enumerate(names)]
    odd = "\x0b\x0c\r\x1c\x1d\x1e\x85\u2028\u2029"
    names += [f"a{mark}b" for mark in odd]
    lines += [line(f"a{mark}b") for mark in odd]
    lines[1] = lines[1].replace("__myl", f"__m{odd}")  # covers: separated by "\n"
    ghost = line("ghost")  # outside of the list of layers
    log = lesson.written_log(lines)
    ghosts = f"{ghost}\n" * 500
    # covers: others stand before and after
    log = f"Fused Layers:\n{ghosts}\n\nLayers: 9\n{ghost}\n{log}\n{ghosts}\n\n{ghost}\n"
    got = engine_layers(log)
    # covers: the engine's layers in order | list with a dict for each | engine's layers
    expect.true(type(got) is list, "engine_layers", expected="a list", got=got)
    expect.equal([each["name"] for each in got], names, "the names of fresh layers")
    keys = sorted({*map(type, got)} | {key for each in got for key in each}, key=str)
    expect.equal(keys, [dict, "name", "nodes", "types"], "dicts, and their keys")
    got = lesson.column(engine_layers, "name", lines[:1])
    expect.equal(got, names[:1], "the names in a log of one layer")
    logs = "Original: 3 layers", "", ghost, f"no Layers:\n{ghost}\n\n"
    empty = f"{ghost}\nLayers:\n\n{ghost}\n\n", f"Layers: 9\nLayers:\n\n{ghost}"
    for log in (*logs, *empty, lesson.written_log([])):
        what = f"engine_layers of {log!r:.40}"  # covers: [] where none is listed
        expect.equal(engine_layers(log), [], what)
### END HIDDEN TESTS
expect.passed("the engine's layers and nothing else")

# %% test="engine_layers_types" points=1
kinds = ["Half", "Float"], ["Float"], ["Int8", "Half", "Int8"]  # in, weights, out
lines = [lesson.layer_line("conv", *kinds, ["a"])]
lines += [lesson.layer_line("wait", [], [], [], [])]
several = "one type for each output, repeated where they are the same"
all_six = [kind for each in kinds for kind in each]
causes = {
    "the types of inputs and weights are among these": [all_six, []],
    "these are the inputs' types": [["Half", "Float"], []],
    "these are the types of weights and outputs": [all_six[2:], []],
    "each output has a type, and a layer may have several": [["Int8"], []],
    several: [["Half", "Int8"], []],
    f"{several}, in their order": [["Int8", "Half"], []],
    "in the outputs' order": [["Half", "Int8", "Int8"], []],
}
got = lesson.column(engine_layers, "types", lines)
expect.equal(got, [kinds[2], []], "the types of two layers' outputs", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    some = [
        "Float",
        "Half",
        "Int8",
        "Int32",
        "Int64",
        "BFloat16",
        "FP8",
        "Bool",
        "UInt8",
        "Int4",
        "FP4",
        "E8M0",
    ]
    draw = lambda n: [str(kind) for kind in rng.choice(some, size=n)]
    outputs = [draw(n) for n in (1, 0, 4, 2, 1, 0)] + [some, ["Half"] * 3, some[::-1]]
    outputs += [draw(int(rng.integers(110, 130))), *(draw(k % 3) for k in range(90))]
    # covers: inputs and weights have types, too | the types of its outputs
    line = lambda k, kinds: lesson.layer_line(
        f"l{k}", draw(k % 4), draw(k % 3), kinds, ["a"], k
    )
    lines = [line(k, kinds) for k, kinds in enumerate(outputs)]
    lines = [each.replace(" t0,", " t\x0b\x1e\x85\u2028,") for each in lines]
    got = lesson.column(engine_layers, "types", lines)
    expect.equal(got, outputs, "the types of fresh layers")
    for kind in ("Int32", "Int64", "Float"):  # logs of one length
        one = lesson.layer_line("one", ["Int8"], ["Half"], [kind], ["a"])
        got = lesson.column(engine_layers, "types", [one])
        expect.equal(got, [[kind]], "the type in a log of one layer")
    got = lesson.column(engine_layers, "types", lines[1:2])
    expect.equal(got, [[]], "the types of one layer without outputs")
### END HIDDEN TESTS
expect.passed("the types of all outputs, and of outputs only")

# %% test="engine_layers_nodes" points=1
nodes = ["/a/Conv", "relu_1", "add-2"]
lines = [lesson.layer_line("conv", ["Float"], [], ["Float"], nodes)]
lines += [lesson.layer_line("move", [], [], [], [])]
unseen = ["/a/Conv]\x1f[ONNX Layer: relu_1]\x1f[ONNX Layer: add-2"]
causes = {
    "the separator that you do not see is part of this": [unseen, []],
    "several nodes may be fused into one layer": [["/a/Conv"], []],
    "nodes of a layer without origin: an empty list": [nodes, [""]],
    "keep the log's order": [sorted(nodes), []],
    "names may have / and - in them": [["relu_1", "add"], []],
    "names may have - in them": [["/a/Conv", "relu_1", "add"], []],
}
got = lesson.column(engine_layers, "nodes", lines)
expect.equal(got, [nodes, []], "the ONNX nodes of two layers", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    odd = [
        "/a/b.1/Conv",
        "/blocks[0]/Conv",
        "[c]",
        "[d]]",
        "a: b",
        " e",
        "add-2",
        "x:0",
        "a, b",
        "(c)",
        "node_Größe",
        "b ",
        "Z",
        "a",
        "7",
    ]
    draw = lambda n: [f"node {k}" for k in rng.integers(10**6, size=n)]
    nodes = [draw(n) for n in (1, 0, 5, 2, 12, 0)] + [odd, odd[::-1], ["myl"]]
    nodes += [
        draw(int(rng.integers(260, 300))),
        ["long/" * 900],
        *([odd[k % 5]] for k in range(90)),
    ]
    line = lambda k, each: lesson.layer_line(f"l{k}", ["Half"], [], ["Half"], each, k)
    nodes.append([f"a{mark}b" for mark in "\x0b\x0c\r\x1c\x1d\x1e\x85\u2028\u2029"])
    lines = [line(k, each) for k, each in enumerate(nodes)]
    lines[3] = lines[3].replace("__myl", "__m\x1ey\x85l\u2028")
    # covers: between two nodes stands a | names of the onnx nodes in it
    got = lesson.column(engine_layers, "nodes", lines)
    expect.equal(got, nodes, "the ONNX nodes of fresh layers")
    got = lesson.column(engine_layers, "nodes", lines[1:2])
    expect.equal(got, [[]], "the ONNX nodes of one layer without any")
### END HIDDEN TESTS
expect.passed("what was fused into each layer")

# %% [markdown]
# <details><summary>Another way</summary>
#
# Without patterns, by words that stand before and after:
#
# ```python
# lines = iter(log.split("\n"))
# listing = itertools.takewhile(bool, lines) if "Layers:" in lines else []
# part = line.split("Outputs: ")[1].split("TacticName: ")[0]
# types = [kind.split(",")[0] for kind in part.split("Datatype: ")[1:]]
# ```
#
# </details>

# %% [markdown]
# ### Which layers of the ResNet became one?
#
# Left the ONNX nodes, right the layers of your engine, joined where your `engine_layers` says so. This is **vertical
# fusion**: a convolution, the bias in it, the Relu after it and even the addition of the shortcut run as one kernel,
# and what lies between them never goes to memory. Layers without an ONNX node turn data to another layout, or compute
# shapes. A node without a line, the Reshape, costs nothing: the same bytes are read with another shape.
#
# The ResNet's nodes are counted in the table of 7.1. How many layers compute them?

# %% predict="resnet_layers"
guess_resnet_layers = None  # layers with ONNX nodes in them

# %% demo="fusion_drawn"
log = lesson.log_of(build_engine, files["ResNet"], batches)
layers = lesson.draw_fusion(engine_layers, log, files["ResNet"])
told = predictions.beside(guess_resnet_layers, layers, " layers")
measured["the ResNet's nodes became"] = told

# %% demo="before_and_after"
lesson.show_before_and_after(engine_layers, build_engine, files)

# %% [markdown]
# ### Are there fusions that this ResNet does not show?
#
# **Horizontal fusion** makes one layer of several that read the same tensor; **concat elimination** lets each branch
# write straight into its part of the result. Below, three dense layers, then three convolutions, each side by side
# and concatenated.

# %% demo="side_by_side"
lesson.show_side_by_side(engine_layers, build_engine)

# %% [markdown]
# The three dense layers have become one product, followed by one kernel that does the rest, concatenation included.
# The three convolutions are not merged, but their concatenation is in no layer: each writes where its result belongs.

# %% [markdown]
# ## What does half precision take?
#
# A float16 has half the bytes; on GPUs with tensor cores it is also the faster type (1.5 to 2 times, says the talk
# quoted below). For TensorRT you used to set a flag. Today the file decides: export the module in half precision, and
# the engine is half precision.
#
# `module.half()` turns all weights into float16, **in place**, and the module then wants float16 inputs. The quick
# exporter of lesson 03, `to_onnx_torchscript(model, example, path)`, compares the module with the file, and float16
# has 11 bits for a number: `tolerance=1e-2` tells it how much they may differ.

# %% readonly="exporter"
from course_utils.export import to_onnx_torchscript

# %% [markdown]
# ### Exercise 7.5 · Half precision (2 points · 5 min)
#
# Write `half_precision(model, path)`: the model as an ONNX file in float16. The caller's model stays as it was:
# weights, buffers, mode.
#
# *The trap:* `copy.deepcopy(model)` is yours to change.
#
# <details><summary>Hint</summary>
# The example has the shape <code>(2, 1, 28, 28)</code> and the module's type: <code>torch.rand(…).half()</code>.
# </details>


# %% solution="half_precision"
def half_precision(model, path):
    """Write the model as an ONNX file whose weights are float16, and so is all that is
    computed with them; inputs and outputs may be float32.

    model: a torch.nn.Module in float32, from images (n, 1, 28, 28) to scores (n, 10);
        it is not changed; of a model in training mode, the file is that of eval mode
    path: Path of the file to write, weights in it
    returns: path
    """
    ### BEGIN SOLUTION
    half = copy.deepcopy(model).half()
    image = torch.rand(2, 1, 28, 28).half()
    return to_onnx_torchscript(half, image, path, tolerance=1e-2)
    ### END SOLUTION


# %% test="half_precision_engine" points=1
net, x = lesson.dense_net(1)
whole = to_onnx_torchscript(net, x, lesson.new_path("whole.onnx"))
half = half_precision(net, lesson.new_path("half.onnx"))
half = lesson.file_of(half, "half_precision(model, path)")
with tensorrt.counted_where_it_runs():
    before, after = lesson.weigh_images(whole), lesson.weigh_images(half)
    expect.equal(after.refused, "", "what TensorRT says against the file")
    share = after.engine_bytes / before.engine_bytes
    sizes = f"{before.engine_bytes:,} bytes before, {after.engine_bytes:,} after"
    print(f"engines: {sizes} ({share:.2f})")
    likely = f"the file's types are the engine's; in this one {', '.join(after.types)}"
    what, wanted = "the engine's size over that of float32", "at most 0.6"
    expect.true(share <= 0.6, what, expected=wanted, got=share, likely=likely)
### BEGIN HIDDEN TESTS
with tensorrt.counted_where_it_runs(), fresh_draw() as rng:
    net, x = lesson.dense_net(int(rng.integers(10**6)), int(rng.integers(700, 1000)))
    wanted, path = net(x).detach().numpy(), lesson.new_path("half.onnx")
    whole = to_onnx_torchscript(net, x, lesson.new_path("whole.onnx"))
    path.write_bytes(b"what was there before")  # covers: path of the file to write
    got, left = half_precision(net, path), expect.after(path)
    same = Path(got).absolute() == path.absolute()  # covers: returns: path
    expect.true(same, "what it returns", expected=str(path), got=str(got))
    # covers: to write, weights in it
    expect.equal(len(lesson.model_files(left)), 1, "how many files the model has")
    # covers: inputs and outputs may be | as an onnx file in float16
    before, after = lesson.weigh_images(whole), lesson.weigh_images(left)
    share = after.engine_bytes / before.engine_bytes
    small = 0 < share <= 0.6 and "Half" in after.types
    expect.true(small, "a fresh engine", expected="at most 0.6", got=share)
    expect.close(lesson.scores_of(left, x), wanted, "the scores", atol=1e-3)
### END HIDDEN TESTS
if tensorrt.usable(trt):
    expect.passed("an engine of about half the size")

# %% test="half_precision_scores" points=1
net, x = lesson.dense_net(2)
wanted, before = net(x).detach().numpy(), copy.deepcopy(net.state_dict())
path = half_precision(net, lesson.new_path("half.onnx"))
path = lesson.file_of(path, "half_precision(model, path)")
got, likely = lesson.scores_of(path, x), "is this the model that was given?"
expect.close(got, wanted, "the scores of the file", atol=5e-3, likely=likely)
left = expect.after(net)  # what the call made of it
kinds = {str(weight.dtype) for weight in left.parameters()}
what = "the types of the caller's model after half_precision"
likely = ".half() changes the module itself; work on a deep copy"
expect.equal(kinds, {"torch.float32"}, what, likely=likely)
weights = left.state_dict()
same = all(torch.equal(weight, before[name]) for name, weight in weights.items())
what = "the weights of the caller's model"
likely = "float16 and back rounds them; work on a deep copy"
expect.true(same, what, expected="as they were", got="changed", likely=likely)
kinds = {weight.data_type for weight in onnx.load(path).graph.initializer}
kinds = sorted(map(onnx.TensorProto.DataType.Name, kinds))
what = "the types of the weights in the file"
expect.true("FLOAT" not in kinds, what, expected="FLOAT16", got=kinds)


### BEGIN HIDDEN TESTS
from course_utils.lessons.tensorrt_engines.watched import Chosen, Watched


def not_half(path):
    """What a file holds, or computes, in another float than float16."""
    model = onnx.shape_inference.infer_shapes(onnx.load(path))
    kinds = {each.name: each.data_type for each in model.graph.initializer}
    for each in (*model.graph.value_info, *model.graph.output):
        kinds[each.name] = each.type.tensor_type.elem_type
    nodes = [node for node in model.graph.node if node.op_type != "Cast"]
    names = [*(each.name for each in model.graph.initializer)]
    names += [name for node in nodes for name in node.output]
    others = {
        getattr(onnx.TensorProto, each) for each in ("FLOAT", "DOUBLE", "BFLOAT16")
    }
    return [name for name in names if kinds.get(name) in others]


with fresh_draw() as rng:
    torch.manual_seed(int(rng.integers(10**6)))
    first = Watched(torch.nn.Conv2d(1, 4, 3, 2), torch.nn.ReLU())
    layers = first, torch.nn.BatchNorm2d(4), torch.nn.AdaptiveAvgPool2d(1)
    layers += torch.nn.Flatten(), torch.nn.Dropout(0.5), Chosen(4)
    # In training mode, its first part in eval mode.
    conv = Watched(Watched(*layers), torch.nn.Dropout(0.5), torch.nn.Linear(4, 10))
    some = torch.from_numpy(3 * rng.random((8, 1, 28, 28), np.float32))
    conv(some)  # its buffers are now others than at the start
    conv[0].eval()
    conv[2].weight.requires_grad_(False)
    part = copy.deepcopy(conv).eval()  # in eval mode, a part of a part in training mode
    part[0][0].train()
    part[0][1].train()
    seed, width = int(rng.integers(10**6)), int(rng.integers(100, 300))
    dense, x = lesson.dense_net(seed, width)
    again, _ = lesson.dense_net(seed + 1, width)  # other weights of the same shapes
    with torch.no_grad():
        again[1].weight[0, :3] = torch.tensor([200.0, -300.0, 150.0])
    x = 5 * x - 2  # images of any numbers
    path = lesson.new_path("half v1.5")
    nets = {"convolutions": conv, "dense layers": dense, "other weights": again}
    for what, net in (nets | {"a part in training mode": part}).items():
        what = f"a fresh model of {what}"  # covers: a torch.nn.module in float32
        # covers: the file is that of eval mode
        wanted = copy.deepcopy(net).eval()(x).detach().numpy()
        held = lambda net: {**dict(net.named_parameters()), **dict(net.named_buffers())}
        before = {k: each.detach().numpy().copy() for k, each in held(net).items()}
        half_precision(net, path)
        left = expect.after(path)
        # covers: whose weights are float16, and so is all that
        expect.equal(not_half(left), [], f"what is not float16 in {what}")
        atol = 1e-3 * float(np.ptp(wanted))
        for n in (16, 1, 130):  # covers: from images (n, 1, 28, 28) to
            places = np.arange(n) % len(x)
            got = lesson.scores_of(left, x[places])
            expect.close(got, wanted[places], f"{n} scores of {what}", atol=atol)
        # covers: model stays as it was | it is not changed | is yours to change
        now = held(expect.after(net))
        now = {name: each.detach().numpy() for name, each in now.items()}
        for name, weights in before.items():
            kind = str(now[name].dtype)
            expect.equal(kind, str(weights.dtype), f"the type of {name} afterwards")
            expect.close(now[name], weights, f"{name} of {what}, afterwards", atol=0.0)
        grads = {k: each.requires_grad for k, each in net.named_parameters()}
        got = {
            k: expect.after(each).requires_grad for k, each in net.named_parameters()
        }
        expect.equal(got, grads, f"requires_grad of {what}, afterwards")
### END HIDDEN TESTS
expect.passed("the same scores, and the model as it was")

# %% [markdown]
# <details><summary>Another way</summary>
#
# Not the module but its float32 file is converted; inputs and outputs stay float32:
#
# ```python
# from onnxruntime.transformers.float16 import convert_float_to_float16
# whole = onnx.load(to_onnx_torchscript(model, torch.rand(2, 1, 28, 28), path))
# onnx.save(convert_float_to_float16(whole, keep_io_types=True, op_block_list=[]), path)
# ```
#
# </details>

# %% [markdown]
# ### What does half precision halve?
#
# The trained ResNet. Its accuracy is measured in ONNX Runtime, which runs float16 on a CPU, too, if not faster; its
# optimizations are off, so that the file alone decides, and not this processor.

# %% demo="half_measured"
half_file = work / "resnet_half.onnx"
files["ResNet, float16"] = half_precision(lesson.resnet(), half_file)
engines = lesson.show_engines(files)
share = engines["ResNet, float16"].engine_bytes / engines["ResNet"].engine_bytes
measured["float16 engine over float32"] = f"{share:.2f}×"

# %% [markdown]
# ## Why is lesson 06's int8 refused?
#
# On a CPU int8 wants unsigned activations with a zero point, and int32 biases. TensorRT rounds $x / s$ to *signed*
# 8 bits, with no zero point, and adds biases in float. `quantize_static` can write both:
#
# | argument | meaning |
# |---|---|
# | `activation_type`, `weight_type` | `QuantType.QUInt8` or `QuantType.QInt8` |
# | `quant_format=QuantFormat.QDQ` | float operators between `QuantizeLinear`/`DequantizeLinear` pairs |
# | `quant_format=QuantFormat.QOperator` | integer operators |
# | `extra_options={…}`, a dict | each of these `True` or `False`: |
# | … `"ActivationSymmetric"`, `"WeightSymmetric"` | zero points are 0 |
# | … `"QuantizeBias"` | biases become int32 |

# %% readonly="given_cpu_recipe"
from onnxruntime.quantization import QuantFormat, QuantType, quantize_static


def cpu_recipe(path, out, reader):
    """Quantize for a CPU, as lesson 06 does; return out."""
    kinds = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
    quantize_static(path, out, reader, **kinds)
    return out


# %% demo="cpu_recipe_refused"
reader, out = lesson.training_images(), work / "resnet_cpu.onnx"
lesson.show_refusal(parse, cpu_recipe(files["ResNet"], out, reader))

# %% [markdown]
# ### Exercise 7.6 · Q/DQ for TensorRT (3 points · 8 min)
#
# Write `tensorrt_qdq(path, out, reader)`: int8 that TensorRT takes, calibrated (MinMax) with all the reader's images.
#
# *The trap:* three things must change, and TensorRT names only the first that it meets.
#
# <details><summary>Hint</summary>
# <code>lesson.weigh_images(path).refused</code> asks TensorRT again. Signed on both sides, zero points of 0 on both
# sides, biases left alone.
# </details>


# %% solution="tensorrt_qdq"
def tensorrt_qdq(path, out, reader):
    """Write an int8 model that TensorRT takes.

    path: Path of a float32 ONNX file; out: Path of the file to write;
        weights in both
    reader: reader.get_next() gives a dict of inputs, each time another, then None
    returns: out. Inputs and weights of every convolution and dense layer (Conv, Gemm,
        MatMul by weights) are int8 with zero point 0, in Q/DQ form
    """
    ### BEGIN SOLUTION
    quantize_static(
        path,
        out,
        reader,
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QInt8,
        weight_type=QuantType.QInt8,
        extra_options={
            "ActivationSymmetric": True,
            "WeightSymmetric": True,
            "QuantizeBias": False,
        },
    )
    return out
    ### END SOLUTION


# %% test="tensorrt_qdq_accepted" points=1
x = np.random.default_rng(3).normal(size=(100, 1, 28, 28)).astype(np.float32)
plain, out = lesson.two_convs(3), lesson.new_path("int8.onnx")
path = tensorrt_qdq(plain, out, lesson.reader_of(x))
path = lesson.file_of(path, "tensorrt_qdq(path, out, reader)")
with tensorrt.counted_where_it_runs():
    weighed = lesson.weigh_images(path)
    expect.equal(weighed.refused, "", "what TensorRT says against the file")
    likely = "TensorRT takes it, but nothing in it is int8: is this the quantized file?"
    what, got, wanted = "the engine's types", weighed.types, "Int8 among them"
    expect.true("Int8" in got, what, expected=wanted, got=got, likely=likely)
    print(
        f"an engine of {weighed.engine_layers} layers with the types {', '.join(got)}"
    )
### BEGIN HIDDEN TESTS
with tensorrt.counted_where_it_runs(), fresh_draw() as rng:
    plain, out = (lesson.new_path(name) for name in ("float v1.5", "int8 v1.5"))
    lesson.write_graph(lesson.MIXED, plain)
    before = lesson.draw_weights(plain, rng)
    x = rng.normal(size=(20, 2, 7, 9)).astype(np.float32)
    # covers: path of a float32 onnx file | names only the first that it meets
    tensorrt_qdq(plain, out, lesson.reader_of(x, "pixels"))
    shapes = {"pixels": ((1, 2, 7, 9), (4, 2, 7, 9), (20, 2, 7, 9))}
    weighed = tensorrt.weigh(expect.after(out), shapes)
    expect.unchanged(plain, before, "the float32 file afterwards")
    # covers: int8 that tensorrt takes | an int8 model that
    got = weighed.refused, "Int8" in weighed.types
    expect.equal(got, ("", True), "what TensorRT says to a fresh file, whether int8")
### END HIDDEN TESTS
if tensorrt.usable(trt):
    expect.passed("TensorRT takes it, as int8")

# %% test="tensorrt_qdq_symmetric" points=1
x = np.random.default_rng(4).normal(size=(100, 1, 28, 28)).astype(np.float32)
plain, out = lesson.two_convs(4), lesson.new_path("int8.onnx")
path = tensorrt_qdq(plain, out, lesson.reader_of(x))
path = lesson.file_of(path, "tensorrt_qdq(path, out, reader)")
others, zeros = lesson.quantized_parts(path)
expect.equal(others, [], "the inputs and weights that are not int8")
likely = "ActivationSymmetric and WeightSymmetric make zero points 0"
expect.equal(zeros, [0], "the zero points in the file", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    plain, out = (lesson.new_path(name) for name in ("float v1.5", "int8 v1.5"))
    lesson.write_graph(
        lesson.MIXED, plain, **{made: f"node_{made}" for made in "acfgmrsy"}
    )
    lesson.draw_weights(plain, rng)
    drawn = onnx.load(plain)
    for weight in drawn.graph.initializer:  # far from symmetric
        values = onnx.numpy_helper.to_array(weight) + np.float32(3)
        weight.CopyFrom(onnx.numpy_helper.from_array(values, weight.name))
    onnx.save(drawn, plain)
    before = plain.read_bytes()
    x = rng.uniform(2, 5, size=(20, 2, 7, 9)).astype(np.float32)
    out.write_bytes(b"what was there before")  # covers: out: path of the file to write
    got = tensorrt_qdq(path=plain, out=out, reader=lesson.reader_of(x, "pixels"))
    same = Path(got).absolute() == out.absolute()  # covers: returns: out
    expect.true(same, "what it returns", expected=str(out), got=str(got))
    expect.unchanged(plain, before, "the float32 file afterwards")
    # covers: inputs and weights of every convolution | three things must change
    left = expect.after(out)  # covers: weights in both
    expect.equal(len(lesson.model_files(left)), 1, "how many files the model has")
    others, zeros = lesson.quantized_parts(left)
    expect.equal(others, [], "a fresh file: what is not int8 in it")
    expect.equal(zeros, [0], "a fresh file: the zero points in it")
    # Dense layers and convolutions of other kinds.
    lesson.write_graph(lesson.PLAIN, plain, **{k: f"node_{k}" for k in "fpyzq"})
    lesson.draw_weights(plain, rng)
    x = rng.random((9, 2, 9), np.float32)
    tensorrt_qdq(plain, out, lesson.reader_of(x, "pixels"))
    parts = lesson.quantized_parts(expect.after(out))
    what = "what is not int8, and the zero points, in a net without biases"
    expect.equal(parts, ([], [0]), what)
### END HIDDEN TESTS
expect.passed("signed, around zero, everywhere")

# %% test="tensorrt_qdq_scores" points=1
plain = lesson.two_convs(5)
for size in (1.0, 20.0):
    x = np.random.default_rng(5).normal(size=(100, 1, 28, 28))
    x = (size * x).astype(np.float32)
    path = tensorrt_qdq(plain, lesson.new_path("int8.onnx"), lesson.reader_of(x))
    path = lesson.file_of(path, "tensorrt_qdq(path, out, reader)")
    images = torch.from_numpy(x)
    wanted, got = (lesson.scores_of(each, images) for each in (plain, path))
    gap = float(np.abs(got - wanted).max() / np.ptp(wanted))
    likely = "the ranges do not come from the reader's images"
    what = f"largest difference over the scores' range, for inputs of size {size:g}"
    expect.true(gap < 0.2, what, expected="less than 0.2", got=gap, likely=likely)
### BEGIN HIDDEN TESTS
from types import SimpleNamespace

from course_utils import runtime

with fresh_draw() as rng:
    plain, out = (lesson.new_path(name) for name in ("float v1.5", "int8 v1.5"))
    # The images of each batch, and which batch and image has the largest number.
    plans = (
        ([1] * 110 + [2], -1, 0),
        ([600, 3, 1], 0, -1),
        ([4], 0, 2),
        ([2, 3, 2], 1, 0),
    )
    plans += (([150] * 8 + [1], -1, 0),)
    for place, (counts, batch, image) in enumerate(plans):
        size = (1000.0, 1.0, 0.01, 30.0, 1.0)[place]
        lesson.write_graph(lesson.MIXED, plain)
        lesson.draw_weights(plain, rng, biases=size)
        batches = [size * rng.normal(size=(n, 2, 7, 9)) for n in counts]
        batches = [each.astype(np.float32) for each in batches]
        largest = 2 * max(float(np.abs(each).max()) for each in batches)
        where = tuple(int(n) for n in rng.integers((2, 7, 9)))
        batches[batch][image][where] = largest * (-1) ** place
        given = iter([{"pixels": batch} for batch in batches])
        reader = SimpleNamespace(get_next=lambda given=given: next(given, None))
        # covers: with all the reader's images | each time another, then none
        tensorrt_qdq(plain, out, reader)
        left = expect.after(out)
        held = lesson.largest_held(left, "pixels")
        fits = held and all(0.9 < each / largest < 1.1 for each in held)
        what = f"the largest number that int8 holds of inputs, {len(counts)} batches"
        expect.true(bool(fits), what, expected=f"about {largest:g}", got=held)
        runs = [runtime.session(each, optimize="disabled") for each in (plain, left)]
        x = np.concatenate(batches)
        wanted, got = (each.run(None, {"pixels": x})[0] for each in runs)
        gap = float(np.abs(got - wanted).max() / np.ptp(wanted))
        what = f"a fresh net, inputs of size {size:g}"
        expect.true(gap < 0.2, what, expected="less than 0.2", got=gap)
    two = "net (float[N, 8] a, float[N, 6] b) => (float[N, 24] y, float[N, 24] z) "
    two += "<float[8, 24] w = {0}, float[6, 24] v = {0}, float[24] c = {0}> "
    two += "{ p = MatMul (a, w)\n y = Relu (p)\n z = Gemm (b, v, c) }"
    lesson.write_graph(two, plain)
    lesson.draw_weights(plain, rng)
    drawn = {"b": 50 * rng.normal(size=(3, 9, 6)), "a": rng.normal(size=(3, 9, 8))}
    drawn = {name: each.astype(np.float32) for name, each in drawn.items()}
    given = iter([{name: each[k] for name, each in drawn.items()} for k in range(3)])
    # covers: gives a dict of inputs
    tensorrt_qdq(plain, out, SimpleNamespace(get_next=lambda: next(given, None)))
    left = expect.after(out)
    x = {name: np.concatenate(each) for name, each in drawn.items()}
    both = [
        runtime.session(each, optimize="disabled").run(["y", "z"], x)
        for each in (plain, left)
    ]
    for end, wanted, got in zip("yz", *both, strict=True):
        gap = float(np.abs(got - wanted).max() / np.ptp(wanted))
        what = f"a net of two inputs, its output {end}"
        expect.true(gap < 0.2, what, expected="less than 0.2", got=gap)
### END HIDDEN TESTS
expect.passed("scores close to those of float32")

# %% [markdown]
# <details><summary>Another way</summary>
#
# Every output channel of a weight may have a scale of its own, so that a channel of small weights keeps more digits;
# `settings` are those of yours:
#
# ```python
# quantize_static(path, out, reader, per_channel=True, **settings)
# ```
#
# </details>

# %% [markdown]
# ### Is the int8 engine the smallest?
#
# The trained ResNet again, with your `tensorrt_qdq`, calibrated on 200 training images. An int8 weight has a quarter of
# a float32's bytes. How large is the engine?

# %% predict="int8_engine"
guess_int8_engine = None  # times as large as that of float32

# %% demo="int8_measured"
reader, out = lesson.training_images(), work / "resnet_int8.onnx"
files["ResNet, int8"] = tensorrt_qdq(files["ResNet"], out, reader)
engines = lesson.draw_engines(files)
times = engines["ResNet, int8"].engine_bytes / engines["ResNet"].engine_bytes
told = predictions.beside(guess_int8_engine, times, "×")
measured["int8 engine over float32"] = told

# %% [markdown]
# The weights shrink as they should; the engine need not. Between two int8 convolutions somebody must bend, add, and
# round to 8 bits again. What was part of the convolution's own kernel in float32 is a kernel of its own here, made to
# measure and kept in the engine: the next table counts them. The more weights a network has, the less that matters.

# %% [markdown]
# ### Where can all five optimizations be seen?
#
# A well-known talk names five things that TensorRT does to a network. Each leaves a trace in the log.

# %% demo="five_optimizations"
kernels = lesson.show_five(engine_layers, build_engine, files, batches)
measured["kernels in an engine"] = kernels

# %% [markdown]
# The kernels marked as left are the point where `tensorrt` and `tensorrt_rtx` part. The first times candidates while
# it builds, on the GPU; the second finishes them when the engine is loaded, and can keep them in a *runtime cache*.

# %% [markdown]
# ## Who builds an engine twice?
#
# Never build an engine for each inference, says the talk; serialize it and use it again. But an engine that is used
# again must be the right one: another model, GPU or version of TensorRT needs another engine. Precision is in the model
# file, and so are the weights, unless they lie in files beside it: `lesson.model_files(path)` gives the paths of all.
#
# And it must be whole. A process may be killed while it writes. So write to another name and rename when all is there:
# `half.replace(path)` happens at once or not at all. Against damage of any other kind helps a **checksum**:
# `hashlib.sha256(data).hexdigest()`.

# %% [markdown]
# ### Exercise 7.7 · Keep engines (3 points · 16 min)
#
# Write the class `EngineCache`. Its `get` returns a kept engine, or builds one and keeps it.
#
# *The trap:* the key is what the model's files hold, not what they are called or how old they are. What is found on the
# disk may be damaged: then it is built again. That you write to another name and rename no test can see, for none can
# kill you in the middle; do it all the same.
#
# <details><summary>Hint</summary>
# One hash of everything the engine depends on can be the file's name; before the engine, the file can hold its
# checksum, 32 bytes by <code>.digest()</code>. <code>hexdigest()</code> is a str, what you read is bytes, and the two
# are never equal: <code>.encode()</code>.
# </details>


# %% solution="engine_cache"
class EngineCache:
    """Engines in a folder (a Path, made where it is missing), built once.

    get(path, target, version, build): the engine (bytes, not b"") for this model,
        target and version (UTF-8 text). Kept in the folder now, by any EngineCache, and
        whole, it is read; else build() gives it; it is kept, nothing where that raises
    """

    def __init__(self, folder):
        ### BEGIN SOLUTION
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        ### END SOLUTION

    def get(self, path, target, version, build):
        ### BEGIN SOLUTION
        parts = [f.read_bytes() for f in lesson.model_files(path)] + [target, version]
        kept = self.folder / hashlib.sha256(repr(parts).encode()).hexdigest()
        data = kept.read_bytes() if kept.exists() else b""
        if hashlib.sha256(data[32:]).digest() != data[:32]:
            data = hashlib.sha256(engine := build()).digest() + engine
            kept.with_suffix(".half").write_bytes(data)
            kept.with_suffix(".half").replace(kept)
        return data[32:]
        ### END SOLUTION


# %% test="engine_cache_builds_once" points=1
folder, asked = lesson.new_path("cache"), lesson.asked  # asked: (engine, builds)
path = lesson.model_outside(lesson.new_path("net.onnx"), 1.0)
cache, engine = EngineCache(folder), b"an engine\nof two lines"
key = path, "SM86", "1.7"
got = asked(cache, *key, engine)
expect.equal(got, (engine, 1), "the first get: the engine, and how many builds")
likely = "look for it first; is it found, but its checksum compared as str with bytes?"
got = asked(cache, *key, b"never built")
expect.equal(got, (engine, 0), "the second get", likely=likely)
likely = "keep engines in the folder, not in the object alone"
got = asked(EngineCache(folder), *key, b"never built")
what = "a get from another EngineCache of this folder"
expect.equal(got, (engine, 0), what, likely=likely)
cache = EngineCache(lesson.new_path("elsewhere") / "deeper")
got = asked(cache, *key, b"for another folder")
what = "a get from an EngineCache of another folder, not yet made"
expect.equal(got, (b"for another folder", 1), what)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    folder = lesson.new_path("cache")
    engine = b"\n\0 " + rng.bytes(int(rng.integers(1, 5000))) + b" \r\n\n\0"
    # Made where it is missing, there with something in it, and there already.
    for each in (folder, folder / "deeper" / "still", folder):
        key = path, f"SM{rng.integers(10**9)}", f"1/{rng.integers(10**9)} beta"
        first = asked(EngineCache(each), *key, engine)
        cache = EngineCache(folder=each)  # covers: made where it is missing
        # covers: its get returns a kept engine | made where it is missing), built once
        second, third = asked(cache, *key, b"no"), asked(cache, *key, b"")
        kinds = {type(found).__name__ for found, _ in (first, second, third)}
        expect.equal(kinds, {"bytes"}, "the kinds of what get returns")
        got, wanted = (first, second, third), ((engine, 1), (engine, 0), (engine, 0))
        expect.equal(got, wanted, "fresh: three gets of one key, from two objects")
    write = lambda kind: lesson.write_graph(
        f"net (float[N] x) => (float[N] y) {{ y = {kind} (x) }}", lesson.new_path(kind)
    )
    inner, outer = (write("Relu"), *key[1:]), (write("Tanh"), *key[1:])
    within = lambda: asked(cache, *inner, b"inner")[0] + engine
    got = cache.get(*outer, within)  # a build that asks for an engine itself
    expect.equal(got, b"inner" + engine, "get with a build that calls get")
    got = asked(cache, *outer, b"no"), asked(cache, *inner, b"inner")[0]
    what = "the gets of both after that"
    expect.equal(got, ((b"inner" + engine, 0), b"inner"), what)
    model = lesson.model_files(path)[0].read_bytes()
    got = cache.get(target="SM86", build=lambda: engine, version="", path=path)
    expect.equal(
        got, engine, "get with its arguments by name"
    )  # covers: class enginecache
    expect.unchanged(path, model, "the model afterwards")
    elsewhere = lesson.new_path("copied")  # covers: kept in the folder now
    for file in [each for each in folder.rglob("*") if each.is_file()]:
        place, held = elsewhere / file.relative_to(folder), expect.after(file)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(held.read_bytes())
    got = asked(EngineCache(elsewhere), *key, b"")
    expect.equal(got, (engine, 0), "a get from a copy of the folder")
    # Two work in one folder in turn, and neither loses what the other has kept.
    folder, made = lesson.new_path("shared"), []
    while len(made) < 4:  # the checksum's bytes hold a line end
        engine = rng.bytes(40)
        made += [engine] * (b"\n" in hashlib.sha256(engine).digest())
    both, models = [EngineCache(folder), EngineCache(folder)], []
    for k in range(4):
        text = f"net (float[N, {k + 1}] x) => (float[N, {k + 1}] y) {{ y = Relu (x) }}"
        models.append(lesson.write_graph(text, lesson.new_path(f"net_{k}.onnx")))
    for again in (0, 1, 2):  # covers: by any EngineCache
        for k, each in enumerate(made):
            one = EngineCache(folder) if again == 2 else both[(k + again) % 2]
            got = asked(one, models[k], f"SM8{k}", f"1.{k}", each)
            what = f"two objects in turn, engine {k}, round {again}"
            expect.equal(got, (each, int(again == 0)), what)
### END HIDDEN TESTS
expect.passed("built once, and kept on the disk")

# %% test="engine_cache_key" points=1
path = lesson.model_outside(lesson.new_path("net.onnx"), 1.0)
cache, asked = EngineCache(lesson.new_path("cache")), lesson.asked
first = path, "SM86", "1.7"
asked(cache, *first, b"first")
got = asked(cache, path, "SM89", "1.7", b"second")
expect.equal(got, (b"second", 1), "another target: the engine, and builds")
got = asked(cache, path, "SM86", "1.8", b"third")
expect.equal(got, (b"third", 1), "another version of TensorRT")
got, likely = asked(cache, *first, b"no"), "is each key kept and found?"
expect.equal(got, (b"first", 0), "the first one again", likely=likely)
lesson.model_outside(path, 2.0)  # of the two files, only that with the weights changes
likely = "lesson.model_files(path) names every file whose content counts"
got = asked(cache, *first, b"fourth")
expect.equal(got, (b"fourth", 1), "other weights in the file beside it", likely=likely)
lesson.write_graph("net (float[N, 8] x) => (float[N, 8] y) { y = Relu (x) }", path)
likely = "the same name, another content: hash what is in the file"
got = asked(cache, *first, b"fifth")
expect.equal(got, (b"fifth", 1), "another model in the file", likely=likely)
got = asked(cache, path, "SM861", ".7", b"sixth")
expect.equal(got, (b"sixth", 1), "parts that are the same when put together")
### BEGIN HIDDEN TESTS
import builtins
import os

from course_utils.lessons.tensorrt_engines.watched import REAL, DatedBuild, OtherProcess

with fresh_draw() as rng:
    cache, width = EngineCache(lesson.new_path("cache")), int(rng.integers(2, 9))
    shapes = [f"float[N, {width + k}]" for k in range(3)]
    texts = [f"net ({shape} x) => ({shape} y) {{ y = Relu (x) }}" for shape in shapes]
    write = lambda text: lesson.write_graph(text, lesson.new_path("net.onnx"))
    models = [write(text) for text in texts]  # the same name in three folders
    targets = ("SM80", "SM86")
    keys = [(model, t, f"1.{k}") for model in models for t in targets for k in (0, 1)]
    wanted = [rng.bytes(50) for _ in keys]
    # covers: for this model, target and
    got = [asked(cache, *key, made) for key, made in zip(keys, wanted, strict=True)]
    expect.equal(got, [(engine, 1) for engine in wanted], "twelve fresh keys")
    got = [asked(cache, *key, b"") for key in keys]
    expect.equal(got, [(engine, 0) for engine in wanted], "the twelve again")
    other = write("net (float[N, 1] x) => (float[N, 1] y) { y = Tanh (x) }")
    other = other.rename(other.with_name("another v2"))
    for text, engine in zip(texts, wanted[::4], strict=True):
        lesson.write_graph(text, other)  # covers: not what they are called
        got = asked(cache, other, "SM80", "1.0", b"")
        expect.equal(got, (engine, 0), "the same content under another name")
    lesson.write_graph(texts[0], models[0])
    got = asked(cache, *keys[0], b"")
    expect.equal(got, (wanted[0], 0), "the same content written again")

    # Pairs of target and version that a join, a sort, a number or a trim takes for one.
    joints = [*"-_|/.:,+ \n\t\0", "", "', '", '", "', ", ", "--", "__", "::"]
    pairs = [pair for j in joints for pair in ((f"a{j}b", "c"), ("a", f"b{j}c"))]
    pairs += [
        ("a", "b"),
        ("b", "a"),
        ("A", "b"),
        ("a", ""),
        ("", "a"),
        ("", ""),
        ("", "é"),
    ]
    versions = ["1.7.0.36", "1.7.0.37", "1.7", "1.70", " 1.7", "1.7 ", "1.7.0", "v1.7"]
    versions += [f"1.7.{'0' * 300}{k}" for k in (0, 1)] + [
        "1.7+cu12",
        "1.7+cu13",
        "\u00e9",
        "e\u0301",
    ]
    pairs += [("SM86", version) for version in versions] + [("sm86", "1.7")]
    pairs += [("1", f"{'a' * 11}b"), ("a" * 11, "b")]  # lengths that run into them
    # No patterns, and none of many is dropped.
    patterns = (
        "*",
        "?.7",
        "[1].7",
        "1.7*",
        "%",
        "1_7",
        ".*",
        "1.7|.*",
        "{version}",
        "%s",
    )
    pairs += [("SM86", each) for each in patterns] + [("*", "1.7"), ("SM8?", "1.7")]
    pairs += [("SM86", f"{int(rng.integers(10**6))}.{k}") for k in range(60)]
    for k, pair in enumerate(pairs):  # covers: and version (utf-8 text)
        got = asked(cache, models[0], *pair, f"pair {k}".encode())
        what = f"target and version {pair!r:.80}"
        expect.equal(got, (f"pair {k}".encode(), 1), what)
    got = asked(cache, models[0], *pairs[0], b"")
    expect.equal(got, (b"pair 0", 0), "the first of many pairs again")
    got = asked(cache, *keys[0], b"")
    expect.equal(got, (wanted[0], 0), "the first of all again")

    dated = lesson.new_path("dated.onnx")
    for round_, value in enumerate((3.0, 4.0, 3.0)):  # covers: or how old they are
        files = lesson.model_files(lesson.model_outside(dated, value))
        engine = f"of {value}".encode()
        for _ in range(2):
            got = cache.get(dated, "SM80", "1.0", DatedBuild(engine, files))
            what = f"weights of one size and one date, round {round_}"
            expect.equal(got, engine, what)

    large = lesson.new_path("large.onnx")

    draw = lambda low, high: int(rng.integers(low, high))
    kinds = [(), ((0, draw(0, 9)),), ((0, draw(99_999, 199_999)),), ((0, 299_999),)]
    same = draw(0, 3_000)  # so that two files exchange what they hold
    kinds += [((which, same),) for which in (1, 2, 3)]
    kinds += [((4, draw(0, 99_999)),), ((4, draw(280_000, 620_000)),)]
    for again in (0, 1):  # covers: is what the model's files hold
        for k, ones in list(enumerate(kinds))[:: 1 + 3 * again]:
            lesson.model_in_parts(large, ones)
            got = asked(cache, large, "SM80", "1.0", f"engine {k}".encode())
            what = f"a 1 at {ones} of the model's five files, round {again}"
            expect.equal(got, (f"engine {k}".encode(), 1 - again), what)

    # What one file ends with, the next begins with, or the target does.
    quarters = [rng.bytes(9).hex() for _ in range(4)]
    for j in ("", *"\n\0 -_|,:", ", ", "', '", "', b'"):
        for k in range(3):
            parts = [*quarters[:k], j.join(quarters[k : k + 2]), *quarters[k + 2 :]]
            lesson.model_of(large, *parts[:2])
            engine = f"{j!r} in part {k}".encode()
            got = asked(cache, large, parts[2], "1.0", engine)
            what = f"two files and the target, which holds {j!r} {k}"
            expect.equal(got, (engine, 1), what)

    salt = draw(1, 10**9)  # as if in another process: Python's hash() has another salt
    try:  # covers: by any EngineCache
        builtins.hash, os.getpid = (
            OtherProcess("hash", salt),
            OtherProcess("getpid", salt),
        )
        got = asked(cache, *keys[0], b"")
    finally:
        builtins.hash, os.getpid = REAL["hash"], REAL["getpid"]
    what = "a get in another process, where hash() and os.getpid() are others"
    expect.equal(got, (wanted[0], 0), what)
### END HIDDEN TESTS
expect.passed("model, weights, target and version are the key")

# %% test="engine_cache_never_half" points=1
path = lesson.model_outside(lesson.new_path("net.onnx"), 1.0)
folder, engine, key = lesson.new_path("cache"), bytes(range(256)) * 40, ("SM86", "1.7")
kind, _ = lesson.outcome(EngineCache(folder).get, path, *key, lesson.killed)
expect.equal(kind, "RuntimeError", "get with a build that is killed")
asked = lambda made: lesson.asked(EngineCache(folder), path, *key, made)
got = lambda made: lesson.in_words(asked(made), engine)
built, kept = ("the engine", "1 builds"), ("the engine", "0 builds")
likely = "is there an empty or half file? build first, then write"
expect.equal(got(engine), built, "the next get", likely=likely)
likely = "is it on the disk, and found? a checksum as str never equals one as bytes"
what = "the get after that, nothing damaged"
expect.equal(got(b"never built"), kept, what, likely=likely)
harms = {
    "cut in half": lambda data: data[: len(data) // 2],
    "without its last byte": lambda data: data[:-1],
    "empty": lambda data: b"",
    "changed in one bit": lambda data: lesson.changed(data, 200),
}
for harm, how in harms.items():
    lesson.damage(folder, how)
    likely = "keep the engine's checksum, and compare it with that of what you read"
    what = f"get where what was kept is {harm}"
    expect.equal(got(engine), built, what, likely=likely)
    likely = "what was damaged is replaced"
    expect.equal(got(b"never built"), kept, "the get after that", likely=likely)
### BEGIN HIDDEN TESTS
from course_utils.lessons.tensorrt_engines.watched import RottingBuild

with fresh_draw() as rng:
    folder, key = lesson.new_path("cache"), ("SM89", "1.7")
    engine = rng.bytes(int(rng.integers(3000, 9000)))
    expect.equal(got(engine), built, "a fresh engine")  # covers: it is kept, nothing
    flip = lambda place: lambda data: lesson.changed(data, place or len(data))
    cut = lambda size: lambda data: data[: min(size, len(data) - 1)]
    shares = [
        lambda data, share=share: data[: int(share * len(data))] for share in (0.3, 0.9)
    ]
    kinds = {
        f"changed {k} from the end": flip(k) for k in (1, int(rng.integers(2, 2000)))
    }
    kinds |= {f"cut to {size} bytes": cut(size) for size in (1, 32, 64, 65, 2000)}
    kinds |= {"changed in the first byte": flip(0), "30 % of it": shares[0]}
    kinds |= {"90 % of it": shares[1], "zeros": lambda data: bytes(len(data))}
    for harm, how in kinds.items():  # covers: is found on the disk may be damaged
        lesson.damage(folder, how)
        what = f"get where what was kept is {harm}"  # covers: and whole, it
        found = got(engine)
        if harm.startswith("changed") and found == kept:
            found = built  # of a database's pages not every byte is in use
        expect.equal(found, built, what)
        expect.equal(got(b"no"), kept, f"the get after that, {harm}")
    lesson.damage(folder, lambda data: data + b"\0")
    expect.equal(got(engine)[0], "the engine", "get where a byte follows it")
    kept_files = lambda folder: {f for f in folder.rglob("*") if f.is_file()}
    files = lambda: kept_files(folder)
    first, before = path, files()
    write = lambda name, text: lesson.write_graph(f"net {text}", lesson.new_path(name))
    path = write("second.onnx", "(float[N] x) => (float[N] y) { y = Tanh (x) }")
    expect.equal(asked(b"second"), (b"second", 1), "another model")
    for file in files() - before:  # that model's own files, where it has any
        held = expect.after(file).read_bytes()
        file.write_bytes(held[:-1])

    calls = []

    def fails():
        calls.append("built")
        raise ValueError("no engine")

    get = EngineCache(folder).get
    if files() - before:  # covers: nothing where that raises
        raised = lesson.outcome(get, path, *key, fails)
        expect.equal(raised, ("ValueError", "no engine"), "a build that raises")
        expect.equal(asked(b"third"), (b"third", 1), "the get after that")
    path = first  # covers: else build() gives it
    expect.equal(got(b"no"), kept, "the first model, after another's was damaged")
    path = write("third.onnx", "(float[N] x) => (float[N] y) { y = Relu (x) }")
    for _ in range(2):
        calls.clear()
        raised = lesson.outcome(get, path, *key, fails)
        expect.equal(raised, ("ValueError", "no engine"), "a build that raises")
        expect.equal(calls, ["built"], "how often a build that raises is called")
    expect.equal(got(engine), built, "the get after two builds that raised")
    # A large engine, damaged where no end of it is near.
    folder, small = lesson.new_path("cache"), engine
    engine = rng.bytes(2_300_000)
    expect.equal(got(engine), built, "an engine of 2,300,000 bytes")
    kinds = {
        f"changed {k} from the end": flip(k) for k in rng.integers(9**6, 4 * 9**6, 2)
    }
    for harm, how in (kinds | {"with two bytes exchanged": lesson.exchanged}).items():
        lesson.damage(folder, how)
        expect.equal(got(engine), built, f"get where 2,300,000 bytes are {harm}")
    expect.equal(got(b"no"), kept, "the get after that, 2,300,000 bytes")
    folder, engine = lesson.new_path("cache"), small
    # A database may not need its last byte.
    halved = lambda data: data[: len(data) // 2]
    expect.equal(got(engine), built, "an engine in another folder")
    for k, each in enumerate(sorted(kept_files(folder))):
        each.unlink(missing_ok=True)  # where there are several: each is gone once
        what = f"file {k} of what was kept is gone"
        expect.equal(got(engine)[0], "the engine", what)
        each.unlink(missing_ok=True)
        lesson.damage(folder, halved)
        expect.equal(got(engine), built, f"{what}, any other is cut")
        expect.equal(got(b"no"), kept, f"the get after {what}")
    # covers: kept in the folder now
    folder = lesson.new_path("cache")
    cache, same = EngineCache(folder), ("SM89", "1.7", engine)
    gone = lambda: [each.unlink() for each in files()]
    harms = {"cut": lambda: lesson.damage(folder, halved)}
    harms |= {"emptied": lambda: lesson.damage(folder, lambda data: b""), "gone": gone}
    for harm, do in harms.items():
        for builds in (1, 0):
            got = lesson.in_words(lesson.asked(cache, path, *same), engine)
            what = f"one object, before its files are {harm}"
            expect.equal(got, ("the engine", f"{builds} builds"), what)
        do()
    for builds in (1, 0):
        got = lesson.in_words(lesson.asked(cache, path, *same), engine)
        what = "one object, after its files are gone"
        expect.equal(got, ("the engine", f"{builds} builds"), what)
    rots = RottingBuild(folder)  # of the same size and date as before
    text = "(float[N] x) => (float[N] y) { y = Abs (x) }"
    cache.get(write("fourth.onnx", text), *same[:2], rots)
    got = lesson.in_words(lesson.asked(cache, path, *same), engine)
    what = "get where a bit of the files changed, but not the date"
    expect.equal(got[0], "the engine", what)  # built again, or a bit that nobody reads
    # explains: that you write to another | do it all the same
### END HIDDEN TESTS
expect.passed("whole, or built again")

# %% [markdown]
# <details><summary>Another way</summary>
#
# The checksum stands in the file's name, as the course's own cache has it; the file holds the engine and nothing else:
#
# ```python
# for file in self.folder.glob(f"{key}-*"):
#     engine = file.read_bytes()
#     if file.name == f"{key}-{hashlib.sha256(engine).hexdigest()}":
#         return engine
# ```
#
# </details>

# %% [markdown]
# ### How many builds does a second start need?
#
# The ResNet in each precision, for two kinds of GPU, through your cache, as if the service were started twice.

# %% demo="cache_at_work"
builds = lesson.show_two_starts(EngineCache, build_engine, files)
measured["builds at the first start, at the second"] = builds

# %% [markdown]
# Of two processes that ask at the same moment, both build. The course's own `tensorrt.EngineCache` holds a lock
# meanwhile, so that the second one waits and then loads.

# %% [markdown]
# ## What does an engine do where a GPU is?
#
# Input goes to the GPU, the kernels run on a stream, results come back. Memory of the host that is **pinned**
# (page-locked) can be copied while other work goes on; from regular memory the driver first copies to pinned memory of
# its own. Times come from *CUDA events*, which the GPU itself records on the stream. The course's `tensorrt.load` does
# all this.

# %% demo="on_the_gpu"
loaded, serialized = lesson.run_here(build_engine, files["ResNet"], batches)
lesson.show_transfer(serialized)
measured["engines run"] = tensorrt.gpu() or "not measured: no GPU here"

# %% demo="latencies"
here = lesson.show_latencies(lesson.resnet(), files["ResNet"], loaded)

# %% [markdown]
# ### What did others measure?
#
# Two published ladders, quoted. The report (a TCN for sequential digits on an RTX 2080 Ti) found hardly any difference
# between regular, pinned and zero-copy transfer at this size: 0.39 to 0.44 ms. The talk gives frames per second of two
# face detectors on a GTX 1080. Beside them stands what your machine just did. Networks and hardware differ: compare
# within a group only.

# %% demo="ladders"
lesson.draw_ladders(here)

# %% [markdown]
# ## What you measured

# %% demo="what_you_measured"
tables.show([{"what": what, "measured": value} for what, value in measured.items()])

# %% [markdown]
# ## Check yourself
#
# <details><summary>A tutorial says "set the FP16 flag". Your TensorRT has no such flag. What do you do?</summary>
# Put the precision where it belongs today, into the model: export it in half precision, and look at the engine's
# types.</details>
#
# <details><summary>An int8 file is smaller than the float32 one, and its engine is larger. How can that be?</summary>
# An engine holds kernels besides weights. Between int8 convolutions stand kernels made to measure, which bend, add and
# round. With many weights the weights decide.</details>
#
# <details><summary>The engines of a service are kept under the model's file name. What goes wrong, and when?</summary>
# A retrained model under the old name gets the old engine, without an error. An update of TensorRT or another GPU gets
# an engine that does not load.</details>

# %% [markdown]
# ## Where to read on
#
# - NVIDIA's documentation of TensorRT for RTX: *CPU-Only AOT and TensorRT-RTX Engines*, *Porting Guide*.
# - NVIDIA's documentation of TensorRT: *Working with Quantized Types*, *Working with Dynamic Shapes*, and the migration
#   guides from 8 to 10 and later, beside any tutorial.
# - The list of operators that the parser takes: `docs/operators.md` of the repository `onnx/onnx-tensorrt`.
# - ONNX Runtime's documentation of its TensorRT and *NvTensorRTRTX* execution providers, which do all this inside a
#   session.
#
# Next: lesson 08 puts the engine's runtime into an image, and asks how much of that image is needed.
