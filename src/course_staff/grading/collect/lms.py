"""Whose file is this: the names that Moodle and Canvas give to what they let an instructor download.

Sources: Moodle's ``mod/assign/classes/downloader.php`` (a folder, or a prefix, ``<full name>_<number>_assignsubmission_
<kind>``, the full name's own underscores made blanks); Canvas' ``lib/content_zipper.rb`` (``<name>[_LATE]_<user>_
<attachment>_<file>``, the name without blanks and commas, ``anon_<id>`` where grading is anonymous). Moodle's number is
another for each assignment, so its full name is the student; Canvas' user number is the same everywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

MOODLE = r"(?P<name>[^_]+)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)"
FOLDER, FLAT = re.compile(f"{MOODLE}(?:_.*)?"), re.compile(f"{MOODLE}_(?P<file>.+)")
CANVAS = re.compile(r"(?P<name>.+?)(?P<late>_(?i:late))?_(?P<user>\d+)_(?P<attachment>\d+)_(?P<file>.+)")
ANONYMOUS = re.compile(r"(?P<late>LATE_)?(?P<name>anon_[A-Za-z0-9]+)_(?P<attachment>\d+)_(?P<file>.+)")
# What autograde.STUDENT does not take.
STRANGE = re.compile(r"[^\w.@+,' -]+")


@dataclass(frozen=True)
class Named:
    """What a name in a download says.

    Attributes:
        student: a name for the student's folder.
        number: what tells two students of that name apart; empty where the name already does.
        order: higher in a later attempt.
        file: the file's path as the student knows it.
        note: something to tell the instructor.
        refused: why nothing of this student's can be taken.
    """

    student: str
    number: str
    order: int
    file: str
    note: str = ""
    refused: str = ""


def parse(name: str) -> Named | None:
    """Return what the name of a file in a download says, or None: no LMS gives such names.

    The owner stands in the first part between slashes that an LMS has made. What follows is the student's own choice,
    backslashes too; where it looks like another owner, the file is refused.

    Args:
        name: as the archive has it.
    """
    parts = name.split("/")
    found = (_parsed(part, parts[place + 1 :]) for place, part in enumerate(parts))
    named = next(filter(None, found), None)
    others = _others(name, named) if named else set()
    if not others:
        return named
    return replace(named, refused=f"{name!r} names two students, {named.student} and {min(others)}; none was believed.")


def _others(name: str, named: Named) -> set[str]:
    """Return who else the name could belong to; a file of Moodle's may well be named as Canvas names them."""
    parts = name.replace("\\", "/").split("/")
    found = filter(None, (_parsed(part, parts[place + 1 :]) for place, part in enumerate(parts)))
    return {other.student for other in found if bool(other.number) >= bool(named.number)} - {named.student}


def _parsed(part: str, rest: list[str]) -> Named | None:
    if rest:
        return _of_moodle(found, "/".join(rest)) if (found := FOLDER.fullmatch(part)) else None
    if found := FLAT.fullmatch(part):
        return _of_moodle(found, found["file"])
    if found := ANONYMOUS.fullmatch(part):
        return Named(found["name"], "", int(found["attachment"]), found["file"], "late" if found["late"] else "")
    if found := CANVAS.fullmatch(part):
        student = student_called(f"{found['name']}_{found['user']}")
        return Named(student, "", int(found["attachment"]), found["file"], "late" if found["late"] else "")
    return None


def _of_moodle(found: re.Match, file: str) -> Named:
    student, number, kind = student_called(found["name"]), found["number"], found["kind"]
    if kind == "file":
        return Named(student, number, 0, file)
    return Named(student, number, 0, "", f"something was handed in as {kind}, not as a file")


def student_called(name: str) -> str:
    """Return the name of the folder of a student with this full name."""
    return " ".join(STRANGE.sub(" ", name).split()).strip(".@+,'- ")
