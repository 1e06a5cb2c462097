"""Hidden tests: where they stand in a test cell, and how to keep their lines out of other text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from course_staff.grading.entities import unescaped

BEGIN, END = "BEGIN HIDDEN TESTS", "END HIDDEN TESTS"
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# What repr, JSON and an indent change about a line; a line compared without these is found inside any of them.
LOOSE = re.compile(r"[\s\\\"']+")
SHORTEST = 8
REDACTED = "[a line of a hidden test was here]"


def split_hidden(source: str) -> tuple[str, list[str]]:
    """Return the source as students see it, and the lines they do not; a region without an end goes to the end."""
    visible: list[str] = []
    hidden: list[str] = []
    inside = False
    for line in source.split("\n"):
        if BEGIN in line:
            inside = True
        elif END in line:
            inside = False
        else:
            (hidden if inside else visible).append(line)
    return "\n".join(visible), hidden


class Redactor:
    """Replaces every line that holds one of the hidden lines, also when quoted, coloured or HTML.

    Lines of fewer than 8 characters that count (``pass``, ``x = 1``) give nothing away and are left alone.
    """

    def __init__(self, hidden: Iterable[str]) -> None:
        loose = {_loose(line) for line in hidden}
        self._hidden = sorted(line for line in loose if len(line) >= SHORTEST)

    def found(self, text: str) -> bool:
        """Say whether the text, taken as one, holds a hidden line."""
        loose = _loose(text)
        return any(line in loose for line in self._hidden)

    def clean(self, text: str) -> str:
        """Return the text without its lines that hold a hidden one; all of it goes where only the whole holds one."""
        if not self.found(text):
            return text
        lines = [REDACTED if self.found(line) else line for line in text.split("\n")]
        rest = "\n".join(lines)
        return REDACTED if self.found(rest.replace(REDACTED, "")) else rest


def _loose(text: str) -> str:
    return LOOSE.sub("", unescaped(ANSI.sub("", text)))
