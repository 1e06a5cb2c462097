"""Every sentence of a statement has a hidden test that fails when it is ignored, and says so beside it.

In a hidden test stands ``# covers: some words of the sentence``, or several, ``# covers: these words | and these``.
A sentence that only explains is named too, ``# explains: some words of it``: so that none is forgotten.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from course_staff.authoring.lesson import LessonCell
from course_staff.authoring.rules.draft import FOLDED, HIDDEN, Draft, at, definitions, regions
from course_staff.authoring.rules.exercises import BOX

NAMED = re.compile(r"# (?:covers|explains): (.+)$", re.M)
LEAST = 6  # characters of a quote; fewer are in too many sentences

_ENTRY = re.compile(r"\n(?=[\w*][\w*, ()]*: )")
_ITEM = re.compile(r"^\s*(?:-|\d+\.) ", re.M)
_END = re.compile(r"(?<=[.!?;])\s+|\n\s*\n")


def every_sentence_is_covered(draft: Draft) -> Iterator[str]:
    """Each sentence of an exercise's box and docstrings is quoted by a `# covers: …` in a hidden test of it."""
    box: LessonCell | None = None
    for cell in draft.cells:
        if not cell.is_code and BOX.search(cell.source):
            box = cell
        if cell.role != "solution" or box is None:
            continue
        said = sentences(box.source, cell.source)
        tests = [test for test in draft.of("test") if test.exercise == cell.id]
        quoted = [(test, quote) for test in tests for quote in quotes(test.source)]
        for test, quote in quoted:
            if len(quote) < LEAST or not any(quote in sentence for sentence in said):
                yield f"{at(test)}: {test.id!r} covers {quote!r}: no sentence of {cell.id!r}, or too short a quote."
        for sentence in said:
            if not any(quote in sentence for _, quote in quoted):
                yield f"{at(cell)}: no hidden test of {cell.id!r} covers {sentence!r} (`# covers: {sentence[:24]}…`)."
        box = None


def quotes(source: str) -> list[str]:
    """Return what a test's hidden part says it covers, or explains nothing that could be tested."""
    return [_plain(quote) for named in NAMED.findall(regions(HIDDEN, source)) for quote in named.split(" | ") if quote]


def sentences(box: str, solution: str) -> list[str]:
    """Return the sentences of an exercise's box, its heading and hints left out, and of its stub's docstrings."""
    text = FOLDED.sub("", BOX.sub("", box))
    docstrings = [_ENTRY.sub("\n\n", ast.get_docstring(node) or "") for node in definitions(solution)]
    parts = [part for each in (text, *docstrings) for part in _END.split(_ITEM.sub("\n\n", each))]
    return [plain for plain in map(_plain, parts) if plain]


def _plain(text: str) -> str:
    """Return the text without marks and line ends."""
    return " ".join(re.sub(r"[`*$]|\[|\]\([^)]*\)", "", text).split()).lower()
