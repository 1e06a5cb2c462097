"""Timings and comparisons as they reach a reader: words, tables, figures."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils import hardware, markup
from course_utils.timing import Timing, compare


@pytest.mark.parametrize(
    ("ns", "words"),
    [
        (0, "0 ns"),
        (0.5, "0.500 ns"),
        (21.44, "21.4 ns"),
        (999.6, "1.00 µs"),
        (205_000, "205 µs"),
        (12_345_678, "12.3 ms"),
        (3e9, "3.00 s"),
        (4.5e12, "4500 s"),
        (float("nan"), "–"),
    ],
)
def test_durations_read_well(ns, words):
    assert markup.duration(ns) == words


def test_a_table_of_nothing_says_so():
    assert markup.table_text([]) == "nothing yet" and "nothing yet" in markup.table_html([])


def test_a_timing_shows_itself():
    timing = Timing("<lambda>", np.full(40, 1500.0), calls=8)
    assert "1.50 µs" in repr(timing) and "40 × 8 calls" in repr(timing)
    assert "&lt;lambda&gt;" in timing._repr_html_() and "<lambda>" not in timing._repr_html_()


@pytest.fixture
def shown(monkeypatch):
    """What is displayed, as mime bundles."""
    bundles = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: bundles.append(bundle))
    return bundles


def test_a_histogram_says_what_it_shows(shown):
    timing = Timing("f", [*[1000.0] * 99, 50_000.0])
    timing.plot()
    (bundle,) = shown
    words = "Histogram of 100 samples of f, log scales: median 1.00 µs, p95 1.00 µs, p99 1.49 µs, slowest 50.0 µs."
    assert bundle["text/plain"] == words and f'alt="{words}"' in bundle["text/html"]
    axes = timing.draw()[0].axes[0]
    assert sum(bar.get_height() for bar in axes.patches) == 100 and axes.get_xscale() == "log"
    assert Timing("f", [0.0, 0.0, 1.0]).draw()[0].axes[0].get_xscale() == "linear"


def test_a_comparison_shows_table_and_figure(shown, clock):
    functions = {"eager <old>": clock.work(10**6), "fast": clock.work(5 * 10**5)}
    compared = compare(functions, rounds=20, clock=clock)
    page = compared._repr_html_()
    assert "eager &lt;old&gt;" in page and "<old>" not in page
    assert hardware.hardware_line() in page.replace("&#x27;", "'") and "20 rounds" in page
    said = (
        "Time over that of eager &lt;old&gt;, with 95 % intervals, 20 rounds: fast 0.5000 (0.4998 to 0.5003), faster."
    )
    assert f'alt="{said}"' in page and "data:image/png;base64," in page
    assert "2.000 (1.999 to 2.001)" in page
    compared.plot()
    assert shown[0]["text/plain"].startswith("Time over that of eager <old>, with 95 % intervals")


def test_the_hardware_has_a_name_and_cores():
    found = hardware.hardware()
    assert found["cpu"] and found["usable"] >= 1
    line = hardware.hardware_line(
        found | {"cpu": "Chip", "kind": "new", "cores": 4, "usable": 8, "torch": "2.0", "threads": 1}
    )
    assert line.startswith("Chip (new), 4 cores (8 usable), ") and line.endswith("PyTorch 2.0 on 1 thread")
