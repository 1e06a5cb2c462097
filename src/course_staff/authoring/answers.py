"""The right and wrong answers kept beside a lesson: what each replaces, and what it must lose."""

from __future__ import annotations

from dataclasses import dataclass

from course_staff.authoring.lesson import LessonCell
from course_staff.authoring.text import Cell, read_cells
from course_utils.layout import Lesson

TAGS = {"right", "wrong", "exercise", "loses"}


@dataclass(frozen=True)
class Answer:
    """An answer to one exercise; a right one loses nothing. ``line`` is where it stands, 0 where it was made."""

    name: str
    exercise: str
    source: str
    loses: frozenset[str]
    line: int

    @property
    def is_right(self) -> bool:
        return not self.loses

    @property
    def is_vandal(self) -> bool:
        """Whether it was made by checking/vandals.py: it may lose more than it must."""
        return not self.line


def read_answers(lesson: Lesson, cells: list[LessonCell]) -> list[Answer]:
    """Return the answers of ``lesson``, whose cells are ``cells``.

    Raises:
        CourseError: an answer has no name, or names an exercise or a test that the lesson has not.
    """
    exercises: dict[str, set[str]] = {cell.id: set() for cell in cells if cell.role == "solution"}
    for cell in cells:
        if cell.role == "test":
            exercises[cell.exercise].add(cell.id)
    return [_answer(text, exercises) for text in read_cells(lesson.answers, TAGS)]


def _answer(text: Cell, exercises: dict[str, set[str]]) -> Answer:
    kinds = [kind for kind in ("right", "wrong") if kind in text.tags]
    if len(kinds) != 1:
        raise text.error('an answer is either right="how it works" or wrong="the mistake\'s name".')
    exercise = text.tags.get("exercise")
    if exercise not in exercises:
        raise text.error(f"exercise={exercise!r} is not in the lesson; it has {', '.join(exercises)}.")
    loses = frozenset(str(text.tags.get("loses", "")).split())
    if (kinds[0] == "wrong") != bool(loses):
        raise text.error('a wrong answer says loses="test_id …"; a right one does not.')
    if strange := loses - exercises[exercise]:
        raise text.error(f"{', '.join(sorted(strange))}: no test of {exercise!r}; loses names that exercise's tests.")
    return Answer(str(text.tags[kinds[0]]), str(exercise), text.source, loses, text.line)
