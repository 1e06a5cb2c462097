"""What a student meets between reading and writing: almost nothing that is not theirs."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator

from course_staff.authoring.rules.draft import HIDDEN, Draft, at, outside
from course_staff.authoring.rules.exercises import BOX
from course_staff.authoring.rules.frame import FRONT
from course_staff.authoring.rules.reading import unfolded_words

OPEN_LINES = 120  # of given cells, demonstrations and cells without a tag together
DEMONSTRATION, MEDIAN_DEMONSTRATION = 12, 4
GIVEN_CELLS, GIVEN_LINES = 6, 10
WORDS = 2_500
MINUTES = 90
COLUMNS = 88  # more than these scroll sideways in JupyterLab
PREDICTIONS = 3


def little_is_open(draft: Draft) -> Iterator[str]:
    """At most 120 lines of code are open that are not the student's own; given cells are few and short."""
    name = draft.lesson.text.name
    given = draft.of("readonly")
    total = sum(_lines(cell.source) for cell in draft.of("readonly", "demo", "") if cell.is_code)
    if total > OPEN_LINES:
        yield f"{name}: {total} open lines that are not the student's; {OPEN_LINES} at most."
    code = [cell for cell in given if cell.is_code]
    if len(code) > GIVEN_CELLS:
        yield f"{name}: {len(code)} given cells; {GIVEN_CELLS} at most, the rest is the lesson's module."
    for cell in code:
        if (lines := _lines(cell.source)) > GIVEN_LINES:
            yield f"{at(cell)}: {cell.id!r} gives {lines} lines; {GIVEN_LINES} at most."


def demonstrations_are_a_few_lines(draft: Draft) -> Iterator[str]:
    """A demonstration shows how what was written is used, in 4 lines mostly and 12 at most; drawing is elsewhere."""
    lines = {cell.id: _lines(cell.source) for cell in draft.of("demo")}
    for cell in draft.of("demo"):
        if lines[cell.id] > DEMONSTRATION:
            yield f"{at(cell)}: {cell.id!r} has {lines[cell.id]} lines; {DEMONSTRATION} at most."
    if lines and (median := statistics.median(lines.values())) > MEDIAN_DEMONSTRATION:
        yield f"{draft.lesson.text.name}: demonstrations' median is {median:g} lines; {MEDIAN_DEMONSTRATION} at most."


def nothing_scrolls_sideways(draft: Draft) -> Iterator[str]:
    """No line of code that can be seen has more than 88 characters, docstrings included."""
    for cell in draft.cells:
        seen = outside(HIDDEN, cell.source) if cell.is_code else ""
        long = [line for line in seen.splitlines() if len(line) > COLUMNS]
        if long:
            yield f"{at(cell)}: {len(long)} lines of more than {COLUMNS} characters: {long[0].strip()[:40]!r} …"


def it_is_read_and_worked_in_time(draft: Draft) -> Iterator[str]:
    """A lesson has at most 2,500 words that are not folded away, and takes 90 minutes at most, as its boxes add up."""
    words = sum(unfolded_words(cell.source) for cell in draft.cells if not cell.is_code)
    if words > WORDS:
        yield f"{draft.lesson.text.name}: {words:,} words; {WORDS:,} at most."
    found = FRONT.search(draft.cells[0].source)
    minutes = int(found[2]) if found else 0
    if minutes > MINUTES:
        yield f"{draft.lesson.text.name}: {minutes} minutes; {MINUTES} at most."
    boxes = [int(match[4]) for cell in draft.of("") for match in BOX.finditer(cell.source)]
    if found and sum(boxes) > minutes:
        yield f"{draft.lesson.text.name}: the boxes take {sum(boxes)} minutes, the front says {minutes}."


def it_asks_for_guesses(draft: Draft) -> Iterator[str]:
    """At least three predictions, each one line `guess_… = None`, each used by a demonstration that follows."""
    guesses = draft.of("predict")
    if len(guesses) < PREDICTIONS:
        yield f"{draft.lesson.text.name}: {len(guesses)} predictions; {PREDICTIONS} are the least."
    for cell in guesses:
        line = re.fullmatch(r"(guess_\w+) = None  # \S.*", cell.source.strip())
        if not line:
            yield f"{at(cell)}: a prediction is one line, `guess_{cell.id} = None  # in which unit`."
        elif not any(line[1] in demo.source for demo in draft.of("demo") if demo.text.line > cell.text.line):
            yield f"{at(cell)}: no demonstration after it uses {line[1]}."


def every_exercise_has_a_hint(draft: Draft) -> Iterator[str]:
    """Each exercise's box, or a cell between it and the solution, has a folded hint."""
    hinted = False
    for cell in draft.cells:
        if BOX.search(cell.source):
            hinted = False
        hinted = hinted or (not cell.is_code and "<details><summary>Hint" in cell.source)
        if cell.role == "solution" and not hinted:
            yield f"{at(cell)}: {cell.id!r} has no hint (<details><summary>Hint</summary> … </details>)."


def _lines(source: str) -> int:
    return sum(bool(line.strip()) for line in source.splitlines())


PAGE = (
    little_is_open,
    demonstrations_are_a_few_lines,
    nothing_scrolls_sideways,
    it_is_read_and_worked_in_time,
    it_asks_for_guesses,
    every_exercise_has_a_hint,
)
