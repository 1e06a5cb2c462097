# %% [markdown]
# # What does TensorRT build, and can I build one without a GPU?
#
# **Lesson 07** · 150 minutes · 20 points · you need: lessons 03 (export), 05 (fusion) and 06 (quantization); no GPU
#
# TensorRT turns an ONNX file into an **engine**: a plan made for one kind of NVIDIA GPU. Building one is said to need
# that GPU. With TensorRT for RTX it does not any more: you will build real engines for six kinds of GPU, read out of
# the builder's log what was fused, in which types, on which streams, bring a network to 16 and to 8 bits, and keep
# engines so that none is built twice. Where you have a GPU, the last section runs them.

# %% [markdown]
# ## How do you work here?
#
# As in the lessons before: each exercise is a box, a cell to write in, and tests; hidden tests ask the same of fresh
# random inputs. Every exercise can be solved without the others; demonstrations use what stands above them.
#
# There are two libraries with one way of working. `tensorrt` times kernels on the GPU that it builds for.
# `tensorrt_rtx` compiles what it can beforehand and the rest when the engine is loaded; it builds anywhere that it
# installs: x86-64, Linux or Windows. Elsewhere, on a Mac for instance, a test that gets as far as TensorRT says so and
# counts as passed. Grading runs where it is installed.

# %% readonly="imports"
import copy
import logging
import re
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

from course_utils import expect, graphs, plots, runtime, tables, tensorrt, withheld
from course_utils.export import to_onnx, to_onnx_torchscript
from course_utils.seeds import fresh_draw  # for the hidden tests

import numpy as np
import onnx
import torch
from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

withheld.working_on("07")  # helpers that answer these exercises rest
torch.set_num_threads(1)
measured = {}  # filled by the demonstrations, shown at the end

# %% readonly="library"
try:
    print("here:", tensorrt.version(tensorrt.library("tensorrt_rtx")))
except tensorrt.NotHere as error:
    print(error, "Tests that need it count as passed here, and demonstrations stop with this sentence.")
trt = tensorrt.library_or_stand_in("tensorrt_rtx")
logger = tensorrt.logger(trt)  # TensorRT wants one for the whole process; tensorrt.listening() hears it

# %% readonly="work_folder"
work = Path("work07")
shutil.rmtree(work, ignore_errors=True)
work.mkdir()
logging.getLogger().setLevel(logging.ERROR)  # onnxruntime.quantization recommends pre-processing, each time


def new_path(name):
    """Return a path for a file of this name, in a new folder below work07."""
    return Path(tempfile.mkdtemp(dir=work)) / name


# %% readonly="given_graphs"
HEAD = '<ir_version: 10, opset_import: ["" : 20, "own.ops" : 1]>'


def write_graph(text, path, **made_by):
    """Write a graph from ONNX's text form, weights all 1; made_by names the node that makes a value."""
    model = onnx.parser.parse_model(f"{HEAD} {text}")
    for weight in model.graph.initializer:
        kind = onnx.helper.tensor_dtype_to_np_dtype(weight.data_type)
        weight.CopyFrom(onnx.numpy_helper.from_array(np.ones(tuple(weight.dims), kind), weight.name))
    for node in model.graph.node:
        node.name = made_by.get(node.output[0], "")
    onnx.save(model, path)
    return path


# %% readonly="given_outcome"
def outcome(call, *args):
    """Return the kind of error that call(*args) raises, and its message; ("no error", "") where it returns."""
    try:
        call(*args)
    except (NotImplementedError, tensorrt.NotHere):  # not yet written; nothing to write for
        raise
    except Exception as error:
        return type(error).__name__, str(error)
    return "no error", ""


# %% readonly="given_returned"
TAKES = {
    "parse_from_file()": "str(path): parse_from_file takes one string, and no Path",
    "set_compute_capability()": "set_compute_capability takes a member of trt.ComputeCapability, not its name, and 0",
}


def wanted_by(message):
    """Return what a call of TensorRT takes, where an error's message says that its arguments do not fit; else ""."""
    return next((cause for call, cause in TAKES.items() if message.startswith(f"{call}: incompatible")), "")


def returned(call, *args, what, wanted, likely=lambda kind, message: ""):
    """Return what call(*args) returns; where it raises, say so, with what likely(kind of error, message) says."""
    made = []
    kind, message = outcome(lambda: made.append(call(*args)))
    cause = wanted_by(message) or likely(kind, message)
    expect.true(kind == "no error", what, expected=wanted, got=f"{kind}: {message}", likely=cause)
    return made[0]


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
STRONG = "STRONGLY_TYPED"


def new_network():
    """Return a builder and an empty network that it can build."""
    builder = trt.Builder(logger)
    return builder, builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.__members__[STRONG]))


# %%
if tensorrt.usable(trt):
    builder, network = new_network()
    x = network.add_input("x", trt.float32, (-1, 3))  # -1: any number of rows
    relu = network.add_activation(x, trt.ActivationType.RELU)
    network.mark_output(relu.get_output(0))
    given = network.get_input(0)
    print(f"{network.num_layers} layer, {network.num_inputs} input: {given.name}, {given.shape}")
    print("GPUs to build for:", ", ".join(tensorrt.targets(trt)))

# %% [markdown]
# ### What do older tutorials get wrong?
#
# Most were written for TensorRT 8. The next cell asks the library of today for what they use.

# %% demo="older_tutorials"
old = {
    "precision by flag: BuilderFlag.FP16, .INT8": (trt.BuilderFlag, ("FP16", "INT8"), "types stand in the ONNX file"),
    "calibrators: IInt8EntropyCalibrator2": (trt, ("IInt8EntropyCalibrator2",), "Q/DQ nodes in the ONNX file"),
    "EXPLICIT_BATCH": (trt.NetworkDefinitionCreationFlag, ("EXPLICIT_BATCH",), "every network is; nothing to say"),
    "max_workspace_size": (trt.IBuilderConfig, ("max_workspace_size",), "set_memory_pool_limit"),
    "build_engine": (trt.Builder, ("build_engine",), "build_serialized_network, which gives bytes"),
    "bindings by number: get_binding_shape": (trt.ICudaEngine, ("get_binding_shape",), "get_tensor_shape(name)"),
    "execute_async_v2": (trt.IExecutionContext, ("execute_async_v2",), "set_tensor_address, execute_async_v3"),
}
still = lambda owner, names: [name for name in names if hasattr(owner, name)]
rows = [
    {"a tutorial says": what, "still there": ", ".join(still(*where)) or "no", "today": now}
    for what, (*where, now) in old.items()
]
measured["calls of older tutorials that are gone"] = f"{sum(row['still there'] == 'no' for row in rows)} of {len(rows)}"
tables.show(rows, tensorrt.version(trt))

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
# ### Exercise 7.1 · Parse (2 points · 10 min)
#
# Write `parse(path)`: the network's ends, the number of its layers, and the reasons to refuse it. Begin with
# `new_network()`.
#
# *The trap:* the parser raises nothing. Whoever does not ask for its errors goes on with half a network. And an error
# lives as long as its parser: make a string of it before you return.
#
# <details><summary>Hint</summary>
# <code>tuple(tensor.shape)</code> makes plain numbers of TensorRT's own shape; a free axis is −1.
# </details>


# %% solution="parse"
def parse(path):
    """Return what TensorRT reads in an ONNX file; nothing is raised where it is refused.

    path: Path of the file
    returns: {"inputs": {name: shape as a tuple, a free axis is -1}, "outputs": the same, "layers": int,
        "errors": a list of strings, one for each error, with its operator and the name of its node in it}
    """
    ### BEGIN SOLUTION
    _, network = new_network()
    parser = trt.OnnxParser(network, logger)
    parser.parse_from_file(str(path))
    told = [parser.get_error(k) for k in range(parser.num_errors)]
    ins = [network.get_input(k) for k in range(network.num_inputs)]
    outs = [network.get_output(k) for k in range(network.num_outputs)]
    return {
        "inputs": {tensor.name: tuple(tensor.shape) for tensor in ins},
        "outputs": {tensor.name: tuple(tensor.shape) for tensor in outs},
        "layers": network.num_layers,
        "errors": [f"{error.node_operator()}, node {error.node_name()}: {error.desc()}" for error in told],
    }
    ### END SOLUTION


# %% test="parse_network" points=1
text = "net (float[N, 8] x, float[N, 4] c) => (float[N, 4] y, float[N, 4] z) <float[8, 4] w = {0}> "
path = write_graph(text + "{ a = MatMul (x, w)\n y = Add (a, c)\n z = Relu (a) }", new_path("two_ends.onnx"))
with tensorrt.counted_where_it_runs():
    got = returned(parse, path, what="parse(path)", wanted="a dict")
    expect.keys(got, ["inputs", "outputs", "layers", "errors"], "parse(path)")
    for end, wanted in (("inputs", {"x": [-1, 8], "c": [-1, 4]}), ("outputs", {"y": [-1, 4], "z": [-1, 4]})):
        expect.keys(got[end], wanted, f"parse(path)[{end!r}]")
        expect.close({name: list(shape) for name, shape in got[end].items()}, wanted, f"parse(path)[{end!r}]")
    causes = {"this counts the file's nodes; network.num_layers counts constants, too": 3}
    expect.equal(got["layers"], 4, "parse(path)['layers']", causes=causes)
    expect.equal(got["errors"], [], "parse(path)['errors'] of a file that is taken")
### BEGIN HIDDEN TESTS
with tensorrt.counted_where_it_runs(), fresh_draw() as rng:
    sizes, count = rng.integers(2, 30, size=2), int(rng.integers(1, 5))
    chain = "\n".join(f"v{k + 1} = Relu (v{k})" for k in range(count))
    text = f"net (float[N, {sizes[0]}, {sizes[1]}] v0) => (float[N, {sizes[0]}, {sizes[1]}] v{count}) {{ {chain} }}"
    got = parse(write_graph(text, new_path("fresh.onnx")))
    expect.equal(got["layers"], count, "the layers of a fresh network")
    ends = {**got["inputs"], **got["outputs"]}
    ends = {name: list(map(int, shape)) for name, shape in ends.items()}
    expect.equal(ends, {name: [-1, *map(int, sizes)] for name in ("v0", f"v{count}")}, "the ends of a fresh network")
### END HIDDEN TESTS
if tensorrt.usable(trt):
    expect.passed("both ends, and every layer")

# %% test="parse_errors" points=1
refused = "net (float[2, 3, 3] x) => (float[2] y, float[2] z) { a = Relu (x)\n y = Det (a)\n z = Det (x) }"
path = write_graph(refused, new_path("refused.onnx"), y="volume", z="second")
with tensorrt.counted_where_it_runs():
    raised = lambda kind, _: "the reasons go into the list, none is raised" * (kind in ("RuntimeError", "ValueError"))
    got = returned(lambda: parse(path)["errors"], what="parse(path)['errors']", wanted="a list", likely=raised)
    what = "the kinds of parse(path)['errors'], of a file with two Det nodes, which TensorRT lacks"
    expect.equal(type(got).__name__, "list", "the kind of parse(path)['errors']")
    gone = "these are the parser's own objects, gone with it; make strings of them in parse"
    causes = {gone: ["ParserError"] * 2, "there are parser.num_errors of them; one string for each": ["str"]}
    causes["parser.get_error(k) gives them, parser.num_errors their number"] = []
    expect.equal([type(told).__name__ for told in got], ["str", "str"], what, causes=causes)
    for told, name in zip(got, ("volume", "second"), strict=True):
        likely = "error.node_operator() and error.node_name() say which"
        expect.true("Det" in told and name in told, "an error", expected=f"Det, {name}", got=told, likely=likely)
### BEGIN HIDDEN TESTS
with tensorrt.counted_where_it_runs(), fresh_draw() as rng:
    name, own = f"node_{rng.integers(10**9)}", f"Own{rng.integers(10**9)}"
    text = f"net (float[2, 3] x) => (float[2, 3] y) {{ a = Relu (x)\n y = own.ops.{own} (a) }}"
    got = parse(write_graph(text, new_path("own.onnx"), y=name))["errors"]
    expect.equal([type(told).__name__ for told in got], ["str"], "the kinds of the errors of a fresh file")
    expect.true(name in got[0] and own in got[0], "errors", expected=f"{own} and {name}", got=got)
### END HIDDEN TESTS
if tensorrt.usable(trt):
    expect.passed("what stands in the way, by name")

# %% [markdown]
# ### What becomes of three networks?
#
# The trained ResNet, exported as in lesson 03; two networks as they come, exported by the older exporter, which leaves
# the MobileNet's batch normalization in the graph. The parser writes each ONNX node as one or several simple layers;
# fusing comes later.
#
# Then three small graphs that TensorRT does not take, in your words. Its own text is at times just *false*; operator
# and node are the useful part.

# %% demo="three_networks"
from course_utils.models import DigitCNN, DigitMobileNet
from course_utils.training import trained

torch.manual_seed(7)
resnet = trained("resnet")
files = {"ResNet": to_onnx(resnet, torch.rand(2, 1, 28, 28), work / "resnet.onnx")}
files["MobileNet"] = to_onnx_torchscript(DigitMobileNet(), torch.rand(2, 1, 28, 28), work / "mobilenet.onnx")
files["CNN"] = to_onnx_torchscript(DigitCNN(), torch.rand(2, 1, 16, 16), work / "cnn.onnx")
rows = []
for name, file in files.items():
    found = parse(file)
    nodes = sum(graphs.operators(file).values())
    rows.append({"network": name, "ONNX nodes": nodes, "TensorRT layers": found["layers"], "inputs": found["inputs"]})
tables.show(rows, "Parsed, not yet built")

# %% demo="refused"
one = "net (float[2, 3, 3] x) => (float[2, 3, 3] y) "
broken = {
    "an operator it lacks": one.replace("(float[2, 3, 3] y)", "(float[2] y)") + "{ y = Det (x) }",
    "an operator of one's own": one + "{ y = own.ops.Wobble (x) }",
    "a type it lacks": one.replace("float", "uint8") + "{ y = Add (x, x) }",
}
for why, text in broken.items():
    for told in parse(write_graph(text, new_path("broken.onnx"), y="guilty"))["errors"]:
        print(f"{why}: {told.splitlines()[0]}")

# %% [markdown]
# ## Which shapes must an engine take?
#
# A free axis leaves the builder without a number to plan memory for, or to choose kernels by. An **optimization
# profile** gives it three shapes for each such input: the smallest, the one to be fast at, and the largest. Whatever
# lies between the first and the last, the engine takes; the memory is that of the largest.

# %% [markdown]
# ### Exercise 7.2 · A profile (3 points · 12 min)
#
# Write `profile(shapes_min, shapes_opt, shapes_max)`: three dicts from input names to shapes, joined into one and
# checked. What does not fit is a `ValueError` whose message has the input's name in it.
#
# *The trap:* Python compares tuples like words in a dictionary: `(1, 9) <= (2, 3)` is true.


# %% solution="profile"
def profile(shapes_min, shapes_opt, shapes_max):
    """Return the three shapes of each input, checked.

    shapes_min, shapes_opt, shapes_max: dicts from the names of inputs to shapes, lists or tuples of ints
    returns: {name: (min, opt, max)}, each a tuple or a list of ints
    raises: ValueError, naming the input, where a name is not in all three dicts, its shapes differ in length, or an
        axis has not min <= opt <= max
    """
    ### BEGIN SOLUTION
    checked = {}
    for name in shapes_min | shapes_opt | shapes_max:
        if not (name in shapes_min and name in shapes_opt and name in shapes_max):
            raise ValueError(f"{name}: give its min, opt and max shape")
        three = tuple(tuple(shapes[name]) for shapes in (shapes_min, shapes_opt, shapes_max))
        if len({len(shape) for shape in three}) > 1:
            raise ValueError(f"{name}: its shapes {three} differ in length")
        if not all(low <= usual <= high for low, usual, high in zip(*three, strict=True)):
            raise ValueError(f"{name}: not min <= opt <= max on every axis: {three}")
        checked[name] = three
    return checked
    ### END SOLUTION


# %% readonly="given_as_lists"
def as_lists(made):
    """Return a profile with lists for tuples, to be compared."""
    return {name: [list(map(int, shape)) for shape in three] for name, three in made.items()}


# %% test="profile_joins" points=1
low, usual, high = {"x": (1, 3), "mask": [1]}, {"mask": [8], "x": (8, 3)}, {"x": (32, 3), "mask": [64]}
what = f"profile({low}, {usual}, {high})"
causes = {"an axis may have one size in all three: min <= opt <= max, not <": "ValueError"}
expect.equal(outcome(profile, dict(low), dict(usual), dict(high))[0], "no error", what, causes=causes)
got = profile(dict(low), dict(usual), dict(high))
expect.keys(got, ["x", "mask"], what)
wanted = {"x": [[1, 3], [8, 3], [32, 3]], "mask": [[1], [8], [64]]}
for name, three in wanted.items():
    expect.parts(got[name], 3, f"{what}[{name!r}]", likely="three shapes for each input: min, opt, max")
    causes = {"the order is min, opt, max": three[::-1]}
    expect.equal([list(shape) for shape in got[name]], three, f"{what}[{name!r}]", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    names = [f"t{k}_{rng.integers(10**6)}" for k in range(3)]
    drawn = {name: np.sort(rng.integers(1, 99, size=(3, rng.integers(1, 5))), axis=0).tolist() for name in names}
    three = [{name: tuple(shapes[k]) for name, shapes in drawn.items()} for k in range(3)]
    expect.equal(as_lists(profile(*three)), drawn, "profile of fresh shapes")
### END HIDDEN TESTS
expect.passed("three shapes for each input")

# %% test="profile_refuses_disorder" points=1
good = [{"mask": (1, 3), "image": (2, 3)}, {"mask": (4, 4), "image": (4, 5)}, {"mask": (8, 8), "image": (8, 9)}]
for which, shape in ((0, (5, 3)), (1, (9, 5)), (1, (1, 5)), (1, (4, 2)), (2, (8, 4)), (0, (2, 6))):
    three = [shapes | {"image": shape} if k == which else dict(shapes) for k, shapes in enumerate(good)]
    what = f"profile(…) where image has {', '.join(str(shapes['image']) for shapes in three)}"
    kind, message = outcome(profile, *three)
    likely = "every axis by itself must have min <= opt <= max; tuples compare by their first difference"
    expect.equal(kind, "ValueError", what, likely=likely)
    expect.true("image" in message, f"the message of {what}", expected="the input's name, image", got=message)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    name, rank = f"input_{rng.integers(10**9)}", int(rng.integers(2, 5))
    three = np.sort(rng.integers(2, 50, size=(3, rank)), axis=0)
    three[:, 0] = 1, 60, 99  # the first axis is in order, clearly
    three[:, int(rng.integers(1, rank))] = [(9, 5, 7), (3, 8, 7), (5, 7, 3)][int(rng.integers(3))]
    shapes = [{"fine": (k,), name: tuple(map(int, shape))} for k, shape in enumerate(three, 1)]
    kind, message = outcome(profile, *shapes)
    expect.equal((kind, name in message), ("ValueError", True), f"profile where {name} has {three.tolist()}")
### END HIDDEN TESTS
expect.passed("an axis out of order is refused by name")

# %% test="profile_refuses_names_and_ranks" points=1
good = [{"mask": (n, n), "image": (n, n)} for n in (2, 4, 8)]
for which, word in enumerate(("min", "opt", "max")):
    three = copy.deepcopy(good)
    three[which]["image"] = (4,)
    likely = "zip stops at the shorter shape, unless you say strict=True; compare the lengths"
    refused = {f"the {word} shape of image is (4,), the others (n, n)": (copy.deepcopy(three), likely)}
    del three[which]["image"]
    refused[f"image has no {word} shape"] = three, "each name stands in all three dicts, or in none"
    for why, (shapes, likely) in refused.items():
        kind, message = outcome(profile, *shapes)
        expect.equal(kind, "ValueError", f"profile(…) where {why}", likely=likely)
        expect.true("image" in message, "its message", expected="the input's name, image", got=message)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    name, which = f"input_{rng.integers(10**9)}", int(rng.integers(3))
    three = [{"fine": (n,), name: (n, 4)} for n in (1, 2, 3)]
    joined = {"fine": [[1], [2], [3]], name: [[1, 4], [2, 4], [3, 4]]}
    expect.equal(as_lists(profile(*copy.deepcopy(three))), joined, f"profile of {three}, where all is in order")
    three[which][name] = (which + 1, 4, 1)
    expect.equal(outcome(profile, *copy.deepcopy(three))[0], "ValueError", f"profile of {three}")
    del three[which][name]
    kind, message = outcome(profile, *three)
    expect.equal((kind, name in message), ("ValueError", True), f"profile of {three}")
### END HIDDEN TESTS
expect.passed("other names and other ranks are refused by name")

# %% [markdown]
# ### What does the largest batch cost?
#
# The third of TensorRT's five optimizations is **dynamic tensor memory**: the builder plans where every tensor lies,
# so that one takes the place of another that is not needed any more. The course's `weigh` builds an engine from a file
# and your profile, reads its measures from the log and throws it away.

# %% demo="memory_planned"
batches = (1, 8, 32, 128)
for_batches = lambda low, usual, high: profile(*({"input": (n, 1, 28, 28)} for n in (low, usual, high)))
weighed = {n: tensorrt.weigh(files["ResNet"], for_batches(1, 1, n)) for n in batches}
shapes = onnx.shape_inference.infer_shapes(onnx.load(files["ResNet"])).graph
sizes = [[d.dim_value for d in value.type.tensor_type.shape.dim[1:]] for value in (*shapes.value_info, *shapes.output)]
tensors = 4 * sum(int(np.prod(size)) for size in sizes)  # bytes for one image, were every tensor kept
fixed = weighed[1].activation_bytes - (weighed[128].activation_bytes - weighed[1].activation_bytes) / 127
planned = {n: weighed[n].activation_bytes - fixed for n in batches}
measured["memory for the tensors of a batch, planned over kept"] = f"{planned[128] / (128 * tensors):.2f}"
measured["and a fixed part, whatever the batch"] = f"{fixed / 1e6:.1f} MB"

# %% demo="memory_drawn"
fig, axes = plots.figure(width=6.5, height=2.8)
lines = {
    "every tensor kept": [tensors * n / 1e6 for n in batches],
    "planned by TensorRT": [planned[n] / 1e6 for n in batches],
}
plots.curves(
    axes,
    lines,
    x=batches,
    title="GPU memory for the tensors of the ResNet, MB",
    xlabel="largest batch of the profile",
    marks=True,
)
axes.set_xticks(batches)
plots.show(
    fig,
    f"Memory over the profile's largest batch: at 128 images {lines['every tensor kept'][-1]:.0f} MB were every tensor "
    f"kept, {lines['planned by TensorRT'][-1]:.0f} MB as planned; a fixed part of {fixed / 1e6:.1f} MB is left out.",
)

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


# %% readonly="given_readers"
def targets_of(engine):
    """Return the compute capabilities that are written in an engine, such as ["sm86"]."""
    found = re.search(rb"accelerators=\{([^}*]*)\}", engine)
    return found[1].decode().split() if found else []


def shapes_of(log):
    """Return the profile that a build's log tells of, as {name: [min, opt, max]}; {} if it tells no details."""
    three = r"Name: (\S+), IOMode: Input.*MinShape: \[([\d,]*)\], OptShape: \[([\d,]*)\], MaxShape: \[([\d,]*)\]"
    return {name: [list(map(int, shape.split(","))) for shape in shapes] for name, *shapes in re.findall(three, log)}


# %% readonly="given_built"
def first_error(heard):
    """Return the first error in a log, without its code and its place in TensorRT's source; "" where there is none."""
    told = next(iter(heard.errors()), "").partition(". In ")[0]
    return re.sub(r"^\S+: Error Code \d+: [\w ]+\((\[.*?\] )?", "", told)


def built(path, made_profile, target):
    """Return the engine that your build_engine makes, and the log; where it raises, say that, and the log's reason."""
    what = f"build_engine(path, {made_profile}, {target!r})"
    with tensorrt.listening() as heard:
        reason = lambda *_: f"TensorRT's log says: {told}" if (told := first_error(heard)) else ""
        engine = returned(build_engine, path, made_profile, target, what=what, wanted="an engine", likely=reason)
    return engine, heard.text()


# %% [markdown]
# ### Exercise 7.3 · Build (4 points · 20 min)
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
    """Build an engine.

    path: Path of an ONNX file; profile: {name: (min, opt, max)}, {} where no axis is free; target: such as "SM86"
    returns: the serialized engine, as bytes
    raises: RuntimeError, with path and target in its message, where TensorRT refuses the file or builds no engine
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
path = write_graph("net (float[N, 8] x) => (float[N, 8] y) { a = Tanh (x)\n y = Relu (a) }", new_path("net.onnx"))
with tensorrt.counted_where_it_runs():
    for target in ("SM89", "SM120"):
        what = f"build_engine(path, {{'x': …}}, {target!r})"
        engine, _ = built(path, {"x": ((1, 8), (4, 8), (16, 8))}, target)
        likely = "bytes(…) of what build_serialized_network returns is a copy that is yours"
        causes = {"nothing came back: is a return missing, or was there no engine?": "NoneType"}
        expect.equal(type(engine).__name__, "bytes", f"the type of {what}", causes=causes, likely=likely)
        causes = {"no target was set: TensorRT-RTX then builds for SM80 and whatever came later": ["sm80"]}
        expect.equal(targets_of(engine), [target.lower()], f"the target written in {what}", causes=causes)
        print(f"{target}: an engine of {len(engine):,} bytes")
    fixed_shape = write_graph("net (float[2, 8] x) => (float[2, 8] y) { y = Relu (x) }", new_path("fixed.onnx"))
    engine, _ = built(fixed_shape, {}, "SM86")
    expect.equal(targets_of(engine), ["sm86"], "the target of a network without a free axis, and an empty profile")
### BEGIN HIDDEN TESTS
with tensorrt.counted_where_it_runs(), fresh_draw() as rng:
    target, width = str(rng.choice(["SM75", "SM80", "SM86", "SM89", "SM120", "SM121"])), int(rng.integers(2, 40))
    name = f"x{rng.integers(10**6)}"
    text = f"net (float[N, {width}] {name}) => (float[N, {width}] y) {{ y = Tanh ({name}) }}"
    engine, _ = built(write_graph(text, new_path("fresh.onnx")), {name: ((1, width),) * 3}, target)
    got = type(engine).__name__, targets_of(engine)
    expect.equal(got, ("bytes", [target.lower()]), f"a fresh engine for {target}")
### END HIDDEN TESTS
if tensorrt.usable(trt):
    expect.passed("engines, for GPUs that may be anywhere")

# %% test="build_engine_profile" points=1
text = "net (float[N, 8] x, float[M, 4] c) => (float[N, 8] y, float[M, 4] z) { y = Relu (x)\n z = Tanh (c) }"
path = write_graph(text, new_path("two_inputs.onnx"))
wanted = {"x": ((2, 8), (5, 8), (9, 8)), "c": ((1, 4), (1, 4), (3, 4))}
with tensorrt.counted_where_it_runs():
    _, log = built(path, dict(wanted), "SM86")
    causes = {"the log has no details: config.profiling_verbosity": {}}
    expect.equal(shapes_of(log), as_lists(wanted), "the shapes that the log of the build tells of", causes=causes)
### BEGIN HIDDEN TESTS
with tensorrt.counted_where_it_runs(), fresh_draw() as rng:
    low, usual, high = (int(n) for n in np.cumsum(rng.integers(1, 20, size=3)))
    wanted = {"x": ((low, 8), (usual, 8), (high, 8)), "c": ((1, 4), (low, 4), (usual, 4))}
    _, log = built(path, dict(wanted), "SM89")
    expect.equal(shapes_of(log), as_lists(wanted), "fresh shapes, as the log tells of them")
### END HIDDEN TESTS
if tensorrt.usable(trt):
    expect.passed("all three shapes of both inputs, and a log with details")

# %% readonly="given_refused"
DET = "net (float[2, 3, 3] x) => (float[2] y, float[2, 3, 3] z) { z = Relu (x)\n y = Det (z) }"
DENSE = "net (float[N, 8] x) => (float[N, 4] y) <float[8, 4] w = {0}> { a = MatMul (x, w)\n y = Relu (a) }"
shapes_of_dense = {"x": ((1, 8), (4, 8), (16, 8))}

# %% test="build_engine_refuses" points=1
dense, det = write_graph(DENSE, new_path("dense.onnx")), write_graph(DET, new_path("det.onnx"))
missing, unset = "ask whether the file was parsed, and whether there is an engine", "is the target set?"
refused = {
    "a free axis without a profile": (missing, dense, {}, "SM86"),
    "an operator that TensorRT lacks": (missing, det, {}, "SM86"),
    "float32 products on SM75, which lacks them": (unset, dense, shapes_of_dense, "SM75"),
}
with tensorrt.counted_where_it_runs():
    for why, (cause, *args) in refused.items():
        kind, message = outcome(build_engine, *args)
        none = {"there is no engine, but None: ask before bytes(…)": "TypeError"} if "NoneType" in message else {}
        causes = {cause: "no error"} | none
        expect.equal(kind, "RuntimeError", f"build_engine for {why}", causes=causes, likely=wanted_by(message))
        both = args[0].name in message and args[2] in message
        expect.true(both, "its message", expected=f"{args[0].name} and {args[2]} in it", got=message)
### BEGIN HIDDEN TESTS
with tensorrt.counted_where_it_runs(), fresh_draw() as rng:
    name, target = f"net_{rng.integers(10**9)}.onnx", str(rng.choice(["SM80", "SM89", "SM120"]))
    for text in (DET, "net (float[2, N] x) => (float[2, N] y) { y = Relu (x) }"):
        kind, message = outcome(build_engine, write_graph(text, new_path(name)), {}, target)
        expect.equal((kind, name in message, target in message), ("RuntimeError", True, True), "a file that is refused")
    built(write_graph(DENSE, new_path(name)), {"x": ((1, 8), (4, 8), (int(rng.integers(5, 99)), 8))}, "SM86")
### END HIDDEN TESTS
if tensorrt.usable(trt):
    expect.passed("what cannot be built is said")

# %% [markdown]
# ### Do six kinds of GPU need six engines?
#
# The trained ResNet by your function, for each target that TensorRT-RTX knows, and, by the course's `weigh`, for four
# at once.

# %% demo="six_targets"
file, shapes = files["ResNet"], for_batches(1, 8, 32)
tensorrt.weigh(file, shapes)  # not counted: the first build after one that failed comes out larger
together = tensorrt.weigh(file, shapes, ("SM80", "SM86", "SM89", "SM120"))
rows = [{"target": "SM80, SM86, SM89 and SM120", "engine, bytes": f"{together.engine_bytes:,}"}]
for target in tensorrt.targets(trt)[::-1]:  # the newest first
    with tensorrt.listening() as heard:
        try:
            rows.append({"target": target, "engine, bytes": f"{len(build_engine(file, shapes, target)):,}"})
        except RuntimeError:
            rows.append({"target": target, "engine, bytes": f"no engine: {first_error(heard)}"})
measured["one ResNet engine for four kinds of GPU"] = f"{together.engine_bytes:,} bytes"
tables.show(rows, f"The ONNX file: {file.stat().st_size:,} bytes")

# %% [markdown]
# An engine for several GPUs costs next to nothing here, because TensorRT-RTX leaves the last choice of kernels to the
# machine that loads it. The full TensorRT makes that choice while it builds, by timing kernels on the GPU at hand: its
# engines belong to one kind of GPU, and it builds on that kind only. SM75 has no products of float32 in TensorRT-RTX.

# %% [markdown]
# ## What has been fused?
#
# The log of a detailed build has one message that begins with the line `Layers:`. Each further line up to the first
# empty one is a layer of the engine: its name, its kind, its inputs, weights (*Constants*) and outputs with their
# types, the kernel (*TacticName*), the stream, and, as *Metadata*, the names of the ONNX nodes that it stands for.
# Here is one, of a convolution and a Relu, broken at its parts; in the log it is a single line.

# %%
CONV = "net (float[2, 3, 8, 8] x) => (float[2, 4, 8, 8] y) <float[4, 3, 3, 3] w = {0}> "
CONV += "{ a = Conv <pads = [1, 1, 1, 1]> (x, w)\n y = Relu (a) }"
if tensorrt.usable(trt):
    with tensorrt.listening() as heard:
        tensorrt.weigh(write_graph(CONV, new_path("conv.onnx"), a="first_conv", y="first_relu"))
    line = next(line for line in heard.text().split("\n") if "LayerType: correlation" in line)
    print(re.sub(r", (?=LayerType|Inputs|Constants|Outputs|TacticName|StreamId|Metadata)", ",\n    ", line))

# %% readonly="given_log"
TENSOR = (
    "{ Name: %s, Dimensions: [-1,8], Strides: [8,1], StrideOrder: [1,0], Datatype: %s, Format: (Linear) Row major }"
)


def layer_line(name, inputs, weights, outputs, nodes):
    """Return a line as TensorRT-RTX 1.7 writes it: types of inputs, weights and outputs, names of ONNX nodes."""
    tensors = lambda kinds: " " + ", ".join(TENSOR % (f"t{k}", kind) for k, kind in enumerate(kinds)) if kinds else ""
    origins = "\x1f".join(f"[ONNX Layer: {node}]" for node in nodes)
    return (
        f"Name: {name}, LayerType: kgen, Inputs: [{tensors(inputs)}], Constants: [{tensors(weights)}], "
        f"Outputs: [{tensors(outputs)}], TacticName: __myl_Relu_0x28df, StreamId: 0, Metadata: {origins}"
    )


def written_log(lines):
    """Return a log with these layers in it, and with what else such a log has."""
    before = ["Name: not_a_layer", "ForeignNode metadata: [ONNX Layer: not_here]", "Total Weights Memory: 512 bytes"]
    after = ["", "I/O Tensors:", " Name: x, IOMode: Input, DataType: Float", "Name: nor_this, LayerType: none"]
    return "\n".join([*before, "Layers:", *lines, *after])


# %% [markdown]
# ### Exercise 7.4 · Read the layers (3 points · 20 min)
#
# Write `engine_layers(log)`: the engine's layers in order, each with its name, the types of its outputs, and its ONNX
# nodes.
#
# *The trap:* between two nodes stands a character that you do not see, and inputs and weights have types, too.
#
# <details><summary>Hint</summary>
# <code>re.findall(r"Datatype: (\w+)", part)</code> finds all types in a part of a line;
# <code>line.partition("Outputs: ")</code> gives what stands before and after a word. Split the log at
# <code>"\n"</code>: <code>splitlines()</code> also splits at characters that TensorRT uses otherwise.
# </details>


# %% solution="engine_layers"
def engine_layers(log):
    r"""Return the engine's layers from the log of a detailed build.

    log: the whole log, lines separated by "\n"
    returns: a list with a dict for each layer, in the log's order: {"name": str, "types": list of str, the types of
        its outputs, "nodes": list of str, the names of the ONNX nodes in it, in the log's order}
    """
    ### BEGIN SOLUTION
    found, listing = [], False
    for line in log.split("\n"):
        if line == "Layers:":
            listing = True
        elif listing and not line:
            break
        elif listing:
            name = re.match(r"Name: (.*?), LayerType: ", line)[1]
            outputs, _, origins = line.partition("Outputs: ")[2].partition("Metadata:")
            nodes = re.findall(r"\[ONNX Layer: (.*?)\]", origins)
            found.append({"name": name, "types": re.findall(r"Datatype: (\w+)", outputs), "nodes": nodes})
    return found
    ### END SOLUTION


# %% readonly="given_column"
def column(key, lines):
    """Return the column of what your engine_layers reads from a log with these lines."""
    return [layer[key] for layer in engine_layers(written_log(lines))]


# %% test="engine_layers_names" points=1
names = ["zeta_0", "/2/conv-a_myl0_1", "move 3, myl0_2"]
log = written_log([layer_line(name, ["Float"], [], ["Half"], ["a"]) for name in names])
whole = "a name is all that stands between `Name: ` and `, LayerType: `, with / and - and commas in it"
none = lambda _, message: f"a pattern found nothing in a line; {whole}" if "NoneType" in message else ""
got = returned(engine_layers, log, what="engine_layers(log)", wanted="a list", likely=none)
expect.true(type(got) is list, "engine_layers(log)", expected="a list of dicts", got=got)
likely = "the layers stand between the line `Layers:` and the first empty one"
expect.equal(len(got), 3, "how many layers engine_layers finds in a log with 3", likely=likely)
for layer in got:
    expect.keys(layer, ["name", "types", "nodes"], "a layer of engine_layers(log)")
causes = {"keep the log's order": sorted(names)}
expect.equal([layer["name"] for layer in got], names, "the names, in the log's order", causes=causes, likely=whole)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    names = [f"/layer-{number}, myl_{k}" for k, number in enumerate(rng.integers(10**6, size=rng.integers(1, 9)))]
    got = column("name", [layer_line(name, ["Int8"], ["Half"], ["Float"], []) for name in names])
    expect.equal(got, names, "the names of fresh layers")
    expect.equal(engine_layers("Original: 3 layers"), [], "engine_layers of a log without details")
### END HIDDEN TESTS
expect.passed("the engine's layers and nothing else")

# %% test="engine_layers_types" points=1
conv, wait = layer_line("conv", ["Half", "Float"], ["Float"], ["Int8", "Half", "Int8"], ["a"]), ["wait", [], [], [], []]
lines = [conv, layer_line(*wait)]
several = "one type for each output, repeated where they are the same"
causes = {
    "the types of inputs and weights are among these": [["Half", "Float", "Float", "Int8", "Half", "Int8"], []],
    "these are the inputs' types": [["Half", "Float"], []],
    "these are the types of weights and outputs": [["Float", "Int8", "Half", "Int8"], []],
    "each output has a type, and a layer may have several": [["Int8"], []],
    several: [["Half", "Int8"], []],
    f"{several}, in their order": [["Int8", "Half"], []],
    "in the outputs' order": [["Half", "Int8", "Int8"], []],
}
wanted = [["Int8", "Half", "Int8"], []]
expect.equal(column("types", lines), wanted, "the types of two layers' outputs", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    draw = lambda: [str(kind) for kind in rng.choice(["Float", "Half", "Int8", "Int32"], size=rng.integers(1, 4))]
    outputs = [draw() for _ in range(5)]
    lines = [layer_line(f"l{k}", draw(), draw(), kinds, ["a"]) for k, kinds in enumerate(outputs)]
    expect.equal(column("types", lines), outputs, "the types of fresh layers")
### END HIDDEN TESTS
expect.passed("the types of all outputs, and of outputs only")

# %% test="engine_layers_nodes" points=1
lines = [
    layer_line("conv", ["Float"], [], ["Float"], ["/a/Conv", "relu_1", "add-2"]),
    layer_line("move", [], [], [], []),
]
wanted = [["/a/Conv", "relu_1", "add-2"], []]
causes = {
    "the separator that you do not see is part of this": [
        ["/a/Conv]\x1f[ONNX Layer: relu_1]\x1f[ONNX Layer: add-2"],
        [],
    ],
    "several nodes may be fused into one layer": [["/a/Conv"], []],
    "nodes of a layer without origin: an empty list": [["/a/Conv", "relu_1", "add-2"], [""]],
    "keep the log's order": [sorted(wanted[0]), []],
    "names may have / and - in them": [["relu_1", "add"], []],
    "names may have - in them": [["/a/Conv", "relu_1", "add"], []],
}
expect.equal(column("nodes", lines), wanted, "the ONNX nodes of two layers", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    nodes = [[f"node {n}" for n in rng.integers(10**6, size=rng.integers(0, 6))] for _ in range(6)]
    lines = [layer_line(f"l{k}", ["Half"], [], ["Half"], each) for k, each in enumerate(nodes)]
    expect.equal(column("nodes", lines), nodes, "the ONNX nodes of fresh layers")
### END HIDDEN TESTS
expect.passed("what was fused into each layer")

# %% [markdown]
# ### Which layers of the ResNet became one?
#
# Left the ONNX nodes, right the layers of your engine, joined where your `engine_layers` says so. This is **vertical
# fusion**: a convolution, the bias in it, the Relu after it and even the addition of the shortcut run as one kernel,
# and what lies between them never goes to memory. Layers without an ONNX node turn data to another layout, or compute
# shapes. A node without a line, the Reshape, costs nothing: the same bytes are read with another shape.

# %% demo="fusion_read"
with tensorrt.listening() as heard:
    build_engine(files["ResNet"], for_batches(1, 8, 32), "SM86")
resnet_layers = engine_layers(heard.text())
nodes = [(node.name, node.op_type) for node in onnx.load(files["ResNet"]).graph.node]
in_order = lambda names: [op for name, op in nodes if name in names]
kinds = [" + ".join(in_order(layer["nodes"])) or "(no ONNX node)" for layer in resnet_layers]
fused = {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}
more = kinds.count("(no ONNX node)")
measured["ResNet, ONNX nodes into engine layers"] = f"{len(nodes)} into {len(kinds) - more}, and {more} more"
tables.show(
    [{"ONNX nodes in a layer": kind, "layers": count} for kind, count in fused.items()], "The ResNet's engine for SM86"
)

# %% demo="fusion_drawn"
fig, axes = plots.figure(width=7.5, height=6.2)
height = {name: 1 - k / (len(nodes) - 1) for k, (name, _) in enumerate(nodes)}
for k, layer in enumerate(resnet_layers):
    y = 1 - k / (len(kinds) - 1)
    color = plots.VERMILION if len(layer["nodes"]) > 1 else plots.BLUE
    for name in layer["nodes"]:
        axes.plot([0, 1], [height[name], y], color=color, linewidth=0.8)
    axes.text(1.03, y, kinds[k], va="center", size=7)
for name, op in nodes:
    axes.text(-0.03, height[name], op, va="center", ha="right", size=6)
axes.set(xlim=(-0.35, 1.75), title=f"{len(nodes)} ONNX nodes (left) in {len(resnet_layers)} engine layers (right)")
axes.set_axis_off()
joined = sum(len(layer["nodes"]) > 1 for layer in resnet_layers)
told = "; ".join(f"{count} of {kind}" for kind, count in fused.items())
plots.show(
    fig, f"{len(nodes)} ONNX nodes joined by lines to {len(resnet_layers)} layers, {joined} of several nodes: {told}."
)

# %% demo="before_and_after"
shapes_of_cnn = {"input": ((1, 1, 16, 16), (8, 1, 16, 16), (32, 1, 16, 16))}
rows = []
for name, file in list(files.items())[:3]:
    with tensorrt.listening() as heard:
        build_engine(file, shapes_of_cnn if name == "CNN" else for_batches(1, 8, 32), "SM86")
    after = [layer["nodes"] for layer in engine_layers(heard.text()) if layer["nodes"]]
    ops = graphs.operators(file)
    rows.append(
        {
            "network": name,
            "ONNX nodes": sum(ops.values()),
            "of them normalizations": ops.get("BatchNormalization", 0),
            "layers that compute": len(after),
        }
    )
measured["nodes before, layers after"] = "; ".join(
    f"{row['network']} {row['ONNX nodes']}, {row['layers that compute']}" for row in rows
)
tables.show(rows, "Before and after the build, for SM86")

# %% [markdown]
# ### Are there fusions that this ResNet does not show?
#
# **Horizontal fusion** makes one layer of several that read the same tensor; **concat elimination** lets each branch
# write straight into its part of the result. Below, three dense layers, then three convolutions, each side by side
# and concatenated.


# %% demo="side_by_side"
class SideBySide(torch.nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.layers = torch.nn.ModuleList(layers)

    def forward(self, x):
        return torch.cat([torch.relu(layer(x)) for layer in self.layers], 1)


# %% demo="side_by_side_read"
cases = {"dense": ([torch.nn.Linear(64, 32) for _ in range(3)], (64,))}
cases["convolutions"] = ([torch.nn.Conv2d(16, 8, 1) for _ in range(3)], (16, 14, 14))
for name, (layers, size) in cases.items():
    path = to_onnx_torchscript(SideBySide(layers), torch.rand(2, *size), work / f"{name}.onnx")
    with tensorrt.listening() as heard:
        build_engine(path, profile(*({"x": (n, *size)} for n in (1, 8, 32))), "SM86")
    found = [layer["nodes"] for layer in engine_layers(heard.text()) if layer["nodes"]]
    print(f"{name}, {sum(graphs.operators(path).values())} nodes:")
    for each in found:
        print("   one layer of", ", ".join(sorted(each)))

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
# `module.half()` turns all weights into float16, **in place**, and the module then wants float16 inputs. The course's
# `to_onnx_torchscript(model, example, path)`, the quick exporter of lesson 03, compares the module with the file, and
# float16 has 11 bits for a number: `tolerance=1e-2` tells it how much they may differ.

# %% [markdown]
# ### Exercise 7.5 · Half precision (2 points · 10 min)
#
# Write `half_precision(model, path)`: the model as an ONNX file in float16. The caller's model stays as it was.
#
# *The trap:* `copy.deepcopy(model)` is yours to change.


# %% solution="half_precision"
def half_precision(model, path):
    """Write the model as an ONNX file whose weights and results are float16.

    model: a torch.nn.Module in float32, from images (n, 1, 28, 28) to scores (n, 10); it is not changed
    path: Path of the file to write
    returns: path
    """
    ### BEGIN SOLUTION
    half = copy.deepcopy(model).half()
    return to_onnx_torchscript(half, torch.rand(2, 1, 28, 28).half(), path, tolerance=1e-2)
    ### END SOLUTION


# %% readonly="given_file_of"
def file_of(path, what):
    """Return path where it is that of a file; else say what is not."""
    there = isinstance(path, str | Path) and Path(path).is_file()
    likely = "does it end with return?" if path is None else ""
    expect.true(there, what, expected="the path of a file", got=path, likely=likely)
    return path


# %% readonly="given_dense_net"
def dense_net(seed, width=800):
    """Return an untrained net from images (n, 1, 28, 28) to scores (n, 10), and images for it."""
    torch.manual_seed(seed)
    layers = torch.nn.Flatten(), torch.nn.Linear(784, width), torch.nn.ReLU(), torch.nn.Linear(width, 10)
    return torch.nn.Sequential(*layers).eval(), torch.rand(16, 1, 28, 28)


def scores_of(path, x):
    """Return the scores that a file means for images, the same on every processor: Q/DQ pairs computed in float."""
    session = runtime.session(path, optimize="disabled")
    given = session.get_inputs()[0]
    kind = np.float16 if given.type == "tensor(float16)" else np.float32
    return session.run(None, {given.name: x.numpy().astype(kind)})[0].astype(np.float32)


def weigh_images(path):
    """Return the measures of an engine for up to 32 images, whatever the file calls its input."""
    (given,) = onnx.load(path).graph.input
    return tensorrt.weigh(path, {given.name: ((1, 1, 28, 28), (8, 1, 28, 28), (32, 1, 28, 28))})


# %% test="half_precision_engine" points=1
net, x = dense_net(1)
whole = to_onnx_torchscript(net, x, new_path("whole.onnx"))
half = file_of(half_precision(net, new_path("half.onnx")), "half_precision(model, path)")
with tensorrt.counted_where_it_runs():
    before, after = weigh_images(whole), weigh_images(half)
    expect.equal(after.refused, "", "what TensorRT says against the file")
    share = after.engine_bytes / before.engine_bytes
    print(f"engines: {before.engine_bytes:,} bytes before, {after.engine_bytes:,} after ({share:.2f})")
    likely = f"the types in this engine are {', '.join(after.types)}; types of the file are types of the engine"
    expect.true(
        share <= 0.6, "the engine's size over that of float32", expected="at most 0.6", got=share, likely=likely
    )
### BEGIN HIDDEN TESTS
with tensorrt.counted_where_it_runs(), fresh_draw() as rng:
    net, x = dense_net(int(rng.integers(10**6)), int(rng.integers(700, 1000)))
    whole = to_onnx_torchscript(net, x, new_path("whole.onnx"))
    half = half_precision(net, new_path("half.onnx"))
    before, after = weigh_images(whole), weigh_images(half)
    share = after.engine_bytes / before.engine_bytes
    expect.true(0 < share <= 0.6 and "Half" in after.types, "a fresh engine", expected="at most 0.6", got=share)
    expect.close(scores_of(half, x), net(x).detach().numpy(), "the scores of its file", atol=1e-2)
### END HIDDEN TESTS
if tensorrt.usable(trt):
    expect.passed("an engine of about half the size")

# %% test="half_precision_scores" points=1
net, x = dense_net(2)
wanted, before = net(x).detach().numpy(), copy.deepcopy(net.state_dict())
path = file_of(half_precision(net, new_path("half.onnx")), "half_precision(model, path)")
expect.close(
    scores_of(path, x), wanted, "the scores of the file", atol=5e-3, likely="is this the model that was given?"
)
left = expect.after(net)  # what the call made of it
kinds = {str(weight.dtype) for weight in left.parameters()}
likely = ".half() changes the module itself; work on a deep copy"
expect.equal(kinds, {"torch.float32"}, "the types of the caller's model after half_precision", likely=likely)
same = all(torch.equal(weight, before[name]) for name, weight in left.state_dict().items())
likely = "float16 and back rounds them; work on a deep copy"
expect.true(same, "the weights of the caller's model", expected="as they were", got="changed", likely=likely)
types = {onnx.TensorProto.DataType.Name(weight.data_type) for weight in onnx.load(path).graph.initializer}
expect.true("FLOAT" not in types, "the types of the weights in the file", expected="FLOAT16", got=sorted(types))
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    net, x = dense_net(int(rng.integers(10**6)), int(rng.integers(100, 300)))
    wanted = net(x).detach().numpy()
    got = scores_of(half_precision(net, new_path("half.onnx")), x)
    expect.close(got, wanted, "the scores of a fresh model", atol=5e-3)
    expect.close(expect.after(net)(x), wanted, "the caller's model, afterwards", atol=0.0)
### END HIDDEN TESTS
expect.passed("the same scores, and the model as it was")

# %% [markdown]
# ### What does half precision halve?
#
# The trained ResNet. Its accuracy is measured in ONNX Runtime, which runs float16 on a CPU, too, if not faster; its
# optimizations are off, so that the file alone decides, and not this processor.

# %% demo="half_measured"
from course_utils.data import digits
from course_utils.training import accuracy

small = digits(28)
right = lambda path: accuracy(lambda x: scores_of(path, torch.from_numpy(x)), small.test_images, small.test_labels)
files["ResNet, float16"] = half_precision(resnet, work / "resnet_half.onnx")
engines = {"float32": weigh_images(files["ResNet"]), "float16": weigh_images(files["ResNet, float16"])}
accuracies = {"float32": right(files["ResNet"]), "float16": right(files["ResNet, float16"])}
rows = []
for name, each in engines.items():
    sizes = {"weights, bytes": f"{each.weights_bytes:,}", "engine, bytes": f"{each.engine_bytes:,}"}
    rows.append(
        {"ResNet": name, "types": ", ".join(each.types), **sizes, "test images right": f"{accuracies[name]:.1%}"}
    )
measured["float16 over float32, weights in the engine"] = (
    f"{engines['float16'].weights_bytes / engines['float32'].weights_bytes:.2f}"
)
measured["float16 over float32, whole engine"] = (
    f"{engines['float16'].engine_bytes / engines['float32'].engine_bytes:.2f}"
)
tables.show(rows, "Engines for SM86")

# %% demo="half_outputs"
with tensorrt.listening() as heard:
    build_engine(files["ResNet, float16"], for_batches(1, 8, 32), "SM86")
outputs = sorted({kind for layer in engine_layers(heard.text()) for kind in layer["types"]})
print(f"Above, types count inputs and constants, too. The types of the layers' outputs: {', '.join(outputs)}")

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
def reader_of(images, name="input"):
    """Return a calibration reader that gives the images 50 at a time, then None."""
    batches = iter([{name: images[k : k + 50]} for k in range(0, len(images), 50)])
    return SimpleNamespace(get_next=lambda: next(batches, None))


def cpu_recipe(path, out, reader):
    """Quantize for a CPU, as lesson 06 does; return out."""
    quantize_static(path, out, reader, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)
    return out


# %% demo="cpu_recipe_refused"
for_cpu = cpu_recipe(files["ResNet"], work / "resnet_cpu.onnx", reader_of(small.train_images[:200]))
told = parse(for_cpu)["errors"]
print("in TensorRT's words:", told[0][:300] if told else "no error")
print("in the course's words:", weigh_images(for_cpu).refused)

# %% [markdown]
# ### Exercise 7.6 · Q/DQ for TensorRT (3 points · 12 min)
#
# Write `tensorrt_qdq(path, out, reader)`: int8 that TensorRT takes, calibrated with the reader's images.
#
# *The trap:* three things must change, and TensorRT names only the first that it meets. `weigh_images(path).refused`
# asks it again.


# %% solution="tensorrt_qdq"
def tensorrt_qdq(path, out, reader):
    """Write an int8 model that TensorRT takes.

    path: Path of a float32 ONNX file; out: Path of the file to write
    reader: reader.get_next() gives a dict of inputs, each time another, then None
    returns: out. Inputs and weights of every convolution and dense layer are int8 with zero point 0, in Q/DQ form
    """
    ### BEGIN SOLUTION
    quantize_static(
        path,
        out,
        reader,
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QInt8,
        weight_type=QuantType.QInt8,
        extra_options={"ActivationSymmetric": True, "WeightSymmetric": True, "QuantizeBias": False},
    )
    return out
    ### END SOLUTION


# %% readonly="given_quantized_parts"
def quantized_parts(path):
    """Return which inputs and weights of a file in Q/DQ form are not int8, and the zero points of all others."""
    graph, others, zeros = onnx.load(path).graph, [], set()
    maker = {name: node for node in graph.node for name in node.output}
    held = {weight.name: onnx.numpy_helper.to_array(weight) for weight in graph.initializer}
    for node in [node for node in graph.node if node.op_type in ("Conv", "Gemm", "MatMul", "QLinearConv", "QGemm")]:
        for part, name in zip(("input", "weight"), node.input, strict=False):
            pair = maker.get(name)
            zero = held[pair.input[2]] if pair is not None and pair.op_type == "DequantizeLinear" else None
            if zero is None or zero.dtype != np.int8:
                others.append(f"{node.op_type}, {part}: {'not in Q/DQ form' if zero is None else zero.dtype}")
            else:
                zeros |= {int(each) for each in np.ravel(zero)}
    return others, sorted(zeros)


# %% readonly="given_two_convs"
def two_convs(seed):
    """Return the file of an untrained net of two convolutions and a dense layer, images (n, 1, 28, 28)."""
    torch.manual_seed(seed)
    layers = torch.nn.Conv2d(1, 8, 3, 2), torch.nn.ReLU(), torch.nn.Conv2d(8, 16, 3, 2), torch.nn.ReLU()
    net = torch.nn.Sequential(*layers, torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(16, 10))
    return to_onnx_torchscript(net.eval(), torch.rand(2, 1, 28, 28), new_path("float.onnx"))


# %% test="tensorrt_qdq_accepted" points=1
x = np.random.default_rng(3).normal(size=(100, 1, 28, 28)).astype(np.float32)
path = file_of(tensorrt_qdq(two_convs(3), new_path("int8.onnx"), reader_of(x)), "tensorrt_qdq(path, out, reader)")
with tensorrt.counted_where_it_runs():
    weighed = weigh_images(path)
    expect.equal(weighed.refused, "", "what TensorRT says against the file")
    likely = "TensorRT takes it, but nothing in it is int8: is this the quantized file?"
    expect.true(
        "Int8" in weighed.types, "the engine's types", expected="Int8 among them", got=weighed.types, likely=likely
    )
    print(f"an engine of {weighed.engine_layers} layers with the types {', '.join(weighed.types)}")
### BEGIN HIDDEN TESTS
with tensorrt.counted_where_it_runs(), fresh_draw() as rng:
    x = rng.normal(size=(100, 1, 28, 28)).astype(np.float32)
    weighed = weigh_images(tensorrt_qdq(two_convs(int(rng.integers(10**6))), new_path("int8.onnx"), reader_of(x)))
    expect.equal((weighed.refused, "Int8" in weighed.types), ("", True), "a fresh file, and whether it is int8")
### END HIDDEN TESTS
if tensorrt.usable(trt):
    expect.passed("TensorRT takes it, as int8")

# %% test="tensorrt_qdq_symmetric" points=1
x = np.random.default_rng(4).normal(size=(100, 1, 28, 28)).astype(np.float32)
path = file_of(tensorrt_qdq(two_convs(4), new_path("int8.onnx"), reader_of(x)), "tensorrt_qdq(path, out, reader)")
others, zeros = quantized_parts(path)
expect.equal(others, [], "the inputs and weights that are not int8")
likely = "ActivationSymmetric and WeightSymmetric make zero points 0"
expect.equal(zeros, [0], "the zero points in the file", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    x = rng.normal(rng.uniform(-1, 1), size=(50, 1, 28, 28)).astype(np.float32)
    path = tensorrt_qdq(two_convs(int(rng.integers(10**6))), new_path("int8.onnx"), reader_of(x))
    expect.equal(quantized_parts(path), ([], [0]), "a fresh file: what is not int8, and the zero points")
### END HIDDEN TESTS
expect.passed("signed, around zero, everywhere")

# %% test="tensorrt_qdq_scores" points=1
plain = two_convs(5)
for size in (1.0, 20.0):
    x = (size * np.random.default_rng(5).normal(size=(100, 1, 28, 28))).astype(np.float32)
    path = file_of(tensorrt_qdq(plain, new_path("int8.onnx"), reader_of(x)), "tensorrt_qdq(path, out, reader)")
    wanted, got = (scores_of(file, torch.from_numpy(x)) for file in (plain, path))
    gap = float(np.abs(got - wanted).max() / np.ptp(wanted))
    likely = "the ranges do not come from the reader's images"
    what = f"the largest difference over the range of the scores, for inputs of size {size:g}"
    expect.true(gap < 0.2, what, expected="less than 0.2", got=gap, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    plain, size = two_convs(int(rng.integers(10**6))), float(rng.choice([0.05, 60.0]))
    x = (size * rng.normal(size=(100, 1, 28, 28))).astype(np.float32)
    path = tensorrt_qdq(plain, new_path("int8.onnx"), reader_of(x))
    wanted, got = (scores_of(file, torch.from_numpy(x)) for file in (plain, path))
    gap = float(np.abs(got - wanted).max() / np.ptp(wanted))
    expect.true(gap < 0.2, f"a fresh net, inputs of size {size:g}", expected="less than 0.2", got=gap)
### END HIDDEN TESTS
expect.passed("scores close to those of float32")

# %% [markdown]
# ### Is the int8 engine the smallest?
#
# The trained ResNet again, with your `tensorrt_qdq`. Calibration takes a representative sample, here 200 training
# images, and no training. The table counts layers that work: shapes, signals and waits, which your `engine_layers`
# lists, are left out.

# %% demo="int8_measured"
files["ResNet, int8"] = tensorrt_qdq(files["ResNet"], work / "resnet_int8.onnx", reader_of(small.train_images[:200]))
engines["int8"] = weigh_images(files["ResNet, int8"])
accuracies["int8"] = right(files["ResNet, int8"])
rows = []
for name, each in engines.items():
    layers = {
        "layers that work": each.engine_layers,
        "streams": each.streams,
        "weights, bytes": f"{each.weights_bytes:,}",
    }
    sizes = {"engine, bytes": f"{each.engine_bytes:,}", "test images right": f"{accuracies[name]:.1%}"}
    rows.append({"ResNet": name, "types": ", ".join(each.types), **layers, **sizes})
    measured[f"ResNet engine, {name}"] = (
        f"{each.engine_bytes:,} bytes, {each.engine_layers} layers that work, {accuracies[name]:.1%}"
    )
tables.show(rows, "Engines for SM86")

# %% demo="int8_drawn"
fig, axes = plots.figure(width=6.5, height=2.4)
names = list(engines)[::-1]
weights = [engines[name].weights_bytes / 1e6 for name in names]
others = [engines[name].engine_bytes / 1e6 - each for name, each in zip(names, weights, strict=True)]
axes.barh(names, weights, color=plots.BLUE, label="weights")
axes.barh(names, others, left=weights, color=plots.ORANGE, hatch="//", edgecolor="white", label="kernels and plan")
axes.set(title="What the ResNet's engines consist of", xlabel="MB")
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
told = "; ".join(f"{n} {w:.2f} MB and {o:.2f} MB" for n, w, o in zip(names, weights, others, strict=True))
plots.show(fig, f"Bars of three engines, weights and everything else: {told}.")

# %% [markdown]
# The weights shrink as they should; the engine need not. Between two int8 convolutions somebody must bend, add, and
# round to 8 bits again. What was part of the convolution's own kernel in float32 is a kernel of its own here, made to
# measure and kept in the engine: the next table counts them. The more weights a network has, the less that matters.
# Whether int8 is also *faster* is for a GPU to say.

# %% [markdown]
# ### Where can all five optimizations be seen?
#
# A well-known talk names five things that TensorRT does to a network. Each leaves a trace in the log.

# %% demo="logs_of_both"
logs = {}
for name in ("ResNet", "ResNet, int8"):
    with tensorrt.listening() as heard:
        build_engine(files[name], for_batches(1, 8, 32), "SM86")
    logs[name] = heard.text()
count = lambda name, pattern: len(re.findall(pattern, logs[name]))
kernels = {"made now": "__myl_", "left to the GPU that loads it": "__myelin_CASK_STUB"}
tactics = {n: ", ".join(f"{count(n, f'TacticName: {key}')} {what}" for what, key in kernels.items()) for n in logs}
measured["kernels in the engine"] = "; ".join(f"{name}: {each}" for name, each in tactics.items())
measured["layers of the int8 engine that wait for another stream"] = count("ResNet, int8", "LayerType: wait")

# %% demo="five_optimizations"
whole, small_types = engines["float32"], engines["int8"]
traces = {
    "layer and tensor fusion": ("Metadata", measured["ResNet, ONNX nodes into engine layers"]),
    "precision": ("Datatype", f"{', '.join(whole.types)}; int8 file: {', '.join(small_types.types)}"),
    "dynamic tensor memory": ("Total Activation Memory", f"{whole.activation_bytes:,} bytes for 32 images"),
    "kernel auto-tuning": ("TacticName", f"{tactics['ResNet']}; int8 file: {tactics['ResNet, int8']}"),
    "multi-stream execution": ("StreamId", f"streams: {whole.streams}; int8 file: {small_types.streams}"),
}
rows = [{"optimization": what, "in the log": where, "found": found} for what, (where, found) in traces.items()]
tables.show(rows, "The ResNet's engine for SM86")

# %% [markdown]
# The kernels marked as left are the point where `tensorrt` and `tensorrt_rtx` part. The first times candidates while
# it builds, on the GPU; the second finishes them when the engine is loaded, and can keep them in a *runtime cache*.

# %% [markdown]
# ## Who builds an engine twice?
#
# Never build an engine for each inference, says the talk; serialize it and use it again. But an engine that is used
# again must be the right one: another model, GPU or version of TensorRT needs another engine. Precision is in the model
# file, and so are the weights, unless they lie in files beside it.
#
# And it must be whole. A process may be killed while it writes. So write to another name and rename when all is there:
# `half.replace(path)` happens at once or not at all. Against damage of any other kind helps a **checksum**:
# `hashlib.sha256(data).hexdigest()`.

# %% readonly="given_model_files"
import hashlib


def model_files(path):
    """Return all files of a model: its own, then those beside it that hold its weights."""
    held = {
        e.value
        for w in onnx.load(path, load_external_data=False).graph.initializer
        for e in w.external_data
        if e.key == "location"
    }
    return [Path(path), *(Path(path).parent / name for name in sorted(held))]


def model_outside(path, value):
    """Write y = x @ w with every weight equal to value, kept in the file w.bin beside it; return path."""
    write_graph("net (float[N, 8] x) => (float[N, 4] y) <float[8, 4] w = {0}> { y = MatMul (x, w) }", path)
    model = onnx.load(path)
    model.graph.initializer[0].CopyFrom(onnx.numpy_helper.from_array(np.full((8, 4), value, np.float32), "w"))
    (path.parent / "w.bin").unlink(missing_ok=True)
    onnx.save(model, path, save_as_external_data=True, location="w.bin", size_threshold=0)
    return path


# %% [markdown]
# ### Exercise 7.7 · Keep engines (3 points · 30 min)
#
# Write the class `EngineCache`. Its `get` returns a kept engine, or builds one and keeps it.
#
# *The trap:* the key is what the files of `model_files(path)` hold, not what they are called. What is found on the
# disk may be damaged: then it is built again. That you write to another name and rename no test can see, for none can
# kill you in the middle; do it all the same.
#
# <details><summary>Hint</summary>
# One hash of everything the engine depends on can be the file's name; the checksum of the engine can be the file's
# first line. <code>data.partition(b"\n")</code> takes them apart again. <code>hexdigest()</code> is a str, what you
# read is bytes, and the two are never equal: <code>.encode()</code>.
# </details>


# %% solution="engine_cache"
class EngineCache:
    """Engines in a folder (a Path, made where it is missing), each built once; another EngineCache of it finds them.

    get(path, target, version, build): the engine (bytes) kept for the model at path, target and version (strings), if
        it is whole; else what build() returns, which is then kept. Where build() raises, get does, and keeps nothing
    """

    def __init__(self, folder):
        ### BEGIN SOLUTION
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        ### END SOLUTION

    def get(self, path, target, version, build):
        ### BEGIN SOLUTION
        parts = [file.read_bytes() for file in model_files(path)] + [target.encode(), version.encode()]
        kept = self.folder / hashlib.sha256(repr(parts).encode()).hexdigest()
        check, _, engine = (kept.read_bytes() if kept.exists() else b"").partition(b"\n")
        if check != hashlib.sha256(engine).hexdigest().encode():
            engine = build()
            half = kept.with_suffix(".half")
            half.write_bytes(hashlib.sha256(engine).hexdigest().encode() + b"\n" + engine)
            half.replace(kept)
        return engine
        ### END SOLUTION


# %% readonly="given_asked"
def asked(cache, path, target, version, engine):
    """Return what your cache gives for a build that would give engine, and how often it built."""
    builds = []
    return cache.get(path, target, version, lambda: builds.append("built") or engine), len(builds)


# %% test="engine_cache_builds_once" points=1
folder, path = new_path("cache"), model_outside(new_path("net.onnx"), 1.0)
cache, engine = EngineCache(folder), b"an engine\nof two lines"
expect.equal(asked(cache, path, "SM86", "1.7", engine), (engine, 1), "the first get: the engine, and how many builds")
likely = "look for it first; is it found, but its checksum compared as str with bytes?"
expect.equal(asked(cache, path, "SM86", "1.7", b"never built"), (engine, 0), "the second get", likely=likely)
likely = "keep engines in the folder, not in the object alone"
got = asked(EngineCache(folder), path, "SM86", "1.7", b"never built")
expect.equal(got, (engine, 0), "a get from another EngineCache of this folder", likely=likely)
got = asked(EngineCache(new_path("elsewhere") / "deeper"), path, "SM86", "1.7", b"for another folder")
expect.equal(got, (b"for another folder", 1), "a get from an EngineCache of another folder, not yet made")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    folder, target, version = new_path("cache"), f"SM{rng.integers(200)}", str(rng.integers(10**9))
    engine = rng.bytes(int(rng.integers(1, 5000))) + b"\r\n\n\0"
    first = asked(EngineCache(folder), path, target, version, engine)
    expect.equal((first, asked(EngineCache(folder), path, target, version, b"")), ((engine, 1), (engine, 0)), "fresh")
### END HIDDEN TESTS
expect.passed("built once, and kept on the disk")

# %% test="engine_cache_key" points=1
path, cache = model_outside(new_path("net.onnx"), 1.0), EngineCache(new_path("cache"))
first = (path, "SM86", "1.7")
asked(cache, *first, b"first")
expect.equal(asked(cache, path, "SM89", "1.7", b"second"), (b"second", 1), "another target: the engine, and builds")
expect.equal(asked(cache, path, "SM86", "1.8", b"third"), (b"third", 1), "another version of TensorRT")
expect.equal(asked(cache, *first, b"no"), (b"first", 0), "the first one again", likely="is each key kept and found?")
model_outside(path, 2.0)  # of the two files, only that with the weights changes
likely = "model_files(path) names every file whose content counts"
expect.equal(asked(cache, *first, b"fourth"), (b"fourth", 1), "other weights in the file beside it", likely=likely)
write_graph("net (float[N, 8] x) => (float[N, 8] y) { y = Relu (x) }", path)
likely = "the same name, another content: hash what is in the file"
expect.equal(asked(cache, *first, b"fifth"), (b"fifth", 1), "another model in the file", likely=likely)
expect.equal(asked(cache, path, "SM861", ".7", b"sixth"), (b"sixth", 1), "parts that are the same when put together")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    cache, width = EngineCache(new_path("cache")), int(rng.integers(2, 9))
    texts = [f"net (float[N, {width + k}] x) => (float[N, {width + k}] y) {{ y = Relu (x) }}" for k in range(3)]
    models = [write_graph(text, new_path("net.onnx")) for text in texts]  # the same name in three folders
    keys = [(model, target, f"1.{k}") for model in models for target in ("SM80", "SM86") for k in (0, 1)]
    wanted = [rng.bytes(50) for _ in keys]
    got = [asked(cache, *key, engine) for key, engine in zip(keys, wanted, strict=True)]
    expect.equal(got, [(engine, 1) for engine in wanted], "twelve fresh keys")
    expect.equal([asked(cache, *key, b"") for key in keys], [(engine, 0) for engine in wanted], "the twelve again")
### END HIDDEN TESTS
expect.passed("model, weights, target and version are the key")


# %% readonly="given_damage"
def killed():
    """A build that dies."""
    raise RuntimeError("killed in the middle of a build")


def in_words(got, engine):
    """Return what asked() gave, in words where the engine is long."""
    found, builds = got
    others = f"{len(found)} other bytes" if type(found) is bytes else f"a {type(found).__name__}"
    return "the engine" if found == engine else others, f"{builds} builds"


def changed(data, place):
    """Return data with one bit changed in the byte that is place from the end, where there is one."""
    return data[:-place] + bytes([data[-place] ^ 1]) + data[len(data) - place + 1 :] if len(data) >= place else data


def damage(folder, how):
    """Damage every file in the folder: how takes its bytes and returns others."""
    for file in [each for each in Path(folder).rglob("*") if each.is_file()]:
        file.write_bytes(how(expect.after(file).read_bytes()))


# %% test="engine_cache_never_half" points=1
path, folder, engine = model_outside(new_path("net.onnx"), 1.0), new_path("cache"), bytes(range(256)) * 40
what = "get with a build that is killed"
expect.equal(outcome(EngineCache(folder).get, path, "SM86", "1.7", killed)[0], "RuntimeError", what)
got = lambda made: in_words(asked(EngineCache(folder), path, "SM86", "1.7", made), engine)
likely = "is there an empty or half file? build first, then write"
expect.equal(got(engine), ("the engine", "1 builds"), "the next get", likely=likely)
likely = "is it kept on the disk, and found? a checksum as str never equals one as bytes"
expect.equal(got(b"never built"), ("the engine", "0 builds"), "the get after that, nothing damaged", likely=likely)
harms = {"cut in half": lambda data: data[: len(data) // 2], "without its last byte": lambda data: data[:-1]}
harms |= {"empty": lambda data: b"", "changed in one bit": lambda data: changed(data, 200)}
for harm, how in harms.items():
    damage(folder, how)
    likely = "keep a checksum of the engine, and compare it with that of what you read"
    expect.equal(got(engine), ("the engine", "1 builds"), f"get where what was kept is {harm}", likely=likely)
    likely = "what was damaged is replaced"
    expect.equal(got(b"never built"), ("the engine", "0 builds"), "the get after that", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    folder, engine, place = new_path("cache"), rng.bytes(int(rng.integers(3000, 9000))), int(rng.integers(100, 2000))
    for how in (None, lambda data: changed(data, place), lambda data: data[: int(rng.integers(len(data)))]):
        damage(folder, how) if how else None
        got = in_words(asked(EngineCache(folder), path, "SM89", "1.7", engine), engine)
        expect.equal(got, ("the engine", "1 builds"), f"fresh, changed {place} from the end, cut somewhere")
### END HIDDEN TESTS
expect.passed("whole, or built again")

# %% [markdown]
# ### How many builds does a second start need?
#
# Three precisions for two kinds of GPU through your cache, as if the service were started twice.

# %% demo="cache_at_work"
shelf, starts = work / "engines", []
for start in ("first start", "second start"):
    builds = []

    def built_now(file, target, builds=builds):
        builds.append(target)
        (given,) = onnx.load(file).graph.input
        return build_engine(file, {given.name: for_batches(1, 8, 32)["input"]}, target)

    cache = EngineCache(shelf)
    for name in ("ResNet", "ResNet, float16", "ResNet, int8"):
        for target in ("SM86", "SM89"):
            cache.get(files[name], target, tensorrt.version(trt), lambda f=files[name], t=target: built_now(f, t))
    starts.append({"": start, "engines asked for": 6, "builds": len(builds)})
kept = sum(each.stat().st_size for each in shelf.rglob("*") if each.is_file())
measured["builds at the first and the second start"] = ", ".join(str(row["builds"]) for row in starts)
tables.show(starts, f"{kept / 1e6:.1f} MB kept")

# %% [markdown]
# What yours does not do yet: of two processes that ask at the same moment, both build. The course's own
# `tensorrt.EngineCache`, which later lessons use, also holds a lock while it builds, so that the second one waits and
# then loads.

# %% [markdown]
# ## What does an engine do where a GPU is?
#
# Input goes to the GPU, the kernels run on a stream, results come back. Memory of the host that is **pinned**
# (page-locked) can be copied while other work goes on; from regular memory the driver first copies to pinned memory of
# its own. Times come from *CUDA events*, which the GPU itself records on the stream. The course's `tensorrt.load` does
# all this: `run` takes a dict of arrays and returns one, as a session does.

# %% demo="gpu_or_not"
gpu = tensorrt.gpu()
planned_runs = (
    "parity: the engine's scores against ONNX Runtime's",
    "latency: the engine beside eager PyTorch and ONNX Runtime with CUDA",
    "data transfer: regular memory against pinned",
)
print(f"On {gpu}:" if gpu else "No GPU here that PyTorch can use. Not run, not measured:")
for each in planned_runs:
    print("  -", each)
measured["engines run"] = f"on {gpu}" if gpu else "not measured: no GPU here"

# %% demo="gpu_parity"
if gpu:
    some = small.test_images[:8]
    on_this_gpu = build_engine(files["ResNet"], for_batches(1, 8, 32), "CURRENT")
    engine = tensorrt.load(on_this_gpu, trt=trt)
    gap = np.abs(engine.run({"input": some})["output"] - scores_of(files["ResNet"], torch.from_numpy(some))).max()
    measured["engine against ONNX Runtime, largest difference"] = f"{gap:.1e}"
    print(
        measured["engine against ONNX Runtime, largest difference"],
        "and",
        len(engine.layers()),
        "layers, says EngineInspector",
    )
else:
    print("not measured: no GPU here")

# %% demo="latencies"
from course_utils.hardware import hardware_line
from course_utils.timing import compare

place, some = "cuda" if gpu else "cpu", small.test_images[:8]
module = copy.deepcopy(resnet).to(place)
session = runtime.session(files["ResNet"], "cuda" if "cuda" in runtime.providers() else "cpu")


@torch.inference_mode()
def eager():
    return module(torch.from_numpy(some).to(place)).cpu()


calls = {"PyTorch, eager": eager, "ONNX Runtime": lambda: session.run(None, {"input": some})}
if gpu:
    calls["TensorRT, float32"] = lambda: engine.run({"input": some})
turns = compare(calls, rounds=40, time_limit_s=5)
here = {name: turns.timings[name].median_ns / 1e6 for name in calls}
tables.show(turns.rows(), f"8 images, on {gpu or 'the CPU'}; {turns.conditions()}")

# %% demo="pinned_or_not"
rows = []
for pinned in (False, True) if gpu else ():
    loaded = tensorrt.load(on_this_gpu, pinned=pinned, trt=trt)
    times = [loaded.run({"input": some}) and list(loaded.milliseconds.values()) for _ in range(200)]
    to, run, back = np.median(times[20:], axis=0)
    rows.append({"host memory": "pinned" if pinned else "regular", "to, ms": to, "run, ms": run, "back, ms": back})
tables.show(rows, gpu) if rows else print("not measured: no GPU here")

# %% [markdown]
# ### What did others measure?
#
# Two published ladders, quoted. The report (a TCN for sequential digits on an RTX 2080 Ti) found hardly any difference
# between regular, pinned and zero-copy transfer at this size: 0.39 to 0.44 ms. The talk gives frames per second of two
# face detectors on a GTX 1080. Beside them stands what your machine just did. Networks and hardware differ: compare
# within a group only.

# %% demo="ladders"
report = {"PyTorch": 3.13, "ONNX Runtime, GPU": 1.21, "TensorRT float32": 0.63, "TensorRT float16": 0.52}
report |= {"the same in C++, float32": 0.53, "in C++, float16": 0.41}
talk = {"RetinaFace-ResNet50 640×480, float32": 81, "the same, int8": 190, "with MobileNet-0.25, float32": 400}
groups = [("quoted: report, RTX 2080 Ti", report), (f"measured here: {gpu or 'CPU'}", here)]
groups.append(("quoted: talk, GTX 1080", {name: 1000 / rate for name, rate in talk.items()}))
rows = []
for group, times in groups:
    first = next(iter(times.values()))
    rows += [
        {"where": group, "what": n, "ms": f"{t:.2f}", "over the group's first": f"{first / t:.1f}×"}
        for n, t in times.items()
    ]
    if times is here and not gpu:
        rows.append({"where": group, "what": "TensorRT", "ms": "not measured", "over the group's first": "no GPU here"})
tables.show(rows, hardware_line())

# %% demo="ladders_drawn"
fig, axes = plots.figure(width=7.5, height=3.6)
colors = (plots.BLUE, plots.ORANGE, plots.GREEN)
ticks, labels, told = [], [], []
for (group, times), color in zip(groups, colors, strict=True):
    speed = [next(iter(times.values())) / t for t in times.values()]
    spots = [len(ticks) + len(told) + k for k in range(len(times))]  # a gap after each group
    axes.barh(spots, speed, color=color, label=group)
    axes.bar_label(axes.containers[-1], [f"{each:.1f}×" for each in speed], padding=2, fontsize=8)
    ticks, labels = ticks + spots, labels + list(times)
    told.append(f"{group}: " + ", ".join(f"{name} {each:.1f}" for name, each in zip(times, speed, strict=True)))
axes.set_yticks(ticks, labels, fontsize=8)
axes.invert_yaxis()
axes.set(title="Speed over the first of each group", xlim=(0, 9.5))
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=8)
plots.show(fig, f"Bars of speed relative to the first of each group. {'. '.join(told)}.")

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
