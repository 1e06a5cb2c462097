"""What samples say: percentiles against NumPy, intervals against medians that are known."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.errors import CourseError
from course_utils.timing import Timing, intervals
from course_utils.timing.comparison import Ratio


def test_statistics_agree_with_numpy():
    samples = np.random.default_rng(3).lognormal(12, 0.4, 777)
    timing = Timing("f", samples)
    assert timing.median_ns == np.median(samples)
    assert (timing.p95_ns, timing.p99_ns) == tuple(np.percentile(samples, [95, 99]))
    q25, q75 = np.percentile(samples, [25, 75])
    assert timing.spread == pytest.approx((q75 - q25) / np.median(samples))
    low, high = timing.interval_ns
    assert timing.precision == (high - low) / 2 / timing.median_ns


def test_what_was_measured_cannot_be_changed():
    samples = np.array([1.0, 2.0])
    timing = Timing("f", samples)
    samples[0] = 9
    assert timing.samples_ns.tolist() == [1, 2]
    with pytest.raises(ValueError, match="read-only"):
        timing.samples_ns[0] = 9


@pytest.mark.parametrize("samples", [[], [-1.0], [float("nan")], [[1.0]]])
def test_samples_no_clock_gives_are_refused(samples):
    with pytest.raises(CourseError, match="f: "):
        Timing("f", samples)


def dependent(draw, n, phi):
    """n values, each with a share ``phi`` of the one before it."""
    noise, values = draw.standard_normal(n), np.empty(n)
    values[0] = noise[0]
    for i in range(1, n):
        values[i] = phi * values[i - 1] + np.sqrt(1 - phi**2) * noise[i]
    return values


@pytest.mark.parametrize("n", [10, 30, 100])
@pytest.mark.parametrize("phi", [0.0, 0.3])
def test_intervals_hold_the_median_as_often_as_they_say(n, phi):
    draw = np.random.default_rng(n)
    trials = [np.exp(dependent(draw, n, phi)) for _ in range(300)]  # the true median is 1
    held = np.mean([low <= 1 <= high for low, high in map(intervals.median_interval, trials)])
    assert 0.93 - 0.05 * (phi > 0) <= held < 1 + (n == 10)


def test_neighbours_that_are_alike_widen_the_interval():
    draw = np.random.default_rng(0)
    alike, free = dependent(draw, 900, 0.9), draw.standard_normal(900)
    assert intervals.dependence(alike) > 4 > 2.5 > intervals.dependence(free) >= 1
    assert np.ptp(intervals.median_interval(alike)) > 1.5 * np.ptp(intervals.median_interval(free))


def test_intervals_do_not_depend_on_chance_and_need_six_values():
    values = np.random.default_rng(0).standard_normal(50)
    once, again, other = (intervals.block_bootstrap(values, seed=seed, resamples=101) for seed in (4, 4, 5))
    assert once == again != other
    for interval in (intervals.median_interval, lambda v: intervals.paired_interval(v, seed=0)):
        assert np.isnan(interval(values[:5])).all()
        assert interval(values[:6]) == (values[:6].min(), values[:6].max())
        assert interval(np.ones(20)) == (1, 1)


def test_the_bootstrap_draws_medians_of_runs_of_neighbours():
    draw = np.random.default_rng(1)

    def mean_width(make):
        return np.mean([np.ptp(intervals.block_bootstrap(make(), seed=seed, resamples=300)) for seed in range(20)])

    independent = mean_width(lambda: draw.standard_normal(400))
    assert independent == pytest.approx(2 * 1.96 * np.sqrt(np.pi / 2 / 400), rel=0.15)  # of normal values' median
    assert mean_width(lambda: np.repeat(draw.standard_normal(200), 2)) > 1.15 * independent


def test_the_interval_of_pairs_is_the_wider_of_two(monkeypatch):
    values = np.random.default_rng(0).standard_normal(50)
    monkeypatch.setattr(intervals, "median_interval", lambda values: (-0.1, 9.0))
    assert intervals.paired_interval(values, seed=0) == (intervals.block_bootstrap(values, seed=0)[0], 9.0)


def test_the_verdict_says_no_more_than_the_interval():
    verdicts = [Ratio(*r).verdict for r in [(0.9, 0.8, 0.99), (1.1, 1.01, 1.2), (0.9, 0.8, 1), (1.1, 1, 1.2)]]
    assert verdicts == ["faster", "slower", "no difference shown", "no difference shown"]
