"""What lesson 09 is given, and what its tests look with: each holds what it promises."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn

from course_utils import expect, training
from course_utils.errors import CourseError
from course_utils.lessons import efficient_architectures as lesson
from course_utils.lessons.efficient_architectures.files import multiplications
from course_utils.models import separable_net

pytestmark = pytest.mark.usefixtures("folder")


def net():
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout(), nn.Flatten())


def hooked(model, x):
    model[1].register_forward_hook(lambda *seen: None)


def trained_on(model, x):
    with torch.no_grad():
        model(x)


def replaced(model, x):
    model[2] = nn.ReLU()


def unhooked(model, x):
    model[1]._forward_hooks.clear()


def wrapped(model, x):
    model[0].forward = model[0].forward


def grown(model, x):
    model.append(nn.ReLU())


def frozen(model, x):
    model[0].weight.requires_grad_(False)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda model, x: None, []),
        (lambda model, x: copy.deepcopy(model), []),
        (hooked, ["1: a hook stays, or is gone"]),
        (trained_on, ["1: its running_mean changed"]),
        (replaced, ["2: another layer stands there"]),
        (wrapped, ["0: its forward was replaced"]),
        (grown, ["4: a new layer"]),
        (frozen, ["0: its weight: requires_grad changed"]),
        (lambda model, x: model[2].eval(), ["2: its mode changed (train or eval)"]),
    ],
)
def test_what_a_call_leaves_changed_is_told(call, told):
    assert lesson.left_by(call, net(), torch.ones(2, 1, 4, 4)) == told


def test_a_hook_that_is_gone_is_told():
    model = net()
    hooked(model, None)
    assert lesson.left_by(unhooked, model, None) == ["1: a hook stays, or is gone"]


def test_a_result_that_shares_tensors_is_told():
    told = lesson.left_by(lambda model: nn.Sequential(model[0]), net())
    assert told == ["0.weight of the result is the model's own", "0.bias of the result is the model's own"]


def test_what_a_call_makes_comes_as_a_copy_whatever_it_did_to_its_argument():
    model = net()
    made = lesson.made_by(lambda given: given.append(nn.ReLU()), model)
    assert len(made) == 5 and len(model) == 4
    assert lesson.made_by(lambda given: None, model) is None


def test_a_hook_on_all_modules_is_told():
    handles = []
    register = nn.modules.module.register_module_forward_hook
    told = lesson.left_by(lambda model: handles.append(register(lambda *seen: None)), net())
    handles[0].remove()
    assert told == ["every module there is: a hook stays, or is gone"]


def test_an_error_passes_unless_it_is_meant_and_an_unwritten_function_always_says_so():
    def fails(model):
        model.eval()
        raise ValueError("channels")

    def unwritten(model):
        raise NotImplementedError

    with pytest.raises(ValueError, match="channels"):
        lesson.left_by(fails, net())
    assert "the model itself: its mode changed (train or eval)" in lesson.left_by(fails, net(), fails=True)
    with pytest.raises(NotImplementedError):
        lesson.left_by(unwritten, net(), fails=True)


def test_numbers_that_a_call_changed_are_seen():
    model = net()
    before = lesson.state_of(model)
    lesson.expect_untouched(model, before, "nothing")
    with torch.no_grad():
        model[0].bias[1] += 1
    with pytest.raises(expect.Unmet, match=r"0\.bias after a call"):
        lesson.expect_untouched(model, before, "a call")


@pytest.mark.parametrize("seed", range(4))
def test_the_rows_of_a_drawn_net_are_what_pytorch_counts(seed):
    model, example, rows = lesson.tangled(np.random.default_rng(seed), n=3)
    modes = {module.training for module in model.modules()}
    assert modes == {True, False}
    assert sum(row["macs"] for row in rows) == multiplications(copy.deepcopy(model).eval(), example[:1])
    held = {row["name"]: row["params"] for row in rows} | {"unused": 20}
    assert sum(held.values()) == sum(each.numel() for each in model.parameters())
    assert {row["name"] for row in rows} < {name for name, _ in model.named_modules()}


@pytest.mark.parametrize("seed", range(4))
def test_a_drawn_net_of_many_kinds_says_which_are_dense(seed):
    model, example, swaps = lesson.mixed(np.random.default_rng(seed))
    for name, ends in swaps.items():
        layer = model.get_submodule(name)
        assert (layer.in_channels, layer.out_channels, layer.stride[0], layer.groups) == (*ends, 1)
    dense = [m for m in model.modules() if isinstance(m, nn.Conv2d) and m.kernel_size == (3, 3) and m.groups == 1]
    assert sum(layer.in_channels > 1 for layer in dense) == len(swaps)
    assert model.eval()(example).shape == (len(example), 4)


def test_integers_become_pythons_own():
    given = [{"macs": np.int64(3), "name": "a"}, np.float64(2.0)]
    assert [type(each) for each in lesson.plain(given)[0].values()] == [int, str]
    assert lesson.plain(given)[1] == 2.0 and lesson.plain(True) is True


def test_a_profile_is_a_list_of_dicts():
    assert lesson.rows_of([{"macs": np.int64(3)}], "profile") == [{"macs": 3}]
    with pytest.raises(expect.Unmet, match="`return` missing"):
        lesson.rows_of(None, "profile")
    with pytest.raises(expect.Unmet, match="a list of dicts"):
        lesson.rows_of([3], "profile")


def test_a_file_tells_what_its_network_takes(folder):
    path = lesson.net_file(separable_net, folder / "net.onnx", train=False)
    wanted = separable_net()
    numbers = sum(each.numel() for each in wanted.parameters())
    macs = multiplications(wanted.eval(), torch.zeros(1, 1, 28, 28))
    found = lesson.weigh(path)
    assert found.macs == macs and found.parameters <= numbers
    assert 0 <= lesson.file_accuracy(path, slice(0, 9)) <= 1


@pytest.mark.parametrize("layer", [nn.ConvTranspose2d(1, 2, 3, 2), nn.Linear(28, 3), nn.Conv2d(1, 4, 3, 2, 1)])
def test_macs_in_a_file_are_pytorchs(folder, layer):
    model = nn.Sequential(layer, nn.Flatten()).eval()
    path = lesson.net_file(lambda: model, folder / "net.onnx", train=False)
    assert lesson.weigh(path).macs == multiplications(model, torch.zeros(1, 1, 28, 28))


def test_what_is_no_module_or_cannot_be_counted_is_told(folder):
    with pytest.raises(CourseError, match="`return` missing"):
        lesson.net_file(lambda: None, folder / "net.onnx")
    model = nn.Sequential(nn.Flatten(2), nn.LSTM(784, 4, batch_first=True))
    model.forward = lambda x: model[1](model[0](x))[0]
    path = lesson.net_file(lambda: model, folder / "net.onnx", train=False)
    with pytest.raises(CourseError, match="LSTM"):
        lesson.weigh(path)


def test_this_lessons_answers_rest():
    lesson.begin()
    with pytest.raises(CourseError, match=r"exercise 9\.8"):
        separable_net()
    with pytest.raises(CourseError, match=r"exercise 9\.8"):
        training.trained("separable")
