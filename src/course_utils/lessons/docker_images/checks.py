"""What is expected of the images of 8.1 and 8.2, each built on paper: their packages, files, command and layers."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from typing import Any

from course_utils import expect
from course_utils.dockerfiles import paper_build
from course_utils.dockerfiles.pip import is_pip
from course_utils.lessons.docker_images.given import CONTEXT, SETTINGS
from course_utils.lessons.docker_images.reading import check_readable
from course_utils.lessons.docker_images.starting import check_command

Image = dict[str, Any]  # as paper_build returns it
SERVED = re.compile("(app|torch|onnx)/")
INSTALLERS = r"(apt|apt-get|apk|uv|conda|mamba|micromamba|npm|gem|cargo|dpkg|git|curl|wget|easy_install|pipx|poetry)$"
INSTALLS = {"install", "add", "upgrade", "dist-upgrade", "full-upgrade", "build-dep", "sync", "wheel", "download"}
INSTALLS |= {"clone", "-i", "update", "self-upgrade"}


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


def check_service(image: Image, needed: Iterable[str]) -> None:
    """Expect pinned bases, the files side by side where the command runs, and the command as a list.

    Args:
        needed: paths of the build context.

    Raises:
        Unmet: it is not so.
    """
    for stage in (*image["stages"], image):
        check_base(stage, last=stage is image)
    likely = "`COPY folder/ ./` copies what is in the folder; the last WORKDIR is where the command runs"
    for path in needed:
        where = [place for place, what in image["view"].items() if what == path]
        wanted = posixpath.join(image["folder"], posixpath.basename(path))
        got = where or "not there"
        expect.true(wanted in where, f"{path} in the image", expected=f"at {wanted}", got=got, likely=likely)
    check_command(image)


def check_from_python(image: Image) -> None:
    """Expect that the last stage is FROM Docker's own image of Python, or a mirror, and that its user may read it.

    Raises:
        Unmet: it is another image.
    """
    own = re.match(r"((docker\.io/)?|(\S+/)?library/)python[:@]", image["image"])
    expect.true(bool(own), "the last FROM", expected="python:3.11-slim-bookworm", got=image["image"])
    check_readable(image)


def check_base(image: Image, *, last: bool = True) -> None:
    """Expect a base with its version, and where it is Python, the one that the lists are made for."""
    which = "the last FROM" if last else "a FROM"
    name, _, tag = image["image"].rpartition("/")[2].partition(":")
    pinned = name == "scratch" or "@sha256" in name or (tag and not tag.startswith("latest"))
    likely = "name the version, after a colon: another day's image is another image"
    expect.true(bool(pinned), which, expected="an image with its version", got=image["image"], likely=likely)
    ending = r"-slim-bookworm(@|$)" if last else r"(-(?!alpine)|@|$)"
    same = name != "python" or re.match(r"3\.11(\.\d+)?" + ending, tag)
    expect.true(bool(same), which, expected="python:3.11-slim-bookworm", got=image["image"])


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
        adding = [set(step["made"].values()) for step in stage["does"]]
        seen = [new | step.get("lent", set()) for new, step in zip(adding, stage["does"], strict=True)]
        first = next((n for n, files in enumerate(seen) if any(map(SERVED.match, files))), len(adding))
        runs = [step for step in stage["does"][first:] if any(map(_installs, step.get("commands", [])))]
        late = [what for step in runs for what in step["made"].values() if what.startswith("packages of")]
        likely = "copy the list, install, and only then copy the service"
        what = "installed after the service is copied"
        expect.true(not late, what, expected="nothing: else each edit installs anew", got=late, likely=likely)


def check_settings_below(image: Image) -> None:
    """Expect that no step that installs, in any stage, stands below an ARG of the settings.

    Raises:
        Unmet: one does, and a new value installs anew.
    """
    behind: dict[str, set[str]] = {}  # the settings that what a stage has run depends on
    for number, stage in enumerate(image["stages"]):
        known: set[str] = set()
        for step in stage["does"]:
            known |= step.get("in_scope", behind.get((step.get("origin") or "").lower(), set())) & set(SETTINGS)
            early = sorted(known) if any(map(_installs, step.get("commands", []))) else []
            likely = "their ARG lines stand above this RUN; put them below it"
            what = f"what makes {step['text']} run anew"
            expect.true(not early, what, expected="CUDA alone", got=early, likely=likely)
        behind |= dict.fromkeys((str(number), stage["called"]), known)


def _installs(words: list[str]) -> bool:
    """Return whether a command fetches or installs anything."""
    name = posixpath.basename(words[0])
    if name in ("curl", "wget", "easy_install") or "ensurepip" in words:
        return True
    return bool((is_pip(words) or re.match(INSTALLERS, name)) and INSTALLS & set(words))
