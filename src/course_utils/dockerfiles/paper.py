"""A Dockerfile built on paper: which files lie in the last image, without an engine."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from course_utils import expect
from course_utils.dockerfiles.bases import FOLDERS, brought
from course_utils.dockerfiles.copying import Views, copy_step
from course_utils.dockerfiles.places import file_at, standing, upwards
from course_utils.dockerfiles.refusing import refuse
from course_utils.dockerfiles.running import run_step
from course_utils.dockerfiles.syntax import Step, parse, stage_number
from course_utils.dockerfiles.variables import expand

Stage = dict[str, Any]
KEPT_AS_THEY_ARE = ("USER", "CMD", "HEALTHCHECK")  # the last one counts


def paper_build(dockerfile: str, context: Iterable[str], **arguments: str) -> Stage:
    """Return the last stage of a build on paper.

    Args:
        dockerfile: its text.
        context: the paths in the build context, relative to it.
        arguments: values as with --build-arg.

    Returns:
        A dict: ``image`` (the base), ``called``, ``folder`` (the last WORKDIR), ``folders`` (that there are),
        ``args``, ``env``, ``view`` ({path: what}: what a container sees; what is a path of the context, "packages of
        LIST", "pip", "pip's cache", …), ``weight`` ({(path, line): what}: what its layers hold; line 0 is the base),
        ``does`` (its steps of RUN and COPY, with what each made), ``stages`` (all of them), and where they stand in
        the Dockerfile the steps ``USER``, ``CMD`` and ``HEALTHCHECK``. Of commands, pip and closure.py are known;
        any other one is taken to change nothing.

    Raises:
        Unmet: it would not build, or has what this reader does not know; the text says which line and why.
    """
    steps, stages, views, fixed = parse(dockerfile), [], {}, {}
    there = {"/" + path: path for path in context}
    for step in steps:
        if step["called"] and any(each["called"] == step["called"] for each in steps[: steps.index(step)]):
            refuse(step["line"], f"two stages are called {step['called']}")
        if step["name"] == "FROM":
            stages.append(_begun(step, steps, stages, fixed))
        elif not stages and step["name"] != "ARG":
            refuse(step["line"], f"{step['name']} stands above FROM")
        elif step["name"] == "ARG":
            _declare(step, stages, fixed, arguments)
        else:
            _carry_out(step, stages[-1], there, views)
        if stages:
            called = next(each["called"] for each in steps if each["stage"] == len(stages) - 1)
            views |= dict.fromkeys((str(len(stages) - 1), called), stages[-1]["view"])
    expect.true(bool(stages), "the Dockerfile", expected="a FROM", got=dockerfile)
    return stages[-1] | {"stages": stages}


def _begun(step: Step, steps: list[Step], stages: list[Stage], fixed: Mapping[str, str]) -> Stage:
    """Return what a FROM begins with: a copy of an earlier stage, or an image and what that brings."""
    image, called = expand(step["words"][0], fixed), step["called"]
    number = stage_number(steps, image)
    if number is not None and number < len(stages):
        return copy.deepcopy(stages[number]) | {"called": called}
    if image.isdigit():
        refuse(step["line"], f"there is no stage {image} so far; the first has the number 0")
    files = brought(image)
    stage: Stage = {"image": image, "called": called, "folder": "/", "args": {}, "env": {}, "does": [], "view": files}
    stage["folders"] = set(FOLDERS) if image != "scratch" else {"/"}
    return stage | {"weight": {(path, 0): what for path, what in files.items()}}


def _declare(step: Step, stages: list[Stage], fixed: dict[str, str], arguments: Mapping[str, str]) -> None:
    """Give the names of an ARG their values; fixed: of those above the first FROM."""
    place = stages[-1]["args"] if stages else fixed
    for name, is_set, default in (word.partition("=") for word in step["words"]):
        known = stages[-1]["env"] | place if stages else place
        place[name] = arguments.get(name, expand(default, known) if is_set else fixed.get(name, ""))


def _carry_out(step: Step, stage: Stage, context: Mapping[str, str], views: Views) -> None:
    scope, name = stage["args"] | stage["env"], step["name"]
    if name == "RUN":
        if stage["image"] == "scratch":
            refuse(step["line"], "scratch has no shell for a RUN")
        run_step(step, stage, scope)
    elif name in ("COPY", "ADD"):
        copy_step(step, stage, scope, context, views)
    elif name == "ENV":
        stage["env"] |= {key: expand(value, scope) for key, _, value in (word.partition("=") for word in step["words"])}
    elif name == "WORKDIR":
        if len(step["words"][0].split()) != 1:
            refuse(step["line"], "WORKDIR takes one folder")
        stage["folder"] = standing(stage["folder"], expand(step["words"][0], scope).strip("\"'"))
        if file := file_at([stage["folder"]], stage["view"], context.values()):
            refuse(step["line"], f"{file} is a file, and can be no folder")
        stage["folders"] |= upwards(stage["folder"])
    elif name in KEPT_AS_THEY_ARE:
        words = [expand(word, scope) for word in step["words"]] if name == "USER" else step["words"]
        stage[name] = step | {"words": words}
