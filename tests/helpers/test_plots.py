"""Figures and tables as they reach a notebook's output."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils import plots, tables


@pytest.fixture
def shown(monkeypatch):
    """What is displayed, as mime bundles."""
    bundles = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: bundles.append(bundle))
    return bundles


def test_alt_text_reaches_the_output(shown):
    fig, axes = plots.figure()
    plots.curves(axes, {"a": [1, 2], "b": [2, 1]}, levels={"half": 0.5}, marks=True)
    plots.show(fig, 'Two lines that cross, "a" & "b"')
    (bundle,) = shown
    assert 'alt="Two lines that cross, &quot;a&quot; &amp; &quot;b&quot;"' in bundle["text/html"]
    assert "data:image/png;base64," in bundle["text/html"]
    assert bundle["text/plain"] == 'Two lines that cross, "a" & "b"'


def test_a_figure_without_words_is_refused(shown):
    fig, _ = plots.figure()
    with pytest.raises(ValueError, match="alt: say in a sentence"):
        plots.show(fig, "plot")
    assert not shown


def test_lines_differ_by_more_than_colour():
    _, axes = plots.figure()
    plots.curves(axes, {name: [0, 1] for name in "abcdefg"})
    looks = [(line.get_color(), line.get_linestyle()) for line in axes.get_lines()]
    assert len({color for color, _ in looks}) == len(looks)
    assert axes.get_legend() is not None


def test_surface_calls_the_classifier_on_points_and_marks_one_half():
    _, axes = plots.figure()
    seen = []

    def predict(points):
        seen.append(points.shape)
        return points[:, 0]

    image = plots.surface(axes, predict, np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([[0.0], [1.0]]))
    assert seen == [(121 * 121, 2)]
    assert image.get_array().shape == (121, 121)
    assert len(axes.collections) == 3  # the line p = 1/2, and a set of points for each label


def test_a_table_is_readable_as_text_and_escapes_markup(shown):
    tables.show([{"what": "a<b", "ms": 1.5}, {"what": "longer", "ms": 20}], "Times & sizes")
    (bundle,) = shown
    assert bundle["text/plain"].splitlines() == ["what    ms ", "a<b     1.5", "longer  20 "]
    assert '<td style="text-align:left">a&lt;b</td>' in bundle["text/html"]
    assert "<caption>Times &amp; sizes</caption>" in bundle["text/html"]


def test_an_empty_table_says_so(shown):
    tables.show([])
    assert shown[0]["text/plain"] == "nothing yet"
