"""What lesson 12's tests do to an answer that is used to the usual: odd things, slow neighbours, time that runs."""

from __future__ import annotations

import queue
import threading
import time
from time import sleep

import numpy as np
import pytest
from threaded_answers import run_pipeline, stage

from course_utils.lessons import input_pipelines as lesson
from course_utils.lessons.input_pipelines import END, hurrying
from course_utils.lessons.input_pipelines.hurrying import hurried
from course_utils.lessons.input_pipelines.noting import LIMITS, LOOKS, Noting
from course_utils.lessons.input_pipelines.within import Signs


def noting(**settings: object) -> Noting:
    return Noting(lambda item: None, lambda item: None, Signs(), **settings)


def test_who_waits_without_a_limit_sees_nothing_of_slow_neighbours():
    words = ["list", "error KeyError", "to error", "END"]
    assert lesson.worked(stage, words, room=1, slow=True, named=True) == lesson.worked(stage, words)


def test_a_slow_camera_refuses_for_long_and_then_brings_the_item():
    inbox = noting(slow=True)
    inbox.put(7)
    for _ in range(LIMITS):
        with pytest.raises(queue.Empty):
            inbox.get(timeout=60)
    assert inbox.get(timeout=60) == 7
    inbox.put(8)
    assert [inbox.empty() for _ in range(LOOKS + 1)] == [True] * LOOKS + [False]
    assert inbox.qsize() == 1 and inbox.get() == 8 and inbox.empty()


def test_a_slow_taker_refuses_for_long_and_then_takes_one():
    outbox = noting(maxsize=1)
    outbox.put(1)
    for _ in range(LOOKS):
        with pytest.raises(queue.Full):
            outbox.put_nowait(2)
    outbox.put_nowait(2)
    assert list(outbox.queue) == [2] and [outbox.full() for _ in range(LOOKS + 1)] == [True] * LOOKS + [False]
    outbox.put(3)
    outbox.put(4)
    assert list(outbox.queue) == [4] and outbox.qsize() == 1


def test_what_was_done_to_an_error_and_where_fn_ran_is_told():
    def notes(fn, inbox, outbox):
        while (item := inbox.get()) is not END:
            if isinstance(item, Exception):
                item.add_note("seen")
            else:
                thread = threading.Thread(target=fn, args=(item,))
                thread.start()
                thread.join()
            outbox.put(item)

    log = lesson.worked(notes, ["error KeyError", "list", "END"])["log"]
    assert log[1] == "puts the error of 0, changed" and log[3] == "calls fn on 1, in a thread of its own"


def test_limits_pass_faster_for_an_answer_and_for_nobody_else():
    before = time.sleep, time.monotonic, threading.Condition.wait, queue.time
    others = queue.Queue()

    def answer():
        start = time.monotonic()
        sleep(100)
        with pytest.raises(queue.Empty):
            queue.Queue().get(timeout=100)
        threading.Event().wait(100)
        return time.monotonic() - start

    start = time.monotonic()
    outside = threading.Thread(target=lambda: others.put(threading.Event().wait(0.2)), daemon=True)
    outside.start()
    with hurried(answer):
        assert answer() >= 290
        assert others.empty()
    assert time.monotonic() - start < 60 and sleep is time.sleep
    assert (time.sleep, time.monotonic, threading.Condition.wait, queue.time) == before
    assert others.get() is False


@pytest.mark.parametrize("fails", [True, False])
def test_a_pipeline_that_waits_for_as_long_as_it_takes(fails):
    seen = lesson.unhurried(run_pipeline, fails, 1)
    assert seen["at work"] == 0 and not seen["hung"]
    assert (seen["results"], seen["error"]) == ((None, "ValueError: item 0") if fails else (list(range(9)), None))


def test_who_sets_a_limit_is_back_too_early(monkeypatch):
    monkeypatch.setattr(hurrying, "HOLD", 1.0)

    def hasty(functions, items, depth):
        threading.Thread(target=functions[0], args=(1,), daemon=True).start()
        try:
            functions[1](0)
        finally:
            time.sleep(600)

    assert lesson.unhurried(hasty, True, 1)["at work"] == 1


def test_odd_things_are_carried_as_they_are():
    seen = lesson.carried(run_pipeline, 2)
    assert seen["came"] == [seen["sent"]] * 2 and seen["results"] == [*seen["sent"][1:], seen["sent"][0]]
    assert lesson.carried(lambda functions, items, depth: [functions[0]([])], 1)["results"] == ["another thing"]


def test_two_at_a_time():
    assert lesson.nested(run_pipeline, [1, 2])["results"] == [5, 6]
    assert lesson.abreast(stage, 2, [0, 1, 2]) == {
        "met": True,
        "threads": [1, 1, 1],
        "results": [0, 1, 2],
        "hung": False,
    }


def test_arrays_are_filled_anew():
    calls = [{"x": np.ones((2, 3))}, {"x": np.zeros((2, 3))}]
    assert [total for (total,) in lesson.refilled(lambda x: (float(x.sum()),), *calls)] == [6, 0]
    kept = {}
    assert lesson.refilled(lambda x: kept.setdefault(id(x), (float(x.sum()),)), *calls) == [(6,), (6,)]


def test_a_clock_goes_on_between_two_looks():
    def twice(get, most, wait, clock):
        yield [get(), clock(), clock()]

    assert lesson.gathered(twice, [(1.0, 5)], 9, 1.0, tick=0.5)["batches"] == [[2.0, [5, 1.0, 1.5]]]
