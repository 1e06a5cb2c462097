"""What lesson 12 sees of a whole pipeline: each fault shows for certain, however busy the machine is."""

from __future__ import annotations

import queue
import threading
import time

import pytest
from threaded_answers import run_pipeline

from course_utils.lessons import input_pipelines as lesson
from course_utils.lessons.input_pipelines import END, feed, lingering, meeting


@pytest.fixture
def patience(monkeypatch):
    """What a wrong answer gets as its chance is long here, so that it shows however busy the machine is."""
    for module in (meeting, lingering):
        monkeypatch.setattr(module, "QUIET", 3.0)


def in_turn(functions, items, depth):
    results = []
    for item in items:
        for function in functions:
            item = function(item)
        results.append(item)
    return results


@pytest.mark.parametrize("source", ["list", "tuple", "iterator", "plain", "generator", "array", "iterable", "row"])
def test_a_pipeline_is_told(source):
    seen = lesson.piped(run_pipeline, ["adds", "to None"], [1, 2, 3], 2, source)
    assert seen["results"] == [None] * 3 and seen["calls"] == [[1, 2, 3], ["1>a", "2>a", "3>a"]]
    assert lesson.piped(run_pipeline, ["adds", "same"], [[1]], 1)["results"] == ["[1]>a>a"]
    assert not seen["hung"] and seen["error"] is None and seen["left"] == 0 and seen["functions"]


@pytest.mark.parametrize("source", ["iterator", "generator"])
def test_a_pipeline_that_fails_is_told(source):
    seen = lesson.piped(run_pipeline, ["adds", "fails on 3 with KeyError"], None, 2, source)
    assert seen["error"] == "KeyError: 'item 3'" and seen["same"] and seen["closed"] and seen["drawn"] < 30
    seen = lesson.piped(run_pipeline, ["adds"], [1, 2, 3], 2, source, fails=1)
    assert seen["error"] == "ValueError: no frame 1" and seen["same"] and seen["drawn"] == 1


def test_what_a_pipeline_leaves_is_told():
    ended = threading.Event()

    def leaves(functions, items, depth):
        functions.pop()
        threading.Thread(target=ended.wait, daemon=True).start()
        return [functions[0](ValueError("handed on"))]

    seen = lesson.piped(leaves, ["adds", "adds"], [1], 1)
    ended.set()
    assert seen["left"] == 1 and not seen["functions"]
    assert seen["calls"][0] == ["an error: ValueError: handed on"]


def test_functions_meet_in_threads_alone():
    assert lesson.met(run_pipeline, 3, [0, 1, 2, 3], 1) == {
        "met": True,
        "threads": [1, 1, 1, 1],
        "results": [0, 1, 2, 3],
        "hung": False,
    }
    assert not lesson.met(in_turn, 3, [0, 1, 2, 3], 1)["met"]


@pytest.mark.parametrize(("count", "depth"), [(2, 1), (3, 4)])
def test_what_runs_ahead_is_counted(count, depth):
    seen = lesson.held_back(run_pipeline, count, depth)
    assert 0 < seen["drawn"] <= count * (depth + 1) + 1 and seen["same"] and not seen["hung"]
    seen = lesson.held_back(run_pipeline, count, depth, "list")
    assert 0 < seen["drawn"] <= (count - 1) * (depth + 1) + 1 and seen["same"]


def test_what_has_no_bound_draws_all(patience):
    def unbounded(functions, items, depth):
        return run_pipeline(functions, items, 0)

    assert lesson.held_back(unbounded, 2, 1)["drawn"] == meeting.MUCH


def test_whose_error_comes_out_and_when():
    assert lesson.overtaken(run_pipeline, [5, 6, 7], 2)["error"] == "KeyError: 'item 6, in the second function'"
    seen = lesson.outlived(run_pipeline, [5, 6], 2)
    assert seen == {"at work": False, "error": "ValueError: item 5", "hung": False}


def test_what_is_still_at_work_is_seen(patience):
    def hasty(functions, items, depth):
        thread = threading.Thread(target=functions[0], args=(items[1],), daemon=True)
        thread.start()
        return functions[1](items[0])

    assert lesson.outlived(hasty, [5, 6], 2)["at work"]


def test_no_thread_is_left_behind():
    assert lesson.left_behind(run_pipeline, [1, 2], None) == {
        "left": 0,
        "results": [1, 2],
        "error": None,
        "hung": False,
    }
    assert lesson.left_behind(run_pipeline, [1, 2], 2)["error"] == "ValueError: item 2"


def test_a_thread_that_nobody_waits_for_is_counted(patience):
    def careless(functions, items, depth):
        threading.Thread(target=print, args=("",), kwargs={"end": ""}).start()
        return items

    assert lesson.left_behind(careless, [1], None)["left"] == 1
    assert threading.Thread.run.__name__ == "run"


def test_a_generator_at_work_cannot_be_closed():
    assert lesson.interrupted(run_pipeline, 2) == {"closed": True, "error": "KeyError: 'item 0'", "hung": False}


def test_what_closes_a_generator_at_work_fails(patience):
    def closes(functions, items, depth):
        drawing = threading.Thread(target=list, args=(items,), daemon=True)
        with pytest.raises(KeyError):
            functions[0](next(items))
        drawing.start()
        time.sleep(0.05)
        items.close()

    assert lesson.interrupted(closes, 2)["error"] == "ValueError: generator already executing"


def test_feed_stops_closes_and_hands_errors_on():
    source, outbox, stop = (n for n in range(9)), queue.Queue(), threading.Event()
    stop.set()
    feed(source, outbox, stop)
    assert outbox.get() is END and next(source, "closed") == "closed"
    feed(iter([1, 2]), outbox, threading.Event())
    assert [outbox.get() for _ in range(3)] == [1, 2, END]
    feed((1 // n for n in (1, 0)), outbox, threading.Event())
    assert outbox.get() == 1 and isinstance(outbox.get(), ZeroDivisionError) and outbox.get() is END
