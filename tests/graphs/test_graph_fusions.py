"""What each operator of an optimized graph stands for."""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest
import torch
from onnx import parser
from sample_graphs import HEAD, residual_block

from course_utils.errors import CourseError
from course_utils.export import to_onnx_torchscript
from course_utils.graphs import fusions, levels
from course_utils.models import Bottleneck


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A residual block of the course's ResNet, as exported and at each level."""
    folder = tmp_path_factory.mktemp("fusions")
    block = torch.nn.Sequential(torch.nn.Conv2d(1, 16, 3), Bottleneck(16, 16, 2))
    path = to_onnx_torchscript(block, torch.rand(2, 1, 12, 12), folder / "block.onnx")
    return {"exported": path} | levels.save_levels(path, folder)


def test_nothing_changes_at_the_lowest_level(saved: dict[str, Path]):
    assert fusions.summary(saved["exported"], saved["exported"]) == {}
    assert fusions.summary(saved["exported"], saved["disabled"]) == {}


def test_batch_normalization_is_folded_then_relu_fused(saved: dict[str, Path]):
    assert fusions.summary(saved["exported"], saved["basic"]) == {"Conv ← Conv + BatchNormalization": 4}
    assert fusions.summary(saved["exported"], saved["extended"]) == {
        "microsoft.FusedConv ← Conv + BatchNormalization + Relu": 2,
        "Conv ← Conv + BatchNormalization": 2,
    }


def test_sums_are_followed_into_the_blocked_layout(saved: dict[str, Path]):
    found = fusions.summary(saved["exported"], saved["all"])
    if not any(name.startswith("nchwc.") for name in found):
        pytest.skip("ONNX Runtime has no blocked layout on this processor")
    assert found["nchwc.Conv ← Conv + BatchNormalization + Relu"] == 2
    assert found["nchwc.Conv ← Conv + BatchNormalization + Add + Relu"] == 1
    assert found["nchwc.ReorderOutput ← nothing"] == 1


def test_every_node_of_the_original_is_in_one_place(saved: dict[str, Path]):
    before = onnx.load(saved["exported"]).graph
    wanted = sorted(node.output[0] for node in before.node if node.op_type != "Identity")  # of constants that are alike
    for level in ("disabled", "basic", "extended", "all"):
        replaced = [name for fusion in fusions.of(saved["exported"], saved[level]) for name in fusion.replaced]
        assert sorted(replaced) == wanted


def test_names_carry_the_last_part_of_their_domain():
    node = onnx.helper.make_node("Conv", ["x"], ["y"], domain="com.microsoft.nchwc")
    assert fusions.operator(node) == "nchwc.Conv"
    for domain in ("", "ai.onnx"):
        assert fusions.operator(onnx.helper.make_node("Conv", ["x"], ["y"], domain=domain)) == "Conv"


def test_constants_are_left_out_and_lost_tensors_counted_later():
    before = parser.parse_model(
        f"{HEAD} g (float[2] x) => (float[2] y) {{ c = Constant <value = float[2] {{1, 2}}> ()"
        " d = Neg (c) a = Mul (x, d) b = Exp (a) y = Abs (b) }"
    )
    after = parser.parse_model(f"{HEAD} g (float[2] x) => (float[2] y) {{ unheard = Wish (x) y = Abs (unheard) }}")
    assert [fusion.output for fusion in fusions.of(before, before)] == ["a", "b", "y"]
    lost, last = fusions.of(before, after)
    assert str(lost) == "Wish ← nothing"
    assert (last.parts, last.replaced) == (("Mul", "Exp", "Abs"), ("a", "b", "y"))
    assert last.kept == "y"


def test_a_kept_node_is_told_from_a_fused_one():
    first, *_, last = fusions.of(residual_block(), residual_block())
    assert first.kept and last.kept
    assert str(last) == "MaxPool ← MaxPool"


def test_no_file(tmp_path: Path):
    with pytest.raises(CourseError, match="no such file"):
        fusions.of(tmp_path / "gone.onnx", residual_block())


def test_a_node_before_which_others_were_dropped_is_kept():
    text = f"{HEAD} g (float[n, 2] x) => (float[n, 2] y) <float[2] w = {{1, 2}}> {{ STEPS }}"
    before = parser.parse_model(text.replace("STEPS", "i = Identity (x) a = Add (i, w) y = Exp (a)"))
    dropped = parser.parse_model(text.replace("STEPS", "a = Add (x, w) y = Exp (a)"))
    first, last = fusions.of(before, dropped)
    assert (first.kept, last.kept) == ("a", "y")
    assert first.replaced == ("i", "a")
    assert fusions.summary(before, dropped) == {}
    other = parser.parse_model(
        text.replace("STEPS", "a = Add (x, v) y = Exp (a)").replace("[2] w", "[2] w, float[2] v")
    )
    assert fusions.summary(before, other) == {"Add ← Identity + Add": 1}
