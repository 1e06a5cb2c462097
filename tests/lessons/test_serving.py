"""What lesson 13 asks answers with: a loop whose time is moved by hand, and harnesses that tell right from wrong."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from course_utils.lessons import serving as lesson
from course_utils.lessons.serving.hand_moved import Stuck, by_hand

fastapi = pytest.importorskip("fastapi")


def test_an_hour_passes_at_once_and_in_order():
    async def play(loop):
        seen = []

        async def after(seconds):
            await asyncio.sleep(seconds)
            seen.append((loop.time(), seconds))

        await asyncio.gather(after(3600), after(0.5), after(7))
        return seen

    assert by_hand(play) == [(0.5, 0.5), (7, 7), (3600, 3600)]


def test_a_loop_on_which_nothing_will_happen_says_so():
    async def play(loop):
        await loop.create_future()

    with pytest.raises(Stuck, match="nobody"):
        by_hand(play)


def test_a_loop_can_be_played_where_one_runs_already():
    async def outer():
        async def play(loop):
            await asyncio.sleep(1)
            return loop.time()

        return by_hand(play)

    assert asyncio.run(outer()) == 1.0


class Worker:
    """A batcher that gives right answers, one by one, a second late, and leaves a task and a timer behind."""

    def __init__(self, predict_many, most, wait):
        self.predict_many = predict_many

    async def __call__(self, x):
        await asyncio.sleep(1)
        return self.predict_many([x])[0]

    async def close(self):
        self.left = asyncio.ensure_future(asyncio.sleep(1000))


def test_a_script_says_when_batches_ran_what_callers_got_and_what_is_left():
    script = [(0.0, "call", 1), (0.5, "call", 2), (0.625, "call", 3), (0.75, "cancel", 0), (2.0, "close", None)]
    assert lesson.batched(Worker, 4, 1.0, script, {1: 10, 2: 20}) == {
        "batches": [[1.5, [2]], [1.625, [3]]],
        "elsewhere": 0,
        "callers": [[None, "cancelled"], [1.5, 20], [1.625, "LookupError: no answer to 3"]],
        "closed": [[2.0, None]],
        "left": ["1 timers", "1 tasks"],
    }


def test_a_caller_that_waits_for_ever_is_told():
    class Silent(Worker):
        async def __call__(self, x):
            await asyncio.get_running_loop().create_future()

    found = lesson.batched(Silent, 4, 1.0, [(0.0, "call", 1)], {1: 10})
    assert found["callers"] == [[None, "still waits"]]


def test_an_unwritten_batcher_stays_unwritten():
    class Unwritten:
        def __init__(self, predict_many, most, wait):
            raise NotImplementedError

    with pytest.raises(NotImplementedError):
        lesson.batched(Unwritten, 4, 1.0, [(0.0, "call", 1)], {1: 10})
    with pytest.raises(NotImplementedError):
        lesson.two_batchers(Unwritten, {1: 2}, {1: 3}, 2)


def test_a_model_may_give_too_few_answers_to_a_batcher():
    found = lesson.batched(Worker, 4, 1.0, [(0.0, "call", 1)], {1: 10}, more=-1)
    assert found["callers"] == [[1.0, "IndexError: list index out of range"]]


def test_two_batchers_are_called_in_turns():
    class Refusing(Worker):
        closed = False

        async def __call__(self, x):
            if self.closed:
                raise RuntimeError("closed")
            return await super().__call__(x)

        async def close(self):
            self.closed = True

    one, other = {1: 10, 2: 20}, {1: 5, 2: 7}
    # the first once it is closed, the second, a new one like it, and the first again
    assert lesson.two_batchers(Worker, one, other, 2) == [10, 5, 20, 7, 10, 20, 5, 7, 5, 7, 10, 20]
    told = ["RuntimeError"] * 2
    assert lesson.two_batchers(Refusing, one, other, 2) == [10, 5, 20, 7, *told, 5, 7, 5, 7, *told]


def zip_batch(predict_many, batch):
    for (_, future), answer in zip(batch, predict_many([x for x, _ in batch]), strict=False):
        future.set_result(answer)


def test_a_settled_batch_says_what_each_caller_got():
    assert lesson.settled(zip_batch, {1: 10, 2: 20}, [1, 2]) == {
        "asked": [[1, 2]],
        "waiting": [[1, 2]],
        "callers": [10, 20],
        "left": [1, 2],
        "returned": "NoneType",
        "raised": "",
    }
    found = lesson.settled(zip_batch, {1: 10, 2: 20}, [1, 2, 1], cancelled=[1], more=-1)
    assert found["callers"] == [10, "cancelled", "still waits"] and found["raised"] == "InvalidStateError"
    assert lesson.settled(zip_batch, {1: 10}, [1, 3])["raised"] == "LookupError"
    assert lesson.settled(zip_batch, {1: 10}, [1, 1], answered=[0])["callers"] == ["before", "still waits"]
    assert lesson.settled(zip_batch, {1: 10, 2: 20}, [1, 2], more=1, as_array=True)["callers"] == [10, 20]


async def polite(send, times, clock, sleep):
    """A closed loop, which counts from when it did send."""
    latencies, start = [], clock()
    for number, due in enumerate(times):
        await sleep(due - (clock() - start))
        before = clock()
        await send(number)
        latencies.append(clock() - before)
    return latencies


def test_an_offered_load_says_when_requests_were_sent_and_answered():
    found = lesson.offered(polite, [0.0, 1.0, 1.5], [2.0, 0.25, 0.25], start=100.0)
    assert found["sent"] == [0.0, 2.0, 2.25] and found["ended"] == [2.0, 2.25, 2.5]
    assert found["latencies"] == [2.0, 0.25, 0.25] and found["again"] == []
    assert lesson.offered(polite, [0.0, 9.0], [1.0, 1.0], late=0.5)["sent"] == [0.5, 9.5]
    assert lesson.offered(polite, [0.0, 9.0], [1.0, 1.0], pace=8)["sent"] == [0.0, 9.0]
    assert lesson.offered(polite, [0.0, 9.0], [1.0, 1.0], reading=0.25)["sent"] == [0.75, 9.5]
    with pytest.raises(ConnectionError, match="request 1"):
        lesson.offered(polite, [0.0, 1.0], [1.0, 1.0], failing=[1])


def small_app(predict, settings):
    app = fastapi.FastAPI()

    @app.post("/predict")
    async def on_the_loop(body: dict):
        return {"top": float(predict(np.array(body["pixels"])).max())}

    @app.post("/threaded")
    def in_a_thread(body: dict):
        return on_the_loop

    app.get("/health")(lambda: settings)
    return app


def test_an_app_is_asked_without_a_port():
    requests = [("POST", "/predict", {"pixels": [1.0]}), ("GET", "/health", None), ("POST", "/predict", "no JSON")]
    found = lesson.asked(small_app, {"a": 1}, [[0.25, 0.5]], [*requests, ("POST", "/predict", {})])
    assert [status for status, _ in found["answers"]] == [200, 200, 422, 500]
    assert found["answers"][:2] == [[200, {"top": 0.5}], [200, {"a": 1}]]
    assert [each.tolist() for each in found["seen"]] == [[1.0]]


def test_an_app_that_computes_on_the_loop_is_told_at_once():
    said = lesson.health_while_predicting(small_app, {}, ("POST", "/predict", {"pixels": [1.0]}))
    assert said == "it had to wait: predict ran on the event loop"
    said = lesson.health_while_predicting(small_app, {}, ("POST", "/nowhere", {}))
    assert said == "/predict answered 404, and predict was not called"
