"""The networks: the sizes the lessons speak of, and graphs that later lessons can fold, fuse and quantize."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from torch import nn

from course_utils.models import Bottleneck, DigitCNN, DigitMobileNet, DigitResNet, XorNet


def parameters(model: nn.Module) -> int:
    return sum(each.numel() for each in model.parameters())


def kinds(model: nn.Module, kind: type) -> list[nn.Module]:
    return [each for each in model.modules() if isinstance(each, kind)]


@pytest.mark.parametrize(
    ("make", "size", "expected"),
    [(DigitCNN, 16, 93_962), (DigitResNet, 28, 202_938), (DigitMobileNet, 28, 92_458)],
)
def test_parameters_and_shapes(make, size, expected):
    model = make()
    assert parameters(model) == expected
    for n in (1, 3):
        assert model.eval()(torch.zeros(n, 1, size, size)).shape == (n, 10)


@pytest.mark.parametrize("make", [DigitResNet, DigitMobileNet])
def test_twice_the_width_is_about_four_times_the_parameters(make):
    assert 3.7 < parameters(make(width=32)) / parameters(make(width=16)) < 4


def test_an_image_is_judged_alone_in_eval_mode():
    torch.manual_seed(0)
    model, images = DigitResNet().eval(), torch.rand(4, 1, 28, 28)
    with torch.no_grad():
        torch.testing.assert_close(model(images)[2:3], model(images[2:3]), atol=1e-5, rtol=1e-5)


def test_xor_net_is_the_network_of_lesson_01():
    net = XorNet(2)
    with torch.no_grad():  # one unit says "or", the other "and"
        net.hidden.weight.copy_(torch.full((2, 2), 10.0))
        net.hidden.bias.copy_(torch.tensor([-5.0, -15.0]))
        net.output.weight.copy_(torch.tensor([[10.0, -10.0]]))
        net.output.bias.fill_(-10.0)
    p = net(torch.tensor([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]))
    assert p.shape == (4, 1)
    assert p.round().flatten().tolist() == [0, 1, 1, 0]
    by_hand = torch.sigmoid(10 * torch.tanh(torch.tensor(-5.0)) - 10 * torch.tanh(torch.tensor(-15.0)) - 10)
    torch.testing.assert_close(p[3, 0], by_hand)
    assert parameters(XorNet(7)) == 7 * 4 + 1


def test_a_bottleneck_adds_its_input_and_projects_only_where_shapes_differ():
    same = Bottleneck(64, 16).eval()
    assert isinstance(same.shortcut, nn.Identity)
    assert [conv.kernel_size for conv in kinds(same, nn.Conv2d)] == [(1, 1), (3, 3), (1, 1)]
    nn.init.zeros_(same.residual[-1].weight)  # nothing to add: what is left is the input
    x = torch.randn(2, 64, 5, 5, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(same(x), x.relu())
    other = Bottleneck(64, 16, stride=2)
    assert len(kinds(other, nn.Conv2d)) == 4
    assert other(torch.zeros(2, 64, 6, 6)).shape == (2, 64, 3, 3)


def test_every_convolution_has_a_normalization_to_fold():
    for model, convolutions in ((DigitResNet(), 15), (DigitMobileNet(), 19)):
        found = kinds(model, nn.Conv2d)
        assert len(found) == len(kinds(model, nn.BatchNorm2d)) == convolutions
        assert all(conv.bias is None for conv in found)


def test_mobilenet_is_depthwise_separable():
    stem, *rest = kinds(DigitMobileNet(), nn.Conv2d)
    assert stem.kernel_size == (3, 3)
    for depthwise, pointwise in zip(rest[::2], rest[1::2], strict=True):
        assert depthwise.groups == depthwise.in_channels == depthwise.out_channels
        assert (pointwise.groups, pointwise.kernel_size) == (1, (1, 1))


def test_the_package_and_its_helpers_do_not_load_torch():
    code = "import sys, course_utils, course_utils.data, course_utils.training; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
