"""A file in a download belongs to one student, whoever wrote what stands behind that student's name."""

from __future__ import annotations

import itertools
import unicodedata

import pytest
from lms_archives import ADA, there, zipped

from course_staff.grading.collect.lms import parse

MALLORY, HONEST = "Mallory_3_assignsubmission_file", "Ada Honest_1_assignsubmission_file"
CANVAS_MALLORY, CANVAS_HONEST = "mallory_3_4", "adahonest_1_99"
SEPARATORS = ("\\", "/", "\\\\", "/\\", "\uff3c", "\u2215")
NAME = "halves.ipynb"


@pytest.mark.parametrize("between", SEPARATORS)
@pytest.mark.parametrize("outer", ["", "class/", "Course-Lesson 1-77/"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_what_a_student_writes_into_a_files_name_moves_nothing(between, outer, form):
    flat_or_folder = itertools.product(("_", "_x", "/"), ("_", "/"))
    names = [f"{MALLORY}{mine}{between}{HONEST}{theirs}{NAME}" for mine, theirs in flat_or_folder]
    names += [f"{CANVAS_MALLORY}_x{between}{CANVAS_HONEST}_{NAME}"] if "/" not in between else []
    for name in names:
        named = parse(unicodedata.normalize(form, outer + name))
        assert named is None or named.student in ("Mallory", "mallory_3"), name


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [(f"{MALLORY}_x\\{HONEST}_xor (99).ipynb", HONEST), (f"{CANVAS_MALLORY}_x\\{CANVAS_HONEST}_{NAME}", CANVAS_HONEST)],
)
def test_a_file_with_two_owners_is_refused_and_the_other_keeps_the_own(room, take, notebook, mine, theirs):
    outcomes, _ = take([(f"{theirs}_{NAME}", notebook), (mine, b"forged")])
    (refused,) = [name for name in outcomes if name.lower().startswith("mallory")]
    assert "names two students" in outcomes.pop(refused)
    assert list(outcomes.values()) == ["new"]
    assert [path for path in there(room) if path.endswith(NAME)] == [f"{next(iter(outcomes))}/01_halves/{NAME}"]


def test_who_has_another_number_is_another_person_in_a_later_download_too(room, take, notebook):
    other = ADA.replace("4711", "4799")
    assert take([(ADA, notebook)])[0] == {"Ada Lovelace": "new"}
    assert take([(other, b"other")])[0] == {"Ada Lovelace 4799": "new"}
    assert take([(ADA, notebook), (other, b"other")])[0] == {
        "Ada Lovelace": "unchanged",
        "Ada Lovelace 4799": "unchanged",
    }


def test_twins_keep_their_folders_when_one_comes_alone(room, take, notebook):
    other = ADA.replace("4711", "4799")
    take([(ADA, notebook), (other, notebook)])
    assert take([(other, notebook)])[0] == {"Ada Lovelace 4799": "unchanged"}


def test_where_names_are_hidden_each_number_is_a_person(room, take, notebook):
    names = [f"Participant_{number}_assignsubmission_file/{NAME}" for number in (12, 13)]
    assert take([(names[0], notebook)])[0] == {"Participant 12": "new"}
    assert take([(names[1], notebook)])[0] == {"Participant 13": "new"}


@pytest.mark.parametrize("inside", [True, False])
def test_a_date_that_a_student_hands_in_is_left_out(room, take, notebook, inside):
    date = ("timestamp.txt", b"1999-01-01")
    folder = ADA.rpartition("/")[0]
    mine = [(f"{folder}/work.zip", zipped((NAME, notebook), date))] if inside else [(ADA, notebook)]
    take(mine if inside else [*mine, (f"{folder}/{date[0]}", date[1])])
    assert there(room) == [f"Ada Lovelace/01_halves/{NAME}"]


def test_the_instructors_date_stays_with_the_attempt_that_it_was_written_for(room, take, notebook):
    take([(ADA, notebook)])
    date = room.folder("Ada Lovelace") / "timestamp.txt"
    date.write_text("2026-01-01 12:00 UTC")
    assert take([(ADA, notebook)])[0] == {"Ada Lovelace": "unchanged"}
    assert date.is_file()
    assert take([(ADA, notebook + b" ")])[0] == {"Ada Lovelace": "replaced"}
    assert not date.exists()


def test_a_name_that_is_a_file_and_a_folder_is_refused_and_leaves_nothing(room, take, notebook):
    outcomes, _ = take([("a_1_2_work.zip", zipped(("a", b"1"), ("a/b", b"2"), (NAME, notebook)))])
    assert "of which another file has the name" in outcomes["a_1"]
    assert there(room) == []
    assert not (room.course.root / "grading/submitted/a_1").exists()
