"""The grader's promises that do not depend on what is wrong with a submission."""

import nbformat
import psutil
import pytest
from classroom import HALF, code

from course_staff.grading.autograde import Grader
from course_staff.grading.marks import gradebook
from course_utils.converters import configuration

EXITS = "import os\ndef half(x):\n    os._exit(1)"


@pytest.fixture(scope="module")
def room(shared_room):
    return shared_room


def score_in_gradebook(room, student):
    with gradebook(configuration(room.course.root)) as book:
        return book.find_submission(room.lesson.id, student).score


def students_in_gradebook(room):
    with gradebook(configuration(room.course.root)) as book:
        return {submission.student_id for submission in book.assignment_submissions(room.lesson.id)}


def test_students_are_those_with_a_folder_for_the_lesson(room, grader):
    for student in ("zoe", "ann", ".hidden"):
        room.folder(student)
    (room.folder("mia").parent / "02_other").mkdir()
    room.folder("mia").rmdir()
    assert grader.students() == ["ann", "zoe"]


@pytest.mark.parametrize("student", ["", ".", "..", "a/b", "*", "a[b]", " a", "a ", ".a", "a\nb", "x" * 200])
def test_names_that_are_no_folder_are_refused(grader, student):
    result = grader.grade(student)
    assert result.score is None
    assert "no name for a student's folder" in result.error


@pytest.mark.parametrize("student", ["O'Brien, Ann-Mi", "müller@uni.example", "12345"])
def test_names_that_people_have_are_taken(room, grader, student):
    room.submit(student, room.solved())
    assert grader.grade(student).score == 20


def test_a_failed_regrade_keeps_the_earlier_result(room, grader):
    room.submit("bea", room.solved())
    assert grader.grade("bea").score == 20
    before = room.autograded("bea").read_bytes()
    room.submit("bea", room.solved(half=EXITS))
    assert grader.grade("bea").error
    assert score_in_gradebook(room, "bea") == 20
    assert room.autograded("bea").read_bytes() == before


def test_a_first_failure_leaves_no_zero(room, grader):
    room.submit("cat", room.solved(half=EXITS))
    assert grader.grade("cat").score is None
    assert "cat" not in students_in_gradebook(room)
    assert not room.autograded("cat").exists()


def test_a_regrade_replaces(room, grader):
    room.submit("dan", room.solved(quarter=None))
    assert grader.grade("dan").score == 15
    room.submit("dan", room.solved())
    assert grader.grade("dan").score == 20
    assert score_in_gradebook(room, "dan") == 20
    assert [path.name for path in room.autograded("dan").parents[1].iterdir()] == [room.lesson.id]


def test_data_is_there_and_what_the_run_wrote_is_not_kept(room, grader):
    notebook = room.solved(
        half="from pathlib import Path\ndef half(x):\n    return x / float(Path('two.txt').read_text())"
    )
    notebook.cells.append(code("Path('made.txt').write_text('x')"))
    room.submit("eva", notebook)
    (room.folder("eva") / "two.txt").write_text("2")
    assert grader.grade("eva").score == 20
    assert sorted(path.name for path in room.autograded("eva").parent.iterdir()) == ["halves.ipynb", "two.txt"]


def test_start_up_files_do_not_reach_the_next_student(room, grader, monkeypatch, tmp_path):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    worm = (
        "from pathlib import Path\n"
        "folder = Path(get_ipython().profile_dir.startup_dir)\n"
        "(folder / '00.py').write_text('def half(x): return x / 2')\n"
    )
    notebook = room.solved()
    notebook.cells.append(code(worm))
    room.submit("fay", notebook)
    room.submit("gus", room.solved(half="pass"))
    assert grader.grade("fay").score == 20
    assert grader.grade("gus").score == 0


def test_no_process_outlives_its_submission(room, grader):
    sleeps = "import os, subprocess\ndef half(x):\n    subprocess.Popen(['sleep', '4321'], start_new_session=True)\n"
    for student, end in (("hal", "    os._exit(1)"), ("ida", "    return x / 2")):
        room.submit(student, room.solved(half=sleeps + end))
        grader.grade(student)
        left = [process for process in psutil.process_iter() if "4321" in _arguments(process)]
        for process in left:
            process.kill()
        assert not left
        assert not [p for p in psutil.Process().children(recursive=True) if "ipykernel_launcher" in _arguments(p)]


def _arguments(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def test_demonstrations_run_only_when_asked(room):
    room.submit("kim", room.solved(half=HALF))
    outputs = []
    for demonstrations in (False, True):
        with Grader(room.course, room.lesson, demonstrations=demonstrations) as grader:
            assert grader.grade("kim").score == 20
        cells = nbformat.read(room.autograded("kim"), 4).cells
        outputs.append(next(cell.outputs for cell in cells if cell.metadata.get("tags")))
    assert outputs[0] == []
    assert outputs[1][0].text == "[0.0, 0.5, 1.0, 1.5, 2.0]\n"


def test_an_interrupt_by_a_person_goes_through(room, grader, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    room.submit("leo", room.solved())
    monkeypatch.setattr("course_staff.grading.prepare.rebuild", interrupt)
    with pytest.raises(KeyboardInterrupt):
        grader.grade("leo")


def test_a_fault_of_our_own_stops_one_submission_only(room, grader, monkeypatch):
    room.submit("max", room.solved())
    monkeypatch.setattr("course_staff.grading.prepare.rebuild", lambda *_: 1 / 0)
    result = grader.grade("max")
    assert result.score is None
    assert "grading itself failed (ZeroDivisionError" in result.error
