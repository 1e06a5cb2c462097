"""Variables of a Dockerfile and of a shell: which a text mentions, and what stands there once they are replaced."""

from __future__ import annotations

import re
from collections.abc import Mapping

VARIABLE = re.compile(r"\$(?:\{(\w+)(?::?([-+])([^}]*))?\}|(\w+))")
KEPT = "\ue000"  # stands for a $ that stays as it is
QUOTED = re.compile(r"'[^']*'|\"(?:\\.|[^\"\\])*\"|\\.", re.S)


def variables(text: str) -> set[str]:
    """Return the names of the variables that a text mentions, as $NAME or ${NAME}."""
    return {found[1] or found[4] for found in VARIABLE.finditer(text)}


def quoted(text: str) -> str:
    """Return text in which KEPT stands for each $ that is kept: between single quotes, or behind a backslash."""

    def marked(found: re.Match[str]) -> str:
        return found[0].replace("$" if found[0][0] == "'" else "\\$", KEPT)

    return QUOTED.sub(marked, text)


def expand(text: str, values: Mapping[str, str]) -> str:
    """Return text with $NAME, ${NAME}, ${NAME:-otherwise} and ${NAME:+instead} replaced; an unknown name is empty."""

    def replaced(found: re.Match[str]) -> str:
        value = values.get(found[1] or found[4], "")
        return {"-": value or found[3], "+": found[3] if value else ""}.get(found[2], value)

    return VARIABLE.sub(replaced, text).replace(KEPT, "$")
