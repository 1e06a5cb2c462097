"""What grading wrote for a student: the cells of the executed notebook, read and never run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from course_utils.layout import Lesson

LARGEST = 200_000_000  # bytes of an executed notebook


def executed_cells(config: Any, student: str, lesson: Lesson) -> dict[str, list[dict[str, Any]]]:
    """Return the outputs of each graded cell by its grade id; nothing where there is no notebook that can be read.

    Args:
        config: from ``converters.configuration``.
    """
    from nbgrader.coursedir import CourseDirectory

    directory = CourseDirectory(config=config)
    path = Path(directory.format_path(directory.autograded_directory, student, lesson.id)) / f"{lesson.slug}.ipynb"
    try:
        if path.stat().st_size > LARGEST:
            return {}
        cells = json.loads(path.read_text(encoding="utf-8")).get("cells", [])
    except (OSError, ValueError):
        return {}
    named = ((cell.get("metadata", {}).get("nbgrader", {}).get("grade_id"), cell) for cell in cells)
    return {name: cell.get("outputs", []) for name, cell in named if name}
