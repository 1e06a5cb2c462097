"""What the commands of a RUN add to an image: pip, environments, apt, copies, users, the course's closure.py."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Mapping

from course_utils.dockerfiles.bases import DISTRIBUTED, PYTHONS, SITE
from course_utils.dockerfiles.pip import is_pip, option, pip_adds
from course_utils.dockerfiles.places import carried, standing, takes
from course_utils.dockerfiles.refusing import refuse

VENV_PIP = "lib/python3.11/site-packages/pip"
COMPILERS = ("gcc", "g++", "gfortran", "nvidia-cuda-toolkit", "build-essential", "build-base", "clang", "tcc")
COMPILERS += ("rustc", "cargo", "golang", "golang-go", "cmake", "make", "nasm", "fpc", "gdc", "gnat", "ghc", "llvm")
TOOLS = dict.fromkeys(COMPILERS, "a compiler") | dict.fromkeys(("python3-pip", "py3-pip"), "pip")
SYSTEM = ("/usr/local/bin", "/usr/bin")  # where a program without a folder is found first


def added(
    words: list[str],
    at: str,
    there: Mapping[str, str],
    env: Mapping[str, str],
    line: int,
    folders: Collection[str] = (),
) -> dict[str, str]:
    """Return {path: what} for what one command of a RUN adds; a command that is not known adds nothing.

    Args:
        words: the command.
        at: the folder one stands in.
        there: {path: what} for what lies in the image.
        env: the variables of the RUN's shell.
        line: where the RUN stands.
        folders: those that there are.

    Raises:
        Unmet: pip or closure.py does not find what it is told to take.
    """
    name = posixpath.basename(words[0])
    if is_pip(words):
        return pip_adds(words, at, there, env, line)
    if any(word.endswith("closure.py") for word in words) and name in PYTHONS:
        return closure(words, at, there, line)
    if "ensurepip" in words or any(word.endswith("get-pip.py") for word in words):
        return {f"{SITE}/pip": "pip"}
    if re.search(r"(^| )(-m|uv) venv ", " ".join([*words[:5], ""])) or name == "virtualenv":
        return _environment(words, at, there)
    if name in ("apt", "apt-get", "apk"):
        return _distribution(name, words)
    if name in ("cp", "mv", "ln") or (name == "install" and "-d" not in words):
        return _carried(words, at, there, line, folders)
    if name not in ("useradd", "adduser"):
        return {}
    is_root = [value for value in option(words, "-u", "--uid") if value.isdigit() and int(value) == 0]
    return {} if is_root else {f"/etc/passwd/{word}": "a user" for word in words[1:]}


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
    new = {posixpath.normpath(path): what for path, what in new.items() if not what.startswith("uvicorn")}
    new[posixpath.normpath(f"{root}/etc/ld.so.cache")] = "the loader's list"
    places = ("python", "usr/local/bin/python3.11") if site != "/nothing" else ()
    return new | {posixpath.normpath(f"{root}/{each}"): "Python and its libraries" for each in places}


def removed(words: list[str], at: str, there: Mapping[str, str]) -> list[str]:
    """Return the files, folders and patterns that a command of a RUN deletes."""
    name, plain = posixpath.basename(words[0]), [word for word in words[1:] if not word.startswith("-")]
    if name in ("rm", "unlink"):
        return plain
    if name == "mv":
        return plain[:-1]
    if name in ("apt", "apt-get", "apk") and {"remove", "purge", "del", "autoremove"} & set(words):
        return [f"/usr/bin/{each}" for each in plain]
    if name.startswith(("pip", "python", "uv")) and "uninstall" in words:
        whats = {"pip" if each == "pip" else f"packages of {each}" for each in _uninstalled(words, at, there)}
        return [path for path, what in there.items() if what in whats]
    cleans = words[-2:] == ["cache", "purge"] or words[:3] == ["uv", "cache", "clean"]
    return [path for path, what in there.items() if what == "pip's cache" and cleans]


def held_anew(words: list[str], at: str, there: Mapping[str, str]) -> list[str]:
    """Return the files of earlier layers that a command's own layer holds again: those it gives an owner or a mode."""
    if posixpath.basename(words[0]) not in ("chown", "chmod", "chgrp"):
        return []
    nested = any(re.match("-[a-zA-Z]*R|--recursive", word) for word in words)
    places = [standing(at, word) for word in words[1:] if not word.startswith("-")][1:]
    return [path for path in there if any(takes(each, path) if nested else each == path for each in places)]


def _uninstalled(words: list[str], at: str, there: Mapping[str, str]) -> list[str]:
    lists = [there.get(standing(at, each), each) for each in option(words, "-r", "--requirement")]
    return lists + words[words.index("uninstall") + 1 :]


def _carried(
    words: list[str], at: str, there: Mapping[str, str], line: int, folders: Collection[str]
) -> dict[str, str]:
    name = posixpath.basename(words[0])
    plain = [word for n, word in enumerate(words[1:], 1) if word[:1] != "-" and words[n - 1] not in ("-m", "-o", "-g")]
    if len(plain) < 2:
        refuse(line, f"{name} needs a source and a target")
    if {"-t", "--target-directory", "-T"} & set(words):
        refuse(line, f"this reader does not know {name} with -t or -T; write the target last")
    new = carried(plain[:-1], plain[-1], there, at, folders)
    if name == "ln" and "-s" in " ".join(words[1:2]):
        links = {path: f"Python, a link to {plain[0]}" for path, what in new.items() if re.match("Python($| of)", what)}
        new |= links
    return new


def _environment(words: list[str], at: str, there: Mapping[str, str]) -> dict[str, str]:
    name, behind = posixpath.basename(words[0]), words[words.index("venv") + 1 if "venv" in words else 1 :]
    plain = [
        each for n, each in enumerate(behind) if each[:1] != "-" and behind[n - 1 : n] not in (["-p"], ["--python"])
    ]
    folder = standing(at, plain[-1] if plain else ".venv")
    name = name if name in PYTHONS else "python3"
    link = next((f"Python, a link to {each}/{name}" for each in SYSTEM if f"{each}/{name}" in there), "Python")
    pip = () if {"--without-pip", "uv", "--no-pip"} & set(words) else ("bin/pip", VENV_PIP)
    return {f"{folder}/bin/{each}": link for each in PYTHONS} | {f"{folder}/{each}": "pip" for each in pip}


def _distribution(name: str, words: list[str]) -> dict[str, str]:
    if name != "apk" and "update" in words:
        return {"/var/lib/apt/lists/all": "the lists of apt"}
    if not {"install", "add"} & set(words):
        return {}
    names = [re.sub(r"-[\d.]+$", "", word.partition("=")[0]) for word in words[1:] if word[:1] != "-"]
    brings = DISTRIBUTED if any(n.startswith("python3") for n in names) else {}
    brings = {path: what for path, what in brings.items() if path != "/usr/bin/python"}  # which it is not called
    return brings | {f"/usr/bin/{each}": TOOLS.get(each, f"the program {each}") for each in names}
