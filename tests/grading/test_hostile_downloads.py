"""Downloads and students' archives that were made to do harm: refused with a sentence, and nothing is written."""

from __future__ import annotations

import stat
import zipfile

import pytest
from lms_archives import ADA, NOON, damaged, encrypted, saying, special, there, zipped

from course_staff.grading.collect import archives
from course_utils.errors import CourseError

with_backslashes = zipfile.ZipInfo("x", NOON)
with_backslashes.filename = "..\\..\\evil.txt"
HOSTILE = {
    "parent": (zipped(("../evil.txt", b"")), "leads out of its folder"),
    "parent_within": (zipped(("a/../../evil.txt", b"")), "leads out of its folder"),
    "absolute": (zipped(("/etc/evil.txt", b"")), "leads out of its folder"),
    "backslashes": (zipped((with_backslashes, b"")), "leads out of its folder"),
    "drive": (zipped(("C:/evil.txt", b"")), "leads out of its folder"),
    "link": (zipped((special("halves.ipynb", stat.S_IFLNK | 0o777), b"/etc/passwd")), "is a link or a device"),
    "pipe": (zipped((special("halves.ipynb", stat.S_IFIFO | 0o777), b"")), "is a link or a device"),
    "device": (zipped((special("halves.ipynb", stat.S_IFCHR | 0o777), b"")), "is a link or a device"),
    "encrypted": (encrypted(zipped(("halves.ipynb", b"x" * 100))), "is encrypted"),
    "bomb": (zipped(("halves.ipynb", bytes(60_000_000))), "unpacks to more than 50 MB"),
    "many_bombs": (saying(45_000_000, zipped(*((f"{n}.txt", b"") for n in range(5)))), "would unpack to 225 MB"),
    "a_size_that_lies": (saying(10, zipped(("halves.ipynb", bytes(10_000)))), "halves.ipynb: "),
    "archive_in_an_archive": (zipped(("inner.zip", zipped(("halves.ipynb", b"{}")))), "holds the archive 'inner.zip'"),
    "control_characters": (zipped(("a\x1b[31m.ipynb", b"")), "no name that a file can have"),
    "long": (zipped(("x" * 300, b"")), "no name that a file can have"),
    "deep": (zipped(("/".join("d" * 30), b"")), "no name that a file can have"),
    "file_and_folder": (zipped(("a", b""), ("a/b", b"")), "a"),
    "many": (zipped(*((f"{n}", b"") for n in range(1001))), "has 1001 entries"),
    "cut_off": (zipped(("halves.ipynb", b"x" * 1000))[:-30], "is no zip archive"),
    "damaged": (damaged(zipped(("halves.ipynb", bytes(range(256)) * 9))), "halves.ipynb: "),
    "no_archive": (b"hello", "is no zip archive"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_one_students_hostile_archive_is_that_students_problem(room, take, notebook, name):
    content, says = HOSTILE[name]
    folder = "Mallory_666_assignsubmission_file"
    outcomes, _ = take([(ADA, notebook), (f"{folder}/work.zip", content)])
    assert outcomes["Ada Lovelace"] == "new"
    assert says in outcomes["Mallory"]
    assert "\n" not in outcomes["Mallory"] and "\x1b" not in outcomes["Mallory"]
    assert there(room) == ["Ada Lovelace/01_halves/halves.ipynb"]
    assert not any(room.course.root.rglob("evil*"))


@pytest.mark.parametrize("name", ["parent", "absolute", "backslashes", "link", "encrypted", "cut_off", "no_archive"])
def test_a_hostile_download_puts_nothing_in_place(room, take, notebook, name):
    with pytest.raises(CourseError, match=HOSTILE[name][1]):
        take([(ADA, notebook)], HOSTILE[name][0])
    assert there(room) == []


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_stands_twice(room, take, notebook):
    twice = zipped(("halves.ipynb", notebook), ("halves.ipynb", b"other"))
    outcomes, _ = take([(ADA, notebook), ("Mallory_666_assignsubmission_file/work.zip", twice)])
    assert "stands twice" in outcomes["Mallory"]
    outcomes, _ = take(
        [
            ("Eve_5_assignsubmission_file/halves.ipynb", notebook),
            ("Eve_5_assignsubmission_file/work.zip", zipped(("halves.ipynb", b"other"))),
        ]
    )
    assert "was handed in twice" in outcomes["Eve"]


def test_a_bomb_is_not_unpacked_to_find_out(take, monkeypatch):
    monkeypatch.setattr(archives.Entry, "content", lambda self: 1 / 0)
    with pytest.raises(CourseError, match="would unpack to"):
        take(saying(2_000_000_000, zipped(*((f"Ada_{n}_assignsubmission_file/x.txt", b"") for n in range(3)))))
