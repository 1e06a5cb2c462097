"""A lesson's text, read and checked: which cell plays which role, and which test belongs to which exercise."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from course_staff.authoring.text import Cell, read_cells

ROLES = ("readonly", "solution", "test", "demo", "predict", "manual")
TAGS = {*ROLES, "points"}
SPEAKING = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@dataclass(frozen=True)
class LessonCell:
    """A cell and what it is for; ``role`` is one of ROLES, or empty for plain prose and code."""

    text: Cell
    role: str
    id: str
    points: float
    exercise: str

    @property
    def source(self) -> str:
        return self.text.source

    @property
    def is_code(self) -> bool:
        return self.text.kind == "code"


def read_lesson(path: Path) -> list[LessonCell]:
    """Return the cells of the lesson at ``path``, each with its role.

    Raises:
        CourseError: a tag is unknown, unquoted, doubled, misplaced or without its points.
    """
    cells: list[LessonCell] = []
    texts = read_cells(path, TAGS)
    solutions = [text.tags["solution"] for text in texts if "solution" in text.tags]
    seen: dict[str, int] = {}
    exercise = ""
    for text in texts:
        role, name = _role(text)
        if name in seen:
            raise text.error(f"id {name!r} stands in line {seen[name]} already; ids are unique.")
        if name:
            seen[name] = text.line
        if role == "solution":
            exercise = name
        if role == "test":
            _check_place(text, name, exercise, solutions)
        owner = exercise if role in ("solution", "test") else ""
        cells.append(LessonCell(text, role, name, _points(text, role, name), owner))
    return cells


def _role(text: Cell) -> tuple[str, str]:
    roles = [role for role in ROLES if role in text.tags]
    if not roles:
        return "", ""
    if len(roles) > 1:
        raise text.error(f"a cell has one role, this one has {' and '.join(roles)}; split it.")
    role, name = roles[0], text.tags[roles[0]]
    if not isinstance(name, str) or not SPEAKING.fullmatch(name):
        raise text.error(f"{role}={name!r} is no id; write lower-case words joined by _, in quotes.")
    if role in ("solution", "test", "demo", "predict") and text.kind != "code":
        raise text.error(f"{role}={name!r} is markdown; only code can be a {role}.")
    return role, name


def _points(text: Cell, role: str, name: str) -> float:
    graded = role in ("test", "manual")
    points = text.tags.get("points")
    if graded and not isinstance(points, int | float):
        raise text.error(f"{role} {name!r} has no points; add points=2.")
    if not graded and points is not None:
        raise text.error("points belong to a test or a manual cell; take them out.")
    return float(points or 0)


def _check_place(text: Cell, name: str, exercise: str, solutions: list) -> None:
    owners = [solution for solution in solutions if name == solution or name.startswith(f"{solution}_")]
    if not owners:
        raise text.error(f"test {name!r} belongs to no exercise; start its id with one of {', '.join(solutions)}.")
    owner = max(owners, key=len)
    if owner != exercise:
        raise text.error(f"test {name!r} does not follow its exercise {owner!r}; move it below that solution.")
