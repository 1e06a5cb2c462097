# %% [markdown]
# # How many can you serve, and how soon?
#
# **Lesson 13** · 90 minutes · 20 points · you need: lesson 04, NumPy arrays, Python's `async` and `await`
#
# A model is of use when others can ask it. Here you build the service around one: settings that an operator can trust,
# an app, a batcher that lets callers share the model's work. Then you put load on a server, and find out that how you
# ask decides what you learn. At the end stand the number that a contract needs, the machines that it takes, and the
# servers that others have built.
#
# Exercise 13.4 uses your answer to 13.3; all others can be solved alone. Files go to `work13`.

# %% readonly="imports"
import asyncio
import json
import math
import shutil
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
from fastapi import FastAPI

# %% readonly="begin"
from course_utils import expect, predictions, tables
from course_utils.lessons import serving as lesson
from course_utils.lessons.serving import asked, asked_at_once, asked_in_turns, batched
from course_utils.lessons.serving import handed_on, health_while_predicting, offered
from course_utils.lessons.serving import outlives, settled, two_batchers
from course_utils.lessons.serving import written_as_it_lies
from course_utils.seeds import fresh_draw  # these five lines: for the tests
from pydantic import BaseModel, Field

measured = {}  # filled by the demonstrations, shown at the end
lesson.begin()  # an empty folder work13, one thread

# %% [markdown]
# ## What does an operator decide?
#
# One image serves many places: here on a CPU, there on a GPU; a wake word that must not be missed here, one that must
# not wake the neighbours there. What differs is set from outside, by **environment variables**, when the service
# starts. That is the moment to be strict: a service that starts with a bad threshold answers wrongly all night.
#
# | variable | default | good values |
# |---|---|---|
# | `MODEL_VERSION` | `unknown` | any text but an empty one or blanks alone |
# | `DECISION_THRESHOLD` | `0.5` | a number from 0 to 1, both included |
# | `EXECUTION_PROVIDER` | `CPUExecutionProvider` | that, `CUDAExecutionProvider`, `TensorrtExecutionProvider` |

# %% [markdown]
# ### Exercise 13.1 · Settings (2 points · 8 min)
#
# Write `settings(environ)` by the table above. A variable that is not set has its default; other variables do not
# matter. A bad value is a `ValueError` whose text names its variable, and none of the other two.
#
# *The trap:* `float("high")` raises a ValueError, too, and names nothing. And `nan` is neither below 0 nor above 1.
#
# <details><summary>Hint</summary>
# <code>environ.get(name, default)</code> gives text. <code>0 &lt;= t &lt;= 1</code> is False for nan;
# <code>t &lt; 0 or t &gt; 1</code> is, too. The providers are in <code>lesson.PROVIDERS</code>.
# </details>


# %% solution="settings"
def settings(environ):
    """Return what an operator decided.

    environ: dict of names to texts, as os.environ is; not changed
    returns: a new dict with "model_version" (str), "decision_threshold" (float) and
        "execution_provider" (str)
    """
    ### BEGIN SOLUTION
    version = environ.get("MODEL_VERSION", "unknown")
    if not version.strip():
        raise ValueError("MODEL_VERSION is empty; set it to a text, or not at all")
    written = environ.get("DECISION_THRESHOLD", "0.5")
    try:
        threshold = float(written)
    except ValueError:
        threshold = math.nan
    if not 0 <= threshold <= 1:
        raise ValueError(f"DECISION_THRESHOLD is {written!r}, not a number from 0 to 1")
    provider = environ.get("EXECUTION_PROVIDER", lesson.PROVIDERS[0])
    if provider not in lesson.PROVIDERS:
        raise ValueError(f"EXECUTION_PROVIDER is {provider!r}, which is not offered")
    found = {"model_version": version, "decision_threshold": threshold}
    return found | {"execution_provider": provider}
    ### END SOLUTION


# %% test="settings_read" points=1
expected = {"model_version": "unknown", "decision_threshold": 0.5}
expected["execution_provider"] = "CPUExecutionProvider"
expect.equal(settings({}), expected, "settings({})")
environ = {"MODEL_VERSION": "7", "DECISION_THRESHOLD": "0.75", "HOME": "/root"}
likely = "keys are written in small letters, and the threshold is a float"
expected |= {"model_version": "7", "decision_threshold": 0.75}
expect.equal(settings(environ), expected, f"settings({environ})", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    names = ["MODEL_VERSION", "DECISION_THRESHOLD", "EXECUTION_PROVIDER"]
    keys = [name.lower() for name in names]
    # covers: "model_version" (str), "decision_threshold" (float) | Return what an
    providers = ["CPUExecutionProvider", "CUDAExecutionProvider"]
    providers.append("TensorrtExecutionProvider")
    default = dict(zip(keys, ["unknown", 0.5, providers[0]], strict=True))
    for number in range(24):
        version = ["", "v", " 2026-", "A b ", "größe/β\n", "None"][number // 2 % 6]
        version += f"{rng.integers(99)}" + " " * (number % 5 == 0)
        texts = "0", "1", "0.0", "1.0", "1e-10", f"{rng.uniform():.4f}", "-0.0"
        texts += "0.9999999999", ".25", "5e-324", "5E-1", "1."
        threshold = texts[number // 4 * 2 + number % 2]  # each once where it is set
        drawn = [version, threshold, providers[number % 3]]
        # covers: by the table above | A variable that is not set has its default
        here = [name for k, name in enumerate(names) if number % 8 >> k & 1]
        environ = {name: drawn[names.index(name)] for name in here}
        # covers: other variables do not matter
        environ |= {"PATH": "/bin", "THRESHOLD": "2", "model_version": "no", "A": ""}
        before, what = dict(environ), f"settings({environ})"
        due = dict(default)
        for name in here:
            value = environ[name]
            due[name.lower()] = float(value) if name == names[1] else value
        # covers: Write `settings(environ)` | returns: a new dict
        got = settings(environ=environ)
        expect.equal(got, due, what)
        kind = type(got["decision_threshold"]).__name__
        expect.equal(kind, "float", f"the type of the threshold of {what}")
        # covers: dict of names to texts, as os.environ is; | not changed
        expect.unchanged(environ, before, f"environ after {what}")
    expect.equal(settings({}), default, "settings({}), called again")
    for environ in ({}, dict(zip(names, ["7", "0.5", providers[1]], strict=True))):
        found = handed_on(settings, {"environ": environ}, {"environ": dict(environ)})
        likely = "what one caller changes in its dict, the next one reads"
        expect.equal(found, [], f"what is not new, settings({environ})", likely=likely)
### END HIDDEN TESTS
expect.passed("what is set, and the defaults for what is not")

# %% test="settings_refused" points=1
wanted = "a ValueError that names DECISION_THRESHOLD"
for text in ("high", "1.5", "nan", ""):
    said = lesson.told(settings, {"DECISION_THRESHOLD": text})
    what = f'settings({{"DECISION_THRESHOLD": {text!r}}})'
    good = said[0] == "ValueError" and "DECISION_THRESHOLD" in said[1]
    cause = "nan is neither below 0 nor above 1; ask whether it is in between"
    cause = "float(…) raised it, and knows no variables" if said[0][0] == "V" else cause
    cause = cause if text in ("high", "nan") else "a bad value is refused, not mended"
    expect.true(good, what, expected=wanted, got=": ".join(said), likely=cause)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    names = ["MODEL_VERSION", "DECISION_THRESHOLD", "EXECUTION_PROVIDER"]
    good = ["3", "0.25", "CUDAExecutionProvider"]
    providers = [f"{each}ExecutionProvider" for each in ("CPU", "Tensorrt")]
    low, high = f"{-rng.uniform(1e-9, 3):.12f}", f"{1 + rng.uniform(1e-9, 3):.12f}"
    bad = [
        ["", " ", "\t \n"],
        [low, high, "nan", "-nan", "inf", "-inf", "1e400", "", " ", "half", "0,5"],
        ["", "CPU", "cpuexecutionprovider", "cuda", "CUDAExecutionProvider ", "None"],
    ]
    bad[1] += ["-1e-10", "1.0000000001", "0.5 0.6", "50%", "None", "-5e-324"]
    bad[1] += ["1.0000000000000002", "0x1", "1/2", "true", "-1", "2", "0.5."]
    bad[2] += ["ExecutionProvider", "CUDA", "ROCMExecutionProvider", " ", "cpu"]
    bad[2] += [", ".join(providers), f"{providers[1]}s", providers[1].upper()]
    for number, name in enumerate(names):
        for text in bad[number]:
            for others in (True, False):
                environ = dict(zip(names, good, strict=True)) if others else {}
                environ[name] = text
                said = lesson.told(settings, environ)
                what = f"settings({environ})"
                # covers: A bad value is a `ValueError` | names nothing
                # covers: neither below 0 nor above 1
                expect.equal(said[0], "ValueError", what)
                # covers: whose text names its variable, and none of the other two
                named = [each for each in names if each in said[1]]
                expect.equal(named, [name], f"the variables named by {what}")
    found = settings(dict(zip(names[:2], good[:2], strict=True)))["model_version"]
    expect.equal(found, "3", "the version, after many bad settings")
### END HIDDEN TESTS
expect.passed("a bad value is refused by name")

# %% [markdown]
# ### What does a bad setting cost?
#
# Six starts, as an operator reads them. Without the check, the last three would serve: a threshold of
# 50 says "unsure" to everybody, `nan` to everybody as well, and a provider that is not there is a slow CPU in silence.

# %% demo="operator"
lesson.show_starts(settings)

# %% [markdown]
# ## What does a service answer?
#
# **FastAPI** turns functions into HTTP endpoints. It reads the request's JSON into a **pydantic** model; what does not
# fit is answered with status 422 and a `detail` that says why, before your function runs.
#
# ```python
# class Order(BaseModel):
#     sizes: Annotated[list[int], Field(min_length=1, max_length=9)]
#
# @app.post("/orders")
# def take(order: Order):
#     return {"taken": len(order.sizes)}  # becomes JSON
# ```
#
# FastAPI runs such a plain `def` in a thread. An `async def` runs on the **event loop** itself, and while it computes,
# nobody else is answered, `/health` included. A platform that hears nothing kills the service.

# %% [markdown]
# ### Exercise 13.2 · The app (4 points · 17 min)
#
# Write `make_app(predict, settings)`. `POST /predict` takes `{"pixels": …}`, 16 rows of 16 finite numbers from 0 to 1.
# It calls `predict` once and answers `label`, the place of the largest probability, `model_version`, and that
# `probability`. If it is below the decision threshold, `label` is `"unsure"`. Pixels that are missing, too few, too
# many, no numbers or out of range get 422 with a reason in `detail`, and `predict` is not called. Whether `"0.5"` is
# one is yours. For `NaN` and `1e999` a 500 will do.
#
# `GET /health` answers `"status": "ok"` and all settings, also while `predict` computes.
#
# *The trap:* JSON knows no NumPy numbers. An `np.int64` becomes a 500.
#
# <details><summary>Hint</summary>
# A number with bounds is <code>Annotated[float, Field(ge=0, le=1)]</code>; a row is a list of such, with both lengths
# 16; pixels are a list of rows. <code>int(…)</code> and <code>float(…)</code> make Python's numbers. FastAPI's reason
# repeats the pixel; JSON cannot hold a NaN, so that its 422 becomes a 500.
# </details>


# %% solution="make_app"
def make_app(predict, settings):
    """Return the service of a model whose session was opened once, before.

    predict: function, (16, 16) float32 array -> (k,) float32 array of probabilities
    settings: a dict as 13.1 returns it; not changed
    returns: FastAPI; its answers have the keys above and no others
    """
    ### BEGIN SOLUTION
    ink = Annotated[float, Field(ge=0, le=1)]
    row = Annotated[list[ink], Field(min_length=16, max_length=16)]
    app, version = FastAPI(), {"model_version": settings["model_version"]}

    class Picture(BaseModel):
        pixels: Annotated[list[row], Field(min_length=16, max_length=16)]

    @app.post("/predict")
    def answer(picture: Picture):
        scores = predict(np.array(picture.pixels, np.float32))
        best, top = int(scores.argmax()), float(scores.max())
        label = best if top >= settings["decision_threshold"] else "unsure"
        return {"label": label, "probability": top} | version

    app.get("/health")(lambda: {"status": "ok"} | settings)
    return app
    ### END SOLUTION


# %% test="make_app_answers" points=1
setting = {"model_version": "7", "decision_threshold": 0.5}
setting["execution_provider"] = "CPUExecutionProvider"
picture = np.linspace(0, 1, 256).reshape(16, 16).tolist()
post = ("POST", "/predict", {"pixels": picture})
found = asked(make_app, setting, [[0.125, 0.75, 0.125]], [post])
what, likely = "POST /predict, probabilities 0.125, 0.75, 0.125", ""
if found["answers"][0][0] == 500:
    likely = "an error in your function, or a NumPy number in its answer"
expected = [200, {"label": 1, "probability": 0.75, "model_version": "7"}]
expect.equal(found["answers"][0], expected, what, likely=likely)
expect.close(len(found["seen"]), 1, "how often predict was called")
what, likely = "what predict was called with", "np.array(…, np.float32)"
expect.close(found["seen"][0], picture, what, atol=1e-6, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    setting = {"model_version": f"v{rng.integers(99)}", "decision_threshold": 0.0}
    setting["execution_provider"] = "CPUExecutionProvider"
    pictures, scores, requests, due = [], [], [], []
    for classes in (1, 2, 10, 10, 10, 37, 10):  # covers: (k,) float32 array of
        pixels = rng.uniform(0, 1, (16, 16))
        pixels[0, :4] = 0, 1, 1e-9, 0.1  # covers: 16 rows of 16 finite numbers from 0 t
        top = int(rng.integers(classes // 2, classes))
        many = rng.uniform(0, 0.5, classes).astype(np.float32).astype(float)
        many[top] = float(np.float32(0.96 - len(due) / 16 + rng.uniform(0, 0.03)))
        pictures.append(pixels)
        scores.append(many.tolist())
        requests.append(("POST", "/predict", {"pixels": pixels.tolist()}))
        # covers: the place of the largest probability | that probability
        said = {"label": top, "probability": float(many[top])}
        due.append([200, said | {"model_version": setting["model_version"]}])
    whole = np.eye(16).astype(int).tolist()  # JSON writes these without a point
    requests.append(("POST", "/predict", {"pixels": whole}))
    pictures.append(np.eye(16))
    scores.append([1.0])
    due.append([200, due[0][1] | {"label": 0, "probability": 1.0}])
    before = dict(setting)
    # covers: Write make_app(predict, settings) | Return the service of a model whose
    found = asked(make_app, setting, scores, requests)
    expect.equal(len(found["answers"]), len(due), "how many answers there are")
    for number, (got, wanted) in enumerate(zip(found["answers"], due, strict=True)):
        # covers: POST /predict takes | returns: FastAPI; | the keys above and no others
        expect.equal(got, wanted, f"answer {number}, {len(scores[number])} classes")
        what = f"the type of the label of answer {number}"
        expect.equal(type(got[1]["label"]).__name__, "int", what)
    # covers: It calls predict once and answers label
    expect.close(len(found["seen"]), len(due), "how often predict was called")
    for got, wanted in zip(found["seen"], pictures, strict=True):
        expect.close(got, wanted, "the pixels that predict was called with", atol=1e-6)
        # covers: predict: function, (16, 16) float32 array
        expect.equal(str(got.dtype), "float32", "the type of the pixels")
    expect.unchanged(setting, before, "settings")  # covers: a dict as 13.1 returns it;
    # covers: not changed
    two = [[0.125, 0.75], [0.875, 0.0625, 0.5]]
    others = [setting, setting | {"model_version": "other"}]
    found = asked_in_turns(make_app, others, two, [requests[0]] * 2)
    likely = "what belongs to one service stands inside make_app"
    for given, label, own, got in zip(others, (1, 0), two, found, strict=True):
        said = {"label": label, "probability": max(own)}
        said = [[200, said | {"model_version": given["model_version"]}]] * 2
        expect.equal(got, said, "one of two services, asked in turns", likely=likely)
    many = [[(place == k) / 2 + 0.25 for place in range(8)] for k in range(8)]
    found = asked_at_once(make_app, setting, many)
    got = [body.get("label") if code == 200 else code for code, body in found]
    likely = "requests run in threads side by side, and share what stands outside them"
    expect.equal(got, list(range(8)), "labels of 8 requests at once", likely=likely)
    # covers: JSON knows no NumPy numbers | becomes a 500
### END HIDDEN TESTS
expect.passed("a picture goes in, a label comes out")

# %% test="make_app_unsure" points=1
setting = {"model_version": "7", "decision_threshold": 0.75}
setting["execution_provider"] = "CPUExecutionProvider"
post = ("POST", "/predict", {"pixels": np.zeros((16, 16)).tolist()})
found = asked(make_app, setting, [[0.25, 0.5, 0.25], [0.25, 0.75]], [post, post])
labels = [
    body.get("label") if status == 200 else status for status, body in found["answers"]
]
causes = {
    "a probability that reaches the threshold is enough": ["unsure", "unsure"],
    "the threshold is in settings": [1, 1],
}
what = "labels at a threshold of 0.75, probabilities 0.5 and 0.75"
likely = "the status is in its place: is the test above passed?"
expect.equal(labels, ["unsure", 1], what, causes=causes, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for threshold in (0.0, 0.25, 0.5, 1.0, int(rng.integers(1, 64)) / 64):
        setting = {"model_version": "8", "decision_threshold": threshold}
        setting["execution_provider"] = "CPUExecutionProvider"
        tops = [threshold, threshold - 2**-12, threshold + 2**-12, 1.0, 2**-12]
        tops = [min(max(top, 2**-13), 1.0) for top in tops]
        scores = [[2**-14, top, 2**-15] for top in tops]
        pixels = (rng.integers(0, 257, (16, 16)) / 256).tolist()
        posts = [("POST", "/predict", {"pixels": pixels})] * len(tops)
        found = asked(make_app, setting, scores, posts)
        for top, got in zip(tops, found["answers"], strict=True):
            # covers: If it is below the decision threshold
            due = {"label": 1 if top >= threshold else "unsure", "probability": top}
            what = f"the answer to probability {top} at a threshold of {threshold}"
            expect.equal(got, [200, due | {"model_version": "8"}], what)
    setting["decision_threshold"] = 0.0
    found = asked(make_app, setting, [[0.0]], posts[:1])
    due = [200, {"label": 0, "probability": 0.0, "model_version": "8"}]
    expect.equal(found["answers"][0], due, "probability 0 at a threshold of 0")
    two = [setting | {"decision_threshold": each} for each in (0.25, 0.75)]
    found = asked_in_turns(make_app, two, [[0.25, 0.5]] * 2, posts[:1])
    labels = [code == 200 and body["label"] for [[code, body]] in found]
    what = "labels of two services, thresholds 0.25 and 0.75, probability 0.5"
    expect.equal(labels, [1, "unsure"], what, likely="each has settings of its own")
### END HIDDEN TESTS
expect.passed("below the threshold it is unsure")

# %% test="make_app_refuses" points=1
setting = {"model_version": "7", "decision_threshold": 0.5}
setting["execution_provider"] = "CPUExecutionProvider"
blank = np.zeros((16, 16)).tolist()
bad = {
    "no pixels": {},
    "15 rows": {"pixels": blank[1:]},
    "a row of 15": {"pixels": [blank[0][1:], *blank[1:]]},
    "a pixel of 2": {"pixels": [[2.0, *blank[0][1:]], *blank[1:]]},
    "words": {"pixels": "black"},
}
posts = [("POST", "/predict", body) for body in bad.values()]
found = asked(make_app, setting, [[0.25, 0.75]], posts)
for what, (status, body) in zip(bad, found["answers"], strict=True):
    likely = "say in the type of your function's argument what is wanted"
    expect.equal(status, 422, f"the status for {what}", likely=likely)
    reason = type(body) is dict and bool(body.get("detail"))
    wanted = "a reason in detail"
    expect.true(reason, f"the answer to {what}", expected=wanted, got=body)
expect.close(len(found["seen"]), 0, "how often predict was called for these")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: Pixels that are missing, too few, too many, no numbers or out of range
    setting["model_version"] = version = f"v{rng.integers(10**6)}"
    good = (rng.integers(0, 257, (16, 16)) / 256).tolist()
    bodies = ["{", "[]", '"pixels"', "null", "", good, {"pixel": good}]
    bodies += [{"pixels": each} for each in (None, 7, {}, [], [[]], good[0], "good")]
    bodies += [{"pixels": rows} for rows in (good[:1], good + good[:1], good * 2)]
    bodies += [{"pixels": [row + row[:1] for row in good]}, {"pixels": [*good[1:], 5]}]
    for value in (-1e-9, 1.000001, 255, -1, 1e30, "ink", None, [0.5], {}, "", 10**30):
        for place in (0, 255, int(rng.integers(1, 255))):
            rows = [list(row) for row in good]
            rows[place // 16][place % 16] = value
            bodies.append({"pixels": rows})
    for row in (0, 15, int(rng.integers(1, 15))):
        for wrong in ([], good[row][1:], good[row] + [0.0], None, 0.5):
            rows = [list(each) for each in good]
            rows[row] = wrong
            bodies.append({"pixels": rows})
    rows = [list(row) for row in good]
    rows[3], rows[9] = rows[3][1:], rows[9] + [0.5]  # 256 numbers all the same
    shapes = [(8, 32), (32, 8), (4, 64), (256,), (1, 256), (256, 1)]
    shapes += [(16, 16, 1), (1, 16, 16), (16, 4, 4), (4, 4, 16)]
    odd = [np.reshape(good, shape).tolist() for shape in shapes]
    odd += [rows, {str(k): row for k, row in enumerate(good)}, [good, good]]
    odd += [["abcdefghijklmnop"] * 16, [dict.fromkeys("abcdefghijklmnop", 0.5)] * 16]
    bodies += [{"pixels": each} for each in odd]
    posts = [("POST", "/predict", body) for body in bodies]
    fine = ("POST", "/predict", {"pixels": good})
    scores, both = [[0.25, 0.75]], [fine, *posts, fine]
    found = asked(make_app, setting, scores, both)
    for body, (status, said) in zip(bodies, found["answers"][1:-1], strict=True):
        # covers: get 422 with a reason in detail
        expect.equal(status, 422, f"the status for {str(body)[:60]} …")
        reason = type(said) is dict and bool(said.get("detail"))
        expect.true(reason, "422", expected="a reason in detail", got=said)
    due = [200, {"label": 1, "probability": 0.75, "model_version": version}]
    for place in (0, -1):
        expect.equal(found["answers"][place], due, "a good picture among them")
    # covers: and predict is not called
    # explains: whether `"0.5"` is one is yours
    expect.close(len(found["seen"]), 2, "how often predict was called")
    for text in ("NaN", "1e999", "Infinity", "-Infinity", "-1e999"):
        rows = [list(row) for row in good]
        rows[int(rng.integers(16))][int(rng.integers(16))] = "here"
        body = json.dumps({"pixels": rows}).replace('"here"', text)
        found = asked(make_app, setting, scores, [("POST", "/predict", body), fine])
        # covers: a 500 will do
        status = found["answers"][0][0]
        wanted, what = "422 or 500", f"the status for a pixel of {text}"
        expect.true(status in (422, 500), what, expected=wanted, got=status)
        expect.close(len(found["seen"]), 1, "how often predict was called, then good")
### END HIDDEN TESTS
expect.passed("what does not fit is refused with a reason")

# %% test="make_app_health" points=1
setting = {"model_version": "7", "decision_threshold": 0.5}
setting["execution_provider"] = "CPUExecutionProvider"
found = asked(make_app, setting, [[0.25, 0.75]], [("GET", "/health", None)])
expected = [200, {"status": "ok"} | setting]
expect.equal(found["answers"], [expected], "what GET /health answers")
post = ("POST", "/predict", {"pixels": np.zeros((16, 16)).tolist()})
found = health_while_predicting(make_app, setting, post)
what, likely = "GET /health while predict computes", "plain def, not async def"
expect.equal(found, "answered 200", what, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for number in range(3):
        name = ["CPU", "CUDA", "Tensorrt"][number]
        setting = {"model_version": f"{rng.integers(99)}", "decision_threshold": 0.25}
        setting["decision_threshold"] = int(rng.integers(65)) / 64
        setting["execution_provider"] = f"{name}ExecutionProvider"
        pixels = (rng.integers(0, 257, (16, 16)) / 256).tolist()
        post, get = ("POST", "/predict", {"pixels": pixels}), ("GET", "/health", None)
        before = dict(setting)
        found = asked(make_app, setting, [[0.25, 0.5]], [get, post, get])
        for place in (0, 2):
            # covers: answers "status": "ok" and all settings
            due = [200, {"status": "ok"} | before]
            expect.equal(found["answers"][place], due, "what GET /health answers")
        expect.close(len(found["seen"]), 1, "how often predict was called")
        # covers: also while predict computes
        found = health_while_predicting(make_app, setting, post)
        expect.equal(found, "answered 200", "GET /health while predict computes")
        expect.unchanged(setting, before, "settings")
        both = [
            setting,
            setting | {"model_version": "other", "decision_threshold": 0.0},
        ]
        found = asked_in_turns(make_app, both, [[1.0], [1.0]], [get, post, get])
        for given, answers in zip(both, found, strict=True):
            due = [200, {"status": "ok"} | given]
            likely = "what belongs to one service stands inside make_app"
            expect.equal(answers[::2], [due] * 2, "one of two services", likely=likely)
### END HIDDEN TESTS
expect.passed("health is answered, also while the model computes")

# %% [markdown]
# ### What does a session in every request cost?
#
# A published service for this very task opens its session inside the function that answers. Here both are asked in
# turns, in this process, with a small network that was trained on the digits.

# %% predict="session"
guess_session = None  # a request takes so many times as long

# %% demo="sessions"
times = lesson.race_sessions(make_app)
said = predictions.beside(guess_session, times.value, "×")
between = f"95 % interval {times.low:.3g} to {times.high:.3g}"
measured["a request that opens a session, over one that does not"] = (
    f"{said}, {between}"
)

# %% [markdown]
# ## What may callers share?
#
# A model of many weights answers 32 pictures in hardly more time than one. Callers know nothing of each other, so
# somebody must gather them: the **batcher**. In asyncio a caller waits for a **future**, an answer that is not there
# yet:
#
# ```python
# answer = asyncio.get_running_loop().create_future()
# …                       # somebody calls answer.set_result(7),
# value = await answer    # or answer.set_exception(error), which is raised here
# ```
#
# When a caller gives up, because its client has hung up, its future is **cancelled**. Then it is `done()`, and setting
# its result is an `InvalidStateError`. Those behind it in the loop would wait for ever.

# %% [markdown]
# ### Exercise 13.3 · Answer a batch (2 points · 10 min)
#
# Write `answer_batch(predict_many, batch)`. It takes all callers out of the list `batch`, in place. Then it calls
# `predict_many` once, with a list of the inputs of those that are not done yet, in their order, and gives each future
# its own answer. Where nobody is left, `predict_many` is not called.
#
# If `predict_many` raises an `Exception` (not StopIteration), each of them gets that exception, and `answer_batch`
# itself raises nothing. The same holds for a `ValueError` of your own where there are more or fewer answers than
# inputs.
#
# *The trap:* `zip` stops at the shorter of two lists. Whoever comes after waits for ever.
#
# <details><summary>Hint</summary>
# First a list of the pairs whose future is not <code>done()</code>, then <code>batch.clear()</code>. Raise your
# ValueError inside the <code>try</code>, before any future has a result.
# </details>


# %% solution="answer_batch"
def answer_batch(predict_many, batch):
    """Answer all callers who wait in a batch, and empty it.

    predict_many: function, list of inputs -> list or array of as many answers
    batch: list of (input, asyncio.Future)
    returns: nothing
    """
    ### BEGIN SOLUTION
    waiting = [(x, future) for x, future in batch if not future.done()]
    batch.clear()
    try:
        answers = predict_many([x for x, _ in waiting]) if waiting else []
        if len(answers) != len(waiting):
            raise ValueError(f"{len(answers)} answers to {len(waiting)} inputs")
    except Exception as error:
        for _, future in waiting:
            future.set_exception(error)
    else:
        for (_, future), answer in zip(waiting, answers, strict=True):
            future.set_result(answer)
    ### END SOLUTION


# %% test="answer_batch_answered" points=1
answers = {3: 9, 5: 25, 2: 4, 7: 49}
found = settled(answer_batch, answers, [3, 5, 2])
what = "answer_batch(predict_many, [(3, …), (5, …), (2, …)])"
expect.equal(found["asked"], [[3, 5, 2]], f"what predict_many was asked by {what}")
expect.equal(found["callers"], [9, 25, 4], f"what the callers got from {what}")
expect.equal(found["left"], [], f"who is in the batch after {what}")
found = settled(answer_batch, answers, [3, 5, 2, 7], cancelled=[1])
what = "the same with a fourth, where the second was cancelled"
likely = "a cancelled future is done; setting its result raises an error"
expected = [9, "cancelled", 4, 49]
expect.equal(found["callers"], expected, f"what they got, {what}", likely=likely)
expect.equal(found["asked"], [[3, 2, 7]], f"what predict_many was asked, {what}")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for size in (1, 2, 3, 8, 33, 1, 5, 6):
        inputs = rng.permutation(1000)[:size].tolist()
        answers = {x: int(rng.integers(10**6)) for x in inputs}
        gone = {int(each) for each in rng.integers(0, size, rng.integers(0, 4))}
        gone = set(range(size)) if size == 5 else gone - {0} if size == 1 else gone
        gone |= {0, size - 1} if size == 8 else set()
        as_array = size in (3, 33, 6)  # covers: list or array of as many answers
        gone = sorted(gone)
        # covers: Write answer_batch(predict_many, batch) | Answer all callers who wait
        found = settled(answer_batch, answers, inputs, gone, as_array=as_array)
        what = f"{size} callers, {gone} of them cancelled"
        left = [x for place, x in enumerate(inputs) if place not in gone]
        # covers: calls predict_many once, with a list of the inputs | in their order
        # covers: Where nobody is left, predict_many is not called
        expect.equal(found["asked"], [left] if left else [], f"asked for {what}")
        due = [answers[x] for x in inputs]
        for place in gone:
            due[place] = "cancelled"
        got = [
            int(each) if hasattr(each, "dtype") else each for each in found["callers"]
        ]
        expect.equal(
            got, due, f"what each caller got, {what}"
        )  # covers: its own answer
        # covers: It takes all callers out of the list batch, in place
        # covers: batch: list of (input, asyncio.Future)
        expect.equal(found["left"], [], f"who is left in the batch, {what}")
        expect.equal(found["raised"], "", f"what answer_batch raises, {what}")
        # covers: returns: nothing
        expect.equal(found["returned"], "NoneType", "the type of what it returns")
        # covers: Then it calls
        when = "who is in the batch when predict_many is called"
        likely = "take them out first: who comes meanwhile belongs to the next batch"
        due = [[]] if left else []
        expect.equal(found["waiting"], due, f"{when}, {what}", likely=likely)
    found = settled(answer_batch, {1: 2, 3: 4}, [1, 3], joining=[5, 6])
    what = "two callers, and two more who join while predict_many computes"
    got = [found["left"], found["callers"]]
    expect.equal(got, [[5, 6], [2, 4] + ["still waits"] * 2], what, likely=likely)
    answers = {1: 2, 3: 4, 5: 6, 7: 8}
    found = settled(answer_batch, answers, [3, 1, 5, 7], [1, 3], arrays=True)
    got = [found["asked"], found["callers"], found["left"], found["raised"]]
    likely = "of two arrays, == is an array: compare futures, not pairs or inputs"
    due = [[[3, 5]], [4, "cancelled", 6, "cancelled"], [], ""]
    expect.equal(got, due, "four callers whose inputs are arrays", likely=likely)
    rows = {1: [1.0, 2.0], 3: [3.0, 4.0], 5: [5.0, 6.0]}
    found = settled(answer_batch, rows, [5, 1, 3], as_array=True)
    due = [rows[5], rows[1], rows[3]]
    expect.close(found["callers"], due, "callers where answers are rows of an array")
    found = settled(answer_batch, {1: 2}, [])
    expect.equal([found["asked"], found["raised"]], [[], ""], "an empty batch")
    found = settled(answer_batch, {4: 8, 6: 1}, [4, 4, 6, 4])
    expect.equal(found["callers"], [8, 8, 1, 8], "callers with equal inputs")
    found = settled(answer_batch, {0: None, 1: False, 2: 0}, [0, 1, 2])
    expect.equal(found["callers"], [None, False, 0], "inputs 0, 1, 2")
    odd = {0: [1], 1: [2, 3], 2: "three", 3: {"label": 4}, 4: 5}
    found = settled(answer_batch, odd, [*odd])
    likely = "hand each answer on as it is; an array of all would change them"
    expect.equal(found["callers"], [*odd.values()], "answers of kinds", likely=likely)
    found = settled(answer_batch, {4: 8, 6: 1, 5: 2}, [4, 6, 5], answered=[1])
    what = "three callers, of whom the second has got an answer before"
    got = [found["asked"], found["callers"], found["raised"]]
    expect.equal(got, [[[4, 5]], [8, "before", 2], ""], what)
### END HIDDEN TESTS
expect.passed("each caller has its own answer, and who has gone harms nobody")

# %% test="answer_batch_errors" points=1
found = settled(answer_batch, {3: 9, 5: 25}, [3, 4, 5])
what, likely = "a batch for which predict_many raises a LookupError", ""
expect.equal(found["raised"], "", f"what answer_batch raises for {what}")
expected = ["LookupError: no answer to 4"] * 3
likely = "future.set_exception(error), for each of them"
expect.equal(found["callers"], expected, f"what callers get in {what}", likely=likely)
for more in (-1, 1):
    found = settled(answer_batch, {3: 9, 5: 25}, [3, 5], more=more)
    kinds = [str(each).partition(":")[0] for each in found["callers"]]
    what = f"what 2 callers get where there are {2 + more} answers"
    likely = "compare the lengths first"
    expect.equal(kinds, ["ValueError"] * 2, what, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for size in (1, 2, 7, 12, 3):
        inputs = rng.permutation(1000)[:size].tolist()
        bad = int(rng.integers(size))
        answers = {x: x + 1 for place, x in enumerate(inputs) if place != bad}
        # covers: each of them gets that exception | raises nothing
        gone = sorted({int(rng.integers(size))} - {bad}) if size > 2 else []
        found = settled(answer_batch, answers, inputs, gone)
        due = [f"LookupError: no answer to {inputs[bad]}"] * size
        for place in gone:
            due[place] = "cancelled"
        what = f"{size} callers, {gone} cancelled, one without an answer"
        expect.equal(found["callers"], due, f"what callers get: {what}")
        expect.equal([found["raised"], found["left"]], ["", []], what)
        expect.close(len(found["asked"]), 1, f"how often predict_many is asked: {what}")
        answers = {x: x + 1 for x in inputs}
        for more in (-size, -1, 1, 2):
            # covers: more or fewer answers than inputs | whoever comes after waits
            # covers: stops at the shorter of two lists
            as_array = bool(rng.integers(2))
            found = settled(answer_batch, answers, inputs, gone, more, as_array)
            short = len(inputs) - len(gone)
            if -more > short:
                continue
            kinds = [str(each).partition(":")[0] for each in found["callers"]]
            due = ["cancelled" if k in gone else "ValueError" for k in range(size)]
            what = f"{size} callers, {gone} cancelled, {more} answers too many"
            expect.equal(kinds, due, f"what callers get: {what}")
            expect.equal([found["raised"], found["left"]], ["", []], what)
    faults = ("ValueError", "RuntimeError", "TimeoutError", "ArithmeticError")
    faults += (
        "AssertionError",
        "OSError",
        "StopAsyncIteration",
        "Exception",
        "Refused",
    )
    for fault in faults:
        found = settled(answer_batch, {1: 2, 3: 4}, [1, 2, 3], [2], fault=fault)
        due = [f"{fault}: no answer to 2"] * 2 + ["cancelled"]
        likely = "hand on the exception itself: what is built anew has lost something"
        what = f"three callers, one gone; predict_many raises {fault}"
        expect.equal(found["callers"], due, what, likely=likely)
        expect.equal([found["raised"], found["waiting"]], ["", [[]]], what)
    found = settled(answer_batch, {1: 2}, [1, 2], joining=[3])
    what = "a caller joins while predict_many computes, which then raises"
    expect.equal([found["left"], found["callers"][2]], [[3], "still waits"], what)
### END HIDDEN TESTS
expect.passed("an error reaches everybody in the batch")

# %% [markdown]
# ### What was on the other side of the trap?
#
# Four callers, one of whom hangs up. A simple loop over `zip(batch, answers)` beside yours:

# %% demo="hung_up"
lesson.show_hung_up(answer_batch)

# %% [markdown]
# ## When is a batch full enough?
#
# When `most` callers wait, or when the first of them has waited for `wait` seconds: whichever comes first. A timer is
# `timer = loop.call_later(seconds, function)`, and `timer.cancel()` takes it back. A timer that was forgotten rings for
# the *next* batch, too early.
#
# The tests of this exercise and of 13.5 run on an event loop whose time is moved by hand: no second is waited for.

# %% [markdown]
# ### Exercise 13.4 · The batcher (3 points · 15 min)
#
# Write `MicroBatcher(predict_many, most, wait)`. It is used on one event loop, and calls `predict_many` there, in no
# thread. `await batcher(x)` returns the answer to `x`. Callers are taken in the order in which they come, at most
# `most` in a batch. A batch runs at once when it is full, else `wait` seconds after its first caller came. A caller
# that is cancelled harms nobody: others are answered within `wait`. Errors are those of 13.3.
#
# `await batcher.close()` answers whoever waits, at once; later calls are a `RuntimeError`. It may be called again, and
# leaves no timer and no task.
#
# *The trap:* two batchers share no list.
#
# <details><summary>Hint</summary>
# One way: a list of (x, future), and a timer for each caller that runs <code>answer_batch</code> on that list, which is
# empty if the batch has run before. <code>try: return await answer</code>, <code>finally: timer.cancel()</code>.
# </details>


# %% solution="micro_batcher"
class MicroBatcher:
    """Answers calls one by one; write __call__(self, x) and close(self), both async."""

    def __init__(self, predict_many, most, wait):
        """predict_many: as in 13.3; most: int, at least 1; wait: seconds, 0 or more."""
        ### BEGIN SOLUTION
        self.most, self.wait, self.batch, self.closed = most, wait, [], False
        self.run = partial(answer_batch, predict_many, self.batch)

    async def __call__(self, x):
        if self.closed:
            raise RuntimeError("this batcher is closed")
        self.batch.append((x, answer := asyncio.get_running_loop().create_future()))
        timer = answer.get_loop().call_later(self.wait, self.run)
        if len(self.batch) == self.most:
            self.run()
        try:
            return await answer
        finally:
            timer.cancel()

    async def close(self):
        self.closed = True
        self.run()
        ### END SOLUTION


# %% test="micro_batcher_gathers" points=1
answers = {x: 10 * x for x in range(8)}
script = [(0.0, "call", x) for x in range(7)]
found = batched(MicroBatcher, 3, 1.0, script, answers)
what = "seven calls at once, most=3, wait=1.0"
got = [inputs for _, inputs in found["batches"]]
expect.equal(got, [[0, 1, 2], [3, 4, 5], [6]], f"the batches of {what}")
got = [result for _, result in found["callers"]]
likely = "each caller waits for a future of its own"
expect.equal(got, [0, 10, 20, 30, 40, 50, 60], f"the answers to {what}", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for most, calls in ((1, 4), (2, 7), (3, 3), (5, 23), (64, 9), (4, 1), (3, 10)):
        inputs = rng.permutation(1000)[:calls].tolist()
        answers = {x: int(rng.integers(10**6)) for x in inputs}
        wait = float(rng.integers(1, 9)) / 4
        # covers: most: int, at least 1 | Write MicroBatcher(predict_many, most, wait)
        script = [(0.0, "call", x) for x in inputs]
        found = batched(MicroBatcher, most, wait, script, answers)
        what = f"{calls} calls at once, most={most}, wait={wait}"
        # covers: in the order in which they come, | at most most in a batch
        due = [inputs[k : k + most] for k in range(0, calls, most)]
        expect.equal([each for _, each in found["batches"]], due, f"batches, {what}")
        # covers: returns the answer to x | Answers calls one by one
        # covers: write __call__(self, x) and close(self), both async | as in 13.3;
        got = [result for _, result in found["callers"]]
        expect.equal(got, [answers[x] for x in inputs], f"the answers to {what}")
        # covers: and calls predict_many there, in no
        times = [0.0 if len(each) == most else wait for each in due]
        expect.close([at for at, _ in found["batches"]], times, f"when, {what}")
        expect.equal(found["elsewhere"], 0, f"calls from another thread, {what}")
    answers = {1: 10, 2: 20, 4: 40, 5: 50}  # covers: Errors are those of 13.3
    script = [(0.0, "call", x) for x in (1, 3, 2, 4, 5)]
    found = batched(MicroBatcher, 2, 0.5, script, answers)
    got = [result for _, result in found["callers"]]
    due = ["LookupError: no answer to 3"] * 2 + [20, 40, 50]
    expect.equal(got, due, "five callers in pairs, no answer to the second")
    for more in (-1, 1):
        script = [(0.0, "call", x) for x in (1, 2)]
        found = batched(MicroBatcher, 2, 0.5, script, {1: 10, 2: 20}, more)
        kinds = [str(each[1]).partition(":")[0] for each in found["callers"]]
        expect.equal(kinds, ["ValueError"] * 2, f"{2 + more} answers to 2 callers")
    for fault in ("ValueError", "OSError", "Refused", "TimeoutError", "RuntimeError"):
        script = [(0.0, "call", 3), (0.0, "call", 1), (2.0, "call", 1)]
        found = batched(MicroBatcher, 5, 0.5, script, {1: 10}, fault=fault)
        said = f"{fault}: no answer to 3"
        due = [[0.5, said], [0.5, said], [2.5, 10]]
        what = f"predict_many raises {fault} for a batch, and answers the next one"
        expect.equal(found["callers"], due, what)
    script = [(0.0, "call", x) for x in (1, 2, 4)] + [(0.25, "cancel", 1)]
    found = batched(MicroBatcher, 5, 0.5, script, {1: 10, 2: 20, 4: 40}, arrays=True)
    got = [result for _, result in found["callers"]]
    likely = "of two arrays, == is an array, and an array has no hash"
    what = "three callers whose inputs are arrays, of whom one goes"
    expect.equal(got, [10, "cancelled", 40], what, likely=likely)
    script = [(0.0, "call", x) for x in (None, 0, None, 7)]
    found = batched(MicroBatcher, 3, 0.5, script, {None: 0, 0: False, 7: None})
    due = [[0.0, 0], [0.0, False], [0.0, 0], [0.5, None]]
    expect.equal(found["callers"], due, "inputs None, 0, None and 7, most=3")
    both = two_batchers(MicroBatcher, {1: 10, 2: 20}, {1: 5, 2: 7}, 2)
    # covers: two batchers share no list
    expect.equal(both[:4], [10, 5, 20, 7], "two batchers, called in turns")
    what = "of two batchers the first is closed, then the second called, then a third"
    likely = "each keeps its own: self.closed, not an attribute of the class"
    due = ["RuntimeError"] * 2 + [5, 7] + [5, 7] + ["RuntimeError"] * 2
    expect.equal(both[4:], due, f"{what}, and the first again", likely=likely)
### END HIDDEN TESTS
expect.passed("callers share batches, and each has its own answer")

# %% test="micro_batcher_waits" points=1
answers = {x: 10 * x for x in range(8)}
script = [(0.0, "call", 0), (0.5, "call", 1), (0.75, "call", 2), (1.0, "call", 3)]
found = batched(MicroBatcher, 2, 1.0, script, answers)
what, once = "calls at 0, 0.5, 0.75 and 1.0 s, most=2, wait=1.0", [[0.5, [0, 1]]]
causes = {
    "the first timer rang for the second batch": [*once, [1.0, [2]], [1.75, [3]]],
    "a full batch runs at once": [[1.0, [0, 1]], [1.0, [2]], [2.0, [3]]],
}
expected = [*once, [1.0, [2, 3]]]
expect.equal(found["batches"], expected, f"the batches of {what}", causes=causes)
script = [(0.0, "call", 0), (0.75, "call", 1)]
found = batched(MicroBatcher, 3, 1.0, script, answers)
what = "calls at 0 and 0.75 s, most=3, wait=1.0"
causes = {
    "it counts from the last caller; the first has waited longest": [[1.75, [0, 1]]],
    "it waits until the batch is full": [],
}
expected = [[1.0, [0, 1]]]
expect.equal(found["batches"], expected, f"the batches of {what}", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: A batch runs at once when it is full, else wait seconds after its first
    for most in (1, 2, 3, 3, 4, 6):
        wait = float(rng.choice([0.0625, 0.5, 2.0, 8.0]))  # covers: seconds, 0 or more
        steps = rng.uniform(0.03, 0.4, 14)
        times = np.cumsum(steps * wait).tolist()
        inputs = rng.permutation(100)[:14].tolist()
        script = [(at, "call", x) for at, x in zip(times, inputs, strict=True)]
        answers, due, batch, ends = {x: -x for x in inputs}, [], [], None
        for at, x in [*zip(times, inputs, strict=True), (math.inf, None)]:
            if batch and at > ends:
                due.append([ends, batch])
                batch = []
            ends = ends if batch else at + wait
            batch = [*batch, x]
            if len(batch) == most:
                due.append([at, batch])
                batch = []
        due = [each for each in due if each[1] != [None]]
        found = batched(MicroBatcher, most, wait, script, answers)
        what = f"calls at {times}, most={most}, wait={wait}"
        got = [inputs for _, inputs in found["batches"]]
        expect.equal(got, [each for _, each in due], f"the batches of {what}")
        got = [at for at, _ in found["batches"]]
        expect.close(got, [at for at, _ in due], f"when they ran, {what}", atol=1e-6)
        ends = {x: at for at, each in due for x in each}
        got = [at for at, _ in found["callers"]]
        late = [ends[x] for x in inputs]
        expect.close(got, late, f"when each was answered, {what}", atol=1e-6)
    for most in (1, 3, 9):
        script = [(at / 4, "call", x) for at in range(3) for x in (at, 10 + at)]
        answers = {x: x + 1 for _, _, x in script}
        found = batched(MicroBatcher, most, 0, script, answers)
        due = [[at, x + 1] for at, _, x in script]
        expect.equal(found["callers"], due, f"calls and answers, most={most}, wait=0")
        longest = max(len(inputs) for _, inputs in found["batches"])
        few = "no batch above most"
        expect.true(longest <= most, "wait=0", expected=few, got=longest)
    # covers: A caller that is cancelled harms nobody | others are answered within `wait`
    for gone in ([0], [1], [2], [0, 1], [0, 2], [0, 1, 2]):
        script = [(0.0, "call", 0), (0.25, "call", 1), (0.5, "call", 2)]
        script += [(0.75, "cancel", each) for each in gone]
        script += [(2.0, "call", 3), (2.5, "call", 4)]
        answers = {x: x * 7 for x in range(5)}
        found = batched(MicroBatcher, 9, 1.0, script, answers)
        what = f"three calls, {gone} of them cancelled, and two more"
        for place, (at, result) in enumerate(found["callers"]):
            due = "cancelled" if place in gone else answers[place]
            expect.equal(result, due, f"what caller {place} gets: {what}")
            latest = [1.0, 1.25, 1.5, 3.0, 3.5][place]
            late = place not in gone and not at <= latest + 1e-6
            wanted = f"at {latest} s at the latest"
            expect.true(not late, f"caller {place}: {what}", expected=wanted, got=at)
        none = all(inputs for _, inputs in found["batches"])
        expect.true(none, what, expected="no empty batch", got=found["batches"])
    for gone in ([0], [1], [2], [0, 1], [1, 2]):  # whose input is that of the others
        script = [(0.0, "call", 4), (0.25, "call", 4), (0.25, "call", 4)]
        script += [(0.5, "cancel", each) for each in gone]
        found = batched(MicroBatcher, 9, 1.0, script, {4: 8})
        for place, (_, result) in enumerate(found["callers"]):
            due = "cancelled" if place in gone else 8
            what = f"what caller {place} of three with equal inputs gets, {gone} gone"
            likely = "each caller waits for a future of its own"
            expect.equal(result, due, what, likely=likely)
    script = [(0.0, "call", 4)] * 5
    found = batched(MicroBatcher, 2, 1.0, script, {4: 8})
    due = [[0.0, 8]] * 4 + [[1.0, 8]]
    expect.equal(found["callers"], due, "five callers with equal inputs, most=2")
    script = [(0.0, "call", 0), (0.0, "call", 1), (0.0, "cancel", 0), (0.5, "call", 2)]
    found = batched(MicroBatcher, 9, 1.0, script, {0: 0, 1: 1, 2: 2})
    got = [result for _, result in found["callers"]]
    expect.equal(got, ["cancelled", 1, 2], "three calls, the first cancelled at once")
    found = batched(MicroBatcher, 2, 1.0, script[:3], {0: 0, 1: 1})
    what = "two calls, most=2, the first cancelled when the batch is full"
    expect.equal(found["callers"][1], [0.0, 1], f"when and what the second got, {what}")
### END HIDDEN TESTS
expect.passed("a batch runs when it is full, or when its first has waited enough")

# %% test="micro_batcher_closes" points=1
answers = {x: 10 * x for x in range(8)}
script = [(0.0, "call", 1), (0.25, "close", None), (0.5, "call", 2)]
found = batched(MicroBatcher, 3, 1.0, script, answers)
what = "a call at 0, close at 0.25, a call at 0.5"
expect.equal(found["callers"][0], [0.25, 10], f"when and what the first got: {what}")
second = str(found["callers"][1][1]).partition(":")[0]
expect.equal(second, "RuntimeError", f"what the second got: {what}")
likely = "cancel the timer; end what you have started"
expect.equal(found["left"], [], f"left on the loop after {what}", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for most, calls in ((1, 1), (4, 2), (3, 5), (9, 8), (2, 0), (5, 3)):
        inputs = rng.permutation(1000)[:calls].tolist()
        answers = {x: int(rng.integers(10**6)) for x in [*inputs, 2000, 2001]}
        at = float(rng.integers(1, 8)) / 8
        script = [(0.0, "call", x) for x in inputs] + [(at, "close", None)]
        # covers: later calls are a RuntimeError | It may be called again,
        script += [(at, "call", 2000), (1.5, "close", None), (5.0, "call", 2001)]
        # covers: It is used on one event loop,
        found = batched(MicroBatcher, most, 1.0, script, answers)
        what = f"{calls} calls, close at {at}, more of both; most={most}, wait=1.0"
        # covers: await batcher.close() answers whoever waits, at once
        full = calls // most * most
        due = [[0.0 if k < full else at, answers[x]] for k, x in enumerate(inputs)]
        expect.equal(
            found["callers"][:calls], due, f"when and what callers got: {what}"
        )
        kinds = [str(each[1]).partition(":")[0] for each in found["callers"][calls:]]
        expect.equal(kinds, ["RuntimeError"] * 2, f"what the late callers got: {what}")
        when = [[at, None], [1.5, None]]
        expect.equal(found["closed"], when, f"when and with what close ended: {what}")
        none = all(each for _, each in found["batches"])
        expect.true(none, what, expected="no empty batch", got=found["batches"])
        # covers: and leaves no timer and no task
        expect.equal(found["left"], [], f"left on the loop: {what}")
        asked_for = {x for _, each in found["batches"] for x in each}
        expect.equal(asked_for, set(inputs), f"all that predict_many was asked, {what}")
    for most, calls in ((3, 3), (2, 4), (3, 7), (1, 2), (4, 6), (9, 3)):
        script = [(0.0, "call", x) for x in range(calls)] + [(0.0, "close", None)] * 2
        answers = {x: int(rng.integers(10**6)) for x in range(calls)}
        found = batched(MicroBatcher, most, 600.0, script, answers)
        what = f"{calls} calls and two closings at once, most={most}, wait=600"
        due = [[0.0, answers[x]] for x in range(calls)]
        expect.equal(found["callers"], due, f"when and what callers got: {what}")
        expect.equal(found["closed"], [[0.0, None]] * 2, f"closings: {what}")
        likely = "the timer of a batch that filled up still runs: cancel it"
        expect.equal(found["left"], [], f"left on the loop: {what}", likely=likely)
    script = [(0.0, "call", 1), (0.0, "call", 2), (0.25, "cancel", 0)]
    script += [(0.25, "cancel", 1), (0.5, "close", None)]
    found = batched(MicroBatcher, 5, 600.0, script, {1: 3, 2: 4})
    got = [found["closed"], found["left"]]
    expect.equal(got, [[[0.5, None]], []], "two calls, both cancelled, and close")
    script = [(0.0, "call", 1), (0.0, "call", 2), (0.5, "cancel", 0)]
    script += [(0.5, "close", None)]
    found = batched(MicroBatcher, 5, 1.0, script, {1: 3, 2: 4})
    got = [result for _, result in found["callers"]]
    expect.equal([got, found["left"]], [["cancelled", 4], []], "one of two cancelled")
    script = [(0.0, "call", 1), (0.0, "call", 2), (0.5, "close", None)]
    found = batched(MicroBatcher, 5, 1.0, script, {1: 3})
    got = [result for _, result in found["callers"]]
    due = ["LookupError: no answer to 2"] * 2
    expect.equal(got, due, "what callers get when the last batch has an error")
    expect.equal(found["closed"], [[0.5, None]], "what close raises then")
### END HIDDEN TESTS
expect.passed("it closes, and leaves nobody waiting")

# %% [markdown]
# ### Does batching pay?
#
# 1, 8 and 64 callers, each of whom asks again as soon as it has its answer. Two networks: a dense one, which has to
# fetch 19 MB of weights for every answer, and the small convolutional one of before, which has hardly any. With and
# without your batcher, of at most 32 and with 2 ms of patience. The dense one has random weights: only its time counts.

# %% predict="batch_gain"
guess_batching = None  # times as many answers a second, dense, 64 callers

# %% demo="batching"
gains = lesson.draw_batching(MicroBatcher)
said = predictions.beside(guess_batching, gains["dense", 64], "×")
measured["answers a second with batches, dense, 64 callers"] = said
measured["the same with one caller"] = f"{gains['dense', 1]:.2g}×"
measured["convolutional, 64 callers"] = f"{gains['convolutional', 64]:.2g}×"

# %% [markdown]
# A batch reads the weights once for all in it; where there are few weights to read, there is little to share. A lone
# caller waits for company that never comes.

# %% [markdown]
# ## When did the request begin?
#
# Users do not wait for each other: they come when they come. A **closed-loop** load test has a number of clients, each
# of which sends its next request when it has its answer. If the server stalls, all of them stop asking, and the stall
# shows up once for each, where many users would have met it. This is **coordinated omission**: the test waits
# politely, and leaves out the bad moments.
#
# An **open-loop** test sends on a schedule, whatever comes back. And it counts from the moment at which a request
# *should* have started, so that not even a load generator that is late itself can hide the wait.

# %% [markdown]
# ### Exercise 13.5 · An open loop (3 points · 12 min)
#
# Write the coroutine `open_loop(send, times, clock, sleep)`. Request number $i$ is `await send(i)`. It is sent
# `times[i]` seconds after the start, whether or not those before it have been answered; the start is what `clock()`
# says when `open_loop` begins. Its latency counts from when it *should* have been sent until it is answered. A request
# that raises an `Exception` has the latency `math.inf`, and the others go on.
#
# All time is that of `clock` and `sleep`, which are given.
#
# *The trap:* a failed request is often a fast one. Left out, or counted as it is, it makes a broken server look good.
#
# <details><summary>Hint</summary>
# A coroutine for one request: sleep until it is due, send, return the latency. <code>await
# asyncio.gather(*coroutines)</code> runs all of them at once, and keeps their order.
# </details>


# %% solution="open_loop"
async def open_loop(send, times, clock, sleep):
    """Send requests on a schedule, and return how long each was waited for.

    send: coroutine function of a request's number, counted from 0
    times: list of seconds from the start, ascending, not changed; may be empty
    clock: function, returns seconds
    sleep: coroutine function of seconds, may be late, which does not add up
    returns: list of floats, seconds, in the order of times
    """
    ### BEGIN SOLUTION
    start = clock()

    async def one(number, due):
        await sleep(due - (clock() - start))
        try:
            await send(number)
        except Exception:
            return math.inf
        return clock() - start - due

    return await asyncio.gather(*(one(i, due) for i, due in enumerate(times)))
    ### END SOLUTION


# %% test="open_loop_sends" points=1
times = [0.0, 0.5, 0.5, 1.0, 4.0]
found = offered(open_loop, times, [3.0, 0.25, 0.25, 2.0, 0.5])
what = f"open_loop, times {times}, the first request takes 3 s"
causes = {
    "it waits for an answer before it sends the next": [0.0, 3.0, 3.25, 3.5, 5.5],
    "times count from the start, not from the request before": [0, 0.5, 1.0, 2.0, 6.0],
}
got = [math.inf if at is None else at for at in found["sent"]]
expect.close(got, times, f"when requests are sent by {what}", atol=1e-6, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for many in (1, 2, 9, 40, 0, 5):
        times = np.cumsum(rng.integers(0, 5, many) / 8).tolist()
        takes = (rng.integers(1, 60, many) / 16).tolist()
        start, pace = float(rng.integers(-500, 500)), float(rng.choice([0.5, 1, 8]))
        before = list(times)
        # covers: Send requests on a schedule, | Write the coroutine open_loop(send,
        found = offered(open_loop, times, takes, start=start, pace=pace)
        what = f"times {times}, takes {takes}, a clock that begins at {start}"
        # covers: It is sent times[i] seconds after the start, whether or not
        # covers: Request number i is await send(i) | send: coroutine function of a
        # covers: may be empty | list of seconds from the start, ascending, not changed
        # covers: the start is what clock() says when open_loop begins
        # covers: All time is that of clock and sleep,
        # covers: clock: function, returns seconds
        got = [math.inf if at is None else at for at in found["sent"]]
        expect.close(got, times, f"when requests are sent: {what}", atol=1e-6)
        expect.equal(found["times"], before, "times afterwards")
        expect.equal(found["again"], [], "requests that were sent more than once")
    found = offered(open_loop, [0.25] * 150, [1.0] * 150)
    expect.close(found["sent"], [0.25] * 150, "150 requests at once", atol=1e-6)
    times = (8 + np.arange(40) / 2).tolist()
    found = offered(open_loop, times, [99.0] * 40, reading=2**-6)
    what = "when 40 requests are sent, where to read the clock takes 1/64 s"
    expect.close(found["sent"], times, what, atol=0.1)
    times = (8 * np.arange(1, 31)).tolist()
    late = float(rng.integers(8, 28)) / 4
    found = offered(open_loop, times, [100.0] * 30, late=late)
    sent = [math.inf if at is None else at for at in found["sent"]]
    worst = max(at - due for at, due in zip(sent, times, strict=True))
    what = f"requests 8 s apart, each sleep {late} s late: how late they are sent"
    # covers: which does not add up
    wanted, likely = f"at most {late} s", "sleep until a request is due, by the clock"
    good = worst <= late + 1e-6
    expect.true(good, what, expected=wanted, got=f"{worst} s", likely=likely)
    times, takes = [2.0, 3.0, 3.5], [9.0, 0.25, 0.25]
    found = offered(open_loop, times, takes)
    expect.close(found["sent"], times, "a schedule that begins at 2 s", atol=1e-6)
### END HIDDEN TESTS
expect.passed("requests are sent on time, whatever the server does")

# %% test="open_loop_latencies" points=1
times, takes = [0.0, 0.5, 1.0], [3.0, 0.25, 0.25]
found = offered(open_loop, times, takes)
what = f"open_loop, times {times}, requests take {takes}"
likely = "await asyncio.gather(…) gives a list in order"
expect.close(found["latencies"], takes, what, atol=1e-6, likely=likely)
found = offered(open_loop, times, takes, late=0.5)
ended = found["ended"]
expected = [end - due for end, due in zip(ended, times, strict=True)]
causes = {
    "count from when it should have been sent, not from when it was": takes,
    "these are times of the clock, not counted from when each was due": ended,
}
what = "the same, where every sleep takes 0.5 s too long"
got = found["latencies"]
expect.close(got, expected, what, atol=1e-6, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    lateness = (0, 0.125, 2.0, 0, 0, 60.0, 0.5)
    for many, late in zip((1, 2, 9, 40, 0, 5, 6), lateness, strict=True):
        times = np.cumsum(rng.integers(0, 5, many) / 8).tolist()
        takes = (rng.integers(1, 16, many) / 16).tolist()
        start, pace = float(rng.integers(-500, 500)), float(rng.choice([0.5, 1, 8]))
        # covers: sleep: coroutine function of seconds, may be late
        found = offered(open_loop, times, takes, late=late, start=start, pace=pace)
        what = f"times {times}, takes {takes}, sleeps {late} s late"
        # covers: until it is answered | and return how long each was waited for
        ended = [math.inf if at is None else at for at in found["ended"]]
        due = [at - when for at, when in zip(ended, times, strict=True)]
        expect.true(math.inf not in ended, what, expected="all answered", got=ended)
        # covers: returns: list of floats, seconds, in the order of times
        expect.equal(type(found["latencies"]).__name__, "list", f"type, {what}")
        expect.close(found["latencies"], due, f"latencies: {what}", atol=1e-6)
        kinds = {np.asarray(each).dtype.kind for each in found["latencies"]}
        expect.true(kinds <= {"f"}, what, expected="floats", got=found["latencies"])
    times, takes = [0, 1, 1, 2, 86400], [3600.0, 0.0, 0.0123456, 1e6, 2.0]
    for start, atol in ((-40.0, 1e-6), (1.7e9, 1e-4)):  # seconds since 1970
        found = offered(open_loop, times, takes, start=start)
        what = (
            f"latencies: times {times}, takes {takes}, a clock that begins at {start}"
        )
        likely = "wait for each answer, however long, and round nothing"
        expect.close(found["latencies"], takes, what, atol=atol, likely=likely)
### END HIDDEN TESTS
expect.passed("latency counts from when a request was due")

# %% test="open_loop_failures" points=1
times, takes = [0.0, 0.5, 1.0], [1.0, 0.25, 1.0]
found = offered(open_loop, times, takes, failing=[1])
what = "three requests, of which the second fails"
causes = {"a failed request is no fast one": [1.0, 0.25, 1.0]}
expected = [1.0, math.inf, 1.0]
expect.close(
    found["latencies"], expected, f"latencies of {what}", atol=1e-6, causes=causes
)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for many in (1, 2, 9, 30, 4):
        times = np.cumsum(rng.integers(0, 5, many) / 8).tolist()
        takes = (rng.integers(1, 16, many) / 16).tolist()
        failing = sorted({int(each) for each in rng.integers(0, many, 1 + many // 3)})
        failing = list(range(many)) if many == 4 else failing
        found = offered(open_loop, times, takes, failing=failing, start=7.0)
        what = f"times {times}, takes {takes}, requests {failing} fail"
        # covers: A request that raises an Exception has the latency math.inf
        # covers: and the others go on | a failed request is often a fast one
        # covers: Left out, or counted as it is
        due = [math.inf if k in failing else took for k, took in enumerate(takes)]
        expect.close(found["latencies"], due, f"latencies: {what}", atol=1e-6)
        expect.close(found["sent"], times, f"when they were sent: {what}", atol=1e-6)
        ended = [at + took for at, took in zip(times, takes, strict=True)]
        expect.close(found["ended"], ended, f"when they ended: {what}", atol=1e-6)
    times, takes = [0.0] * 4 + [1.0] * 4 + [2.0, 3.0], [0.0] * 8 + [1.0, 1.0]
    found = offered(open_loop, times, takes, failing=range(8))
    due = [math.inf] * 8 + [1.0, 1.0]
    what = "latencies of 8 requests that fail at once, in 8 kinds of Exception, and 2"
    expect.close(found["latencies"], due, what, likely="except Exception, no less")
    expect.equal(found["again"], [], "requests that were sent more than once")
### END HIDDEN TESTS
expect.passed("a failure is infinitely late, and hides nobody")

# %% [markdown]
# ### What does a closed loop leave out?
#
# A server in a process of its own, on a free port of this machine, with a stand-in for a model: 10 ms a request, one at
# a time. It could answer 100 a second at best. Both tests want 130 a second for 3 seconds: yours on its schedule, the
# other with ten clients, each of which waits for its answer.

# %% predict="omission"
guess_omission = None  # 99th percentile, open over closed

# %% demo="open_and_closed"
times = lesson.draw_open_and_closed(open_loop)
said = predictions.beside(guess_omission, times, "×")
measured["99th percentile, open loop over closed, same server"] = said

# %% [markdown]
# ## How much load can you promise?
#
# A **service-level objective** says what must hold: for example that 99 % of all requests are answered within 100 ms.
# The mean says little about that, and so does the fastest answer. Source A of this course raised the load on its
# wake-word service until requests timed out, and gives each provider's *lowest* latency: 102.4 ms on a CPU, 22.4 ms on
# a GPU, 13.0 ms with TensorRT. Which hardware, and at which load, it does not say.
#
# So raise the rate step by step, and look at the quantile at each.

# %% [markdown]
# ### Exercise 13.6 · The highest rate (2 points · 8 min)
#
# Write `highest_rate(latencies_by_rate, objective_ms, quantile=0.99)`. A rate keeps the objective if at least
# `quantile` of its requests took `objective_ms` or less. Return the highest rate that keeps it and below which every
# measured rate keeps it, too: a rate above one that fails was lucky. If there is none, return 0.
#
# *The trap:* a failed request is `inf`. `np.quantile` interpolates between neighbours, and between two infinities that
# is `nan`.
#
# <details><summary>Hint</summary>
# Count, and no quantile is needed: the mean of <code>np.asarray(latencies) &lt;= objective_ms</code> is a share.
# <code>sorted(dict)</code> gives the keys in order.
# </details>


# %% solution="highest_rate"
def highest_rate(latencies_by_rate, objective_ms, quantile=0.99):
    """Return the highest rate at which an objective holds.

    latencies_by_rate: dict, requests per second (int or float above 0), in any order,
        -> list or array of latencies in ms, at least one; not changed
    objective_ms: float; quantile: float, above 0, at most 1
    returns: one of the rates, or 0
    """
    ### BEGIN SOLUTION
    best = 0
    for rate in sorted(latencies_by_rate):
        within = np.asarray(latencies_by_rate[rate]) <= objective_ms
        if within.mean() < quantile:
            break
        best = rate
    return best
    ### END SOLUTION


# %% test="highest_rate_quantile" points=1
mostly = [10.0] * 99 + [90.0]
got = highest_rate({50: mostly}, 20.0)
causes = {"at least quantile: 99 of 100 are enough for 0.99": 0}
expect.close(got, 50, "99 latencies of 10 ms and one of 90, 20 ms", causes=causes)
got = highest_rate({50: [10.0] * 98 + [math.inf] * 2}, 20.0)
counted = "2 of 100 failed. np.quantile gives nan between two inf: count instead"
causes = {counted: 50}
expect.close(got, 0, "98 latencies of 10 ms and two failures", causes=causes)
got = highest_rate({50: [10.0, 20.0, 90.0, 90.0]}, 20.0, quantile=0.5)
causes = {"quantile is an argument": 0, "a latency equal to the objective keeps it": 0}
expect.close(got, 50, "10, 20, 90 and 90 ms, quantile=0.5", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for many in (1, 4, 10, 100, 200, 1000):
        # covers: A rate keeps the objective if at least quantile of its requests
        for quantile in (0.25, 0.5, 0.75, 0.8, 0.9, 1.0, 0.99, None):
            objective = float(rng.integers(1, 4000)) / 8
            share = 0.99 if quantile is None else quantile
            least = math.ceil(share * many - 1e-6)
            given = {} if quantile is None else {"quantile": quantile}
            for within in {max(least - 1, 0), least, min(least + 1, many)}:
                good = objective * rng.uniform(0, 1, within)
                good[: (within + 1) // 2] = objective  # covers: objective_ms or less
                bad = objective * (1 + rng.choice([1e-9, 2.0, math.inf], many - within))
                latencies = rng.permutation([*good, *bad])
                rate = float(rng.integers(1, 999)) / 2
                as_list = latencies.tolist() if rng.integers(2) else latencies
                # covers: -> list or array of latencies in ms, at least one; | Write high
                table = {rate: as_list}
                got = highest_rate(table, objective, **given)
                due = rate if within >= least else 0
                what = f"{within} of {many} within the objective, quantile {quantile}"
                # covers: objective_ms: float; | quantile: float, above 0, at most 1
                expect.close(got, due, what)
                expect.unchanged(table, {rate: latencies}, what)  # covers: not changed
    # covers: a failed request is inf | interpolates between neighbours
    for failed in (1, 2, 9):
        latencies = [5.0] * 90 + [math.inf] * failed
        got = highest_rate({8: latencies}, 10.0, 0.9)
        expect.close(got, 8 if failed < 11 else 0, f"{failed} failures, 90 answers")
### END HIDDEN TESTS
expect.passed("a rate keeps the objective, or it does not")

# %% test="highest_rate_order" points=1
good, bad = [10.0] * 10, [90.0] * 10
got = highest_rate({100: bad, 25: good, 50: good, 200: bad}, 20.0)
causes = {
    "the dict is in no order: sort its rates": 0,
    "this is the lowest": 25,
    "these rates fail": 200,
}
expect.close(got, 50, "good at 25 and 50, bad at 100 and 200", causes=causes)
got = highest_rate({25: good, 50: bad, 100: good}, 20.0)
causes = {"50 fails, so that 100 was lucky": 100}
expect.close(got, 25, "good at 25, bad at 50, good at 100", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: Return the highest rate that keeps it and below which | was lucky
    # covers: Return the highest rate at which an objective holds
    for many in (1, 2, 3, 6, 9, 6, 9):
        for first in range(many + 1):
            rates = np.sort(rng.permutation(5000)[:many] + 1) / 2
            rates = [float(rate) if rate % 1 else int(rate) for rate in rates]
            keeps = [k < first or (k > first and rng.integers(2)) for k in range(many)]
            table = {}
            for k in rng.permutation(many).tolist():  # covers: in any order,
                latencies = 40.0 + (np.arange(4) if keeps[k] else 20 * np.arange(4))
                table[rates[k]] = latencies.tolist()
            # covers: If there is none, return 0 | returns: one of the rates, or 0
            due = rates[first - 1] if first else 0
            before = list(table)
            got = highest_rate(table, 45.0)
            expect.close(got, due, f"rates {rates}, which keep it: {keeps}", atol=0)
            expect.equal(list(expect.after(table)), before, "the rates, afterwards")
### END HIDDEN TESTS
expect.passed("the highest rate below the first that fails")

# %% [markdown]
# ### Where does the latency turn?
#
# The same server again, at rates below and above what it can do, offered by your open loop with requests that come at
# random. Objective: 99 % within 100 ms.

# %% demo="rates"
found = lesson.draw_rates(open_loop, highest_rate)
measured["highest rate with 99 % within 100 ms"] = f"{found:g} a second of 100"

# %% [markdown]
# ## How many are inside?
#
# **Little's law** needs no model of anything: over a long time, the mean number of requests inside a system is the rate
# at which they come, times the mean time that each stays.
#
# $$L = \lambda\,W$$
#
# It holds for the whole service, and then $L$ is the number in flight: connections, memory, callers in a batch. It
# holds for the servers alone, too, with $W$ the time of service: then $L$ is how many of them are busy. Nobody plans to
# have them busy all the time: you have just seen what becomes of the queue.

# %% [markdown]
# ### Exercise 13.7 · Little's law (1 point · 5 min)
#
# Write `in_flight(rate, latency_s)`, the mean number of requests inside, and
# `servers_needed(rate, service_s, utilisation)`, the least number of servers for which each is busy for at most the
# share `utilisation` of its time. There is at least one. Where the quotient is within 1e-9 of a whole number, it counts
# as that number.
#
# *The trap:* `300 * 0.007 / 0.7` is 3, and in floating point a little more; rounded up, it would buy a server.
#
# <details><summary>Hint</summary>
# Busy servers are rate times service_s; divide by the share. <code>math.ceil</code> rounds up.
# </details>


# %% solution="littles_law"
def in_flight(rate, latency_s):
    """Return the mean number of requests inside, a float.

    rate: requests per second, 0 or more; latency_s: mean seconds that each stays
    """
    ### BEGIN SOLUTION
    return rate * latency_s
    ### END SOLUTION


def servers_needed(rate, service_s, utilisation):
    """Return how many servers are needed, an int, at most 100,000.

    rate: requests per second, 0 or more; service_s: seconds of a server's time for
        each; utilisation: above 0, at most 1
    """
    ### BEGIN SOLUTION
    return max(1, math.ceil(rate * service_s / utilisation - 1e-9))
    ### END SOLUTION


# %% test="littles_law_numbers" points=1
expect.close(in_flight(200, 0.05), 10.0, "in_flight(200, 0.05)")
causes = {
    "busy servers; they are to be busy 70 % of the time only": 2,
    "the utilisation divides": 2,
    "rounding errors below 1e-9 buy no server": 4,
}
got = servers_needed(300, 0.007, 0.7)
expect.equal(got, 3, "servers_needed(300, 0.007, 0.7)", causes=causes)
causes = {"at 3 they would be busy more than 70 %; round up": 3}
got = servers_needed(310, 0.007, 0.7)
expect.equal(got, 4, "servers_needed(310, 0.007, 0.7)", causes=causes)
expect.equal(servers_needed(0, 0.01, 0.7), 1, "servers_needed(0, 0.01, 0.7)")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for _ in range(20):
        rate = float(rng.choice([0, 1e-3, 10.0 ** rng.uniform(-1, 6)]))
        stays = 10.0 ** rng.uniform(-6, 3)
        # covers: Write in_flight(rate, latency_s), | Return the mean number of requests
        got = in_flight(rate=rate, latency_s=stays)
        expect.close(got, rate * stays, f"in_flight{rate, stays}", rtol=1e-9, atol=0)
        # covers: latency_s: mean seconds that each stays
        # covers: rate: requests per second, 0 or more
        what = f"the type of in_flight{rate, stays}"
        expect.true(np.asarray(got).dtype.kind == "f", what, expected="float", got=got)
    for number in range(120):
        # covers: the least number of servers for which each is busy | above 0, at most 1
        many = int(rng.choice([1, 2, rng.integers(3, 60), rng.integers(60, 99_999)]))
        share = [1.0, 0.5, 0.7, 0.8, float(rng.uniform(0.01, 1))][number % 5]
        service = float(rng.choice([0.001, 0.007, 0.05, rng.uniform(1e-4, 2)]))
        # covers: it counts as that number | is 3, and in floating point a little more
        # covers: it would buy a server
        for off in (0.0, -0.4, 0.4, 0.999):
            rate = (many + off) * share / service
            due = math.ceil(many + off)
            what = f"servers_needed{rate, service, share}"
            given = {"rate": rate, "service_s": service, "utilisation": share}
            # covers: Return how many servers are needed, an int
            expect.equal(lesson.plain(servers_needed(**given)), due, what)
        # within the rounding, and beyond it: another server
        few, large = many % 100 + 1, 99_000 + many % 100
        cases = [(few, 8e-10, few), (few, -8e-10, few), (few, 1.2e-9, few + 1)]
        cases += [(large, 2e-8, large + 1), (large, 1e-5, large + 1), (large, 0, large)]
        for whole, off, due in cases:
            rate = (whole + off) * share / service
            got = lesson.plain(servers_needed(rate, service, share))
            what = (
                f"servers_needed{rate, service, share}, a quotient of {whole} {off:+}"
            )
            expect.equal(
                got, due, what, likely="1e-9 of a server, however many they are"
            )
    for rate in (0, 0.0, 1e-12, 0.1):  # covers: There is at least one
        got = lesson.plain(servers_needed(rate, 0.01, 0.7))
        expect.equal(got, 1, f"servers_needed({rate}, 0.01, 0.7)")
    # covers: service_s: seconds of a server's time for
### END HIDDEN TESTS
expect.passed("what is inside is rate times time")

# %% [markdown]
# ### Does the law hold here?
#
# The load tests of a moment ago, looked at twice: requests inside, counted at every millisecond, and what your
# `in_flight` says. They agree, overloaded or not: that is the law. And how many servers of 10 ms each would a thousand
# requests a second take, if each is to be busy for 70 % of its time?

# %% demo="little"
lesson.show_little(in_flight, servers_needed)

# %% [markdown]
# ## What do servers say to each other?
#
# Triton, KServe and others agree on a protocol, the **Open Inference Protocol**, version 2. A client written for one of
# them works with all. In JSON, a request is a list of tensors, their numbers flattened row by row:
#
# ```python
# {"inputs": [{"name": "x", "shape": [2, 2], "datatype": "FP32", "data": [1, 2, 3, 4]}]}
# ```
#
# The answer has `outputs` of the same form, or `{"error": "why not"}`. `lesson.DATATYPES` has the protocol's names for
# NumPy's, `{"float32": "FP32", "uint8": "UINT8", "bool": "BOOL", …}`, and `lesson.NUMPY_TYPES` the way back.

# %% [markdown]
# ### Exercise 13.8 · The protocol (2 points · 10 min)
#
# Write `infer_request(arrays)` and `infer_response(body)`, its way back. Arrays have any shape, `()` and size 0
# included. Every number arrives exactly as it was. JSON has no nan and no infinity: an array with one is a
# `ValueError`. In an answer, `data` may also be nested, as the array itself is; an `error` is a `ValueError` with its
# text.
#
# *The trap:* 2⁵³ + 1 is an int64, and no float. And in memory an array may lie column by column.
#
# <details><summary>Hint</summary>
# <code>array.ravel().tolist()</code> goes row by row and gives Python's numbers. <code>json.dumps(…,
# allow_nan=False)</code> refuses nan. <code>np.array(data, dtype).reshape(shape)</code> takes nested lists, too.
# </details>


# %% solution="protocol"
def infer_request(arrays):
    """Return the request's body, a str of JSON, the inputs in the order of arrays.

    arrays: dict, names to arrays of the types in lesson.DATATYPES; not changed
    """
    ### BEGIN SOLUTION
    inputs = []
    for name, x in arrays.items():
        about = {"name": name, "shape": x.shape, "data": x.ravel().tolist()}
        inputs.append(about | {"datatype": lesson.DATATYPES[x.dtype.name]})
    return json.dumps({"inputs": inputs}, allow_nan=False)
    ### END SOLUTION


def infer_response(body):
    """Return the arrays of an answer's body, a str or bytes: dict, names to arrays."""
    ### BEGIN SOLUTION
    said, arrays = json.loads(body), {}
    if "error" in said:
        raise ValueError(said["error"])
    for out in said["outputs"]:
        array = np.array(out["data"], lesson.NUMPY_TYPES[out["datatype"]])
        arrays[out["name"]] = array.reshape(out["shape"])
    return arrays
    ### END SOLUTION


# %% test="protocol_request" points=1
x = np.array([[1.5, 2.0], [3.0, 4.0]], np.float32)
got = infer_request({"x": x, "on": np.array([True])})
expect.equal(type(got).__name__, "str", "the type of infer_request({…})")
first = {"name": "x", "shape": [2, 2], "datatype": "FP32"}
second = {"name": "on", "shape": [1], "datatype": "BOOL", "data": [True]}
expected = {"inputs": [first | {"data": [1.5, 2.0, 3.0, 4.0]}, second]}
expect.equal(json.loads(got), expected, 'infer_request({"x": x, "on": [True]})')
got = json.loads(infer_request({"x": x.T}))["inputs"][0]["data"]
causes = {"row by row of the array as it is now, not as it lies in memory": x.ravel()}
expect.close(got, x.T.ravel(), 'the data of infer_request({"x": x.T})', causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: dict, names to arrays of the types in lesson.DATATYPES; | any shape, ()
    shapes = [(), (1,), (0,), (3, 0, 2), (2, 3), (2, 1, 4), (5,)]
    for number in range(6):
        arrays = lesson.drawn_arrays(rng, shapes[number:] + shapes[:number])
        before = {name: array.copy() for name, array in arrays.items()}
        # covers: Write infer_request(arrays) and | Return the request's body, a str
        got = infer_request(arrays)
        expect.equal(type(got).__name__, "str", "the type of the body")
        said = lesson.strictly(got)
        expect.keys(said, ["inputs"], "the body")
        # covers: the inputs in the order of arrays
        names = [each.get("name") for each in said["inputs"]]
        expect.equal(names, list(before), "the names of the inputs")
        for tensor, (name, array) in zip(said["inputs"], before.items(), strict=True):
            what = f"{name}, {array.dtype} of shape {array.shape}"
            keys = ["name", "shape", "datatype", "data"]
            expect.keys(tensor, keys, what)
            expect.equal(tensor["shape"], list(array.shape), f"the shape of {what}")
            theirs = lesson.DATATYPES[array.dtype.name]
            expect.equal(tensor["datatype"], theirs, f"the datatype of {what}")
            # covers: Every number arrives exactly as it was | is an int64, and no float
            # covers: in memory an array may lie column by column | and size 0
            exact = [each == due for each, due in lesson.pairs(tensor["data"], array)]
            expect.true(
                all(exact), what, expected=str(array.tolist()), got=tensor["data"]
            )
            if array.dtype.kind in "iub":
                kinds = {type(each) for each in tensor["data"]}
                right = kinds <= {bool if array.dtype.kind == "b" else int}
                expect.true(right, what, expected="whole numbers", got=tensor["data"])
        after = expect.after(arrays)  # covers: not changed
        for name, array in before.items():
            expect.close(after[name].astype(float), array.astype(float), name, atol=0)
    # covers: an array with one is a ValueError | no nan and no infinity
    for kind in (np.float16, np.float32, np.float64):
        for value in (math.nan, math.inf, -math.inf):
            array = rng.normal(size=(2, 3)).astype(kind)
            array[rng.integers(2), rng.integers(3)] = value
            fine, both = np.ones(2, np.float32), np.array([value, -value], kind)
            for bad in (array, array.T, both, np.array(value, kind)):
                for arrays in ({"fine": fine, "bad": bad}, {"bad": bad, "fine": fine}):
                    call = lambda arrays=arrays: infer_request(arrays)
                    what = f"infer_request with {value}, {kind}, shape {bad.shape}"
                    expect.raises(ValueError, call, what)
    found = written_as_it_lies(infer_request, rng.normal(size=(2, 3, 4)))
    likely = "row by row of the array, however it lies in memory"
    expect.equal(
        found, [], "how an array lies whose body is another then", likely=likely
    )
    got = lesson.strictly(infer_request({}))
    expect.equal(got, {"inputs": []}, "infer_request({})")
### END HIDDEN TESTS
expect.passed("arrays as the protocol writes them")

# %% test="protocol_response" points=1
body = '{"model_name": "m", "outputs": [{"name": "y", "shape": [2, 2], '
body += '"datatype": "FP32", "data": [1.5, 2, 3, 4]}]}'
got = infer_response(body)
expect.keys(got, ["y"], "infer_response(body)")
expect.close(got["y"], [[1.5, 2], [3, 4]], "y of infer_response(body)")
expect.equal(str(got["y"].dtype), "float32", "the type of y of infer_response(body)")
said = lesson.told(infer_response, '{"error": "no such model"}')
expected = ["ValueError", "no such model"]
expect.equal(said, expected, "infer_response of an error")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    shapes = [(), (1,), (0,), (3, 0, 2), (2, 3), (2, 1, 4), (5,)]
    for number in range(6):
        arrays = lesson.drawn_arrays(rng, shapes[number:] + shapes[:number])
        for nested in (False, True):  # covers: data may also be nested, as the array
            body = lesson.answer_body(arrays, nested, number)
            body = body.encode() if number % 2 else body  # covers: a str or bytes
            # covers: Return the arrays of an answer's body
            got = infer_response(body)
            expect.keys(got, arrays, "the names of the outputs")
            for name, array in arrays.items():
                what = f"{name}, {array.dtype}, {array.shape}, nested: {nested}"
                expect.equal(str(got[name].dtype), array.dtype.name, f"type of {what}")
                expect.equal(got[name].shape, array.shape, f"the shape of {what}")
                same = repr(got[name].tolist()) == repr(array.tolist())  # -0.0, too
                due = str(array.tolist())
                expect.true(same, what, expected=due, got=got[name].tolist())
    for text in ("", f"model {rng.integers(99)} is not ready", 'no "outputs", größe'):
        # covers: an error is a ValueError with its text
        for body in (json.dumps({"error": text}, ensure_ascii=False), None):
            body = (
                json.dumps({"error": text}, indent=1).encode() if body is None else body
            )
            said = lesson.told(infer_response, body)
            expect.equal(said, ["ValueError", text], f"infer_response({body!r})")
    got = infer_response('{"model_name": "error", "outputs": []}')
    expect.equal(got, {}, "infer_response of an answer without outputs")
### END HIDDEN TESTS
expect.passed("and back into arrays")

# %% [markdown]
# ### What does JSON cost?
#
# The pixels of one digit, as your request writes them, and as the bytes that they are. The protocol has a binary form
# for this reason.

# %% demo="json_bytes"
measured["JSON over raw bytes, one digit"] = lesson.show_bytes(infer_request)

# %% [markdown]
# ## Which server would you take?
#
# - **Triton** (NVIDIA): C++, many frameworks side by side, dynamic batching by configuration; comes as a container.
# - **LitServe**: a thin layer over FastAPI, with batching, workers and streaming; you write Python.
# - **KServe**: runs such servers on Kubernetes, and lets their number follow the load, down to none.
# - **Ray Serve**: Python deployments over many machines, replicas that are replaced when they die.
# - **TorchServe**: archived by its owners in 2025; no fixes come any more. Do not start with it.
#
# Why leave a framework's own server? Source A gives three reasons: its latency, too little control over the GPU, and a
# second node that was needed to carry the volume.

# %% [markdown]
# ### Exercise 13.9 · A model repository (1 point · 5 min)
#
# Triton reads `<folder>/<name>/config.pbtxt` and `<folder>/<name>/1/model.onnx`; 1 is the version. Write
# `model_repository(folder, model, name, most, instances)`, which copies the model there and writes that configuration:
# `name`, `backend: "onnxruntime"`, `max_batch_size`, which is `most`, dynamic batching, and one instance group of as
# many `instances` on the CPU. Inputs and outputs Triton reads from the ONNX file.
#
# *The trap:* a field that Triton's schema does not have keeps the model from loading. In `dynamic_batching` everything
# is optional; the message itself is what turns it on.
#
# <details><summary>Hint</summary>
# A message is <code>key { field: value }</code>, a repeated one <code>key [ { … } ]</code>. An instance group has
# <code>count</code> and <code>kind: KIND_CPU</code>. <code>place.mkdir(parents=True)</code> makes folders.
# </details>


# %% solution="model_repository"
def model_repository(folder, model, name, most, instances):
    """Write a model repository for Triton, and return the Path of config.pbtxt.

    folder: Path, may hold other models; model: Path of an ONNX file, stays as it is
    name: letters, digits, "_" and "-", new in folder; most, instances: ints, at least 1
    """
    ### BEGIN SOLUTION
    version = folder / name / "1"
    version.mkdir(parents=True)
    shutil.copyfile(model, version / "model.onnx")
    path = folder / name / "config.pbtxt"
    path.write_text(
        f'name: "{name}"\nbackend: "onnxruntime"\nmax_batch_size: {most}\n'
        "dynamic_batching { max_queue_delay_microseconds: 2000 }\n"
        f"instance_group [ {{ count: {instances} kind: KIND_CPU }} ]\n"
    )
    return path
    ### END SOLUTION


# %% test="model_repository_files" points=1
model = lesson.small_model("digits.onnx")
folder = lesson.new_path("repository")
path = model_repository(folder, model, "digits", 8, 2)
what = 'model_repository(folder, model, "digits", 8, 2)'
expect.equal(str(path), str(folder / "digits" / "config.pbtxt"), what)
there = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
expected = ["digits/1/model.onnx", "digits/config.pbtxt"]
expect.equal([each.replace("\\", "/") for each in there], expected, "the files")
config = lesson.configured(Path(path), what)
expected = {"name": "digits", "backend": "onnxruntime", "max_batch_size": 8}
got = {key: config.get(key) for key in expected}
expect.equal(got, expected, f"the configuration of {what}")
batching, groups = config.get("dynamic_batching"), config.get("instance_group")
wanted = "the message dynamic_batching"
expect.true(batching is not None, what, expected=wanted, got=config)
expect.equal(groups, [{"count": 2, "kind": "KIND_CPU"}], f"instance_group of {what}")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    folder = lesson.new_path("a repository")
    written, configured = {}, {}
    cases = {"m": (1, 1), f"wake-word_{rng.integers(99)}": (1, 7), "A_1": (64, 1)}
    cases |= {f"{rng.integers(999)}": (999, 200), "1": rng.integers(2, 200, 2).tolist()}
    for name, (most, instances) in cases.items():
        model = lesson.small_model(f"{name}.v2.onnx", rng)
        before = model.read_bytes()
        # covers: Write a model repository for Triton, | return the Path of config.pbtxt
        # covers: Write `model_repository(folder, model, name, most, instances)`, which
        given = {"folder": folder, "model": model, "name": name}
        path = model_repository(**given, most=most, instances=instances)
        # covers: Triton reads | 1 is the version | name: letters, digits,
        what = f"model_repository for {name}, most={most}, instances={instances}"
        expect.equal(str(path), str(folder / name / "config.pbtxt"), what)
        written[name], configured[name] = before, path
        for each, content in written.items():  # covers: may hold other models
            copied = folder / each / "1" / "model.onnx"
            same = copied.is_file() and copied.read_bytes() == content
            wanted = f"{each}/1/model.onnx, a copy"
            expect.true(same, what, expected=wanted, got="another file, or none")
        # covers: folder: Path, | model: Path of an ONNX file, stays as it is
        expect.unchanged(model, before, f"the model after {what}")
        there = sorted(p.name for p in (folder / name).rglob("*") if p.is_file())
        expect.equal(there, ["config.pbtxt", "model.onnx"], f"the files of {what}")
        # covers: a field that Triton's schema does not have
        config = lesson.configured(Path(path), what)
        due = {"name": name, "backend": "onnxruntime", "max_batch_size": most}
        got = {key: config.get(key) for key in due}
        expect.equal(got, due, f"the configuration of {what}")
        # covers: everything is optional; | the message itself is what turns it on
        on = config.get("dynamic_batching") is not None
        expect.true(on, what, expected="dynamic_batching", got=config)
        # covers: most, instances: ints, at least 1 | Inputs and outputs Triton reads
        group = [{"count": instances, "kind": "KIND_CPU"}]
        expect.equal(config.get("instance_group"), group, f"instance_group of {what}")
    for name, path in configured.items():
        what = f"the name in {name}/config.pbtxt, after the others"
        expect.equal(lesson.configured(Path(path), what).get("name"), name, what)
    # covers: which copies the model there
    what, wanted = "the model of a repository when its source is written anew", "a copy"
    kept = outlives(model_repository)
    expect.true(
        kept, what, expected=wanted, got="the new one", likely="a link, no copy"
    )
### END HIDDEN TESTS
expect.passed("a repository that Triton's schema reads")

# %% [markdown]
# ### What does Triton find?
#
# Your repository, as Triton's schema reads it. Below, a field that it does not have.

# %% demo="repository"
lesson.show_repository(model_repository)

# %% [markdown]
# ### What if one machine is not enough, and one dies?
#
# The digit service of this course on Ray Serve, with one replica and with two; while hundreds of requests ran, a
# replica's process was killed. Ray tells the service which requests died with it, and they are asked again: safe, since
# a prediction changes nothing in the world. Ray starts slowly, so these figures are recorded, a run a row. Replicas,
# service and clients shared two processors: more replicas are no faster.

# %% demo="replicas"
measured["requests without a right answer while a replica died"] = (
    lesson.show_replicas()
)

# %% [markdown]
# ## What you measured

# %% demo="what_you_measured"
tables.show([{"what": what, "measured": value} for what, value in measured.items()])

# %% [markdown]
# ## Check yourself
#
# <details><summary>Your service answers in 20 ms and gets 500 requests a second. How many are in flight, and what if
# latency doubles?</summary> 500 · 0.02 = 10; then 20. Every one of them holds a connection and memory, so a slow
# service is also a full one.</details>
#
# <details><summary>A colleague's load test with 8 clients reports a 99th percentile of 30 ms at 200 requests a second
# offered. How do you see that the loop was closed?</summary>
# Ask how long it stalled at the worst moment: 8 clients that wait for their answers send nothing meanwhile, so each
# stall counts 8 times, not once for every request that was due. Count from the schedule.</details>
#
# <details><summary>Why does batching help a dense layer on one CPU core, and hardly a convolution?</summary>
# A dense layer uses each weight once for each example, so that fetching the weights decides; a batch fetches them once
# for all. A convolution uses each weight at every place of the image already.</details>

# %% [markdown]
# ## Where to read on
#
# - The documentation of FastAPI, *Concurrency and async / await*, and of Python's `asyncio`, *Futures*.
# - G. Tene, *How NOT to Measure Latency*: coordinated omission, named by him.
# - J. D. C. Little, *A Proof for the Queuing Formula L = λW*, Operations Research 9, 1961.
# - D. Crankshaw et al., *Clipper: A Low-Latency Online Prediction Serving System*, NSDI 2017: adaptive batching.
# - The *Open Inference Protocol* of KServe, and Triton's *Model Configuration*.
# - The documentation of Ray Serve: *Handle End-to-End Fault Tolerance*.
#
# Next: lesson 14 asks how small a runtime can be.
