"""A notebook file, whoever wrote it and with whatever: read by grading and by `course progress` alike."""

from __future__ import annotations

import codecs
import json
import stat
from pathlib import Path
from typing import Any

from course_utils.errors import CourseError

MEGABYTE = 1_000_000
LARGEST_NOTEBOOK = 50 * MEGABYTE
LARGEST_OLD = 5 * MEGABYTE  # in format 3, whose conversion takes 6 s a megabyte
MOST_CELLS = 2_000  # a lesson has about 150, and all that grading does with a cell takes its time
KINDS = ("code", "markdown", "raw")
AGAIN = "save it in JupyterLab and submit it again"
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read_notebook(path: Path) -> dict:
    """Return the notebook as plain JSON of format 4; what stands in its cells may be anything.

    Raises:
        CourseError: it cannot be read; the sentence says why, and what to do.
    """
    text = _decoded(path, _content(path))
    if not text.strip():
        raise CourseError(f"{path}: is empty; {AGAIN}.")
    try:
        notebook = json.loads(text)
    except json.JSONDecodeError as error:
        raise CourseError(f"{path}: is damaged, no JSON at line {error.lineno} ({error.msg}); {AGAIN}.") from None
    except (RecursionError, ValueError) as error:
        raise CourseError(f"{path}: is damaged ({type(error).__name__} when read as JSON); {AGAIN}.") from None
    if isinstance(notebook, dict) and isinstance(notebook.get("worksheets"), list):
        _check_cells(path, sum(len(sheet["cells"]) for sheet in notebook["worksheets"] if _has_cells(sheet)))
        notebook = _upgraded(path, text)
    if not _has_cells(notebook):
        raise CourseError(f"{path}: is JSON but no notebook, it has no cells; {AGAIN}.")
    _check_cells(path, len(notebook["cells"]))
    return notebook


def _has_cells(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("cells"), list)


def _check_cells(path: Path, count: int) -> None:
    if count > MOST_CELLS:
        raise CourseError(f"{path}: has {count} cells, more than {MOST_CELLS}; delete your own, then submit it again.")


def _content(path: Path) -> bytes:
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            raise CourseError(f"{path}: is a link; submit the notebook itself.")
        if not stat.S_ISREG(status.st_mode):
            raise CourseError(f"{path}: is no ordinary file; submit the notebook itself.")
        if status.st_size > LARGEST_NOTEBOOK:
            size, most = status.st_size // MEGABYTE, LARGEST_NOTEBOOK // MEGABYTE
            raise CourseError(f"{path}: has {size} MB, more than {most}; clear its outputs, then submit it again.")
        return path.read_bytes()
    except OSError as error:
        raise CourseError(f"{path}: cannot be read ({error.strerror}); make the file readable.") from None


def _decoded(path: Path, content: bytes) -> str:
    encoding = next((name for mark, name in MARKS if content.startswith(mark)), "utf-8")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise CourseError(f"{path}: not UTF-8 at byte {error.start}; {AGAIN}.") from None


def _upgraded(path: Path, text: str) -> Any:
    import nbformat

    if len(text) > LARGEST_OLD:
        size, most = len(text) // MEGABYTE, LARGEST_OLD // MEGABYTE
        raise CourseError(f"{path}: is in an old format and has {size} MB, more than {most}; {AGAIN}.")
    try:
        return nbformat.reads(text, 4)  # which joins the lines of each cell before it converts them
    except Exception as error:  # nbformat raises whatever a malformed notebook makes it stumble over
        reason = f"an old notebook format that cannot be upgraded ({type(error).__name__})"
        raise CourseError(f"{path}: has {reason}; {AGAIN}.") from None


def cells_of(notebook: dict) -> list[dict]:
    """Return those entries of a notebook that are cells."""
    entries = notebook.get("cells")
    entries = entries if isinstance(entries, list) else []
    return [entry for entry in entries if isinstance(entry, dict) and entry.get("cell_type") in KINDS]


def dict_of(value: Any) -> dict:
    """Return what should be a dict; an empty one where it is anything else."""
    return value if isinstance(value, dict) else {}


def text_of(source: Any) -> str:
    """Return a cell's source, which may be one text, a list of lines or anything."""
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    if not isinstance(source, str):
        return ""
    # A lone surrogate can stand in JSON but not in a file.
    source = source.encode("utf-8", "replace").decode("utf-8")
    return source.replace("\r\n", "\n").replace("\r", "\n")
