# %% [markdown]
# # What exactly leaves PyTorch?
#
# **Lesson 03** · 90 minutes · 20 points · you need: lesson 01, Python classes; no ONNX
#
# A trained network is Python code and numbers, and where it is to run there is often neither Python nor PyTorch.
# ONNX (Open Neural Network Exchange) is the common way out: one file with a graph of standard operators and its
# weights. You will export a network, prove that the file computes the same, read what is in it, put the code around
# the model into the graph, repair what an exporter cannot follow, and write a graph without PyTorch.
#
# Every exercise can be solved without the others. Tests that export take seconds. Files go to `work03`.

# %% readonly="imports"
import numpy as np
import onnx
import onnxruntime as ort
import torch
from onnx import checker
from course_utils import expect, graphs, predictions, runtime, tables
from course_utils.export import to_onnx, to_onnx_torchscript
from course_utils.lessons import onnx_export as lesson
from course_utils.seeds import fresh_draw  # for the hidden tests

work, measured = lesson.begin(), {}  # a folder; what you measure, shown at the end

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
# It exports the model in the mode it is in. After `model.train()`, dropout throws dice in the file as well.

# %% [markdown]
# ### Exercise 3.1 · Export (3 points · 10 min)
#
# Write `export(model, example, path)`: one file that holds everything, with an input `images` and an output
# `scores`, as many images a call as one likes, in eval mode. Let `checker.check_model(path)` look at it, too.
#
# *The trap:* a file that is frozen to one batch size, rolls dice, or has lost its weights raises no error here. It
# does so later, somewhere else.
#
# <details><summary>Hint</summary>
# <code>model.eval()</code> comes first. The example goes in as a tuple, <code>(example,)</code>, as in the cell above.
# Mind the second comma in <code>({0: …},)</code>, too: it makes a tuple, with one dict for each input. (A dict in its
# place needs the names of <code>forward</code>'s arguments, not yours.) <code>input_names</code> and
# <code>output_names</code> are both lists.
# </details>


# %% solution="export"
def export(model, example, path):
    """Write the model as one self-contained ONNX file, in eval mode.

    model: a torch.nn.Module with one input and one output; in either mode, so may be
        its parts
    example: float32 tensor (n, ...), n >= 1
    path: Path of the file to write, in a folder that exists
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
    checker.check_model(path)
    return path
    ### END SOLUTION


# %% test="export_ends" points=1
path = lesson.new_path("layer.onnx")
export(torch.nn.Linear(4, 3), torch.zeros(2, 4), path)
what, wanted = "export(model, example, path)", f"a file {path.name}"
expect.true(path.is_file(), what, expected=wanted, got="no such file")
graph = graphs.load(path).graph
likely = "input_names and output_names say what the ends are called"
for ends, name, what in (
    (graph.input, "images", "inputs"),
    (graph.output, "scores", "outputs"),
):
    got = [value.name for value in ends]
    expect.equal(got, [name], f"the names of the {what}", likely=likely)
size = graph.input[0].type.tensor_type.shape.dim[0].dim_value
likely = "without dynamic_shapes, the batch size of the example is frozen"
expect.true(not size, "axis 0 of the input", expected="free", got=size, likely=likely)
### BEGIN HIDDEN TESTS
# covers: as many images a call as one likes | model: a torch.nn.module with one input
# covers: example: float32 tensor | path: path of the file | axis 0 of both is free
# covers: a file that is frozen to one batch size
from course_utils.models import Bottleneck

with fresh_draw() as rng:
    torch.manual_seed(int(rng.integers(2**31)))
    model = Bottleneck(2, 1).eval()  # its forward calls its argument x
    model.relu = torch.nn.Flatten()  # a graph of one batch size keeps that size here
    size = [int(n) for n in rng.integers(3, 7, size=2)]
    path = lesson.new_path("fresh v1.onnx.2")
    export(model, torch.zeros(1, 2, *size), path)
    graph = graphs.load(path).graph
    for name, ends in (("images", graph.input), ("scores", graph.output)):
        expect.equal([each.name for each in ends], [name], "a fresh model's ends")
        kind = ends[0].type.tensor_type
        found = [kind.elem_type, kind.shape.dim[0].dim_value]
        expect.equal(found, [1, 0], f"type (1: float32) and axis 0 (0: free) of {name}")
    session = runtime.session(path, optimize="disabled")
    for n in (1, 2, 70):
        x = rng.normal(size=(n, 2, *size)).astype(np.float32)
        (got,) = session.run(["scores"], {"images": x})
        wanted = model(torch.from_numpy(x)).detach()
        expect.close(got, wanted, f"a fresh model, batch of {n}", atol=1e-5, rtol=1e-5)
### END HIDDEN TESTS
expect.passed("named ends, and a batch of any size")

# %% test="export_eval_mode" points=1
torch.manual_seed(1)
layers = torch.nn.Linear(4, 64), torch.nn.BatchNorm1d(64), torch.nn.Dropout(0.5)
model, images = torch.nn.Sequential(*layers), torch.linspace(-1, 1, 12).reshape(3, 4)
wanted = model.eval()(images)
path = lesson.new_path("left_in_training.onnx")
export(model.train(), images, path)
once, again = (lesson.results_of(path, images)[0] for _ in range(2))
likely = "dropout is at work: model.eval() comes before the export"
expect.close(again, once, "two runs of the file on the same images", likely=likely)
expect.close(once, wanted, "the scores of the file", atol=1e-4)
### BEGIN HIDDEN TESTS
# covers: in eval mode | in either mode, so may be its parts | rolls dice
with fresh_draw() as rng:
    # In training mode is the model itself, not one of its parts.
    model = torch.nn.Dropout(float(rng.uniform(0.4, 0.6)))
    x = torch.from_numpy(rng.uniform(1, 3, size=(3, 40)).astype(np.float32))
    path = lesson.new_path("fresh_in_training.onnx")
    export(model.train(), x.clone(), path)
    (got,) = lesson.results_of(path, x)
    expect.close(got, x, "what a dropout in eval mode gives back", atol=1e-6)
    torch.manual_seed(int(rng.integers(10**6)))

    parts = [torch.nn.Unflatten(1, (4, 5, 2)), torch.nn.BatchNorm2d(4, affine=False)]
    parts += [torch.nn.Dropout2d(0.6), torch.nn.AlphaDropout(), torch.nn.Flatten()]
    parts[1].running_mean += 0.5
    inner = torch.nn.Sequential(torch.nn.Sequential(*parts[:4]), parts[4])
    model = torch.nn.Sequential(torch.nn.Linear(40, 40), inner).eval()
    more = x * torch.linspace(-1, 1, 3)[:, None]  # other images, as many
    wanted = model(more).detach()
    for part in parts:
        part.train()  # and neither the model itself is, nor what holds these parts
    given = x.clone()
    export(model, given, path := lesson.new_path("fresh_scores.onnx"))
    expect.unchanged(given, x, "the example that was given")
    (got,) = lesson.results_of(path, more)
    what = "the scores of a fresh model, of which a part is in training mode"
    expect.close(got, wanted, what, atol=1e-5, rtol=1e-5)
### END HIDDEN TESTS
expect.passed("the file computes what the model computes in eval mode")

# %% test="export_one_file" points=1
torch.manual_seed(2)
layers = torch.nn.Linear(30, 40), torch.nn.ReLU(), torch.nn.Linear(40, 5)
model = torch.nn.Sequential(*layers).eval()
path, seen, check = lesson.new_path("alone.onnx"), [], checker.check_model
checker.check_model = lambda file, *_, **__: seen.append(file)
try:
    got = export(model, torch.zeros(3, 30), path)
finally:
    checker.check_model = check
likely = "end with `return path`"
expect.equal(got, path, "what export returns", likely=likely)
files = sorted(each.name for each in path.parent.iterdir())
likely = "the weights went to a second file; external_data=False" * (len(files) == 2)
expect.equal(files, ["alone.onnx"], "the files in the folder", likely=likely)
what, likely = "what the checker looks at", "checker.check_model(path) is missing"
expect.equal([str(file) for file in seen[-1:]], [str(path)], what, likely=likely)
checker.check_model(path)
### BEGIN HIDDEN TESTS
# covers: one file that holds everything | let checker.check_model(path) look
# covers: has lost its weights | as one self-contained onnx file | returns: path
# explains: it does so later
with fresh_draw() as rng:
    torch.manual_seed(int(rng.integers(10**6)))
    wide = int(rng.integers(30_000, 40_000))  # some megabytes of weights
    model = torch.nn.Sequential(torch.nn.Linear(30, wide), torch.nn.ReLU()).eval()
    x = torch.from_numpy(rng.normal(size=(3, 2, 30)).astype(np.float32))
    checker.check_model, before = lambda file, *_, **__: seen.append(file), len(seen)
    try:
        got = export(model, x.clone(), path)  # another model, where a file is already
    finally:
        checker.check_model = check
    expect.equal(got, path, "what export returns for a fresh model")
    looked, what = [str(file) for file in seen[before:]][-1:], "what the checker sees"
    expect.equal(looked, [str(path)], f"{what} of a fresh model")
    files = [each.name for each in path.parent.iterdir()]
    expect.equal(files, [path.name], "the files")
    session = runtime.session(path.read_bytes())  # nothing beside it
    (got,) = session.run(None, {session.get_inputs()[0].name: x.numpy()})
    expect.close(got, model(x), "the scores of the file alone", atol=1e-5, rtol=1e-5)
### END HIDDEN TESTS
expect.passed("one file, and nothing beside it")

# %% [markdown]
# <details><summary>Another way</summary>
#
# Without a path, the exporter gives a program: it can still be changed, and then saved.
#
# ```python
# program = torch.onnx.export(model.eval(), (example,), dynamic_shapes=({0: "n"},))
# ends = program.model.graph
# ends.inputs[0].name, ends.outputs[0].name = "images", "scores"
# program.save(path, external_data=False)
# checker.check_model(path)
# ```
#
# </details>

# %% [markdown]
# ### What has become of a network?
#
# Your `export` on the course's `DigitCNN`: three convolutions and a dense layer for 16×16 images of digits, trained
# (at the first call, then kept). Python, classes and optimizer are gone; what is left is a list of operators that any
# runtime can read. Click on its nodes in [Netron](https://netron.app): `pip install netron`, and set `look` to `True`.

# %% demo="exported_cnn"
cnn, look = lesson.trained("cnn"), False
example = torch.zeros(2, 1, 16, 16)
cnn_file = lesson.exported(export, cnn, example, work / "cnn.onnx")
lesson.draw_graph(cnn_file, "DigitCNN, as you exported it")
print(graphs.open_in_netron(cnn_file) if look else "Netron stays closed.")

# %% [markdown]
# The weights take 4 bytes each. How many bytes does everything else in the file take, the graph itself?

# %% predict="graph_bytes"
guess_graph_bytes = None  # bytes

# %% demo="sizes_of_an_export"
graph_bytes = lesson.show_sizes(cnn, cnn_file)
graph_bytes = predictions.beside(guess_graph_bytes, graph_bytes, " bytes")
measured["the graph of DigitCNN, without its weights"] = graph_bytes

# %% [markdown]
# ### What does each exporter write?
#
# PyTorch has two. The one you used (called *dynamo* at times) captures the model with `torch.export`, and translates
# it. The older one, `dynamo=False`, records the operators of one call (**TorchScript**); it is deprecated, and many
# examples on the web are written for it. Below, both export a causal net: three convolutions, each after a padding on
# the left. How many times as many nodes does TorchScript write?

# %% predict="node_ratio"
guess_node_ratio = None  # times as many

# %% demo="two_exporters"
net, signals = lesson.causal_net(), torch.rand(2, 4, 20)
nodes, slower = lesson.compare_exporters(export, net, signals)
nodes = predictions.beside(guess_node_ratio, nodes, "×")
measured["TorchScript's nodes to torch.export's, causal net"] = nodes
measured["torch.export's time to TorchScript's"] = f"about {slower:.0f} to 1"

# %% [markdown]
# TorchScript is quick, and writes down how PyTorch computes padding, step by step. The newer exporter writes what was
# meant: the padding has gone into the convolution's own attribute.

# %% [markdown]
# ### Is there a third way, with Lightning?
#
# The method `to_onnx` of a Lightning module hands what it is given to `torch.onnx.export`. In Lightning 2.6 it does
# not even call `eval()`, and the weights go to a second file, as they do by default. Below, a layer and a dropout.

# %% demo="lightning_aside"
lesson.export_with_lightning()

# %% [markdown]
# ## Does the file compute the same?
#
# **ONNX Runtime** runs ONNX files. An `InferenceSession` loads one; `run(None, feed)` takes a dict from input names to
# NumPy arrays, and returns a list with an array for each output.

# %% demo="first_session"
model = program.model_proto.SerializeToString()  # bytes; a path will do, too
judge = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
given = judge.get_inputs()[0]
print(given.name, given.type, given.shape)
print("ONNX Runtime:", judge.run(None, {given.name: np.ones((5, 3), np.float32)})[0][0])
print("PyTorch:     ", layer(torch.ones(5, 3))[0].detach().numpy())

# %% [markdown]
# PyTorch and ONNX Runtime add numbers up in different order, so results differ in the last digits of float32.
# More than that is a mistake.

# %% [markdown]
# ### Exercise 3.2 · The largest difference (3 points · 10 min)
#
# Write `largest_difference(model, path, batches)`: run every batch by itself through the module, in eval mode and
# without gradients (`with torch.no_grad():`), and through the file; return the largest absolute difference of a
# number and its counterpart. Batches have sizes of their own: a file that agrees only at the example's size has not
# been checked.
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
    """Return the largest absolute difference of a module and a file, over all batches.

    model: a torch.nn.Module with one input and one output, in either mode;
        compared in eval mode
    path: Path of an ONNX file, weights inside, with one input, of any name, and one
        output
    batches: a list of one or more float32 tensors (n, ...), n >= 1; n may differ
    returns: a float (NumPy's float64 is one, float32 is not); nan where a result is
        nan, in file, module or both
    """
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    ### BEGIN SOLUTION
    model.eval()
    gaps = []
    for batch in batches:
        with torch.no_grad():
            expected = model(batch).numpy()
        (found,) = session.run(None, {name: batch.numpy()})
        gaps.append(np.abs(found - expected).max())
    return float(np.max(gaps))
    ### END SOLUTION


# %% test="largest_difference_value" points=1
path, doubling = lesson.written(lesson.SCALING), lesson.doubling()
x = torch.tensor([[1.0, 3.0], [-2.0, -2.0]])
causes = {
    "the sign counts; take the absolute value first": 1.0,
    "this is the mean of the differences, not the largest": 0.625,
    "this is the sum of the differences": 2.5,
    "the differences are squared": 2.25,
    "it is divided by the expected value; the absolute difference is wanted": 0.25,
}
for batch, what in ((x, "[x]"), (-x, "[-x]")):
    got = largest_difference(doubling, path, [batch.clone()])
    what = f"largest_difference(doubling, path, {what})"
    expect.close(got, 1.5, what, atol=1e-6, causes=causes)
    python, likely = isinstance(got, float), "float(…) makes one of NumPy's float32"
    got = type(got).__name__
    expect.true(python, what, expected="a float of Python's", got=got, likely=likely)
### BEGIN HIDDEN TESTS
# covers: the largest absolute difference of a number | returns: a float (numpy's float64
# covers: path: path of an onnx file | largest absolute difference of a module and a file
with fresh_draw() as rng:
    scaled = lesson.SCALING.replace("pixels", f"x_{rng.integers(1000)}")
    path = lesson.written(scaled.replace("sums", f"y_{rng.integers(1000)}"))
    for unit in (1.0, 1e-6, 1e6):
        for sign in (1.0, -1.0):
            size = float(rng.uniform(1, 9)) * unit
            x = torch.tensor(
                [[5 * size, 0.0], [size, sign * size], [0.0, -sign * size / 2]]
            )
            got = largest_difference(doubling, path, [x])
            what = f"largest_difference of a fresh batch of about {unit:g}"
            expect.close(got, size / 2, what, atol=0, rtol=1e-5)
            plain = isinstance(got, float)
            expect.true(plain, what, expected="one float", got=type(got).__name__)
    x = torch.tensor([[0.0, 1.0], [0.0, 2e38]])  # twice as much is inf in float32
    got = largest_difference(doubling, path, [x])
    expect.close(got, np.inf, "the difference of inf and a number")
    x = torch.tensor([[float(rng.uniform(1, 2)), 1.0]])
    for factor in (3.0, 0.5, 2.000001):  # the same path, another file
        changed = scaled.replace("1.5}", f"{factor}}}")
        path.write_bytes(onnx.parser.parse_model(changed).SerializeToString())
        got = largest_difference(doubling, path, [x])
        what = f"the difference to a file written again, with {factor} for 1.5"
        wanted = abs(float(np.float32(factor)) - 2)
        expect.close(got, wanted, what, atol=0, rtol=1e-3)
        if factor == 3.0:  # three times as much is inf, twice is not
            got = largest_difference(doubling, path, [torch.tensor([[0.0, 1.5e38]])])
            expect.close(got, np.inf, "the difference of a number and inf")
### END HIDDEN TESTS
expect.passed("the largest of four differences")

# %% test="largest_difference_batches" points=1
path, doubling = lesson.written(lesson.SCALING), lesson.doubling()
numbers = ((1, 1.0), (4, -6.0), (3, 4.0), (2, 2.0))
batches = [torch.full((n, 2), number) for n, number in numbers]
causes = {
    "only the first batch counts": 0.5,
    "only the last batch counts": 1.0,
    "the sign counts; take the absolute value first": 2.0,
    "the largest differences of the batches are added up": 6.5,
    "this is the mean of the batches' largest differences": 1.625,
}
got = largest_difference(doubling, path, batches)
what = "largest_difference(doubling, path, batches)"
expect.close(got, 3.0, what, atol=1e-6, causes=causes)
summing = lesson.written(lesson.ADDING_UP)
causes = {
    "the batches are joined to one; run each by itself": 3.0,
    "rows are run one by one; run whole batches": 0.0,
}
got = largest_difference(doubling, summing, [torch.ones(1, 2), torch.ones(3, 2)])
what = "the difference to a file that adds up a batch's rows"
expect.close(got, 2.0, what, atol=1e-6, causes=causes)
### BEGIN HIDDEN TESTS
# covers: run every batch by itself | batches have sizes of their own | over all batches
# covers: batches: a list of one or more | n may differ
with fresh_draw() as rng:
    for place in range(3):  # of the largest, also in a size that was there before
        sizes = np.roll([2.0, 1.0, 0.5], place) * rng.uniform(1, 4)
        batches = [
            torch.full((n, 2), float(size))
            for n, size in zip((5, 1, 5), sizes, strict=True)
        ]
        got = largest_difference(doubling, path, batches)
        expect.close(
            got, sizes.max() / 2, "largest_difference of fresh batches", atol=1e-5
        )
    for sizes in ((1, 3), (3, 1), (4,), (2, 2)):
        unit = float(rng.uniform(1, 4))
        batches = [torch.full((n, 2), unit) for n in sizes]
        got = largest_difference(doubling, summing, batches)
        wanted = (max(sizes) - 1) * unit
        what = f"the difference to a file that adds up rows, batches of {sizes}"
        expect.close(got, wanted, what, atol=1e-4)
    wide = lesson.written(
        '<ir_version: 8, opset_import: ["" : 18]> g (float[n,3,2,2] a) => (float[n,3,2,2] b)'
        "<float[1] w = {1.5}> {b = Mul(a, w)}"
    )
    batches = [torch.zeros(n, 3, 2, 2) for n in (2, 1, 4)]
    place = tuple(int(rng.integers(size)) for size in (4, 3, 2, 2))
    batches[2][place] = -3.0
    got = largest_difference(doubling, wide, batches)
    expect.close(got, 1.5, f"a difference at {place} of four axes", atol=1e-5)
    head = '<ir_version: 8, opset_import: ["" : 18]> g (float[n,2] a)'
    softmax = f"{head} => (float[n,2] b) {{b = Softmax<axis = 0>(a)}}"
    file, model = lesson.written(softmax), torch.nn.Softmax(0)
    x = torch.from_numpy(rng.normal(size=(5, 2)).astype(np.float32))
    got = largest_difference(model, file, [x, x[:2]])
    expect.close(got, 0.0, "the difference of two that need a whole batch", atol=1e-5)
    column = f"{head} => (float[n,1] b) <int64[1] k = {{1}}> {{b = ReduceSum(a, k)}}"
    model = torch.nn.Linear(2, 1, bias=False)
    model.weight.data = torch.ones(1, 2)
    got = largest_difference(model, lesson.written(column), [x])
    expect.close(got, 0.0, "the difference of two that give a column", atol=1e-5)
    flat = f"{head} => (float[k] b) <int64[1] k = {{-1}}> {{b = Reshape(a, k)}}"
    model = torch.nn.Sequential(torch.nn.Linear(2, 2, bias=False), torch.nn.Flatten(0))
    model[0].weight.data = torch.tensor([[0.0, 1.0], [1.0, 0.0]])  # columns swapped
    got = largest_difference(model, lesson.written(flat), [torch.tensor([[3.0, 7.0]])])
    expect.close(got, 4.0, "the difference of 7, 3 and 3, 7, results of one axis")
    for row in (0, int(rng.integers(1, 1216)), 1216):
        many = [torch.full((1 + k % 3, 2), 0.25) for k in range(40)]
        many[10 + row % 29] = torch.full((1217, 2), 0.5)
        many[10 + row % 29][row, 1] = -6.0
        got = largest_difference(doubling, path, many)
        what = f"the difference at row {row} of 1,217, in one of 40 batches"
        expect.close(got, 3.0, what, atol=1e-5)
### END HIDDEN TESTS
expect.passed("batches of every size count")

# %% test="largest_difference_honest" points=1
same = lesson.written(lesson.SCALING.replace("1.5", "2"))
spoiling = lesson.SCALING.replace("MatMul(pixels, w)", "Log(pixels)")
logarithm, doubling = lesson.written(spoiling), lesson.doubling()
batches = [torch.ones(16, 2), torch.full((1, 2), 3.0)]
model = torch.nn.Sequential(doubling, torch.nn.Dropout(0.5)).train()
got = largest_difference(model, same, batches)
likely = "the module is still in training mode"
expect.close(got, 0.0, "the difference of two that agree", atol=1e-6, likely=likely)
# The logarithm of -1 is nan.
spoiled = [torch.tensor([[-1.0, 1.0], [1.0, 1.0]]), torch.ones(1, 2)]
for order in (spoiled, spoiled[::-1]):
    got = largest_difference(doubling, logarithm, order)
    likely = "nan is lost by Python's max, by np.nanmax, or as its batch is left out"
    what = "the difference where the file gives nan"
    expect.close(got, np.nan, what, likely=likely)
### BEGIN HIDDEN TESTS
# covers: in eval mode and without gradients | in either mode | compared in eval mode
# covers: so a file full of nan seems perfect | here nan anywhere must give nan
# covers: nan where a result is nan
# explains: numpy's max does that
with fresh_draw() as rng:
    sizes = [int(n) for n in rng.permutation([1, 2, 3])]
    sigmoid = lesson.written(spoiling.replace("Log", "Sigmoid"))
    for side, model, file, number in (
        ("the file", doubling, logarithm, -1.0),
        ("the module", torch.nn.Softmax(1), sigmoid, np.inf),
        ("both", torch.nn.Sigmoid(), sigmoid, np.nan),
    ):
        for place in range(3):
            batches = [torch.full((n, 2), float(rng.uniform(1, 2))) for n in sizes]
            row, column = int(rng.integers(sizes[place])), int(rng.integers(2))
            batches[place][row, column] = number
            got, where = largest_difference(model, file, batches), f"[{row}, {column}]"
            what = f"the difference, nan in {side} at {where} of batch {place}"
            expect.close(got, np.nan, what)
    got = largest_difference(doubling, logarithm, [torch.full((2, 2), -1.0)])
    expect.close(got, np.nan, "the difference to a file full of nan")
    deep = torch.nn.Sequential(doubling, torch.nn.Sequential(torch.nn.Dropout(0.5)))
    deep.eval()[1][0].train()  # a part of a part; the model itself is in eval mode
    got = largest_difference(deep, same, [torch.ones(64, 2)])
    expect.close(got, 0.0, "the difference of two that agree, a dropout deep inside")
    model = torch.nn.BatchNorm1d(2).train()
    model.running_var.data = torch.tensor([0.25, 0.25]) - model.eps
    x = torch.from_numpy(rng.normal(size=(9, 2)).astype(np.float32))
    got = largest_difference(model, same, [x, 2 * x[:4]])
    expect.close(got, 0.0, "the difference of a normalization that agrees", atol=1e-5)
### END HIDDEN TESTS
expect.passed("neither dropout nor nan deceives it")

# %% [markdown]
# <details><summary>Another way</summary>
#
# Run batch by batch, and compare once, when all results are there; PyTorch's `max` keeps `nan`, too.
#
# ```python
# theirs = torch.cat([model.eval()(batch).detach() for batch in batches])
# ours = [session.run(None, {name: batch.numpy()})[0] for batch in batches]
# return (theirs - torch.from_numpy(np.concatenate(ours))).abs().max().item()
# ```
#
# </details>

# %% [markdown]
# ### How far apart are PyTorch and ONNX Runtime?
#
# Your function on the trained `DigitCNN`, the same test images in batches of five sizes. The example of the export
# had a batch of 2.

# %% demo="differences"
test_images = lesson.digits(16, as_tensors=True).test_images
gap = lesson.draw_differences(largest_difference, cnn, cnn_file, test_images)
measured["largest difference to PyTorch, 450 images"] = f"{gap:.1e}"

# %% [markdown]
# That is rounding and no more. Your user sees labels: how many of 450 images get another one from the file?

# %% predict="labels_changed"
guess_labels_changed = None  # of 450

# %% demo="labels_compared"
n = lesson.labels_changed(cnn, cnn_file, test_images)
measured["labels that differ"] = predictions.beside(guess_labels_changed, n, " of 450")

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
# | `tensor_type.shape.dim` | the axes |
# | `dim.dim_param`, `dim.dim_value` | a free axis's name (else `""`); a fixed axis's size (else 0) |
# | `graph.initializer` | the weights, each with `.name` |
#
# `onnx.numpy_helper.to_array` makes an array of a weight, and `lesson.numpy_type` a name of the type of an input or
# output.

# %% demo="first_look"
graph = program.model_proto.graph
given = graph.input[0]
print([entry.version for entry in program.model_proto.opset_import])
print(lesson.numpy_type(given), given.type.tensor_type.shape.dim[0].dim_value)
print(onnx.numpy_helper.to_array(graph.initializer[0]))

# %% [markdown]
# ### Exercise 3.3 · Describe a file (3 points · 12 min)
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
# <code>end(value)</code> is given: the name, type and shape of one of <code>model.graph.input</code> or
# <code>.output</code>. To leave weights out, compare names: <code>value.name</code> with a set of every
# <code>weight.name</code>. <code>collections.Counter</code> counts, and <code>dict</code> makes a plain dict of it.
# </details>


# %% solution="describe"
def describe(path):
    """Return what an ONNX file, with its weights inside, says of itself: a dict.

    opset: int, of the standard operators (there may be other domains); ir_version: int
    inputs, outputs: lists of (name, type, shape), in its order; inputs without weights
        type: NumPy's name, "float32"; any type of numbers, or bool
        shape: a list with an int for a fixed axis, its name for a free one
    operators: plain dict from op_type to how many nodes of the graph itself
    weight_bytes: int, of all initializers of the graph itself
    """
    model, to_array = onnx.load(path), onnx.numpy_helper.to_array
    operators = [node.op_type for node in model.graph.node]
    shape = lambda v: [a.dim_param or a.dim_value for a in v.type.tensor_type.shape.dim]
    end = lambda value: (value.name, lesson.numpy_type(value), shape(value))
    ### BEGIN SOLUTION
    weights = {each.name: to_array(each).nbytes for each in model.graph.initializer}
    return {
        "opset": {entry.domain: entry.version for entry in model.opset_import}[""],
        "ir_version": model.ir_version,
        "inputs": [end(each) for each in model.graph.input if each.name not in weights],
        "outputs": [end(each) for each in model.graph.output],
        "operators": {name: operators.count(name) for name in operators},
        "weight_bytes": sum(weights.values()),
    }
    ### END SOLUTION


# %% test="describe_ends" points=1
got = describe(lesson.written(lesson.JOINED))
expect.keys(got, lesson.DESCRIBED, "describe(path)")
names, types, shapes = lesson.parted(got["inputs"], "describe(path)['inputs']")
likely = "leave out every input whose name is a weight's" * ("w" in names)
expect.equal(names, ["left", "right"], "the names of the inputs", likely=likely)
likely = "lesson.numpy_type(value) gives NumPy's name, a string"
wanted = ["float32", "uint8"]
named = [type(kind) for kind in types] == [str, str] and types == wanted
what, wanted = "the types of the inputs", str(wanted)
expect.true(named, what, expected=wanted, got=types, likely=likely)
causes = {
    "free axes have a name, dim_param": [[0, 2], [0, 3, 4]],
    "fixed axes have a size, dim_value": [["n", ""], ["n", "", ""]],
    "each shape is a list": [("n", 2), ("n", 3, 4)],
}
expect.equal(shapes, [["n", 2], ["n", 3, 4]], "the shapes of the inputs", causes=causes)
wanted = [("sums", "float32", ["n", 2]), ("shape", "int64", ["k"])]
expect.equal(got["outputs"], wanted, "describe(path)['outputs']")
### BEGIN HIDDEN TESTS
# covers: write describe(path) | the docstring says which keys | here is the answer for one
# covers: {"opset": 18, "ir_version": 8 | inputs, outputs: lists of (name, type, shape)
# covers: says of itself: a dict | old exporters list every weight among the inputs
# covers: inputs without weights | any type of numbers, or bool
with fresh_draw() as rng:
    head = '<ir_version: 8, opset_import: ["" : 18]> shown'
    body = "<float[2,2] w = {1, 2, 3, 4}> {y = MatMul(x, w)}"
    path = lesson.written(f"{head} (float[n,2] x) => (float[n,2] y) {body}")
    said = {"inputs": [("x", "float32", ["n", 2])]}
    said |= {"outputs": [("y", "float32", ["n", 2])]}
    got = describe(path)
    expect.keys(got, lesson.DESCRIBED, "describe(path) of what the exercise shows")
    for part, ends in said.items():
        expect.equal(
            str(got[part]), str(ends), f"the {part} of what the exercise shows"
        )
    a, b = (int(size) for size in rng.integers(2, 99, size=2))
    name = f"w_{rng.integers(1000)}"  # begins as the weight that is listed before it
    kind = f"float16[{a},rows,{b}]"
    given = f"float[2] w, {kind} {name}, bool flag, double[1] z, float[1] w_"
    given = f"{given}, uint32[count,5] codes, float[0,{b},0] none"
    whole = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
    given += "".join(f", {each}[m] {each}s" for each in whole)
    back = f"uint32[count,5] out, float[1] w_, {kind} again, bool an_end, int8[0] no"
    body = "<float[2] w = {0.5, 3}, float[1] w_ = {1}> {no = Hidden(none)"
    body = f"{body} again = Identity({name}) an_end = Not(flag) out = Identity(codes)}}"
    path = lesson.written(f"{head} ({given}) => ({back}) {body}")
    before = path.read_bytes()
    got = describe(path)
    expect.unchanged(path, before, "the file that was described")
    wanted = [
        (name, "float16", [a, "rows", b]),
        ("flag", "bool", []),
        ("z", "float64", [1]),
        ("codes", "uint32", ["count", 5]),
        ("none", "float32", [0, b, 0]),
        *((f"{each}s", each, ["m"]) for each in whole),
    ]
    expect.equal(str(got["inputs"]), str(wanted), "the inputs of a fresh file")
    wanted = [
        ("out", "uint32", ["count", 5]),
        ("w_", "float32", [1]),  # a weight, and an output all the same
        ("again", "float16", [a, "rows", b]),
        ("an_end", "bool", []),
        ("no", "int8", [0]),
    ]
    expect.equal(str(got["outputs"]), str(wanted), "the outputs of a fresh file")
    for size in (3, 4):  # the same path, another file
        ends = f"(float[{size},n] x{size}) => (float[{size},n] y{size})"
        text = f"{head} {ends} {{y{size} = Relu(x{size})}}".replace("18", f"1{size}")
        path.write_bytes(onnx.parser.parse_model(text).SerializeToString())
        got, what = describe(path), "a file written again"
        found = str([got["inputs"], got["outputs"], got["opset"]])
        wanted = [[(f"{end}{size}", "float32", [size, "n"])] for end in "xy"]
        expect.equal(found, str([*wanted, int(f"1{size}")]), f"the ends of {what}")
### END HIDDEN TESTS
expect.passed("both ends of a graph")

# %% test="describe_versions_and_operators" points=1
path = lesson.written(lesson.JOINED)
got = describe(path)
expect.keys(got, lesson.DESCRIBED, "describe(path)")
causes = {
    "this is the entry of ai.onnx.ml; take the one whose domain is empty": 3,
    "this is the IR version": 9,
}
expect.close(got["opset"], 17, "describe(path)['opset']", causes=causes)
causes = {"this is the opset": 17}
expect.close(got["ir_version"], 9, "describe(path)['ir_version']", causes=causes)
operators = {"MatMul": 1, "Relu": 2, "Shape": 1}
expect.keys(got["operators"], operators, "describe(path)['operators']")
expect.close(got["operators"], operators, "describe(path)['operators']")
### BEGIN HIDDEN TESTS
# covers: of the standard operators | ir_version: int | dict from op_type to how many nodes
with fresh_draw() as rng:
    imports = ['"ai.onnx.ml" : 2', '"" : {opset}', '"own" : 30', '"com.b" : {opset}5']
    for order in ([0, 1, 2, 3], [1, 0, 2], [2, 3, 0, 1], [1, 3]):
        opset, ir = int(rng.integers(13, 22)), int(rng.integers(7, 11))
        relus = int(rng.integers(3, 9)) if len(order) < 4 else 500
        body = " ".join(f"x{place + 1} = Relu(x{place})" for place in range(relus))
        others = "c = Constant<value = float[2] {1, 2}>() b = ai.onnx.ml.Binarizer(x0)"
        sides = (
            f"{side}_branch = g () => (float[n] {side}_y) {{{side}_y = Tan(x0)}}"
            for side in ("then", "else")
        )
        others = f"{others} f = own.helper(x0) i = If(yes) <{', '.join(sides)}>"
        helper = '<domain: "own", opset_import: ["" : 18]> helper(a)=>(b) {b = Exp(a)}'
        domains = ", ".join(imports[each] for each in order).format(opset=opset)
        fresh = f"<ir_version: {ir}, opset_import: [{domains}]> fresh"
        body = f"<float[2] w = {{0.5, 3}}> {{{body} {others} y = Abs(x{relus})}}"
        path = lesson.written(
            f"{fresh} (float[n] x0, bool yes) => (float[n] y) {body} {helper}"
        )
        before = path.read_bytes()
        got = describe(path)
        expect.unchanged(path, before, "the file that was described")
        what = f"opset and IR version of a file with the domains {domains}"
        found = [got["opset"], got["ir_version"]]
        expect.close(found, [opset, ir], what)
        whole = all(type(each) is int for each in (*found, *got["operators"].values()))
        expect.true(whole, what, expected="ints, of nodes too", got=got)
        wanted = {"Relu": relus, "Constant": 1, "Binarizer": 1, "Abs": 1}
        wanted |= {"helper": 1, "If": 1}
        expect.equal(got["operators"], wanted, "the operators of a fresh file")
### END HIDDEN TESTS
expect.passed("versions and operators")

# %% test="describe_weights" points=1
path = lesson.written(lesson.JOINED)
got = describe(path)
expect.keys(got, lesson.DESCRIBED, "describe(path)")
causes = {
    "these weights are not in raw_data; ask to_array, which knows every form": 0,
    "q has 5 numbers of one byte each, int8": 36,
    "these are numbers, not bytes": 9,
    "this is the size of the file, not of the weights": path.stat().st_size,
    "int8 weights count as well": 16,
}
expect.close(got["weight_bytes"], 21, "describe(path)['weight_bytes']", causes=causes)
### BEGIN HIDDEN TESTS
# covers: may store the same weights in several ways | ask to_array for bytes
# covers: weight_bytes: int, of all initializers | with its weights inside
with fresh_draw() as rng:
    head = '<ir_version: 8, opset_import: ["" : 17]> fresh'
    fresh = onnx.parser.parse_model(
        f"{head} (float[n] x, double[2] d) => (float[n] y) <double[2] d = {{1, 2}}, "
        "float16[3] h = {1, 2, 3}, bool[3] t = {1, 0, 1}, int64 s = {7}>"
        "{c = Constant<value = float[2] {1, 2}>() y = Abs(x) i = If(t) <then_branch = "
        "g () => (float[2] v) <float[2] own = {1, 2}> {v = Abs(own)}, else_branch = "
        "g () => (float[2] u) {u = Abs(c)}>}"
    )
    arrays = [
        np.full(rng.integers(2, 30, size=2), 3, kind) for kind in (*"?bhiqBHIQefd",)
    ]
    arrays += [arrays[0], np.float32(2.5), np.zeros((0, 4), np.float32)]
    arrays += [np.zeros((1217, 300), np.float32), *np.zeros((200, 2), np.int8)]
    tensors = [
        onnx.numpy_helper.from_array(np.asarray(array), f"w{place}")
        for place, array in enumerate(arrays)
    ]
    fresh.graph.initializer.extend(tensors)
    onnx.save(fresh, path)
    expected = sum(array.nbytes for array in arrays) + 16 + 6 + 3 + 8
    before = path.read_bytes()
    got = describe(path)["weight_bytes"]
    what = "the bytes of many fresh weights of many types, two of them alike"
    expect.equal(got, int(expected), what)
    expect.unchanged(path, before, "the file that was described")
    path = lesson.written(f"{head} (float[n] x) => (float[n] y) {{y = Abs(x)}}")
    expect.equal(describe(path)["weight_bytes"], 0, "the bytes of no weights")
### END HIDDEN TESTS
expect.passed("the bytes of the weights, whatever their type")

# %% [markdown]
# <details><summary>Another way</summary>
#
# `onnx_ir`, the library that PyTorch's exporter itself works with, reads a file into Python's own objects:
#
# ```python
# graph = onnx_ir.load(path).graph
# inputs = [(v.name, str(v.dtype.numpy()), v.shape) for v in graph.inputs]
# weight_bytes = sum(v.const_value.nbytes for v in graph.initializers.values())
# ```
#
# </details>

# %% [markdown]
# ### What do the two exporters' files say?
#
# One `DigitCNN`, described by you. A runtime must know the versions that the exporter writes. The weights are the same;
# the newer exporter also stores a few integers, axes and shapes, among them.

# %% demo="two_descriptions"
older_file = to_onnx_torchscript(cnn, example, work / "cnn_torchscript.onnx")
files = {"torch.export": cnn_file, "TorchScript": older_file}
lesson.show_descriptions(describe, files)

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
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        percent = 100 * self.inner(x)
        largest, place = percent.max(dim=1)  # of each row, and in which column
        return percent, largest, place


# %% [markdown]
# ### Exercise 3.4 · Predictor head (3 points · 12 min)
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
# works row by row. The class may stand inside the function, where <code>forward</code> sees mean and scale.
# </details>


# %% solution="with_predictor_head"
def with_predictor_head(model, mean, scale):
    """Return a module from raw images to labels and their probabilities.

    model: a torch.nn.Module in eval mode, from (n, 1, h, w) float32
        to scores (n, classes), which may be in the hundreds
    mean, scale: floats, scale above 0
    returns: a torch.nn.Module from (n, h, w) uint8 to (label, probability):
        (n,) int64, and (n,) float32, the softmax probability of that label alone
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


# %% test="with_predictor_head_label" points=1
scorer, raw = lesson.scorer(), lesson.raw_images()
call = "with_predictor_head(scorer, 20.0, 10.0)(raw)"
got = with_predictor_head(scorer, 20.0, 10.0)(raw.clone())
expect.parts(got, 2, call, likely="return both: label, probability")
causes = {
    "the mean is not subtracted": [1, 0, 1, 1, 1, 0],
    "x is not divided by the scale": [0, 0, 0, 2, 0, 2],
    "the images are not normalized": [0, 0, 0, 2, 0, 0],
    "255 is built in; mean and scale alone normalize": [1, 1, 1, 1, 1, 1],
    "bytes wrap around below 0; .float() comes first": [1, 1, 1, 1, 1, 2],
    "divide by the scale after subtracting the mean": [2, 2, 2, 2, 2, 2],
    "softmax runs over the images; the classes are axis 1": [1, 0, 1, 2, 2, 2],
    "dim=1 gives the largest of each image, not of each class": [1, 2, 5],
    "dim=1 gives the largest score of each image, not of each class": [1, 0, 3],
    "the probability comes second": [
        *(0.952559, 0.995924, 0.969273, 0.817563, 0.628532, 0.603749)
    ],
}
expect.array(got[0], "label, the first result")
wanted = [1, 0, 1, 1, 1, 2]
expect.close(got[0], wanted, f"label of {call}", atol=1e-5, causes=causes)
likely = "argmax and max give int64 indices"
expect.equal(str(got[0].dtype), "torch.int64", "the type of label", likely=likely)
### BEGIN HIDDEN TESTS
# covers: a module from raw images to labels | a pixel p becomes (p - m)/s | mean, scale: floats
# covers: images get the axis of their one channel | the label is the most probable class
# covers: model: a torch.nn.module in eval mode | return a module from raw images
with fresh_draw() as rng:
    made = []
    for n, classes, h, w in (
        *((1, 4, 2, 3), (6, 2, 3, 1), (1, 1, 2, 2), (5, 11, 4, 2), (1217, 130, 19, 17)),
    ):
        torch.manual_seed(int(rng.integers(2**31)))
        layers = torch.nn.Conv2d(1, classes, (h, w)), torch.nn.Flatten()
        mean, scale = float(rng.uniform(-50, 150)), float(rng.uniform(2, 60))
        model = torch.nn.Sequential(*layers).eval()
        head = with_predictor_head(model=model, mean=mean, scale=scale)
        made.append((model, mean, scale, head, (n, h, w)))
    signs = torch.nn.Conv2d(1, 2, 1, bias=False)
    signs.weight.data = torch.tensor([1.0, -1.0]).reshape(2, 1, 1, 1)
    signs = torch.nn.Sequential(signs, torch.nn.Flatten())
    for mean in (-9.0, 300.0):  # every pixel lies above the one, below the other
        made.append(
            (signs, mean, 7.0, with_predictor_head(signs, mean, 7.0), (3, 1, 1))
        )
    for model, mean, scale, head, shape in made:  # each after all are there
        images = torch.from_numpy(rng.integers(0, 256, size=shape, dtype=np.uint8))
        z = model((images[:, None].float() - mean) / scale).detach()
        best = torch.nn.functional.pad(z, (0, 1), value=-1e9).topk(2, dim=1).values
        clear = best[:, 0] - best[:, 1] > 1e-3  # a tie may fall either way
        got = head(images.clone())
        what = f"labels of {shape} images, {z.shape[1]} classes"
        expect.parts(got, 2, f"label and probability, {what}")
        expect.shape(got[0], shape[:1], what)
        expect.equal(str(got[0].dtype), "torch.int64", f"the type of {what}")
        expect.close(got[0][clear], z.argmax(1)[clear], what)
### END HIDDEN TESTS
expect.passed("a label for each image")

# %% test="with_predictor_head_probability" points=1
scorer, raw = lesson.scorer(), lesson.raw_images()[:4]
got = with_predictor_head(scorer, 20.0, 10.0)(raw.clone())
what, likely = "with_predictor_head(scorer, 20.0, 10.0)(raw)", "return both"
expect.parts(got, 2, what, likely=likely)
probable = [0.952559, 0.995924, 0.969273, 0.817563]
causes = {
    "this is the score; softmax makes a probability of it": [12.5, 10.0, 8.0, 11.0],
    "this is the logarithm of the probability": np.log(probable),
    "each score has a sigmoid of its own; softmax weighs them together": [
        *(0.999996, 0.999955, 0.999665, 0.999983)
    ],
    "the mean is not subtracted": [0.952572, 0.995929, 0.970496, 0.970672],
    "the images are not normalized": [1.0, 1.0, 0.999955, 0.999955],
    "softmax runs over the images; the classes are axis 1": [
        *(0.809996, 0.620862, 0.008998, 0.999319)
    ],
    "this is the label; it comes first": [1, 0, 1, 1],
    "255 is built in; mean and scale alone normalize": [
        *(0.987936, 0.984209, 0.987147, 0.987682)
    ],
    "255 is built in beside mean and scale; these alone normalize": [
        *(0.947831, 0.946854, 0.947072, 0.946376)
    ],
    "bytes wrap around below 0; .float() comes first": [
        0.952559,
        1.0,
        0.969273,
        0.999983,
    ],
    "dim=1 gives the largest of each image": [0.995924, 0.969273, 0.182423],
}
what, likely = "probability, the second result", "give only that of the label"
if np.ndim(got[1]) == 2:
    expect.shape(got[1], (4,), what, likely=f"{likely}, a number for each image")
expect.close(got[1], probable, what, atol=1e-5, causes=causes)
### BEGIN HIDDEN TESTS
# covers: become probabilities by softmax | (n,) int64, and (n,) float32 | be in the hundreds
with fresh_draw() as rng:
    for n, mean, scale, size, more in (
        (6, float(rng.uniform(50, 150)), float(rng.uniform(20, 60)), 1.0, 0),
        (1, float(rng.uniform(-90, -20)), 0.001, 1e-5, 0),
        (700, float(rng.uniform(50, 150)), float(rng.uniform(20, 60)), 1.0, 0),
        (4, 0.0, 0.5, 1.0, 0),  # scores that no power of e takes in float32
        (9, 20.0, 10.0, 1.0, float(rng.uniform(200, 900))),
        (9, 20.0, 10.0, 1.0, -float(rng.uniform(200, 900))),
    ):
        model = lesson.scorer()
        for tensor in model[0].parameters():
            tensor.data = size * tensor.data
        model[0].bias.data += more
        images = torch.from_numpy(rng.integers(0, 256, size=(n, 2, 2), dtype=np.uint8))
        images[0] = torch.tensor([[255, 60], [60, 0]])  # sure, and not too sure
        z = model((images.float()[:, None] - mean) / scale).detach().numpy()
        powers = np.exp(z - z.max(axis=1, keepdims=True))
        wanted = (powers / powers.sum(axis=1, keepdims=True)).max(axis=1)
        _, got = with_predictor_head(model, mean, scale)(images.clone())
        what = f"probabilities of {n} fresh images, mean {mean:g}, scale {scale:g}"
        expect.close(got, wanted, what, atol=1e-4)
        expect.equal(str(got.dtype), "torch.float32", f"the type of {what}")
    layers = torch.nn.Conv2d(1, 1, 2), torch.nn.Flatten()
    _, got = with_predictor_head(torch.nn.Sequential(*layers), 1.5, 2.5)(images.clone())
    expect.close(got, [1.0] * n, "the probabilities of one class", atol=1e-6)
### END HIDDEN TESTS
expect.passed("how sure it is of each label")

# %% test="with_predictor_head_graph" points=1
scorer, raw = lesson.scorer(), lesson.raw_images()
head = with_predictor_head(scorer, 20.0, 10.0)
path = to_onnx(head, raw.clone(), lesson.new_path("head.onnx"))
session = runtime.session(path)
given = session.get_inputs()[0]
what, likely = "the graph's input", "forward takes the raw images"
expect.equal(given.type, "tensor(uint8)", f"the type of {what}", likely=likely)
expect.equal(given.shape[1:], [2, 2], f"the axes of {what} after the batch")
label, probability = session.run(None, {given.name: raw[:4].numpy()})
expect.close(label, [1, 0, 1, 1], "the file's labels")
probable = [0.952559, 0.995924, 0.969273, 0.817563]
expect.close(probability, probable, "the file's probabilities", atol=1e-5)
### BEGIN HIDDEN TESTS
# covers: stay with tensors | make python values, which an exporter follows | from (n, h, w)
with fresh_draw() as rng:
    torch.manual_seed(int(rng.integers(2**31)))
    mean, scale = float(rng.uniform(50, 150)), float(rng.uniform(30, 60))
    layers = torch.nn.Conv2d(1, 5, (2, 3)), torch.nn.Flatten()
    model = torch.nn.Sequential(*layers).eval()
    head = with_predictor_head(model, mean, scale)
    example = torch.from_numpy(rng.integers(0, 256, size=(3, 2, 3), dtype=np.uint8))
    path = to_onnx(head, example, lesson.new_path("fresh_head.onnx"))
    session = runtime.session(path, optimize="disabled")
    types = [each.type for each in (*session.get_inputs(), *session.get_outputs())]
    what = "a fresh head's file"
    wanted = ["tensor(uint8)", "tensor(int64)", "tensor(float)"]
    expect.equal(types, wanted, f"the types of the ends of {what}")
    for n in (1, 2, 9, 700):
        images = rng.integers(0, 256, size=(n, 2, 3), dtype=np.uint8)
        z = model((torch.from_numpy(images).float()[:, None] - mean) / scale).detach()
        wanted = torch.softmax(z, dim=1)
        got = session.run(None, {session.get_inputs()[0].name: images})
        expect.shape(got[0], (n,), f"labels of {what}, batch of {n}")
        picked = wanted[torch.arange(n), torch.from_numpy(got[0])]  # of a tie, either
        best = wanted.amax(dim=1)
        expect.close(picked, best, f"what labels get, batch of {n}", atol=1e-4)
        expect.close(got[1], best, f"probabilities of {what}, batch of {n}", atol=1e-4)
### END HIDDEN TESTS
expect.passed("all of it is in the graph")

# %% [markdown]
# <details><summary>Another way</summary>
#
# The most probable class has the largest score, so labels need no softmax; the label says which probability to take:
#
# ```python
# z = self.model(((images.float() - mean) / scale).unsqueeze(1))
# label = z.argmax(dim=1)
# return label, z.softmax(dim=1).gather(1, label[:, None])[:, 0]
# ```
#
# </details>

# %% [markdown]
# ### What does a caller need to know now?
#
# Nothing but the file: bytes of pixels in, digits out. Here are scans as a camera might give them, 0 to 255, and above
# each what your file said. The last two are its least sure.

# %% demo="digits_from_bytes"
scans = (255 * test_images[:, 0]).round().to(torch.uint8)
head = with_predictor_head(cnn, 0.0, 255.0)
head_file = to_onnx(head, scans[:2], work / "predictor.onnx")
label, probability = lesson.results_of(head_file, scans)
lesson.draw_scans(scans, label, probability)
right = (label == lesson.digits(16).test_labels).mean()
measured["right by the file alone, from bytes"] = f"{right:.1%}"
measured["operators that the head adds"] = lesson.added(cnn_file, head_file)

# %% [markdown]
# ## What if the model decides something?
#
# A graph has no `if` of Python's. This module turns scans the right way: digits are bright ink on dark paper, so a
# batch that is mostly bright gets inverted. Which way it goes depends on the **values** of the input, and those an
# exporter does not have while it writes.


# %% readonly="ink_on_paper"
class InkOnPaper(torch.nn.Module):
    """Inverts a batch that is mostly bright, then stretches it to -1 ... 1."""

    def forward(self, images):  # (n, 8, 8) float32, from 0 to 1
        if images.mean() > 0.5:
            images = 1 - images
        return 2 * images - 1


# %% [markdown]
# ### What do the two exporters make of it?
#
# The example is dark. Which exporter refuses?

# %% predict="refuses"
guess_refuses = None  # "torch.export", "TorchScript", "both" or "neither"

# %% demo="exporters_and_a_branch"
dark = torch.full((2, 8, 8), 0.2)
refuses, frozen_file = lesson.export_a_branch(InkOnPaper(), dark)
refuses = predictions.beside(guess_refuses, refuses)
measured["an exporter that refuses to follow an if"] = refuses
scan, files = lesson.digits(8).test_images[0, 0], {"TorchScript": frozen_file}
wrong = lesson.draw_sides(InkOnPaper(), files, scan)

# %% [markdown]
# The other one asked the example, took the side that it needs, and froze it: its file is right for scans like the
# example, and wrong for all others. That is why an export is compared on more than its example.

# %% [markdown]
# ### Can both sides be computed?
#
# They are cheap, so compute both and choose afterwards. `torch.where(condition, a, b)` takes from `a` where the
# condition holds and from `b` elsewhere. It is an operator like any other (`Where` in ONNX). The condition stays a
# tensor: `x.mean() > 0.5` is one, as long as no `if` or `.item()` makes a Python value of it.
#
# Here it chooses the larger of two tensors, number by number, and all of one where the other's sum is negative.

# %% demo="first_where"
a, b = torch.tensor([1.0, 5.0, -2.0]), torch.tensor([3.0, 4.0, -9.0])
print(torch.where(a > b, a, b), torch.where(b.sum() < 0, a, b))

# %% [markdown]
# ### Exercise 3.5 · A graph without branches (3 points · 8 min)
#
# Write `branchless_graph(path)`: a module that does for every batch what `InkOnPaper` does, without a branch, exported
# to `path`. Use `to_onnx(module, example, path)`, the course's own exporter: it leaves the batch free, runs its file
# against the module, and says in a sentence what it cannot do. (`torch.onnx.export` and your `export` work, too; what
# they cannot do fills a page.)
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
    returns: path, an ONNX file from (n, 8, 8) float32, 0 to 1, to (n, 8, 8) float32,
        n free
    """
    ### BEGIN SOLUTION

    class Branchless(torch.nn.Module):
        def forward(self, images):
            images = torch.where(images.mean() > 0.5, 1 - images, images)
            return 2 * images - 1

    return to_onnx(Branchless(), torch.rand(2, 8, 8), path)
    ### END SOLUTION


# %% test="branchless_graph_both_sides" points=2
path = lesson.new_path("both_sides.onnx")
got, what = branchless_graph(path), "what branchless_graph(path) returns"
expect.equal(got, path, what, likely="return the path")
session = runtime.session(path)
name = session.get_inputs()[0].name
for kind, most, some in (("dark", 0.125, 0.75), ("bright", 0.875, 0.25)):
    images = np.full((2, 8, 8), most, np.float32)
    images[:, :4, :4] = some
    (got,) = session.run(None, {name: images})
    sooner = ", or it stretches before it decides" if kind == "bright" else ""
    causes = {
        f"{kind} images are treated as the others should be{sooner}": 0.4375,
        "each pixel is decided by itself; one mean decides for all": -0.6875,
        "the stretch to -1 … 1 is missing": 0.28125,
    }
    what = f"the mean of the graph's output for {kind} images"
    expect.close(got.mean(), -0.4375, what, atol=1e-6, causes=causes)
### BEGIN HIDDEN TESTS
# covers: for every batch what inkonpaper does | export what inkonpaper does, both sides
# covers: path: path of the file | returns: path, an onnx file | the course's own exporter
# explains: and your export work, too | what they cannot do fills a page
with fresh_draw() as rng:
    kinds = [each.type for each in (*session.get_inputs(), *session.get_outputs())]
    expect.equal(kinds, ["tensor(float)"] * 2, "the types of the graph's ends")
    cases = {}
    for level in (0.4, 0.6):  # and every pixel stays from 0 to 1
        x = (level + rng.uniform(-0.2, 0.2, size=(2, 8, 8))).astype(np.float32)
        cases[f"mean {level}"] = x + np.float32(level - x.mean())
    half = rng.permutation([0.25, 0.75] * 64).astype(np.float32).reshape(2, 8, 8)
    for beside in (0.0, 2**-9, -(2**-9), 2**-16, -(2**-16)):
        cases[f"mean 0.5 + {beside / 128}"] = x = half.copy()
        x[tuple(int(rng.integers(size)) for size in x.shape)] += np.float32(beside)
    most = rng.permutation([0.55] * 80 + [0.125] * 48).astype(np.float32)
    cases["most pixels bright, the mean dark"] = most.reshape(2, 8, 8)
    cases["most pixels dark, the mean bright"] = 1 - most.reshape(2, 8, 8)
    black = rng.permutation([0.0] * 60 + [1.0] * 68).astype(np.float32)
    cases["black and white"] = black.reshape(2, 8, 8)
    for case, x in cases.items():
        (got,) = session.run(None, {name: x})
        wanted = InkOnPaper()(torch.from_numpy(x.copy()))
        expect.close(got, wanted, f"the graph for fresh images, {case}", atol=1e-6)
### END HIDDEN TESTS
expect.passed("dark and bright scans alike")

# %% test="branchless_graph_whole_batch" points=1
path = lesson.new_path("whole_batch.onnx")
path.write_bytes(b"another file, which is there already")
branchless_graph(path)
path = expect.after(path)  # as the call left it
session = runtime.session(path)
name, rows = session.get_inputs()[0].name, session.get_inputs()[0].shape[0]
what, free = "axis 0 of the graph's input", not isinstance(rows, int)
likely = "to_onnx leaves the batch free; torch.onnx.export wants dynamic_shapes"
expect.true(free, what, expected="free", got=rows, likely=likely)
for words, batch in lesson.mixed_batches().items():
    (got,) = session.run(None, {name: batch})
    causes = {
        "one mean decides for all, not one for each image": [-0.25, 0.0, -0.75],
        "one mean decides for all, not each pixel for itself": [-0.75, 0.0, -0.75],
        f"this batch is {words}": [-0.25, 0.0, 0.75],
        "the stretch to -1 … 1 is missing": [0.625, 0.5, 0.125],
    }
    means, wanted = got.mean(axis=(1, 2)), [0.25, 0.0, -0.75]
    what = "the means of three images"
    expect.close(means, wanted, what, atol=1e-6, causes=causes)
### BEGIN HIDDEN TESTS
# covers: the module decides for the whole batch | a decision for each image
with fresh_draw() as rng:
    branchless_graph(path := lesson.new_path("fresh v1.2"))
    session = runtime.session(path, optimize="disabled")
    for end in (*session.get_inputs(), *session.get_outputs()):
        free = not isinstance(end.shape[0], int)
        expect.true(free, f"axis 0 of {end.name}", expected="free", got=end.shape)
    for n in (1, 4, 9, 300):
        for level in (0.4, 0.6):
            x = level + rng.uniform(-0.2, 0.2, size=(n, 8, 8)).astype(np.float32)
            x += np.float32(level - x.mean())
            (got,) = session.run(None, {name: x})
            wanted = InkOnPaper()(torch.from_numpy(x.copy()))
            expect.close(got, wanted, f"fresh images, a batch of {n}", atol=1e-6)
    for few, others in ((1.0, 0.375), (0.0, 0.625)):  # the last hundreds decide
        x = np.full((1500, 8, 8), others, np.float32)
        x[1000:] = few
        (got,) = session.run(None, {name: x})
        wanted = InkOnPaper()(torch.from_numpy(x.copy()))
        what = f"1,500 images, the last 500 at {few}, the others at {others}"
        expect.close(got, wanted, what, atol=1e-6)
    # One image outweighs the others, wherever it stands; all the others outweigh one.
    for n, few, others in ((5, 0.9375, 0.4375), (5, 0.0625, 0.5625), (3, 0.25, 0.75)):
        for batch in ((few, others), (1 - few, 1 - others)):
            for place in range(n):
                x = np.full((n, 8, 8), batch[1], np.float32)
                x[place] = batch[0]
                (got,) = session.run(None, {name: x})
                wanted = InkOnPaper()(torch.from_numpy(x.copy()))
                what = f"a batch of {n}, image {place} at {batch[0]}, others {batch[1]}"
                expect.close(got, wanted, what, atol=1e-6)
### END HIDDEN TESTS
expect.passed("one decision for the batch, whatever its size")

# %% [markdown]
# <details><summary>Another way</summary>
#
# Where computing both sides is dear, `torch.cond` writes a real branch, ONNX's `If`:
#
# ```python
# x = 2 * images - 1
# return torch.cond(x.mean() > 0, lambda x: -x, lambda x: x.clone(), (x,))
# ```
#
# </details>

# %% [markdown]
# ### Where did the `if` go?
#
# Into an operator. Follow the ways through the graph: one mean decides, and `Where` takes one side or the other.

# %% demo="branchless_drawn"
mine = branchless_graph(work / "branchless.onnx")
lesson.draw_graph(mine, "InkOnPaper without a branch")

# %% demo="branchless_compared"
files = {"frozen": frozen_file, "yours": mine}
wrong = lesson.draw_sides(InkOnPaper(), files, scan)
measured["pixels of a bright scan that come out wrong"] = wrong

# %% [markdown]
# Your graph now agrees with a questionable model: what happens to an image depends on which others came with it. An
# export does not mend that; it made you see it.

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
# ### Exercise 3.6 · Hard swish (2 points · 6 min)
#
# Small networks like the activation *swish*, $x\,\sigma(x)$, but not its exponential. **Hard swish** takes straight
# lines in its place (A. Howard et al., *Searching for MobileNetV3*, 2019):
#
# $$\mathrm{hardswish}(x) = x \cdot \mathrm{clip}\big(\tfrac{x}{6} + \tfrac{1}{2},\ 0,\ 1\big)$$
#
# Write `hard_swish_graph(path)`: a graph of it, without PyTorch, for inputs with two free axes; return the path. ONNX
# has an operator `HardSwish`; here you build it from simpler ones.
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
    """Write a graph of hard swish, by onnxscript or by ONNX's own tools.

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
path = lesson.new_path("hard_swish.onnx")
got, what = hard_swish_graph(path), "what hard_swish_graph(path) returns"
expect.equal(got, path, what, likely="return the path")
session = runtime.session(path)
x = np.array([[-4.0, -3.0, -1.0, 0.0], [1.0, 2.0, 3.0, 6.0]], np.float32)
(got,) = session.run(None, {session.get_inputs()[0].name: x})
expected = np.array([[0.0, 0.0, -1 / 3, 0.0], [2 / 3, 5 / 3, 3.0, 6.0]])
causes = {
    "nothing is clipped": x * (x / 6 + 0.5),
    "it is not clipped above, at 1": x * np.maximum(x / 6 + 0.5, 0),
    "it is not clipped below, at 0": x * np.minimum(x / 6 + 0.5, 1),
    "the clipped line alone; x times it is hard swish": np.clip(x / 6 + 0.5, 0, 1),
    "this is swish itself, with its exponential": x / (1 + np.exp(-x)),
    "this is relu": np.maximum(x, 0),
    "this is six times hard swish": 6 * expected,
}
expect.close(got, expected, "hard swish of eight numbers", atol=1e-5, causes=causes)
### BEGIN HIDDEN TESTS
# covers: straight lines in its place | \mathrm{hardswish}(x) | numbers need a point
# covers: not its exponential | write a graph of hard swish
# explains: howard et al.,
with fresh_draw() as rng:
    session = runtime.session(path, optimize="disabled")
    near, small, large = 2**-6, [0.0, 1e-3, 1e-9, 1e-20], [50.0, 1e30, 1000.0, 7.0]
    corners = [-3.0, 3.0, -3 + near, 3 - near, -3 - near, 3 + near, 0.0, 6.0]
    for what, x, atol in (
        *(("fresh numbers", rng.uniform(-4, 4, size=8), 2e-6) for _ in range(4)),
        ("its corners and beside them", np.array(corners), 2e-6),
        ("small numbers", np.array([*small, *(-each for each in small)]), 0.0),
        ("large numbers", np.array([*large, *(-each for each in large)]), 0.0),
    ):
        x = x.reshape(2, 4)
        x = x.astype(np.float32)
        (got,) = session.run(None, {session.get_inputs()[0].name: x})
        wide = x.astype(np.float64)
        wanted = wide * np.clip(wide / 6 + 0.5, 0, 1)
        expect.close(got, wanted, f"hard swish of {what}", atol=atol, rtol=2e-6)
    x = rng.uniform(-5, 5, size=(70, 90)).astype(np.float32)
    (got,) = session.run(None, {session.get_inputs()[0].name: x})
    wanted = x * np.clip(x / 6 + 0.5, 0, 1)
    expect.close(got, wanted, "hard swish of 70 rows of 90 numbers", atol=2e-6)
### END HIDDEN TESTS
expect.passed("hard swish, by no network")

# %% test="hard_swish_graph_file" points=1
path = lesson.new_path("any_shape.onnx")
hard_swish_graph(path)
graph = graphs.load(path).graph
ends = [len(graph.input), len(graph.output)]
expect.equal(ends, [1, 1], "how many inputs and outputs")
kind = graph.input[0].type.tensor_type
likely = "FLOAT is float32, type 1"
expect.equal(kind.elem_type, 1, "the input's type", likely=likely)
fixed = [dim.dim_value for dim in kind.shape.dim]
likely = "FLOAT[None, None] has two free axes; a number fixes one, FLOAT alone has none"
what = "the fixed sizes of the input's two axes (0: free)"
expect.equal(fixed, [0, 0], what, likely=likely)
operators = [node.op_type for node in graph.node]
likely = "Clip, Mul and arithmetic do; op.HardSwish would be the answer itself"
fair, wanted = "HardSwish" not in operators, "no HardSwish"
expect.true(fair, "the operators", expected=wanted, got=operators, likely=likely)
onnx.checker.check_model(path, full_check=True)
### BEGIN HIDDEN TESTS
# covers: onnx has an operator hardswish | here you build it from simpler ones
# covers: inputs with two free axes | path: path of the file | both axes free
# covers: return the path | no numpy and no pytorch
with fresh_draw() as rng:
    path = lesson.new_path("fresh.v2")
    path.write_bytes(b"another file, which is there already")
    expect.equal(hard_swish_graph(path), path, "what it returns")
    path = expect.after(path)  # as the call left it
    model = graphs.load(path)
    nodes = [
        *model.graph.node,
        *(node for each in model.functions for node in each.node),
    ]
    for node in nodes:  # and those of its branches, which come behind
        nodes += [each for attribute in node.attribute for each in attribute.g.node]
    inside = [node.op_type for node in nodes]
    fair = "HardSwish" not in inside
    expect.true(fair, "all its operators", expected="no HardSwish", got=inside)
    made = "one that is not PyTorch's exporter's"
    own = model.producer_name != "pytorch"
    expect.true(own, "the file", expected=made, got=model.producer_name)
    for end in (*model.graph.input, *model.graph.output):
        kind = end.type.tensor_type
        expect.equal(kind.elem_type, 1, f"the type of {end.name} (1: float32)")
        fixed = [dim.dim_value for dim in kind.shape.dim]
        expect.equal(fixed, [0, 0], f"the sizes of {end.name}'s two axes (0: free)")
        names = [dim.dim_param for dim in kind.shape.dim if dim.dim_param]
        apart = len(names) == len(set(names))
        expect.true(apart, end.name, expected="axes free of each other", got=names)
    session = runtime.session(path, optimize="disabled")
    drawn = tuple(int(size) for size in rng.integers(2, 9, size=2))
    for shape in ((1, 1), (1, 1217), (300, 1), (0, 3), (70, 90), drawn):
        x = rng.uniform(-5, 5, size=shape).astype(np.float32)
        (got,) = session.run(None, {session.get_inputs()[0].name: x})
        expect.shape(got, shape, f"hard swish of an array of shape {shape}")
        what = f"the type of hard swish of shape {shape}"
        expect.equal(str(got.dtype), "float32", what)
### END HIDDEN TESTS
expect.passed("any number of rows and columns")

# %% [markdown]
# <details><summary>Another way</summary>
#
# ONNX has an operator for the clipped line itself:
#
# ```python
# return x * op.HardSigmoid(x, alpha=0.16666667, beta=0.5)
# ```
#
# </details>

# %% [markdown]
# ### How far is hard swish from swish?
#
# Drawn one over the other, the two curves are hard to tell apart. What is their largest difference?

# %% predict="swish_gap"
guess_swish_gap = None  # a number

# %% demo="hard_swish_curves"
hard_file = hard_swish_graph(work / "hard_swish.onnx")
x = np.linspace(-6, 6, 1001, dtype=np.float32)
gap = lesson.draw_swish(x, lesson.results_of(hard_file, x[None])[0][0])
measured["hard swish to swish, at most"] = predictions.beside(guess_swish_gap, gap)

# %% [markdown]
# onnxscript gives every constant the type of `x`, with an operator of its own, `CastLike`. `optimize` computes those
# that can be computed now; here is what is left.

# %% demo="hard_swish_graph_drawn"
folded = onnxscript.optimizer.optimize(onnx.load(hard_file))
lesson.draw_graph(folded, "Hard swish, written by hand")

# %% [markdown]
# ## Why would weights live in another file?
#
# An ONNX file is one message in the protobuf format, and that format ends at 2 GB. Larger models keep their weights
# as **external data**: the model's file only says, for each weight, in which file beside it the bytes are, from where
# and how many. `onnx.save_model` does it:
#
# `onnx.save_model(model, path, save_as_external_data=True, location="numbers.bin", size_threshold=0)`
#
# Weights that are stored as `raw_data`, as exporters leave them, all go to one file, `location`, in the folder of
# `path`; those under about `size_threshold` bytes (1024 if you do not say) stay inside. Where a file `location` is
# already there, they are appended to it.

# %% [markdown]
# The exporter does this by default at any size, and so the classic accident is a copied `model.onnx` whose
# weights stayed behind. To find that out without loading them:
#
# - `onnx.load(path, load_external_data=False)` reads the model's file only.
# - A weight outside has `tensor.data_location == onnx.TensorProto.EXTERNAL`. Its entries in `tensor.external_data`
#   have a `key` and a `value`; the one with the key `"location"` names the file, seen from the model's folder.

# %% [markdown]
# ### Exercise 3.7 · Weights elsewhere (2 points · 8 min)
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

    path: Path of a model with its weights, its graph's initializers, inside as raw_data
    folder: Path of another folder, empty
    returns: Path folder / path.name; all weights are in path.name + ".data" beside it
    """
    ### BEGIN SOLUTION
    options = {"location": f"{path.name}.data", "save_as_external_data": True}
    onnx.save_model(onnx.load(path), folder / path.name, size_threshold=0, **options)
    return folder / path.name
    ### END SOLUTION


def missing_files(path):
    """Return which files with initializers the model at path needs and does not find.

    returns: sorted list of their locations as the model has them, strings, each once
    """
    weights = onnx.load(path, load_external_data=False).graph.initializer
    entries = [w.external_data for w in weights if w.data_location == w.EXTERNAL]
    ### BEGIN SOLUTION
    needed = {each.value for said in entries for each in said if each.key == "location"}
    return sorted(name for name in needed if not (path.parent / name).is_file())
    ### END SOLUTION


# %% test="split_weights_files" points=1
arrays = np.ones((30, 40), np.float32), np.arange(6, dtype=np.float32)
path, folder = lesson.laid_out("net.onnx", arrays)
before = path.read_bytes()
got = split_weights(path, folder)
what, likely = "split_weights(path, folder)", "return the new model's path"
expect.equal(got, folder / "net.onnx", what, likely=likely)
files = {each.name: each.stat().st_size for each in folder.iterdir()}
causes = {
    "the weights are still inside; save_as_external_data=True": ["net.onnx"],
    "a file for each weight; location names one for all": ["net.onnx", "w0", "w1"],
    "the second is named by path.name, not path.stem": ["net.data", "net.onnx"],
}
likely = "location names the second file" if len(files) == 2 else ""
wanted, what = ["net.onnx", "net.onnx.data"], "the files in the folder"
expect.equal(sorted(files), wanted, what, causes=causes, likely=likely)
causes = {"the small weight stayed inside; size_threshold=0": 4800}
expect.close(files["net.onnx.data"], 4824, "the bytes of net.onnx.data", causes=causes)
expect.unchanged(path, before, "the model at path")
### BEGIN HIDDEN TESTS
# covers: split_weights(path, folder): the model again in folder, under the same name
# covers: with its weights in a file of their own | path: path of a model with its weights
# covers: folder: path of another folder, empty | returns: path folder / path.name
# covers: all weights are in path.name + ".data"
with fresh_draw() as rng:
    for name in ("net.onnx", f"net_{rng.integers(1000)}.v2"):
        sizes = [1, *(int(each) for each in rng.integers(2, 600, size=3))]
        kinds = np.float32, np.int8, np.float16, np.int64
        arrays = [
            rng.integers(-9, 9, size=size).astype(kind)
            for size, kind in zip(sizes, kinds, strict=True)
        ]
        arrays += [rng.normal(size=()).astype(np.float32), np.ones(1, np.int8)]
        if name == "net.onnx":  # megabytes, and many
            arrays += [rng.normal(size=(1217, 500)).astype(np.float32)]
            arrays += [np.full(3, k, np.float32) for k in range(200)]
        path, folder = lesson.laid_out(name, arrays)
        model = onnx.load(path)
        versions = '["" : 18, "own" : 2]'
        text = f"<ir_version: 8, opset_import: {versions}> net (float[n,3] x) => "
        text += (
            '(float[n,3] y) {z = Abs(x) y = own.same(x)} <domain: "own", opset_import: '
        )
        text += '["" : 18]> same (a) => (b) {b = Identity(a)}'
        whole = onnx.parser.parse_model(text)
        whole.graph.initializer.extend(model.graph.initializer)
        kept = {"producer_name": "a test", "producer_version": "3", "domain": "own.org"}
        for key, value in (kept | {"doc_string": "as it was"}).items():
            setattr(whole, key, value)
        onnx.helper.set_model_props(whole, {"trained": f"day {rng.integers(99)}"})
        whole.model_version, whole.graph.doc_string = 7, "of the graph"
        whole.graph.value_info.append(whole.graph.input[0])
        whole.graph.value_info[0].name = "z"
        path.write_bytes(whole.SerializeToString())
        before, model = path.read_bytes(), onnx.load(path)
        got = split_weights(path, folder)
        expect.equal(got, folder / name, f"where {name} is now")
        files = sorted(each.name for each in folder.iterdir())
        expect.equal(files, sorted([name, f"{name}.data"]), "the files")
        expect.unchanged(path, before, f"{name}, which was split")
        left = [each.name for each in path.parent.iterdir()]
        expect.equal(left, [name], f"the files where {name} was before")
        moved = onnx.load(folder / name, load_external_data=False).graph.initializer
        for weight in moved:
            said = {each.key: each.value for each in weight.external_data}
            outside = weight.data_location == weight.EXTERNAL and not weight.raw_data
            where = said.get("location") if outside else "inside"
            expect.equal(where, f"{name}.data", f"where {weight.name} of {name} is")
        again = onnx.load(folder / name)
        x = rng.normal(size=(2, 3)).astype(np.float32)
        (got,) = runtime.session(folder / name).run(["y"], {"x": x})
        expect.close(got, x, f"what {name} computes after it was split")
        found = {
            weight.name: onnx.numpy_helper.to_array(weight)
            for weight in again.graph.initializer
        }
        expect.keys(found, [f"w{k}" for k in range(len(arrays))], f"weights of {name}")
        for k, array in enumerate(arrays):
            what, weight = f"w{k} of {name}", found[f"w{k}"]
            expect.equal(str(weight.dtype), str(array.dtype), f"the type of {what}")
            expect.close(weight, array, what, atol=0)
        rest = []
        for each in (again, model):
            told = {str(value) for value in each.graph.value_info if value.name == "z"}
            del each.graph.initializer[:], each.graph.value_info[:]
            lines = [line.strip() for line in str(each).splitlines()]
            rest.append([told, [line for line in lines if line != 'domain: ""']])
        expect.equal(rest[0], rest[1], f"all of {name} but its weights")
### END HIDDEN TESTS
expect.passed("the graph in one file, all weights in the other")

# %% test="split_weights_missing" points=1
path = lesson.many_missing()
three, every = ["a.bin", "b.bin", "parts/c.bin"], sorted(set(lesson.OUTSIDE))
causes = {
    "d.bin is there: look in the model's own folder, path.parent": every,
    "parts/e.bin is there, in a folder of the model's": [*three, "parts/e.bin"],
    "offset and length have entries, too; take the key location": ["0", "16", *three],
    "two weights share b.bin; name it once": sorted([*three, "b.bin"]),
    "these are names of weights; take those of files": [f"w{k}" for k in range(6)],
    "this is what is there; what is missing?": ["d.bin", "parts/e.bin"],
}
expect.equal(missing_files(path), three, "missing_files(path)", causes=causes)
whole, _ = lesson.laid_out("whole.onnx", [np.ones(4, np.float32)])
what = "missing_files of a model with its weights inside"
expect.equal(missing_files(whole), [], what)
### BEGIN HIDDEN TESTS
# covers: the files that a model needs and that are not there | return which files with initializers
# covers: a location counts from the folder of the model | returns: sorted list of their
with fresh_draw() as rng:
    names = [
        f"{letter}{number}.bin"
        for letter, number in zip("klmn", rng.integers(100, 999, size=4), strict=True)
    ]
    names += ["parts/b2.bin", "parts/b10.bin", "Z.bin", "./Z.bin", "parts//c.bin"]
    names = sorted([*names, "parts/Z.bin", "./parts/c.bin"])
    order = [names[k] for k in rng.permutation(len(names))] + names[::-1]
    net = lesson.small_net([np.ones(4, np.float32)] * len(order))
    lesson.point_outside(net, order)
    for weight in net.graph.initializer:  # the location is the last of its entries
        entries = list(weight.external_data)
        del weight.external_data[:]
        weight.external_data.extend(entries[::-1])
    del net.graph.initializer[0].external_data[:-1]  # and here the only one
    inside = onnx.numpy_helper.from_array(np.full(3, 0.5, np.float32), "inside")
    net.graph.initializer.append(inside)
    path = lesson.saved(net, "fresh.onnx")
    before = path.read_bytes()
    expect.equal(missing_files(path), names, "the missing files, as none is there")
    for present in (str(rng.choice(names[:-4])), "parts/Z.bin", "Z.bin"):
        there = path.parent / present
        there.parent.mkdir(exist_ok=True)
        there.write_bytes(bytes(16))
        lost = [name for name in names if not (path.parent / name).is_file()]
        what = f"the missing files of a fresh model, {present} is there"
        expect.equal(missing_files(path), lost, what)
    # In the folder that one works in, not in the model's.
    here = type(path)(next(name for name in lost if "/" not in name))
    here.write_bytes(bytes(16))
    try:
        got = missing_files(path)
    finally:
        here.unlink()
    expect.equal(got, lost, "the missing files of a fresh model")
    for name in names:
        (path.parent / name).parent.mkdir(exist_ok=True)
        (path.parent / name).write_bytes(bytes(16))
    expect.equal(missing_files(path), [], "the missing files, as all are there")
    expect.unchanged(path, before, "the model that was asked")
    (path.parent / names[0]).unlink()
    net = lesson.small_net([np.ones(4, np.float32)] * 2)
    lesson.point_outside(net, ["new.bin", names[0]])
    path.write_bytes(net.SerializeToString())
    lost = sorted(["new.bin", names[0]])
    expect.equal(missing_files(path), lost, "the missing files of a file written again")
    many = [f"part{k % 300}.bin" for k in range(600)]
    net = lesson.small_net([np.ones(4, np.float32)] * len(many))
    path.write_bytes(lesson.point_outside(net, many).SerializeToString())
    expect.equal(missing_files(path), sorted(set(many)), "300 files of 600 weights")
### END HIDDEN TESTS
expect.passed("what a model lacks, known before it is loaded")

# %% [markdown]
# <details><summary>Another way</summary>
#
# ONNX's own helpers read the entries for you:
#
# ```python
# helper = onnx.external_data_helper
# outside = filter(helper.uses_external_data, model.graph.initializer)
# needed = {helper.ExternalDataInfo(tensor).location for tensor in outside}
# ```
#
# </details>

# %% [markdown]
# ### What happens to a model that left its weights behind?
#
# `DigitCNN`, split by you, then copied without its second file, as one copies a file. The checker and the runtime
# each say it in their own words; yours say what to look for.

# %% demo="weights_left_behind"
split = split_weights(cnn_file, lesson.empty_folder("split"))
measured["DigitCNN, split"] = lesson.sizes_in(split.parent)
lonely = lesson.empty_folder("moved") / split.name
lonely.write_bytes(split.read_bytes())
lesson.try_to_load(lonely)
print("missing:", missing_files(lonely))

# %% [markdown]
# ## Is ONNX for neural networks only?
#
# No: a decision tree is a graph too, and **skl2onnx** translates scikit-learn's models. They have no example to
# follow, so you say what the input is: its name, and its type with axes, `None` (no name) for a free one:
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
# ### Exercise 3.8 · A classifier from scikit-learn (1 point · 4 min)
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

    classifier: fitted, with integer labels; n_features: int
    path: Path of the file to write
    returns: path. The file takes (n, n_features) float32, n free, and gives
        labels (n,) int64 and then probabilities, a float32 array (n, classes)
    """
    ### BEGIN SOLUTION
    kind = FloatTensorType([None, n_features])
    model = convert_sklearn(
        classifier, initial_types=[("features", kind)], options={"zipmap": False}
    )
    onnx.save(model, path)
    return path
    ### END SOLUTION


# %% test="sklearn_to_onnx_both_outputs" points=1
for columns in (3, 2):
    x, path = lesson.TABLE[:, :columns].copy(), lesson.new_path("classifier.onnx")
    classifier = LogisticRegression().fit(x, [0, 0, 1, 1, 2, 2])
    got = sklearn_to_onnx(classifier, columns, path)
    expect.equal(got, path, "what it returns", likely="return path")
    session = runtime.session(path)
    name, (rows, wide) = session.get_inputs()[0].name, session.get_inputs()[0].shape
    what, free = "the input's rows", not isinstance(rows, int)
    expect.true(free, what, expected="free", got=rows, likely="None is a free axis")
    likely = "n_features says how many there are"
    expect.equal(wide, columns, "the columns of the input", likely=likely)
    got = session.run(None, {name: x})
    likely = "a classifier gives labels and probabilities"
    expect.parts(got, 2, "the outputs of the file", likely=likely)
    expect.close(got[0], classifier.predict(x), f"the labels of {len(x)} rows")
    likely = 'a list of dicts comes from ZipMap; options={"zipmap": False}'
    what, plain = "the probabilities", isinstance(got[1], np.ndarray)
    expect.true(plain, what, expected="an array", got=got[1], likely=likely)
    causes = {"these are the scores before softmax": classifier.decision_function(x)}
    expect.close(got[1], classifier.predict_proba(x), what, atol=1e-4, causes=causes)
### BEGIN HIDDEN TESTS
# covers: a file with labels and a plain array | the options must say that there is no zipmap
# covers: write a fitted scikit-learn classifier | classifier: fitted, with integer labels
# covers: n_features: int | path: path of the file | returns: path | the file takes (n, n_features)
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

with fresh_draw() as rng:
    path = lesson.new_path("forest.v2")
    for classifier, n_features, labels in (
        (RandomForestClassifier(5, max_depth=3, random_state=0), 5, [4, 5, 6]),
        (LogisticRegression(), 1, [-3, 7]),
        (RandomForestClassifier(4, max_depth=2, random_state=1), 2, [20, 10]),
        (DecisionTreeClassifier(max_depth=2, random_state=2), 3, [0, 1, 5]),
        (ExtraTreesClassifier(3, max_depth=2, random_state=3), 4, [2, 9, 1]),
        (LogisticRegression(), 300, list(range(40, 10, -1))),
        (GaussianNB(), 2, [1, 2]),
    ):
        x = rng.normal(size=(60, n_features)).astype(np.float32)
        classifier.fit(x, rng.permutation((labels * 30)[:60]))
        x = rng.normal(size=(700, n_features)).astype(np.float32)
        got = sklearn_to_onnx(classifier, n_features, path)
        what = f"{type(classifier).__name__}, {n_features} features, labels {labels}"
        expect.equal(got, path, f"what it returns for {what}")
        left = [each.name for each in path.parent.iterdir()]
        expect.equal(left, [path.name], f"the files for {what}")
        session = runtime.session(path.read_bytes(), optimize="disabled")
        types = [each.type for each in (*session.get_inputs(), *session.get_outputs())]
        wanted = ["tensor(float)", "tensor(int64)", "tensor(float)"]
        expect.equal(types, wanted, f"the types of the file's ends, {what}")
        wide = session.get_inputs()[0].shape[1:]
        expect.equal(wide, [n_features], f"the columns of the input, {what}")
        rows = [
            each.shape[0] for each in (*session.get_inputs(), *session.get_outputs())
        ]
        free = not any(isinstance(size, int) for size in rows)
        expect.true(free, f"the rows of the ends, {what}", expected="free", got=rows)
        for n in (1, 7) if "Tree" in what or "Forest" in what else (1, 7, 700):
            got = session.run(None, {session.get_inputs()[0].name: x[:n]})
            wanted = classifier.predict_proba(x[:n])
            expect.close(got[1], wanted, f"{n} probabilities, {what}", atol=2e-5)
            best = np.sort(np.pad(wanted, ((0, 0), (1, 0))), axis=1)
            clear = best[:, -1] - best[:, -2] > 1e-4  # a tie may fall either way
            expect.shape(got[0], (n,), f"{n} labels, {what}")
            found, wanted = got[0][clear], classifier.predict(x[:n])[clear]
            expect.close(found, wanted, f"{n} labels, {what}")
### END HIDDEN TESTS
expect.passed("labels and an array of probabilities")

# %% [markdown]
# ### How good is a classifier without a network?
#
# Logistic regression on the 64 pixels of the 8×8 digits, by your function, beside the network of this lesson. The
# file is run on the test images; scikit-learn is not asked. What share of them does it get right?

# %% predict="logistic_right"
guess_logistic_right = None  # percent of the test images

# %% demo="classifiers_compared"
file = sklearn_to_onnx(lesson.logistic_regression(), 64, work / "logistic.onnx")
right = lesson.compare_classifiers(file, cnn_file)
right = predictions.beside(guess_logistic_right, right, "%")
measured["test images that logistic regression gets right"] = right

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
# - The documentation of onnxscript, and of ONNX's text form (*ONNX textual syntax*).
# - A. Howard et al., *Searching for MobileNetV3*, ICCV 2019, section 5.2: hard swish, and why.
#
# Next: lesson 04 asks how fast the file is, and how you would know.
