"""The text of a Dockerfile, split into its steps."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any

from course_utils.dockerfiles.refusing import refuse
from course_utils.dockerfiles.variables import quoted
from course_utils.expect import Unmet

LAYERS = ("RUN", "COPY", "ADD", "WORKDIR")  # the steps that make a layer
NEVER_LISTS = {"FROM", "ARG", "ENV", "LABEL", "WORKDIR", "USER"}  # there a bracket is a part of the name
KNOWN = {"FROM", "ARG", "RUN", "COPY", "ADD", "ENV", "WORKDIR", "USER", "CMD", "ENTRYPOINT", "HEALTHCHECK", "SHELL"}
KNOWN |= {"LABEL", "EXPOSE", "VOLUME", "STOPSIGNAL", "ONBUILD", "MAINTAINER"}
IN_WORDS = ("ENV", "LABEL", "ARG", "FROM", "COPY", "ADD")  # what follows the others stays one text

Step = dict[str, Any]


def parse(dockerfile: str) -> list[Step]:
    """Return the steps of a Dockerfile.

    Each is a dict: ``line`` (number of its first), ``stage`` (0 from the first FROM on, -1 above it), ``name``
    ("COPY"), ``flags`` ({"from": "workshop"}), ``words`` (what follows, a list of strings; of RUN, CMD and the like
    one string, unless it is written as a list), ``called`` (a FROM's name, in small letters, else ""), ``text`` (the
    instruction in one line), ``is_list`` and ``body`` (lines of a heredoc).

    Raises:
        Unmet: a line begins with no instruction, or a quotation mark is not closed.
    """
    steps, stage = [], -1
    for line, text, body in instructions(dockerfile):
        name, _, rest = re.sub(r"\s", " ", text, count=1).partition(" ")
        name, flags = name.upper(), {}
        if name not in KNOWN:
            refuse(line, rf"there is no instruction {name}; is a \ missing at the end of the line above?")
        while found := re.match(r"--([\w-]+)(?:=(\S+))?\s+", rest := rest.lstrip()):
            flags[found[1]] = f"{flags.get(found[1], '')} {found[2] or ''}".strip()
            rest = rest[found.end() :]
        words, is_list = words_of(name, rest)
        if wrong := _fault(name, words):
            refuse(line, wrong)
        stage += name == "FROM"
        called = words.pop().lower() if name == "FROM" and len(words) > 2 else ""
        words = words[:1] if name == "FROM" else words
        step = {"line": line, "stage": stage, "name": name, "flags": flags, "words": words, "called": called}
        steps.append(step | {"text": " ".join(text.split()), "is_list": is_list, "body": body})
    return steps


def _fault(name: str, words: list[str]) -> str:
    """Return what keeps an engine from reading these words; "" where nothing does."""
    if name == "FROM" and (len(words) not in (1, 3) or words[1:2] not in ([], ["AS"], ["as"], ["As"], ["aS"])):
        return "FROM takes an image, or an image, AS and a name"
    if name == "FROM" and len(words) == 3 and not re.fullmatch(r"(?i)[a-z][\w.-]*", words[2], re.A):
        return f"a stage's name begins with a letter, and has letters, digits, _, . and - alone: not {words[2]}"
    if name == "ENV" and any("=" not in word for word in words):
        return "ENV takes NAME=value, one or more"
    return ""


def stage_number(steps: list[Step], name: str) -> int | None:
    """Return the number of the stage that name means in FROM or in --from=; None where it means an image."""
    numbers = {step["called"]: step["stage"] for step in steps if step["called"]}
    return int(name) if name.isdigit() else numbers.get(name.lower())


def instructions(text: str) -> Iterator[tuple[int, str, list[str]]]:
    """Yield (number of its first line, instruction in one line, lines of its heredocs) for each instruction."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    while lines:
        number, whole = lines.pop(0)
        if not _is_code(whole):
            continue
        while whole.endswith("\\"):
            lines = lines[next((n for n, (_, line) in enumerate(lines) if _is_code(line)), len(lines)) :]
            whole = f"{whole[:-1].rstrip()} {lines.pop(0)[1] if lines else ''}".rstrip(" ")
        body: list[str] = []
        for end in re.findall(r"<<-?[\"']?(\w+)", whole) if re.match("(?i)run|copy|add", whole) else []:
            while lines and (line := lines.pop(0)[1]) != end:
                body.append(line)
        yield number, whole, body


def words_of(name: str, rest: str) -> tuple[list[str], bool]:
    """Return what follows an instruction as words, and whether it was written as a list: ["cat", "words.txt"].

    Raises:
        Unmet: a quotation mark is not closed.
    """
    try:
        if name not in NEVER_LISTS and rest.startswith("[") and all(type(each) is str for each in json.loads(rest)):
            return json.loads(rest), True
    except ValueError:
        pass  # a shell's [ … ]
    if name in ("ENV", "LABEL") and "=" not in rest.partition(" ")[0]:
        name, _, value = rest.partition(" ")
        value = re.sub(r'^"(.*)"$', r"\1", value.strip())
        return [f"{name}={value}"], False
    if name not in IN_WORDS:
        return [rest], False
    try:
        return shlex.split(quoted(rest)) or [""], False
    except ValueError:
        raise Unmet(f"Not yet: {name} {rest}: a quotation mark is not closed") from None


def _is_code(line: str) -> bool:
    return bool(line) and not line.startswith("#")
