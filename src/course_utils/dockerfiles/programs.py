"""What the two programs that this reader knows add to an image: `pip install -r LIST`, and the course's closure.py."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from itertools import pairwise

from course_utils.dockerfiles.bases import PYTHONS, SITE
from course_utils.dockerfiles.places import standing, takes
from course_utils.dockerfiles.refusing import doubt, refuse

CACHE = "/root/.cache/pip"
TOOLS_PYTHON = ("/python", "/usr/local/bin/python3.11", "/etc/ld.so.cache")  # in its ROOT
TOOLS_PYTHON += tuple(f"{folder}/all of it" for folder in ("/usr/local/lib/python3.11", "/lib", "/lib64"))
PIPS = [["pip", "install"], ["pip3", "install"], *([name, "-m", "pip", "install"] for name in PYTHONS)]


def added(words: list[str], at: str, there: Mapping[str, str], line: int) -> dict[str, str]:
    """Return {path: what} for what one command of a RUN adds; a command that is not known adds nothing.

    Args:
        words: the command.
        at: the folder one stands in.
        there: {path: what} for what lies in the image.
        line: where the RUN stands.

    Raises:
        Unmet: pip or closure.py does not find what it is told to take.
    """
    if behind_pip(words) is not None:
        return pip_adds(words, at, there, line)
    return closure(words, at, there, line) if is_tool(words) else {}


def behind_pip(words: list[str]) -> list[str] | None:
    """Return what follows `pip install`, each `--option=value` as two words; None where words are another command."""
    behind = next((words[len(each) :] for each in PIPS if words[: len(each)] == each), None)
    if behind is None:
        return None
    return [part for word in behind for part in (word.split("=", 1) if word[:2] == "--" else [word]) if part]


def option(words: list[str], *names: str) -> list[str]:
    """Return the values that options of these names have."""
    return [value for name, value in pairwise(words) if name in names]


def is_tool(words: list[str]) -> bool:
    """Return whether a command is `python closure.py …`."""
    return len(words) > 1 and words[0] in PYTHONS and posixpath.basename(words[1]) == "closure.py"


def pip_adds(words: list[str], at: str, there: Mapping[str, str], line: int) -> dict[str, str]:
    """Return {path: what} for what `pip install -r LIST` adds: "packages of LIST", and "pip's cache".

    Raises:
        Unmet: there is no pip, or no such list.
    """
    if "pip" not in there.values():
        refuse(line, "there is no pip in the image")
    behind = behind_pip(words) or []
    site = standing(at, [SITE, *option(behind, "--target", "-t")][-1])
    new = {} if "--no-cache-dir" in behind else {CACHE: "pip's cache"}
    for each in option(behind, "-r", "--requirement"):
        wanted = standing(at, each)
        if wanted not in there:
            refuse(line, f"pip finds no {wanted} in the image{doubt(wanted)}")
        new[in_place(site, there[wanted])] = f"packages of {there[wanted]}"
    return new


def in_place(site: str, of: str) -> str:
    """Return the one path that stands for all packages of a list; no pattern takes some of them."""
    return f"{site}/all packages of {posixpath.basename(of)}"


def closure(words: list[str], at: str, there: Mapping[str, str], line: int) -> dict[str, str]:
    """Return {path: what} for `python closure.py ROOT --python SITE`: Python and the packages below ROOT, no more.

    Raises:
        Unmet: the tool, ROOT or SITE is missing.
    """
    tool, plain = standing(at, words[1]), [part for word in words[2:] for part in word.split("=", 1)]
    site = next(iter(option(plain, "--python")), None)
    plain = [word for n, word in enumerate(plain) if word[:1] != "-" and plain[n - 1 : n] != ["--python"]]
    if tool not in there:
        refuse(line, f"Python finds no {tool} in the image; COPY it first")
    if strange := [word for word in words[2:] if word[:1] == "-" and word.partition("=")[0] != "--python"]:
        refuse(line, f"closure.py knows no {strange[0]}")
    if len(plain) != 1:
        refuse(line, "closure.py needs a ROOT, one: the folder that it copies to")
    root, site = standing(at, plain[0]), standing(at, site or "/nothing")
    if not any(takes(site, path) for path in there):
        refuse(line, f"closure.py finds no folder {site} in the image; `pip install --target` makes it")
    new = {path.replace(site, f"{root}/site", 1): what for path, what in there.items() if takes(site, path)}
    new |= {f"{root}{each}": "Python and its libraries" for each in TOOLS_PYTHON}
    return {posixpath.normpath(path): what for path, what in new.items()}
