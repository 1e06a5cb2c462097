"""Every kept answer of every lesson earns in the sandbox what `course check` says that it earns under nbgrader."""

import pytest
from batches import batches
from marks_of import lost, total
from sample_course import ROOT

from course_utils.authoring.release import build
from course_utils.grading.attempt import Attempt, runner
from course_utils.layout import Course

LESSONS = Course(ROOT).authored()


@pytest.fixture(scope="module")
def run():
    return runner("bubblewrap")


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.id)
def test_a_solution_earns_everything_and_a_release_nothing(run, lesson):
    built = build(lesson)
    solution = run(Attempt(built.source))
    assert (lost(solution.notebook), solution.notes, solution.error) == ({}, (), None)
    assert total(run(Attempt(_with_hidden_tests(built))).notebook) == 0


def _with_hidden_tests(built):
    """Return the notebook on which an untouched release is graded: stubs, and the tests with their hidden parts."""
    import nbformat

    source, release = nbformat.reads(built.source, 4), nbformat.reads(built.release, 4)
    stubs = {cell.id: cell.source for cell in release.cells if cell.metadata.get("nbgrader", {}).get("solution")}
    for cell in source.cells:
        cell.source = stubs.get(cell.id, cell.source)
    return nbformat.writes(source)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.id)
def test_every_answer_loses_what_it_must(run, lesson):
    wrong = []
    for batch in batches(lesson):
        executed = run(Attempt(batch.notebook))
        found = lost(executed.notebook)
        for test in set(found) ^ batch.loses:
            names = [answer.name for answer in batch.answers]
            wrong.append((test, "lost" if test in found else "kept", names, found.get(test, ""), executed.notes))
    assert not wrong
