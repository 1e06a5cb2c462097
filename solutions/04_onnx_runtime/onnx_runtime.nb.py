# %% [markdown]
# # How fast is it, and how would you know?
#
# **Lesson 04** · 120 minutes · 20 points · you need: lesson 03, Python functions that take functions
#
# ONNX Runtime runs the file that lesson 03 exported, often several times as fast as PyTorch. *Often* and *several*
# are what this lesson is about. You open sessions that run where you asked them to, and build a clock that can be
# trusted: warm-up, samples, percentiles, and a speed-up with an interval. Then you measure what published benchmarks
# get wrong.

# %% [markdown]
# ## How do you work here?
#
# As in lesson 01: each exercise is a box that says what to write, a cell to write it in, and tests. Grading adds
# hidden tests, which ask the same of fresh random numbers. No test depends on how fast your machine is: the tests
# bring a clock of their own, which moves only when they say so.
#
# The cells in between are demonstrations, and those do measure your machine, so your numbers will differ from anyone
# else's. Every exercise can be solved without the others; demonstrations use what stands above them.

# %% readonly="imports"
import time
import warnings
from functools import partial, wraps
from itertools import cycle
from pathlib import Path

import numpy as np
import onnx
import torch

from course_utils import expect, plots, tables
from course_utils.seeds import fresh_draw  # for the hidden tests

import onnxruntime as ort  # after course_utils, which turns its telemetry off

torch.set_num_threads(1)
folder = Path("work04")
folder.mkdir(exist_ok=True)
measured = {}  # filled by the demonstrations, shown at the end

# %% [markdown]
# ## What is a session?
#
# An `InferenceSession` reads a model, optimizes its graph and keeps the memory that it needs. That is the slow part,
# done once; `run` is the fast part, done for every request. `run` takes the names of the outputs you want (`None`
# for all) and a dict of inputs, and returns a *list* of arrays.
#
# Options go in at the start. Here sessions get one thread unless we say otherwise, as PyTorch did in the cell above:
# who compares one thread with two compares threads, not runtimes.


# %% readonly="given_model"
def linear_model(path, w, b, names=("x", "y")):
    """Write y = x @ w + b, x of shape (n, d_in), as an ONNX file in float32; return its path."""
    x, y = (
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", size])
        for name, size in zip(names, w.shape, strict=True)
    )
    weights = [onnx.numpy_helper.from_array(np.float32(value), name) for name, value in (("w", w), ("b", b))]
    node = onnx.helper.make_node("Gemm", [names[0], "w", "b"], [names[1]])
    graph = onnx.helper.make_graph([node], "linear", [x], [y], weights)
    opset = onnx.helper.make_opsetid("", 20)
    onnx.save(onnx.helper.make_model(graph, opset_imports=[opset], ir_version=10), path)
    return path


# %% readonly="given_options"
one_thread = ort.SessionOptions()
one_thread.intra_op_num_threads = 1

# %%
example = linear_model(folder / "example.onnx", np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([10.0, 20.0]))
session = ort.InferenceSession(example, one_thread, providers=["CPUExecutionProvider"])
print("inputs and outputs:", [each.name for each in (*session.get_inputs(), *session.get_outputs())])
print("in use:", session.get_providers())
print(session.run(None, {"x": np.ones((1, 2), np.float32)}))

# %% [markdown]
# ## Who really runs your model?
#
# An **execution provider** is hardware and the software that drives it: `CPUExecutionProvider`,
# `CUDAExecutionProvider`, `TensorrtExecutionProvider`, and others. You ask for one with `providers=[…]`. Where it
# does not work, ONNX Runtime warns, takes the CPU and carries on: a benchmark of "the GPU" then measures the CPU.
#
# `ort.get_available_providers()` does not help: it lists what the *package* was built for, and `onnxruntime-gpu`
# claims CUDA on a machine without a GPU. `session.get_providers()` lists what the *session* uses, first choice first.
#
# The warning is turned off below: your function will say it better, and what a test cell writes to stderr costs its
# points.

# %% readonly="silence"
warnings.filterwarnings("ignore", module="onnxruntime")  # from Python
ort.set_default_logger_severity(4)  # from C++: fatal errors only
missing = [name for name in ort.get_all_providers() if name not in ort.get_available_providers()]
missing.sort(key=lambda name: name != "CUDAExecutionProvider")  # the best known first
print("this package was built without:", ", ".join(missing))


# %% readonly="false_claim"
def where_claimed(provider, call, *args):
    """Return call(*args), made while onnxruntime claims to have the provider, as onnxruntime-gpu does anywhere."""
    truth = ort.get_available_providers
    ort.get_available_providers = lambda: [provider, *truth()]
    try:
        return call(*args)
    finally:
        ort.get_available_providers = truth


# %% readonly="given_outcome"
def outcome(call, *args):
    """Return the kind of error that call(*args) raises, and its message; ("no error", "") where it returns."""
    try:
        call(*args)
    except NotImplementedError:  # a RuntimeError, too, but that of an exercise not yet written
        raise
    except RuntimeError as error:
        return "RuntimeError", str(error)
    except Exception as error:
        return type(error).__name__, str(error)
    return "no error", ""


# %% [markdown]
# ### Exercise 4.1 · No silent fallback (3 points · 10 min)
#
# Write `open_session(path, provider)`: a session with the options `one_thread` that runs on `provider`, or a
# `RuntimeError` whose message names the provider asked for and the one in use.
#
# *The trap:* ask the session that you opened, not the package. The CPU package has a second provider that opens,
# `AzureExecutionProvider`, for models that call a service; the tests open it and call nothing.


# %% solution="open_session"
def open_session(path, provider):
    """Return an onnxruntime.InferenceSession for the model at path whose first provider is the one asked for.

    path: an ONNX file; provider: ONNX Runtime's full name, such as "CPUExecutionProvider"
    raises: RuntimeError where the session uses another provider first; its message has the full names of both
    """
    ### BEGIN SOLUTION
    session = ort.InferenceSession(path, one_thread, providers=[provider])
    used = session.get_providers()[0]
    if used != provider:
        raise RuntimeError(f"{path}: asked for {provider}, but {used} is in use")
    return session
    ### END SOLUTION


# %% test="open_session_opens" points=1
path = linear_model(folder / "opens.onnx", np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([10.0, 20.0]))
for name in ort.get_available_providers():
    plain = ort.InferenceSession(path, providers=[name])
    if name in plain.get_providers():  # else it is only claimed
        got, what = open_session(path, name), f"open_session(path, {name!r})"
        expect.true(got is not None, what, expected="a session", got=None, likely="is a `return` missing?")
        expect.equal(got.get_providers()[0], name, f"the first provider of {what}")
        expect.close(got.run(None, {"x": np.ones((1, 2), np.float32)})[0], [[14.0, 26.0]], f"{what}.run(…)", atol=1e-2)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    w, b, x = rng.normal(size=(3, 2)), rng.normal(size=2), rng.normal(size=(4, 3)).astype(np.float32)
    path = linear_model(folder / f"opens_{rng.integers(10**9)}.onnx", w, b)
    got = open_session(path, "CPUExecutionProvider")
    expect.equal(got.get_providers()[0], "CPUExecutionProvider", "the first provider, a fresh model")
    expect.close(got.run(None, {"x": x})[0], x @ w + b, "open_session(path, …).run(…), fresh numbers", atol=1e-4)
### END HIDDEN TESTS
expect.passed("a session on the provider asked for")

# %% test="open_session_refuses" points=1
path = linear_model(folder / "refuses.onnx", np.eye(2), np.zeros(2))
what = f"open_session(path, {missing[0]!r}), which this package lacks"
kind, told = outcome(open_session, path, missing[0])
causes = {"onnxruntime takes the CPU without an error; compare session.get_providers()[0] with provider": "no error"}
expect.equal(kind, "RuntimeError", what, causes=causes)
both = missing[0] in told and "CPUExecutionProvider" in told
expect.true(both, f"the message of {what}", expected=f"{missing[0]} and CPUExecutionProvider in it", got=told)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    path = linear_model(folder / f"refuses_{rng.integers(10**9)}.onnx", rng.normal(size=(3, 2)), rng.normal(size=2))
    for name in map(str, rng.permutation(missing)[:3]):
        kind, told = outcome(open_session, path, name)
        expect.equal(kind, "RuntimeError", f"open_session(path, {name!r})")
        both = name in told and "CPUExecutionProvider" in told
        expect.true(both, f"the message of open_session(path, {name!r})", expected="both names", got=told)
### END HIDDEN TESTS
expect.passed("no fallback without a word")

# %% test="open_session_is_not_fooled" points=1
path = linear_model(folder / "fooled.onnx", np.eye(2), np.zeros(2))
kind, _ = where_claimed(missing[0], outcome, open_session, path, missing[0])
what = f"open_session(path, {missing[0]!r}) where onnxruntime only claims to have it"
causes = {"what the package claims proves nothing; ask the opened session for its providers": "no error"}
expect.equal(kind, "RuntimeError", what, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    path = linear_model(folder / f"fooled_{rng.integers(10**9)}.onnx", rng.normal(size=(3, 2)), rng.normal(size=2))
    name = str(rng.choice(missing))
    kind, _ = where_claimed(name, outcome, open_session, path, name)
    expect.equal(kind, "RuntimeError", f"open_session(path, {name!r}), falsely claimed")
### END HIDDEN TESTS
expect.passed("a claim is not taken for a provider")

# %% [markdown]
# ### What would a benchmark have reported?
#
# Each provider is asked for twice, plainly and through your function. The first line is the machine: no time means
# anything without it.

# %% demo="who_answers"
from course_utils.hardware import hardware_line

measured["machine"] = hardware_line()
print(hardware_line())


# %% demo="who_answers_you"
def yours(name):
    try:
        return f"opens on {open_session(example, name).get_providers()[0]}"
    except RuntimeError as error:
        return f"RuntimeError: {error}"


asked = ["CPUExecutionProvider", "CUDAExecutionProvider", "TensorrtExecutionProvider", "CoreMLExecutionProvider"]
plain = {name: ort.InferenceSession(example, one_thread, providers=[name]).get_providers()[0] for name in asked}
tables.show([{"asked for": name, "ONNX Runtime uses": plain[name], "your open_session": yours(name)} for name in asked])
wrong = [name.removesuffix("ExecutionProvider") for name in asked if plain[name] != name]
measured["providers that ONNX Runtime replaced in silence"] = ", ".join(wrong) or "none"

# %% [markdown]
# ## What does a clock see?
#
# `time.perf_counter_ns()` returns nanoseconds as an int. Read it before and after a call: the difference is one
# **sample**. One sample says little, so take many, and keep them all.
#
# The first calls are **cold**: memory is allocated, caches are empty, the processor has not sped up yet. They are made,
# but not kept: the **warm-up**.
#
# To test a clock you need one you control. `FakeClock` stands still until one of its tasks is called:


# %% readonly="given_clock"
class FakeClock:
    """A clock that only its tasks move. Call it for the time in nanoseconds."""

    def __init__(self, start=0, drift=0.0):
        """start: ns; drift: by how much each call slows the machine for the calls after it, 0.01 for 1 %."""
        self.now, self.drift, self.names = start, drift, []

    def __call__(self):
        return self.now

    def task(self, durations, name="fn"):
        """Return a function whose calls last so many ns, one after the other, then from the start again."""
        left = cycle(durations)

        def run():
            self.now += round(next(left) * (1 + self.drift) ** len(self.names))
            self.names.append(name)

        return run

    def calls(self):
        """Return the names of the tasks called so far, in order."""
        return list(self.names)


# %%
fake = FakeClock(start=100)
work = fake.task([7, 5])
print(fake(), work(), fake(), work(), fake(), fake.calls())

# %% [markdown]
# ### Exercise 4.2 · Samples (3 points · 12 min)
#
# Write `time_calls(fn, warmup, repeats, clock)`: call `fn()` `warmup` times without keeping anything, then `repeats`
# times, and return the nanoseconds of each of these.
#
# *The trap:* read the clock around *every* call. One reading around the whole loop gives only the mean, and the mean
# hides what single requests see. Stay with integers: at today's values of some clocks a float cannot hold a
# nanosecond.


# %% solution="time_calls"
def time_calls(fn, warmup, repeats, clock=time.perf_counter_ns):
    """Return how long each of `repeats` calls of fn() lasted, after `warmup` calls that are not kept.

    fn: called without arguments; warmup, repeats: ints, warmup may be 0; clock: returns nanoseconds as an int
    returns: (repeats,) int64 array, nanoseconds, in the order of the calls
    """
    ### BEGIN SOLUTION
    for _ in range(warmup):
        fn()
    samples = np.empty(repeats, dtype=np.int64)
    for k in range(repeats):
        start = clock()
        fn()
        samples[k] = clock() - start
    return samples
    ### END SOLUTION


# %% test="time_calls_samples" points=2
clock = FakeClock(start=2**61)
got = time_calls(clock.task([900, 800, 30, 10, 20, 40]), 2, 4, clock)
what = "time_calls(fn, 2, 4, clock), where fn lasts 900, 800, 30, 10, 20, 40 ns and the clock begins at 2**61"
causes = {
    "the warm-up is missing, or its calls are kept": [900.0, 800.0, 30.0, 10.0],
    "the warm-up calls are kept, too": [900.0, 800.0, 30.0, 10.0, 20.0, 40.0],
    "one reading around all calls gives their mean; read the clock around each": [25.0, 25.0, 25.0, 25.0],
    "this is the mean; return all samples": 25.0,
    "a float cannot hold this clock's nanoseconds; subtract integers": [0.0, 0.0, 0.0, 512.0],
    "a float cannot hold this clock's seconds; subtract integers": [0.0, 0.0, 0.0, 477.0],
    "each sample starts at the first call; start anew for each": [30.0, 40.0, 60.0, 100.0],
}
expect.close(got, [30, 10, 20, 40], what, causes=causes)
expect.array(got, what)
expect.equal(str(got.dtype), "int64", f"the dtype of {what}", likely="make the array with dtype=np.int64")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for _ in range(2):
        warmup, repeats = map(int, rng.integers(1, 9, size=2))
        durations = [int(ns) for ns in rng.integers(1, 10**9, size=warmup + repeats)]
        clock = FakeClock(start=2**61 + int(rng.integers(10**6)))
        got = time_calls(clock.task(durations), warmup, repeats, clock)
        expect.close(got, durations[warmup:], "time_calls, fresh numbers, a clock near 2**61", atol=0.5)
### END HIDDEN TESTS
expect.passed("a sample for every call, exact to the nanosecond")

# %% test="time_calls_warmup" points=1
for warmup, repeats in ((3, 5), (0, 2)):
    clock = FakeClock()
    got = time_calls(clock.task([10]), warmup, repeats, clock)
    what = f"time_calls(fn, {warmup}, {repeats}, clock)"
    expect.shape(got, (repeats,), what, likely="one sample for each of the repeats")
    likely = "call fn warmup times, once, before the first sample; then once for each sample"
    expect.equal(len(clock.calls()), warmup + repeats, f"how often {what} calls fn", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    warmup, repeats = map(int, rng.integers(2, 40, size=2))
    clock = FakeClock()
    expect.shape(time_calls(clock.task([3]), warmup, repeats, clock), (repeats,), "time_calls, fresh counts")
    expect.equal(len(clock.calls()), warmup + repeats, "how often time_calls calls fn, fresh counts")
    expect.shape(time_calls(lambda: None, 0, repeats), (repeats,), "time_calls(fn, 0, …) with its own clock")
### END HIDDEN TESTS
expect.passed("warmed up once, and as often as asked")

# %% [markdown]
# ### What are you going to measure?
#
# The small MobileNet of this course, untrained: how fast it is does not depend on how right it is. One pass in
# training mode sets the statistics of its normalization, so that its outputs depend on the image at all. The
# TorchScript exporter writes it in a fraction of a second; ONNX Runtime folds the normalization when it opens it.

# %% demo="the_network"
from course_utils.export import to_onnx_torchscript
from course_utils.models import DigitMobileNet
from course_utils.seeds import seeded

seeded(4)
images = {n: torch.rand(n, 1, 28, 28) for n in (1, 2, 4, 8, 16, 32, 64)}
net = DigitMobileNet(8)
for layer in net.modules():
    layer.momentum = 1.0  # of the normalizations: take the statistics of the latest batch
net.train()(images[64])
net_path = to_onnx_torchscript(net.eval(), images[1], folder / "net.onnx")


# %% demo="two_ways_to_run_it"
@torch.inference_mode()
def eager(x):
    return net(x)


def with_runtime(session, x):
    return session.run(None, {"input": x.numpy()})[0]


# %% demo="both_agree"
session = ort.InferenceSession(net_path, one_thread, providers=["CPUExecutionProvider"])
gap = max(np.abs(with_runtime(session, x) - eager(x).numpy()).max() for x in images.values())
size = max(np.abs(eager(x).numpy()).max() for x in images.values())
print(f"{net_path.stat().st_size / 1e3:.0f} kB; outputs up to {size:.2f}, largest difference to PyTorch {gap:.1e}")

# %% [markdown]
# ### How cold is the first call?
#
# Twelve times a session is opened, and then called 30 times with one image. Your `time_calls` takes all samples, with
# no warm-up. Each grey dot is one call.

# %% demo="cold_and_warm"
fresh = lambda: ort.InferenceSession(net_path, one_thread, providers=["CPUExecutionProvider"])
opening = time_calls(fresh, 0, 12)
runs = np.array([time_calls(partial(with_runtime, fresh(), images[1]), 0, 30) for _ in range(12)])
warm = np.median(runs[:, 10:], axis=1)
first, start = runs[:, 0] / warm, opening / np.median(warm)
said = lambda ratio: f"{np.median(ratio):.1f} ({ratio.min():.1f} to {ratio.max():.1f})"
measured["first call, in warm calls (12 sessions)"] = said(first)
measured["opening a session, in warm calls (12 sessions)"] = said(start)

# %% demo="cold_and_warm_drawn"
fig, axes = plots.figure(width=6.5, height=2.8)
axes.plot(range(1, 31), runs.T / 1e6, ".", color="0.7", markersize=3)
axes.plot(
    range(1, 31), np.median(runs, axis=0) / 1e6, color=plots.BLUE, marker="o", markersize=3, label="calls, median"
)
axes.axhline(np.median(opening) / 1e6, color=plots.VERMILION, linestyle="--", label="opening, median")
axes.set(yscale="log", title="The first 30 calls of 12 sessions", xlabel="call", ylabel="ms")
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
words = f"the first lasts {said(first)} warm calls, opening a session {said(start)}"
plots.show(fig, f"Time of the first 30 calls of 12 sessions; median and, in brackets, range: {words}.")

# %% [markdown]
# ## Which number describes a thousand samples?
#
# Times have a hard floor and a long tail, so the mean and the standard deviation describe hardly any call that
# happened. Order the samples instead: half of them are at most the **median**, 95 % at most the 95th **percentile**.
# A service is judged by its 99th: with a hundred images on a page, most visitors meet it.
#
# **Spread**, the distance from the 25th to the 75th percentile over the median, says how quiet the machine was: near 0,
# very.
#
# Between two samples, interpolate linearly, as `np.percentile(samples, 95)` does by default.

# %% [markdown]
# ### Exercise 4.3 · Percentiles (2 points · 8 min)
#
# Write `summarize(samples_ns)`: a dict with `median_ms`, `p95_ms`, `p99_ms` in milliseconds, and `spread`.
#
# *The trap:* spread is a ratio. It has no unit, and nanoseconds or milliseconds must give the same.


# %% solution="summarize"
def summarize(samples_ns):
    """Describe samples by their order.

    samples_ns: (n,) int64 array, nanoseconds, n >= 1, not changed; percentiles are NumPy's default, method "linear"
    returns: {"median_ms": float, "p95_ms": float, "p99_ms": float, "spread": float},
        spread: (75th percentile - 25th percentile) / median
    """
    ### BEGIN SOLUTION
    low, median, high, p95, p99 = (float(q) for q in np.percentile(samples_ns, [25, 50, 75, 95, 99]))
    spread = (high - low) / median
    return {"median_ms": median / 1e6, "p95_ms": p95 / 1e6, "p99_ms": p99 / 1e6, "spread": spread}
    ### END SOLUTION


# %% test="summarize_percentiles" points=1
samples = np.array([4_000_000, 1_000_000, 3_000_000, 2_000_000, 10_000_000])
got = summarize(samples.copy())
expect.keys(got, ["median_ms", "p95_ms", "p99_ms", "spread"], "summarize(samples_ns)")
expected = {"median_ms": 3.0, "p95_ms": 8.8, "p99_ms": 9.76}
causes = {
    "these are nanoseconds": {"median_ms": 3e6, "p95_ms": 8.8e6, "p99_ms": 9.76e6},
    "these are microseconds; a millisecond has 1,000,000 ns": {"median_ms": 3e3, "p95_ms": 8.8e3, "p99_ms": 9.76e3},
    "these are seconds": {"median_ms": 3e-3, "p95_ms": 8.8e-3, "p99_ms": 9.76e-3},
    "this is the mean": {"median_ms": 4.0, "p95_ms": 4.0, "p99_ms": 4.0},
    "this is one of the samples; interpolate between two": {"median_ms": 2.0, "p95_ms": 10.0, "p99_ms": 10.0},
    "np.percentile takes 95 for 95 %, not 0.95": {"median_ms": 1.02, "p95_ms": 1.038, "p99_ms": 1.0396},
}
expect.close({key: got[key] for key in expected}, expected, "summarize(samples_ns)", atol=1e-5, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    samples = rng.lognormal(13, 1, size=int(rng.integers(20, 300))).astype(np.int64)
    ordered, got = np.sort(samples), summarize(samples.copy())
    for key, share in (("median_ms", 0.5), ("p95_ms", 0.95), ("p99_ms", 0.99)):
        below = int(np.floor(share * (len(samples) - 1)))
        rest = share * (len(samples) - 1) - below
        value = ordered[below] + rest * (ordered[min(below + 1, len(samples) - 1)] - ordered[below])
        expect.close(got[key], value / 1e6, f"summarize(samples_ns)[{key!r}], fresh numbers", atol=1e-8)
### END HIDDEN TESTS
expect.passed("the median and the tail, in milliseconds")

# %% test="summarize_spread" points=1
samples = np.array([4_000_000, 1_000_000, 3_000_000, 2_000_000, 10_000_000])
got = summarize(samples)
expect.keys(got, ["median_ms", "p95_ms", "p99_ms", "spread"], "summarize(samples_ns)")
expect.unchanged(samples, [4e6, 1e6, 3e6, 2e6, 1e7], "samples_ns after summarize(samples_ns)")
causes = {
    "divide by the median": 2.0,
    "divide by the median, too": 2e6,
    "one of the two is in milliseconds, the other in nanoseconds": 2e6 / 3,
    "divide by the median, not by the mean": 0.5,
    "this is the standard deviation over the mean": 0.7905694,
    "this is the whole range over the median": 3.0,
    "np.percentile takes 75 for 75 %, not 0.75": 0.0196078,
    "this is the 75th percentile over the median": 4 / 3,
}
expect.close(got["spread"], 0.6666667, "summarize(samples_ns)['spread']", atol=1e-6, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    samples = rng.lognormal(13, 1, size=4 * int(rng.integers(5, 60)) + 1).astype(np.int64)
    ordered, fourth = np.sort(samples), len(samples) // 4
    expected = (ordered[3 * fourth] - ordered[fourth]) / ordered[2 * fourth]
    expect.close(summarize(samples.copy())["spread"], expected, "the spread of fresh numbers")
### END HIDDEN TESTS
expect.passed("how quiet it was, without a unit")

# %% [markdown]
# ### What does the mean of loops hide?
#
# 3,000 calls, one image each. A common way to report them is the mean and standard deviation of some loops, as
# `%timeit` prints. Here the *same* samples are told both ways: each loop is 100 of them in a row.

# %% demo="the_tail"
samples = time_calls(partial(with_runtime, session, images[1]), 20, 3000)
told = summarize(samples)
shown = ("median_ms", "p95_ms", "p99_ms")
loops = samples.reshape(30, 100).mean(axis=1) / 1e6
tables.show(
    [
        {"told as": "mean ± standard deviation of 30 loops", "value": f"{loops.mean():.4f} ± {loops.std():.4f} ms"},
        {"told as": "your median, p95, p99", "value": ", ".join(f"{told[key]:.4f} ms" for key in shown)},
        {"told as": "slowest call, slowest loop", "value": f"{samples.max() / 1e6:.4f} ms, {loops.max():.4f} ms"},
        {"told as": "your spread", "value": f"{told['spread']:.1%}"},
    ]
)

# %% demo="the_tail_in_numbers"
measured["p99 over the median"] = f"{told['p99_ms'] / told['median_ms']:.2f}"
measured["mean of loops over the median"] = f"{loops.mean() / told['median_ms']:.2f}"
measured["calls above the mean of loops"] = f"{(samples / 1e6 > loops.mean()).mean():.0%}"

# %% demo="the_tail_drawn"
edges = np.geomspace(samples.min(), samples.max(), 70) / 1e6
fig, axes = plots.figure(width=6.5, height=2.8)
axes.hist(samples / 1e6, bins=edges, color=plots.SKY, label="single calls")
axes.hist(loops, bins=edges, color=plots.ORANGE, label="means of 100")
for key, dash in zip(shown, ("-", "--", ":"), strict=True):
    axes.axvline(told[key], color=plots.BLACK, linestyle=dash, linewidth=1, label=key.replace("_ms", ""))
axes.set(xscale="log", yscale="log", title="3,000 calls, on log scales", xlabel="ms", ylabel="how many")
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(
    fig,
    f"Histogram of 3,000 calls: median {told['median_ms']:.3f} ms, p95 {told['p95_ms']:.3f}, p99 "
    f"{told['p99_ms']:.3f}, slowest {samples.max() / 1e6:.2f}; means of 100 calls lie between {loops.min():.3f} and "
    f"{loops.max():.3f} ms.",
)

# %% [markdown]
# ## Can a function time itself?
#
# A **decorator** takes a function and returns one in its place. This one counts calls. Two things show in what it
# prints: a function is an object that can carry a function of its own (`halve.count()`), and the replacement has
# lost its name and docstring. `wraps(fn)`, imported from functools above and put on top of `wrapped` as another
# decorator, copies both.


# %%
def counted(fn):
    calls = []

    def wrapped(*args, **kwargs):
        calls.append(args)
        return fn(*args, **kwargs)

    wrapped.count = lambda: len(calls)
    return wrapped


@counted
def halve(x):
    """Halve it."""
    return x / 2


print(halve(3), halve(x=8), halve.count(), halve.__name__, halve.__doc__)


# %% readonly="given_identity"
def shown_by_help(decorator, name, docstring):
    """Decorate a function with this name and docstring; return the name and docstring of what comes out."""

    def fn():
        return 0

    fn.__name__, fn.__doc__ = name, docstring
    out = decorator(fn)
    return getattr(out, "__name__", None), getattr(out, "__doc__", None)


# %% [markdown]
# ### Exercise 4.4 · A stopwatch (3 points · 15 min)
#
# A published benchmark has such a decorator: it runs the function in loops, prints a mean ± a deviation, and throws
# away the result, the samples and the name. Write `stopwatch(repeats, clock)`, which keeps all three.
# `stopwatch(5, clock)` is a decorator; one call of the function that it returns calls `fn` `repeats` times with the
# same arguments, returns what the last of these returned, and leaves the samples of that one call to be read with
# `.samples()`.
#
# *The trap:* two functions under two stopwatches have two sets of samples.
#
# <details><summary>Hint</summary>
# Three levels: <code>stopwatch</code> returns a decorator, which takes <code>fn</code> and returns
# <code>wrapped</code>. The samples live in an array or a list that the decorator makes, one for each function; every
# call of <code>wrapped</code> fills it anew.
# </details>


# %% solution="stopwatch"
def stopwatch(repeats, clock):
    """Return a decorator for functions that time themselves.

    repeats: calls of fn for one call of the decorated function, at least 1; clock: returns nanoseconds as an int
    decorated: takes fn's arguments, returns fn's last result, has fn's __name__ and __doc__; decorated.samples()
        returns a (repeats,) int64 array, the nanoseconds of each call of fn in the latest call of decorated
    """
    ### BEGIN SOLUTION

    def decorator(fn):
        taken = np.zeros(repeats, dtype=np.int64)

        @wraps(fn)
        def wrapped(*args, **kwargs):
            for k in range(repeats):
                start = clock()
                result = fn(*args, **kwargs)
                taken[k] = clock() - start
            return result

        wrapped.samples = lambda: taken.copy()
        return wrapped

    return decorator
    ### END SOLUTION


# %% test="stopwatch_result" points=1
clock = FakeClock()
work = clock.task([10])
decorator = stopwatch(3, clock)
likely = "`return decorator` is missing at the end of stopwatch"
expect.true(decorator is not None, "stopwatch(3, clock)", expected="a decorator", got=None, likely=likely)
timed = decorator(lambda x, factor=2: (work(), x * factor)[1])
likely = "`return wrapped` is missing at the end of the decorator"
expect.true(timed is not None, "stopwatch(3, clock)(fn)", expected="a function", got=None, likely=likely)
causes = {"the results of all calls come back; return the last": [14, 14, 14]}
expect.close(timed(7), 14, "timed(7), where fn doubles", causes=causes)
expect.close(timed(7, factor=5), 35, "timed(7, factor=5)", likely="hand *args and **kwargs on to fn")
expect.equal(len(clock.calls()), 6, "how often fn ran in two calls of timed; repeats is 3")
results = iter([1, 2, 3, 4])
got = stopwatch(4, clock)(lambda: next(results))()
causes = {"all the results come back": [1, 2, 3, 4], "the first result comes back": 1}
expect.close(got, 4, "timed(), where fn returns 1, 2, 3, 4", causes=causes, likely="return the result of the last call")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    x, repeats = rng.normal(size=(2, 3)), int(rng.integers(2, 9))
    terms = rng.normal(size=(repeats, 2, 3))
    left = iter(terms)
    got = stopwatch(repeats, FakeClock())(lambda x, y, z=1: next(left) + x * y * z)(x, y=1.0, z=3)
    expect.close(got, terms[-1] + 3 * x, "what the decorated function returns, fresh numbers")
### END HIDDEN TESTS
expect.passed("the result is still there")

# %% test="stopwatch_samples" points=1
clock = FakeClock(start=1_000)
watch = stopwatch(3, clock)
timed, other = watch(clock.task([30, 10, 20, 7, 5, 6])), watch(clock.task([1]))
timed(), other()
likely = "samples is called, as count was above: wrapped.samples = a function that returns the array"
expect.true(callable(getattr(timed, "samples", None)), "timed.samples", expected="a method", got="none", likely=likely)
got = timed.samples()
causes = {"the other function's samples are in there": [1, 1, 1], "does wrapped fill what samples() reads?": []}
expect.array(got, "timed.samples(), where fn lasts 30, 10, 20 ns")
expect.close(got, [30, 10, 20], "timed.samples(), where fn lasts 30, 10, 20 ns", causes=causes)
expect.equal(str(got.dtype), "int64", "the dtype of timed.samples()")
timed()
causes = {"the samples of the call before are still there": [30, 10, 20, 7, 5, 6]}
expect.close(timed.samples(), [7, 5, 6], "timed.samples() after the second call", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    repeats, clock = int(rng.integers(2, 9)), FakeClock(start=2**61 + int(rng.integers(10**6)))
    durations = [int(ns) for ns in rng.integers(1, 10**9, size=2 * repeats)]
    timed = stopwatch(repeats, clock)(clock.task(durations))
    for half in (durations[:repeats], durations[repeats:]):
        timed()
        expect.close(timed.samples(), half, "timed.samples(), fresh numbers, a clock near 2**61", atol=0.5)
### END HIDDEN TESTS
expect.passed("every sample can be read")


# %% test="stopwatch_identity" points=1
got = shown_by_help(stopwatch(2, FakeClock()), "classify", "Label the images.")
likely = "put @wraps(fn) on top of the function that takes fn's place" if got[0] else ""
expect.equal(got[0], "classify", "the name of the decorated function", likely=likely)
expect.equal(got[1], "Label the images.", "its docstring", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    name, docstring = f"f{rng.integers(10**9)}", f"Return {rng.integers(10**9)}."
    got = shown_by_help(stopwatch(3, FakeClock()), name, docstring)
    expect.equal(got, (name, docstring), "name and docstring of the decorated function, fresh ones")
### END HIDDEN TESTS
expect.passed("help() still knows it")

# %% [markdown]
# ### Do both give the same answer, and how long does it take?
#
# A timed function that still returns its result lets you check what you time: a fast wrong answer is worth nothing.

# %% demo="timed_and_checked"
watched = stopwatch(200, time.perf_counter_ns)
timed_eager, timed_runtime = watched(eager), watched(with_runtime)
rows = []
for n in (1, 8):
    gap = np.abs(timed_eager(images[n]).numpy() - timed_runtime(session, images[n])).max()
    for name, fn in (("PyTorch", timed_eager), ("ONNX Runtime", timed_runtime)):
        told = summarize(fn.samples())
        rows.append({"images": n, "runtime": name} | {key: f"{value:.3f}" for key, value in told.items()})
    rows[-1] |= {"largest difference": f"{gap:.1e}"}
    rows[-2] |= {"largest difference": ""}
tables.show(rows, f"200 calls of {timed_eager.__name__} and of {timed_runtime.__name__}")

# %% [markdown]
# The medians of this table invite a division. Resist: all calls of one came before all calls of the other. If the
# processor grew hot, or another program woke up in between, the ratio holds that, too, and nobody can tell.

# %% [markdown]
# ## What if the machine changes while you measure?
#
# **Interleave**: in each round time one call of each, a and b, and take the ratio of the two. What slows a whole round
# slows both, and cancels. The answer is the median of the rounds' ratios.
#
# How sure is it? A **bootstrap** asks what other rounds could have said: draw as many ratios as there are, from those
# there are, *with replacement* (some come twice, some not at all), and take the median. Do it 10,000 times. The 2.5th
# and the 97.5th percentile of those medians are the ends of a 95 % interval.

# %% [markdown]
# ### Exercise 4.5 · A speed-up with its interval (4 points · 20 min)
#
# Write `paired_speedup(a, b, rounds, clock)`. In each round call each function exactly once. A round's ratio is the
# time of a over the time of b: 2 means that b is twice as fast. No warm-up calls here. Seed your generator, so that
# the same samples give the same interval.
#
# *The trap:* the bootstrap draws rounds, that is, ratios; drawing times of a and of b separately tears the pairs
# apart.
#
# <details><summary>Hint</summary>
# <code>np.random.default_rng(0).choice(values, size=(10_000, len(values)))</code> draws with replacement, 10,000 rows
# at once; <code>np.median(…, axis=1)</code> takes the median of each row.
# </details>


# %% solution="paired_speedup"
def paired_speedup(a, b, rounds, clock):
    """Return how many times as fast as a() b() is, and a 95 % bootstrap interval of the median.

    a, b: called without arguments, once each in every round; rounds: how many; clock: returns nanoseconds as an int
    returns: (ratio, low, high), floats: the median over rounds of (time of a) / (time of b), and the 2.5th and
        97.5th percentile of the medians of 10,000 resamples of the rounds
    """
    ### BEGIN SOLUTION
    ratios = np.empty(rounds)
    for k in range(rounds):
        start = clock()
        a()
        between = clock()
        b()
        ratios[k] = (between - start) / (clock() - between)
    drawn = np.random.default_rng(0).choice(ratios, size=(10_000, rounds))
    low, high = np.percentile(np.median(drawn, axis=1), [2.5, 97.5])
    return float(np.median(ratios)), float(low), float(high)
    ### END SOLUTION


# %% test="paired_speedup_ratio" points=1
clock = FakeClock(start=2**61)
a, b = clock.task([36_000, 90_000, 20_000], "a"), clock.task([12_000, 15_000, 40_000], "b")
got = paired_speedup(a, b, 3, clock)
expect.parts(got, 3, "paired_speedup(a, b, 3, clock)", likely="return all three: ratio, low, high")
what = "the ratio, where a lasts 36, 90, 20 µs and b 12, 15, 40 µs"
causes = {
    "it is the other way round: time of a over time of b": 0.3333333,
    "this divides the medians; take the median of the rounds' ratios": 2.4,
    "this divides the means; take the median of the rounds' ratios": 2.1791045,
    "this is the mean of the ratios": 3.1666667,
    "the times are sorted before they are paired": 2.25,
}
expect.close(got[0], 3.0, what, atol=1e-6, causes=causes)
likely = "once each a round, no warm-up"
expect.equal(sorted(clock.calls()), ["a"] * 3 + ["b"] * 3, "the calls in three rounds", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    rounds = 2 * int(rng.integers(3, 15)) + 1
    left, right = rng.integers(10**5, 10**7, size=(2, rounds))
    clock = FakeClock(start=2**61)
    tasks = [clock.task([int(ns) for ns in times], name) for times, name in ((left, "a"), (right, "b"))]
    got = paired_speedup(*tasks, rounds, clock)[0]
    expect.close(got, np.median(left / right), "the ratio, fresh numbers", atol=1e-7)
### END HIDDEN TESTS
expect.passed("the median of the rounds' ratios")

# %% test="paired_speedup_drift" points=2
clock = FakeClock(drift=0.01)
got = paired_speedup(clock.task([3_000_000], "a"), clock.task([2_000_000], "b"), 41, clock)
what = "a lasts 3 ms, b 2 ms, and each call slows the machine by 1 %: paired_speedup(a, b, 41, clock)"
expect.parts(got, 3, what)
pairs = [sorted(clock.calls()[k : k + 2]) for k in range(0, 82, 2)]
expect.equal(pairs, [["a", "b"]] * 41, "the calls, two by two", likely="call both functions once in each round")
causes = {"it is the other way round: time of a over time of b": 0.6667, "the division cuts off the rest": 1.0}
expect.close(got[0], 1.5, f"the ratio: {what}", atol=0.025, causes=causes)
expect.close(got[1:], (1.5, 1.5), f"low and high: {what}", atol=0.025)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    truth, rounds = float(rng.uniform(1.2, 4)), int(rng.integers(30, 60))
    for drift in (0.01, -0.01):
        clock = FakeClock(drift=drift)
        tasks = clock.task([round(truth * 1e8)], "a"), clock.task([10**8], "b")
        got = paired_speedup(*tasks, rounds, clock)
        expect.close(got, (truth, truth, truth), "ratio, low, high on a drifting machine", atol=0.0125 * truth)
### END HIDDEN TESTS
expect.passed("a machine that slows down changes nothing")

# %% test="paired_speedup_interval" points=1
busy = 1 + np.arange(401) * 37 % 11  # slows both functions of a round alike
above, below = (400 + np.arange(401) * 150 % 401) * busy * 1_000, 400 * busy * 1_000  # ns
clock = FakeClock()
got = paired_speedup(clock.task(above.tolist()), clock.task(below.tolist()), 401, clock)
what = "low and high, where the ratios of 401 rounds are 1, 1.0025, 1.005, …, 2"
expect.parts(got, 3, "paired_speedup(a, b, 401, clock)")
causes = {
    "these are percentiles of the ratios; take them of the resamples' medians": (1.025, 1.975),
    "this is an interval of the mean; take the medians of the resamples": (1.4717, 1.5283),
    "it is the other way round: time of a over time of b": (0.6456, 0.6892),
    "a and b are drawn separately; draw the rounds' ratios": (1.275, 1.7025),
    "these are the 5th and 95th percentile, a 90 % interval": (1.459, 1.541),
}
expect.close(tuple(got[1:]), (1.4512, 1.5488), what, atol=0.005, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    times = np.rint(10**6 * rng.uniform(1, 9, size=401) * [np.exp(rng.normal(0, 0.5, size=401)), np.ones(401)])
    ratios = np.sort(times[0] / times[1])
    clock = FakeClock()
    got = paired_speedup(*(clock.task([int(ns) for ns in row]) for row in times), 401, clock)
    for end, place in ((got[1], 180), (got[2], 220)):
        low, high = ratios[place - 3], ratios[place + 3]
        expect.true(low <= end <= high, "an end of the interval", expected=f"{low:.6g} to {high:.6g}", got=end)
### END HIDDEN TESTS
expect.passed("an interval for the median, from the rounds alone")

# %% [markdown]
# ### How wrong is one after the other?
#
# Left, on `FakeClock`, where the truth is known (1.5): what both methods say when each call slows the machine. Right,
# on your machine: a function against *itself*, 16 times by each method. The truth is 1.
#
# Where both scatter alike, your machine was steady; you only know because you looked. Where nearly all the turns lie
# on one side of 1, being first in a round costs something: the package's `compare`, below, draws the order at random.

# %% demo="against_itself"
drifts, rounds = [0, 0.002, 0.004, 0.006, 0.008, 0.01], 41
by_turns, in_blocks = [], []
for drift in drifts:
    clock = FakeClock(drift=drift)
    slow, quick = clock.task([3_000_000]), clock.task([2_000_000])
    in_blocks.append(np.median(time_calls(slow, 0, rounds, clock)) / np.median(time_calls(quick, 0, rounds, clock)))
    clock = FakeClock(drift=drift)
    by_turns.append(paired_speedup(clock.task([3_000_000]), clock.task([2_000_000]), rounds, clock)[0])

# %% demo="against_itself_for_real"
same = partial(with_runtime, session, images[4])
block = lambda: np.median(time_calls(same, 5, rounds)) / np.median(time_calls(same, 5, rounds))
real = {"in blocks": [block() for _ in range(16)]}
real["by turns"] = [paired_speedup(same, same, rounds, time.perf_counter_ns)[0] for _ in range(16)]
reach = {name: f"{min(values):.3f} to {max(values):.3f}" for name, values in real.items()}
measured["a function against itself, 16 times"] = "; ".join(f"{name} {text}" for name, text in reach.items())

# %% demo="against_itself_drawn"
fig, (left, right) = plots.figure(columns=2, width=7.5, height=2.8)
said = {"in blocks": in_blocks, "by turns": by_turns}
percent = [100 * drift for drift in drifts]
plots.curves(left, said, x=percent, xlabel="slower by, % per call", ylabel="speed-up", levels={"true": 1.5}, marks=True)
left.set(title="A machine that slows down")
for place, values in enumerate(real.values()):
    right.plot(values, [place] * len(values), plots.MARKS[place], color=plots.CYCLE[place], alpha=0.6)
right.axvline(1, color="0.6", linewidth=0.8)
right.set(title="A function against itself", xlabel="ratio (truth: 1)", yticks=[0, 1], ylim=(-0.5, 1.5))
right.set_yticklabels(list(real))
plots.show(
    fig,
    f"Left: with a slow-down of 1 % per call the blocks say {in_blocks[-1]:.2f}, the turns {by_turns[-1]:.2f}, the "
    f"truth is 1.5. Right: a function against itself, {measured['a function against itself, 16 times']}.",
)

# %% [markdown]
# ### Torch or ONNX Runtime, at which size?
#
# One image at a time, of 8×8 to 64×64 pixels, each size exported. A small image is mostly overhead: calling
# operators from Python one by one costs PyTorch about the same at every size. A large one is mostly arithmetic.

# %% demo="over_sizes"
sizes = (8, 16, 32, 64)
speedups = {}
for size in sizes:
    x = torch.rand(1, 1, size, size)
    opened = open_session(to_onnx_torchscript(net, x, folder / f"net_{size}.onnx"), "CPUExecutionProvider")
    pair = partial(eager, x), partial(with_runtime, opened, x)
    time_calls(pair[0], 0, 5), time_calls(pair[1], 0, 5)  # the warm-up
    speedups[size] = paired_speedup(*pair, 61, time.perf_counter_ns)


# %% demo="over_sizes_drawn"
values, lows, highs = np.array(list(speedups.values())).T
fig, axes = plots.figure(width=5.5, height=2.8)
axes.errorbar(sizes, values, yerr=[values - lows, highs - values], fmt="o-", capsize=5, color=plots.BLUE)
axes.axhline(1, color="0.6", linewidth=0.8)
axes.set(title="ONNX Runtime against PyTorch, one image", xlabel="pixels a side", ylabel="times as fast")
axes.set(xscale="log", ylim=(0, None))
axes.set_xticks(sizes, [str(size) for size in sizes])
axes.minorticks_off()
said = {size: f"{value:.1f} ({low:.1f} to {high:.1f})" for size, (value, low, high) in speedups.items()}
measured["ONNX Runtime's speed-up by image size"] = ", ".join(f"{size}: {text}" for size, text in said.items())
plots.show(fig, f"Speed-up of ONNX Runtime over PyTorch, 95 % intervals: {measured[list(measured)[-1]]}.")

# %% [markdown]
# ### What does the course's own clock say?
#
# `course_utils.timing` has what you wrote, grown up: `compare` interleaves in random order, puts short calls together
# in samples of many, and widens its interval where neighbouring rounds are alike.

# %% demo="with_compare"
from course_utils.timing import benchmark, compare

by_eager, by_runtime = partial(eager, images[8]), partial(with_runtime, session, images[8])
both = compare({"PyTorch, 8 images": by_eager, "ONNX Runtime, 8 images": by_runtime}, rounds=60, time_limit_s=3)
mine = paired_speedup(by_eager, by_runtime, 60, time.perf_counter_ns)
fast = both.rows()[1]["speed-up"]
measured["speed-up at 8 images"] = f"yours {mine[0]:.3g} ({mine[1]:.3g} to {mine[2]:.3g}), compare's {fast}"
print(measured["speed-up at 8 images"])
tables.show(both.rows(), both.conditions())

# %% [markdown]
# ### Why do two good clocks differ?
#
# In yours every call comes right after one of the other function, and finds the processor's caches full of the other's
# data. `compare` takes several short calls in a row; all but the first find their own. Neither is wrong: a service
# that runs one model all day is the second case. The next cell times ONNX Runtime both ways.
#
# A busy machine adds something else: a long call is interrupted more often than a short one. `compare` evens that out
# with samples of equal length. No interval warns you of either: it knows what other rounds would say, not what all
# rounds have in common.

# %% demo="after_whom"
pairs = np.array([(by_eager(), time_calls(by_runtime, 0, 2))[1] for _ in range(100)])
low, middle, high = np.percentile(pairs[:, 0] / pairs[:, 1], [25, 50, 75])
told = f"{middle:.2f} (middle half of 100: {low:.2f} to {high:.2f})"
measured["ONNX Runtime right after PyTorch, over right after itself"] = told
print(f"time right after PyTorch, over the time right after itself: {told}")

# %% [markdown]
# ### Does PyTorch's clock agree?
#
# `torch.utils.benchmark.Timer` and your `time_calls` time the same function in turns, five calls each. The package's
# `benchmark` goes on until its median is known to 2 %.

# %% demo="with_torch_timer"
from torch.utils.benchmark import Timer

timer = Timer("by_runtime()", globals={"by_runtime": by_runtime})
ratios = []
for _ in range(60):
    ours = time_calls(by_runtime, 1, 5).mean()
    ratios.append(timer.timeit(5).mean * 1e9 / ours)
package = benchmark(by_runtime, time_limit_s=1).median_ns / 1e6
low, middle, high = np.percentile(ratios, [25, 50, 75])
print(
    f"median by your clock {summarize(time_calls(by_runtime, 10, 300))['median_ms']:.3f} ms, by benchmark {package:.3f}"
)
print(f"Timer's time over yours, 60 rounds of 5 calls each: {middle:.3f}, middle half {low:.3f} to {high:.3f}")
measured["PyTorch's Timer over your clock"] = f"{middle:.3f} (middle half of 60 rounds: {low:.3f} to {high:.3f})"

# %% [markdown]
# ### What else stood between the two readings?
#
# A request brings numbers as text or lists, not float32 arrays. Whether turning them into an array belongs to the
# time depends on the question, but both sides must answer the same one. Here the same model on the same image, with
# and without that line inside the timed function.

# %% demo="conversion_inside"
pixels = images[1].tolist()
array = images[1].numpy()
inside = compare(
    {
        "run": lambda: session.run(None, {"input": array}),
        "convert, then run": lambda: session.run(None, {"input": np.array(pixels, dtype=np.float32)}),
    },
    rounds=100,
    time_limit_s=3,
)
measured["conversion inside the timed region"] = f"time × {inside.ratio('convert, then run')}"
tables.show(inside.rows(), inside.conditions())

# %% [markdown]
# ## How many images at once?
#
# A **batch** shares what a call costs anyway, so **throughput**, images per second, rises with its size, as long as
# that share counts. **Latency**, the time of the call, rises all the way, and the first image waits for the last. So
# nobody can say which batch is best before somebody says how long an answer may take: the **budget**.

# %% [markdown]
# ### Exercise 4.6 · The best batch (2 points · 8 min)
#
# Write `best_batch(latency_ms_by_batch, budget_ms)`: the batch size with the most images per second among those whose
# call lasts no longer than the budget. A call that lasts exactly as long as the budget keeps it. Where two are equally
# good, take the smaller batch: it answers sooner. Where none keeps the budget, raise a `ValueError`.
#
# *The trap:* the largest batch that fits is not always the one with the most images per second.


# %% solution="best_batch"
def best_batch(latency_ms_by_batch, budget_ms):
    """Return the batch size with the highest throughput within a latency budget.

    latency_ms_by_batch: {batch size (int): milliseconds of one call}, in any order; budget_ms: a number
    returns: one of the keys
    raises: ValueError where no batch size keeps the budget
    """
    ### BEGIN SOLUTION
    fitting = sorted(batch for batch, latency in latency_ms_by_batch.items() if latency <= budget_ms)
    if not fitting:
        raise ValueError(f"no batch is done within {budget_ms} ms")
    return max(fitting, key=lambda batch: batch / latency_ms_by_batch[batch])
    ### END SOLUTION


# %% test="best_batch_choice" points=1
latencies = {1: 2.0, 4: 5.0, 16: 16.0, 64: 70.0}
causes = {
    "64 fits, but 16 makes more images per second": 64,
    "1 image in 2 ms is half as many per second as 16 in 16 ms": 1,
}
expect.close(best_batch(dict(latencies), 100.0), 16, f"best_batch({latencies}, 100)", causes=causes)
causes = {"16 lasts longer than the budget": 16, "64 lasts longer than the budget": 64}
expect.close(best_batch(dict(latencies), 10.0), 4, f"best_batch({latencies}, 10)", causes=causes)
backwards = {64: 70.0, 16: 16.0, 4: 5.0, 1: 2.0}
expect.close(best_batch(backwards, 100.0), 16, f"best_batch({backwards}, 100)")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    batches = [int(batch) for batch in rng.permutation([1, 2, 3, 6, 12, 24, 48])]
    latencies = {batch: float(batch * rng.uniform(0.5, 2)) for batch in batches}
    for budget in map(float, rng.uniform(2.5, 100, size=4)):
        rates = {batch: batch / latency if latency <= budget else 0 for batch, latency in latencies.items()}
        what = f"best_batch({latencies}, {budget})"
        expect.close(best_batch(dict(latencies), budget), max(rates, key=rates.get), what)
### END HIDDEN TESTS
expect.passed("the most images per second within the budget")

# %% test="best_batch_edges" points=1
latencies = {1: 3.0, 4: 8.0, 8: 12.0, 32: 60.0}
causes = {"a call that lasts exactly as long as the budget keeps it": 4}
expect.close(best_batch(dict(latencies), 12.0), 8, f"best_batch({latencies}, 12)", causes=causes)
for tied in ({2: 4.0, 8: 16.0, 1: 9.0}, {8: 16.0, 1: 9.0, 2: 4.0}):
    expect.close(best_batch(tied, 50.0), 2, f"best_batch({tied}, 50)", causes={"of two equally good, the smaller": 8})
likely = "where nothing keeps the budget, there is no answer to give"
expect.raises(ValueError, lambda: best_batch({1: 3.0, 8: 12.0}, 2.0), "best_batch({1: 3, 8: 12}, 2)", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    each = float(rng.integers(2, 9))
    tied = {int(batch): batch * each for batch in rng.permutation([2, 4, 8, 16])}  # ties in any unit of time
    expect.close(best_batch(dict(tied), 16 * each), 2, f"best_batch({tied}, {16 * each})")
    expect.close(best_batch({2: 2 * each}, 2 * each), 2, f"a budget that is just kept, {2 * each}")
    short = float(rng.uniform(0.1, 1.9) * each)
    expect.raises(ValueError, lambda: best_batch(dict(tied), short), f"best_batch({tied}, {short})")
### END HIDDEN TESTS
expect.passed("just kept, tied, and impossible")

# %% [markdown]
# ### Where does throughput stop rising?
#
# All batch sizes in turn, in random order, by the package's `compare`. Its ratios say how much longer a batch lasts
# than one image; the batch size over that ratio is its throughput, in units of the throughput of single images. Your
# `best_batch` answers for three budgets, from medians; where two batches are as good as equal, the picture of the
# ratios may see the other one ahead.

# %% demo="throughput"
calls = {n: partial(with_runtime, session, x) for n, x in images.items()}
turns = compare({str(n): call for n, call in calls.items()}, rounds=40, time_limit_s=4)
latency = {n: turns.timings[str(n)].median_ns / 1e6 for n in calls}
gains = np.array([[n / value for value in turns.ratio(str(n))] for n in calls])  # value, high, low
budgets = [latency[1] * factor for factor in (1.05, 5, 40)]
choices = {f"{budget:.2f} ms": best_batch(latency, budget) for budget in budgets}
measured["best batch by budget"] = ", ".join(f"{budget}: {batch}" for budget, batch in choices.items())
tables.show([{"budget": budget, "your best_batch": batch} for budget, batch in choices.items()], turns.conditions())

# %% demo="throughput_drawn"
fig, (left, right) = plots.figure(columns=2, width=7.5, height=2.8)
reach = [gains[:, 0] - gains[:, 2], gains[:, 1] - gains[:, 0]]
left.errorbar(list(calls), gains[:, 0], yerr=reach, fmt="o-", markersize=4, capsize=4, color=plots.BLUE)
left.set(xscale="log", title="Throughput (1: single images)", xlabel="images in a batch", ylim=(0, None))
right.plot(list(calls), list(latency.values()), "s-", markersize=4, color=plots.ORANGE)
right.set(xscale="log", yscale="log", title="Latency, ms", xlabel="images in a batch")
for axes in (left, right):
    axes.set_xticks(list(calls), [str(n) for n in calls])
    axes.minorticks_off()
right.set_ylim(min(latency.values()) / 3, max(latency.values()) * 3)
rates = ", ".join(
    f"{n}: {value:.2f} ({low:.2f} to {high:.2f})" for n, (value, high, low) in zip(calls, gains, strict=True)
)
measured["images per second, over single images, by batch"] = rates
plots.show(
    fig,
    f"Left, images per second over those of single images, 95 % intervals: {rates}. Right: the latency of 1 image is "
    f"{latency[1]:.2f} ms, of 64 images {latency[64]:.2f} ms.",
)

# %% [markdown]
# ## What must happen only once?
#
# A published service opens an `InferenceSession` *inside* the function that answers a request. It works, and every
# request reads the file, optimizes the graph and throws both away. Whatever does not depend on the request belongs
# in front of it: an object that opens its session when it is made, and keeps it.

# %% [markdown]
# ### Exercise 4.7 · One session for life (1 point · 6 min)
#
# Write the class `Predictor`: made from a path, it opens one session; `predict(x)` returns the array of the model's
# first output.
#
# *The trap:* the file may be replaced while the service runs. The predictor goes on with the model it has opened.


# %% solution="predictor"
class Predictor:
    """A model that is opened once and answers many times.

    Predictor(path): opens the ONNX file at path on the CPU, at once
    predict(x): x: float32 array for the model's first input, whatever that is called; returns its first output
    """

    ### BEGIN SOLUTION
    def __init__(self, path):
        self.session = ort.InferenceSession(path, one_thread, providers=["CPUExecutionProvider"])
        self.name = self.session.get_inputs()[0].name

    def predict(self, x):
        return self.session.run(None, {self.name: x})[0]

    ### END SOLUTION


# %% test="predictor_opens_once" points=1
x = np.array([[1.0, 2.0]], np.float32)
path = linear_model(folder / "served.onnx", np.eye(2), np.array([10.0, 20.0]), ("image", "score"))
first, unused = Predictor(path), Predictor(path)
causes = {"run returns a list of outputs; return its first array": [[[11.0, 22.0]]]}
expect.close(first.predict(x.copy()), [[11.0, 22.0]], "Predictor(path).predict(x)", atol=1e-5, causes=causes)
linear_model(path, np.eye(2), np.array([70.0, 80.0]), ("image", "score"))
second = Predictor(path)
causes = {"this is not the session opened for it in __init__: opened again, or shared?": [[71.0, 82.0]]}
what = "predict(x) after the file was replaced"
expect.close(first.predict(x.copy()), [[11.0, 22.0]], what, atol=1e-5, causes=causes)
causes = {"the session is opened at the first call; open it in __init__": [[71.0, 82.0]]}
expect.close(unused.predict(x.copy()), [[11.0, 22.0]], f"a first {what}", atol=1e-5, causes=causes)
causes = {"two predictors share one session": [[11.0, 22.0]]}
expect.close(second.predict(x.copy()), [[71.0, 82.0]], "a new Predictor(path).predict(x)", atol=1e-5, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    x, made = rng.normal(size=(5, 3)).astype(np.float32), []
    path = folder / f"served_{rng.integers(10**9)}.onnx"
    for _ in range(3):
        w, b, names = rng.normal(size=(3, 4)), rng.normal(size=4), (f"x{rng.integers(10**9)}", "y")
        made.append((Predictor(linear_model(path, w, b, names)), x @ w + b))
    for predictor, expected in made[::-1] + made:
        expect.close(predictor.predict(x.copy()), expected, "three predictors, fresh numbers", atol=1e-4)
### END HIDDEN TESTS
expect.passed("one session, opened once, for each predictor")

# %% [markdown]
# ### What does a session per request cost?

# %% demo="session_per_request"
predictor = Predictor(net_path)
costs = compare(
    {
        "one session": lambda: predictor.predict(array),
        "a session per request": lambda: Predictor(net_path).predict(array),
    },
    rounds=40,
    time_limit_s=4,
)
measured["a session per request"] = f"time × {costs.ratio('a session per request')}"
tables.show(costs.rows(), costs.conditions())

# %% [markdown]
# ## Where do inputs and outputs live?
#
# `run` takes NumPy arrays, so with a GPU each call would copy the input there and the output back. **IO binding** says
# beforehand where both live. On the CPU there is no copy to save, as you will measure; on a GPU, or where an output is
# the next call's input (lesson 11), there is.
#
# | step | call |
# |---|---|
# | make a binding | `session.io_binding()` |
# | bind an array as input | `binding.bind_cpu_input(name, array)` |
# | let ONNX Runtime allocate an output | `binding.bind_output(name)` |
# | run | `session.run_with_iobinding(binding)` |
# | copy all outputs to NumPy | `binding.copy_outputs_to_cpu()`, a list |


# %% readonly="given_binding_only"
class BindingOnly(ort.InferenceSession):
    """A session that refuses run(), and outputs before they are there; it remembers what was asked of it."""

    def __init__(self, path):
        super().__init__(path, one_thread, providers=["CPUExecutionProvider"])
        self.asked = []

    def run(self, *args, **kwargs):
        raise RuntimeError("session.run was called; this session takes run_with_iobinding only")

    def io_binding(self):
        binding = super().io_binding()
        for name in ("copy_outputs_to_cpu", "get_outputs"):  # without this guard Python would end here
            setattr(binding, name, partial(self.after_run, getattr(binding, name)))
        return binding

    def run_with_iobinding(self, *args, **kwargs):
        self.asked.append("run_with_iobinding")
        return super().run_with_iobinding(*args, **kwargs)

    def after_run(self, read):
        if not self.asked:
            raise RuntimeError("the outputs are read before run_with_iobinding(binding) has made them")
        return read()


# %% readonly="given_bound_run"
def bound_run(path, x):
    """Return the result of your run_bound on such a session, and what was asked of it."""
    session = BindingOnly(path)
    return run_bound(session, x), session.asked


# %% [markdown]
# ### Exercise 4.8 · Run through a binding (2 points · 8 min)
#
# Write `run_bound(session, x)` with the calls of the table. Ask the session for the names: `session.get_inputs()[0]`
# and `session.get_outputs()[0]` have a `.name`.
#
# *The trap:* the outputs come as a list, even when there is one. And read them only after the run: outputs that are
# not there yet do not raise an error, they end Python.


# %% solution="run_bound"
def run_bound(session, x):
    """Return the session's first output for the input x, run through IO binding and without session.run.

    session: an onnxruntime.InferenceSession with one input and one output; x: float32 array, of any batch size
    returns: the output as a NumPy array
    """
    ### BEGIN SOLUTION
    binding = session.io_binding()
    binding.bind_cpu_input(session.get_inputs()[0].name, x)
    binding.bind_output(session.get_outputs()[0].name)
    session.run_with_iobinding(binding)
    return binding.copy_outputs_to_cpu()[0]
    ### END SOLUTION


# %% test="run_bound_result" points=1
path = linear_model(folder / "bound.onnx", np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), np.ones(3), ("image", "score"))
got, _ = bound_run(path, np.array([[1.0, 0.0], [0.0, 1.0]], np.float32))
likely = "copy_outputs_to_cpu() gives a list; its first array, whole, is the result"
expect.shape(got, (2, 3), "run_bound(session, x)", likely=likely)
expect.close(got, [[2.0, 3.0, 4.0], [5.0, 6.0, 7.0]], "run_bound(session, x)", atol=1e-5)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for n in (1, int(rng.integers(2, 20))):
        w, b, x = rng.normal(size=(4, 3)), rng.normal(size=3), rng.normal(size=(n, 4)).astype(np.float32)
        names = f"in{rng.integers(10**9)}", f"out{rng.integers(10**9)}"
        path = linear_model(folder / f"bound_{names[0]}.onnx", w, b, names)
        expect.close(bound_run(path, x.copy())[0], x @ w + b, "run_bound, fresh numbers", atol=1e-4)
### END HIDDEN TESTS
expect.passed("the same output, as an array")

# %% test="run_bound_binds" points=1
path = linear_model(folder / "binds.onnx", np.eye(2), np.zeros(2))
_, asked = bound_run(path, np.ones((3, 2), np.float32))
likely = "bind the input and the output, then call session.run_with_iobinding(binding) once"
expect.equal(asked, ["run_with_iobinding"], "what run_bound asks the session to run", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    w, b, x = rng.normal(size=(4, 3)), rng.normal(size=3), rng.normal(size=(int(rng.integers(1, 9)), 4))
    got, asked = bound_run(linear_model(folder / f"binds_{rng.integers(10**9)}.onnx", w, b), x.astype(np.float32))
    expect.equal(asked, ["run_with_iobinding"], "what run_bound asks the session to run, a fresh model")
    expect.close(got, x @ w + b, "run_bound through its binding, fresh numbers", atol=1e-4)
### END HIDDEN TESTS
expect.passed("run through a binding, once")

# %% [markdown]
# ### Does binding pay here?
#
# On a CPU a binding has no copy to save, and is set up anew at each call here; lesson 11 sets it up once. Where the
# verdict says "slower", believe it.

# %% demo="binding_pays"
bound_run(example, np.ones((1, 2), np.float32))  # where your run_bound is not done, an error here instead of a crash
binding = compare(
    {"run": lambda: session.run(None, {"input": array}), "run_bound": lambda: run_bound(session, array)},
    rounds=100,
    time_limit_s=3,
)
measured["IO binding on the CPU"] = f"time × {binding.ratio('run_bound')}"
tables.show(binding.rows(), binding.conditions())

# %% [markdown]
# ### And two threads?
#
# Between calls the threads of a session *spin*: they wait for work at full speed, and take the core from whoever has
# the next turn. Turns of single calls would measure that. So here a turn is a block: open a session, call it thirty
# times, close it.


# %% demo="two_threads"
def block(threads):
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    alone = ort.InferenceSession(net_path, options, providers=["CPUExecutionProvider"])
    return np.median(time_calls(partial(with_runtime, alone, images[64]), 10, 20))


ratios = [block(2) / block(1) for _ in range(9)]
told = f"time × {np.median(ratios):.2f} (9 blocks: {min(ratios):.2f} to {max(ratios):.2f})"
measured["a second thread, 64 images"] = told
print(f"two threads: {told}")

# %% [markdown]
# ## What you measured

# %% demo="what_you_measured"
tables.show([{"what": what, "measured": value} for what, value in measured.items()])

# %% [markdown]
# ## Check yourself
#
# <details><summary>A report says "CUDA: 4.1 ms, CPU: 4.0 ms". What do you ask first?</summary>
# What <code>session.get_providers()</code> said. A session that fell back gives the CPU's time twice.</details>
#
# <details><summary>Why is a speed-up of 1.08 (0.97 to 1.21) no speed-up?</summary>
# The interval holds 1: other rounds of the same run could as well have said "slower". More rounds, or a quieter
# machine, may decide it.</details>
#
# <details><summary>Your interval is narrow, and a colleague's machine says something else. Who is wrong?</summary>
# Nobody. The interval is about more rounds of this run on this machine. Another processor, another thread count or
# another size asks another question: that is why the hardware stands beside the number.</details>

# %% [markdown]
# ## Where to read on
#
# - ONNX Runtime's documentation: *Execution Providers*, *Thread management*, *I/O Binding*.
# - The documentation of `torch.utils.benchmark`, with a tutorial of its own.
# - B. Efron and R. Tibshirani, *An Introduction to the Bootstrap*, 1993.
# - T. Kalibera and R. Jones, *Rigorous Benchmarking in Reasonable Time*, 2013.
# - J. Dean and L. Barroso, *The Tail at Scale*, 2013: why the 99th percentile is what users see.
#
# Next: lesson 05 asks what the optimizer did to your graph when the session opened.
