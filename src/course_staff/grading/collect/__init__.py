"""An LMS download put in place at grading/submitted/<student>/<lesson>/: the latest attempt of each, whole."""

from __future__ import annotations

import json
import re
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from course_staff.grading.autograde import check_student
from course_staff.grading.collect.archives import is_left_behind, nested
from course_staff.grading.collect.downloads import Item, items
from course_staff.grading.collect.lms import Named
from course_staff.grading.staging import recover, settle, stage
from course_utils.converters import configuration
from course_utils.errors import CourseError
from course_utils.layout import Course, Lesson

RECORD = ".collected"
DATE = "timestamp.txt"  # nbgrader believes what stands there
BLIND = "participant"  # what Moodle calls everybody where names are hidden
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
        attempts = _latest(found, _folders(found, lambda student: _recorded(submitted / student / lesson.id)))
        return [_put(submitted, lesson, student, attempts[student]) for student in sorted(attempts)], strange


def _folders(found: list[tuple[Named, Item]], recorded: Callable[[str], dict | None]) -> dict[tuple[str, str], str]:
    """Return the folder for each student and number; a name alone belongs to whoever had it first.

    Args:
        recorded: what was noted when a folder was filled; None where there is no folder.
    """
    numbers: dict[str, set[str]] = defaultdict(set)
    for named, _ in found:
        numbers[named.student].add(named.number)
    folders = {}
    for student, those in numbers.items():
        owner = (recorded(student) or {}).get("number", "")
        for number in those:
            numbered = f"{student} {number}".strip()
            plain = number == owner or (not owner and len(those) == 1 and student.lower() != BLIND)
            folders[student, number] = student if plain and recorded(numbered) is None else numbered
    return folders


def _latest(
    found: list[tuple[Named, Item]], folders: dict[tuple[str, str], str]
) -> dict[str, list[tuple[Named, Item]]]:
    """Return each student's files from the latest download that has any."""
    attempts: dict[str, dict[str, list[tuple[Named, Item]]]] = defaultdict(lambda: defaultdict(list))
    for named, item in found:
        attempts[folders[named.student, named.number]][item.download].append((named, item))
    return {student: max(by_download.values(), key=_order) for student, by_download in attempts.items()}


def _order(attempt: list[tuple[Named, Item]]) -> list[int]:
    return max([named.order, *item.changed] for named, item in attempt)


def _put(submitted: Path, lesson: Lesson, student: str, attempt: list[tuple[Named, Item]]) -> Collected:
    result = Collected(student, notes=sorted({named.note for named, _ in attempt if named.note}))
    final = submitted / student / lesson.id
    try:
        check_student(student)
        if refused := next((named.refused for named, _ in attempt if named.refused), ""):
            raise CourseError(refused)
        files = _named_for(lesson, _unpacked([(named, item) for named, item in attempt if named.file]))
        if files.pop(DATE, None) is not None:
            result.notes.append(f"{DATE}: left out; a date comes from the LMS or from you, never from the student")
        if not files:
            raise CourseError("no file was handed in")
        order, there = _order(attempt), _there(final)
        result.files = len(files)
        if there is not None and _recorded(final).get("order", []) > order:
            result.outcome = "kept: a later attempt is here already"
            return result
        if there is not None and {name: there[name] for name in there.keys() - {RECORD, DATE}} == files:
            result.outcome = "unchanged"
            return result
        record = {"order": order, "number": attempt[0][0].number}
        settle(final, stage(final, uuid.uuid4().hex, files | {RECORD: json.dumps(record).encode()}))
        result.outcome = "new" if there is None else "replaced"
        if there and DATE in there:
            result.notes.append(f"{DATE}: went with the earlier attempt; write one for this attempt if it matters")
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
    if both := next((name for name in files for each in PurePosixPath(name).parents if each.as_posix() in files), ""):
        raise CourseError(f"{both}: lies in a folder of which another file has the name; hand in one of them.")
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


def _recorded(final: Path) -> dict | None:
    """Return what was noted when this folder was filled; nothing in it where a person filled it."""
    if not final.is_dir():
        return None
    try:
        noted = json.loads((final / RECORD).read_text())
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {"order": noted}


def numbers(course: Course, lesson: Lesson) -> dict[str, str]:
    """Return by student the number that the LMS gave with a lesson's files; empty where it gave none."""
    folders = _submitted(course, lesson).glob(f"*/{lesson.id}")
    return {folder.parent.name: str((_recorded(folder) or {}).get("number", "")) for folder in folders}


def _submitted(course: Course, lesson: Lesson) -> Path:
    from nbgrader.coursedir import CourseDirectory

    directory = CourseDirectory(config=configuration(course.root))
    return Path(directory.format_path(directory.submitted_directory, "_", lesson.id)).parents[1]
