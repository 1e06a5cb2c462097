"""A student's cells, read out of whatever the notebook file holds."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from course_staff.authoring.notebook import DEMONSTRATION
from course_utils.notebook_files import cells_of, dict_of, text_of

# Not `ast`: a cell with a syntax error or a `%magic` still says what it defines.
DEFINITION = re.compile(r"^(?:(?:async[ \t]+)?def|class)[ \t]+(\w+)|^(\w+)[ \t]*(?::[^=\n]+)?=(?!=)", re.MULTILINE)


@dataclass(frozen=True)
class StudentCell:
    """What grading uses of a cell; everything else that stood in it is left behind."""

    kind: str
    source: str
    id: str = ""
    grade_id: str = ""
    demonstration: bool = False
    attachments: dict[str, dict[str, str]] = field(default_factory=dict)


def student_cells(notebook: dict) -> tuple[list[StudentCell], int]:
    """Return the notebook's cells, and how many entries were no cells and had to be left out."""
    cells = cells_of(notebook)
    entries = notebook.get("cells")
    return list(map(_cell, cells)), len(entries) - len(cells) if isinstance(entries, list) else 0


def defined_names(source: str) -> set[str]:
    """Return the functions, classes and variables that the source defines at its top level."""
    return {function or variable for function, variable in DEFINITION.findall(source)}


def defined_functions(source: str) -> set[str]:
    """Return the functions and classes that the source defines at its top level."""
    return {function for function, _ in DEFINITION.findall(source)} - {""}


def _cell(entry: dict) -> StudentCell:
    metadata = dict_of(entry.get("metadata"))
    grading = dict_of(metadata.get("nbgrader"))
    tags = metadata.get("tags")
    kind = entry["cell_type"]
    return StudentCell(
        kind=kind,
        source=text_of(entry.get("source")),
        id=_string(entry.get("id")),
        grade_id=_string(grading.get("grade_id")),
        demonstration=kind == "code" and not grading and isinstance(tags, list) and DEMONSTRATION in tags,
        attachments=_attachments(entry.get("attachments")) if kind == "markdown" else {},
    )


def _attachments(entry: Any) -> dict[str, dict[str, str]]:
    return {
        text_of(name): {text_of(kind): text_of(data) for kind, data in bundle.items() if isinstance(data, str)}
        for name, bundle in dict_of(entry).items()
        if isinstance(bundle, dict)
    }


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""
