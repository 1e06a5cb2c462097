"""An LMS download put in place at grading/submitted/<student>/<lesson>/: the latest attempt of each, whole."""

from __future__ import annotations

import json
import re
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from course_utils.converters import configuration
from course_utils.errors import CourseError
from course_utils.grading.autograde import check_student
from course_utils.grading.collect.archives import is_left_behind, nested
from course_utils.grading.collect.downloads import Item, items
from course_utils.grading.collect.lms import Named
from course_utils.grading.staging import recover, settle, stage
from course_utils.layout import Course, Lesson

RECORD = ".collected"
NUMBERED = re.compile(r"(?:-(\d+)| ?\((\d+)\)|-Copy(\d+))?$")


@dataclass
class Collected:
    """What became of one student's files; ``error`` is a sentence where nothing was taken."""

    student: str
    files: int = 0
    outcome: str = ""
    notes: list[str] = field(default_factory=list)
    error: str | None = None


def collect(course: Course, lesson: Lesson, downloads: Iterable[Path]) -> tuple[list[Collected], list[str]]:
    """Put downloads in place; return what became of each student's files, and the names that no LMS gives.

    Args:
        downloads: zip archives as Moodle or Canvas make them, folders of such, or folders they were unpacked to.

    Raises:
        CourseError: a download cannot be read, or is not what an LMS makes; then nothing of any is put in place.
    """
    submitted = _submitted(course, lesson)
    recover(submitted, lesson.id, lambda *_: False)
    with items(downloads) as (found, strange):
        attempts = _latest(found)
        return [_put(submitted, lesson, student, attempts[student]) for student in sorted(attempts)], strange


def _latest(found: list[tuple[Named, Item]]) -> dict[str, list[tuple[Named, Item]]]:
    """Return each student's files from the latest download that has any."""
    numbers: dict[str, set[str]] = defaultdict(set)
    for named, _ in found:
        numbers[named.student].add(named.number)
    attempts: dict[str, dict[str, list[tuple[Named, Item]]]] = defaultdict(lambda: defaultdict(list))
    for named, item in found:
        twins = len(numbers[named.student]) > 1
        student = f"{named.student} {named.number}" if twins else named.student
        attempts[student][item.download].append((named, item))
    return {student: max(by_download.values(), key=_order) for student, by_download in attempts.items()}


def _order(attempt: list[tuple[Named, Item]]) -> list[int]:
    return max([named.order, *item.changed] for named, item in attempt)


def _put(submitted: Path, lesson: Lesson, student: str, attempt: list[tuple[Named, Item]]) -> Collected:
    result = Collected(student, notes=sorted({named.note for named, _ in attempt if named.note}))
    final = submitted / student / lesson.id
    try:
        check_student(student)
        files = _named_for(lesson, _unpacked([(named, item) for named, item in attempt if named.file]))
        if not files:
            raise CourseError("no file was handed in")
        order = _order(attempt)
        there = _there(final)
        result.files = len(files)
        if there is not None and there.get(RECORD) and json.loads(there[RECORD]) > order:
            result.outcome = "kept: a later attempt is here already"
            return result
        if there is not None and {k: v for k, v in there.items() if k != RECORD} == files:
            result.outcome = "unchanged"
            return result
        settle(final, stage(final, uuid.uuid4().hex, files | {RECORD: json.dumps(order).encode()}))
        result.outcome = "new" if there is None else "replaced"
    except (CourseError, OSError) as error:
        result.error = str(error)
    return result


def _unpacked(attempt: list[tuple[Named, Item]]) -> dict[str, bytes]:
    """Return the files by name: a zip archive that a student handed in is opened, one within it is refused."""
    files: dict[str, bytes] = {}
    for named, item in sorted(attempt, key=lambda each: (each[0].order, each[1].changed)):
        content = item.content()
        if not named.file.lower().endswith(".zip"):
            _add(files, named.file, content)
            continue
        with nested(named.file, content) as entries:
            for entry in entries:
                if entry.name.lower().endswith((".zip", ".tar", ".gz", ".7z", ".rar", ".xz", ".bz2")):
                    raise CourseError(f"{named.file}: holds the archive {entry.name!r}; hand in what is in it instead.")
                _add(files, entry.name, entry.content())
    return _without_folder(files)


def _add(files: dict[str, bytes], name: str, content: bytes) -> None:
    if name in files:
        raise CourseError(f"{name}: was handed in twice, alone and in an archive; hand in one of them.")
    if not is_left_behind(name):
        files[name] = content


def _without_folder(files: dict[str, bytes]) -> dict[str, bytes]:
    tops = {PurePosixPath(name).parts[0] for name in files}
    if len(tops) == 1 and all(len(PurePosixPath(name).parts) > 1 for name in files):
        return {name.split("/", 1)[1]: content for name, content in files.items()}
    return files


def _named_for(lesson: Lesson, files: dict[str, bytes]) -> dict[str, bytes]:
    """Give the notebook its own name again where a browser or an LMS numbered it; the highest number is the latest."""
    numbered = {}
    for name in files:
        stem = name.removesuffix(".ipynb")
        rest = stem[len(lesson.slug) :] if stem != name and stem.startswith(lesson.slug) else None
        if rest is not None and (found := NUMBERED.fullmatch(rest)):
            numbered[name] = int(next(filter(None, found.groups()), 0))
    if not numbered:
        return files
    latest = max(numbered, key=lambda name: numbered[name])
    kept = {name: content for name, content in files.items() if name not in numbered}
    return kept | {f"{lesson.slug}.ipynb": files[latest]}


def _there(final: Path) -> dict[str, bytes] | None:
    if not final.is_dir():
        return None
    return {path.relative_to(final).as_posix(): path.read_bytes() for path in final.rglob("*") if path.is_file()}


def _submitted(course: Course, lesson: Lesson) -> Path:
    from nbgrader.coursedir import CourseDirectory

    directory = CourseDirectory(config=configuration(course.root))
    return Path(directory.format_path(directory.submitted_directory, "_", lesson.id)).parents[1]
