"""From a lesson's text to the notebook that students get, through nbgrader's own generate_assignment."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from course_staff.authoring.lesson import read_lesson
from course_staff.authoring.notebook import source_notebook, write
from course_utils.converters import configuration, convert
from course_utils.errors import CourseError
from course_utils.files import replacing, write_whole
from course_utils.layout import Lesson


@dataclass(frozen=True)
class Built:
    """A lesson's two notebooks as file text."""

    source: str
    release: str


def build(lesson: Lesson) -> Built:
    """Return the lesson's notebooks, built in a scratch folder: nothing of the course is touched.

    Raises:
        CourseError: the text breaks a rule of authoring/lesson.py, or nbgrader refuses it.
    """
    from nbgrader.converters import GenerateAssignment

    source = write(source_notebook(read_lesson(lesson.text)))
    with tempfile.TemporaryDirectory(prefix="release-") as scratch:
        there = Lesson(Path(scratch), lesson.id)
        write_whole(there.source, source)
        config = configuration(lesson.root, root=scratch)
        config.GenerateAssignment.no_database = True
        config.SaveCells.enabled = False
        try:
            convert(GenerateAssignment, config, lesson.id)
        except CourseError as error:
            raise CourseError(f"{lesson.text}: nbgrader refuses the lesson: {error}") from error
        return Built(source, there.release.read_text(encoding="utf-8"))


def release(lesson: Lesson, force: bool = False) -> bool:
    """Write the lesson's notebooks and data files into their places; say whether what is released changed.

    Raises:
        CourseError: the notebook to be replaced has been worked in, and ``force`` is not set.
    """
    built = build(lesson)
    if not force and _worked_in(lesson.release):
        raise CourseError(f"{lesson.release}: has outputs, so someone worked in it; keep a copy, then use --force.")
    write_whole(lesson.source, built.source)
    changed = not is_fresh(lesson, built)
    if changed:
        write_whole(lesson.release, built.release)
        for file in lesson.data:
            with replacing(lesson.release.parent / file.name) as half:
                shutil.copyfile(file, half)
    return changed


def is_fresh(lesson: Lesson, built: Built | None = None) -> bool:
    """Say whether the released notebook is what the lesson's text gives, and its data what lies beside, to the byte."""
    built = built or build(lesson)
    as_built = lesson.release.is_file() and lesson.release.read_text(encoding="utf-8") == built.release
    return as_built and all(_same(file, lesson.release.parent / file.name) for file in lesson.data)


def _same(file: Path, released: Path) -> bool:
    return released.is_file() and released.read_bytes() == file.read_bytes()


def _worked_in(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (ValueError, KeyError):
        return False
    return any(cell.get("outputs") or cell.get("execution_count") for cell in cells)
