"""A shell's `[ … ]` and `test …`, on paper."""

from __future__ import annotations

import operator
import re

from course_utils.dockerfiles.refusing import refuse

COMPARISONS = {"=": operator.eq, "!=": operator.ne}
NUMBERS = {f"-{name}": getattr(operator, name) for name in ("eq", "ne", "gt", "ge", "lt", "le")}


def is_test(words: list[str]) -> bool:
    """Return whether these words are a test, or meant as one: `[ … ]`, `test …`, and `["$A"`, too."""
    return bool(words) and (words[0][:1] == "[" or words[0] == "test")


def test_holds(words: list[str], written: list[str], line: int) -> bool:
    """Return whether a test holds.

    Args:
        words: the whole test, its variables replaced.
        written: the same before they were.
        line: where it stands in the Dockerfile.

    Raises:
        Unmet: it is no test: a blank is missing, or sh does not know it.
        ValueError: something stands behind the `]`.
    """
    if {"[[", "=="} & set(words):
        refuse(line, "RUN's shell is sh, which knows no `[[` and no `==`; write [ … = … ]")
    if words[0] == "[" and "]" in words[:-1]:
        raise ValueError("more behind ]")
    if words[0] not in ("test", "[") or (words[0] == "[" and words[-1] != "]"):
        refuse(line, "[ is a command: a blank belongs behind it and before ]")
    inner = written[1:] if words[0] == "test" else written[1:-1]
    if len(inner) < 3 and any("=" in word for word in inner) and inner[0][0] not in "-!":
        refuse(line, "blanks belong around =")
    known = {"-z", "-n", "-o", "-a", *NUMBERS}
    if strange := [word for word in inner if re.fullmatch("-[a-zA-Z]+", word) and word not in known]:
        refuse(line, f"a test compares texts or numbers here; this reader does not know what {strange[0]} asks")
    return _holds(words[1 : 1 + len(inner)])


def _holds(words: list[str]) -> bool:
    for sign, decides in (("-o", any), ("-a", all)):
        if sign in words[1:-1]:
            place = words.index(sign, 1)
            return decides(_holds(part) for part in (words[:place], words[place + 1 :]))
    if words[:1] == ["!"]:
        return not _holds(words[1:])
    if len(words) == 3 and words[1] in COMPARISONS:
        return COMPARISONS[words[1]](words[0], words[2])
    if len(words) == 3 and words[1] in NUMBERS:
        numbers = [int(word) for word in words[::2] if word.lstrip("-").isdigit()]
        return len(numbers) == 2 and NUMBERS[words[1]](*numbers)
    return words[-1] == "" if words[:1] == ["-z"] else bool(words and words[-1])
