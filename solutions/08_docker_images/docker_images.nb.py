# %% [markdown]
# # How much of that image do you need?
#
# **Lesson 08** · 90 minutes · 20 points · you need: lesson 04, a shell's `cd` and `pip install`; no Docker, no engine
#
# A model is served from a container image, and images of one and the same service differ enormously in size. You will
# write three Dockerfiles, find where an image's bytes are, predict what an edit rebuilds, and find out which of two
# published comparisons is fair. Sizes and times were measured on real builds and lie beside this notebook. Where an
# engine runs, your own image is built and weighed here, too.
#
# Every exercise can be solved without the others, and without ever having written a Dockerfile. No function changes
# its arguments.

# %% readonly="imports"
import copy

from course_utils import expect, predictions, tables, withheld
from course_utils.dockerfiles import LAYERS, paper_build, parse
from course_utils.dockerfiles import stage_number, takes, variables
from course_utils.lessons import docker_images as lesson
from course_utils.seeds import fresh_draw  # for the hidden tests

withheld.working_on("08")
measured = {}  # filled by the demonstrations, shown at the end

# %% [markdown]
# ## What was measured?
#
# One service: it takes a picture of a digit and answers with the digit, over HTTP. It was built as several images:
# with PyTorch and with ONNX Runtime, each with and without CUDA; `lean`, ONNX Runtime with only the files that are
# used; `native`, a C program on ONNX Runtime's own library; and `bare`, the network itself as a C program in int8. Each
# that runs was asked for the same digits.

# %% demo="the_recorded_services"
services = lesson.recorded()
measured["the records"] = lesson.show_services(services)

# %% [markdown]
# ### How far apart are they?
#
# Guess: how many times does the heaviest of these images weigh what the lightest does?

# %% predict="heaviest_over_lightest"
guess_heaviest_over_lightest = None  # times as heavy

# %% [markdown]
# A university's page on ONNX and serving publishes the sizes of four images, and reads from them that ONNX makes
# images 8.5 times smaller with CUDA and 1.94 times without. Exercise 8.6 returns to these two numbers.

# %% readonly="given_published"
MB = 10**6  # bytes
published = [  # as quoted; unpacked; cuda: what the build was asked for
    {"framework": "torch", "cuda": True, "bytes": 5540 * MB},
    {"framework": "torch", "cuda": False, "bytes": 1250 * MB},
    {"framework": "onnx", "cuda": True, "bytes": 647 * MB},
    {"framework": "onnx", "cuda": False, "bytes": 647 * MB},
]

# %% demo="sizes_on_one_axis"
times = lesson.draw_sizes(services, published)
times = predictions.beside(guess_heaviest_over_lightest, times, "×")
measured["the same service, heaviest over lightest"] = times

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
# shell `if`s and all, and tells where the context's files lie in the last image. Here it reads the dictionary's recipe,
# for German.

# %% demo="what_the_reader_sees"
lesson.show_steps(parse(lesson.DICTIONARY), "the recipe's steps")
german = paper_build(lesson.DICTIONARY, ["words/en.txt", "words/de.txt"], LANGUAGE="de")
print({path: what for path, what in german["view"].items() if "/etc" not in path})

# %% [markdown]
# ## How do you build it with PyTorch, with and without CUDA?
#
# This is your build context:
#
# ```
# app/     service.py  settings.py  softmax.py  health.py
# torch/   engine.py  models.py  model.pt
# onnx/    engine.py  model.onnx
# lists/   torch-cuda0.txt  torch-cuda1.txt  onnx-cuda0.txt  onnx-cuda1.txt
# closure.py   README.md   notes/todo.txt   .git/config
# ```
#
# The service is `app/` and *one* of `torch/` and `onnx/`, side by side. There START begins it:
# `python -m uvicorn service:app --host 0.0.0.0 --port 8000`. `pip install -r LIST` installs exact versions,
# from *one* list; `cuda1` brings NVIDIA's libraries.

# %% [markdown]
# ### What does it cost to build it again?
#
# pip keeps what it downloads, for the next time. In an image there is no next time: `--no-cache-dir`.
#
# The engine rebuilds from the first changed step on: what takes long comes before what changes often.

# %% [markdown]
# ### Exercise 8.1 · A service with PyTorch (3 points · 14 min)
#
# Write `torch_dockerfile()`: the text of a Dockerfile of `FROM`, `ARG`, `WORKDIR`, `COPY`, `RUN`, `CMD` alone, with no
# option but `COPY --from`.
#
# 1. `FROM` takes `python:3.11-slim-bookworm` or an earlier stage.
# 2. The one argument, `CUDA`, is 0 unless asked for: 0 installs `lists/torch-cuda0.txt`, 1 `lists/torch-cuda1.txt`.
# 3. Before the service is copied, `RUN` runs `pip install --no-cache-dir -r LIST`; a shell's `if` or `case` may choose.
# 4. The files of `app/` and `torch/` lie side by side; there `CMD` is START, a list.
# 5. Nothing else is run; nothing comes along but `app/`, `torch/`, `lists/`.
#
# *The trap:* an `ARG` above `FROM` is empty below it.
#
# <details><summary>Hint</summary>
# In Python, a text of several lines stands between <code>"""</code> and <code>"""</code>. A variable may stand in the
# name of a file that is copied, as in the dictionary's recipe; a shell's
# <code>if [ "$NAME" = "1" ]; then …; else …; fi</code> in a RUN does as well. <code>COPY one/ two/ ./</code> copies
# what is <em>in</em> both folders.
# </details>


# %% solution="torch_dockerfile"
def torch_dockerfile():
    """Return the text of a Dockerfile for the service with PyTorch.

    Its build argument CUDA is 0 or 1.
    """
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


# %% test="torch_dockerfile_cuda" points=1
text = lesson.text_of(torch_dockerfile(), "torch_dockerfile()")
lesson.check_list(text, "lists/torch-cuda0.txt")
lesson.check_list(text, "lists/torch-cuda0.txt", CUDA="0")
lesson.check_list(text, "lists/torch-cuda1.txt", CUDA="1")
### BEGIN HIDDEN TESTS
# covers: Return the text of a Dockerfile for the service with PyTorch
text = lesson.text_of(torch_dockerfile(), "torch_dockerfile()")
with fresh_draw() as rng:
    more = [f"lists/{''.join(rng.choice(list('abcdefgh'), 6))}.txt" for _ in range(3)]
    context, version = lesson.CONTEXT + more, str(rng.integers(99))
    # covers: The one argument, `CUDA`, is 0 unless asked for | CUDA is 0 or 1
    # covers: a shell's `if` or `case` may choose
    # covers: an `ARG` above `FROM` is empty below it
    for cuda in ("", "0", "1"):
        asked = {"CUDA": cuda} if cuda else {}
        got = lesson.installed(text, context, MODEL_VERSION=version, **asked)
        wanted = [f"lists/torch-cuda{cuda or 0}.txt"]
        expect.equal(got, wanted, f"what is installed with {asked}, a fresh context")
### END HIDDEN TESTS
expect.passed("the argument decides which list is installed")

# %% test="torch_dockerfile_service" points=1
needed = [*lesson.SERVICE, "torch/engine.py", "torch/models.py", "torch/model.pt"]
text = lesson.text_of(torch_dockerfile(), "torch_dockerfile()")
lesson.check_service(paper_build(text, lesson.CONTEXT), needed)
### BEGIN HIDDEN TESTS
needed = [*lesson.SERVICE, "torch/engine.py", "torch/models.py", "torch/model.pt"]
with fresh_draw() as rng:
    more = [f"{''.join(rng.choice(list('klmnop'), 6))}.py"]
    for cuda in ("0", "1"):
        image = paper_build(torch_dockerfile(), lesson.CONTEXT + more, CUDA=cuda)
        # covers: `app/` and `torch/` lie side by side | there `CMD` is START, a list
        lesson.check_service(image, needed)
        lesson.check_found(image)
### END HIDDEN TESTS
expect.passed("the service's files lie where it is started")

# %% test="torch_dockerfile_layers" points=1
others = ["onnx/model.onnx", *lesson.UNNEEDED]
text = lesson.text_of(torch_dockerfile(), "torch_dockerfile()")
lesson.check_form(text, "8.1")
found, likely = lesson.installed(text), "no `pip install -r` is reached"
expect.true(bool(found), "what is installed", expected="a list", got=[], likely=likely)
lesson.check_order(text, lesson.CONTEXT, others)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    context, others = lesson.cluttered(rng, "app/", "torch/", "lists/")
    for cuda in ("0", "1"):
        # covers: Before the service is copied | nothing comes along but `app/`
        lesson.check_order(torch_dockerfile(), context, others, CUDA=cuda)
        # covers: of `FROM`, `ARG` | with no option but `COPY --from` | `FROM` takes
        # covers: Nothing else is run;
        lesson.check_form(torch_dockerfile(), "8.1", CUDA=cuda)
### END HIDDEN TESTS
expect.passed("what changes often comes last, and nothing comes along")

# %% [markdown]
# <details><summary>Another way</summary>
#
# A stage for each value, and the value in the last `FROM`. This `ARG` *does* stand above `FROM`.
#
# ```dockerfile
# ARG CUDA=0
# FROM python:3.11-slim-bookworm AS cuda0
# FROM python:3.11-slim-bookworm AS cuda1
# FROM cuda${CUDA}
# ```
#
# Each copies its own list; what follows the last `FROM` is the same for both. What nobody asks for is not built.
# </details>

# %% demo="what_cuda_costs"
lesson.show_cuda(torch_dockerfile(), services)

# %% [markdown]
# ## What goes wrong when an argument is ignored?
#
# Nothing, visibly. Docker accepts `--build-arg CUDA=1`, the build succeeds, the image runs on the processor, and
# somebody publishes its size as that of a GPU image. That is what happened on the page quoted above: its ONNX file
# declares the argument, and installs `onnxruntime` whatever it says.
#
# An operator also wants to say which model this is, from which probability an answer counts, and what computes: as
# build arguments with defaults, which the running service reads from its *environment*.

# %% [markdown]
# ### Exercise 8.2 · The argument, heeded (3 points · 8 min)
#
# Write `onnx_dockerfile()`, as 8.1, with the lists `onnx-cuda0` and `onnx-cuda1`, the folder `onnx/`, and `ENV`, for
#
# - build arguments `MODEL_VERSION` (1), `DECISION_THRESHOLD` (0.5), `EXECUTION_PROVIDER` (CPUExecutionProvider),
#   which a container finds as environment variables of these names;
# - `ORT_DISABLE_TELEMETRY` set to 1 in the environment: ONNX Runtime for Linux reports home otherwise.
#
# There are no other arguments, and no other variables.
#
# *The trap:* every `RUN` below an `ARG` is run anew when its value changes. A new threshold must run nothing.
#
# <details><summary>Hint</summary>
# <code>ENV GREETING=$GREETING</code>, below <code>ARG GREETING=hello</code>, keeps the argument's value for the
# container. </details>


# %% solution="onnx_dockerfile"
def onnx_dockerfile():
    """Return the text of a Dockerfile for the service with ONNX Runtime.

    Its build arguments: CUDA, 0 or 1, and three settings.
    """
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
ENV MODEL_VERSION=$MODEL_VERSION DECISION_THRESHOLD=$DECISION_THRESHOLD
ENV EXECUTION_PROVIDER=$EXECUTION_PROVIDER ORT_DISABLE_TELEMETRY=1
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0", "--port", "8000"]
"""
    ### END SOLUTION


# %% test="onnx_dockerfile_cuda" points=1
text = lesson.text_of(onnx_dockerfile(), "onnx_dockerfile()")
lesson.check_list(text, "lists/onnx-cuda0.txt")
lesson.check_list(text, "lists/onnx-cuda0.txt", CUDA="0")
lesson.check_list(text, "lists/onnx-cuda1.txt", CUDA="1")
### BEGIN HIDDEN TESTS
# covers: Return the text of a Dockerfile for the service with ONNX Runtime
text = lesson.text_of(onnx_dockerfile(), "onnx_dockerfile()")
with fresh_draw() as rng:
    more = [f"lists/{''.join(rng.choice(list('abcdefgh'), 6))}.txt" for _ in range(3)]
    # covers: with the lists `onnx-cuda0` and `onnx-cuda1` | CUDA, 0 or 1, and three
    for cuda in ("", "0", "1"):
        asked = {"CUDA": cuda} if cuda else {}
        got = lesson.installed(text, lesson.CONTEXT + more, **asked)
        wanted = [f"lists/onnx-cuda{cuda or 0}.txt"]
        expect.equal(got, wanted, f"what is installed with {asked}, a fresh context")
### END HIDDEN TESTS
expect.passed("the argument is heeded")

# %% test="onnx_dockerfile_settings" points=1
text = lesson.text_of(onnx_dockerfile(), "onnx_dockerfile()")
asked = {"MODEL_VERSION": "7", "DECISION_THRESHOLD": "0.8"}
asked["EXECUTION_PROVIDER"] = "CUDAExecutionProvider"
for arguments in ({}, asked):
    found = paper_build(text, lesson.CONTEXT, **arguments)["env"]
    for name, value in (lesson.SETTINGS | arguments).items():
        causes = {
            "an ARG is gone when the build ends; ENV keeps it": "nothing",
            "the ENV has a fixed value; `$` takes the argument's": lesson.SETTINGS[
                name
            ],
            "the ENV comes before its ARG, or the ARG has no default": "",
        }
        got = found.get(name, "nothing")
        kept = got if got in (f"${name}", f"${{{name}}}") else f"${name}"
        causes[
            "single quotes, or a backslash, keep the $ as it is; leave them away"
        ] = kept
        what = f"{name} in the container, built with {arguments}"
        expect.equal(got, value, what, causes=causes)
image = paper_build(text, lesson.CONTEXT)
lesson.environment_of(image, "ORT_DISABLE_TELEMETRY", "1")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    every = {name: f"drawn{rng.integers(9999)}" for name in lesson.SETTINGS}
    for drawn in ({}, *({name: every[name]} for name in every), every):
        for cuda in ("0", "1"):
            built = paper_build(onnx_dockerfile(), lesson.CONTEXT, CUDA=cuda, **drawn)
            # covers: build arguments `MODEL_VERSION` (1), `DECISION_THRESHOLD` (0.5)
            got = {key: built["env"].get(key) for key in lesson.SETTINGS}
            wanted = lesson.SETTINGS | drawn
            expect.equal(got, wanted, f"the settings, built with {drawn}, CUDA={cuda}")
            # covers: `ORT_DISABLE_TELEMETRY` set to 1 in the environment
            lesson.environment_of(built, "ORT_DISABLE_TELEMETRY", "1")
### END HIDDEN TESTS
expect.passed("what an operator decides reaches the container")

# %% test="onnx_dockerfile_layers" points=1
text = lesson.text_of(onnx_dockerfile(), "onnx_dockerfile()")
needed = [*lesson.SERVICE, "onnx/engine.py", "onnx/model.onnx"]
others = ["torch/model.pt", "torch/models.py", *lesson.UNNEEDED]
lesson.check_form(text, "8.2")
image = paper_build(text, lesson.CONTEXT)
lesson.check_service(image, needed)
lesson.check_order(text, lesson.CONTEXT, others)
lesson.check_settings_below(image)
found, likely = lesson.installed(text), "no `pip install -r` is reached"
expect.true(bool(found), "what is installed", expected="a list", got=[], likely=likely)
### BEGIN HIDDEN TESTS
needed = [*lesson.SERVICE, "onnx/engine.py", "onnx/model.onnx"]
with fresh_draw() as rng:
    context, others = lesson.cluttered(rng, "app/", "onnx/", "lists/")
    for cuda in ("0", "1"):
        drawn = {name: f"drawn{rng.integers(9999)}" for name in lesson.SETTINGS}
        lesson.check_service(
            paper_build(onnx_dockerfile(), context, CUDA=cuda, **drawn), needed
        )
        built = paper_build(onnx_dockerfile(), context, CUDA=cuda)
        # covers: as 8.1, with the lists
        lesson.check_service(built, needed)
        lesson.check_found(built)
        lesson.check_order(onnx_dockerfile(), context, others, CUDA=cuda)
        # covers: There are no other arguments, and no other variables
        lesson.check_form(onnx_dockerfile(), "8.2", CUDA=cuda)
        # covers: every `RUN` below an `ARG` | A new threshold must run nothing
        lesson.check_settings_below(built)
### END HIDDEN TESTS
expect.passed("a new threshold runs nothing, an edit installs nothing")

# %% [markdown]
# ### How does one notice that an argument is ignored?
#
# Build twice, compare.

# %% demo="an_ignored_argument"
lesson.show_ignored(onnx_dockerfile())

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
# The context has a tool for it. `python closure.py ROOT --python SITE` copies this Python, the packages in the folder
# SITE, and every library that these load into the folder ROOT; no more. In ROOT, Python is `python` and the packages
# are in `site`. `pip install --target SITE -r LIST` puts packages into a folder of their own: SITE.
#
# So ROOT can become `/` of an empty image. There, `/python` starts Python, and it looks for packages where the
# environment variable `PYTHONPATH` says: `/site`.

# %% [markdown]
# ### Who serves, and who looks after it?
#
# If a bug lets someone in, they are who the service is. `USER` with a *number* needs no entry in any file, which an
# empty image does not have.
#
# A process that runs is not a service that answers. `HEALTHCHECK --interval=30s CMD ["/usr/bin/hello", "--check"]`
# has the engine ask. Without a shell it must be a list, and there is no `curl` either: `app/health.py` asks the
# service and exits with 0 or 1; `/python` runs it.

# %% [markdown]
# ### Exercise 8.3 · Only what serves (4 points · 18 min)
#
# Write `lean_dockerfile()`: the service of 8.2 for CPUs (`lists/onnx-cuda0.txt`, `app/`, `onnx/`), in at least two
# stages, without `ARG`, with `USER` and `HEALTHCHECK`. There `RUN` runs pip, with `--no-cache-dir` and `--target`, and
# the tool. The last stage
#
# 1. is `FROM scratch`, with ROOT at `/` and the service's files side by side, where `CMD` is START, with
#    `/python`, and nothing else;
# 2. has two variables, `PYTHONPATH`, which is `/site`, and `ORT_DISABLE_TELEMETRY`, 1;
# 3. has a user by number, not root;
# 4. has a health check, a list: `/python`, the path of `health.py`.
#
# *The trap:* an earlier stage's `ENV`, `USER` and `WORKDIR` do not come along with its files.
#
# <details><summary>Hint</summary>
# First stage: copy the list and <code>closure.py</code>, install with <code>--target</code>, run the tool. Last
# stage: copy its ROOT to <code>/</code>, then the service. </details>


# %% solution="lean_dockerfile"
def lean_dockerfile():
    """Return the text of a multi-stage Dockerfile for the service with ONNX Runtime.

    Its last stage has the service and its packages, each once.
    """
    ### BEGIN SOLUTION
    return """\
FROM python:3.11-slim-bookworm AS kitchen
WORKDIR /kitchen
COPY lists/onnx-cuda0.txt closure.py ./
RUN pip install --no-cache-dir --target parts -r onnx-cuda0.txt \\
    && python closure.py plate --python parts

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
text = lesson.text_of(lean_dockerfile(), "lean_dockerfile()")
lesson.check_form(text, "8.3")
image = paper_build(text, lesson.CONTEXT)
stages = len(image["stages"])
expect.true(stages > 1, "the stages", expected="at least two FROM", got=stages)
lesson.check_contents(image)
lesson.check_order(text, lesson.CONTEXT, lesson.UNNEEDED)
### BEGIN HIDDEN TESTS
# covers: Return the text of a multi-stage Dockerfile
text = lesson.text_of(lean_dockerfile(), "lean_dockerfile()")
with fresh_draw() as rng:
    context, others = lesson.cluttered(rng, "app/", "onnx/")
    built = paper_build(text, context)
    stages = len(built["stages"])
    expect.true(stages > 1, "the stages", expected="at least two FROM", got=stages)
    # covers: is `FROM scratch`, with ROOT at `/` and the service's files | The last stage
    # covers: Its last stage has the service and its packages, each once
    lesson.check_contents(built)
    lesson.check_order(text, context, others)
    # covers: There `RUN` runs pip, with | without `ARG`, with `USER`
    lesson.check_form(text, "8.3")
### END HIDDEN TESTS
expect.passed("only the last stage ships, and it has no tools")

# %% test="lean_dockerfile_service" points=1
text = lesson.text_of(lean_dockerfile(), "lean_dockerfile()")
image = paper_build(text, lesson.CONTEXT)
needed = [*lesson.SERVICE, "onnx/engine.py", "onnx/model.onnx"]
lesson.check_service(image, needed, python="/python")
lesson.check_packages(image)
### BEGIN HIDDEN TESTS
needed = [*lesson.SERVICE, "onnx/engine.py", "onnx/model.onnx"]
with fresh_draw() as rng:
    more = [f"{''.join(rng.choice(list('klmnop'), 6))}.py"]
    image = paper_build(lean_dockerfile(), lesson.CONTEXT + more, CUDA="1")
    # covers: the service's files side by side, where `CMD` is | the service of 8.2
    lesson.check_service(image, needed, python="/python")
    # covers: has two variables, `PYTHONPATH`, which is `/site` | do not come along
    lesson.check_packages(image)
### END HIDDEN TESTS
expect.passed("what serves has come along, and can start")

# %% test="lean_dockerfile_user" points=1
text = lesson.text_of(lean_dockerfile(), "lean_dockerfile()")
lesson.check_user(paper_build(text, lesson.CONTEXT))
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    more = [f"{''.join(rng.choice(list('klmnop'), 6))}.py"]
    # covers: has a user by number, not root
    lesson.check_user(paper_build(lean_dockerfile(), lesson.CONTEXT + more))
### END HIDDEN TESTS
expect.passed("whoever gets in is not root")

# %% test="lean_dockerfile_health" points=1
text = lesson.text_of(lean_dockerfile(), "lean_dockerfile()")
image = paper_build(text, lesson.CONTEXT)
lesson.check_health(image)
lesson.environment_of(image, "ORT_DISABLE_TELEMETRY", "1")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    more = [f"{''.join(rng.choice(list('klmnop'), 6))}.py"]
    image = paper_build(lean_dockerfile(), lesson.CONTEXT + more)
    # covers: has a health check, a list: `/python`, the path
    lesson.check_health(image)
    # covers: and `ORT_DISABLE_TELEMETRY`, 1
    lesson.environment_of(image, "ORT_DISABLE_TELEMETRY", "1")
### END HIDDEN TESTS
expect.passed("somebody looks whether it answers, and nobody else is told")

# %% [markdown]
# <details><summary>Without the tool</summary>
#
# A last stage that somebody else keeps small: distroless has Python and no shell. Its `ENTRYPOINT` is Python. (The
# tests ask for `scratch`.)
#
# ```dockerfile
# FROM gcr.io/distroless/python3-debian12:nonroot
# COPY --from=0 /parts /site
# HEALTHCHECK CMD ["/usr/bin/python3", "health.py"]
# CMD ["-m", "uvicorn", "service:app", "--host", "0.0.0.0"]
# ```
# </details>

# %% [markdown]
# ### What does a linter say?
#
# `hadolint` knows many a mistake, by number. No mark depends on it. (DL3059 matters little in an early stage.)

# %% demo="hadolint"
lesson.lint(torch_dockerfile, onnx_dockerfile, lean_dockerfile)

# %% [markdown]
# ### And for real?
#
# Where an engine runs, the next cell builds *your* lean Dockerfile, weighs it, starts it and asks it for digits. The
# first time takes a minute or two.

# %% demo="built_for_real"
measured["your lean image"] = lesson.built_for_real(lean_dockerfile())

# %% demo="how_lean"
lesson.show_lean(services)

# %% [markdown]
# ## What is an image made of?
#
# A **manifest**: a JSON file that lists the layers, each by its *digest*, a checksum that is its name, and its
# `size`, compressed, as it is downloaded. And a **config** (a file of its own in a registry), with the `history`: one
# entry for each step. A step without a layer has `"empty_layer": true`; the others, where it is `false` or missing,
# have the manifest's layers, in order.
#
# A layer that images share has one digest and is fetched once. Unpacked it lies on disk once, too: one `diff_id`, one
# layer. `config["rootfs"]["diff_ids"]` names the unpacked layers, in the same order.

# %% readonly="given_manifest"
bottom, top = {"digest": "sha256:aa", "size": 40}, {"digest": "sha256:bb", "size": 7}
history = [
    {"comment": "Imported from -"},
    {"created_by": "ENV LANGUAGE=en", "empty_layer": True},
    {"created_by": "COPY words /words # buildkit", "empty_layer": False},
]
rootfs = {"type": "layers", "diff_ids": ["sha256:a0", "sha256:b0"]}
SMALL = {"layers": [bottom, top], "config": {"history": history, "rootfs": rootfs}}

# %% [markdown]
# ### Exercise 8.4 · Reading a manifest (3 points · 10 min)
#
# Write three functions, a point each:
#
# - `layer_table(manifest)`: a pair (step, bytes to download) for every entry of the history, 0 bytes without a layer;
#   the step is its `created_by`, "" where it has none.
# - `download_size(manifests)`: the bytes of layers to fetch so that *all* these images are here, when nothing was.
# - `unpacked_size(manifests, unpacked)`: the bytes on disk of all of them; `unpacked` has the bytes for each diff_id,
#   other images' too. Here images share layers from the first on, and none has one twice.
#
# *The trap:* pairing the first step with the first layer and so on goes wrong at the first step without a layer.
#
# <details><summary>Hint</summary>
# <code>next(layers)</code> hands out one layer after the other: only where a step has one. A dict by digest, and a set
# of diff_ids, hold each layer once.
# </details>


# %% solution="layer_table"
def layer_table(manifest):
    """Return [(step, bytes), …] for every step; manifest: a dict like SMALL."""
    layers, table = iter(manifest["layers"]), []
    ### BEGIN SOLUTION
    for step in manifest["config"]["history"]:
        size = 0 if step.get("empty_layer") else next(layers)["size"]
        table.append((step.get("created_by", ""), size))
    ### END SOLUTION
    return table


def download_size(manifests):
    """Return the compressed bytes of these images' layers; manifests: a list."""
    layers = [layer for manifest in manifests for layer in manifest["layers"]]
    ### BEGIN SOLUTION
    return sum({layer["digest"]: layer["size"] for layer in layers}.values())
    ### END SOLUTION


def unpacked_size(manifests, unpacked):
    """Return the bytes of these images' layers on disk; unpacked: {diff_id: bytes}."""
    ### BEGIN SOLUTION
    ids = {each for m in manifests for each in m["config"]["rootfs"]["diff_ids"]}
    return sum(unpacked[each] for each in ids)
    ### END SOLUTION


# %% test="layer_table_steps" points=1
expected = [("", 40), ("ENV LANGUAGE=en", 0), ("COPY words /words # buildkit", 7)]
causes = {
    "steps and layers are paired in order, though the second step has no layer": [
        ("", 40),
        ("ENV LANGUAGE=en", 7),
    ],
    "steps without a layer are left out; they count, with 0 bytes": expected[::2],
    "`empty_layer` is there and false: this step has a layer": [
        *expected[:2],
        (expected[2][0], 0),
    ],
    'a step without `created_by` has "" as its step': [(None, 40), *expected[1:]],
}
given = copy.deepcopy(SMALL)
got = lesson.rows_of(layer_table(given), "layer_table(SMALL)")
expect.equal(got, expected, "layer_table(SMALL)", causes=causes)
likely = "your code changes its argument (`pop`, `del`, …)"
expect.unchanged(given, SMALL, "SMALL after layer_table", likely=likely)


### BEGIN HIDDEN TESTS
def history(*kinds):  # {} has a layer; None: no created_by
    return [{"created": "2024"} | each for each in kinds]


EMPTY, FALSE = {"empty_layer": True}, {"empty_layer": False}
same, long = (
    {"created_by": "RUN make"},
    {"created_by": "  RUN a \\\n && b # " + 200 * "x"},
)
none = {"comment": "pulled", "author": "somebody"}
with fresh_draw() as rng:
    manifest, _ = lesson.drawn_image(rng, [("sha256:01", 12, "sha256:02")])
    given = [manifest["config"]["history"], [], history(same), history(same | EMPTY)]
    given.append(history(same | EMPTY, same, same | EMPTY, same | EMPTY, same | FALSE))
    given.append(history(none | EMPTY, long, none, same, same, long | EMPTY))
    words = ("ENV A=1", '/bin/sh -c #(nop)  CMD ["a"]', "LABEL a=b", "")  # a layer each
    given.append(history(*({"created_by": each} for each in words)))
    given.append(history(*[same, same | EMPTY, long, none] * 100))
    for steps in given:
        # covers: `layer_table(manifest)`: a pair (step, bytes to download) for every
        sizes = [int(n) for n in rng.integers(1, 4 * 10**9, size=len(steps))]
        sizes = [0 if n == 2 else sizes[n % 3] for n in range(len(sizes))]
        expected, layers = [], []
        for step in steps:  # covers: at the first step without a layer | for every step
            size = 0 if step.get("empty_layer") else sizes[len(layers)]
            layers += [] if step.get("empty_layer") else [size]
            # covers: The step is its `created_by`, "" where it has none
            expected.append((step.get("created_by", ""), size))
        ids = {"type": "layers", "diff_ids": [f"sha256:d{n}" for n in layers]}
        for more in (0, 1):  # the same history and digests, other sizes
            own = [{"size": n + more, "digest": f"sha256:{n}"} for n in layers]
            manifest = {"layers": own, "config": {"history": steps, "rootfs": ids}}
            before = copy.deepcopy(manifest)  # covers: manifest: a dict like SMALL
            got = lesson.rows_of(layer_table(manifest), "layer_table(manifest)")
            has = [not step.get("empty_layer") for step in steps]
            rows = zip(expected, has, strict=True)
            wanted = [(step, size + more * one) for (step, size), one in rows]
            expect.equal(got, wanted, f"layer_table, the history {steps}")
            expect.unchanged(manifest, before, "the manifest after layer_table")
### END HIDDEN TESTS
expect.passed("every step with its bytes")

# %% test="layer_table_download" points=1
third, fourth = {"digest": "sha256:cc", "size": 7}, {"digest": "sha256:dd", "size": 5}
OTHER, THIRD = SMALL | {"layers": [bottom, third]}, SMALL | {"layers": [fourth, third]}
expect.close(download_size([copy.deepcopy(SMALL)]), 47, "download_size([SMALL])")
causes = {
    "the shared layer of 40 bytes is counted twice": 94,
    "a layer of 7 bytes is missing: it has the other's size, its own digest": 47,
}
got = download_size(copy.deepcopy([SMALL, OTHER]))
what = "download_size of two images that share a layer"
expect.close(got, 54, what, causes=causes)
likely = (
    "each is compared with the first alone; the second and third share a layer, too"
)
got = download_size(copy.deepcopy([SMALL, OTHER, THIRD]))
expect.close(got, 59, "download_size([SMALL, OTHER, THIRD])", causes={likely: 66})
### BEGIN HIDDEN TESTS
# covers: Write three functions, a point each
with fresh_draw() as rng:
    names, sizes, ways = lesson.shared_layers(rng)
    pairs = zip(names, sizes, strict=True)
    layers = [{"digest": name, "size": size} for name, size in pairs]
    for way, chosen in ways.items():
        # covers: `download_size(manifests)`: the bytes of layers to fetch so that
        expected = sum(sizes[n] for n in set().union(*map(set, chosen)))
        # covers: the compressed bytes of these images' layers
        ids = [
            {"type": "layers", "diff_ids": [f"sha256:d{n}" for n in w]} for w in chosen
        ]
        step = {"created_by": "COPY a b"}
        images = [  # covers: manifests: a list
            {
                "layers": [dict(layers[n]) for n in each],
                "config": {"history": [step] * len(each), "rootfs": own},
            }
            for each, own in zip(chosen, ids, strict=True)
        ]
        before = copy.deepcopy(images)
        expect.close(download_size(images), expected, f"download_size, {way}")
        expect.unchanged(images, before, f"the manifests after download_size, {way}")
### END HIDDEN TESTS
expect.passed("a shared layer is fetched once")

# %% test="layer_table_unpacked" points=1
unpacked = {"sha256:a0": 100, "sha256:b0": 20, "sha256:c0": 20, "sha256:d0": 5000}
other = copy.deepcopy(SMALL)
other["config"]["rootfs"]["diff_ids"][1] = "sha256:c0"
causes = {
    "every known layer is counted, also other images'": 5140,
    "these are the bytes to download": 47,
}
got = unpacked_size([copy.deepcopy(SMALL)], dict(unpacked))
expect.close(got, 120, "unpacked_size([SMALL], unpacked)", causes=causes)
causes = {
    "the shared layer of 100 bytes is counted twice": 240,
    "a layer of 20 bytes is missing: equal sizes, other diff_ids": 120,
}
got = unpacked_size([copy.deepcopy(SMALL), other], dict(unpacked))
what = "unpacked_size of two images that share a layer"
expect.close(got, 140, what, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    names, sizes, ways = lesson.shared_layers(rng, from_below=True)
    unpacked = dict(zip(names, sizes, strict=True))
    for way, chosen in ways.items():
        # covers: `unpacked_size(manifests, unpacked)`: the bytes on disk | layers on disk
        expected = sum(sizes[n] for n in set().union(*map(set, chosen)))
        images = [  # one layer, compressed twice, has two digests
            {
                "layers": [{"digest": f"sha256:{m}{n}", "size": 5} for n in each],
                "config": {
                    "history": [{"created_by": "COPY a b"}] * len(each),
                    "rootfs": {
                        "type": "layers",
                        "diff_ids": [names[n] for n in each],
                    },
                },
            }
            for m, each in enumerate(chosen)
        ]
        # covers: for each diff_id, other images' too | unpacked: {diff_id: bytes}
        # covers: Here images share layers from the first on, and none has one twice
        before, given = copy.deepcopy(images), unpacked | {f"sha256:{way}": 77}
        got = unpacked_size(images, given)
        expect.close(got, expected, f"unpacked_size, {way}")
        expect.unchanged(images, before, f"the manifests after unpacked_size, {way}")
        wanted = unpacked | {f"sha256:{way}": 77}
        expect.unchanged(given, wanted, f"unpacked after unpacked_size, {way}")
### END HIDDEN TESTS
expect.passed("and lies on disk once")

# %% [markdown]
# ### Which step made the image heavy?
#
# Your `layer_table` of a recorded image, then all images' layers, stacked. Some share a base. Guess: how much
# disk is saved where all of them lie on one machine?

# %% predict="shared"
guess_shared = None  # MB on disk

# %% demo="a_layer_table"
lesson.show_layers(layer_table, services["onnx"])

# %% demo="layers_stacked"
lesson.draw_layers(services)

# %% demo="together_or_apart"
saved = lesson.show_shared(services, download_size, unpacked_size)
saved = predictions.beside(guess_shared, saved, " MB")
measured["saved by shared layers"] = saved

# %% [markdown]
# ## Where are the bytes?
#
# Which *files* a layer has, only its contents tell. A record lists them, `[path, bytes]`, hundreds of them; those
# below 64 KiB are summed up as `folder/(small files)`. Sum by folder, cut at a depth, and sort:
# `usr/lib/python3/a.py` belongs to `usr` at depth 1, to `usr/lib` at depth 2, to `usr/lib/python3` at depth 3 and
# deeper. A file's own name is no folder.

# %% [markdown]
# ### Exercise 8.5 · The heaviest folders (2 points · 5 min)
#
# Write `heaviest(files, depth)`: pairs (folder, bytes), also of 0 bytes, heaviest first; folders of equal weight by
# name, as Python sorts texts. Files that lie in no folder belong to `"."`.
#
# *The trap:* a file that lies higher than `depth` belongs to the folder it lies in.
#
# <details><summary>Hint</summary>
# <code>path.split("/")</code> without its last part is the folder; cut that at <code>depth</code>. Sort by a key of
# two parts: minus the bytes, then the name.
# </details>


# %% solution="heaviest"
def heaviest(files, depth):
    """Return [(folder, bytes), …], heaviest first, for folders cut to `depth` parts.

    files: [[path, bytes], …], paths without a leading /; depth: 1 or more
    """
    ### BEGIN SOLUTION
    total = {}
    for path, size in files:
        folder = "/".join(path.split("/")[:-1][:depth]) or "."
        total[folder] = total.get(folder, 0) + size
    return sorted(total.items(), key=lambda each: (-each[1], each[0]))
    ### END SOLUTION


# %% test="heaviest_folders" points=1
FILES = [["usr/lib/a.so", 30], ["usr/bin/b", 5], ["usr/lib/python3/c.py", 4]]
FILES += [["srv/d", 50], ["usr/lib/python3/e/f.py", 1]]
two = [("srv", 50), ("usr/lib", 35), ("usr/bin", 5)]
got = lesson.rows_of(heaviest(copy.deepcopy(FILES), 2), "heaviest(FILES, 2)")
expect.equal(got, two, "heaviest(FILES, 2)", causes=lesson.HEAVIEST_SLIPS)
deep = [("srv", 50), ("usr/lib", 30), ("usr/bin", 5), ("usr/lib/python3", 5)]
for depth, wanted in ((1, [("srv", 50), ("usr", 40)]), (3, deep)):
    call = f"heaviest(FILES, {depth})"
    got = lesson.rows_of(heaviest(copy.deepcopy(FILES), depth), call)
    expect.equal(got, wanted, call, causes={"the depth is fixed at 2": two})
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    names = ["opt", "srv", "usr", "usr2", "lib", "lib64", "a.b", "(small files)"]
    files = [
        ["/".join(rng.choice(names, n % 6 + 2)), int(rng.integers(1, 4 * 10**9))]
        for n in range(60)
    ]
    files += [list(files[n]) for n in (3, 4, 5)]  # twice in the list: both count
    files += [["usr/lib/x/y", 1], ["usr/lib/x", 2], ["usr/lib/x/y/z/w", 4]]
    files += [["usr/lib/x/(small files)", 9], ["conf.d/a/b", 3]]
    files += [
        ["conf.d/a.py/c.d/e", 5],
        [".git/a", 1],
        ["v1.0/a.txt/b", 6],
        ["b.so/c", 700],
    ]
    files += [
        ["near/z/a", 4 * 10**9 + 1],
        ["near/a/a", 4 * 10**9],
        ["near/b", 4 * 10**9 - 1],
    ]
    files += [["/".join(f"d{n}" for n in range(60)), 8]]
    files += [[f"many/{n}/a", 10**4 + n] for n in range(1200)]
    some = [files[:1], [["zero/a", 0]], [["zero/a/b", 0], ["zero/c", 5]]]
    # covers: files: [[path, bytes], …], paths without a leading /
    for given in (files, [], *some):
        for depth in (1, 2, 3, 5, 40):  # covers: depth: 1 or more
            total = {}
            for path, size in given:
                # covers: a file that lies higher than `depth` belongs to the folder
                folder = "/".join(path.split("/")[:-1][:depth])
                total[folder] = total.get(folder, 0) + size
            # covers: Write `heaviest(files, depth)`: pairs (folder, bytes), also of 0 bytes
            expected = sorted(total.items(), key=lambda each: (-each[1], each[0]))
            got = heaviest(copy.deepcopy(given), depth)
            got = lesson.rows_of(got, f"heaviest(files, {depth})")
            # covers: heaviest first, for folders cut to `depth` parts
            what = f"heaviest(files, {depth}), {len(given)} fresh files"
            expect.equal(got, expected, what)
### END HIDDEN TESTS
expect.passed("where the bytes are, by folder")

# %% test="heaviest_ends" points=1
files = [["python", 7], ["site/b/x", 3], ["site/a/x", 3], ["health.py", 1]]
files += [["site/a/y", 0]]
a, b = ("site/a", 3), ("site/b", 3)
causes = {
    'files in no folder belong to "."': [("", 8), a, b],
    "files in no folder are left out": [a, b],
    "a file in no folder is not a folder itself": [
        ("python", 7),
        a,
        b,
        ("health.py", 1),
    ],
    "the lightest comes first": [a, b, (".", 8)],
    "equal weights are not in the order of their names": [(".", 8), b, a],
}
before = copy.deepcopy(files)
got = lesson.rows_of(heaviest(files, 2), "heaviest(files, 2)")
expect.equal(got, [(".", 8), a, b], "heaviest with files in no folder", causes=causes)
likely = "your code changes its argument"
expect.unchanged(files, before, "files after heaviest", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    names = [
        f"{a}/{b}" for a in "xyz" for b in ("a", "a1", "a10", "a2", "b", "B b", "é")
    ]
    names += [
        "x/[a]+*",
        "x/(b",
        "x-a/b",
        "x-a",
        "x a",
        "x.a",
        "x",
        "X",
        "Xa/b",
        "xa",
        "x/é-é",
        ",x",
    ]
    weight = int(rng.integers(5, 99))
    order = rng.permutation(len(names)).tolist()
    files = [[f"{names[n]}/file", weight] for n in order]
    # covers: folders of equal weight by name, as Python sorts texts
    tied = [(name, weight) for name in sorted(names)]
    zero = [("empty", 0), ("none", 0)]
    for top in (9 * weight, weight, 0):
        # covers: Files that lie in no folder belong to `"."`
        given = [["none/a", 0], *files, ["x", top], ["other", 0], ["empty/b", 0]]
        rows = [(".", top), *tied, *zero]
        wanted = sorted(rows, key=lambda each: (-each[1], each[0]))
        for depth in (2, 3):
            what, lent = f"heaviest(files, {depth})", copy.deepcopy(given)
            got = lesson.rows_of(heaviest(lent, depth), what)
            expect.equal(got, wanted, f"{what} with equal weights, {top} in no folder")
            expect.unchanged(lent, given, f"files after {what}")
    one = lesson.rows_of(heaviest([["alone", 0]], 1), "heaviest of a file in no folder")
    expect.equal(one, [(".", 0)], "heaviest of one file in no folder, of no bytes")
### END HIDDEN TESTS
expect.passed("ties by name, and files in no folder")

# %% [markdown]
# ### What would you delete first?
#
# By your function, in three recorded images:

# %% demo="where_the_bytes_are"
measured["the heaviest folder"] = lesson.draw_heaviest(heaviest, services)

# %% demo="twice_the_engine"
lesson.show_engines(services["onnx"])

# %% [markdown]
# ## When is a comparison fair?
#
# When the two differ in one thing. PyTorch against ONNX Runtime is fair where both hold CUDA's libraries, or neither.
#
# What an image *holds* is not what it was *asked* to hold. These libraries weigh gigabytes. So an image that was
# asked for CUDA and weighs what its framework's image without CUDA weighs has ignored the argument: both are images
# for processors. Count it so where it is less than 1 % heavier; rounding and a changed line cannot do more.
#
# Look at the list `published` again: all that you need stands in it.

# %% [markdown]
# ### Exercise 8.6 · Like with like (2 points · 9 min)
#
# Write `fair_ratios(images)`: `{"cpu": ratio, "cuda": ratio}`, how many times heavier PyTorch's image is than ONNX
# Runtime's, among images not asked for CUDA and among images that really hold it. A ratio that cannot be formed fairly
# is left out: no key.
#
# Whether an image holds CUDA can only be said where its framework's image without is there, too.
#
# *The trap:* the list comes in any order, and may be incomplete.
#
# <details><summary>Hint</summary>
# <code>size</code> has the bytes by <code>(framework, cuda)</code>. Ask, for each framework, whether both of its images
# are there and how many times the one weighs the other.
# </details>


# %% solution="fair_ratios"
def fair_ratios(images):
    """Return {"cpu": …, "cuda": …}, bytes with torch over bytes with onnx.

    Each ratio is there only where it compares like with like.

    images: [{"framework": "torch" or "onnx", "cuda": whether it was asked for,
              "bytes": an int above 0}, …], each kind at most once
    """
    size = {(each["framework"], each["cuda"]): each["bytes"] for each in images}
    ratios = {}
    ### BEGIN SOLUTION
    if ("torch", False) in size and ("onnx", False) in size:
        ratios["cpu"] = size["torch", False] / size["onnx", False]
    heavier = [
        size.get((name, True), 0) / size.get((name, False), float("inf"))
        for name in ("torch", "onnx")
    ]
    if min(heavier) >= 1.01:
        ratios["cuda"] = size["torch", True] / size["onnx", True]
    ### END SOLUTION
    return ratios


# %% test="fair_ratios_complete" points=1
causes = {
    "this is ONNX Runtime over PyTorch": {"cpu": 0.25, "cuda": 0.5},
    "the image with CUDA is compared with the one without": {"cpu": 4.0, "cuda": 60.0},
    "these are the images with and without CUDA of one framework": {
        "cpu": 15.0,
        "cuda": 30.0,
    },
}
got = fair_ratios(lesson.four_images(400, 6000, 100, 3000))
expect.keys(got, ["cpu", "cuda"], "fair_ratios, all four hold what was asked for")
what = "fair_ratios(400 and 6000 against 100 and 3000)"
expect.close(got, {"cpu": 4.0, "cuda": 2.0}, what, causes=causes)
got = fair_ratios(lesson.four_images(400, 405, 100, 3000))
what = "fair_ratios, PyTorch's image is 1.25 % heavier with CUDA, so it holds it"
expect.keys(got, ["cpu", "cuda"], what)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    small, large = sorted(rng.integers(10**8, 10**9, size=2).tolist())
    c, d = rng.integers(2 * 10**9, 10**10, size=2).tolist()
    orders = [rng.permutation(4).tolist() for _ in range(2)]
    orders.append(orders[0][::-1])
    # covers: how many times heavier PyTorch's image is than ONNX Runtime's, among
    for sizes in (
        (small, c, large + 1, d),
        (large + 1, d, small, c),
        (10000, 10100, 3000, 10**10),  # exactly 1 % heavier is not less than 1 %
        (7, 3 * 10**9, 10000, 10100),
        (400 * 10**6, 404 * 10**6, 100 * 10**6, 101 * 10**6),
        (1, 2, 3 * 10**9, 7 * 10**9),
        (small, -(-101 * small // 100), 150, 152),  # the least that is 1 % heavier
        (199, 201, large, -(-101 * large // 100)),
    ):
        a, with_cuda, b, other = sizes
        wanted = {"cpu": a / b, "cuda": with_cuda / other}
        for order in orders:  # covers: the list comes in any order
            images = lesson.four_images(*sizes, order)
            before, what = (
                copy.deepcopy(images),
                f"fair_ratios{sizes}, in order {order}",
            )
            got = fair_ratios(images)
            # covers: bytes with torch over bytes with onnx | images: [{"framework": "torch"
            expect.keys(got, wanted, what)
            for key, value in wanted.items():
                expect.close(got[key], value, f"{what}[{key!r}]", atol=1e-9 * value)
            expect.unchanged(images, before, f"images after {what}")
### END HIDDEN TESTS
expect.passed("both ratios, where all four hold what was asked for")

# %% test="fair_ratios_unfair" points=1
got = fair_ratios(copy.deepcopy(published))
likely = "ONNX Runtime's two images weigh the same: the one asked for CUDA has none"
got = lesson.with_keys(got, ["cpu"], "the published sizes", likely)
causes = {"this is ONNX Runtime over PyTorch": 0.517600}
what = "fair_ratios(published)['cpu']"
expect.close(got["cpu"], 1.931994, what, atol=1e-4, causes=causes)
got = fair_ratios(lesson.four_images(400, 402, 100, 3000))
likely = "402 is less than 1 % more than 400: the argument was ignored"
lesson.with_keys(got, ["cpu"], "PyTorch's images have 400 and 402 bytes", likely)
got = fair_ratios(lesson.four_images(400, 390, 100, 3000))
likely = "390 is less than 400: nothing was added, so the argument was ignored"
lesson.with_keys(got, ["cpu"], "PyTorch's images have 400 and 390 bytes", likely)
got = fair_ratios(lesson.four_images(None, 6000, 100, 3000))
lesson.with_keys(got, [], "PyTorch without CUDA was not built")
got = fair_ratios(lesson.four_images(400, 6000, 100, None))
lesson.with_keys(got, ["cpu"], "ONNX Runtime with CUDA was not built")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    a, b = rng.integers(10**8, 10**9, size=2).tolist()
    order = rng.permutation(4).tolist()
    orders, given = [order, order[::-1]], []
    for n in range(
        15
    ):  # covers: and may be incomplete | only be said where its framework's
        sizes = [a, 9 * a, b, 9 * b]
        given.append([each if n >> k & 1 else None for k, each in enumerate(sizes)])
    # covers: images that really hold it
    for same in (b, b - 1, b // 2, int(1.005 * b), b + 1):
        given += [[a, 9 * a, b, same], [b, same, a, 9 * a], [b, same, b, same]]
    given += [[10**9, 1_009_999_999, 1, 9], [10000, 10099, 50, 10**9]]
    given += [[3 * 10**9, 3_020_000_000, 1, 9], [1, 9, 3 * 10**9, 3_020_000_000]]
    given += [[None, a, None, a], [None, a, b, a], [a, a, None, a], [a, b, None, a]]
    for most in (a, b, 150, 199, 10001):  # the most that is less than 1 % heavier
        beside = [most, -(-101 * most // 100) - 1]
        given += [[*beside, 1, 9], [1, 9, *beside]]
    given += [[50, 10**9, 10000, 10099], [100, 9000, 9000, 9001], [8, 8, 4, 4]]
    for sizes in given:
        for order in orders:
            images = lesson.four_images(*sizes, order)
            before, what = (
                copy.deepcopy(images),
                f"fair_ratios{sizes}, in order {order}",
            )
            got, pair = fair_ratios(images), sizes[::2]
            # covers: A ratio that cannot be formed fairly is left out | like with like
            wanted = [] if None in pair else ["cpu"]
            expect.keys(got, wanted, what)
            if wanted:
                ratio = pair[0] / pair[1]
                expect.close(got["cpu"], ratio, f"{what}['cpu']", atol=1e-9 * ratio)
            expect.unchanged(images, before, f"images after {what}")
### END HIDDEN TESTS
expect.passed("what is not alike is not compared")

# %% [markdown]
# ### Which of the published ratios is left?
#
# Guess: with CUDA in both images, as recorded here, how many times heavier is PyTorch's?

# %% predict="fair_with_cuda"
guess_fair_with_cuda = None  # times as heavy, PyTorch over ONNX Runtime, both with CUDA

# %% demo="published_and_recorded"
fair = fair_ratios(lesson.sizes(services))
lesson.show_ratios(fair_ratios(published), fair)
fair = predictions.beside(guess_fair_with_cuda, fair.get("cuda", "not recorded"), "×")
measured["PyTorch over ONNX Runtime, both with CUDA (published: 8.5×)"] = fair

# %% [markdown]
# ## What does an edit rebuild?
#
# The engine keeps each step's result while nothing before has changed:
#
# - a `COPY` or `ADD` of the context is stale when a file changed that it takes, or one in a folder;
# - a `COPY --from=stage` is stale when that stage is; so is a stage that is `FROM` such a stage, whatever it adds;
# - a build argument with a new value makes every `RUN` *below its `ARG`* stale, and any other step there that makes
#   a layer and mentions it in its text, also in a stage `FROM` that one; one above the first `FROM` makes each `FROM`
#   stale that mentions it;
# - **what follows a stale step in its stage is stale.**

# %% demo="tools_for_the_next_exercise"
print(takes("words/", "words/en.txt"), takes("*.txt", "words/en.txt"))
print(variables("COPY words/${LANGUAGE}.txt words.txt"))
example = parse("FROM debian:12 AS words\nFROM scratch\nCOPY --from=words /a /b")
print(stage_number(example, "words"), stage_number(example, "debian:12"))
lesson.show_steps(example, "parse(…)")

# %% [markdown]
# ### Exercise 8.7 · What is rebuilt (3 points · 14 min)
#
# Write `rebuilt(dockerfile, changed)`: the `text` of every step that is rebuilt, in order, only of those that make a
# layer (`LAYERS`: RUN, COPY, ADD, WORKDIR).
#
# `changed` holds paths of the context, such as `"app/service.py"`, and build arguments with a new value: `"$CUDA"`.
#
# The cell above shows four tools. Given are `paths` and, for each step, `new`: the arguments with a new value that it
# sees, a `FROM` those above the first. A `COPY`'s last word is its target. Mounts of a RUN are left out.
#
# *The trap:* a stage begins anew. What is stale in one says nothing about the next, unless that takes from it.
#
# <details><summary>Hint</summary>
# Where a step is hit, its stage is stale from there on: put it into <code>stale</code>. Files alone earn a point. Then
# add stages, by <code>step["flags"]["from"]</code> or a FROM's <code>words[0]</code>; then arguments.
# </details>


# %% solution="rebuilt"
def rebuilt(dockerfile, changed):
    """Return the rebuilt steps' texts; changed: a list of paths and "$ARGUMENTS"."""
    names = {each[1:] for each in changed if each.startswith("$")}
    paths = [each for each in changed if not each.startswith("$")]
    steps, declared, stale, result = parse(dockerfile), {}, set(), []
    for step in steps:
        name, stage, words = step["name"], step["stage"], step["words"]
        if name == "FROM":
            declared[stage] = set(declared.get(stage_number(steps, words[0]), ()))
        if name == "ARG":
            declared.setdefault(stage, set()).update(w.partition("=")[0] for w in words)
        new = names & declared.get(-1 if name == "FROM" else stage, set())
        ### BEGIN SOLUTION
        hit = name in ("FROM", *LAYERS) and bool(new & variables(step["text"]))
        if name == "FROM" or "from" in step["flags"]:
            hit |= stage_number(steps, step["flags"].get("from", words[0])) in stale
        elif name in ("COPY", "ADD"):
            hit |= any(takes(source, path) for source in words[:-1] for path in paths)
        if hit or (name == "RUN" and new):
            stale.add(stage)
        ### END SOLUTION
        if stage in stale and name in LAYERS:
            result.append(step["text"])
    return result


# %% test="rebuilt_files" points=1
RECIPE = """
FROM debian:bookworm-slim
WORKDIR /dictionary
COPY tools/sorter.py ./
COPY words/ words/
RUN python3 sorter.py words
COPY pages/*.html README.md ./
CMD ["cat", "sorted.txt"]
"""
COPIED = ["COPY words/ words/", "RUN python3 sorter.py words"]
COPIED += ["COPY pages/*.html README.md ./"]
got = lesson.texts_of(rebuilt(RECIPE, ["words/de/verbs.txt"]), "rebuilt(RECIPE, …)")
what = 'rebuilt(RECIPE, ["words/de/verbs.txt"])'
expect.equal(got, COPIED, what, causes=lesson.file_slips(COPIED))
likely = (
    "`takes(source, path)` says whether a COPY takes a file, folders and patterns, too"
)
for path in ("pages/a.html", "README.md"):
    got = rebuilt(RECIPE, [path])
    expect.equal(got, COPIED[2:], f"rebuilt(RECIPE, [{path!r}])", likely=likely)
likely = (
    "no step takes it: `*` stops at a /, and words/ is a folder, no beginning of a name"
)
for path in ("pages/old/a.html", "wordsmith.py"):
    got = rebuilt(RECIPE, [path])
    expect.equal(got, [], f"rebuilt(RECIPE, [{path!r}])", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    names = [first + "".join(rng.choice(list("abcdefgh"), 6)) for first in "pqrstuvwx"]
    a, b, c, d, e, f, g, h, i = names
    # covers: a `COPY`'s last word is its target
    # explains: The cell above shows four tools
    parts = [
        (f"COPY {a}/ {b}/", f"{a}/x/y"),
        (f"ADD {b} {c}/m.py", f"{b}/z"),
        (f"COPY {c}/*.py ./", f"{c}/m.py"),
        (f"copy {d}.txt {e}/sub/", f"{d}.txt"),
        (f'COPY ["{e}/sub", "first", "{f}/k.c"]', f"{e}/sub/n"),
        (f"ADD --chown=7:7 second {f}/?.c ./", f"{f}/k.c"),
        (f"COPY \\\n  # why\n  {g} ./", g),
        (f"COPY one two {g}.d {h}", f"{g}.d/x"),
    ]
    texts = [text.replace("\\\n  # why\n  ", "") for text, _ in parts]
    order = rng.permutation(8).tolist()
    still = ["USER 7", f"LABEL a={a}", "EXPOSE 80", f"ENV A={b}"]
    body = [each for n in order for each in (parts[n][0], "RUN make", still[n % 4])]
    # covers: Mounts of a RUN are left out
    mount = f"RUN --mount=type=bind,source={i},target=/{i} ls"
    recipe = "\n".join(["FROM debian:12", "WORKDIR /w", mount, *body, "WORKDIR /x"])
    recipe += f'\nCMD ["{h}"]\nHEALTHCHECK CMD ["{h}"]\nENTRYPOINT ["{g}"]'
    cases = [([], []), ([f"{h}", f"{i}/a", f"${g}", f"z{g}", f"{g}z", "WORKDIR"], [])]
    cases += [([f"{a[:-1]}/q", f"{e}/o.py", d, f"{c}/s/m.py", f"s/{g}"], [])]
    for place in range(8):
        wanted = [each for n in order[place:] for each in (texts[n], "RUN make")]
        paths = [parts[n][1] for n in order[place:]]
        cases += [(paths[:1], [*wanted, "WORKDIR /x"])]
        cases += [([*paths[::-1], "none", paths[0]], [*wanted, "WORKDIR /x"])]
    for changed, wanted in cases:
        lent = list(changed)  # covers: `changed` holds paths | changed: a list of paths
        got = rebuilt(recipe, lent)
        # covers: the `text` of every step that is rebuilt, in order | the rebuilt steps' texts
        expect.equal(got, wanted, f"rebuilt, a fresh recipe, changed: {changed}")
        expect.unchanged(lent, changed, "changed after rebuilt")
    got = rebuilt("FROM a:1\nRUN b\nCOPY --link . /all", [f"{b}/c"])
    expect.equal(got, ["COPY --link . /all"], "rebuilt, the whole context is copied")
### END HIDDEN TESTS
expect.passed("files, folders and patterns, and all that follows")

# %% test="rebuilt_stages" points=1
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
BUILT = ["COPY hello.c ./", "RUN gcc -o /hello hello.c", "RUN /hello"]
BUILT += ["COPY --from=workshop /hello /", "COPY --from=1 /pages /pages"]
WORDS, PAGES = "COPY words.txt /", "COPY pages/ ./"
got = lesson.texts_of(rebuilt(STAGED, ["hello.c"]), "rebuilt(STAGED, …)")
causes = lesson.stage_slips(BUILT, PAGES, WORDS)
expect.equal(got, BUILT, 'rebuilt(STAGED, ["hello.c"])', causes=causes)
causes = {
    "--from may name a stage by its number, too": [PAGES],
    "COPY pages/ ./ takes every file below pages/": [],
}
got, what = rebuilt(STAGED, ["pages/a.html"]), 'rebuilt(STAGED, ["pages/a.html"])'
expect.equal(got, [PAGES, BUILT[4]], what, causes=causes)
likely = "behind --from, paths lie in that stage, not in the context"
got, what = rebuilt(STAGED, ["hello"]), 'rebuilt(STAGED, ["hello"])'
expect.equal(got, [], what, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    names = [first + "".join(rng.choice(list("abcdefgh"), 4)) for first in "wxyz"]
    own = {n: [f"COPY {name}.c ./", f"RUN cc {n}"] for n, name in enumerate(names)}
    stages = [
        [f"FROM gcc:{n + 1} AS {name.upper() if n % 2 else name}", *own[n]]
        for n, name in enumerate(names)
    ]
    calls = [names[0].upper(), names[1], "2", names[3].capitalize()]
    taken = [f"COPY --from={calls[n]} /w/{n} /{n}" for n in rng.permutation(4)]
    last = [f"FROM {names[1]}", "RUN check", "FROM scratch", "COPY data /", *taken]
    recipe = "\n".join([*(step for stage in stages for step in stage), *last])
    for n, name in enumerate(names):
        first = next(m for m, step in enumerate(taken) if step.endswith(f"/{n}"))
        wanted = own[n] + (["RUN check"] if n == 1 else []) + taken[first:]
        got = rebuilt(recipe, [f"{name}.c"])
        expect.equal(got, wanted, f"rebuilt, fresh stages, {name}.c changed")
    got = rebuilt(recipe, ["w/1", "0"])
    expect.equal(got, [], "rebuilt, fresh stages, other files changed")
    a, b, c, d = names
    chain = f"""
FROM debian:12 AS {a}
RUN make
COPY a.c ./
FROM {a} AS {b}
RUN make
WORKDIR /b
FROM debian:12 AS {c}
RUN make
COPY --from={b} /x /x
RUN make
FROM debian:12 AS {d}
COPY d.c ./
RUN make
FROM {a}:12
RUN --mount=type=bind,from={a},target=/a make
COPY --from={a}:1 /a.c /n
COPY --from={d} /d.c /a.c /d/
COPY --from={c} /x /c
RUN make
"""
    # covers: a stage begins anew | What is stale in one says nothing about the next
    end = [f"COPY --from={c} /x /c", "RUN make"]
    wanted = ["COPY a.c ./", "RUN make", "WORKDIR /b", f"COPY --from={b} /x /x"]
    wanted += ["RUN make", *end]
    expect.equal(rebuilt(chain, ["a.c"]), wanted, "rebuilt, a chain of stages, a.c")
    wanted = ["COPY d.c ./", "RUN make", f"COPY --from={d} /d.c /a.c /d/", *end]
    expect.equal(rebuilt(chain, ["d.c"]), wanted, "rebuilt, a chain of stages, d.c")
    many = "".join(f"FROM debian:12\nCOPY {n}.c ./\n" for n in range(13))
    many += "FROM scratch\n" + "".join(f"COPY --from={n} /a /{n}\n" for n in range(13))
    for n in (0, 1, 9, 10, 12):
        wanted = [f"COPY {n}.c ./", *(f"COPY --from={m} /a /{m}" for m in range(n, 13))]
        got = rebuilt(many, [f"{n}.c"])
        expect.equal(got, wanted, f"rebuilt, fourteen stages, {n}.c changed")
    # each of thirty stages takes from the one before it, FROM it or by COPY
    taking = ["FROM {} as s{}", "from debian:12 as s{1}\nCOPY --from={0} /a /{1}"]
    links = [taking[n % 2].format(f"s{n - 1}", f"{n}") for n in range(1, 30)]
    links = [f"{link}\nrun {n}\nWorkdir /{n}" for n, link in enumerate(links, 1)]
    links += ["run make"] * 300 + ["FROM debian:12"]
    row = "\n".join(["from debian:12 as S0", "copy a.c ./", *links])
    wanted = [step["text"] for step in parse(row) if step["name"] in LAYERS]
    got = rebuilt(row + "\nCOPY b.c ./", ["none"] * 40 + ["a.c"])
    expect.equal(got, wanted, "rebuilt, thirty stages in a row, a.c")
    bare = (
        f"FROM debian:12 AS {a}\nCOPY a.c ./\nFROM {a} AS {b}\nUSER 7\nFROM {b} AS {c}"
    )
    bare += f"\nFROM scratch\nCOPY d.c /\nCOPY --from={c} /a.c /"
    wanted = ["COPY a.c ./", f"COPY --from={c} /a.c /"]
    expect.equal(rebuilt(bare, ["a.c"]), wanted, "rebuilt, stages without layers, a.c")
    twice = (
        f"FROM a:1 AS {a}\nCOPY d.c ./\nRUN make\nFROM b:1\nCOPY e.c d.c ./\nRUN try"
    )
    twice += "\nFROM c:1\nARG N\nCOPY e.c ./\nRUN last $N\nFROM d:1\nCOPY d.c /"
    wanted = ["COPY d.c ./", "RUN make", "COPY e.c d.c ./", "RUN try"]
    got, what = rebuilt(twice, ["d.c", "d.c"]), "rebuilt, three stages take d.c"
    expect.equal(got, [*wanted, "COPY d.c /"], what)
    got, what = rebuilt(twice, ["d.c", "$N"]), "rebuilt, three stages take d.c; and $N"
    expect.equal(got, [*wanted, "RUN last $N", "COPY d.c /"], what)
### END HIDDEN TESTS
expect.passed("stages, and who takes from them")

# %% test="rebuilt_arguments" points=1
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
UPDATE, COPY = "RUN apt-get update", "COPY words/${LANGUAGE}.txt words.txt"
BELOW = [COPY, "RUN sort words.txt", "RUN date"]
got = lesson.texts_of(rebuilt(ARGUED, ["$LANGUAGE"]), "rebuilt(ARGUED, …)")
causes = lesson.argument_slips(UPDATE, BELOW)
expect.equal(got, BELOW, 'rebuilt(ARGUED, ["$LANGUAGE"])', causes=causes)
got, what = rebuilt(ARGUED, ["$RELEASE"]), 'rebuilt(ARGUED, ["$RELEASE"])'
expect.equal(got, [UPDATE, *BELOW], what, causes=lesson.release_slips(UPDATE, BELOW))
got, what = rebuilt(ARGUED, ["$LANG"]), 'rebuilt(ARGUED, ["$LANG"])'
expect.equal(got, [], what, likely="no ARG declares LANG")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    names = [first + "".join(rng.choice(list("ABCDEFGH"), 5)) for first in "RSTUVWXYZ"]
    own, top, lone, way, x, y, z, flag, last = names
    # covers: the arguments with a new value that it sees, a `FROM` those above the first
    recipe = f"""
ARG {top}=12
ARG {lone}=1 {way}
FROM debian:${top} AS base
RUN early
ARG {x}=1 {y} {flag}=-O=2
ARG {x}Y
LABEL a=${x}
ENV B=${x}
COPY f0 ./
COPY f3 /${x}Y/
COPY --chown=${{{x}}} f1 ./
RUN first
FROM base AS child
RUN child
FROM base
ARG {own}
RUN own
FROM base
RUN sister
FROM debian:12 AS bare
ARG {z}
USER ${z}
CMD echo ${z}
FROM BARE AS heir
CMD ["b"]
FROM Heir
COPY f4 ./
RUN heir
FROM bare
COPY {x} /${{{z}:-d}}/
FROM --platform=${way} debian:${{{x}:-12}}
WORKDIR /${top}
RUN other
COPY --from=bare /x /${z}
ARG {x}
COPY g ./
ADD h /${x}
RUN again
ARG {last}=${lone}
COPY --from=bare /a /${last}
"""
    texts = [step["text"] for step in parse(recipe) if step["name"] in LAYERS]
    place = texts.index
    base, child = (
        texts[: place("RUN first") + 1],
        ["RUN child", "RUN own", "RUN sister"],
    )
    chown, from_f3 = base[place(f"COPY --chown=${{{x}}} f1 ./") :], base[2:]
    final, again = texts[place(f"WORKDIR /${top}") :], texts[place(f"ADD h /${x}") :]
    heir, bare = ["RUN heir"], [f"COPY {x} /${{{z}:-d}}/"]
    whole = f"FROM debian:12\nARG {own}\nCOPY . ./\nADD * /all/"
    what = f"rebuilt({whole!r}, …), an argument that is no file"
    expect.equal(rebuilt(whole, [f"${own}"]), [], what)
    cases = {  # covers: build arguments with a new value: `"$CUDA"`
        f"${top}": [*base, *child],
        f"${lone}": [],
        f"${way}": final,
        f"${x}": [*chown, *child, *again],
        f"${x}Y": [*from_f3, *child],
        f"${y}": ["RUN first", *child],
        f"${flag}": ["RUN first", *child],
        f"${z}": [*heir, *bare],
        f"${last}": texts[-1:],
        f"${own}": ["RUN own"],
        x: bare,
        f"w{x}": [],
        f"w{top}": [],
        "$f0": [],
        "$B": [],
        f"${x[:-1]}": [],
        f"${x.lower()}": [],
    }
    for changed, wanted in cases.items():
        what = f"rebuilt, a fresh recipe, {changed} changed"
        expect.equal(rebuilt(recipe, [changed]), wanted, what)
    # an ARG counts below its line in every stage FROM its own, thirty of them
    links = [f"from s{n} AS s{n + 1}\nUSER {n}" for n in range(30)]
    ends = ["copy a /a", "run last", "FROM a:1", f"ARG {z}", f"RUN {x}"]
    first = ["arg a", "FROM a:1 as s0", "RUN early", f"arg {x}=1 {y}"]
    row = "\n".join([*first, *links, *ends])
    for name in (x, y):
        what = f"rebuilt, thirty stages in a row, ${name} changed"
        expect.equal(rebuilt(row, [f"${name}"]), ["run last"], what)
    got = rebuilt(f"FROM a:1\nARG {x}\nWORKDIR /${x}\nADD a b", [f"${x}"])
    expect.equal(
        got, [f"WORKDIR /${x}", "ADD a b"], "rebuilt, a WORKDIR mentions an ARG"
    )
    got = rebuilt(recipe, ["g", f"${y}", f"${z}", f"${y}"])
    wanted = ["RUN first", *child, *heir, *bare, "COPY g ./", *again]
    expect.equal(got, wanted, f"rebuilt, g, ${y} and ${z} changed")
### END HIDDEN TESTS
expect.passed("arguments, from their ARG on")

# %% [markdown]
# ### Does the engine agree?
#
# A comment was added to one source file of each recorded image. Behind `COPY --from` the engine looks closer than the
# rule: where the rebuilt files come out the same, it goes on from its cache.
#
# Guess: how many times faster than from nothing is PyTorch's image built after such an edit?

# %% predict="after_an_edit"
guess_after_an_edit = None  # times as fast

# %% demo="predicted_and_recorded"
lesson.show_rebuilt(rebuilt, services)

# %% demo="build_times"
lesson.draw_build_times(services)
build = services["torch"]["build"]
times = build["clean"]["seconds"] / build["edited"]["seconds"]
times = predictions.beside(guess_after_an_edit, times, "×")
measured["PyTorch's image, built after an edit: times as fast"] = times

# %% [markdown]
# ### And what does a small image change when it runs?
#
# How long a container takes until the service answers decides how fast a system grows under load; memory decides how
# many fit on a machine. Guess: how many times sooner does the `native` image answer than PyTorch's?

# %% predict="ready_sooner"
guess_ready_sooner = None  # times as soon

# %% demo="ready_and_memory"
lesson.draw_running(services)
slow, fast = (services[name]["run"]["ready_seconds"] for name in ("torch", "native"))
times = predictions.beside(guess_ready_sooner, slow / fast, "×")
measured["native ready, times as soon as PyTorch"] = times

# %% demo="size_and_speed"
measured["no image beats these in size and speed"] = lesson.draw_frontier(services)

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
