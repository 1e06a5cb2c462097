"""No attack earns a point that its answers do not deserve, leaks, outlives its sandbox, or changes another's mark."""

import json
import re

import pytest
from active import active
from class_of_attackers import grade_attackers
from marks_of import total
from running import marks
from sample_course import make_sample
from yard import CANARY, SCRIPT, attacks, notebook

from course_staff.authoring.release import build
from course_staff.grading.attempt import Attempt
from course_staff.grading.hidden import Redactor, split_hidden
from course_staff.grading.marks import gradebook
from course_staff.grading.runners import runner
from course_utils.converters import configuration

ALL = [attack for attack in attacks() if attack.name != "honest_beside"]
IN_PROCESS = [attack for attack in attacks() if attack.plain is not None]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    return grade_attackers(tmp_path_factory.mktemp("yard"))


@pytest.fixture(scope="module")
def marked(graded):
    return marks(graded.course.root, graded.course.authored()[0].id)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build(make_sample(tmp_path_factory.mktemp("built") / "course").authored()[0])


@pytest.fixture(scope="module")
def hidden(built):
    cells = json.loads(built.source)["cells"]
    return Redactor(line for cell in cells for line in split_hidden("".join(cell["source"]))[1])


@pytest.mark.parametrize("attack", ALL, ids=lambda attack: attack.name)
def test_an_attack_earns_what_its_answers_deserve(graded, marked, attack):
    student = graded.attackers[attack.name]
    assert marked.get(student) == attack.earns, graded.rows[student]
    assert graded.rows[student].startswith(f"{attack.earns:g} of 20 in ")


@pytest.mark.parametrize("attack", ALL, ids=lambda attack: attack.name)
def test_what_is_kept_of_an_attack_is_small_and_tells_nothing(graded, hidden, attack):
    student = graded.attackers[attack.name]
    kept = graded.autograded(student).read_text(encoding="utf-8")
    assert len(kept) < 20_000_000
    assert CANARY not in json.dumps([cell.get("outputs") for cell in json.loads(kept)["cells"]])
    page = graded.feedback(student).read_text(encoding="utf-8")
    assert CANARY not in page
    assert not hidden.found(page)


def test_cells_that_each_end_in_time_do_not_hold_a_worker(graded):
    row = graded.rows[graded.attackers["sleeps_under_every_limit"]]
    number = int(re.search(r"its time was over in cell (\d+)", row)[1])
    assert number < 40, row


def test_no_honest_student_between_attacks_lost_a_point(graded, marked):
    assert {student: marked.get(student) for student in graded.honest} == dict.fromkeys(graded.honest, 20)


def test_the_command_ends_well_with_a_row_for_each(graded):
    assert (graded.code, graded.errors) == (0, "")
    assert list(graded.rows) == sorted(graded.due)


def test_the_gradebook_holds_these_students_and_their_marks_alone(graded, marked):
    with gradebook(configuration(graded.course.root)) as book:
        assert {student.id for student in book.students} == set(graded.due)
        assert [lesson.name for lesson in book.assignments] == [graded.course.authored()[0].id]
        notebooks = [each for sheet in book.assignments[0].submissions for each in sheet.notebooks]
        grades = [grade for each in notebooks for grade in each.grades]
    assert len(grades) == 3 * len(graded.due)
    assert all(grade.manual_score is None and grade.extra_credit in (None, 0) for grade in grades)
    assert marked == graded.due


def test_no_process_goes_on(graded):
    assert graded.outlived == []
    assert graded.left == []


def test_nothing_came_over_the_network(graded):
    assert not graded.reached


def test_nothing_was_written_but_what_grading_writes(graded):
    assert graded.changed == set()


@pytest.mark.parametrize("attack", IN_PROCESS, ids=lambda attack: attack.name)
def test_in_a_plain_kernel_the_same_file_gains(built, attack):
    executed = runner("none")(Attempt(notebook(built, attack), timeout=60))
    assert total(executed.notebook) == attack.plain


def test_nothing_that_is_kept_can_run_in_a_browser(graded):
    kept = json.loads(graded.autograded(graded.attackers["markup"]).read_text(encoding="utf-8"))
    outputs = [output for cell in kept["cells"] for output in cell.get("outputs", [])]
    kinds = {kind for output in outputs for kind in output.get("data", {})}
    pages = "".join("".join(output["data"]["text/html"]) for output in outputs if "text/html" in output.get("data", {}))
    assert kinds == {"text/plain", "text/html"}
    assert active(pages) == []
    assert SCRIPT in pages  # as text


def test_nothing_that_is_given_back_can_run_in_a_browser(graded):
    page, other = (
        graded.feedback(student).read_text(encoding="utf-8")
        for student in (graded.attackers["markup"], graded.honest[0])
    )
    assert active(page) == active(other) == []
    assert SCRIPT in page
