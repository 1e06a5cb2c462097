"""What lesson 12 watches threads with: right code is seen as it is, each fault shows, and nothing hangs."""

from __future__ import annotations

import copy
import pickle
import queue
import threading
import time

import pytest
from threaded_answers import run_pipeline, stage, unwritten

from course_utils.lessons import input_pipelines as lesson
from course_utils.lessons.input_pipelines import END, meeting, within, working


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """What never ends is given up soon."""
    monkeypatch.setattr(within, "STEP", 0.02)


def in_turn(functions, items, depth):
    results = []
    for item in items:
        for function in functions:
            item = function(item)
        results.append(item)
    return results


def test_the_end_mark_is_one_wherever_it_goes():
    assert pickle.loads(pickle.dumps(END)) is END and copy.deepcopy([END])[0] is END and repr(END) == "END"


def test_a_call_is_given_up_where_nothing_happens_any_more_and_only_there():
    signs, waiting = within.Signs(), threading.Event()

    def slow():
        for _ in range(8):
            time.sleep(0.03)
            signs()
        return 7

    assert within.within(slow, signs) == {"hung": False, "value": 7, "error": None}
    assert within.within(waiting.wait, signs)["hung"]
    before = signs.count
    assert not within.patient(waiting, signs) and signs.count == before + within.PATIENT_STEPS
    waiting.set()
    assert within.patient(waiting, signs)
    with pytest.raises(NotImplementedError):
        within.within(unwritten, signs)


def test_a_stage_is_told_step_by_step():
    seen = lesson.worked(stage, ["None", "raises Empty", "error KeyError", "equal to all", "END", "list"])
    assert seen == {
        "log": [
            "takes 0",
            "calls fn on 0",
            "puts the result of 0",
            "takes 1",
            "calls fn on 1",
            "puts the error of 1",
            "takes 2",
            "puts the error of 2",
            "takes 3",
            "calls fn on 3",
            "puts the result of 3",
            "takes END",
            "puts END",
        ],
        "ends": "returns None",
        "left": 1,
    }


def test_what_else_becomes_of_a_stage_is_told():
    def deaf(fn, inbox, outbox):
        while True:
            inbox.get()

    def polite(fn, inbox, outbox):
        while True:
            with pytest.raises(queue.Empty):
                inbox.get(timeout=1)

    def wrong(fn, inbox, outbox):
        item = inbox.get()
        inbox.put(fn("another"))
        outbox.put(ValueError("mine"))
        outbox.put("mine")
        return item

    def noisy(fn, inbox, outbox):
        while True:
            outbox.put(0)

    assert lesson.worked(deaf, ["list", "END"])["ends"] == "waits for ever for another item"
    assert lesson.worked(polite, [])["ends"] == "waits for ever for another item"
    assert len(lesson.worked(noisy, [])["log"]) == working.MOST_NOTED + 1
    seen = lesson.worked(wrong, ["list"])
    assert seen["ends"] == "returns a list"
    assert seen["log"][1:] == [
        "calls fn on something else",
        "puts something else, of type NoneType into inbox",
        "puts another ValueError: mine",
        "puts something else, of type str",
    ]
    assert lesson.worked(lambda *_: 1 / 0, [])["ends"] == "raises ZeroDivisionError: division by zero"


@pytest.mark.parametrize("source", ["list", "tuple", "iterator", "plain", "generator"])
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
        "threads": [1, 1, 1],
        "results": [0, 1, 2, 3],
        "hung": False,
    }
    assert not lesson.met(in_turn, 3, [0, 1, 2, 3], 1)["met"]


@pytest.mark.parametrize(("count", "depth"), [(2, 1), (3, 4)])
def test_what_runs_ahead_is_counted(count, depth):
    seen = lesson.held_back(run_pipeline, count, depth)
    assert seen == {"drawn": count * (depth + 1) + 1, "same": True, "hung": False}
    seen = lesson.held_back(run_pipeline, count, depth, "list")
    assert seen["drawn"] == (count - 1) * (depth + 1) + 1
    assert lesson.held_back(lambda fns, items, _: run_pipeline(fns, items, 0), 2, 1)["drawn"] == meeting.MUCH


def test_whose_error_comes_out_and_when():
    assert lesson.overtaken(run_pipeline, [5, 6, 7], 2)["error"] == "KeyError: 'item 6, in the second function'"
    seen = lesson.outlived(run_pipeline, [5, 6], 2)
    assert seen == {"at work": False, "error": "ValueError: item 5", "hung": False}

    def hasty(functions, items, depth):
        thread = threading.Thread(target=functions[0], args=(items[1],), daemon=True)
        thread.start()
        return functions[1](items[0])

    assert lesson.outlived(hasty, [5, 6], 2)["at work"]
