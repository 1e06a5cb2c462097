"""What is expected of the images of 8.1 to 8.3, each built on paper: their packages, files, command and layers."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from typing import Any

from course_utils import expect
from course_utils.dockerfiles import paper_build
from course_utils.dockerfiles.bases import SITE
from course_utils.lessons.docker_images.given import CONTEXT, SETTINGS, START

Image = dict[str, Any]  # as paper_build returns it
SERVED = re.compile("(app|torch|onnx)/")
NOT_JSON = "this list is not JSON: it takes double quotes, no comma at its end, and nothing behind it"


def text_of(got: Any, call: str) -> str:
    """Return got, which must be the text of a Dockerfile.

    Raises:
        Unmet: it is something else.
    """
    missing = "the function returns nothing: is a `return` missing?"
    expect.equal(type(got).__name__, "str", f"the type of {call}", causes={missing: "NoneType"})
    return got


def installed(dockerfile: str, context: Iterable[str] = CONTEXT, **arguments: str) -> list[str]:
    """Return the lists whose packages are in the image, built on paper with these build arguments; sorted."""
    held = set(paper_build(dockerfile, context, **arguments)["weight"].values())
    return sorted(each.removeprefix("packages of ") for each in held if each.startswith("packages of "))


def check_list(dockerfile: str, wanted: str, **arguments: str) -> None:
    """Expect that with these build arguments the packages of the list `wanted` are installed, and no others.

    Raises:
        Unmet: it is not so.
    """
    lists = [wanted.replace("cuda1", "cuda0"), wanted.replace("cuda0", "cuda1")]
    unheeded = "CUDA=1 installs what CUDA=0 does: does a step use it, outside single quotes, and compare it with 1?"
    unasked = "this is the list with CUDA: is the default 0, and is the value looked at, not only whether there is one?"
    causes = {
        "both lists are installed, and their packages overwrite each other; the value must choose one": lists,
        "no `pip install -r` with one of the lists is reached": [],
        (unheeded if wanted == lists[1] else unasked): [each for each in lists if each != wanted],
    }
    call = ", ".join(f"{name}={value}" for name, value in arguments.items()) or "no build argument"
    expect.equal(installed(dockerfile, **arguments), [wanted], f"what is installed with {call}", causes=causes)


def check_service(image: Image, needed: Iterable[str], python: str = START[0]) -> None:
    """Expect the files side by side where the command runs, and the command START as a list, with this Python.

    Args:
        needed: paths of the build context.

    Raises:
        Unmet: it is not so.
    """
    likely = "`COPY folder/ ./` copies what is in the folder; the last WORKDIR is where the command runs"
    for path in needed:
        where = [place for place, what in image["view"].items() if what == path]
        wanted = posixpath.join(image["folder"], posixpath.basename(path))
        got = where or "not there"
        expect.true(wanted in where, f"{path} in the image", expected=f"at {wanted}", got=got, likely=likely)
    step, command = image.get("CMD", {"is_list": False, "words": [""], "text": "none"}), [python, *START[1:]]
    plain = "plain words start a shell, which keeps the signal to stop for itself" if step["words"][0] else ""
    likely = NOT_JSON if step["words"][0].lstrip().startswith("[") else plain
    expect.true(step["is_list"], "the command", expected='CMD ["…", "…"]', got=step["text"], likely=likely)
    more = [word for word in step["words"] if word not in command]
    missing = [word for word in command if word not in step["words"]]
    causes = {f"too much: {more}" if more else f"missing: {missing}" if missing else "the order": step["words"]}
    expect.equal(step["words"], command, "the command", causes=causes if step["words"] != command else {})


def check_found(image: Image) -> None:
    """Expect the packages that there are where the image's Python looks for them.

    Raises:
        Unmet: they lie elsewhere.
    """
    places = [posixpath.dirname(path) for path, what in image["view"].items() if what.startswith("packages of ")]
    expect.equal(sorted(set(places)), [SITE], "where the packages lie", likely="pip knows, without an option")


def check_order(dockerfile: str, context: Iterable[str], unwanted: Iterable[str], **arguments: str) -> None:
    """Expect packages below what changes often, no cache of pip, and nothing that is not needed.

    Raises:
        Unmet: it is not so.
    """
    image = paper_build(dockerfile, context, **arguments)
    held = set(image["weight"].values())
    for path in unwanted:
        likely = "copy what the service needs, by name or by folder; `COPY . .` takes everything"
        expect.true(path not in held, f"{path} in the image", expected="not there", got="there", likely=likely)
    likely = "`--no-cache-dir`; removing it in a later RUN frees nothing, its layer stays"
    expect.true("pip's cache" not in held, "pip's cache in the image", expected="none", got="kept", likely=likely)
    for stage in image["stages"]:
        serves = [any(map(SERVED.match, step["made"].values())) for step in stage["does"]]
        late = [step["text"] for n, step in enumerate(stage["does"]) if step["name"] == "RUN" and any(serves[:n])]
        likely = "copy the list, install, and only then copy the service"
        what = "what is run after the service is copied"
        expect.true(not late, what, expected="nothing: else each edit installs anew", got=late, likely=likely)


def check_settings_below(image: Image) -> None:
    """Expect that no RUN, in any stage, stands below an ARG of the settings, or what depends on one.

    Raises:
        Unmet: one does, and a new value runs it anew.
    """
    behind: dict[str, set[str]] = {}  # the settings that what a stage has run depends on
    for number, stage in enumerate(image["stages"]):
        known: set[str] = set()
        for step in stage["does"]:
            known |= step["in_scope"] & set(SETTINGS) | behind.get((step.get("origin") or "").lower(), set())
            early = sorted(known) if step["name"] == "RUN" else []
            likely = "their ARG lines stand above this RUN; put them below it"
            what = f"what makes {step['text']} run anew"
            expect.true(not early, what, expected="CUDA alone", got=early, likely=likely)
        behind |= dict.fromkeys((str(number), stage["called"]), known)


def environment_of(image: Image, name: str, wanted: str) -> None:
    """Expect an environment variable of a container to have a value.

    Raises:
        Unmet: it has another one, or none.
    """
    got, likely = image["env"].get(name, "nothing"), "ENV holds for its own stage alone"
    expect.equal(got, wanted, f"{name} in the container", likely=likely)
