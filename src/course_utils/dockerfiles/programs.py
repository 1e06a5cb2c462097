"""What the commands of a RUN add to an image: pip, environments, apt, copies, users, the course's closure.py."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

from course_utils.dockerfiles.bases import PYTHONS, SITE
from course_utils.dockerfiles.pip import option, pip_install
from course_utils.dockerfiles.places import placed, standing, takes
from course_utils.dockerfiles.refusing import refuse

VENV_PIP = "lib/python3.11/site-packages/pip"
COMPILERS = (
    "gcc",
    "g++",
    "gfortran",
    "nvidia-cuda-toolkit",
    "build-essential",
    "build-base",
    "clang",
    "tcc",
    "rustc",
    "cargo",
    "golang",
)
TOOLS = dict.fromkeys((*COMPILERS, "cmake", "make"), "a compiler") | dict.fromkeys(("python3-pip", "py3-pip"), "pip")
TOOLS |= {"curl": "curl", "wget": "wget"}
SYSTEM = ("/usr/local/bin", "/usr/bin")  # where a program without a folder is found first


def added(words: list[str], at: str, there: Mapping[str, str], env: Mapping[str, str], line: int) -> dict[str, str]:
    """Return {path: what} for what one command of a RUN adds; a command that is not known adds nothing.

    Args:
        words: the command.
        at: the folder one stands in.
        there: {path: what} for what lies in the image.
        env: the variables of the RUN's shell.
        line: where the RUN stands.

    Raises:
        Unmet: pip or closure.py does not find what it is told to take.
    """
    name, before = posixpath.basename(words[0]), words[: words.index("install")] if "install" in words else []
    if any(re.fullmatch(r"pip[\d.]*", posixpath.basename(word)) for word in before):
        return pip_install(words, at, there, env, line)
    if any(word.endswith("closure.py") for word in words):
        return closure(words, at, there, line)
    if "ensurepip" in words or any(word.endswith("get-pip.py") for word in words):
        return {f"{SITE}/pip": "pip"}
    if "venv" in words or name == "virtualenv":
        return _environment(words, at, there)
    if name in ("apt", "apt-get", "apk"):
        return _distribution(name, words)
    if name in ("cp", "mv", "ln"):
        plain = [word for word in words[1:] if not word.startswith("-")]
        if len(plain) < 2:
            refuse(line, f"{name} needs a source and a target")
        return placed([posixpath.join(at, each) for each in plain[:-1]], plain[-1], there, at)
    return {f"/etc/passwd/{word}": "a user" for word in words[1:]} if name in ("useradd", "adduser") else {}


def closure(words: list[str], at: str, there: Mapping[str, str], line: int) -> dict[str, str]:
    """Return {path: what} for `python closure.py ROOT --python SITE`: Python and the packages below ROOT, no more.

    Raises:
        Unmet: the tool, ROOT or SITE is missing.
    """
    place = next(n for n, word in enumerate(words) if word.endswith("closure.py"))
    tool, plain = standing(at, words[place]), words[place + 1 :]
    site = next(iter(option(plain, "--python")), None)
    plain = [word for n, word in enumerate(plain) if word[:1] != "-" and plain[n - 1 : n] != ["--python"]]
    if tool not in there:
        refuse(line, f"Python finds no {tool} in the image; COPY it first")
    if not plain:
        refuse(line, "closure.py needs a ROOT: the folder that it copies to")
    root, site = posixpath.join(at, plain[0]), standing(at, site or "/nothing")
    if not any(takes(site, path) for path in there) and site != "/nothing":
        refuse(line, f"closure.py finds no folder {site} in the image; `pip install --target` makes it")
    new = {path.replace(site, f"{root}/site", 1): what for path, what in there.items() if takes(site, path)}
    new = {posixpath.normpath(path): what for path, what in new.items() if what != "uvicorn"}
    return new | {posixpath.normpath(f"{root}/python"): "Python and its libraries"}


def removed(words: list[str], there: Mapping[str, str]) -> list[str]:
    """Return the files, folders and patterns that a command of a RUN deletes."""
    if words[0] == "rm":
        return [word for word in words[1:] if not word.startswith("-")]
    if posixpath.basename(words[0]).startswith(("pip", "python")) and "uninstall" in words and "pip" in words[1:]:
        return [path for path, what in there.items() if what == "pip"]
    return [path for path, what in there.items() if what == "pip's cache" and words[-2:] == ["cache", "purge"]]


def _environment(words: list[str], at: str, there: Mapping[str, str]) -> dict[str, str]:
    folder, name = standing(at, words[-1]), posixpath.basename(words[0])
    name = name if name in PYTHONS else "python3"
    link = next((f"Python, a link to {each}/{name}" for each in SYSTEM if f"{each}/{name}" in there), "Python")
    pip = () if "--without-pip" in words else ("bin/pip", VENV_PIP)
    return {f"{folder}/bin/{each}": link for each in PYTHONS} | {f"{folder}/{each}": "pip" for each in pip}


def _distribution(name: str, words: list[str]) -> dict[str, str]:
    if name != "apk" and "update" in words:
        return {"/var/lib/apt/lists/all": "the lists of apt"}
    names = [re.sub(r"-[\d.]+$", "", word.partition("=")[0]) for word in words]
    brings = {f"/usr/bin/{each}": "Python" for each in PYTHONS[1:] if any(n.startswith("python3") for n in names)}
    return brings | {f"/usr/bin/{each}": TOOLS[each] for each in names if each in TOOLS}
