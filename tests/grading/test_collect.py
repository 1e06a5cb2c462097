"""What Moodle and Canvas let an instructor download, put in place."""

from __future__ import annotations

import pytest
from lms_archives import ADA, NOON, there, zipped

from course_staff.grading.autograde import STUDENT
from course_staff.grading.collect import collect
from course_staff.grading.collect.lms import parse
from course_staff.grading.submission import read
from course_utils.errors import CourseError


@pytest.mark.parametrize(
    ("name", "student", "file"),
    [
        (ADA, "Ada Lovelace", "halves.ipynb"),
        ("Ada Lovelace_4711_assignsubmission_file_/data/two.txt", "Ada Lovelace", "data/two.txt"),
        ("Ada Lovelace_4711_assignsubmission_file_my_halves.ipynb", "Ada Lovelace", "my_halves.ipynb"),
        ("Course-Lesson 1-77/Ada Lovelace_4711_assignsubmission_file/halves.ipynb", "Ada Lovelace", "halves.ipynb"),
        ("José Ñúñez (he)_12_assignsubmission_file/halves.ipynb", "José Ñúñez he", "halves.ipynb"),
        ("Ada Lovelace_4711_assignsubmission_onlinetext/onlinetext.html", "Ada Lovelace", ""),
        ("lovelaceada_815_90210_halves-1.ipynb", "lovelaceada_815", "halves-1.ipynb"),
        ("lovelaceada_LATE_815_90210_my_1_2_halves.ipynb", "lovelaceada_815", "my_1_2_halves.ipynb"),
        ("o_neil_LATE_815_90210_halves.ipynb", "o_neil_815", "halves.ipynb"),
        ("anon_aB3x9_90210_halves.ipynb", "anon_aB3x9", "halves.ipynb"),
        ("LATE_anon_aB3x9_90210_halves.ipynb", "anon_aB3x9", "halves.ipynb"),
    ],
)
def test_names_that_an_lms_gives(name, student, file):
    named = parse(name)
    assert (named.student, named.file) == (student, file)
    assert STUDENT.fullmatch(named.student)


@pytest.mark.parametrize("name", ["halves.ipynb", "grades.csv", "Ada Lovelace/halves.ipynb", "a_1.ipynb"])
def test_names_that_no_lms_gives(name):
    assert parse(name) is None


def test_a_moodle_class(room, take, notebook):
    folder = "Bob Ray_4712_assignsubmission_file"
    outcomes, strange = take(
        [
            (ADA, notebook),
            (f"{folder}/halves (2).ipynb", notebook),
            (f"{folder}/halves (1).ipynb", b"old"),
            (f"{folder}/data/two.txt", b"2"),
            ("Cy Twombly_4713_assignsubmission_onlinetext/onlinetext.html", b"<p>see mail</p>"),
            ("readme.txt", b""),
        ]
    )
    assert outcomes == {"Ada Lovelace": "new", "Bob Ray": "new", "Cy Twombly": "no file was handed in"}
    assert strange == ["readme.txt"]
    assert there(room) == [
        "Ada Lovelace/01_halves/halves.ipynb",
        "Bob Ray/01_halves/data/two.txt",
        "Bob Ray/01_halves/halves.ipynb",
    ]
    assert read(room.folder("Bob Ray"), room.lesson).notebook["cells"]


def test_a_canvas_class_and_its_own_zip(room, take, notebook):
    work = zipped(("work/halves.ipynb", notebook), ("work/two.txt", b"2"), ("__MACOSX/work/._halves.ipynb", b"x"))
    outcomes, _ = take([("lovelaceada_815_90210_halves.ipynb", notebook), ("rayb_LATE_816_90211_work.zip", work)])
    assert outcomes == {"lovelaceada_815": "new", "rayb_816": "new"}
    assert there(room) == [
        "lovelaceada_815/01_halves/halves.ipynb",
        "rayb_816/01_halves/halves.ipynb",
        "rayb_816/01_halves/two.txt",
    ]


def test_two_students_of_one_name(room, take, notebook):
    outcomes, _ = take([(ADA, notebook), (ADA.replace("4711", "4799"), notebook)])
    assert outcomes == {"Ada Lovelace 4711": "new", "Ada Lovelace 4799": "new"}


def test_the_latest_attempt_wins(room, take, notebook):
    old, new = [(f"rayb_816_{number}_halves.ipynb", text) for number, text in ((9, b"old"), (10, notebook))]
    assert take([new], [old])[0] == {"rayb_816": "new"}
    path = room.course.root / "grading/submitted/rayb_816/01_halves/halves.ipynb"
    assert path.read_bytes() == notebook
    assert take([new])[0] == {"rayb_816": "unchanged"}
    assert take([old])[0] == {"rayb_816": "kept: a later attempt is here already"}
    assert path.read_bytes() == notebook
    newest = ("rayb_LATE_816_11_halves.ipynb", b"newest")
    assert take([newest])[0] == {"rayb_816": "replaced"}
    assert path.read_bytes() == b"newest"


def test_by_date_where_there_is_no_number(room, take, notebook):
    take([(ADA, notebook)], changed=NOON)
    assert take([(ADA, b"older")], changed=(2026, 11, 19, 0, 0, 0))[0]["Ada Lovelace"].startswith("kept")
    assert take([(ADA, b"newer")], changed=(2026, 11, 21, 0, 0, 0))[0]["Ada Lovelace"] == "replaced"


def test_a_folder_of_downloads_or_an_unpacked_one(room, tmp_path, notebook):
    folder = tmp_path / "downloads"
    (folder / "unpacked" / "Bob Ray_4712_assignsubmission_file").mkdir(parents=True)
    (folder / "unpacked" / "Bob Ray_4712_assignsubmission_file" / "halves.ipynb").write_bytes(notebook)
    (folder / "moodle.zip").write_bytes(zipped((ADA, notebook)))
    results, strange = collect(room.course, room.lesson, [folder])
    assert ([each.student for each in results], strange) == (["Ada Lovelace", "Bob Ray"], [])
    (folder / "unpacked" / "link.ipynb").symlink_to("/etc/passwd")
    with pytest.raises(CourseError, match="is a link or no ordinary file"):
        collect(room.course, room.lesson, [folder])


def test_names_in_utf_8_that_do_not_say_so(room, take, notebook):
    content = zipped(("Jürgen Groß_7_assignsubmission_file/halves.ipynb", notebook))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.index(mark) + place + 1
        content = content[:at] + bytes([content[at] & ~8]) + content[at + 1 :]
    assert take(content)[0] == {"Jürgen Groß": "new"}


def test_a_composed_and_a_decomposed_name_are_one(take, notebook):
    names = ["José_7_assignsubmission_file/halves.ipynb", "Jose\u0301_7_assignsubmission_file/two.txt"]
    assert take([(name, notebook) for name in names])[0] == {"José": "new"}


def test_nothing_of_an_lms_in_it(take):
    with pytest.raises(CourseError, match="holds no file named as Moodle or Canvas name them"):
        take([("halves.ipynb", b"{}")])


def test_a_kill_while_writing_leaves_what_was_there(room, take, notebook, monkeypatch):
    take([(ADA, notebook)])
    place = room.course.root / "grading/submitted/Ada Lovelace/01_halves"

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("course_staff.grading.collect.settle", killed)
    with pytest.raises(KeyboardInterrupt):
        take([(ADA, b"newer")], changed=(2026, 11, 21, 0, 0, 0))
    assert (place / "halves.ipynb").read_bytes() == notebook
    monkeypatch.undo()
    place.rename(place.with_name(".01_halves.old"))  # a kill between the two renames
    assert take([(ADA, notebook)])[0] == {"Ada Lovelace": "unchanged"}
    assert [path.name for path in place.parent.iterdir()] == ["01_halves"]
