"""Tests that replace a function of a library, or a name: the student's process sees it while it is in place.

A test in the lesson on ONNX Runtime lets ``ort.get_available_providers`` tell a lie while the student's function runs.
That function runs elsewhere, so the lie must be told there. A helper in the lesson on quantization says ``global task``
and puts another task in its place; it could as well assign to ``task.labels``, where task is a SimpleNamespace. Names
that a test only assigns to, without ``global``, stay with the test: among them are the answers that it expects.
"""

from __future__ import annotations

import ast
import importlib
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_MISSING, _NOTEBOOK = object(), "__main__"


def places(source: str) -> set[tuple[str, str]]:
    """Return which attributes a cell assigns: ``name.attribute = …`` and ``setattr(name, "attribute", …)``."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name):
            found.add((node.value.id, node.attr))
        elif isinstance(node, ast.Call) and len(node.args) >= 2:
            owner, name = node.args[:2]
            if isinstance(owner, ast.Name) and isinstance(name, ast.Constant) and isinstance(name.value, str):
                found.add((owner.id, name.value))
    return found


def declared(source: str) -> set[str]:
    """Return which names a cell's functions declare as ``global``."""
    return {name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Global) for name in node.names}


class Watched:
    """The attributes of modules and the shared names that trusted cells assign to, and what they were.

    Attributes:
        places: names and attributes; names: those declared as ``global``.
    """

    def __init__(self) -> None:
        self.places: list[list[str]] = []
        self.names: list[str] = []
        self.original: dict[tuple[str, str], Any] = {}

    def remember(self, space: dict[str, Any]) -> None:
        """Note what the attributes are now, before a trusted cell runs, which may import their module itself."""
        for owner, name in self.places:
            module = space.get(owner, sys.modules.get(owner))
            if type(module) is types.ModuleType and name.isidentifier():
                self.original.setdefault((module.__name__, name), getattr(module, name, _MISSING))

    def share(self, space: dict[str, Any], bound: list[str]) -> None:
        """Note what both sides' names are now, after a cell that both have run."""
        names = set(bound) & set(space)
        for name in names & set(self.names):
            self.original[_NOTEBOOK, name] = space[name]
        for owner, name in self.places:
            if owner in names and type(space[owner]) is types.SimpleNamespace and name.isidentifier():
                self.original[f"{_NOTEBOOK}:{owner}", name] = getattr(space[owner], name, _MISSING)

    def changed(self) -> list[tuple[str, str, Any]]:
        """Return each replaced attribute or name: the owner's name, its own, and what it is now."""
        found = []
        for (owner, name), original in self.original.items():
            now = getattr(_owner(owner), name, _MISSING)
            if now is not original and now is not _MISSING:
                found.append((owner, name, now))
        return found


@contextmanager
def patched(changes: list) -> Iterator[None]:
    """Make these replacements for the time of a call."""
    undo = []
    try:
        for owner_name, name, value in changes:
            owner = _owner(owner_name)
            undo.append((owner, name, getattr(owner, name, _MISSING)))
            setattr(owner, name, value)
        yield
    finally:
        for owner, name, value in reversed(undo):
            if value is _MISSING:
                delattr(owner, name)
            else:
                setattr(owner, name, value)


def _owner(name: str) -> Any:
    """Return a module, or a namespace of the notebook's."""
    module, _, own = name.partition(":")
    found = importlib.import_module(module)
    return getattr(found, own, None) if own else found
