"""Links, folders and files of strange names and sizes in a submission: a gradable attempt, or one clear sentence."""

import os
from pathlib import Path

import pytest
from strange import check_refused, check_solved, plain


def test_a_folder_where_the_notebook_should_be(shared_room, grader):
    (shared_room.folder("folder") / "halves.ipynb").mkdir()
    check_refused(grader.prepare("folder"), "is no ordinary file")


@pytest.mark.parametrize("target", ["nowhere", "/etc/passwd", "halves.ipynb", "/dev/zero"])
def test_links(shared_room, grader, target):
    student = "link " + "".join(filter(str.isalnum, target))
    (shared_room.folder(student) / "halves.ipynb").symlink_to(target)
    check_refused(grader.prepare(student), "is a link")


@pytest.mark.parametrize("name", [b"\xff\xfe.csv", b"a\nbob: 20 of 20.csv", b"back\\slash.csv", b"\x1b[2J.csv"])
def test_files_whose_names_are_no_plain_names(hand_in, shared_room, name):
    hand_in("1", os.fsdecode(name))
    prepared = hand_in(plain(shared_room))
    check_solved(prepared)
    assert prepared.attempt.files == {}
    assert "its name is no plain name" in prepared.notes[0]


def test_a_folder_too_deep(hand_in, shared_room, student):
    deep = Path(shared_room.folder(student), *["d"] * 40)
    deep.mkdir(parents=True)
    (deep / "x.csv").write_text("1")
    prepared = hand_in(plain(shared_room))
    check_solved(prepared)
    assert (prepared.attempt.files, len(prepared.notes)) == ({}, 1)


def test_more_files_than_the_sandbox_takes(hand_in, shared_room):
    for number in range(12):
        hand_in(bytes(4_900_000), f"f{number}.bin")
    prepared = hand_in(plain(shared_room))
    check_solved(prepared)
    assert sum(map(len, prepared.attempt.files.values())) <= 50_000_000
    assert "more than 50 MB" in prepared.notes[0]


def test_a_file_that_nobody_may_read(hand_in, shared_room, student):
    hand_in("1", "data.csv")
    path = shared_room.folder(student) / "data.csv"
    path.chmod(0)
    prepared = hand_in(plain(shared_room))
    check_solved(prepared)
    assert list(prepared.attempt.files) == (["data.csv"] if os.access(path, os.R_OK) else [])  # root may read all
