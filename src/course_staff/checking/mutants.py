"""Small edits of a solution, such as a person makes by mistake: what no test notices, nobody has asked about.

The operators are those of R. DeMillo, R. Lipton and F. Sayward, "Hints on Test Data Selection", Computer 11, 1978, as
far as Python has them: constants, operators, comparisons, keywords, statements, arguments.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

from course_staff.authoring.lesson import LessonCell
from course_staff.authoring.rules.draft import SOLUTION

SWAPPED = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}

WHOLE = (ast.Return, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Pass)


@dataclass(frozen=True)
class Mutant:
    """An exercise's solution with one edit.

    Attributes:
        edit: the statement before and after, each in one line.
        source: the whole cell.
    """

    exercise: str
    edit: str
    source: str


def mutants(cells: list[LessonCell]) -> list[Mutant]:
    """Return every edit of the marked part of each solution, each edit once."""
    found: dict[tuple[str, str], Mutant] = {}
    for cell in cells:
        if cell.role == "solution" and cell.is_code:
            for mutant in _of(cell):
                found.setdefault((mutant.exercise, mutant.edit), mutant)
    return list(found.values())


def _of(cell: LessonCell) -> Iterator[Mutant]:
    marked = _marked_lines(cell.source)
    tree = ast.parse(cell.source)
    for statement in ast.walk(tree):
        if not isinstance(statement, ast.stmt) or statement.lineno not in marked or _is_docstring(statement):
            continue
        before = _line(statement)
        for after in _edited(statement):
            mutated = _with(tree, statement, after)
            yield Mutant(cell.id, f"{before}  →  {_line(after)}", ast.unparse(ast.fix_missing_locations(mutated)))


def _edited(statement: ast.stmt) -> Iterator[ast.stmt]:
    """Yield the statement with one edit in its own expressions; the statements in its body have their own turn."""
    if not isinstance(statement, WHOLE):
        yield ast.Pass()
    for path, node in _expressions(statement):
        for edited in _edits(node):
            yield _replaced(statement, path, edited)


def _edits(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Constant):
        yield from map(ast.Constant, _other_constants(node.value))
    if isinstance(node, (ast.BinOp, ast.BoolOp, ast.AugAssign)) and type(node.op) in SWAPPED:
        yield _changed(node, op=SWAPPED[type(node.op)]())
    if isinstance(node, ast.Compare):
        for place, op in enumerate(node.ops):
            ops = [SWAPPED[type(op)]() if k == place else each for k, each in enumerate(node.ops)]
            yield _changed(node, ops=ops)
    if isinstance(node, ast.UnaryOp):
        yield node.operand
    if isinstance(node, ast.IfExp):
        yield _changed(node, body=node.orelse, orelse=node.body)
    if isinstance(node, ast.Call):
        for place in range(len(node.keywords)):
            yield _changed(node, keywords=node.keywords[:place] + node.keywords[place + 1 :])
        if len(node.args) >= 2:
            yield _changed(node, args=[node.args[1], node.args[0], *node.args[2:]])


def _other_constants(value: object) -> list[object]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, (int, float)):
        return [value + 1, value - 1] if value else [1]
    return [""] if isinstance(value, str) and value else []


def _expressions(statement: ast.stmt) -> Iterator[tuple[tuple, ast.AST]]:
    """Yield the statement and each expression in it, with the way there: fields, and places in lists."""
    waiting: list[tuple[tuple, ast.AST]] = [((), statement)]
    while waiting:
        path, node = waiting.pop()
        yield path, node
        for name, value in ast.iter_fields(node):
            for step, child in _children(name, value):
                if isinstance(child, ast.AST) and not isinstance(child, (ast.stmt, ast.JoinedStr)):
                    waiting.append(((*path, step), child))


def _children(name: str, value: object) -> Iterator[tuple[tuple[str, int | None], object]]:
    if isinstance(value, list):
        yield from (((name, place), child) for place, child in enumerate(value))
    else:
        yield (name, None), value


def _replaced(statement: ast.stmt, path: tuple, edited: ast.AST) -> ast.stmt:
    if not path:
        return edited
    root = node = copy.deepcopy(statement)
    for name, place in path[:-1]:
        node = getattr(node, name) if place is None else getattr(node, name)[place]
    name, place = path[-1]
    if place is None:
        setattr(node, name, edited)
    else:
        getattr(node, name)[place] = edited
    return root


def _changed(node: ast.AST, **fields: object) -> ast.AST:
    made = copy.copy(node)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def _with(tree: ast.Module, statement: ast.stmt, after: ast.stmt) -> ast.Module:
    class Exchange(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            return after if node is statement else self.generic_visit(node)

    # The transformer writes into the lists of what it visits: it gets a tree of its own, with the statement in it.
    return Exchange().visit(copy.deepcopy(tree, {id(statement): statement}))


def _line(statement: ast.stmt) -> str:
    return ast.unparse(ast.fix_missing_locations(statement)).split("\n")[0]


def _marked_lines(source: str) -> set[int]:
    found = SOLUTION.search(source)
    first, last = (source[:place].count("\n") + 1 for place in found.span()) if found else (1, 0)
    return set(range(first, last + 1))


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
