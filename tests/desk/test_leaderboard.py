"""`course leaderboard`: a real class's entries to lesson 16, figures that no student's cell can forge, pseudonyms."""

from __future__ import annotations

import csv
import json
import shutil

import nbformat
import pytest
from click.testing import CliRunner
from sample_course import ROOT, make_sample

from course_staff.commands import leaderboard
from course_staff.desk.entries import entries
from course_staff.desk.leaderboard import ranked, write_csv, write_page
from course_staff.desk.pseudonyms import KEY_FILE, pseudonyms
from course_staff.grading.attempt import Attempt
from course_staff.grading.autograde import Grader
from course_staff.grading.runners import runner
from course_utils.errors import CourseError
from course_utils.layout import MARKER, Course
from course_utils.published import FIGURES

HONEST = """
def entry(images, labels, folder):
    seeded(0)
    net = models.separable_net((8, 16))
    training.fit(net, images, labels, epochs=1, lr=0.02, batch_size=32, seed=0)
    return lesson.exported(net, folder / "entry.onnx")
"""
LARGE = HONEST.replace("(8, 16)", "(16, 32, 64)").replace("epochs=1", "epochs=2")
REMARKS = HONEST.replace(
    '    return lesson.exported(net, folder / "entry.onnx")',
    "    path = lesson.exported(net, folder / 'entry.onnx')\n    model = onnx.load(path)\n"
    "    model.doc_string = 'r' * 30_000\n    onnx.save(model, path)\n    return path",
)
SHOWN = '{"right": 1.0, "bytes": 1, "multiply_adds": 1}'
FORGED = f"""
from IPython.display import display
from course_utils.published import publish

def show():
    publish({SHOWN}, "Your entry")
    display({{{FIGURES!r}: {SHOWN!r}, "text/plain": "x"}}, raw=True)
    print({FIGURES!r}, {SHOWN!r})

show()
{HONEST.replace("    seeded(0)", "    show()").replace("training.fit", "0 and training.fit")}
"""
REFUSED = FORGED.replace('return lesson.exported(net, folder / "entry.onnx")', "return folder / 'none.onnx'")
CLASS = {"ada": HONEST, "bob": LARGE, "cyd": REMARKS, "eve": FORGED, "mal": REFUSED, "zoe": None}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    root = tmp_path_factory.mktemp("desk") / "course"
    shutil.copytree(ROOT / "solutions" / "16_capstone", root / "solutions" / "16_capstone")
    shutil.copy(ROOT / MARKER, root)
    found = Course(root)
    (lesson,) = found.authored()
    for student, text in CLASS.items():
        notebook = nbformat.read(ROOT / "notebooks" / lesson.id / f"{lesson.slug}.ipynb", 4)
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("grade_id") == "entry" and text:
                cell.source = text
        folder = root / "grading" / "submitted" / student / lesson.id
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / f"{lesson.slug}.ipynb")
    with Grader(found, lesson, sandbox="bubblewrap", budget=600) as grader:
        results = {student: grader.grade(student) for student in CLASS}
    assert [result.error for result in results.values()] == [None] * len(CLASS)
    return found


@pytest.fixture
def run(course, monkeypatch):
    def call(*arguments):
        monkeypatch.chdir(course.root)
        return CliRunner().invoke(leaderboard, arguments)

    return call


def test_entries_are_what_the_judge_found_and_nothing_that_a_student_shows(course):
    found = entries(course, course.authored()[0])
    assert list(found) == ["ada", "bob", "cyd", "eve"]
    assert found["eve"][0] < 0.4 and found["eve"][2] == found["ada"][2]
    assert abs(found["eve"][1] - found["ada"][1]) < 100  # not the 1 that it shows
    assert found["cyd"][1] > found["ada"][1] + 30_000 and found["cyd"][2] == found["ada"][2]
    assert found["bob"][0] > found["eve"][0] and found["bob"][2] > 3 * found["ada"][2]


def test_a_forged_figure_is_nowhere_in_what_is_kept(course):
    lesson = course.authored()[0]
    for student in ("eve", "mal"):
        path = course.root / "grading" / "autograded" / student / lesson.id / f"{lesson.slug}.ipynb"
        cells = json.loads(path.read_text())["cells"]
        shown = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
        kept = [each[FIGURES] for each in shown if FIGURES in each]
        assert all(json.loads(each)["bytes"] > 1000 for each in kept)
        assert bool(kept) == (student == "eve")


def test_without_a_sandbox_nobody_has_an_entry():
    notebook = nbformat.v4.new_notebook()
    source = f"from course_utils.published import publish\npublish({SHOWN}, 'mine')"
    notebook.cells = [nbformat.v4.new_code_cell(source)]
    executed = runner("none")(Attempt(nbformat.writes(notebook)))
    assert "mine" in executed.notebook and FIGURES not in executed.notebook


def test_the_command_shows_pseudonyms_that_stay_and_writes_page_and_table(run, course):
    first, again = run("--csv", "grading/board.csv"), run("16")
    assert first.exit_code == again.exit_code == 0, first.output
    assert again.output.splitlines() == first.output.splitlines()[:-1]
    with (course.root / "grading" / "board.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    page = (course.root / "grading" / "leaderboard-16_capstone.html").read_text()
    assert len(rows) == 4 and "4 entries" in first.output
    for row in rows:
        assert row["entry"] not in CLASS and row["entry"] in page and row["entry"] in first.output
    assert [row["on_the_front"] for row in rows] == sorted((row["on_the_front"] for row in rows), reverse=True)
    assert '<img alt="Accuracy over bytes and over multiply-adds: ' in page
    assert "http" not in page.replace("data:image", "")


def test_names_are_shown_where_asked_for(run):
    result = run("16", "--names")
    assert result.exit_code == 0
    assert all(name in result.output for name in ("ada", "bob", "cyd", "eve")) and "mal" not in result.output


def test_help_says_what_it_is_for(run):
    text = " ".join(run("--help").output.split())
    for words in ("who answers right with the least", "--names", "--csv", "--page", "pseudonyms.key"):
        assert words in text


def test_where_nobody_is_graded_or_nobody_has_an_entry_it_says_so(tmp_path, course, monkeypatch):
    sample = make_sample(tmp_path / "sample")
    with pytest.raises(CourseError, match=r"01_halves: nobody has been graded yet; run `course grade 01_halves`"):
        entries(sample, sample.authored()[0])
    lesson = course.authored()[0]
    monkeypatch.setattr("course_staff.desk.entries._entry", lambda *_: None)
    with pytest.raises(CourseError, match="of 6 graded, nobody has an entry"):
        entries(course, lesson)


def test_pseudonyms_differ_by_secret_and_are_the_same_for_the_same_student(tmp_path):
    students = [f"student {number}" for number in range(500)]
    one = pseudonyms(students, tmp_path / "a")
    assert len(set(one.values())) == 500
    assert pseudonyms(students[:3], tmp_path / "a") == {name: one[name] for name in students[:3]}
    assert pseudonyms(students[:3], tmp_path / "b") != {name: one[name] for name in students[:3]}
    assert (tmp_path / "a" / KEY_FILE).stat().st_mode & 0o077 == 0
    (tmp_path / "b" / KEY_FILE).write_bytes(b"short")
    with pytest.raises(CourseError, match="no secret of 32 bytes; remove it"):
        pseudonyms(["a"], tmp_path / "b")


def test_those_on_the_front_stand_first_and_no_name_is_markup_or_a_formula(tmp_path):
    rows = ranked({"=1+1": (0.9, 5, 5), "<b>": (0.95, 9, 9), "late": (0.8, 6, 6), "alike": (0.9, 5, 5)})
    assert [(row[0], row[4]) for row in rows] == [("<b>", True), ("=1+1", True), ("alike", True), ("late", False)]
    write_csv(rows, tmp_path / "t.csv")
    write_page("16", rows, tmp_path / "p.html")
    assert "'=1+1,0.9,5,5,1" in (tmp_path / "t.csv").read_text()
    assert "<b>" not in (tmp_path / "p.html").read_text()
