# %% [markdown]
# # How fast is it, and how would you know?
#
# **Lesson 04** · 90 minutes · 20 points · you need: lesson 03, Python functions that take functions
#
# ONNX Runtime runs the file that lesson 03 exported, often several times as fast as PyTorch. *Often* and *several*
# are what this lesson is about. You build a clock that can be trusted, from warm-up to a speed-up with its interval,
# and measure what published benchmarks get wrong.

# %% [markdown]
# ## How do you work here?
#
# As in lesson 01: write a function, run its tests, guess, look. Every exercise can be solved without the others, and
# no mark depends on how fast your machine is: the tests bring a clock that moves only when they say so. The
# demonstrations do measure your machine, so your numbers will differ from anyone else's.

# %% readonly="imports"
import time
from functools import partial, wraps

import numpy as np

from course_utils import expect, hardware, predictions, tables
from course_utils.lessons import onnx_runtime as lesson
from course_utils.lessons.onnx_runtime import answers_kept, results_kept
from course_utils.seeds import fresh_draw
from course_utils.timing import compare

import onnxruntime as ort  # after course_utils, which turns its telemetry off

folder, measured = lesson.begin(), {}  # for files; for numbers, shown at the end

# %% [markdown]
# ## What is a session?
#
# An `InferenceSession` reads a model, optimizes its graph and keeps the memory that it needs. That is the slow part,
# done once; `run` is the fast part, done for every request. `run` takes the names of the outputs you want (`None`
# for all) and a dict of inputs, and returns a *list* of arrays.
#
# Options go in at the start. Here every session gets one thread unless we say otherwise, and so does PyTorch: who
# compares one thread with two compares threads, not runtimes.

# %% readonly="given_options"
one_thread = ort.SessionOptions()
one_thread.intra_op_num_threads = 1

# %% demo="a_session"
w, b = [[1.0, 2.0], [3.0, 4.0]], [10.0, 20.0]  # the model: y = x @ w + b
example = lesson.linear_model(folder / "example.onnx", w, b)
session = ort.InferenceSession(example, one_thread, providers=["CPUExecutionProvider"])
print(session.get_providers(), session.run(None, {"x": np.ones((1, 2), np.float32)}))

# %% [markdown]
# ## Who really runs your model?
#
# An **execution provider** is hardware and the software that drives it: `CPUExecutionProvider`,
# `CUDAExecutionProvider`, `TensorrtExecutionProvider`, and others. You ask for one with `providers=[…]`. Where it
# does not work, ONNX Runtime warns, takes the CPU and carries on: a benchmark of "the GPU" then measures the CPU.
# (Here the warning is off: your function will say it better.)
#
# `ort.get_available_providers()` does not help: it lists what the *package* was built for, and `onnxruntime-gpu`
# claims CUDA on a machine without a GPU. `session.get_providers()` lists what the *session* uses, first choice first.

# %% readonly="missing"
missing = lesson.missing_providers()
print("this package was built without:", ", ".join(missing))


# %% readonly="false_claim"
def where_claimed(provider, call, *args):
    """Return call(*args), made while the package claims the provider, as -gpu does."""
    truth = ort.get_available_providers
    ort.get_available_providers = lambda: [provider, *truth()]
    try:
        return call(*args)
    finally:
        ort.get_available_providers = truth


# %% [markdown]
# ### Exercise 4.1 · No silent fallback (3 points · 8 min)
#
# Write `open_session(path, provider)`: a session with the options `one_thread` that runs on `provider`, or a
# `RuntimeError` whose message names the provider asked for and the one in use.
#
# *The trap:* ask the session that you opened, not the package.
#
# <details><summary>Hint</summary>
# The first of <code>session.get_providers()</code> is the one in use. Compare it with <code>provider</code>, and put
# both into the message.
# </details>


# %% solution="open_session"
def open_session(path, provider):
    """Return an onnxruntime.InferenceSession whose first provider is the one asked for.

    path: Path of an ONNX file, weights inside, opened with the options one_thread
    provider: its full name, such as "CPUExecutionProvider"
    raises: RuntimeError where the session uses another provider first; its message
    has the full names of both
    """
    ### BEGIN SOLUTION
    session = ort.InferenceSession(path, one_thread, providers=[provider])
    used = session.get_providers()[0]
    if used != provider:
        raise RuntimeError(f"{path}: asked for {provider}, but {used} is in use")
    return session
    ### END SOLUTION


# %% test="open_session_opens" points=1
w, b, x = [[1.0, 2.0], [3.0, 4.0]], [10.0, 20.0], np.ones((1, 2), np.float32)
path = lesson.linear_model(folder / "opens.onnx", w, b)
for name in ort.get_available_providers():
    plain = ort.InferenceSession(path, providers=[name])
    if name in plain.get_providers():  # else it is only claimed
        got, what = open_session(path, name), f"open_session(path, {name!r})"
        likely = "is a `return` missing?"
        expect.true(
            got is not None, what, expected="a session", got=None, likely=likely
        )
        expect.equal(got.get_providers()[0], name, f"the first provider of {what}")
        result = got.run(None, {"x": x})[0]
        expect.close(result, [[14.0, 26.0]], f"{what}.run(…)", atol=1e-2)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: path: Path of an ONNX file
    path = folder / f"opens_{rng.integers(10**9)}.onnx"
    turns = {"a fresh model": (3, 2), "another in the same file": (3, 2)}
    for turn, sizes in (turns | {"one of 2 MB": (700, 800)}).items():
        w, b = rng.normal(size=sizes), rng.normal(size=sizes[1])
        x = rng.normal(size=(4, sizes[0])).astype(np.float32)
        cpu = "CPUExecutionProvider"
        # covers: provider: its full name
        got = open_session(path=lesson.linear_model(path, w, b), provider=cpu)
        # covers: whose first provider is the one asked for
        expect.equal(got.get_providers()[0], cpu, f"the first provider, {turn}")
        result = got.run(None, {"x": x})[0]
        expect.close(result, x @ w + b, f"open_session(…).run(…), {turn}", atol=1e-3)
        # covers: a session with the options `one_thread` that runs on
        options, what = got.get_session_options(), "the session's options"
        names = "intra_op_num_threads enable_profiling use_deterministic_compute"
        names += " enable_mem_pattern enable_cpu_mem_arena optimized_model_filepath"
        found = {name: getattr(options, name) for name in names.split()}
        found["level"] = options.graph_optimization_level.name
        found["mode"] = options.execution_mode.name
        due = {name: getattr(one_thread, name) for name in names.split()}
        due |= {"level": "ORT_ENABLE_ALL", "mode": "ORT_SEQUENTIAL"}
        likely = "open it with the options one_thread, as they are"
        expect.equal(found, due, what, likely=likely)
### END HIDDEN TESTS
expect.passed("a session on the provider asked for")

# %% test="open_session_refuses" points=1
path = lesson.linear_model(folder / "refuses.onnx", np.eye(2), np.zeros(2))
what = f"open_session(path, {missing[0]!r}), which this package lacks"
kind, told = lesson.outcome(open_session, path, missing[0])
causes = {"it takes the CPU without an error; ask the opened session": "no error"}
expect.equal(kind, "RuntimeError", what, causes=causes)
both = missing[0] in told and "CPUExecutionProvider" in told
what, expected = (
    f"the message of {what}",
    f"{missing[0]} and CPUExecutionProvider in it",
)
expect.true(both, what, expected=expected, got=told)


### BEGIN HIDDEN TESTS
class Elsewhere:
    """A session that runs where a test says, whatever it was asked for."""

    def __init__(self, used):
        self.used = used

    def get_providers(self):
        return list(self.used)

    def get_provider_options(self):
        return {name: {} for name in self.used}

    def disable_fallback(self):
        pass

    def set_providers(self, *_):
        pass


def asked_where_used(provider, used, path):
    """Return open_session's outcome where sessions run on `used`, and how many."""
    truth, made = ort.InferenceSession, []

    def opens(*_, **__):
        made.append(Elsewhere(used))
        return made[-1]

    ort.InferenceSession = opens
    try:
        told = where_claimed(provider, lesson.outcome, open_session, path, provider)
    finally:
        ort.InferenceSession = truth
    return *told, len(made)


with fresh_draw() as rng:
    w, b, cpu = rng.normal(size=(3, 2)), rng.normal(size=2), "CPUExecutionProvider"
    path = lesson.linear_model(folder / f"refuses_{rng.integers(10**9)}.onnx", w, b)
    before = path.read_bytes()
    for name in map(str, rng.permutation(missing)[:3]):
        # covers: raises: RuntimeError where
        kind, told = lesson.outcome(open_session, path, name)
        expect.equal(kind, "RuntimeError", f"open_session(path, {name!r})")
        both = name in told and cpu in told  # covers: its message has the full names
        what = f"the message of open_session(path, {name!r})"
        expect.true(both, what, expected="both names", got=told)
    expect.unchanged(path, before, "the model's file after open_session")
    first, second = map(str, rng.permutation(missing)[:2])
    # covers: or a RuntimeError whose message names the provider asked for
    cases = (first, [second, cpu]), (cpu, [first, cpu]), (first, [f"Other{first}", cpu])
    for name, used in (*cases, (first, [f"{first}V2", first, cpu])):
        kind, told, opened = asked_where_used(name, used, path)
        if opened:  # an answer that has its own way to a session is not asked
            what = f"open_session(path, {name!r}), where the session uses {used}"
            expect.equal(kind, "RuntimeError", what)
            both, what = name in told and used[0] in told, f"the message of {what}"
            expect.true(both, what, expected=f"{name} and {used[0]}", got=told)
    kind, _, opened = asked_where_used(first, [first, cpu], path)
    if opened:
        what = f"open_session(path, {first!r}), where the session uses it first"
        expect.equal(kind, "no error", what)
### END HIDDEN TESTS
expect.passed("no fallback without a word")

# %% test="open_session_is_not_fooled" points=1
path = lesson.linear_model(folder / "fooled.onnx", np.eye(2), np.zeros(2))
kind, _ = where_claimed(missing[0], lesson.outcome, open_session, path, missing[0])
what = f"open_session(path, {missing[0]!r}) where onnxruntime only claims to have it"
causes = {"what the package claims proves nothing; ask the opened session": "no error"}
expect.equal(kind, "RuntimeError", what, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    w, b = rng.normal(size=(3, 2)), rng.normal(size=2)
    path = lesson.linear_model(folder / f"fooled_{rng.integers(10**9)}.onnx", w, b)
    name, before = str(rng.choice(missing)), path.read_bytes()
    # covers: ask the session that you opened, not the package
    kind, _ = where_claimed(name, lesson.outcome, open_session, path, name)
    expect.equal(kind, "RuntimeError", f"open_session(path, {name!r}), falsely claimed")
    expect.unchanged(
        path, before, "the model's file after open_session, falsely claimed"
    )
### END HIDDEN TESTS
expect.passed("a claim is not taken for a provider")

# %% [markdown]
# ### What would a benchmark have reported?
#
# Each provider is asked for twice, plainly and through your function. The first line is the machine: no time means
# anything without it.

# %% demo="who_answers"
measured["machine"] = hardware.hardware_line()
print(measured["machine"])
replaced = lesson.show_providers(open_session, example)
measured["providers that ONNX Runtime replaced in silence"] = replaced

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

# %% demo="a_fake_clock"
fake = lesson.FakeClock(start=100)
work = fake.task([7, 5])
print(fake(), work(), fake(), work(), fake(), fake.calls())

# %% [markdown]
# ### Exercise 4.2 · Samples (3 points · 10 min)
#
# Write `time_calls(fn, warmup, repeats, clock)`: call `fn()` `warmup` times without keeping anything, then `repeats`
# times, and return the nanoseconds of each of these.
#
# *The trap:* read the clock around *every* call. One reading around the whole loop gives only the mean, and the mean
# hides what single requests see. Stay with integers: at today's values of some clocks a float cannot hold a
# nanosecond.
#
# <details><summary>Hint</summary>
# <code>np.empty(repeats, dtype=np.int64)</code> has room for the samples; <code>start = clock()</code> belongs inside
# the loop.
# </details>


# %% solution="time_calls"
def time_calls(fn, warmup, repeats, clock=time.perf_counter_ns):
    """Return how long each of `repeats` calls of fn() lasted, after the warm-up.

    fn: called without arguments; clock: returns nanoseconds as an int
    warmup, repeats: how many calls are not kept (may be 0), and how many are, 1 or more
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
clock = lesson.FakeClock(start=2**61)
got = time_calls(clock.task([900, 800, 30, 10, 20, 40]), 2, 4, clock)
what = (
    "time_calls(fn, 2, 4, clock), near 2**61, where fn lasts 900, 800, 30, 10, 20, 40"
)
causes = {
    "the warm-up is missing, or its calls are kept": [900.0, 800.0, 30.0, 10.0],
    "the warm-up calls are kept, too": [900.0, 800.0, 30.0, 10.0, 20.0, 40.0],
    "this is the mean of all calls; read the clock around each": [25.0] * 4,
    "this is the mean; return all samples": 25.0,
    "a float cannot hold this clock's ns; subtract integers": [0.0, 0.0, 0.0, 512.0],
    "a float cannot hold this clock's seconds": [0.0, 0.0, 0.0, 477.0],
    "each sample starts at the first call": [30.0, 40.0, 60.0, 100.0],
}
expect.close(got, [30, 10, 20, 40], what, causes=causes)
expect.array(got, what)
likely = "make the array with dtype=np.int64"
expect.equal(str(got.dtype), "int64", f"the dtype of {what}", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for warmup, repeats in ((0, 1), (1, 2), map(int, rng.integers(3, 9, size=2))):
        durations = rng.integers(1, 10**9, size=warmup + repeats).tolist()
        durations[warmup] = 0
        # covers: Stay with integers
        durations[-1] = 2**53 + 1 + 2 * int(rng.integers(10**6))
        # covers: clock: returns nanoseconds as an int
        start = (-(2**40), 0, 2**61 + int(rng.integers(10**6)))[min(warmup, 2)]
        clock = lesson.FakeClock(start=start)
        fn = clock.task(durations)  # covers: fn: called without arguments
        got = time_calls(fn=fn, warmup=warmup, repeats=repeats, clock=clock)
        what = f"time_calls(fn, {warmup}, {repeats}, clock), fn lasts {durations} ns"
        expect.array(got, what)
        # covers: read the clock around *every* call | around the whole loop gives only
        # covers: Return how long each of | returns: (repeats,) int64 array
        found = str(got.dtype), got.tolist()
        expect.equal(found, ("int64", durations[warmup:]), what)
    fns = [lesson.Lasting(each) for each in rng.integers(1, 99, size=(3, 3)).tolist()]
    calls = [(fn, 0, 3, lesson.now) for fn in fns]
    found = results_kept(time_calls, *calls, atol=0, again=False)
    expect.equal(found, [], "what became of what time_calls returned")
    readings = iter(range(2**61, 2**62, 7))
    got = time_calls(lambda: None, 2, 3, lambda: next(readings))
    what = "time_calls(fn, 2, 3, clock), where the clock moves by 7 ns when it is read"
    expect.close(got, [7, 7, 7], what)
    clock, inner, lasting = lesson.FakeClock(), [], rng.integers(1, 99, size=(3, 3))
    task = clock.task(lasting.ravel().tolist())
    outer = lambda: inner.append(time_calls(task, 1, 2, clock).tolist())
    got, what = time_calls(outer, 0, 3, clock).tolist(), "time_calls(fn, 0, 3, clock)"
    what += f", where fn is time_calls(task, 1, 2, clock), task lasts {lasting} ns"
    due = lasting[:, 1:].tolist(), lasting.sum(axis=1).tolist()
    expect.equal((inner, got), due, what)
    warmup, repeats = (1000 + rng.integers(1000, size=2)).tolist()
    durations = rng.integers(1, 10**6, size=warmup + repeats)
    got = time_calls(lesson.Lasting(durations.tolist()), warmup, repeats, lesson.now)
    what = f"time_calls(fn, {warmup}, {repeats}, clock)"
    expect.equal(got.tolist(), durations[warmup:].tolist(), what)
### END HIDDEN TESTS
expect.passed("a sample for every call, exact to the nanosecond")

# %% test="time_calls_warmup" points=1
for warmup, repeats in ((3, 5), (0, 2)):
    clock = lesson.FakeClock()
    got = time_calls(clock.task([10]), warmup, repeats, clock)
    what = f"time_calls(fn, {warmup}, {repeats}, clock)"
    expect.shape(got, (repeats,), what, likely="one sample for each of the repeats")
    likely, what = "warm up once, before the first sample", f"how often {what} calls fn"
    expect.equal(len(clock.calls()), warmup + repeats, what, likely=likely)
### BEGIN HIDDEN TESTS
import threading

with fresh_draw() as rng:
    several = rng.integers(2, 40, size=2)
    # covers: how many calls are not kept (may be 0), and how many are, 1 or more
    for warmup, repeats in ((0, 1), (3, 1), map(int, several)):
        clock = lesson.FakeClock()
        got = time_calls(clock.task([3]), warmup, repeats, clock)
        what = f"time_calls(fn, {warmup}, {repeats}, clock)"
        expect.shape(got, (repeats,), what)
        # covers: `warmup` times without keeping anything, then `repeats` times
        called = len(clock.calls())
        expect.equal(called, warmup + repeats, f"how often {what} calls fn")
    repeats = int(rng.integers(2, 5))
    nobody = threading.Event()  # waiting for it takes no processor time
    got = time_calls(lambda: nobody.wait(0.02), 0, repeats)
    what = "time_calls(fn, 0, …) with its own clock, where fn waits for 20 ms"
    expect.shape(got, (repeats,), what)
    least, expected = float(np.min(got)), "10,000,000 ns at the very least"
    expect.true(least >= 10_000_000, what, expected=expected, got=least)
### END HIDDEN TESTS
expect.passed("warmed up once, and as often as asked")

# %% [markdown]
# <details><summary>Another way</summary>
#
# One reading between two calls ends one sample and begins the next. After the warm-up:
#
# ```python
# readings = [clock()]
# for _ in range(repeats):
#     fn(), readings.append(clock())
# return np.diff(np.array(readings, dtype=np.int64))
# ```
#
# </details>

# %% [markdown]
# ### What are you going to measure?
#
# The small MobileNet of this course, untrained: how fast it is does not depend on how right it is. `net.eager` runs
# it in PyTorch, `net.runtime` in ONNX Runtime; `net.images[n]` are n images.

# %% demo="the_network"
net = lesson.digit_net(folder)
print(net)

# %% [markdown]
# ### How cold is the first call?
#
# Twelve times a session is opened, and then called 30 times with one image. Your `time_calls` takes all samples, with
# no warm-up. How many times as long as a warm call is the first one?

# %% predict="first_call"
guess_first_call = None  # times a warm call

# %% demo="cold_and_warm"
first = lesson.draw_first_calls(time_calls, net)
told = predictions.beside(guess_first_call, first, "×")
measured["a first call over a warm one"] = told

# %% [markdown]
# ## Which number describes a thousand samples?
#
# Times have a hard floor and a long tail, so the mean and the standard deviation describe hardly any call that
# happened. Order the samples instead: half of them are at most the **median**, 95 % at most the 95th **percentile**.
# A service is judged by its 99th: with a hundred images on a page, most visitors meet it.
#
# **Spread**, the distance from the 25th to the 75th percentile over the median, says how quiet the machine was: near 0,
# very.

# %% [markdown]
# ### Exercise 4.3 · Percentiles (2 points · 7 min)
#
# Write `summarize(samples_ns)`: a dict with `median_ms`, `p95_ms`, `p99_ms` in milliseconds, and `spread`. Between
# two samples, interpolate linearly, as `np.percentile(samples, 95)` does by default.
#
# *The trap:* spread is a ratio. It has no unit, and nanoseconds or milliseconds must give the same.
#
# <details><summary>Hint</summary>
# <code>np.percentile</code> takes a list of percents and returns all of them at once. A millisecond has a million
# nanoseconds.
# </details>


# %% solution="summarize"
def summarize(samples_ns):
    """Describe samples by their order.

    samples_ns: (n,) int64 array, nanoseconds, n >= 1, median above 0, not changed
    returns: {"median_ms": float, "p95_ms": float, "p99_ms": float, "spread": float};
    percentiles by NumPy's default method, "linear"
    spread: (75th percentile - 25th percentile) / median
    """
    ### BEGIN SOLUTION
    low, median, high, p95, p99 = (
        float(q) for q in np.percentile(samples_ns, [25, 50, 75, 95, 99])
    )
    spread = (high - low) / median
    return {
        "median_ms": median / 1e6,
        "p95_ms": p95 / 1e6,
        "p99_ms": p99 / 1e6,
        "spread": spread,
    }
    ### END SOLUTION


# %% test="summarize_percentiles" points=1
samples = np.array([4_000_000, 1_000_000, 3_000_000, 2_000_000, 10_000_000])
got = summarize(samples.copy())
expect.keys(got, ["median_ms", "p95_ms", "p99_ms", "spread"], "summarize(samples_ns)")
causes = {
    "these are nanoseconds": (3e6, 8.8e6, 9.76e6),
    "these are microseconds; a millisecond has 1,000,000 ns": (3e3, 8.8e3, 9.76e3),
    "these are seconds": (3e-3, 8.8e-3, 9.76e-3),
    "this is the mean": (4.0, 4.0, 4.0),
    "this is one of the samples; interpolate between two": (2.0, 10.0, 10.0),
    "np.percentile takes 95 for 95 %, not 0.95": (1.02, 1.038, 1.0396),
}
got = tuple(got[key] for key in ("median_ms", "p95_ms", "p99_ms"))
what = "median_ms, p95_ms, p99_ms of summarize(samples_ns)"
expect.close(got, (3.0, 8.8, 9.76), what, atol=1e-5, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: samples_ns: (n,) int64 array
    cases = {
        "one sample": rng.integers(1, 10**9, size=1),
        "two samples, 1 and 2 ns": np.array([2, 1]),
        "many ties": rng.permutation([3] * 11 + [8] * 2 + [0, 0, 10**15]),
        "some days": rng.integers(10**15, 2**62, size=int(rng.integers(3, 30))),
    }
    for n in rng.integers(20, 300, size=3).tolist():
        cases[f"{n} samples"] = rng.lognormal(13, 1, size=n).astype(np.int64)
    others = cases[f"{n} samples"].copy()
    cases["as many, with the same ends"] = others
    others[1:-1] = np.mean(others[1:-1])
    cases["120,000 samples"] = rng.lognormal(13, 1, size=120_000).astype(np.int64)
    cases["every second entry of an array"] = cases["120,000 samples"][:99]
    for case, samples in cases.items():
        given = samples.copy()
        given = lesson.strided(given, "every second") if "every" in case else given
        got, what = summarize(given), f"summarize(samples_ns), {case}"
        # covers: a dict with `median_ms`, `p95_ms`, `p99_ms`
        expect.keys(got, ["median_ms", "p95_ms", "p99_ms", "spread"], what)
        # covers: Describe samples by their order | percentiles by NumPy's default
        for key, percent in (("median_ms", 50), ("p95_ms", 95), ("p99_ms", 99)):
            value = (
                np.percentile(samples, percent) / 1e6
            )  # covers: interpolate linearly
            expect.close(got[key], value, f"{what}[{key!r}]", atol=0, rtol=1e-9)
        # covers: returns: {"median_ms": float
        kinds = {k: type(v).__name__ for k, v in got.items()}
        floats = all(isinstance(v, (float, np.floating)) for v in got.values())
        expect.true(floats, f"the types of {what}", expected="floats", got=kinds)
### END HIDDEN TESTS
expect.passed("the median and the tail, in milliseconds")

# %% test="summarize_spread" points=1
samples = np.array([4_000_000, 1_000_000, 3_000_000, 2_000_000, 10_000_000])
got = summarize(samples)
expect.keys(got, ["median_ms", "p95_ms", "p99_ms", "spread"], "summarize(samples_ns)")
what = "samples_ns after summarize(samples_ns)"
expect.unchanged(samples, [4e6, 1e6, 3e6, 2e6, 1e7], what)
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
what = "summarize(samples_ns)['spread']"
expect.close(got["spread"], 0.6666667, what, atol=1e-6, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    cases = {
        "one sample": rng.integers(1, 10**9, size=1),
        "two samples": np.array([2, 1]),
        "many ties": rng.permutation([3] * 9 + [8] * 6 + [0, 900]),
        "all equal": np.full(7, int(rng.integers(1, 10**9))),
        "some days": rng.integers(10**15, 2**62, size=int(rng.integers(3, 30))),
    }
    for n in (3, 4, 6, *rng.integers(20, 300, size=3).tolist()):
        cases[f"{n} samples"] = rng.lognormal(13, 1, size=n).astype(np.int64)
    others = cases[f"{n} samples"].copy()
    cases["as many, with the same ends"] = others
    others[1:-1] = np.mean(others[1:-1])
    for case, samples in cases.items():
        before, what = samples.copy(), f"the spread, {case}"
        got = summarize(samples)["spread"]
        low, median, high = np.percentile(before, [25, 50, 75])
        # covers: spread is a ratio | nanoseconds or milliseconds must give the same
        # covers: spread: (75th percentile - 25th percentile) / median
        expect.close(got, (high - low) / median, what, atol=1e-15, rtol=1e-9)
        # covers: n >= 1, median above 0, not changed
        expect.unchanged(samples, before, f"samples_ns after summarize, {case}")
### END HIDDEN TESTS
expect.passed("how quiet it was, without a unit")

# %% [markdown]
# ### What does the mean of loops hide?
#
# 3,000 calls, one image each. Many benchmarks report the mean and standard deviation of some loops, as `%timeit`
# does. Here the *same* samples are told both ways; a loop is 100 of them in a row. How many times as long as the
# median is the slowest of the 3,000?

# %% predict="slowest_call"
guess_slowest_call = None  # times the median

# %% demo="the_tail"
one_image = partial(net.runtime, net.images[1])
samples = lesson.sampler(time_calls)(one_image, 20, 3000)
slowest = lesson.draw_tail(samples, summarize(samples))
slowest = predictions.beside(guess_slowest_call, slowest, "×")
measured["the slowest of 3,000 calls over the median"] = slowest

# %% [markdown]
# ## Can a function time itself?
#
# A **decorator** takes a function and returns one in its place. This one counts calls. Two things show in what it
# prints: a function is an object that can carry a function of its own (`halve.count()`), and the replacement has
# lost its name. `@wraps(fn)`, imported from functools above and put on top of `wrapped` as another decorator, copies
# name and docstring.


# %% demo="counted"
def counted(fn):
    def wrapped(*args, **kwargs):
        calls.append(args)
        return fn(*args, **kwargs)

    calls = []
    wrapped.count = lambda: len(calls)
    return wrapped


@counted
def halve(x):
    return x / 2


print(halve(3), halve(x=8), halve.count(), halve.__name__)

# %% [markdown]
# ### Exercise 4.4 · A stopwatch (3 points · 14 min)
#
# A published benchmark has such a decorator: it runs the function in loops, prints a mean ± a deviation, and throws
# away the result, the samples and the name. Write `stopwatch(repeats, clock)`, which keeps all three.
# `stopwatch(5, clock)` is a decorator; one call of the function that it returns calls `fn` `repeats` times with the
# same arguments (not copies; keywords of any name but self), returns what the last of these returned, and
# leaves the samples of that one call to be read with `.samples()`, in an array that no later call changes.
#
# *The trap:* two functions under two stopwatches have two sets of samples.
#
# <details><summary>Hint</summary>
# Three levels: <code>stopwatch</code> returns a decorator, which takes <code>fn</code> and returns
# <code>wrapped</code>. The samples live in an array or a list that the decorator makes, one for each function; every
# call of <code>wrapped</code> fills it anew, and <code>samples</code> hands out a copy.
# </details>


# %% solution="stopwatch"
def stopwatch(repeats, clock):
    """Return a decorator for functions that time themselves.

    repeats: how often a call of decorated calls fn, at least 1; clock: returns ns, int
    decorated: takes fn's arguments, returns its last result, has its name and docstring
    decorated.samples(): (repeats,) int64 array, ns of fn's calls in the latest call
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

        wrapped.samples = taken.copy
        return wrapped

    return decorator
    ### END SOLUTION


# %% test="stopwatch_result" points=1
clock = lesson.FakeClock()
work = clock.task([10])
decorator = stopwatch(3, clock)
likely, there = "`return decorator` is missing in stopwatch", decorator is not None
what = "stopwatch(3, clock)"
expect.true(there, what, expected="a decorator", got=None, likely=likely)
timed = decorator(lambda x, factor=2: (work(), x * factor)[1])
likely, there = "`return wrapped` is missing in the decorator", timed is not None
what = "stopwatch(3, clock)(fn)"
expect.true(there, what, expected="a function", got=None, likely=likely)
causes = {"the results of all calls come back; return the last": [14, 14, 14]}
expect.close(timed(7), 14, "timed(7), where fn doubles", causes=causes)
likely = "hand *args and **kwargs on to fn"
expect.close(timed(7, factor=5), 35, "timed(7, factor=5)", likely=likely)
what = "how often fn ran in two calls of timed; repeats is 3"
expect.equal(len(clock.calls()), 6, what)
results = iter([1, 2, 3, 4])
got = stopwatch(4, clock)(lambda: next(results))()
causes = {"all the results come back": [1, 2, 3, 4], "the first result comes back": 1}
likely, what = "return the last result", "timed(), where fn returns 1, 2, 3, 4"
expect.close(got, 4, what, causes=causes, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: repeats: how often a call of decorated calls fn
    for repeats in (1, int(rng.integers(2, 9))):
        x, terms = rng.normal(size=(2, 3)), rng.normal(size=(repeats, 2, 3))
        left, seen = iter(terms), []

        def noted(x, y=1.0, *more, scale=0, shift=0, left=left, seen=seen):
            seen.append([x.tolist(), y, list(more), scale, shift])
            return next(left) + x * y

        # covers: is a decorator | Return a decorator
        timed = stopwatch(repeats=repeats, clock=lesson.FakeClock())(noted)
        got = timed(x, 3.0, 4, shift=5, scale=6)
        # covers: returns what the last of these returned | which keeps all three
        what = f"what the decorated function returns, repeats={repeats}"
        expect.close(got, terms[-1] + 3 * x, what)
        expected, what = [[x.tolist(), 3.0, [4], 6, 5]] * repeats, "what fn is given"
        expect.equal(seen, expected, f"{what}, repeats={repeats}")
    # covers: decorated: takes fn's arguments
    # covers: keywords of any name but self), returns what
    names = rng.permutation(lesson.NAMES.split()).tolist()
    named = {name: k for k, name in enumerate(names)}
    given_back = stopwatch(2, lesson.FakeClock())(lambda *args, **named: [args, named])
    got = given_back(**named)
    what = "timed(fn=…, clock=…, x=…) and so on, where fn returns what it is given"
    expect.equal(list(got[1].items()), list(named.items()), what)
    due, what = [((2, 3.5),), {"b": None}], "what timed((2, 3.5), b=None) hands to fn"
    expect.equal(given_back((2, 3.5), b=None), due, what)
    # covers: `repeats` times with the same arguments (not copies
    boxes = [np.zeros(2), rng.normal(size=200_000), [1], {"a": [2]}, {3}, iter([4])]
    named = {"named": np.ones(3), "more": [5]}
    got = stopwatch(4, lesson.now)(lesson.again)(*boxes, None, "x", **named)
    what = "how many calls of fn in a row are given the same objects, repeats=4"
    expect.equal(got, 4, what)
    plain = [1], (2, 3.5), {"a": [2]}, {3}, "x", b"y", None, np.float32(4)
    got = stopwatch(2, lesson.FakeClock())(lambda *args, **named: [args, named])
    due, what = [plain, {"b": (5,)}], "what fn is given where timed gets such values"
    expect.equal(repr(got(*plain, b=(5,))), repr(due), what)
    values = rng.integers(10**9, size=4).tolist()
    got = stopwatch(3, lesson.now)(next)(iter(values))
    expect.equal(got, values[2], f"timed(iter({values})), where fn is next, repeats=3")
    timed = stopwatch(3, lesson.now)(lesson.growing)
    for box in boxes:
        same = stopwatch(1, lesson.now)(lesson.handed_back)(timed, box)
        kind = f"whether timed returns its argument, as fn does, a {type(box).__name__}"
        expect.true(same, kind, expected="the very object", got="another")
    results = iter(range(1, 7))
    timed = stopwatch(2, lesson.FakeClock())(lambda x: next(results))
    what = "timed(5) three times, where fn returns 1, 2, 3, …"
    expect.equal([timed(5) for _ in range(3)], [2, 4, 6], what)
    for last in (0, None):
        results = iter([3, last])
        got = stopwatch(2, lesson.FakeClock())(lambda results=results: next(results))()
        expect.equal(got, last, f"timed(), where fn returns 3, then {last}")
### END HIDDEN TESTS
expect.passed("the result is still there")

# %% test="stopwatch_samples" points=1
clock = lesson.FakeClock(start=1_000)
watch = stopwatch(3, clock)
timed, other = watch(clock.task([30, 10, 20, 7, 5, 6])), watch(clock.task([1]))
timed(), other()
likely = "wrapped.samples is a function that returns the array, as wrapped.count above"
there = callable(getattr(timed, "samples", None))
expect.true(there, "timed.samples", expected="a method", got="none", likely=likely)
got = timed.samples()
causes = {
    "the other function's samples are in there": [1, 1, 1],
    "does wrapped fill what samples() reads?": [],
}
what = "timed.samples(), where fn lasts 30, 10, 20 ns"
expect.array(got, what)
expect.close(got, [30, 10, 20], what, causes=causes)
expect.equal(str(got.dtype), "int64", "the dtype of timed.samples()")
timed()
likely = "let samples() return a copy"
expect.close(got, [30, 10, 20], "the first timed.samples(), kept", likely=likely)
causes = {"the samples of the call before are still there": [30, 10, 20, 7, 5, 6]}
what = "timed.samples() after the second call"
expect.close(timed.samples(), [7, 5, 6], what, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    many, starts = int(rng.integers(3, 9)), 2**61 + rng.integers(10**6, size=2)
    clocks = [lesson.FakeClock(start=int(start)) for start in starts]
    few, more = stopwatch(1, clocks[0]), stopwatch(many, clocks[1])
    lasting = rng.integers(1, 10**9, size=(2, 4 * many)).tolist()
    # covers: clock: returns ns, int
    lasting[1][0], lasting[1][1] = 2**53 + 1 + 2 * int(rng.integers(10**6)), 0
    one, other = (clock.task(ns) for clock, ns in zip(clocks, lasting, strict=True))
    # covers: have two sets of samples
    timed = {"1": few(one), f"{many}": more(other), f"{many}, again": more(other)}
    timed |= {"1, again": few(one)}
    for turn in range(2):
        due = {
            "1": lasting[0][2 * turn : 2 * turn + 1],
            f"{many}": lasting[1][2 * turn * many : (2 * turn + 1) * many],
            f"{many}, again": lasting[1][(2 * turn + 1) * many : (2 * turn + 2) * many],
            "1, again": lasting[0][2 * turn + 1 : 2 * turn + 2],
        }
        for name in timed:
            timed[name]()
        for name, expected in due.items():
            # covers: to be read with `.samples()` | int64 array, ns of fn's calls
            what = f"samples(), repeats={name}, call {turn}"
            for _ in range(2):  # to read them does not use them up
                got = timed[name].samples()
                expect.array(got, what)
                found = str(got.dtype), got.tolist()
                expect.equal(found, ("int64", expected), what)
    clock, lasting = lesson.FakeClock(), rng.integers(1, 10**9, size=(2, 2, 3))
    inner = stopwatch(3, clock)(clock.task(lasting.ravel().tolist()))
    outer = stopwatch(2, clock)(inner)
    for turn in lasting:
        outer()
        found = inner.samples().tolist(), outer.samples().tolist()
        what = f"samples() of a decorated function, decorated again, fn lasts {turn} ns"
        expect.equal(found, (turn[-1].tolist(), turn.sum(axis=1).tolist()), what)
    # covers: in an array that no later call changes
    timed = stopwatch(3, lesson.now)(lesson.growing)
    stopwatch(1, lesson.now)(lesson.samples_kept)(timed)
    timed = stopwatch(2500, lesson.now)(lesson.growing)
    timed()
    got, what = timed.samples(), "samples(), repeats=2500, each call 1 ns longer"
    expect.equal(got.tolist(), list(range(int(got[0]), int(got[0]) + 2500)), what)
### END HIDDEN TESTS
expect.passed("every sample can be read")


# %% test="stopwatch_identity" points=1
decorator = stopwatch(2, lesson.FakeClock())
got = lesson.shown_by_help(decorator, "classify", "Label the images.")
likely = "put @wraps(fn) on top of the function that takes fn's place" if got[0] else ""
expect.equal(got[0], "classify", "the name of the decorated function", likely=likely)
expect.equal(got[1], "Label the images.", "its docstring", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # explains: A published benchmark has such a decorator
    decorator = stopwatch(3, lesson.FakeClock())
    name, docstring = (
        f"f{rng.integers(10**9)}",
        f" Return {rng.integers(10**9)}.\n\n    x\n    ",
    )
    # covers: has its name and docstring
    for given in ((name, docstring), ("g", None), ("h", "")):
        got = lesson.shown_by_help(decorator, *given)
        expect.equal(got, given, "name and docstring of the decorated function")
### END HIDDEN TESTS
expect.passed("help() still knows it")

# %% [markdown]
# ### Do both give the same answer, and how long does it take?
#
# A timed function that still returns its result lets you check what you time: a fast wrong answer is worth nothing.

# %% demo="timed_and_checked"
watch = stopwatch(200, time.perf_counter_ns)
gap = lesson.show_timed(watch(net.eager), watch(net.runtime), net, summarize)
measured["largest difference between what was timed"] = f"{gap:.1e}"

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
# ### Exercise 4.5 · A speed-up with its interval (4 points · 16 min)
#
# Write `paired_speedup(a, b, rounds, clock)`. In each round call each function exactly once, in either order. A round's
# ratio is the time of a over the time of b: 2 means that b is twice as fast. No warm-up calls here. Seed your
# generator in each call, so that the same samples give the same interval.
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
    """Return how many times as fast as a() b() is, and a 95 % bootstrap interval.

    a, b: called without arguments, once each in every round
    rounds: how many, 2 to 999; clock: returns ns, an int, and moves in every call
    returns: (ratio, low, high), floats: the median over rounds of (time of a) / (time
    of b), and the 2.5th and 97.5th percentile of the medians of 10,000 resamples
    """
    ratios = np.empty(rounds)
    ### BEGIN SOLUTION
    for k in range(rounds):
        start = clock()
        a()
        between = clock()
        b()
        ratios[k] = (between - start) / (clock() - between)
    drawn = np.random.default_rng(0).choice(ratios, size=(10_000, rounds))
    low, high = np.percentile(np.median(drawn, axis=1), [2.5, 97.5])
    ### END SOLUTION
    return float(np.median(ratios)), float(low), float(high)


# %% test="paired_speedup_ratio" points=1
clock = lesson.FakeClock(start=2**61)
a = clock.task([36_000, 90_000, 20_000], "a")
b = clock.task([12_000, 15_000, 40_000], "b")
got, likely = paired_speedup(a, b, 3, clock), "return all three: ratio, low, high"
expect.parts(got, 3, "paired_speedup(a, b, 3, clock)", likely=likely)
what = "the ratio, where a lasts 36, 90, 20 µs and b 12, 15, 40 µs"
causes = {
    "it is the other way round: time of a over time of b": 0.3333333,
    "this divides the medians; take the median of the rounds' ratios": 2.4,
    "this divides the means; take the median of the rounds' ratios": 2.1791045,
    "this is the mean of the ratios": 3.1666667,
    "the times are sorted before they are paired": 2.25,
}
expect.close(got[0], 3.0, what, atol=1e-6, causes=causes)
likely, called = "once each a round, no warm-up", sorted(clock.calls())
expect.equal(called, [*"aaabbb"], "the calls in three rounds", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for rounds in (2, 4, *(2 * rng.integers(3, 9, size=2) + [0, 1]).tolist()):
        left, right = (
            rng.integers(1, 10**6, size=(2, rounds)) ** 2
        )  # covers: rounds: how many, 2 to 999
        # covers: clock: returns ns, an int, and moves in every call
        clock = lesson.FakeClock(start=2**61)
        # covers: a, b: called without arguments
        a, b = clock.task(left.tolist(), "a"), clock.task(right.tolist(), "b")
        # covers: Write `paired_speedup(a, b, rounds, clock)`
        got = paired_speedup(a=a, b=b, rounds=rounds, clock=clock)
        what = f"paired_speedup, {rounds} rounds of {left} over {right}"
        expect.parts(got, 3, what)
        # covers: returns: (ratio, low, high), floats
        floats = all(isinstance(each, (float, np.floating)) for each in got)
        expect.true(floats, what, expected="three floats", got=got)
        # covers: ratio is the time of a over | Return how many times as fast
        value = np.median(left / right)
        expect.close(got[0], value, f"the ratio of {what}", atol=0, rtol=1e-9)
        # covers: No warm-up calls here
        called = sorted(clock.calls())
        expect.equal(called, [*"a" * rounds, *"b" * rounds], f"the calls of {what}")
    clock, what = lesson.FakeClock(), "paired_speedup(a, a, 5, clock), of 8 and 2 ns"
    task = clock.task([8, 2])
    got = paired_speedup(task, task, 5, clock)
    near = min(abs(got[0] - 4), abs(got[0] - 0.25)) < 1e-9
    expect.true(near, what, expected="4, or 1/4", got=got)
    left, right = rng.integers(1, 10**6, size=(2, 999))
    left, right = np.stack([left, right])[:, np.argsort(left / right)]
    a, b = lesson.Lasting(left.tolist()), lesson.Lasting(right.tolist())
    got, what = paired_speedup(a, b, 999, lesson.now)[0], "the ratio of 999 rounds"
    expect.close(got, np.median(left / right), what, atol=0, rtol=1e-9)
### END HIDDEN TESTS
expect.passed("the median of the rounds' ratios")

# %% test="paired_speedup_drift" points=2
clock = lesson.FakeClock(drift=0.01)
a, b = clock.task([3_000_000], "a"), clock.task([2_000_000], "b")
got = paired_speedup(a, b, 41, clock)
what = "paired_speedup(a, b, 41, clock), a 3 ms, b 2 ms, each call slows all by 1 %"
expect.parts(got, 3, what)
pairs = [sorted(clock.calls()[k : k + 2]) for k in range(0, 82, 2)]
likely = "call both functions once in each round"
expect.equal(pairs, [["a", "b"]] * 41, "the calls, two by two", likely=likely)
causes = {
    "it is the other way round: time of a over time of b": 0.6667,
    "the division cuts off the rest": 1.0,
}
expect.close(got[0], 1.5, f"the ratio: {what}", atol=0.025, causes=causes)
expect.close(got[1:], (1.5, 1.5), f"low and high: {what}", atol=0.025)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    truth, rounds = float(rng.uniform(1.2, 4)), int(rng.integers(30, 60))
    for drift in (0.01, -0.01):
        clock = lesson.FakeClock(drift=drift)
        tasks = clock.task([round(truth * 1e8)], "a"), clock.task([10**8], "b")
        got = paired_speedup(*tasks, rounds, clock)
        what, near = "ratio, low, high on a drifting machine", 0.0125 * truth
        expect.close(got, (truth, truth, truth), what, atol=near)
        # covers: In each round call each function exactly once
        pairs = [sorted(clock.calls()[k : k + 2]) for k in range(0, 2 * rounds, 2)]
        expect.equal(pairs, [["a", "b"]] * rounds, "the calls, two by two, drifting")
### END HIDDEN TESTS
expect.passed("a machine that slows down changes nothing")

# %% test="paired_speedup_interval" points=1
busy = 1 + np.arange(401) * 37 % 11  # slows both functions of a round alike
above = (400 + np.arange(401) * 150 % 401) * busy * 1_000  # ns
below = 400 * busy * 1_000
clock = lesson.FakeClock()
got = paired_speedup(clock.task(above.tolist()), clock.task(below.tolist()), 401, clock)
what = "low and high, where the ratios of 401 rounds are 1, 1.0025, 1.005, …, 2"
expect.parts(got, 3, "paired_speedup(a, b, 401, clock)")
causes = {
    "these are percentiles of the ratios, not of resamples' medians": (1.025, 1.975),
    "this is an interval of the mean; take medians": (1.4717, 1.5283),
    "it is the other way round: time of a over time of b": (0.6456, 0.6892),
    "a and b are drawn separately; draw the rounds' ratios": (1.275, 1.7025),
    "these are the 5th and 95th percentile, a 90 % interval": (1.459, 1.541),
}
expect.close(tuple(got[1:]), (1.4512, 1.5488), what, atol=0.005, causes=causes)


### BEGIN HIDDEN TESTS
def from_ratios(ratios, rng):
    """Return a call of paired_speedup on rounds of these ratios."""
    size = len(ratios)
    below = 64 * rng.integers(1, 10**6, size=size)  # ups and downs of the machine
    above = (ratios * below).astype(np.int64)

    def call():
        tasks = lesson.Lasting(above.tolist()), lesson.Lasting(below.tolist())
        return tuple(map(float, paired_speedup(*tasks, size, lesson.now)))

    return call


with fresh_draw() as rng:
    # More than half of a resample from the 5 lowest of 16: 3.3 % of all resamples, so
    # the 2.5th percentile is one of these. Of 10,000 it always is, of 1,000 it is not.
    # covers: 2.5th and 97.5th percentile of the medians of 10,000 resamples
    drawn = [("16 rounds: 5 of ratio 1/4, 6 of 1, 5 of 8", (5, 6, 5), (0.25, 8))] * 18
    # Half of a resample from the 2 lowest of 10: 3.3 %, too; its median is a mean.
    drawn += [("10 rounds: 2 of 1/4, 6 of 1, 2 of 8", (2, 6, 2), (0.625, 4.5))] * 3
    # covers: and a 95 % bootstrap interval
    # Of 21 rounds, 6 are too few: 1.8 % of the resamples have most of theirs there.
    drawn += [("21 rounds: 6 of 1/4, 9 of 1, 6 of 8", (6, 9, 6), (1, 1))] * 5
    for what, counts, expected in drawn:
        # covers: the bootstrap draws rounds, that is, ratios | tears the pairs apart
        unit = 2.0 ** rng.integers(-1, 3)
        ratios = rng.permutation(np.repeat([0.25, 1.0, 8.0], counts)) * unit
        ends = tuple(unit * end for end in expected)
        got = from_ratios(ratios, rng)()
        what = f"(low, high) of {what}, times {unit}"
        expect.close(got[1:], ends, what, rtol=1e-9)
    # Of 999, 466 are too few (1.7 %), 472 are not (4 %).
    ratios = np.repeat([0.25, 0.5, 1.0, 2.0, 4.0], [466, 6, 55, 6, 466])
    what = "999 rounds: 466 of ratio 1/4, 6 of 1/2, 55 of 1, 6 of 2, 466 of 4"
    got = from_ratios(rng.permutation(ratios), rng)()
    expect.close(got[1:], (0.5, 2.0), f"(low, high) of {what}", rtol=1e-9)
    for rounds in (2, 3, 4, 5):  # the lowest is the median of 5 % of the resamples
        ratios = np.array([0.25, 1.0, 2.0, 5.0, 8.0])[-rounds:]
        got = from_ratios(rng.permutation(ratios), rng)()
        ends, what = (float(ratios[0]), 8.0), f"(low, high) of rounds of {ratios}"
        expect.close(got[1:], ends, what, rtol=1e-9)
    # Of 15 rounds, 4 are 2.5 %: without a seed the ends are now these, now those.
    call = from_ratios(rng.permutation([0.25] * 4 + [1.0] * 7 + [8.0] * 4), rng)
    # covers: Seed your generator in each call, so that the same samples give the same interval
    first, again = call(), [call() for _ in range(5)]
    what = "the interval of the same samples, asked six times"
    expect.equal(again, [first] * 5, what, likely="seed the generator, in each call")
### END HIDDEN TESTS
expect.passed("an interval for the median, from the rounds alone")

# %% [markdown]
# ### How wrong is one after the other?
#
# Left, on `FakeClock`, where the truth is known (1.5): what both methods say when each call slows the machine. Right,
# on your machine: a function against *itself*, 16 times by each method. The truth is 1. Where both scatter alike,
# your machine was steady; you only know because you looked. Where nearly all the turns lie on one side of 1, being
# first in a round costs something: the package's `compare`, below, draws the order at random.

# %% demo="against_itself"
four_images = partial(net.runtime, net.images[4])
reach = lesson.draw_against_itself(time_calls, paired_speedup, four_images)
measured["a function against itself, 16 times"] = reach

# %% [markdown]
# ### Torch or ONNX Runtime, at which size?
#
# One image at a time, of 8×8 to 64×64 pixels. How many times as fast as PyTorch is ONNX Runtime at 8×8?

# %% predict="small_image"
guess_small_image = None  # times as fast

# %% demo="over_sizes"
faster = lesson.draw_sizes(paired_speedup, net, folder)
told = predictions.beside(guess_small_image, faster[8], "×")
measured["ONNX Runtime's speed-up, 8×8 pixels"] = told
measured["ONNX Runtime's speed-up, 64×64 pixels"] = f"{faster[64]:.3g}×"

# %% [markdown]
# A small image is mostly overhead: calling operators from Python one by one costs PyTorch about the same at every
# size. A large one is mostly arithmetic. (Where the intervals overlap, your run cannot show it.)

# %% [markdown]
# ### Do other clocks agree?
#
# `course_utils.timing` has what you wrote, grown up: `compare` interleaves in random order, puts short calls together
# in samples of many, and widens its interval where neighbouring rounds are alike. PyTorch's own is
# `torch.utils.benchmark.Timer`.

# %% demo="other_clocks"
measured |= lesson.show_clocks(paired_speedup, time_calls, net)

# %% [markdown]
# Two good clocks may differ. In yours every call comes right after one of the other function, and finds the
# processor's caches full of the other's data; the third line says what that costs: by itself, it would make yours the
# smaller speed-up. `compare` takes several short calls in a row, and all but the first find their own. A service that
# runs one model all day is the second case. No interval warns you: it knows what other rounds would say, not what all
# rounds have in common.

# %% [markdown]
# ### What else stood between the two readings?
#
# A request brings numbers as text or lists, not float32 arrays. Whether turning them into an array belongs to the
# time depends on the question, but both sides must answer the same one. Here is one image, with and without that line
# inside the timed function.

# %% demo="conversion_inside"
ratio = lesson.show_conversion(net)
measured["conversion inside the timed function"] = f"time × {ratio:.3g}"

# %% [markdown]
# ## How many images at once?
#
# A **batch** shares what a call costs anyway, so **throughput**, images per second, rises with its size, as long as
# that share counts. **Latency**, the time of the call, rises, too, and the first image waits for the last. So
# nobody can say which batch is best before somebody says how long an answer may take: the **budget**.

# %% [markdown]
# ### Exercise 4.6 · The best batch (2 points · 7 min)
#
# Write `best_batch(latency_ms_by_batch, budget_ms)`: the batch size with the most images per second among those whose
# call lasts no longer than the budget. A call that lasts exactly as long as the budget keeps it. Where two are equally
# good, take the smaller batch: it answers sooner. Where none keeps the budget, raise a `ValueError`.
#
# *The trap:* the largest batch that fits is not always the one with the most images per second.
#
# <details><summary>Hint</summary>
# Keep those that fit, sorted; <code>max</code> with a <code>key</code> takes the first of equals.
# </details>


# %% solution="best_batch"
def best_batch(latency_ms_by_batch, budget_ms):
    """Return the batch size with the highest throughput within a latency budget.

    latency_ms_by_batch: {batch size (int): milliseconds of one call, above 0}, in any
    order, perhaps fewer for a larger batch; not changed
    budget_ms: a number
    returns: one of the keys, the smallest of those whose n / ms is exactly the same;
        what differs there differs by more than 1e-13 of it
    raises: ValueError where no batch size keeps the budget
    """
    ### BEGIN SOLUTION
    fitting = sorted(
        batch for batch, latency in latency_ms_by_batch.items() if latency <= budget_ms
    )
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
got, what = best_batch(dict(latencies), 100.0), f"best_batch({latencies}, 100)"
expect.close(got, 16, what, causes=causes)
causes = {"16 lasts longer than the budget": 16, "64 lasts longer than the budget": 64}
got, what = best_batch(dict(latencies), 10.0), f"best_batch({latencies}, 10)"
expect.close(got, 4, what, causes=causes)
backwards = {64: 70.0, 16: 16.0, 4: 5.0, 1: 2.0}
expect.close(best_batch(backwards, 100.0), 16, f"best_batch({backwards}, 100)")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for unit in (1.0, 1e-6, 1e7):  # ms of very short calls and of very long ones
        drawn = rng.permutation([1, 2, 3, 6, 12, 24, 48])
        if unit == 1:  # many, where the largest, which comes last, is the best
            drawn = [*(rng.permutation(10**6)[:1500] + 1), 2 * 10**6]
        # covers: the largest batch that fits is not always | highest throughput
        latencies = {int(n): float(n * rng.uniform(0.5, 2) * unit) for n in drawn}
        latencies |= {2 * 10**6: 0.9e6} if unit == 1 else {}
        most, brief = float(np.median(drawn)), str(latencies)[:300]
        budgets = (np.array([10, *rng.uniform(0.4, 10, size=4)]) * most * unit).tolist()
        for budget in budgets:
            kept = [each for each in latencies if latencies[each] <= budget]
            expected = max(kept, key=lambda each: each / latencies[each])
            what, given = f"best_batch({brief}, {budget})", dict(latencies)
            got = best_batch(latency_ms_by_batch=given, budget_ms=budget)
            # covers: the batch size with the most images per second among those
            expect.close(got, expected, what)
            # covers: returns: one of the keys
            kind = type(got).__name__
            is_key = isinstance(got, (int, np.integer))
            expect.true(is_key, what, expected="an int, as the keys", got=kind)
            what = f"the dict after {what}"
            expect.unchanged(given, latencies, what)  # covers: not changed
            found = list(expect.after(given))
            expect.equal(found, list(latencies), f"the keys of {what}")
    few = {1: 2, 2: 5, 4: 7, 8: 15, 16: 31}  # up and down; ms and budgets that are ints
    for budget, expected in ((3, 1), (6, 1), (8, 4), (30, 4), (10**9, 4)):
        got = best_batch(dict(few), budget)  # covers: budget_ms: a number
        expect.close(got, expected, f"best_batch({few}, {budget})")
    for budget in (8.5, 8.2, 5.5):
        falls = {1: 9.0, 4: 8.0, 16: 5.0}
        got = best_batch(dict(falls), budget)
        expect.close(got, 16, f"best_batch({falls}, {budget})")
    for fast, budget in ((4, 3.25), (8, 1.75), (16, np.inf)):
        # covers: {batch size (int): milliseconds of one call, above 0}, in any order
        latencies = {1: 1.0, 2: 3.5, 3: 9, 4: 3.0, 6: 7, 8: 1.5, 16: 2.0}
        latencies = {n: latencies[n] if n <= fast else 1e9 for n in latencies}
        got = best_batch(dict(latencies), budget)
        expect.close(got, fast, f"best_batch({latencies}, {budget})")
    near = {4: 4.0, 8: 8 - 1e-12, 16: 16 - 1e-11 * float(rng.uniform(1, 2))}
    expect.close(best_batch(dict(near), 20.0), 16, f"best_batch({near}, 20)")
    near = {4: 4 - 1e-12 * float(rng.uniform(1, 2)), 8: 8.0, 16: 16.0}
    expect.close(best_batch(dict(near), 20.0), 4, f"best_batch({near}, 20)")
### END HIDDEN TESTS
expect.passed("the most images per second within the budget")

# %% test="best_batch_edges" points=1
latencies = {1: 3.0, 4: 8.0, 8: 12.0, 32: 60.0}
causes = {"a call that lasts exactly as long as the budget keeps it": 4}
got, what = best_batch(dict(latencies), 12.0), f"best_batch({latencies}, 12)"
expect.close(got, 8, what, causes=causes)
causes = {"of two equally good, the smaller": 8}
for tied in ({2: 4.0, 8: 16.0, 1: 9.0}, {8: 16.0, 1: 9.0, 2: 4.0}):
    expect.close(best_batch(tied, 50.0), 2, f"best_batch({tied}, 50)", causes=causes)
what, short = "best_batch({1: 3, 8: 12}, 2)", lambda: best_batch({1: 3.0, 8: 12.0}, 2.0)
likely = "where nothing keeps the budget, there is no answer to give"
expect.raises(ValueError, short, what, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for unit in (float(rng.integers(2, 9)), 2.0**-30, 3.0 * 2**30):
        # Batches that are powers of 2: ties, whatever the unit of time.
        tied = {int(n): n * unit for n in rng.permutation([2, 4, 8, 16])}
        # covers: Where two are equally good, take the smaller batch
        got = best_batch(dict(tied), 16 * unit)
        expect.close(got, 2, f"best_batch({tied}, {16 * unit})")
        slow = {1: 1.5 * unit, **tied}
        got = best_batch(dict(slow), 4 * unit)
        expect.close(got, 2, f"best_batch({slow}, {4 * unit})")
        # covers: exactly as long as the budget keeps it
        got, what = (
            best_batch({2: 2 * unit}, 2 * unit),
            f"a budget just kept, {2 * unit}",
        )
        expect.close(got, 2, what)
        # covers: whose call lasts no longer than the budget
        near = {2: 2 * unit, 32: 3 * unit * (1 + 1e-12)}
        got = best_batch(dict(near), 3 * unit)
        expect.close(got, 2, f"best_batch({near}, {3 * unit})")
        # covers: Where none keeps the budget, raise | where no batch size keeps
        shorts = 0, -1.0, float(rng.uniform(0.1, 1.9) * unit), 2 * unit * (1 - 1e-12)
        for short in shorts:
            call = lambda short=short, tied=tied: best_batch(dict(tied), short)
            expect.raises(ValueError, call, f"best_batch({tied}, {short})")
    # covers: the smallest of those whose n / ms is exactly the same
    # explains: what differs there differs by more than 1e-13 of it
    for ms in range(3, 20):  # of one image; a second rounding parts some
        tied = {int(n): float(n * ms) for n in (7, 6, 5, 3, 2)}
        expect.close(best_batch(dict(tied), 500), 2, f"best_batch({tied}, 500)")
    expect.raises(ValueError, lambda: best_batch({}, 5.0), "best_batch({}, 5)")
    expect.raises(ValueError, lambda: best_batch({3: 5.0}, 4), "best_batch({3: 5}, 4)")
### END HIDDEN TESTS
expect.passed("just kept, tied, and impossible")

# %% [markdown]
# <details><summary>Another way</summary>
#
# Tuples compare by their first items, and equals by the next; of nothing, `max` itself raises a `ValueError`:
#
# ```python
# kept = [(n / ms, -n) for n, ms in latency_ms_by_batch.items() if ms <= budget_ms]
# return -max(kept)[1]
# ```
#
# </details>

# %% [markdown]
# ### Where does throughput stop rising?
#
# All batch sizes in turn, by the package's `compare`; your `best_batch` answers for three budgets. One thread runs
# them all. How many times as many images per second does a batch of 64 make as single images do?

# %% predict="batch_of_64"
guess_batch_of_64 = None  # times as many images per second

# %% demo="throughput"
gains, choices = lesson.draw_throughput(best_batch, net)
told = predictions.beside(guess_batch_of_64, gains[64], "×")
measured["images per second, 64 at once over one by one"] = told
measured["best batch by budget"] = choices

# %% [markdown]
# ## What must happen only once?
#
# A published service opens an `InferenceSession` *inside* the function that answers a request. It works, and every
# request reads the file, optimizes the graph and throws both away. Whatever does not depend on the request belongs
# in front of it: an object that opens its session when it is made, and keeps it.

# %% [markdown]
# ### Exercise 4.7 · One session for life (1 point · 5 min)
#
# Write the class `Predictor`: made from a path, it opens one session; `predict(x)` returns the array of the model's
# first output.
#
# *The trap:* the file may be replaced while the service runs. The predictor goes on with the model it has opened.
#
# <details><summary>Hint</summary>
# <code>__init__(self, path)</code> sets <code>self.session</code>; the input's name is
# <code>session.get_inputs()[0].name</code>.
# </details>


# %% solution="predictor"
class Predictor:
    """A model that is opened once and answers many times.

    Predictor(path): opens the ONNX file at path, weights inside, on the CPU, with one
        thread, at once
    predict(x): x: float32 array for the model's one input, whatever that is called;
    returns the first of its outputs
    """

    ### BEGIN SOLUTION
    def __init__(self, path):
        self.session = ort.InferenceSession(
            path, one_thread, providers=["CPUExecutionProvider"]
        )
        self.name = self.session.get_inputs()[0].name

    def predict(self, x):
        return self.session.run(None, {self.name: x})[0]

    ### END SOLUTION


# %% test="predictor_opens_once" points=1
x = np.array([[1.0, 2.0]], np.float32)
path, names = folder / "served.onnx", ("image", "score")
lesson.linear_model(path, np.eye(2), [10.0, 20.0], names)
first, unused = Predictor(path), Predictor(path)
got, what = first.predict(x.copy()), "Predictor(path).predict(x)"
causes = {"run returns a list of outputs; return its first array": [[[11.0, 22.0]]]}
expect.close(got, [[11.0, 22.0]], what, atol=1e-5, causes=causes)
lesson.linear_model(path, np.eye(2), [70.0, 80.0], names)
second, after = Predictor(path), [[71.0, 82.0]]
got, what = first.predict(x.copy()), "predict(x) after the file was replaced"
causes = {"not the session of __init__: opened again, or shared?": after}
expect.close(got, [[11.0, 22.0]], what, atol=1e-5, causes=causes)
causes = {"the session is opened at the first call; open it in __init__": after}
got = unused.predict(x.copy())
expect.close(got, [[11.0, 22.0]], f"a first {what}", atol=1e-5, causes=causes)
got, what = second.predict(x.copy()), "a new Predictor(path).predict(x)"
causes = {"two predictors share one session": [[11.0, 22.0]]}
expect.close(got, after, what, atol=1e-5, causes=causes)
### BEGIN HIDDEN TESTS
import onnx


def with_another_output(path):
    """Give the model a second output, `a`: the first one's opposite."""
    model = onnx.load(path)
    graph, first = model.graph, model.graph.output[0]
    graph.node.append(onnx.helper.make_node("Neg", [first.name], ["a"]))
    shape = ["n", first.type.tensor_type.shape.dim[1].dim_value]
    graph.output.append(onnx.helper.make_tensor_value_info("a", 1, shape))
    onnx.save(model, path)
    return path


def noting(path, call, *args):
    """Return call(*args), and each session's provider and threads opened meanwhile."""
    truth, opened, threads = ort.InferenceSession, [], []

    def opens(path_or_bytes, sess_options=None, providers=None, *_, **__):
        opened.append(providers[0] if providers else "CPUExecutionProvider")
        threads.append(getattr(sess_options, "intra_op_num_threads", 0))  # by then
        model = path_or_bytes if isinstance(path_or_bytes, bytes) else path
        return truth(model, one_thread, providers=["CPUExecutionProvider"])

    ort.InferenceSession = opens
    try:
        result = call(*args)
    finally:
        ort.InferenceSession = truth
    opened = [each if type(each) is str else each[0] for each in opened]
    return result, opened, threads


with fresh_draw() as rng:
    # covers: the file may be replaced | goes on with the model it has opened
    path, made = folder / f"served_{rng.integers(10**9)}.onnx", []
    for d_out in (4, 1, 3, 2):
        w, b = rng.normal(size=(3, d_out)), rng.normal(size=d_out)
        names = f"x{rng.integers(10**9)}", "y"  # covers: whatever that is called
        with_another_output(lesson.linear_model(path, w, b, names))
        if d_out > 2:
            # covers: made from a path, it opens one session
            predictor, opened, threads = noting(path, Predictor, path)
            few, what = len(opened) < 2, "the sessions that Predictor(path) opens"
            expect.true(few, what, expected="one", got=opened)
            # covers: opens the ONNX file at path, weights inside, on the CPU, with one thread, at once
            on_cpu = set(opened) <= {"CPUExecutionProvider"}
            expect.true(on_cpu, f"{what} ask for", expected="the CPU", got=opened)
            expect.true(
                set(threads) <= {1}, f"{what}", expected="one thread", got=threads
            )
        else:
            predictor = Predictor(path)
        made.append((predictor, w, b))
    first = rng.normal(size=(5, 3)).astype(np.float32)
    for x in (first, first[:1], first[::-1], first * [[1], [1], [3], [1], [1]]):
        n, x = len(x), np.float32(x)
        for predictor, w, b in made[::-1]:  # covers: opened once and answers many times
            got, opened, _ = noting(path, predictor.predict, x.copy())
            what = f"predict(x), {n} rows, {w.shape[1]} columns, two outputs"
            expect.equal(opened, [], f"the sessions opened by {what}")
            # covers: returns the array of the model's first output | first of its outputs
            expect.array(got, what)
            expect.close(got, x @ w + b, what, atol=1e-4)
            # covers: x: float32 array
            expect.equal(str(got.dtype), "float32", f"the dtype of {what}")
    predictor, w, b = made[0]
    xs = rng.normal(size=(1100, 2, 3)).astype(np.float32)
    xs = [first, rng.normal(size=(1500, 3)).astype(np.float32), *xs, -first]
    answers, opened, _ = noting(path, answers_kept, predictor, xs)
    expect.equal(opened, [], "the sessions opened by 1,103 calls of predict")
    for x, (told, kept) in zip(xs, answers, strict=True):
        what = f"one of 1,103 answers, {len(x)} rows"
        expect.close(told, x @ w + b, what, atol=1e-4)
        expect.equal(kept == told, True, f"{what}, unchanged by later calls")
    w, b = rng.normal(size=(700, 800)), rng.normal(size=800)
    x = rng.normal(size=(2, 700)).astype(np.float32)
    got = Predictor(lesson.linear_model(path, w, b)).predict(x.copy())
    expect.close(got, x @ w + b, "predict(x), where the model has 2 MB", atol=1e-3)
    for axes, perm in (("n", [0]), ("n,1,3,2", [3, 2, 1, 0])):  # the last axis first
        size, back = (1300, 1, 3, 2)[: len(perm)], ",".join(axes.split(",")[::-1])
        x = rng.integers(-9, 9, size=size).astype(np.float32)
        text = f"g (float[{axes}] x) => (int64[{back}] y, float[{axes}] a) {{c = "
        text += f"Cast<to = 7>(x) y = Transpose<perm = {perm}>(c) a = Neg(x)}}"
        head = '<ir_version: 10, opset_import: ["" : 20]>'
        path.write_bytes(onnx.parser.parse_model(head + text).SerializeToString())
        got, what = Predictor(path).predict(x.copy()), f"predict(x), int64[{back}]"
        expect.equal((str(got.dtype), got.tolist()), ("int64", x.T.tolist()), what)
### END HIDDEN TESTS
expect.passed("one session, opened once, for each predictor")

# %% [markdown]
# ### What does a session per request cost?
#
# One image a request. How many times as long does an answer take when each request opens its own session?

# %% predict="session_per_request"
guess_session_per_request = None  # times as long

# %% demo="opened_each_time"
kept, image = Predictor(net.path), net.images[1].numpy()
anew = lambda: Predictor(net.path).predict(image)
both = {"one session": partial(kept.predict, image), "a session per request": anew}
costs = compare(both, rounds=40, time_limit_s=4)
tables.show(costs.rows(), costs.conditions())
ratio = costs.ratio("a session per request").value
told = predictions.beside(guess_session_per_request, ratio, "×")
measured["time of a session per request over one session"] = told

# %% [markdown]
# ## Where do inputs and outputs live?
#
# `run` takes NumPy arrays, so with a GPU each call would copy the input there and the output back. **IO binding** says
# beforehand where both live.
#
# | step | call |
# |---|---|
# | make a binding | `session.io_binding()` |
# | bind an array as input | `binding.bind_cpu_input(name, array)` |
# | let ONNX Runtime allocate an output | `binding.bind_output(name)` |
# | run | `session.run_with_iobinding(binding)` |
# | copy all outputs to NumPy | `binding.copy_outputs_to_cpu()`, a list |

# %% [markdown]
# ### Exercise 4.8 · Run through a binding (2 points · 6 min)
#
# Write `run_bound(session, x)` with the calls of the table.
#
# *The trap:* read the outputs only after the run: outputs that are not there yet do not raise an error, they end
# Python.
#
# <details><summary>Hint</summary>
# Ask the session for the names: <code>session.get_inputs()[0]</code> and <code>session.get_outputs()[0]</code> have a
# <code>.name</code>. The outputs come as a list, even when there is one.
# </details>


# %% solution="run_bound"
def run_bound(session, x):
    """Return the session's first output for x, through IO binding, without session.run.

    session: an onnxruntime.InferenceSession with one input and one output
    x: float32 array, of any batch size from 1
    returns: the output as a NumPy array, of the model's shape and type
    """
    ### BEGIN SOLUTION
    binding = session.io_binding()
    binding.bind_cpu_input(session.get_inputs()[0].name, x)
    binding.bind_output(session.get_outputs()[0].name)
    session.run_with_iobinding(binding)
    return binding.copy_outputs_to_cpu()[0]
    ### END SOLUTION


# %% test="run_bound_result" points=1
w, x = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], np.eye(2, dtype=np.float32)
path = lesson.linear_model(folder / "bound.onnx", w, np.ones(3), ("image", "score"))
got, _ = lesson.bound_run(run_bound, path, x)
likely = "copy_outputs_to_cpu() gives a list; its first array, whole, is the result"
expect.shape(got, (2, 3), "run_bound(session, x)", likely=likely)
expected = [[2.0, 3.0, 4.0], [5.0, 6.0, 7.0]]
expect.close(got, expected, "run_bound(session, x)", atol=1e-5)
### BEGIN HIDDEN TESTS
import onnx

with fresh_draw() as rng:
    # covers: float32 array, of any batch size
    for n, layout in ((1, ""), (1500, ""), (7, "every second"), (5, "columns first")):
        w, b = rng.normal(size=(4, 3)), rng.normal(size=3)
        x = rng.normal(size=(n, 4)).astype(np.float32)
        names = f"in{rng.integers(10**9)}", f"out{rng.integers(10**9)}"
        # covers: session: an onnxruntime.InferenceSession with one input and one output
        path = lesson.linear_model(folder / f"bound_{names[0]}.onnx", w, b, names)
        # covers: read the outputs only after the run
        given = lesson.strided(x, layout) if layout else x.copy()
        got, _ = lesson.bound_run(run_bound, path, given)
        what = f"run_bound(session, x), {n} rows, fresh numbers, in memory {layout}"
        expect.array(got, what)
        expect.close(got, x @ w + b, what, atol=1e-4)
        expect.equal(str(got.dtype), "float32", f"the dtype of {what}")
    made, x = onnx.helper, rng.integers(0, 3, size=(3, 1, 3, 2)).astype(np.float32)
    names = ["float32", "int64", "float64", "bool", "float16", "uint8"]
    kinds = dict(zip((1, 7, 11, 9, 10, 2), names, strict=True))
    nodes = {each: made.make_node("Cast", ["x"], ["y"], to=each) for each in kinds}
    nodes["all"] = made.make_node("ReduceMax", ["x"], ["y"], keepdims=0)
    for each, node in nodes.items():  # a model for each type, and one of one number
        kind, expected = kinds.get(each, "float32"), x.max() if each == "all" else x
        ends = ["x", 1, ["n", 1, 3, 2]], ["y", each, ["n", 1, 3, 2]]
        ends = ends if each in kinds else (ends[0], ["y", 1, []])
        ends = [[made.make_tensor_value_info(*end)] for end in ends]
        graph, opset = made.make_graph([node], "g", *ends), made.make_opsetid("", 20)
        model = made.make_model(graph, opset_imports=[opset], ir_version=10)
        path = folder / f"axes_{rng.integers(10**9)}.onnx"
        onnx.save(model, path)
        got, _ = lesson.bound_run(run_bound, path, x.copy())
        # covers: returns: the output as a NumPy array, of the model's shape and type
        due = kind, expected.astype(kind).tolist()
        what = f"run_bound(session, x), four axes, {node.op_type} to {kind}"
        expect.equal((str(got.dtype), got.tolist()), due, what)
### END HIDDEN TESTS
expect.passed("the same output, as an array")

# %% test="run_bound_binds" points=1
path = lesson.linear_model(folder / "binds.onnx", np.eye(2), np.zeros(2))
_, asked = lesson.bound_run(run_bound, path, np.ones((3, 2), np.float32))
likely = "bind both ends, then call session.run_with_iobinding(binding) once"
what = "what run_bound asks the session to run"
expect.equal(asked, ["run_with_iobinding"], what, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    w, b = rng.normal(size=(4, 3)), rng.normal(size=3)
    sizes = [int(rng.integers(2, 9)), 1, 10]
    xs = [rng.normal(size=(n, 4)).astype(np.float32) for n in sizes]
    xs += [xs[-1][::-1].copy(), xs[-1] * 2]
    path = lesson.linear_model(folder / f"binds_{rng.integers(10**9)}.onnx", w, b)
    # covers: Return the session's first output for x, through IO binding, without
    many = lambda session, _: [run_bound(session, x.copy()) for x in xs]
    got, asked = lesson.bound_run(many, path, xs[0])
    # covers: Write `run_bound(session, x)` with the calls of the table
    expect.equal(asked, ["run_with_iobinding"] * 5, f"{what}, five calls")
    for x, each in zip(xs, got, strict=True):
        what = f"run_bound through its binding, {len(x)} rows, one session for all"
        expect.close(each, x @ w + b, what, atol=1e-4)
### END HIDDEN TESTS
expect.passed("run through a binding, once")

# %% [markdown]
# ### Does binding pay here?
#
# On a GPU it does, or where an output is the next call's input (lesson 11). On a CPU there is no copy to save, and
# here the binding is set up anew at each call. How long does `run_bound` take, over `session.run`?

# %% predict="binding"
guess_binding = None  # times as long; below 1 is faster

# %% demo="binding_pays"
ratio = lesson.show_binding(run_bound, net, example)
measured["run_bound over run, CPU"] = predictions.beside(guess_binding, ratio, "×")

# %% [markdown]
# ### And two threads?
#
# Everything above ran on one thread. 64 images in a batch, with two threads: how long does it take, over one thread?
# Above 1, the second core was busy with something else.
# (Between calls the threads of a session *spin*: they wait for work at full speed, and would take the core from
# whoever has the next turn. So here a turn is a block: open a session, call it thirty times, close it.)

# %% predict="second_thread"
guess_second_thread = None  # times as long; 0.5 is twice as fast

# %% demo="two_threads"
ratio = lesson.second_thread(time_calls, net)
told = predictions.beside(guess_second_thread, ratio, "×")
measured["two threads over one, 64 images"] = told

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
