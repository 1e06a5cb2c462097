"""What is read from a student's folder, and the sentence for what cannot be."""

import codecs
import json
import os

import nbformat
import pytest

from course_staff.grading import submission
from course_staff.grading.submission import read
from course_utils import notebook_files
from course_utils.errors import CourseError


def put(room, content, name="halves.ipynb"):
    path = room.folder("ann") / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def text(room):
    return nbformat.writes(room.solved())


def test_reads_a_notebook(room):
    room.submit("ann", room.solved())
    found = read(room.folder("ann"), room.lesson)
    assert len(found.notebook["cells"]) == len(room.release.cells)
    assert (found.notes, found.files) == ((), ())


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ('{"cells": [', "damaged, no JSON at line 1"),
        ("[" * 100_000, "damaged (RecursionError"),
        ("[1]", "no notebook"),
        ("{}", "no notebook"),
        ('{"cells": 3}', "no notebook"),
        (b'{"cells": ["\xe4"]}', "not UTF-8 at byte 12"),
        ('{"nbformat": 3, "worksheets": [3]}', "old notebook format"),
    ],
)
def test_says_what_is_wrong(room, content, says):
    path = put(room, content)
    with pytest.raises(CourseError) as caught:
        read(room.folder("ann"), room.lesson)
    assert str(caught.value).startswith(f"{path}: ")
    assert says in str(caught.value)
    assert "submit it again" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_folder_and_missing_notebook(room):
    with pytest.raises(CourseError, match="no such folder"):
        read(room.folder("ann").parent / "02_other", room.lesson)
    with pytest.raises(CourseError, match=r"halves.ipynb: no such file"):
        read(room.folder("ann"), room.lesson)


def test_a_renamed_notebook_is_taken(room):
    put(room, text(room), "halves (1).ipynb")
    put(room, "rubbish", "._halves.ipynb")
    found = read(room.folder("ann"), room.lesson)
    assert found.notebook["cells"]
    assert "halves (1).ipynb" in found.notes[0]


def test_several_unknown_notebooks_are_a_question(room):
    put(room, text(room), "a.ipynb")
    put(room, text(room), "b.ipynb")
    with pytest.raises(CourseError, match=r"a.ipynb, b.ipynb; rename the right one halves.ipynb"):
        read(room.folder("ann"), room.lesson)


def test_other_notebooks_beside_the_right_one_are_named(room):
    room.submit("ann", room.solved())
    put(room, "{", "halves-Copy1.ipynb")
    assert "halves-Copy1.ipynb" in read(room.folder("ann"), room.lesson).notes[0]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_reads_marked_encodings(room, encoding):
    put(room, text(room).encode(encoding))
    assert read(room.folder("ann"), room.lesson).notebook["cells"]


def test_utf_16_of_the_other_end(room):
    put(room, codecs.BOM_UTF16_BE + text(room).encode("utf-16-be"))
    assert read(room.folder("ann"), room.lesson).notebook["cells"]


def test_upgrades_format_3(room):
    cells = [{"cell_type": "code", "language": "python", "input": "x = 1", "outputs": [], "metadata": {}}]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": cells}]}
    put(room, json.dumps(old))
    assert read(room.folder("ann"), room.lesson).notebook["cells"][0]["source"] == "x = 1"


def test_upgrades_format_3_with_a_heading_and_lines(room):
    heading = {"cell_type": "heading", "level": 2, "source": ["Halves and quarters"]}
    cell = {"cell_type": "code", "input": ["def half(x):\n", "    return x / 2"], "outputs": [], "language": "python"}
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [heading, cell]}]}
    (room.folder("ann") / "halves.ipynb").write_text(json.dumps(old))
    cells = read(room.folder("ann"), room.lesson).notebook["cells"]
    assert [cell["source"] for cell in cells] == ["## Halves and quarters", "def half(x):\n    return x / 2"]


@pytest.mark.parametrize("name", ["halves.ipynb.json", "halves.pdf", "work.zip"])
def test_what_was_found_in_place_of_a_notebook_is_named(room, name):
    (room.folder("ann") / name).write_text("x")
    with pytest.raises(CourseError, match=f"halves.ipynb: no such file; found: {name}; submit the notebook itself"):
        read(room.folder("ann"), room.lesson)


def test_refuses_links(room, tmp_path):
    target = tmp_path / "secret.ipynb"
    target.write_text(text(room))
    (room.folder("ann") / "halves.ipynb").symlink_to(target)
    with pytest.raises(CourseError, match="is a link"):
        read(room.folder("ann"), room.lesson)


def test_refuses_linked_folders(room):
    room.submit("ann", room.solved())
    linked = room.folder("ann").parents[1] / "bob"
    linked.symlink_to(room.folder("ann").parent)
    with pytest.raises(CourseError, match="is a link"):
        read(linked / room.lesson.id, room.lesson)


def test_refuses_what_is_no_file(room):
    os.mkfifo(room.folder("ann") / "halves.ipynb")
    with pytest.raises(CourseError, match="no ordinary file"):
        read(room.folder("ann"), room.lesson)


def test_refuses_the_absurdly_large(room, monkeypatch):
    monkeypatch.setattr(notebook_files, "LARGEST_NOTEBOOK", 1000)
    put(room, text(room))
    with pytest.raises(CourseError, match="clear its outputs"):
        read(room.folder("ann"), room.lesson)


def test_keeps_small_data_and_says_what_it_leaves(room, monkeypatch, tmp_path):
    monkeypatch.setattr(submission, "LARGEST_FILE", 100)
    room.submit("ann", room.solved())
    folder = room.folder("ann")
    (folder / "data").mkdir()
    (folder / "data" / "points.csv").write_text("1,2")
    (folder / "large.bin").write_bytes(bytes(101))
    (folder / "timestamp.txt").write_text("not a date")
    (tmp_path / "secret").write_text("")
    (folder / "link.txt").symlink_to(tmp_path / "secret")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "x.txt").write_text("")
    found = read(folder, room.lesson)
    assert [str(file) for file in found.files] == ["data/points.csv"]
    assert sorted(note.split(":")[0] for note in found.notes) == ["large.bin", "link.txt", "timestamp.txt"]


def test_keeps_a_timestamp(room):
    room.submit("ann", room.solved())
    (room.folder("ann") / "timestamp.txt").write_text("2025-02-03 04:05:06 UTC")
    assert [file.name for file in read(room.folder("ann"), room.lesson).files] == ["timestamp.txt"]


def test_bounds_the_number_of_files(room, monkeypatch):
    monkeypatch.setattr(submission, "MOST_FILES", 2)
    room.submit("ann", room.solved())
    for name in "abc":
        (room.folder("ann") / name).write_text("")
    found = read(room.folder("ann"), room.lesson)
    assert len(found.files) == 2
    assert "first 2 files" in found.notes[0]
