"""All that a rule may look at."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from course_staff.authoring.answers import Answer
from course_staff.authoring.lesson import LessonCell
from course_utils.layout import Lesson

HIDDEN = re.compile(r"^[ \t]*### BEGIN HIDDEN TESTS\n(.*?)^[ \t]*### END HIDDEN TESTS", re.S | re.M)
SOLUTION = re.compile(r"^[ \t]*### BEGIN SOLUTION\n(.*?)^[ \t]*### END SOLUTION", re.S | re.M)
FOLDED = re.compile(r"<details>.*?</details>", re.S)


@dataclass(frozen=True)
class Draft:
    """A lesson with everything made from it.

    Attributes:
        cells: the lesson's text.
        release: the released notebook's cells, as nbformat has them.
        answers: the right and wrong answers kept beside it.
        outputs: the executed solution notebook's outputs by demonstration.
    """

    lesson: Lesson
    cells: list[LessonCell]
    release: list[Any] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    outputs: dict[str, list[Any]] = field(default_factory=dict)

    def of(self, *roles: str) -> list[LessonCell]:
        """Return the cells with one of these roles; an empty role stands for plain cells."""
        return [cell for cell in self.cells if cell.role in roles]


Rule = Callable[[Draft], Iterator[str]]


def at(cell: LessonCell) -> str:
    """Return where a cell starts, for the beginning of a sentence."""
    return f"{cell.text.path.name}:{cell.text.line}"


def regions(pattern: re.Pattern[str], source: str) -> str:
    """Return what stands between the markers of ``pattern``."""
    return "".join(pattern.findall(source))


def outside(pattern: re.Pattern[str], source: str) -> str:
    """Return what is left of ``source`` without the marked regions."""
    return pattern.sub("", source)


def definitions(solution: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """Return the functions and classes that a student finds in a solution cell, the solution left out."""
    stub = SOLUTION.sub(lambda found: re.match(r"[ \t]*", found[0])[0] + "pass", solution)
    return [
        node
        for node in ast.walk(ast.parse(stub))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]
