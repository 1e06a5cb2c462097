"""What lesson 12 leaves behind when a pipeline ends: threads, iterators, queues."""

from __future__ import annotations

import queue
import threading
import time

import pytest
from threaded_answers import run_pipeline

from course_utils.lessons import input_pipelines as lesson
from course_utils.lessons.input_pipelines import END, feed, within


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """What never ends is given up soon."""
    monkeypatch.setattr(within, "STEP", 0.02)


def test_threads_that_nobody_waits_for_are_still_there():
    assert lesson.left_behind(run_pipeline, [1, 2], None) == {
        "left": 0,
        "results": [1, 2],
        "error": None,
        "hung": False,
    }
    assert lesson.left_behind(run_pipeline, [1, 2], 2)["error"] == "ValueError: item 2"

    def careless(functions, items, depth):
        threading.Thread(target=print, args=("",), kwargs={"end": ""}).start()
        return items

    assert lesson.left_behind(careless, [1], None)["left"] == 1
    assert threading.Thread.run.__name__ == "run"


def test_a_generator_at_work_cannot_be_closed():
    assert lesson.interrupted(run_pipeline, 2) == {"closed": True, "error": "KeyError: 'item 0'", "hung": False}

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
