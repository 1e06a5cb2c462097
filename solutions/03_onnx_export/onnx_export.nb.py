# %% [markdown]
# # What exactly leaves PyTorch?
#
# **Lesson 03** · 120 minutes · 20 points · you need: lesson 01, Python classes; no ONNX
#
# A trained network is Python code and numbers, and where it is to run there is often neither Python nor PyTorch.
# ONNX (Open Neural Network Exchange) is the common way out: one file with a graph of standard operators and its
# weights. You will export a network, prove that the file computes the same, read what is in it, put the code around
# the model into the graph, and repair what an exporter cannot follow. Then you write a graph without PyTorch at all.

# %% [markdown]
# ## How do you work here?
#
# As in lessons 01 and 02: each exercise is a box that says what to write, a cell to write it in, and tests; hidden
# tests ask the same of fresh random numbers. Every exercise can be solved without the others.
#
# An exporter takes seconds, so some tests do, too. All files go to the folder `work03`, which the next cell but one
# empties. Demonstrations in between draw or measure something with your functions, and need those above them; no mark
# depends on them.

# %% readonly="imports"
import copy
import logging
import shutil
import tempfile
import warnings
from pathlib import Path

from course_utils import expect, graphs, plots, runtime, tables
from course_utils.errors import CourseError
from course_utils.export import to_onnx, to_onnx_torchscript
from course_utils.graphs import drawing
from course_utils.seeds import fresh_draw  # for the hidden tests

import numpy as np
import onnx
import onnxruntime as ort
import torch

measured = {}  # filled by the demonstrations, shown at the end

# %% readonly="work_folder"
work = Path("work03")
shutil.rmtree(work, ignore_errors=True)
work.mkdir()


def new_path(name):
    """Return a path for a file of this name, in a new folder below work03."""
    return Path(tempfile.mkdtemp(dir=work)) / name


# %% [markdown]
# PyTorch's exporter and ONNX Runtime talk about themselves on the error stream, where a test takes every word for a
# failure. The next cell asks them to keep quiet: what is wrong with *your* model still comes as an exception.

# %% readonly="quiet_exporters"
logging.getLogger("torch.onnx").setLevel(logging.ERROR)
logging.getLogger("onnxscript").setLevel(logging.ERROR)
known = (
    ".*treespec, LeafSpec",
    ".*legacy TorchScript",
    ".*dynamic_axes",
    "Exporting a model while",
    "Constant folding",
)
for words in known:
    warnings.filterwarnings("ignore", words)
ort.set_default_logger_severity(4)  # only what is fatal
torch.set_num_threads(1)

# %% [markdown]
# ## What does an exporter write down?
#
# Python cannot leave, so the exporter follows one call of the model with an **example** input, and writes down which
# operators turn the input into the output. The result is a **graph**: nodes, each with an ONNX operator (`Gemm`,
# `Conv`, `Relu`), joined by named values. The weights are stored in it as **initializers**.
#
# An operator's meaning may change with its version. A file says which set of them it counts on, its **opset**, and
# in which format it is written, its **IR version**. Here is a whole file, as text: one dense layer.

# %% readonly="first_export"
torch.manual_seed(0)
layer = torch.nn.Linear(3, 2)
program = torch.onnx.export(layer, (torch.zeros(5, 3),), verbose=False)
print(onnx.printer.to_text(program.model_proto))

# %% [markdown]
# Read the line that names the graph: its input is `float[5,3]`. The example had five rows, and now the graph takes
# five and no other number. It has names that nobody chose, too. `torch.onnx.export` takes arguments against that:
#
# | argument | what it does |
# |---|---|
# | a path as third argument | writes the file |
# | `input_names=["x"]`, `output_names=["y"]` | names the values at both ends |
# | `dynamic_shapes=({0: torch.export.Dim("rows")},)` | for each input a dict: axis 0 is free |
# | `external_data=False` | weights go into the same file |
# | `verbose=False` | keeps it from reporting each step |
#
# It exports the model in the mode it is in. After `model.train()` dropout throws dice in the file as well;
# `model.eval()` comes first.

# %% [markdown]
# ### Exercise 3.1 · Export (3 points · 15 min)
#
# Write `export(model, example, path)`: one file that holds everything, with an input `images` and an output
# `scores`, as many images a call as one likes, in eval mode. Let `onnx.checker.check_model(path)` look at it, too.
#
# *The trap:* a file that is frozen to one batch size, rolls dice, or has lost its weights raises no error here. It
# does so later, somewhere else.
#
# <details><summary>Hint</summary>
# The example goes in as a tuple, <code>(example,)</code>, as in the cell above. Mind the second comma in
# <code>({0: …},)</code>, too: it makes a tuple, with one dict for each input. (A dict in its place needs the names of
# <code>forward</code>'s arguments, not yours.) <code>input_names</code> and <code>output_names</code> are both lists.
# </details>


# %% solution="export"
def export(model, example, path):
    """Write the model as one self-contained ONNX file, in eval mode.

    model: a torch.nn.Module with one input and one output, in either mode
    example: float32 tensor (n, ...); path: Path of the file to write, in a folder that exists
    returns: path. The input is "images", the output "scores", axis 0 of both is free
    """
    ### BEGIN SOLUTION
    model.eval()
    torch.onnx.export(
        model,
        (example,),
        path,
        input_names=["images"],
        output_names=["scores"],
        dynamic_shapes=({0: torch.export.Dim("batch")},),
        external_data=False,
        verbose=False,
    )
    onnx.checker.check_model(path)
    return path
    ### END SOLUTION


# %% test="export_ends" points=1
path = new_path("layer.onnx")
export(torch.nn.Linear(4, 3), torch.zeros(2, 4), path)
expect.true(path.is_file(), "export(model, example, path)", expected=f"a file {path.name}", got="no such file")
graph = graphs.load(path).graph
likely = "input_names and output_names say what the ends are called"
expect.equal([value.name for value in graph.input], ["images"], "the names of the inputs", likely=likely)
expect.equal([value.name for value in graph.output], ["scores"], "the names of the outputs", likely=likely)
axis = graph.input[0].type.tensor_type.shape.dim[0]
likely = "without dynamic_shapes, the batch size of the example is frozen"
expect.true(not axis.dim_value, "axis 0 of the input", expected="free", got=axis.dim_value, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    d_in, d_out = (int(size) for size in rng.integers(2, 9, size=2))
    torch.manual_seed(int(rng.integers(2**31)))
    model, path = torch.nn.Linear(d_in, d_out), new_path("fresh.onnx")
    export(model, torch.zeros(int(rng.integers(1, 5)), d_in), path)
    session = runtime.session(path)
    for n in (1, 2, 7):
        x = rng.normal(size=(n, d_in)).astype(np.float32)
        (got,) = session.run(["scores"], {"images": x})
        expect.close(got, model(torch.from_numpy(x)), f"a fresh layer, batch of {n}", atol=1e-4)
### END HIDDEN TESTS
expect.passed("named ends, and a batch of any size")

# %% test="export_eval_mode" points=1
torch.manual_seed(1)
model = torch.nn.Sequential(torch.nn.Linear(4, 64), torch.nn.BatchNorm1d(64), torch.nn.Dropout(0.5))
ready = copy.deepcopy(model).eval()
images, path = torch.linspace(-1, 1, 12).reshape(3, 4), new_path("left_in_training.onnx")
export(model.train(), images, path)
session = runtime.session(path)
feed = {session.get_inputs()[0].name: images.numpy()}
once, again = (session.run(None, feed)[0] for _ in range(2))
likely = "dropout is at work: the model is in training mode; model.eval() comes before the export"
expect.close(again, once, "two runs of the file on the same images", likely=likely)
expect.close(once, ready(images), "the scores of the file", atol=1e-4)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    torch.manual_seed(int(rng.integers(10**6)))
    model = torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.BatchNorm1d(16), torch.nn.Dropout(0.5))
    ready, x = copy.deepcopy(model).eval(), torch.from_numpy(rng.normal(size=(3, 4)).astype(np.float32))
    path = new_path("fresh_in_training.onnx")
    export(model.train(), x.clone(), path)
    session = runtime.session(path)
    (got,) = session.run(None, {session.get_inputs()[0].name: x.numpy()})
    expect.close(got, ready(x), "the scores of a fresh model", atol=1e-4)
### END HIDDEN TESTS
expect.passed("the file computes what the model computes in eval mode")

# %% test="export_one_file" points=1
torch.manual_seed(2)
model = torch.nn.Sequential(torch.nn.Linear(30, 40), torch.nn.ReLU(), torch.nn.Linear(40, 5)).eval()
path = new_path("alone.onnx")
got = export(model, torch.zeros(3, 30), path)
expect.equal(str(got), str(path), "what export returns", likely="end with `return path`")
files = sorted(each.name for each in path.parent.iterdir())
causes = {"the weights went to a second file; external_data=False": ["alone.onnx", "alone.onnx.data"]}
expect.equal(files, ["alone.onnx"], "the files in the folder", causes=causes)
onnx.checker.check_model(path)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    torch.manual_seed(int(rng.integers(10**6)))
    model, path = torch.nn.Sequential(torch.nn.Linear(30, 40), torch.nn.ReLU()).eval(), new_path("fresh_alone.onnx")
    x = torch.from_numpy(rng.normal(size=(3, 30)).astype(np.float32))
    export(model, x.clone(), path)
    session = runtime.session(path.read_bytes())  # nothing beside it
    (got,) = session.run(None, {session.get_inputs()[0].name: x.numpy()})
    expect.close(got, model(x), "the scores of the file alone", atol=1e-4)
### END HIDDEN TESTS
expect.passed("one file, and nothing beside it")

# %% [markdown]
# ### What has become of a network?
#
# Your `export` on the course's `DigitCNN`: three convolutions and a dense layer for 16×16 images of digits, trained
# (at the first call, then kept). The graph is drawn from the file. Python, classes and optimizer are gone; what is
# left is a list of operators that any runtime can read.

# %% demo="exported_cnn"
from course_utils.training import trained

cnn = trained("cnn")
cnn_file = export(cnn, torch.zeros(2, 1, 16, 16), work / "cnn.onnx")
drawing.show(cnn_file, "DigitCNN, as you exported it")

# %% demo="sizes_of_an_export"
torch.save(cnn.state_dict(), work / "cnn.pt")
numbers = sum(weight.numel() for weight in cnn.parameters())
sizes = {
    "the weights themselves, 4 bytes each": 4 * numbers,
    "PyTorch's file: weights, no graph": (work / "cnn.pt").stat().st_size,
    "your ONNX file: weights and graph": cnn_file.stat().st_size,
}
measured["the graph of DigitCNN, without its weights"] = f"{cnn_file.stat().st_size - 4 * numbers:,} bytes"
tables.show([{"what": what, "bytes": f"{size:,}"} for what, size in sizes.items()], f"DigitCNN, {numbers:,} weights")

# %% [markdown]
# ### Can you look at it with the mouse?
#
# [Netron](https://netron.app) draws any model and shows each node's attributes and weights when you click on it.
# `pip install netron`, set `look` to `True` and run the cell: it opens your browser on a page that your own machine
# serves. Or drag the file `work03/cnn.onnx` onto netron.app; it is read in your browser.

# %% demo="netron"
look = False
print(graphs.open_in_netron(cnn_file) if look else "netron stays closed: look is False")

# %% [markdown]
# ### What does each exporter write?
#
# PyTorch has two. The one you used (called *dynamo* at times) captures the model with `torch.export`, and translates
# it. The older one, `dynamo=False`, records the operators of one call (**TorchScript**); it is deprecated, and many
# examples on the web are written for it. Below, both export a small causal net: it pads its signal on the left
# before each convolution, so that no output sees the future.


# %% demo="causal_net"
class CausalNet(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.ModuleList(torch.nn.Conv1d(4, 4, 3, dilation=d) for d in (1, 2, 4))

    def forward(self, x):
        for layer in self.layers:
            padded = torch.nn.functional.pad(x, (2 * layer.dilation[0], 0))
            x = x + torch.relu(layer(padded))
        return x[:, :, -1]


# %% demo="two_exporters"
from time import perf_counter

net, signals = CausalNet().eval(), torch.rand(2, 4, 20)
newer, older = work / "causal.onnx", work / "causal_torchscript.onnx"
start = perf_counter()
export(net, signals, newer)
between = perf_counter()
torch.onnx.export(net, (signals,), older, dynamo=False, input_names=["images"], dynamic_axes={"images": {0: "batch"}})
ratio = (between - start) / (perf_counter() - between)

# %% demo="two_exporters_shown"
rows = []
for name, file in (("torch.export", newer), ("TorchScript", older)):
    counted = graphs.operators(file)
    common = ", ".join(f"{counted[op]} {op}" for op in sorted(counted, key=counted.get, reverse=True)[:5])
    rows.append({"exporter": name, "nodes": sum(counted.values()), "most of them": common})
measured["a causal net of 3 layers"] = " and ".join(f"{row['nodes']} nodes by {row['exporter']}" for row in rows)
measured["time of one export, torch.export over TorchScript"] = f"about {ratio:.0f} to 1"
tables.show(rows, f"One causal net, exported once by each; torch.export took about {ratio:.0f} times as long")

# %% [markdown]
# TorchScript is quick, and writes down how PyTorch computes padding, step by step. The newer exporter takes its time,
# and writes what was meant: here the padding has gone into the convolution's own attribute. An export happens once;
# the graph runs a million times.

# %% [markdown]
# ### Is there a third way, with Lightning?
#
# If you train with PyTorch Lightning, its module has a method for the export, `to_onnx`. It is a shell: what it is
# given goes on to `torch.onnx.export`, so all you know about names, axes and second files holds there, too. In
# Lightning 2.6 it does not even call `eval()`. The cell exports a layer and a dropout with it, and reads the file.
#
# Without Lightning, take our word for 2.6.6: two files, `lightning.onnx` and `lightning.onnx.data`, and two operators,
# `Gemm` and `Dropout`. The weights went to a second file, and the first rolls dice.


# %% demo="lightning_aside"
def with_lightning(net, example, path):
    from lightning import LightningModule

    module = LightningModule()
    module.net, module.forward = net, net.forward
    module.to_onnx(path, example, input_names=["images"], verbose=False)


# %% demo="lightning_aside_run"
try:
    net = torch.nn.Sequential(torch.nn.Linear(30, 20), torch.nn.Dropout())
    with_lightning(net, torch.zeros(1, 30), work / "lightning.onnx")
    print("files:", ", ".join(sorted(path.name for path in work.glob("lightning*"))))
    print("operators:", ", ".join(graphs.operators(work / "lightning.onnx")))
except ImportError:
    print("Lightning is not installed here: pip install lightning, and run this cell again.")

# %% [markdown]
# ## Does the file compute the same?
#
# **ONNX Runtime** runs ONNX files. An `InferenceSession` loads one; `run(None, feed)` takes a dict from input names to
# NumPy arrays, and returns a list with an array for each output. The session knows its inputs by name. Lesson 04 is
# all about it; here it is the judge.
#
# PyTorch and ONNX Runtime add numbers up in different order, so results differ in the last digits of float32.
# More than that is a mistake.

# %% readonly="first_session"
judge = ort.InferenceSession(program.model_proto.SerializeToString(), providers=["CPUExecutionProvider"])
given = judge.get_inputs()[0]
print(given.name, given.type, given.shape)
print("ONNX Runtime:", judge.run(None, {given.name: np.ones((5, 3), np.float32)})[0][0])
print("PyTorch:     ", layer(torch.ones(5, 3))[0].detach().numpy())

# %% [markdown]
# ### Exercise 3.2 · The largest difference (3 points · 15 min)
#
# Write `largest_difference(model, path, batches)`: run every batch by itself through the module, in eval mode and
# without gradients (`with torch.no_grad():`), and through the file; return the largest absolute difference of any two
# numbers. Batches have sizes of their own: a file that agrees only at the example's size has not been checked.
#
# *The trap:* `max(0.0, nan)` is 0.0 in Python, so a file full of `nan` seems perfect. Here `nan` anywhere must give
# `nan`; NumPy's `max` does that.
#
# <details><summary>Hint</summary>
# <code>tensor.numpy()</code> and <code>torch.from_numpy(array)</code> convert. Keep the largest difference of each
# batch in a list, and take <code>np.max</code> of the list.
# </details>


# %% solution="largest_difference"
def largest_difference(model, path, batches):
    """Return the largest absolute difference between a module and an ONNX file, over all numbers of all batches.

    model: a torch.nn.Module with one input and one output, in either mode; compared in eval mode
    path: Path of an ONNX file with one input, of any name, and one output
    batches: a list of float32 tensors (n, ...), n different from batch to batch
    returns: one float; nan where a result is nan
    """
    ### BEGIN SOLUTION
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    model.eval()
    gaps = []
    for batch in batches:
        with torch.no_grad():
            expected = model(batch).numpy()
        (found,) = session.run(None, {name: batch.numpy()})
        gaps.append(np.abs(found - expected).max())
    return float(np.max(gaps))
    ### END SOLUTION


# %% [markdown]
# The tests below write small files by hand: ONNX has a text form, and `onnx.parser` reads it. The first multiplies by
# 2 in the first column and by 1.5 in the second. The other one adds to each row the sum of all rows, and so doubles
# a batch of one row, and no other.

# %% readonly="given_scaling"
scaling = (
    '<ir_version: 8, opset_import: ["" : 18]> scaling (float[n,2] pixels) => (float[n,2] sums) '
    "<float[2,2] w = {2, 0, 0, 1.5}> {sums = MatMul(pixels, w)}"
)
adding_up = (
    '<ir_version: 8, opset_import: ["" : 18]> adding_up (float[n,2] pixels) => (float[n,2] sums) '
    "<int64[1] axes = {0}> {total = ReduceSum(pixels, axes) sums = Add(pixels, total)}"
)
doubling = torch.nn.Linear(2, 2, bias=False)
doubling.weight.data = 2 * torch.eye(2)

# %% test="largest_difference_value" points=1
path = new_path("scaling.onnx")
onnx.save(onnx.parser.parse_model(scaling), path)
x = torch.tensor([[1.0, 3.0], [-2.0, -2.0]])
causes = {
    "the sign counts; take the absolute value first": 1.0,
    "this is the mean of the differences, not the largest": 0.625,
    "this is the sum of the differences": 2.5,
    "the differences are squared": 2.25,
    "the difference is divided by the expected value; it is the absolute one that is wanted": 0.25,
}
for batch, call in ((x, "largest_difference(doubling, path, [x])"), (-x, "largest_difference(doubling, path, [-x])")):
    got = largest_difference(doubling, path, [batch.clone()])
    expect.close(got, 1.5, call, atol=1e-6, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for sign in (1.0, -1.0):
        size = float(rng.uniform(1, 9))
        x = torch.tensor([[5 * size, 0.0], [size, sign * size], [0.0, -sign * size / 2]])
        got = largest_difference(doubling, path, [x])
        expect.close(got, size / 2, "largest_difference of a fresh batch", atol=1e-5)
### END HIDDEN TESTS
expect.passed("the largest of four differences")

# %% test="largest_difference_batches" points=1
path, summing = new_path("scaling.onnx"), new_path("adding_up.onnx")
onnx.save(onnx.parser.parse_model(scaling), path)
batches = [torch.full((n, 2), size) for n, size in ((1, 1.0), (4, -6.0), (3, 4.0), (2, 2.0))]
causes = {
    "only the first batch counts": 0.5,
    "only the last batch counts": 1.0,
    "the sign counts; take the absolute value first": 2.0,
    "the largest differences of the batches are added up": 6.5,
    "this is the mean of the batches' largest differences": 1.625,
}
got = largest_difference(doubling, path, batches)
expect.close(got, 3.0, "largest_difference(doubling, path, batches)", atol=1e-6, causes=causes)
onnx.save(onnx.parser.parse_model(adding_up), summing)
causes = {"the batches are joined to one; run each by itself": 3.0, "rows are run one by one; run whole batches": 0.0}
got = largest_difference(doubling, summing, [torch.ones(1, 2), torch.ones(3, 2)])
expect.close(got, 2.0, "the difference to a file that adds up a batch's rows", atol=1e-6, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for _ in range(3):
        sizes = rng.permutation([0.5, 1.0, 2.0]) * rng.uniform(1, 4)
        batches = [torch.full((n, 2), float(size)) for n, size in zip((5, 1, 2), sizes, strict=True)]
        got = largest_difference(doubling, path, batches)
        expect.close(got, sizes.max() / 2, "largest_difference of fresh batches", atol=1e-5)
### END HIDDEN TESTS
expect.passed("batches of every size count")

# %% test="largest_difference_honest" points=1
same, logarithm = new_path("same.onnx"), new_path("logarithm.onnx")
onnx.save(onnx.parser.parse_model(scaling.replace("1.5", "2")), same)
onnx.save(onnx.parser.parse_model(scaling.replace("MatMul(pixels, w)", "Log(pixels)")), logarithm)
batches = [torch.ones(16, 2), torch.full((1, 2), 3.0)]
model = torch.nn.Sequential(doubling, torch.nn.Dropout(0.5)).train()
got = largest_difference(model, same, batches)
expect.close(got, 0.0, "the difference of two that agree", atol=1e-6, likely="the module is still in training mode")
spoiled = [torch.tensor([[-1.0, 1.0], [1.0, 1.0]]), torch.ones(1, 2)]  # the logarithm of -1 is nan
for order in (spoiled, spoiled[::-1]):
    got = largest_difference(doubling, logarithm, order)
    likely = "the nan of one batch is lost: by Python's max, by np.nanmax, or as its batch is left out"
    expect.close(got, np.nan, "the difference where the file gives nan", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    sizes = [int(n) for n in rng.permutation([1, 2, 3])]
    for place in range(3):
        batches = [torch.full((n, 2), float(rng.uniform(1, 2))) for n in sizes]
        batches[place][0, 0] = -1.0
        expect.close(largest_difference(doubling, logarithm, batches), np.nan, "the difference with one nan")
### END HIDDEN TESTS
expect.passed("neither dropout nor nan deceives it")

# %% [markdown]
# ### How far apart are PyTorch and ONNX Runtime?
#
# Your function on the trained `DigitCNN`, the same test images in batches of five sizes. The example of the export
# had a batch of 2.

# %% demo="differences"
from course_utils.data import digits

test_images = digits(16, as_tensors=True).test_images
counts = (1, 2, 7, 64, 450)
gaps = [largest_difference(cnn, cnn_file, [test_images[:n]]) for n in counts]
scores = cnn(test_images).detach().numpy()
measured["largest difference to PyTorch, 450 images"] = f"{gaps[-1]:.1e}, of scores up to {np.abs(scores).max():.0f}"

# %% demo="differences_drawn"
fig, axes = plots.figure(width=5.5, height=2.6)
bars = axes.bar([str(n) for n in counts], [1e6 * gap for gap in gaps], color=plots.BLUE)
axes.bar_label(bars, [f"{1e6 * gap:.1f}" for gap in gaps], size=8)
axes.set(title="Largest difference of any score", xlabel="images in the batch", ylabel="millionths")
axes.margins(y=0.15)
listed = ", ".join(f"{gap:.1e} at {n}" for n, gap in zip(counts, gaps, strict=True))
plots.show(fig, f"Bars, the largest difference between PyTorch and ONNX Runtime by batch size: {listed}.")

# %% [markdown]
# Rounding and no more, and the larger the batch, the more numbers there are to find a large one among. Do the labels
# survive? Count them; that is what your user will do.

# %% demo="labels_compared"
session = runtime.session(cnn_file)
labels = session.run(None, {"images": test_images.numpy()})[0].argmax(1)
changed = int((labels != scores.argmax(1)).sum())
measured["labels of 450 that differ"] = str(changed)
print(f"{changed} of {len(labels)} labels differ")

# %% [markdown]
# ## What does a file say of itself?
#
# `onnx.load(path)` gives the model as an object; `.graph` holds what matters:
#
# | where | what |
# |---|---|
# | `model.ir_version`, `model.opset_import` | versions; the standard operators' entry has `.domain == ""` |
# | `graph.node` | each with `.op_type`, such as `"Gemm"` |
# | `graph.input`, `graph.output` | each with `.name` and `.type.tensor_type` |
# | `tensor_type.elem_type`, `tensor_type.shape.dim` | the type, a number; the axes |
# | `dim.dim_param`, `dim.dim_value` | a free axis's name (else `""`); a fixed axis's size |
# | `graph.initializer` | the weights, each with `.name` |
#
# `onnx.numpy_helper.to_array` makes an array of a weight, and `numpy_type`, below, a name of a type's number.


# %% readonly="numpy_type"
def numpy_type(value):
    """Return NumPy's name, such as "float32", for the type of a graph's input or output."""
    return str(onnx.helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type))


# %% readonly="first_look"
model = program.model_proto
given = model.graph.input[0]
print([entry.version for entry in model.opset_import], numpy_type(given))
print([dim.dim_value for dim in given.type.tensor_type.shape.dim])
print(onnx.numpy_helper.to_array(model.graph.initializer[0]))

# %% [markdown]
# ### Exercise 3.3 · Describe a file (3 points · 15 min)
#
# Write `describe(path)`; the docstring says which keys. Here is the answer for one file:
#
# `{"opset": 18, "ir_version": 8, "inputs": [("x", "float32", ["n", 2])], "outputs": [("y", "float32", ["n", 2])],
# "operators": {"MatMul": 1}, "weight_bytes": 16}`
#
# *The trap:* a file may store the same weights in several ways (`raw_data`, `float_data`), and old exporters list
# every weight among the inputs as well. Ask `to_array` for bytes (an array knows its `nbytes`), and leave weights out
# of the inputs.
#
# <details><summary>Hint</summary>
# <code>dim.dim_param or dim.dim_value</code> is an axis's name, or its size where it has no name. To leave weights out,
# compare names: <code>value.name</code> with a set of every <code>weight.name</code>; a value itself never equals a
# weight. <code>collections.Counter</code> counts, and <code>dict</code> makes a plain dict of it.
# </details>


# %% solution="describe"
def describe(path):
    """Return what an ONNX file, with its weights inside, says of itself: a dict with these keys.

    opset: int, the version of the standard operators (there may be other domains); ir_version: int
    inputs, outputs: lists of (name, type, shape), in the file's order; weights are no inputs
        type: NumPy's name, "float32"; shape: a list with an int for a fixed axis, its name for a free one
    operators: dict from operator to how many nodes; weight_bytes: int, of all initializers
    """
    ### BEGIN SOLUTION
    model = onnx.load(path)
    graph, operators = model.graph, [node.op_type for node in model.graph.node]
    weights = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    axes = lambda value: [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]
    ends = lambda values: [(value.name, numpy_type(value), axes(value)) for value in values]
    return {
        "opset": next(entry.version for entry in model.opset_import if entry.domain == ""),
        "ir_version": model.ir_version,
        "inputs": ends(value for value in graph.input if value.name not in weights),
        "outputs": ends(graph.output),
        "operators": {name: operators.count(name) for name in set(operators)},
        "weight_bytes": sum(array.nbytes for array in weights.values()),
    }
    ### END SOLUTION


# %% readonly="described_keys"
described = ["opset", "ir_version", "inputs", "outputs", "operators", "weight_bytes"]
joined = (
    '<ir_version: 9, opset_import: ["ai.onnx.ml" : 3, "" : 17]> '
    "joined (float[n,2] left, uint8[n,3,4] right, float[2,2] w) => (float[n,2] sums, int64[k] shape) "
    "<float[2,2] w = {1, 2, 3, 4}, int8[5] q = {1, 2, 3, 4, 5}> "
    "{a = MatMul(left, w) b = Relu(a) sums = Relu(b) shape = Shape(right)}"
)


# %% readonly="given_parted"
def written(text):
    """Write a graph, given as text, to a new file; return its path."""
    path = new_path("graph.onnx")
    onnx.save(onnx.parser.parse_model(text), path)
    return path


def parted(ends, what):
    """Return the names, the types and the shapes of a list of ends, (name, type, shape) each."""
    expect.true(type(ends) is list, what, expected="a list", got=ends)
    for end in ends:
        expect.true(type(end) is tuple and len(end) == 3, what, expected="tuples, (name, type, shape)", got=end)
    return [[end[place] for end in ends] for place in range(3)]


# %% test="describe_ends" points=1
got = describe(written(joined))
expect.keys(got, described, "describe(path)")
names, types, shapes = parted(got["inputs"], "describe(path)['inputs']")
causes = {"w is a weight: leave out every input whose name is a weight's": ["left", "right", "w"]}
expect.equal(names, ["left", "right"], "the names in describe(path)['inputs']", causes=causes)
likely = "numpy_type(value), which stands above, gives NumPy's name, a string"
named = [type(kind) for kind in types] == [str, str] and types == ["float32", "uint8"]
expect.true(named, "the types of the inputs", expected="['float32', 'uint8']", got=types, likely=likely)
causes = {
    "free axes have a name, dim_param": [[0, 2], [0, 3, 4]],
    "fixed axes have a size, dim_value": [["n", ""], ["n", "", ""]],
    "each shape is a list": [("n", 2), ("n", 3, 4)],
}
expect.equal(shapes, [["n", 2], ["n", 3, 4]], "the shapes of the inputs", causes=causes)
expect.equal(got["outputs"], [("sums", "float32", ["n", 2]), ("shape", "int64", ["k"])], "describe(path)['outputs']")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    a, b = (int(size) for size in rng.integers(2, 99, size=2))
    name = f"input_{rng.integers(1000)}"
    fresh = f'<ir_version: 8, opset_import: ["" : 17]> g (float16[{a},rows,{b}] {name}) => (float16[{a},rows,{b}] y) '
    got = describe(written(fresh + f"{{y = Identity({name})}}"))
    expect.equal(got["inputs"], [(name, "float16", [a, "rows", b])], "the inputs of a fresh file")
    expect.equal(got["outputs"], [("y", "float16", [a, "rows", b])], "the outputs of a fresh file")
### END HIDDEN TESTS
expect.passed("both ends of a graph")

# %% test="describe_versions_and_operators" points=1
path = new_path("joined.onnx")
onnx.save(onnx.parser.parse_model(joined), path)
got = describe(path)
expect.keys(got, described, "describe(path)")
causes = {"this is the entry of ai.onnx.ml; take the one whose domain is empty": 3, "this is the IR version": 9}
expect.close(got["opset"], 17, "describe(path)['opset']", causes=causes)
expect.close(got["ir_version"], 9, "describe(path)['ir_version']", causes={"this is the opset": 17})
operators = {"MatMul": 1, "Relu": 2, "Shape": 1}
expect.keys(got["operators"], operators, "describe(path)['operators']")
expect.close(got["operators"], operators, "describe(path)['operators']")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    opset, ir, relus = int(rng.integers(13, 22)), int(rng.integers(7, 11)), int(rng.integers(3, 9))
    body = " ".join(f"x{place + 1} = Relu(x{place})" for place in range(relus))
    fresh = f'<ir_version: {ir}, opset_import: ["ai.onnx.ml" : 2, "" : {opset}]> g (float[n] x0) => (float[n] y) '
    onnx.save(onnx.parser.parse_model(fresh + f"{{{body} y = Abs(x{relus})}}"), path)
    got = describe(path)
    expect.close([got["opset"], got["ir_version"]], [opset, ir], "opset and IR version of a fresh file")
    expect.keys(got["operators"], ["Relu", "Abs"], "the operators of a fresh file")
    expect.close(got["operators"], {"Relu": relus, "Abs": 1}, "the operators of a fresh file")
### END HIDDEN TESTS
expect.passed("versions and operators")

# %% test="describe_weights" points=1
path = new_path("joined.onnx")
onnx.save(onnx.parser.parse_model(joined), path)
got = describe(path)
expect.keys(got, described, "describe(path)")
causes = {
    "these weights are not in raw_data; ask to_array, which knows every form": 0,
    "q has 5 numbers of one byte each, int8": 36,
    "these are numbers, not bytes": 9,
    "this is the size of the file, not of the weights": path.stat().st_size,
    "int8 weights count as well": 16,
}
expect.close(got["weight_bytes"], 21, "describe(path)['weight_bytes']", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    fresh = onnx.parser.parse_model(
        '<ir_version: 8, opset_import: ["" : 17]> g (float[n] x) => (float[n] y) {y = Abs(x)}'
    )
    arrays = [np.ones(rng.integers(2, 30, size=2), kind) for kind in (np.float32, np.float16, np.int8, np.int64)]
    tensors = [onnx.numpy_helper.from_array(array, f"w{place}") for place, array in enumerate(arrays)]
    fresh.graph.initializer.extend(tensors)
    onnx.save(fresh, path)
    expected = sum(array.nbytes for array in arrays)
    expect.close(describe(path)["weight_bytes"], expected, "the bytes of fresh weights")
### END HIDDEN TESTS
expect.passed("the bytes of the weights, whatever their type")

# %% [markdown]
# ### What do the two exporters' files say?
#
# One `DigitCNN`, described by you. Each exporter writes the versions it likes best by default, and a runtime must
# know them. The weights are the same; the newer exporter also stores a few integers, axes and shapes, among them.

# %% demo="two_descriptions"
older_file = to_onnx_torchscript(cnn, torch.zeros(2, 1, 16, 16), work / "cnn_torchscript.onnx")
found = {"torch.export": describe(cnn_file), "TorchScript": describe(older_file)}
rows = [{"": key} | {name: str(each[key]) for name, each in found.items()} for key in described[:4]]
rows.append({"": "nodes"} | {name: str(sum(each["operators"].values())) for name, each in found.items()})
rows.append({"": "weight_bytes"} | {name: f"{each['weight_bytes']:,}" for name, each in found.items()})
tables.show(rows, "DigitCNN by both exporters")

# %% [markdown]
# ## Who prepares the image, and who reads the scores?
#
# A network wants float32, normalized with the numbers of its training; a camera gives `uint8` from 0 to 255. A network
# gives scores; the user wants a digit and how sure it is. This code around the model is written once in training and
# again in every service, and each time it can be wrong. It is arithmetic, so it can move into the graph.
#
# To add operators around a network, write a **module of your own**: a class whose `__init__` keeps the parts, and
# whose `forward` computes with tensors. The exporter follows `forward`.


# %% readonly="example_module"
class InPercent(torch.nn.Module):
    """Any module's outputs, times 100; the largest of each row; and its column."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        percent = 100 * self.inner(x)
        largest, place = percent.max(dim=1)  # the largest of each row, and where it stands
        return percent, largest, place


# %% readonly="given_write"
def write(module, example, path):
    """Export with the course's own exporter, which runs its file against the module; return path.

    It names inputs after forward's arguments, and says in a sentence what it cannot do.
    """
    return to_onnx(module, example, path)


# %% [markdown]
# ### Exercise 3.4 · Predictor head (3 points · 15 min)
#
# Write `with_predictor_head(model, mean, scale)`: a module from raw images to labels and probabilities. A pixel $p$
# becomes $(p - m)/s$ with mean $m$ and scale $s$; images get the axis of their one channel; the scores $z$ of each
# image become probabilities by **softmax**, $e^{z_i} / \sum_j e^{z_j}$. The label is the most probable class.
#
# *The trap:* stay with tensors. `.item()`, `.tolist()` and `len(x)` make Python values, which an exporter follows at
# times, and freezes or refuses at others: after `len(x)` or `range` the batch size is fixed, after `x.shape[0]` it is
# not.
#
# <details><summary>Hint</summary>
# <code>images.float()</code> converts, <code>x[:, None]</code> adds an axis, <code>torch.softmax(z, dim=1)</code>
# works row by row. The class may stand inside the function, where it sees model, mean and scale.
# </details>


# %% solution="with_predictor_head"
def with_predictor_head(model, mean, scale):
    """Return a module from raw images to labels and their probabilities.

    model: a torch.nn.Module from (n, 1, h, w) float32 to scores (n, classes); mean, scale: floats
    returns: a torch.nn.Module from (n, h, w) uint8 to (label, probability): (n,) int64, and (n,) float32, the
        softmax probability of that label
    """
    ### BEGIN SOLUTION

    class Predictor(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, images):
            x = (images.float() - mean) / scale
            probabilities = torch.softmax(self.model(x[:, None]), dim=1)
            probability, label = probabilities.max(dim=1)
            return label, probability

    return Predictor().eval()
    ### END SOLUTION


# %% readonly="given_scorer"
scorer = torch.nn.Sequential(torch.nn.Conv2d(1, 3, 2), torch.nn.Flatten()).eval()  # three scores for a 2×2 image
kernels = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0]]
scorer[0].weight.data = torch.tensor(kernels).reshape(3, 1, 2, 2)
scorer[0].bias.data = torch.tensor([0.0, 5.0, 0.0])
pixels = [
    [115, 95, 40, 25],
    [120, 15, 45, 65],
    [65, 50, 100, 85],
    [20, 80, 95, 0],
    [55, 15, 110, 80],
    [100, 25, 125, 40],
]
raw = torch.tensor(pixels, dtype=torch.uint8).reshape(6, 2, 2)

# %% readonly="given_label_slips"
label_slips = {
    "the mean is not subtracted": [1, 0, 1, 1, 1, 0],
    "x is not divided by the scale": [0, 0, 0, 2, 0, 2],
    "the images are not normalized": [0, 0, 0, 2, 0, 0],
    "255 is built in; mean and scale alone normalize": [1, 1, 1, 1, 1, 1],
    "bytes wrap around below 0; .float() comes first": [1, 1, 1, 1, 1, 2],
    "divide by the scale after subtracting the mean": [2, 2, 2, 2, 2, 2],
    "softmax runs over the images; the classes are axis 1": [1, 0, 1, 2, 2, 2],
    "the largest of each class is sought; dim=1 gives that of each image": [1, 2, 5],
    "the largest score of each class is sought; dim=1 gives that of each image": [1, 0, 3],
    "the probability comes second": [0.952559, 0.995924, 0.969273, 0.817563, 0.628532, 0.603749],
}

# %% test="with_predictor_head_label" points=1
got = with_predictor_head(scorer, 20.0, 10.0)(raw.clone())
expect.parts(got, 2, "with_predictor_head(scorer, 20.0, 10.0)(raw)", likely="return both: label, probability")
expect.array(got[0], "label, the first result")
call = "label of with_predictor_head(scorer, 20.0, 10.0)(raw)"
expect.close(got[0], [1, 0, 1, 1, 1, 2], call, atol=1e-5, causes=label_slips)
expect.equal(str(got[0].dtype), "torch.int64", "the type of label", likely="argmax and max give int64 indices")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for n in (1, 6):
        mean, scale = float(rng.uniform(50, 150)), float(rng.uniform(20, 60))
        images = torch.from_numpy(rng.integers(0, 256, size=(n, 2, 2), dtype=np.uint8))
        z = scorer((images[:, None].float() - mean) / scale).detach()
        wanted, (best, second) = z.argmax(1), z.sort(dim=1, descending=True).values.T[:2]
        clear = (best - second) > 1e-3  # a tie may fall either way
        label = with_predictor_head(scorer, mean, scale)(images.clone())[0]
        expect.close(label[clear], wanted[clear], "labels of fresh images")
### END HIDDEN TESTS
expect.passed("a label for each image")

# %% readonly="given_probability_slips"
probable = [0.952559, 0.995924, 0.969273, 0.817563]
probability_slips = {
    "this is the score; softmax makes a probability of it": [12.5, 10.0, 8.0, 11.0],
    "this is the logarithm of the probability": np.log(probable),
    "each score has a sigmoid of its own; softmax weighs them together": [0.999996, 0.999955, 0.999665, 0.999983],
    "the mean is not subtracted": [0.952572, 0.995929, 0.970496, 0.970672],
    "the images are not normalized": [1.0, 1.0, 0.999955, 0.999955],
    "softmax runs over the images; the classes are axis 1": [0.809996, 0.620862, 0.008998, 0.999319],
    "this is the label; it comes first": [1, 0, 1, 1],
    "255 is built in; mean and scale alone normalize": [0.987936, 0.984209, 0.987147, 0.987682],
    "255 is built in beside mean and scale; these alone normalize": [0.947831, 0.946854, 0.947072, 0.946376],
    "bytes wrap around below 0; .float() comes first": [0.952559, 1.0, 0.969273, 0.999983],
    "the largest of each class is sought; dim=1 gives that of each image": [0.995924, 0.969273, 0.182423],
}

# %% test="with_predictor_head_probability" points=1
got = with_predictor_head(scorer, 20.0, 10.0)(raw[:4].clone())
expect.parts(got, 2, "with_predictor_head(scorer, 20.0, 10.0)(raw[:4])", likely="return both: label, probability")
expect.close(got[1], probable, "probability, the second result", atol=1e-5, causes=probability_slips)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    mean, scale = float(rng.uniform(50, 150)), float(rng.uniform(20, 60))
    images = torch.from_numpy(rng.integers(0, 256, size=(6, 2, 2), dtype=np.uint8))
    z = scorer((images.float()[:, None] - mean) / scale).detach().numpy()
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    got = with_predictor_head(scorer, mean, scale)(images.clone())
    expect.close(got[1], (powers / powers.sum(axis=1, keepdims=True)).max(axis=1), "fresh probabilities", atol=1e-4)
### END HIDDEN TESTS
expect.passed("how sure it is of each label")

# %% test="with_predictor_head_graph" points=1
path = write(with_predictor_head(scorer, 20.0, 10.0), raw.clone(), new_path("head.onnx"))
session = runtime.session(path)
given = session.get_inputs()[0]
expect.equal(given.type, "tensor(uint8)", "the type of the graph's input", likely="forward takes the raw images")
expect.equal(given.shape[1:], [2, 2], "the axes of the graph's input after the batch")
label, probability = session.run(None, {given.name: raw[:4].numpy()})
expect.close(label, [1, 0, 1, 1], "the file's labels")
expect.close(probability, probable, "the file's probabilities", atol=1e-5)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    images, mean = rng.integers(0, 256, size=(5, 2, 2), dtype=np.uint8), float(rng.uniform(50, 150))
    z = scorer(torch.from_numpy((images.astype(np.float32) - mean) / 40)[:, None]).detach()
    path = write(with_predictor_head(scorer, mean, 40.0), raw.clone(), new_path("fresh_head.onnx"))
    got = runtime.session(path).run(None, {given.name: images})[1]
    expect.close(got, torch.softmax(z, dim=1).amax(dim=1), "the file's probabilities of fresh images", atol=1e-4)
### END HIDDEN TESTS
expect.passed("all of it is in the graph")

# %% [markdown]
# ### What does a caller need to know now?
#
# Nothing but the file: bytes of pixels in, digits out. The image shows scans as a camera might give them, 0 to 255,
# straight into your file. The title of each is all that came back.

# %% demo="digits_from_bytes"
scans = (255 * test_images[:, 0]).round().to(torch.uint8)
head_file = write(with_predictor_head(cnn, 0.0, 255.0), scans[:2], work / "predictor.onnx")
session = runtime.session(head_file)
label, probability = session.run(None, {session.get_inputs()[0].name: scans.numpy()})
right = (label == digits(16).test_labels).mean()
measured["right by the file alone, from bytes"] = f"{right:.1%} of {len(label)} images"
chosen = [0, 1, 2, 3, *probability.argsort()[:2].tolist()]  # the last two are the least sure

# %% demo="digits_from_bytes_drawn"
fig, axes = plots.figure(columns=6, width=7.5, height=1.5)
for place, each in zip(axes, chosen, strict=True):
    place.imshow(scans[each], cmap="gray")
    place.set_title(f"{label[each]}, {probability[each]:.0%}", loc="center")
    place.axis("off")
said = "; ".join(f"{label[each]} at {probability[each]:.0%}" for each in chosen)
plots.show(fig, f"Six scans of digits, titled with what the file says: {said}. The last two are its least sure.")

# %% demo="head_in_numbers"
before, after = graphs.operators(cnn_file), graphs.operators(head_file)
extra = {op: count - before.get(op, 0) for op, count in after.items() if count > before.get(op, 0)}
measured["operators that the head adds"] = ", ".join(f"{count} {op}" for op, count in extra.items())
print("new in the graph:", measured["operators that the head adds"])
print(f"{head_file.stat().st_size - cnn_file.stat().st_size:,} bytes more")

# %% [markdown]
# ## What if the model decides something?
#
# A graph has no `if` of Python's. This module turns scans the right way: digits are bright ink on dark paper, so a
# batch that is mostly bright gets inverted. Which way it goes depends on the **values** of the input, and those an
# exporter does not have while it writes.


# %% readonly="ink_on_paper"
class InkOnPaper(torch.nn.Module):
    """Inverts a batch of images that is mostly bright, then stretches it to -1 ... 1."""

    def forward(self, images):  # (n, 8, 8) float32, from 0 to 1
        if images.mean() > 0.5:
            images = 1 - images
        return 2 * images - 1


# %% [markdown]
# ### What do the two exporters make of it?
#
# One refuses and says so. The other asks the example, takes the side that it needs, and freezes it, with a warning
# that is easily missed: its file is right for scans like the example, and wrong for all others. That is why an export
# is compared on more than its example.

# %% demo="exporters_and_a_branch"
dark, bright = torch.full((2, 8, 8), 0.2), torch.full((2, 8, 8), 0.9)
try:
    write(InkOnPaper(), dark, work / "refused.onnx")
except CourseError as error:
    print("torch.export:", error)

# %% demo="a_frozen_branch"
frozen_file = to_onnx_torchscript(InkOnPaper(), dark, work / "frozen.onnx", tolerance=None)
gaps = {name: largest_difference(InkOnPaper(), frozen_file, [x]) for name, x in (("dark", dark), ("bright", bright))}
print("TorchScript wrote", graphs.operators(frozen_file))
print("and differs by", ", ".join(f"{gap:.1f} on {name} scans" for name, gap in gaps.items()))

# %% [markdown]
# ### Can both sides be computed?
#
# They are cheap, so compute both and choose afterwards. `torch.where(condition, a, b)` takes from `a` where the
# condition holds and from `b` elsewhere. It is an operator like any other (`Where` in ONNX). The condition stays a
# tensor: `x.mean() > 0.5` is one, as long as no `if` or `.item()` makes a Python value of it.
#
# Here it chooses the larger of two tensors, number by number, and all of one where the other's sum is negative.

# %% readonly="first_where"
a, b = torch.tensor([1.0, 5.0, -2.0]), torch.tensor([3.0, 4.0, -9.0])
print(torch.where(a > b, a, b), torch.where(b.sum() < 0, a, b))

# %% [markdown]
# ### Exercise 3.5 · A graph without branches (3 points · 15 min)
#
# Write `branchless_graph(path)`: a module that does for every batch what `InkOnPaper` does, without a branch, exported
# to `path`. Export it with `write`, which stands above: what it cannot follow, it names in a sentence.
# `torch.onnx.export` and your `export` will do, too, but they take a page for it.
#
# *The trap:* the module decides for the whole batch, by one mean of all its pixels. A decision for each image, or for
# each pixel, is another model.
#
# <details><summary>Hint</summary>
# A class with a <code>forward</code> of two lines; the first chooses between <code>1 - images</code> and
# <code>images</code>. Any example of shape (2, 8, 8) will do.
# </details>


# %% solution="branchless_graph"
def branchless_graph(path):
    """Export what InkOnPaper does, both sides of it.

    path: Path of the file to write, in a folder that exists
    returns: path, an ONNX file from (n, 8, 8) float32 to (n, 8, 8) float32, n free
    """
    ### BEGIN SOLUTION

    class Branchless(torch.nn.Module):
        def forward(self, images):
            images = torch.where(images.mean() > 0.5, 1 - images, images)
            return 2 * images - 1

    return write(Branchless(), torch.rand(2, 8, 8), path)
    ### END SOLUTION


# %% test="branchless_graph_both_sides" points=2
path = new_path("both_sides.onnx")
expect.equal(str(branchless_graph(path)), str(path), "what branchless_graph(path) returns", likely="return the path")
session = runtime.session(path)
name = session.get_inputs()[0].name
for kind, most, some in (("dark", 0.125, 0.75), ("bright", 0.875, 0.25)):
    images = np.full((2, 8, 8), most, np.float32)
    images[:, :4, :4] = some
    (got,) = session.run(None, {name: images})
    sooner = ", or it stretches before it decides" if kind == "bright" else ""
    causes = {
        f"the graph treats {kind} images as it should the others{sooner}": 0.4375,
        "each pixel is decided by itself; one mean decides for all": -0.6875,
        "the stretch to -1 … 1 is missing": 0.28125,
    }
    expect.close(got.mean(), -0.4375, f"the mean of the graph's output for {kind} images", atol=1e-6, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for level in (0.35, 0.65):
        x = (level + rng.uniform(-0.3, 0.3, size=(2, 8, 8))).astype(np.float32)
        x += np.float32(level - x.mean())
        (got,) = session.run(None, {name: x})
        expect.close(got, InkOnPaper()(torch.from_numpy(x.copy())), "the graph for fresh images", atol=1e-5)
### END HIDDEN TESTS
expect.passed("dark and bright scans alike")

# %% readonly="given_mixed_batches"
images = np.full((3, 8, 8), 0.5, np.float32)
images[0, :4], images[0, 4:], images[2] = 1.0, 0.25, 0.125
mixed = {  # one is the other inverted, and so both should give the same
    "dark on the whole; the graph inverts it": images,
    "bright on the whole; the graph leaves it, or stretches before it decides": 1 - images,
}

# %% test="branchless_graph_whole_batch" points=1
whole_batch_file = new_path("whole_batch.onnx")
branchless_graph(whole_batch_file)
session = runtime.session(whole_batch_file)
name, rows = session.get_inputs()[0].name, session.get_inputs()[0].shape[0]
likely = "`write` leaves the batch free; torch.onnx.export wants dynamic_shapes"
expect.true(not isinstance(rows, int), "axis 0 of the graph's input", expected="free", got=rows, likely=likely)
for words, batch in mixed.items():
    (got,) = session.run(None, {name: batch})
    causes = {
        "each image is decided by itself; InkOnPaper decides once for the batch": [-0.25, 0.0, -0.75],
        "each pixel is decided by itself; one mean decides for all": [-0.75, 0.0, -0.75],
        f"this batch is {words}": [-0.25, 0.0, 0.75],
        "the stretch to -1 … 1 is missing": [0.625, 0.5, 0.125],
    }
    expect.close(got.mean(axis=(1, 2)), [0.25, 0.0, -0.75], "the means of three images", atol=1e-6, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for n in (1, 4, 9):
        for level in (0.4, 0.6):
            x = rng.uniform(0, 1, size=(n, 8, 8)).astype(np.float32)
            x += np.float32(level - x.mean())
            (got,) = session.run(None, {name: x})
            expect.close(got, InkOnPaper()(torch.from_numpy(x.copy())), f"fresh images, a batch of {n}", atol=1e-5)
### END HIDDEN TESTS
expect.passed("one decision for the batch, whatever its size")

# %% [markdown]
# ### Where did the `if` go?
#
# Into an operator. This is the file that your function wrote for the last test. Follow the ways through it: one mean
# decides, and `Where` takes one side or the other.

# %% demo="branchless_drawn"
drawing.show(whole_batch_file, "InkOnPaper without a branch")

# %% demo="branchless_compared"
rows = []
for name, x in (("dark scans", dark), ("bright scans", bright)):
    files = {"frozen by TorchScript": frozen_file, "yours": whole_batch_file}
    rows.append({"": name} | {key: f"{largest_difference(InkOnPaper(), file, [x]):.1f}" for key, file in files.items()})
measured["wrong by, on bright scans"] = f"frozen {rows[1]['frozen by TorchScript']}, yours {rows[1]['yours']}"
tables.show(rows, "Largest difference to InkOnPaper")

# %% [markdown]
# Your graph now agrees with a questionable model: what happens to an image depends on which others came with it. An
# export does not mend that; it made you see it. Where computing both sides is dear, `torch.cond` writes a real branch,
# ONNX's `If`.

# %% [markdown]
# ## Can you write a graph without PyTorch?
#
# A graph is operators joined by names, and nothing says that a network must write it. With **onnxscript** you write a
# function of operators in Python; its text is translated, and never run. Arguments are annotated with type and axes:
# `FLOAT[None, None]` is float32 with two free axes. `op.Max`, `op.Clip`, `op.Mul` and all others are ONNX's own, and
# `+ - * /` work, too; `default_opset=op` says which operators they stand for.

# %% readonly="first_script"
import onnxscript
from onnxscript import FLOAT
from onnxscript import opset18 as op


@onnxscript.script(default_opset=op)
def half_of_relu(x: FLOAT[None, None]) -> FLOAT[None, None]:
    return op.Max(x, 0.0) / 2.0


print(onnx.printer.to_text(half_of_relu.to_model_proto().graph))

# %% [markdown]
# ### Exercise 3.6 · Hard swish (2 points · 8 min)
#
# Small networks like the activation *swish*, $x\,\sigma(x)$, but not its exponential. **Hard swish** takes straight
# lines in its place (A. Howard et al., *Searching for MobileNetV3*, 2019):
#
# $$\mathrm{hardswish}(x) = x \cdot \mathrm{clip}\big(\tfrac{x}{6} + \tfrac{1}{2},\; 0,\; 1\big)$$
#
# Write `hard_swish_graph(path)`: a graph of it, by onnxscript, for inputs with two free axes; return the path. ONNX has
# an operator `HardSwish`; here you build it from simpler ones.
#
# *The trap:* onnxscript reads the text of your function, a `def` inside `hard_swish_graph` or before it, and knows `op`
# and arithmetic, no NumPy and no PyTorch. Numbers need a point: `1/2` is an integer division there, write 0.5.
#
# <details><summary>Hint</summary>
# <code>op.Clip(values, low, high)</code> clips. The decorator needs its parentheses, with <code>default_opset=op</code>
# in them, as above. What it makes is no model yet: <code>name_of_your_function.to_model_proto()</code> is one, and
# <code>onnx.save(model, path)</code> writes it.
# </details>


# %% solution="hard_swish_graph"
def hard_swish_graph(path):
    """Write a graph of hard swish with onnxscript.

    path: Path of the file to write, in a folder that exists
    returns: path, an ONNX file from (n, d) float32 to (n, d) float32, both axes free
    """
    ### BEGIN SOLUTION

    @onnxscript.script(default_opset=op)
    def hard_swish(x: FLOAT[None, None]) -> FLOAT[None, None]:
        return x * op.Clip(x / 6.0 + 0.5, 0.0, 1.0)

    onnx.save(hard_swish.to_model_proto(), path)
    return path
    ### END SOLUTION


# %% test="hard_swish_graph_values" points=1
path = new_path("hard_swish.onnx")
expect.equal(str(hard_swish_graph(path)), str(path), "what hard_swish_graph(path) returns", likely="return the path")
session = runtime.session(path)
x = np.array([[-4.0, -3.0, -1.0, 0.0], [1.0, 2.0, 3.0, 6.0]], np.float32)
(got,) = session.run(None, {session.get_inputs()[0].name: x})
expected = np.array([[0.0, 0.0, -1 / 3, 0.0], [2 / 3, 5 / 3, 3.0, 6.0]])
causes = {
    "nothing is clipped": x * (x / 6 + 0.5),
    "it is not clipped above, at 1": x * np.maximum(x / 6 + 0.5, 0),
    "it is not clipped below, at 0": x * np.minimum(x / 6 + 0.5, 1),
    "this is the clipped line alone; x times it is hard swish": np.clip(x / 6 + 0.5, 0, 1),
    "this is swish itself, with its exponential": x / (1 + np.exp(-x)),
    "this is relu": np.maximum(x, 0),
    "this is six times hard swish": 6 * expected,
}
expect.close(got, expected, "hard swish of eight numbers", atol=1e-5, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    x = rng.uniform(-8, 8, size=(2, 4)).astype(np.float32)
    (got,) = session.run(None, {session.get_inputs()[0].name: x})
    expect.close(got, torch.nn.functional.hardswish(torch.from_numpy(x)), "hard swish of fresh numbers", atol=1e-5)
### END HIDDEN TESTS
expect.passed("hard swish, by no network")

# %% test="hard_swish_graph_file" points=1
path = new_path("any_shape.onnx")
hard_swish_graph(path)
graph = graphs.load(path).graph
expect.equal([len(graph.input), len(graph.output)], [1, 1], "how many inputs and outputs")
kind = graph.input[0].type.tensor_type
expect.equal(kind.elem_type, 1, "the input's type", causes={"DOUBLE is float64": 11}, likely="FLOAT is float32, type 1")
fixed = [dim.dim_value for dim in kind.shape.dim]
likely = "write two open axes, FLOAT[None, None]; a number would fix one, and FLOAT alone leaves out how many there are"
expect.equal(fixed, [0, 0], "the fixed sizes of the input's two axes (0: free)", likely=likely)
operators = [node.op_type for node in graph.node]
likely = "Clip, Mul and arithmetic do; op.HardSwish would be the answer itself"
expect.true("HardSwish" not in operators, "the operators", expected="no HardSwish", got=operators, likely=likely)
onnx.checker.check_model(path, full_check=True)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    session = runtime.session(path)
    for shape in ((1, 1), tuple(int(size) for size in rng.integers(2, 9, size=2))):
        x = rng.uniform(-5, 5, size=shape).astype(np.float32)
        (got,) = session.run(None, {session.get_inputs()[0].name: x})
        expect.shape(got, shape, f"hard swish of an array of shape {shape}")
### END HIDDEN TESTS
expect.passed("any number of rows and columns")

# %% [markdown]
# ### How far is hard swish from swish?
#
# The curves are computed by your file in ONNX Runtime, from a thousand numbers. The graph comes last. onnxscript gives
# every constant the type of `x`, with an operator of its own, `CastLike`; `optimize` computes those that can be
# computed now, and what is left is drawn.

# %% demo="hard_swish_drawn"
session = runtime.session(hard_swish_graph(work / "hard_swish.onnx"))
x = np.linspace(-6, 6, 1001, dtype=np.float32)
(hard,) = session.run(None, {session.get_inputs()[0].name: x[None]})
swish = x / (1 + np.exp(-x))
gap = np.abs(hard[0] - swish).max()
measured["hard swish and swish, largest difference"] = f"{gap:.2f}"

# %% demo="hard_swish_curves"
fig, axes = plots.figure(width=5.5, height=2.6)
plots.curves(axes, {"swish": swish, "your graph": hard[0]}, x=x, title="Two activations", xlabel="x")
plots.show(
    fig, f"Swish and hard swish from -6 to 6: nearly one curve, at most {gap:.2f} apart; hard swish has corners."
)

# %% demo="hard_swish_graph_drawn"
folded = onnxscript.optimizer.optimize(onnx.load(work / "hard_swish.onnx"))
drawing.show(folded, "Hard swish, written by hand")

# %% [markdown]
# ## Why would weights live in another file?
#
# An ONNX file is one message in the protobuf format, and that format ends at 2 GB. Larger models keep their weights
# as **external data**: the model's file only says, for each weight, in which file beside it the bytes are, from where
# and how many. `onnx.save_model` does it:
#
# `onnx.save_model(model, path, save_as_external_data=True, location="numbers.bin", size_threshold=0)`
#
# All weights go to one file, `location`, in the folder of `path`; those under `size_threshold` bytes (1024 if you do
# not say) stay inside. It appends to a `location` that is already there; delete that first.

# %% readonly="how_many_fit"
limit = 2**31  # bytes
for name, size in (("float32", 4), ("float16", 2), ("int8", 1)):
    print(f"{name}: at most {limit // size:,} weights in one file")

# %% [markdown]
# The exporter does this by default at any size, and so the classic accident is a copied `model.onnx` whose
# weights stayed behind. To find that out without loading them:
#
# - `onnx.load(path, load_external_data=False)` reads the model's file only.
# - A weight outside has `tensor.data_location == onnx.TensorProto.EXTERNAL`. Its entries in `tensor.external_data`
#   have a `key` and a `value`; the one with the key `"location"` names the file, seen from the model's folder.


# %% readonly="given_net_with_weights"
def small_net(arrays):
    """Return a model whose initializers are these arrays, named w0, w1, ...; it gives back its input."""
    text = '<ir_version: 8, opset_import: ["" : 18]> net (float[n,3] x) => (float[n,3] y) {y = Identity(x)}'
    net = onnx.parser.parse_model(text)
    weights = [onnx.numpy_helper.from_array(array, f"w{place}") for place, array in enumerate(arrays)]
    net.graph.initializer.extend(weights)
    return net


def point_outside(net, locations):
    """Return the model with each weight's bytes replaced by a reference to a file of that name."""
    for weight, location in zip(net.graph.initializer, locations, strict=True):
        onnx.external_data_helper.set_external_data(weight, location, offset=0, length=16)
        weight.ClearField("raw_data")
    return net


def laid_out(name, arrays):
    """Write a model with these weights inside to a new folder; return its path, and another new folder."""
    path, folder = new_path(name), new_path("elsewhere")
    folder.mkdir()
    path.write_bytes(small_net(arrays).SerializeToString())
    return path, folder


# %% [markdown]
# ### Exercise 3.7 · Weights elsewhere (2 points · 12 min)
#
# Write `split_weights(path, folder)`: the model again in `folder`, under the same name, with **all** its weights, also
# the small ones, in one file beside it, named after the model: `net.onnx` and `net.onnx.data`. And
# `missing_files(path)`: the files that a model needs and that are not there, each once, sorted.
#
# *The trap:* a location counts from the folder of the *model*, not from the one you happen to work in.
#
# <details><summary>Hint</summary>
# <code>path.name</code> is the file's name, <code>path.parent</code> its folder, <code>folder / name</code> a path
# inside. The argument <code>location</code> is a bare name, not a path. <code>sorted</code> of a set has each
# name once.
# </details>


# %% solution="split_weights"
def split_weights(path, folder):
    """Write a model again, with its weights in a file of their own.

    path: Path of an ONNX file with its weights inside; folder: Path of an existing folder, another than path's
    returns: Path of the new model, folder / path.name; all weights are in path.name + ".data" beside it
    """
    ### BEGIN SOLUTION
    moved = folder / path.name
    onnx.save_model(onnx.load(path), moved, save_as_external_data=True, location=f"{path.name}.data", size_threshold=0)
    return moved
    ### END SOLUTION


def missing_files(path):
    """Return which files with weights a model needs and does not find.

    path: Path of an ONNX file
    returns: a sorted list of locations as the model has them, strings, each once; [] if nothing is missing
    """
    ### BEGIN SOLUTION
    weights = onnx.load(path, load_external_data=False).graph.initializer
    outside = [weight for weight in weights if weight.data_location == onnx.TensorProto.EXTERNAL]
    needed = {entry.value for weight in outside for entry in weight.external_data if entry.key == "location"}
    return sorted(location for location in needed if not (path.parent / location).is_file())
    ### END SOLUTION


# %% test="split_weights_files" points=1
path, folder = laid_out("net.onnx", [np.ones((30, 40), np.float32), np.arange(6, dtype=np.float32)])
before = path.read_bytes()
got = split_weights(path, folder)
expect.equal(str(got), str(folder / "net.onnx"), "split_weights(path, folder)", likely="return the new model's path")
files = {each.name: each.stat().st_size for each in folder.iterdir()}
causes = {
    "the weights are still inside; save_as_external_data=True": ["net.onnx"],
    "each weight has a file of its own; location names one for all": ["net.onnx", "w0", "w1"],
    "the second is named by path.name, not path.stem": ["net.data", "net.onnx"],
}
likely = "location names the second file" if len(files) == 2 else ""
expect.equal(sorted(files), ["net.onnx", "net.onnx.data"], "the files in the folder", causes=causes, likely=likely)
causes = {"the small weight stayed inside; size_threshold=0": 4800}
expect.close(files["net.onnx.data"], 4824, "the bytes of net.onnx.data", causes=causes)
expect.unchanged(path, before, "the model at path")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    arrays = [rng.normal(size=int(rng.integers(2, 600))).astype(np.float32) for _ in range(3)]
    path, folder = laid_out(f"net_{rng.integers(1000)}.onnx", arrays)
    split_weights(path, folder)
    expect.keys({each.name: 0 for each in folder.iterdir()}, [path.name, f"{path.name}.data"], "the files")
    moved = onnx.load(folder / path.name).graph.initializer
    expect.close([onnx.numpy_helper.to_array(weight) for weight in moved][1], arrays[1], "a fresh weight, moved")
### END HIDDEN TESTS
expect.passed("the graph in one file, all weights in the other")

# %% readonly="given_many_missing"
outside = ["b.bin", "a.bin", "b.bin", "parts/c.bin", "d.bin", "parts/e.bin"]


def many_missing():
    """Write a model with one weight inside and six outside; d.bin and parts/e.bin are there. Return its path."""
    path, net = new_path("big.onnx"), point_outside(small_net([np.ones(4, np.float32)] * 6), outside)
    net.graph.initializer.append(onnx.numpy_helper.from_array(np.ones(3, np.float32), "inside"))
    path.write_bytes(net.SerializeToString())
    (path.parent / "parts").mkdir()
    for present in ("d.bin", "parts/e.bin"):
        (path.parent / present).write_bytes(bytes(16))
    return path


# %% test="split_weights_missing" points=1
path = many_missing()
causes = {
    "d.bin is there: look in the model's own folder, path.parent": sorted(set(outside)),
    "parts/e.bin is there, in a folder of the model's": ["a.bin", "b.bin", "parts/c.bin", "parts/e.bin"],
    "offset and length have entries, too; take the key location": ["0", "16", "a.bin", "b.bin", "parts/c.bin"],
    "two weights share b.bin; name it once": ["a.bin", "b.bin", "b.bin", "parts/c.bin"],
    "these are names of weights; the file's stands in external_data": ["w0", "w1", "w2", "w3", "w4", "w5"],
    "this is what is there; what is missing?": ["d.bin", "parts/e.bin"],
}
expect.equal(missing_files(path), ["a.bin", "b.bin", "parts/c.bin"], "missing_files(path)", causes=causes)
whole = new_path("whole.onnx")
whole.write_bytes(small_net([np.ones(4, np.float32)]).SerializeToString())
expect.equal(missing_files(whole), [], "missing_files of a model with its weights inside")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    names = [f"{letter}{number}.bin" for letter, number in zip("klmn", rng.integers(100, 999, size=4), strict=True)]
    path.write_bytes(point_outside(small_net([np.ones(4, np.float32)] * 4), names[::-1]).SerializeToString())
    present = int(rng.integers(4))
    (path.parent / names[present]).write_bytes(bytes(16))
    expect.equal(missing_files(path), names[:present] + names[present + 1 :], "the missing files of a fresh model")
### END HIDDEN TESTS
expect.passed("what a model lacks, known before it is loaded")

# %% [markdown]
# ### What happens to a model that left its weights behind?
#
# `DigitCNN`, split by you, then copied without its second file, as one copies a file. The checker and the runtime
# each say it in their own words; yours say what to look for.

# %% demo="split_sizes"
for name in ("split", "moved"):
    shutil.rmtree(work / name, ignore_errors=True)  # or a second run would append to the first's weights
    (work / name).mkdir()
whole = cnn_file.stat().st_size
split = split_weights(cnn_file, work / "split")
parts = {each.name: each.stat().st_size for each in sorted((work / "split").iterdir())}
measured["DigitCNN, split"] = ", ".join(f"{name} {size:,} bytes" for name, size in parts.items())
print(f"in one file {whole:,} bytes;", measured["DigitCNN, split"])

# %% demo="weights_left_behind"
lonely = Path(shutil.copy(split, work / "moved"))
for tool, attempt in (("onnx", onnx.load), ("ONNX Runtime", ort.InferenceSession), ("the course", runtime.session)):
    try:
        attempt(lonely)
    except Exception as error:
        print(f"{tool}: {type(error).__name__}: {str(error)[:160]}")
print("missing:", missing_files(lonely))

# %% [markdown]
# ## Is ONNX for neural networks only?
#
# No: a decision tree is a graph too, and **skl2onnx** translates scikit-learn's models. They have no example to
# follow, so you say what the input is: its name, and its type with axes, `None` for a free one:
#
# `convert_sklearn(model, initial_types=[("x", FloatTensorType([None, 3]))], options={"zipmap": False})`
#
# Without that last argument a classifier's probabilities come as a list of dicts, one for each example (an operator
# named `ZipMap` makes them): easy to read, slow, and no array. A classifier has two outputs, labels and
# probabilities.

# %% readonly="skl2onnx_imports"
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

# %% [markdown]
# ### Exercise 3.8 · A classifier from scikit-learn (1 point · 5 min)
#
# Write `sklearn_to_onnx(classifier, n_features, path)`: a file with labels and a plain array of probabilities.
#
# *The trap:* the options must say that there is no `ZipMap`, and the number of rows must stay free.
#
# <details><summary>Hint</summary>
# The result of the conversion is a model; <code>onnx.save(model, path)</code> writes it.
# </details>


# %% solution="sklearn_to_onnx"
def sklearn_to_onnx(classifier, n_features, path):
    """Write a fitted scikit-learn classifier as an ONNX file.

    classifier: fitted, with integer labels; n_features: int; path: Path of the file to write
    returns: path. The file takes (n, n_features) float32, n free, and gives labels (n,) int64 and then
        probabilities, a float32 array (n, classes)
    """
    ### BEGIN SOLUTION
    kind = FloatTensorType([None, n_features])
    model = convert_sklearn(classifier, initial_types=[("features", kind)], options={"zipmap": False})
    onnx.save(model, path)
    return path
    ### END SOLUTION


# %% readonly="given_table"
table = np.array([[0, 0, 1], [0, 1, 0], [4, 4, 1], [5, 4, 0], [0, 9, 1], [1, 9, 0]], np.float32)

# %% test="sklearn_to_onnx_both_outputs" points=1
for columns in (3, 2):
    x, path = table[:, :columns].copy(), new_path("classifier.onnx")
    classifier = LogisticRegression().fit(x, [0, 0, 1, 1, 2, 2])
    expect.equal(str(sklearn_to_onnx(classifier, columns, path)), str(path), "what it returns", likely="return path")
    session = runtime.session(path)
    name, (rows, wide) = session.get_inputs()[0].name, session.get_inputs()[0].shape
    expect.true(not isinstance(rows, int), "the input's rows", expected="free", got=rows, likely="None is a free axis")
    expect.equal(wide, columns, "the columns of the input", likely="n_features says how many there are")
    got = session.run(None, {name: x})
    expect.parts(got, 2, "the outputs of the file", likely="a classifier gives labels and probabilities")
    expect.close(got[0], classifier.predict(x), f"the labels of {len(x)} rows")
    likely = 'a list of dicts comes from ZipMap; options={"zipmap": False}'
    expect.true(isinstance(got[1], np.ndarray), "the probabilities", expected="an array", got=got[1], likely=likely)
    causes = {"these are the scores before softmax": classifier.decision_function(x)}
    expect.close(got[1], classifier.predict_proba(x), "the probabilities", atol=1e-4, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    n_features = int(rng.integers(4, 9))
    x = rng.normal(size=(60, n_features)).astype(np.float32)
    classifier = RandomForestClassifier(5, max_depth=3, random_state=0).fit(x, rng.integers(0, 3, size=60) + 4)
    session = runtime.session(sklearn_to_onnx(classifier, n_features, new_path("forest.onnx")))
    got = session.run(None, {session.get_inputs()[0].name: x[:7]})[1]
    expect.close(got, classifier.predict_proba(x[:7]), "the probabilities of a fresh forest", atol=1e-4)
### END HIDDEN TESTS
expect.passed("labels and an array of probabilities")

# %% [markdown]
# ### How small is a classifier?
#
# Logistic regression on the 64 pixels of the 8×8 digits, by your function, beside the network of this lesson. The
# file is run on the test images; scikit-learn is not asked.

# %% demo="classifier_on_digits"
small = digits(8)
flat = lambda images: images.reshape(len(images), -1)
classifier = LogisticRegression(max_iter=500).fit(flat(small.train_images), small.train_labels)
file = sklearn_to_onnx(classifier, 64, work / "logistic.onnx")
session = runtime.session(file)
labels, probabilities = session.run(None, {session.get_inputs()[0].name: flat(small.test_images)})

# %% demo="classifiers_compared"
share = lambda found: f"{(found == small.test_labels).mean():.1%}"
rows = [
    {"file": "logistic regression", "bytes": f"{file.stat().st_size:,}", "test images right": share(labels)},
    {"file": "DigitCNN with its head", "bytes": f"{head_file.stat().st_size:,}", "test images right": share(label)},
]
measured["a classifier without a network"] = f"{rows[0]['bytes']} bytes, {rows[0]['test images right']} right"
tables.show(rows, "450 test images; 8×8 pixels for the first, 16×16 for the second")

# %% [markdown]
# ## What you measured

# %% demo="what_you_measured"
tables.show([{"what": what, "measured": value} for what, value in measured.items()])

# %% [markdown]
# ## Check yourself
#
# <details><summary>Your file agrees with the module on the export's own example. Name two mistakes that this does not
# find.</summary>
# A batch size frozen to the example's, and a branch frozen to the side that the example took. Other batch sizes and
# other values find both.</details>
#
# <details><summary>A colleague sends you model.onnx, 40 KB, for a network of 10 million weights. What do you
# ask for?</summary>
# For the file with its external data, and for its exact name: the model says which. Ten million float32 weights
# take 40 MB.</details>
#
# <details><summary>Why put normalization into the graph rather than into the service?</summary>
# There is one copy of mean and scale, made with the weights they belong to, and every runtime in any language
# applies it alike.</details>

# %% [markdown]
# ## Where to read on
#
# - The ONNX documentation, *Introduction to ONNX* and the list of operators, with the opset each was changed in.
# - PyTorch's documentation of `torch.onnx` and `torch.export`: dynamic shapes, control flow, what is refused and why.
# - The documentation of onnxscript, and of ONNX's text form (*ONNX textual syntax*), which the tests here are written
#   in.
# - A. Howard et al., *Searching for MobileNetV3*, ICCV 2019, section 5.2: hard swish, and why.
#
# Next: lesson 04 asks how fast the file is, and how you would know.
