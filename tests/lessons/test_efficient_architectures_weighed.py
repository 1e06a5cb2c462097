"""What a network's file takes: products and weights are counted wherever they stand, or refused."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from course_utils.errors import CourseError
from course_utils.lessons import efficient_architectures as lesson


class ByHand(nn.Module):
    """A 1×1 convolution of multiplications by number."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(2, 5, 1, 1))

    def forward(self, x):
        return (x[:, :1] * self.weight[0] + x[:, :1] * self.weight[1]).mean((2, 3))


class Fixed(nn.Module):
    """Filters that are no parameters, and a scale for each channel, which is normalization's and not counted."""

    def forward(self, x):
        y = nn.functional.conv2d(x, torch.ones(3, 1, 3, 3))
        return (y * torch.full((3, 1, 1), 2.0)).mean((2, 3))


def test_products_by_hand_and_weights_amid_operators_are_weighed(tmp_path):
    found = lesson.weigh(lesson.net_file(ByHand, tmp_path / "hand.onnx", train=False))
    assert found == (10, 2 * 5 * 28 * 28)
    found = lesson.weigh(lesson.net_file(Fixed, tmp_path / "fixed.onnx", train=False))
    assert found.macs == 9 * 3 * 26 * 26 and 27 <= found.parameters <= 27 + 3


def test_products_in_a_branch_are_refused(tmp_path):
    import onnx
    from onnx import helper

    body = helper.make_graph([helper.make_node("MatMul", ["x", "x"], ["y"])], "body", [], [_value(onnx, "y")])
    node = helper.make_node("If", ["yes"], ["out"], then_branch=body, else_branch=body)
    yes = helper.make_tensor("yes", onnx.TensorProto.BOOL, [], [True])
    graph = helper.make_graph([node], "net", [_value(onnx, "x")], [_value(onnx, "out")], [yes])
    onnx.save(helper.make_model(graph), tmp_path / "branch.onnx")
    with pytest.raises(CourseError, match="If"):
        lesson.weigh(tmp_path / "branch.onnx")


def _value(onnx, name):
    return onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, 1])
