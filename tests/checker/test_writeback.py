"""What a call changed in its arguments is changed in the caller's own objects, and in nothing else."""

import copy

import numpy as np
import pytest
import torch

from course_utils.grading.checker.writeback import KEPT, write_back


def test_objects_stay_and_take_the_new_values():
    array, tensor, inner = np.zeros(3), torch.zeros(2, requires_grad=True), {"m": np.ones(2)}
    before = [array, tensor, inner, [1, 2], {1}]
    write_back(before, [np.arange(3.0), torch.ones(2), {"m": np.zeros(2), "v": 3}, [1, 5, 6], {2}])
    assert before[0] is array
    assert before[1] is tensor
    assert before[2] is inner
    assert array.tolist() == [0, 1, 2]
    assert tensor.tolist() == [1, 1]
    assert (inner["m"].tolist(), inner["v"]) == ([0, 0], 3)
    assert before[3:] == [[1, 5, 6], {2}]


def test_arrays_in_tuples_change_where_they_are():
    array = np.zeros(2)
    write_back([(array, 1)], [(np.ones(2), 1)])
    assert array.tolist() == [1, 1]


@pytest.mark.parametrize("after", [3, "x", None, [], {}, [np.zeros(5)], [[np.zeros((2, 2))]], {"a": 1}])
def test_a_lie_breaks_nothing(after):
    before = [np.zeros(2), {"a": [1]}]
    write_back(before, copy.deepcopy(after))
    assert isinstance(before, list)


def test_what_was_sent_as_a_pickle_stays():
    module = torch.nn.Linear(1, 1)
    before = [module, {"a": module}]
    write_back(before, [KEPT, {"a": KEPT, "b": KEPT}])
    assert before == [module, {"a": module}]


def test_what_cannot_be_written_stays():
    array = np.zeros(2)
    array.flags.writeable = False
    write_back([array], [np.ones(2)])
    assert array.tolist() == [0, 0]
