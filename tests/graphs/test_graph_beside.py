"""Two graphs side by side: what changed is counted, marked without colour, and fits a page."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from matplotlib.patches import FancyBboxPatch
from onnx import parser
from sample_graphs import HEAD, residual_block

from course_utils.errors import CourseError
from course_utils.export import to_onnx_torchscript
from course_utils.graphs import beside, levels
from course_utils.graphs import fusions as graph_fusions
from course_utils.models import DigitResNet

BEFORE = f"{HEAD} g (float[n, 2] x) => (float[n, 2] y) {{ a = Relu (x) b = Identity (a) y = Abs (b) }}"
AFTER = f"{HEAD} g (float[n, 2] x) => (float[n, 2] y) {{ a = Relu (x) y = Abs (a) }}"
FUSED = f"{HEAD} g (float[n, 2] x) => (float[n, 2] y) {{ y = Softsign (x) }}"


def words(drawn) -> list[str]:
    return [text.get_text() for text in drawn.axes[0].texts if text.get_text()]


@pytest.fixture(scope="module")
def resnet(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("beside")
    path = to_onnx_torchscript(DigitResNet(), torch.rand(2, 1, 28, 28), folder / "resnet.onnx", tolerance=None)
    return path, levels.save_optimized(path, folder / "all.onnx")


def test_changes_are_counted():
    before, after, fused = map(parser.parse_model, (BEFORE, AFTER, FUSED))
    found = beside.change(before, fused)
    assert (len(found.kept), found.removed, found.added) == (0, {"Relu": 1, "Identity": 1, "Abs": 1}, {"Softsign": 1})
    assert found.stands_for == {"y": ("Relu", "Identity", "Abs")}
    same = beside.change(before, before)
    assert (len(same.kept), same.removed, same.added) == (3, {}, {})
    assert (beside.change(before, after).removed, beside.change(before, after).added) == ({"Identity": 1}, {})


def test_marks_need_no_colour():
    drawn = beside.draw(parser.parse_model(BEFORE), parser.parse_model(FUSED), ("first", "second"))
    said = words(drawn)
    for word in ("first", "second", "− Relu", "− Identity", "+ Softsign", "Relu + Identity + Abs", "− removed"):
        assert word in said
    outlines = {(kind.line, kind.weight) for kind in (beside.KEPT, beside.REMOVED, beside.ADDED)}
    assert len(outlines) == 3


def test_what_is_in_both_has_no_sign():
    said = words(beside.draw(residual_block(), residual_block()))
    assert said.count("Add") == 2
    assert not [word for word in said if word.startswith(("+", "−"))]


def test_words_have_the_counts():
    assert beside.describe(parser.parse_model(BEFORE), parser.parse_model(FUSED), ("first", "second")) == (
        "Two graphs side by side. first: 3 operators; second: 1; 0 are in both. Removed: 1 Relu, 1 Identity, 1 Abs. "
        "Added: 1 Softsign, which stand for what was there: 1 for Relu + Identity + Abs."
    )


def test_a_whole_network_is_legible(resnet: tuple[Path, Path]):
    drawn = beside.draw(*resnet, ("as exported", "as it runs"))
    assert drawn.get_figwidth() <= beside.WIDEST + 0.5
    assert drawn.get_figheight() <= 16
    drawn.canvas.draw()
    axes, page = drawn.axes[0], drawn.bbox
    boxes = [patch.get_window_extent() for patch in axes.patches if isinstance(patch, FancyBboxPatch)]
    assert not any(one.overlaps(other) for number, one in enumerate(boxes) for other in boxes[:number])
    for text in (text for text in axes.texts if text.get_text()):
        extent = text.get_window_extent()
        assert page.x0 <= extent.x0 and extent.x1 <= page.x1
        for one in (one for one in boxes if one.overlaps(extent)):
            assert one.x0 <= extent.x0 and extent.x1 <= one.x1
    assert len(boxes) >= sum(len(graph_fusions.of(path, path)) for path in resnet)


def test_too_many_nodes():
    steps = " ".join(f"t{number + 1} = Relu (t{number})" for number in range(301))
    long = parser.parse_model(f"{HEAD} long (float[4] t0) => (float[4] t301) {{ {steps} }}")
    with pytest.raises(CourseError, match="301 nodes, too many to read"):
        beside.draw(long, residual_block())


def test_shown_with_its_words(monkeypatch: pytest.MonkeyPatch):
    seen = []
    monkeypatch.setattr("course_utils.plots.show", lambda drawn, alt: seen.append(alt))
    beside.show(residual_block(), residual_block())
    assert seen == [beside.describe(residual_block(), residual_block())]
