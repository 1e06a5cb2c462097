"""What lesson 09's tests ask beside the answer: what calls share, what a module is made of, and odd nets' own rows."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest
import torch
from torch import nn

from course_utils.lessons import efficient_architectures as lesson
from course_utils.lessons.efficient_architectures.files import multiplications


def test_what_two_calls_share_is_told():
    assert lesson.shared_by(nn.Linear, 2, 3) == []
    one = nn.Linear(2, 3)
    assert "the result is the result of an earlier call" in lesson.shared_by(lambda: one)
    told = lesson.shared_by(lambda: nn.Sequential(one))
    assert told == [f"the result.0.{name} is the result.0.{name} of an earlier call" for name in ("weight", "bias")]
    callback = object()
    assert lesson.shared_by(lambda: [object(), callback]) == ["the result[1] is the result[1] of an earlier call"]
    assert lesson.shared_by(lambda: [{"macs": 1}, {"macs": 1}]) == []


def test_two_places_in_one_result_are_told():
    def twice():
        layer = nn.Linear(2, 2, bias=False)
        return nn.Sequential(layer, nn.Sequential(layer))

    assert lesson.shared_by(twice) == ["the result.1.0.weight is the result.0.weight, too"]


def test_a_result_in_the_memory_of_the_original_is_told():
    def viewed(model):
        made = copy.deepcopy(model)
        made.load_state_dict(model.state_dict(), assign=True)
        return made

    assert lesson.left_by(viewed, nn.Linear(2, 2, bias=False)) == ["weight of the result is the model's own"]


def noted(model):
    model.macs = 3


def renewed(model):
    model.weight = nn.Parameter(model.weight.detach().clone())


def doubled(model):
    model.double()


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (noted, "the model itself: an attribute came, or is gone"),
        (renewed, "the model itself: its weight is another tensor"),
        (doubled, "the model itself: its weight changed"),
        (lambda model: model.register_buffer("ran", None), "the model itself: an attribute came, or is gone"),
        (
            lambda model: model(torch.ones(1, 2)).sum().backward(),
            "the model itself: its weight has a gradient, or has lost it",
        ),
        (lambda model: torch.set_grad_enabled(False), "every module there is: gradients are turned off, or on"),
    ],
)
def test_more_that_a_call_leaves_changed_is_told(call, told):
    assert told in lesson.left_by(call, nn.Linear(2, 2))
    assert torch.is_grad_enabled()


def test_one_module_is_asked_several_times():
    known = {}

    def remembered(model, number):
        return known.setdefault(id(model), number)

    assert lesson.in_a_row(remembered, nn.ReLU(), [1, 2]) == [1, 1]


def test_the_tensors_of_what_is_made_are_told():
    def made():
        net = nn.Sequential(nn.Linear(2, 2, bias=False), nn.BatchNorm1d(2).double(), nn.Linear(2, 2, bias=False))
        net[2].requires_grad_(False)
        return net

    found = lesson.tensors_in(made)
    assert (found["0.weight"], found["1.weight"], found["2.weight"]) == (
        "float32, learned",
        "float64, learned",
        "float32, frozen",
    )
    assert (found["1.running_var"], found["1.num_batches_tracked"]) == ("float64", "int64")

    class Detached(nn.Sequential):
        def forward(self, x):
            return self[1](self[0](x).detach())

    found = lesson.tensors_in(lambda: Detached(nn.Linear(2, 2), nn.Linear(2, 2)), images=torch.ones(3, 2))
    assert (found["0.weight"], found["1.weight"]) == ("float32, frozen", "float32, learned")


@pytest.mark.parametrize("seed", range(3))
def test_the_rows_of_odd_nets_add_up(seed):
    cases = list(lesson.odd(np.random.default_rng(seed)))
    assert len(cases) == 8
    for _, net, example, rows in cases:
        counted = sum(row["macs"] for row in rows)
        assert counted == multiplications(net, example[:1])
        held = {row["name"]: row["params"] for row in rows}
        assert sum(held.values()) == sum(p.numel() for m in net.modules() for p in m.parameters(recurse=False))
        assert _ran(net, example) == [(row["name"], row["kind"], row["out_bytes"]) for row in rows]


def _ran(net, example):
    ran, handles = [], []
    for name, layer in net.named_modules():
        if not list(layer.children()):

            def note(layer, _, output, name=name):
                ran.append((name, type(layer).__name__, output[0].nbytes))

            handles.append(layer.register_forward_hook(note))
    net(example)
    for handle in handles:
        handle.remove()
    return ran


def test_every_layer_but_one_of_the_moody_net_is_changed_by_a_run_in_training_mode():
    told = lesson.left_by(lambda model: model(torch.rand(3, 2, 4, 4)), lesson.moody())
    assert [each.partition(":")[0] for each in told] == ["0", "1", "2", "4"]
    assert lesson.left_by(lambda model: model.eval()(torch.rand(3, 2, 4, 4)) and None, lesson.moody(), fails=True)
    with pytest.raises(lesson.NoRoom):
        lesson.moody(lesson.Failing(lesson.NoRoom))(torch.rand(3, 2, 4, 4))


@pytest.mark.parametrize("seed", range(3))
def test_a_net_whose_convolutions_give_known_numbers_gives_what_is_said(seed):
    net, x, gives, due = lesson.held(np.random.default_rng(seed))
    for name in gives:
        parent, _, own = name.rpartition(".")
        wide = net.get_submodule(name).out_channels
        setattr(net.get_submodule(parent), own, nn.Sequential(nn.Conv2d(x.shape[1], wide, 1), nn.BatchNorm2d(wide)))
    net.load_state_dict({**net.state_dict(), **lesson.giving(_norms(net), gives)})
    torch.testing.assert_close(net.eval()(x), due)


def _norms(net):
    return {name: tensor for name, tensor in net.state_dict().items() if ".1." in name.removeprefix("many.1")}


def test_a_momentum_that_is_noted_too_is_no_learning_rate(tmp_path):
    from lightning.pytorch.callbacks import LearningRateMonitor

    def monitor(folder, patience):
        return [LearningRateMonitor(log_momentum=True)]

    found = lesson.fitted(monitor, tmp_path, 1, [2.0, 1.0])
    assert sorted(set(found["rates"])) == [0.25, 0.5] and math.isfinite(sum(found["rates"]))
