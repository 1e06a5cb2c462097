"""The clock that lesson 12's tests move, and what they see of a buffer."""

from __future__ import annotations

import queue

import numpy as np
import pytest

from course_utils.lessons import input_pipelines as lesson
from course_utils.lessons.input_pipelines.framing import allocated_by
from course_utils.lessons.input_pipelines.gathering import Arrivals
from course_utils.lessons.input_pipelines.marks import END
from course_utils.lessons.input_pipelines.within import Starved


def test_waiting_takes_no_time_and_is_as_a_queue_has_it():
    arrivals = Arrivals([(1.0, "a"), (5.0, "b"), (5.0, "END")], late=0.25)
    assert arrivals.get() == "a" and arrivals.clock() == 1.25
    with pytest.raises(queue.Empty):
        arrivals.get(timeout=2)
    assert arrivals.clock() == 3.5
    with pytest.raises(queue.Empty):
        arrivals.get(False)
    with pytest.raises(ValueError, match="non-negative"):
        arrivals.get(timeout=-1)
    assert arrivals.clock() == 3.5 and arrivals.get(timeout=1.5) == "b" and arrivals.clock() == 5.25
    assert arrivals.get() is END and arrivals.clock() == 5.25
    with pytest.raises(Starved):
        arrivals.get()
    assert arrivals.asked == [None, 2, 0.0, -1, 1.5, None, None]


def test_batches_are_told_with_their_times():
    def one_by_one(get, most, wait, clock):
        while (item := get()) is not END:
            yield [item]

    seen = lesson.gathered(one_by_one, [(1.0, "a"), (2.0, "b"), (9.0, "END"), (9.0, "c")], 2, 1.0, busy=[4.0])
    assert seen == {
        "batches": [[1.0, ["a"]], [5.0, ["b"]]],
        "asked": [None] * 3,
        "ends": "ends",
        "kinds": ["list"],
        "again": False,
        "kept": True,
        "early": 0,
        "left": 1,
    }


def test_what_else_becomes_of_batches_is_told():
    def again(get, most, wait, clock):
        batch = []
        while (item := get()) is not END:
            batch[:] = [item]
            yield batch

    def greedy(get, most, wait, clock):
        while True:
            yield (get(),)

    def polls(get, most, wait, clock):
        while True:
            try:
                get(timeout=0)
            except queue.Empty:
                continue
        yield

    coming = [(0.0, 1), (1.0, 2), (1.0, "END")]
    assert lesson.gathered(again, coming, 1, 1.0, named=True)["again"]
    seen = lesson.gathered(greedy, coming, 1, 1.0)
    assert seen["ends"] == "asks for more after END" and seen["kinds"] == ["tuple"]
    assert seen["batches"][-1] == [1.0, ["END"]]
    seen = lesson.gathered(greedy, [(0.0, "an array"), (0.0, "equal to all"), (0.0, None)], 1, 1.0)
    assert [batch for _, batch in seen["batches"]] == [["an array"], ["equal to all"], [None]]
    assert lesson.gathered(polls, coming, 1, 1.0)["ends"] == "asks for more after END"
    assert lesson.gathered(lambda *_: 1 // 0, coming, 1, 1.0)["ends"].startswith("raises ZeroDivisionError")


def halves(frame, mean, std, out):
    h, w, _ = frame.shape
    out[...] = frame.reshape(h // 2, 2, w // 2, 2, 3).mean((1, 3)).transpose(2, 0, 1)
    return out


def test_what_was_done_to_a_buffer_is_told():
    rng = np.random.default_rng(0)
    frame = rng.integers(0, 256, (4, 6, 3), dtype=np.uint8)
    zero, one = np.zeros(3, np.float32), np.ones(3, np.float32)
    seen = lesson.preprocessed(halves, frame, zero, one, gap=3)
    assert np.allclose(seen["values"], frame.reshape(2, 2, 3, 2, 3).mean((1, 3)).transpose(2, 0, 1))
    assert all(seen[part] for part in ("same", "beside", "frame", "mean", "std"))

    def ruins(frame, mean, std, out):
        mean += 1
        np.lib.stride_tricks.as_strided(out, (6, *out.shape[1:]))[...] = 7
        return out.copy()

    seen = lesson.preprocessed(ruins, frame, zero, one, gap=3, named=True)
    assert not (seen["same"] or seen["beside"] or seen["mean"]) and seen["frame"] and seen["std"]
    assert not mean_changed(zero)


def mean_changed(mean: np.ndarray) -> bool:
    return bool(mean.any())


def test_a_result_that_lies_in_an_argument_is_named():
    one, other = np.ones(3), np.ones(3)
    told = lesson.handed_on(lambda one, other: (one + 1, other[:2], one.T), {"one": one, "other": other})
    lies = [f"the result[{place}] of call 1 is the arguments['{name}']" for place, name in ((1, "other"), (2, "one"))]
    assert told == lies


def test_the_most_that_lives_at_once_is_counted():
    assert 8_000_000 <= allocated_by(lambda: np.ones(1_000_000).sum()) < 8_100_000
    assert 16_000_000 <= allocated_by(lambda: np.ones(1_000_000) + np.ones(1_000_000)) < 24_100_000
    assert allocated_by(lambda: None) < 10_000
