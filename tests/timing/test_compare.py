"""compare, on a clock of our own: its order, its pairs, and what it refuses."""

from __future__ import annotations

import gc

import numpy as np
import pytest

from course_utils.errors import CourseError
from course_utils.timing import Timing, compare
from course_utils.timing.comparison import Comparison


def test_every_round_has_each_once_in_an_order_drawn_with_the_seed(clock):
    def order(seed):
        called = []
        functions = {name: clock.work(1_000_000, called, name) for name in "abc"}
        compared = compare(functions, rounds=60, warmup=1, seed=seed, clock=clock)
        assert called[-180:] == [name for one in compared.order for name in one]
        return compared.order

    first = order(1)
    assert len(first) == 60 and all(sorted(one) == ["a", "b", "c"] for one in first)
    assert len(set(first)) == 6
    assert first == order(1) != order(2)


def test_what_slows_a_round_slows_both(clock):
    weather = iter(np.random.default_rng(0).lognormal(0, 1, 10**6))
    now = {"slow": 1.0, "calls": -3}  # two calls to warm up, one to see how long the shorter takes

    def fn(ns):
        def run():
            if now["calls"] >= 0 and now["calls"] % 2 == 0:
                now["slow"] = next(weather)
            now["calls"] += 1
            clock.now += round(ns * now["slow"])

        return run

    compared = compare({"a": fn(10**8), "b": fn(13 * 10**7)}, rounds=50, warmup=1, time_limit_s=1e6, clock=clock)
    assert compared.timings["a"].spread > 0.5
    assert compared.ratio("b") == pytest.approx((1.3, 1.3, 1.3), rel=1e-5)


def test_samples_of_all_last_about_equally_long(clock):
    compared = compare({"slow": clock.work(10**7), "fast": clock.work(10**6)}, rounds=10, clock=clock)
    assert {name: timing.calls for name, timing in compared.timings.items()} == {"slow": 1, "fast": 10}
    assert compared.ratio("fast").value == pytest.approx(0.1)
    tiny = compare({"a": clock.work(100), "b": clock.work(200)}, rounds=10, clock=clock)
    assert [timing.calls * timing.median_ns for timing in tiny.timings.values()] == [200_000, 200_000]
    assert tiny.edge == pytest.approx(500 / 200_000)


def test_compare_leaves_the_random_numbers_alone(clock):
    np.random.seed(5)
    before = np.random.get_state()[1].tolist()
    compare({"a": clock.work(10**6), "b": clock.work(10**6)}, rounds=10, clock=clock).ratio("b")
    assert np.random.get_state()[1].tolist() == before


def test_compare_stops_at_the_time_limit(clock):
    compared = compare({"a": clock.work(10**8), "b": clock.work(10**8)}, rounds=100, time_limit_s=2, clock=clock)
    assert 1 <= compared.rounds < 12
    assert "of 100, the time limit came first" in repr(compared)
    one = compare({"a": clock.work(10**10), "b": clock.work(10**10)}, time_limit_s=1, clock=clock)
    assert one.rounds == 1 and one.ratio("b").verdict == "too few rounds to tell"
    assert "1.000 (– to –)" in repr(one) and "too few rounds" in one.draw()[1]


@pytest.mark.parametrize(
    ("functions", "options", "sentence"),
    [
        ({}, {}, "give two or more functions by name"),
        ({"a": len}, {}, "give two or more functions by name"),
        ([len, len], {}, "give two or more functions by name"),
        ({"a": len, "b": 3}, {}, "compare, b: got a int, not a function"),
        ({"a": len, "b": len}, {"rounds": 0}, "rounds is 0; give a number above 0"),
        ({"a": len, "b": len}, {"time_limit_s": 0}, "time_limit_s is 0"),
    ],
)
def test_compare_refuses(functions, options, sentence):
    with pytest.raises(CourseError, match=sentence):
        compare(functions, **options)


def test_compare_lets_through_what_a_function_raises():
    with pytest.raises(ZeroDivisionError):
        compare({"a": lambda: None, "b": lambda: 1 / 0})
    assert gc.isenabled()


def test_a_ratio_of_no_function_names_those_there_are():
    compared = Comparison({"a": Timing("a", [1.0]), "b": Timing("b", [2.0])})
    with pytest.raises(CourseError, match="no function named c; there are: a, b"):
        compared.ratio("c")


def test_rounds_that_cannot_be_paired_are_refused():
    with pytest.raises(CourseError, match="different numbers of samples"):
        Comparison({"a": Timing("a", [1.0]), "b": Timing("b", [2.0, 3.0])})
    with pytest.raises(CourseError, match="a took no time"):
        Comparison({"a": Timing("a", [0.0]), "b": Timing("b", [2.0])})
