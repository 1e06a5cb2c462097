"""The steps that nbgrader_config.py names: skipped cells, bounded output, hidden tests."""

import copy

import nbformat
import pytest
from classroom import code
from nbformat.v4 import new_notebook, new_output
from nbgrader.utils import determine_grade

from course_staff.grading.preprocessors import BoundOutput, HideTests, SkipDemonstrations

HIDDEN = 'assert half(10) == 5, "half(10) is 5"'
SOURCE = f"assert half(4) == 2\n### BEGIN HIDDEN TESTS\n{HIDDEN}\n### END HIDDEN TESTS"
GRADING = {"grade": True, "grade_id": "half_even", "locked": True, "points": 10, "schema_version": 3, "solution": False}
LONG = "x" * 200_000


def run(step, *cells):
    notebook = new_notebook()
    notebook.cells = copy.deepcopy(list(cells))
    notebook, _ = step().preprocess(notebook, {})
    return notebook.cells


def result(text):
    return new_output("execute_result", data={"text/plain": text})


def error(evalue="", traceback=()):
    return new_output("error", ename="AssertionError", evalue=evalue, traceback=list(traceback))


def graded_cell(*outputs):
    cell = code(SOURCE, nbgrader=GRADING)
    cell.outputs = list(outputs)
    return cell


@pytest.mark.parametrize("tags", [["demonstration"], ["skip-execution"], ["x", "demonstration"], "demonstration", 3])
def test_a_graded_cell_keeps_no_tag(tags):
    tagged = code("", nbgrader=GRADING)
    tagged.metadata.tags = tags
    (cell,) = run(SkipDemonstrations, tagged)
    assert cell.metadata == {"nbgrader": GRADING}


def test_a_demonstration_keeps_its_tag_alone():
    cells = run(
        SkipDemonstrations, code("", tags=["demonstration", "skip-execution"]), code("", tags=["skip-execution"])
    )
    assert [cell.metadata for cell in cells] == [{"tags": ["demonstration"]}, {}]


def test_what_deduplication_leaves_is_removed():
    (cell,) = run(SkipDemonstrations, code("", nbgrader={}, tags=["demonstration"]))
    assert cell.metadata == {}


def stream(text, name="stdout"):
    return new_output("stream", name=name, text=text)


@pytest.mark.parametrize(
    "outputs",
    [
        [],
        [stream("fine")],
        [stream(LONG)],
        [stream(LONG, "stderr")],
        [error(LONG, [LONG])],
        [stream(LONG)] * 30 + [error("late")],
        [stream(LONG)] * 30 + [stream("late", "stderr")],
        [stream(LONG)] * 30 + [result("3")],
        [result("3"), error("later")],
        [result(" " * 100_000 + "2.5")],
        [result(LONG)],
        [result("4"), result(LONG)],
        [stream("x")] * 100_000 + [error("late")],
    ],
)
def test_bounded_and_scored_the_same(outputs):
    before = graded_cell(*outputs)
    (after,) = run(BoundOutput, before)
    assert determine_grade(after) == determine_grade(before)
    assert len(nbformat.writes(new_notebook(cells=[after]))) < 2_000_000
    nbformat.validate(new_notebook(cells=[after]))


def test_says_where_it_cut():
    (cell,) = run(BoundOutput, graded_cell(stream(LONG)))
    assert cell.outputs[0].text == "x" * 64_000 + "\n… output cut at 64000 characters"


def test_small_outputs_are_left_alone():
    before = graded_cell(stream("a"), result("b"), error("c", ["d"]))
    assert run(BoundOutput, before)[0].outputs == before.outputs


def test_images_stay_whole_or_go():
    small, large = ({"image/png": "A" * size} for size in (200_000, 2_000_000))
    (cell,) = run(BoundOutput, graded_cell(*(new_output("display_data", data=data) for data in (small, large))))
    assert cell.outputs[0].data == small
    assert "output cut" in cell.outputs[1].data["image/png"]


def test_widgets_are_bounded():
    notebook = new_notebook(metadata={"widgets": {"state": "x" * 2_000_000}})
    assert "widgets" not in BoundOutput().preprocess(notebook, {})[0].metadata


def test_feedback_shows_the_message_and_no_hidden_line():
    (cell,) = run(HideTests, graded_cell(error("half(10) is 5", ["Traceback", "of parts: half", "half(10) is 5"])))
    assert cell.source == "assert half(4) == 2"
    assert cell.outputs[0].traceback == ["AssertionError: half(10) is 5"]


def test_feedback_cleans_what_a_student_prints():
    own = code(HIDDEN[:5])
    own.outputs = [
        stream(f"mine\n{HIDDEN}"),
        result(repr(SOURCE)),
        error(SOURCE, [f"\x1b[1mmine\x1b[0m\n {HIDDEN}"]),
        new_output("display_data", data={"text/html": f"<pre>{HIDDEN}</pre>", "application/json": {"a": [HIDDEN]}}),
    ]
    _, cell = run(HideTests, graded_cell(), own)
    assert cell.outputs[0].text.startswith("mine\n")
    assert "half(10) ==" not in nbformat.writes(new_notebook(cells=[cell]))


def test_feedback_leaves_a_students_own_traceback():
    own = code("half(0)")
    own.outputs = [error("mine", ["line 1", "line 2"])]
    assert run(HideTests, graded_cell(), own)[1].outputs == own.outputs
