"""A percent-format text file as cells with short tags: `# %% test="forward_test" points=2`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from course_utils.errors import CourseError

HEADER = re.compile(r"# %%(?P<markdown> \[markdown\])?(?P<tags>.*)")
TAG = re.compile(r'\s*(?P<key>\w+)=(?:"(?P<text>[^"]*)"|(?P<number>\d+(?:\.\d+)?)(?=\s|$))')


@dataclass(frozen=True)
class Cell:
    """One cell as written: where it starts, what it is, its tags, its source."""

    path: Path
    line: int
    kind: str
    tags: dict[str, str | int | float]
    source: str

    def error(self, message: str) -> CourseError:
        return CourseError(f"{self.path}:{self.line}: {message}")


def read_cells(path: Path, known: set[str]) -> list[Cell]:
    """Return the cells of ``path``.

    Args:
        path: a jupytext file in percent format.
        known: the tags that may stand in a cell's first line.

    Raises:
        CourseError: the file is missing, is not UTF-8, or a cell's first line cannot be read.
    """
    import jupytext

    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CourseError(f"{path}: no such file; write the lesson there.") from None
    except UnicodeDecodeError as error:
        raise CourseError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8.") from None
    headers = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.startswith("# %%")]
    if not headers:
        raise CourseError(f"{path}: no cells; start each with a line `# %%` or `# %% [markdown]`.")
    body = text[text.index("# %%") :]
    notebook = jupytext.reads(body, fmt="py:percent")
    if len(notebook.cells) != len(headers):
        raise CourseError(f"{path}: a line inside a string starts with `# %%`; indent it.")
    return [
        _cell(path, number, header, cell, known) for (number, header), cell in zip(headers, notebook.cells, strict=True)
    ]


def _cell(path: Path, line: int, header: str, parsed: dict, known: set[str]) -> Cell:
    where = f"{path}:{line}"
    match = HEADER.fullmatch(header)
    tags = _tags(match["tags"], where)
    for key in tags:
        if key not in known:
            raise CourseError(f"{where}: unknown tag {key!r}; use one of {', '.join(sorted(known))}.")
    kind = "markdown" if match["markdown"] else "code"
    return Cell(path, line, kind, tags, parsed["source"])


def _tags(text: str, where: str) -> dict[str, str | int | float]:
    tags: dict[str, str | int | float] = {}
    rest = text
    while rest.strip():
        match = TAG.match(rest)
        if match is None:
            raise CourseError(f'{where}: cannot read {rest.strip()!r}; write tags as key="value" or points=2.')
        key, number = match["key"], match["number"]
        if key in tags:
            raise CourseError(f"{where}: tag {key!r} stands twice; keep one.")
        tags[key] = match["text"] if number is None else float(number) if "." in number else int(number)
        rest = rest[match.end() :]
    return tags
