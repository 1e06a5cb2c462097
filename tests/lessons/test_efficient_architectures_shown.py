"""What lesson 09 draws, and which files it leaves."""

from __future__ import annotations

import copy
import subprocess
import sys
from types import SimpleNamespace

import pytest

from course_utils.lessons import efficient_architectures as lesson
from course_utils.lessons.efficient_architectures import layers, racing
from course_utils.lessons.efficient_architectures.folder import passing_path

pytestmark = pytest.mark.usefixtures("folder")


def test_a_file_that_is_read_at_once_leaves_nothing(folder):
    lesson.begin()
    with passing_path("net.onnx") as path:
        path.write_text("read")
        assert path.parent.parent.name == "work09"
    assert not list((folder / "work09").iterdir())


def test_folders_of_tests_go_when_the_process_ends_and_not_before(folder):
    code = "from course_utils.lessons.efficient_architectures import new_path; p = new_path('fit'); p.mkdir(); print(p)"
    path = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()
    assert path.endswith("fit") and not list((folder / "work09").iterdir())
    assert lesson.new_path("fit").parent.is_dir()


@pytest.mark.parametrize(("high", "goes_on"), [(2.0, False), (9.0, True)])
def test_an_interval_that_leaves_the_axis_ends_in_an_arrow(monkeypatch, high, goes_on):
    figures, ratio = [], SimpleNamespace(value=1.5, low=0.5, high=high)
    monkeypatch.setattr(
        racing, "_raced", lambda *_, **__: dict.fromkeys(racing.RUNTIMES, SimpleNamespace(ratio=lambda _: ratio))
    )
    monkeypatch.setattr(racing.plots, "show", lambda fig, alt: figures.append(fig))
    said = racing.draw_swap(lambda net: copy.deepcopy(net))
    assert f"ONNX Runtime 1.50 (0.50 to {high:.2f})" in said
    marks = [line.get_marker() for line in figures[0].axes[0].lines]
    assert (">" in marks) is goes_on


def test_both_networks_are_drawn_on_one_scale(monkeypatch):
    figures = []
    monkeypatch.setattr(layers.plots, "show", lambda fig, alt: figures.append(fig))
    rows = [{"name": "fc", "kind": "Linear", "macs": 5, "params": 1, "out_bytes": 4}]
    monkeypatch.setattr(layers, "kinds_of", lambda net: {"fc": "pointwise 1×1"})
    sizes = iter((1, 3))
    drawn = lambda net, x: [row | {"macs": row["macs"] * next(sizes)} for row in rows]  # noqa: E731
    assert layers.draw_macs(drawn) == 100
    first, second = (axes.get_ylim() for axes in figures[0].axes)
    assert first == second
