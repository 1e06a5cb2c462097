"""The kept answers lose what they must on this kind of processor, whichever it is: marks depend on the file."""

from __future__ import annotations

import pytest
from answers_here import chosen, tried_here

from course_utils.hardware import processor

# The exercises that write or run optimized and quantized models, and of their answers those that are tried: an emulated
# processor takes minutes for each.
EXERCISES = {
    "05": ("save_optimized",),
    "06": ("quantize_static", "quantize_dynamic"),
    "07": ("tensorrt_qdq",),
}
TRIED = {
    "05": ("the level's name put together", "knows the first three levels only", "writes over the original"),
    "06": ("leaves out reduce_range",),
    "07": ("one scale for each channel", "integer operators"),
}


@pytest.mark.isa
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("number", EXERCISES)
def test_solution_and_answers_lose_what_they_must(course, number, tmp_path):
    (lesson,) = course.choose((number,), course.authored())
    cells, answers = chosen(lesson, EXERCISES[number])
    answers = [next(answer for answer in answers if answer.name == name) for name in TRIED[number]]
    met = [cell for cell in cells if cell.role != "test" or cell.exercise in EXERCISES[number]]
    lost, outcomes = tried_here(met, answers, tmp_path)
    assert lost == {}, f"the solution on {processor().kind}"
    found = {(answer.exercise, answer.name): set(tests) for answer, tests in zip(answers, outcomes, strict=True)}
    assert found == {(answer.exercise, answer.name): set(answer.loses) for answer in answers}, processor().kind
