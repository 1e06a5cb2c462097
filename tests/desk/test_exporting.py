"""`course export --for …`: marks reach the rows of the file that an LMS gave out, and nothing else in it changes."""

from __future__ import annotations

import csv
import json

import pytest
from click.testing import CliRunner

from course_staff.commands import export
from course_staff.desk.exporting import for_canvas, for_moodle, table
from course_staff.grading.autograde import Grader
from course_staff.grading.spreadsheets import harmless
from course_utils.errors import CourseError

WORKSHEET = """Identifier,Full name,Email address,Status,Grade,Maximum Grade,Last modified (grade),Feedback comments
Participant 11,"Lovelace, Ada",ada@example.org,Submitted,,20.00,-,=kept
Participant 12,=Bob,bob@example.org,Submitted,3.00,20.00,-,
Participant 13,Cyd_Charisse,cyd@example.org,No submission,,20.00,-,
Participant 14,Ann,ann@example.org,Submitted,,20.00,-,
Participant 15,Ann,ann2@example.org,Submitted,,20.00,-,
"""
GRADEBOOK = """Student,ID,SIS Login ID,Section,01 Halves (77),06_quantization (78),Current Score
    Points Possible,,,,20,20,(read only)
"Lovelace, Ada",501,ada,A,,,
@bob,502,bob,A,5,,
"Student, Test",,,A,,,
"""


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(text.splitlines()))


@pytest.fixture
def file(tmp_path):
    def write(text: str):
        path = tmp_path / "roster.csv"
        path.write_text(text, encoding="utf-8-sig")
        return path

    return write


def test_a_worksheet_is_filled_in_by_number_then_by_name(file):
    marks = {"Lovelace, Ada": 17.5, "somebody": 12, "Cyd Charisse": 20.0, "Ann 15": 7, "Zoe": 1, "Yan": None}
    numbers = {"somebody": "12", "Ann 15": "15", "Lovelace, Ada": "", "Cyd Charisse": ""}
    made = for_moodle(file(WORKSHEET), marks, numbers)
    before, after = rows(WORKSHEET), rows(made.text)
    assert [row[4] for row in after] == ["Grade", "17.5", "12", "20", "", "7"]
    assert (made.filled, made.strangers) == (4, ["Zoe"])
    assert after[2][1] == "'=Bob"
    for row in (*before, *after):
        row[4] = ""
    before[2][1] = "'=Bob"
    assert after == before


def test_a_mark_of_another_with_the_same_name_is_not_taken(file):
    for number in ("99", ""):  # a number that is not there; and two of that name, of whom it may be either
        made = for_moodle(file(WORKSHEET), {"Ann": 5.0}, {"Ann": number})
        assert (made.filled, made.strangers) == (0, ["Ann"])


def test_a_site_s_own_word_for_a_grade(file):
    path = file(WORKSHEET.replace(",Grade,", ",Bewertung,").replace("Participant", "Teilnehmer/in"))
    with pytest.raises(CourseError, match=r"roster\.csv: no grading worksheet .* 'Grade'"):
        for_moodle(path, {}, {})
    assert for_moodle(path, {"x": 3}, {"x": "11"}, "Bewertung").filled == 1
    with pytest.raises(CourseError, match="no grading worksheet"):
        for_moodle(file("Grade\n7\n"), {}, {})


def test_an_option_that_a_form_does_not_take_is_refused(sample, monkeypatch):
    monkeypatch.chdir(sample.root)
    for asked, said in (
        (["m.csv", "--lesson", "01"], "csv has all lessons"),
        (["m.csv", "--for", "table", "--roster", "x"], "not for table"),
    ):
        refused = CliRunner().invoke(export, asked)
        assert isinstance(refused.exception, CourseError) and said in str(refused.exception)
        assert not (sample.root / "m.csv").exists()


def test_a_gradebook_s_assignments_are_the_lessons(file):
    lessons = {"01_halves": {"lovelaceada_501": 19.0, "bob_502": None}, "06_quantization": {"bob_502": 4.25, "x_9": 1}}
    made = for_canvas(file(GRADEBOOK), lessons)
    after = rows(made.text)
    assert [row[4:6] for row in after[2:]] == [["19", ""], ["5", "4.25"], ["", ""]]
    assert after[:2] == rows(GRADEBOOK)[:2] and after[3][0] == "'@bob"
    assert (made.filled, made.strangers) == (2, ["x_9"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", 'it has no column "ID"'),
        ("Student,ID,02 Tables (3)\nx,1,\n", "no column for 01_halves"),
        ("Student,ID,01 a (3),01 b (4)\nx,1,,\n", "2 columns for 01_halves"),
        ("Student,ID,01 a (3)\nx,1\n", "its rows differ in length"),
        ("", "empty"),
    ],
)
def test_what_is_no_gradebook_gets_a_sentence(file, text, said):
    with pytest.raises(CourseError, match=said):
        for_canvas(file(text), {"01_halves": {"x_1": 2}})
    with pytest.raises(CourseError, match=r"none\.csv: cannot be read as CSV"):
        for_canvas(file(text).with_name("none.csv"), {})


def test_a_table_has_a_row_a_student_and_a_column_a_lesson():
    made = table({"01_halves": {"bob": 3.0, "ada": None}, "06_quantization": {"cyd": 19.5}})
    assert rows(made.text) == [
        ["student", "01_halves", "06_quantization"],
        ["ada", "", ""],
        ["bob", "3", ""],
        ["cyd", "", "19.5"],
    ]
    assert [harmless(text) for text in ("=1+1", "-x", "Ada", "")] == ["'=1+1", "'-x", "Ada", ""]


def test_marks_of_real_grading_reach_the_worksheet(sample, tmp_path, monkeypatch, file):
    (lesson,) = sample.authored()
    from course_staff.authoring.release import build

    folder = sample.root / "grading" / "submitted" / "Lovelace, Ada" / lesson.id
    folder.mkdir(parents=True)
    (folder / f"{lesson.slug}.ipynb").write_text(build(lesson).source)
    (folder / ".collected").write_text(json.dumps({"number": "11"}))
    with Grader(sample, lesson) as grader:
        assert grader.grade("Lovelace, Ada").score == 20
    monkeypatch.chdir(sample.root)
    path, run = tmp_path / "back.csv", CliRunner()
    asked = [str(path), "--for", "moodle", "--roster", str(file(WORKSHEET))]
    refused = run.invoke(export, asked)
    assert isinstance(refused.exception, CourseError) and "--lesson says which one" in str(refused.exception)
    assert not path.exists()
    done = run.invoke(export, [*asked, "--lesson", "01"], catch_exceptions=False)
    assert (done.exit_code, done.output) == (0, f"1 marks written to {path}\n")
    assert rows(path.read_text())[1][4] == "20"
    done = run.invoke(export, [str(path), "--for", "table"], catch_exceptions=False)
    assert rows(path.read_text()) == [["student", lesson.id], ["Lovelace, Ada", "20"]]
    other = file(WORKSHEET.replace("Participant 11", "Participant 21").replace("Lovelace", "Byron"))
    asked = [str(path), "--for", "moodle", "--roster", str(other), "--lesson", "01"]
    done = run.invoke(export, asked)
    assert done.exit_code == 1 and "has no row for: Lovelace, Ada; enter 1 by hand." in done.output
