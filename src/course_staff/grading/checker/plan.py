"""What a notebook asks of the two processes: where each cell runs, and what the trusted cells need and define.

It is made where the attempts are handed out, where the trusted cells of a lesson are read once for all submissions.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

from course_staff.grading.checker import names, patches
from course_staff.grading.checker.role import role

# what takes time and memory to import
HEAVY = ("torch", "lightning", "onnx", "onnxruntime", "onnxscript", "sklearn", "skl2onnx", "fastapi")
IMPORT = "import "
SIGNS = {name: re.compile(rf"\b{name}\b") for name in HEAVY}
SIGNS |= {
    # what the course's own functions import, they import when they are called
    "torch": re.compile(r"\btorch\b|\bserving\b"),
    "sklearn": re.compile(r"\bsklearn\b|\bdigits(_task)?\(|\b(edge_runtimes|efficient_architectures|capstone)\b"),
    "onnxruntime": re.compile(r"\bonnxruntime\b|\bcapstone\b"),
    "exporter": re.compile(r"onnx\.export|to_onnx|\b(streaming_tcn|capstone)\b"),
    "executorch": re.compile(r"\bexecutorch\b"),
    "compiler": re.compile(r"\bedge_runtimes\b|\bc_compiler\b"),
}


def plan(cells: list[dict], demonstrations: bool, tests: frozenset[str] | None = None) -> dict:
    """Return the plan, as plain data, for a notebook's cells.

    ``cells`` each have "role" and "source"; trusted ones "names", what they need that only the student's process has;
    those that both sides run the names "bound" and the "classes" that they define. ``places`` are attributes of modules
    that tests replace, and ``replaced`` are names of both sides that they do.

    Args:
        tests: the grade ids of those to run; None for all.
    """
    planned = [{"role": role(cell, demonstrations, tests), "source": text_of(cell)} for cell in cells]
    trusted = [cell for cell in planned if cell["role"] in ("shared", "test")]
    needed, places, replaced = _read(tuple(cell["source"] for cell in trusted))
    for cell, names_needed in zip(trusted, needed, strict=True):
        cell["names"] = names_needed
        if cell["role"] == "shared":
            cell |= {"bound": _bound(cell["source"]), "classes": _classes(cell["source"])}
    return {"cells": planned, "places": places, "replaced": replaced}


def needs(cells: list[dict]) -> frozenset[str]:
    """Return what a process that runs these cells should have used once before it begins (see ``roles.warm``)."""
    texts = [text_of(cell) for cell in cells if cell.get("cell_type") == "code"]
    signs = {need for need, sign in SIGNS.items() if any(map(sign.search, texts))}
    return frozenset(signs.union(*map(_imported, texts)))


def given(cells: list[dict]) -> list[dict]:
    """Return the cells that are the lesson's own, whatever a student wrote into the others."""
    return [cell for cell in cells if cell.get("metadata", {}).get("nbgrader", {}).get("locked")]


def text_of(cell: dict) -> str:
    """Return a cell's source, which notebooks hold as one text or as lines."""
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


@lru_cache(64)
def _read(trusted: tuple[str, ...]) -> tuple[list[list[str]], list[list[str]], list[str]]:
    places = sorted(map(list, set().union(*map(patches.places, trusted))))
    return list(map(sorted, names.foreign(list(trusted)))), places, sorted(set().union(*map(patches.declared, trusted)))


@lru_cache(1024)
def _imported(source: str) -> frozenset[str]:
    """Return the modules that a cell imports, each behind ``IMPORT``, and what may be one; none of text for IPython."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError):
        return frozenset()
    return frozenset(IMPORT + name for node in body for name in _modules(node))


def _modules(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


@lru_cache(1024)
def _bound(source: str) -> list[str]:
    return sorted(names.bound(source))


@lru_cache(1024)
def _classes(source: str) -> list[str]:
    return sorted(names.classes(source))
