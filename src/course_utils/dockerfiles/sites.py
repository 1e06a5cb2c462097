"""Where a pip of several puts its packages: the Python it belongs to decides, or an option."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

from course_utils.dockerfiles.bases import BELOW_LIB, SITE
from course_utils.dockerfiles.places import standing
from course_utils.dockerfiles.refusing import refuse

NOTHING_FOUND = "nothing"
WHO = "who runs it"  # among a RUN's variables, by a name that none can have
DISTRIBUTED = "/usr/local/lib/python3.11/dist-packages"  # where the pip of Debian's own Python installs to


class Site(NamedTuple):
    """Where packages go to, where their programs go to, and the Python that these programs are started by."""

    packages: str
    programs: str
    python: str


def located_program(name: str, at: str, there: Mapping[str, str], env: Mapping[str, str]) -> str:
    """Return the place of a pip or a Python, sought as a shell does; "" where the base may have it, though unknown.

    It is NOTHING_FOUND where the image is known to have a Python, and not this one.
    """
    folders = [posixpath.dirname(standing(at, name))] if "/" in name else env.get("PATH", "").split(":")
    name = posixpath.basename(name)
    for folder in [standing(at, each) for each in folders if each]:
        seen = f"{folder}/{'pip' if name.startswith('pip') else name}"
        if seen in there or (seen == "/usr/local/bin/pip" and f"{SITE}/pip" in there):
            return f"{folder}/{name}"
        if folder == "/usr/bin" and name.startswith("pip") and "/usr/bin/python3-pip" in there:
            return f"{folder}/{name}"
    known = any(re.match("Python(,| and| of|$)", what) for what in there.values())
    return NOTHING_FOUND if known and re.match(r"(python|pip)[\d.]*$", name) else ""


def site_of(words: list[str], at: str, there: Mapping[str, str], env: Mapping[str, str], line: int) -> Site:
    """Return where an install puts its packages.

    Raises:
        Unmet: uv is not told into which Python.
    """
    given = {name: value for name, value in pairwise(words) if name[:1] == "-"}
    given |= dict(word.split("=", 1) for word in words if re.match("--[a-z-]+=", word))
    is_uv = posixpath.basename(words[0]) == "uv"
    program = _of_uv(words, given, at, there, env, line) if is_uv else _of_pip(words, given, at, there, env)
    home = posixpath.dirname(posixpath.dirname(program)) or "/usr/local"
    home = "/usr/local" if home == "/" else home
    python = f"{home}/bin/python3" if home != "/usr" else "/usr/bin/python3"
    if target := given.get("--target", given.get("-t")):
        return Site(standing(at, target), f"{standing(at, target)}/bin", python)
    if "--user" in words:
        home = posixpath.join(env["HOME"], ".local")
        return Site(home + BELOW_LIB, f"{home}/bin", python)
    if prefix := given.get("--prefix"):
        return Site(standing(at, prefix) + BELOW_LIB, f"{standing(at, prefix)}/bin", python)
    if home in ("/usr", "/usr/local") and env[WHO] not in ("root", "0") and "--root" not in given:
        if not env["HOME"].startswith("/home/"):
            refuse(line, "this step's user may not write there, and has no home; a USER comes after it")
        return Site(env["HOME"] + f"/.local{BELOW_LIB}", env["HOME"] + "/.local/bin", python)
    above = standing(at, given["--root"]) if "--root" in given else ""
    if home == "/usr":
        return Site(above + DISTRIBUTED, f"{above}/usr/local/bin", python)
    return Site(above + home + BELOW_LIB, f"{above}{home}/bin", python)


def _of_pip(
    words: list[str], given: Mapping[str, str], at: str, there: Mapping[str, str], env: Mapping[str, str]
) -> str:
    chosen = given.get("--python", "")
    if chosen:
        return standing(at, chosen if posixpath.basename(chosen).startswith("python") else f"{chosen}/bin/python")
    return located_program(words[0], at, there, env)


def _of_uv(
    words: list[str], given: Mapping[str, str], at: str, there: Mapping[str, str], env: Mapping[str, str], line: int
) -> str:
    """Return the place of the Python that uv installs for."""
    chosen = given.get("--python", given.get("-p", ""))
    if "/" in chosen:
        return standing(at, chosen if posixpath.basename(chosen).startswith("python") else f"{chosen}/bin/python")
    if "--system" in words or env.get("UV_SYSTEM_PYTHON") or chosen or {"--target", "-t", "--prefix"} & set(given):
        found = located_program("python3", at, there, env)
        return "" if found == NOTHING_FOUND else found
    for folder in (env.get("VIRTUAL_ENV", ""), standing(at, ".venv")):
        if folder and f"{folder}/bin/python" in there:
            return f"{folder}/bin/python"
    return refuse(line, "uv finds no environment to install into; `--system` means the Python that is there")
