"""Whose file is this: the names that Moodle and Canvas give to what they let an instructor download.

Sources: Moodle's ``mod/assign/classes/downloader.php`` (a folder, or a prefix, ``<full name>_<number>_assignsubmission_
<kind>``, the full name's own underscores made blanks); Canvas' ``lib/content_zipper.rb`` (``<name>[_LATE]_<user>_
<attachment>_<file>``, the name without blanks and commas, ``anon_<id>`` where grading is anonymous). Moodle's number is
another for each assignment, so its full name is the student; Canvas' user number is the same everywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MOODLE = re.compile(
    r"(?:^|/)(?P<name>[^_/]+)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)(?:_?/(?P<path>.+)|_(?P<flat>[^/]+))$"
)
CANVAS = re.compile(r"(?:^|/)(?P<name>[^/]+?)(?P<late>_(?i:late))?_(?P<user>\d+)_(?P<attachment>\d+)_(?P<file>[^/]+)$")
ANONYMOUS = re.compile(r"(?:^|/)(?P<late>LATE_)?(?P<name>anon_[A-Za-z0-9]+)_(?P<attachment>\d+)_(?P<file>[^/]+)$")
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
    """

    student: str
    number: str
    order: int
    file: str
    note: str = ""


def parse(name: str) -> Named | None:
    """Return what the name of a file in a download says, or None: no LMS gives such names."""
    if found := MOODLE.search(name):
        student, file = _student(found["name"]), found["path"] or found["flat"]
        if found["kind"] != "file":
            return Named(student, found["number"], 0, "", f"something was handed in as {found['kind']}, not as a file")
        return Named(student, found["number"], 0, file)
    if found := ANONYMOUS.search(name):
        return Named(found["name"], "", int(found["attachment"]), found["file"], "late" if found["late"] else "")
    if found := CANVAS.search(name):
        student = _student(f"{found['name']}_{found['user']}")
        return Named(student, "", int(found["attachment"]), found["file"], "late" if found["late"] else "")
    return None


def _student(name: str) -> str:
    return " ".join(STRANGE.sub(" ", name).split()).strip(".@+,'- ")
