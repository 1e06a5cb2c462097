"""What lesson 10 gives keeps what its docstrings promise: fixtures, experiments, records."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from sample_course import ROOT
from torch import nn

from course_utils import expect
from course_utils.errors import CourseError
from course_utils.lessons import pruning_and_distillation as lesson
from course_utils.lessons.pruning_and_distillation import experiments, given, instead, records
from course_utils.lessons.pruning_and_distillation.nets import PlainNet
from course_utils.withheld import working_on


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_importing_it_imports_nothing_heavy():
    code = (
        "import sys, course_utils.lessons.pruning_and_distillation;"
        "print({'numpy', 'matplotlib', 'torch'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"


def test_a_plain_net_has_the_channels_asked_for():
    net = PlainNet(3, 5, 7)
    assert net(torch.zeros(2, 1, 16, 16)).shape == (2, 10)
    assert [layer.out_channels for layer in net if isinstance(layer, nn.Conv2d)] == [3, 5, 7]


def test_a_drawn_net_is_another_each_time_and_scores_images(rng):
    one, other = lesson.drawn_net(rng), lesson.drawn_net(rng)
    (x, labels), *_ = lesson.drawn_batches(rng, 2, 5)
    assert one(x).shape == (5, 3) and one(x).dtype == torch.float64 and not one.training
    assert not torch.allclose(one(x), other(x))
    assert labels.shape == (5,) and labels.max() < 3


def test_masks_are_half_off_and_never_whole(rng):
    net = lesson.drawn_net(rng)
    masks = lesson.drawn_masks(rng, net, "0.weight", "4.bias")
    assert masks["0.weight"].shape == (4, 1, 3, 3) and masks["0.weight"].sum() == 18
    assert masks["4.bias"].sum() in (1, 2)


def test_a_watched_net_remembers_the_largest_off_weight_it_was_run_with(rng):
    net = lesson.drawn_net(rng)
    masks = lesson.drawn_masks(rng, net, "4.weight")
    model, named = lesson.watched(net, masks)
    assert list(named) == ["net.4.weight"] and not model.training
    off = torch.from_numpy(~masks["4.weight"])
    largest = float(net[4].weight.detach()[off].abs().max())
    (x, _), *_ = lesson.drawn_batches(rng, 1)
    assert torch.equal(model(x), net(x))
    net[4].weight.data[off] = 0
    model(x)
    assert float(lesson.state(model)["seen"]) == pytest.approx(largest)
    assert int(lesson.state(model)["calls"]) == 2
    lesson.expect_off(net, masks, "the net")
    net[4].weight.data[off.nonzero()[0][0], off.nonzero()[0][1]] = -1e-9
    with pytest.raises(expect.Unmet, match="after each step"):
        lesson.expect_off(net, masks, "the net")


def test_a_state_is_compared_name_by_name(rng):
    net = lesson.drawn_net(rng)
    before = lesson.state(net)
    lesson.expect_state(net, before, "the net")
    net[1].running_mean += 1
    with pytest.raises(expect.Unmet, match="running_mean"):
        lesson.expect_state(net, before, "the net")


def test_a_joint_with_all_channels_kept_is_the_joint_itself(rng):
    joint = lesson.drawn_joint(rng, 4, biased=False, padding=1, eps=0.2)
    x = torch.from_numpy(rng.normal(size=(2, 3, 5, 5))).float()
    assert joint[0].bias is None and joint[1].eps == 0.2
    whole, none = lesson.with_others_at_zero(joint, [0, 1, 2, 3], x), lesson.with_others_at_zero(joint, [], x)
    assert torch.allclose(whole, lesson.through(joint, x))
    assert none.abs().max() == 0


def test_masks_of_the_courses_own_rest_in_the_lesson_and_count_exactly():
    w = np.array([[1.0, -1.0], [0.5, 2.0]])
    assert instead.magnitude_mask(w, 0.5).tolist() == [[False, True], [False, True]]
    both = instead.global_masks({"a": w, "b": np.array([0.1])}, 0.6)
    assert [mask.tolist() for mask in both.values()] == [[[False, True], [False, True]], [False]]
    working_on("10")
    try:
        for helper in (instead.magnitude_mask, instead.global_masks, instead.distillation_loss):
            with pytest.raises(CourseError, match=r"exercise 10\."):
                helper()
    finally:
        working_on(None)


def test_masked_weights_are_zero_in_a_copy(rng):
    net = PlainNet(2, 2, 2)
    weights = given.weights_of(net)
    assert list(weights) == ["0.weight", "4.weight", "8.weight", "13.weight"]
    masked = given.with_masks(net, instead.global_masks(weights, 0.5))
    left = given.weights_of(masked)
    assert sum(int((w == 0).sum()) for w in left.values()) == round(0.5 * sum(w.size for w in weights.values()))
    assert all(np.array_equal(w, weights[name]) for name, w in given.weights_of(net).items())


def test_batches_hold_every_digit_once_an_epoch():
    found = given.batches(2)
    assert sum(len(labels) for _, labels in found) == 2 * 1347
    counts = torch.bincount(torch.cat([labels for _, labels in found]))
    assert torch.equal(counts, 2 * torch.bincount(given.digits16().train_labels))


def test_a_hundred_labels_are_ten_of_each_digit():
    chosen = experiments.labelled(3)
    assert torch.bincount(given.digits16().train_labels[chosen]).tolist() == [10] * 10
    assert len(set(chosen.tolist())) == 100
    assert experiments.labelled(4).tolist() != chosen.tolist()


def test_a_student_learns_by_the_loss_that_it_is_given():
    digits = given.digits16()
    asked = []

    def loss(student, teacher, labels, temperature, alpha):
        asked.append((len(labels), temperature, alpha))
        return nn.functional.cross_entropy(student, labels)

    scores = torch.zeros(len(digits.train_labels), 10)
    net = experiments.student(0, digits.train_images, scores, digits.train_labels, loss, 0.25)
    assert asked == [(experiments.BATCH, experiments.TEMPERATURE, 0.25)] * experiments.STEPS
    assert given.right(net) > 0.8


def test_the_courses_loss_is_the_cross_entropy_at_alpha_0_and_teaches_the_student_alone():
    scores = torch.randn(4, 10, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(4)
    own = instead.distillation_loss(scores, -scores, labels, 3.0, 0.0)
    assert own == pytest.approx(nn.functional.cross_entropy(scores, labels))
    assert instead.distillation_loss(scores, scores, labels, 3.0, 1.0) == pytest.approx(0, abs=1e-6)


def test_ten_seeds_are_recorded_with_their_machine_and_stand_beside_the_notebook():
    found = records.recorded()
    assert len(found["seeds"]) == 10 and "PyTorch" in found["hardware"]
    assert list(found["cut"]) == ["none", "25%", "50%", "75%"]
    names = [getattr(experiments, name) for name in ("CUT", "RENEWED", "TRAINED_ON", "AS_TUNED", "AS_ALL")]
    assert all(list(found["cut"][row]) == names for row in ("25%", "50%", "75%"))
    assert list(found["taught"]) == [experiments.SAW_ALL, experiments.SAW_100]
    values = [v for kind in ("cut", "taught") for row in found[kind].values() for v in row.values()]
    assert all(len(v) == 10 and min(v) > 0 and max(v) <= 1 for v in values)
    released, kept = (ROOT / folder / records.LESSON / records.FILE for folder in ("notebooks", "solutions"))
    assert released.read_bytes() == kept.read_bytes()


def test_a_live_seed_joins_the_recorded_ones():
    found = records.with_live("cut", {"50%": {experiments.CUT: 0.5}})
    assert found["50%"][experiments.CUT][-1] == 0.5 and len(found["50%"][experiments.CUT]) == 11
    assert len(found["50%"][experiments.AS_ALL]) == len(found["25%"][experiments.CUT]) == 10


def test_records_are_written_by_comparison_and_a_bad_file_is_said_so(tmp_path, monkeypatch):
    runs = {"cut": [{"50%": {"cut": 0.5}}, {"50%": {"cut": 0.75}}]}
    records.keep(tmp_path / "runs.json", runs, seeds=[0, 1], when="today", hardware="this")
    written = json.loads((tmp_path / "runs.json").read_text())
    assert written["cut"] == {"50%": {"cut": [0.5, 0.75]}} and written["seeds"] == [0, 1]
    monkeypatch.chdir(tmp_path)
    records.recorded.cache_clear()
    try:
        assert records.recorded() == written
        for bad in ("{", "[]", '{"format": 0}'):
            (tmp_path / "runs.json").write_text(bad)
            records.recorded.cache_clear()
            with pytest.raises(CourseError, match="fetch the lesson's folder anew"):
                records.recorded()
    finally:
        records.recorded.cache_clear()
