"""Where files lie: what a COPY takes, and where it puts it."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any


def takes(source: str, path: str) -> bool:
    """Return whether a COPY of source takes the file at path: it is that file, or a folder above it; * and ? count."""
    wanted = posixpath.normpath("/" + source).strip("/").split("/")
    parts = posixpath.normpath("/" + path).strip("/").split("/")
    above = parts[: len(wanted)]
    return wanted == [""] or (len(above) == len(wanted) and all(map(fnmatchcase, above, wanted)))


def placed(
    sources: Sequence[str], target: str, there: Mapping[str, str], at: str, folders: Collection[str] = ()
) -> dict[str, str]:
    """Return {new path: what} for a copy of sources to target.

    Args:
        there: {path: what} for the files to take from.
        at: the folder one stands in.
        folders: those that there are; a file that is copied to one goes into it.
    """
    goal = posixpath.normpath(posixpath.join(at, target))
    into = goal in (at, *folders) or target.endswith(("/", "/.")) or len(sources) > 1
    new = {}
    for source in sources:
        depth = len([part for part in posixpath.normpath("/" + source).split("/") if part])
        for path in sorted(path for path in there if takes(source, path)):  # a pattern's files come in this order
            parts = path.strip("/").split("/")
            name = "/".join(parts[depth:]) or (parts[-1] if into else "")
            new[posixpath.normpath(f"{goal.rstrip('/')}/{name}")] = there[path]
    return new


def folders_of(stage: Mapping[str, Any]) -> set[str]:
    """Return the folders that a stage is known to have: its own, and those that its files lie in."""
    return set(stage["folders"]).union(*(upwards(posixpath.dirname(path)) for path in stage["view"]))


def upwards(path: str) -> set[str]:
    """Return the folder at path and those above it."""
    parts = [part for part in path.split("/") if part]
    return {"/" + "/".join(parts[:n]) for n in range(len(parts) + 1)}


def file_at(folders: Iterable[str], view: Mapping[str, str], context: Collection[str]) -> str | None:
    """Return a file of the view that one of the folders, or one above it, would have to be; None where there is none.

    Args:
        context: what the files of the build context are called in the view.
    """
    wanted = set().union(*map(upwards, folders))
    known = {*context, "Python", "the base's own"}
    held = (path for path, what in view.items() if what in known or posixpath.basename(path) == "python")
    return next((path for path in held if path in wanted), None)


def standing(at: str, path: str) -> str:
    """Return the whole path of what is called ``path`` where one stands in the folder ``at``."""
    return posixpath.normpath(posixpath.join(at, path))
