"""What lesson 12 watches threads with: right code is seen as it is, each fault shows, and nothing hangs."""

from __future__ import annotations

import copy
import pickle
import queue
import threading
import time

import pytest
from threaded_answers import stage, unwritten

from course_utils.lessons import input_pipelines as lesson
from course_utils.lessons.input_pipelines import END, within, working


def test_the_end_mark_is_one_wherever_it_goes():
    assert pickle.loads(pickle.dumps(END)) is END and copy.deepcopy([END])[0] is END and repr(END) == "END"


def test_a_call_is_given_up_where_nothing_happens_any_more_and_only_there(monkeypatch):
    signs, waiting = within.Signs(), threading.Event()

    def slow():
        for _ in range(8):
            time.sleep(0.03)
            signs()
        return 7

    assert within.within(slow, signs) == {"hung": False, "value": 7, "error": None}
    monkeypatch.setattr(within, "STEP", 0.02)
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
