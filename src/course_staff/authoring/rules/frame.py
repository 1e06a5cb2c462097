"""How a lesson begins, how it ends, and what it is worth."""

from __future__ import annotations

import re
from collections.abc import Iterator

from course_staff.authoring.rules.draft import Draft, at

POINTS = 20
FRONT = re.compile(r"\*\*Lesson (\d\d)\*\* · (\d+) minutes · (\d+) points · you need: \S")
CLOSING = ("What you measured", "Check yourself", "Where to read on")
QUESTIONS_AT_THE_END = 3


def begins_with_its_question(draft: Draft) -> Iterator[str]:
    """The first cell has the question as title, and number, minutes, points and what must be known below it."""
    first = draft.cells[0]
    title = first.source.splitlines()[0] if first.source else ""
    if first.is_code or not title.startswith("# ") or not title.endswith("?"):
        yield f"{at(first)}: the lesson must begin with its question as title, `# How …?`."
    found = FRONT.search(first.source)
    if found is None:
        yield f"{at(first)}: below the title: `**Lesson NN** · 75 minutes · 20 points · you need: …`."
    elif int(found[1]) != draft.lesson.number or int(found[3]) != POINTS:
        yield f"{at(first)}: it says lesson {found[1]}, {found[3]} points; it is {draft.lesson.number:02}, {POINTS}."


def is_worth_twenty_points(draft: Draft) -> Iterator[str]:
    """All points together are 20."""
    total = sum(cell.points for cell in draft.cells)
    if total != POINTS:
        yield f"{draft.lesson.text.name}: the points add up to {total:g}; a lesson is worth {POINTS}."


def closes_with_questions(draft: Draft) -> Iterator[str]:
    """It closes with what was measured, questions with folded answers, and where to read on, in this order."""
    headings = [line[3:] for cell in draft.of("") for line in cell.source.splitlines() if line.startswith("## ")]
    if tuple(headings[-3:]) != CLOSING:
        yield f"{draft.lesson.text.name}: the last three headings must be {', '.join(CLOSING)}."
        return
    questions = next(cell for cell in draft.of("") if cell.source.startswith("## Check yourself"))
    if questions.source.count("<details>") != QUESTIONS_AT_THE_END:
        yield f"{at(questions)}: {QUESTIONS_AT_THE_END} questions, each with its answer folded in <details>."
