"""Networks with channels cut compute what the whole ones do without these channels, and keep all else."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from course_utils import pruning
from course_utils.errors import CourseError
from course_utils.models import DigitMobileNet, DigitResNet
from course_utils.withheld import working_on


@pytest.fixture
def joint():
    torch.manual_seed(0)
    first, norm, second = nn.Conv2d(2, 5, 3), nn.BatchNorm2d(5), nn.Conv2d(5, 3, 3, bias=False)
    norm.running_mean.uniform_(-1, 1)
    norm.running_var.uniform_(0.5, 2)
    nn.init.uniform_(norm.bias)
    return nn.Sequential(first, norm, nn.ReLU(), nn.MaxPool2d(2), second).eval()


def test_a_cut_joint_computes_what_the_whole_does_with_the_others_at_zero(joint):
    first, norm, second = pruning.cut_channels(joint[0], joint[1], joint[4], [4, 1])
    x = torch.randn(2, 2, 9, 8)
    inside = joint[:4](x)
    inside[:, [0, 2, 3]] = 0
    small = nn.Sequential(first, norm, nn.ReLU(), nn.MaxPool2d(2), second)
    assert torch.allclose(small(x), joint[4](inside), atol=1e-5)
    assert torch.allclose(first(x), joint[0](x)[:, [4, 1]], atol=1e-6)
    assert (first.out_channels, norm.num_features, second.in_channels, second.bias) == (2, 2, 2, None)
    assert joint[0].out_channels == joint[1].running_var.numel() == 5 and not norm.training


def test_the_largest_scales_stay_and_at_least_one():
    norm = nn.BatchNorm2d(4)
    norm.weight.data = torch.tensor([0.5, -3.0, 1.0, 2.0])
    assert [pruning.largest_channels(norm, share) for share in (0, 0.25, 0.5, 0.9)] == [
        [0, 1, 2, 3],
        [1, 2, 3],
        [1, 3],
        [1],
    ]


def test_joints_are_found_inside_blocks_and_across_pooling_and_not_where_groups_are(joint):
    assert [(place, behind) for _, place, behind in pruning.joints(joint)] == [(0, 4)]
    assert len(list(pruning.joints(DigitResNet()))) == 8  # two in each of four blocks
    assert list(pruning.joints(DigitMobileNet())) == []


def test_a_network_loses_a_share_of_its_inner_channels_and_the_original_none():
    torch.manual_seed(0)
    net = DigitResNet(4).eval()
    before = copy.deepcopy(net.state_dict())
    small = pruning.without_channels(net, 0.5)
    assert small(torch.zeros(3, 1, 28, 28)).shape == (3, 10)
    middle = [layer.out_channels for layer in small[3].residual if isinstance(layer, nn.Conv2d)]
    whole = [layer.out_channels for layer in net[3].residual if isinstance(layer, nn.Conv2d)]
    assert [b - a for a, b in zip(middle, whole, strict=True)] == [whole[0] // 2, whole[1] // 2, 0]
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_what_cuts_can_be_given(joint):
    asked = []

    def cut(*args):
        asked.append(args[3])
        return pruning.cut_channels(*args)

    pruning.without_channels(joint, 0.4, cut)
    assert [len(keep) for keep in asked] == [3]


def test_statistics_are_measured_again_and_nothing_else_changes(joint):
    x = 3 * torch.randn(300, 2, 9, 8) + 1
    joint[1].num_batches_tracked += 50  # what it has seen before does not count any more
    before = copy.deepcopy(joint.state_dict())
    pruning.renew(joint, x)
    inside = joint[0](x)
    assert torch.allclose(joint[1].running_mean, inside.mean((0, 2, 3)), atol=0.05)
    assert torch.allclose(joint[1].running_var, inside.var((0, 2, 3)), rtol=0.05)
    assert not joint.training and joint[1].momentum == 0.1
    now = joint.state_dict()
    assert {name for name in now if not torch.equal(now[name], before[name])} == {
        "1.running_mean",
        "1.running_var",
        "1.num_batches_tracked",
    }


def test_it_rests_in_its_own_lesson(joint):
    working_on("10")
    try:
        with pytest.raises(CourseError, match=r"10\.4"):
            pruning.cut_channels(joint[0], joint[1], joint[4], [0])
        assert pruning.without_channels(joint, 0.4)[0].out_channels == 3
    finally:
        working_on(None)
