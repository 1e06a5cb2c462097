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
EVERY = {"05": 2, "06": 20, "07": 5}  # of their answers: an emulated processor takes a minute or two for each


@pytest.mark.isa
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("number", EXERCISES)
def test_solution_and_answers_lose_what_they_must(course, number, tmp_path):
    (lesson,) = course.choose((number,), course.authored())
    cells, answers = chosen(lesson, EXERCISES[number])
    answers = answers[:: EVERY[number]]
    lost, outcomes = tried_here(cells, answers, tmp_path)
    assert lost == {}, f"the solution on {processor().kind}"
    found = {(answer.exercise, answer.name): set(tests) for answer, tests in zip(answers, outcomes, strict=True)}
    assert found == {(answer.exercise, answer.name): set(answer.loses) for answer in answers}, processor().kind
