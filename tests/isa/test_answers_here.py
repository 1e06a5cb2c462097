"""The kept answers lose what they must on this kind of processor, whichever it is: marks depend on the file."""

from __future__ import annotations

import pytest
from answers_here import chosen, tried_here

from course_staff.checking.redrawn import DRAWS
from course_utils.hardware import processor

# The tests that run optimized and quantized models, and the answers to their exercises that are tried: an emulated
# processor takes minutes for each.
TESTS = {
    "05": ("save_optimized_levels", "save_optimized_file"),
    "06": ("quantize_static_accuracy", "quantize_dynamic_weights"),
    "07": ("tensorrt_qdq_accepted", "tensorrt_qdq_symmetric", "tensorrt_qdq_scores"),
}
TRIED = {
    "05": ("the level's name put together", "knows the first three levels only", "writes over the original"),
    "06": ("leaves out reduce_range",),
    "07": ("one scale for each channel", "integer operators"),
}


@pytest.mark.isa
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("number", TESTS)
def test_solution_and_answers_lose_what_they_must(course, number, tmp_path):
    (lesson,) = course.choose((number,), course.authored())
    cells, answers = chosen(lesson, TESTS[number], TRIED[number])
    must = {answer.name: answer.loses & set(TESTS[number]) for answer in answers}
    lost, outcomes = tried_here(cells, answers, tmp_path)
    assert lost == {}, f"the solution on {processor().kind}"
    found = {answer.name: set(tests) for answer, tests in zip(answers, outcomes, strict=True)}
    assert not any(found[answer.name] for answer in answers if answer.is_right), processor().kind
    for _ in range(1, DRAWS):
        if found != must:  # as in course check: what is lost in every draw counts
            _, again = tried_here(cells, answers, tmp_path)
            found = {name: once & set(tests) for (name, once), tests in zip(found.items(), again, strict=True)}
    assert found == must, processor().kind
