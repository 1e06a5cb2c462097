"""What a call left of what it was lent can be asked for, and what was lent stays as it was."""

import copy

import numpy as np
import pytest
import torch

from course_staff.grading.checker.aftermath import KEPT, note_all
from course_utils import expect
from course_utils.expect.aftermath import forget


@pytest.fixture(autouse=True)
def afresh():
    yield
    forget()


def test_what_was_lent_stays_and_what_came_back_is_told():
    array, tensor, inner = np.zeros(3), torch.zeros(2, requires_grad=True), {"m": np.ones(2)}
    lent = [array, tensor, inner, [1, 2], {1}]
    before = copy.deepcopy(lent)
    note_all(lent, [np.arange(3.0), torch.ones(2), {"m": np.zeros(2), "v": 3}, [1, 5, 6], {2}])
    assert str(lent) == str(before)
    assert expect.after(array).tolist() == [0, 1, 2]
    assert expect.after(tensor).tolist() == [1, 1]
    assert (expect.after(inner)["m"].tolist(), expect.after(inner)["v"]) == ([0, 0], 3)
    assert expect.after((lent[3], lent[4])) == ([1, 5, 6], {2})


def test_inside_of_tuples_lists_and_dicts_too():
    array, inner = np.zeros(2), np.zeros(1)
    note_all([(array, 1), {"deep": [inner]}], [(np.ones(2), 1), {"deep": [np.ones(1)]}])
    assert (expect.after(array).tolist(), expect.after([{"a": inner}])[0]["a"].tolist()) == ([1, 1], [1])


def test_a_module_is_told_with_the_tensors_that_came_back():
    module = torch.nn.Linear(2, 1)
    note_all(module.weight, torch.nn.Parameter(torch.zeros(1, 2)))
    assert expect.after(module).weight.tolist() == [[0, 0]] and module.weight.abs().sum() > 0
    assert expect.after(module).bias.tolist() == module.bias.tolist()


def test_a_changed_argument_is_not_unchanged():
    array = np.zeros(2)
    expect.unchanged(array, [0, 0], "x")
    note_all([array], [np.ones(2)])
    with pytest.raises(expect.Unmet, match="writes into its argument"):
        expect.unchanged(array, [0, 0], "x")


def test_texts_and_numbers_together_are_unchanged_or_not():
    files = [["a/b", 3], ["c", 4]]
    expect.unchanged(files, [["a/b", 3], ["c", 4]], "files")
    note_all(files, [["a/b", 3]])
    with pytest.raises(expect.Unmet, match="files"):
        expect.unchanged(files, [["a/b", 3], ["c", 4]], "files")


@pytest.mark.parametrize(
    "back", [3, "x", None, [], {}, [np.zeros(5)], [[np.zeros((2, 2))]], {"a": 1}, [KEPT, KEPT, KEPT]]
)
def test_a_lie_breaks_nothing(back):
    lent = [np.zeros(2), {"a": [1]}]
    note_all(lent, copy.copy(back))
    assert (lent[0].tolist(), lent[1]) == ([0, 0], {"a": [1]})
    expect.after(lent)


def test_what_was_sent_as_a_pickle_stays():
    module = torch.nn.Linear(1, 1)
    lent = {"a": module, "n": [1]}
    note_all([module, lent], [KEPT, {"a": KEPT, "n": [2]}])
    assert expect.after(lent) == {"a": module, "n": [2]}
