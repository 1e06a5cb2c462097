"""What the reader of Dockerfiles cannot follow is said in a sentence, with its line."""

from __future__ import annotations

from typing import NoReturn

from course_utils.expect import Unmet


def refuse(line: int, what: str) -> NoReturn:
    """Raise Unmet: what is wrong, or not known here, on a line of the Dockerfile."""
    raise Unmet(f"Not yet: line {line} of the Dockerfile: {what}")


def doubt(name: str) -> str:
    """Return what may be wrong with a file's name in which a variable was meant; "" where nothing shows."""
    if "$" in name:
        return "; single quotes keep the $ as it is"
    return "; is a $ missing, or is the text an f-string?" if "{" in name else ""
