"""Which names the trusted cells need, and which of them only the student's process can have."""

from __future__ import annotations

import ast
import builtins
import symtable
from collections import defaultdict


def free(source: str) -> set[str]:
    """Return every name that a cell, or a function in it, reads from the notebook's scope.

    What a function or a comprehension binds for itself is not among them, whatever the notebook calls so.
    """
    found: set[str] = set()
    todo = [symtable.symtable(source, "<cell>", "exec")]
    while todo:
        table = todo.pop()
        read = (symbol for symbol in table.get_symbols() if symbol.is_referenced())
        found |= {symbol.get_name() for symbol in read if table.get_type() == "module" or symbol.is_global()}
        todo += table.get_children()
    return found


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


def foreign(sources: list[str]) -> list[set[str]]:
    """Return for each of these trusted cells what it needs that none of them defines, and Python does not either.

    A cell needs what it reads, and what the cells read that define what it needs. A name that a trusted cell defines
    stays the checker's own, whatever a student calls by that name.
    """
    reads, defines = list(map(free, sources)), list(map(bound, sources))
    known = set().union(*defines) | set(dir(builtins)) | {"get_ipython", "display"}
    given: dict[str, set[str]] = defaultdict(set)
    for read, own in zip(reads, defines, strict=True):
        for name in own:
            given[name] |= read
    return [reached(set(read), given) - known for read in reads]


def reached(needed: set[str], given: dict[str, set[str]]) -> set[str]:
    """Return the names, and those that what is ``given`` for each of them reads in turn."""
    todo = list(needed)
    while todo:
        new = given.get(todo.pop(), set()) - needed
        needed |= new
        todo.extend(new)
    return needed


def classes(source: str) -> set[str]:
    """Return the classes that a cell defines at its top level."""
    return {node.name for node in ast.parse(source).body if isinstance(node, ast.ClassDef)}
