"""What was recorded for a lesson, read from beside its notebook."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from course_utils.errors import CourseError


def recorded_path(lesson: str, name: str) -> Path:
    """Return the file of this name beside the notebook, else the one beside the course's own."""
    from course_utils.layout import Course

    beside = Path(name)
    return beside if beside.is_file() else Course.find().root / "notebooks" / lesson / name


def read_recorded(path: Path, what: str) -> Any:
    """Return what a file of JSON says.

    Args:
        what: the words for it in a sentence: "the record".

    Raises:
        CourseError: there is none, or it cannot be read.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CourseError(f"{path}: {what} cannot be read ({error}); fetch the lesson's folder anew.") from None
