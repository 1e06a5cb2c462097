"""Commands of a RUN that this reader does not know: what they do to files that matter cannot be said."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from itertools import pairwise

from course_utils.dockerfiles.places import standing, takes
from course_utils.dockerfiles.refusing import refuse
from course_utils.dockerfiles.sites import NOTHING_FOUND, WHO, located_program

FOLLOWED = {"cp", "mv", "ln", "rm", "unlink", "install", "apt", "apt-get", "apk", "cd", "mkdir", "virtualenv", "uv"}
ONLY_READ = {"cat", "ls", "echo", "printf", "head", "tail", "wc", "grep", "test", "sort", "du", "df", "stat", "file"}
ONLY_READ |= {"chmod", "chown", "chgrp", "touch", "md5sum", "sha256sum", "id", "readlink", "realpath", "diff", "awk"}
ONLY_READ |= {"useradd", "adduser", "groupadd", "addgroup", "usermod", "curl", "wget", "ldd", "ldconfig", "tree"}
FOR_ROOT = {"apt", "apt-get", "apk", "useradd", "adduser", "groupadd", "addgroup"}
BARE = "(debian|ubuntu|alpine|busybox|fedora)"  # bases without Python


def check_command(
    words: list[str], at: str, there: Mapping[str, str], image: str, env: Mapping[str, str], line: int
) -> None:
    """Refuse a command that is not there, or that its user may not run, or of which this reader does not know enough.

    Args:
        words: the command.
        at: the folder one stands in.
        there: {path: what} for what lies in the image.
        image: the stage's base.
        env: the variables of the RUN's shell.
        line: where the RUN stands.

    Raises:
        Unmet: it is so.
    """
    name = posixpath.basename(words[0])
    called = re.match(r"(pip|python)[\d.]*$", name)
    if called and re.match(BARE, image.rpartition("/")[2]) and not any(map(_is_python, there.values())):
        refuse(line, f"{image} has no {name}; it has to be installed, or copied")
    if called and located_program(words[0], at, there, env) == NOTHING_FOUND:
        refuse(line, f"there is no {words[0]} in the image, or not where PATH says")
    if name in FOR_ROOT and env[WHO] not in ("root", "0"):
        refuse(line, f"{name} is for root, and this step runs as {env[WHO]}; a USER comes after it")
    if called or name in FOLLOWED | ONLY_READ or (name == "sed" and "-i" not in " ".join(words)):
        return
    plain = [standing(at, each) for each in words[1:] if each[:1] != "-"]
    told = [path for path, what in there.items() if _matters(what) and any(takes(each, path) for each in plain)]
    if name == "find":
        ends = {"-delete", "-exec", "-execdir", "-ok"} & set(words)
        told = [path for path in told or there if _matters(there[path]) and ends and _is_found(words, path)]
    if told:
        refuse(line, f"this reader does not know what `{name}` does to {told[0]}; use cp, mv or rm")


def _matters(what: str) -> bool:
    return "/" in what or what.startswith(("packages of ", "Python"))


def _is_python(what: str) -> bool:
    return what.startswith("Python") or what == "pip"


def _is_found(words: list[str], path: str) -> bool:
    names = [b for a, b in pairwise(words) if a in ("-name", "-iname", "-path", "-wholename")]
    parts = [*path.split("/"), path]
    return not names or any(fnmatchcase(part, name) for part in parts for name in names)
