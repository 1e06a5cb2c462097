"""What makes a lesson easy to read: short cells, questions as headings, no decoration."""

from __future__ import annotations

import re
from collections.abc import Iterator

from course_staff.authoring.rules.draft import FOLDED, HIDDEN, Draft, at, outside
from course_staff.authoring.rules.frame import CLOSING

CODE_LINES, FOLDED_LINES = 25, 40
PROSE_WORDS = 120
FORMULA_OR_MARKUP = re.compile(r"\$\$.*?\$\$|\$[^$]*\$|<[^>]+>|https?://\S+", re.S)
EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf\ufe0f]")


def code_is_short(draft: Draft) -> Iterator[str]:
    """No code cell shows more than 25 lines; a test, which is folded, shows 40 at most when it is opened."""
    for cell in draft.cells:
        lines = len(outside(HIDDEN, cell.source).splitlines())
        most = FOLDED_LINES if cell.role == "test" else CODE_LINES
        if cell.is_code and lines > most:
            yield f"{at(cell)}: {lines} lines of code; {most} at most."


def prose_is_short(draft: Draft) -> Iterator[str]:
    """No prose cell has more than 120 words; formulas and folded parts are not counted as prose."""
    for cell in draft.cells:
        words = unfolded_words(cell.source)
        if not cell.is_code and words > PROSE_WORDS:
            yield f"{at(cell)}: {words} words; {PROSE_WORDS} at most."


def unfolded_words(source: str) -> int:
    """Return how many words a cell of prose has, without formulas, markup and what is folded."""
    return len(re.findall(r"\w[\w'’-]*", FORMULA_OR_MARKUP.sub(" ", FOLDED.sub("", source))))


def headings_are_questions(draft: Draft) -> Iterator[str]:
    """A heading asks, unless it opens an exercise or closes the lesson."""
    for cell in draft.cells:
        for line in [] if cell.is_code else cell.source.splitlines():
            heading = re.match(r"#+ (.*)", line)
            if heading and not (
                heading[1].endswith("?") or heading[1] in CLOSING or heading[1].startswith("Exercise ")
            ):
                yield f"{at(cell)}: the heading {heading[1]!r} asks nothing; make it the reader's question."


def nothing_is_decorated(draft: Draft) -> Iterator[str]:
    """No emoji."""
    for cell in draft.cells:
        if found := EMOJI.search(cell.source):
            yield f"{at(cell)}: an emoji, U+{ord(found[0]):04X}; take it out."


def figures_have_words(draft: Draft) -> Iterator[str]:
    """Every picture a demonstration displays has alt text."""
    for name, outputs in draft.outputs.items():
        for output in outputs:
            data = output.get("data", {})
            described = output.get("metadata", {}).get("image/png", {}).get("alt")
            if "image/png" in data and not described:
                yield f"demonstration {name!r}: a picture without alt text; display it with plots.show(figure, alt)."
            html = "".join(data.get("text/html", ""))
            for tag in re.findall(r"<img\b[^>]*", html):
                if not re.search(r'\balt="[^"]+"', tag):
                    yield f"demonstration {name!r}: an <img> without alt text."
