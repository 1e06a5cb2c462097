"""What the reader of Dockerfiles cannot follow is said in a sentence, with its line."""

from __future__ import annotations

from typing import NoReturn

from course_utils.expect import Unmet


def refuse(line: int, what: str) -> NoReturn:
    """Raise Unmet: what is wrong, or not known here, on a line of the Dockerfile."""
    raise Unmet(f"Not yet: line {line} of the Dockerfile: {what}")
