# %% [markdown]
# # What does the optimizer do to my graph?
#
# **Lesson 05** · 150 minutes · 20 points · you need: lessons 03 and 04
#
# When a session opens, ONNX Runtime rewrites your graph before it runs a single node. Nodes disappear, others are
# fused into one, and some come back in a memory layout that no standard knows. You will look at the graph at each
# stage, fold a batch normalization into its convolution by algebra, then in the file itself, write rewrite rules of
# your own, and count the bytes that fusing saves before you ask a clock what they were worth.

# %% [markdown]
# ## How do you work here?
#
# As in the lessons before: a box says what to write, a cell waits for it, tests tell at once; hidden tests ask the
# same of fresh random numbers. Every exercise but 5.4, which uses 5.3, can be solved without the others;
# demonstrations use what stands above them. All files go to the folder `work05`, which a cell below empties.
#
# Two helpers of the course, `graphs.operators` and `graphs.levels`, are what you write here: they rest in this lesson.

# %% readonly="imports"
import copy
import shutil
import tempfile
import traceback
from collections import Counter
from functools import partial
from math import prod
from pathlib import Path

from course_utils import expect, plots, runtime, tables, withheld
from course_utils.export import to_onnx, to_onnx_torchscript
from course_utils.graphs import beside, fusions
from course_utils.seeds import fresh_draw  # for the hidden tests
from course_utils.timing import compare

import numpy as np
import onnx
import onnx_ir
import onnxruntime as ort
import torch
from onnx_ir.passes import common as passes


# %% readonly="this_lesson"
withheld.working_on("05")
measured = {}  # filled by the demonstrations, shown at the end

# %% readonly="work_folder"
torch.set_num_threads(1)
ort.set_default_logger_severity(4)  # fatal errors only; the others are exceptions as well
work = Path("work05")
shutil.rmtree(work, ignore_errors=True)
work.mkdir()


# %% readonly="new_path"
def new_path(name):
    """Return a path for a file of this name, in a new folder below work05."""
    return Path(tempfile.mkdtemp(dir=work)) / name


# %% [markdown]
# ## What is in a graph?
#
# A **computational graph** is a list of nodes, joined by named tensors. `onnx.load(path).graph` has:
#
# | attribute | what it holds |
# |---|---|
# | `graph.node` | the nodes, each after those whose outputs it reads |
# | `node.op_type`, `node.domain` | its operator, and whose operator that is: `""` is ONNX's own |
# | `node.input`, `node.output` | names of tensors |
# | `node.attribute` | what is fixed about it, such as strides |
# | `graph.initializer` | the weights, as named tensors |
#
# A node such as `If` or `Loop` carries whole graphs, its **bodies**, as attributes: `attribute.g` is one (a graph
# without nodes, where the attribute is a number).


# %% readonly="given_graphs"
def write_graph(path, text, **weights):
    """Write a graph given as text, with float32 weights by name, as a checked ONNX file; return its path."""
    head = '<ir_version: 9, opset_import: ["" : 20, "com.microsoft" : 1, "com.microsoft.nchwc" : 1]> g '
    model = onnx.parser.parse_model(head + text)
    for name, value in weights.items():
        model.graph.initializer.append(onnx.numpy_helper.from_array(np.asarray(value, np.float32), name))
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path


# %% readonly="given_listed"
def listed(path):
    """Return the operators of the graph in a file, sorted, without those inside bodies."""
    expect.true(Path(path).is_file(), "the file that was to be written", expected=str(path), got="no such file")
    return sorted(node.op_type for node in onnx.load(path).graph.node)


# %% readonly="given_run"
def run_graph(path, **inputs):
    """Return the outputs of the graph as it was written: ONNX Runtime with its optimizations off."""
    return runtime.session(path, optimize="disabled").run(None, inputs)


# %% readonly="first_graph"
branching = """(float[n] x, bool big) => (float[n] y) {
    a = Abs(x)
    b = If(big) <
        then_branch = t () => (float[n] p) {q = Neg(a) p = Neg(q)},
        else_branch = e () => (float[n] r) {r = Exp(a)}
    >
    y = Abs(b)
}"""
first = write_graph(work / "first.onnx", branching)
for node in onnx.load(first).graph.node:
    inside = [len(attribute.g.node) for attribute in node.attribute]
    print(node.op_type, list(node.input), "→", list(node.output), "nodes in its bodies:", inside)

# %% [markdown]
# ### Exercise 5.1 · Count operators (1 point · 8 min)
#
# Write `count_ops(path)`: how many nodes there are of each operator, those inside bodies included.
#
# *The trap:* a body may hold an `If` of its own. `graph.node` alone shows none of what is inside.
#
# <details><summary>Hint</summary>
# An inner function that takes a graph and calls itself for each <code>attribute.g</code> reaches every depth.
# </details>


# %% solution="count_ops"
def count_ops(path):
    """Return how many nodes of each operator are in the file.

    path: an ONNX file
    returns: a dict from op_type to its number, 1 or more, with the nodes of all bodies, at every depth
    """
    ### BEGIN SOLUTION
    counted = Counter()

    def visit(graph):
        for node in graph.node:
            counted[node.op_type] += 1
            for attribute in node.attribute:
                visit(attribute.g)

    visit(onnx.load(path).graph)
    return dict(counted)
    ### END SOLUTION


# %% readonly="given_deeper"
then, other = "{o = Tanh(a) v = Tanh(o)}", "{z = Sin(a)}"
inner = f"then_branch = u () => (float[n] v) {then}, else_branch = w () => (float[n] z) {other}"
deeper = branching.replace("r = Exp(a)", f"r = If(big) <{inner}>")


# %% readonly="given_counted"
def counted_by_you(path):
    """Return what your count_ops returns, as a plain dict where it can be one."""
    got = count_ops(path)
    try:
        return dict(got)
    except (TypeError, ValueError):
        return got


# %% test="count_ops_counts" points=0.5
chain = "(float[n] x) => (float[n] y) {a = Abs(x) b = Neg(a) c = Abs(b) y = Exp(c)}"
path = write_graph(new_path("counts.onnx"), chain)
got, what = counted_by_you(path), "count_ops(path) of x → Abs → Neg → Abs → Exp"
expect.keys(got, ["Abs", "Exp", "Neg"], what)
causes = {"there are two Abs; add 1 for each": {"Abs": 1, "Exp": 1, "Neg": 1}}
expect.close(got, {"Abs": 2, "Exp": 1, "Neg": 1}, what, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    kinds = [str(kind) for kind in rng.choice(["Abs", "Neg", "Exp", "Relu", "Tanh"], size=int(rng.integers(6, 12)))]
    steps = " ".join(f"t{place + 1} = {kind}(t{place})" for place, kind in enumerate(kinds))
    path = write_graph(new_path("fresh.onnx"), f"(float[n] t0) => (float[n] t{len(kinds)}) {{{steps}}}")
    wanted = {kind: kinds.count(kind) for kind in kinds}
    got = counted_by_you(path)
    expect.keys(got, wanted, "count_ops of a fresh chain")
    expect.close(got, wanted, "count_ops of a fresh chain")
### END HIDDEN TESTS
expect.passed("the nodes of a graph")

# %% test="count_ops_bodies" points=0.5
got = counted_by_you(write_graph(new_path("bodies.onnx"), deeper))
what, due = "count_ops(path) of a graph with an If inside an If", {"Abs": 2, "If": 2, "Neg": 2, "Sin": 1, "Tanh": 2}
causes = {"the bodies are not counted": 3, "a body within a body is not counted": 6}
causes |= {"the nodes that carry bodies count as well": 7}
if type(got) is dict:
    lost = {"the bodies' numbers are added, with `+=`; `|=`, or `update` of a dict, keeps one of two": 8}
    causes |= lost if got.get("If") == 1 else {}
    expect.close(sum(got.values()), 9, f"all nodes of {what}: {due}", causes=causes)
expect.keys(got, due, what)
expect.close(got, due, what)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    depth, text, inner = int(rng.integers(3, 7)), "k = Cos(a)", "k"
    for level in range(depth):
        then = f"t{level} () => (float[n] {inner}) {{{text}}}"
        other = f"e{level} () => (float[n] j{level}) {{j{level} = Exp(a)}}"
        text, inner = f"i{level} = If(big) <then_branch = {then}, else_branch = {other}>", f"i{level}"
    path = new_path("deep.onnx")
    write_graph(path, f"(float[n] x, bool big) => (float[n] y) {{a = Abs(x) {text} y = Abs({inner})}}")
    expect.close(counted_by_you(path), {"Abs": 2, "If": depth, "Exp": depth, "Cos": 1}, f"{depth} bodies deep")
### END HIDDEN TESTS
expect.passed("bodies, and bodies within bodies")

# %% [markdown]
# ### Where is BatchNorm?
#
# The course's `DigitResNet` has a batch normalization after each of its 15 convolutions. Two exports, counted by you:
# `torch.export` has already folded them into the convolutions, the older TorchScript exporter leaves them where they
# were. To *see* a BatchNorm in a graph, and to learn how it goes, this lesson works on the second.


# %% readonly="given_export"
def exported(model, example, path):
    """Write what TorchScript records, BatchNormalization included; return path.

    Weights that are equal by chance come as one, behind an Identity: the pass puts each where it is read.
    """
    to_onnx_torchscript(model, example, path, tolerance=None)
    graph = onnx_ir.load(path)
    passes.IdentityEliminationPass()(graph)
    onnx_ir.save(graph, path)
    return path


# %% demo="where_is_batchnorm"
from course_utils.training import trained

resnet, image = trained("resnet").eval(), torch.rand(2, 1, 28, 28, generator=torch.manual_seed(0))
newer = to_onnx(resnet, image, work / "resnet.onnx")
older = exported(resnet, image, work / "resnet_batchnorm.onnx")
rows = []
for name, file in (("torch.export", newer), ("TorchScript", older)):
    counted = count_ops(file)
    words = ", ".join(f"{count} {kind}" for kind, count in sorted(counted.items(), key=lambda each: -each[1]))
    rows.append({"exporter": name, "nodes": sum(counted.values()), "operators": words})
tables.show(rows, "DigitResNet, as two exporters write it")
measured["nodes of DigitResNet"] = " and ".join(f"{row['nodes']} by {row['exporter']}" for row in rows)

# %% [markdown]
# ## What does the optimizer write?
#
# ONNX Runtime has four **levels**, and each includes those before it:
#
# | level | `ort.GraphOptimizationLevel.…` | what it adds |
# |---|---|---|
# | disabled | `ORT_DISABLE_ALL` | nothing |
# | basic | `ORT_ENABLE_BASIC` | what stays standard ONNX: constants computed, no-ops dropped, BatchNorm folded |
# | extended | `ORT_ENABLE_EXTENDED` | fused operators of its own, such as `FusedConv` |
# | all | `ORT_ENABLE_ALL`, the default | what suits this processor: on x86-64, a memory layout for its vectors |
#
# **Offline optimization** saves the result: a session whose options name a file writes it while it opens. The
# optimization is then paid once, not at each start.

# %%
options = ort.SessionOptions()
options.intra_op_num_threads = 1
options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
options.optimized_model_filepath = str(work / "first_saved.onnx")  # a string, not a Path
ort.InferenceSession(first, options, providers=["CPUExecutionProvider"])
print("before:", listed(first), "saved:", listed(work / "first_saved.onnx"))

# %% [markdown]
# ### Exercise 5.2 · Save what runs (2 points · 10 min)
#
# Write `save_optimized(path, out, level)`: write the graph that ONNX Runtime runs in place of `path`, at that level,
# to `out`.
#
# *The trap:* such a file may hold operators and layouts of one processor. ONNX Runtime warns of it (the cell
# `work_folder` turned that off): keep the original, and save anew for each kind of machine and each version.
#
# <details><summary>Hint</summary>
# A dict from the four names to the four levels chooses between them.
# </details>


# %% solution="save_optimized"
def save_optimized(path, out, level):
    """Write the optimized graph of the model in path to out, with one thread, on the CPU.

    path: an ONNX file, which stays as it is; out: Path of the file to write
    level: "disabled", "basic", "extended" or "all"
    returns: out
    """
    ### BEGIN SOLUTION
    levels = ort.GraphOptimizationLevel
    chosen = {
        "disabled": levels.ORT_DISABLE_ALL,
        "basic": levels.ORT_ENABLE_BASIC,
        "extended": levels.ORT_ENABLE_EXTENDED,
        "all": levels.ORT_ENABLE_ALL,
    }
    wanted = ort.SessionOptions()
    wanted.intra_op_num_threads = 1
    wanted.graph_optimization_level = chosen[level]
    wanted.optimized_model_filepath = str(out)
    ort.InferenceSession(path, wanted, providers=["CPUExecutionProvider"])
    return out
    ### END SOLUTION


# %% readonly="given_block"
block = """(float[n, 16, 6, 6] x) => (float[n, 16, 6, 6] y) {
    c = Conv<pads = [1, 1, 1, 1]>(x, w)
    b = BatchNormalization<epsilon = 0.5>(c, gamma, beta, mean, var)
    i = Identity(b)
    r = Relu(i)
    d = Conv<pads = [1, 1, 1, 1]>(x, v, bias)
    a = Add(d, r)
    y = Relu(a)
}"""


# %% readonly="given_weights"
def drawn_weights(rng, **shapes):
    """Return float32 arrays of these shapes by name, drawn with rng; those named var… are positive."""
    drawn = {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    return {name: np.abs(value) + np.float32(0.2) if name[:3] == "var" else value for name, value in drawn.items()}


block_shapes = dict.fromkeys("wv", (16, 16, 3, 3)) | dict.fromkeys(["gamma", "beta", "mean", "var", "bias"], 16)
wanted = {
    "disabled": ["Add", "BatchNormalization", "Conv", "Conv", "Identity", "Relu", "Relu"],
    "basic": ["Add", "Conv", "Conv", "Relu", "Relu"],
    "extended": ["Add", "Conv", "FusedConv", "Relu"],
}
of_all = {  # by the processor; on each kind it is another graph than that of "extended"
    "with a layout of this processor": ["Conv", "Conv", "ReorderInput", "ReorderOutput"],
    "on a processor without such a layout": ["FusedConv", "FusedConv"],
}

# %% test="save_optimized_levels" points=1
path = write_graph(new_path("block.onnx"), block, **drawn_weights(np.random.default_rng(1), **block_shapes))
for level in ("extended", "disabled", "basic"):
    out, what = path.with_name(f"{level}.onnx"), f"save_optimized(path, out, {level!r})"
    save_optimized(path, out, level)
    likely = "optimized_model_filepath must be out, and be set before the session opens"
    expect.true(out.is_file(), what, expected="a file at out", got="no such file", likely=likely)
    causes = {f"this is what the level {name!r} gives": ops for name, ops in wanted.items()}
    causes |= {f"this is what the level 'all' gives, {where}": ops for where, ops in of_all.items()}
    expect.equal(listed(out), wanted[level], f"the operators that {what} writes", causes=causes)
save_optimized(path, path.with_name("all.onnx"), "all")
found, what = listed(path.with_name("all.onnx")), "whether save_optimized(path, out, 'all') leaves a BatchNormalization"
expect.equal("BatchNormalization" in found, False, what, likely="'all' does what 'basic' does, and more")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    path = write_graph(new_path("fresh.onnx"), block, **drawn_weights(rng, **block_shapes))
    likely_all, reference = new_path("reference.onnx"), ort.SessionOptions()
    reference.optimized_model_filepath = str(likely_all)
    ort.InferenceSession(path, reference, providers=["CPUExecutionProvider"])
    for level in map(str, rng.permutation(["all", *wanted])):
        out = path.with_name(f"{level}.onnx")
        save_optimized(path, out, level)
        due = wanted[level] if level != "all" else listed(likely_all)
        expect.equal(listed(out), due, f"the operators saved at the level {level!r}")
### END HIDDEN TESTS
expect.passed("each level's own graph")

# %% test="save_optimized_file" points=1
path = write_graph(new_path("model.onnx"), block, **drawn_weights(np.random.default_rng(2), **block_shapes))
out, before = new_path("saved.onnx"), path.read_bytes()
got = save_optimized(path, out, "extended")
expect.equal(str(got), str(out), "what save_optimized(path, out, 'extended') returns", likely="end with `return out`")
expect.unchanged(path, before, "the file at path")
expect.equal([each.name for each in path.parent.iterdir()], ["model.onnx"], "the files beside path")
x = np.linspace(-1, 1, 576, dtype=np.float32).reshape(1, 16, 6, 6)
expect.equal(listed(out), wanted["extended"], "the operators in the saved file")
expect.close(run_graph(out, x=x)[0], run_graph(path, x=x)[0], "what the saved file computes", atol=1e-3)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    path = write_graph(new_path("fresh.onnx"), block, **drawn_weights(rng, **block_shapes))
    x = rng.normal(size=(int(rng.integers(1, 5)), 16, 6, 6)).astype(np.float32)
    due = run_graph(path, x=x)[0]
    for level in ("basic", "all"):
        out = new_path(f"{level}.onnx")
        expect.equal(str(save_optimized(path, out, level)), str(out), "what save_optimized returns")
        expect.close(run_graph(out, x=x.copy())[0], due, f"a fresh block saved at {level!r}", atol=1e-3)
### END HIDDEN TESTS
expect.passed("a file that computes the same, beside an original that stays")

# %% [markdown]
# ### What is left at each level?
#
# The graph with its BatchNorms, saved at all four levels by you and counted by you. Then the graph of `torch.export`,
# as written and as it runs, side by side: follow one block of it from left to right.

# %% demo="nodes_over_levels"
saved = {level: save_optimized(older, work / f"resnet_{level}.onnx", level) for level in runtime.LEVELS}
counted = {level: count_ops(file) for level, file in saved.items()}
named = ["Conv", "FusedConv", "BatchNormalization", "Relu", "Add"]
heights = {kind: [ops.get(kind, 0) for ops in counted.values()] for kind in named}
heights["others"] = [sum(ops.values()) - sum(ops.get(kind, 0) for kind in named) for ops in counted.values()]
totals = {level: sum(ops.values()) for level, ops in counted.items()}
measured["nodes, disabled / basic / extended / all"] = " / ".join(map(str, totals.values()))

# %% demo="nodes_over_levels_drawn"
fig, axes = plots.figure(width=6.5, height=3.2)
base = np.zeros(4)
for (kind, height), colour, hatch in zip(
    heights.items(), plots.CYCLE, ("", "//", "..", "\\\\", "xx", "oo"), strict=False
):
    axes.bar(list(totals), height, bottom=base, label=kind, color=colour, hatch=hatch, edgecolor="white", width=0.6)
    base += height
for place, total in enumerate(totals.values()):
    axes.annotate(str(total), (place, total), ha="center", va="bottom")
axes.set(title="DigitResNet: nodes over levels", ylabel="nodes", ylim=(0, 1.12 * max(totals.values())))
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
words = [
    f"{level}: {totals[level]}, of them {', '.join(f'{n} {kind}' for kind, n in counted[level].items())}"
    for level in totals
]
plots.show(fig, f"Stacked bars of DigitResNet's nodes over the four levels. {'; '.join(words)}.")

# %% demo="side_by_side"
running = save_optimized(newer, work / "resnet_running.onnx", "all")
beside.show(newer, running, ("As torch.export wrote it", "As ONNX Runtime runs it"))

# %% [markdown]
# ## How can a normalization vanish?
#
# In eval mode a BatchNorm uses fixed numbers: for each channel a mean $\mu$, a variance $\sigma^2$, a scale $\gamma$
# and a shift $\beta$. After a convolution with weights $W$ and bias $b$:
#
# $$y = \gamma\,\frac{(W * x + b) - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta$$
#
# That is a factor and a shift for each output channel, and a convolution can do both by itself: its weights of one
# output channel take the factor, its bias takes what is left. Written out, $y = W' * x + b'$; find $W'$ and $b'$.
# A convolution without a bias has $b = 0$.

# %% [markdown]
# ### Exercise 5.3 · Fold it in algebra (4 points · 20 min)
#
# Write `fold_batchnorm(weight, bias, gamma, beta, mean, var, eps)`: the weights and the bias of the one convolution
# that does both. Stay in float64: folding is done once, so it need not add rounding of its own.
#
# *The trap:* the output channel is axis 0 of `weight`, whatever the number of groups and of axes behind it. Where
# channels and kernel have the same size, NumPy multiplies along the wrong axis without a word.
#
# <details><summary>Hint</summary>
# <code>factor.reshape(-1, *[1] * (weight.ndim - 1))</code> has a column of factors along axis 0, for any kernel.
# </details>


# %% solution="fold_batchnorm"
def fold_batchnorm(weight, bias, gamma, beta, mean, var, eps):
    """Return the convolution that does what a convolution and a batch normalization after it do.

    weight: (c_out, c_in / groups, ...) float64, any number of kernel axes; bias: (c_out,) float64, or None
    gamma, beta, mean, var: (c_out,) float64; eps: float
    returns: (weight, bias), float64, of shapes like weight and (c_out,); no argument is changed
    """
    ### BEGIN SOLUTION
    factor = gamma / np.sqrt(var + eps)
    folded = weight * factor.reshape(-1, *[1] * (weight.ndim - 1))
    shifted = -mean if bias is None else bias - mean
    return folded, shifted * factor + beta
    ### END SOLUTION


# %% readonly="given_norm"
norm = {"gamma": [6.0, 12.0], "beta": [0.1, 0.2], "mean": [1.0, -2.0], "var": [3.0, 8.0]}


def small_norm():
    """Return gamma, beta, mean and var of two channels, as new arrays."""
    return [np.array(values) for values in norm.values()]


# %% readonly="given_judge"
def by_torch(x, weight, bias, *norm, eps=0.0, groups=1):
    """Return PyTorch's convolution in float64; with gamma, beta, mean and var its batch normalization after it."""
    x, weight, bias, *norm = (torch.tensor(np.asarray(each, np.float64)) for each in (x, weight, bias, *norm))
    convolve = torch.nn.functional.conv1d if weight.ndim == 3 else torch.nn.functional.conv2d
    y = convolve(x, weight, bias, groups=groups)
    if norm:
        gamma, beta, mean, var = norm
        y = torch.nn.functional.batch_norm(y, mean, var, gamma, beta, eps=eps)
    return y.numpy()


# %% test="fold_batchnorm_weight" points=1
weight, bias = np.array([[[[1.0, 2.0]]], [[[3.0, -1.0]]]]), np.array([0.5, -1.0])
what = "fold_batchnorm(weight, bias, …, eps=1.0)"
got = fold_batchnorm(weight, bias, *small_norm(), 1.0)
expect.parts(got, 2, what, likely="return both: weight, bias")
causes = {
    "the root is missing: the variance is divided by, not the deviation": [1.5, 3.0, 4.0, -1.33333333],
    "eps belongs under the root": [2.19615242, 4.39230485, 9.4033395, -3.1344465],
    "eps is not added": [3.46410162, 6.92820323, 12.72792206, -4.24264069],
    "gamma is not in it": [0.5, 1.0, 1.0, -0.33333333],
    "each output channel, axis 0, has one factor; here each column of the kernel has": [3.0, 8.0, 9.0, -4.0],
}
expect.equal(str(np.asarray(got[0]).dtype), "float64", f"the type of the weights of {what}", likely="stay in float64")
expect.close(np.ravel(got[0]), [3.0, 6.0, 12.0, -4.0], f"the weights of {what}, in a row", atol=1e-8, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    weight, vectors = rng.normal(size=(4, 3, 4, 4)), [rng.normal(size=4) for _ in range(4)]
    gamma, beta, mean, var, eps = *vectors[:3], vectors[3] ** 2 + 0.1, float(rng.uniform(0.1, 0.5))
    due = np.stack([weight[k] * gamma[k] / np.sqrt(var[k] + eps) for k in range(4)])
    got = fold_batchnorm(weight.copy(), vectors[3].copy(), gamma.copy(), beta.copy(), mean.copy(), var.copy(), eps)
    expect.close(got[0], due, "the weights, fresh numbers", atol=1e-12)
### END HIDDEN TESTS
expect.passed("one factor for each output channel")

# %% test="fold_batchnorm_bias" points=1
weight, bias = np.array([[[[1.0, 2.0]]], [[[3.0, -1.0]]]]), np.array([0.5, -1.0])
what = "fold_batchnorm(weight, bias, …, eps=1.0)"
got = fold_batchnorm(weight, bias, *small_norm(), 1.0)
expect.parts(got, 2, what, likely="return both: weight, bias")
causes = {
    "the convolution's own bias is lost": [-2.9, 8.2],
    "the convolution's own bias takes the factor, too": [-2.4, 7.2],
    "beta is not added": [-1.5, 4.0],
    "the mean is subtracted, not added": [4.6, -11.8],
    "the mean takes the factor, too": [0.6, -1.8],
    "the mean is not subtracted": [1.6, -3.8],
    "beta does not take the factor": [-1.2, 4.8],
    "the root is missing: the variance is divided by, not the deviation": [-0.65, 1.53333333],
    "eps belongs under the root": [-0.99807621, 3.3344465],
}
expect.close(got[1], [-1.4, 4.2], f"the bias of {what}", atol=1e-8, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    bias, gamma, beta, mean, var = (rng.normal(size=3) for _ in range(5))
    var, eps = var**2 + 0.1, float(rng.uniform(0.1, 0.5))
    due = (bias - mean) / (var + eps) ** 0.5 * gamma + beta
    got = fold_batchnorm(rng.normal(size=(3, 2, 1, 5)), bias.copy(), gamma, beta, mean, var, eps)
    expect.close(got[1], due, "the bias, fresh numbers", atol=1e-12)
### END HIDDEN TESTS
expect.passed("the bias takes what is left")

# %% test="fold_batchnorm_no_bias" points=1
what = "fold_batchnorm(weight, None, …, eps=1.0)"
got = fold_batchnorm(np.array([[[[1.0, 2.0]]], [[[3.0, -1.0]]]]), None, *small_norm(), 1.0)
expect.parts(got, 2, what, likely="return both: weight, bias")
causes = {
    "without a bias of its own the mean is still subtracted": [0.1, 0.2],
    "the mean is subtracted, not added": [3.1, -7.8],
    "beta is not added": [-3.0, 8.0],
    "the mean takes the factor, too": [-0.9, 2.2],
    "the root is missing: the variance is divided by, not the deviation": [-1.4, 2.86666667],
    "eps belongs under the root": [-2.09615242, 6.46889300],
}
likely = "a convolution without a bias gets one: the mean is subtracted, and beta added, all the same"
expect.true(got[1] is not None, f"the bias of {what}", expected="an array", got=None, likely=likely)
expect.close(got[1], [-2.9, 8.2], f"the bias of {what}", atol=1e-8, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    gamma, beta, mean, var = (rng.normal(size=5) for _ in range(4))
    var, eps = var**2 + 0.1, float(rng.uniform(0.1, 0.5))
    due = fold_batchnorm(np.ones((5, 2, 3)), np.zeros(5), gamma.copy(), beta.copy(), mean.copy(), var.copy(), eps)[1]
    expect.close(due, beta - mean * gamma / (var + eps) ** 0.5, "the bias of a fresh fold of zeros", atol=1e-12)
    got = fold_batchnorm(np.ones((5, 2, 3)), None, gamma, beta, mean, var, eps)
    expect.close(got[1], due, "the bias of a fresh fold of None", atol=1e-12)
### END HIDDEN TESTS
expect.passed("a convolution without a bias gets one")

# %% readonly="given_depthwise"
depthwise = {"weight": np.arange(12.0).reshape(4, 1, 3) - 5, "bias": np.array([1.0, 2.0, 3.0, 4.0])}
depthwise |= {"gamma": np.array([1.0, 0.0, -1.0, 3.0]), "beta": np.array([0.0, 1.0, 2.0, 3.0])}
depthwise |= {"mean": np.array([5.0, 1.0, 0.0, -1.0]), "var": np.array([0.5, 2.0, 4.0, 9.0])}

# %% test="fold_batchnorm_grouped" points=1
x, eps = np.linspace(-1, 1, 24).reshape(1, 4, 6) ** 3, 0.25
arguments, before = copy.deepcopy(depthwise), depthwise
due = by_torch(x, *before.values(), eps=eps, groups=4)
got = fold_batchnorm(*arguments.values(), eps)
expect.parts(got, 2, "fold_batchnorm of a depthwise convolution", likely="return both: weight, bias")
for name, value in arguments.items():
    expect.unchanged(value, before[name], f"{name} after fold_batchnorm")
likely = "the output channel is axis 0 of weight; give the factors as many axes as weight has"
expect.shape(got[0], (4, 1, 3), "the folded weight", likely=likely)
without = before | {"bias": 0 * before["bias"]}
causes = {"the convolution's own bias is lost": by_torch(x, *without.values(), eps=eps, groups=4).ravel()}
where_zero = (before["gamma"] == 0)[:, None]
causes["gamma may be 0: do not divide by it"] = np.where(where_zero, np.nan, due).ravel()
found, what = by_torch(x, *got, groups=4).ravel(), "4 groups, one kernel axis, folded, against PyTorch, in a row"
expect.close(found, due.ravel(), what, atol=1e-9, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    groups, size = int(rng.integers(2, 5)), int(rng.integers(1, 4))
    x, weight = rng.normal(size=(2, 3 * groups, 5, 5)), rng.normal(size=(2 * groups, 3, size, size))
    bias, gamma, beta, mean, var = (rng.normal(size=2 * groups) for _ in range(5))
    due = by_torch(x, weight, bias, gamma, beta, mean, var**2 + 0.1, eps=0.3, groups=groups)
    got = fold_batchnorm(weight, bias, gamma, beta, mean, var**2 + 0.1, 0.3)
    expect.close(by_torch(x, *got, groups=groups), due, "a fresh grouped convolution, folded", atol=1e-9)
### END HIDDEN TESTS
expect.passed("groups and one-dimensional kernels, against PyTorch in float64")

# %% [markdown]
# ### What is it worth in PyTorch?
#
# *Fused Conv-BN-ReLU* is on every list of advice for small devices. Eager PyTorch runs the three one after the other,
# as the model says, unless you fold them yourself: with your function, or with PyTorch's
# `torch.nn.utils.fusion.fuse_conv_bn_eval`. Both are measured against the trained network, whole batches of 8.


# %% demo="folded_in_torch"
def folded_by(fold, model):
    model = copy.deepcopy(model)
    for parent in [each for each in model.modules() if isinstance(each, torch.nn.Sequential)]:
        for place in range(len(parent) - 1):
            if isinstance(parent[place], torch.nn.Conv2d) and isinstance(parent[place + 1], torch.nn.BatchNorm2d):
                parent[place], parent[place + 1] = fold(parent[place], parent[place + 1]), torch.nn.Identity()
    return model


# %% demo="folded_layer"
def yours(conv, bn):
    numbers = (bn.weight, bn.bias, bn.running_mean, bn.running_var)
    weight, *numbers = (each.detach().double().numpy() for each in (conv.weight, *numbers))
    weight, bias = fold_batchnorm(weight, None, *numbers, bn.eps)
    folded = copy.deepcopy(conv)
    folded.weight.data, folded.bias = torch.tensor(weight).float(), torch.nn.Parameter(torch.tensor(bias).float())
    return folded


# %% demo="folded_in_torch_timed"
def eager(model, x):
    with torch.inference_mode():
        return model(x)


eight = torch.rand(8, 1, 28, 28, generator=torch.manual_seed(1))
nets = {"as trained": resnet, "folded by you": folded_by(yours, resnet)}
nets["folded by PyTorch"] = folded_by(torch.nn.utils.fusion.fuse_conv_bn_eval, resnet)
gaps = {name: float((eager(net, eight) - eager(resnet, eight)).abs().max()) for name, net in nets.items()}
turns = compare({name: partial(eager, net, eight) for name, net in nets.items()}, rounds=40, time_limit_s=2)
measured["folding in eager PyTorch, 8 images"] = f"time × {turns.ratio('folded by you')}"
rows = [row | {"largest difference": f"{gaps[row['function']]:.1e}"} for row in turns.rows()]
same = "Both folded rows do the same work: how far their times differ is your machine's noise."
tables.show(rows, f"{same} {turns.conditions()}")

# %% [markdown]
# ## How does it go in the graph itself?
#
# A BatchNorm node reads `[tensor, gamma, beta, mean, var]` and may have the attribute `epsilon` (1e-5 where it has
# not). A `Conv` reads `[tensor, weight]` or `[tensor, weight, bias]`. Folding one means: new weights into the graph,
# the Conv reads them and gives what the BatchNorm gave, the BatchNorm goes.
#
# | step | how |
# |---|---|
# | read the weights | `weights_of(graph)`, below |
# | read epsilon | `attribute_of(node, "epsilon", 1e-5)`, below |
# | new weights for a Conv | `give_weights`, below |
# | rename its output | `conv.output[0] = name` |
# | take a node out | `graph.node.remove(node)` |
# | take a weight out | `graph.initializer.remove(tensor)`, which has a `.name` |
#
# Loop over copies, `list(graph.node)` and `list(graph.initializer)`, while you remove.


# %% readonly="given_surgery"
def weights_of(graph):
    """Return the initializers of a graph by name, as float64 arrays."""
    return {each.name: onnx.numpy_helper.to_array(each).astype(np.float64) for each in graph.initializer}


# %% readonly="given_new_weights"
def give_weights(graph, conv, weight, bias):
    """Add weight and bias to the graph as new float32 initializers, and let the Conv read them."""
    del conv.input[1:]
    for name, array in ((f"{conv.output[0]}_weight", weight), (f"{conv.output[0]}_bias", bias)):
        graph.initializer.append(onnx.numpy_helper.from_array(np.asarray(array, np.float32), name))
        conv.input.append(name)


# %% readonly="given_attribute"
def attribute_of(node, name, default):
    """Return the value of a node's attribute, or the default where the node has none of that name."""
    found = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
    return found.get(name, default)


# %% [markdown]
# ### When must it stay?
#
# Folding changes the Conv's output. That is allowed only if the BatchNorm is the *only* one to read it: another node,
# or the graph's caller, may want it unnormalized. And a BatchNorm that follows something else stays too: a Relu, say,
# or nothing at all, where it reads the graph's input.
#
# Weights can be shared: two convolutions may read one initializer, each with a BatchNorm of its own. So never change
# an initializer; add new ones, and drop an old one only when nobody reads it any more.

# %% [markdown]
# ### Exercise 5.4 · Fold it in the graph (5 points · 35 min)
#
# Write `fold_in_graph(path, out)`: every BatchNormalization that can be folded into the Conv before it is. All other
# nodes stay, and the file holds no weight that nobody reads.
#
# *The trap:* `graph.output` is a reader, too; its entries have a `.name`.
#
# <details><summary>Hint</summary>
# Two dicts help: the node that makes each tensor, and how often each tensor is read, a <code>Counter</code> of all
# <code>node.input</code> and of the names in <code>graph.output</code>. <code>conv.input[1:]</code> holds one name or
# two; without the second there is no bias.
# </details>


# %% solution="fold_in_graph"
def fold_in_graph(path, out):
    """Fold each BatchNormalization whose input is the output of a Conv that nothing else reads; return out.

    path: an ONNX file without bodies, weights all initializers, which stays as it is; out: Path of the file to write
    written: same inputs, outputs and results; all other nodes stay as they are; every initializer has a reader
    """
    ### BEGIN SOLUTION
    model = onnx.load(path)
    graph, weights = model.graph, weights_of(model.graph)
    maker = {name: node for node in graph.node for name in node.output}
    reads = Counter([name for node in graph.node for name in node.input] + [value.name for value in graph.output])
    for bn in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        conv = maker.get(bn.input[0])
        if conv is None or conv.op_type != "Conv" or reads[bn.input[0]] != 1:
            continue
        weight, bias = [*(weights[name] for name in conv.input[1:]), None][:2]
        numbers = [weights[name] for name in bn.input[1:]]
        give_weights(graph, conv, *fold_batchnorm(weight, bias, *numbers, attribute_of(bn, "epsilon", 1e-5)))
        conv.output[0] = bn.output[0]
        graph.node.remove(bn)
    still = {name for node in graph.node for name in node.input}
    [graph.initializer.remove(tensor) for tensor in list(graph.initializer) if tensor.name not in still]
    onnx.save(model, out)
    return out
    ### END SOLUTION


# %% readonly="given_norm_graphs"
def norm_text(result, tensor, number=""):
    """Return the text of a BatchNormalization whose four weights end with the number."""
    names = ", ".join(f"{name}{number}" for name in norm)
    return f"{result} = BatchNormalization<epsilon = 0.5>({tensor}, {names})"


def norm_weights(rng, channels, *numbers):
    """Return drawn weights for the BatchNormalizations with these numbers."""
    return drawn_weights(rng, **{f"{name}{number}": channels for name in norm for number in numbers})


# %% readonly="given_fold_graphs"
ends = "(float[n, 2, 5, 5] x) => (float[n, 3, 3, 3] y) {i = Identity(x)"  # no work of yours: it stays
plain = f"{ends} c = Conv(i, w, bias) {norm_text('b', 'c')} y = Relu(b)}}"
without_bias = plain.replace(", bias)", ")")
apart = f"{ends} c = Conv(i, w, bias) z = Neg(x) {norm_text('b', 'c')} y = Relu(b)}}"
apart = apart.replace("y)", "y, float[n, 2, 5, 5] z)").replace("<epsilon = 0.5>", "")  # Neg between, no epsilon
two = ends.replace("y)", "y, float[n, 3, 3, 3] z)")
staying = {
    "a Conv whose output Neg reads, too": f"{two} c = Conv(i, w) {norm_text('b', 'c')} z = Neg(c) y = Relu(b)}}",
    "a Conv whose output the caller gets": f"{two} z = Conv(i, w) {norm_text('b', 'z')} y = Relu(b)}}",
    "a BatchNormalization after a Relu": f"{two} c = Conv(i, w) r = Relu(c) z = Neg(r) {norm_text('y', 'r')}}}",
    "a BatchNormalization of the input": f"{ends.replace('i = Identity(x)', norm_text('i', 'x', 0))} y = Conv(i, w)}}",
}
images = np.sin(np.arange(100, dtype=np.float32)).reshape(2, 2, 5, 5)


# %% readonly="given_nothing_lost"
gone = {"BatchNormalization": "the Conv has to give what the BatchNormalization gave"}
gone["Conv"] = "the Conv that gave it is gone, or gives something else now: who else reads it?"
gone["weight"] = "a weight was dropped that is still read"


def nothing_lost(what, path, out):
    """Expect that something gives each tensor that is read in the file out, which was made from path."""
    first, graph = (onnx.load(each).graph for each in (path, out))
    kinds = dict.fromkeys(weights_of(first), "weight") | {node.output[0]: node.op_type for node in first.node}
    made = {name for node in graph.node for name in node.output}
    given = {"", *made, *weights_of(graph), *(value.name for value in graph.input)}
    readers = [(each.op_type, each.input) for each in graph.node]
    for reader, names in [*readers, ("the caller", [value.name for value in graph.output])]:
        for name in sorted(set(names) - given):
            expected, likely = f"something gives {name!r}, which {reader} reads", gone.get(kinds.get(name), "")
            expect.true(False, f"the file of {what}", expected=expected, got="nothing does", likely=likely)


# %% readonly="given_valid"
def valid(what, out):
    """Expect that ONNX's own checker has nothing against the file out."""
    try:
        onnx.checker.check_model(out, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        sentence = " ".join(str(error).split())
        expect.true(False, f"the file of {what}", expected="one that onnx.checker.check_model accepts", got=sentence)


# %% readonly="given_same_results"
def same_results(what, path, out, x, **more):
    """Expect that both files give the same for the input x."""
    nothing_lost(what, path, out)
    for got, due in zip(run_graph(out, x=x), run_graph(path, x=x), strict=True):
        expect.shape(got, due.shape, f"the result of {what}")
        expect.close(got.ravel(), due.ravel(), f"the result of {what}, in a row", atol=1e-3, **more)


# %% readonly="given_one_norm"
rng = np.random.default_rng(3)
one_norm = drawn_weights(rng, w=(3, 2, 3, 3), bias=3) | norm_weights(rng, 3, "")
small_var = one_norm | {"gamma": one_norm["gamma"] / 200, "var": one_norm["var"] / 1e5}


def folded_by_you(text, **weights):
    """Return the path of a graph given as text, and that of the file which your fold_in_graph makes of it."""
    path, out = write_graph(new_path("before.onnx"), text, **weights), new_path("after.onnx")
    fold_in_graph(path, out)
    return path, out


# %% test="fold_in_graph_one" points=1
path, out = folded_by_you(plain, **one_norm)
what = "fold_in_graph(path, out) of Identity → Conv → BatchNormalization → Relu"
expect.equal(listed(out), ["Conv", "Identity", "Relu"], f"the operators after {what}")
convolve, order = partial(by_torch, images, one_norm["w"]), [one_norm[name] for name in norm]
causes = {
    "the node's own epsilon, an attribute, is not used": convolve(one_norm["bias"], *order, eps=1e-5).clip(0).ravel(),
    "the Conv's own bias is lost": convolve(0 * one_norm["bias"], *order, eps=0.5).clip(0).ravel(),
}
same_results(what, path, out, images, causes=causes)
valid(what, out)
path, out = folded_by_you(apart, **small_var)
what = "Identity → Conv → BatchNormalization → Relu, a Neg between the second and the third, no epsilon"
likely = "a BatchNormalization need not stand right after its Conv: which node makes the tensor that it reads?"
expect.equal(listed(out), ["Conv", "Identity", "Neg", "Relu"], f"the operators of {what}", likely=likely)
same_results(what, path, out, images, likely="without the attribute, epsilon is 1e-5")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    x = rng.normal(size=(3, 2, 5, 5)).astype(np.float32)
    path, out = folded_by_you(without_bias, **(drawn_weights(rng, w=(3, 2, 3, 3)) | norm_weights(rng, 3, "")))
    expect.equal(listed(out), ["Conv", "Identity", "Relu"], "the operators of a fresh fold, a Conv without a bias")
    same_results("a fresh fold", path, out, x)
### END HIDDEN TESTS
expect.passed("one convolution does both")


# %% readonly="given_network"
def small_network(seed):
    """Return a network in eval mode whose BatchNorms have seen data: grouped, residual, with and without a bias."""
    torch.manual_seed(seed)
    inner = [torch.nn.Conv2d(4, 6, 3, padding=1, groups=2), torch.nn.BatchNorm2d(6, eps=0.1), torch.nn.ReLU()]
    inner += [torch.nn.Conv2d(6, 4, 1, bias=False), torch.nn.BatchNorm2d(4)]

    class Residual(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = torch.nn.Sequential(*inner)

        def forward(self, x):
            return torch.relu(x + self.inner(x))

    net = Residual()
    for layer in (inner[1], inner[4]):
        torch.nn.init.normal_(layer.weight)
        torch.nn.init.normal_(layer.bias)
    net(torch.randn(50, 4, 6, 6) * 2 + 1)
    return net.eval()


# %% test="fold_in_graph_network" points=1
net, x = small_network(4), torch.linspace(-2, 2, 288).reshape(2, 4, 6, 6)
path, out = exported(net, x, new_path("network.onnx")), new_path("network_folded.onnx")
fold_in_graph(path, out)
expect.equal(listed(out), ["Add", "Conv", "Conv", "Relu", "Relu"], "the operators of a residual block, folded")
nothing_lost("a residual block, folded", path, out)
found, due = run_graph(out, x=x.numpy())[0].ravel(), net(x).ravel()
expect.close(found, due, "the folded file against PyTorch, in a row", atol=1e-3)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    net, x = small_network(int(rng.integers(2**31))), torch.tensor(rng.normal(size=(3, 4, 6, 6)).astype(np.float32))
    path, out = exported(net, x, new_path("fresh_network.onnx")), new_path("fresh_network_folded.onnx")
    fold_in_graph(path, out)
    expect.equal(listed(out), ["Add", "Conv", "Conv", "Relu", "Relu"], "the operators of a fresh network, folded")
    expect.close(run_graph(out, x=x.numpy())[0], net(x), "a fresh network, folded, against PyTorch", atol=1e-3)
### END HIDDEN TESTS
expect.passed("a network from PyTorch, with groups and a residual sum")

# %% test="fold_in_graph_clean" points=1
rng = np.random.default_rng(5)
numbers = drawn_weights(rng, w=(3, 2, 3, 3), bias=3) | norm_weights(rng, 3, "")
path, out = write_graph(new_path("clean.onnx"), plain, **numbers, spare=[1, 2]), new_path("clean_folded.onnx")
before = path.read_bytes()
got = fold_in_graph(path, out)
expect.equal(str(got), str(out), "what fold_in_graph(path, out) returns", likely="end with `return out`")
expect.unchanged(path, before, "the file at path")
expect.equal(listed(out), ["Conv", "Identity", "Relu"], "the operators that are left")
kept = [each.name for each in onnx.load(out).graph.initializer]
likely = "initializers that no node reads are still in the file" if len(kept) > 2 else ""
likely = "no node reads 'spare', which was there before" if len(kept) == 3 and "spare" in kept else likely
what = f"the number of initializers, one Conv's weight and bias; in your file are {', '.join(kept)}"
expect.equal(len(kept), 2, what, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    net, x = small_network(int(rng.integers(2**31))), torch.tensor(rng.normal(size=(3, 4, 6, 6)).astype(np.float32))
    path, out = exported(net, x, new_path("fresh_clean.onnx")), new_path("fresh_clean_folded.onnx")
    fold_in_graph(path, out)
    graph = onnx.load(out).graph
    read = [name for node in graph.node for name in node.input]
    stale = [each.name for each in graph.initializer if each.name not in read]
    expect.equal(stale, [], "initializers without a reader, a fresh network")
    expect.equal(len(graph.initializer), 4, "the number of initializers, a fresh network")
### END HIDDEN TESTS
expect.passed("no weight that nobody reads")

# %% test="fold_in_graph_shared" points=1
steps = f"c1 = Conv(i, w) {norm_text('b1', 'c1', 1)} c2 = Conv(i, w) {norm_text('b2', 'c2', 2)} c3 = Conv(i, w)"
shared = f"{ends} {steps} y = Sum(b1, b2, c3)}}"
rng = np.random.default_rng(6)
numbers = drawn_weights(rng, w=(3, 2, 3, 3)) | norm_weights(rng, 3, 1, 2)
path, out = write_graph(new_path("shared.onnx"), shared, **numbers), new_path("shared_folded.onnx")
fold_in_graph(path, out)
what = "three Convs that read one weight, two with a BatchNormalization"
expect.equal(listed(out), ["Conv", "Conv", "Conv", "Identity", "Sum"], f"the operators of {what}, folded")
likely = "if the tests above pass: each Conv needs new weights, and the third still reads the old ones"
same_results(what, path, out, images, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    numbers = drawn_weights(rng, w=(3, 2, 3, 3)) | norm_weights(rng, 3, 1, 2)
    x = rng.normal(size=(3, 2, 5, 5)).astype(np.float32)
    for text in (shared, shared.replace(" c3 = Conv(i, w)", "").replace(", c3", "")):
        path, out = write_graph(new_path("fresh_shared.onnx"), text, **numbers), new_path("fresh_shared_folded.onnx")
        fold_in_graph(path, out)
        expect.equal("BatchNormalization" in listed(out), False, "whether a BatchNormalization is left")
        same_results("fresh Convs that share a weight", path, out, x)
### END HIDDEN TESTS
expect.passed("shared weights stay what they are for the others")

# %% test="fold_in_graph_leaves" points=1
rng = np.random.default_rng(7)
numbers = drawn_weights(rng, w=(3, 2, 3, 3)) | norm_weights(rng, 3, "") | norm_weights(rng, 2, 0)
for what, text in staying.items():
    path, out = write_graph(new_path("stays.onnx"), text, **numbers), new_path("stays_folded.onnx")
    fold_in_graph(path, out)
    likely = "this BatchNormalization must stay"
    expect.equal("BatchNormalization" in listed(out), True, f"whether it stays: {what}", likely=likely)
    same_results(what, path, out, images)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    x = rng.normal(size=(3, 2, 5, 5)).astype(np.float32)
    numbers = drawn_weights(rng, w=(3, 2, 3, 3)) | norm_weights(rng, 3, "", 1)
    steps = f"d = Conv(i, w) {norm_text('e', 'd', 1)} c = Conv(i, w) {norm_text('b', 'c')}"
    mixed = f"{two} {steps} z = Add(c, e) y = Relu(b)}}"
    path, out = write_graph(new_path("mixed.onnx"), mixed, **numbers), new_path("mixed_folded.onnx")
    fold_in_graph(path, out)
    due = ["Add", "BatchNormalization", "Conv", "Conv", "Identity", "Relu"]
    expect.equal(listed(out), due, "the operators of a graph where one of two BatchNormalizations can go")
    same_results("a graph where one can go", path, out, x)
### END HIDDEN TESTS
expect.passed("what must stay, stays")

# %% [markdown]
# ### What does your file look like?
#
# First one residual block, before and after your function, side by side. Then the whole `DigitResNet`: nodes, bytes,
# and how far the results are from PyTorch's. All run with optimizations *off*: with them on, ONNX Runtime would fold
# the original, too, and you would compare its work with its work.
#
# Fewer nodes are not yet less time: look at the last column beside the first.

# %% demo="block_folded"
one_block = exported(small_network(0), torch.zeros(2, 4, 6, 6), work / "block.onnx")
beside.show(one_block, fold_in_graph(one_block, work / "block_folded.onnx"), ("With BatchNorm", "Folded by you"))

# %% demo="resnet_folded"
folded = fold_in_graph(older, work / "resnet_folded.onnx")
files = {"as exported": older, "folded by you": folded, "ONNX Runtime, basic": saved["basic"]}
opened = {name: runtime.session(file, optimize="disabled") for name, file in files.items()}
feed = {"input": eight.numpy()}
turns = compare({name: partial(each.run, None, feed) for name, each in opened.items()}, rounds=40, time_limit_s=2)
rows = []
for row, (name, file) in zip(turns.rows(), files.items(), strict=True):
    gap = np.abs(opened[name].run(None, feed)[0] - eager(resnet, eight).numpy()).max()
    sizes = {"nodes": len(listed(file)), "bytes": f"{file.stat().st_size:,}", "differs from PyTorch by": f"{gap:.1e}"}
    rows.append({"graph, run as it is": name} | sizes | {key: row[key] for key in ("median", "time over the first")})
measured["folding in the graph, 8 images"] = f"time × {turns.ratio('folded by you')}"
tables.show(rows, turns.conditions())

# %% [markdown]
# ## Can the rule be written down once?
#
# Surgery by hand is long, and easily wrong. A **rewrite rule** says what to look for, when it is safe, and what to
# put there instead; a library does the rest. `onnxscript.rewriter` takes three functions: the pattern, the
# replacement, and the condition. `op` writes operators, `x` stands for any tensor, and further names get whatever
# stands there: a tensor, or an attribute's value.
#
# The rules below drop `Neg` of `Neg`, and `Clip` from 0 on after a `Relu`, which is never below 0 anyway.


# %% readonly="given_rules"
from onnx_ir.passes import PassError
from onnxscript import rewriter
from onnxscript.rewriter import pattern


def from_zero(context, x, low):
    """Whether low is a constant, and at most 0."""
    return low.const_value is not None and low.const_value.numpy().item() <= 0


# %% readonly="example_rules"
neg_neg = pattern.RewriteRule(
    lambda op, x: op.Neg(op.Neg(x)),
    lambda op, x: op.Identity(x),
    lambda context, x: True,
)
clip_relu = pattern.RewriteRule(
    lambda op, x, low: op.Clip(op.Relu(x), low),
    lambda op, x, low: op.Relu(x),
    from_zero,
)


# %% readonly="given_short_error"
def short_error(error):
    """Return an error of the same type that says what went wrong in a rule, and in which of its lines."""
    while isinstance(error, PassError) and error.__cause__:  # these say which step of the rewriter it was
        error = error.__cause__
    lines = [each.line for each in traceback.extract_tb(error.__traceback__) if "site-packages" not in each.filename]
    place = f", at `{lines[-1]}`" if lines else ""
    none = "'NoneType' object has no attribute" in str(error)
    more = "; c.const_value is None where c is no constant, and with commute=True c may be x" if none else ""
    return type(error)(f"in one of your rules{place}: {error}{more}")


# %% readonly="given_apply_rules"
def apply_rules(path, out, rules):
    """Rewrite the graph in path by a RewriteRuleSet, drop the Identity nodes left behind, write it to out; return out.

    Shapes are inferred before, so that a condition knows len(x.shape).
    """
    try:
        model = rewriter.rewrite(onnx.shape_inference.infer_shapes(onnx.load(path)), rules)
    except PassError as error:
        raise short_error(error).with_traceback(None) from None
    graph = onnx_ir.from_proto(model)
    try:
        passes.IdentityEliminationPass()(graph)
    except ValueError as error:
        more = "a constant with more axes than x?"
        raise ValueError(f"a rule put a tensor of another shape in its place: {more} ({error})") from None
    passes.RemoveUnusedNodesPass()(graph)
    onnx_ir.save(graph, out)
    return out


# %%
text = "(float[n, 3] x) => (float[n, 3] y) {a = Neg(x) b = Neg(a) c = Relu(b) d = Clip(c, low) y = Exp(d)}"
example = write_graph(work / "rules.onnx", text, low=-1.0)
apply_rules(example, work / "rewritten.onnx", pattern.RewriteRuleSet([neg_neg, clip_relu]))
print(listed(example), "→", listed(work / "rewritten.onnx"))

# %% [markdown]
# ### What is a no-op?
#
# Exporters and people leave operators that do nothing: a scale that happens to be 1, a shift of 0, axes turned and
# turned back. Each still reads and writes a whole tensor.
#
# $x \cdot 1$ changes nothing, *if* the constant does not change the shape: a constant of shape `(1, 1, 1)` times a
# matrix gives three axes. A single number with no more axes than $x$ is safe: `len(c.shape) <= len(x.shape)`. Where
# `c` is no constant, `c.const_value` is `None`; else `c.const_value.numpy()` is an array, with `.size` and `.item()`.

# %% [markdown]
# ### And two that undo each other?
#
# A `Transpose` with `perm` puts axis `perm[i]` in place `i`. Two of them do nothing if the second undoes the first,
# which two equal ones often do not. A `perm` arrives as an attribute; `perm.as_ints()` is its list.

# %% [markdown]
# ### Exercise 5.5 · Rewrite rules (3 points · 18 min)
#
# Write `remove_noops(path, out)`: rules for x · 1, x + 0, and a `Transpose` of a `Transpose` that turns it back; run
# them with `apply_rules`. Nothing else may change: not x · 2, not a pair that leaves the axes turned.
#
# *The trap:* the constant may come first, `Mul(one, x)`. `RewriteRuleSet(rules, commute=True)` tries both orders.
#
# <details><summary>Hint</summary>
# Patterns: <code>op.Mul(x, c)</code>, <code>op.Add(x, c)</code> and
# <code>op.Transpose(op.Transpose(x, perm=first), perm=second)</code>. Replace each by <code>op.Identity(x)</code>.
# A pattern's names are the arguments of all three functions. Axis i of the result is axis first[second[i]] of x.
# </details>


# %% solution="remove_noops"
def remove_noops(path, out):
    """Remove x * 1, x + 0 and Transpose pairs that turn each other back, by rewrite rules; return out.

    path: an ONNX file, which stays as it is; out: Path of the file to write
    removed: x * 1, 1 * x, x + 0, 0 + x, where the constant is one number with no more axes than x; and
        Transpose(Transpose(x)), both with perm, where the second undoes the first
    """
    ### BEGIN SOLUTION
    same, rule = lambda op, x, **others: op.Identity(x), pattern.RewriteRule

    def one_number(number, x, c):
        value = None if c.const_value is None else c.const_value.numpy()
        return value is not None and value.size == 1 and value.item() == number and value.ndim <= len(x.shape)

    def turns_back(context, x, first, second):
        return [first.as_ints()[axis] for axis in second.as_ints()] == sorted(first.as_ints())

    times = rule(lambda op, x, c: op.Mul(x, c), same, lambda context, x, c: one_number(1, x, c))
    plus = rule(lambda op, x, c: op.Add(x, c), same, lambda context, x, c: one_number(0, x, c))
    twice = lambda op, x, first, second: op.Transpose(op.Transpose(x, perm=first), perm=second)
    rules = pattern.RewriteRuleSet([times, plus, rule(twice, same, turns_back)], commute=True)
    return apply_rules(path, out, rules)
    ### END SOLUTION


# %% readonly="given_cleaned"
def cleaned(text, **weights):
    """Return the operators that your remove_noops leaves of a graph given as text, Identity aside, and both files."""
    path, out = write_graph(new_path("noops.onnx"), text, **weights), new_path("cleaned.onnx")
    remove_noops(path, out)
    operators, names = listed(out), [value.name for value in onnx.load(out).graph.input]
    likely = "a pattern replaced by x itself renames x; put op.Identity(x) there"
    expect.equal(names, ["x"], "the inputs of the graph after remove_noops", likely=likely)
    return [name for name in operators if name != "Identity"], path, out


# %% readonly="given_matrix"
rows3 = "(float[n, 3] x) => (float[n, 3] y)"
matrix = np.arange(6, dtype=np.float32).reshape(2, 3) - 2

# %% readonly="given_noops"
literal = "is there a rule for + 0? A number in a pattern matches a scalar only: name it c, and test c.const_value"
swapped = "the constant comes first here; commute=True tries both orders"
noops = {
    "x * 1": ("a = Mul(x, one)", {"one": 1}, {}),
    "x + 0, the 0 of shape (1,)": ("a = Add(x, zero)", {"zero": [0]}, {literal: ["Add", "Exp"]}),
    "1 * x": ("a = Mul(one, x)", {"one": 1}, {swapped: ["Exp", "Mul"]}),
    "0 + x, the 0 of shape (1, 1)": ("a = Add(zero, x)", {"zero": [[0]]}, {}),
    "(1 * x) * 1 + 0": ("b = Mul(one, x) c = Mul(b, one) a = Add(c, zero)", {"one": [1], "zero": 0}, {}),
}

# %% test="remove_noops_arithmetic" points=1
for what, (steps, weights, causes) in noops.items():
    got, path, out = cleaned(f"{rows3} {{{steps} y = Exp(a)}}", **weights)
    expect.equal(got, ["Exp"], f"the operators left of {what}, then Exp", causes=causes)
    same_results(what, path, out, matrix)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    length, steps = int(rng.integers(3, 9)), ""
    for place in range(length):
        kind = rng.choice(["Mul(t{}, one)", "Mul(one, t{})", "Add(t{}, zero)", "Add(zero, t{})", "Sin(t{})"])
        steps += f" t{place + 1} = {kind.format(place)}"
    text = f"{rows3} {{t0 = Cos(x) {steps} y = Exp(t{length})}}"
    weights = {"one": np.ones([1] * int(rng.integers(0, 3))), "zero": np.zeros([1] * int(rng.integers(0, 3)))}
    used = {name: value for name, value in weights.items() if name in steps}
    got, path, out = cleaned(text, **used)
    expect.equal(got, ["Cos", "Exp"] + ["Sin"] * steps.count("Sin"), f"the operators left of {steps}")
    same_results("a fresh chain", path, out, rng.normal(size=(4, 3)).astype(np.float32))
### END HIDDEN TESTS
expect.passed("ones and zeros, on both sides")

# %% readonly="given_turns"
turns = [  # two perms, one after the other, and the shape before and after both
    ((2, 0, 1), (1, 2, 0), "n, 3, 4", "n, 3, 4"),
    ((0, 2, 1), (0, 2, 1), "n, 3, 4", "n, 3, 4"),
    ((2, 0, 1), (2, 0, 1), "n, 3, 4", "3, 4, n"),
    ((0, 3, 1, 2), (0, 2, 3, 1), "n, 3, 4, 2", "n, 3, 4, 2"),
]

# %% test="remove_noops_transpose" points=1
for first, second, before, after in turns:
    steps = f"a = Transpose<perm = {list(first)}>(x) b = Transpose<perm = {list(second)}>(a)"
    got, path, out = cleaned(f"(float[{before}] x) => (float[{after}] y) {{{steps} y = Exp(b)}}")
    kept, four = ["Transpose", "Transpose"] if before != after else [], len(first) == 4
    causes = {"these two leave the axes turned; they must stay": ["Exp"]} if kept else {}
    undo = "these two undo each other" + four * ", too: the number of axes is that of perm, not always 3"
    causes |= {} if kept else {undo: ["Exp", "Transpose", "Transpose"]}
    expect.equal(got, ["Exp", *kept], f"what is left of perm {first}, then {second}, then Exp", causes=causes)
    cube = np.arange(48, dtype=np.float32)[: 48 if four else 24] / 9
    same_results(f"perm {first}, then {second}", path, out, cube.reshape((2, 3, 4, 2)[: len(first)]))
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    x = rng.normal(size=(2, 3, 4, 5)).astype(np.float32)
    for undone in (True, False, True):
        first = [int(axis) for axis in rng.permutation([[1, 2, 3, 0], [3, 0, 1, 2], [2, 0, 3, 1], [1, 3, 0, 2]])[0]]
        second = [first.index(axis) for axis in range(4)] if undone else first
        sizes = np.array(["n", "3", "4", "5"])[first][second]
        steps = f"a = Transpose<perm = {first}>(x) b = Transpose<perm = {second}>(a)"
        got, path, out = cleaned(f"(float[n, 3, 4, 5] x) => (float[{', '.join(sizes)}] y) {{{steps} y = Exp(b)}}")
        expect.equal(got, ["Exp"] + ["Transpose"] * (0 if undone else 2), f"left of perm {first}, then {second}")
        same_results(f"perm {first}, then {second}", path, out, x)
### END HIDDEN TESTS
expect.passed("pairs that turn back, and no others")

# %% readonly="given_no_noops"
kept_cases = {
    "x * 2": (rows3, "a = Mul(x, c)", 2, ["Exp", "Mul"]),
    "x + 1": (rows3, "a = Add(x, c)", 1, ["Add", "Exp"]),
    "x * 1, of shape (1, 1, 1)": (rows3.replace("[n, 3] y", "[1, n, 3] y"), "a = Mul(x, c)", [[[1]]], ["Exp", "Mul"]),
    "a column times three ones": (rows3.replace("[n, 3] x", "[n, 1] x"), "a = Mul(x, c)", [1, 1, 1], ["Exp", "Mul"]),
    "two Relu": (rows3, "b = Relu(x) d = Relu(b) a = Mul(d, c)", 1, ["Exp", "Relu", "Relu"]),
    "x * x": (rows3, "b = Mul(x, x) a = Add(b, c)", 0, ["Exp", "Mul"]),
}

# %% test="remove_noops_keeps" points=1
path, out = write_graph(new_path("given.onnx"), f"{rows3} {{a = Mul(x, c) y = Exp(a)}}", c=3), new_path("same.onnx")
what, likely = "what remove_noops(path, out) returns", "return out; `apply_rules` returns it, too"
expect.equal(str(remove_noops(path, out)), str(out), what, likely=likely)
for what, (shape, steps, value, kept) in kept_cases.items():
    got, path, out = cleaned(f"{shape} {{{steps} y = Exp(a)}}", c=value)
    likely = "a rule took for a no-op what changes values or the shape" if len(got) < len(kept) else ""
    expect.equal(got, kept, f"the operators left of {what}, then Exp", likely=likely)
    same_results(what, path, out, matrix[:, :1] if "column" in what else matrix)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for kind, wrong in (("Mul", 0), ("Add", 1)):
        value = float(rng.choice([wrong, -1, 2, 1.5]))
        got, path, out = cleaned(f"{rows3} {{a = {kind}(x, c) b = Abs(a) d = Abs(b) y = Exp(d)}}", c=[value])
        expect.equal(got, sorted([kind, "Abs", "Abs", "Exp"]), f"the operators left of {kind}(x, {value})")
        same_results(f"{kind}(x, {value})", path, out, rng.normal(size=(3, 3)).astype(np.float32))
        given = write_graph(new_path("given.onnx"), f"{rows3} {{a = {kind}(c, x) y = Exp(a)}}", c=[1 - wrong])
        out, before = new_path("given_cleaned.onnx"), given.read_bytes()
        expect.equal(str(remove_noops(given, out)), str(out), "what remove_noops(path, out) returns")
        expect.unchanged(given, before, "the file at path")
### END HIDDEN TESTS
expect.passed("whatever does something stays")

# %% [markdown]
# ### Does anybody need your rules?
#
# A model trained for images with channels first, behind a camera that gives channels last: two people wrote the
# conversion, one at each end, and a scale of 1 is left from an experiment. Your rules clean it. ONNX Runtime's level
# *basic* has such rules, too, and the table says what they make of the same graph.

# %% demo="cleaned_conversion"
steps = """s = Mul(x, one) a = Transpose<perm = [0, 3, 1, 2]>(s) b = Transpose<perm = [0, 2, 3, 1]>(a)
    c = Transpose<perm = [0, 3, 1, 2]>(b) z = Add(zero, c) d = Conv(z, w) e = Relu(d) y = GlobalAveragePool(e)"""
text = f"(float[n, 8, 8, 3] x) => (float[n, 4, 1, 1] y) {{{steps}}}"
camera = write_graph(work / "camera.onnx", text, one=1, zero=0, w=np.random.default_rng(8).normal(size=(4, 3, 3, 3)))
clean = remove_noops(camera, work / "camera_clean.onnx")
basic = save_optimized(camera, work / "camera_basic.onnx", "basic")
files = {"as written": camera, "your rules": clean, "ONNX Runtime, basic": basic}
tables.show(
    [{"graph": name, "nodes": len(listed(file)), "operators": ", ".join(listed(file))} for name, file in files.items()]
)
measured["nodes your rules removed"] = f"{len(listed(camera)) - len(listed(clean))} of {len(listed(camera))}"

# %% demo="cleaned_conversion_drawn"
beside.show(camera, clean, ("As written", "After your rules"), columns=(1, 1))

# %% [markdown]
# ## Which operators are new?
#
# A count by `op_type` hides something: at the level *all*, on x86-64, you counted as many `Conv` as before. But an
# operator is a name *and* a **domain**. `node.domain` is `""` for ONNX's own operators (`"ai.onnx"` means the same;
# `"ai.onnx.ml"`, for classic machine learning, is another), `com.microsoft` for ONNX Runtime's, and
# `com.microsoft.nchwc` for those in its blocked memory layout. A file with one of the last two runs in ONNX Runtime
# alone: keep the original for everybody else.

# %% [markdown]
# ### Exercise 5.6 · New operators (2 points · 8 min)
#
# Write `new_ops(before, after)`: the operators of the second file that the first does not have, each once, named
# `domain.op_type`, or `op_type` alone where the domain is `""` or `"ai.onnx"`.
#
# *The trap:* a `Conv` of another domain is another operator.


# %% solution="new_ops"
def new_ops(before, after):
    """Return which operators appear in after and not in before.

    before, after: ONNX files without bodies
    returns: a set of names, such as {"com.microsoft.FusedConv", "Softmax"}; for the domains "" and "ai.onnx"
        the op_type alone; a list that has each name once counts as well
    """
    ### BEGIN SOLUTION
    own = ("", "ai.onnx")

    def named(path):
        nodes = onnx.load(path).graph.node
        return {node.op_type if node.domain in own else f"{node.domain}.{node.op_type}" for node in nodes}

    return named(after) - named(before)
    ### END SOLUTION


# %% readonly="given_node_list"
def node_list(*operators):
    """Return a new file whose nodes are these operators, given as "domain:op_type"; not meant to be run."""
    kinds = [each.rpartition(":") for each in operators]
    nodes = [
        onnx.helper.make_node(kind, [f"t{place}"], [f"t{place + 1}"], domain=domain)
        for place, (domain, _, kind) in enumerate(kinds)
    ]
    path = new_path("nodes.onnx")
    onnx.save(onnx.helper.make_model(onnx.helper.make_graph(nodes, "g", [], [])), path)
    return path


# %% test="new_ops_names" points=1
before, after = (
    node_list(":Conv", ":Relu", ":Add", ":Conv", ":Relu"),
    node_list(":Softmax", ":Conv", ":Softmax", ":Abs"),
)
got = new_ops(before, after)
expect.true(got is not None, "new_ops(before, after)", expected="a set", got=None, likely="is a `return` missing?")
causes = {
    "these are the operators that went, not those that came": ["Add", "Relu"],
    "operators that both files have are not new": ["Abs", "Conv", "Softmax"],
    "each new operator once: a set": ["Abs", "Softmax", "Softmax"],
    "what only the first file has is not new": ["Abs", "Add", "Relu", "Softmax"],
    "with an empty domain there is no dot either": [".Abs", ".Softmax"],
}
what = "sorted(new_ops(before, after)), before: Conv, Relu, Add; after: Softmax twice, Conv, Abs"
expect.equal(sorted(got), ["Abs", "Softmax"], what, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    kinds = ["Abs", "Add", "Conv", "Exp", "Gemm", "Mul", "Neg", "Relu", "Sin", "Tanh"]
    first, second = (list(map(str, rng.choice(kinds, size=6))) for _ in range(2))
    got = new_ops(node_list(*first), node_list(*second, "Elu"))
    expect.equal(sorted(got), sorted({*second, "Elu"} - set(first)), "the new operators of two fresh files")
### END HIDDEN TESTS
expect.passed("what came, and nothing else")

# %% test="new_ops_domains" points=1
before = node_list(":Conv", "com.microsoft:FusedConv", ":Relu")
after = ["com.microsoft.nchwc:Conv", "com.microsoft:FusedConv", "ai.onnx:Relu", "com.microsoft:Gelu"]
after = node_list(*after, "ai.onnx.ml:Scaler")
due = ["ai.onnx.ml.Scaler", "com.microsoft.Gelu", "com.microsoft.nchwc.Conv"]
causes = {
    "the domain belongs to the name: the Conv that came is not the Conv that was": ["Gelu", "Scaler"],
    "the domain belongs to the name: com.microsoft.Gelu": ["Conv", "Gelu", "Scaler"],
    "the Conv that came has another domain, so it is new": due[:2],
    "ai.onnx is ONNX's own domain, as the empty one is": ["ai.onnx.Relu", *due],
    "ai.onnx.ml is another domain than ai.onnx": ["Scaler", *due[1:]],
    "ai.onnx.ml is another domain, and stays whole": [".ml.Scaler", *due[1:]],
    "the whole domain belongs to the name": ["microsoft.Gelu", "ml.Scaler", "nchwc.Conv"],
}
what = "sorted(new_ops(before, after)), with nchwc.Conv, microsoft.Gelu, ai.onnx's Relu, ml's Scaler in the second"
expect.equal(sorted(new_ops(before, after) or []), due, what, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    own, others = ["", "ai.onnx"], ["com.microsoft", "com.microsoft.nchwc", "org.example"]
    first = [f"{rng.choice(own)}:Conv", f"{rng.choice(others[:2])}:Relu", ":Add"]
    second = [f"{rng.choice(own)}:Conv", "org.example:Relu", "org.example:Add", f"{rng.choice(own)}:Exp"]
    due = ["Exp", "org.example.Add", "org.example.Relu"]
    order = [str(each) for each in rng.permutation(second)]
    expect.equal(sorted(new_ops(node_list(*first), node_list(*order))), due, "the new operators, fresh domains")
### END HIDDEN TESTS
expect.passed("a name and a domain")

# %% [markdown]
# ### What stands for what?
#
# Your `new_ops` says which operators came at each level. The course's `fusions` follows tensor names and says which
# nodes each one replaces, with the last part of its domain: `nchwc.Conv ← Conv + BatchNormalization + Add + Relu`, as
# x86-64 has it, is one operator for a convolution, a normalization, a residual sum and a Relu. Without that layout
# `microsoft.FusedConv` takes its place.

# %% demo="what_stands_for_what"
rows = []
for level in ("basic", "extended", "all"):
    came = ", ".join(sorted(new_ops(older, saved[level]))) or "none"
    stands = "; ".join(f"{count} × {words}" for words, count in fusions.summary(older, saved[level]).items())
    rows.append({"level": level, "your new_ops": came, "what stands for what": stands})
tables.show(rows, "DigitResNet with its BatchNorms, at each level")
measured["new at the level all"] = rows[-1]["your new_ops"]

# %% [markdown]
# ### What keeps an operator from being fused?
#
# Runtimes fuse what somebody wrote a fused kernel for, and only along a **strict sequence**: a tensor in the middle
# that anything else reads must be written out after all. Here one Conv is followed by different activations, and, in
# the last row, a second reader looks in. HardSwish even comes apart into two operators. Other back ends have other
# lists: check yours before you choose an activation.

# %% demo="who_gets_fused"
rows = []
shapes = "(float[n, 2, 5, 5] x) => (float[n, 3, 3, 3] y{})"
activations = ["Relu", "LeakyRelu", "Sigmoid", "Tanh", "HardSigmoid", "HardSwish", "Gelu", "Softplus"]
tried = {f"Conv → {kind}": (f"c = Conv(x, w) y = {kind}(c)", "") for kind in activations}
tried["Conv → Relu, and the Conv is read again"] = ("c = Conv(x, w) y = Relu(c) z = Abs(c)", ", float[n, 3, 3, 3] z")
for name, (steps, more) in tried.items():
    weights = {"w": np.random.default_rng(9).normal(size=(3, 2, 3, 3))}
    path = write_graph(new_path("tried.onnx"), f"{shapes.format(more)} {{{steps}}}", **weights)
    out = save_optimized(path, new_path("tried_extended.onnx"), "extended")
    came = ", ".join(sorted(new_ops(path, out))) or "nothing"
    rows.append({"graph": name, "new at the level extended": came, "nodes left": len(listed(out))})
tables.show(rows)


# %% demo="fused_activations"
fused = [row["graph"].removeprefix("Conv → ") for row in rows if "FusedConv" in row["new at the level extended"]]
measured["activations fused into a Conv here"] = ", ".join(fused)

# %% [markdown]
# ## How many bytes does fusing save?
#
# A processor computes faster than memory can bring numbers. `Relu` does one comparison for every number it reads and
# writes: nearly all of its time is traffic. Fused into the Conv that made the number, it costs neither.
#
# So count before you look at a clock. Apart, an operator reads all of its inputs and writes its output. Fused, a
# tensor that stays inside is neither written nor read. Weights do not change, and are left out.
#
# | tensor of 100 numbers, 4 bytes each | apart | fused |
# |---|---|---|
# | `Conv`: x → c | 2 | reads x |
# | `Add`: c, s → a | 3 | reads s |
# | `Relu`: a → y | 2 | writes y |
# | bytes | 7 · 400 = 2,800 | 3 · 400 = 1,200 |

# %% [markdown]
# ### When does a tensor stay inside?
#
# One kernel does `Conv`, then perhaps `Add`, then perhaps `Relu`, in this order: Conv+Add+Relu, Conv+Add, or
# Conv+Relu. So a tensor stays inside if exactly one operator reads it, once, and
#
# - a `Conv` made it, and an `Add` or a `Relu` reads it, or
# - an `Add` made it that is itself fused to a Conv, and a `Relu` reads it.
#
# An `Add` can continue only *one* kernel: of two Convs that it sums, the result of one stays inside (take the first of
# its inputs that can), and the other's is written and read as before.

# %% [markdown]
# ### Exercise 5.7 · Bytes moved (3 points · 25 min)
#
# Write `bytes_moved(ops, shapes, dtype_bytes, fused)`: the bytes that all operators together read and write.
#
# *The trap:* a skip connection reads a tensor twice. That tensor has to be written, whoever could have swallowed it.
#
# <details><summary>Hint</summary>
# Add up everything as if apart; for each tensor that stays inside take away one write and one read. A dict from each
# tensor to the kind of operator that made it, kept only while a kernel can go on, answers who may continue.
# <code>prod</code> of a shape is its number of entries.
# </details>


# %% solution="bytes_moved"
def bytes_moved(ops, shapes, dtype_bytes, fused):
    """Return the bytes of activations read and written by operators that run one after the other.

    ops: a list of (kind, inputs, output): a str such as "Conv", a list of tensor names (an Add has two; weights are
        left out), one tensor name; in the order in which they run. A tensor that nobody reads is a result
    shapes: a dict from each tensor to its shape, a tuple of ints; dtype_bytes: bytes of one number
    fused: False: each operator by itself; True: Conv+Add+Relu, Conv+Add and Conv+Relu are one operator
    returns: an int
    """
    ### BEGIN SOLUTION
    size = {name: dtype_bytes * prod(shape) for name, shape in shapes.items()}
    total = sum(size[name] for _, inputs, output in ops for name in [*inputs, output])
    reads = Counter(name for _, inputs, _ in ops for name in inputs)
    follows, made = {"Add": ["Conv"], "Relu": ["Conv", "Add"]}, {}
    for kind, inputs, output in ops if fused else []:
        inside = [name for name in inputs if reads[name] == 1 and made.get(name) in follows.get(kind, [])]
        total -= 2 * size[inside[0]] if inside else 0
        if kind == "Conv" or inside:
            made[output] = kind
    return total
    ### END SOLUTION


# %% readonly="given_residual"
def residual(size, **others):
    """Return ops and shapes of Conv+Add+Relu, all tensors of one size, or others by name."""
    ops = [("Conv", ["x"], "c"), ("Add", ["c", "s"], "a"), ("Relu", ["a"], "y")]
    return ops, {name: others.get(name, size) for name in "xcsay"}


# %% readonly="given_told"
def told(ops):
    """Return operators as words."""
    return "; ".join(f"{kind}({', '.join(inputs)}) → {output}" for kind, inputs, output in ops)


# %% test="bytes_moved_apart" points=1
ops, shapes = residual((2, 5, 10), x=(2, 3, 10))
what = f"bytes_moved(ops, shapes, 2, False) of {told(ops)}, x of shape (2, 3, 10), all others (2, 5, 10)"
causes = {
    "these are numbers; each has 2 bytes": 660,
    "4 bytes are built in; dtype_bytes says how many": 2640,
    "only what is written is counted": 600,
    "only what is read is counted": 720,
    "each tensor is counted once; it moves each time that it is written or read": 920,
    "this is fused; the last argument is False": 520,
}
expect.close(bytes_moved(copy.deepcopy(ops), dict(shapes), 2, False), 1320, what, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    size, first = (tuple(map(int, rng.integers(1, 20, size=3))) for _ in range(2))
    width = int(rng.choice([1, 2, 8]))
    ops, shapes = residual(size, x=first)
    due = width * (int(np.prod(first)) + 6 * int(np.prod(size)))
    expect.close(bytes_moved(ops, shapes, width, False), due, f"bytes apart, shapes {size} and {first}, {width} bytes")
### END HIDDEN TESTS
expect.passed("each operator reads its inputs and writes its output")

# %% test="bytes_moved_fused" points=1
ops, shapes = residual((2, 5, 10), x=(2, 3, 10))
what = f"bytes_moved(ops, shapes, 2, True) of {told(ops)}, x of shape (2, 3, 10), all others (2, 5, 10)"
causes = {
    "nothing is fused": 1320,
    "one tensor stays inside, two can; or only writes, or only reads, are taken away; or a tensor counts once": 920,
    "the Add reads its other input all the same": 320,
}
expect.close(bytes_moved(copy.deepcopy(ops), dict(shapes), 2, True), 520, what, causes=causes)
ops = [("Conv", ["x"], "c"), ("Relu", ["c"], "y"), ("MaxPool", ["y"], "p")]
shapes = dict.fromkeys("xcyp", (10,))
expect.close(bytes_moved(ops, shapes, 4, True), 160, f"bytes_moved(…, 4, True) of {told(ops)}, 10 numbers each")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    count, size = int(rng.integers(2, 6)), int(rng.integers(10, 99))
    ops, shapes, last = [], {"t": (size,)}, "t"
    for place in range(count):
        c, a, y = f"c{place}", f"a{place}", f"y{place}"
        ops += [("Conv", [last], c), ("Add", [[c, last], [last, c]][place % 2], a), ("Relu", [a], y)]
        shapes |= {c: (size,), a: (size,), y: (size,)}
        last = y
    expect.close(bytes_moved(ops, shapes, 4, True), 12 * size * count, f"{count} fused blocks, {size} numbers each")
### END HIDDEN TESTS
expect.passed("what stays inside does not move")

# %% readonly="given_limits"
conv, unfused = ("Conv", ["x"], "c"), "nothing is fused here; an Add may continue either of its inputs"
limits = {  # the operators, how many tensors they move, and what mistakes give
    "c is read twice": ([conv, ("Relu", ["c"], "y"), ("Neg", ["c"], "z")], 6, {}),
    "c is added to itself": ([conv, ("Add", ["c", "c"], "y")], 5, {"the Add reads c twice": 3}),
    "the Conv comes second": ([conv, ("Add", ["s", "c"], "y")], 3, {unfused: 5}),
    "one Add, two Convs": ([conv, ("Conv", ["s"], "d"), ("Add", ["c", "d"], "y")], 5, {}),
    "no Conv before": ([("Add", ["x", "s"], "a"), ("Relu", ["a"], "y")], 5, {"a kernel begins with a Conv": 3}),
    "an Add after the Relu": ([conv, ("Relu", ["c"], "a"), ("Add", ["a", "s"], "y")], 5, {"the Relu ends it": 3}),
    "a second Relu": ([conv, ("Relu", ["c"], "a"), ("Relu", ["a"], "y")], 4, {"the first Relu ends the kernel": 2}),
    "a second Add": ([conv, ("Add", ["c", "s"], "a"), ("Add", ["a", "d"], "y")], 6, {"a kernel has one Add": 4}),
    "another operator in between": ([conv, ("Neg", ["s"], "a"), ("Relu", ["c"], "y")], 4, {}),
}
limits["one Add, two Convs"][2]["both Convs continue in the Add; only one can"] = 3
limits["another operator in between"][2]["nothing is fused here; the Relu reads c, wherever it stands"] = 6


# %% test="bytes_moved_limits" points=1
shapes = dict.fromkeys("xcdasyz", (100,))
for what, (ops, tensors, mistakes) in limits.items():
    got, causes = bytes_moved(copy.deepcopy(ops), dict(shapes), 1, True), {why: 100 * n for why, n in mistakes.items()}
    what = f"bytes_moved(…, 1, True), 100 numbers each; {what}: {told(ops)}"
    expect.close(got, 100 * tensors, what, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    size = int(rng.integers(10, 99))
    shapes = dict.fromkeys("xsabcdeyz", (size, 3))
    ops = [("Conv", ["x"], "a"), ("Relu", ["a"], "b"), ("Conv", ["b"], "c"), ("Conv", ["b"], "d")]
    ops += [("Add", [["c", "d"], ["d", "c"]][rng.integers(2)], "e"), ("Relu", ["e"], "y"), ("Neg", ["e"], "z")]
    due = 3 * size * 11
    expect.close(bytes_moved(ops, shapes, 1, True), due, f"bytes_moved of {told(ops)}, fresh sizes")
### END HIDDEN TESTS
expect.passed("only strict sequences, one kernel at a time")

# %% [markdown]
# ### What does the count promise?
#
# The bytes of `DigitResNet` as `torch.export` wrote it, apart and fused, for three batch sizes. If traffic were all
# there is, fusing would save that share of the time. The clock then times the levels *basic* and *extended*, which
# differ in fused Conv+Relu only. The count also fuses the Add, which *extended* leaves apart here; so it is an upper
# limit for what you can hope for.


# %% readonly="given_activations"
def activations_of(path, batch):
    """Return the ops and shapes of a graph at a batch size, as bytes_moved takes them."""
    model = onnx.load(path)
    del model.graph.value_info[:]
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = batch
    graph = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    values = (*graph.input, *graph.value_info, *graph.output)
    shapes = {each.name: tuple(axis.dim_value for axis in each.type.tensor_type.shape.dim) for each in values}
    weights = {each.name for each in graph.initializer}
    kept = lambda names: [name for name in names if name not in weights]
    return [(node.op_type, kept(node.input), node.output[0]) for node in graph.node], shapes


# %% demo="bytes_before_the_clock"
levels = {level: runtime.session(newer, optimize=level) for level in ("basic", "extended")}
rows = []
for batch, rounds in ((1, 60), (8, 30), (32, 12)):
    traffic = [bytes_moved(*activations_of(newer, batch), 4, fused) for fused in (False, True)]
    feed = {"input": np.random.default_rng(batch).random((batch, 1, 28, 28), np.float32)}
    turns = compare(
        {name: partial(each.run, None, feed) for name, each in levels.items()}, rounds=rounds, time_limit_s=2
    )
    row = {"images": batch, "MB apart": f"{traffic[0] / 1e6:.2f}", "MB fused": f"{traffic[1] / 1e6:.2f}"}
    row["bytes left"] = f"{traffic[1] / traffic[0]:.0%}"
    rows.append(row | {"time, extended over basic": str(turns.ratio("extended"))})
few = "–: too few rounds for an interval. Last row:"
tables.show(rows, f"{few} {turns.conditions()}")
measured["bytes left by fusing"] = rows[-1]["bytes left"]
measured["time left by fusing alone, 32 images"] = rows[-1]["time, extended over basic"]

# %% [markdown]
# ### Why is that less than promised?
#
# The count is an upper limit. It holds where memory is what one waits for. A convolution does many
# multiplications for each number that it moves, and the tensors of a small network may fit into the processor's
# cache, where a second look is cheap. On a GPU, or with tensors of many megabytes, the same count says more.

# %% [markdown]
# ### What does the layout do?
#
# On x86-64 the level *all* changes something else: the **layout**. ONNX stores a tensor as N, C, H, W: all of channel
# 0, then all of channel 1. A vector instruction of AVX2 wants 8 channels of *one* pixel side by side, one of AVX-512
# 16. `nchwc` keeps blocks of so many channels innermost, from the first Conv to the last, with a reorder only at the
# ends. PyTorch's channels-last (N, H, W, C) is the same thought. Where ONNX Runtime has no such layout, *all* fuses the
# Add, too.

# %% demo="latency_measured"
from course_utils.models import DigitMobileNet

torch.manual_seed(0)
nets = {"DigitResNet": (resnet, older), "DigitMobileNet": (DigitMobileNet().eval(), work / "mobilenet.onnx")}
exported(nets["DigitMobileNet"][0], image, nets["DigitMobileNet"][1])  # untrained: only its time is asked for
found = {}
for name, (net, file) in nets.items():
    sessions = {f"ORT {level}": runtime.session(file, optimize=level) for level in runtime.LEVELS}
    last = copy.deepcopy(net).to(memory_format=torch.channels_last)
    for batch, rounds, limit in ((1, 50, 2), (8, 24, 3), (32, 12, 4)):
        x = torch.rand(batch, 1, 28, 28, generator=torch.manual_seed(batch))
        calls = {"eager": partial(eager, net, x)}
        calls["channels-last"] = partial(eager, last, x.to(memory_format=torch.channels_last))
        calls |= {level: partial(each.run, None, {"input": x.numpy()}) for level, each in sessions.items()}
        found[name, batch] = compare(calls, rounds=rounds, time_limit_s=limit)

# %% demo="latency_compared"
names = list(found["DigitResNet", 1].timings)[1:]
ratios = {net: {name: [found[net, batch].ratio(name) for batch in (1, 8, 32)] for name in names} for net in nets}
points = [1.0, *(each.value for turns in found.values() for each in map(turns.ratio, names))]
bottom, top = min(points) / 1.2, max(points) * 1.2  # a wide interval leaves the frame; a nan, of few rounds, does not
cut = any(each.low < bottom or each.high > top for turns in found.values() for each in map(turns.ratio, names))
beyond = "An interval without a cap goes on beyond the frame." if cut else ""
alone = any(np.isnan(each.low) for turns in found.values() for each in map(turns.ratio, names))
notes = f"{beyond} {'A point without an interval: too few rounds.' if alone else ''}".strip()

# %% demo="latency_drawn"
fig, panels = plots.figure(columns=2, width=9, height=3.8)
for axes, net in zip(panels, nets, strict=True):
    for number, name in enumerate(names):
        value, low, high = np.array(ratios[net][name]).T
        style = {"fmt": plots.MARKS[number], "color": plots.CYCLE[number], "markersize": 5, "capsize": 3}
        places = np.arange(3) + 0.13 * (number - 2)
        axes.errorbar(places, value, yerr=[value - low, high - value], label=name, **style)
    axes.axhline(1, color="0.4", linewidth=0.8)
    axes.set_xticks(range(3), ["1 image", "8 images", "32 images"])
    axes.set(title=net, yscale="log", ylim=(bottom, top))
    marks = [mark for mark in (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 20) if bottom < mark < top]
    axes.set_yticks(marks, [f"{mark:g}" for mark in marks])
    axes.set_yticks([], minor=True)
panels[0].set_ylabel("time over eager PyTorch")
panels[1].legend(loc="center left", bbox_to_anchor=(1, 0.5))
fig.supxlabel(notes, fontsize=9)
said = "; ".join(
    f"{net}, {batch} images: " + ", ".join(f"{name} {turns.ratio(name).value:.2f}" for name in names)
    for (net, batch), turns in found.items()
)
plots.show(fig, f"Time over eager PyTorch's (below 1 is faster, log axis), with 95 % intervals. {notes} {said}.")

# %% demo="latency_in_words"
rows = []
for (net, batch), turns in found.items():
    row = {"network": net, "images": batch, "eager": f"{turns.timings['eager'].median_ns / 1e6:.2f} ms"}
    rows.append(row | {name: str(turns.ratio(name)) for name in ("ORT disabled", "ORT extended", "ORT all")})
tables.show(rows, f"Time over eager. {few} {turns.conditions()}")


# %% demo="where_it_lost"
lost = [f"{net}, {batch} images" for (net, batch), turns in found.items() if turns.ratio("ORT disabled").low > 1]
measured["unoptimized ORT slower than eager"] = "; ".join(lost) or "shown nowhere on this machine"
for net in nets:
    measured[f"{net}, 32 images, level all over eager"] = f"time × {found[net, 32].ratio('ORT all')}"
print("ONNX Runtime with its optimizations off is slower than eager PyTorch:", *lost or ["shown nowhere"], sep="\n- ")

# %% [markdown]
# Leaving PyTorch is no gain by itself. Where the list above is not empty, eager PyTorch's convolutions, which on x86-64
# go through a blocked layout of their own, beat ONNX Runtime's plain ones. Look along those rows of the table: what
# does fusing add (*extended*), and what the layout (*all*, on x86-64)? On a single image *disabled* may be far ahead of
# eager all the same: between two operators there is no Python.

# %% [markdown]
# ## What you measured

# %% demo="what_you_measured"
rows = [{"what": what, "measured": value} for what, value in measured.items()]
tables.show(rows, "–: too few rounds for an interval.")

# %% [markdown]
# ## Check yourself
#
# <details><summary>What is a computational graph, and what does writing one down make possible?</summary>
# Operators as nodes, joined by the tensors that they pass on. A program that sees all of it at once can prove that a
# step is not needed, or that two are one; Python, which sees one call at a time, cannot.</details>
#
# <details><summary>Why does fusing Conv, Add and Relu help, though every number is still computed?</summary>
# What lies between them is neither written to memory nor read back, and two calls of a kernel are saved. It helps as
# far as memory and calls are what one waits for: count the bytes, then ask the clock.</details>
#
# <details><summary>You saved a model at the level all on your laptop. Why not ship that file?</summary>
# It may hold operators of ONNX Runtime alone, in a layout for your laptop's vector width. Ship the original, and
# optimize where it runs, or save one for each kind of machine.</details>

# %% [markdown]
# ## Where to read on
#
# - ONNX Runtime's documentation: *Graph Optimizations in ONNX Runtime*, with the list for each level.
# - The documentation of `onnxscript.rewriter`, and of `onnx_ir` with its passes.
# - S. Ioffe and C. Szegedy, *Batch Normalization*, 2015; B. Jacob et al., *Quantization and Training of Neural
#   Networks for Efficient Integer-Arithmetic-Only Inference*, 2018, section 3.2: folding it.
# - S. Williams, A. Waterman and D. Patterson, *Roofline*, 2009: when bytes decide, and when arithmetic does.
# - PyTorch's tutorial *Channels Last Memory Format*.
#
# Next: lesson 06 makes the numbers themselves shorter.
