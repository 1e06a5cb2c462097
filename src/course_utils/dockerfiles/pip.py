"""What pip leaves in an image: packages, by the lists they stand in, wheels, and its cache."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from itertools import pairwise

from course_utils.dockerfiles.places import standing, takes
from course_utils.dockerfiles.refusing import refuse
from course_utils.dockerfiles.sites import site_of

TAKE_A_VALUE = {"-r", "-c", "-t", "-i", "-f", "-e", "--requirement", "--constraint", "--target", "--prefix", "--root"}
TAKE_A_VALUE |= {"--index-url", "--extra-index-url", "--find-links", "--trusted-host", "--only-binary", "--no-binary"}
TAKE_A_VALUE |= {"--timeout", "--retries", "--cache-dir", "--progress-bar", "--python-version", "--platform", "--proxy"}
TAKE_A_VALUE |= {"--root-user-action", "--upgrade-strategy", "--cert", "--python", "--implementation", "--abi"}
TAKE_A_VALUE |= {"--log", "--report", "--use-feature", "--src", "--link-mode", "--index", "--index-strategy"}

YES_OR_NO = ("1", "true", "t", "yes", "y", "on", "0", "false", "f", "no", "n", "off")
SETTINGS = "pip's settings: no cache"


def separated(words: list[str]) -> list[str]:
    """Return the words with each `--option=value` as two."""
    return [part for word in words for part in (word.split("=", 1) if word.startswith("--") else [word])]


def option(words: list[str], *names: str) -> list[str]:
    """Return the values that options of these names have: `-r x`, `--requirement x`, `--requirement=x`."""
    return [value for name, value in pairwise(separated(words)) if name in names]


def doubt(name: str) -> str:
    """Return what may be wrong with a file's name in which a variable was meant; "" where nothing shows."""
    if "$" in name:
        return "; single quotes keep the $ as it is"
    return "; is a $ missing, or is the text an f-string?" if "{" in name else ""


def is_pip(words: list[str]) -> bool:
    """Return whether a command is one of pip's, or of uv's in its place."""
    called = [bool(re.fullmatch(r"pip[\d.]*", posixpath.basename(word))) for word in words[:4]]
    return called[0] or (True in called and posixpath.basename(words[0]).startswith(("python", "uv")))


def pip_adds(words: list[str], at: str, there: Mapping[str, str], env: Mapping[str, str], line: int) -> dict[str, str]:
    """Return {path: what} for what a command of pip adds: "packages of LIST", or of a NAME, wheels, "pip's cache".

    Args:
        words: the command.
        at: the folder one stands in.
        there: {path: what} for what lies in the image.
        env: the variables of the RUN's shell.
        line: where the RUN stands.

    Raises:
        Unmet: a list, or the program, is not there, or the packages would be another system's.
    """
    place = next(n for n, word in enumerate(words) if re.fullmatch(r"pip[\d.]*", posixpath.basename(word)))
    verb = next((each for each in words[place + 1 :] if each in ("install", "wheel", "download", "sync", "config")), "")
    if verb == "config" and re.search(r"no-cache-dir (true|1|yes|on)", " ".join(words)):
        return {"/etc/pip.conf": SETTINGS}
    if verb in ("", "config"):
        return {}
    _check_system(words, line)
    lists = [standing(at, each) for each in _lists(words, verb, place)]
    for wanted in lists:
        if wanted not in there:
            refuse(line, f"pip finds no {wanted} in the image{doubt(wanted)}")
    names = _named(words, verb)
    new = (
        {}
        if "--dry-run" in words
        else _packages(words, verb, at, there, env, line, [there[each] for each in lists], names)
    )
    return new | ({} if _is_forbidden(words, there, env) else {_cache(words, at, env): "pip's cache"})


def _packages(
    words: list[str],
    verb: str,
    at: str,
    there: Mapping[str, str],
    env: Mapping[str, str],
    line: int,
    lists: list[str],
    names: list[str],
) -> dict[str, str]:
    if verb in ("wheel", "download"):
        goal = standing(at, next(iter(option(words, "-w", "--wheel-dir", "-d", "--dest")), "."))
        return {f"{goal}/{posixpath.basename(each)}.whl": f"wheels of {each}" for each in lists}
    site, new = site_of(words, at, there, env, line), {}
    for name in list(names):
        wheels = [
            what for path, what in there.items() if what.startswith("wheels of ") and takes(standing(at, name), path)
        ]
        lists = [*lists, *(what.removeprefix("wheels of ") for what in wheels)]
        names = [each for each in names if each != name or not wheels]
    for each in lists:
        new[f"{site.packages}/{posixpath.basename(each)}"] = f"packages of {each}"
        new[f"{site.programs}/uvicorn"] = f"uvicorn, by {site.python}"
    return new | {f"{site.packages}/{name}": f"packages of {name}, by name" for name in names}


def _lists(words: list[str], verb: str, place: int) -> list[str]:
    if verb == "sync":
        return [each for each in words[place + 1 :] if each[:1] != "-" and each != "sync"]
    short = [word[2:] for word in words if re.match("-r.", word)]
    return option(words, "-r", "--requirement", "--requirements") + short


def _check_system(words: list[str], line: int) -> None:
    """Refuse packages for another Python, or another system, than the one that serves."""
    versions = option(words, "--python-version", "--abi")
    versions += [each for each in option(words, "--python") if re.search(r"\d\.?\d$", posixpath.basename(each))]
    other = [each for each in versions if not re.search(r"^(3|abi3|none)$|3\.?11\b", each)]
    other += [each for each in option(words, "--platform", "--python-platform") if re.search("win|mac|musl", each)]
    other += [each for each in option(words, "--implementation") if each not in ("cp", "py")]
    if other:
        refuse(line, f"these are packages for another Python, or another system: {other[0]}")


def _named(words: list[str], verb: str) -> list[str]:
    """Return the packages that are named one by one; what pip itself is made of counts where it goes along."""
    behind = separated(words[words.index(verb) :]) if verb == "install" else []
    named = [b for a, b in pairwise(behind) if b[:1] != "-" and a not in (*TAKE_A_VALUE, "--requirements")]
    own = () if option(words, "--target", "-t") else ("pip", "setuptools", "wheel", "uv")
    return [each for each in named if re.split(r"[\W_]", each)[0] not in own]


def _is_forbidden(words: list[str], there: Mapping[str, str], env: Mapping[str, str]) -> bool:
    if {"--no-cache-dir", "--no-cache"} & set(words):
        return True
    if posixpath.basename(words[0]) == "uv":
        return "-n" in words or env.get("UV_NO_CACHE", "").lower() in ("1", "true", "yes", "on")
    return env.get("PIP_NO_CACHE_DIR", "").lower() in YES_OR_NO or SETTINGS in there.values()  # "no": pip does not look


def _cache(words: list[str], at: str, env: Mapping[str, str]) -> str:
    name = "uv" if posixpath.basename(words[0]) == "uv" else "pip"
    shared = env.get("XDG_CACHE_HOME") or posixpath.join(env["HOME"], ".cache")
    own = env.get(f"{name.upper()}_CACHE_DIR") or posixpath.join(shared, name)
    return standing(at, (option(words, "--cache-dir") or [own])[-1])
