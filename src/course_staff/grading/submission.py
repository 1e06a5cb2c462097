"""One student's folder, read: the notebook in it, and the data that lies beside."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from course_utils.errors import CourseError
from course_utils.layout import Lesson
from course_utils.notebook_files import MEGABYTE, read_notebook

LARGEST_FILE = 5 * MEGABYTE
LARGEST_FILES = 50 * MEGABYTE  # all of them; what both sides of the sandbox take at once
MOST_FILES = 100
LONGEST_DATE = 100  # bytes
LONGEST_PATH, DEEPEST_PATH = 500, 12


@dataclass(frozen=True)
class Submission:
    """What was handed in: the notebook as plain JSON, remarks, and data files relative to the folder."""

    notebook: dict
    notes: tuple[str, ...]
    files: tuple[Path, ...]


def read(folder: Path, lesson: Lesson) -> Submission:
    """Return what lies in ``folder``, a student's ``<student>/<lesson.id>``; links are never followed.

    Raises:
        CourseError: there is no notebook, or none that can be read; the sentence says which file and why.
    """
    if folder.is_symlink() or folder.parent.is_symlink():
        raise CourseError(f"{folder}: is a link; put the submission itself there.")
    if not folder.is_dir():
        raise CourseError(f"{folder}: no such folder; {lesson.id} was not submitted.")
    try:
        path, notes = _find(folder, lesson.slug)
        files, left_out = _files(folder)
    except OSError as error:
        raise CourseError(f"{folder}: cannot be read ({error.strerror}); make all of it readable.") from None
    return Submission(read_notebook(path), (*notes, *left_out), files)


def _find(folder: Path, slug: str) -> tuple[Path, list[str]]:
    # macOS puts `._name.ipynb` into its archives: hidden files are nobody's submission.
    there = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".ipynb" and path.name[0] != ".")
    expected = folder / f"{slug}.ipynb"
    others = [path.name for path in there if path != expected]
    if expected in there:
        return expected, [f"not read: {', '.join(others)}; {expected.name} was graded"] if others else []
    if len(others) == 1:
        return folder / others[0], [f"{others[0]}: taken for {expected.name}; keep the name next time"]
    if others:
        raise CourseError(
            f"{folder}: no {expected.name} but {', '.join(others)}; rename the right one {expected.name}."
        )
    found = sorted(path.name for path in folder.iterdir() if path.name[0] != ".")[:5]
    there = f"; found: {', '.join(map(_short, found))}" if found else ""
    raise CourseError(f"{expected}: no such file{there}; submit the notebook itself, under this name.")


def _short(name: str) -> str:
    return name if len(name) <= 60 and name.isprintable() else f"{name[:60]!a}…"


def _files(folder: Path) -> tuple[tuple[Path, ...], list[str]]:
    files: list[Path] = []
    left_out: list[str] = []
    left = LARGEST_FILES
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name[0] != "." and name != "__pycache__")
        for name in sorted(names):
            path = Path(here, name)
            if name[0] == "." or path.suffix.lower() == ".ipynb":
                continue
            if MOST_FILES in (len(files), len(left_out)):
                return tuple(files), [*left_out, f"only the first {MOST_FILES} files beside the notebook were kept"]
            if reason := _reason_to_leave(path, path.relative_to(folder), left):
                left_out.append(f"{path.relative_to(folder)}: left out, {reason}")
            else:
                files.append(path.relative_to(folder))
                left -= path.lstat().st_size
    return tuple(files), left_out


def _reason_to_leave(path: Path, name: Path, left: int) -> str:
    text = name.as_posix()
    if not text.isprintable() or "\\" in text or len(text) > LONGEST_PATH or len(name.parts) > DEEPEST_PATH:
        return "its name is no plain name"
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        return "it is no ordinary file"
    if status.st_size > LARGEST_FILE:
        return f"it has more than {LARGEST_FILE // MEGABYTE} MB"
    if status.st_size > left:
        return f"all files together have more than {LARGEST_FILES // MEGABYTE} MB"
    if not os.access(path, os.R_OK):
        return "it cannot be read"
    if path.name == "timestamp.txt" and (status.st_size > LONGEST_DATE or not _is_timestamp(path)):
        return "it holds no date"
    return ""


def _is_timestamp(path: Path) -> bool:
    from nbgrader.utils import parse_utc

    try:
        text = path.read_text().strip()
        return not text or parse_utc(text) is not None
    except (OSError, ValueError, OverflowError, TypeError):
        return False
