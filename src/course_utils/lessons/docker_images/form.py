"""The form of the Dockerfiles of 8.1 to 8.3: the instructions, names, options and commands that may stand in them."""

from __future__ import annotations

from typing import Any, NamedTuple

from course_utils import expect
from course_utils.dockerfiles import paper_build, parse
from course_utils.dockerfiles.programs import behind_pip, is_tool, option
from course_utils.dockerfiles.refusing import refuse
from course_utils.lessons.docker_images.given import CONTEXT, PYTHON, SETTINGS

PLAIN = ("FROM", "ARG", "WORKDIR", "COPY", "RUN", "CMD")
LISTS = ("-r", "--requirement")


class Form(NamedTuple):
    """What may stand in the Dockerfile of an exercise."""

    instructions: tuple[str, ...]
    arguments: frozenset[str]
    environment: frozenset[str]
    bases: tuple[str, ...]
    targets: tuple[str, ...] = ()  # names of pip's option --target; where there are, closure.py may run, too


FORMS = {
    "8.1": Form(PLAIN, frozenset({"CUDA"}), frozenset(), (PYTHON,)),
    "8.2": Form(
        (*PLAIN, "ENV"), frozenset({"CUDA", *SETTINGS}), frozenset({*SETTINGS, "ORT_DISABLE_TELEMETRY"}), (PYTHON,)
    ),
    "8.3": Form(
        ("FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "HEALTHCHECK", "CMD"),
        frozenset(),
        frozenset({"PYTHONPATH", "ORT_DISABLE_TELEMETRY"}),
        (PYTHON, "scratch"),
        ("--target", "-t"),
    ),
}


def check_form(dockerfile: str, exercise: str, **arguments: str) -> None:
    """Expect that a Dockerfile has what the exercise names, and nothing else.

    Args:
        exercise: "8.1", "8.2" or "8.3".
        arguments: values as with --build-arg.

    Raises:
        Unmet: it has something else; the text says which line and what.
    """
    form = FORMS[exercise]
    for step in parse(dockerfile):
        _check_instruction(step, form, exercise)
    image = paper_build(dockerfile, CONTEXT, **arguments)
    for stage in image["stages"]:
        known, got = " or ".join(form.bases), stage["image"]
        expect.true(got in form.bases, "a FROM", expected=f"{known}, or an earlier stage", got=got)
        for step in stage["does"]:
            for words in step.get("commands", []):
                _check_run(words, step, form)


def _check_instruction(step: dict[str, Any], form: Form, exercise: str) -> None:
    name, line = step["name"], step["line"]
    if name not in form.instructions:
        refuse(line, f"{exercise} is written with {', '.join(form.instructions)} alone, without {name}")
    allowed = {"COPY": {"from"}, "HEALTHCHECK": set(step["flags"])}.get(name, set())
    if more := sorted(set(step["flags"]) - allowed):
        refuse(line, f"no option but COPY's --from is needed here; {name} has --{more[0]}")
    if name not in ("ARG", "ENV"):
        return
    known = form.arguments if name == "ARG" else form.environment
    if more := [word for word in step["words"] if word.partition("=")[0] not in known]:
        refuse(line, f"{name} names {', '.join(sorted(known)) or 'nothing'} here, and not {more[0]}")


def _check_run(words: list[str], step: dict[str, Any], form: Form) -> None:
    behind, line = behind_pip(words), step["line"]
    if step["user"]["words"][0] not in ("root", "0"):
        refuse(line, "what installs is root; a USER comes after it")
    known = "`pip install --no-cache-dir -r LIST`" + (" and `python closure.py`" if form.targets else "")
    if behind is None:
        if not (form.targets and is_tool(words)):
            refuse(line, f"a RUN runs {known}, and nothing else; here it is {' '.join(words)}")
        return
    rest, lists = list(behind), 0
    while rest:
        word = rest.pop(0)
        if word in (*LISTS, *form.targets) and rest:
            lists += word in LISTS
            rest.pop(0)
        elif word != "--no-cache-dir":
            refuse(line, f"a RUN runs {known}; here pip has {word}, too")
    if lists != 1:
        refuse(line, f"pip installs from one list, by -r; here from {lists}")
    if form.targets and not option(behind, *form.targets):
        refuse(line, "here pip installs into a folder of its own, by --target")
    if "--no-cache-dir" not in behind:
        refuse(line, "pip keeps what it downloads; --no-cache-dir")
