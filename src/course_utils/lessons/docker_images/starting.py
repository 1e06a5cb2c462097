"""The command that starts the service, as a container starts it: ENTRYPOINT and CMD together."""

from __future__ import annotations

import posixpath
import re
from itertools import dropwhile, pairwise
from typing import Any

from course_utils import expect
from course_utils.dockerfiles.pip import option, separated
from course_utils.lessons.docker_images.given import START

Image = dict[str, Any]  # as paper_build returns it
NOT_JSON = "this list is not JSON: it takes double quotes, no comma at its end, and nothing behind it"
OPTION = r"(-[uBEsSIOPq]+|-[XW] ?\S+)"  # of Python's: which change nothing of what is run
FIRST = r"(.*/)?(tini|dumb-init|catatonit|env)"  # programs that start another one


def command_of(image: Image) -> list[str]:
    """Return the words that start a container, the ENTRYPOINT that a distroless Python brings included."""
    brings = ["/usr/bin/python3"] if "distroless/python" in image["image"] and "ENTRYPOINT" not in image else []
    return brings + [word for key in ("ENTRYPOINT", "CMD") if key in image for word in image[key]["words"]]


def check_command(image: Image) -> None:
    """Expect the command START, written as a list."""
    steps = [image[key] for key in ("ENTRYPOINT", "CMD") if key in image]
    plain = [step["words"][0].lstrip() for step in steps if not step["is_list"]]
    likely = "plain words start a shell, which keeps the signal to stop for itself" if plain else ""
    likely = NOT_JSON if any(each.startswith("[") for each in plain) else likely
    is_list = bool(steps) and not plain
    expect.true(is_list, "the command", expected='CMD ["…", "…"]', got=[step["text"] for step in steps], likely=likely)
    words = command_of(image)
    likely = _slip(words)
    expect.true(not likely, "the command", expected=" ".join(START), got=" ".join(words), likely=likely)


def program_of(words: list[str]) -> list[str]:
    """Return a command from its own program on: without a `tini --` that starts it."""
    if not words or not re.fullmatch(FIRST, words[0]):
        return words
    return list(dropwhile(lambda word: word[:1] == "-", words[1:]))


def letters_of(words: list[str]) -> set[str]:
    """Return the letters of the options between Python and what it runs: {"u", "I"} of `python -uI -m uvicorn`."""
    behind = " ".join([*program_of(words)[1:], ""])
    options = re.match(f"({OPTION} )*", behind)
    return set("".join(re.findall(r"(?:^| )-([uBEsSIOPq]+)(?= )", options[0] if options else "")))


def _slip(words: list[str]) -> str:
    """Return what is wrong with the words of a command; "" where nothing is."""
    words = program_of(words)
    called = list(map(posixpath.basename, words))
    if missing := [word for word in ("uvicorn", "service:app") if word not in called]:
        return f"{missing} is missing"
    place = called.index("uvicorn")
    if place and (words[place - 1] != "-m" or "python" not in "".join(words[: place - 1])):
        return 'START has "-m" before "uvicorn", and Python before it'
    if sum(word.startswith("python") for word in called) > 1:
        return 'Python stands there twice; where the ENTRYPOINT is Python, CMD begins with "-m"'
    if place and not re.fullmatch(rf"\S*python[\d.]*( {OPTION})*", " ".join(words[: place - 1])):
        return f"START begins with Python, and nothing else stands before -m; here it is {words[: place - 1]}"
    for name, value, allowed in (("--host", "0.0.0.0", (["0.0.0.0"],)), ("--port", "8000", ([], ["8000"]))):
        if option(words, name)[-1:] not in allowed:
            return f'START has "{name}", and directly behind it "{value}"'
    rest = pairwise(["", *separated(words[place + 1 :])])
    more = [b for a, b in rest if b != "service:app" and not {a, b} & {"--host", "--port"}]
    return f"START has no {more}" if more else ""
