"""What lesson 10's hidden tests look at beside an answer is told: changes, shared memory, what is remembered."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn

from course_utils.lessons import pruning_and_distillation as lesson
from course_utils.lessons.beside import goes_along


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def doubled(w):
    return 2 * w


def test_a_function_that_returns_something_new_leaves_nothing_to_tell(rng):
    calls = [{"w": rng.normal(size=3)} for _ in range(2)]
    assert lesson.not_apart(doubled, *calls, calls[0]) == []
    tensors = {"w": torch.ones(3, requires_grad=True)}
    assert lesson.not_apart(doubled, tensors, tensors) == []


@pytest.mark.parametrize(
    ("meddle", "told"),
    [
        (lambda w: w.sort(), "w of call 1 changed"),
        (lambda w: w.setflags(write=False), "w of call 1 changed"),
        (lambda w: setattr(w, "shape", (3, 1)), "w of call 1 changed"),
        (lambda w: w[:2], "the result of call 1 shares memory with w of call 1"),
        (lambda w, box=[]: box.append(w.copy()) or box[0], "of call 2 shares memory with the result of call 1"),
    ],
)
def test_a_changed_array_and_shared_memory_are_told(meddle, told):
    found = lesson.not_apart(meddle, *({"w": np.array([3.0, 1.0, 2.0])} for _ in range(2)))
    assert any(each.endswith(told) for each in found), found


@pytest.mark.parametrize(
    ("meddle", "told"),
    [
        (lambda model: model.train() and None, "training of model of call 1 changed"),
        (lambda model: setattr(model[0], "out_channels", 1), "out_channels of model"),
        (lambda model: model.requires_grad_(False) and None, "requires_grad changed"),
        (lambda model: model(torch.ones(2, 1, 4, 4).double()).sum().backward(), ".grad changed"),
        (lambda model: model[0].register_forward_hook(print) and None, "_forward_hooks of model"),
        (lambda model: model[1].reset_running_stats(), "running_var'] changed"),
        (
            lambda model: copy.copy(model),
            "0.weight of the result of call 1 shares memory with 0.weight of model of call 1",
        ),
    ],
)
def test_a_changed_module_and_shared_parameters_are_told(rng, meddle, told):
    found = lesson.not_apart(meddle, {"model": lesson.drawn_net(rng)})
    assert any(told in each for each in found), found
    assert lesson.not_apart(copy.deepcopy, {"x": lesson.drawn_net(rng)}) == []


def test_what_is_remembered_of_an_object_shows_when_it_is_written_anew(rng):
    kept = {}

    def remembered(w):
        return kept.setdefault(id(w), w.sum())

    one, other = ({"w": rng.normal(size=3)} for _ in range(2))
    assert lesson.refilled(remembered, copy.deepcopy(one), other) == one["w"].sum()
    assert lesson.refilled(lambda w: w.sum(), copy.deepcopy(one), other) == other["w"].sum()


def test_modules_tensors_and_what_holds_them_are_written_in_place(rng):
    def arguments():
        batches = lesson.drawn_batches(rng, 2)
        return {
            "model": lesson.drawn_net(rng),
            "masks": {"a": rng.normal(size=2)},
            "batches": batches,
            "lr": rng.random(),
        }

    seen = []
    one, other = arguments(), arguments()
    lesson.refilled(lambda **given: seen.append(given), one, other)
    first, last = seen
    assert first["model"] is last["model"] and first["masks"] is last["masks"] and first["batches"] is last["batches"]
    lesson.expect_state(last["model"], lesson.state(other["model"]), "the model")
    assert np.array_equal(last["masks"]["a"], other["masks"]["a"]) and last["lr"] == other["lr"]
    pairs = zip(last["batches"], other["batches"], strict=True)
    assert all(torch.equal(x, z) and torch.equal(y, u) for (x, y), (z, u) in pairs)


def test_gradients_come_behind_scores_that_were_just_computed():
    def loss(student, teacher, factor):
        assert not student.is_leaf and not teacher.is_leaf
        return factor * student.sum() + teacher.detach().sum()

    found = lesson.computed(loss, torch.ones(2, 2), torch.ones(2, 2), factor=3.0)
    assert found[0] == 16 and torch.equal(found[1], torch.full((2, 2), 3.0)) and not found[2].any()


def test_calls_in_a_row_share_a_generator():
    found, then = lesson.in_a_row(lambda n, rng: (int(rng.integers(n)),), 3, {"n": 10}, {"n": 1000})
    rng = np.random.default_rng(3)
    assert found == [(int(rng.integers(10)),), (int(rng.integers(1000)),)] and then == int(rng.integers(2**31))


def test_they_all_go_along_with_an_answer():
    assert all(map(goes_along, (lesson.not_apart, lesson.refilled, lesson.computed, lesson.in_a_row)))


def test_a_drawn_dense_layer_scores_images_and_its_names_have_no_dot(rng):
    net = lesson.drawn_dense(rng)
    (x, _), *_ = lesson.drawn_batches(rng, 1, 5)
    assert net(x).shape == (5, 3) and not net.training
    assert [name for name, _ in net.named_parameters()] == ["weight", "bias"]


def test_the_convolutions_of_a_joint_may_differ(rng):
    first, norm, second = lesson.drawn_joint(rng, 4, biased=False, stride=2, then={"stride": 1, "bias": True})
    assert (first.stride, second.stride) == ((2, 2), (1, 1)) and first.bias is None and second.bias is not None
    assert norm.num_batches_tracked > 0 and isinstance(norm, nn.BatchNorm2d)
