"""Harnesses of lesson 13 that look at what should have nothing to do with each other."""

from __future__ import annotations

import asyncio
import concurrent.futures

import numpy as np
import pytest

from course_utils.lessons import serving as lesson
from course_utils.lessons.serving.noting import Model

fastapi = pytest.importorskip("fastapi")
shared: dict = {}


def forgetful(predict, settings):
    """A service that knows the settings of the last one that was made."""
    shared.update(settings=settings)
    app = fastapi.FastAPI()
    app.get("/health")(lambda: shared["settings"])
    return app


def proper(predict, settings):
    app = fastapi.FastAPI()

    @app.post("/predict")
    def answer(body: dict):
        return {"label": int(predict(np.array(body["pixels"])).argmax())}

    app.get("/health")(lambda: settings)
    return app


def test_of_two_services_the_second_may_take_over_the_first():
    found = lesson.asked_in_turns(forgetful, [{"a": 1}, {"a": 2}], [[1.0], [1.0]], [("GET", "/health", None)] * 2)
    assert found == [[[200, {"a": 2}]] * 2] * 2
    found = lesson.asked_in_turns(proper, [{"a": 1}, {"a": 2}], [[1.0], [1.0]], [("GET", "/health", None)])
    assert found == [[[200, {"a": 1}]], [[200, {"a": 2}]]]


def test_requests_at_once_are_told_apart_by_their_pictures():
    found = lesson.asked_at_once(proper, {}, [[1.0, 0.0], [0.0, 1.0]])
    assert found == [[200, {"label": 0}], [200, {"label": 1}]]


def test_an_exception_that_only_looks_like_the_model_s_is_another():
    def rebuilding(predict_many, batch):
        waiting = list(batch)
        batch.clear()
        try:
            predict_many([x for x, _ in waiting])
        except Exception as error:
            waiting[0][1].set_exception(error)
            waiting[1][1].set_exception(LookupError(str(error)))
        return waiting

    found = lesson.settled(rebuilding, {}, [1, 2], joining=[3])
    assert found["callers"] == ["LookupError: no answer to 1", "another LookupError: no answer to 1", "still waits"]
    assert found["waiting"] == [[]] and found["left"] == [3] and found["returned"] == "list"
    found = lesson.settled(rebuilding, {}, [1, 2], arrays=True, fault="Refused")
    assert found["callers"][0] == "Refused: no answer to 1" and found["asked"] == [[1, 2]]


def test_a_model_says_from_which_thread_it_was_called():
    model = Model({1: 10})
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        assert pool.submit(model, [1]).result() == [10]
    assert model([1]) == [10] and model.elsewhere == [True, False]


def test_what_is_left_is_looked_at_when_the_first_closing_has_ended():
    class Leaving:
        def __init__(self, predict_many, most, wait):
            self.wait = wait

        async def __call__(self, x):
            asyncio.get_running_loop().call_later(self.wait, int)

        async def close(self):
            pass

    script = [(0.0, "call", 1), (0.0, "close", None), (5.0, "close", None)]
    found = lesson.batched(Leaving, 1, 1.0, script, {})
    assert found["left"] == ["1 timers"] and found["closed"] == [[0.0, None], [5.0, None]]


def test_eight_requests_in_a_row_fail_in_eight_ways():
    async def kinds(send, times, clock, sleep):
        found = await asyncio.gather(*(send(number) for number in range(len(times))), return_exceptions=True)
        return sorted({type(error).__name__ for error in found})

    found = lesson.offered(kinds, [0.0] * 8, [0.0] * 8, failing=range(8))
    assert len(found["latencies"]) == 8 and "ConnectionError" in found["latencies"]
