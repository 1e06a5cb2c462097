"""Which names the trusted cells need, and which of them only the student's process can have."""

from __future__ import annotations

import ast
import builtins


def loaded(source: str) -> set[str]:
    """Return every name that a cell reads, at any depth."""
    return {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}


def bound(source: str) -> set[str]:
    """Return every name that a cell defines at its top level: functions, classes, imports, assignments."""
    found: set[str] = set()
    todo: list[ast.AST] = list(ast.parse(source).body)
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
        elif isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            continue
        todo.extend(ast.iter_child_nodes(node))
    return found


def foreign(sources: list[str]) -> list[str]:
    """Return the names that these trusted cells read and none of them defines, and Python does not either.

    A name that a trusted cell defines stays the checker's own, whatever a student calls by that name.
    """
    needed: set[str] = set().union(*map(loaded, sources))
    own: set[str] = set().union(*map(bound, sources))
    return sorted(needed - own - set(dir(builtins)) - {"get_ipython", "display"})


def classes(source: str) -> set[str]:
    """Return the classes that a cell defines at its top level."""
    return {node.name for node in ast.parse(source).body if isinstance(node, ast.ClassDef)}
