"""The kept answers lose what they must on this kind of processor, whichever it is: marks depend on the file."""

from __future__ import annotations

import pytest
from answers_here import chosen, tried_here

from course_utils.hardware import processor

# The exercises that write or run optimized and quantized models.
EXERCISES = {
    "05": ("save_optimized",),
    "06": ("quantize_static", "quantize_dynamic"),
    "07": ("tensorrt_qdq",),
}
EVERY = {"05": 3, "06": 30, "07": 6}  # of their answers: an emulated processor takes minutes for each


@pytest.mark.isa
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("number", EXERCISES)
def test_solution_and_answers_lose_what_they_must(course, number, tmp_path):
    (lesson,) = course.choose((number,), course.authored())
    cells, answers = chosen(lesson, EXERCISES[number])
    answers = answers[:: EVERY[number]]
    met = [cell for cell in cells if cell.role != "test" or cell.exercise in EXERCISES[number]]
    lost, outcomes = tried_here(met, answers, tmp_path)
    assert lost == {}, f"the solution on {processor().kind}"
    found = {(answer.exercise, answer.name): set(tests) for answer, tests in zip(answers, outcomes, strict=True)}
    assert found == {(answer.exercise, answer.name): set(answer.loses) for answer in answers}, processor().kind
