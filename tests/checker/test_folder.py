"""Two working folders are kept alike, and nothing but regular files below them moves."""

import os

import pytest

from course_staff.grading.checker import folder
from course_staff.grading.checker.aside import Aside
from course_staff.grading.checker.folder import Folder, Refused
from course_utils.expect import after


@pytest.fixture
def sides(tmp_path):
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    return Folder(tmp_path / "here"), Folder(tmp_path / "there")


def test_files_and_folders_arrive_once(sides):
    here, there = sides
    (here.root / "a/b").mkdir(parents=True)
    (here.root / "a/net.onnx").write_bytes(b"net")
    there.take(here.changes())
    assert (there.root / "a/net.onnx").read_bytes() == b"net"
    assert (there.root / "a/b").is_dir()
    assert (here.changes(), there.changes()) == ([], [])


def test_a_file_rewritten_at_once_with_the_same_size_is_seen(sides):
    here, there = sides
    for content in (b"one", b"two", b"six"):
        (here.root / "x").write_bytes(content)
        there.take(here.changes())
        assert (there.root / "x").read_bytes() == content


def test_what_is_gone_goes(sides):
    here, there = sides
    (here.root / "a").mkdir()
    (here.root / "a/x").write_text("x")
    there.take(here.changes())
    (here.root / "a/x").unlink()
    (here.root / "a").rmdir()
    there.take(here.changes())
    assert list(there.root.iterdir()) == []


def test_a_file_that_is_open_keeps_what_it_had(sides):
    here, there = sides
    (here.root / "x").write_text("old")
    there.take(here.changes())
    with (there.root / "x").open() as file:
        (here.root / "x").write_text("new")
        there.take(here.changes())
        assert file.read() == "old"


def test_links_pipes_and_large_sparse_files_stay(sides):
    here, _ = sides
    (here.root / "link").symlink_to("/etc/passwd")
    (here.root / "folder").symlink_to("/etc")
    os.mkfifo(here.root / "pipe")
    with (here.root / "sparse").open("wb") as file:
        file.truncate(folder.LARGEST_FILE + 1)
    assert here.changes() == []


def test_no_more_is_sent_at_once_than_fits(sides, monkeypatch):
    monkeypatch.setattr(folder, "LARGEST_AT_ONCE", 10)
    here, _ = sides
    for name in "abc":
        (here.root / name).write_bytes(bytes(4))
    assert len(here.changes()) == 2


LIES = [
    "no list",
    [["f", "../x", b""]],
    [["f", "/etc/x", b""]],
    [["f", "a/../../x", b""]],
    [["f", "a//x", b""]],
    [["f", "", b""]],
    [["f", "x\0", b""]],
    [["f", "/".join("a" * 40), b""]],
    [["f", "x", "text"]],
    [["f", "x"]],
    [["l", "x", b"/etc/passwd"]],
    [["d", 3]],
    [[]],
    [["d", "x"]] * (folder.MOST + 1),
    [["f", "x", bytes(folder.LARGEST_FILE + 1)]],
]


@pytest.mark.parametrize("changes", LIES, ids=range(len(LIES)))
def test_lies_are_refused(sides, changes):
    here, _ = sides
    with pytest.raises(Refused):
        here.take(changes)
    assert sorted(path.name for path in here.root.parent.iterdir()) == ["here", "there"]


def test_nothing_is_written_through_a_link(sides, tmp_path):
    here, _ = sides
    (tmp_path / "outside").mkdir()
    (here.root / "a").symlink_to(tmp_path / "outside")
    here.take([["f", "a/x", b"1"]])
    assert list((tmp_path / "outside").iterdir()) == []


@pytest.fixture
def own(sides):
    """A side that keeps what it wrote: a/x and handed, which came with the submission."""
    here, there = sides
    here.aside = Aside(here.root, {"handed"})
    (here.root / "a").mkdir()
    (here.root / "a/x").write_text("mine")
    (here.root / "handed").write_text("in")
    there.take(here.changes())
    return here, there


REWRITTEN = [["f", "a/x", b"theirs"]]
NO_FILE = {
    "removed": [["x", "a/x"]],
    "removed with its folder": [["x", "a/x"], ["x", "a"]],
    "a folder in its place": [["d", "a/x"], ["f", "a/x/y", b""]],
    "a file in the place of its folder": [["f", "a", b"theirs"]],
}


def test_own_files_stay_and_what_became_of_them_can_be_asked_for(own):
    here, _ = own
    here.take(REWRITTEN)
    assert (here.root / "a/x").read_text() == "mine"
    assert after(here.root / "a/x").read_text() == "theirs"
    assert here.changes() == []


@pytest.mark.parametrize("changes", NO_FILE.values(), ids=NO_FILE.keys())
def test_own_files_that_went_there_stay_here(own, changes):
    here, _ = own
    here.take(changes)
    assert (here.root / "a/x").read_text() == "mine"
    assert not after(here.root / "a/x").exists()


def test_an_own_file_written_again_goes_there_even_with_the_same_content(own):
    here, _ = own
    here.take(REWRITTEN)
    (here.root / "a/x").unlink()
    (here.root / "a/x").write_text("mine")
    assert here.changes() == [["f", "a/x", b"mine"]]
    assert after(here.root / "a/x") == here.root / "a/x"


def test_others_change_beside_own_ones(own):
    here, _ = own
    here.take([["d", "a"], ["f", "a/y", b"new"], ["f", "a/y", b"newer"], ["f", "handed", b"out"]])
    assert [(here.root / name).read_text() for name in ("a/x", "a/y", "handed")] == ["mine", "newer", "out"]
